"""What pytest does besides while mutants of the code are tried; `tests/mutants_code.py` says how it is used.

Two parts. While mutmut notes which test reaches which function, nothing that `lib` remembers is carried over from test to
test, and what a shared fixture reaches counts for every test that uses it. And once the tests are collected, a process is
forked for each mutant, which runs the tests that reach it, the quickest file first, until one fails. mutmut itself collects
the tests anew for each mutant, which takes ten times as long.
"""

import json
import os
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import replay

#: The environment variable that names a file: which mutants to try, and where to write what became of them.
ORDERS = "MUTANTS_TO_TRY"
#: Tried first, with every test: the code as it is, which must survive.
UNCHANGED = "unchanged"
KILLED, SURVIVED, NO_TEST, TIMEOUT = 1, 0, 33, 36
#: What the set-up of each fixture of a file or session reached, by the fixture's name.
_reached: dict[str, set[str]] = {}


def _state() -> Any:
    """What mutmut notes while it collects statistics; None outside mutmut."""
    if os.environ.get("MUTANT_UNDER_TEST") != "stats":
        return None
    from mutmut.state import state

    return state()


def pytest_runtest_setup() -> None:
    """While mutmut notes what each test reaches, nothing is remembered from an earlier test."""
    if _state():
        replay.forget()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[None]:
    """Note what a shared fixture reaches."""
    state = _state()
    if state is None or fixturedef.scope == "function":
        return (yield)
    before = set(state._stats)
    state._stats.clear()
    try:
        return (yield)
    finally:
        _reached.setdefault(fixturedef.argname, set()).update(state._stats)
        state._stats.update(before)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """A test reaches what its shared fixtures reached."""
    if state := _state():
        for name in getattr(item, "fixturenames", ()):
            state._stats.update(_reached.get(name, ()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Try the ordered mutants instead of running the tests once."""
    if ORDERS not in os.environ:
        return None
    orders = json.loads(Path(os.environ[ORDERS]).read_text(encoding="utf-8"))
    statistics = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
    with Path(orders["results"]).open("a", encoding="utf-8") as results:
        for mutant, code in _tried(session, orders["mutants"], orders["processes"], statistics):
            print(json.dumps([mutant, code]), file=results, flush=True)
    return True


def _tried(
    session: pytest.Session, mutants: list[str], processes: int, statistics: dict[str, Any]
) -> Iterator[tuple[str, int]]:
    """Each mutant and what became of it, so many at a time."""
    running: dict[int, str] = {}
    for mutant in [UNCHANGED, *mutants]:
        reached = statistics["tests_by_mangled_function_name"]
        tests = (
            set(statistics["duration_by_test"])
            if mutant == UNCHANGED
            else reached.get(mutant.partition("__mutmut_")[0], [])
        )
        items = in_order(session.items, set(tests), statistics["duration_by_test"])
        if not items:
            yield mutant, NO_TEST
            continue
        if len(running) == processes:
            yield _ended(running)
        running[_forked(session, items, mutant, statistics["duration_by_test"])] = mutant
    while running:
        yield _ended(running)


def in_order(items: list[pytest.Item], tests: set[str], seconds: dict[str, float]) -> list[pytest.Item]:
    """The items of these tests, the quickest file first and its quickest test first."""
    chosen = [item for item in items if item.nodeid in tests]
    files: Counter[Path] = Counter()
    for item in chosen:
        files[item.path] += seconds.get(item.nodeid, 0)
    return sorted(chosen, key=lambda item: (files[item.path], item.path, seconds.get(item.nodeid, 0)))


def _forked(session: pytest.Session, items: list[pytest.Item], mutant: str, seconds: dict[str, float]) -> int:
    """Start a process that runs the items with the mutant in place; its number."""
    if child := os.fork():
        return child
    code = KILLED
    try:
        limit = 30 + round(2 * sum(seconds.get(item.nodeid, 0) for item in items))
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        os.environ["MUTANT_UNDER_TEST"] = mutant
        replay.forget()
        code = KILLED if _any_fails(session, items) else SURVIVED
    finally:
        os._exit(code)


def _any_fails(session: pytest.Session, items: list[pytest.Item]) -> bool:
    """Run the items until one fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return True
    return False


def _ended(running: dict[int, str]) -> tuple[str, int]:
    """Wait for a process to end; its mutant and what became of it."""
    child, status = os.wait()
    return running.pop(child), TIMEOUT if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
