"""The built book in Chromium: its front page, its charts, and every page under a sub-path."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from test_site import pages_of, scroll_through

pytestmark = pytest.mark.browser
Go = Callable[..., Any]


def test_front_page_leads_to_a_state_by_typing(book: Path, visit: Go) -> None:
    seen = visit(book / "index.html")
    expect(seen.page.locator(".card")).to_have_count(4)
    assert all(re.search(r"\d", text) for text in seen.page.locator(".card .number").all_inner_texts())
    box = seen.page.get_by_label("Find your state")
    box.fill("missou")
    box.press("Enter")
    seen.page.wait_for_url("**/states/missouri.html")
    expect(seen.page.get_by_role("heading", level=1)).to_have_text("Missouri")
    assert not seen.trouble


def test_front_page_leads_to_every_state_without_scripts(book: Path, visit: Go) -> None:
    page = visit(book / "index.html", java_script_enabled=False).page
    links = page.locator(".places a")
    expect(links).to_have_count(56)
    for link in links.all():
        assert (book / str(link.get_attribute("href"))).is_file()


def test_a_tile_of_the_map_leads_to_its_state(book: Path, visit: Go) -> None:
    seen = visit(book / "index.html")
    scroll_through(seen.page)
    tile = seen.page.locator("#fig-cover .live text", has_text=re.compile("^TX$"))
    tile.hover()
    expect(seen.page.locator("#vg-tooltip-element")).to_contain_text("Texas")
    expect(seen.page.locator("#vg-tooltip-element")).to_contain_text("Source")
    tile.click()
    seen.page.wait_for_url("**/states/texas.html")
    assert not seen.trouble


def test_a_county_is_answered_by_its_district(book: Path, visit: Go) -> None:
    seen = visit(book / "chapters" / "05-districts.html")
    form = seen.page.locator("form.find-district")
    form.get_by_role("textbox").fill("Boone County, Missouri")
    expect(form).to_contain_text("Western District of Missouri")
    form.get_by_role("textbox").fill("zzz county")
    expect(form.get_by_role("status")).not_to_contain_text("Western District of Missouri")
    assert not seen.trouble


def marks(page: Page, chart: str) -> list[dict[str, float]]:
    """Points within some marks of a drawn chart that lie in the window: the middle, and low at the right, where areas are."""
    kinds = (
        ", ".join(f".mark-{kind} path" for kind in ("rect", "symbol", "shape", "bar", "area", "line"))
        + ", .mark-text text"
    )
    found: list[dict[str, float]] = page.evaluate(f"""() => {{
        const box = document.getElementById("{chart}");
        box.scrollIntoView({{block: "center", behavior: "instant"}});
        const middles = [...box.querySelectorAll(".live svg :is({kinds})")].map(e => e.getBoundingClientRect())
            .flatMap(r => [[.5, .5], [.85, .9]].map(([x, y]) => ({{x: r.x + x * r.width, y: r.y + y * r.height}})));
        const seen = middles.filter(m => m.x > 0 && m.y > 60 && m.y < innerHeight && m.x < innerWidth);
        const step = Math.max(1, Math.floor(seen.length / 12));
        return seen.filter((_, n) => n % step === 0); }}""")
    return found


def test_every_chart_answers_to_hovering_and_names_its_source(book: Path, visit: Go) -> None:
    silent = []
    for path in [book / "index.html", *sorted((book / "chapters").glob("*.html"))]:
        page = visit(path, viewport={"width": 1300, "height": 1200}).page
        scroll_through(page)
        tip = page.locator("#vg-tooltip-element.visible")
        for chart in [str(box.get_attribute("id")) for box in page.locator(".chart.drawn").all()]:
            said = ""
            for place in marks(page, chart):
                page.mouse.move(place["x"], place["y"])
                page.wait_for_timeout(40)
                said = tip.inner_text() if tip.count() else ""
                if "Source" in said and re.search(r"\d", said):
                    break
            silent += [] if "Source" in said else [f"{path.name} {chart}: {said[:80]!r}"]
        page.context.close()
    assert not silent


@pytest.fixture
def served(book: Path) -> Iterator[str]:
    """The book served below a sub-path."""
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(book.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{book.name}/"
    server.shutdown()
    server.server_close()


def test_every_page_works_under_a_sub_path(book: Path, served: str, chromium: Any) -> None:
    page, bad = chromium.new_page(), []
    page.on("response", lambda r: r.status < 400 or bad.append(f"{r.status} {r.url}"))  # 304 is a file unchanged
    page.on("request", lambda r: r.url.startswith((served, "data:", "blob:")) or bad.append(r.url))
    page.on("console", lambda m: bad.append(m.text))
    page.on("pageerror", lambda e: bad.append(str(e)))
    for path in pages_of(book, every=12):
        page.goto(served + path.relative_to(book).as_posix())
        scroll_through(page)
    page.close()
    assert not bad
