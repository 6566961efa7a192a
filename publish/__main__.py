"""Render the book: `python -m publish [--to html,pdf] [--out _book]`. The last good book stays when anything fails."""

import argparse
import sys
import time
from pathlib import Path

from lib.errors import BookError
from publish import blocks, config, files, html, pdf, summaries
from publish.references import Chapter, Numbering, check_citations

FORMATS = ("html", "pdf")
ROOT = Path(__file__).resolve().parent.parent


def read_chapters(book: config.Book) -> tuple[list[Chapter], Numbering]:
    """All chapters read and numbered."""
    numbering = Numbering()
    chapters = [Chapter(page, blocks.read(book.root / page.path)) for page in book.pages]
    for chapter in chapters:
        check_citations(chapter, book.bibliography)
        numbering.number(chapter)
        if not chapter.title:
            raise BookError(f"{chapter.page.path} has no title; begin its first text with `# Title {{#sec-...}}`.")
    return chapters, numbering


def _formats(text: str) -> list[str]:
    """The formats of `--to html,pdf`. Raises BookError for an unknown one."""
    names = text.split(",")
    if unknown := [name for name in names if name not in FORMATS]:
        raise BookError(f"There is no format {unknown[0]!r} for --to; there are {' and '.join(FORMATS)}.")
    return names


def _check_target(out: Path) -> None:
    """Raise BookError when `out` holds anything but an earlier book, which rendering would replace."""
    if out.is_dir() and any(out.iterdir()) and not any((out / name).is_file() for name in ("index.html", "book.pdf")):
        raise BookError(
            f"{out} is not empty and holds no book, so it is not replaced; choose another folder for --out."
        )
    if out.exists() and not out.is_dir():
        raise BookError(f"{out} is a file; choose a folder for --out.")


def render(quarto: Path, out: Path, formats: list[str], states: bool = True) -> None:
    """Render the book of `quarto` to `out`. Raises BookError and leaves `out` as it was when anything is wrong.

    `states` adds the pages and PDFs of the states to the site; without them links to them lead nowhere.
    """
    _check_target(out)
    book = config.load(quarto)
    chapters, numbering = read_chapters(book)
    with files.workshop(out) as folder:
        new = folder / "book"
        work = folder / "typst"
        new.mkdir()
        work.mkdir()
        new.chmod(0o755)
        for name in formats:
            start = time.perf_counter()
            if name == "html":
                html.write(book, chapters, numbering, new, summaries.entries() if states else [])
            else:
                pdf.write(book, chapters, numbering, new, work)
            print(f"{name}: {len(chapters)} chapters, {time.perf_counter() - start:.1f} s", flush=True)
        if states and "html" in formats:
            summaries.write(book, html.navigation(chapters), new)
        files.swap(new, out)


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 and one sentence when the book cannot be rendered."""
    parser = argparse.ArgumentParser(prog="python -m publish", description="Render the book without Quarto.")
    parser.add_argument("--to", default="html,pdf", help="formats, separated by commas (default: html,pdf)")
    parser.add_argument("--out", type=Path, default=ROOT / "_book", help="folder of the finished book (default: _book)")
    parser.add_argument("--config", type=Path, default=ROOT / "_quarto.yml", help="the book's _quarto.yml")
    parser.add_argument("--no-states", action="store_true", help="leave out the pages of the states")
    options = parser.parse_args(arguments)
    try:
        render(options.config.resolve(), options.out.resolve(), _formats(options.to), not options.no_states)
    except BookError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    made = [name for name in ("index.html", "book.pdf") if (options.out / name).is_file()]
    print(f"The book is in {options.out}: open {' or '.join(f'{options.out}/{name}' for name in made)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
