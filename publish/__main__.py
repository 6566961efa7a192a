"""Render the book: `python -m publish [--to html,pdf] [--out _book]`. The last good book stays when anything fails."""

import argparse
import sys
import time
from pathlib import Path

from lib.errors import BookError
from publish import blocks, config, files, html, pdf
from publish.references import Chapter, Numbering

ROOT = Path(__file__).resolve().parent.parent


def _chapters(book: config.Book, numbering: Numbering) -> list[Chapter]:
    """All chapters read and numbered."""
    chapters = [Chapter(page, blocks.read(book.root / page.path)) for page in book.pages]
    for chapter in chapters:
        numbering.number(chapter)
        if not chapter.title:
            raise BookError(f"{chapter.page.path} has no title; begin its first text with `# Title {{#sec-...}}`.")
    return chapters


def render(quarto: Path, out: Path, formats: list[str]) -> None:
    """Render the book of `quarto` to `out`. Raises BookError and leaves `out` as it was when anything is wrong."""
    book, numbering = config.load(quarto), Numbering()
    chapters = _chapters(book, numbering)
    with files.workshop(out) as folder:
        new = folder / "book"
        work = folder / "typst"
        new.mkdir()
        work.mkdir()
        new.chmod(0o755)
        for name in formats:
            start = time.perf_counter()
            if name == "html":
                html.write(book, chapters, numbering, new)
            else:
                pdf.write(book, chapters, numbering, new, work)
            print(f"{name}: {len(chapters)} chapters, {time.perf_counter() - start:.1f} s", flush=True)
        files.swap(new, out)


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 and one sentence when the book cannot be rendered."""
    parser = argparse.ArgumentParser(prog="python -m publish", description="Render the book without Quarto.")
    parser.add_argument("--to", default="html,pdf", help="formats, separated by commas (default: html,pdf)")
    parser.add_argument("--out", type=Path, default=ROOT / "_book", help="folder of the finished book (default: _book)")
    parser.add_argument("--config", type=Path, default=ROOT / "_quarto.yml", help="the book's _quarto.yml")
    options = parser.parse_args(arguments)
    try:
        render(options.config.resolve(), options.out.resolve(), options.to.split(","))
    except BookError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"The book is in {options.out}: open {options.out}/index.html or {options.out}/book.pdf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
