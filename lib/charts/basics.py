"""Builders of the book's plain charts. Each takes a tidy table and returns an Altair chart; none computes a measure."""

from typing import Any

import altair as alt
import pandas as pd

from lib.charts import theme
from lib.tables import number_text

TYPE_LABELS = {"new_sex_cases": "Sex trafficking", "new_labor_cases": "Forced labor"}
#: Axis of whole counts; the bars carry their values, so no grid runs through them.
_COUNTS = alt.Axis(grid=False, tickMinStep=1, format="d")
_TYPE_SCALE = alt.Scale(domain=list(TYPE_LABELS.values()), range=[theme.SEX, theme.LABOR])


def before_and_after(findings: pd.DataFrame, year: int) -> alt.HConcatChart:
    """Two bars for each key finding, the year before and the year; each panel on its own scale."""
    long = findings.melt(id_vars=["label", "unit"], value_vars=["before", "value"], var_name="when", value_name="count")
    long["year"] = long["when"].map({"before": str(year - 1), "value": str(year)})
    panels = []
    for label in findings["label"]:
        base = alt.Chart(long[long["label"] == label]).encode(
            x=alt.X("year:N", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("count:Q", axis=None, scale=alt.Scale(zero=True)),
            tooltip=[alt.Tooltip("label:N", title="Measure"), "year:N", alt.Tooltip("count:Q", format=","), "unit:N"],
        )
        bars = base.mark_bar(width=34).encode(
            color=alt.Color("year:N", scale=alt.Scale(range=[theme.MUTED, theme.SEX]), legend=None)
        )
        text = base.mark_text(dy=-7).encode(text=alt.Text("count:Q", format=","))
        panels.append((bars + text).properties(width=104, height=150, title=alt.Title(_wrap(label), fontSize=12)))
    return alt.hconcat(*panels, spacing=14)


def _wrap(text: str, width: int = 17) -> list[str]:
    """A label broken into lines of at most `width` letters where words allow."""
    import textwrap

    return textwrap.wrap(text, width)


def cases_by_type(table: pd.DataFrame) -> alt.LayerChart:
    """Stacked bars of sex and labor cases by year; years that were not published are marked as such."""
    long = table.melt(id_vars=["year"], value_vars=list(TYPE_LABELS), var_name="type", value_name="cases")
    long["type"] = long["type"].map(TYPE_LABELS)
    base = alt.Chart(long.dropna(subset=["cases"])).encode(x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)))
    bars = base.mark_bar().encode(
        y=alt.Y("cases:Q", title="New criminal cases"),
        color=alt.Color("type:N", scale=_TYPE_SCALE, title=None),
        tooltip=["year:O", alt.Tooltip("type:N", title="Type"), alt.Tooltip("cases:Q", title="Cases")],
    )
    missing = alt.Chart(table[table["new_sex_cases"].isna()]).mark_text(baseline="bottom", fontStyle="italic")
    note = missing.encode(x="year:O", y=alt.datum(0), text=alt.value("not published"))
    return (bars + note).properties(width=theme.WIDTH, height=260)


def tvpa_trend(table: pd.DataFrame, break_year: int) -> alt.LayerChart:
    """The comparable line of new cases under the TVPA, with the printed totals as open points and the series break."""
    frame = table.assign(outside=table["outside_tvpa_cases"].map(number_text))
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    base = alt.Chart(frame).encode(x=x)
    tip: list[Any] = [
        "year:O",
        alt.Tooltip("tvpa_cases:Q", title="Under the TVPA"),
        alt.Tooltip("as_printed:Q", title="Total as printed"),
        alt.Tooltip("outside:N", title="Outside the TVPA"),
        alt.Tooltip("outside_is:N", title="Those stand"),
    ]
    line = base.mark_line(color=theme.SEX, strokeWidth=2.5).encode(
        y=alt.Y("tvpa_cases:Q", title="New criminal cases"), tooltip=tip
    )
    points = base.mark_point(color=theme.SEX, size=60, opacity=1).encode(y="tvpa_cases:Q", tooltip=tip)
    label = base.mark_text(dy=16, color=theme.SEX, fontWeight="bold").encode(y="tvpa_cases:Q", text="tvpa_cases:Q")
    printed = (
        alt.Chart(frame[frame["year"] >= break_year])
        .mark_point(filled=False, color=theme.OUTSIDE, size=60)
        .encode(x=x, y="as_printed:Q", tooltip=tip)
    )
    ptext = printed.mark_text(dy=-13, color=theme.OUTSIDE).encode(text="as_printed:Q")
    return (line + points + label + printed + ptext).properties(width=theme.WIDTH, height=280)


def official_dots(ours: pd.DataFrame, official: pd.DataFrame) -> alt.Chart:
    """The book's series and the official ones on one logarithmic scale, one colour a family, unconnected on purpose."""
    columns = ["series", "year", "value"]
    frame = pd.concat([ours[columns], official[columns]], ignore_index=True)
    return (
        alt.Chart(frame)
        .mark_point(size=70, opacity=0.9)
        .encode(
            x=alt.X("year:O", title="Calendar year (HTI) or fiscal year (official)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", scale=alt.Scale(type="log", domain=[80, 2500]), title="Count, logarithmic scale"),
            color=alt.Color(
                "series:N",
                title=None,
                legend=alt.Legend(columns=1, orient="bottom", labelLimit=600),
                scale=alt.Scale(range=[theme.SEX, theme.LABOR, theme.OUTSIDE, theme.HIGHLIGHT, theme.TOTAL, "#7b8a1e"]),
            ),
            shape=alt.Shape("series:N"),
            tooltip=[alt.Tooltip("series:N", title="Series"), "year:O", "value:Q"],
        )
        .properties(width=theme.WIDTH, height=280)
    )


def stack_up(table: pd.DataFrame, labels: dict[str, str], picked: str) -> alt.ConcatChart:
    """Published values on each measure as bars with their ranks, one state picked out; the reader can pick another."""
    names = sorted(set(table["name"]))
    state = alt.param(name="state", value=picked, bind=alt.binding_select(options=names, name="Pick out "))
    ordinals = table["rank_text"].str.split(" of ").str[0].map(lambda t: "" if t == "not published" else f"  ({t})")
    frame = table.assign(text=table["value"].map("{:.0f}".format) + ordinals)
    panels = [_stack_panel(frame[frame["metric"] == metric], label, state) for metric, label in labels.items()]
    return alt.concat(*panels, columns=2).add_params(state)


def _stack_panel(frame: pd.DataFrame, label: str, state: alt.Parameter) -> alt.LayerChart:
    """One measure of the stack-up."""
    order = list(frame.sort_values(["value", "name"], ascending=[False, True])["name"])
    tip: list[Any] = [
        "name:N",
        "value:Q",
        alt.Tooltip("rank_text:N", title="Published rank"),
        alt.Tooltip("source_id:N", title="Source"),
    ]
    base = alt.Chart(frame).encode(
        y=alt.Y("name:N", sort=order, title=None), x=alt.X("value:Q", title=None, axis=None), tooltip=tip
    )
    picked = alt.condition(alt.datum.name == state, alt.value(theme.HIGHLIGHT), alt.value(theme.TOTAL))
    text = base.mark_text(align="left", dx=4).encode(text="text:N")
    return (base.mark_bar(height=12).encode(color=picked) + text).properties(
        width=200, height=alt.Step(17), title=label
    )


def ranking_bars(table: pd.DataFrame, picked: str, top: int) -> alt.LayerChart:
    """New cases by state, largest first, for a year and a picked state that the reader can change.

    `table` holds all years in columns year, name, new_sex_cases, new_labor_cases, rank, lower, upper, rank_text; the static
    picture shows the latest year. Only the first `top` ranks are drawn, with the places that chance leaves open in brackets.
    """
    years = sorted({int(y) for y in table["year"]})
    year = alt.param(name="year", value=years[-1], bind=alt.binding_select(options=years, name="Year "))
    names = sorted(set(table["name"]))
    state = alt.param(name="state", value=picked, bind=alt.binding_select(options=names, name="Pick out "))
    span = table["lower"].astype("string") + "\N{EN DASH}" + table["upper"].astype("string")
    frame = table.assign(total=table["new_sex_cases"] + table["new_labor_cases"], span=span)
    frame["text"] = frame["rank_text"] + " (" + frame["span"] + ")"
    base = (
        alt.Chart(frame)
        .transform_filter(
            f"datum.year === year && isValid(datum.rank) && (datum.rank <= {top} || datum.name === state)"
        )
        .encode(
            y=alt.Y("name:N", sort=alt.EncodingSortField("total", op="max", order="descending"), title=None),
            tooltip=[
                "name:N",
                "year:O",
                alt.Tooltip("total:Q", title="New cases"),
                alt.Tooltip("new_sex_cases:Q", title="Sex"),
                alt.Tooltip("new_labor_cases:Q", title="Labor"),
                alt.Tooltip("rank_text:N", title="Rank"),
                alt.Tooltip("span:N", title="Chance leaves open"),
            ],
        )
    )
    bars = base.mark_bar(height=13).encode(
        x=alt.X("total:Q", title="New criminal cases", axis=_COUNTS),
        color=alt.condition("datum.name === state", alt.value(theme.HIGHLIGHT), alt.value(theme.TOTAL)),
    )
    text = base.mark_text(align="left", dx=4).encode(x="total:Q", text="text:N")
    return (bars + text).add_params(year, state).properties(width=theme.WIDTH - 180, height=alt.Step(19))


def bars_by_name(
    table: pd.DataFrame, name: str, value: str, title: str, color: str, tooltip: list[Any] | None = None
) -> alt.LayerChart:
    """Horizontal bars with their values written at the end, longest first."""
    order = list(table.sort_values([value, name], ascending=[False, True])[name])
    base = alt.Chart(table).encode(
        y=alt.Y(f"{name}:N", sort=order, title=None),
        x=alt.X(f"{value}:Q", title=title, axis=_COUNTS),
        tooltip=tooltip or [f"{name}:N", f"{value}:Q"],
    )
    text = base.mark_text(align="left", dx=4).encode(text=f"{value}:Q")
    return (base.mark_bar(height=13, color=color) + text).properties(width=theme.WIDTH - 140, height=alt.Step(19))


def defendants_per_case(table: pd.DataFrame) -> alt.LayerChart:
    """Defendants for each new case, by type and year, as two lines."""
    base = alt.Chart(table).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("per_case:Q", title="Defendants per case"),
        color=alt.Color("type:N", scale=_TYPE_SCALE, title=None),
        tooltip=["year:O", "type:N", alt.Tooltip("per_case:Q", format=".2f"), "cases:Q", "defendants:Q"],
    )
    labels = [
        base.transform_filter(alt.datum.type == label)
        .mark_text(dy=dy)
        .encode(text=alt.Text("per_case:Q", format=".1f"))
        for label, dy in {"Sex trafficking": 16, "Forced labor": -12}.items()
    ]
    return alt.LayerChart(layer=[base.mark_line(), base.mark_point(size=60, opacity=1), *labels]).properties(
        width=theme.WIDTH, height=240
    )


def series_break(table: pd.DataFrame, break_year: int) -> alt.LayerChart:
    """Districts with cases outside the TVPA, by year, and in how many those exceed the district's own total."""
    labels = {"within": "not above its total of new cases", "exceeding": "above its total of new cases"}
    frame = table.assign(within=table["with_outside"] - table["exceeding"])
    long = frame.melt(id_vars=["year"], value_vars=list(labels), var_name="group", value_name="districts")
    long["group"] = long["group"].map(labels)
    base = alt.Chart(long).encode(x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)))
    bars = base.mark_bar().encode(
        y=alt.Y("districts:Q", title="Districts with cases outside the TVPA"),
        color=alt.Color(
            "group:N",
            title="Cases outside the TVPA are",
            scale=alt.Scale(domain=list(labels.values()), range=[theme.MUTED, theme.OUTSIDE]),
        ),
        tooltip=["year:O", alt.Tooltip("group:N", title="Outside cases are"), "districts:Q"],
    )
    rule = alt.Chart(pd.DataFrame({"year": [break_year]})).mark_rule(strokeDash=[5, 4], xOffset=-52).encode(x="year:O")
    return (bars + rule).properties(width=420, height=260)


def labor_by_state(table: pd.DataFrame) -> alt.LayerChart:
    """Forced labor cases by state, one bar a state, over all years of the table."""
    return bars_by_name(table, "name", "new_labor_cases", "New forced labor cases", theme.LABOR)


def outside_by_district(table: pd.DataFrame) -> alt.LayerChart:
    """Cases outside the TVPA by district, one bar a district."""
    tip: list[Any] = [
        "name:N",
        alt.Tooltip("outside_tvpa_cases:Q", title="Outside the TVPA"),
        alt.Tooltip("tvpa_cases:Q", title="Under the TVPA"),
    ]
    return bars_by_name(table, "name", "outside_tvpa_cases", "Cases charged outside the TVPA", theme.OUTSIDE, tip)
