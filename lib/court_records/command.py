"""The command `python -m lib court-records`."""

import argparse
import csv
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from lib import data
from lib.court_records.counting import Progress, Records, read
from lib.court_records.measures import LEVELS
from lib.court_records.problems import CourtRecordsError

#: The published file, as described by its publisher; refreshed every quarter, so sizes are about these.
ARCHIVE, FILE = "cr96on_0.zip", "cr96on.txt"
ARCHIVE_BYTES, FILE_BYTES, FILE_ROWS = 253e6, 3.52e9, 6.3e6
_EXAMPLES = """examples:
  python -m lib court-records                                  where to get the file
  python -m lib court-records cr96on_0.zip --years 2019-2023 --by district --out data/court_records.csv
  python -m lib court-records cr96on.txt --years 2018,2019 --by nation --fiscal --strict
  unzip -p cr96on_0.zip | python -m lib court-records - --years 2019 --by state"""


def where_to_get() -> str:
    """Where the file is published, how large it is and how to get it."""
    address = data.sources().set_index("source_id").url["fjc-idb"]
    run = f"python -m lib court-records {ARCHIVE} --years 2018-2023 --by state --out data/court_records.csv"
    lines = [
        "The court records are the criminal defendants of the Federal Judicial Center's Integrated Database, since 1996.",
        f"  published at  {address} (Criminal, fiscal year 1996 to present, tab-separated)",
        f"  file          {ARCHIVE}, about {ARCHIVE_BYTES / 1e6:.0f} MB; it holds {FILE}, {FILE_BYTES / 1e9:.2f} GB"
        f" and {FILE_ROWS / 1e6:.1f} million rows",
        "  to count it   download it with a browser, leave it zipped, and run",
        f"                {run}",
        "                python -m publish.execute chapters/08-court-records.ipynb",
    ]
    return "\n".join(lines)


def years(text: str) -> list[int]:
    """Years from "2019", "2019-2023" or "2018,2020-2022", sorted, each once. Raises CourtRecordsError for anything else."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if not all(len(year) == 4 and year.isdecimal() for year in (first, last)) or first > last:
            raise CourtRecordsError(f"--years {text!r} is no list of years; write 2019, 2019-2023 or 2018,2020-2022.")
        found |= set(range(int(first), int(last) + 1))
    return sorted(found)


@contextmanager
def _bar(wanted: bool) -> Iterator[Progress | None]:
    """A progress bar on standard error with rate and time left, or None."""
    if not wanted:
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="B", unit_scale=True, unit_divisor=1000, desc="court records", file=sys.stderr) as bar:

        def show(done: int, total: int | None) -> None:
            """Move the bar to `done` of `total`."""
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _write(text: str, out: Path) -> None:
    """Write `text` to `out` in one step, so that no half of it is ever there. Raises CourtRecordsError when it cannot."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise CourtRecordsError(f"{out} cannot be written ({error.strerror}); choose another --out.") from None


def table_text(table: pd.DataFrame, records: Records, by: str, calendar: bool) -> str:
    """The counts as CSV; each row says its level, the kind of year, and whether the records are real or synthetic."""
    kind = "synthetic" if records.report.synthetic else "FJC Integrated Database"
    labelled = table.assign(by=by, years="calendar" if calendar else "fiscal", records=kind)
    text = io.StringIO()
    labelled.to_csv(text, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return text.getvalue()


def run(options: argparse.Namespace) -> int:
    """Count a file and write or print the result; the summary goes to standard error."""
    if options.file is None:
        print(where_to_get())
        return 0
    if options.years is None:
        raise CourtRecordsError("Say which years to count, such as --years 2019 or --years 2019-2023.")
    wanted = years(options.years)
    if options.out is not None and not options.out.parent.is_dir():
        raise CourtRecordsError(
            f"{options.out} cannot be written: there is no folder {options.out.parent}; make it first."
        )
    bar = options.progress if options.progress is not None else sys.stderr.isatty()
    with _bar(bar) as progress:
        records = read(options.file, options.charges, options.strict, progress)
    table = records.count(wanted, options.by, not options.fiscal, options.transfers)
    text = table_text(table, records, options.by, not options.fiscal)
    if options.out is None:
        sys.stdout.write(text)
    else:
        _write(text, options.out)
    _summarize(records, table, options.out)
    return 0


def _summarize(records: Records, table: pd.DataFrame, out: Path | None) -> None:
    """Print what was read, set aside and not covered to standard error."""
    for sentence in records.report.sentences():
        print(sentence, file=sys.stderr)
    missing = sorted(table.loc[table["new_cases"].isna(), "year"].unique())
    if missing:
        print(f"Not in the file, so left empty: {', '.join(map(str, missing))}.", file=sys.stderr)
    last = max(records.report.fiscal_years, default=0)
    if last in set(table["year"]) - set(missing):
        print(f"The file ends with September {last}: later months of {last} are not in it.", file=sys.stderr)
    if out is not None:
        print(f"{len(table):,} rows written to {out}.", file=sys.stderr)


def add_command(subparsers: Any) -> None:
    """Add `court-records` to the command line."""
    parser = subparsers.add_parser(
        "court-records",
        help="count cases, defendants, convictions and sentences from the courts' own records",
        description="Count human trafficking cases, defendants, convictions and sentences from the Federal Judicial Center's\n"
        "file of criminal defendants. Without FILE: where to get it. Names and judges are never decoded or written.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="the published .zip, .txt, .gz or .parquet; - is standard input"
    )
    parser.add_argument("--years", metavar="YEARS", help="2019, 2019-2023 or 2018,2020-2022")
    parser.add_argument("--by", choices=LEVELS, default="nation", help="a row for each of these (default: nation)")
    parser.add_argument(
        "--fiscal", action="store_true", help="fiscal years, October to September, instead of calendar years"
    )
    parser.add_argument("--charges", metavar="CSV", help="your own definition (default: data/court_record_charges.csv)")
    parser.add_argument(
        "--without-transfers",
        dest="transfers",
        action="store_false",
        help="leave out filings and terminations by transfer between districts",
    )
    parser.add_argument("--strict", action="store_true", help="stop at the first row that would be set aside")
    parser.add_argument("--out", type=Path, metavar="CSV", help="write here instead of standard output")
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar (default: when standard error is a terminal)",
    )
    parser.set_defaults(run=run)
