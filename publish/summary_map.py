"""The map of the summaries as plain SVG: outlines once, then each map only says which class a place is in."""

import html
import re
from functools import cache
from typing import Any

from lib import data

WIDTH, HEIGHT = 640, 410
#: Light to dark, one hue and evenly darker, so that the classes stay in order in black and white.
RAMP = ["#eef2f4", "#c6dde6", "#91bfcf", "#55a0b5", "#1f7489", "#0a3f4d"]
_SQUARES = ["DC", "PR", "VI", "GU", "MP", "AS"]
_SIDE, _GAP, _LEFT, _TOP = 23, 3, 388, 372


@cache
def outlines() -> dict[str, str]:
    """Path data of every state by USPS code, in the plane of WIDTH by HEIGHT; places too small to see are squares instead."""
    import altair as alt
    import vl_convert

    topology = data.geo("states_albers")
    shapes = alt.InlineData(values=topology, format=alt.TopoDataFormat(type="topojson", feature="states"))
    chart = alt.Chart(shapes).mark_geoshape().project(type="identity").properties(width=WIDTH, height=HEIGHT - 10)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    found = re.findall(r'<path transform="translate\(0,0\)" d="([^"]+)"', svg)
    codes = [shape["properties"]["usps"] for shape in topology["objects"]["states"]["geometries"]]
    paths = {code: _rounded(path) for code, path in zip(codes, found, strict=True)}
    return {code: path for code, path in paths.items() if code not in _SQUARES}


def _rounded(path: str) -> str:
    """Path data with one decimal, a seventh of a millimetre on paper, without the specks this leaves of small islands."""
    pieces = re.sub(r"\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), path).split("Z")
    return "".join(f"{piece}Z" for piece in pieces if len(set(re.findall(r"[\d.]+,[\d.]+", piece))) > 2)


def squares() -> dict[str, tuple[int, int]]:
    """Corner of the square of each place that has no visible outline, in a row in the Gulf."""
    return {code: (_LEFT + n * (_SIDE + _GAP), _TOP) for n, code in enumerate(_SQUARES)}


def definitions() -> str:
    """The outlines as SVG definitions `us-XX`, once a page."""
    paths = "".join(f'<path id="us-{code}" d="{path}"/>' for code, path in outlines().items())
    boxes = "".join(
        f'<rect id="us-{code}" x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}"/>' for code, (x, y) in squares().items()
    )
    return f'<svg class="outlines" width="0" height="0" aria-hidden="true"><defs>{paths}{boxes}</defs></svg>'


def _labels() -> str:
    """The codes beside or within the squares."""
    return "".join(
        f'<text x="{x + _SIDE / 2}" y="{y - 4}" text-anchor="middle">{code}</text>'
        for code, (x, y) in squares().items()
    )


def page_map(
    classes: dict[str, int | None], label: str, picked: str = "", links: dict[str, tuple[str, str]] | None = None
) -> str:
    """A map for a page that holds `definitions()`: class "c0" to "c5" a place, "none" without a figure.

    `links` maps a code to (address, name) and makes those places links; without it the map is one picture called `label`.
    """
    parts = []
    for code in sorted(classes, key=lambda c: c == picked):  # the picked one last, so that its outline lies on top
        number = classes[code]
        names = " ".join(["none" if number is None else f"c{number}"] + ["picked"] * (code == picked))
        shape = f'<use href="#us-{code}" class="{names}"/>'
        if links and code in links:
            address, name = (html.escape(text, quote=True) for text in links[code])
            shape = f'<a href="{address}" aria-label="{name}"><title>{name}</title>{shape}</a>'
        parts.append(shape)
    role = f'role="{"group" if links else "img"}" aria-label="{html.escape(label, quote=True)}"'
    texts = f'<g aria-hidden="true">{_labels()}</g>'
    return f'<svg class="us-map" viewBox="0 0 {WIDTH} {HEIGHT}" {role}>{"".join(parts)}{texts}</svg>'


def print_map(classes: dict[str, int | None]) -> str:
    """A map that stands alone, for the PDF: literal colours, no class names."""
    shapes: dict[str, Any] = {code: f'<path d="{path}"' for code, path in outlines().items()}
    for code, (x, y) in squares().items():
        shapes[code] = f'<rect x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}"'
    parts = []
    for code, shape in shapes.items():
        number = classes[code]
        dash = ' stroke-dasharray="3 2"' if number is None else ""
        parts.append(f'{shape} fill="{"#ffffff" if number is None else RAMP[number]}"{dash}/>')
    texts = f'<g font-family="Source Sans 3" font-size="10" fill="#1d252b">{_labels()}</g>'
    body = f'<g stroke="#4f5b65" stroke-width="0.6" stroke-linejoin="round">{"".join(parts)}</g>{texts}'
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'
