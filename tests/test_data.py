import json

import pandas as pd
import pytest

from lib import check, data
from lib.errors import DataError

#: Rows of each table with a source; a table of figures may only grow, as editions and summaries are added.
FIXED = {"jurisdictions": 56, "districts": 94, "district_counties": 3228, "fjc_criminal_columns": 144}
GROWING = {"figures": 179, "district_new_cases": 376, "official_series": 54, "population": 336, "readings": 2}
TABLES = FIXED | GROWING


def test_every_file_agrees_with_its_description():
    assert check.check() == []


@pytest.mark.parametrize(("name", "rows"), TABLES.items())
def test_tables_have_their_rows_and_types(name, rows):
    table = getattr(data, name)()
    assert len(table) == rows if name in FIXED else len(table) >= rows
    types = {"string": "string", "integer": "Int64"}
    for field in data.resource(name)["schema"]["fields"]:
        assert table[field["name"]].dtype == types[field["type"]], field["name"]


@pytest.mark.parametrize(
    ("name", "place", "places"), [("district_new_cases", "court_id", 94), ("population", "jurisdiction", 56)]
)
def test_each_year_has_every_place_once(name, place, places):
    counts = getattr(data, name)().groupby("year")[place].agg(["size", "nunique"])
    assert (counts == places).all(axis=None) and len(counts) >= 4


def test_a_very_long_cell_does_not_fill_the_screen(data_copy):
    path = data_copy / "metrics.csv"
    path.write_text(path.read_text().replace(",cases,", f",{'<' * 1000},", 1))
    long = [sentence for sentence in check.check() if "<<<" in sentence]
    assert long and all(len(sentence) < 540 and sentence.endswith("...") for sentence in long)


def test_every_column_and_metric_is_described():
    for entry in data.package()["resources"]:
        assert entry["description"] and entry["licenses"] and entry["retrieved"]
        for field in entry.get("schema", {}).get("fields", []):
            assert len(field["description"]) > 3, (entry["name"], field["name"])
    assert set(data.figures().metric) == set(data.metrics().metric)


def test_every_row_has_a_source_and_every_source_is_used():
    used = set()
    for name in [*TABLES]:
        table = getattr(data, name)()
        assert table.source_id.notna().all(), name
        used |= set(table.source_id)
    known = set(data.sources().source_id)
    mapped = {entry["sources"][0]["path"] for entry in data.package()["resources"] if "sources" in entry}
    unused = data.sources()[~data.sources().source_id.isin(used)]
    assert used <= known
    assert set(unused.url) <= mapped


def test_a_caller_cannot_change_the_tables():
    frame = data.figures()
    frame["value"] = 0
    assert data.at("MO", 2019, "new_criminal_cases") == 7


@pytest.mark.parametrize(
    ("place", "year", "metric", "edition", "value"),
    [
        ("US", 2018, "new_criminal_cases", None, 170),
        ("US", 2018, "new_criminal_cases", 2018, 171),
        ("US", 2018, "active_criminal_cases", 2018, 680),
        ("US", 2018, "convictions", None, 300),
        ("US", 2022, "new_criminal_cases", None, 203),
        ("US", 2022, "new_criminal_cases", 2022, 183),
        ("MO", 2019, "convictions", None, 9),
    ],
)
def test_the_latest_edition_is_the_default_and_every_edition_is_kept(place, year, metric, edition, value):
    assert data.at(place, year, metric, edition) == value


def test_parts_and_total_come_from_one_edition():
    assert data.default_edition("US", 2022, ["new_criminal_cases"]) == 2023
    assert data.default_edition("US", 2022, ["new_criminal_cases", "new_sex_cases", "new_labor_cases"]) == 2022


def test_not_published_is_missing():
    assert pd.isna(data.at("TX", 2019, "convictions")) and pd.isna(data.at("ZZ", 2019, "convictions"))


def test_geography_has_every_place():
    states = {g["properties"]["usps"] for g in data.geo("states")["objects"]["states"]["geometries"]}
    districts = {g["id"] for g in data.geo("districts")["objects"]["districts"]["geometries"]}
    assert states == set(data.jurisdictions().usps) and districts == set(data.districts().court_id)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "MO,,2019,convictions,9,",
            "MO,,2019,convictions,nine,",
            r"line \d+, column value: 'nine' is not a whole number",
        ),
        ("MO,,2019,convictions,9,", "MO,,2019,convictions,9.5,", "'9.5' is not a whole number"),
        ("jurisdiction,court_id", "place,court_id", "line 1: the columns are"),
        ("MO,,2019,convictions,9,", "MO,,2019,,,convictions,9,", r"not a well-formed UTF-8 CSV file \(.*line \d+"),
    ],
)
def test_a_damaged_table_is_one_clear_sentence(data_copy, old, new, message):
    path = data_copy / "figures.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=message):
        data.figures()


def test_a_missing_table_and_a_broken_package_are_named(data_copy):
    (data_copy / "figures.csv").unlink()
    with pytest.raises(DataError, match=r"figures\.csv cannot be read"):
        data.figures()
    (data_copy / "datapackage.json").write_text("{")
    data.clear_cache()
    with pytest.raises(DataError, match=r"datapackage\.json is not valid JSON"):
        data.figures()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("MO,,2019,convictions,9,", "MO,,2019,convictions,8,", "is not the file that datapackage.json describes"),
        ("MO,,2019,convictions,9,", "MO,,2019,convictions,-9,", "minimum"),
        ("MO,,2019,convictions,9,", "MO,,2019,no_such_metric,9,", "no_such_metric|foreign"),
        ("hti-missouri-2019,\n", "no-such-source,\n", "no-such-source|foreign"),
        ("MO,,2019,convictions,9,10,2019", "MO,,,convictions,9,10,2019", "required|primary"),
    ],
)
def test_check_finds_what_is_wrong(data_copy, old, new, message):
    path = data_copy / "figures.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert any(__import__("re").search(message, sentence) for sentence in check.check()), check.check()


def test_a_key_twice_is_found(data_copy):
    path = data_copy / "districts.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    assert any("unique" in s or "primary" in s or "same as" in s for s in check.check())


def test_describe_renews_hashes_in_one_step(data_copy):
    path = data_copy / "figures.csv"
    path.write_text(path.read_text().replace("MO,,2019,convictions,9,", "MO,,2019,convictions,8,", 1))
    assert check.stale()
    import runpy

    runpy.run_path(str(data.data_dir().parent / "data" / "describe.py"))["describe"]()
    data.clear_cache()
    assert check.stale() == []
    assert json.loads((data_copy / "datapackage.json").read_text())["name"] == "federal-trafficking-cases"
