"""Measures as pure functions of counts: totals, shares, changes, rates. NA in, NA out; nothing is filled in."""

from typing import Any

import pandas as pd

from lib.errors import BookError

#: First calendar year in which cases outside the TVPA are counted inside the new-case total (2022 edition onwards).
SERIES_BREAK = 2022
_DISTRICT_COUNTS = [
    "new_sex_cases",
    "new_labor_cases",
    "new_sex_defendants",
    "new_labor_defendants",
    "outside_tvpa_cases",
]


def share(part: Any, whole: Any) -> Any:
    """`part` out of `whole` in percent, for counts or Series of counts; NA where either is NA or the whole is 0.

    Raises BookError when a part exceeds its whole, because such a share means that two definitions were mixed.
    """
    parts, wholes = _number(part), _number(whole)
    if isinstance(parts, pd.Series) and not isinstance(wholes, pd.Series):
        wholes = pd.Series(wholes, parts.index, dtype="Float64")
    if isinstance(wholes, pd.Series):
        if bool((parts > wholes).fillna(False).any()):
            raise BookError("A part is larger than its whole; check that both count the same thing.")
        return 100 * parts / wholes.where(wholes != 0)
    if pd.isna(parts) or pd.isna(wholes) or wholes == 0:
        return pd.NA
    if parts > wholes:
        raise BookError(f"The part {parts} is larger than the whole {wholes}; check that both count the same thing.")
    return 100 * parts / wholes


def _number(value: Any) -> Any:
    """A Series as nullable floats; a scalar unchanged."""
    return value.astype("Float64") if isinstance(value, pd.Series) else value


def change_pct(now: Any, before: Any) -> Any:
    """Change from `before` to `now` in percent of `before`: 145 after 170 is -14.7. NA where undefined."""
    if pd.isna(now) or pd.isna(before) or before == 0:
        return pd.NA
    return 100 * (now - before) / before


def restitution_rate(ordered: Any, convicted: Any) -> Any:
    """Defendants ordered to pay restitution out of those convicted, in percent: 2 of 9 is 22.2; NA when nobody was convicted."""
    return share(ordered, convicted)


def rate_per_million(count: Any, population: Any) -> Any:
    """Events per million residents, for a count or a Series; NA where the count is NA.

    Raises BookError when a population is not positive.
    """
    people = _number(population)
    if bool((people <= 0).any() if isinstance(people, pd.Series) else people <= 0):
        raise BookError("A population must be above zero; check population.csv.")
    return 1_000_000 * _number(count) / people


def new_criminal_cases(table: pd.DataFrame) -> pd.Series:
    """New cases of each row as the edition of that year counts them: sex plus labor trafficking cases."""
    return (table["new_sex_cases"] + table["new_labor_cases"]).rename("new_criminal_cases")


def tvpa_cases(table: pd.DataFrame) -> pd.Series:
    """New cases under the TVPA only, comparable from year to year, for rows with `year` and the district columns.

    Until 2021 the editions counted cases outside the TVPA beside the total, from 2022 inside it, so they are subtracted
    from 2022 on. This is inferred from the district tables: see `series_break`.
    """
    inside = table["outside_tvpa_cases"].where(table["year"] >= SERIES_BREAK, 0)
    return (new_criminal_cases(table) - inside).rename("tvpa_cases")


def with_totals(districts: pd.DataFrame) -> pd.DataFrame:
    """The district table with totals added to each row: new_criminal_cases, new_defendants, tvpa_cases, tvpa_sex_cases.

    Cases outside the TVPA are all sex trafficking, so the labor cases are part of those under it.
    """
    defendants = districts["new_sex_defendants"] + districts["new_labor_defendants"]
    table = districts.assign(
        new_criminal_cases=new_criminal_cases(districts), new_defendants=defendants, tvpa_cases=tvpa_cases(districts)
    )
    return table.assign(tvpa_sex_cases=table["tvpa_cases"] - table["new_labor_cases"])


def by_jurisdiction(district_cases: pd.DataFrame, districts: pd.DataFrame, jurisdictions: pd.DataFrame) -> pd.DataFrame:
    """District counts summed to the 56 jurisdictions, one row per jurisdiction and year, with totals.

    American Samoa has no federal district court; its counts are NA, not 0. Columns: jurisdiction, name, year and the
    counts. Raises BookError when a district is unknown.
    """
    home = districts.set_index("court_id")["jurisdiction"]
    unknown = sorted(set(district_cases["court_id"]) - set(home.index))
    if unknown:
        raise BookError(
            f"district_new_cases.csv has the unknown court {unknown[0]!r}; use a court_id of districts.csv."
        )
    placed = district_cases.assign(jurisdiction=district_cases["court_id"].map(home))
    sums = placed.groupby(["jurisdiction", "year"])[_DISTRICT_COUNTS].sum()
    every = pd.MultiIndex.from_product(
        [jurisdictions["usps"], sorted(set(placed["year"]))], names=["jurisdiction", "year"]
    )
    table = sums.reindex(every).reset_index().astype({"year": "Int64"} | dict.fromkeys(_DISTRICT_COUNTS, "Int64"))
    table.insert(1, "name", table["jurisdiction"].map(jurisdictions.set_index("usps")["name"]))
    return with_totals(table)


def national(district_cases: pd.DataFrame) -> pd.DataFrame:
    """District counts summed to the nation, one row per year, with totals."""
    return with_totals(district_cases.groupby("year", as_index=False)[_DISTRICT_COUNTS].sum())


def series_break(district_cases: pd.DataFrame) -> pd.DataFrame:
    """By year, in how many districts cases outside the TVPA exceed the district's own total of new cases.

    If they were part of the total they never could. Columns: year, `with_outside` (districts with any case outside the
    TVPA) and `exceeding`. This is the evidence for `SERIES_BREAK`.
    """
    outside = district_cases["outside_tvpa_cases"]
    flags = district_cases.assign(with_outside=outside > 0, exceeding=outside > new_criminal_cases(district_cases))
    return flags.groupby("year", as_index=False)[["with_outside", "exceeding"]].sum().astype("Int64")
