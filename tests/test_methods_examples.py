"""Each worked example of the appendix: the library agrees with the arithmetic, and the text says the numbers."""

import json
import re

import pytest
from scipy import stats

from lib.examples import EXAMPLES
from tests.conftest import ROOT


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_library_agrees_with_the_arithmetic(name):
    example = EXAMPLES[name]()
    assert len(example.found) == len(example.by_hand) > 0
    assert example.found == pytest.approx(example.by_hand, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("competition_ranks", "1, 1, 3 and 4"),
        ("shares_and_changes", "22.2%"),
        ("shares_and_changes", "−14.7%"),
        ("tvpa_cases", "In 2021 those 2 stand beside the total, and 6 cases are under the TVPA; in 2022"),
        ("bounds", "the 2nd place holds 3 to 4 cases, the 3rd 1 to 2"),
        ("poisson_interval", "−ln 0.025 = 3.69"),
        ("binomial_interval", "cube root of 0.025 = 70.8%"),
        ("conditional_test", "(1/2)⁵ = 0.03125"),
        ("rank_sets", "A is 1 (1–1), B and C are 2 (2–3)"),
        ("funnel_limits", "/ e = 0.019, below 2.5%; that of 3 or more is 0.080"),
        ("shrunken_rates", "they become 2.25 and 7.75"),
        (
            "small_numbers",
            "9 cases: “too few cases”; 10 cases: “unstable”; 19 cases: “unstable”; 20 cases: “enough cases”",
        ),
    ],
)
def test_the_text_says_what_a_hand_finds(name, said):
    assert said in EXAMPLES[name]().text


def test_the_probability_of_the_first_place_by_another_way():
    """The ratio of two gamma variables of equal rate is a beta tail: shapes 25/11 + 1 and 25/11 + 9."""
    expected = stats.beta.sf(0.5, 25 / 11 + 9, 25 / 11 + 1)
    assert f"probability {expected:.3f}" in EXAMPLES["shrunken_rates"]().text


def test_every_example_stands_in_the_appendix_and_every_method_there_has_one():
    chapter = json.loads((ROOT / "chapters" / "d-methods.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in chapter["cells"]]
    shown = re.findall(r'^worked\("(\w+)"\)$', "\n".join(sources), re.MULTILINE)
    assert shown == list(EXAMPLES)
    sections = [cell for cell in sources if "{#sec-method-" in cell]
    assert len(sections) == len(shown) and all("Function" in cell for cell in sections)
