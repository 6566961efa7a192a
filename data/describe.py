"""Write the present SHA-256 and size of every file of `data/` into datapackage.json, after a change that is meant."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import data
from lib.check import renewed


def describe() -> None:
    """Update `hash` and `bytes` of every resource; the file is replaced in one step or not at all."""
    target = data.data_dir() / "datapackage.json"
    draft = target.with_suffix(".tmp")
    draft.write_text(renewed(), encoding="utf-8")
    os.replace(draft, target)


if __name__ == "__main__":
    describe()
