"""The front page: headline figures, cards, links to the states, and the map of tiles."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from lib import cover, data, national, states
from lib.charts import tiles
from lib.charts.maps import RAMP
from tests.conftest import ROOT


def test_headlines_are_the_figures_of_the_chapters():
    found = cover.headlines(2019, 2023).set_index("label")
    key = national.key_findings(2019).set_index("metric")
    assert found.number["new criminal cases in 2019"] == str(key.value["new_criminal_cases"])
    assert found.number["defendants convicted in 2019"] == str(key.value["convictions"])
    trend = national.tvpa_trend().set_index("year").tvpa_cases
    assert found.number["new cases under the TVPA in 2023"] == str(trend[2023])
    ranked = states.complete_ranking(2023)
    places = int(ranked["rank"].notna().sum())
    alone = int((ranked["rank"].value_counts() == 1).sum())
    assert found.number["places share their rank in 2023"] == f"{places - alone} of {places}"


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)] * 3),
        min_size=1,
    )
)
def test_cards_say_what_they_are_given_and_nothing_becomes_markup(rows):
    panel = cover.cards(pd.DataFrame(rows, columns=["number", "label", "detail"]))
    page = lxml_html.fromstring(panel.html)
    assert [[p.text_content() for p in card] for card in page.xpath("//div[@class='card']")] == [
        list(row) for row in rows
    ]
    assert not page.xpath("//div[@class='card']/p/*")
    assert len(panel.markdown.split("\n- ")) >= len(rows)


def test_every_jurisdiction_has_a_link_of_its_own():
    page = lxml_html.fromstring(cover.find_state().html)
    links = {link.text_content(): link.get("href") for link in page.xpath("//a")}
    assert set(links) == set(data.jurisdictions().name)
    assert len(set(links.values())) == len(links) == 56
    assert links["U.S. Virgin Islands"] == "states/u-s-virgin-islands.html"


def test_a_panel_is_stored_for_the_site_the_pdf_and_nbval():
    panel = cover.find_state()
    bundle = panel._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/markdown", "text/plain"]
    assert bundle["text/plain"] != cover.StoredPanel(panel.html + "x", "")._repr_mimebundle_()["text/plain"]


def test_every_jurisdiction_has_one_tile_and_no_two_share_a_place():
    layout = tiles.places()
    assert set(layout.jurisdiction) == set(data.jurisdictions().usps) and len(layout) == 56
    assert not layout.duplicated(["column", "row"]).any()


@pytest.mark.parametrize(
    ("count", "name"),
    [
        (0, "0"),
        (1, "1–4"),
        (4, "1–4"),
        (5, "5–9"),
        (24, "10–24"),
        (49, "25–49"),
        (50, "50 or more"),
        (9000, "50 or more"),
    ],
)
def test_classes_of_counts(count, name):
    assert list(tiles.classes(pd.Series([count, pd.NA], dtype="Int64"))) == [name, pd.NA]


def test_tiles_show_every_place_each_year_and_no_court_is_no_zero():
    table = cover.tiles()
    spec = tiles.tile_map(table, "New cases").to_dict()
    rows = next(iter(spec["datasets"].values()))
    assert len(rows) == 56 * table.year.nunique()
    samoa = [row for row in rows if row["jurisdiction"] == "AS"]
    assert {row["shown"] for row in samoa} == {"no federal court"} and all(row["cases"] is None for row in samoa)
    sums = pd.DataFrame(rows).groupby("year").cases.sum()
    nation = national.tvpa_trend().set_index("year").tvpa_cases
    assert all(sums[year] == nation[year] for year in sums.index)
    assert set(spec["layer"][0]["encoding"]["color"]["scale"]["range"]) <= set(RAMP)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG 2.1."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_dark_page_turns_every_colour_of_the_maps_round_and_numbers_stay_readable():
    style = (ROOT / "publish" / "site" / "elements.css").read_text()
    dark = dict(re.findall(r'\.chart svg (?:text)?\[fill="(#\w{6})"\] \{ fill: light-dark\(\1, (#\w{6})\) \}', style))
    assert set(RAMP) <= set(dark), "a colour of the maps has no counterpart in elements.css"
    for step, colour in enumerate(RAMP):
        ink = "#ffffff" if step >= 4 else "#1d252b"
        assert contrast(colour, ink) >= 4.5 and contrast(dark[colour], dark[ink]) >= 4.5, colour
    away = [contrast(dark[colour], "#14191d") for colour in RAMP]
    assert away == sorted(away)
