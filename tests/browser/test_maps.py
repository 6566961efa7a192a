"""Maps and "find your district" in Chromium, on the built book, without a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
Go = Callable[..., Any]
CHAPTER = "chapters/05-districts.html"
MAP = "#fig-district-map"


def test_a_map_is_drawn_follows_its_pickers_and_tells_on_hovering(book: Path, visit: Go) -> None:
    seen = visit(book / CHAPTER)
    page = seen.page
    page.locator(f"{MAP} .chart").scroll_into_view_if_needed()
    expect(page.locator(f"{MAP} .chart")).to_have_class("chart drawn map", timeout=20_000)
    shapes = page.locator(f"{MAP} .live path[aria-roledescription=geoshape]")
    assert shapes.count() == 94 and page.locator(f"{MAP} .chart.failed").count() == 0
    texas = page.locator(f'{MAP} .live path[aria-label="Texas Northern"]')
    before = texas.get_attribute("fill")
    page.locator(f"{MAP} select").nth(1).select_option("new_labor_cases")
    expect(texas).not_to_have_attribute("fill", before or "")
    expect(page.locator(f"{MAP} .live")).to_contain_text("no district court")
    page.locator(f"{MAP} select").nth(2).select_option("source")
    expect(page.locator(f"{MAP} .live")).to_contain_text("50–150")
    page.locator(f'{MAP} .live path[aria-label="Nebraska"]').hover()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("Nebraska")
    expect(page.locator("#vg-tooltip-element")).to_contain_text("of 94")
    assert not seen.trouble


def test_outlines_are_loaded_only_by_a_page_with_a_map(book: Path, visit: Go) -> None:
    loaded = {}
    for name in (CHAPTER, "chapters/01-national.html"):
        page = visit(book / name).page
        for box in page.locator(".chart").all():
            box.scroll_into_view_if_needed()
        page.wait_for_function("!document.querySelector('.chart:not(.drawn, .failed)')", timeout=20_000)
        loaded[name] = page.locator('script[src$="geo.js"]').count()
    assert loaded == {CHAPTER: 1, "chapters/01-national.html": 0}


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("boone mo", "Boone County, Missouri: Western District of Missouri"),
        ("Doña Ana", "Doña Ana County, New Mexico: District of New Mexico"),
        ("dekalb georgia", "DeKalb County, Georgia: Northern District of Georgia"),
        ("saint louis", "St. Louis (city), Missouri: Eastern District of Missouri"),
    ],
)
def test_a_county_is_answered_by_its_district(typed: str, answer: str, book: Path, visit: Go) -> None:
    seen = visit(book / CHAPTER)
    seen.page.get_by_label("Find your district by county").fill(typed)
    expect(seen.page.locator(".districts-found li").first).to_have_text(answer)
    assert not seen.trouble


def test_an_unknown_county_and_too_many_are_said_to_be_so(book: Path, visit: Go) -> None:
    page = visit(book / CHAPTER).page
    box, status = page.get_by_label("Find your district by county"), page.locator("form.find-district .status")
    box.fill("zzzz")
    expect(status).to_contain_text("No county has this name")
    box.fill("county")
    expect(status).to_contain_text("the first 12 are shown")


def test_without_scripts_the_form_points_to_the_table_and_the_map_is_there(book: Path, visit: Go) -> None:
    page = visit(book / CHAPTER, java_script_enabled=False).page
    assert page.locator("form.find-district a").get_attribute("href") == "#tbl-counties"
    assert page.locator("#tbl-counties tbody tr").count() == 94
    assert page.locator(f"{MAP} .chart > svg path[aria-roledescription=geoshape]").count() == 94
