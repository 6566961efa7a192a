"""Chromium without a network, and the sites that it visits: the synthetic sample and the built book."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import sample
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """One opened page and what went wrong on it: console messages, errors, requests beyond the site's own files."""

    page: Page
    trouble: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, one process for all tests."""
    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if not path:
        pytest.skip("Chromium is not installed; `make browser` installs it where it can.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic sample."""
    return sample.build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def book() -> Path:
    """The built book."""
    path = sample.PROJECT / "_book"
    if not (path / "index.html").exists():
        pytest.fail("There is no built book: run `make book` first.")
    return path


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a file in a fresh context with the network cut; keyword arguments go to the context."""
    contexts = []

    def go(path: Path, **options: Any) -> Visit:
        context = chromium.new_context(**({"viewport": {"width": 1300, "height": 900}, "offline": True} | options))
        contexts.append(context)
        result = Visit(context.new_page())
        base = path.parents[1 if path.parent.name in ("chapters", "states") else 0].as_uri()
        result.page.on("console", lambda m: result.trouble.append(f"console {m.type}: {m.text}"))
        result.page.on("pageerror", lambda e: result.trouble.append(f"error: {e}"))
        result.page.on("requestfailed", lambda r: result.trouble.append(f"failed: {r.url[:200]}"))
        result.page.on(
            "request", lambda r: own(r.url, base) or result.trouble.append(f"foreign request: {r.url[:200]}")
        )
        result.page.goto(path.as_uri())
        return result

    yield go
    for context in contexts:
        context.close()


def own(url: str, base: str) -> bool:
    """Whether a request stays within the site's own folder (or inside the page itself)."""
    return url.startswith((base, "data:", "blob:"))
