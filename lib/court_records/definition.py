"""Which charges count as human trafficking: a table of sections of law, in `data/court_record_charges.csv` or the user's own."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pandas as pd

from lib import data
from lib.court_records.problems import CourtRecordsError

#: The bit that stands for each group of charges; a row, a defendant or a case holds the bits of all its charges.
BITS = {"sex": 1, "forced_labor": 2, "undetermined": 4, "outside_tvpa": 8}
TVPA = BITS["sex"] | BITS["forced_labor"] | BITS["undetermined"]
#: The groups that are counted, in the order of the output.
GROUPS = ["tvpa", "sex", "forced_labor", "undetermined", "outside_tvpa"]
COLUMNS = ["title", "section", "group", "heading", "note"]
_NEEDED = COLUMNS[:3]
_CHARGE = re.compile(r"0*(\d+):(\d+)([A-Z]*)")


def members(bits: pd.Series) -> dict[str, pd.Series]:
    """Which units belong to each counted group, from the bits of their charges.

    `tvpa` is any charge under Chapter 77. `sex` and `forced_labor` may overlap. `undetermined` has a Chapter 77 charge but
    neither of these two, and `outside_tvpa` has no Chapter 77 charge at all, so that tvpa and outside_tvpa add up.
    """
    return {
        "tvpa": (bits & TVPA) > 0,
        "sex": (bits & BITS["sex"]) > 0,
        "forced_labor": (bits & BITS["forced_labor"]) > 0,
        "undetermined": (bits & TVPA) == BITS["undetermined"],
        "outside_tvpa": bits == BITS["outside_tvpa"],
    }


@dataclass(frozen=True)
class Definition:
    """Sections of law with their groups: `sections` maps "18:1591" to the bit of its group."""

    sections: dict[str, int]
    _memo: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def numbers(self) -> list[str]:
        """The section numbers without title and letters, such as "1591": what a row that matters must contain."""
        return sorted({re.sub(r"[A-Z]", "", section.split(":")[1]) for section in self.sections})

    def bits(self, charge: str) -> int:
        """The bit of a charge as the file writes it, or 0 when the definition does not have its section.

        Suffixes count as the section (`18:1591A`, `18:1591.F`, `18:1591(A)`), a further digit does not (`18:15910`), and
        where the definition lists a lettered section of its own (`18:2421A`) the longest match decides.
        """
        if charge not in self._memo:
            self._memo[charge] = self._look_up(charge)
        return self._memo[charge]

    def _look_up(self, charge: str) -> int:
        """`bits` without the memory of earlier charges."""
        found = _CHARGE.match(charge.strip().upper())
        if not found:
            return 0
        title, number, letters = found.groups()
        names = (f"{title}:{number}{letters[:length]}" for length in range(len(letters), -1, -1))
        return next((self.sections[name] for name in names if name in self.sections), 0)


def read_table(path: Path) -> pd.DataFrame:
    """The definition table as text: title, section, group, and heading and note where given.

    Raises CourtRecordsError naming the line for a missing column, an unknown group, a malformed or a repeated section.
    """
    try:
        table = pd.read_csv(path, dtype="string", keep_default_na=False, encoding="utf-8")
    except OSError as error:
        raise CourtRecordsError(f"The definition {path} cannot be read ({error.strerror}); check its name.") from None
    except ValueError as error:  # pandas' parser errors and UnicodeDecodeError are ValueErrors
        reason = " ".join(str(error).split())
        raise CourtRecordsError(f"The definition {path} is not a well-formed UTF-8 CSV file ({reason}).") from None
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise CourtRecordsError(
            f"The definition {path} has no column {missing[0]!r}; it needs {', '.join(_NEEDED)}, "
            "as data/court_record_charges.csv has them."
        )
    _check(path, table)
    return table


def _check(path: Path, table: pd.DataFrame) -> None:
    """Raise CourtRecordsError for the first line that is no section with a known group."""
    name = table["title"] + ":" + table["section"]
    wrong = {
        "the title is not a number": ~table["title"].str.fullmatch(r"[1-9]\d?"),
        "the section is not a number with or without capital letters": ~table["section"].str.fullmatch(r"\d+[A-Z]*"),
        f"the group is not one of {', '.join(BITS)}": ~table["group"].isin(list(BITS)),
        "the section is listed twice": name.duplicated(),
    }
    for reason, where in wrong.items():
        if where.any():
            raise CourtRecordsError(f"The definition {path}, line {int(where.argmax()) + 2}: {reason}; correct it.")
    if table.empty:
        raise CourtRecordsError(f"The definition {path} lists no section; add at least one.")


@lru_cache(maxsize=8)
def _read(path: Path, _modified: int) -> Definition:
    """A definition read once for each state of its file."""
    table = read_table(path)
    names = table["title"] + ":" + table["section"]
    return Definition(dict(zip(names, table["group"].map(BITS).astype(int), strict=True)))


def definition(path: Path | str | None = None) -> Definition:
    """The definition in a CSV file (title, section, group), by default the book's own `data/court_record_charges.csv`.

    Raises CourtRecordsError when the file cannot be read or a line of it is malformed.
    """
    where = data.data_dir() / "court_record_charges.csv" if path is None else Path(path)
    try:
        modified = where.stat().st_mtime_ns
    except OSError as error:
        raise CourtRecordsError(f"The definition {where} cannot be read ({error.strerror}); check its name.") from None
    return _read(where, modified)
