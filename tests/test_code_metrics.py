"""The limits on the code can be broken: each is shown to fail on a made-up module."""

from collections import Counter
from pathlib import Path

import pytest

from tests import code_metrics


def module(body: str, documented: bool = True) -> dict[Path, str]:
    return {Path("lib/made_up.py"): ('"""Made up."""\n' if documented else "") + body}


FINE = 'def fine(x: int) -> int:\n    """Add one."""\n    return x + 1\n'
LONG = 'def long() -> int:\n    """Long."""\n' + "    x = 1\n" * 39 + "    return x\n"
MIDDLING = "".join(LONG.replace("long", f"f{n}").replace("    x = 1\n" * 20, "") for n in range(3))
TWINS = "".join(
    f'def {name}(x: int) -> int:\n    """Say {name}."""\n    y = x + 1\n    z = y * 2\n    return z\n' for name in "ab"
)


def problems(body: str, **options) -> list[str]:
    words = Counter(dict.fromkeys(["fine", "long", "f0", "f1", "f2", "a", "b", "bare", "loose"], 9))
    return code_metrics.problems(module(body, **options), words)


def test_a_good_module_has_no_problems():
    assert problems(FINE) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (LONG, "lib/made_up.py:2: long has 42 lines, more than 40"),
        (MIDDLING, "The median function has"),
        ("def bare(x: int) -> int:\n    return x\n", "bare has no docstring"),
        ('def loose(x: int):\n    """Return it."""\n    return x\n', "loose has no return type"),
        ('def lonely() -> int:\n    """One."""\n    return 1\n', "lonely is used nowhere"),
        (TWINS, "b repeats a of lib/made_up.py:2"),
    ],
)
def test_each_limit_can_be_broken(body, message):
    assert any(message in sentence for sentence in problems(body)), problems(body)


def test_a_module_needs_a_docstring():
    assert problems(FINE, documented=False) == ["lib/made_up.py: no docstring; add one."]


@pytest.mark.integration
def test_the_project_keeps_its_limits(capsys):
    assert code_metrics.main() == 0, capsys.readouterr().err
    assert "median" in capsys.readouterr().out
