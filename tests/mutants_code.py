"""Change the code of lib/ piece by piece and see whether a test fails.

    python -m tests.mutants_code [--sample N] [MODULE ...]

mutmut makes the mutants and notes which tests reach which function; `tests/mutants_plugin.py` then runs those tests for each
mutant. Prints the score by module and every survivor; exit status 1 when fewer than 90 percent are killed. With `--sample` at
most N mutants of each module are tried, drawn at random but always the same, and the score is given with its 95 percent
interval. What was tried before is not tried again while mutants/ is there. `[tool.mutmut]` in pyproject.toml says which tests
run; mutmut does not change functions behind a decorator such as `cache`.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tomllib
from itertools import zip_longest
from pathlib import Path

from lib import intervals
from tests.conftest import ROOT
from tests.mutants_plugin import NO_TEST, ORDERS, SURVIVED, TIMEOUT, UNCHANGED

GOAL = 90
#: One mutant: mutmut makes all, and notes which test reaches which, before it tries this one.
FIRST = "lib.words.x_count__mutmut_1"
MUTANTS = ROOT / "mutants"
#: Processor time after which a mutant that no test has noticed counts as a survivor; many tests reach some functions.
SECONDS = 20
SAID = {SURVIVED: "survived", NO_TEST: "no test", TIMEOUT: "timed out (counts as killed)"}

Codes = dict[str, int | None]


def score(codes: Codes) -> tuple[int, int]:
    """Killed and tried mutants among the exit codes of one module; one that no test reaches counts as a survivor."""
    tried = [code for code in codes.values() if code is not None]
    return sum(code not in (SURVIVED, NO_TEST) for code in tried), len(tried)


def known(folder: Path) -> Codes:
    """What became of each mutant tried so far."""
    path = folder / "results.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {mutant: code for mutant, code, _ in map(json.loads, lines)}


def records(folder: Path) -> dict[str, Codes]:
    """Every mutant below `folder` with its exit code, by module; None for one that was not tried."""
    codes = known(folder)
    found = {}
    for path in sorted((folder / "lib").rglob("*.py.meta")):
        names = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        if names:
            module = ".".join(path.relative_to(folder).parts).removesuffix(".py.meta")
            found[module] = {name: codes.get(name) for name in names}
    return found


def chosen(found: dict[str, Codes], modules: list[str], sample: int | None) -> dict[str, Codes]:
    """The mutants to try: of the named modules or of all, at most `sample` of each, the same at every call."""
    picked = {}
    for module, codes in found.items():
        if not modules or module in modules:
            names = sorted(codes)
            random.Random(2019).shuffle(names)
            picked[module] = {name: codes[name] for name in names[:sample]}
    return picked


def untried(picked: dict[str, Codes]) -> list[str]:
    """The mutants not yet tried, one of each module in turn, so that a run cut short has seen all modules alike."""
    rows = zip_longest(*([name for name, code in codes.items() if code is None] for codes in picked.values()))
    return [name for row in rows for name in row if name is not None]


def report(found: dict[str, Codes], sampled: bool = False) -> float:
    """Print the score of each module, and every survivor; the whole score in percent."""
    scores = {module: score(codes) for module, codes in found.items()}
    for module, codes in found.items():
        killed, tried = scores[module]
        rest = f", {len(codes) - tried} not tried" if len(codes) > tried else ""
        print(f"{module}: {killed} of {tried} killed{rest}")
        for name, code in codes.items():
            if code in SAID:
                print(f"  {SAID[code]}: {name}")
    killed, tried = (sum(pair[part] for pair in scores.values()) for part in (0, 1))
    percent = 100 * killed / max(1, tried)
    low, high = intervals.binomial_interval(killed, max(1, tried))
    between = f"; of all, between {100 * low:.1f} and {100 * high:.1f}%" if sampled else ""
    print(f"Code mutants: {killed} of {tried} killed ({percent:.1f}%{between}).")
    return percent


def run(command: list[str], folder: Path, **more: str) -> str:
    """Run a Python module in a folder; the end of what it said."""
    environment = os.environ | {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"} | more
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True)
    return (done.stdout + done.stderr).replace("\r", "\n").strip()[-2000:]


def attempt(names: list[str], processes: int) -> str:
    """Try these mutants and write what became of them to results.jsonl; what pytest said."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    orders = MUTANTS / "orders.json"
    results = str(MUTANTS / "results.jsonl")
    more_than_enough = 1e9 if names == [UNCHANGED] else SECONDS
    wanted = {"mutants": names, "processes": processes, "results": results, "seconds": more_than_enough}
    orders.write_text(json.dumps(wanted), encoding="utf-8")
    tests, arguments = options["pytest_add_cli_args_test_selection"], options["pytest_add_cli_args"]
    more = {ORDERS: str(orders), "PYTHONPATH": str(MUTANTS), "MUTANT_UNDER_TEST": ""}
    return run(["pytest", "-q", "--rootdir=.", "--tb=no", *tests, *arguments], MUTANTS, **more)


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants of the named modules of lib/, or of all, and report; exit status 1 below the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants_code", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="modules such as lib.ranking (default: all)")
    parser.add_argument("--sample", type=int, help="at most so many mutants of each module (default: all)")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="mutants tried at a time")
    options = parser.parse_args(arguments)
    said = "" if (MUTANTS / "mutmut-stats.json").exists() else run(["mutmut", "run", FIRST], ROOT)
    picked = chosen(records(MUTANTS), options.modules, options.sample)
    if known(MUTANTS).get(UNCHANGED) != SURVIVED:
        said = attempt([UNCHANGED], 1)
    if known(MUTANTS).get(UNCHANGED) != SURVIVED:
        print(f"{said}\nError: the tests fail on the unchanged code; see above.", file=sys.stderr)
        return 1
    if left := untried(picked):
        said = attempt(left, options.processes)
    picked = chosen(records(MUTANTS), options.modules, options.sample)
    if not any(score(codes)[1] for codes in picked.values()):
        print(f"{said}\nError: no mutant was tried; see above.", file=sys.stderr)
        return 1
    return 0 if report(picked, options.sample is not None) >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
