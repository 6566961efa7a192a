"""Turn the text of the rows that matter into typed records, and set aside, with line number and reason, those that cannot be."""

import pandas as pd

from lib import data
from lib.court_records.definition import Definition
from lib.court_records.layout import DATES, DISPOSED, ENDED, FILED, FLAGS, MARK, NEEDED
from lib.court_records.problems import Report
from lib.court_records.scan import Row

#: Dispositions that are convictions: guilty plea, no contest, convicted by court or by jury, and the two rarer forms.
CONVICTED = {4, 5, 8, 9, 17, 19}
#: What the file writes where it has no value.
MISSING = ["", "-8", "."]
NUMBERS = ["FISCALYR", "REOPSEQ", *DISPOSED, "PRISTOT", *FLAGS]
#: Codes of PRISTOT that are no months.
UNDER_A_MONTH, NO_PRISON, SEALED, LIFE, DEATH, UNKNOWN = -1, -2, -3, -4, -5, -8

TYPES = {
    "line": "int64",
    "fiscal_year": "int64",
    "court_id": "string",
    "case": "string",
    "defendant": "string",
    "reopened": "int64",
    "filed": "datetime64[s]",
    "disposed": "datetime64[s]",
    "terminated": "datetime64[s]",
    "loaded": "datetime64[s]",
    "filing_charges": "int64",
    "termination_charges": "int64",
    "convicted_charges": "int64",
    "prison": "int64",
    **{flag.lower(): "bool" for flag in FLAGS},
}

_DATE_NAMES = ["filed", "disposed", "terminated", "loaded"]  # in the order of DATES


def raw_table(rows: list[Row]) -> pd.DataFrame:
    """Rows of text as a table: one column for each of NEEDED, SOURCE, and the line number; missing values are NA."""
    frame = pd.DataFrame([values for _, values in rows], columns=[*NEEDED, MARK], dtype="string")
    known = pd.DataFrame({column: frame[column].mask(frame[column].isin(MISSING)) for column in frame})
    return known.assign(line=[line for line, _ in rows])


def _charges(raw: pd.DataFrame, columns: list[str], law: Definition) -> pd.DataFrame:
    """The bit of each charge in `columns`, 0 where the definition does not have it."""
    return pd.DataFrame({column: raw[column].fillna("").map(law.bits).astype("int64") for column in columns})


def _union(bits: pd.DataFrame) -> pd.Series:
    """The bits of several columns together."""
    found = pd.Series(0, index=bits.index, dtype="int64")
    for column in bits:
        found |= bits[column]
    return found


def _date(text: pd.Series) -> pd.Series:
    """MM/DD/YYYY as dates; anything else, and days that no calendar has, as NaT."""
    shaped = text.where(text.str.fullmatch(r"\d\d/\d\d/\d{4}").fillna(False))
    return pd.to_datetime(shaped, format="%m/%d/%Y", errors="coerce").astype("datetime64[s]")


def _whole(text: pd.Series) -> pd.Series:
    """Whole numbers as Int64, anything else as NA; "4.0", as some tools write it, is whole."""
    shaped = text.where(text.str.fullmatch(r"-?\d{1,9}(\.0*)?").fillna(False))
    return pd.to_numeric(shaped).astype("Float64").astype("Int64")


def _problems(raw: pd.DataFrame, dates: pd.DataFrame, numbers: pd.DataFrame, courts: pd.Series) -> pd.Series:
    """For each row the first thing that is wrong with it, or NA. No value of the row is part of the reason."""
    reason = pd.Series(pd.NA, index=raw.index, dtype="string")

    def note(where: pd.Series, what: str) -> None:
        """Give `what` as the reason to the rows that have none yet."""
        reason.loc[where.fillna(False).astype(bool) & reason.isna()] = what

    note(raw["DISTRICT"].isna() | courts.isna(), "DISTRICT is not one of the 94 codes of data/districts.csv")
    for column in ("OFFICE", "DOCKET", "DEFLGKY", "FISCALYR", "FILEDATE"):
        note(raw[column].isna(), f"{column} is empty")
    for column in DATES:
        note(raw[column].notna() & dates[column].isna(), f"{column} is not a date written MM/DD/YYYY")
    for column in NUMBERS:
        note(raw[column].notna() & numbers[column].isna(), f"{column} is not a whole number")
    for flag in FLAGS:
        note(numbers[flag].notna() & ~numbers[flag].isin([0, 1]), f"{flag} is neither 0 nor 1")
    return reason


def _convicted(numbers: pd.DataFrame, ended: pd.DataFrame) -> pd.Series:
    """The bits of the charges at termination whose disposition is a conviction."""
    kept = pd.DataFrame(index=ended.index)
    for title, disposition in zip(ENDED, DISPOSED, strict=True):
        kept[title] = ended[title].where(numbers[disposition].isin(CONVICTED).fillna(False), 0)
    return _union(kept)


def clean(rows: list[Row], law: Definition, report: Report) -> pd.DataFrame:
    """Typed records of the rows that name a charge of `law`: the columns of TYPES.

    A record holds the bits of its charges at filing, at termination, and of those convicted; `case` is DISTRICT, OFFICE and
    DOCKET together and `defendant` is DEFLGKY. Rows with an unknown district, a date or a number that is none, or without
    a key are counted in `report` with the reason. Raises CourtRecordsError at the first one when the report is strict.
    """
    raw = raw_table(rows)
    filed, ended = _charges(raw, FILED, law), _charges(raw, ENDED, law)
    named = (_union(filed) | _union(ended)) > 0
    raw, filed, ended = raw[named], filed[named], ended[named]
    report.relevant += len(raw)
    report.synthetic |= bool(raw[MARK].eq("SYNTHETIC").fillna(False).any())
    courts = raw["DISTRICT"].map(data.districts().set_index("fjc_district")["court_id"])
    dates = raw[DATES].apply(_date)
    numbers = raw[NUMBERS].apply(_whole)
    reason = _problems(raw, dates, numbers, courts)
    for line, what in zip(raw["line"][reason.notna()], reason.dropna(), strict=True):
        report.set_aside(int(line), str(what))
    table = pd.DataFrame(
        {
            "line": raw["line"],
            "fiscal_year": numbers["FISCALYR"],
            "court_id": courts,
            "case": raw["DISTRICT"] + "|" + raw["OFFICE"] + "|" + raw["DOCKET"],
            "defendant": raw["DEFLGKY"],
            "reopened": numbers["REOPSEQ"].fillna(0),
            **{name: dates[column] for name, column in zip(_DATE_NAMES, DATES, strict=True)},
            "filing_charges": _union(filed),
            "termination_charges": _union(ended),
            "convicted_charges": _convicted(numbers, ended),
            "prison": numbers["PRISTOT"].fillna(UNKNOWN),
            **{flag.lower(): numbers[flag].fillna(0) == 1 for flag in FLAGS},
        }
    )
    table = table[reason.isna()].astype(TYPES)
    report.fiscal_years |= set(table["fiscal_year"].tolist())
    return table[list(TYPES)]


def empty() -> pd.DataFrame:
    """The table of no record."""
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in TYPES.items()})
