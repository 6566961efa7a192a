"""Provenance: every resource, column, row, metric and source is described, sourced and used; the appendix says so."""

import re
from datetime import date

import nbformat
import pandas as pd
import pytest
from markupsafe import Markup

from lib import data, dictionary
from lib.charts.notebook import data_fold
from lib.tables import html_table, show_table
from tests.conftest import CHAPTERS

RESOURCES = data.package()["resources"]
TABLES = [entry for entry in RESOURCES if "schema" in entry]
FIELDS = [(entry["name"], field) for entry in TABLES for field in entry["schema"]["fields"]]
#: Tables that describe others, or that the book itself measures, judges or defines; every other row names its source.
WITHOUT_SOURCE = {"sources", "metrics", "execution", "claims", "court_record_charges"}
#: Chapters whose tables describe the data, the methods or the book itself.
ABOUT_THE_BOOK = {"b-claims", "c-data", "d-methods", "e-execution"}
names = [entry["name"] for entry in RESOURCES]


@pytest.mark.parametrize("entry", RESOURCES, ids=names)
def test_every_resource_is_described_in_full(entry):
    for key in (
        "name",
        "path",
        "title",
        "description",
        "format",
        "mediatype",
        "encoding",
        "retrieved",
        "hash",
        "bytes",
    ):
        assert entry.get(key), f"{entry['name']} has no {key}"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", entry["hash"]) and entry["bytes"] > 0
    assert date.fromisoformat(entry["retrieved"]) >= date(2026, 1, 1)
    assert all(license["name"] and license["title"] for license in entry["licenses"]) and entry["licenses"]
    assert (data.data_dir() / entry["path"]).is_file()


@pytest.mark.parametrize("entry", TABLES, ids=[entry["name"] for entry in TABLES])
def test_every_table_has_a_key_and_its_references(entry):
    schema = entry["schema"]
    columns = [field["name"] for field in schema["fields"]]
    assert schema["primaryKey"] and set(schema["primaryKey"]) <= set(columns)
    assert schema["missingValues"] == [""], "not published is empty, and nothing else is"
    referring = {key["fields"] for key in schema.get("foreignKeys", [])}
    if "source_id" in columns and entry["name"] != "sources":
        assert "source_id" in referring
    table = data.table(entry["name"])
    assert not table.duplicated(schema["primaryKey"]).any()


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=[f"{table}.{field['name']}" for table, field in FIELDS])
def test_every_column_has_type_meaning_unit_and_rule(table, field):
    assert field["type"] in ("string", "integer", "number") and len(field["description"]) > 3
    if field["type"] != "string":
        assert field["unit"], "a number needs a unit"
        assert "minimum" in field["constraints"]
    column = data.table(table)[field["name"]]
    if field.get("constraints", {}).get("required"):
        assert column.notna().all()


def test_every_file_of_data_is_described():
    folder = data.data_dir()
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in (".csv", ".topojson")}
    assert there == {entry["path"] for entry in RESOURCES}


@pytest.mark.parametrize("entry", TABLES, ids=[entry["name"] for entry in TABLES])
def test_no_row_lacks_a_source(entry):
    if entry["name"] not in WITHOUT_SOURCE:
        table = data.table(entry["name"])
        assert table["source_id"].notna().all()
        assert set(table["source_id"]) <= set(data.sources()["source_id"])


def test_every_source_is_used_and_has_an_address_or_is_the_printed_summary():
    table = dictionary.sources()
    assert table["rows"].notna().all() and (table["rows"] > 0).all()
    assert table.loc[table["url"].isna(), "source_id"].tolist() == ["hti-missouri-2019"]
    assert table["host"].notna().sum() == table["url"].notna().sum()


def test_every_metric_says_what_a_reader_must_know():
    table = dictionary.metrics()
    assert table["caution"].str.len().min() > 30 and table["definition"].str.len().min() > 20
    assert not (table["caution"] == table["definition"]).any()
    assert table["figures"].sum() == len(data.figures())


def test_files_count_rows_and_shapes():
    table = dictionary.files().set_index("path")
    assert table.loc["figures.csv", "rows"] == len(data.figures())
    assert table.loc["geo/districts.topojson", "rows"] == len(data.districts())
    assert set(table["license"]) == {"CC BY 4.0", "Public domain"}


def test_columns_in_words():
    table = dictionary.columns().set_index("column")
    assert table.loc["figures: value", "rules"] == "0 or more"
    assert table.loc["figures: published_rank", "rules"] == "1 to 94"
    assert table.loc["official_series: family", "rules"] == "never empty; one of DOJ, BJS, TRAC"
    assert table.loc["fjc_criminal_columns: format", "rules"] == "\N{EM DASH}"
    assert table.loc["figures: metric", "meaning"].endswith("(refers to metrics.metric)")
    assert table.loc["figures: year", "type"] == "integer (key)" and table.loc["figures: value", "type"] == "integer"
    assert len(table) == len(FIELDS)


def test_used_counts_each_row_once():
    table = dictionary.used()
    assert table.set_index(["source_id", "table"]).loc[("hti-district-tables", "district_new_cases"), "rows"] == 376
    assert table.loc[table["table"] == "figures", "rows"].sum() == len(data.figures())


def test_titles_become_links_and_nothing_else_does():
    table = pd.DataFrame(
        {
            "title": ["A <b>", "No address", "Script"],
            "url": ['https://example.org/?a=1&b="2"', pd.NA, "javascript:alert(1)"],
        }
    )
    shown = html_table(dictionary.linked(table)[["title"]])
    assert '<a href="https://example.org/?a=1&amp;b=&#34;2&#34;">A &lt;b&gt;</a>' in shown
    assert shown.count("<a ") == 1 and "javascript" not in shown


@pytest.mark.parametrize(("value", "text"), [(pd.NA, "\N{EM DASH}"), ("x", "x")])
def test_plain(value, text):
    assert dictionary.plain(value) == text


def test_size_text():
    assert dictionary.size_text(12_345) == "12.3 kB"


def test_figures_and_tables_show_the_titles_of_their_sources():
    frame = pd.DataFrame({"name": ["x"], "value": [1]})
    title = data.sources().set_index("source_id").title["fox59"]
    assert f"Sources: {Markup.escape(title)}." in show_table(frame, sources=["fox59"]).html
    assert f"Sources: {Markup.escape(title)}." in data_fold(frame, "x", ["fox59"]).replace("&#x27;", "&#39;")


@pytest.mark.parametrize("path", [p for p in CHAPTERS if p.stem not in ABOUT_THE_BOOK], ids=lambda p: p.stem)
def test_every_table_of_a_chapter_names_its_sources(path):
    for cell in nbformat.read(path, as_version=4).cells:
        made_up = "SYNTHETIC" in cell.source  # an example that says so in its caption has no source
        if "#| label: tbl-" in cell.source and not made_up:
            assert "Sources: " in cell.outputs[0].data["text/html"], cell.source[:60]


def test_every_published_figure_is_listed_with_its_source():
    table, figures = dictionary.figures(), data.figures()
    assert len(table) == len(figures) and sorted(table.value) == sorted(figures.value)
    assert list(table.place[:2]) == ["United States", "United States"] and table.place.iloc[-1] == "Wyoming"
    row = table[(table.place == "Missouri") & (table.metric == "New criminal cases")].set_index("year").loc[2019]
    assert (row.value, row.published_rank, row.source) == (7, 5, "2019 State Summary: Missouri")
    assert (table.place == "Florida Middle").any() and table.metric.str.endswith('(source says "about")').any()


def test_every_row_of_the_official_series_is_listed_with_its_source():
    table = dictionary.official_series()
    assert len(table) == len(data.official_series()) and table.source.notna().all()
    assert list(table.columns) == ["family", "fiscal_year", "measure", "definition", "value", "unit", "source"]
