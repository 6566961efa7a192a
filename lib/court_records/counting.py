"""Read a file of court records once, and count it."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from lib.court_records import clean, parquet, sources
from lib.court_records.definition import Definition, definition
from lib.court_records.measures import By, tally
from lib.court_records.problems import Report, SetAsideWarning
from lib.court_records.scan import Row, Scan

#: Rows made into a table at once; memory grows with the rows that matter only, at some 200 bytes each.
CHUNK = 5_000
#: Called with bytes done and bytes in all, or None where that is unknown (for Parquet both are rows).
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Records:
    """The records that matter of one file, cleaned (see `clean.TYPES`), and the report of the reading."""

    table: pd.DataFrame
    report: Report

    def count(
        self, years: Iterable[int], by: By = "nation", calendar: bool = True, transfers: bool = True
    ) -> pd.DataFrame:
        """Count without reading the file again; see `measures.tally`."""
        return tally(self.table, years, by, calendar, transfers, self.report.fiscal_years)


def read(
    path: str | Path,
    charges: str | Path | Definition | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Records:
    """Read every row of the court records in `path` and keep those that name a charge of the definition.

    `path` is the published zip, the text in it, that text in gzip or as Parquet, or "-" for standard input. `charges` is a
    definition or the CSV file of one, by default data/court_record_charges.csv. Rows that cannot be used are counted in
    the report by reason, with line numbers. All rows are counted and their number of columns is checked; districts, dates
    and numbers are checked in the rows that matter.

    Raises CourtRecordsError for a file that is missing, damaged, cut short or another one, and with `strict` at the first
    row that would be set aside.
    """
    law = charges if isinstance(charges, Definition) else definition(charges)
    report = Report("standard input" if str(path) == "-" else str(path), strict)
    found = _rows(str(path), law, report, progress)
    tables = []
    while chunk := list(islice(found, CHUNK)):
        tables.append(clean.clean(chunk, law, report))
    table = pd.concat(tables, ignore_index=True) if tables else clean.empty()
    return Records(table, report)


def _rows(path: str, law: Definition, report: Report, progress: Progress | None) -> Iterator[Row]:
    """The rows that may name a charge, from whatever kind of file it is."""
    if path != "-" and sources.kind(path) == sources.PARQUET:
        yield from parquet.rows(path, law.numbers, report, _told(progress, None))
        return
    with sources.open_source(path) as source:
        yield from Scan(source, law.numbers, report).rows(_told(progress, source.total))


def _told(progress: Progress | None, total: int | None) -> Callable[[int], None] | None:
    """A progress function that knows the total."""
    return None if progress is None else lambda done: progress(done, total)


def count(
    path: str | Path,
    years: Iterable[int],
    by: By = "nation",
    calendar: bool = True,
    charges: str | Path | Definition | None = None,
    transfers: bool = True,
    strict: bool = False,
) -> pd.DataFrame:
    """New cases, new defendants, active cases and defendants, convictions and sentences from a file of court records.

    One row for each place of the level `by` ("nation", "state", "district"), year and group of charges; the columns are those of
    `measures.tally`, the choices behind them are listed in `lib.court_records.measures`, what can be read in `read`.
    `calendar=False` counts fiscal years (October to September), `transfers=False` leaves out what came or went by transfer.

    Raises CourtRecordsError as `read` does. Warns with SetAsideWarning when rows were set aside.
    """
    records = read(path, charges, strict)
    if records.report.total_set_aside:
        warnings.warn(" ".join(records.report.sentences()), SetAsideWarning, stacklevel=2)
    return records.count(years, by, calendar, transfers)
