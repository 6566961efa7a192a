"""The site in Chromium: private, accessible, usable by keyboard, on a phone, without scripts and in print."""

import json
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Go = Callable[..., Any]
ALL = "chapters/01-all.html"
PHONE = {"width": 390, "height": 844}
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.1 A and AA: rule, element, reason."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(f"axe.run(document, {json.dumps(RULES)}).then(r => r.violations)")
    return [f"{v['id']}: {n['html'][:160]} {n['failureSummary'][:300]}" for v in found for n in v["nodes"]]


def scroll_through(page: Page) -> None:
    """Bring every chart near the window, so that it is drawn."""
    for box in page.locator(".chart").all():
        box.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelectorAll('.chart:not(.drawn, .failed)').length === 0", timeout=20_000)


def overflow(page: Page) -> list[str]:
    """Elements that reach beyond the window without a scrolling box around them."""
    found: list[str] = page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? [] :
        ["page is " + document.documentElement.scrollWidth + " wide", ...[...document.querySelectorAll("main *")]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-scroll, .chart, pre"))
        .slice(0, 5).map(e => e.outerHTML.slice(0, 120))]""")
    return found


def weak_chart_text(page: Page) -> list[str]:
    """Text of charts whose contrast with what lies behind it is under 4.5 to 1."""
    found: list[str] = page.evaluate("""() => {
        const pen = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
        const rgb = (colour) => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
        const light = (c) => rgb(c).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
        const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const paints = (e) => e.closest(".chart svg") && ["path", "rect"].includes(e.tagName)
            && !/none|rgba\\(.*, 0\\)/.test(getComputedStyle(e).fill) && getComputedStyle(e).fillOpacity > 0.5;
        const behind = (text) => { const r = text.getBoundingClientRect();
            const on = document.elementsFromPoint(r.x + r.width / 2, r.y + r.height / 2).find(e => e !== text && paints(e));
            return on ? getComputedStyle(on).fill : getComputedStyle(document.body).backgroundColor; };
        const texts = [...document.querySelectorAll(".chart svg text")].filter(t => t.textContent && t.getClientRects().length);
        return texts.map(t => {
            t.scrollIntoView({block: "center", behavior: "instant"});
            const value = ratio(getComputedStyle(t).fill, behind(t));
            return value < 4.5 ? `${t.textContent} ${getComputedStyle(t).fill} on ${behind(t)}: ${value.toFixed(2)}` : null;
        }).filter(Boolean); }""")
    return found


def pages_of(root: Path, every: int = 1) -> list[Path]:
    """The pages of a site; of the state summaries, which share one template, each `every`th, for the slower checks."""
    states = sorted(root.glob("states/*.html"))
    return sorted(set(root.rglob("*.html")) - set(states)) + states[::every]


@pytest.mark.parametrize("which", ["site", "book"])
def test_pages_load_nothing_from_elsewhere_and_raise_no_error(
    which: str, visit: Go, request: pytest.FixtureRequest
) -> None:
    trouble = {}
    for path in pages_of(request.getfixturevalue(which)):
        seen = visit(path)
        scroll_through(seen.page)
        trouble |= {path.name: seen.trouble} if seen.trouble else {}
        seen.page.context.close()
    assert not trouble


@pytest.mark.parametrize("which", ["site", "book"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_meet_wcag_2_1_aa(which: str, scheme: str, visit: Go, request: pytest.FixtureRequest) -> None:
    found = {}
    for path in pages_of(request.getfixturevalue(which), every=12):
        page = visit(path, color_scheme=scheme, reduced_motion="reduce").page
        scroll_through(page)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        wrong = violations(page) + weak_chart_text(page)
        found |= {path.name: wrong} if wrong else {}
        page.context.close()
    assert not found


@pytest.mark.parametrize("which", ["site", "book"])
def test_pages_fit_a_phone(which: str, visit: Go, request: pytest.FixtureRequest) -> None:
    wide = {}
    for path in pages_of(request.getfixturevalue(which), every=12):
        page = visit(path, viewport=PHONE).page
        scroll_through(page)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        wide |= {path.name: overflow(page)} if overflow(page) else {}
        page.context.close()
    assert not wide


def test_a_broken_page_would_be_found(site: Path, visit: Go) -> None:
    seen = visit(site / ALL, viewport=PHONE)
    seen.page.evaluate("""document.querySelector(".body").insertAdjacentHTML("beforeend",
        '<img src="https://example.org/x.png"><p style="width: 900px; color: #ccc; background: #fff">pale</p>')""")
    seen.page.wait_for_timeout(200)
    assert any("example.org" in line for line in seen.trouble)
    assert any(line.startswith("color-contrast") for line in violations(seen.page))
    assert any(line.startswith("image-alt") for line in violations(seen.page))
    assert overflow(seen.page)


def test_theme_follows_the_system_until_one_is_chosen(site: Path, visit: Go) -> None:
    page = visit(site / ALL, color_scheme="light").page
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(background)
    assert light != dark
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Colours: as the system").click()
    assert page.evaluate(background) == dark
    page.add_init_script(f"requestAnimationFrame(() => {{ window.first = document.body && {background} }})")
    page.goto((site / "chapters/a.html").as_uri())
    assert page.evaluate("window.first") in (None, dark), "the system's theme flashed before the chosen one"
    assert page.evaluate(background) == dark
    for _ in range(2):
        page.locator(".theme-button").click()
    assert page.locator(".theme-button").inner_text() == "Auto"
    assert page.evaluate(background) == light


def test_search_finds_sections_by_keyboard_from_a_file(site: Path, visit: Go) -> None:
    seen = visit(site / "index.html")
    assert seen.page.evaluate("window.searchIndex") is None, "the index is loaded only when needed"
    seen.page.keyboard.press("Control+k")
    seen.page.keyboard.type("ranks comp")
    expect(seen.page.locator("dialog .status")).to_have_text("1 found")
    seen.page.keyboard.press("ControlOrMeta+a")
    seen.page.keyboard.type("counts")
    expect(seen.page.locator("dialog li")).to_have_count(2)
    seen.page.keyboard.press("ArrowDown")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url("**/chapters/*.html*")
    assert not seen.trouble


def test_search_says_when_nothing_is_found_and_closes_by_escape(site: Path, visit: Go) -> None:
    page = visit(site / ALL).page
    page.get_by_role("button", name="Search").click()
    page.keyboard.type("zebra")
    expect(page.locator("dialog .status")).to_have_text("Nothing found")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()


def test_long_tables_sort_and_keep_what_was_not_published_last(site: Path, visit: Go) -> None:
    page = visit(site / ALL).page
    table = page.locator("#tbl-long table")
    head, column = table.get_by_role("columnheader", name="Measure 0"), table.locator("tbody tr td:nth-child(2)")
    for direction, reverse in (("ascending", False), ("descending", True)):
        head.get_by_role("button").press("Enter")
        assert head.get_attribute("aria-sort") == direction
        values = column.all_inner_texts()
        assert values[-1] == "not published"
        assert [int(v) for v in values[:-1]] == sorted((int(v) for v in values[:-1]), reverse=reverse)


def test_find_your_state_lands_on_it(site: Path, visit: Go) -> None:
    page = visit(site / ALL).page
    page.get_by_label("Find your state").fill("nowhere")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".find-state .status")).to_contain_text("No such place")
    page.get_by_label("Find your state").fill("epsilon")
    page.keyboard.press("Enter")
    assert page.url.endswith("#epsilon")


def test_charts_are_drawn_in_place_follow_a_choice_and_can_be_saved(site: Path, visit: Go) -> None:
    seen = visit(site / ALL)
    scroll_through(seen.page)
    bars = seen.page.locator(".chart .live .mark-rect path")
    before = [bar.get_attribute("fill") for bar in bars.all()]
    seen.page.get_by_label("Highlight").select_option("Deltona")
    expect(bars.nth(3)).to_have_attribute("fill", before[1] or "")
    for kind in ("PNG", "SVG"):
        with seen.page.expect_download() as saved:
            seen.page.get_by_role("button", name=kind).press("Enter")
        assert saved.value.path().stat().st_size > 2000
    bars.nth(0).hover()
    expect(seen.page.locator("#vg-tooltip-element")).to_contain_text("14")
    assert not seen.trouble


def test_without_scripts_the_page_is_complete(site: Path, visit: Go) -> None:
    page = visit(site / ALL, java_script_enabled=False).page
    for selector in (".chart > svg", "#contents a", ".toc a", ".places a", ".table-scroll table"):
        expect(page.locator(selector).first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_print_shows_static_charts_and_no_controls(site: Path, visit: Go) -> None:
    page = visit(site / ALL, color_scheme="dark").page
    scroll_through(page)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".chart > svg").first).to_be_visible()
    for selector in (".top", "#contents", ".toc", ".turn", ".live", ".chart-tools", ".copy"):
        expect(page.locator(selector).first).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_keyboard_reaches_everything_and_focus_is_seen(site: Path, visit: Go) -> None:
    page = visit(site / ALL).page
    scroll_through(page)
    page.evaluate("scrollTo(0, 0)")
    page.locator("body").focus()
    reached = []
    for _ in range(90):
        page.keyboard.press("Tab")
        seen = page.evaluate("""() => { const e = document.activeElement, s = getComputedStyle(e);
            const outlined = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 1;
            return [e.className || e.tagName, e === document.body || outlined]; }""")
        assert seen[1], f"no visible focus on {seen[0]}"
        reached.append(seen[0])
    assert reached[0] == "skip"
    assert {"brand", "tool search-button needs-js", "table-scroll", "sort", "anchor", "SUMMARY", "SELECT"} <= set(
        reached
    )


def test_menu_of_the_phone_opens_and_closes_by_keyboard(site: Path, visit: Go) -> None:
    page = visit(site / ALL, viewport=PHONE).page
    button, contents = page.get_by_role("button", name="Contents"), page.locator("#contents")
    expect(contents).not_to_be_visible()
    button.press("Enter")
    expect(contents).to_be_visible()
    page.keyboard.press("Escape")
    expect(contents).not_to_be_visible()
    expect(button).to_be_focused()


def test_contents_of_the_page_follow_the_reader(site: Path, visit: Go) -> None:
    page = visit(site / ALL, reduced_motion="reduce").page
    page.locator(".toc").get_by_role("link", name="Code").click()
    expect(page.locator(".toc [aria-current]")).to_have_text("Code")


def test_code_is_copied(site: Path, visit: Go) -> None:
    page = visit(site / ALL, permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("summary", has_text="Code").click()
    page.get_by_role("button", name="Copy the code").press("Enter")
    expect(page.locator(".copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("from lib # remark")


def test_site_works_under_a_sub_path(site: Path, visit: Go, chromium: Any) -> None:
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(site.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/{site.name}/"
    page, bad = chromium.new_page(), []
    page.on("response", lambda r: r.status < 400 or bad.append(f"{r.status} {r.url}"))
    page.on("request", lambda r: r.url.startswith((base, "data:")) or bad.append(r.url))
    page.on("console", lambda m: bad.append(m.text))
    page.goto(base + ALL)
    scroll_through(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("ranks")
    expect(page.locator("dialog .status")).to_have_text("1 found")
    page.close()
    server.shutdown()
    server.server_close()
    assert not bad
