"""Kill the build at random moments and look at what it leaves: `python -m tests.faults_kill [TIMES]`.

Each time the book is rendered by a process of its own, which SIGKILL ends at a random moment, also just while the new book
takes the place of the old one. Afterwards `_book` must be whole, the old or the new one, and the next run must clean up.
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
    command = [sys.executable, "-m", "publish", "--config", str(folder / "_quarto.yml"), "--out", str(folder / "_book")]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795478400"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)


def digests(book: Path) -> dict[str, str]:
    """SHA-256 of every file of a book."""
    files = (path for path in sorted(book.rglob("*")) if path.is_file())
    return {str(path.relative_to(book)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def edition(book: Path) -> int:
    """Which edition a book holds."""
    text = (book / "index.html").read_text(encoding="utf-8")
    return int(text.split("Edition ")[1].split(".")[0])


def wrong_with(folder: Path, whole: dict[int, dict[str, str]]) -> str:
    """What is wrong with the book after a kill, an empty text when it is a whole one."""
    book = folder / "_book"
    if not book.is_dir():
        return "there is no _book"
    found = digests(book)
    number = edition(book)
    names = set(whole[0])
    if set(found) != names:
        return f"files are missing or too many: {sorted(set(found) ^ names)[:3]}"
    same = [name for name in names if name.startswith("assets/fonts") or name in ("assets/charts.js", "one.ipynb")]
    if any(found[name] != whole[0][name] for name in same):
        return "a file is half written"
    return (whole.setdefault(number, found) != found and "a file is half written") or ""


def main(arguments: list[str]) -> int:
    """Kill the build so often (100 times unless told); exit status 1 when a book was ever not whole."""
    times = int(arguments[0]) if arguments else 100
    chance = random.Random(2019)
    with tempfile.TemporaryDirectory(prefix="kill-") as name:
        folder = project(Path(name) / "project")
        seconds = float("inf")  # of the faster of two builds: the first may have to read everything from the disk
        for _ in range(2):
            begin = time.perf_counter()
            _, errors = start(folder).communicate()
            seconds = min(seconds, time.perf_counter() - begin)
        if not (folder / "_book").is_dir():
            print(f"Error: the first build failed: {errors.decode()}", file=sys.stderr)
            return 1
        whole, kept, failed = {0: digests(folder / "_book")}, 0, 0
        for number in range(1, times + 1):
            mark(folder, number)
            process = start(folder)
            # every second kill falls into the last fifth, where files are put in place
            time.sleep(seconds * chance.uniform(0.8 if number % 2 else 0.0, 1.05))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            problem = wrong_with(folder, whole)
            failed += bool(problem)
            kept += edition(folder / "_book") != number if not problem else 0
            if number % 10 == 0:
                print(f"{number} of {times}", flush=True)
            if problem:
                print(f"kill {number}: {problem}", file=sys.stderr)
        _, errors = start(folder).communicate()
        left = [path.name for path in folder.iterdir() if path.name.startswith((".book-", "_book."))]
    print(
        f"Killed {times} builds: {kept} times the old book was kept, {times - kept - failed} times the new one was whole."
    )
    if left:
        print(f"Error: the next run did not clean up {left}.", file=sys.stderr)
    return 1 if failed or left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
