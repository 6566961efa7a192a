"""Published state summaries into `data/`: `python -m lib ingest FILE...`."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lib import additions, data, documents
from lib.errors import BookError
from lib.reading import Conflict, Reading, read_summary
from lib.words import count, listing

__all__ = ["Conflict", "Reading", "add_command", "read_all", "read_summary", "run"]

_EPILOG = """\
Without --write nothing is changed: the rows, what was not found, what contradicts itself and the change of data/ are
shown. With --write the rows go into data/figures.csv, a new source into data/sources.csv and the new SHA-256 into
data/datapackage.json: all three together or none, and only when the result passes `python -m lib check`.

A figure that data/ has from another primary source of the same edition is not added again: the nation's figures, which
all 56 summaries print, come in once. A figure that differs from one already there is refused; --replace puts it in
the other's place. Two statements of one document that differ are a conflict, and neither is taken.

Several files are one step: when one of them cannot be read, or holds a figure that is refused, nothing is written, and
every problem is listed.

examples:
  python -m lib ingest ohio.pdf                        show what it says
  python -m lib ingest ohio.pdf texas.txt --write      add both
  python -m lib ingest downloads/2019/*.pdf --write    the 56 summaries of 2019 in one command
  python -m lib ingest ohio.pdf --write --replace      take its figures where they differ
  python -m lib ingest ohio.pdf --write --data copy/   into a copy of data/
"""


def read_all(paths: Sequence[Path]) -> tuple[list[Reading], list[str]]:
    """Read every file; readings, and one sentence for each that could not be read."""
    readings, problems = [], []
    for path in dict.fromkeys(paths):
        try:
            readings.append(read_summary(path))
        except BookError as error:
            problems.append(str(error))
    return readings, problems


def _report(reading: Reading, with_rows: bool) -> str:
    """What one document says, as text; rows as lines of figures.csv."""
    total = count(len(reading.rows), "figure")
    lines = [f"{reading.title}: {total}, {count(len(reading.conflicts), 'conflict')}."]
    if with_rows:
        lines += reading.rows.to_csv(index=False, lineterminator="\n").splitlines()
    if reading.missing:
        lines.append(f"Not found: {listing(list(reading.missing))}.")
    lines += [f"Conflict, not taken: {conflict}" for conflict in reading.conflicts]
    return "\n".join(lines)


def run(options: argparse.Namespace) -> int:
    """Read the files, show what they say, and write it when asked to; exit status 1 when anything stands against it."""
    with ExitStack() as stack:
        if options.data:
            stack.enter_context(data.using(options.data.resolve()))
        readings, problems = read_all(options.files)
        for reading in readings:
            print(_report(reading, with_rows=not options.write), end="\n\n")
        if options.write and not problems:
            stack.enter_context(additions.locked())
        changes = additions.plan(readings, options.replace)
        problems += changes.refused
        for remark in changes.remarks:
            print(f"Beside a report that differs: {remark}.")
        difference = changes.diff()
        print(difference, end="")
        return _finish(options, changes, problems, bool(difference))


def _finish(options: argparse.Namespace, changes: additions.Plan, problems: list[str], differs: bool) -> int:
    """Write or not, and say which; exit status."""
    for problem in problems:
        print(f"Error: {problem}", file=sys.stderr)
    done = f"{count(changes.added, 'figure')} added, {changes.replaced} replaced, {changes.known} there already"
    if problems:
        print(f"Nothing written: {count(len(problems), 'problem')}.", file=sys.stderr)
        return 1
    if options.write and differs:
        additions.write(changes)
    ending = "" if options.write else " when run with --write; nothing written now"
    print(f"{done}{ending}.")
    return 0


def _folder(text: str) -> Path:
    """The --data option: an existing folder."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(
            f"{documents.name_of(path)} is not a folder; name a copy of this project's data/"
        )
    return path


def add_command(subparsers: Any) -> None:
    """Add `ingest` to the command line."""
    parser = subparsers.add_parser(
        "ingest",
        help="read published state summaries (PDF or text) into data/",
        description="Read state summaries of the Human Trafficking Institute, PDF or text, into rows of data/figures.csv.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a state summary, PDF or UTF-8 text")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="write the figures into data/")
    mode.add_argument("--dry-run", action="store_true", help="only show them (the default)")
    parser.add_argument("--replace", action="store_true", help="let figures take the place of those that differ")
    parser.add_argument("--data", type=_folder, metavar="DIR", help="work on this copy of data/")
    parser.set_defaults(run=run)
