"""After `quarto render`: take out what Quarto adds from other hosts, and fail when anything of the kind remains.

A notebook with any HTML output makes Quarto load jquery and requirejs from a public network; nothing in the book uses them.
Quarto runs this file with QUARTO_PROJECT_OUTPUT_DIR and QUARTO_PROJECT_OUTPUT_FILES set.
"""

import os
import re
import sys
from pathlib import Path

_ADDED = re.compile(
    r'<script[^>]*src="https?://[^"]*(?:require|jquery)[^"]*"[^>]*></script>\s*'
    r"|<script[^>]*>\s*define\('jquery'.*?</script>\s*",
    re.DOTALL,
)
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|link(?=[^>]*rel="(?:stylesheet|preload)"))[^>]*(?:src|href)="(https?:)?//[^"]*\""""
)


def clean(page: str, depth: int) -> str:
    """The page without Quarto's remote scripts, the chart script addressed from `depth` folders down."""
    page = _ADDED.sub("", page)
    return page.replace('src="../assets/charts.js"', f'src="{"../" * depth}assets/charts.js"')


def remaining(page: str) -> list[str]:
    """Elements that would still load something from another host."""
    return [match[0] for match in _LOADED.finditer(page)]


def main(folder: Path) -> int:
    """Clean every page below `folder`; exit status 1 naming the page and the element when one still loads from elsewhere."""
    failed = 0
    for path in sorted(folder.rglob("*.html")):
        if "site_libs" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        cleaned = clean(text, len(path.relative_to(folder).parts) - 1)
        if cleaned != text:
            path.write_text(cleaned, encoding="utf-8")
        for element in remaining(cleaned):
            failed = 1
            print(f"Error: {path} still loads from another host: {element[:120]}; take it out.", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_book"))))
