"""Bad input to the renderer: one clear sentence with file and line or cell, exit status 1, and the last good book stays."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from publish.__main__ import main

CONFIG = """\
project: {type: book}
book:
  title: Synthetic
  author: A. Author
  chapters:
    - index.qmd
    - part: One
      chapters: [one.ipynb]
bibliography: refs.bib
"""
BIB = "@book{known2020,\n  title = {Known},\n  author = {Author, A.},\n  year = {2020},\n}\n"


def notebook(*cells) -> str:
    """A notebook with fixed ids."""
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    return nbformat.writes(new_notebook(cells=list(cells)))


def markdown(text: str):
    """A markdown cell."""
    return new_markdown_cell(text)


def code(source: str, count: int | None = 1, **data: str):
    """A code cell with one stored output."""
    kinds = {name.replace("_", "/"): value for name, value in data.items()}
    outputs = [new_output("execute_result", kinds, execution_count=count)] if kinds else []
    return new_code_cell(source, execution_count=count, outputs=outputs)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small synthetic book that renders, with a last good book beside it."""
    (tmp_path / "_quarto.yml").write_text(CONFIG)
    (tmp_path / "refs.bib").write_text(BIB)
    (tmp_path / "index.qmd").write_text("# Preface {.unnumbered}\n\nSee @sec-one and [@known2020].\n")
    (tmp_path / "one.ipynb").write_text(notebook(markdown("# One {#sec-one}\n\nText.")))
    (tmp_path / "_book").mkdir()
    (tmp_path / "_book" / "index.html").write_text("the last good book")
    return tmp_path


def render(project: Path, *more: str) -> int:
    """Render as the command line does."""
    return main(["--no-states", "--config", str(project / "_quarto.yml"), "--out", str(project / "_book"), *more])


def complaint(project: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The one sentence printed; the last good book is untouched and nothing else was left behind."""
    before = sorted(path.name for path in project.iterdir())
    assert render(project, *more) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("Error: ") and "\n" not in said and "Traceback" not in said
    assert [path.name for path in (project / "_book").iterdir()] == ["index.html"]
    assert (project / "_book" / "index.html").read_text() == "the last good book"
    assert sorted(path.name for path in project.iterdir()) == before
    return said


def test_the_synthetic_book_renders_and_replaces_the_last(project, capsys):
    assert render(project) == 0
    assert "Chapter 1" in (project / "_book" / "index.html").read_text()
    assert (project / "_book" / "book.pdf").read_bytes().startswith(b"%PDF")


def test_chapter_that_is_missing(project, capsys):
    (project / "one.ipynb").unlink()
    said = complaint(project, capsys)
    assert "_quarto.yml, line 8: one.ipynb does not exist" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("author: A. Author", "author: [A"), "line 5: invalid YAML"),
        (("author: A. Author", "author: \x07"), "invalid YAML"),
        (("  author: A. Author\n", ""), "has no `book: author:`"),
        (("chapters: [one.ipynb]", "chapters: one.ipynb"), "line 5: `chapters:` must list files"),
        (("    - index.qmd\n", "    - 7\n"), "line 5: `chapters:` must list files"),
        (("refs.bib", "gone.bib"), "line 9: gone.bib does not exist"),
        (("book:\n", "books:\n"), "has no section `book:`"),
    ],
)
def test_configuration_that_is_wrong(project, capsys, change, words):
    (project / "_quarto.yml").write_text(CONFIG.replace(*change))
    said = complaint(project, capsys)
    assert "_quarto.yml" in said and words in said


def test_configuration_that_is_not_text(project, capsys):
    (project / "_quarto.yml").write_bytes(b"\xff\xfe\x00book")
    assert "_quarto.yml is not UTF-8 text (byte 0)" in complaint(project, capsys)


def test_unknown_reference(project, capsys):
    (project / "one.ipynb").write_text(notebook(markdown("# One {#sec-one}"), markdown("See @fig-nowhere.")))
    assert "one.ipynb, cell 2: the reference @fig-nowhere points to nothing" in complaint(project, capsys)


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_unknown_citation(project, capsys, form):
    (project / "one.ipynb").write_text(
        notebook(markdown("# One {#sec-one}"), markdown("So [@known2020; see @lost1999, p. 3]."))
    )
    assert "one.ipynb, cell 2: the citation @lost1999 is not in refs.bib" in complaint(project, capsys, "--to", form)


def test_bibliography_that_is_not_text(project, capsys):
    (project / "refs.bib").write_bytes(b"\xff\xfe@book")
    assert "refs.bib is not UTF-8 text" in complaint(project, capsys)


def test_bibliography_that_pandoc_cannot_read(project, capsys):
    (project / "refs.bib").write_text("@book{known2020,\n  title = {Known\n")
    assert "index.qmd: pandoc cannot convert" in complaint(project, capsys)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([code("1 + 1", None)], "cell 2 was never run"),
        ([code("#| label: tbl-x\n1")], "cell 2 (tbl-x) has no stored output"),
        ([code("#| label: [x\n1")], "cell 2: invalid cell option"),
        ([code("#| just words\n1")], "cell 2: invalid cell option"),
        ([code("#| label: tbl-x\n1", text_html="<p>none</p>")], "tbl-x holds no table"),
        ([code("#| label: fig-x\n1", **{"image_svg+xml": "<svg></svg>"})], "cell 2 (fig-x) has no fig-alt"),
        (
            [code(f"#| label: tbl-x\n{n}", text_html="<table></table>") for n in (1, 2)],
            "cell 3: the label tbl-x is already",
        ),
    ],
)
def test_notebook_with_a_bad_cell(project, capsys, cells, words):
    (project / "one.ipynb").write_text(notebook(markdown("# One {#sec-one}"), *cells))
    said = complaint(project, capsys)
    assert "one.ipynb" in said and words in said


def test_notebook_with_a_stored_error(project, capsys):
    cell = code("1 / 0")
    cell.outputs = [new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])]
    (project / "one.ipynb").write_text(notebook(markdown("# One {#sec-one}"), cell))
    assert "one.ipynb, cell 2 failed: ZeroDivisionError" in complaint(project, capsys)


@pytest.mark.parametrize("text", ["{", "[]", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "\x00"])
def test_damaged_notebook(project, capsys, text):
    (project / "one.ipynb").write_text(text)
    said = complaint(project, capsys)
    assert "one.ipynb is not a valid notebook" in said and "restore it from git" in said


def test_chapter_without_title(project, capsys):
    (project / "one.ipynb").write_text(notebook(markdown("Text only.")))
    assert "one.ipynb has no title" in complaint(project, capsys)


def test_preface_that_is_not_text(project, capsys):
    (project / "index.qmd").write_bytes(b"\xff\xfe")
    assert "index.qmd is not UTF-8 text (byte 0)" in complaint(project, capsys)


def test_unknown_format(project, capsys):
    assert "There is no format 'foo'" in complaint(project, capsys, "--to", "html,foo")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_target_that_is_no_book_is_never_replaced(project, capsys, kind):
    target = project / "thesis"
    if kind == "folder":
        target.mkdir()
        (target / "draft.txt").write_text("years of work")
    else:
        target.write_text("years of work")
    assert main(["--no-states", "--config", str(project / "_quarto.yml"), "--out", str(target)]) == 1
    assert "choose" in capsys.readouterr().err
    assert (target / "draft.txt" if kind == "folder" else target).read_text() == "years of work"
