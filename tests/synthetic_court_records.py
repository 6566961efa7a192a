"""SYNTHETIC court records in exactly the layout of the Federal Judicial Center's criminal file, with known answers.

Nothing in these files is real: no court, person or case is meant, and every row says so in NAME and SOURCE. They exist to
test and to time `lib.court_records`, with every oddity that the real file is documented to have: pending rows repeated each
fiscal year, rows loaded again, reopened and transferred cases, charges with suffixes and near misses, sealed, life and
missing terms.

    python -m tests.synthetic_court_records synthetic.txt --rows 10000 --seed 1
"""

import argparse
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from lib import data

COLUMNS = list(data.fjc_criminal_columns()["column"])
DISTRICTS = dict(zip(data.districts()["fjc_district"], data.districts()["court_id"], strict=True))
FIRST_YEAR, LAST_YEAR = 2015, 2023  # fiscal years of the synthetic file
SEX = ["18:1591", "18:1591A", "18:1591.F", "18:1591(A)"]
LABOR = ["18:1589", "18:1589(A)", "18:1590", "18:1584", "18:1593A"]
UNDETERMINED = ["18:1594", "18:1594(C)", "18:1592"]
OUTSIDE = ["18:2421", "18:2422", "18:2422(B)", "18:2423.F", "18:2421A"]
GROUP_OF = {
    c: g
    for g, cs in {"sex": SEX, "forced_labor": LABOR, "undetermined": UNDETERMINED, "outside_tvpa": OUTSIDE}.items()
    for c in cs
}
#: Charges that look like the definition's and are not, among common ones.
OTHER = ["21:841", "8:1326", "18:922", "18:371", "18:1956", "18:1343", "18:1512", "18:2252A", "18:1028", "18:1546"]
NEAR = ["18:15910", "18:15890", "18:1593", "8:1591", "118:1591", "18:24210", "18:2424", "18:1595"]
CONVICTED = [4, 5, 8, 9, 17, 19]
NOT_CONVICTED = [0, 1, 2, 3, 20, -8]


def us_date(day: date | None) -> str:
    """A date as the file writes it; blank for none."""
    return "" if day is None else day.strftime("%m/%d/%Y")


def fiscal_year(day: date) -> int:
    """The fiscal year a day belongs to."""
    return day.year + (day.month >= 10)


def line(values: dict[str, object], columns: Iterable[str] = COLUMNS) -> str:
    """One row of the file; what is not given is missing, as the file writes it."""
    numbers = {"NAME": "SYNTHETIC NAME", "FJUDGE": "SYN1", "TJUDGE": "SYN2", "SOURCE": "SYNTHETIC", "VER": "1"}
    filler = {"CASLGKY": "000000000000000", "FOFFCD1": "0001", "D2FOFFCD1": "0001", "COUNTY": "00000"}
    return "\t".join(str(values.get(c, numbers.get(c, filler.get(c, "-8")))) for c in columns)


@dataclass
class Defendant:
    """One synthetic defendant: the truth from which rows and answers are made, separately."""

    district: str
    office: str
    docket: str
    key: str
    filed: date
    charges: list[str]
    ended: date | None = None
    disposed: date | None = None
    end_charges: list[str] = field(default_factory=list)
    dispositions: list[int] = field(default_factory=list)
    prison: int = -8
    by_transfer: bool = False
    reopened: date | None = None

    @property
    def case(self) -> str:
        """The case key."""
        return f"{self.district}|{self.office}|{self.docket}"

    @property
    def court_id(self) -> str:
        """The court."""
        return DISTRICTS[self.district]


def groups(charges: Iterable[str]) -> set[str]:
    """The counted groups of a defendant or case with these charges, written without any bit arithmetic."""
    named = {GROUP_OF[charge] for charge in charges if charge in GROUP_OF}
    if not named:
        return set()
    if named == {"outside_tvpa"}:
        return {"outside_tvpa"}
    own = named & {"sex", "forced_labor"}
    return {"tvpa"} | (own or {"undetermined"})


def _row(person: Defendant, year: int, reopened: bool = False) -> dict[str, object]:
    """The row of one defendant in one fiscal year."""
    start = person.reopened if reopened and person.reopened else person.filed
    ended = person.ended is not None and not reopened
    new, over = fiscal_year(start) == year, ended and fiscal_year(person.ended) == year
    values: dict[str, object] = {
        "FISCALYR": year,
        "CIRCUIT": "0",
        "DISTRICT": person.district,
        "OFFICE": person.office,
        "DOCKET": person.docket,
        "DEFNO": person.key[-3:],
        "REOPSEQ": int(reopened),
        "DEFLGKY": person.key,
        "FILEDATE": us_date(start),
        "PROCDATE": us_date(start),
        "LOADDATE": f"11/15/{year}",
        "TAPEYEAR": year,
        "CTFILTRN": int(new),
        "CTFIL": int(new and not person.by_transfer),
        "CTTRTRN": int(over),
        "CTTR": int(over),
        "CTPN": int(not over),
        "DISPDATE": "",
        "SENTDATE": "",
        "TERMDATE": "",
    }
    values |= {f"FTITLE{slot}": charge for slot, charge in enumerate(person.charges, 1)}
    if over:
        values |= {
            "DISPDATE": us_date(person.disposed),
            "SENTDATE": us_date(person.ended),
            "TERMDATE": us_date(person.ended),
        }
        values |= {f"TTITLE{slot}": charge for slot, charge in enumerate(person.end_charges, 1)}
        values |= {f"DISP{slot}": code for slot, code in enumerate(person.dispositions, 1)}
        values |= {"PRISTOT": person.prison}
    return values


def rows_of(person: Defendant, chance: random.Random) -> Iterator[dict[str, object]]:
    """The rows of one defendant: one for each fiscal year from filing to the end, some loaded twice, some reopened."""
    last = min(fiscal_year(person.ended) if person.ended else LAST_YEAR, LAST_YEAR)
    for year in range(fiscal_year(person.filed), last + 1):
        row = _row(person, year)
        if chance.random() < 0.1:  # an earlier load of the same year, wrong in what was corrected later
            yield row | {"LOADDATE": f"10/20/{year}", "PRISTOT": 999, "FTITLE1": "18:1591", "DISP1": 1, "TERMDATE": ""}
        yield row
    if person.reopened:
        for year in range(fiscal_year(person.reopened), LAST_YEAR + 1):
            yield _row(person, year, reopened=True)


def _charges(chance: random.Random, groups_of: list[list[str]]) -> list[str]:
    """One to five charges, at least one from the chosen groups, others from elsewhere."""
    own = [chance.choice(chance.choice(groups_of)) for _ in range(chance.randint(1, 2))]
    rest = [chance.choice(OTHER + NEAR) for _ in range(chance.randint(0, 2))]
    mixed = own + rest
    chance.shuffle(mixed)
    return mixed


def people(chance: random.Random) -> Iterator[Defendant]:
    """Defendants without end, in cases of one to three, of all kinds."""
    number = 0
    while True:
        district, office = chance.choice(list(DISTRICTS)), str(chance.randint(1, 4))
        number += 1
        docket = f"{number % 10_000_000:07d}"
        kind = chance.choice([[SEX], [SEX], [LABOR], [UNDETERMINED], [OUTSIDE], [SEX, LABOR], [SEX, OUTSIDE]])
        for defendant in range(1, chance.randint(1, 3) + 1):
            yield _person(chance, kind, district, office, docket, defendant)


def _person(
    chance: random.Random, kind: list[list[str]], district: str, office: str, docket: str, defendant: int
) -> Defendant:
    """One defendant of a case."""
    filed = date(FIRST_YEAR - 1, 10, 1) + timedelta(days=chance.randrange(365 * (LAST_YEAR - FIRST_YEAR + 1)))
    person = Defendant(
        district,
        office,
        docket,
        f"0{district}{office:0>3}{docket}NR{defendant:03d}"[:18],
        filed,
        _charges(chance, kind),
    )
    person.by_transfer = chance.random() < 0.05
    ended = filed + timedelta(days=chance.randrange(20, 1500))
    if fiscal_year(ended) <= LAST_YEAR and chance.random() < 0.8:
        person.ended = ended
        person.disposed = None if chance.random() < 0.05 else ended - timedelta(days=chance.randrange(0, 20))
        person.end_charges = _charges(chance, kind)
        person.dispositions = [chance.choice(CONVICTED + NOT_CONVICTED) for _ in person.end_charges]
        person.prison = chance.choice([chance.randrange(1, 400), chance.randrange(1, 400), 0, -1, -2, -3, -4, -5, -8])
        again = ended + timedelta(days=chance.randrange(100, 900))
        if chance.random() < 0.1 and fiscal_year(again) <= LAST_YEAR and fiscal_year(again) > fiscal_year(ended):
            person.reopened = again
    return person


def background(chance: random.Random, number: int) -> list[str]:
    """Rows that no definition concerns: other charges, near misses, every district, any state of a case."""
    found = []
    for _ in range(number):
        filed = date(FIRST_YEAR, 1, 1) + timedelta(days=chance.randrange(3000))
        year = min(fiscal_year(filed), LAST_YEAR)
        docket = f"{chance.randrange(10**7):07d}"
        person = Defendant(
            chance.choice(list(DISTRICTS)), "1", docket, f"{chance.randrange(10**18):018d}", filed,
            [chance.choice(NEAR if chance.random() < 0.002 else OTHER) for _ in range(chance.randint(1, 3))],
        )  # fmt: skip
        found.append(
            line(_row(person, year) | {"TTITLE1": chance.choice(OTHER), "NAME": "SYNTHETIC NAME, OF NO PERSON AT ALL"})
        )
    return found


#: Rows that must be set aside, as changes of a good row, with words of the reason.
BAD = {
    "DISTRICT": ({"DISTRICT": "99"}, "DISTRICT is not one of the 94 codes"),
    "date": ({"FILEDATE": "13/45/2019"}, "FILEDATE is not a date"),
    "iso date": ({"TERMDATE": "2019-05-01"}, "TERMDATE is not a date"),
    "no date": ({"FILEDATE": ""}, "FILEDATE is empty"),
    "flag": ({"CTFILTRN": "7"}, "CTFILTRN is neither 0 nor 1"),
    "number": ({"PRISTOT": "twelve"}, "PRISTOT is not a whole number"),
    "key": ({"DEFLGKY": ""}, "DEFLGKY is empty"),
    "year": ({"FISCALYR": "MMXIX"}, "FISCALYR is not a whole number"),
}


def write(path: Path, rows: int = 2000, seed: int = 0, every: int = 40, bad: bool = False) -> list[Defendant]:
    """Write a SYNTHETIC file of at least `rows` rows, one in `every` of which names a charge of the definition.

    Returns the defendants behind those rows, from which `answers` counts. The same seed gives the same bytes. With `bad`, a
    row of each kind of BAD and two rows of a wrong width are added, which must not change the answers.
    """
    chance = random.Random(seed)
    pool = background(chance, min(rows, 4000))
    block = ("\n".join(pool) + "\n").encode("latin-1")
    source, told, waiting = people(chance), [], []
    offsets = [0]
    for text in pool:
        offsets.append(offsets[-1] + len(text) + 1)
    written = place = 0
    with open(path, "wb") as file:
        file.write(("\t".join(COLUMNS) + "\n").encode())
        while written < rows or waiting:
            step = min(every - 1, len(pool) - place) if written < rows else 0
            file.write(block[offsets[place] : offsets[place + step]])
            place = (place + step) % len(pool)
            if not waiting and written < rows:
                told.append(next(source))
                waiting = [line(row) for row in rows_of(told[-1], chance)]
            if waiting:
                file.write((waiting.pop(0) + "\n").encode("latin-1"))
            written += step + 1
        if bad:
            good = _row(told[0], LAST_YEAR) | {"FTITLE1": "18:1591", "DEFLGKY": "BAD", "DOCKET": "9999999"}
            for change, _ in BAD.values():
                file.write((line(good | change) + "\n").encode())
            file.write(("\t".join(line(good).split("\t")[:-1]) + "\n").encode())
            file.write((line(good) + "\textra\textra\n").encode())
    return told


def answers(told: list[Defendant], measure: str, year: int, group: str, courts: set[str] | None = None) -> int:
    """The true count of one measure in a calendar year: sets of keys over the defendants told, nothing else."""
    here = [p for p in told if courts is None or p.court_id in courts]
    first, last = date(year, 1, 1), date(year, 12, 31)
    if measure in ("new_defendants", "new_cases"):
        people_new = [p for p in here if groups(p.charges)]
        if measure == "new_defendants":
            return sum(p.filed.year == year and group in groups(p.charges) for p in people_new)
        return _cases(people_new, lambda p: p.charges, lambda ps: min(p.filed for p in ps).year == year, group)
    if measure in ("active_defendants", "active_cases"):
        now = [p for p in here if _pending(p, first, last)]

        def on_record(person: Defendant) -> list[str]:
            """The charges on the newest row of what was pending: after reopening those at filing only."""
            return person.charges + (person.end_charges if _pending_before(person, first, last) else [])

        if measure == "active_defendants":
            return sum(group in groups(on_record(p)) for p in now)
        return _cases(now, on_record, lambda ps: True, group)
    if measure == "convictions":
        return sum(group in groups(_convicted(p)) and (p.disposed or p.ended or first).year == year for p in here)
    raise ValueError(measure)


def _convicted(person: Defendant) -> list[str]:
    """The charges a defendant was convicted of."""
    return [c for c, d in zip(person.end_charges, person.dispositions, strict=True) if d in CONVICTED]


def _pending(person: Defendant, first: date, last: date) -> bool:
    """Whether charges were pending in the period, before or after reopening."""
    again = person.reopened is not None and person.reopened <= last
    return again or _pending_before(person, first, last)


def _pending_before(person: Defendant, first: date, last: date) -> bool:
    """Whether charges were pending in the period before any reopening."""
    return person.filed <= last and (person.ended is None or person.ended >= first)


def _cases(some, charges_of, counts, group) -> int:
    """How many cases belong to a group, a case having the charges of all its defendants."""
    cases: dict[str, list[Defendant]] = {}
    for person in some:
        cases.setdefault(person.case, []).append(person)
    return sum(counts(ps) and group in groups(c for p in ps for c in charges_of(p)) for ps in cases.values())


def main() -> None:
    """Write a synthetic file from the command line."""
    parser = argparse.ArgumentParser(description="Write a SYNTHETIC file in the layout of the court records.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=40, help="one row in so many names a charge of the definition")
    options = parser.parse_args()
    told = write(options.path, options.rows, options.seed, options.every)
    print(
        f"{options.path}: {options.path.stat().st_size:,} bytes of SYNTHETIC rows, {len(told)} defendants of the definition"
    )


if __name__ == "__main__":
    main()
