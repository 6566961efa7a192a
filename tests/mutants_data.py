"""Change every value of data/ that a chapter can show, one at a time, and see whether a test notices.

    python -m tests.mutants_data [--tables figures,...] [--sample N] [--report FILE]

The check of SHA-256 notices every change of a file and is therefore left out: a mutant counts as killed only when a chapter
shows something else than is stored in its notebook (what nbval compares), or when a test of the figures fails. Whole columns
are changed first: where that changes nothing, no chapter shows the column, and its values are not mutated one by one.
At the end nbval itself is run on real copies of the project with one changed value each, to show that it notices too.
"""

import argparse
import contextlib
import csv
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib import data
from tests import replay
from tests.conftest import NOTEBOOKS, ROOT

#: Tests of figures that the chapters need not show; none of them compares hashes.
FIGURE_TESTS = ["tests/test_missouri.py"]
NBVAL_SAMPLE = 6
#: How long each chapter takes in this process.
seconds: dict[str, float] = {}


@dataclass(frozen=True)
class Mutant:
    """One value to change: the name of a table, a column, and a row (None: all rows of the column)."""

    table: str
    column: str
    row: int | None


@dataclass(frozen=True)
class Result:
    """A mutant and what noticed it: a cell, a test, or nothing (an empty text)."""

    mutant: Mutant
    noticed: str


def changed(value: Any, kind: str) -> Any:
    """Another value of the same type: one more, a letter more, or something where there was nothing."""
    if kind == "string":
        return "x" if pd.isna(value) else f"{value}x"
    return 1 if pd.isna(value) else value + 1


def mutate(table: pd.DataFrame, mutant: Mutant) -> pd.DataFrame:
    """A copy of the table with the value of the mutant changed."""
    kind = "string" if table[mutant.column].dtype == "string" else "number"
    mutated = table.copy()
    rows = range(len(table)) if mutant.row is None else [mutant.row]
    position = list(table.columns).index(mutant.column)
    for row in rows:
        mutated.iat[row, position] = changed(table.iat[row, position], kind)
    return mutated


@cache
def chapters() -> dict[str, list[replay.Cell]]:
    """Every chapter, compiled once."""
    return {path.stem: replay.cells(path) for path in NOTEBOOKS}


@cache
def readers() -> dict[str, list[str]]:
    """For each table the chapters that read it, found by running them. AssertionError when a chapter does not reproduce."""
    original, found = data._table, {}
    for name, cells in chapters().items():
        begin = time.perf_counter()
        read: set[str] = set()

        def note(table: str, read: set[str] = read) -> pd.DataFrame:
            read.add(table)
            return original(table)

        with replay.tables(note), replay.without_pictures():
            wrong = replay.difference(cells)
        assert wrong is None, f"{wrong} does not show what is stored; run `make notebooks` first"
        seconds[name] = time.perf_counter() - begin
        for table in read:
            found.setdefault(table, []).append(name)
    return found


def noticed_by_chapters(mutant: Mutant, first: str = "") -> str:
    """The first cell that shows the mutant, asking `first` and then the quickest chapter; an empty text when none does."""
    original = data._table
    mutated = mutate(original(mutant.table), mutant)
    names = sorted(readers().get(mutant.table, []), key=lambda name: (name != first, seconds[name]))
    with replay.tables(lambda name: mutated if name == mutant.table else original(name)), replay.without_pictures():
        return next((where for name in names if (where := replay.difference(chapters()[name]))), "")


def noticed_by_tests(mutant: Mutant) -> str:
    """The name of the tests of figures when one of them fails on the mutant; an empty text otherwise."""
    original = data._table
    mutated = mutate(original(mutant.table), mutant)
    tables = replay.tables(lambda name: mutated if name == mutant.table else original(name))
    with tables, contextlib.redirect_stdout(io.StringIO()):
        code = pytest.main(
            ["-q", "-x", "-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider", *FIGURE_TESTS]
        )
    return FIGURE_TESTS[0] if code == pytest.ExitCode.TESTS_FAILED else ""


def try_column(mutants: list[Mutant]) -> list[Result]:
    """Try all mutants of one column in turn; the chapter that noticed the last one is asked first."""
    os.chdir(ROOT)
    results, first = [], ""
    for mutant in mutants:
        where = noticed_by_chapters(mutant, first)
        if where:
            first = where.split(".ipynb")[0]
        results.append(Result(mutant, where or noticed_by_tests(mutant)))
    return results


def mutants(tables: list[str], sample: int | None) -> list[list[Mutant]]:
    """The mutants of all columns that some chapter shows, in pieces of one column each; at most `sample` a column."""
    pieces = []
    chance = random.Random(2019)
    for table in tables:
        frame = data.table(table)
        for column in frame.columns:
            if not noticed_by_chapters(Mutant(table, column, None)):
                print(f"{table}.{column}: no chapter shows this column", flush=True)
                continue
            rows = list(range(len(frame)))
            rows = sorted(chance.sample(rows, sample)) if sample and sample < len(rows) else rows
            pieces += [
                [Mutant(table, column, row) for row in rows[start : start + 40]] for start in range(0, len(rows), 40)
            ]
    return pieces


def nbval_notices(mutant: Mutant, chapter: str) -> bool:
    """Whether nbval, run as in `make test` on a copy of the project with one changed value, fails on the chapter."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "project"
        ignored = shutil.ignore_patterns(".git", ".venv", "_book", "_build", ".*_cache", "mutants", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
        path = copy / "data" / data.resource(mutant.table)["path"]
        frame = pd.read_csv(path, dtype="string", keep_default_na=False)
        kind = "number" if data.table(mutant.table)[mutant.column].dtype != "string" else "string"
        value = data.table(mutant.table)[mutant.column].iat[mutant.row]
        frame.loc[mutant.row, mutant.column] = str(changed(value, kind))
        frame.to_csv(path, index=False, lineterminator="\n")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--nbval", "--nbval-current-env", "-W", "default"]
        done = subprocess.run(
            [
                *command,
                "-p",
                "no:cacheprovider",
                str(next(path for path in NOTEBOOKS if path.stem == chapter).relative_to(ROOT)),
            ],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
        )
    return done.returncode == 1 and "failed" in done.stdout


def report(results: list[Result]) -> None:
    """Print killed and all mutants by column, and what survived by table."""
    total, killed = Counter(), Counter()
    for result in results:
        key = (result.mutant.table, result.mutant.column)
        total[key] += 1
        killed[key] += bool(result.noticed)
    for (table, column), number in total.items():
        print(f"{table}.{column}: {killed[table, column]} of {number} noticed")
    by_chapter = sum(".ipynb" in result.noticed for result in results)
    print(
        f"Data mutants: {sum(killed.values())} of {len(results)} noticed "
        f"({100 * sum(killed.values()) / max(1, len(results)):.1f}%), {by_chapter} by what a chapter shows."
    )


def write_survivors(results: list[Result], target: Path) -> None:
    """Write the values that nothing noticed, with their rows, as CSV."""
    with target.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["table", "line", "column", "value", "row"])
        for result in results:
            m = result.mutant
            if not result.noticed and m.row is not None:
                row = data.table(m.table).iloc[m.row]
                rows.writerow([m.table, m.row + 2, m.column, row[m.column], "|".join(map(str, row))])


def confirm(results: list[Result], number: int) -> int:
    """Run nbval on a sample of the mutants that a chapter noticed; how many nbval did not notice."""
    noticed = [result for result in results if ".ipynb" in result.noticed]
    missed = 0
    for result in random.Random(2019).sample(noticed, min(number, len(noticed))):
        chapter = result.noticed.split(".ipynb")[0]
        found = nbval_notices(result.mutant, chapter)
        missed += not found
        print(
            f"nbval, {result.mutant.table}.{result.mutant.column}, row {result.mutant.row}: {'noticed' if found else 'MISSED'}"
        )
    return missed


def main(arguments: list[str] | None = None) -> int:
    """Run the mutants, two columns at a time; exit status 1 when nbval misses one that the quick comparison noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants_data", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--tables", default="", help="names of tables, separated by commas (default: all that are read)"
    )
    parser.add_argument("--sample", type=int, help="at most so many values of each column (default: all)")
    parser.add_argument("--nbval", type=int, default=NBVAL_SAMPLE, help="mutants to confirm with nbval (default: 6)")
    parser.add_argument("--report", type=Path, help="write the survivors to this CSV file")
    options = parser.parse_args(arguments)
    tables = options.tables.split(",") if options.tables else list(readers())
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = []
        for piece in pool.map(try_column, mutants(tables, options.sample)):
            results += piece
            print(f"{len(results)} tried, {sum(not result.noticed for result in results)} not noticed", flush=True)
    report(results)
    if options.report:
        write_survivors(results, options.report)
    missed = confirm(results, options.nbval)
    if missed:
        print(f"Error: nbval missed {missed} changed values; see above.", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
