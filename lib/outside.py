"""Sex trafficking charged outside the TVPA: beside the total of new cases until 2021, inside it from 2022."""

from typing import Any

import pandas as pd

from lib import data, metrics, states
from lib.words import percent

_SUMS = ["tvpa_cases", "outside_tvpa_cases"]


def _share(under: Any, outside: Any) -> Any:
    """Cases outside the TVPA out of both kinds together, in percent."""
    return metrics.share(outside, under + outside)


def summary(year: int, usps: str) -> pd.DataFrame:
    """Published new cases and cases outside the TVPA of the nation and of `usps` (the index); NA if not published."""
    places = ["US", usps]
    columns = ["new_criminal_cases", "outside_tvpa_cases"]
    rows = {place: {metric: data.at(place, year, metric) for metric in columns} for place in places}
    return pd.DataFrame.from_dict(rows, orient="index").astype("Int64")


def published(year: int) -> pd.DataFrame:
    """Every place whose new cases and outside cases of `year` (until 2021) were both published, the nation first."""
    names = {"US": "United States"} | dict(data.jurisdictions().set_index("usps")["name"])
    rows = [summary(year, usps).loc[[usps]].assign(name=name) for usps, name in names.items()]
    table = pd.concat(rows).dropna()
    return table.assign(outside_share_pct=_share(table.new_criminal_cases, table.outside_tvpa_cases)).reset_index(
        names="place"
    )


def by_district() -> pd.DataFrame:
    """The 94 districts over 2020-2023, most outside cases first.

    Columns: court_id, name, tvpa_cases, outside_tvpa_cases, outside_share_pct (NA for a district without any case).
    """
    table = metrics.with_totals(data.district_new_cases())
    sums = (
        table.groupby("court_id", as_index=False)[_SUMS]
        .sum()
        .merge(data.districts()[["court_id", "name"]], on="court_id")
    )
    return _ordered(sums)


def by_district_and_year() -> pd.DataFrame:
    """Cases outside the TVPA of the districts that had any: name, one column a year, and the sum; most first, then by name.

    The count itself did not change in 2022, only whether the printed total holds it, so the years may be added.
    """
    table = data.district_new_cases().merge(data.districts()[["court_id", "name"]], on="court_id")
    wide = table.pivot(index="name", columns="year", values="outside_tvpa_cases")
    wide.columns = [str(year) for year in wide.columns]
    wide["Four years"] = wide.sum(axis=1)
    ordered = wide.reset_index().sort_values(["Four years", "name"], ascending=[False, True])
    return ordered[ordered["Four years"] > 0].reset_index(drop=True)


def by_state() -> pd.DataFrame:
    """The 56 jurisdictions over 2020-2023 with the columns of `by_district`; American Samoa, without a court, is NA."""
    return _ordered(states.over_years())


def _ordered(sums: pd.DataFrame) -> pd.DataFrame:
    """Add the share and put the places with the most outside cases first."""
    table = sums.assign(outside_share_pct=_share(sums.tvpa_cases, sums.outside_tvpa_cases))
    return table.sort_values(["outside_tvpa_cases", "name"], ascending=[False, True], na_position="last").reset_index(
        drop=True
    )


def share_text(value: Any) -> str:
    """A share in whole percent; a dash where there is no case to take a share of."""
    return "\N{EM DASH}" if pd.isna(value) else percent(value)
