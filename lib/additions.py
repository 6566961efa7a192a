"""Add rows to figures.csv: what is new, what is there already, what differs; written all together or not at all."""

import difflib
import fcntl
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import check, data
from lib.errors import DataError
from lib.reading import Reading, in_order

_FIGURE = ["jurisdiction", "court_id", "year", "metric", "edition"]
_STATED = ["value", "published_rank"]


@dataclass(frozen=True)
class Plan:
    """New content of figures.csv and sources.csv, and what stands against it."""

    figures: pd.DataFrame
    sources: pd.DataFrame
    added: int
    known: int
    replaced: int
    refused: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def texts(self) -> dict[str, str]:
        """File names and their new texts."""
        tables = {"figures.csv": self.figures, "sources.csv": self.sources}
        return {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}

    def diff(self) -> str:
        """What changes in the two files, as a unified diff without context; empty when nothing does."""
        parts: list[str] = []
        for name, text in self.texts.items():
            before = (data.data_dir() / name).read_text(encoding="utf-8").splitlines(keepends=True)
            parts += difflib.unified_diff(before, text.splitlines(keepends=True), f"data/{name}", f"data/{name}", n=0)
        return "".join(parts)


def _text(row: pd.Series) -> str:
    """A row in words: "MO 2019 convictions is 9, rank 10 (edition 2019, hti-missouri-2019)"."""
    place = row["jurisdiction"] if pd.isna(row["court_id"]) else row["court_id"]
    value = "has no value" if pd.isna(row["value"]) else f"is {row['value']}"
    rank = "" if pd.isna(row["published_rank"]) else f", rank {row['published_rank']}"
    return f"{place} {row['year']} {row['metric']} {value}{rank} (edition {row['edition']}, {row['source_id']})"


def _differ(one: pd.Series, other: pd.Series) -> bool:
    """Whether two rows of one figure state different values or ranks; what one of them lacks is no difference."""
    return any(pd.notna(one[c]) and pd.notna(other[c]) and one[c] != other[c] for c in _STATED)


def _adds_nothing(row: pd.Series, there: pd.Series) -> bool:
    """Whether everything that a row states is in another already."""
    return all(pd.isna(row[c]) or (pd.notna(there[c]) and row[c] == there[c]) for c in _STATED)


def plan(readings: Sequence[Reading], replace: bool = False) -> Plan:
    """What adding these readings to `data/` would change.

    A figure that another primary source of the same edition printed alike (the nation's figures stand in all 56
    summaries) is not added again. One that differs from a primary source, the same or another, is refused; with
    `replace` it takes that row's place, unless another of these readings states it. A press report that differs stays
    beside it, with a remark.
    """
    table = _Table(readings, replace)
    for reading in readings:
        for _, row in reading.rows.iterrows():
            table.add(row)
    return Plan(
        table.figures(),
        table.sources(readings),
        len(table.added),
        table.known,
        len(table.replaced),
        tuple(table.refused),
        tuple(table.remarks),
    )


class _Table:
    """The rows of figures.csv by figure and source, while rows are added."""

    def __init__(self, readings: Sequence[Reading], replace: bool) -> None:
        """Start with the present rows."""
        sources = data.sources()
        self.primary = {*sources[sources.kind == "primary"].source_id, *(reading.source_id for reading in readings)}
        self.replace = replace
        self.rows: dict[tuple[object, ...], dict[str, pd.Series]] = defaultdict(dict)
        for _, row in data.figures().iterrows():
            self.rows[_figure(row)][row["source_id"]] = row
        self.added: set[tuple[object, ...]] = set()
        self.replaced: set[tuple[object, ...]] = set()
        self.stated: set[tuple[object, ...]] = set()
        self.known = 0
        self.refused: list[str] = []
        self.remarks: list[str] = []

    def add(self, row: pd.Series) -> None:
        """Add one row, or note why not."""
        there = self.rows[_figure(row)]
        other = {source: known for source, known in there.items() if _differ(row, known)}
        against = {source: known for source, known in other.items() if source in self.primary}
        self.remarks += [
            f"{_text(row)}, but {_text(known)}" for source, known in other.items() if source not in against
        ]
        fresh = _figure(row) in self.stated
        self.stated.add(_figure(row))
        if fresh or (against and not self.replace):
            ending = (
                "another of these files has that; leave one out" if fresh else "if the document is right, add --replace"
            )
            self.refused += [f"{_text(row)}, but {_text(known)}; {ending}." for known in against.values()]
        elif not against and any(_adds_nothing(row, there[source]) for source in self.primary & set(there)):
            self.known += 1
        else:
            self._put(row, there, set(against))

    def _put(self, row: pd.Series, there: dict[str, pd.Series], against: set[str]) -> None:
        """Set the row in place of those against it; what it leaves open stays as its own source had it."""
        source = row["source_id"]
        own = there.get(source)
        for old in against:
            del there[old]
        there[source] = row if own is None else row.combine_first(own)
        (self.replaced if against or own is not None else self.added).add((*_figure(row), source))

    def figures(self) -> pd.DataFrame:
        """The rows again as a typed table in order."""
        before = data.figures()
        rows = [row.to_dict() for sources in self.rows.values() for row in sources.values()]
        return in_order(pd.DataFrame(rows, columns=list(before.columns)).astype(before.dtypes.to_dict()))

    def sources(self, readings: Sequence[Reading]) -> pd.DataFrame:
        """The sources, with a row for each summary that figures.csv now names."""
        before = data.sources()
        used = {source for sources in self.rows.values() for source in sources} - set(before.source_id)
        new = {reading.source_id: reading.title for reading in readings if reading.source_id in used}
        short = [title.partition(" (")[0] for title in new.values()]
        rows = pd.DataFrame(
            {"source_id": list(new), "kind": "primary", "short_name": short, "title": list(new.values())}
        )
        both = pd.concat([before, rows.reindex(columns=before.columns).astype(before.dtypes.to_dict())])
        return both.sort_values("source_id", kind="stable", ignore_index=True)


def _figure(row: pd.Series) -> tuple[object, ...]:
    """What a row is about, whoever printed it; an empty court id as ""."""
    return tuple("" if pd.isna(row[column]) else row[column] for column in _FIGURE)


@contextmanager
def locked() -> Iterator[None]:
    """Keep a second ingest from reading `data/` between this one's reading and writing. Raises DataError."""
    folder = data.data_dir()
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise DataError(f"{folder} cannot be opened ({error.strerror}); check that you may read it.") from None
    try:
        _lock(handle, folder)
        data.clear_cache()
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    """Lock an open folder; the lock goes with the handle or the process. Raises DataError when it is held."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise DataError(f"{folder} is being written by another ingest; wait until it has ended.") from None


def write(changes: Plan) -> None:
    """Replace figures.csv, sources.csv and datapackage.json together, after `lib.check` has passed the new files.

    Raises DataError, with `data/` as it was, when the present files do not agree with datapackage.json, the new ones
    would not pass, or the folder cannot be written.
    """
    folder = data.data_dir().resolve()
    if stale := check.stale():
        raise DataError(f"{stale[0]} Nothing was written.")
    with tempfile.TemporaryDirectory(prefix="ingest-") as room:
        stage = Path(room) / "data"
        shutil.copytree(folder, stage)
        for name, text in changes.texts.items():
            (stage / name).write_text(text, encoding="utf-8")
        with data.using(stage):
            package = check.renewed()
            (stage / "datapackage.json").write_text(package, encoding="utf-8")
        with data.using(stage):
            wrong = check.check()
    if wrong:
        raise DataError(f"The new files would not pass `python -m lib check` ({wrong[0]}); nothing was written.")
    _swap({folder / name: text for name, text in {**changes.texts, "datapackage.json": package}.items()})
    data.clear_cache()


def _swap(texts: dict[Path, str]) -> None:
    """Give files new texts, all or none: drafts first, then one rename each; what was renamed goes back on failure."""
    before: dict[Path, bytes] = {}
    drafts = {path: path.with_name(f".{path.name}.draft") for path in texts}
    try:
        for path, text in texts.items():
            _draft(drafts[path], text.encode(), path)
        for path, draft in drafts.items():
            content = path.read_bytes()
            os.replace(draft, path)
            before[path] = content
    except BaseException as error:
        for path, content in before.items():
            _draft(drafts[path], content, path)
            os.replace(drafts[path], path)
        for draft in drafts.values():
            with suppress(OSError):
                draft.unlink()
        if isinstance(error, OSError):
            raise DataError(f"{path.parent} cannot be written ({error.strerror}); nothing was changed.") from None
        raise


def _draft(draft: Path, content: bytes, like: Path) -> None:
    """Write a draft through to the disk, with the permissions of the file that it will replace."""
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(like, draft)
