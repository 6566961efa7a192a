"""Counting court records, beside other ways to do the same count, on SYNTHETIC rows as wide as the real ones.

    python -m benchmarks court_records
    COURT_RECORDS_GB=4 python -m benchmarks court_records

Each way runs in a process of its own, which reports its time without start-up and its peak memory. All counts must agree. The
tools that only read (`wc`, `grep`, `unzip`) are the yardsticks. Nothing is left behind.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

YEARS = range(2016, 2024)
#: Rows of the published file; what one machine can do is told for a hundred times as many bytes.
REPEATS = 2
_PATTERN = r"18:(1581|1582|1583|1584|1585|1586|1587|1588|1589|1590|1591|1592|1593A|1594|1597|2421|2422|2423)"


def _finish(rows: list[list[object]]) -> str:
    """The counts of rows that another tool picked out, by the book's own rules."""
    from lib.court_records import clean, definition, measures, problems

    text = [(number, ["" if v is None or v != v else str(v) for v in row]) for number, row in enumerate(rows, 2)]
    report = problems.Report("synthetic")
    table = clean.clean(text, definition(), report)
    return _digest(measures.tally(table, YEARS, fiscal_years=range(2015, 2024)))


def _digest(table: object) -> str:
    """Counts as one string that can be compared."""
    return table.to_csv(index=False)  # type: ignore[attr-defined, no-any-return]


def ours(path: str) -> str:
    """The book's own count."""
    from lib.court_records import count

    return _digest(count(path, YEARS))


def with_polars(path: str) -> str:
    """Polars, streaming, all columns as text."""
    import polars as pl

    from lib.court_records.layout import ENDED, FILED, MARK, NEEDED

    named = pl.any_horizontal(pl.col(column).str.contains(_PATTERN) for column in [*FILED, *ENDED])
    scan = pl.scan_csv(path, separator="\t", infer_schema=False, quote_char=None, encoding="utf8-lossy")
    rows = scan.select([*NEEDED, MARK]).filter(named).collect(engine="streaming").rows()
    return _finish([list(row) for row in rows])


def with_duckdb(path: str) -> str:
    """DuckDB, all columns as text, two threads."""
    import duckdb

    from lib.court_records.layout import ENDED, FILED, MARK, NEEDED

    where = " or ".join(f"regexp_matches({column}, '{_PATTERN}')" for column in [*FILED, *ENDED])
    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    rows = connection.execute(
        f"select {', '.join([*NEEDED, MARK])} from read_csv(?, delim='\t', header=true, all_varchar=true, quote='') where {where}",
        [path],
    ).fetchall()
    return _finish([list(row) for row in rows])


def with_pandas(path: str) -> str:
    """pandas, in blocks of rows, the needed columns only."""
    import pandas as pd

    from lib.court_records.layout import ENDED, FILED, MARK, NEEDED

    wanted, found = [*NEEDED, MARK], []
    for block in pd.read_csv(
        path, sep="\t", dtype=str, usecols=wanted, chunksize=100_000, quoting=3, keep_default_na=False
    ):
        named = block[[*FILED, *ENDED]].apply(lambda column: column.str.match(_PATTERN)).any(axis=1)
        found.append(block.loc[named, wanted])
    return _finish(pd.concat(found).to_numpy().tolist())


WAYS: dict[str, Callable[[str], str]] = {
    "ours": ours,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "pandas": with_pandas,
}


def measure(way: str, path: str) -> None:
    """Run one way in this process and print its seconds, peak memory in bytes and counts as JSON."""
    import resource

    import lib.court_records  # noqa: F401  (import time is not counted, for no one)

    if way != "ours":
        __import__(way)
    start = time.perf_counter()
    counts = WAYS[way](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "counts": counts}))


def _process(way: str, path: Path) -> dict[str, object]:
    """`measure` in a process of its own, the best of REPEATS."""
    command = [sys.executable, "-m", "benchmarks.court_records", way, str(path)]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(REPEATS)]
    return min(runs, key=lambda run: run["seconds"])  # type: ignore[no-any-return]


def _tool(command: list[str]) -> tuple[float, int]:
    """Seconds and peak memory in bytes of a command whose output is thrown away, the best of REPEATS."""
    best, peak = float("inf"), 0
    for _ in range(REPEATS):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        best, peak = min(best, time.perf_counter() - start), usage.ru_maxrss * 1024
    return best, peak


def _line(name: str, seconds: float, peak: float, size: int, note: str = "") -> None:
    """Print one row of the table."""
    print(f"{name:34} {seconds:8.2f} s  {size / seconds / 1e9:6.2f} GB/s  {peak / 1e6:8.0f} MB  {note}", flush=True)


def _text(path: Path) -> None:
    """All ways on the text file."""
    size = path.stat().st_size
    tools = {"wc -l": ["wc", "-l", str(path)], "grep -cF 18:1591": ["grep", "-cF", "18:1591", str(path)]}
    path.read_bytes() if size < 2e9 else None  # into the page cache, where memory allows
    lines = 0.0
    for name, command in tools.items():
        seconds, peak = _tool(command)
        lines = lines or seconds
        _line(name, seconds, peak, size)
    results = {way: _process(way, path) for way in WAYS}
    mine = float(str(results["ours"]["seconds"]))
    for way, result in results.items():
        seconds = float(str(result["seconds"]))
        same = result["counts"] == results["ours"]["counts"]
        times = f"{seconds / lines:.1f} x wc -l" if way == "ours" else f"{seconds / mine:.1f} x ours"
        _line(way, seconds, float(str(result["peak"])), size, f"{times}, counts {'agree' if same else 'DIFFER'}")
    hundred = 100 * 3.52e9 * mine / size
    print(f"At this rate a hundred times the published file would take {hundred / 60:.0f} minutes on this machine.")


def _zip(path: Path) -> None:
    """The same from a zip, beside unzipping alone."""
    if not (shutil.which("zip") and shutil.which("unzip")):
        print("zip or unzip is not installed: the archive is not timed.")
        return
    size, packed = path.stat().st_size, path.with_suffix(".zip")
    subprocess.run(["zip", "-q", "-j", str(packed), str(path)], check=True)
    alone, peak = _tool(["unzip", "-p", str(packed)])
    _line("unzip -p, output thrown away", alone, peak, size)
    result = _process("ours", packed)
    seconds = float(str(result["seconds"]))
    _line("ours, from the zip", seconds, float(str(result["peak"])), size, f"{seconds / alone:.2f} x unzip -p")


def main() -> None:
    """Write the synthetic file, time everything, print one table."""
    from tests import synthetic_court_records

    size = float(os.environ.get("COURT_RECORDS_GB", "1.01"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.txt"
        told = synthetic_court_records.write(path, rows=int(size * 1e9 / 545), seed=1, every=2500)
        print(
            f"{path.stat().st_size:,} bytes of SYNTHETIC rows, {len(told)} defendants with a charge of the definition;"
        )
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, the best of {REPEATS} runs each")
        _text(path)
        _zip(path)


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2]) if len(sys.argv) == 3 else main()
