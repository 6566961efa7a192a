"""The PDF: the whole book through pandoc into one Typst document, charts as vectors, tagged for accessibility."""

import hashlib
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
from publish.config import Book, Page
from publish.html import FONTS, fenced, pandoc, raw
from publish.references import FENCED, HEADING, Chapter, Numbering, cover_figure

_CALLOUT = re.compile(r'^::: *\{\.callout-(\w+) title="(.*?)"\}\n(.*?)^:::$', re.MULTILINE | re.DOTALL)
_PIXELS = 680  # a chart this wide fills the text block
_LINE = 112  # letters on a line of a table
_WORD = 34  # letters after which a word without a space, such as a checksum, may break
_LONG = 24  # rows from which a narrow table is set twice side by side


def quoted(text: str) -> str:
    """A Typst string literal; nothing in it is markup."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
    """The text of an HTML element, spaces folded; a word too long for a column may break."""
    text = " ".join(str(element.text_content()).split())
    return re.sub(rf"([^\s]{{{_WORD - 2}}})(?=[^\s]{{3}})", "\\1\u200b", text)


def _array(texts: Iterable[str]) -> str:
    """A Typst array of strings."""
    return f"({', '.join(quoted(text) for text in texts)},)"


def _words(block: Block) -> str:
    """The number of a figure or table, such as "Figure 2.1", as a Typst string."""
    return quoted(str(block.options.get("words", "")))


def table(block: Block, where: object = "A page") -> str:
    """An HTML table as a Typst table that breaks across pages and repeats its head. Raises BookError without a table."""
    root = lxml_html.fromstring(f"<div>{block.html}</div>")
    found = root.find(".//table")
    if found is None:
        raise BookError(
            f"{where}, cell {block.cell}: the output of {block.label or 'this cell'} holds no table; "
            "show one, or drop the tbl- label."
        )
    head, rows = [_text(cell) for cell in found.findall(".//thead/tr/th")], found.findall(".//tbody/tr")
    aligns = ["right" if "num" in (cell.get("class") or "") else "left" for cell in found.findall(".//thead/tr/th")]
    picked = next((str(n) for n, row in enumerate(rows) if "picked" in (row.get("class") or "")), "none")
    cells = [[_text(cell) for cell in row] for row in rows]
    halved = len(head) == 2 and len(cells) > _LONG and picked == "none"
    widths, lines = _layout(head, cells, _LINE // 2 if halved else _LINE)
    if halved:
        head, widths, aligns, cells = _side_by_side(head, widths, aligns, cells)
        lines = -(-lines // 2)
    note = " ".join(_text(p) for p in root.findall(".//p[@class='table-note']"))
    body = f"({''.join(f'{_array(row)}, ' for row in cells)})"
    shape = f"{lines}, ({', '.join(widths)},), ({', '.join(aligns)},), {_array(head)}, {body}"
    return f"#book-table({_words(block)}, {quoted(block.caption)}, {shape}, {picked}, {quoted(note)})"


def _layout(head: list[str], cells: list[list[str]], line: int) -> tuple[list[str], int]:
    """Widths of the columns in a line of so many letters, and about how many lines the rows take.

    Where every cell fits on a line the heads get what they need of the rest, and the first column what is left. Else each
    column gets what its longest word needs, and the rest of the line goes to those whose texts are usually longest.
    """
    columns = list(zip(head, *cells, strict=True))
    word = [
        min(_WORD, max(len(piece) for text in (*column, "") for piece in (text.split() or [""]))) for column in columns
    ]
    longest = [max(len(text) for text in (*column[1:], "")) for column in columns]
    whole, line = list(map(max, longest, word)), line - 2 * len(head)
    if sum(whole) <= line:
        wish = [float(max(0, len(text) - room)) for text, room in zip(head, whole, strict=True)]
        letters = _share(whole, wish, min(line - sum(whole), sum(wish)))
        letters[0] += line - sum(letters)
        return [f"{room + 2:.1f}fr" for room in letters], len(cells)
    usual = [sum(map(len, column[1:])) / (len(column) - 1 or 1) for column in columns]
    wish = [max(0.0, min(full, 1.6 * mean) - least) for full, mean, least in zip(longest, usual, word, strict=True)]
    letters = _share(word, wish, max(0, line - sum(word)))
    lines = sum(max(-(-len(text) // int(room)) for text, room in zip(row, letters, strict=True)) for row in cells)
    return [f"{room + 2:.1f}fr" for room in letters], lines


def _share(least: list[int], wish: list[float], rest: float) -> list[float]:
    """What each column gets: its least, and of the rest a part in proportion to its wish."""
    return [room + rest * part / (sum(wish) or 1) for room, part in zip(least, wish, strict=True)]


def _side_by_side(
    head: list[str], widths: list[str], aligns: list[str], cells: list[list[str]]
) -> tuple[list[str], list[str], list[str], list[list[str]]]:
    """A long table of two narrow columns as two of half the length, side by side."""
    half = -(-len(cells) // 2)
    right = [*cells[half:], *[[""] * len(head)] * (2 * half - len(cells))]
    rows = [[*left, "", *beside] for left, beside in zip(cells[:half], right, strict=True)]
    return [*head, "", *head], [*widths, "2em", *widths], [*aligns, "left", *aligns], rows


def _image(block: Block, page: Page, folder: Path, more: str = "") -> str:
    """A figure with its chart as a vector image and its description; `more` is further arguments."""
    svg = block.svg
    name = hashlib.sha256(svg.encode()).hexdigest()[:16] + ".svg"
    (folder / name).write_text(svg, encoding="utf-8")
    width = re.search(r'width="([\d.]+)"', svg)
    percent = min(100, round(100 * float(width[1]) / _PIXELS)) if width else 100
    alt = str(block.options.get("fig-alt", ""))
    if not alt:
        raise BookError(
            f"{page.path}, cell {block.cell} ({block.label}) has no fig-alt; describe the figure for readers who cannot see it."
        )
    label = f" <{block.label}>" if block.label else ""
    return f"#book-figure({_words(block)}, {quoted(block.caption)}, {quoted(name)}, {quoted(alt)}, {percent}%{more}){label}"


def _blocks(chapter: Chapter, numbering: Numbering, folder: Path, cover: Block | None) -> list[str]:
    """The chapter's blocks as Markdown with raw Typst; code stays in the notebooks and on the site."""
    parts = []
    for block in chapter.blocks:
        label = f" <{block.label}>" if block.label else ""
        if block is cover:
            continue
        if block.kind in ("prose", "panel"):
            text = _callouts(numbering.resolve(block.text, chapter.page, block.cell, single=True))
            parts.append(_deeper(text) if chapter.page.part else text)
        elif block.kind == "figure":
            parts.append(raw(_image(block, chapter.page, folder), "typst"))
        elif block.kind == "table":
            parts.append(raw(table(block, chapter.page.path) + label, "typst"))
        elif block.kind == "text":
            parts.append(fenced(block.text))
    return parts


def _opening(chapter: Chapter, new_part: bool) -> str:
    """The part, where one begins, and the heading of the chapter."""
    page = chapter.page
    level = 2 if page.part else 1
    part = f", part: {quoted(page.part)}" if new_part else ""
    kind = "Chapter" if page.number.isdigit() else "Appendix"
    call = f"#book-chapter({level}, {quoted(kind)}, {quoted(page.number)}, {quoted(chapter.title)}{part})"
    return raw(f"{call} <{chapter.identifier}>" if chapter.identifier else call, "typst")


def source(book: Book, chapters: list[Chapter], numbering: Numbering, folder: Path) -> str:
    """The whole book as Typst markup."""
    parts, last = [], ""
    cover = cover_figure(chapters)
    for chapter in chapters:
        new_part = chapter.page.part not in ("", last)
        last = chapter.page.part
        blocks = _blocks(chapter, numbering, folder, cover)
        if not chapter.page.part:  # the sections of the preface are no chapters: bookmarks, but not in the contents
            blocks = [raw("#[#set heading(outlined: false, bookmarked: true)", "typst"), *blocks, raw("]", "typst")]
        parts += [_opening(chapter, new_part), *blocks]
    if book.bibliography:
        parts.append(raw('#book-chapter(1, "", "", "References")', "typst") + "::: {#refs}\n:::\n")
    body = pandoc("\n\n".join(parts), "typst", book, "the PDF")
    body = body.replace('#link("../', '#link("')  # chapters lie one folder down, the PDF does not
    template = (Path(__file__).resolve().parent / "template.typ").read_text(encoding="utf-8")
    about = ", ".join(f"{name}: {quoted(getattr(book, name))}" for name in ("title", "subtitle", "author"))
    about += f", date: {quoted(book.printed_date)}, day: {_day(book.day)}"
    about += f", cover: [{_image(cover, chapters[0].page, folder, ', placement: none')}]" if cover else ""
    return f"{template}\n#show: book.with({about})\n\n{body}"


def _day(day: date | None) -> str:
    """The date of the book as a Typst datetime, or `none`."""
    return f"datetime(year: {day.year}, month: {day.month}, day: {day.day})" if day else "none"


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
