"""Shared by the tests: the finished book, and one place to look at the chapters."""

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
#: The preface is a notebook too, so that the figures of the front page are computed and compared like any other.
NOTEBOOKS = [ROOT / "index.ipynb", *CHAPTERS]
# no deadline: on a busy machine a slow example is no wrong one
settings.register_profile("book", deadline=None)
settings.load_profile("book")


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The book as `python -m publish` renders it from the stored outputs, in a folder of its own."""
    from publish.__main__ import render

    out = tmp_path_factory.mktemp("book") / "_book"
    render(ROOT / "_quarto.yml", out, ["html", "pdf"])
    return out
