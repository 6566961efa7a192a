"""Show a chart in a notebook as one stored output that serves the site, the PDF and nbval alike.

The output holds the static SVG (seen without JavaScript, in print and in the PDF), the Vega-Lite specification (from which
the site's one script draws the interactive chart) and the data. It repeats byte for byte, so nbval compares it strictly.
"""

import hashlib
import html
import itertools
import json
import linecache
import re
import sys
import urllib.parse
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from lib import tables
from lib.charts import geometry, theme  # the theme registers itself
from lib.errors import BookError

__all__ = ["StoredChart", "show", "theme"]


class StoredChart:
    """A chart rendered once: `html`, `svg` and one line of `text` for nbval; shown by Jupyter as a MIME bundle."""

    def __init__(self, chart: alt.TopLevelMixin, alt_text: str, table: pd.DataFrame | None, sources: list[str]) -> None:
        """Render `chart` with its description, and the data fold when `table` is given."""
        spec = chart.to_dict()
        spec["description"] = alt_text
        source = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        self.id = "chart-" + hashlib.sha256(source.encode()).hexdigest()[:12]
        self.svg = _svg(spec, self.id)
        fold = "" if table is None else data_fold(table, self.id, sources)
        safe = source.replace("</", "<\\/").replace(
            "<!--", "<\\u0021--"
        )  # no value can end the script element or hide its end
        script = f'<script type="application/json" data-vega-for="{self.id}">{safe}</script>'
        self.html = f'<div class="chart" id="{self.id}">{self.svg}</div>\n{script}\n{fold}'
        self.text = f"{alt_text} [{self.id}]"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What Jupyter stores."""
        return {"text/html": self.html, "image/svg+xml": self.svg, "text/plain": self.text}


def show(
    chart: alt.TopLevelMixin,
    data: pd.DataFrame | None = None,
    sources: list[str] | None = None,
    alt_text: str | None = None,
) -> StoredChart:
    """Render a chart for the notebook; the last expression of a cell.

    `data` is the table behind the figure, offered below it as a fold with a CSV file; `sources` are keys of sources.csv.
    The description for readers who cannot see the chart is the cell's own `#| fig-alt:` option, so that it is written once
    and serves the screen reader and the PDF; outside a notebook give `alt_text`. Raises BookError when there is none.
    """
    text = alt_text or _cell_option("fig-alt", sys._getframe(1).f_code.co_filename)
    if not text:
        raise BookError("The chart has no description: add `#| fig-alt: ...` to its cell, or give alt_text.")
    return StoredChart(chart, text, data, sources or [])


def _cell_option(name: str, code_file: str) -> str | None:
    """The value of a `#| name: value` line of the cell compiled as `code_file`, which IPython keeps in `linecache`.

    None when there is no such line, as outside a notebook.
    """
    source = "".join(linecache.getlines(code_file))
    found = re.search(rf"^#\| {name}: *(.+)$", source, re.MULTILINE)
    return found[1].strip().strip('"') if found else None


@cache
def register_fonts() -> None:
    """Give the project's typefaces to vl-convert, so that text measures the same on every machine."""
    import vl_convert

    vl_convert.register_font_directory(str(Path(__file__).resolve().parent.parent / "fonts"))


def _svg(spec: dict[str, Any], identifier: str) -> str:
    """The static SVG with ids that are unique on a page and repeat from run to run, and a label for screen readers."""
    import vl_convert

    register_fonts()
    svg: str = _shorter_paths(vl_convert.vegalite_to_svg(geometry.inline(spec)))
    # vl-convert numbers clip paths and gradients per process: number them anew within this chart
    names = dict.fromkeys(re.findall(r'id="([^"]+)"', svg))
    for number, name in enumerate(names):
        svg = re.sub(rf'(id="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{identifier}-{number}", svg)
    label = html.escape(spec["description"], quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _shorter_paths(svg: str) -> str:
    """Outlines of maps in steps of a tenth of a pixel from point to point: a third of the bytes, the same picture."""
    return re.sub(r' d="(M[-MLZ\d.,]*)"', lambda path: f' d="{_relative(path[1])}"' if "L" in path[1] else path[0], svg)


def _relative(path: str) -> str:
    """A path of rings, `M0,0L1.23,4.56L...Z`, in whole tenths and relative steps; points that fall together are one."""
    rings = []
    for ring in path.split("M")[1:]:
        points = [[round(10 * float(v)) for v in pair.split(",")] for pair in ring.rstrip("Z").split("L")]
        steps = [(bx - ax, by - ay) for (ax, ay), (bx, by) in itertools.pairwise(points)]
        moves = "".join(f"l{x / 10:g},{y / 10:g}" for x, y in steps if x or y)
        rings.append(f"M{points[0][0] / 10:g},{points[0][1] / 10:g}{moves}{'Z' * ring.endswith('Z')}")
    return "".join(rings)


def data_fold(table: pd.DataFrame, identifier: str, sources: list[str]) -> str:
    """The fold "Data behind this figure": the table, the same as a CSV file, and the sources it rests on."""
    csv = urllib.parse.quote(tables.spreadsheet_safe(table).to_csv(index=False, lineterminator="\n"))
    link = f'<a download="{identifier}.csv" href="data:text/csv;charset=utf-8,{csv}">Download as CSV</a>'
    note = f"Sources: {html.escape(tables.source_names(sources))}. " if sources else ""
    broken = [c for c in table if pd.api.types.is_float_dtype(table[c]) and (table[c].dropna() % 1 != 0).any()]
    body = tables.html_table(table, forms=dict.fromkeys(map(str, broken), lambda value: tables.number_text(value, 2)))
    return (
        f'<details class="figure-data"><summary>Data behind this figure</summary>\n{body}\n'
        f"<p>{note}{link}</p></details>"
    )
