"""Kill the build at random moments and look at what it leaves: `python -m tests.faults_kill [TIMES]`.

Each time the book is rendered by a process of its own, which SIGKILL ends at a random moment, also just while the new book
takes the place of the old one. Afterwards `_book` must be whole, the old or the new one, and the next run must clean up. The
pages of the states are left out: they are written into the same folder before it takes the place of the old one.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import ROOT

CONFIG = """book:
  title: Killed
  author: Nobody
  chapters: [index.qmd, one.ipynb]
"""


def project(folder: Path) -> Path:
    """A small project with one real chapter."""
    folder.mkdir()
    (folder / "_quarto.yml").write_text(CONFIG)
    (folder / "one.ipynb").write_bytes((ROOT / "chapters" / "e-execution.ipynb").read_bytes())
    mark(folder, 0)
    return folder


def mark(folder: Path, number: int) -> None:
    """A preface that differs from run to run, so that old and new book can be told apart."""
    (folder / "index.qmd").write_text(f"# Preface {{.unnumbered}}\n\nEdition {number}.\n")


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start to render the project."""
    paths = ["--config", str(folder / "_quarto.yml"), "--out", str(folder / "_book")]
    command = [sys.executable, "-m", "publish", "--no-states", *paths]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795478400"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)


def digests(book: Path) -> dict[str, str]:
    """SHA-256 of every file of a book."""
    files = (path for path in sorted(book.rglob("*")) if path.is_file())
    return {str(path.relative_to(book)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def built(folder: Path, edition: int) -> tuple[float, dict[str, str]]:
    """Render an edition undisturbed: seconds, and what a whole book of it is. SystemExit when that fails."""
    mark(folder, edition)
    begin = time.perf_counter()
    process = start(folder)
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"Error: the first build failed: {errors.decode()}")
    return time.perf_counter() - begin, digests(folder / "_book")


def problem(found: dict[str, str], whole: list[dict[str, str]]) -> str:
    """What is wrong with a book that is none of the whole ones."""
    if not found:
        return "there is no _book"
    if different := sorted(set(found) ^ set(whole[0])):
        return f"files are missing or too many: {different[:3]}"
    return f"half old, half new or half written: {[name for name in found if found[name] != whole[0][name]][:3]}"


def main(arguments: list[str]) -> int:
    """Kill the build so often (100 times unless told); exit status 1 when a book was ever not whole."""
    times = int(arguments[0]) if arguments else 100
    chance = random.Random(2019)
    kept, replaced, failed = 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        folder = project(Path(name) / "project")
        (first, old), (second, new) = built(folder, 0), built(folder, 1)
        whole, present = [old, new], 1
        for number in range(1, times + 1):
            mark(folder, 1 - present)
            process = start(folder)
            # every second kill falls into the last fifth, where files are put in place
            time.sleep(min(first, second) * chance.uniform(0.8 if number % 2 else 0.0, 1.05))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            found = digests(folder / "_book")
            if found not in whole:
                failed += 1
                print(f"kill {number}: {problem(found, whole)}", file=sys.stderr)
                present = 1 - present
            elif whole.index(found) == present:
                kept += 1
            else:
                replaced, present = replaced + 1, 1 - present
            if number % 10 == 0:
                print(f"{number} of {times}", flush=True)
        built(folder, present)
        left = [path.name for path in folder.iterdir() if path.name.startswith((".book-", "_book."))]
    print(f"Killed {times} builds: {kept} times the old book was kept, {replaced} times the new one was whole.")
    if left:
        print(f"Error: the next run did not clean up {left}.", file=sys.stderr)
    return 1 if failed or left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
