"""Read and write files so that a fault never leaves half of one: a draft beside the target, put in its place in one step."""

import contextlib
import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lib.errors import BookError

_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


def read(path: Path) -> str:
    """The text of a UTF-8 file. Raises BookError naming the file when it is missing or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BookError(f"{path} cannot be read ({error.strerror}); run from the project's folder.") from None
    except UnicodeDecodeError as error:
        raise BookError(f"{path} is not UTF-8 text (byte {error.start}); restore it from git.") from None


def write(path: Path, text: str) -> None:
    """Replace the content of `path` in one step. Raises BookError, and leaves the file as it was, when it cannot."""
    draft = path.with_suffix(".tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise BookError(f"{path} cannot be written ({error.strerror}); make room or get the right to write.") from None


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step of the file system; False where the system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    return bool(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def swap(new: Path, old: Path) -> None:
    """Put the folder `new` in the place of `old`. Killed at any moment, `old` is the old or the new book, whole.

    Where the system cannot exchange folders there are two steps; `recover` puts the old one back when killed between them.
    """
    if old.exists() and _exchange(new, old):
        return
    aside = _aside(old)
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        os.replace(old, aside)
    os.replace(new, old)
    shutil.rmtree(aside, ignore_errors=True)


def _aside(folder: Path) -> Path:
    """Where the old folder waits while the new one takes its place."""
    return folder.with_name(f"{folder.name}.old")


def recover(folder: Path) -> None:
    """Clean up after a run that was killed: put the old folder back if it was set aside, remove what was half made."""
    aside = _aside(folder)
    if aside.exists() and not folder.exists():
        os.replace(aside, folder)
    shutil.rmtree(aside, ignore_errors=True)
    for left in folder.parent.glob(".book-*"):
        process = left.name.split("-")[1]
        if not (process.isdigit() and _runs(int(process))):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, named after this process, removed at the end.

    Raises BookError when the file system is full or may not be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        recover(folder)
        with tempfile.TemporaryDirectory(
            dir=folder.parent, prefix=f".book-{os.getpid()}-", ignore_cleanup_errors=True
        ) as made:
            yield Path(made)
    except OSError as error:
        where = error.filename or folder
        raise BookError(
            f"{where}: {error.strerror}; {folder} is left as it was. Make room or get the right to write."
        ) from None
