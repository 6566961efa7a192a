"""Make the scripts that charts and look-ups need: `python -m publish.charts_script assets/charts.js`, for Quarto.

`charts.js` draws the charts; beside it `geo.js` holds the outlines of the maps and `places.js` the counties. Both are
loaded only by a page that needs them, as scripts, because a page opened from a disk may not fetch data.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from lib import data, places
from lib.charts import geometry


def bundle() -> str:
    """Vega, Vega-Lite, Vega-Embed and our snippets in one classic script, about 0.9 MB."""
    import vl_convert

    site = Path(__file__).resolve().parent / "site"
    snippets = [(site / name).read_text(encoding="utf-8") for name in ("charts.js", "find-district.js")]
    script: str = vl_convert.javascript_bundle("\n".join(snippets))
    return script


def _assignment(name: str, value: Any) -> str:
    """A script that gives `value` to a global of the page."""
    return f"window.{name} = {json.dumps(value, separators=(',', ':'), ensure_ascii=False)};\n"


def scripts() -> dict[str, str]:
    """The text of each script by its file name."""
    outlines = {name: data.geo(name) for name in geometry.NAMES}
    return {
        "charts.js": bundle(),
        "geo.js": _assignment("bookOutlines", outlines),
        "places.js": _assignment("bookPlaces", places.lookup_table()),
    }


def write(folder: Path) -> None:
    """Write every script into `folder`, each in one step."""
    for name, text in scripts().items():
        draft = folder / f"{name}.tmp"
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, folder / name)


if __name__ == "__main__":
    write(Path(sys.argv[1]).parent)
