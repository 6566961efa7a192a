"""Numbers of chapters, sections, figures and tables, and the references to them (`@fig-`, `@tbl-`, `@sec-`)."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lib.errors import BookError
from publish import files
from publish.blocks import Block
from publish.config import Page

HEADING = re.compile(r"^(#{1,4}) +(.*?)(?: *\{(.*?)\})? *$", re.MULTILINE)
REFERENCE = re.compile(r"(?<![\w`\\])@((?:fig|tbl|sec)-[\w-]+)")
#: Fenced code, in a group so that `split` keeps it as every second piece.
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_CALLOUT = re.compile(r"^::: *\{\.callout-(\w+)\}\n(?:#+ +(.*)\n)?", re.MULTILINE)
_CITATION = re.compile(r"\[[^\]\n]*@[^\]]*\]")
_WORDS = {"figure": "Figure", "table": "Table"}


@dataclass(frozen=True)
class Target:
    """What a reference points to: the page and the words printed, such as "Figure 2.1"."""

    page: Page
    words: str


@dataclass
class Chapter:
    """A page with its blocks, its title, and the headings for its table of contents as (id, title, level)."""

    page: Page
    blocks: list[Block]
    title: str = ""
    identifier: str = ""
    toc: list[tuple[str, str, int]] | None = None


def _slug(title: str) -> str:
    """An id for a heading without one, as pandoc makes it."""
    return re.sub(r"[^\w-]+", "-", title.lower()).strip("-")


def _callouts(text: str) -> str:
    """Turn the heading of a callout into a title of its own, so that it is neither numbered nor in the contents."""
    return _CALLOUT.sub(lambda m: f'::: {{.callout-{m[1]} title="{m[2] or m[1].capitalize()}"}}\n', text)


def cover_figure(chapters: list[Chapter]) -> Block | None:
    """The first figure of the preface, which stands on the cover of the PDF and in the picture of the site."""
    return next((b for c in chapters if not c.page.number for b in c.blocks if b.kind == "figure"), None)


def check_citations(chapter: Chapter, bibliography: Path | None) -> None:
    """Raise BookError naming file and cell for a citation, such as [@key2020], that the bibliography does not have."""
    text = files.read(bibliography) if bibliography else ""
    keys = set(re.findall(r"^@\w+\{([^,]+),", text, re.MULTILINE))
    for block in chapter.blocks:
        plain = "".join(FENCED.split(block.text)[::2]) if block.kind in ("prose", "panel") else ""
        for group in _CITATION.findall(plain):
            for key in re.findall(r"(?<![\w.])@([\w:-]+)", group):
                if key not in keys and not REFERENCE.fullmatch(f"@{key}"):
                    raise BookError(
                        f"{chapter.page.path}, cell {block.cell}: the citation @{key} is not in "
                        f"{bibliography.name if bibliography else 'any bibliography'}; add it there or correct the key."
                    )


class Numbering:
    """Gives numbers in reading order and keeps every target that can be referred to."""

    def __init__(self) -> None:
        """Start with no targets."""
        self.targets: dict[str, Target] = {}

    def add(self, label: str, page: Page, words: str, cell: int) -> None:
        """Keep a target. Raises BookError when the label is used twice."""
        if label in self.targets:
            first = self.targets[label].page.path
            raise BookError(f"{page.path}, cell {cell}: the label {label} is already used in {first}; choose another.")
        self.targets[label] = Target(page, words)

    def number(self, chapter: Chapter) -> None:
        """Number one chapter: headings in the prose (rewritten), figures and tables (caption words in the options)."""
        counters = {"section": 0, "figure": 0, "table": 0}
        chapter.toc = []
        prefix = f"{chapter.page.number}." if chapter.page.number else ""
        for block in chapter.blocks:
            if block.kind == "prose":
                block.text = self._headings(chapter, block, counters, prefix)
            elif block.kind in _WORDS and block.label:
                counters[block.kind] += 1
                block.options["words"] = f"{_WORDS[block.kind]} {prefix}{counters[block.kind]}"
                self.add(block.label, chapter.page, block.options["words"], block.cell)

    def _headings(self, chapter: Chapter, block: Block, counters: dict[str, int], prefix: str) -> str:
        """The prose of a block with its headings numbered; code between fences is left alone."""

        def number(match: re.Match[str]) -> str:
            """One heading."""
            return self._heading(match, chapter, block, counters, prefix)

        pieces = FENCED.split(_callouts(block.text))
        return "".join(piece if n % 2 else HEADING.sub(number, piece) for n, piece in enumerate(pieces))

    def _heading(
        self, match: re.Match[str], chapter: Chapter, block: Block, counters: dict[str, int], prefix: str
    ) -> str:
        """One heading: keep the title of the chapter, number the sections, and give each an id."""
        level, title, attributes = len(match[1]), match[2], match[3] or ""
        found = re.search(r"#([\w-]+)", attributes)
        identifier = found[1] if found else _slug(title)
        if level == 1:
            chapter.title, chapter.identifier = title, identifier
            kind = "Chapter" if chapter.page.number.isdigit() else "Appendix"
            if chapter.page.number:
                self.add(identifier, chapter.page, f"{kind} {chapter.page.number}", block.cell)
            return ""
        shown = title
        if level == 2 and prefix and "unnumbered" not in attributes:
            counters["section"] += 1
            shown = f"{prefix}{counters['section']} {title}"
            self.add(identifier, chapter.page, f"Section {prefix}{counters['section']}", block.cell)
        if chapter.toc is not None and level <= 3:
            chapter.toc.append((identifier, title, level))
        return f"{match[1]} {shown} {{#{identifier}}}"

    def resolve(self, text: str, page: Page, cell: int, single: bool) -> str:
        """Replace references by links. Raises BookError naming file and cell for an unknown one.

        `single` makes links within one document (the PDF), else between pages.
        """

        def link(match: re.Match[str]) -> str:
            """The link for one reference."""
            target = self.targets.get(match[1])
            if target is None:
                raise BookError(
                    f"{page.path}, cell {cell}: the reference @{match[1]} points to nothing; correct the label."
                )
            here = PurePosixPath(page.url)
            file = "" if single or target.page == page else os.path.relpath(target.page.url, here.parent)
            return f"[{target.words}]({file}#{match[1]})"

        return REFERENCE.sub(link, text)
