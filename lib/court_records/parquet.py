"""Court records that somebody converted to Parquet: only the needed columns are read, a batch of rows at a time."""

from collections.abc import Callable, Iterator
from typing import Any

from lib.court_records.layout import ENDED, FILED, MARK, NEEDED, layout
from lib.court_records.problems import CourtRecordsError, Report
from lib.court_records.scan import Row

BATCH = 65_536
#: Codes that a conversion to whole numbers robs of their leading zeros.
_PADDED = {"DISTRICT": 2, "DEFLGKY": 18, "DOCKET": 7}


def rows(path: str, numbers: list[str], report: Report, progress: Callable[[int], None] | None = None) -> Iterator[Row]:
    """The rows that name one of the section `numbers`; row 1 of the table is called line 2, as in the text file.

    Raises CourtRecordsError for a file that is damaged or lacks a needed column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    pattern = ":(" + "|".join(numbers) + ")"
    line = 2
    try:
        file = pq.ParquetFile(path)
        names = {name.strip().upper(): name for name in file.schema_arrow.names}
        layout(list(names), path)
        wanted = [names[name] for name in [*NEEDED, MARK] if name in names]
        for batch in file.iter_batches(BATCH, columns=wanted):
            table = pa.Table.from_batches([batch])
            named = [pc.match_substring_regex(pc.cast(table[names[c]], pa.string()), pattern) for c in [*FILED, *ENDED]]
            places = pc.indices_nonzero(pc.fill_null(_any(pc, named), False))
            for place, values in zip(places.to_pylist(), table.take(places).to_pylist(), strict=True):
                yield line + place, [_text(name, values.get(names.get(name, ""))) for name in [*NEEDED, MARK]]
            _note_fiscal_years(table[names["FISCALYR"]], report)
            report.rows += len(table)
            line += len(table)
            if progress:
                progress(report.rows)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise CourtRecordsError(
            f"{path}, after row {report.rows}: not readable as Parquet ({reason}); convert it again."
        ) from None


def _any(pc: Any, masks: list[Any]) -> Any:
    """Whether any of several columns of truth values is true, a missing value being false."""
    found = pc.fill_null(masks[0], False)
    for mask in masks[1:]:
        found = pc.or_(found, pc.fill_null(mask, False))
    return found


def _text(name: str, value: Any) -> str:
    """A value as the text file would write it: dates MM/DD/YYYY, whole numbers without a point, codes with leading zeros."""
    if value is None or value != value:
        return ""
    if hasattr(value, "strftime"):
        return str(value.strftime("%m/%d/%Y"))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip(' "')
    return text.zfill(_PADDED.get(name, 0)) if isinstance(value, int) else text


def _note_fiscal_years(column: Any, report: Report) -> None:
    """Note the fiscal years of a batch."""
    for year in column.unique().to_pylist():
        if year is not None and str(year).split(".")[0].isdigit():
            report.fiscal_years.add(int(str(year).split(".")[0]))
