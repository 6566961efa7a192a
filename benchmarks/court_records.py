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
from typing import Any

YEARS = range(2016, 2024)
FILE_BYTES = 3.52e9  # of the published file, as in lib.court_records.command
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
    table = "read_csv(?, delim='\t', header=true, all_varchar=true, quote='')"
    rows = connection.execute(f"select {', '.join([*NEEDED, MARK])} from {table} where {where}", [path]).fetchall()
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
    import lib.court_records  # noqa: F401  (import time is not counted, for no one)

    if way != "ours":
        __import__(way)
    start, cpu = time.perf_counter(), time.process_time()
    counts = WAYS[way](path)
    used = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps(used | {"peak": _peak(), "counts": counts}))


def _peak() -> int:
    """Peak memory of this process in bytes. Linux keeps it apart from that of the process it was forked from."""
    import resource

    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _process(way: str, path: Path) -> dict[str, Any]:
    """`measure` in a process of its own, the best of REPEATS."""
    command = [sys.executable, "-m", "benchmarks.court_records", way, str(path)]
    runs = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(REPEATS)]
    best: dict[str, Any] = min(runs, key=lambda run: run["seconds"])
    return best


def _tool(command: list[str], folder: Path) -> dict[str, float]:
    """Seconds, processor seconds and peak memory in bytes of a command, the best of REPEATS.

    Short output goes to a file: into /dev/null `grep` would stop at the first match.
    """
    runs = []
    for _ in range(REPEATS):
        target = os.devnull if command[0] == "unzip" else folder / "output"
        with open(target, "wb") as output:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=output)
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        seconds, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
        runs.append({"seconds": seconds, "cpu": cpu, "peak": usage.ru_maxrss * 1024.0})
    return min(runs, key=lambda run: run["seconds"])


def _line(name: str, run: dict[str, Any], size: int, note: str = "") -> None:
    """Print one row of the table."""
    speed = f"{run['seconds']:7.2f} s  {run['cpu']:7.2f} s cpu  {size / run['seconds'] / 1e9:5.2f} GB/s"
    print(f"{name:30} {speed}  {run['peak'] / 1e6:5.0f} MB  {note}", flush=True)


def _text(path: Path) -> None:
    """All ways on the text file."""
    size = path.stat().st_size
    lines = _tool(["wc", "-l", str(path)], path.parent)
    _line("wc -l", lines, size)
    _line("grep -cF 18:1591", _tool(["grep", "-cF", "18:1591", str(path)], path.parent), size)
    mine = _process("ours", path)
    _line("ours", mine, size, f"{mine['seconds'] / lines['seconds']:.1f} x wc -l")
    for way in ("polars", "duckdb", "pandas"):
        run = _process(way, path)
        same = "agree" if run["counts"] == mine["counts"] else "DIFFER"
        ratios = f"{run['seconds'] / mine['seconds']:.1f} x ours, cpu {run['cpu'] / mine['cpu']:.1f} x"
        _line(way, run, size, f"{ratios}; counts {same}")
    hundred = 100 * FILE_BYTES * mine["seconds"] / size
    print(f"At this rate a hundred times the published file would take {hundred / 60:.0f} minutes on this machine.")


def _zip(path: Path) -> None:
    """The same from a zip, beside unzipping alone."""
    if not (shutil.which("zip") and shutil.which("unzip")):
        print("zip or unzip is not installed: the archive is not timed.")
        return
    size, packed = path.stat().st_size, path.with_suffix(".zip")
    subprocess.run(["zip", "-q", "-j", str(packed), str(path)], check=True)
    alone = _tool(["unzip", "-p", str(packed)], path.parent)
    _line("unzip -p > /dev/null", alone, size)
    mine = _process("ours", packed)
    _line("ours, from the zip", mine, size, f"{mine['seconds'] / alone['seconds']:.2f} x unzip -p")


def main() -> None:
    """Write the synthetic file, time everything, print one table."""
    size = float(os.environ.get("COURT_RECORDS_GB", "1.01"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synthetic.txt"
        rows = str(int(size * 1e9 / 545))  # 545 bytes a row
        write = ["-m", "tests.synthetic_court_records", str(path), "--rows", rows, "--seed", "1", "--every", "2500"]
        # in a process of its own: what this one holds would count in the memory of those it starts
        subprocess.run([sys.executable, *write], check=True)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, the best of {REPEATS} runs each")
        _text(path)
        _zip(path)


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2]) if len(sys.argv) == 3 else main()
