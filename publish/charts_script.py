"""Make the one chart script of the site, for this renderer and for Quarto: `python -m publish.charts_script assets/charts.js`."""

import sys
from pathlib import Path


def bundle() -> str:
    """Vega, Vega-Lite, Vega-Embed and our snippet in one classic script, about 0.9 MB."""
    import vl_convert

    snippet = (Path(__file__).resolve().parent / "site" / "charts.js").read_text(encoding="utf-8")
    script: str = vl_convert.javascript_bundle(snippet)
    return script


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(bundle(), encoding="utf-8")
