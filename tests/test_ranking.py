import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import BookError
from lib.ranking import competition_rank, ordinal, rank_text, ranked, tie_sizes

values = st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=1, max_size=60)


def series(numbers):
    return pd.Series(numbers, dtype="Int64")


def test_equal_values_share_the_better_rank_and_skip_the_next():
    assert competition_rank(series([8, 7, 8, 5, None])).tolist()[:4] == [1, 3, 1, 4]


def test_ascending():
    assert competition_rank(series([8, 7, 8]), descending=False).tolist() == [2, 1, 2]


@given(values)
def test_rank_is_one_plus_the_number_of_larger_values(numbers):
    ranks = competition_rank(series(numbers))
    known = [n for n in numbers if n is not None]
    for number, rank in zip(numbers, ranks, strict=True):
        if number is None:
            assert pd.isna(rank)
        else:
            assert rank == 1 + sum(other > number for other in known)
    assert ranks.dtype == "Int64"


@given(values)
def test_ties_fill_the_places_between_ranks(numbers):
    table = ranked(series(numbers)).dropna()
    groups = table.groupby("rank").agg(tied=("tied", "first"), size=("rank", "size"))
    assert (groups.tied == groups["size"]).all()
    expected = [1, *(groups.index + groups["size"]).tolist()[:-1]]
    assert groups.index.tolist() == (expected if len(groups) else [])


@given(values, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(numbers, random):
    places = list(range(len(numbers)))
    random.shuffle(places)
    ranks, shuffled = competition_rank(series(numbers)), competition_rank(series(numbers).iloc[places])
    pd.testing.assert_series_equal(ranks, shuffled.sort_index())


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_ordinals(number, text):
    assert ordinal(number) == text


def test_ordinal_below_one_is_an_error():
    with pytest.raises(BookError, match="not 0"):
        ordinal(0)


def test_rank_in_words():
    assert rank_text(25, tied=6, size=56) == "tied 25th of 56"
    assert rank_text(5, size=56) == "5th of 56"
    assert rank_text(5) == "5th"
    assert rank_text(pd.NA) == "not ranked"


def test_tie_sizes_leave_missing_missing():
    sizes = tie_sizes(series([2, 2, None, 1]))
    assert sizes.tolist()[:2] == [2, 2] and pd.isna(sizes[2]) and sizes[3] == 1


def test_ranked_words_count_only_what_is_ranked():
    table = ranked(series([3, 3, None]))
    assert table.rank_text.tolist() == ["tied 1st of 2", "tied 1st of 2", "not ranked"]
