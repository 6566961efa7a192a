"""A chapter as a list of blocks: prose, code, figures and tables, as Quarto reads a notebook with stored outputs."""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from lib.errors import BookError
from publish import files, notebooks

_QUESTION = re.compile(r"^\*\*Question\.\*\* +(.+)$", re.MULTILINE)
_ANSWER = re.compile(r"\n*^\*\*Answer\.\*\*\s*\Z", re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass
class Block:
    """One piece of a chapter. `kind` is prose, code, figure, table, panel or text; `cell` counts from 1 for error messages."""

    kind: str
    text: str
    cell: int
    options: dict[str, Any] = field(default_factory=dict)
    html: str = ""
    svg: str = ""

    @property
    def label(self) -> str:
        """The cell's `#| label:`, or an empty text."""
        return str(self.options.get("label", ""))

    @property
    def caption(self) -> str:
        """The cell's caption for its kind, or an empty text."""
        return str(self.options.get("fig-cap" if self.kind == "figure" else "tbl-cap", ""))


def _options(path: Path, cell: int, source: str) -> tuple[dict[str, Any], str]:
    """The `#|` options at the head of a code cell, and the code without them."""
    lines = source.splitlines()
    head = [line for line in lines if line.startswith("#|")]
    try:
        options = yaml.safe_load("\n".join(line[2:] for line in head)) or {}
        if not isinstance(options, dict):
            raise yaml.YAMLError(f"{options!r} is no `name: value`")
        if not re.fullmatch(r"[\w:.-]*", str(options.get("label", ""))):
            raise yaml.YAMLError(f"the label {options['label']!r} holds more than letters, digits and hyphens")
    except yaml.YAMLError as error:
        raise BookError(
            f"{path.name}, cell {cell}: invalid cell option ({' '.join(str(error).split())}); correct it."
        ) from None
    if not isinstance(options, dict):
        raise BookError(f"{path.name}, cell {cell}: cell options are `#| name: value` lines; correct them.")
    return options, "\n".join(lines[len(head) :]).strip("\n")


def _output_block(path: Path, cell: int, output: Any, options: dict[str, Any]) -> Block | None:
    """The block of one stored output, chosen as Quarto does: HTML, Markdown, then plain text; streams are left out.

    An output with HTML and Markdown is a panel: the site takes the one, the PDF the other.
    """
    if output.output_type == "error":
        raise BookError(
            f"{path.name}, cell {cell} failed: {output.ename}: {output.evalue}; correct it and run `make notebooks`."
        )
    if output.output_type == "stream":
        return None
    found = output.data
    if "image/svg+xml" in found:
        return Block(
            "figure", "", cell, options, found.get("text/html", found["image/svg+xml"]), found["image/svg+xml"]
        )
    if "text/html" in found and "text/markdown" in found:
        return Block("panel", found["text/markdown"], cell, options, found["text/html"])
    if "text/html" in found:
        return Block("table", "", cell, options, found["text/html"])
    if "text/markdown" in found:
        return Block("prose", found["text/markdown"], cell, options)
    return Block("text", found.get("text/plain", ""), cell, options)


def _code_blocks(path: Path, number: int, cell: Any) -> list[Block]:
    """Code (unless echo is off) and outputs of one code cell."""
    options, code = _options(path, number, cell.source)
    if options.get("include") is False:
        return []
    if cell.execution_count is None:
        raise BookError(f"{path.name}, cell {number} was never run; run `make notebooks`.")
    blocks = [] if options.get("echo") is False or not code else [Block("code", code, number, options)]
    found = [_output_block(path, number, output, options) for output in cell.outputs]
    outputs = [block for block in found if block]
    if options.get("label") and not outputs:
        raise BookError(f"{path.name}, cell {number} ({options['label']}) has no stored output; run `make notebooks`.")
    return outputs + blocks


def _notebook(path: Path) -> list[Block]:
    """Blocks of a notebook. Raises BookError for a damaged file or one that was never executed."""
    blocks: list[Block] = []
    for number, cell in enumerate(notebooks.read(path).cells, 1):
        if cell.cell_type == "markdown":
            blocks.append(Block("prose", cell.source, number))
        elif cell.cell_type == "code":
            blocks += _code_blocks(path, number, cell)
    return _question_and_answer(blocks)


def _question_and_answer(blocks: list[Block]) -> list[Block]:
    """Set the question of a chapter and its answer, which is computed and so stands in a cell of its own, as boxes."""
    for before, after in pairwise(blocks):
        if before.kind == after.kind == "prose" and _ANSWER.search(before.text):
            before.text = _QUESTION.sub(_box("question", r"\1"), _ANSWER.sub("", before.text))
            after.text = _box("answer", after.text)
    return blocks


def _box(kind: str, text: str) -> str:
    """A callout with its kind as title."""
    return f'::: {{.callout-{kind} title="{kind.capitalize()}"}}\n{text}\n:::\n'


def read(path: Path) -> list[Block]:
    """Blocks of a chapter, notebook (.ipynb) or Quarto Markdown (.qmd)."""
    if path.suffix == ".ipynb":
        return _notebook(path)
    return [Block("prose", FRONT_MATTER.sub("", files.read(path)), 1)]
