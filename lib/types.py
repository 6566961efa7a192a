"""Sex and labor trafficking side by side: where labor cases are, and how many defendants a case names."""

from typing import Any

import pandas as pd

from lib import data, metrics, states
from lib.tables import number_text

_TYPES = {"Sex trafficking": "sex", "Forced labor": "labor"}


def without_labor(totals: pd.DataFrame) -> pd.DataFrame:
    """Jurisdictions with a federal court and no labor case in `states.over_years()`: name, tvpa_sex_cases."""
    none = totals[(totals["new_labor_cases"] == 0).fillna(False)]
    return none.sort_values("name")[["name", "tvpa_sex_cases"]].reset_index(drop=True)


def labor_by_district() -> pd.DataFrame:
    """New labor cases of each district that had any: name of the district, one column a year, and the sum."""
    table = data.district_new_cases().merge(data.districts()[["court_id", "name"]], on="court_id")
    wide = table.pivot(index="name", columns="year", values="new_labor_cases")
    wide.columns = [str(year) for year in wide.columns]
    wide["Four years"] = wide.sum(axis=1)
    return wide[wide["Four years"] > 0].sort_values("Four years", ascending=False, kind="stable").reset_index()


def defendants_per_case() -> pd.DataFrame:
    """New defendants for each new case of the nation: year, type, cases, defendants, per_case (a ratio)."""
    nation = metrics.national(data.district_new_cases())
    parts = [
        pd.DataFrame(
            {
                "year": nation.year,
                "type": label,
                "cases": nation[f"new_{short}_cases"],
                "defendants": nation[f"new_{short}_defendants"],
            }
        )
        for label, short in _TYPES.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(per_case=(table.defendants / table.cases).round(4))


#: Columns of `by_state` and `by_district` as their tables name them. What crosses the series break of 2022 stands in two halves.
_HALVES = {"early": "2020-21", "late": "2022-23"}
STATE_LABELS = {
    "name": "Jurisdiction",
    **{
        f"sex_{what}_{half}": f"Sex {what} {years}"
        for half, years in _HALVES.items()
        for what in ("cases", "defendants")
    },
    "labor_cases": "Labor cases",
    "labor_defendants": "Labor defendants",
}
DISTRICT_LABELS = {
    "name": "District",
    **{
        f"sex_{what}_{half}": f"{label} {years}"
        for half, years in _HALVES.items()
        for what, label in {"cases": "Sex cases", "per_case": "For each case"}.items()
    },
    "labor_cases": "Labor cases",
    "labor_per_case": "For each labor case",
}


def _by_place(table: pd.DataFrame, place: str) -> pd.DataFrame:
    """Cases, defendants and defendants for each case by type, index `place`: sex trafficking in two halves, labor in one.

    From 2022 the printed sex trafficking figures hold cases outside the TVPA, so the halves are never added. A ratio is NA
    without a case.
    """
    late = table["year"] >= metrics.SERIES_BREAK
    parts = {"sex_{}_early": ("sex", table[~late]), "sex_{}_late": ("sex", table[late]), "labor_{}": ("labor", table)}
    found = {}
    for name, (kind, rows) in parts.items():
        for what in ("cases", "defendants"):
            found[name.format(what)] = rows.groupby(place)[f"new_{kind}_{what}"].sum(min_count=1)
        cases, defendants = found[name.format("cases")], found[name.format("defendants")]
        found[name.format("per_case")] = (defendants / cases.where(cases > 0)).astype("Float64")
    return pd.DataFrame(found)


def by_state() -> pd.DataFrame:
    """Cases and defendants of each jurisdiction by type, 2020-2023; columns of `STATE_LABELS`, American Samoa NA."""
    return _by_place(states.by_state(), "name").reset_index()[list(STATE_LABELS)]


def by_district() -> pd.DataFrame:
    """Cases of each district and defendants for each case by type, 2020-2023, by name; columns of `DISTRICT_LABELS`."""
    table = data.district_new_cases().merge(data.districts()[["court_id", "name"]], on="court_id")
    return _by_place(table, "name").reset_index()[list(DISTRICT_LABELS)]


def per_case_by_half() -> pd.DataFrame:
    """Defendants for each new case of the nation, one row: columns sex_per_case_early, sex_per_case_late, labor_per_case."""
    return _by_place(metrics.national(data.district_new_cases()).assign(name="United States"), "name")


def ratio_text(value: Any) -> str:
    """A ratio with one decimal; a dash where there is no case to divide by."""
    return "\N{EM DASH}" if pd.isna(value) else number_text(value, 1)
