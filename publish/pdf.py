"""The PDF: the whole book through pandoc into one Typst document, charts as vectors, tagged for accessibility."""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import typst
from lxml import html as lxml_html

from lib.errors import BookError
from publish.blocks import Block
from publish.config import Book
from publish.html import FONTS, pandoc, raw
from publish.references import FENCED, HEADING, Chapter, Numbering

_CALLOUT = re.compile(r'^::: *\{\.callout-(\w+) title="(.*?)"\}\n(.*?)^:::$', re.MULTILINE | re.DOTALL)
_PIXELS = 700  # a chart this wide fills the text block


def quoted(text: str) -> str:
    """A Typst string literal; nothing in it is markup."""
    return json.dumps(text, ensure_ascii=False)


def _callouts(text: str) -> str:
    """Callouts as calls of the template, their content still Markdown."""

    def box(match: re.Match[str]) -> str:
        """One callout."""
        opening = raw(f"#callout({quoted(match[1])}, {quoted(match[2])})[", "typst")
        return opening + match[3] + raw("]", "typst")

    return _CALLOUT.sub(box, text)


def _deeper(text: str) -> str:
    """Headings one level down, because chapters stand inside parts."""
    pieces = FENCED.split(text)
    return "".join(p if n % 2 else HEADING.sub(lambda m: f"#{m[0]}", p) for n, p in enumerate(pieces))


def _text(element: Any) -> str:
    """The text of an HTML element, spaces folded."""
    return " ".join(str(element.text_content()).split())


def _cells(row: Iterable[Any]) -> str:
    """The cells of a row as a Typst array of strings."""
    return f"({', '.join(quoted(_text(cell)) for cell in row)},)"


def table(block: Block) -> str:
    """An HTML table as a Typst table that breaks across pages and repeats its head. Raises BookError without a table."""
    root = lxml_html.fromstring(f"<div>{block.html}</div>")
    found = root.find(".//table")
    if found is None:
        raise BookError(
            f"The output of {block.label or f'cell {block.cell}'} holds no table; show one, or drop the tbl- label."
        )
    head, rows = found.findall(".//thead/tr/th"), found.findall(".//tbody/tr")
    aligns = ["right" if "num" in (cell.get("class") or "") else "left" for cell in head]
    picked = next((n for n, row in enumerate(rows) if "picked" in (row.get("class") or "")), "none")
    note = " ".join(_text(p) for p in root.findall(".//p[@class='table-note']"))
    words, body = quoted(str(block.options.get("words", ""))), "".join(f"{_cells(row)}, " for row in rows)
    head_and_body = f"({', '.join(aligns)},), {_cells(head)}, ({body})"
    return f"#book-table({words}, {quoted(block.caption)}, {head_and_body}, {picked}, {quoted(note)})"


def _image(block: Block, folder: Path) -> str:
    """A figure with its chart as a vector image and its description."""
    svg = block.svg
    name = hashlib.sha256(svg.encode()).hexdigest()[:16] + ".svg"
    (folder / name).write_text(svg, encoding="utf-8")
    width = re.search(r'width="([\d.]+)"', svg)
    percent = min(100, round(100 * float(width[1]) / _PIXELS)) if width else 100
    alt = str(block.options.get("fig-alt", ""))
    if not alt:
        raise BookError(
            f"Cell {block.cell} ({block.label}) has no fig-alt; describe the figure for readers who cannot see it."
        )
    words = quoted(str(block.options.get("words", "")))
    return f"#book-figure({words}, {quoted(block.caption)}, {quoted(name)}, {quoted(alt)}, {percent}%)"


def _blocks(chapter: Chapter, numbering: Numbering, folder: Path) -> list[str]:
    """The chapter's blocks as Markdown with raw Typst; code stays in the notebooks and on the site."""
    parts = []
    for block in chapter.blocks:
        label = f" <{block.label}>" if block.label else ""
        if block.kind == "prose":
            text = _callouts(numbering.resolve(block.text, chapter.page, block.cell, single=True))
            parts.append(_deeper(text) if chapter.page.part else text)
        elif block.kind == "figure":
            parts.append(raw(_image(block, folder) + label, "typst"))
        elif block.kind == "table":
            parts.append(raw(table(block) + label, "typst"))
        elif block.kind == "text":
            parts.append(f"```\n{block.text}\n```")
    return parts


def _opening(chapter: Chapter, new_part: bool) -> str:
    """The part, where one begins, and the heading of the chapter."""
    page = chapter.page
    level = 2 if page.part else 1
    part = f", part: {quoted(page.part)}" if new_part else ""
    call = f"#book-chapter({level}, {quoted(page.number)}, {quoted(chapter.title)}{part})"
    return raw(f"{call} <{chapter.identifier}>" if chapter.identifier else call, "typst")


def source(book: Book, chapters: list[Chapter], numbering: Numbering, folder: Path) -> str:
    """The whole book as Typst markup."""
    parts, last = [], ""
    for chapter in chapters:
        new_part = chapter.page.part not in ("", last)
        last = chapter.page.part
        parts += [_opening(chapter, new_part), *_blocks(chapter, numbering, folder)]
    if book.bibliography:
        parts.append(raw('#book-chapter(1, "", "References")', "typst") + "::: {#refs}\n:::\n")
    body = pandoc("\n\n".join(parts), "typst", book, "the PDF")
    body = body.replace('#link("../', '#link("')  # chapters lie one folder down, the PDF does not
    template = (Path(__file__).resolve().parent / "template.typ").read_text(encoding="utf-8")
    about = ", ".join(f"{name}: {quoted(getattr(book, name))}" for name in ("title", "subtitle", "author", "date"))
    return f"{template}\n#show: book.with({about}, day: {_day(book.date)})\n\n{body}"


def _day(text: str) -> str:
    """The date of the book as a Typst datetime, or `none` when `_quarto.yml` does not give one."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return "none"
    return f"datetime(year: {found.year}, month: {found.month}, day: {found.day})"


def write(book: Book, chapters: list[Chapter], numbering: Numbering, out: Path, work: Path) -> None:
    """Write `book.pdf` below `out`; `work` is a folder for the Typst source and the charts.

    Raises BookError when Typst finds an error.
    """
    main = work / "book.typ"
    main.write_text(source(book, chapters, numbering, work), encoding="utf-8")
    compile_pdf(main, out / "book.pdf")


def compile_pdf(main: Path, target: Path) -> None:
    """Compile a Typst file to a tagged PDF/UA-1 with the project's own typefaces, the same bytes for the same source."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    try:
        typst.compile(
            main,
            output=target,
            root=main.parent,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=moment,
        )
    except typst.TypstError as error:
        raise BookError(f"Typst cannot make {target.name}: {' '.join(str(error).split())[:400]}") from None
