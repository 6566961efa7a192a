"""What it takes to run each chapter: stored measurements, and cells counted from the notebooks as they are.

Seconds and memory differ from run to run, so they are measured on request (`make measure`) and read from
data/execution.csv; a book made twice is the same book.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from lib import data
from lib.errors import DataError
from lib.tables import number_text

NOT_MEASURED = "not measured"


def _root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent


def _title(cells: list[dict[str, Any]]) -> str:
    """The title of a chapter: its first heading, without the attributes."""
    text = "\n".join("".join(cell["source"]) for cell in cells)
    found = re.search(r"^# (.+?)(?: *\{.*\})?$", text, re.MULTILINE)
    return found[1] if found else ""


def _cells(path: Path) -> dict[str, Any]:
    """Title and numbers of cells of one notebook. Raises DataError when it is not one."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a notebook that can be read ({error}); restore it from git.") from None
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return {
        "chapter": path.stem,
        "title": _title(cells),
        "text_cells": len(cells) - len(code),
        "code_cells": len(code),
        "code_lines": sum(len("".join(cell["source"]).splitlines()) for cell in code),
    }


def chapters() -> pd.DataFrame:
    """Every chapter with its cells (counted now) and its measurement (stored): one row a chapter, by file name.

    Columns: chapter, title, text_cells, code_cells, code_lines, seconds and cpu_seconds, peak_mb (megabytes); the last three
    are NA for a chapter that was added after the last `make measure`.
    """
    counted = pd.DataFrame([_cells(path) for path in sorted((_root() / "chapters").glob("*.ipynb"))])
    measured = data.table("execution")[["chapter", "seconds", "cpu_seconds", "peak_mb"]]
    return counted.merge(measured, on="chapter", how="left")


def measurement() -> pd.Series:
    """When, where and with which Python the stored measurements were made: measured, machine, python.

    Raises DataError when the rows do not come from one run.
    """
    runs = data.table("execution")[["measured", "machine", "python"]].drop_duplicates()
    if len(runs) != 1:
        raise DataError("data/execution.csv mixes several runs; run `make measure` to measure all chapters in one.")
    return runs.iloc[0]


def _pins(lock: str) -> dict[str, str]:
    """Version of each package of a lock file; where it depends on Python, every version with its condition."""
    pins: dict[str, list[str]] = {}
    for name, version, marker in re.findall(r"^([\w.-]+)==([^\s;\\]+)(?: ; (.*?))? *\\?$", lock, re.MULTILINE):
        condition = re.sub(r"python_full_version ([<>=]+) '([\d.]+)'", r"Python \1 \2", marker)
        pins.setdefault(name, []).append(f"{version} ({condition})" if marker else version)
    return {name: "; ".join(versions) for name, versions in pins.items()}


def versions() -> pd.DataFrame:
    """Each package that pyproject.toml asks for, with the version that requirements.lock pins: package, version.

    Raises DataError for a package that the lock file lacks.
    """
    root = _root()
    wanted = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.split(r"[^\w.-]", entry, maxsplit=1)[0] for entry in wanted]
    pins = _pins((root / "requirements.lock").read_text(encoding="utf-8"))
    lacking = [name for name in names if name not in pins]
    if lacking:
        raise DataError(f"requirements.lock does not pin {lacking[0]}; run `make lock`.")
    return pd.DataFrame({"package": names, "version": [pins[name] for name in names]}).astype("string")


def seconds_text(value: Any) -> str:
    """Seconds to a tenth; NA is "not measured"."""
    return NOT_MEASURED if pd.isna(value) else number_text(value, 1)


def whole_text(value: Any) -> str:
    """A whole number; NA is "not measured"."""
    return NOT_MEASURED if pd.isna(value) else number_text(value)
