"""Guards against notebook checks that pass emptily."""

import html
import json
import re

import nbformat
import pytest

from tests.conftest import CHAPTERS, NOTEBOOKS, ROOT

ids = [path.stem for path in NOTEBOOKS]
ALLOWED = re.compile(
    r"\b(?:19|20)\d\d\b|\b18 U\.S\.C\. \d+(?: to \d+)?|sections \d+ to \d+|Chapter \d+|Title \d+|lib/\S+|data/\S+|\b1 July\b"
)


@pytest.fixture(params=NOTEBOOKS, ids=ids)
def chapter(request):
    return nbformat.read(request.param, as_version=4)


def test_there_are_chapters():
    assert len(CHAPTERS) >= 4


def test_executed_in_order_without_errors_or_streams(chapter):
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}


def test_every_cell_that_shows_something_has_its_output(chapter):
    for cell in chapter.cells:
        if cell.cell_type == "code" and "include: false" not in cell.source:
            assert len(cell.outputs) == 1, cell.source[:80]
            assert any(key in cell.outputs[0].data for key in ("text/html", "text/markdown"))


def test_no_cell_is_kept_from_nbval(chapter):
    for cell in chapter.cells:
        assert not cell.metadata.get("tags")
        assert "NBVAL" not in cell.source


def test_figures_are_described_once_and_the_chart_says_the_same(chapter):
    for cell in chapter.cells:
        if "label: fig-" in cell.source:
            alt = re.search(r'^#\| fig-alt: "(.*)"$', cell.source, re.MULTILINE)[1]
            data = cell.outputs[0].data
            spec = json.loads(re.search(r"data-vega-for=[^>]*>(.*?)</script>", data["text/html"], re.DOTALL)[1])
            assert spec["description"] == alt and f'aria-label="{alt}"' in html.unescape(data["image/svg+xml"])
            assert re.search(r"^#\| fig-cap: \".+\"$", cell.source, re.MULTILINE)
            assert 'class="figure-data"' in data["text/html"], "no data behind the figure"
            assert "Sources:" in data["text/html"]


def test_no_number_is_typed_into_prose(chapter):
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"\{[^}]*\}|@\S+|`[^`]*`", "", cell.source)
            assert not re.findall(r"\d+", ALLOWED.sub("", text)), cell.source[:200]


def test_cells_are_short_and_prose_is_at_least_as_long_as_code(chapter):
    code = [len(cell.source.splitlines()) for cell in chapter.cells if cell.cell_type == "code"]
    assert max(code) <= 15 and sorted(code)[len(code) // 2] <= 6


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_has_the_parts_of_a_chapter(path):
    chapter = nbformat.read(path, as_version=4)
    text = "\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    for needed in ("**Question.**", "**Answer.**", "How it was got", "What it does not show"):
        assert needed in text


def test_nothing_differs_from_machine_to_machine(chapter):
    assert chapter.metadata.language_info == {"name": "python"}
    assert [cell.id for cell in chapter.cells] == [f"cell-{n:02d}" for n in range(1, len(chapter.cells) + 1)]


RANDOM = re.compile(
    r"^\s*(?:import|from) (?:random|secrets|uuid)\b|\b(?:np|numpy)\.random\b|default_rng|\.sample\(|datetime\.now|\btime\.time\(",
    re.MULTILINE,
)


@pytest.mark.parametrize(
    "line", ["import random", "from random import choice", "x = np.random.rand()", "frame.sample(3)"]
)
def test_what_draws_at_random_is_recognized(line):
    assert RANDOM.search(line)


def test_nothing_in_the_book_draws_at_random_or_reads_a_clock():
    sources = {path: path.read_text() for folder in ("lib", "publish") for path in (ROOT / folder).rglob("*.py")}
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        sources[path] = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    found = {str(path.relative_to(ROOT)) for path, source in sources.items() if RANDOM.search(source)}
    assert found == {"publish/measure.py"}, "only `make measure` reads a clock"
