"""What can be wrong with a file of court records, and the tally of rows that were set aside because of it."""

from dataclasses import dataclass, field

from lib.errors import BookError

#: How many line numbers are kept for each reason; the rows themselves are all counted.
EXAMPLES = 5


class CourtRecordsError(BookError):
    """A file of court records that cannot be counted: the message says what is wrong, where, and what to do."""


class SetAsideWarning(UserWarning):
    """Rows were left out of a count; the message says how many and why."""


@dataclass
class Report:
    """What was read of a file and what was left out. No value of the file is kept: line numbers and column names only."""

    name: str
    strict: bool = False
    rows: int = 0
    relevant: int = 0
    synthetic: bool = False
    reasons: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    fiscal_years: set[int] = field(default_factory=set)

    def set_aside(self, line: int, reason: str) -> None:
        """Count one row as set aside. Raises CourtRecordsError naming the line when the reading is strict."""
        if self.strict:
            raise CourtRecordsError(
                f"{self.name}, line {line}: {reason}; correct the row, or read without --strict to set such rows aside."
            )
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        examples = self.lines.setdefault(reason, [])
        if len(examples) < EXAMPLES:
            examples.append(line)

    @property
    def total_set_aside(self) -> int:
        """How many rows were left out, over all reasons."""
        return sum(self.reasons.values())

    def sentences(self) -> list[str]:
        """The summary, a sentence a line: rows read, rows that matter, and rows set aside by reason with line numbers."""
        found = [
            f"{self.rows:,} rows read, {self.relevant:,} of them name a charge of the definition, "
            f"{self.total_set_aside:,} set aside."
        ]
        for reason, number in sorted(self.reasons.items(), key=lambda item: (-item[1], item[0])):
            shown = ", ".join(str(line) for line in self.lines[reason])
            more = ", ..." if number > len(self.lines[reason]) else ""
            found.append(f"Set aside, {number:,}: {reason} (line {shown}{more}).")
        if self.fiscal_years:
            found.append(f"The fiscal years in it run from {min(self.fiscal_years)} to {max(self.fiscal_years)}.")
        if self.synthetic:
            found.append(
                "These records are SYNTHETIC: made for tests, about no real case. No number here is a finding."
            )
        return found
