"""Whatever a title, caption, label or value holds stays text: in the site no tag comes of it, in the PDF no Typst code."""

import json
import re
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from pypdf import PdfReader

from lib.charts.notebook import show
from lib.tables import show_table
from publish.__main__ import main
from publish.html import fenced
from publish.pdf import quoted
from tests.test_publish_errors import code, markdown, notebook

TAG = "<script>window.hit=1</script>"
ATTRIBUTE = "\"><img src=x onerror='window.hit=1'>"
TYPST = '#panic("hit") $x$ *b* _i_ `c` [l] <fig-x> @one \\" ]'
FENCE = "``````````"
HOSTILE = [TAG, ATTRIBUTE, TYPST, FENCE, "<!--<script>", "]]></svg>", "&lt;", "{{ 7 * 7 }}"]


def stored(shown, source: str):
    """A cell with what `shown` displays."""
    return code(source, **{name.replace("/", "_", 1): value for name, value in shown._repr_mimebundle_().items()})


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """A synthetic book that says hostile things wherever it can."""
    root = tmp_path_factory.mktemp("hostile")
    rows = pd.DataFrame({"place": HOSTILE, "cases": range(1, len(HOSTILE) + 1)})
    chart = alt.Chart(rows).mark_bar().encode(x="cases:Q", y="place:N", tooltip=["place:N"])
    caption = json.dumps(f"Caption {TAG} {TYPST}")
    description = json.dumps(f"Described {ATTRIBUTE} {TYPST}")
    cells = [
        markdown(f"# Title {TAG} {TYPST}\n\nText."),
        markdown(f"## Section {TAG} {{#sec-x}}\n\nProse {TAG} and {ATTRIBUTE}."),
        stored(show(chart, rows, alt_text=f"Described {ATTRIBUTE} {TYPST}"),
               f"#| label: fig-h\n#| fig-cap: {caption}\n#| fig-alt: {description}\nshow()"),
        stored(show_table(rows, note=f"Note {TAG} {TYPST}", sentences=HOSTILE),
               f"#| label: tbl-h\n#| tbl-cap: {caption}\nshow()"),
        code("print('x')\n" + FENCE, text_plain=f"{FENCE}\n{TAG}\n{TYPST}"),
    ]  # fmt: skip
    (root / "one.ipynb").write_text(notebook(*cells))
    (root / "index.qmd").write_text("# Preface {.unnumbered}\n\nText.\n")
    config = {
        "book": {"title": f"Book {TAG} {TYPST}", "subtitle": ATTRIBUTE, "author": f"A {TAG}", "description": ATTRIBUTE}
    }
    config["book"]["chapters"] = ["index.qmd", {"part": f"Part {TAG} {TYPST}", "chapters": ["one.ipynb"]}]
    (root / "_quarto.yml").write_text(json.dumps(config))
    assert main(["--no-states", "--config", str(root / "_quarto.yml"), "--out", str(root / "_book")]) == 0
    return root / "_book"


def test_no_tag_comes_of_it(hostile):
    for path in hostile.rglob("*.html"):
        page = lxml_html.fromstring(path.read_text())
        scripts = page.xpath("//script[not(@src)]")
        assert all(script.get("type") == "application/json" for script in scripts)
        assert not page.xpath("//@onerror") and not page.xpath("//img[@src='x']")
        assert all(json.loads(script.text) for script in scripts)
        assert page.xpath("//footer"), "the page was cut short"


def test_it_is_shown_as_written(hostile):
    page = lxml_html.fromstring((hostile / "one.html").read_text())
    cells = [cell.text_content() for cell in page.xpath("//figure[@id='tbl-h']//tbody//th")]
    assert cells == HOSTILE
    for place in ("//h1", "//h2", "//figcaption", "//p[@class='table-note']", "//nav[@id='contents']"):
        assert TAG in page.xpath(place)[0].text_content(), place
    assert TAG in page.xpath("string(//title)")
    assert page.xpath("//meta[@name='description']/@content")[0]
    assert any(FENCE in pre.text_content() and TYPST in pre.text_content() for pre in page.xpath("//pre"))


def test_the_pdf_says_the_same(hostile):
    reader = PdfReader(hostile / "book.pdf")
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))
    for piece in (TAG, '#panic("hit")', "$x$", "<!--<script>", "]]></svg>", FENCE, "{{7*7}}"):
        assert re.sub(r"\s+", "", piece) in text, piece
    assert reader.metadata.title == f"Book {TAG} {TYPST}"


def test_the_search_index_is_one_statement_of_data(hostile):
    script = (hostile / "assets" / "search.js").read_text()
    found = re.fullmatch(r"window\.searchIndex = (.*);\n", script, re.DOTALL)
    assert isinstance(json.loads(found[1]), list)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_the_same_text_in_typst(text):
    import typst

    source = f"#metadata({quoted(text)}) <it>"
    assert json.loads(typst.query(source.encode(), "<it>", field="value", one=True)) == text


@given(st.text(alphabet="`a\n~", max_size=40))
def test_no_text_ends_its_own_fence(text):
    lines = fenced(text).strip("\n").split("\n")
    fence = lines[0]
    assert set(fence) == {"`"} and all(not line.startswith(fence) for line in lines[1:-1])
