"""Measure the code of lib/ and publish/: length of functions, docstrings, types, dead code, duplicates, import time.

    python tests/code_metrics.py

Prints what it measured; exit status 1 when a limit is broken. Times are printed and never judged.
"""

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("lib", "publish")
LONGEST, MEDIAN = 40, 12
#: Shorter bodies are alike by necessity: a typed accessor is one line.
DUPLICATE_LINES = 3
#: Where a name may be used. Chapters are read as text, their code stands in JSON strings.
USERS = ("lib", "publish", "data", "chapters", "index.ipynb", "benchmarks", "Makefile", "pyproject.toml")
_HOOKS = re.compile(r"^_repr_\w+_$|^__\w+__$|^add_command$|^main$")


@dataclass(frozen=True)
class Definition:
    """A function, method or class: where it stands, how long it is (from `def` to its last line) and what it lacks."""

    where: str
    name: str
    kind: str
    lines: int
    documented: bool
    typed: bool
    body: str


def _body(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The statements without docstring, as text that does not depend on layout."""
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return "\n".join(ast.dump(statement) for statement in statements)


def definitions(path: Path, source: str) -> list[Definition]:
    """All functions, methods and classes of one module, nested ones too."""
    found = []
    for node in ast.walk(ast.parse(source, str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            function = not isinstance(node, ast.ClassDef)
            found.append(
                Definition(
                    f"{path}:{node.lineno}",
                    node.name,
                    "function" if function else "class",
                    (node.end_lineno or node.lineno) - node.lineno + 1,
                    ast.get_docstring(node) is not None,
                    not function or node.returns is not None,
                    _body(node),
                )
            )
    return found


def read(root: Path) -> dict[Path, str]:
    """The source of every module of lib/ and publish/, by path below `root`."""
    paths = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py")))
    return {path.relative_to(root): path.read_text(encoding="utf-8") for path in paths}


def used_names(root: Path, users: tuple[str, ...]) -> Counter[str]:
    """How often each word occurs in the files below `users`, strings and comments included."""
    words: Counter[str] = Counter()
    for user in users:
        found = [root / user] if (root / user).is_file() else sorted((root / user).rglob("*"))
        for path in found:
            if path.suffix in (".py", ".ipynb", ".jinja", ".toml", "") and path.is_file():
                words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words


def unused(every: list[Definition], words: Counter[str]) -> list[Definition]:
    """Definitions whose name stands nowhere but in their own definitions."""
    defined = Counter(d.name for d in every)
    return [d for d in every if words[d.name] <= defined[d.name] and not _HOOKS.match(d.name)]


def duplicates(every: list[Definition]) -> list[str]:
    """Functions of at least DUPLICATE_LINES lines with the same statements, as sentences."""
    seen: dict[str, Definition] = {}
    found = []
    for d in every:
        if d.kind == "function" and d.body.count("\n") + 1 >= DUPLICATE_LINES:
            if d.body in seen:
                found.append(f"{d.where}: {d.name} repeats {seen[d.body].name} of {seen[d.body].where}; keep one.")
            seen[d.body] = d
    return found


def problems(sources: dict[Path, str], words: Counter[str]) -> list[str]:
    """Every broken limit as a sentence: what, where, what to do."""
    every = [d for path, source in sources.items() for d in definitions(path, source)]
    lengths = [d.lines for d in every if d.kind == "function"]
    found = [f"{d.where}: {d.name} has {d.lines} lines, more than {LONGEST}; split it."
             for d in every if d.kind == "function" and d.lines > LONGEST]  # fmt: skip
    found += [f"{d.where}: {d.name} has no docstring; add one." for d in every if not d.documented]
    found += [
        f"{path}: no docstring; add one."
        for path, source in sources.items()
        if not ast.get_docstring(ast.parse(source))
    ]
    found += [f"{d.where}: {d.name} has no return type; add it." for d in every if not d.typed]
    found += [f"{d.where}: {d.name} is used nowhere; take it out." for d in unused(every, words)]
    found += duplicates(every)
    if lengths and statistics.median(lengths) > MEDIAN:
        found.append(
            f"The median function has {statistics.median(lengths)} lines, more than {MEDIAN}; split the longer ones."
        )
    return found


def import_seconds(modules: str) -> float:
    """Seconds that a fresh interpreter takes to import `modules`."""
    code = f"import time; start = time.perf_counter(); import {modules}; print(time.perf_counter() - start)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


def main() -> int:
    """Print the measurements and what breaks a limit; exit status 1 when anything does."""
    sources = read(ROOT)
    every = [d for path, source in sources.items() for d in definitions(path, source)]
    functions = sorted((d for d in every if d.kind == "function"), key=lambda d: d.lines)
    words = used_names(ROOT, USERS)
    lines = sum(source.count("\n") for source in sources.values())
    print(
        f"{len(sources)} modules of lib/ and publish/, {lines} lines, {len(functions)} functions: "
        f"median {statistics.median(d.lines for d in functions):g} lines, "
        f"longest {functions[-1].lines} ({functions[-1].name}); "
        f"docstrings {100 * sum(d.documented for d in every) // len(every)}%, "
        f"return types {100 * sum(d.typed for d in functions) // len(functions)}%."
    )
    tested = used_names(ROOT, (*USERS, "tests"))
    only_tests = sorted({d.name for d in unused(every, words)} - {d.name for d in unused(every, tested)})
    if only_tests:
        print(f"Used by tests only: {', '.join(only_tests)}.")
    seconds = [import_seconds(names) for names in ("lib", "lib.data, lib.metrics, lib.ranking, lib.states", "pandas")]
    print("Import: lib {:.2f} s, with data, measures and ranks {:.2f} s (pandas alone {:.2f} s).".format(*seconds))
    found = problems(sources, tested)
    for sentence in found:
        print(f"Error: {sentence}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
