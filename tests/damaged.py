"""A corpus of damaged inputs: CSV, JSON, YAML and notebooks, each broken in one way that happens or that someone may try.

Each case is a name and a function from the bytes of a sound file to the bytes of the damaged one. The same corpus every time.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterator

Damage = Callable[[bytes], bytes]


def cut(share: float) -> Damage:
    """The first part of the file only, as after an interrupted copy."""
    return lambda sound: sound[: max(1, int(len(sound) * share))]


def flip(seed: int) -> Damage:
    """Twenty random bytes changed, as on a failing disk."""

    def damage(sound: bytes) -> bytes:
        chance, found = random.Random(seed), bytearray(sound)
        for _ in range(20):
            found[chance.randrange(len(found))] = chance.randrange(256)
        return bytes(found)

    return damage


def replaced(old: bytes, new: bytes, count: int = 1) -> Damage:
    """One text replaced by another. AssertionError when the sound file does not hold it."""

    def damage(sound: bytes) -> bytes:
        assert old in sound, old
        return sound.replace(old, new, count)

    return damage


ANYTHING: dict[str, Damage] = {
    "empty": lambda sound: b"",
    "one byte": lambda sound: b"\n",
    "nul bytes": lambda sound: b"\0" * 512,
    "random bytes": lambda sound: random.Random(7).randbytes(4096),
    "gzip": gzip.compress,
    "utf-16": lambda sound: sound.decode().encode("utf-16"),
    "latin-1": lambda sound: sound + "\nvictimes \u00e9\u00e8".encode("latin-1"),
    "a web page": lambda sound: b"<!DOCTYPE html><html><body>404 Not Found</body></html>",
    "a pdf": lambda sound: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "a zip": lambda sound: b"PK\x03\x04" + b"\0" * 60,
    "a git conflict": lambda sound: b"<<<<<<< HEAD\n" + sound + b"=======\n" + sound + b">>>>>>> other\n",
    "a git lfs pointer": lambda sound: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n",
    "cut at a tenth": cut(0.1),
    "cut in the middle": cut(0.5),
    "cut near the end": cut(0.9),
    "bytes flipped 1": flip(1),
    "bytes flipped 2": flip(2),
    "bytes flipped 3": flip(3),
}


def _first_row(edit: Callable[[list[bytes]], list[bytes]]) -> Damage:
    """Change the cells of the first row below the header."""

    def damage(sound: bytes) -> bytes:
        head, row, rest = sound.split(b"\n", 2)
        return b"\n".join([head, b",".join(edit(row.split(b","))), rest])

    return damage


def _each_cell(value: bytes) -> Damage:
    """The first row with one value in every cell."""
    return _first_row(lambda cells: [value] * len(cells))


CSV: dict[str, Damage] = {
    "header only": lambda sound: sound.split(b"\n", 1)[0] + b"\n",
    "no header": lambda sound: sound.split(b"\n", 1)[1],
    "header twice": lambda sound: sound.split(b"\n", 1)[0] + b"\n" + sound,
    "a column less": _first_row(lambda cells: cells[:-2]),
    "a column more": _first_row(lambda cells: [*cells, b"1", b"2"]),
    "two columns of one name": lambda sound: sound.replace(b",", b",%s," % sound.split(b",", 1)[0], 1),
    "semicolons": lambda sound: sound.replace(b",", b";"),
    "tabs": lambda sound: sound.replace(b",", b"\t"),
    "an open quote": _first_row(lambda cells: [b'"' + cells[0], *cells[1:]]),
    "the last row twice": lambda sound: sound + sound.strip().rsplit(b"\n", 1)[1] + b"\n",
    "all cells nan": _each_cell(b"nan"),
    "all cells inf": _each_cell(b"inf"),
    "all cells huge": _each_cell(b"9" * 400),
    "all cells negative": _each_cell(b"-7"),
    "all cells a half": _each_cell(b"0.5"),
    "all cells arabic digits": _each_cell("\u0663".encode()),
    "all cells a formula": _each_cell(b"=1+1"),
    "all cells a script": _each_cell(b"<script>alert(1)</script>"),
    "all cells very long": _each_cell(b"x" * 200_000),
    "all cells not available": _each_cell(b"N/A"),
    "all cells spaces": _each_cell(b"  "),
}

JSON: dict[str, Damage] = {
    "a list": lambda sound: b"[1, 2]",
    "a number": lambda sound: b"7",
    "null": lambda sound: b"null",
    "not a number": lambda sound: b'{"resources": NaN}',
    "nested deeply": lambda sound: b"[" * 200_000,
    "nested deeply in an object": lambda sound: b'{"resources":' * 50_000,
    "an empty object": lambda sound: b"{}",
    "a trailing comma": lambda sound: sound.rstrip()[:-1] + b",}",
    "a comment": lambda sound: b"// data\n" + sound,
}

PACKAGE: dict[str, Damage] = {
    "no resources": lambda sound: b'{"name": "x", "resources": []}',
    "resources are a text": lambda sound: b'{"name": "x", "resources": "none"}',
    "resources are numbers": lambda sound: b'{"name": "x", "resources": [1, 2]}',
    "a resource without a path": replaced(b'"path": "figures.csv",', b""),
    "a resource without a name": replaced(b'"name": "figures",', b""),
    "a path outside": replaced(b'"path": "figures.csv"', b'"path": "../../../../etc/passwd"'),
    "an absolute path": replaced(b'"path": "figures.csv"', b'"path": "/etc/passwd"'),
    "a path to nowhere": replaced(b'"path": "figures.csv"', b'"path": "nowhere.csv"'),
    "a schema that is a text": replaced(b'"schema": {', b'"schema": "none", "other": {'),
    "an unknown type": replaced(b'"type": "integer"', b'"type": "colour"'),
    "a field without a name": replaced(b'"name": "jurisdiction",', b""),
    "no hash": replaced(b'"hash": "sha256:', b'"hush": "sha256:'),
    "another hash": replaced(b'"hash": "sha256:', b'"hash": "sha256:0'),
}

YAML: dict[str, Damage] = {
    "a list": lambda sound: b"- a\n- b\n",
    "a text": lambda sound: b"book\n",
    "a tab": lambda sound: sound + b"\tx: 1\n",
    "an open bracket": lambda sound: sound + b"format: [html\n",
    "an unknown alias": lambda sound: sound + b"x: *nowhere\n",
    "an alias bomb": lambda sound: (
        b"a: &a [x,x,x]\n"
        + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (n, n, n - 1, n - 1, n - 1, n - 1) for n in range(98, 110))
    ),
    "an alias of itself": lambda sound: b"book: &b\n  title: x\n  author: x\n  chapters: &c [*c]\n",
    "a python object": lambda sound: b"book: !!python/object/apply:os.system ['touch /tmp/never']\n",
    "nested deeply": lambda sound: b"book: " + b"[" * 3_000,
    "a book that is a text": lambda sound: b"book: yes\n",
    "a book that is a list": lambda sound: b"book: [a]\n",
    "no title": lambda sound: b"book: {author: x, chapters: [index.qmd]}\n",
    "no author": lambda sound: b"book: {title: x, chapters: [index.qmd]}\n",
    "no chapters": lambda sound: b"book: {title: x, author: x}\n",
    "chapters are a text": lambda sound: b"book: {title: x, author: x, chapters: index.qmd}\n",
    "chapters are a number": lambda sound: b"book: {title: x, author: x, chapters: 7}\n",
    "chapters are null": lambda sound: b"book: {title: x, author: x, chapters: [null]}\n",
    "a part without chapters": lambda sound: b"book: {title: x, author: x, chapters: [{part: p, chapters: null}]}\n",
    "a chapter that is not there": lambda sound: b"book: {title: x, author: x, chapters: [nowhere.ipynb]}\n",
    "a chapter that is a folder": lambda sound: b"book: {title: x, author: x, chapters: [folder]}\n",
    "a chapter outside": lambda sound: b"book: {title: x, author: x, chapters: [../../../../etc/passwd]}\n",
    "a bibliography that is not there": lambda sound: sound + b"\nbibliography: nowhere.bib\n",
}


def _notebook(edit: Callable[[dict], object]) -> Damage:
    """The notebook after an edit of its parsed content."""

    def damage(sound: bytes) -> bytes:
        content = json.loads(sound)
        found = edit(content)
        return json.dumps(content if found is None else found).encode()

    return damage


def _code(**changes: object) -> Damage:
    """Every code cell with the given parts."""

    def edit(content: dict) -> None:
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                cell.update(changes)

    return _notebook(edit)


def _text(source: object) -> Damage:
    """The first text cell with another source."""
    return _notebook(lambda content: content["cells"][0].update(source=source))


NOTEBOOK: dict[str, Damage] = {
    "a list": lambda sound: b"[]",
    "null": lambda sound: b"null",
    "nested deeply": lambda sound: b"[" * 200_000,
    "no cells": _notebook(lambda content: content.pop("cells") and None),
    "cells are a text": _notebook(lambda content: content.update(cells="none")),
    "an empty list of cells": _notebook(lambda content: content.update(cells=[])),
    "cells of null": _notebook(lambda content: content.update(cells=[None])),
    "nbformat 99": _notebook(lambda content: content.update(nbformat=99)),
    "nbformat missing": _notebook(lambda content: content.pop("nbformat") and None),
    "nbformat a text": _notebook(lambda content: content.update(nbformat="four")),
    "a cell of an unknown type": _notebook(lambda content: content["cells"][0].update(cell_type="spreadsheet")),
    "a source of numbers": _text([1, 2]),
    "a source of null": _text(None),
    "no title": _text("Text without a heading."),
    "a reference to nothing": _text("# Title {#sec-x}\n\nSee @fig-nowhere."),
    "an unknown citation": _text("# Title {#sec-x}\n\nSee [@nobody2020]."),
    "never run": _code(execution_count=None, outputs=[]),
    "outputs of null": _code(outputs=None),
    "outputs without data": _code(outputs=[{"output_type": "display_data", "metadata": {}}]),
    "an output of an unknown type": _code(outputs=[{"output_type": "telepathy"}]),
    "an error stored": _code(outputs=[{"output_type": "error", "ename": "KeyError", "evalue": "x", "traceback": []}]),
    "a table without a table": _code(
        source="#| label: tbl-x\n1", outputs=[{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<p>x</p>"}}]
    ),
    "a figure without a description": _code(
        source="#| label: fig-x\n1",
        outputs=[{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg></svg>"}}],
    ),
    "a figure that is no picture": _code(
        source='#| label: fig-x\n#| fig-alt: "x"\n1',
        outputs=[{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "not a picture"}}],
    ),
    "invalid cell options": _code(source="#| label: [x\n1"),
    "cell options that are a list": _code(source="#| - a\n1"),
}  # fmt: skip


def corpus() -> Iterator[tuple[str, str, Damage]]:
    """All cases as (kind, name, damage); kind is a file of data/, `_quarto.yml` or `notebook`."""
    tables = ("figures.csv", "district_new_cases.csv", "sources.csv", "population.csv")
    for kind in tables:
        yield from ((kind, name, damage) for name, damage in (ANYTHING | CSV).items())
    yield from (("datapackage.json", name, damage) for name, damage in (ANYTHING | JSON | PACKAGE).items())
    yield from (("geo/states.topojson", name, damage) for name, damage in (ANYTHING | JSON).items())
    yield from (("_quarto.yml", name, damage) for name, damage in (ANYTHING | YAML).items())
    yield from (("notebook", name, damage) for name, damage in (ANYTHING | NOTEBOOK).items())
