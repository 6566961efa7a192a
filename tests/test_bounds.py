"""Bounds against plain enumeration: every vector of values of every small case is tried."""

from itertools import combinations, product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import bounds
from lib.bounds import Statement, implied_bounds, implied_distribution, smallest_contradiction
from lib.errors import BookError, InconsistentFigures

NAMES = "ABCDEF"


def vectors(size: int, total: int):
    """Every way to give `size` jurisdictions whole numbers that add up to `total`."""
    if size == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in vectors(size - 1, total - first):
            yield (first, *rest)


def rank(vector, i: int) -> int:
    return 1 + sum(other > vector[i] for other in vector)


def agrees(vector, s: Statement) -> bool:
    if s.kind == "total":
        return sum(vector) == s.value
    if s.kind == "zeros":
        return s.value <= vector.count(0) <= s.most
    i = NAMES.index(s.who)
    if s.kind == "at_least":
        return vector[i] >= s.value
    if s.kind == "top":
        return rank(vector, i) <= s.rank
    return s.value in (None, vector[i]) and s.rank in (None, rank(vector, i))


def worlds(statements: list[Statement], size: int) -> list[tuple[int, ...]]:
    """Every complete ranking that agrees with the statements, one of which is the total."""
    total = next(s.value for s in statements if s.kind == "total")
    return [v for v in vectors(size, total) if all(agrees(v, s) for s in statements)]


def possible(statements: list[Statement], size: int) -> bool:
    """Whether any ranking agrees; without a total, one exists iff one exists with small enough values."""
    if any(s.kind == "total" for s in statements):
        return bool(worlds(statements, size))
    most = max([s.value for s in statements if s.value is not None and s.kind != "zeros"], default=0) + size
    return any(all(agrees(v, s) for s in statements) for v in product(range(most + 1), repeat=size))


@st.composite
def cases(draw, true: bool, size: int = 6, most: int = 10):
    """A table with size, total and zeros: taken from a ranking that exists, or any numbers at all."""
    size = draw(st.integers(1, size))
    vector = draw(st.lists(st.integers(0, 5), min_size=size, max_size=size).filter(lambda v: sum(v) <= most))
    rows = []
    for i in range(draw(st.integers(0, size))):
        kept = draw(st.lists(st.booleans(), min_size=4, max_size=4))
        off = [0] * 4 if true else draw(st.lists(st.sampled_from([0, 0, 0, 1, -1]), min_size=4, max_size=4))
        exact = [vector[i], rank(vector, i)]
        loose = [draw(st.integers(0, exact[0])), draw(st.integers(exact[1], size + 1))]
        cells = [max(v + o, low) for v, o, low in zip(exact + loose, off, [0, 1, 0, 1], strict=True)]
        rows.append([c if k else None for c, k in zip(cells, kept, strict=True)])
    table = pd.DataFrame(rows, columns=bounds.COLUMNS, index=list(NAMES[: len(rows)]), dtype="Int64")
    total = sum(vector) + (0 if true else draw(st.sampled_from([0, 0, 1, -1])))
    none = vector.count(0)
    zeros = draw(st.sampled_from([None, none, (max(none - 1, 0), none), (none, size)]))
    return table, max(total, 0), size, zeros


@settings(max_examples=60, deadline=None)
@given(cases(true=True))
def test_bounds_are_those_of_enumeration(case):
    table, total, size, zeros = case
    complete = worlds(bounds._statements(table, total, size, zeros), size)
    places = implied_distribution(table, total, size, zeros)
    ordered = [sorted(v, reverse=True) for v in complete]
    for p in range(size):
        values = [v[p] for v in ordered]
        assert tuple(places.loc[p + 1]) == (min(values), max(values))
    found = implied_bounds(table, total, size, zeros)
    for i, name in enumerate(table.index):
        values, ranks = [v[i] for v in complete], [rank(v, i) for v in complete]
        assert tuple(found.loc[name]) == (min(values), max(values), min(ranks), max(ranks))
    for who in table.index[table["value"].notna()]:
        without = table.assign(rank=table["rank"].where(table.index != who))
        left = worlds(bounds._statements(without, total, size, zeros), size)
        ranks = [rank(v, NAMES.index(who)) for v in left]
        assert bounds.implied_rank(table, who, total, size, zeros) == (min(ranks), max(ranks))


@settings(max_examples=80, deadline=None)
@given(cases(true=False, size=4, most=7))
def test_contradictions_are_found_and_none_is_smaller(case):
    table, total, size, zeros = case
    statements = bounds._statements(table, total, size, zeros)
    wrong = smallest_contradiction(statements, size)
    assert possible(statements, size) == possible(wrong, size) == (not wrong)
    for smaller in combinations(statements, max(len(wrong) - 1, 0)):
        assert possible(list(smaller), size)


def table(rows: dict[str, dict[str, int]]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=bounds.COLUMNS).astype("Int64")


def test_example_small_enough_to_follow_by_hand():
    """Four places, total 7, A has 3 and ranks 2nd: the first has 4 or more, which leaves nothing for the others."""
    published = table({"A": {"value": 3, "rank": 2}, "B": {}})
    places = implied_distribution(published, 7, 4)
    assert places.to_numpy().tolist() == [[4, 4], [3, 3], [0, 0], [0, 0]]
    assert implied_bounds(published, 7, 4).loc["B"].tolist() == [0, 4, 1, 3]


def test_a_jurisdiction_known_by_rank_by_a_bound_or_as_one_of_the_top():
    published = table({"A": {"rank": 1}, "B": {"at_least": 2}, "C": {"top": 2}, "D": {}})
    found = implied_bounds(published, 9, 4, zeros=1)
    assert found.loc["A"].tolist() == [3, 5, 1, 1]
    assert found.loc["B"].tolist() == [2, 3, 1, 3]
    assert found.loc["D"].tolist() == [0, 0, 4, 4]


def test_contradictions_are_named_in_words_and_no_more_than_needed():
    published = table({"A": {"value": 4, "rank": 1}, "B": {"value": 5}, "C": {"value": 1, "rank": 3}, "D": {"top": 2}})
    with pytest.raises(InconsistentFigures) as error:
        implied_bounds(published.assign(name=["Alaska", "Idaho", "Ohio", "Utah"]), 12, 5)
    assert "Alaska 4, ranked 1st; Idaho 5." in str(error.value) and "Ohio" not in str(error.value)


@pytest.mark.parametrize(
    ("rows", "total", "zeros", "words"),
    [
        ({"A": {"value": 9}}, 8, None, "a total of 8; A 9"),
        ({"A": {"rank": 7}}, 8, None, "A ranked 7th"),
        ({"A": {"value": 0, "at_least": 1}}, 8, None, "A 0; A at least 1"),
        ({"A": {"value": 1, "top": 1}, "B": {"value": 2}}, 8, None, "A 1; A among the top 1; B 2"),
        ({"A": {}}, 8, (6, 6), "a total of 8; 6 jurisdictions with none"),
        ({"A": {"value": 1}}, 3, (0, 2), "a total of 3; 0 to 2 jurisdictions with none"),
        ({"A": {"value": 3, "rank": 2}, "B": {"value": 3, "rank": 3}}, 20, None, "A 3, ranked 2nd; B 3, ranked 3rd"),
    ],
)
def test_words_of_contradictions(rows, total, zeros, words):
    with pytest.raises(InconsistentFigures, match=f"cannot all be true: {words}\\."):
        implied_distribution(table(rows), total, 6, zeros)


@pytest.mark.parametrize(
    ("published", "total", "message"),
    [
        (table({"A": {"value": 1}}).drop(columns="rank"), 3, "columns value and rank"),
        (pd.concat([table({"A": {"value": 1}})] * 2), 3, "one row a jurisdiction"),
        (table({name: {} for name in NAMES}), 3, "6 jurisdictions are listed, but only 5"),
        (table({"A": {}}), pd.NA, "national total, which was not published"),
        (table({"A": {"value": -1}}), 3, "A: value is -1, but must be a whole number of 0 or more"),
        (table({"A": {}}).astype("Float64").fillna(0.5), 3, "A: value is 0.5, but must be a whole number"),
        (table({"A": {}}).astype("object").fillna("many"), 3, "A: value is many, but must be a whole number"),
        (table({"A": {}}).astype("float").fillna(float("inf")), 3, "A: value is inf, but must be a whole number"),
        (table({"A": {"rank": 0}}), 3, "A: rank is 0, but must be a whole number of 1 or more"),
        (table({"A": {}}), -3, "The nation: the total is -3"),
    ],
)
def test_other_input_is_one_clear_sentence(published, total, message):
    with pytest.raises(BookError, match=message):
        implied_bounds(published, total, 5)


@pytest.mark.parametrize("zeros", [-1, 1.5, (0, "all")])
def test_a_number_of_zeros_that_is_none_is_an_error(zeros):
    with pytest.raises(BookError, match="the number without any is"):
        implied_distribution(table({"A": {}}), 3, 5, zeros)


def test_no_place_at_all_is_an_error():
    with pytest.raises(BookError, match="only 0 are ranked"):
        implied_distribution(table({}), 3, 0)


def test_an_inexact_answer_of_the_solver_is_refused(monkeypatch):
    import scipy.optimize

    solve = scipy.optimize.milp

    def nudged(*args, **kwargs):
        found = solve(*args, **kwargs)
        if found.x is not None:
            found.x = found.x + 1
        return found

    monkeypatch.setattr(scipy.optimize, "milp", nudged)
    with pytest.raises(BookError, match="no exact answer"):
        implied_distribution(table({"A": {"value": 1}}), 3, 4)
