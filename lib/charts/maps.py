"""Maps of the states and of the 94 federal districts: choropleths whose geometry is stored once for the whole site.

A chart refers to its geometry by name, `book:districts_albers`, and by a digest of its content, so that a stored output
changes when the geometry does. The site supplies the outlines from one script; the static picture is drawn with the real
ones. The projection is done already (U.S. Albers with Alaska and Hawaii moved in); the District of Columbia and the
territories, too small to see, stand as labelled squares besides. A place without a figure is hatched, never white like zero.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from lib import data
from lib.charts import geometry, theme

#: Lower limits of the classes of the source's map of active defendants: 0, 1-4, 5-9, 10-24, 25-49, 50-150.
SOURCE_CLASSES = (1, 5, 10, 25, 50)
SOURCE_TOP = 150
#: Six steps of one hue, evenly darker, so that they stay in order in black and white print.
RAMP = ["#e6ebef", "#b4cfe3", "#86b3d4", "#5794c1", "#2c6fa3", "#103a5e"]
MISSING = "not published"
STRIPES = (6, 12, 22, 36)  # of the hatching of a small, a middling, a large and a very large region
_DARK, _LIGHT, _OUTLINE = "#1d252b", "#ffffff", theme.TOTAL
_BOX = (10, -14, 940, 572)  # the part of the projected plane that is drawn: left, top, right, bottom
_SQUARES = {"DC": "dcd", "PR": "prd", "VI": "vid", "GU": "gud", "MP": "nmid", "AS": "AS"}


@dataclass(frozen=True)
class Measure:
    """A measure that a map can show: column of the table, and its label in the picker."""

    column: str
    label: str


@dataclass(frozen=True)
class Level:
    """What the regions of a map are: file and object of the geometry, the key of a region, and the words for one."""

    geometry: str
    feature: str
    key: str
    noun: str
    squares: dict[str, str] = field(default_factory=dict)


STATES = Level("states_albers", "states", "datum.properties.usps", "Jurisdiction", {usps: usps for usps in _SQUARES})
DISTRICTS = Level("districts_albers", "districts", "datum.id", "District", _SQUARES)


def fitted_classes(values: pd.Series, steps: int = 5) -> tuple[int, ...]:
    """Lower limits of up to `steps` classes above zero that suit skewed counts: a geometric row from 1 to the largest.

    Zero is always a class of its own. With a largest count of 30: 1, 2, 4, 8, 15. Small largest counts give fewer classes.
    """
    largest = int(values.max()) if values.notna().any() else 0
    limits = {max(1, round(largest ** (step / steps))) for step in range(steps)}
    return tuple(sorted(limit for limit in limits if limit <= max(1, largest)))


def class_labels(classes: Sequence[int], largest: int | None = None) -> list[str]:
    """Words for the classes, zero first: "0", "1–4", "5–9", ...; the last one ends at `largest`, or is open without it."""
    ends = [*[limit - 1 for limit in classes[1:]], largest]
    spans = [
        f"{low} or more" if high is None else str(low) if high <= low else f"{low}\N{EN DASH}{high}"
        for low, high in zip(classes, ends, strict=True)
    ]
    return ["0", *spans]


def class_of(value: Any, classes: Sequence[int]) -> int:
    """Number of the class of a count: 0 for zero, 1 for the first class above it, ...; -1 where it was not published."""
    return -1 if pd.isna(value) else sum(int(value >= limit) for limit in classes)


def hatching(stripes: int) -> alt.LinearGradient:
    """Grey diagonal stripes as a gradient with hard edges: drawn alike in the browser, in print and in saved pictures.

    A gradient spans the box around its region, so larger regions need more `stripes`.
    """
    stops = [
        alt.GradientStop(color=color, offset=round((n + edge) / stripes, 4))
        for n in range(stripes)
        for color, edge in ((theme.MUTED, 0.0), (theme.MUTED, 0.35), ("#fff", 0.35), ("#fff", 1.0))
    ]
    return alt.LinearGradient(gradient="linear", stops=stops, x1=0, y1=0, x2=1, y2=1)


@dataclass(frozen=True)
class Atlas:
    """One map in the making: level, tidy table, measures, the year that adds up the others, width in pixels."""

    level: Level
    rows: pd.DataFrame
    measures: list[Measure]
    together: str = ""
    width: int = theme.WIDTH

    def classes(self, column: str) -> list[tuple[tuple[int, ...], list[str]]]:
        """Limits and words of the classes that suit `column`: first for single years, then for all years together."""
        whole = self.rows["year"] == self.together
        found = []
        for rows in (self.rows[~whole], self.rows[whole]):
            limits = fitted_classes(rows[column])
            found.append((limits, class_labels(limits, max(1, int(rows[column].fillna(0).max() if len(rows) else 1)))))
        return found

    @property
    def height(self) -> int:
        """Height in pixels that keeps the proportions of the drawn part of the plane."""
        return round(self.width * (_BOX[3] - _BOX[1]) / (_BOX[2] - _BOX[0]))

    @property
    def ratio(self) -> float:
        """Pixels for one unit of the projected plane."""
        return self.width / (_BOX[2] - _BOX[0])

    @property
    def projection(self) -> alt.Projection:
        """The fixed affine map from the projected plane to pixels, so that every map of a width lies alike."""
        shift = [round(-_BOX[0] * self.ratio, 2), round(-_BOX[1] * self.ratio, 2)]
        return alt.Projection(type="identity", scale=round(self.ratio, 5), translate=shift)

    def xy(self) -> dict[str, Any]:
        """Channels that place a mark at `x` and `y` of the projected plane, through the projection's own numbers."""
        x = alt.Scale(domain=[_BOX[0], _BOX[2]], nice=False, zero=False)
        y = alt.Scale(domain=[_BOX[3], _BOX[1]], nice=False, zero=False)
        return {"x": alt.X("x:Q", axis=None, scale=x), "y": alt.Y("y:Q", axis=None, scale=y)}


def choropleth(
    level: Level, rows: pd.DataFrame, measures: list[Measure], year: str, together: str = "", missing: str = MISSING
) -> alt.LayerChart:
    """A map of `rows` with pickers for year, measure and classes.

    `rows` holds one place in one year: place (USPS code or court id), name, year (text), each measure, and for each measure
    `<measure>_rank` in words; `source` (a key of sources.csv); `why`, if any, says for each place why it has no figure.
    The picture without scripts shows `year` and the first measure. `together` is the year, if any, that adds up the others
    and so has classes of its own. `missing` names the hatched places in the legend.
    """
    atlas = Atlas(level, rows, measures, together)
    return _draw(atlas, _params(atlas, year, missing), _tooltip(level, measures))


def _params(atlas: Atlas, year: str, missing: str) -> list[alt.Parameter]:
    """Pickers where there is a choice, and what follows from them: limits and words of the classes."""
    columns, labels = [m.column for m in atlas.measures], [m.label for m in atlas.measures]
    years, many = list(dict.fromkeys(atlas.rows["year"])), len(columns) > 1
    kinds = ["fitted to these counts", "as on the source's map"]
    pick_year = alt.binding_select(options=years, name="Year ") if len(years) > 1 else alt.Undefined
    pick = alt.binding_select(options=columns, labels=labels, name="Measure ") if many else alt.Undefined
    pick_kind = (
        alt.binding_select(options=["fitted", "source"], labels=kinds, name="Classes ") if many else alt.Undefined
    )
    fitted = {column: atlas.classes(column) for column in columns}
    limits = {column: [pair[0] for pair in pairs] for column, pairs in fitted.items()}
    texts = {column: [pair[1] for pair in pairs] for column, pairs in fitted.items()}
    return [
        alt.param(name="year", value=year, bind=pick_year),
        alt.param(name="measure", value=columns[0], bind=pick),
        alt.param(name="classes", value="fitted", bind=pick_kind),
        alt.param(name="limits", expr=_choice(SOURCE_CLASSES, limits, atlas.together)),
        alt.param(name="texts", expr=_choice(_source_texts(atlas), texts, atlas.together)),
        alt.param(name="missing", value=missing),
        alt.param(name="hatchings", value=[hatching(stripes).to_dict() for stripes in STRIPES]),
        alt.param(name="spans", value=_large(atlas)),
        alt.param(name="sources", value=_titles(atlas)),
    ]


def _titles(atlas: Atlas) -> dict[str, str]:
    """Titles of the sources that the table names."""
    titles = data.sources().set_index("source_id")["title"]
    named = sorted(set(atlas.rows["source"].dropna())) if "source" in atlas.rows else []
    return {source: str(titles[source]) for source in named}


def _choice(source: Sequence[Any], fitted: dict[str, Any], together: str) -> str:
    """A Vega expression that picks the source's classes, or those of the measure for one year or for all together."""
    source_text, fitted_text = (json.dumps(value, ensure_ascii=False) for value in (source, fitted))
    return f"classes === 'source' ? {source_text} : {fitted_text}[measure][year === '{together}' ? 1 : 0]"


def _source_texts(atlas: Atlas) -> list[str]:
    """Words of the source's classes; the last is open when a count lies above the source's own top."""
    above = any(bool((atlas.rows[m.column] > SOURCE_TOP).fillna(False).any()) for m in atlas.measures)
    return class_labels(SOURCE_CLASSES, None if above else SOURCE_TOP)


#: Number of the class, from the limits in force, and the tone: fewer classes than tones are spread over all of them.
_STEP = "isValid(datum.value) ? " + " + ".join(f"(datum.value >= limits[{n}])" for n in range(5)) + " : -1"
_TONE = "datum.step <= 0 ? datum.step : round(datum.step * 5 / length(limits))"


def _counted(chart: alt.Chart, atlas: Atlas) -> alt.Chart:
    """`chart` with what belongs to each place in the year and measure that are shown."""
    columns = [m.column for m in atlas.measures]
    extra = [str(c) for c in atlas.rows if c in ("source", "why") or str(c).endswith("_rank")]
    table = atlas.rows.assign(key=atlas.rows["place"] + " " + atlas.rows["year"])[["key", *columns, *extra]]
    found = alt.LookupData(data=table, key="key", fields=[*columns, *extra])
    return (
        chart.transform_calculate(key=f"{atlas.level.key} + ' ' + year")
        .transform_lookup(lookup="key", from_=found)
        .transform_calculate(value="datum[measure]", name="datum.properties.name")
        .transform_calculate(step=_STEP, text="isValid(datum.value) ? format(datum.value, ',') : datum.why || missing")
        .transform_calculate(tone=_TONE, rank="isValid(datum.value) ? datum[measure + '_rank'] : 'not ranked'")
        .transform_calculate(title="sources[datum.source] || 'none'")
    )


def _tooltip(level: Level, measures: list[Measure]) -> list[Any]:
    """What hovering shows: name, the measure shown, its rank, every measure, and the source."""
    tip: list[Any] = [
        alt.Tooltip("name:N", title=level.noun),
        alt.Tooltip("text:N", title="Shown"),
        alt.Tooltip("rank:N", title="Rank"),
    ]
    tip += [alt.Tooltip(f"{measure.column}:Q", title=measure.label) for measure in measures]
    return [*tip, alt.Tooltip("title:N", title="Source")]


def _fills() -> dict[str, Any]:
    """The colour channel: the tone of the class, or hatching as fine as the region is large."""
    scale = alt.Scale(domain=list(range(len(RAMP))), range=RAMP)
    hatched = alt.ExprRef("hatchings[datum.large || 0]")
    return {"color": alt.condition("datum.step < 0", alt.value(hatched), alt.Color("tone:O", scale=scale, legend=None))}


def _large(atlas: Atlas) -> dict[str, int]:
    """Keys of the regions that are too large for the first of `STRIPES`, with the number of the one that suits them."""
    spans = geometry.spans(atlas.level.geometry, atlas.level.feature)
    if atlas.level is STATES:
        regions = data.geo(STATES.geometry)["objects"][STATES.feature]["geometries"]
        spans = {region["properties"]["usps"]: spans[region["id"]] for region in regions}
    fine = {place: sum(span * atlas.ratio >= limit for limit in (45, 90, 170)) for place, span in spans.items()}
    return {place: number for place, number in fine.items() if number}


def _draw(atlas: Atlas, params: list[alt.Parameter], tip: list[Any]) -> alt.LayerChart:
    """The layers: regions, outlines of the states, squares, values, legend."""
    level = atlas.level
    shapes = alt.Chart(alt.topo_feature(geometry.reference(level.geometry), level.feature))
    shapes = _counted(shapes, atlas).transform_calculate(large=f"spans[{level.key}]")
    regions = shapes.mark_geoshape(stroke=_LIGHT, strokeWidth=0.6).encode(**_fills(), tooltip=tip, description="name:N")
    mesh = alt.UrlData(
        url=geometry.reference(STATES.geometry), format=alt.TopoDataFormat(type="topojson", mesh="states")
    )
    outline = alt.Chart(mesh).mark_geoshape(filled=False, aria=False, stroke=_OUTLINE, strokeWidth=0.7)
    layers = [part.properties(projection=atlas.projection) for part in (regions, outline)]
    layers += [*_squares(atlas, tip), _values(atlas, tip), *_legend(atlas)]
    return alt.LayerChart(layer=layers).add_params(*params).properties(width=atlas.width, height=atlas.height)


def _points(places: list[dict[str, Any]]) -> alt.InlineData:
    """Places as inline data."""
    return alt.InlineData(values=places)


def _square_places(level: Level) -> list[dict[str, Any]]:
    """The squares in a row in the Gulf of Mexico, with the properties that regions have."""
    names = data.jurisdictions().set_index("usps")["name"]
    return [
        {"id": place, "usps": usps, "properties": {"usps": usps, "name": names[usps]}, "x": 572 + 40 * n, "y": 521}
        for n, (usps, place) in enumerate(level.squares.items())
    ]


def _squares(atlas: Atlas, tip: list[Any]) -> list[alt.Chart]:
    """The District of Columbia and the territories as squares with their codes below."""
    base = _counted(alt.Chart(_points(_square_places(atlas.level))), atlas)
    side = 30 * atlas.ratio
    square = base.mark_square(size=round(side**2), opacity=1, aria=False, stroke=_OUTLINE, strokeWidth=0.7)
    code = base.mark_text(dy=round(side), fontSize=11, aria=False).encode(text="usps:N")
    return [square.encode(**atlas.xy(), **_fills(), tooltip=tip), code.encode(**atlas.xy())]


def _values(atlas: Atlas, tip: list[Any]) -> alt.Chart:
    """Counts above zero written into the squares and into the regions that are large enough."""
    level = atlas.level
    regions = {r["id"]: r["properties"] for r in data.geo(level.geometry)["objects"][level.feature]["geometries"]}
    found = geometry.middles(level.geometry, level.feature)
    places = [
        {"id": place, "properties": regions[place], "x": x, "y": y}
        for place, (x, y, radius) in found.items()
        if radius * atlas.ratio >= 6.5
    ]
    base = _counted(alt.Chart(_points([*places, *_square_places(level)])), atlas)
    ink = alt.condition("datum.tone >= 4", alt.value(_LIGHT), alt.value(_DARK))
    text = base.transform_filter("datum.value > 0").mark_text(fontSize=10, aria=False)
    return text.encode(**atlas.xy(), text="text:N", color=ink, tooltip=tip)


def _legend(atlas: Atlas) -> list[alt.Chart]:
    """Swatches of the classes with their counts, the hatched one last, as marks, because its words follow the pickers."""
    places = [{"step": n, "x": 24 + 92 * (n % 7), "y": 4} for n in (*range(6), -1)]
    base = (
        alt.Chart(_points(places))
        .transform_filter("datum.step < length(texts)")
        .transform_calculate(tone=_TONE, text="datum.step < 0 ? missing : texts[datum.step]")
        .transform_filter("length(datum.text) > 0")
    )
    square = base.mark_square(size=150, opacity=1, aria=False, stroke=_OUTLINE, strokeWidth=0.7).encode(
        **atlas.xy(), **_fills()
    )
    words = base.mark_text(align="left", dx=11, fontSize=11, aria=False).encode(**atlas.xy(), text="text:N")
    return [square, words]
