"""The reconstructed ranking of a year: published states as points, every other place as its bounds."""

from typing import Any

import altair as alt
import pandas as pd

from lib.charts import theme

PUBLISHED, IMPLIED = "Published", "Implied: lowest to highest possible"


def distribution(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Bounds of each place of the ranking as bars, and the published states on their places as named points.

    `table` has the columns of `lib.implied.by_place`; `title` says what is counted.
    """
    scale = alt.Scale(domain=[PUBLISHED, IMPLIED], range=[theme.HIGHLIGHT, theme.MUTED])
    color = alt.Color("kind:N", scale=scale, title=None)
    ticks = alt.Axis(values=[1, *range(10, len(table), 10), len(table)])
    x = alt.X(
        "place:Q", title="Place in the ranking", axis=ticks, scale=alt.Scale(domain=[0, len(table) + 1], nice=False)
    )
    tip: list[Any] = [
        alt.Tooltip("place:Q", title="Place"),
        alt.Tooltip("lower:Q", title="At least"),
        alt.Tooltip("upper:Q", title="At most"),
    ]
    y = alt.Y("low:Q", title=title, axis=alt.Axis(tickMinStep=1))
    frame = table.assign(
        kind=IMPLIED, low=table["lower"] - 0.15, high=table["upper"] + 0.15
    )  # exact places stay visible
    bars = alt.Chart(frame).mark_bar(width=6, cornerRadius=2).encode(x=x, y=y, y2="high:Q", color=color, tooltip=tip)
    known = table.dropna(subset=["usps"]).assign(kind=PUBLISHED)
    base = alt.Chart(known).encode(x=x, y="value:Q")
    points = base.mark_point(size=46, opacity=1).encode(
        color=color, tooltip=[alt.Tooltip("name:N", title="State"), alt.Tooltip("value:Q", title="Published"), *tip]
    )
    ties = known.groupby("value", as_index=False).agg(place=("place", "min"), who=("usps", ", ".join))
    labels = alt.Chart(ties).mark_text(align="left", dx=-4, dy=-13).encode(x=x, y="value:Q", text="who:N")
    return alt.LayerChart(layer=[bars, points, labels]).properties(width=theme.WIDTH, height=300)
