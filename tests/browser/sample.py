"""A small synthetic site that holds every element a page of the book can have, so that the front-end is tested alone."""

import json
import shutil
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from lib.charts import theme
from lib.charts.notebook import show
from lib.tables import show_table

PROJECT = Path(__file__).resolve().parents[2]
FRONT = PROJECT / "publish" / "site"
BOOK = {
    "title": "A Synthetic Book of Made-up Counts",
    "subtitle": "What a page of this site looks like, with every element it can hold",
    "author": "A. Author",
    "date": "1 January 2024",
    "description": "Synthetic pages for the tests of the site.",
    "site_url": "https://example.org/book/",
    "repo_url": "https://example.org/code",
    "pdf": "book.pdf",
}
PLACES = ["Alphaland", "Betania", "Gammaria", "Deltona", "Epsilon Islands"]
CODE = (
    'from lib import data\n\n# new cases of one year\nfigures = data.figures().query("year == 2019")  # ' + "long " * 30
)


def _chart() -> str:
    """The chart as a chapter stores it: static SVG, specification, fold with the data."""
    rows = pd.DataFrame({"place": PLACES, "cases": [14, 9, 5, 2, 1]})
    bars = alt.Chart(rows).encode(
        x=alt.X("cases:Q", title="New cases"), y=alt.Y("place:N", title=None, sort=None), tooltip=["place", "cases"]
    )
    pick = alt.param(name="state", value="Betania", bind=alt.binding_select(options=PLACES, name="Highlight "))
    colour = alt.condition("datum.place == state", alt.value(theme.HIGHLIGHT), alt.value(theme.TOTAL))
    chart = bars.mark_bar().encode(color=colour) + bars.mark_text(align="left", dx=4).encode(text="cases:Q")
    stored = show(
        chart.add_params(pick).properties(width=560), rows, alt_text="Bars of synthetic counts; Alphaland first."
    )
    return str(stored.html)


def _table(rows: int, columns: int) -> str:
    """A synthetic table as a chapter stores it; one value was not published."""
    places = [f"Place {r:02d}" for r in range(rows)]
    counts = {
        f"Measure {c}": pd.array([(r * 37 + c) % 100 for r in range(rows)], dtype="Int64") for c in range(columns)
    }
    frame = pd.DataFrame({"Place": places} | counts)
    frame.iloc[2, 1] = pd.NA
    return (
        f'<div class="table-scroll">{show_table(frame, note="Synthetic.", sentences=["Place 00 is first."]).html}</div>'
    )


def _body() -> str:
    """The text of the sample chapter."""
    links = "".join(f'<li><a href="#{p.split()[0].lower()}">{p}</a></li>' for p in PLACES)
    states = "".join(f'<h3 id="{p.split()[0].lower()}">{p}</h3><p>Synthetic text.</p>' for p in PLACES)
    callouts = "".join(
        f'<div class="callout callout-{kind}"><p class="callout-title">{kind.title()}</p><p>Read <em>this</em> <a href="#charts">'
        "with care</a>.</p></div>"
        for kind in ("note", "warning", "important")
    )
    cards = "".join(
        f'<div class="card"><p class="number">{n}</p><p class="label">{t}</p><p>synthetic, 170 the year before</p></div>'
        for n, t in (("145", "new cases"), ("1,000", "defendants"), ("2 of 9", "ordered to pay"), ("5th", "of 56"))
    )
    return f"""<p class="lead">A paragraph of text with a <a href="other.html">link</a>, <code>code</code>, a reference to
<a href="#fig-bars">Figure 1.1</a>, a citation (<a href="#ref-a">Author 2001</a>) and a
note.<a href="#fn1" id="fnref1" role="doc-noteref"><sup>1</sup></a> {"Words that fill the line. " * 20}</p>
<div class="cards">{cards}</div>
<form class="find-state"><ul class="places">{links}</ul></form>
<h2 id="charts">Charts</h2><p>{"Sentences go on here. " * 12}</p>
<figure id="fig-bars">{_chart()}<figcaption><strong>Figure 1.1.</strong> Alphaland has most cases.</figcaption></figure>
<h2 id="code">Code</h2>
<details class="code-fold"><summary>Code</summary><div class="sourceCode"><pre class="sourceCode python"><code
 class="sourceCode python"><span class="im">from</span> lib <span class="co"># remark</span> {CODE}</code></pre></div></details>
{callouts}
<h2 id="tables">Tables</h2>
<figure id="tbl-wide"><figcaption><strong>Table 1.1.</strong> Wide.</figcaption>{_table(4, 14)}</figure>
<figure id="tbl-long"><figcaption><strong>Table 1.2.</strong> Long.</figcaption>{_table(20, 2)}</figure>
<h2 id="states">States</h2>{states}
<blockquote><p>A quotation.</p></blockquote>
<div id="refs" class="references" role="list"><div id="ref-a" class="csl-entry" role="listitem">Author, A. 2001.</div></div>
<aside class="footnotes" role="doc-endnotes"><hr><ol><li id="fn1"><p>A note.<a href="#fnref1"
 role="doc-backlink">↩︎</a></p></li></ol></aside>"""


def _pages() -> list[dict[str, Any]]:
    """The pages of the sample in the order of the book."""
    titles = [
        ("index.html", "Preface", ""),
        ("chapters/01-all.html", "Every element", "1"),
        ("chapters/a.html", "Methods", "A"),
    ]
    return [{"url": url, "title": title, "number": number} for url, title, number in titles]


def build(out: Path) -> Path:
    """Write the sample site to `out` and return it."""
    environment = Environment(loader=FileSystemLoader(FRONT), autoescape=True)
    template = environment.get_template("page.html.jinja")
    pages = _pages()
    toc = [{"id": i, "title": i.title(), "level": 2} for i in ("charts", "code", "tables", "states")]
    for number, entry in enumerate(pages):
        root = "../" * entry["url"].count("/")
        listed = [p | {"current": p is entry} for p in pages]
        page = entry | {
            "html": Markup(_body()),
            "description": "Synthetic.",
            "notebook": "01.ipynb",
            "markdown": "01.md",
        }
        nav = [{"part": None, "pages": listed[:1]}, {"part": "Findings", "pages": listed[1:2]}]
        text = template.render(
            book=BOOK, page=page, toc=toc, nav=[*nav, {"part": "Appendices", "pages": listed[2:]}], root=root,
            assets=root + "assets/", previous=pages[number - 1] if number else None,
            next=pages[number + 1] if number + 1 < len(pages) else None,
        )  # fmt: skip
        target = out / entry["url"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    _assets(out / "assets")
    return out


def _assets(assets: Path) -> None:
    """What the pages load: style, scripts, typefaces, search index."""
    assets.mkdir()
    for name in ("site.js", "favicon.svg"):
        shutil.copy(FRONT / name, assets / name)
    styles = [(FRONT / name).read_text(encoding="utf-8") for name in ("elements.css", "site.css")]
    (assets / "site.css").write_text("\n".join(styles), encoding="utf-8")
    shutil.copytree(FRONT / "fonts", assets / "fonts")
    snippet = (FRONT / "charts.js").read_text(encoding="utf-8")
    (assets / "charts.js").write_text(vl_convert.javascript_bundle(snippet), encoding="utf-8")
    entries = [
        {"title": "Every element", "section": "Charts", "url": "chapters/01-all.html#charts", "text": "bars of counts"},
        {"title": "Methods", "section": "", "url": "chapters/a.html", "text": "How ranks are computed from counts"},
    ]
    (assets / "search.js").write_text(f"window.searchIndex = {json.dumps(entries)};", encoding="utf-8")


if __name__ == "__main__":
    import sys

    print(build(Path(sys.argv[1])))
