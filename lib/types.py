"""Sex and labor trafficking side by side: where labor cases are, and how many defendants a case names."""

from typing import Any

import pandas as pd

from lib import data, metrics
from lib.tables import number_text

_TYPES = {"Sex trafficking": "sex", "Forced labor": "labor"}


def without_labor(totals: pd.DataFrame) -> pd.DataFrame:
    """Jurisdictions with a federal court and no labor case in `states.over_years()`: name, new_sex_cases."""
    none = totals[(totals["new_labor_cases"] == 0).fillna(False)]
    return none.sort_values("name")[["name", "new_sex_cases"]].reset_index(drop=True)


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


#: Columns of `by_district` as a table names them.
DISTRICT_LABELS = {
    "name": "District",
    "new_sex_cases": "Sex cases",
    "new_sex_defendants": "Sex defendants",
    "sex_per_case": "For each case",
    "new_labor_cases": "Labor cases",
    "new_labor_defendants": "Labor defendants",
    "labor_per_case": "For each labor case",
}


def by_district() -> pd.DataFrame:
    """Cases, defendants and defendants for each case by type, 2020-2023 together, one row a district, by name.

    A ratio is NA without a case. Columns: those of `DISTRICT_LABELS`.
    """
    counts = [f"new_{short}_{what}" for short in _TYPES.values() for what in ("cases", "defendants")]
    sums = data.district_new_cases().groupby("court_id")[counts].sum()
    for short in _TYPES.values():
        cases = sums[f"new_{short}_cases"]
        sums[f"{short}_per_case"] = (sums[f"new_{short}_defendants"] / cases.where(cases > 0)).astype("Float64")
    names = data.districts().set_index("court_id")["name"]
    return sums.assign(name=names).sort_values("name")[list(DISTRICT_LABELS)].reset_index(drop=True)


def ratio_text(value: Any) -> str:
    """A ratio with one decimal; a dash where there is no case to divide by."""
    return "\N{EM DASH}" if pd.isna(value) else number_text(value, 1)
