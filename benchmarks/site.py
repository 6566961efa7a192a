"""The weight of each page and the time that rendering takes, beside Quarto's for the same book where it is found."""

import gzip
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
LIMIT = 150  # kB of a page before the shared script
COPIED = ["_quarto.yml", "index.ipynb", "references.bib", "chapters", "assets", "publish", "lib", "data"]


def packed(path: Path) -> float:
    """Size of a file in kB as a server sends it, gzipped."""
    return len(gzip.compress(path.read_bytes(), mtime=0)) / 1000


def weights(book: Path) -> None:
    """Print the gzipped weight of every page: alone, and with all that it loads at most."""
    assets = book / "assets"
    style = sum(packed(assets / name) for name in ("site.css", "site.js"))
    script = packed(assets / "charts.js")
    fonts = sum(path.stat().st_size for path in (assets / "fonts").glob("*.woff2")) / 1000
    print(f"{'page':44} {'kB gz':>8} {'+ style':>8} {'+ charts':>8}")
    pages = sorted(book.rglob("*.html"))
    states = [page for page in pages if page.parent.name == "states"]
    for page in [page for page in pages if page not in states]:
        alone = packed(page)
        over = "  over the limit" if alone > LIMIT else ""
        print(f"{page.relative_to(book)!s:44} {alone:8.1f} {alone + style:8.1f} {alone + style + script:8.1f}{over}")
    if states:
        each = [packed(page) for page in states]
        print(f"{f'{len(states)} state pages, lightest and heaviest':44} {min(each):8.1f} {max(each):8.1f}")
    print(f"limit for a page alone: {LIMIT} kB; typefaces, loaded once as needed: {fonts:.0f} kB; book.pdf: ", end="")
    print(f"{(book / 'book.pdf').stat().st_size / 1000:.0f} kB")


def timed(command: list[str], cwd: Path) -> tuple[float, float, str]:
    """Seconds that a command took by the clock and of processors, and what it said on failure."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = "" if done.returncode == 0 else (done.stderr or done.stdout).strip()[-300:]
    return time.perf_counter() - start, busy, said


def quarto(folder: Path) -> tuple[float, float, str] | None:
    """Quarto's time for a copy of the book in `folder`, both formats in one call; None without a Quarto that can."""
    if (
        not shutil.which("quarto")
        or subprocess.run([sys.executable, "-m", "publish.quarto_version"], cwd=ROOT, check=False).returncode
    ):
        return None
    for name in COPIED:
        whole = ROOT / name
        shutil.copytree(whole, folder / name) if whole.is_dir() else shutil.copy(whole, folder / name)
    subprocess.run([sys.executable, "-m", "publish.charts_script", "assets/charts.js"], cwd=folder, check=True)
    return timed(["quarto", "render"], folder)


def main() -> None:
    """Print the best times of rendering, the weights, and Quarto's time."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "book"
        render = [sys.executable, "-m", "publish", "--out", str(out)]
        for name, more in (
            ("html", ["--no-states", "--to", "html"]),
            ("pdf", ["--no-states", "--to", "pdf"]),
            ("html and pdf", ["--no-states"]),
            ("all, with the states", []),
        ):
            runs = [timed(render + more, ROOT) for _ in range(RUNS if more else 1)]
            if said := runs[-1][2]:
                print(f"publish/ failed for {name}: {said}")
                return
            clock, busy = (min(run[which] for run in runs) for which in (0, 1))
            print(
                f"publish/ {name:20} {clock:6.1f} s, {busy:5.1f} s of processor; best of {len(runs)}, a new process each"
            )
        weights(out)
        beside = Path(folder) / "quarto"
        beside.mkdir()
        found = quarto(beside)
        if found is None:
            print("Quarto 1.9 or newer: not found on this machine, so there is no time to set beside these.")
        else:
            failed = f"; it failed: {found[2]}" if found[2] else ""
            print(f"Quarto   {'html and pdf':20} {found[0]:6.1f} s, {found[1]:5.1f} s of processor; one run{failed}")


if __name__ == "__main__":
    main()
