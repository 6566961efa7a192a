"""What pytest does besides while mutants of the code are tried; `tests/mutants_code.py` says how it is used.

Two parts. While mutmut notes which test reaches which function, nothing that `lib` remembers is carried over from test to
test, and what a shared fixture reaches counts for every test that uses it. And once the tests are collected, a process is
forked for each mutant, which runs the tests that reach it, the quickest file first, until one fails. mutmut itself collects
the tests anew for each mutant, which takes ten times as long.
"""

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import replay

#: The environment variable that names a file: which mutants to try, and where to write what became of them.
ORDERS = "MUTANTS_TO_TRY"
#: Tried with every test: the code as it is, which must survive.
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
    trial = Trial(session, Path(orders["results"]), statistics, orders["seconds"])
    trial.run(orders["mutants"], orders["processes"])
    return True


class Trial:
    """Mutants tried on the tests that one session collected, and the file that says what became of each."""

    def __init__(self, session: pytest.Session, results: Path, statistics: dict[str, Any], limit: float) -> None:
        self.session, self.results, self.limit = session, results, limit
        self.seconds: dict[str, float] = statistics["duration_by_test"]
        self.reached: dict[str, list[str]] = statistics["tests_by_mangled_function_name"]

    def run(self, mutants: list[str], processes: int) -> None:
        """Try each mutant, so many at a time."""
        running: dict[int, str] = {}
        for mutant in mutants:
            if len(running) == processes:
                self.wait(running)
            if items := self.items(mutant):
                running[self.fork(items, mutant)] = mutant
            else:
                self.note(mutant, NO_TEST)
        while running:
            self.wait(running)

    def items(self, mutant: str) -> list[pytest.Item]:
        """The tests that reach the mutant, those newer than the notes first, then the quickest file, its quickest test first."""
        names = set(self.seconds if mutant == UNCHANGED else self.reached.get(mutant.partition("__mutmut_")[0], ()))
        chosen = [item for item in self.session.items if item.nodeid in names or item.nodeid not in self.seconds]
        files: Counter[Path] = Counter()
        for item in chosen:
            files[item.path] += self.seconds.get(item.nodeid, 0)
        return sorted(
            chosen,
            key=lambda item: (item.nodeid in names, files[item.path], item.path, self.seconds.get(item.nodeid, 0)),
        )

    def fork(self, items: list[pytest.Item], mutant: str) -> int:
        """Start a process that runs the items with the mutant in place; its number."""
        if child := os.fork():
            return child
        try:
            limit = 30 + round(2 * sum(self.seconds.get(item.nodeid, 0) for item in items))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            os.environ["MUTANT_UNDER_TEST"] = mutant
            replay.forget()
            failed = self.first_failure(items)
            self.note(mutant, KILLED if failed else SURVIVED, failed)
        finally:
            os._exit(0)

    def first_failure(self, items: list[pytest.Item]) -> str:
        """Run the items until one fails; its name, an empty text when none does within the time for one mutant."""
        begin = time.process_time()
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.session.testsfailed:
                return item.nodeid
            if time.process_time() - begin > self.limit:
                break
        return ""

    def wait(self, running: dict[int, str]) -> None:
        """Wait for a process to end; one that was stopped has taken too long."""
        child, status = os.wait()
        mutant = running.pop(child)
        if os.WIFSIGNALED(status):
            self.note(mutant, TIMEOUT)

    def note(self, mutant: str, code: int, failed: str = "") -> None:
        """Add a line to the results: the mutant, what became of it, and the test that noticed it."""
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps([mutant, code, failed]) + "\n")
