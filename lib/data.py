"""The figures of the book as typed DataFrames, straight from `data/`.

Nothing is computed or filled in here: what is not published is NA. Column types, units and keys are described once, in
`data/datapackage.json`; this module takes the types from there, and `check()` validates the files against it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from lib.errors import DataError

_DTYPES: dict[str, Any] = {"string": "string", "integer": "Int64", "number": "Float64"}
_PREFERENCE = {"primary": 0, "compiled": 1, "press": 2}


def data_dir() -> Path:
    """The folder `data/` of this project."""
    return Path(__file__).resolve().parent.parent / "data"


def _json(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises DataError naming the file when it is missing or malformed."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); restore it with `git checkout data`.") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}); correct it or restore it from git.") from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no JSON object; restore it from git.")
    return found


@cache
def package() -> dict[str, Any]:
    """The content of `data/datapackage.json`, the one dictionary of all tables.

    Raises DataError when it is missing or does not describe files: name, path, hash, bytes, and columns with types.
    """
    path = data_dir() / "datapackage.json"
    found = _json(path)
    entries = found.get("resources")
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{path} lists no resources; restore it from git.")
    for number, entry in enumerate(entries, 1):
        if not _is_described(entry):
            raise DataError(
                f"{path}, resource {number}: name, path, hash, bytes or a column's type is missing; add it."
            )
    return found


def _is_described(entry: Any) -> bool:
    """Whether one resource has what is needed to read and check its file, and lies in `data/`."""
    if not isinstance(entry, dict) or not {"name", "path", "hash", "bytes"} <= entry.keys():
        return False
    path, schema = entry["path"], entry.get("schema")
    inside = isinstance(path, str) and not path.startswith("/") and ".." not in path.split("/")
    fields = [] if schema is None else schema.get("fields") if isinstance(schema, dict) else None
    return inside and isinstance(fields, list) and all(map(_is_field, fields))


def _is_field(field: Any) -> bool:
    """Whether a column has a name and a type that this module reads."""
    return isinstance(field, dict) and isinstance(field.get("name"), str) and field.get("type") in _DTYPES


def _short(value: Any) -> str:
    """A value or a list of values for an error message, cut when it is long."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"


def resource(name: str) -> dict[str, Any]:
    """The description of table `name` in the data package. Raises DataError for a name that is not there."""
    entries = {entry["name"]: entry for entry in package()["resources"]}
    if name not in entries:
        raise DataError(f"datapackage.json describes no table {name!r}; it describes {', '.join(entries)}.")
    found: dict[str, Any] = entries[name]
    return found


def _read_text(path: Path) -> pd.DataFrame:
    """Read a CSV as text, so that no value is reinterpreted; empty cells become NA."""
    try:
        return pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); restore it with `git checkout data`.") from None
    except ValueError as error:  # pandas' parser errors and UnicodeDecodeError are ValueErrors
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is not a well-formed UTF-8 CSV file ({reason}); correct it there.") from None


def _typed(path: Path, column: pd.Series, kind: str) -> pd.Series:
    """Convert one text column to its described type. Raises DataError naming file, line, column and value."""
    if kind == "string":
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    whole = numbers.isna() | (numbers % 1 == 0)
    bad = column.notna() & (numbers.isna() | ~(whole if kind == "integer" else pd.Series(True, column.index)))
    if bad.any():
        row = int(bad.to_numpy().argmax())
        wanted = "a whole number" if kind == "integer" else "a number"
        raise DataError(
            f"{path}, line {row + 2}, column {column.name}: {_short(column.iloc[row])} is not {wanted}; correct it."
        )
    typed: pd.Series = numbers.astype(_DTYPES[kind])
    return typed


@cache
def _table(name: str) -> pd.DataFrame:
    """Read one table with the column names and types of its description."""
    entry = resource(name)
    path = data_dir() / entry["path"]
    fields = {field["name"]: field["type"] for field in entry["schema"]["fields"]}
    text = _read_text(path)
    if list(text.columns) != list(fields):
        columns = _short(list(text.columns))
        raise DataError(f"{path}, line 1: the columns are {columns}, expected {list(fields)}; correct them.")
    return pd.DataFrame({column: _typed(path, text[column], kind) for column, kind in fields.items()})


def table(name: str) -> pd.DataFrame:
    """Any table of the data package by its name. Raises DataError for one that is not there or is malformed."""
    return _table(name).copy()


def figures() -> pd.DataFrame:
    """One published figure a row: who, when, what, value, published rank, edition and source.

    `value` is a count unless the metric ends in `_pct` (percent) or `_months` (months of prison). Both editions of a
    restated figure are rows; `default_edition` picks one.
    """
    return _table("figures").copy()


def district_new_cases() -> pd.DataFrame:
    """New cases and defendants of each of 94 districts in 2020-2023, by type, and cases outside the TVPA."""
    return _table("district_new_cases").copy()


def official_series() -> pd.DataFrame:
    """Figures of the Department of Justice, its statistics bureau and TRAC, by fiscal year (October to September)."""
    return _table("official_series").copy()


def sources() -> pd.DataFrame:
    """Every source, one a row: kind (primary, press, compiled), title, address, date of publication."""
    return _table("sources").copy()


def jurisdictions() -> pd.DataFrame:
    """The 56 jurisdictions that are ranked: 50 states, the District of Columbia and five territories."""
    return _table("jurisdictions").copy()


def population() -> pd.DataFrame:
    """Residents of each jurisdiction on 1 July, 2018-2023; the base changes between 2019 and 2020."""
    return _table("population").copy()


def districts() -> pd.DataFrame:
    """The 94 federal judicial districts with their jurisdiction and their codes in the court records."""
    return _table("districts").copy()


def district_counties() -> pd.DataFrame:
    """Which judicial district each of 3,228 counties belongs to."""
    return _table("district_counties").copy()


def fjc_criminal_columns() -> pd.DataFrame:
    """The columns of the Federal Judicial Center's file of criminal defendants."""
    return _table("fjc_criminal_columns").copy()


def metrics() -> pd.DataFrame:
    """What each metric of `figures()` counts: name, label, unit, definition and the trap a reader must know."""
    return _table("metrics").copy()


def readings() -> pd.DataFrame:
    """How a figure is to be read where its source counts something else: "at least" or "about", and why."""
    return _table("readings").copy()


def claims() -> pd.DataFrame:
    """The verdict that each entry of the register of published statements had when it was last looked at, and why."""
    return _table("claims").copy()


@cache
def geo(name: str) -> dict[str, Any]:
    """A topology of `data/geo/`, such as "states_albers", as parsed TopoJSON. Raises DataError when it is missing."""
    return _json(data_dir() / "geo" / f"{name}.topojson")


def default_edition(jurisdiction: str, year: int, metrics: list[str]) -> int | None:
    """The edition to use for a comparison: the latest that printed every one of `metrics` for that place and year.

    Later editions restate earlier years, so the latest is best, but parts and totals must come from one edition or they
    do not add up. None when no single edition printed them all.
    """
    frame = figures()
    frame = frame[
        (frame.jurisdiction == jurisdiction) & (frame.year == year) & frame.court_id.isna() & frame.value.notna()
    ]
    printed = frame[frame.metric.isin(metrics)].groupby("edition").metric.nunique()
    complete = printed[printed == len(set(metrics))]
    return int(complete.index.max()) if len(complete) else None


def at(jurisdiction: str, year: int, metric: str, edition: int | None = None) -> Any:
    """The published value of one metric, or NA when no copy of the figure was found.

    `jurisdiction` is a USPS code or "US". Without `edition` the rule of `default_edition` applies. Where one edition has
    the figure from two sources the primary one is taken before a compiled one and that before a press report.
    """
    edition = edition if edition is not None else default_edition(jurisdiction, year, [metric])
    row = row_at(jurisdiction, year, metric, edition)
    return pd.NA if row is None else row["value"]


def row_at(jurisdiction: str, year: int, metric: str, edition: int | None) -> pd.Series | None:
    """The whole row behind `at`, with its published rank, source and note; None when there is none."""
    if edition is None:
        return None
    frame = figures()
    same = (frame.jurisdiction == jurisdiction) & (frame.year == year) & (frame.metric == metric)
    found = frame[same & (frame.edition == edition) & frame.court_id.isna() & frame.value.notna()]
    if found.empty:
        return None
    kind = found.source_id.map(sources().set_index("source_id").kind)
    best = kind.map(_PREFERENCE).sort_values(kind="stable").index[0]
    row: pd.Series = found.loc[best]
    return row


def clear_cache() -> None:
    """Forget what was read, so that a changed file is read again."""
    for function in (package, _table, geo):
        function.cache_clear()


@contextmanager
def using(folder: Path) -> Iterator[None]:
    """Read the same tables from another folder within the block.

    Raises DataError when the folder holds no datapackage.json.
    """
    global data_dir
    if not (folder / "datapackage.json").is_file():
        raise DataError(f"{folder} holds no datapackage.json; name a copy of this project's data/.")
    before = data_dir
    data_dir = lambda: folder  # noqa: E731  every function here asks data_dir() anew
    clear_cache()
    try:
        yield
    finally:
        data_dir = before
        clear_cache()
