"""The measures of the book, counted from cleaned court records: new and active cases and defendants, convictions, sentences.

Choices, each of which another reader could make otherwise:

* A defendant is a DEFLGKY, a case is DISTRICT with OFFICE and DOCKET. Of rows with the same DEFLGKY and REOPSEQ the one with the
  newest LOADDATE counts, so that a defendant who is pending for years is still one.
* New: rows flagged as a filing (CTFILTRN), by the charges *at filing*, in the year of FILEDATE. A reopened case is not
  new again: the earliest filing counts. A case is new once, when its first defendant is filed.
* Active: filed by the last day of the year and not terminated before its first, by the charges at filing or at termination.
  Pending defendants are repeated every fiscal year; when the rows of one stop without a termination, they are active only
  up to the fiscal year of the last row.
* Convicted: rows flagged as a termination (CTTRTRN) with a conviction *on a charge of the definition at termination*, in the
  year of DISPDATE, or where that is empty the termination. Once a defendant, at the first conviction.
* Transfers between districts count in both, as the flags CTFILTRN and CTTRTRN do; `transfers=False` uses CTFIL and CTTR.
* Sentences are PRISTOT, the whole term over all counts of the defendant, also those that are no trafficking.
"""

from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from lib import data
from lib.court_records import clean
from lib.court_records.definition import BITS, GROUPS, members
from lib.court_records.problems import CourtRecordsError

By = Literal["nation", "state", "district"]
LEVELS: tuple[By, ...] = ("nation", "state", "district")
#: Months that stand for life where a number is needed, after the U.S. Sentencing Commission's practice.
LIFE_MONTHS = 470
COUNTS = [
    *["new_cases", "new_defendants", "active_cases", "active_defendants", "convictions", "sentenced"],
    *["without_prison", "prison_terms", "prison_months", "life_terms", "death_sentences", "sentence_unknown"],
]
MONTHS = ["mean_months", "median_months", "mean_months_with_life", "median_months_with_life"]
_ORDER = ["loaded", "fiscal_year", "line"]


def newest(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of one defendant and one reopening, the one loaded last."""
    ordered = rows.sort_values(_ORDER, kind="stable", na_position="first")
    return ordered.drop_duplicates(["defendant", "reopened"], keep="last")


def _year(dates: pd.Series, calendar: bool) -> pd.Series:
    """The calendar year of dates, or the fiscal year, which begins in October of the year before."""
    year: pd.Series = dates.dt.year if calendar else dates.dt.year + (dates.dt.month >= 10)
    return year


def _period(year: int, calendar: bool) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first and the last day of a calendar or fiscal year."""
    if calendar:
        return pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31)
    return pd.Timestamp(year - 1, 10, 1), pd.Timestamp(year, 9, 30)


def _units(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """One row for each value of `keys` (a case or a defendant, in a year or ever): court, first `year`, bits of all charges."""
    ordered = rows.sort_values(["year", *_ORDER], kind="stable")
    bits = pd.DataFrame({f"bit{bit}": ordered["bits"] & bit for bit in BITS.values()})
    parts = ordered.groupby(keys, sort=False)
    others = [column for column in ("court_id", "year") if column not in keys]
    held = bits.groupby([ordered[key] for key in keys], sort=False).max().sum(axis=1).rename("bits")
    return pd.concat([parts[others].first(), held], axis=1).reset_index()


def filings(records: pd.DataFrame, calendar: bool, transfers: bool) -> pd.DataFrame:
    """Filed defendants, one row each: case, court_id, year of the first filing, bits of the charges at filing."""
    flagged = records[records["ctfiltrn" if transfers else "ctfil"] & (records["filing_charges"] > 0)]
    rows = newest(flagged).sort_values(["filed", *_ORDER], kind="stable").drop_duplicates("defendant")
    return rows.assign(year=_year(rows["filed"], calendar), bits=rows["filing_charges"])


def spans(records: pd.DataFrame, last_fiscal_year: int) -> pd.DataFrame:
    """When each defendant's charges were pending: `filed` to `until` (NaT while pending), with the bits of all charges.

    A termination without a date ends with DISPDATE, else with its fiscal year. Rows that stop before the file does end with
    the fiscal year of the last one.
    """
    rows = newest(records)
    end_of_year = pd.to_datetime(rows["fiscal_year"].astype("string") + "-09-30").astype("datetime64[s]")
    flagged = rows["cttrtrn"] | rows["cttr"]
    stopped = rows["fiscal_year"] < last_fiscal_year
    until = rows["terminated"].fillna(rows["disposed"].where(flagged)).fillna(end_of_year.where(flagged | stopped))
    return rows.assign(until=until, bits=rows["filing_charges"] | rows["termination_charges"])


def active(pending: pd.DataFrame, year: int, calendar: bool) -> pd.DataFrame:
    """The spans that overlap a year."""
    first, last = _period(year, calendar)
    overlaps = (pending["filed"] <= last) & (pending["until"].isna() | (pending["until"] >= first))
    return pending[overlaps].assign(year=year)


def convictions(records: pd.DataFrame, calendar: bool, transfers: bool) -> pd.DataFrame:
    """Convicted defendants, one row each: court_id, year of the first conviction, bits of the charges convicted, prison."""
    flagged = records[records["cttrtrn" if transfers else "cttr"] & (records["termination_charges"] > 0)]
    rows = newest(flagged)
    rows = rows[rows["convicted_charges"] > 0]
    end_of_year = pd.to_datetime(rows["fiscal_year"].astype("string") + "-09-30").astype("datetime64[s]")
    when = rows["disposed"].fillna(rows["terminated"]).fillna(end_of_year)
    rows = rows.assign(when=when).sort_values(["when", *_ORDER], kind="stable").drop_duplicates("defendant")
    return rows.assign(year=_year(rows["when"], calendar), bits=rows["convicted_charges"])


def _by_group(units: pd.DataFrame, place: pd.Series, years: list[int]) -> pd.DataFrame:
    """The units of `years` with their `place` and `group`, once for each group they belong to."""
    units = units[units["year"].isin(years)]
    units = units.assign(place=units["court_id"].map(place))
    parts = [units[belongs].assign(group=group) for group, belongs in members(units["bits"]).items()]
    return pd.concat(parts)


def sentence_measures(convicted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sentences of convicted defendants for each value of `keys`: COUNTS from `sentenced` on, and MONTHS (months of prison).

    The column `prison` holds PRISTOT. A term under a month counts as 0 months; 0 and "none" are without prison; in the
    means and medians with life a life term counts as LIFE_MONTHS; those without a term are NA.
    """
    prison = convicted["prison"]
    kinds = {
        "without_prison": prison.isin([0, clean.NO_PRISON]),
        "prison_terms": (prison > 0) | (prison == clean.UNDER_A_MONTH),
        "life_terms": prison == clean.LIFE,
        "death_sentences": prison == clean.DEATH,
    }
    months = prison.where(kinds["prison_terms"]).clip(lower=0)
    table = convicted[keys].assign(
        **{kind: there.astype("int64") for kind, there in kinds.items()},
        all=1,
        months=months.astype("float64"),
        with_life=months.mask(kinds["life_terms"], LIFE_MONTHS).astype("float64"),
    )
    groups = table.groupby(keys)
    found = groups[[*kinds, "all"]].sum()
    found["prison_months"] = groups["months"].sum().astype("int64")
    found["sentenced"] = found[list(kinds)].sum(axis=1)
    found["sentence_unknown"] = found["all"] - found["sentenced"]
    found[MONTHS[:2]] = groups["months"].agg(["mean", "median"]).round(2)
    found[MONTHS[2:]] = groups["with_life"].agg(["mean", "median"]).round(2)
    return found[[*COUNTS[COUNTS.index("sentenced") :], *MONTHS]]


def _places(by: By) -> tuple[pd.Series, pd.DataFrame]:
    """Which place of the level each court belongs to, and the places with their names, in the order of the output."""
    districts = data.districts().set_index("court_id")
    if by == "nation":
        return pd.Series("US", index=districts.index), pd.DataFrame({"place": ["US"], "name": ["United States"]})
    if by == "district":
        return districts.index.to_series(), pd.DataFrame(
            {"place": districts.index, "name": districts["name"].to_list()}
        )
    home = districts["jurisdiction"]
    states = data.jurisdictions().rename(columns={"usps": "place"})[["place", "name"]]
    return home, states[states["place"].isin(home)].reset_index(drop=True)


def tally(
    records: pd.DataFrame,
    years: Iterable[int],
    by: By = "nation",
    calendar: bool = True,
    transfers: bool = True,
    fiscal_years: Iterable[int] | None = None,
) -> pd.DataFrame:
    """Count cleaned records: one row for each place of the level `by`, each year and each group of charges.

    Columns: place ("US", a USPS code or a court_id), name, year, group (see `definition.members`), COUNTS (Int64; `prison_months`
    in months) and MONTHS (Float64, months). Counts are 0 where nothing was found and NA in years that `fiscal_years`, by
    default those of the records, do not cover. American Samoa has no federal district court and no row. Raises
    CourtRecordsError for an unknown level or no year.
    """
    wanted = sorted({int(year) for year in years})
    if by not in LEVELS or not wanted:
        raise CourtRecordsError(
            f"Cannot count by {by!r} for {len(wanted)} years; give a year and one of {', '.join(LEVELS)}."
        )
    place, places = _places(by)
    covered = set(records["fiscal_year"] if fiscal_years is None else fiscal_years)
    new, convicted = filings(records, calendar, transfers), convictions(records, calendar, transfers)
    pending = spans(records, max(covered, default=0))
    now = pd.concat([active(pending, year, calendar) for year in wanted])
    units = {
        "new_cases": _units(new, ["case"]),
        "new_defendants": new,
        "active_cases": _units(now, ["case", "year"]),
        "active_defendants": _units(now, ["defendant", "year"]),
        "convictions": convicted,
    }
    keys = ["place", "year", "group"]
    parts: list[Any] = [
        _by_group(table, place, wanted).groupby(keys).size().rename(measure) for measure, table in units.items()
    ]
    sentences = sentence_measures(_by_group(convicted, place, wanted), keys)
    return _complete([*parts, sentences], places, wanted, covered)


def _complete(parts: list[Any], places: pd.DataFrame, years: list[int], covered: set[int]) -> pd.DataFrame:
    """Put counts side by side for every place, year and group: 0 where nothing was found, NA in years not covered."""
    index = pd.MultiIndex.from_product([places["place"], years, GROUPS], names=["place", "year", "group"])
    table = pd.concat([part.reindex(index) for part in parts], axis=1)
    table = table.astype(dict.fromkeys(COUNTS, "Int64") | dict.fromkeys(MONTHS, "Float64"))
    table[COUNTS] = table[COUNTS].fillna(0)
    years_there = index.get_level_values("year")
    inside = (years_there >= min(covered, default=0)) & (years_there <= max(covered, default=-1))
    table.loc[~inside] = pd.NA
    table = pd.DataFrame(table.reset_index()).astype({"place": "string", "year": "Int64", "group": "string"})
    table.insert(1, "name", table["place"].map(places.set_index("place")["name"]).astype("string"))
    return table
