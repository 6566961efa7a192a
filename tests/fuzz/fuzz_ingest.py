"""Coverage-guided fuzzing, by hand: `make fuzz`, or

    python -m tests.fuzz.fuzz_ingest text   -max_total_time=120   a published summary as text
    python -m tests.fuzz.fuzz_ingest pdf    -max_total_time=120   the same as PDF
    python -m tests.fuzz.fuzz_ingest tables -max_total_time=120   lib.data reading a damaged figures.csv

Whatever the bytes: a BookError of one printable line, or figures that stand literally in the text. Arguments after the
target go to libFuzzer; found inputs are written as crash-* into the present folder.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["lib"]):
    from lib import data, documents, phrases
    from lib.errors import BookError
    from lib.reading import read_summary

from tests import synthetic_summaries as synthetic

ROOM = Path(os.environ.get("FUZZ_ROOM", "."))


def literal(number: int, text: str) -> bool:
    """Whether a number stands in a text, as digits or as a word."""
    known = {**phrases.WORDS, **phrases.ORDINALS}
    words = [
        word
        for word, value in known.items()
        if value == number or (number > 20 and value in {number % 10, number - number % 10})
    ]
    return (
        f"{number:,}" in text
        or str(number) in text
        or any(word in text.lower() for word in [*words, *(["any"] if not number else [])])
    )


def one_sentence(error: BookError) -> None:
    """A user's error is one line that a terminal can show."""
    assert str(error).isprintable(), repr(str(error))


def summary(content: bytes, name: str) -> None:
    """Read a document and hold what it gives against its text."""
    path = ROOM / name
    path.write_bytes(content)
    try:
        reading = read_summary(path)
    except BookError as error:
        return one_sentence(error)
    text = "\n".join(" ".join(view.lines) for view in documents.views(path))
    for number in [*reading.rows.value.dropna(), *reading.rows.published_rank.dropna()]:
        assert literal(int(number), text), number


def text_target(content: bytes) -> None:
    """Text below the headings of a summary, so that most inputs get past the first checks."""
    head = b"2019 STATE SUMMARY: OHIO\nHOW DOES YOUR STATE STACK UP?\n" if content[:1] != b"!" else b""
    summary(head + content, "x.txt")


def pdf_target(content: bytes) -> None:
    """A PDF, damaged in any way."""
    summary(content, "x.pdf")


def tables_target(content: bytes) -> None:
    """figures.csv with these bytes."""
    (ROOM / "data" / "figures.csv").write_bytes(content)
    try:
        with data.using(ROOM / "data"):
            data.figures()
    except BookError as error:
        one_sentence(error)


def seeds(target: str) -> Path:
    """A folder of valid inputs to start from."""
    folder = ROOM / "corpus"
    folder.mkdir()
    if target == "tables":
        shutil.copytree(data.data_dir(), ROOM / "data")
        (folder / "figures").write_bytes((data.data_dir() / "figures.csv").read_bytes()[:600])
    for edition in synthetic.EDITIONS if target != "tables" else []:
        known = synthetic.figures("OH", edition)
        if target == "pdf":
            synthetic.pdf(known, folder / f"{edition}", two_columns=edition % 2 == 0)
        else:
            (folder / f"{edition}").write_text(synthetic.text(known))
            (folder / f"{edition}-columns").write_text(synthetic.side_by_side(known))
    return folder


def fuzz(target: str, options: list[str]) -> None:
    """Fuzz one target until it fails or libFuzzer's limit is reached; never returns."""
    documents._deadline = lambda seconds: contextlib.nullcontext()  # libFuzzer's own clock uses the same signal
    targets = {"text": text_target, "pdf": pdf_target, "tables": tables_target}
    atheris.Setup([sys.argv[0], "-timeout=20", "-max_len=20000", *options, str(seeds(target))], targets[target])
    atheris.Fuzz()


def main() -> int:
    """Fuzz in a process of its own, as libFuzzer ends the process and leaves its files behind."""
    if "FUZZ_ROOM" in os.environ:
        fuzz(sys.argv[1], sys.argv[2:])
    with tempfile.TemporaryDirectory(prefix="fuzz-") as room:
        command = [sys.executable, "-m", "tests.fuzz.fuzz_ingest", *(sys.argv[1:] or ["text"])]
        return subprocess.run(command, env=os.environ | {"FUZZ_ROOM": room}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
