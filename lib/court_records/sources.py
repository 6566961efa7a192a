"""Open a file of court records as a stream of bytes, whatever it is packed in: text, zip (Deflate64 too), gzip, standard input.

The kind is told from the first bytes, not from the name. Archives are checked to their end: a damaged or truncated one is
always an error, because nobody can say which rows are missing.
"""

import gzip
import io
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from lib.court_records.problems import CourtRecordsError

ZIP, GZIP, PARQUET = b"PK\x03\x04", b"\x1f\x8b", b"PAR1"
DEFLATE64 = 9
_DAMAGED = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error)
_AGAIN = "it is damaged or was cut short: download it again"


@dataclass
class Source:
    """An open stream: `stream` to read from, `total` bytes if known, `position` bytes done on the same scale as `total`."""

    name: str
    stream: Any
    total: int | None
    position: Callable[[], int]
    finish: Callable[[], None] = lambda: None

    def read_into(self, window: memoryview) -> int:
        """Fill `window` from the stream; the bytes read, 0 at the end. Raises CourtRecordsError for a damaged archive."""
        try:
            read = self.stream.readinto(window)
            if not read:
                self.finish()
        except _DAMAGED as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise CourtRecordsError(f"{self.name} cannot be unpacked to its end ({reason}); {_AGAIN}.") from None
        except OSError as error:
            raise CourtRecordsError(f"{self.name} cannot be read ({error.strerror or error}); try again.") from None
        return int(read)


def kind(path: str) -> bytes:
    """The first four bytes of a file. Raises CourtRecordsError when it cannot be opened."""
    try:
        with open(path, "rb") as file:
            return file.read(4)
    except OSError as error:
        raise CourtRecordsError(f"{path} cannot be read ({error.strerror}); check the name of the file.") from None


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open `path`, or standard input for "-", as a Source of unpacked text."""
    if path == "-":
        yield _standard_input()
    elif (start := kind(path)) == ZIP:
        with _zip(path) as source:
            yield source
    elif start[:2] == GZIP:
        with open(path, "rb") as raw, gzip.GzipFile(fileobj=raw) as packed:
            yield Source(path, io.BufferedReader(packed, 1 << 20), Path(path).stat().st_size, raw.tell)
    else:
        with open(path, "rb", buffering=0) as plain:
            yield Source(path, plain, Path(path).stat().st_size, plain.tell)


def _standard_input() -> Source:
    """Standard input, unpacked when it is gzip. Raises CourtRecordsError for kinds that cannot be read as a stream."""
    stream: Any = sys.stdin.buffer
    start = stream.peek(4)[:4]
    if start in (ZIP, PARQUET):
        how = "unzip -p FILE | python -m lib court-records -" if start == ZIP else "python -m lib court-records FILE"
        raise CourtRecordsError(
            f"Standard input is not text but an archive; give the name of the file, or run `{how}`."
        )
    if start[:2] == GZIP:
        stream = gzip.GzipFile(fileobj=stream)
    counted = _Counted(stream)
    return Source("standard input", counted, None, lambda: counted.done)


class _Counted:
    """A stream that counts what was read of it and hands out full windows, as pipes do not."""

    def __init__(self, stream: IO[bytes]) -> None:
        """Wrap `stream`."""
        self.stream, self.done = stream, 0

    def readinto(self, window: memoryview) -> int:
        """Fill the window unless the stream ends."""
        filled = 0
        while filled < len(window):
            read = self.stream.readinto(window[filled:])  # type: ignore[attr-defined]
            if not read:
                break
            filled += read
        self.done += filled
        return filled


def member(path: str) -> zipfile.ZipInfo:
    """The one data file in a zip. Raises CourtRecordsError when the archive is damaged, empty or holds several."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise CourtRecordsError(f"{path} cannot be opened as a zip ({error}); {_AGAIN}.") from None
    texts = [entry for entry in files if entry.filename.lower().endswith((".txt", ".tsv"))] or files
    if len(texts) != 1:
        raise CourtRecordsError(
            f"{path} holds {len(texts)} files that could be meant; unpack it and give the one file of criminal defendants."
        )
    return texts[0]


@contextmanager
def _zip(path: str) -> Iterator[Source]:
    """A zipped text. `unzip`, where installed, unpacks on another core; else a library does, within this process."""
    entry = member(path)
    if shutil.which("unzip"):
        with _unzip(path, entry) as source:
            yield source
        return
    with open(path, "rb") as raw, zipfile.ZipFile(raw) as archive:
        try:
            stream: Any = Deflate64(raw, entry) if entry.compress_type == DEFLATE64 else archive.open(entry)
        except (NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise CourtRecordsError(f"{path} cannot be unpacked ({error}); {_AGAIN}.") from None
        counted = _Counted(stream)
        done = _all_there(path, counted, entry.file_size)
        yield Source(path, counted, entry.file_size, lambda: counted.done, done)


class Deflate64:
    """A stream of a zip member packed by Deflate64, which `zipfile` cannot read; the checksum is tested at its end.

    The package zipfile-inflate64 would do it too, but importing it changes `zipfile` for the whole process and breaks writing.
    """

    def __init__(self, raw: IO[bytes], entry: zipfile.ZipInfo) -> None:
        """Start at the member's contents, behind its local header. Raises BadZipFile when there is no header."""
        import inflate64

        raw.seek(entry.header_offset)
        fixed = raw.read(30)
        if len(fixed) < 30 or fixed[:4] != ZIP:
            raise zipfile.BadZipFile("no header where a file should begin")
        raw.seek(int.from_bytes(fixed[26:28], "little") + int.from_bytes(fixed[28:30], "little"), io.SEEK_CUR)
        self.raw, self.left, self.expected, self.crc = raw, entry.compress_size, entry.CRC, 0
        self.inflater, self.ready = inflate64.Inflater(), memoryview(b"")

    def readinto(self, window: memoryview) -> int:
        """Unpack into `window`; 0 at the end. Raises BadZipFile for contents that are damaged or cut short."""
        while not self.ready and self.left:
            packed = self.raw.read(min(1 << 16, self.left))
            if not packed:
                raise zipfile.BadZipFile("the archive ends early")
            self.left -= len(packed)
            try:
                self.ready = memoryview(self.inflater.inflate(packed))
            except Exception as error:  # the library raises several kinds
                raise zipfile.BadZipFile(f"damaged contents: {error}") from None
            self.crc = zlib.crc32(self.ready, self.crc)
        size = min(len(window), len(self.ready))
        window[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        if not size and self.crc != self.expected:
            raise zipfile.BadZipFile("the checksum does not agree")
        return size


def _all_there(path: str, counted: _Counted, size: int) -> Callable[[], None]:
    """A check for the end of a stream: as many bytes came out as the archive promised."""

    def finish() -> None:
        """Raise CourtRecordsError when bytes are missing."""
        if counted.done != size:
            raise CourtRecordsError(f"{path} unpacks to {counted.done:,} bytes where it should be {size:,}; {_AGAIN}.")

    return finish


@contextmanager
def _unzip(path: str, entry: zipfile.ZipInfo) -> Iterator[Source]:
    """The zip through a pipe from `unzip -p`, whose exit status and number of bytes are checked at the end."""
    pattern = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in entry.filename)
    command = ["unzip", "-p", str(Path(path).resolve()), pattern]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pipesize=1 << 20
    )
    assert process.stdout is not None
    counted = _Counted(process.stdout)
    all_there = _all_there(path, counted, entry.file_size)

    def finish() -> None:
        """Raise CourtRecordsError when unzip failed or bytes are missing; status 1 is a mere warning."""
        if process.wait() > 1:
            raise CourtRecordsError(f"{path} fails the check of its contents (unzip: {process.returncode}); {_AGAIN}.")
        all_there()

    try:
        yield Source(path, counted, entry.file_size, lambda: counted.done, finish)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()
