"""Write the present SHA-256 and size of every file of `data/` into datapackage.json, after a change that is meant."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lib import data
from lib.check import digest


def describe() -> None:
    """Update `hash` and `bytes` of every resource; the file is replaced in one step or not at all."""
    package = data.package()
    for entry in package["resources"]:
        entry["hash"], entry["bytes"] = digest(data.data_dir() / entry["path"])
    target = data.data_dir() / "datapackage.json"
    draft = target.with_suffix(".tmp")
    draft.write_text(json.dumps(package, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, target)


if __name__ == "__main__":
    describe()
