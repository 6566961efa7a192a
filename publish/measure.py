"""Measure how long each chapter takes and how much memory: `python -m publish.measure [CHAPTER ...]`.

Writes data/execution.csv, which the appendix on execution shows. Chapters run one after another, each in a process of its
own, and no notebook is written: measuring never changes a stored output. The book itself is never timed when it is made,
because times differ from run to run and the same commit must give the same bytes.
"""

import csv
import io
import multiprocessing
import os
import platform
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from lib.errors import BookError
from publish import execute, files, notebooks

TARGET = execute.ROOT / "data" / "execution.csv"
COLUMNS = ["chapter", "seconds", "cpu_seconds", "peak_mb", "python", "machine", "measured"]


def machine() -> str:
    """The machine in words: processors, kind and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{os.cpu_count()} processors ({platform.machine()}), {memory:.0f} GB of memory, {platform.system()}"


def measure(path: Path) -> dict[str, str]:
    """Run one chapter and say what its kernel took: wall and processor seconds, and peak memory in megabytes.

    Call it in a fresh process: the kernel's use is that of this process's children. Raises BookError when a cell fails.
    """
    notebook = notebooks.read(path)
    start = time.perf_counter()
    execute.run(notebook, path)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "chapter": path.stem,
        "seconds": f"{seconds:.1f}",
        "cpu_seconds": f"{used.ru_utime + used.ru_stime:.1f}",
        "peak_mb": f"{used.ru_maxrss * 1024 / 1e6:.0f}",
        "python": platform.python_version(),
        "machine": machine(),
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
    }


def write(rows: list[dict[str, str]], target: Path) -> None:
    """Write the measurements to `target` in one step."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    files.write(target, text.getvalue())


def main(arguments: list[str]) -> int:
    """Measure the named chapters, or all, and write the table; 1 and one sentence when a chapter fails."""
    os.environ["PYTHONPATH"] = str(execute.ROOT)
    paths = [Path(name).resolve() for name in arguments] or sorted((execute.ROOT / "chapters").glob("*.ipynb"))
    rows = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, max_tasks_per_child=1, mp_context=spawn) as pool:
        try:
            for row in pool.map(measure, paths):
                rows.append(row)
                print(f"{row['chapter']}: {row['seconds']} s, {row['peak_mb']} MB", flush=True)
        except BookError as error:
            print(f"Error: {error}", file=sys.stderr)
            return 1
    write(rows, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
