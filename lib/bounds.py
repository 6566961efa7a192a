"""What published values and ranks imply for the values that were not published, exactly, by integer programming.

The unknown ranking is a sequence v1 >= v2 >= ... >= vn >= 0 of whole numbers, one a place. Every published statement
is linear in it: a value a with the competition rank r says v[r] = a and v[r-1] >= a + 1; a rank alone says
v[r-1] >= v[r] + 1; so many zeros fix where the sequence reaches 0; a total fixes its sum. A jurisdiction known by its
value alone, by a lower bound or as "among the top N" must sit on some place that fits: a 0/1 variable for each place
says which. Minimising and maximising a place, or the value of one jurisdiction, over all sequences gives sharp bounds:
each is reached by some complete set of figures that agrees with everything published.

Solver: HiGHS (Huangfu and Hall 2018, Math. Prog. Comp. 10:119-142) through `scipy.optimize.milp`, with no gap allowed.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from lib.errors import BookError, InconsistentFigures
from lib.ranking import ordinal

#: Columns of `published` that hold whole numbers; all but the first two may be left out.
COLUMNS = ["value", "rank", "at_least", "top"]
_BIG = 10**6


@dataclass(frozen=True)
class Statement:
    """One published statement: the figure of a jurisdiction (value, rank or both), a bound on it, or one of the nation."""

    kind: str
    who: str = ""
    value: int | None = None
    rank: int | None = None
    most: int | None = None

    def words(self) -> str:
        """The statement in words, as in "Missouri 7, ranked 5th"."""
        if self.kind == "total":
            return f"a total of {self.value}"
        if self.kind == "zeros":
            span = f"{self.value}" if self.value == self.most else f"{self.value} to {self.most}"
            return f"{span} jurisdictions with none"
        if self.kind == "at_least":
            return f"{self.who} at least {self.value}"
        if self.kind == "top":
            return f"{self.who} among the top {self.rank}"
        rank = "" if self.rank is None else f"ranked {ordinal(self.rank)}"
        return f"{self.who} " + ", ".join(
            text for text in ("" if self.value is None else f"{self.value}", rank) if text
        )


@dataclass(frozen=True)
class _Kind:
    """What is known of a jurisdiction; those that are equal are interchangeable."""

    value: int | None = None
    rank: int | None = None
    at_least: int = 0
    top: int | None = None


@dataclass
class _Program:
    """An integer program over the n places: variables 0 to n-1 are v1 to vn, others are added."""

    size: int
    most: int
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    pinned: Counter[int] = field(default_factory=Counter)
    seated: dict[int, list[int]] = field(default_factory=dict)

    def add(self, terms: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """Require low <= sum of coefficient times variable <= high."""
        self.rows.append((terms, low, high))

    def impossible(self) -> None:
        """Require what cannot be."""
        self.add({0: 0.0}, 1.0, 1.0)

    def variable(self, low: float, high: float) -> int:
        """Add a whole-number variable between two limits; its number."""
        self.lower.append(low)
        self.upper.append(high)
        return len(self.lower) - 1

    def fix(self, place: int, value: float) -> None:
        """Require that the place (from 1) holds the value."""
        self.add({place - 1: 1.0}, value, value)

    def not_below(self, place: int, other: int, by: float = 0.0) -> None:
        """Require that one place holds at least `by` more than another; places beyond the last hold nothing."""
        if place != other and other <= self.size:
            self.add({place - 1: 1.0, other - 1: -1.0}, by)
        elif by > 0:
            self.impossible()

    def limit(self, place: int) -> int:
        """The most that a place can hold: the first p places together hold at most the total."""
        return self.most // place

    def solve(self, objective: dict[int, float], extra: list[Any] | None = None) -> np.ndarray | None:
        """The variables that minimise the objective, or None when nothing satisfies the program."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        rows = self.rows + (extra or [])
        entries = [(i, j, c) for i, (terms, _, _) in enumerate(rows) for j, c in terms.items()]
        i, j, c = np.array(entries, dtype=float).reshape(-1, 3).T
        matrix = csr_array((c, (i.astype(int), j.astype(int))), shape=(len(rows), len(self.lower)))
        low, high = (np.array([row[k] for row in rows]) for k in (1, 2))
        costs = np.zeros(len(self.lower))
        costs[list(objective)] = list(objective.values())
        found = milp(
            costs,
            integrality=np.ones(len(self.lower), dtype=int),
            bounds=Bounds(self.lower, self.upper),
            constraints=LinearConstraint(matrix, low, high) if rows else None,
            options={"mip_rel_gap": 0},
        )
        solution = None if found.x is None else np.rint(found.x).astype(int)
        # The solver works to a tolerance; whole numbers either satisfy the rows exactly or the answer is refused.
        exact = solution is None or bool(((matrix @ solution >= low) & (matrix @ solution <= high)).all())
        if found.status not in (0, 2) or not exact:
            raise BookError(
                f"The solver gave no exact answer ({found.message}); check that the figures are counts of cases."
            )
        return solution


def _kinds(statements: list[Statement]) -> dict[str, _Kind]:
    """What the statements say of each jurisdiction together."""
    kinds: dict[str, _Kind] = {}
    for statement in statements:
        known = kinds.get(statement.who, _Kind())
        if statement.kind == "figure":
            kinds[statement.who] = replace(known, value=statement.value, rank=statement.rank)
        elif statement.kind == "at_least":
            kinds[statement.who] = replace(known, at_least=statement.value or 0)
        elif statement.kind == "top":
            kinds[statement.who] = replace(known, top=statement.rank)
    return kinds


def _program(statements: list[Statement], size: int) -> _Program:
    """The integer program of all statements but those that need a seat of unknown place."""
    nation = {s.kind: s for s in statements if s.kind in ("total", "zeros")}
    total = nation["total"].value if "total" in nation else None
    known = [s.value for s in statements if s.value is not None]
    # Without a total a sequence that fits can be squeezed until it exceeds every number mentioned by `size` at most.
    most = total if total is not None else size * (max(known, default=0) + size)
    program = _Program(size, most)
    for place in range(1, size + 1):
        program.variable(0, program.limit(place))
        if place > 1:
            program.not_below(place - 1, place)
    if total is not None:
        program.add(dict.fromkeys(range(size), 1.0), total, total)
    if "zeros" in nation:
        _add_zeros(program, nation["zeros"].value or 0, nation["zeros"].most or 0)
    return program


def _add_zeros(program: _Program, fewest: int, most: int) -> None:
    """Require that between `fewest` and `most` places hold 0."""
    if fewest > program.size or fewest > most:
        program.impossible()
        return
    if fewest > 0:
        program.fix(program.size - fewest + 1, 0)
    if most < program.size:
        program.add({program.size - most - 1: 1.0}, 1)


def _with_ranks(kinds: list[_Kind]) -> list[_Kind]:
    """Give each value without a rank the rank that was published with the same value, where one was."""
    ranks: dict[int | None, int] = {k.value: k.rank for k in kinds if k.value is not None and k.rank is not None}
    return [replace(k, rank=ranks[k.value]) if k.rank is None and k.value in ranks else k for k in kinds]


def _seat_ranked(program: _Program, rank: int, group: list[_Kind]) -> None:
    """Seat all jurisdictions of one published rank on the first places of its tie, which begins at that rank."""
    last = rank + len(group) - 1
    if last > program.size:
        program.impossible()
        return
    program.pinned.update(range(rank, last + 1))
    if rank > 1:
        program.not_below(rank - 1, rank, 1)
    program.not_below(last, rank)
    for kind in group:
        if kind.value is not None:
            program.fix(rank, kind.value)
        program.add({rank - 1: 1.0}, kind.at_least)
        if kind.top is not None:
            program.not_below(rank, kind.top)


def _seat_zeros(program: _Program, group: list[_Kind]) -> None:
    """Seat all jurisdictions known to have none on the last places."""
    first = program.size - len(group) + 1
    program.pinned.update(range(first, program.size + 1))
    if group:
        program.fix(first, 0)


def _seat(program: _Program, kind: _Kind, count: int) -> dict[int, int]:
    """Give `count` jurisdictions of one kind seats that fit, chosen by the solver: place -> its 0/1 variable."""
    free = [place for place in range(1, program.size + 1) if not program.pinned[place]]
    seats = {place: program.variable(0, 1) for place in free}
    program.add({0: 0.0} | dict.fromkeys(seats.values(), 1.0), count, count)
    for place, seat in seats.items():
        program.seated.setdefault(place, []).append(seat)
        program.add({place - 1: 1.0, seat: -float(kind.at_least if kind.value is None else kind.value)}, 0)
        limit = program.limit(place)
        if kind.value is not None:
            program.add({place - 1: 1.0, seat: float(limit - kind.value)}, high=limit)
        elif kind.top is not None and kind.top < place:
            reach = program.limit(kind.top)
            program.add({place - 1: 1.0, kind.top - 1: -1.0, seat: -float(reach)}, -reach)
    return seats


def _check_value(program: _Program, kind: _Kind) -> None:
    """Require that a known value obeys the other things known of it."""
    if kind.value is not None and kind.rank is None:
        if kind.value < kind.at_least:
            program.impossible()
        if kind.top is not None and kind.top <= program.size:
            program.add({kind.top - 1: 1.0}, high=kind.value)


def _build(statements: list[Statement], size: int, single: _Kind | None = None) -> tuple[_Program, dict[int, int]]:
    """The whole program; `single` is one jurisdiction, not among the statements, whose seats are returned."""
    program = _program(statements, size)
    kinds = _with_ranks(list(_kinds(statements).values()))
    for rank in sorted({kind.rank for kind in kinds if kind.rank is not None}):
        _seat_ranked(program, rank, [kind for kind in kinds if kind.rank == rank])
    floating = [kind for kind in kinds if kind.rank is None]
    _seat_zeros(program, [kind for kind in floating if kind.value == 0])
    for kind in floating:
        _check_value(program, kind)
    if any(count > 1 for count in program.pinned.values()):
        program.impossible()
    for kind, count in Counter(kind for kind in floating if kind.value != 0 and kind != _Kind()).items():
        _seat(program, kind, count)
    seats = {} if single is None else _seat(program, single, 1)
    for variables in program.seated.values():
        program.add(dict.fromkeys(variables, 1.0), high=1)
    return program, seats


def _feasible(statements: list[Statement], size: int) -> bool:
    """Whether some ranking agrees with all the statements."""
    return _build(statements, size)[0].solve({}) is not None


def _smallest_hitting(sets: list[frozenset[int]], count: int) -> set[int]:
    """A smallest set of numbers below `count` that shares a member with each of the sets."""
    program = _Program(0, 0)
    for _ in range(count):
        program.variable(0, 1)
    for members in sets:
        program.add(dict.fromkeys(members, 1.0), 1)
    found = program.solve(dict.fromkeys(range(count), 1.0)) if sets else np.zeros(count)
    return set() if found is None else set(np.flatnonzero(found).tolist())


def smallest_contradiction(statements: list[Statement], size: int) -> list[Statement]:
    """A smallest set of statements that cannot all be true; empty when all can.

    Implicit hitting sets (Ignatiev, Previti, Liffiton and Marques-Silva 2015, CP 2015, LNCS 9255:173-182): whatever is
    left out of a largest consistent set must be hit by every contradiction, so a smallest hitting set that is itself
    contradictory is a smallest contradiction.
    """
    if _feasible(statements, size):
        return []
    corrections: list[frozenset[int]] = []
    while True:
        chosen = _smallest_hitting(corrections, len(statements))
        if not _feasible([statements[i] for i in sorted(chosen)], size):
            return [statements[i] for i in sorted(chosen)]
        for i in range(len(statements)):
            if i not in chosen and _feasible([statements[k] for k in sorted({*chosen, i})], size):
                chosen.add(i)
        corrections.append(frozenset(range(len(statements))) - chosen)


def _whole(value: Any, who: str, column: str, least: int) -> int | None:
    """A cell as a whole number, None for NA. Raises BookError naming the jurisdiction and the column."""
    if pd.isna(value):
        return None
    number = float(value) if isinstance(value, Real) else float("nan")
    if not number.is_integer() or number < least:
        raise BookError(f"{who}: {column} is {value}, but must be a whole number of {least} or more; correct it.")
    return int(number)


def _zeros(zeros: Any) -> list[Statement]:
    """The statement of how many have none, exactly or as a pair. Raises BookError when it is neither."""
    if zeros is None:
        return []
    pair = zeros if isinstance(zeros, tuple) else (zeros, zeros)
    fewest, most = (_whole(number, "The nation", "the number without any", 0) for number in pair)
    return [Statement("zeros", value=fewest, most=most)]


def _statements(published: pd.DataFrame, total: Any, size: int, zeros: Any) -> list[Statement]:
    """The published statements one by one. Raises BookError for what is no such table."""
    if not {"value", "rank"} <= set(published.columns) or not published.index.is_unique:
        raise BookError("Bounds need a table with one row a jurisdiction and the columns value and rank.")
    if size < 1 or len(published) > size:
        raise BookError(f"{len(published)} jurisdictions are listed, but only {size} are ranked; correct one of them.")
    amount = _whole(total, "The nation", "the total", 0)
    if amount is None:
        raise BookError("Bounds need the national total, which was not published for these figures.")
    found = [Statement("total", value=amount), *_zeros(zeros)]
    for who, row in published.iterrows():
        found += _row_statements(str(who), row)
    return found


def _row_statements(who: str, row: pd.Series) -> list[Statement]:
    """What one row of the table states."""
    least = {"value": 0, "rank": 1, "at_least": 0, "top": 1}
    cells = {c: _whole(row[c], who, c, least[c]) if c in row else None for c in COLUMNS}
    found = []
    if cells["value"] is not None or cells["rank"] is not None:
        found.append(Statement("figure", who, cells["value"], cells["rank"]))
    if cells["at_least"]:
        found.append(Statement("at_least", who, cells["at_least"]))
    if cells["top"] is not None:
        found.append(Statement("top", who, rank=cells["top"]))
    return found


def _consistent(published: pd.DataFrame, total: Any, size: int, zeros: Any) -> list[Statement]:
    """The statements of the table. Raises InconsistentFigures naming a smallest set that cannot all be true."""
    statements = _statements(published, total, size, zeros)
    wrong = smallest_contradiction(statements, size)
    if wrong:
        names = dict(published["name"]) if "name" in published else {}
        named = [replace(s, who=str(names.get(s.who, s.who))).words() for s in wrong]
        raise InconsistentFigures(
            f"Among {size} jurisdictions these cannot all be true: {'; '.join(named)}. "
            "Check them against their sources and correct or leave out one of them."
        )
    return statements


def _distribution(statements: list[Statement], size: int) -> pd.DataFrame:
    """Lower and upper bound of each place of consistent statements.

    Every solution also bounds all other places from inside, and a place cannot pass its neighbour, so most places need
    no solution of their own.
    """
    program, _ = _build(statements, size)
    inner_low, inner_high = np.full(size, _BIG), np.full(size, -1)

    def reach(place: int, sign: float) -> int:
        """The least (sign 1) or largest (sign -1) value of one place; the solution narrows all places."""
        found = program.solve({place: sign})
        assert found is not None  # the statements are consistent
        np.minimum(inner_low, found[:size], out=inner_low)
        np.maximum(inner_high, found[:size], out=inner_high)
        return int(found[place])

    upper = [reach(0, -1.0)]
    for place in range(1, size):
        upper.append(upper[-1] if inner_high[place] == upper[-1] else reach(place, -1.0))
    lower = [reach(size - 1, 1.0)]
    for place in reversed(range(size - 1)):
        lower.append(lower[-1] if inner_low[place] == lower[-1] else reach(place, 1.0))
    places = pd.RangeIndex(1, size + 1, name="place")
    return pd.DataFrame({"lower": lower[::-1], "upper": upper}, index=places, dtype="Int64")


def implied_distribution(
    published: pd.DataFrame, total: int, size: int = 56, zeros: int | tuple[int, int] | None = None
) -> pd.DataFrame:
    """The sharpest lower and upper bound of the value on each place of the ranking.

    `published` has one row a jurisdiction (the index) and the columns `value` (a count) and `rank` (standard competition
    rank), either NA where not published; optionally `at_least` (a lower bound of the value), `top` (it is among the top
    so many) and `name` (for messages). `total` is the national sum, `size` how many are ranked, `zeros` how many of
    them have none, exactly or as a pair (fewest, most). Returns Int64 columns lower and upper, indexed by place 1..size.

    Raises InconsistentFigures when no complete ranking agrees with all of it, naming a smallest set of statements that
    contradict each other, and BookError for a table of another form.
    """
    return _distribution(_consistent(published, total, size, zeros), size)


def _first(places: range, holds: Callable[[int], bool]) -> int:
    """The first of the places at which something holds that holds from there on, by halving."""
    low, high = 0, len(places) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(places[middle]) else (middle + 1, high)
    return places[low]


def _extreme(program: _Program, seats: dict[int, int], outer: pd.Series, sign: int) -> int:
    """The least (sign 1) or largest (sign -1) value of the jurisdiction with the seats, tried seat by seat.

    Seats are tried from the end where the wanted value lies, until no later one can do better than its outer bound.
    """
    best: int | None = None
    for place in sorted(seats, reverse=sign > 0):
        if best is not None and sign * int(outer.loc[place]) >= sign * best:
            break
        found = program.solve({place - 1: float(sign)}, [({seats[place]: 1.0}, 1, 1)])
        if found is not None and (best is None or sign * int(found[place - 1]) < sign * best):
            best = int(found[place - 1])
    assert best is not None  # the statements are consistent
    return best


def _unvalued(kind: _Kind, others: list[Statement], size: int, places: pd.DataFrame) -> tuple[int, int, int, int]:
    """Least and largest value, best and worst rank of one jurisdiction whose value and rank were not published."""
    program, seats = _build(others, size, kind)

    def within(rank: int) -> bool:
        """Whether it can be among the top `rank`: on a later seat it equals that place."""
        reach = program.limit(rank)
        rows = [({p - 1: 1.0, rank - 1: -1.0, seat: -reach}, -reach, np.inf) for p, seat in seats.items() if p > rank]
        return program.solve({}, rows) is not None

    def never_below(rank: int) -> bool:
        """Whether it cannot be ranked worse than `rank`: no seat can hold less than that place."""
        early = [({seat: 1.0}, 0, 0) for place, seat in seats.items() if place <= rank]
        late = [
            ({rank - 1: 1.0, p - 1: -1.0, seat: -1.0 - program.limit(p)}, -program.limit(p), np.inf)
            for p, seat in seats.items()
            if p > rank
        ]
        return not late or program.solve({}, [*early, *late]) is None

    least, largest = _extreme(program, seats, places["lower"], 1), _extreme(program, seats, places["upper"], -1)
    # Places that must hold more than its largest value, or can hold more than its least, limit its rank; mostly exactly.
    best, worst = int((places["lower"] > largest).sum()) + 1, int((places["upper"] > least).sum()) + 1
    if not within(best):
        best = _first(range(best + 1, size + 1), within)
    if worst > 1 and never_below(worst - 1):
        worst = _first(range(1, worst), never_below)
    return least, largest, best, worst


def _valued(value: int, places: pd.DataFrame) -> tuple[int, int, int, int]:
    """The same for a known value without a rank: rank q or better when place q can hold no more than it."""
    best = int((places["lower"] > value).sum()) + 1
    worst = int((places["upper"] > value).sum()) + 1
    return value, value, best, worst


def _ranked(rank: int, places: pd.DataFrame) -> tuple[int, int, int, int]:
    """The same for a known rank: its value is that of the place."""
    return int(places["lower"].loc[rank]), int(places["upper"].loc[rank]), rank, rank


def implied_bounds(
    published: pd.DataFrame, total: int, size: int = 56, zeros: int | tuple[int, int] | None = None
) -> pd.DataFrame:
    """The sharpest bounds of the value and of the rank of each jurisdiction of `published`, index as there.

    Arguments and errors as in `implied_distribution`; list a jurisdiction of which nothing is known with NA. Returns the
    Int64 columns lower and upper (counts), lower_rank (best) and upper_rank (worst).
    """
    return implied(published, total, size, zeros)[0]


def implied(
    published: pd.DataFrame, total: int, size: int = 56, zeros: int | tuple[int, int] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`implied_bounds` and `implied_distribution` together, solved once.

    Jurisdictions of which the same is known have the same bounds, so each kind is solved once.
    """
    statements = _consistent(published, total, size, zeros)
    places = _distribution(statements, size)
    kinds = _kinds(statements)
    ranks = {who: kind.rank for who, kind in zip(kinds, _with_ranks(list(kinds.values())), strict=True)}
    solved: dict[_Kind, tuple[int, int, int, int]] = {}
    for who in map(str, published.index):
        kind, rank = kinds.get(who, _Kind()), ranks.get(who)
        if kind in solved:
            continue
        if rank is not None:
            solved[kind] = _ranked(rank, places)
        elif kind.value is not None:
            solved[kind] = _valued(kind.value, places)
        else:
            solved[kind] = _unvalued(kind, [s for s in statements if s.who != who], size, places)
    rows = [solved[kinds.get(str(who), _Kind())] for who in published.index]
    columns = ["lower", "upper", "lower_rank", "upper_rank"]
    return pd.DataFrame(rows, columns=columns, index=published.index, dtype="Int64"), places


def implied_rank(
    published: pd.DataFrame, who: Any, total: int, size: int = 56, zeros: int | tuple[int, int] | None = None
) -> tuple[int, int]:
    """Best and worst rank that everything but its own rank leaves to a jurisdiction whose value is known.

    Arguments and errors as in `implied_distribution`; `who` is a label of the index. This recomputes a published rank from
    the other published figures.
    """
    value = int(published["value"].loc[who])
    others = published.assign(rank=published["rank"].where(published.index != who))
    program, _ = _build(_consistent(others, total, size, zeros), size)

    def reached(rank: int) -> bool:
        """Whether the place can hold no more than the value."""
        return program.solve({}, [({rank - 1: 1.0}, -np.inf, value)]) is not None

    def passed(rank: int) -> bool:
        """Whether the place cannot hold more than the value."""
        return program.solve({}, [({rank - 1: 1.0}, value + 1, np.inf)]) is None

    ranks = range(1, size + 1)
    return _first(ranks, reached), _first(ranks, passed)
