import importlib.util
import json
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import data, districts, map_rows, states
from lib.charts import districts as panels
from lib.charts import geometry, maps, theme
from lib.charts.notebook import show
from lib.errors import DataError
from publish import charts_script
from tests.conftest import ROOT

counts = st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=1, max_size=60).map(
    lambda c: pd.Series(c, dtype="Int64")
)


def district_map(rows=None, year=districts.ALL_YEARS):
    rows = map_rows.by_district() if rows is None else rows
    return maps.choropleth(maps.DISTRICTS, rows, panels.measures(), year, districts.ALL_YEARS, "no district court")


@pytest.fixture(scope="module")
def drawn():
    """A stored map of the districts and one of the states in a year that is mostly not published."""
    rows = map_rows.by_state()
    state = maps.choropleth(maps.STATES, rows, panels.measures(), "2019", districts.ALL_YEARS)
    return show(district_map(), alt_text="Districts."), show(state, alt_text="States.")


def regions(svg: str) -> dict[str, tuple[str, str]]:
    """Outline and fill of each drawn region by its name."""
    found = {}
    for path in re.findall(r'<path [^>]*aria-roledescription="geoshape"[^>]*>', svg):
        name, line = re.search(r'aria-label="([^"]*)"', path)[1], re.search(r' d="([^"]*)"', path)[1]
        found[name] = line, re.search(r' fill="([^"]*)"', path)[1]
    return found


@given(counts)
def test_fitted_classes_start_at_1_rise_and_reach_no_higher_than_the_largest(values):
    limits = maps.fitted_classes(values)
    largest = int(values.max()) if values.notna().any() else 0
    assert limits[0] == 1 and all(a < b for a, b in pairwise(limits)) and len(limits) <= 5
    assert limits[-1] <= max(1, largest)


@given(counts, st.sampled_from([None, maps.SOURCE_CLASSES]))
def test_every_count_falls_into_the_class_whose_words_hold_it(values, classes):
    limits = classes or maps.fitted_classes(values)
    labels = maps.class_labels(limits, 400)
    assert len(labels) == len(limits) + 1
    for value in values:
        step = maps.class_of(value, limits)
        if pd.isna(value):
            assert step == -1
            continue
        low, _, high = labels[step].partition("–")
        assert int(low) <= value <= int(high or low)


def test_the_source_has_six_classes():
    assert maps.class_labels(maps.SOURCE_CLASSES, maps.SOURCE_TOP) == ["0", "1–4", "5–9", "10–24", "25–49", "50–150"]
    assert maps.class_labels(maps.SOURCE_CLASSES)[-1] == "50 or more"
    assert maps.fitted_classes(pd.Series([30, 0, pd.NA], dtype="Int64")) == (1, 2, 4, 8, 15)


def test_all_94_districts_and_56_jurisdictions_are_drawn(drawn):
    for stored, names in zip(drawn, (data.districts().name, data.jurisdictions().name), strict=True):
        found = regions(stored.svg)
        assert set(found) == set(names) and len(found) in (94, 56)
        for name, (line, _) in found.items():
            assert line.count("l") >= 2 and len(line) > 12, name


def test_the_district_and_the_territories_stand_as_labelled_squares(drawn):
    for stored in drawn:
        texts = re.findall(r"<text[^>]*>([^<]*)</text>", stored.svg)
        assert {"DC", "PR", "VI", "GU", "MP", "AS"} <= set(texts)


def test_missing_is_hatched_and_named_and_zero_is_not(drawn):
    fills = {name: fill for name, (_, fill) in regions(drawn[1].svg).items()}
    stack = states.stack_up(2019).query("metric == 'new_criminal_cases'").set_index("name").value
    assert {name for name, fill in fills.items() if not fill.startswith("url(#")} == set(stack.index)
    zeros = [fills[name] for name in stack.index[stack == 0]]
    assert zeros and set(zeros) == {maps.RAMP[0]}
    assert "not published" in drawn[1].svg and "no district court" in drawn[0].svg
    assert maps.RAMP[0].lower() not in ("#fff", "#ffffff")


def test_the_drawn_tone_is_that_of_the_class_of_the_count(drawn):
    counts = districts.over_years().set_index("name").tvpa_cases
    limits = maps.fitted_classes(counts)
    for name, (_, fill) in regions(drawn[0].svg).items():
        assert fill == maps.RAMP[round(maps.class_of(counts[name], limits) * 5 / len(limits))], name


def test_a_chart_names_its_outlines_and_does_not_hold_them(drawn):
    spec = re.search(r"data-vega-for=[^>]*>(.*?)</script>", drawn[0].html, re.DOTALL)[1]
    assert '"arcs"' not in spec and geometry.reference("districts_albers") in spec
    assert len(drawn[0].svg) < 150_000


@pytest.mark.integration
def test_a_stored_map_repeats_and_changes_with_counts_and_with_outlines(drawn, monkeypatch):
    assert show(district_map(), alt_text="Districts.").html == drawn[0].html
    rows = map_rows.by_district()
    rows.loc[0, "tvpa_cases"] += 1
    assert show(district_map(rows), alt_text="Districts.").id != drawn[0].id
    monkeypatch.setattr(geometry, "reference", lambda name: f"book:{name}?sha256=another")
    assert show(district_map(), alt_text="Districts.").id != drawn[0].id


def test_an_unknown_map_is_one_sentence():
    with pytest.raises(DataError, match="There is no map 'moon'; use one of states_albers, districts_albers"):
        geometry.inline({"data": [{"url": "book:moon?sha256=0", "format": {}}]})
    assert geometry.inline({"url": "other.json"}) == {"url": "other.json"}


@pytest.mark.parametrize("name", geometry.NAMES)
def test_thinned_borders_keep_their_ends_and_every_ring(name):
    full, thin = geometry.lines(name), geometry.thinned(name)["arcs"]
    assert len(full) == len(thin) and sum(map(len, thin)) < 0.7 * sum(map(len, full))
    for before, after in zip(full, thin, strict=True):
        assert (before[0], before[-1]) == (after[0], after[-1]) and set(after) <= set(before)
        assert before[0] != before[-1] or len(after) >= 4


@pytest.mark.parametrize(("name", "feature"), [("states_albers", "states"), ("districts_albers", "districts")])
def test_labels_lie_inside_their_regions(name, feature):
    for region in data.geo(name)["objects"][feature]["geometries"]:
        ring = geometry.rings(name, region)[0]
        x, y, radius = geometry.middles(name, feature)[region["id"]]
        assert geometry._inside(np.array([[x, y]]), ring)[0] and radius > 0, region["id"]


def luminance(color: str) -> float:
    """Relative luminance by WCAG."""
    channels = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_classes_stay_apart_in_black_and_white_and_their_numbers_readable():
    light = [luminance(color) for color in maps.RAMP]
    assert all((a + 0.05) / (b + 0.05) > 1.3 for a, b in pairwise(light))
    for tone, value in enumerate(light):
        ink = luminance(maps._LIGHT if tone >= 4 else maps._DARK)
        high, low = max(value, ink), min(value, ink)
        assert (high + 0.05) / (low + 0.05) >= 4.5, maps.RAMP[tone]
    outline = luminance(maps._OUTLINE)
    assert 1.05 / (outline + 0.05) >= 3 and maps._OUTLINE == theme.TOTAL


def test_the_site_gets_outlines_and_counties_as_scripts(tmp_path, monkeypatch):
    monkeypatch.setattr(charts_script, "bundle", lambda: "charts")
    charts_script.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"charts.js", "geo.js", "places.js"}
    outlines = json.loads((tmp_path / "geo.js").read_text().removeprefix("window.bookOutlines = ").rstrip(";\n"))
    assert list(outlines) == geometry.NAMES and outlines["states_albers"] == data.geo("states_albers")
    places = json.loads((tmp_path / "places.js").read_text().removeprefix("window.bookPlaces = ").rstrip(";\n"))
    assert len(places["counties"]) == 3228


def builder():
    """The module data/geo/build.py."""
    spec = importlib.util.spec_from_file_location("geo_build", ROOT / "data" / "geo" / "build.py")
    module = importlib.util.module_from_spec(spec)
    __import__("sys").modules["geo_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_outlines_are_made_again_byte_for_byte():
    build, packages = builder(), ROOT / "_build" / "geo"
    if not all((packages / recipe.package).is_file() for recipe in build.RECIPES):
        pytest.skip("The npm packages are not here; `make geo` downloads them.")
    for recipe in build.RECIPES:
        for name, text in build.build(recipe, packages).items():
            assert (ROOT / "data" / "geo" / name).read_bytes() == text.encode(), name


def test_a_missing_or_other_package_is_one_sentence(tmp_path, capsys):
    import io
    import tarfile

    build = builder()
    assert build.main([str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "us-atlas-3.0.1.tgz is missing or damaged; `make geo` downloads it" in capsys.readouterr().err
    recipe = build.RECIPES[0]
    with tarfile.open(tmp_path / recipe.package, "w:gz") as package:
        member = tarfile.TarInfo(recipe.member)
        member.size = 2
        package.addfile(member, io.BytesIO(b"{}"))
    assert build.main([str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "is not the file the maps were made from" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [recipe.package]


def test_a_dissolve_of_two_squares_is_their_outline_and_keeps_a_hole():
    build = builder()
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [[[0, 0], [0, 4], [4, 0], [0, -4], [-4, 0]]],
        "objects": {"counties": {"geometries": [{"type": "Polygon", "arcs": [[0]], "id": 1}]}},
    }
    plane = build.Plane(topology, planar=True)
    left = [(0, 0), (0, 4), (4, 4), (4, 0), (0, 0)]
    right = [(4, 0), (4, 4), (8, 4), (8, 0), (4, 0)]
    hole = [(5, 1), (6, 1), (6, 2), (5, 2), (5, 1)]
    (polygon,) = build.merge([left, right, hole], plane)
    assert plane.area(polygon[0]) == 32 and set(polygon[0]) == set(left) | set(right)
    assert [set(ring) for ring in polygon[1:]] == [set(hole)]
