"""Execute chapters in place, so that a clean `git status` afterwards proves that they reproduce.

Two runs give the same bytes: no timings, no kernel version and no random cell ids are stored.

    python -m publish.execute                      the preface and every chapter, two at a time
    python -m publish.execute chapters/02-states.ipynb
"""

import os
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from lib.errors import BookError
from publish import files, notebooks

ROOT = Path(__file__).resolve().parent.parent
CELL_SECONDS = 120


def _failed_cell(notebook: Any) -> int:
    """Number of the last cell that ran, counted from 1 over all cells."""
    ran = [n for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code" and cell.get("execution_count")]
    return ran[-1] if ran else 1


def run(notebook: Any, path: Path) -> None:
    """Run all cells. Raises BookError naming the chapter and the cell that failed.

    RuntimeError is a kernel that died or never answered.
    """
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        record_timing=False,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, RuntimeError) as error:
        last = [line for line in str(error).strip().splitlines() if line.strip()][-1]
        raise BookError(f"{path.name}, cell {_failed_cell(notebook)} failed: {last}") from None
    except OSError as error:
        reason = f"{error.filename or sys.executable}: {error.strerror}"
        raise BookError(f"{path.name}: no kernel can be started ({reason}); run `make env` as this user.") from None


def _clean(notebook: Any) -> None:
    """Drop what differs from machine to machine: the interpreter's version and cell metadata left by editors."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}


def _replace(path: Path, text: str) -> bool:
    """Write `text` to `path` in one step, only when it differs; says whether it did."""
    if path.read_text(encoding="utf-8") == text:
        return False
    files.write(path, text)
    return True


def execute(path: Path) -> tuple[bool, float]:
    """Execute one chapter in place; whether its file changed, and the seconds it took.

    Raises BookError naming the chapter and the cell when one fails; the file is then left as it was.
    """
    start = time.perf_counter()
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    run(notebook, path)
    _clean(notebook)
    return _replace(path, nbformat.writes(notebook) + "\n"), time.perf_counter() - start


def execute_all(paths: list[Path]) -> int:
    """Execute chapters two at a time with progress; 0 when all worked, else 1 after naming each that failed."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ["PYTHONHASHSEED"] = "0"
    failed = 0
    with ProcessPoolExecutor(max_workers=2) as pool:
        jobs = {pool.submit(execute, path): path for path in paths}
        for done, job in enumerate(as_completed(jobs), 1):
            try:
                changed, seconds = job.result()
                state = "outputs changed" if changed else "reproduced"
                print(f"[{done}/{len(paths)}] {jobs[job].name}: {state}, {seconds:.1f} s", flush=True)
            except BookError as error:
                failed += 1
                print(f"[{done}/{len(paths)}] {error}", file=sys.stderr, flush=True)
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    """Execute the named chapters, or the preface and all of `chapters/`; appendices last, as they read the others' outputs."""
    paths = [Path(name) for name in arguments] or [ROOT / "index.ipynb", *sorted((ROOT / "chapters").glob("*.ipynb"))]
    appendices = [path.resolve() for path in paths if re.match(r"[a-z]-", path.name)]
    others = [path.resolve() for path in paths if path.resolve() not in appendices]
    return max(execute_all(batch) for batch in (others, appendices))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
