"""Run the code cells of a chapter in this process and compare what they show with the stored outputs.

A hundred times faster than nbval, because Python and pandas are loaded once and charts are compared by specification and data
instead of by picture. Used by the mutation run; `test_replay.py` shows that it agrees with the stored outputs, and the
mutation run shows on a sample that nbval agrees with it.
"""

import ast
import linecache
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from lib import data
from lib.charts import notebook as charts

#: The part of a stored chart that is its picture; the specification behind it is compared instead.
_PICTURE = re.compile(r"<svg.*?</svg>", re.DOTALL)
#: Modules that remember what is in files, not what follows from the tables.
UNCHANGED = ("lib.data", "lib.charts.geometry", "lib.tables", "lib.cover", "lib.claims_book")


class Cell:
    """A code cell, compiled once: all statements but the last, and the last expression."""

    def __init__(self, path: Path, number: int, cell: Any) -> None:
        self.name = f"<{path.stem} cell {number}>"
        self.where = f"{path.name}, cell {number}"
        tree = ast.parse(cell.source, self.name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        self.body = compile(tree, self.name, "exec")
        self.last = compile(ast.Expression(last.value), self.name, "eval") if last else None
        self.source = cell.source
        self.stored = shown(cell.outputs[0].data) if cell.outputs else None

    def run(self, names: dict[str, Any]) -> str | None:
        """Run the cell; what it shows, as one text."""
        linecache.cache[self.name] = (len(self.source), None, self.source.splitlines(True), self.name)
        exec(self.body, names)
        if self.last is None:
            return None
        value = eval(self.last, names)
        return shown(bundle(value))


def bundle(value: Any) -> dict[str, str]:
    """The MIME bundle that Jupyter would store for a value of a chapter."""
    if hasattr(value, "_repr_mimebundle_") and not hasattr(value, "_repr_markdown_"):
        return value._repr_mimebundle_()
    return {"text/markdown": value._repr_markdown_()}


def shown(bundle: dict[str, str]) -> str:
    """What a reader sees of an output, without the picture of a chart."""
    return _PICTURE.sub("", bundle.get("text/html") or bundle["text/markdown"])


def cells(path: Path) -> list[Cell]:
    """The code cells of a chapter."""
    book = nbformat.read(path, as_version=4)
    return [Cell(path, n, cell) for n, cell in enumerate(book.cells, 1) if cell.cell_type == "code"]


def difference(chapter: list[Cell]) -> str | None:
    """Run a chapter; the first cell that shows something else than is stored, or that fails; None when all agree."""
    names: dict[str, Any] = {}
    for cell in chapter:
        try:
            found = cell.run(names)
        except Exception as error:  # any error of a chapter is noticed by a reader who runs it
            return f"{cell.where}: {type(error).__name__}"
        if found != cell.stored:
            return cell.where
    return None


@contextmanager
def without_pictures() -> Iterator[None]:
    """Charts are not drawn within this context: their specification and data are what is compared."""
    draw = charts._svg
    charts._svg = lambda spec, identifier: "<svg></svg>"
    try:
        yield
    finally:
        charts._svg = draw


def forget(kept: tuple[str, ...] = ()) -> None:
    """Empty every cache of the functions of `lib`, but those of the modules `kept`."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "lib" and name not in kept:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value.__module__ == name:
                    value.cache_clear()


@contextmanager
def tables(replace: Callable[[str], pd.DataFrame]) -> Iterator[None]:
    """`lib.data` reads its tables through `replace` within this context, and nothing derived from others is remembered."""
    read = data._table
    data._table = replace
    forget(UNCHANGED)
    try:
        yield
    finally:
        data._table = read
        forget(UNCHANGED)
