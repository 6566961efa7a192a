"""A map of equal tiles, one for each state and territory, so that small places are seen as well as large ones."""

from typing import Any

import altair as alt
import pandas as pd

from lib.charts import theme
from lib.charts.maps import RAMP, SOURCE_CLASSES, class_labels
from lib.tables import number_text

#: Where each tile stands, roughly as on a map; the last rows hold the territories.
LAYOUT = """
AK .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. .. .. .. .. VT NH
WA ID MT ND MN IL WI MI NY RI MA
OR NV WY SD IA IN OH PA NJ CT ..
CA UT CO NE MO KY WV VA MD DE ..
.. AZ NM KS AR TN NC SC DC .. ..
.. .. .. OK LA MS AL GA .. .. ..
HI .. .. TX .. .. .. .. FL .. ..
GU MP AS .. .. .. .. .. .. PR VI
"""
_ON_PALE, _ON_DEEP = "#1d252b", "#ffffff"
_DEEP = SOURCE_CLASSES[3]  # from here on tiles are dark enough for white text


def places() -> pd.DataFrame:
    """Column and row of each tile by USPS code: jurisdiction, column, row."""
    rows = [line.split() for line in LAYOUT.split("\n") if line]
    found = [(code, x, y) for y, line in enumerate(rows) for x, code in enumerate(line) if code != ".."]
    return pd.DataFrame(found, columns=["jurisdiction", "column", "row"])


def classes(counts: pd.Series) -> pd.Series:
    """The name of the class of each count, in the classes of the source's map; NA stays NA."""
    edges = [0, *SOURCE_CLASSES, float("inf")]
    named = pd.cut(counts.astype("Float64"), edges, right=False, labels=class_labels(SOURCE_CLASSES, None))
    return named.astype("string")


def tile_map(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Tiles coloured by class, for a year that the reader can change; a click opens the page of the place.

    `table` has columns jurisdiction (USPS), name, year, cases (NA: no court), page (an address or an empty text). The
    static picture shows the latest year.
    """
    frame = table.merge(places(), on="jurisdiction", validate="many_to_one")
    shown = frame.cases.map(lambda cases: "no federal court" if pd.isna(cases) else number_text(cases))
    frame = frame.assign(group=classes(frame.cases), shown=shown)
    years = sorted({int(year) for year in frame["year"]})
    year = alt.param(name="year", value=years[-1], bind=alt.binding_select(options=years, name="Year "))
    base = alt.Chart(frame).transform_filter("datum.year === year").encode(**_position())
    ramp = zip(class_labels(SOURCE_CLASSES, None), RAMP, strict=True)
    used = [(name, colour) for name, colour in ramp if name in set(frame["group"].dropna())]
    scale = alt.Scale(domain=[name for name, _ in used], range=[colour for _, colour in used])
    counted = base.transform_filter("isValid(datum.cases)")
    tiles = counted.mark_rect(cornerRadius=3, cursor="pointer").encode(
        color=alt.Color("group:N", scale=scale, title=title)
    )
    none = base.transform_filter("!isValid(datum.cases)").mark_rect(
        filled=False, stroke=theme.RULE, strokeDash=[3, 3], cornerRadius=3, cursor="pointer"
    )
    pale, deep = (
        _labels(counted, f"datum.cases {sign} {_DEEP}", ink) for sign, ink in (("<", _ON_PALE), (">=", _ON_DEEP))
    )
    layers = [tiles, none, *pale, *deep, _code(base.transform_filter("!isValid(datum.cases)"), theme.INK)]
    return alt.LayerChart(layer=layers).add_params(year).properties(width=616, height=486)


def _position() -> dict[str, Any]:
    """Where a tile stands, and what hovering says."""
    bands = alt.Scale(paddingInner=0.08, paddingOuter=0)
    return {
        "x": alt.X("column:O", axis=None, scale=bands),
        "y": alt.Y("row:O", axis=None, scale=bands),
        "tooltip": [alt.Tooltip("name:N", title="Place"), "year:O", alt.Tooltip("shown:N", title="New cases")],
    }


def _code(base: alt.Chart, ink: str, dy: int = 0) -> alt.Chart:
    """The code of the place in its tile."""
    return base.mark_text(dy=dy, color=ink, fontWeight="bold", cursor="pointer").encode(text="jurisdiction:N")


def _labels(base: alt.Chart, where: str, ink: str) -> list[alt.Chart]:
    """Code and count of the tiles that fulfil `where`."""
    some = base.transform_filter(where)
    return [_code(some, ink, -7), some.mark_text(dy=8, color=ink, cursor="pointer").encode(text="cases:Q")]
