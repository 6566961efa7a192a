"""Make the book again elsewhere and compare every byte: `python -m tests.reproduce [--python FILE ...] [--only NAME]`.

Each way copies the tracked files to a folder whose name has spaces and letters beyond ASCII, executes every chapter there and
renders site and PDF. The chapters must stay the same bytes, and the book must be the bytes of the book rendered here. Ways
that this machine cannot try are named, not passed over.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

FOLDER = "Büch mit Leerzeichen – 書"
EPOCH = "1795478400"


@dataclass(frozen=True)
class Way:
    """One way to make the book: what differs, the interpreter, words before the command, changes of the environment."""

    name: str
    python: str = sys.executable
    before: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    missing: str = ""


def python_for_all() -> str:
    """A Python of this version that any user may run: this one, or the system's with the same packages; else empty."""
    here = Path(sys.executable).resolve()
    if all(folder.stat().st_mode & 0o001 for folder in [here, *here.parents]):
        return sys.executable
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return system if Path(system).is_file() else ""


def ways(pythons: list[str]) -> Iterator[Way]:
    """Every way, also those that cannot be tried here."""
    yield Way("spaces and letters beyond ASCII in the path")
    yield Way("locale C, time zone of Auckland", environment={"LC_ALL": "C", "TZ": "Pacific/Auckland"})
    known = (
        subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower()
        if shutil.which("locale")
        else ""
    )
    yield Way(
        "locale de_DE, time zone of Kathmandu",
        environment={"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Kathmandu"},
        missing="" if "de_de" in known else "the locale is not installed",
    )
    yield Way("another hash seed", environment={"PYTHONHASHSEED": "4711"})
    root = os.geteuid() == 0
    yield Way(
        "a user without rights",
        python=python_for_all() or sys.executable,
        before=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        user=65534,
        missing=""
        if root and shutil.which("setpriv") and python_for_all()
        else "this needs root, setpriv and a Python for all",
    )
    yield Way(
        "without a network",
        before=("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
        missing="" if root and shutil.which("unshare") and shutil.which("ip") else "this needs root, unshare and ip",
    )
    for python in pythons:
        version = subprocess.run([python, "--version"], capture_output=True, text=True).stdout.strip()
        yield Way(version or python, python=python, missing="" if version else "no such interpreter")


def copy(target: Path, user: int | None) -> None:
    """Copy the tracked files of the project to `target`, owned by `user`."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    if user is not None:
        for path in [target.parent, target, *target.rglob("*")]:
            os.chown(path, user, user)


def run(way: Way, arguments: list[str], folder: Path) -> None:
    """Run one command of the project the given way. RuntimeError with the end of its output when it fails."""
    keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    # the system's Python takes the packages from this environment
    path = str(folder) if way.user is None else f"{folder}{os.pathsep}{sysconfig.get_path('purelib')}"
    environment = keep | {
        "PYTHONPATH": path,
        "HOME": str(folder.parent),
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    environment |= {"PYTHONDONTWRITEBYTECODE": "1"} | way.environment
    done = subprocess.run(
        [*way.before, way.python, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {(done.stdout + done.stderr).strip()[-600:]}")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of a file, or of every file below a folder."""
    files = (path for path in [folder, *sorted(folder.rglob("*"))] if path.is_file())
    return {str(path.relative_to(folder.parent)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names of files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def attempt(way: Way, book: dict[str, str]) -> list[str]:
    """Make the book one way; the files of chapters and book that differ, or why it failed."""
    with tempfile.TemporaryDirectory(prefix="reproduce-") as name:
        os.chmod(name, 0o755)
        folder = Path(name) / FOLDER
        copy(folder, way.user)
        before = digests(folder / "chapters") | digests(folder / "index.ipynb")
        try:
            run(way, ["-m", "lib", "check"], folder)
            run(way, ["-m", "publish.execute"], folder)
            run(way, ["-m", "publish"], folder)
        except RuntimeError as error:
            return [str(error)]
        changed = list(differences(before, digests(folder / "chapters") | digests(folder / "index.ipynb")))
        return changed + list(differences(book, digests(folder / "_book")))


def main(arguments: list[str] | None = None) -> int:
    """Try every way and print what came of it; exit status 1 when any gave other bytes."""
    parser = argparse.ArgumentParser(prog="python -m tests.reproduce", description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", default=[], help="another interpreter with the locked packages")
    parser.add_argument("--only", default="", help="only the ways whose name holds this text")
    options = parser.parse_args(arguments)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="reference-") as name:
        here = Path(name) / "_book"
        run(Way("here"), ["-m", "publish", "--out", str(here)], ROOT)
        book = digests(here)
        for way in ways(options.python):
            if options.only not in way.name:
                continue
            wrong = [] if way.missing else attempt(way, book)
            failed += bool(wrong)
            print(
                f"{way.name}: {(way.missing and 'not tried: ' + way.missing) or '; '.join(wrong) or 'the same bytes'}",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
