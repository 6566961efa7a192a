"""Check the files of `data/` against their description, with the reference validator of the Frictionless standard."""

import argparse
import copy
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from lib import data
from lib.errors import DataError


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 in the form "sha256:..." and size in bytes of a file. Raises DataError when it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); restore it with `git checkout data`.") from None
    return f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)


def stale() -> list[str]:
    """Files whose SHA-256 or size differs from datapackage.json, as sentences."""
    found = []
    for entry in data.package()["resources"]:
        if digest(data.data_dir() / entry["path"]) != (entry["hash"], entry["bytes"]):
            found.append(
                f"data/{entry['path']} is not the file that datapackage.json describes; "
                "if the change is meant, run `make describe-data`."
            )
    return found


def renewed() -> str:
    """The text of datapackage.json with the present SHA-256 and size of every file, for a change that is meant."""
    package = copy.deepcopy(data.package())
    for entry in package["resources"]:
        entry["hash"], entry["bytes"] = digest(data.data_dir() / entry["path"])
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def check() -> list[str]:
    """Validate every table (types, constraints, keys, references, hashes); one sentence for each thing that is wrong."""
    import frictionless  # half a second to import: only when data are validated

    report = frictionless.validate(str(data.data_dir() / "datapackage.json"), skip_errors=["hash-count", "byte-count"])
    found = [("", error.message) for error in report.errors]
    found += [(task.place.rsplit("/", 1)[-1], error.message) for task in report.tasks for error in task.errors]
    # a message quotes the cell, which may be of any length
    return [
        f"data/{name}: {message if len(message) < 500 else message[:500] + '...'}" for name, message in found
    ] + stale()


def run(_: argparse.Namespace) -> int:
    """Print what is wrong with the data, one sentence a line; exit status 1 when anything is."""
    wrong = check()
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    tables = len(data.package()["resources"])
    print(
        f"{tables} files of data/ checked: "
        + (f"{len(wrong)} things are wrong." if wrong else "all agree with datapackage.json.")
    )
    return 1 if wrong else 0


def add_command(subparsers: Any) -> None:
    """Add `check` to the command line."""
    parser = subparsers.add_parser(
        "check",
        help="validate every file of data/",
        description="Validate every file of data/ by datapackage.json: types, constraints, keys, references, SHA-256.",
        epilog="example:\n  python -m lib check",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
