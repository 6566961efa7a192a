"""The columns of the criminal file that a count needs, found by name in any order; every other column is ignored."""

from dataclasses import dataclass

from lib.court_records.problems import CourtRecordsError

SLOTS = range(1, 6)
FILED = [f"FTITLE{slot}" for slot in SLOTS]
ENDED = [f"TTITLE{slot}" for slot in SLOTS]
DISPOSED = [f"DISP{slot}" for slot in SLOTS]
DATES = ["FILEDATE", "DISPDATE", "TERMDATE", "LOADDATE"]
FLAGS = ["CTFILTRN", "CTFIL", "CTTRTRN", "CTTR"]
#: Neither NAME nor a judge is among them: those columns are never decoded, kept or written.
NEEDED = [
    *["FISCALYR", "DISTRICT", "OFFICE", "DOCKET", "REOPSEQ", "DEFLGKY", *DATES],
    *[*FILED, *ENDED, *DISPOSED, "PRISTOT", *FLAGS],
]
#: Says in synthetic files that they are synthetic; a real file may lack it.
MARK = "SOURCE"
_OTHER_FILES = {
    "civil": {"NOS", "JURIS", "PLT", "DEF", "ORIGIN"},
    "bankruptcy": {"CASEKEY", "ORGFLCHP", "SNAPSHOT", "D1FPRSE"},
    "appeals": {"APPTYPE", "APDKT", "DDKTNO", "PRIORAPP"},
}


@dataclass(frozen=True)
class Layout:
    """Where the needed columns are: `places` in the order of NEEDED, `mark` that of SOURCE or None, `width` of how many."""

    places: tuple[int, ...]
    mark: int | None
    width: int


def layout(names: list[str], file: str) -> Layout:
    """Find the needed columns among `names`. Raises CourtRecordsError when one is missing or there twice."""
    found = [name.strip().strip('"').upper() for name in names]
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise CourtRecordsError(f"{file}, line 1: {_what_it_is(found, missing)}")
    twice = [name for name in NEEDED if found.count(name) > 1]
    if twice:
        raise CourtRecordsError(f"{file}, line 1: the column {twice[0]} is there twice; remove one of them.")
    mark = found.index(MARK) if MARK in found else None
    return Layout(tuple(found.index(name) for name in NEEDED), mark, len(found))


def _what_it_is(found: list[str], missing: list[str]) -> str:
    """Why a header does not fit, and what to do."""
    wanted = "use the criminal file of 1996 to the present (cr96on.txt)."
    for kind, marks in _OTHER_FILES.items():
        if len(marks & set(found)) >= 2:
            return f"this looks like the Federal Judicial Center's {kind} file, not its criminal file; {wanted}"
    if len(found) < 3:
        return f"no tab separates the column names, so the delimiter is wrong or this is another kind of file; {wanted}"
    if {"DOCKET", "DISTRICT"} <= set(found) and {"DEFLGKY", "CTFILTRN"} <= set(missing):
        return f"this looks like an older criminal file (to 1995), which has no keys and flags to count by; {wanted}"
    shown = ", ".join(missing[:6]) + (", ..." if len(missing) > 6 else "")
    return f"{len(missing)} needed columns are missing: {shown}; {wanted}"


def header(line: bytes, file: str) -> Layout:
    """The layout of a tab-separated file, from its first line."""
    text = line.removeprefix(b"\xef\xbb\xbf").decode("latin-1").rstrip("\r\n")
    return layout(text.split("\t"), file)
