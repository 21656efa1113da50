"""XLSX (ECMA-376, SpreadsheetML) with openpyxl: the first sheet, its values as they were typed or last seen.

Formulas are told as text with their sign of equality, for whoever reads to refuse; none is worked out. Before
a part is opened its size is looked at: what unfolds to more than a machine has is no catalogue.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from terminal.core.cells import CELL_CHARS_MAX, COLUMNS_MAX, BadHead, RefusedRow

_PARTS_MAX = 500
_PART_BYTES_MAX = 32 << 20
"""Of what is held in memory: texts that cells share, styles."""
_SHEET_BYTES_MAX = 128 << 20
"""Of what is read row by row."""
_DIGITS = ".15g"
"""So many a spreadsheet shows of a number (IEEE 754)."""


def sheet(file: BinaryIO, rows_max: int) -> Iterator[tuple[int, Sequence[str] | RefusedRow]]:
    """See `tables.rows_of`. Raises BadHead."""
    _check_size(file)
    try:
        with closing(load_workbook(file, read_only=True, keep_links=False)) as book:
            found = book.worksheets[0]
            found.reset_dimensions()  # What it says of itself may be anything.
            yield from _rows(found, rows_max)
    except BadHead:
        raise
    except Exception as fault:  # Whatever a file that is cut or made on purpose brings about.
        raise BadHead(f"no XLSX that can be read, or only half of one ({type(fault).__name__})") from fault


def _check_size(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise BadHead("no XLSX that can be read, or only half of one; save it anew") from fault
    finally:
        file.seek(0)
    for part in parts:
        rows = "worksheets/" in part.filename
        if part.file_size > (_SHEET_BYTES_MAX if rows else _PART_BYTES_MAX):
            raise BadHead(f"a part of it unfolds to {part.file_size} bytes; save it as CSV UTF-8")
    if len(parts) > _PARTS_MAX:
        raise BadHead(f"{len(parts)} parts, {_PARTS_MAX} at most; save the one sheet as a file of its own")


def _rows(
    found: Any,  # noqa: ANN401  openpyxl's own
    rows_max: int,
) -> Iterator[tuple[int, Sequence[str] | RefusedRow]]:
    width = 0
    for number, row in enumerate(found.iter_rows(max_col=COLUMNS_MAX), start=1):
        if number > rows_max + 1:
            why = f"more than {rows_max} rows"
            yield number, RefusedRow(row=number, column="", why=why, do="cut the file in two")
            return
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not width and cells:
            width = len(cells)
            yield number, cells
        elif len(cells) > width:
            why = f"{len(cells)} cells, the head has {width}"
            yield number, RefusedRow(row=number, column="", why=why, do="name every column")
        elif cells:
            yield number, cells + [""] * (width - len(cells))
    if not width:
        raise BadHead("no row that names the columns; the first must")


def _text(cell: Any) -> str:  # noqa: ANN401  openpyxl's own
    """As it would be typed. A formula begins with its sign, whatever it came to."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return "=" + str(value).removeprefix("=")[:CELL_CHARS_MAX]
    if isinstance(value, float):
        if "%" in (cell.number_format or ""):
            return f"{value * 100:{_DIGITS}}%"
        return format(value, _DIGITS)
    if isinstance(value, int) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{value * 100}%"
    text = str(value).upper() if isinstance(value, bool) else str(value)
    # Typed with a quote in front, or not: a spreadsheet keeps such a text as text.
    return f"'{text}" if text.startswith("=") else text


def write_sheet(path: Path, head: Sequence[str], rows: Iterator[Sequence[str]]) -> int:
    """All cells as text: no spreadsheet makes a number of a code, nor a formula of a name. Raises OSError."""
    book = Workbook(write_only=True)
    made = book.create_sheet("1")
    count = 0
    made.append(_texts(made, head))
    for row in rows:
        made.append(_texts(made, row))
        count += 1
    with path.open("wb") as file:
        book.save(file)
        file.flush()
        os.fsync(file.fileno())
    return count


def _texts(made: Any, row: Sequence[str]) -> list[object]:  # noqa: ANN401  openpyxl's own
    cells: list[object] = []
    for text in row:
        cell = WriteOnlyCell(made, value=text)
        cell.data_type, cell.number_format = "s", "@"
        cells.append(cell)
    return cells
