"""Shared by the tests: the finished book, and one place to look at the chapters."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from lib import data

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
#: The preface is a notebook too, so that the figures of the front page are computed and compared like any other.
NOTEBOOKS = [ROOT / "index.ipynb", *CHAPTERS]
# no deadline: on a busy machine a slow example is no wrong one
settings.register_profile("book", deadline=None)
settings.load_profile("book")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that needs the whole book waits ten seconds for it, and is therefore a slow one."""
    for item in items:
        if "book" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The book as `python -m publish` renders it from the stored outputs, rendered once for all processes of a run."""
    from publish.__main__ import render

    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    out = folder / "whole" / "_book"
    with FileLock(folder / "whole.lock"):
        if not out.exists():
            render(ROOT / "_quarto.yml", out, ["html", "pdf"])
    return out


@pytest.fixture
def data_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of data/ that a test may damage or write into; `lib.data` reads it meanwhile."""
    folder = tmp_path / "data"
    shutil.copytree(data.data_dir(), folder)
    monkeypatch.setattr(data, "data_dir", lambda: folder)
    data.clear_cache()
    yield folder
    monkeypatch.undo()
    data.clear_cache()
