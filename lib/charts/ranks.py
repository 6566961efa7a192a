"""Charts of how firm ranks are and how they move: funnel, rank intervals, places in the top five, slopes between definitions."""

from typing import Any, Literal

import altair as alt
import pandas as pd

from lib.charts import theme

#: Room for labels is measured anew when the reader picks another year or definition.
_RESIZE = alt.AutoSizeParams(type="pad", resize=True)
_LIMITS = {"95": "95% limits", "998": "99.8% limits"}
_HERE, _PICKED = "datum.period === period", "datum.name === state"
_BEYOND = ["within chance", "beyond the 95% limits", "beyond the 99.8% limits"]


def _picker(name: str, label: str, options: list[Any], value: Any) -> alt.Parameter:
    """A drop-down below the chart; the static picture shows `value`."""
    return alt.param(name=name, value=value, bind=alt.binding_select(options=options, name=label))


def funnel(points: pd.DataFrame, curves: pd.DataFrame, shown: str, picked: str) -> alt.LayerChart:
    """Rates against population with the limits that chance allows, for a period and a state that the reader can change.

    `points` has columns period, name, cases, people, rate, overall (per million a year), beyond; `curves` has period, people and
    the limits lower95, upper95, lower998, upper998. The vertical axis ends above the highest rate; curves go on beyond it.
    """
    period = _picker("period", "Period ", list(dict.fromkeys(points["period"])), shown)
    state = _picker("state", "Pick out ", sorted(set(points["name"])), picked)
    scale = alt.Scale(domain=[0, round(float(points["rate"].max()) * 1.08, 1)], nice=False)
    here = alt.Chart(points).transform_filter(_HERE)
    overall = here.mark_rule(color=theme.RULE, strokeWidth=2).encode(y=alt.Y("mean(overall):Q", scale=scale))
    # low rates crowd above the axis: of those only the farthest are named
    named = f"datum.beyond === '{_BEYOND[2]}' || (datum.beyond === '{_BEYOND[1]}' && datum.rate > datum.overall)"
    names = here.transform_filter(f"{named} || {_PICKED}").mark_text(dy=-11, fontSize=11)
    at: dict[str, Any] = {"x": _people(), "y": alt.Y("rate:Q", scale=scale)}
    layers = [overall, _limits(curves, scale), _funnel_points(here).encode(**at), names.encode(**at, text="name:N")]
    return (
        alt.LayerChart(layer=layers)
        .add_params(period, state)
        .properties(width=theme.WIDTH, height=360, autosize=_RESIZE)
    )


def _people() -> alt.X:
    """Residents on a logarithmic axis."""
    axis = alt.Axis(grid=False, format="~s", values=[1e5, 3e5, 1e6, 3e6, 1e7, 3e7])
    scale = alt.Scale(type="log", nice=False, domain=[4e4, 5e7])
    return alt.X("people:Q", title="Residents, logarithmic scale", scale=scale, axis=axis)


def _limits(curves: pd.DataFrame, scale: alt.Scale) -> alt.Chart:
    """The four curves of the funnel for the period that is picked."""
    dash = alt.StrokeDash(
        "limits:N",
        title=None,
        scale=alt.Scale(domain=list(_LIMITS.values()), range=[[4, 3], [1, 0]]),
        legend=alt.Legend(orient="top-right", symbolType="stroke", symbolSize=300),
    )
    y = alt.Y("value:Q", scale=scale, title="New cases per million residents a year")
    lines = alt.Chart(_long_curves(curves)).transform_filter(_HERE)
    return lines.mark_line(clip=True, color=theme.INK, strokeWidth=1.2).encode(
        x=_people(), y=y, strokeDash=dash, detail="side:N"
    )


def _funnel_points(here: alt.Chart) -> alt.Chart:
    """The states as points, by how far they lie from the national rate."""
    colors = alt.Scale(domain=_BEYOND, range=[theme.MUTED, theme.LABOR, theme.SEX])
    shapes = alt.Scale(domain=_BEYOND, range=["circle", "diamond", "square"])
    return here.mark_point(opacity=0.9).encode(
        color=alt.condition(_PICKED, alt.value(theme.HIGHLIGHT), alt.Color("beyond:N", title=None, scale=colors)),
        shape=alt.Shape("beyond:N", title=None, scale=shapes),
        size=alt.condition(_PICKED, alt.value(130), alt.value(55)),
        tooltip=_funnel_tooltip(),
    )


def _long_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """One row for each point of each curve: period, people, side (lower or upper), limits (in words), value."""
    long = curves.melt(id_vars=["period", "people"], var_name="curve")
    parts = long["curve"].str.extract(r"(?P<side>\D+)(?P<limits>\d+)")
    rounded = {"people": long["people"].round(0), "value": long["value"].round(3)}
    return long.drop(columns="curve").assign(side=parts["side"], limits=parts["limits"].map(_LIMITS), **rounded)


def _funnel_tooltip() -> list[Any]:
    """What a point of the funnel says when pointed at."""
    return [
        "name:N",
        "period:N",
        alt.Tooltip("cases:Q", title="Cases"),
        alt.Tooltip("rate:Q", title="Per million a year", format=".2f"),
        alt.Tooltip("beyond:N", title="This is"),
    ]


def rank_intervals(table: pd.DataFrame, picked: str) -> alt.LayerChart:
    """A bar from the best to the worst possible place of each jurisdiction with its rank as a point, for a year to pick.

    `table` has all years in columns year, name, new_criminal_cases, rank, lower, upper, rank_interval; rows that are not
    ranked are left out. The static picture shows the latest year.
    """
    frame = table[table["rank"].notna()].sort_values(["year", "rank", "name"])
    frame = frame.assign(order=range(len(frame)))
    years, end = sorted({int(y) for y in frame["year"]}), int(frame["upper"].max())
    year = _picker("year", "Year ", years, years[-1])
    state = _picker("state", "Pick out ", sorted(set(frame["name"])), picked)
    tip: list[Any] = ["name:N", "year:O", alt.Tooltip("new_criminal_cases:Q", title="New cases"), "rank_interval:N"]
    names = alt.Y(
        "name:N",
        title=None,
        sort=alt.EncodingSortField("order", op="min"),
        axis=alt.Axis(labelFontSize=11, labelPadding=6),
    )
    base = alt.Chart(frame).transform_filter("datum.year === year").encode(y=names, tooltip=tip)
    axis = alt.Axis(values=[1, 10, 20, 30, 40, end], grid=True, orient="top", labelOverlap=False)
    x = alt.X("lower:Q", title="Place (1 is most new cases)", scale=alt.Scale(domain=[1, end], nice=False), axis=axis)
    told = f"datum.lower > 1 || datum.upper < {end}"
    bars = base.mark_bar(height=6).encode(x=x, x2="upper:Q", color=_state_color(theme.MUTED, told, theme.SEX))
    points = base.mark_point(size=42, opacity=1, stroke="white", strokeWidth=1).encode(
        x="rank:Q", color=_state_color(theme.TOTAL)
    )
    text = base.mark_text(align="left", fontSize=11, dx=8).encode(x=alt.datum(end), text="rank_interval:N")
    layers = [bars, points, text]
    return (
        alt.LayerChart(layer=layers)
        .add_params(year, state)
        .properties(width=theme.WIDTH - 230, height=alt.Step(13), autosize=_RESIZE)
    )


def _state_color(usual: str, test: str | None = None, special: str = "") -> Any:
    """The highlight for the picked state, `special` where `test` holds, else `usual`."""
    conditions = [{"test": _PICKED, "value": theme.HIGHLIGHT}]
    if test:
        conditions.append({"test": test, "value": special})
    return {"condition": conditions, "value": usual}


def top_places(table: pd.DataFrame, shown: str, picked: str, least: float = 5.0) -> alt.LayerChart:
    """Probability of a place among the five highest rates, as bars, for a period that the reader can change.

    `table` has columns period, name, cases, rate, shrunken (per million a year) and p_top_pct; bars below `least` percent are
    left out, the picked state never.
    """
    period = _picker("period", "Period ", list(dict.fromkeys(table["period"])), shown)
    state = _picker("state", "Pick out ", sorted(set(table["name"])), picked)
    base = (
        alt.Chart(table)
        .transform_filter(f"datum.period === period && (datum.p_top_pct >= {least} || datum.name === state)")
        .encode(
            y=alt.Y("name:N", title=None, sort=alt.EncodingSortField("p_top_pct", op="max", order="descending")),
            tooltip=[
                "name:N",
                "period:N",
                alt.Tooltip("cases:Q", title="Cases"),
                alt.Tooltip("rate:Q", title="Per million a year", format=".2f"),
                alt.Tooltip("shrunken:Q", title="Shrunken rate", format=".2f"),
                alt.Tooltip("p_top_pct:Q", title="Top five, percent", format=".1f"),
            ],
        )
    )
    x = alt.X(
        "p_top_pct:Q",
        title="Probability of a place in the top five, percent",
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(grid=False),
    )
    bars = base.mark_bar(height=12).encode(x=x, color=_state_color(theme.TOTAL))
    text = base.mark_text(align="left", dx=4).encode(x=x, text=alt.Text("p_top_pct:Q", format=".0f"))
    return (
        alt.LayerChart(layer=[bars, text])
        .add_params(period, state)
        .properties(width=theme.WIDTH - 200, height=alt.Step(18), autosize=_RESIZE)
    )


def slopes(table: pd.DataFrame, definitions: list[str], first: str, second: str, picked: str) -> alt.LayerChart:
    """Ranks under two definitions as lines from left to right; the reader picks both definitions and a state.

    `table` has columns definition, name, value, rank, rank_text, label (who shares the place, on one row of each tie).
    """
    params = [
        _picker("first", "Left ", definitions, first),
        _picker("second", "Right ", definitions, second),
        _picker("state", "Pick out ", sorted(set(table["name"])), picked),
    ]
    base = _both_sides(table)
    lines = base.mark_line(strokeWidth=1.2).encode(
        color=_state_color(theme.MUTED),
        opacity=alt.condition(_PICKED, alt.value(0), alt.value(0.55)),
    )
    chosen = base.transform_filter(_PICKED)
    strong = chosen.mark_line(strokeWidth=3, color=theme.HIGHLIGHT)
    points = base.mark_point(size=34, opacity=1).encode(color=_state_color(theme.TOTAL))
    layers = [lines, strong, points, *_side_labels(base, chosen)]
    return alt.LayerChart(layer=layers).add_params(*params).properties(width=300, height=620, autosize=_RESIZE)


def _both_sides(table: pd.DataFrame) -> alt.Chart:
    """Ranks under the two definitions that are picked, at side 0 (left) and 1 (right)."""
    axis = alt.Axis(
        orient="top",
        values=[0, 1],
        labelExpr="split(datum.value === 0 ? first : second, ': ')",
        labelLimit=230,
        labelLineHeight=15,
        labelPadding=34,
        labelFlush=False,
        grid=False,
        domain=False,
        tickSize=0,
    )
    places = alt.Scale(domain=[1, int(table["rank"].max())], reverse=True, nice=False)
    value = [alt.Tooltip("value:Q", title="Count"), alt.Tooltip("rank_text:N", title="Rank")]
    return (
        alt.Chart(table)
        .transform_filter("datum.definition === first || datum.definition === second")
        # the same definition on both sides is one row that stands twice
        .transform_calculate(side="first === second ? [0, 1] : datum.definition === first ? [0] : [1]")
        .transform_flatten(["side"])
        .encode(
            x=alt.X("side:Q", title=None, scale=alt.Scale(domain=[0, 1], nice=False), axis=axis),
            y=alt.Y("rank:Q", title=None, scale=places, axis=None),
            detail="name:N",
            tooltip=["name:N", "definition:N", *value],
        )
    )


def _side_labels(base: alt.Chart, chosen: alt.Chart) -> list[alt.Chart]:
    """Who stands where, outside the lines, and the name of the picked state, inside."""
    sides: list[tuple[int, Literal["left", "right"]]] = [(0, "right"), (1, "left")]
    words = {0: "datum.label + ' · ' + datum.rank", 1: "datum.rank + ' · ' + datum.label"}
    named = [
        base.transform_filter(f"datum.side === {side} && datum.label !== ''")
        .transform_calculate(text=words[side])
        .mark_text(align=align, dx=-9 if side == 0 else 9, fontSize=11)
        .encode(text="text:N")
        for side, align in sides
    ]
    own = [
        chosen.transform_filter(f"datum.side === {side}")
        .mark_text(align=align, dx=9 if side == 0 else -9, dy=-9, color=theme.HIGHLIGHT, fontWeight="bold")
        .encode(text="name:N")
        for (side, _), (_, align) in zip(sides, reversed(sides), strict=True)
    ]
    return [*named, *own]
