"""The measures of the book from the courts' own records: the Federal Judicial Center's file of criminal defendants.

    from lib.court_records import count
    count("cr96on_0.zip", range(2019, 2024), by="state")

Names and judges are in columns that are never decoded, kept or written.
"""

from lib.court_records.command import add_command
from lib.court_records.compare import compare
from lib.court_records.counting import Records, count, read
from lib.court_records.definition import Definition, definition
from lib.court_records.problems import CourtRecordsError, Report, SetAsideWarning

__all__ = [
    "CourtRecordsError",
    "Definition",
    "Records",
    "Report",
    "SetAsideWarning",
    "add_command",
    "compare",
    "count",
    "definition",
    "read",
]
