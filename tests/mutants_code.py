"""Change the code of lib/ piece by piece with mutmut and see whether a test fails: `python -m tests.mutants_code [MODULE ...]`.

Prints the score by module and every survivor; exit status 1 when fewer than 90 percent of the mutants are killed.
`[tool.mutmut]` in pyproject.toml says which tests run. mutmut does not mutate functions behind a decorator such as `cache`.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

GOAL = 90
#: Exit codes of mutmut's records: 0 the tests passed, 33 no test reaches the function, None not yet tried.
SURVIVED, NO_TEST = 0, 33


def score(codes: dict[str, int | None]) -> tuple[int, int]:
    """Killed and tried mutants among the exit codes of one module; one that no test reaches counts as a survivor."""
    tried = [code for code in codes.values() if code is not None]
    return sum(code not in (SURVIVED, NO_TEST) for code in tried), len(tried)


def records(folder: Path) -> dict[str, dict[str, int | None]]:
    """The exit codes of every mutant, by module, as mutmut left them below `folder`."""
    found = {}
    for path in sorted((folder / "lib").rglob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        if codes:
            found[path.name.removesuffix(".py.meta")] = codes
    return found


def report(found: dict[str, dict[str, int | None]]) -> float:
    """Print the score of each module, and every survivor; the whole score in percent."""
    total: Counter[str] = Counter()
    for module, codes in found.items():
        killed, tried = score(codes)
        total.update(killed=killed, tried=tried)
        left = len(codes) - tried
        if tried:
            print(f"lib.{module}: {killed} of {tried} killed" + (f", {left} not tried" if left else ""))
        for name, code in codes.items():
            if code in (SURVIVED, NO_TEST):
                print(f"  {'survived' if code == SURVIVED else 'no test'}: {name}")
    percent = 100 * total["killed"] / max(1, total["tried"])
    print(f"Code mutants: {total['killed']} of {total['tried']} killed ({percent:.1f}%).")
    return percent


def main(modules: list[str]) -> int:
    """Run mutmut on the named modules of lib/, or on all, and report; exit status 1 below the goal."""
    names = [f"lib.{module}.*" for module in modules]
    environment = os.environ | {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "mutmut", "run", *names, "--max-children", str(os.cpu_count())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    found = records(ROOT / "mutants")
    if not any(score(codes)[1] for codes in found.values()):
        end = (done.stdout + done.stderr).replace("\r", "\n").strip()[-2000:]
        print(f"{end}\nError: mutmut tried nothing (exit status {done.returncode}); see above.", file=sys.stderr)
        return 1
    return 0 if report(found) >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
