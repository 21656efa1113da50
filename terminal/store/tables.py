"""Tables as shops have them: CSV in UTF-8 or GB 18030, and XLSX. Rows come one after the other, none is kept.

A file may be anything: nothing of it is worked out, and all of it has an end.
"""

from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from terminal.core.cells import COLUMNS_MAX, ROWS_MAX, BadHead, RefusedRow, quoted
from terminal.core.listing import fits
from terminal.runtime.durable import sync_folder

FILE_BYTES_MAX = 64 << 20
_ROW_BYTES = 335
"""So many a row has at most, taken together, where more of them may come."""
_SHOWN_MAX = 100
LINE_BYTES_MAX = 16_384
_DELIMITERS = ",;\t"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_MOSTLY = 10
"""One line in so many that is none of UTF-8 is a line that was spoilt."""

Cells = tuple[int, Sequence[str] | RefusedRow]
"""A row's number as a spreadsheet counts, and what stands in it."""


Fits = Callable[[Sequence[str]], int]
"""How many of these cells a head may say."""


def rows_of(path: Path, known: Fits = fits, rows_max: int = ROWS_MAX) -> Iterator[Cells]:
    """The head first, which is no RefusedRow. Raises BadHead for what is no such table, OSError."""
    bytes_max = max(FILE_BYTES_MAX, rows_max * _ROW_BYTES)
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if size > bytes_max:
            raise BadHead(f"the file has {size} bytes, {bytes_max} at most; cut it in two")
        start = file.read(8)
        file.seek(0)
        if start.startswith(b"PK"):
            from terminal.store.workbooks import sheet  # noqa: PLC0415  a CSV needs none of it

            yield from sheet(file, rows_max)
        elif start.startswith(_UTF_16) or b"\0" in start or start.startswith(b"\xd0\xcf\x11\xe0"):
            raise BadHead("neither CSV nor XLSX; save it as CSV UTF-8 or as XLSX")
        else:
            yield from _csv(file, known, rows_max)


def _csv(file: BinaryIO, known: Fits, rows_max: int) -> Iterator[Cells]:
    encoding = _encoding(file)
    lines = _lines(file, encoding)
    number, line = next(lines, (0, ""))
    while number and isinstance(line, str) and not line.strip(" ,;\t\r\ufeff"):
        number, line = next(lines, (0, ""))
    if not number or isinstance(line, RefusedRow):
        raise BadHead("no row that names the columns; the first must" if not number else str(line))
    line = line.removeprefix("\ufeff")
    delimiter = max(_DELIMITERS, key=lambda one: known(_cells(line, one) or ()))
    head = _cells(line, delimiter)
    if head is None or len(head) > COLUMNS_MAX:
        raise BadHead(f"the head has an open quotation mark, or more than {COLUMNS_MAX} columns")
    yield number, head
    for count, (at, text) in enumerate(lines):
        if count >= rows_max:
            why = f"more than {rows_max} rows"
            yield at, RefusedRow(row=at, column="", why=why, do="cut the file in two")
            return
        if isinstance(text, RefusedRow):
            yield at, text
        elif text.strip(f' {delimiter}\r"'):
            yield at, _row(at, text, delimiter, len(head))


def _row(number: int, line: str, delimiter: str, width: int) -> Sequence[str] | RefusedRow:
    cells = _cells(line, delimiter)
    if cells is None:
        why, do = (
            "a quotation mark that does not end in this line",
            "take line breaks and quotation marks out",
        )
    elif len(cells) != width:
        why, do = f"{len(cells)} cells, the head has {width}", "put cells with commas into quotation marks"
    else:
        return cells
    return RefusedRow(row=number, column="", why=why, do=do)


def _cells(line: str, delimiter: str) -> list[str] | None:
    """One line by itself: an open quotation mark spoils no other."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _encoding(file: BinaryIO) -> str:
    """What most lines are that are not plain ASCII; one without an end is refused, whatever it is."""
    lines = bad = 0
    while line := file.readline(LINE_BYTES_MAX):
        if line.endswith(b"\n") and not line.isascii():
            lines += 1
            bad += _text(line, "utf-8") is None
    bom = _starts(file, _BOM)
    return "utf-8" if bom or bad * _MOSTLY <= lines else "gb18030"


def _starts(file: BinaryIO, mark: bytes) -> bool:
    file.seek(0)
    found = file.read(len(mark)) == mark
    file.seek(0)
    return found


def _text(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _lines(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str | RefusedRow]]:
    """By number. What does not end with a line's end may have been cut, in the middle of a price even."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if not line.endswith(b"\n"):
            if len(line) > LINE_BYTES_MAX:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LINE_BYTES_MAX)
                why, do = f"longer than {LINE_BYTES_MAX} bytes", "shorten it"
            else:
                why, do = "the file ends here without a line's end", "see that nothing is cut off, and end it"
            yield number, RefusedRow(row=number, column="", why=why, do=do)
        elif (text := _text(line, encoding)) is None:
            do = "save the file as CSV UTF-8"
            yield number, RefusedRow(row=number, column="", why=f"it is no {encoding.upper()}", do=do)
        else:
            yield number, text.rstrip("\r\n")


def write_rows(
    path: Path, head: Sequence[str], rows: Iterator[Sequence[str]], *, personal: bool = False
) -> int:
    """How many there were. A new file, XLSX where its name says so, else CSV. Raises OSError.

    `personal`: nobody else on this machine is to read it.
    """
    fresh = path.with_name(f"{path.name}-new")
    if path.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    try:
        if personal:
            _for_its_owner(fresh)
        if path.suffix.lower() == ".xlsx":
            from terminal.store.workbooks import write_sheet  # noqa: PLC0415  a CSV needs none of it

            count = write_sheet(fresh, head, rows)
        else:
            count = _write_csv(fresh, head, rows)
        _named(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.absolute().parent)
    return count


def _for_its_owner(path: Path) -> None:
    """FAT keeps no rights: there the mount says who reads. Raises PermissionError: others could."""
    path.touch(mode=0o600)
    with suppress(PermissionError):
        path.chmod(0o600)
    if path.stat().st_mode & 0o077:
        raise PermissionError(errno.EPERM, "others could read it; mount that with umask=077", str(path))


def _named(fresh: Path, path: Path) -> None:
    """Never over another; where files have one name alone (FAT) none was there a moment ago."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except OSError:
        fresh.rename(path)


def _write_csv(path: Path, head: Sequence[str], rows: Iterator[Sequence[str]]) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(head)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


class Report:
    """Every refused row, as a table of its own where a file is named; the first are kept for the screen."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises OSError: there is such a file, or it cannot be made."""
        self.first: list[RefusedRow] = []
        self.count = 0
        self._file = path.open("x", encoding="utf-8-sig", newline="") if path else None
        self._rows = csv.writer(self._file, lineterminator="\r\n") if self._file else None
        if self._rows:
            self._rows.writerow(("row", "column", "why", "do"))

    def add(self, refused: RefusedRow) -> None:
        self.count += 1
        if len(self.first) < _SHOWN_MAX:
            self.first.append(refused)
        if self._rows:
            said = (refused.column, refused.why, refused.do)
            self._rows.writerow((refused.row, *map(quoted, said)))

    def tell(self, say: Callable[[str], object], path: Path | None) -> None:
        """The first of them on the screen; `path`: where all are."""
        for one in self.first:
            say(f"{one}\n")
        if (more := self.count - len(self.first)) and path is None:
            say(f"and {more} more: --report FILE has all of them\n")
        if path is not None and self.count:
            say(f"{path}: {self.count} refused rows\n")

    def close(self) -> None:
        if self._file:
            self._file.close()
