"""Pass over a text file of court records at close to the speed of reading it, and pick out the rows that can matter.

A row can matter only if it names a section of the definition, and every charge is written "18:1591": so each block of bytes is
searched, by whole-array operations, for a colon followed by one of the section numbers. The rest of a row is never looked
at, but for its number of tabs, which is checked for every row.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lib.court_records.layout import NEEDED, Layout, header
from lib.court_records.problems import CourtRecordsError, Report
from lib.court_records.sources import Source

#: Large enough to make the overhead small, small enough to stay in a processor's cache.
BLOCK = 1 << 20
_PAD = 64
TAB, NEWLINE, ZERO, NINE, COLON = 9, 10, 48, 57, 58
Bytes = NDArray[np.uint8]
#: A row that can matter: its line number and the values of NEEDED and, last, of SOURCE.
Row = tuple[int, list[str]]


class Prefilter:
    """Finds where a block may name a section number, by four digits at most: never too little, seldom too much."""

    def __init__(self, numbers: list[str], size: int) -> None:
        """Prepare for blocks of at most `size` bytes; `numbers` are section numbers such as "1591"."""
        self.length = min(4, *(len(number) for number in numbers)) if len(numbers) > 1 else min(4, len(numbers[0]))
        starts = sorted({number[: self.length].encode() for number in numbers})
        # where no section number is longer, a further digit makes it another section
        self.whole = all(len(number) == self.length for number in numbers)
        self.codes = np.array([int.from_bytes(start, "big") for start in starts], dtype=np.uint32)
        # the one digit that takes the fewest values rules out most colons; on a tie the later one, which is rarer
        choices = [sorted({start[place] for start in starts}) for place in range(self.length)]
        self.place = min(range(self.length), key=lambda place: (len(choices[place]), -place))
        self.digits = choices[self.place]
        self.mask, self.digit, self.one = (np.empty(size + _PAD, dtype=bool) for _ in range(3))

    def positions(self, block: Bytes, end: int) -> NDArray[np.intp]:
        """Places of colons in `block[:end]` that a section number follows; `block` is readable for 64 bytes beyond `end`."""
        whole = -(-end // 8) * 8
        mask, digit, one = self.mask[:whole], self.digit[:whole], self.one[:whole]
        np.equal(block[:whole], COLON, out=mask)
        after = block[self.place + 1 : self.place + 1 + whole]
        if self.digits[-1] - self.digits[0] == len(self.digits) - 1:  # neighbours: one comparison does for all
            np.less_equal(np.subtract(after, self.digits[0], out=one.view(np.uint8)), len(self.digits) - 1, out=digit)
        else:
            np.equal(after, self.digits[0], out=digit)
            for value in self.digits[1:]:
                np.logical_or(digit, np.equal(after, value, out=one), out=digit)
        np.logical_and(mask, digit, out=mask)
        mask[end:] = False
        # eight bytes at a time: almost every word is empty
        words = np.flatnonzero(mask.view(np.uint64) != 0)
        inside = np.flatnonzero(np.take(mask.reshape(-1, 8), words, axis=0))
        found = words[inside >> 3] * 8 + (inside & 7)
        code = np.zeros(len(found), dtype=np.uint32)
        for place in range(self.length):
            code = (code << np.uint32(8)) | block[found + 1 + place]
        found = found[np.isin(code, self.codes)]
        after = block[found + 1 + self.length]
        kept: NDArray[np.intp] = found[(after < ZERO) | (after > NINE)] if self.whole else found
        return kept


@dataclass
class Lines:
    """Whole lines of a source, a block at a time, in one buffer that is used again and again."""

    source: Source
    buffer: bytearray = field(default_factory=lambda: bytearray(BLOCK + _PAD))
    filled: int = 0

    def __iter__(self) -> Iterator[int]:
        """Refill the buffer; each step yields the end of its last whole line. A last line without end gets one."""
        window, end = memoryview(self.buffer), 0
        while True:
            rest = self.filled - end
            window[:rest] = window[end : self.filled]
            read = self.source.read_into(window[rest:BLOCK])
            self.filled = rest + read
            if not read and rest:
                window[rest : rest + 1] = b"\n"
                self.filled += 1
            if not self.filled:
                return
            end = self.buffer.rfind(b"\n", 0, self.filled) + 1
            if not end and self.filled >= BLOCK:
                raise CourtRecordsError(
                    f"{self.source.name} has a line of more than {BLOCK:,} bytes, so it is no file of court records; "
                    "give the file cr96on.txt or the archive it came in."
                )
            if end:
                yield end


class Scan:
    """One pass over a source: yields the rows that can matter and keeps the tally in `report`."""

    def __init__(self, source: Source, numbers: list[str], report: Report) -> None:
        """Read `source` for rows that name one of the section `numbers`."""
        self.lines = Lines(source)
        self.source, self.report = source, report
        self.block: Bytes = np.frombuffer(self.lines.buffer, dtype=np.uint8)
        self.prefilter = Prefilter(numbers, BLOCK)
        self.newline, self.scratch = np.empty(BLOCK + _PAD, dtype=bool), np.empty(BLOCK + _PAD, dtype=bool)
        self.layout: Layout | None = None
        self.line = 1

    def rows(self, progress: Callable[[int], None] | None = None) -> Iterator[Row]:
        """The rows that can matter, in the order of the file. `progress` is told the position in the source now and then.

        Raises CourtRecordsError for a file that is empty, has another header or is damaged.
        """
        for end in self.lines:
            start = 0
            if self.layout is None:
                start = self.lines.buffer.index(b"\n") + 1
                self.layout = header(bytes(self.lines.buffer[:start]), self.source.name)
                self.line = 2
            if start < end:
                yield from self._block(self.layout, start, end)
            if progress:
                progress(self.source.position())
        if self.layout is None:
            raise CourtRecordsError(f"{self.source.name} is empty; give the file cr96on.txt or the archive it came in.")
        if not self.report.rows:
            raise CourtRecordsError(f"{self.source.name} has a header but no rows; download it again.")

    def _block(self, layout: Layout, start: int, end: int) -> Iterator[Row]:
        """Check and search the lines in `[start, end)` of the buffer."""
        newline, tab = self.newline[:end], self.scratch[:end]
        np.equal(self.block[:end], NEWLINE, out=newline)
        newline[:start] = False
        number = int(np.count_nonzero(newline))
        np.equal(self.block[start:end], TAB, out=tab[start:])
        wrong: set[int] = set()
        if int(np.count_nonzero(tab[start:])) != number * (layout.width - 1):
            wrong = self._wrong_width(layout, start, end)
        self._note_fiscal_years(layout, start, end)
        yield from self._relevant(layout, start, end, wrong)
        self.report.rows += number
        self.line += number

    def _wrong_width(self, layout: Layout, start: int, end: int) -> set[int]:
        """Set aside the lines of a block whose number of tabs is not that of the header; their line numbers."""
        ends = np.flatnonzero(self.newline[start:end])
        starts = np.concatenate([[0], ends[:-1] + 1])
        tabs = np.add.reduceat(self.scratch[start:end].astype(np.int64), starts)
        wrong = {self.line + int(place) for place in np.flatnonzero(tabs != layout.width - 1)}
        for line in sorted(wrong):
            self.report.set_aside(line, "the row does not have as many columns as the header")
        return wrong

    def _note_fiscal_years(self, layout: Layout, start: int, end: int) -> None:
        """Note the fiscal years of the first and the last line of a block: enough to know what the file covers."""
        place = layout.places[NEEDED.index("FISCALYR")]
        last = self.lines.buffer.rfind(b"\n", start, end - 1) + 1 or start
        for where in {start, last}:
            fields = bytes(self.lines.buffer[where : self.lines.buffer.index(b"\n", where)]).split(b"\t", place + 1)
            if len(fields) > place and fields[place].strip().isdigit():
                self.report.fiscal_years.add(int(fields[place]))

    def _relevant(self, layout: Layout, start: int, end: int, wrong: set[int]) -> Iterator[Row]:
        """The lines of a block that name a section number, each once."""
        buffer, done = self.lines.buffer, start
        for position in self.prefilter.positions(self.block, end).tolist():
            if position < done:
                continue
            first = buffer.rfind(b"\n", done, position) + 1 or done
            done = buffer.index(b"\n", position) + 1
            line = self.line + int(np.count_nonzero(self.newline[:first]))
            if line not in wrong and (row := self._values(layout, first, done, line)):
                yield line, row

    def _values(self, layout: Layout, first: int, end: int, line: int) -> list[str] | None:
        """The needed values of one line, and nothing else of it; None when its number of columns is wrong."""
        fields = self.lines.buffer[first : end - 1].split(b"\t")
        if len(fields) != layout.width:
            self.report.set_aside(line, "the row does not have as many columns as the header")
            return None
        mark = b"" if layout.mark is None else fields[layout.mark]
        values = b"\t".join([*(fields[place] for place in layout.places), mark]).decode("latin-1").split("\t")
        return [value.strip(' "\r') for value in values]
