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
    r"""<(?:script|img|iframe|source|video|audio|embed|link(?=[^>]*rel="(?:stylesheet|preload|modulepreload|icon)"))"""
    r"""[^>]*(?:src|href|srcset)=["']?(?:https?:)?//[^>]*>"""
)
_IMPORTED = re.compile(r"""@import\s+(?:url\()?\s*["']?(?:https?:)?//[^;]*;""")
_STYLED = re.compile(r"""url\(\s*["']?(?:https?:)?//[^)]*\)""")
_OURS = re.compile(r'src="\.\./((?:assets|publish/site)/[\w.-]+\.js)"')


def clean(page: str, depth: int) -> str:
    """The page without Quarto's remote scripts, the book's own scripts addressed from `depth` folders down."""
    return _OURS.sub(lambda match: f'src="{"../" * depth}{match[1]}"', _ADDED.sub("", page))


def clean_style(style: str) -> str:
    """A style sheet without typefaces imported from another host; the book ships its own."""
    return _IMPORTED.sub("", style)


def remaining(text: str) -> list[str]:
    """What would still load something from another host: elements of a page, addresses in a style."""
    return [match[0] for pattern in (_LOADED, _IMPORTED, _STYLED) for match in pattern.finditer(text)]


def main(folder: Path) -> int:
    """Clean every page and style below `folder`; exit status 1 naming what in which file still loads from elsewhere."""
    failed = 0
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        depth = len(path.relative_to(folder).parts) - 1
        cleaned = clean_style(text) if path.suffix == ".css" else clean(text, depth)
        if cleaned != text:
            path.write_text(cleaned, encoding="utf-8")
        for element in remaining(cleaned):
            failed = 1
            print(f"Error: {path} still loads from another host: {element[:120]}; take it out.", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(os.environ.get("QUARTO_PROJECT_OUTPUT_DIR", "_book"))))
