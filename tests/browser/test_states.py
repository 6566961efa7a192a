"""Pages of the states in Chromium: one year at a time, by address, without scripts, by keyboard and in print."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Go = Callable[..., Any]


def shown(page: Page) -> list[str]:
    """The years whose section can be seen."""
    return [s.get_attribute("id") or "" for s in page.locator("section.year").all() if s.is_visible()]


@pytest.mark.parametrize("scripts", [True, False])
def test_one_year_is_shown_and_another_can_be_chosen(scripts: bool, visit: Go, book: Path) -> None:
    page = visit(book / "states" / "missouri.html", java_script_enabled=scripts).page
    assert shown(page) == ["2023"]
    page.locator("nav.years:visible a", has_text="2019").click()
    assert shown(page) == ["2019"]
    expect(page.locator("nav.years:visible a[aria-current]")).to_have_text("2019")
    expect(page.locator("section.year:visible h2")).to_contain_text("Missouri in 2019")


def test_an_address_opens_its_year(visit: Go, book: Path) -> None:
    page = visit(book / "states" / "missouri.html").page
    page.goto((book / "states" / "missouri.html").as_uri() + "#2019")
    assert shown(page) == ["2019"]
    page.goto((book / "states" / "missouri.html").as_uri() + "#sources")
    assert shown(page) == ["2023"]


def test_year_is_chosen_by_keyboard(visit: Go, book: Path) -> None:
    page = visit(book / "states" / "wyoming.html").page
    page.locator("nav.years:visible a", has_text="2021").focus()
    page.keyboard.press("Enter")
    assert shown(page) == ["2021"]


def test_map_of_the_index_leads_to_a_state(visit: Go, book: Path) -> None:
    page = visit(book / "states" / "index.html").page
    page.locator('.us-map a[aria-label="Wyoming"]').click()
    expect(page.locator("h1")).to_have_text("Wyoming")


def test_print_shows_the_year_and_no_picker(visit: Go, book: Path) -> None:
    page = visit(book / "states" / "missouri.html").page
    page.emulate_media(media="print")
    assert shown(page) == ["2023"] and not page.locator("nav.years:visible").count()
