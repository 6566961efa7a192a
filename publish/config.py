"""Read `_quarto.yml`, the one description of the book that Quarto and this renderer share."""

from dataclasses import dataclass, field
from datetime import date as Day
from pathlib import Path
from typing import Any

import yaml

from lib.errors import BookError
from publish import files


@dataclass(frozen=True)
class Page:
    """One page of the book: its source, the part it stands in, and its number ("1", "A", "" for the preface)."""

    path: Path
    part: str
    number: str

    @property
    def url(self) -> str:
        """Address of the page below the site's root."""
        return self.path.with_suffix(".html").as_posix()


@dataclass(frozen=True)
class Book:
    """The book: titles, author, date, addresses and pages in reading order."""

    root: Path
    title: str
    subtitle: str
    author: str
    date: str
    description: str
    site_url: str
    repo_url: str
    bibliography: Path | None
    pages: list[Page] = field(default_factory=list)

    @property
    def day(self) -> Day | None:
        """The date as a day, or None when `_quarto.yml` gives none or something else, such as "last-modified"."""
        try:
            return Day.fromisoformat(self.date)
        except ValueError:
            return None

    @property
    def printed_date(self) -> str:
        """The date as readers write it: "24 November 2026"."""
        return f"{self.day.day} {self.day:%B %Y}" if self.day else self.date


def _mapping(path: Path) -> dict[str, Any]:
    """The YAML of `path`. Raises BookError with file and line when it is missing or malformed."""
    try:
        found = yaml.safe_load(files.read(path))
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise BookError(f"{path}, line {mark.line + 1 if mark else 1}: invalid YAML ({reason}); correct it.") from None
    if not isinstance(found, dict) or not isinstance(found.get("book"), dict):
        raise BookError(f"{path} has no section `book:`; see the Quarto manual on books.")
    return found


def _line_of(path: Path, text: str) -> int:
    """Line of `_quarto.yml` in which `text` stands, for error messages."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


def _flatten(path: Path, key: str, entries: Any) -> list[tuple[str, str]]:
    """(part, file) of chapters in reading order; a part is a mapping with `part` and `chapters`.

    Raises BookError with the line of `key` for anything else.
    """
    flat: list[tuple[str, str]] = []
    for entry in entries if isinstance(entries, list) else [None]:
        if isinstance(entry, dict) and isinstance(entry.get("part"), str) and isinstance(entry.get("chapters"), list):
            flat += [(entry["part"], str(name)) for name in entry["chapters"]]
        elif isinstance(entry, str):
            flat.append(("", entry))
        else:
            raise BookError(
                f"{path}, line {_line_of(path, f'{key}:')}: `{key}:` must list files, or parts with a name and their "
                f"own list of chapters, not {entry or entries!r}; correct it."
            )
    return flat


def _pages(path: Path, book: dict[str, Any]) -> list[Page]:
    """Chapters numbered from 1, appendices from A; index has no number. Raises BookError for a missing file."""
    chapters = _flatten(path, "chapters", book["chapters"])
    appendices = [("Appendices", name) for _, name in _flatten(path, "appendices", book.get("appendices") or [])]
    pages, chapter, appendix = [], 0, 0
    for part, name in chapters + appendices:
        if not (path.parent / name).is_file():
            raise BookError(
                f"{path}, line {_line_of(path, name)}: {name} does not exist; add the file or take the line out."
            )
        if name.startswith("index."):
            number = ""
        elif part == "Appendices":
            appendix += 1
            number = chr(ord("A") + appendix - 1)
        else:
            chapter += 1
            number = str(chapter)
        pages.append(Page(Path(name), part, number))
    return pages


def load(path: Path) -> Book:
    """The book described by `_quarto.yml` at `path`. Raises BookError naming file and line when it is wrong."""
    whole = _mapping(path)
    book = whole["book"]
    for needed in ("title", "author", "chapters"):
        if not book.get(needed):
            raise BookError(f"{path} has no `book: {needed}:`; add it.")
    bibliography = whole.get("bibliography")
    if bibliography and not (path.parent / str(bibliography)).is_file():
        raise BookError(
            f"{path}, line {_line_of(path, 'bibliography:')}: {bibliography} does not exist; add it or correct the name."
        )
    text = {
        key: str(book.get(key) or "")
        for key in ("title", "subtitle", "author", "date", "description", "site-url", "repo-url")
    }
    return Book(
        path.parent,
        text["title"],
        text["subtitle"],
        text["author"],
        text["date"],
        text["description"],
        text["site-url"],
        text["repo-url"],
        path.parent / str(bibliography) if bibliography else None,
        _pages(path, book),
    )
