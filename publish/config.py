"""Read `_quarto.yml`, the one description of the book that Quarto and this renderer share."""

from dataclasses import dataclass, field
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


def _mapping(path: Path) -> dict[str, Any]:
    """The YAML of `path`. Raises BookError with file and line when it is missing or malformed."""
    try:
        found = yaml.safe_load(files.read(path))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BookError(f"{path}, line {line}: invalid YAML ({error.problem}); correct it.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BookError(f"{path} is no YAML ({' '.join(str(error).split())}); restore it from git.") from None
    if not isinstance(found, dict) or not isinstance(found.get("book"), dict):
        raise BookError(f"{path} has no section `book:`; see the Quarto manual on books.")
    return found


def _line_of(path: Path, text: str) -> int:
    """Line of `_quarto.yml` in which `text` stands, for error messages."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 1)


def _flatten(path: Path, entries: Any) -> list[tuple[str, str]]:
    """(part, file) of chapters in reading order; a part is a mapping with `part` and `chapters`.

    Raises BookError when the chapters are no list.
    """
    if not isinstance(entries, list):
        raise BookError(f"{path}: chapters and appendices are lists of files, not {str(entries)[:40]!r}; correct them.")
    flat: list[tuple[str, str]] = []
    for entry in entries:
        if isinstance(entry, dict):
            names = entry.get("chapters")
            flat += [(str(entry.get("part", "")), name) for _, name in _flatten(path, names)]
        else:
            flat.append(("", str(entry)))
    return flat


def _pages(path: Path, book: dict[str, Any]) -> list[Page]:
    """Chapters numbered from 1, appendices from A; index.qmd has no number. Raises BookError for a missing file."""
    chapters = _flatten(path, book.get("chapters", []))
    appendices = [("Appendices", name) for _, name in _flatten(path, book.get("appendices") or [])]
    pages, chapter, appendix = [], 0, 0
    for part, name in chapters + appendices:
        if not (path.parent / name).is_file():
            raise BookError(
                f"{path}, line {_line_of(path, name)}: {name} does not exist; add the file or take the line out."
            )
        if name == "index.qmd":
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
        raise BookError(f"{path}: the bibliography {bibliography} does not exist; add the file or take the line out.")
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
