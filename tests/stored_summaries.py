"""Summaries of a few places as they were when somebody last read them: `python -m tests.stored_summaries` renews them.

The pages of the states are not executed notebooks, so nbval does not compare them; these files do that for six of them, each
of another kind: the published one, two districts, no court, many districts, a single one, and a territory.
"""

from pathlib import Path

from lib import summary
from lib.summary_output import markdown

FOLDER = Path(__file__).parent / "stored"
CHOSEN = [("MO", 2019), ("OH", 2023), ("AS", 2023), ("TX", 2021), ("NV", 2020), ("PR", 2022)]


def path(usps: str, year: int) -> Path:
    """Where the summary is stored."""
    return FOLDER / f"{usps.lower()}-{year}.md"


def main() -> None:
    """Store the summaries as they are now."""
    FOLDER.mkdir(exist_ok=True)
    for usps, year in CHOSEN:
        path(usps, year).write_text(markdown(summary.state_summary(usps, year)), encoding="utf-8")


if __name__ == "__main__":
    main()
