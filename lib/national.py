"""The national tables of the book: key findings against the year before, cases by type, the comparable trend."""

from typing import Any

import pandas as pd

from lib import data, metrics
from lib.errors import BookError

KEY_METRICS = ["new_criminal_cases", "new_defendants", "active_criminal_cases", "convictions", "mean_sentence_months"]
DISTRICT_SOURCE = "hti-district-tables"


def metric_label(metric: str) -> str:
    """The name of a metric used in the book. Raises BookError when metrics.csv does not have it."""
    labels = data.metrics().set_index("metric").label
    if metric not in labels.index:
        raise BookError(f"metrics.csv has no metric {metric!r}; it has {', '.join(labels.index)}.")
    return str(labels[metric])


def key_findings(year: int) -> pd.DataFrame:
    """The five key findings of `year` beside the year before, both as the edition of `year` printed them.

    Columns: metric, label, unit, value, before (same unit), change_pct (percent of the year before), source_id. What that
    edition did not print is NA.
    """
    units = data.metrics().set_index("metric").unit
    rows = []
    for metric in KEY_METRICS:
        now, before = data.at("US", year, metric, year), data.at("US", year - 1, metric, year)
        source = data.row_at("US", year, metric, year)
        rows.append(
            {
                "metric": metric,
                "label": metric_label(metric),
                "unit": units[metric],
                "value": now,
                "before": before,
                "change_pct": metrics.change_pct(now, before),
                "source_id": pd.NA if source is None else source.source_id,
            }
        )
    types = {"value": "Int64", "before": "Int64", "change_pct": "Float64", "source_id": "string"}
    return pd.DataFrame(rows).astype(types)


def _types_published(year: int) -> dict[str, Any]:
    """Sex and labor cases of one year from one edition that printed both, NA where none did."""
    edition = data.default_edition("US", year, ["new_sex_cases", "new_labor_cases"])
    row = data.row_at("US", year, "new_sex_cases", edition)
    return {
        "year": year,
        "new_sex_cases": data.at("US", year, "new_sex_cases", edition) if edition else pd.NA,
        "new_labor_cases": data.at("US", year, "new_labor_cases", edition) if edition else pd.NA,
        "source_id": pd.NA if row is None else row.source_id,
    }


def cases_by_type() -> pd.DataFrame:
    """New criminal cases of the nation by type and year, 2017-2023.

    Columns: year, new_sex_cases, new_labor_cases, labor_share_pct (percent), source_id. 2017-2019 as published; from
    2020 the sums of the 94 district tables. A year of which only one type is public is NA in both, never filled in.
    """
    national = metrics.national(data.district_new_cases()).assign(source_id=DISTRICT_SOURCE)
    early = pd.DataFrame([_types_published(year) for year in range(2017, int(national.year.min()))])
    columns = ["year", "new_sex_cases", "new_labor_cases", "source_id"]
    types = {"year": "Int64", "new_sex_cases": "Int64", "new_labor_cases": "Int64", "source_id": "string"}
    table = pd.concat([early.astype(types), national[columns].astype(types)], ignore_index=True)
    total = table.new_sex_cases + table.new_labor_cases
    table.insert(3, "labor_share_pct", metrics.share(table.new_labor_cases, total))
    return table


def active_civil_cases(year: int) -> Any:
    """Active civil cases of one year: as published, else cases handled less active criminal cases of one edition.

    Derived, not published, where it is a difference: the editions define "cases handled" as criminal and civil together.
    """
    published = data.at("US", year, "active_civil_cases")
    if not pd.isna(published):
        return published
    edition = data.default_edition("US", year, ["cases_handled", "active_criminal_cases"])
    if edition is None:
        return pd.NA
    return data.at("US", year, "cases_handled", edition) - data.at("US", year, "active_criminal_cases", edition)


def civil_cases() -> pd.DataFrame:
    """What is known of civil cases, by year: cases handled, active criminal, active civil, and how the last was got."""
    years = [2018, 2019, 2020]
    rows = []
    for year in years:
        edition = data.default_edition("US", year, ["cases_handled", "active_criminal_cases"])
        published = not pd.isna(data.at("US", year, "active_civil_cases"))
        rows.append(
            {
                "year": year,
                "cases_handled": data.at("US", year, "cases_handled", edition),
                "active_criminal_cases": data.at("US", year, "active_criminal_cases", edition),
                "active_civil_cases": active_civil_cases(year),
                "how": "published" if published else "derived: handled less criminal",
                "new_civil_sex_cases": data.at("US", year, "new_civil_sex_cases"),
            }
        )
    counts = ["year", "cases_handled", "active_criminal_cases", "active_civil_cases", "new_civil_sex_cases"]
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))


def tvpa_trend() -> pd.DataFrame:
    """New cases under the TVPA alone, 2018-2023, comparable across the series break.

    Columns: year, tvpa_cases, outside_tvpa_cases (NA where not published), outside_is ("beside" or "inside" the printed
    total), as_printed (the total as the edition of that year counts), source_id.
    """
    national = metrics.national(data.district_new_cases())
    late = pd.DataFrame(
        {
            "year": national.year,
            "tvpa_cases": national.tvpa_cases,
            "outside_tvpa_cases": national.outside_tvpa_cases,
            "as_printed": national.new_criminal_cases,
            "source_id": DISTRICT_SOURCE,
        }
    )
    early = pd.DataFrame([_early_total(year) for year in (2018, 2019)])
    table = pd.concat([early, late], ignore_index=True)
    table["outside_is"] = (table.year >= metrics.SERIES_BREAK).map({True: "inside", False: "beside"})
    counts = ["year", "tvpa_cases", "outside_tvpa_cases", "as_printed"]
    return table.astype(dict.fromkeys(counts, "Int64") | {"source_id": "string", "outside_is": "string"})


def _early_total(year: int) -> dict[str, Any]:
    """One year before the district tables: the printed total, which counts TVPA cases only."""
    row = data.row_at("US", year, "new_criminal_cases", data.default_edition("US", year, ["new_criminal_cases"]))
    total = pd.NA if row is None else row["value"]
    return {
        "year": year,
        "tvpa_cases": total,
        "outside_tvpa_cases": data.at("US", year, "outside_tvpa_cases"),
        "as_printed": total,
        "source_id": pd.NA if row is None else row.source_id,
    }


def official_beside() -> pd.DataFrame:
    """The official figures nearest to the book's measures since fiscal year 2018: family, year, measure, scope, value.

    They count other things over other years (October to September) and are shown beside the book's figures, never joined.
    """
    series = data.official_series()
    near = series[(series.fiscal_year >= 2018) & ~series.definition.str.contains("sexual exploitation")]
    return near.sort_values(["family", "measure", "fiscal_year"])[
        ["family", "fiscal_year", "measure", "definition", "value", "unit", "source_id"]
    ].reset_index(drop=True)


def own_series() -> pd.DataFrame:
    """HTI's national series for the comparison with official ones: series, year, value (cases or defendants)."""
    trend = tvpa_trend().rename(columns={"tvpa_cases": "value"}).assign(series="HTI: new cases under the TVPA")
    national = metrics.national(data.district_new_cases()).rename(columns={"new_defendants": "value"})
    defendants = national.assign(series="HTI: new defendants")
    return pd.concat([trend, defendants], ignore_index=True)[["series", "year", "value"]]


def official_selection() -> pd.DataFrame:
    """The official series with at least three years since 2018: series, year (fiscal), value, source_id."""
    frame = official_beside()
    frame = frame[~frame.definition.str.startswith("peonage")]
    series = frame.family + ": " + frame.measure.astype("string")
    frame = frame.assign(series=series).rename(columns={"fiscal_year": "year"})
    enough = frame.groupby("series").year.transform("nunique") >= 3
    return frame[enough][["series", "year", "value", "source_id"]].reset_index(drop=True)
