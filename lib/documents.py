"""The text of a document that someone else made, as lines fit for looking for sentences in.

A PDF says where glyphs stand, not what is read after what. So a document becomes several *views*: its lines in the order
in which they are stored, the same with columns set apart by the gaps between them, and, where lines of two columns
alternate, every other line. Who looks for sentences looks in all views and compares what it finds.

Input is not trusted: size, pages, characters and time are capped, and control characters never get through.
"""

import io
import itertools
import logging
import re
import signal
import stat
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.errors import DocumentError

MAX_BYTES = 20_000_000
MAX_PAGES = 12
MAX_CHARACTERS = 100_000
MAX_LINES = 5_000
MAX_SECONDS = 30

UNREADABLE = "\N{REPLACEMENT CHARACTER}"

#: The text of a page twice: in the order in which it is stored, and laid out with spaces as on the page.
Page = tuple[str, str]

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"),
        **dict.fromkeys("•▪■●◦‣·", "\n"),
        "\t": "    ",
    }
)
_GAP = re.compile(r"(?<=\S) {3,200}(?=\S)")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_MARK_IN_NUMBER = re.compile(r"(?<=[0-9])[*_~`]+(?=[0-9])")
_MARKS = re.compile(r"^[ ]*(?:#{1,6} |> ?)|[*_~`\\]+", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """One order of reading: lines, and for each the number of the line of the document that it came from."""

    lines: tuple[str, ...]
    numbers: tuple[int, ...]


class _TooLong(BaseException):
    """Raised by the clock; not an Exception, so that no `except Exception` of a library swallows it."""


def name_of(path: Path) -> str:
    """A path as it may be printed: control characters shown as escapes, so that a file name cannot steer a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(path))


def views(path: Path) -> list[View]:
    """The views of a document, the order of storage first, every other line last.

    Raises DocumentError when the file is missing, a folder, too large, neither PDF nor UTF-8 text, damaged, locked with
    a password, too long, or without any text.
    """
    content = _content(path)
    is_pdf = b"%PDF-" in content[:1024]
    pages = _pdf_pages(content, path) if is_pdf else [(page, page) for page in _decoded(content, path).split("\f")]
    stored = [_lines(page) for page, _ in pages]
    if not any(line for page in stored for line in page):
        raise DocumentError(
            f"{name_of(path)} holds no text: it is empty or a scanned picture; run text recognition (OCR) on it first."
        )
    return _orders(stored, [_lines(page) for _, page in pages])


def _content(path: Path) -> bytes:
    """The bytes of an ordinary file of at most MAX_BYTES. Raises DocumentError."""
    name = name_of(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DocumentError(f"{name} is a folder; name the files in it, such as {name}/*.pdf.")
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError(f"{name} is not an ordinary file; name a PDF or text file.")
        if status.st_size > MAX_BYTES:
            raise DocumentError(
                f"{name} has {status.st_size / 1e6:.0f} MB; a state summary has less than {MAX_BYTES / 1e6:.0f}."
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        if isinstance(error, DocumentError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{name} cannot be read ({reason}); check its name and that you may read it.") from None


def _decoded(content: bytes, path: Path) -> str:
    """Text in UTF-8, or in UTF-16 with its mark. Raises DocumentError for any other file."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise DocumentError(
            f"{name_of(path)} is neither a PDF nor text in UTF-8; save it as PDF or as UTF-8 text."
        ) from None
    odd = sum(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f\v" for c in text[:MAX_CHARACTERS])
    if odd > len(text[:MAX_CHARACTERS]) / 100:
        raise DocumentError(f"{name_of(path)} is not text but binary data; name a PDF or text file.")
    if re.match(r"\s{0,99}<(?:!doctype html|html)\b", text, re.IGNORECASE):
        raise DocumentError(f"{name_of(path)} is a web page; save the summary itself as PDF or text.")
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(
            f"{name_of(path)} has {len(text):,} characters; a state summary has less than {MAX_CHARACTERS:,}."
        )
    return text


@contextmanager
def _deadline(seconds: int) -> Iterator[None]:
    """Raise _TooLong when the block takes longer; without effect outside the main thread, where no alarm can be set."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: Any) -> None:
        """End the block."""
        raise _TooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _silence(name: str) -> Iterator[None]:
    """Keep a library's remarks on a malformed file from the user, who gets one sentence instead."""
    logger = logging.getLogger(name)
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _pdf_pages(content: bytes, path: Path) -> list[Page]:
    """The text of each page of a PDF. Raises DocumentError."""
    name = name_of(path)
    try:
        with _silence("pypdf"), _deadline(MAX_SECONDS):
            return _extracted(content, name)
    except _TooLong:
        raise DocumentError(
            f"{name} takes longer than {MAX_SECONDS} seconds to read; it is not a state summary."
        ) from None
    except DocumentError:
        raise
    except (Exception, RecursionError) as error:  # pypdf raises whatever its parser trips over in a malformed file
        reason = " ".join(f"{type(error).__name__} {error}".split())[:80]
        reason = "".join(c for c in reason if c.isprintable())
        raise DocumentError(f"{name} is a damaged PDF ({reason}); download it again.") from None


def _extracted(content: bytes, name: str) -> list[Page]:
    """The text of all pages. Raises DocumentError for a locked or long file, and whatever pypdf raises."""
    import pypdf  # only when a PDF is read

    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not _unlocked(reader):
        raise DocumentError(f"{name} is locked with a password or a cipher; print it to a new PDF without protection.")
    if (pages := len(reader.pages)) > MAX_PAGES:
        raise DocumentError(f"{name} has {pages} pages; a state summary has two. Is it the whole report?")
    texts: list[Page] = []
    for page in reader.pages:
        texts.append((page.extract_text(), _laid_out(page)))
        if sum(len(stored) for stored, _ in texts) > MAX_CHARACTERS:
            raise DocumentError(f"{name} holds more than {MAX_CHARACTERS:,} characters; a state summary holds fewer.")
    return texts


def _unlocked(reader: Any) -> bool:
    """Whether the file opens with the empty password, as files do whose printing or copying alone is restricted."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # an unknown cipher, or a broken description of one
        return False


def _laid_out(page: Any) -> str:
    """A page with its columns apart; empty when only that fails: the order of storage is still read."""
    try:
        return str(page.extract_text(extraction_mode="layout"))[:MAX_CHARACTERS]
    except Exception:
        return ""


def _character(character: str) -> str:
    """One character made plain: letters and signs by NFKC, but no digit out of what is not one.

    NFKC would turn a footnote's superscript into a digit of the number before it, and a fraction into two numbers.
    """
    category = unicodedata.category(character)
    if category == "No":
        return "" if unicodedata.decomposition(character).startswith("<super>") else UNREADABLE
    if category == "Nd":
        plain = unicodedata.normalize("NFKC", character)
        return plain if plain.isascii() else UNREADABLE
    if character != "\n" and category in {"Cc", "Cf", "Cs", "Co", "Cn"}:
        return " "
    return unicodedata.normalize("NFKC", character)


def plain(text: str) -> str:
    """Text with ligatures, quotes, dashes and spaces made plain, and without marks of Markdown or HTML.

    Only line breaks remain of all control characters. A soft hyphen stays, as "-", at the end of a line only.
    """
    text = re.sub("\xad(?= {2}| ?(?:\n|$))", "-", text.replace("\r\n", "\n"))
    text = re.sub(r"(?<=[^\W\d])" + "\xad" + r"(?=[^\W\d])", "", text)
    known: dict[str, str] = {}
    text = text.translate(_PLAIN)
    text = "".join(known[c] if c in known else known.setdefault(c, _character(c)) for c in text)
    text = text.translate(_PLAIN)
    text = _TAG.sub(" ", text)
    text = _MARK_IN_NUMBER.sub(UNREADABLE, text)
    return _MARKS.sub("", text).replace("|", "    ")


def _lines(page: str) -> list[str]:
    """The plain lines of a page, at most MAX_LINES; a line without text is empty."""
    return [line.rstrip() for line in plain(page).split("\n")[:MAX_LINES]]


def _orders(stored: list[list[str]], laid_out: list[list[str]]) -> list[View]:
    """The views of a document from its pages: as stored, columns apart, every other line twice.

    Text that shows columns by its spaces is not read across them.
    """
    pages = _numbered(stored)
    whole = _view(itertools.chain(*pages))
    apart = _view(itertools.chain(*(_columns(page) for page in _numbered(laid_out))))
    filled = [[item for item in page if item[1]] for page in pages]
    halves = [_view(itertools.chain(*(page[start::2] for page in filled))) for start in (0, 1)]
    if apart.lines == whole.lines:
        return [whole, *halves]
    return [apart, _view([]), _view([])] if stored == laid_out else [whole, apart, *halves]


def _numbered(pages: list[list[str]]) -> list[list[tuple[int, str]]]:
    """Lines with their numbers, which run on from page to page."""
    count = itertools.count()
    return [[(next(count), line) for line in page] for page in pages]


def _view(numbered: Iterable[tuple[int, str]]) -> View:
    """A view of pairs of line number and line, without empty lines and repeated spaces."""
    kept = [(number, " ".join(line.split())) for number, line in numbered]
    kept = [(number, line) for number, line in kept if line]
    return View(tuple(line for _, line in kept), tuple(number for number, _ in kept))


def _gutter(lines: list[tuple[int, str]], least: int) -> int | None:
    """The offset at which most lines, and at least so many, have a wide gap with text on both sides."""
    votes: Counter[int] = Counter()
    for _, line in lines:
        for gap in _GAP.finditer(line[:400]):
            votes.update(range(gap.start() + 1, gap.end()))
    if not votes:
        return None
    offset, most = max(votes.items(), key=lambda item: (item[1], item[0]))
    return offset if most >= least else None


def _columns(lines: list[tuple[int, str]], depth: int = 8, least: int = 3) -> list[tuple[int, str]]:
    """Lines with the left column before the right, again within each; lines across the gutter keep their place.

    Within columns, nothing is read across the wide gaps that are left over.
    """
    gutter = _gutter(lines, least) if depth else None
    if gutter is None:
        return lines if least > 2 else [(number, _closed(line)) for number, line in lines]
    ordered = []
    for fits, run in itertools.groupby(lines, lambda item: not item[1][gutter - 1 : gutter + 1].strip()):
        part = list(run)
        if fits:
            left = [(number, line[:gutter].rstrip()) for number, line in part]
            right = [(number, line[gutter:]) for number, line in part]
            ordered += _columns(left, depth - 1, 2) + _columns(right, depth - 1, 2)
        else:
            ordered += _columns(part, depth - 1, 2)
    return ordered


def _closed(line: str) -> str:
    """A line that has wide gaps with UNREADABLE in them and at both ends."""
    return f"{UNREADABLE} {_GAP.sub(f' {UNREADABLE} ', line)} {UNREADABLE}" if _GAP.search(line) else line
