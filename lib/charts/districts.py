"""Charts of the federal districts: how concentrated cases are, states with several districts, and all 94 in a grid."""

from typing import Any

import altair as alt
import pandas as pd

from lib.charts import maps, theme
from lib.districts import ALL_YEARS, MEASURES

_KINDS = {
    "Under the TVPA": ("by law", "tvpa_cases", theme.SEX),
    "Outside the TVPA": ("by law", "outside_tvpa_cases", theme.OUTSIDE),
    "Sex trafficking under the TVPA": ("by type", "tvpa_sex_cases", theme.TOTAL),
    "Forced labor": ("by type", "new_labor_cases", theme.LABOR),
}


def measures(first: str = "tvpa_cases") -> list[maps.Measure]:
    """The measures of a map in the order of its picker, `first` before the others."""
    return [maps.Measure(column, MEASURES[column]) for column in sorted(MEASURES, key=lambda column: column != first)]


def lorenz(curve: pd.DataFrame) -> alt.LayerChart:
    """The Lorenz curve beside the line on which every district would have the same number of cases."""
    axis = alt.Axis(format="d", values=[0, 25, 50, 75, 100])
    x = alt.X("places_pct:Q", title="Districts, fewest cases first, percent", axis=axis)
    y = alt.Y("cases_pct:Q", title="Their share of all cases, percent", axis=axis)
    tip = [alt.Tooltip("places_pct:Q", title="Districts, percent", format=".0f")]
    tip += [alt.Tooltip("cases_pct:Q", title="Cases, percent", format=".1f")]
    base = alt.Chart(curve).encode(x=x, y=y, tooltip=tip)
    equal = alt.Chart(curve.iloc[[0, -1]]).mark_line(color=theme.MUTED, strokeDash=[5, 4]).encode(x=x, y="places_pct:Q")
    word = alt.Chart(pd.DataFrame({"places_pct": [48], "cases_pct": [55]})).mark_text(
        text="if all had the same number", angle=321
    )
    area = base.mark_area(color=theme.SEX, opacity=0.18)
    line = base.mark_line(color=theme.SEX, strokeWidth=2.5)
    points = base.mark_point(
        color=theme.SEX, size=26, opacity=1
    )  # each says its own values; a line says only its first
    return alt.LayerChart(layer=[area, line, points, equal, word.encode(x=x, y="cases_pct:Q")]).properties(
        width=400, height=320
    )


def state_panels(table: pd.DataFrame) -> alt.FacetChart:
    """One small panel for each state with several districts: cases of its districts, by law or by type, for a year.

    `table` has a row for each district and year (text): state, district, year and the measures.
    """
    years = list(dict.fromkeys(table["year"]))
    year = alt.param(name="year", value=ALL_YEARS, bind=alt.binding_select(options=years, name="Year "))
    split = alt.param(
        name="split", value="by law", bind=alt.binding_radio(options=["by law", "by type"], name="Split ")
    )
    parts = [
        table[["state", "district", "year"]].assign(kind=kind, split=group, cases=table[column])
        for kind, (group, column, _) in _KINDS.items()
    ]
    colors = alt.Scale(domain=list(_KINDS), range=[color for _, _, color in _KINDS.values()])
    bars = (
        alt.Chart(pd.concat(parts, ignore_index=True))
        .transform_filter("datum.year === year && datum.split === split")
        .mark_bar(height=11)
        .encode(
            x=alt.X("cases:Q", title=None, stack=True, axis=alt.Axis(tickCount=3, grid=True)),
            y=alt.Y("district:N", title=None),
            color=alt.Color("kind:N", title=None, scale=colors, legend=alt.Legend(columns=2)),
            tooltip=["state:N", "district:N", "year:N", alt.Tooltip("kind:N", title="Kind"), "cases:Q"],
        )
        .properties(width=134, height=alt.Step(16))
        .facet(alt.Facet("state:N", title=None, header=alt.Header(labelPadding=2)), columns=3, spacing=16)
    )
    return bars.resolve_scale(y="independent").add_params(year, split)


def grid(table: pd.DataFrame) -> alt.FacetChart:
    """A tiny bar chart of cases under the TVPA for each district over the years, all on one scale, by name.

    `table`: name, year, tvpa_cases, outside_tvpa_cases, one row for each district and year.
    """
    tip: list[Any] = ["name:N", "year:O", alt.Tooltip("tvpa_cases:Q", title="Under the TVPA")]
    tip += [alt.Tooltip("outside_tvpa_cases:Q", title="Outside the TVPA")]
    x = alt.X("year:O", axis=None)
    scale = alt.Scale(domain=[0, int(table["tvpa_cases"].max()) * 1.6])  # room for the number above the bar
    short = table.assign(
        name=table["name"].str.replace("Northern Mariana", "N. Mariana")
    )  # the longest name sets all widths
    base = alt.Chart(short[["name", "year", "tvpa_cases", "outside_tvpa_cases"]])
    bars = base.mark_bar(color=theme.SEX, width=22, aria=False).encode(
        x=x, y=alt.Y("tvpa_cases:Q", axis=None, scale=scale), tooltip=tip
    )
    floor = base.mark_tick(orient="horizontal", size=24, color=theme.MUTED, aria=False).encode(
        x=x, y=alt.Y(datum=0, axis=None, scale=scale)
    )
    text = bars.transform_filter("datum.tvpa_cases > 0").mark_text(dy=-6, fontSize=10, aria=False)
    header = alt.Header(labelFontWeight="normal", labelFontSize=10, labelPadding=2, labelAnchor="start")
    cells = alt.LayerChart(layer=[bars, floor, text.encode(text="tvpa_cases:Q")]).properties(width=112, height=32)
    return cells.facet(alt.Facet("name:N", title=None, header=header), columns=5, spacing=10)
