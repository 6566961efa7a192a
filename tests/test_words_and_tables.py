"""Numbers in sentences and tables: exact words, exact markup, missing values."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from lib import tables, words
from lib.errors import DataError


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "no cases"), (1, "1 case"), (2, "2 cases"), (1234, "1,234 cases"), (pd.NA, "not published")],
)
def test_count(number, text):
    assert words.count(number, "case") == text


def test_count_with_a_plural_of_its_own():
    assert words.count(2, "person", "people") == "2 people" and words.count(0, "person", "people") == "no people"
    assert words.count(1, "person", "people") == "1 person"


@pytest.mark.parametrize(("places", "text"), [(0, "22%"), (1, "22.2%")])
def test_percent(places, text):
    assert words.percent(22.22, places) == text


def test_percent_is_whole_unless_asked():
    assert words.percent(22.22) == "22%" and words.percent(pd.NA) == "not published"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13.04, "a rise of 13.0%"),
        (0.5, "a rise of 0.5%"),
        (-14.7, "a fall of 14.7%"),
        (0, "no change"),
        (pd.NA, "not published"),
    ],
)
def test_change(value, text):
    assert words.change(value) == text


@pytest.mark.parametrize(
    ("names", "text"), [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c", "d"], "a, b, c and d")]
)
def test_listing(names, text):
    assert words.listing(names) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(1234.56, 0, "1,235"), (1234.56, 1, "1,234.6"), (-3, 0, "\N{MINUS SIGN}3"), (pd.NA, 1, "not published")],
)
def test_number_text(value, places, text):
    assert tables.number_text(value, places) == text


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["Ohio", "Utah"],
            "cases": pd.array([1200, None], dtype="Int64"),
            "note": pd.array(["x", None], "string"),
        }
    )


def parsed(text: str) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(f"<div>{text}</div>")


def test_a_table_has_heads_rows_and_alignment():
    tree = parsed(tables.html_table(frame(), {"cases": "New cases"}, picked="Ohio"))
    assert [th.text for th in tree.findall(".//thead/tr/th")] == ["name", "New cases", "note"]
    assert [th.get("class") for th in tree.findall(".//thead/tr/th")] == [None, "num", None]
    assert {th.get("scope") for th in tree.findall(".//thead/tr/th")} == {"col"}
    first, second = tree.findall(".//tbody/tr")
    assert first.get("class") == "picked" and second.get("class") is None
    assert [cell.text for cell in first] == ["Ohio", "1,200", "x"]
    assert [cell.text for cell in second] == ["Utah", "not published", "not published"]
    assert [cell.get("data-sort") for cell in first] == [None, "1200.0", None]
    assert [cell.get("data-sort") for cell in second] == [None, None, None]
    assert (
        first[1].get("class") == "num"
        and first[1].get("style") == "text-align: right"
        and first[2].get("class") is None
    )
    assert first[0].tag == "th" and first[0].get("scope") == "row"


def test_forms_replace_the_text_and_keep_the_sort_key():
    cell = parsed(tables.html_table(frame(), forms={"cases": lambda v: "many"})).findall(".//tbody/tr")[0][1]
    assert cell.text == "many" and cell.get("data-sort") == "1200.0"


@pytest.mark.parametrize(("sortable", "classes"), [(True, "data sortable"), (False, "data")])
def test_sortable(sortable, classes):
    assert f'<table class="{classes}">' in tables.html_table(frame(), sortable=sortable)


def test_a_table_is_not_sortable_and_no_row_picked_unless_asked():
    text = tables.html_table(frame())
    assert '<table class="data">' in text and "picked" not in text


@pytest.mark.parametrize(("rows", "sortable"), [(12, False), (13, True)])
def test_tables_of_more_than_twelve_rows_can_be_sorted(rows, sortable):
    shown = tables.show_table(pd.DataFrame({"n": range(rows)}))
    assert ("sortable" in shown.html) == sortable and shown.rows == rows


def test_note_sources_and_sentences_stand_below():
    shown = tables.show_table(frame(), sources=["fox59", "fox59"], note="A note.", sentences=["One & two."])
    tree = parsed(shown.html)
    foot = tree.find(".//p[@class='table-note']").text
    assert foot == f"A note. Sources: {tables.source_names(['fox59'])}."
    assert [li.text for li in tree.findall(".//details[@class='sentences']/ul/li")] == ["One & two."]


def test_nothing_stands_below_a_bare_table():
    shown = tables.show_table(frame())
    assert shown.html == tables.html_table(frame())
    assert (
        "table-note" in tables.show_table(frame(), note="n").html
        and "Sources" not in tables.show_table(frame(), note="n").html
    )


def test_several_sources_are_named_once_each_in_order():
    titles = tables.source_names(["wspa", "fox59", "wspa"]).split("; ")
    assert len(titles) == 2 and titles[0].endswith("(WSPA)") and titles[1].endswith("(FOX59)")
    assert tables.source_names(["wspa", "fox59", "al"]) == "WSPA; FOX59; AL.com"


def test_an_unknown_source_is_an_error():
    with pytest.raises(DataError, match=r"^sources\.csv has no source 'nowhere'; add it there or correct the id\.$"):
        tables.source_names(["fox59", "nowhere"])


def test_the_stored_line_changes_with_any_cell():
    one, two = (tables.show_table(f)._repr_mimebundle_() for f in (frame(), frame().assign(cases=1201)))
    assert one["text/plain"].startswith("Table of 2 rows [") and one["text/plain"] != two["text/plain"]
    assert one["text/html"] != two["text/html"] and len(one["text/plain"]) == len("Table of 2 rows []") + 12


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_becomes_markup(name, label):
    text = tables.html_table(pd.DataFrame({"a": [name], "b": [label]}), {"a": label})
    start = text.index('<th scope="row">') + len('<th scope="row">')
    assert "<" not in text[start : text.index("</th>", start)]
    assert text.count("<tr>") == 2
