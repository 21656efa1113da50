"""Files as shops have them, whole, spoilt, cut, and made on purpose."""

from __future__ import annotations

import errno
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from terminal.core.cells import ROWS_MAX, BadHead, RefusedRow
from terminal.store import tables, workbooks
from terminal.store.tables import rows_of, write_rows

HEAD = "货号,名称,售价\r\n"
ROW = "A1,红茶,12.50\r\n"
Put = Callable[[bytes], Path]
READ = [(1, ["货号", "名称", "售价"]), (2, ["A1", "红茶", "12.50"])]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(data: bytes) -> Path:
        path = tmp_path / "articles"
        path.write_bytes(data)
        return path

    return write


def read(path: Path, rows_max: int = ROWS_MAX) -> list[tuple[int, Sequence[str] | str]]:
    """Refused rows as what is wrong with them."""
    rows = rows_of(path, rows_max=rows_max)
    return [(at, row.why if isinstance(row, RefusedRow) else list(row)) for at, row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_a_csv_in_any_spelling(put: Put, encoding: str, delimiter: str, ending: str) -> None:
    text = (HEAD + ROW).replace(",", delimiter).replace("\r\n", ending)
    assert read(put(text.encode(encoding))) == READ


def test_what_stands_above_the_head_and_between_rows_is_no_row(put: Put) -> None:
    found = read(put(f"\r\n,,\r\n{HEAD}\r\n,,\r\n{ROW}".encode("utf-8-sig")))
    assert found == [(3, READ[0][1]), (6, READ[1][1])]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_file_that_is_cut_anywhere_gives_whole_rows_only(put: Put, encoding: str) -> None:
    data = (HEAD + ROW + ROW.replace("A1", "A2")).encode(encoding)
    first, second = len(HEAD.encode(encoding)), len((HEAD + ROW).encode(encoding))
    for length in range(first, len(data)):
        found = read(put(data[:length]))
        assert found[0] == READ[0]
        if first < length < second:
            assert found[1:] == [(2, "the file ends here without a line's end")]
        elif length > second:
            assert found[1:] == [READ[1], (3, "the file ends here without a line's end")]


def test_a_file_that_is_cut_in_its_head_is_none(put: Put) -> None:
    for data in (b"", b"\r\n", HEAD.encode()[:9], b"sku,price"):
        with pytest.raises(BadHead):
            read(put(data))


def test_one_spoilt_line_spoils_no_other(put: Put) -> None:
    rows = ['A1,"红茶,1', 'A2,"红,茶",2', "A3,红,茶,3", "A4,4", "A5,\x00,5", "A6,红茶,6"]
    data = (HEAD + "".join(f"{row}\r\n" for row in rows)).encode() + b"A7,\xff\xfe,7\r\n" + b"A8,8,8\r\n"
    data += "A9,好,9\r\n".encode() * 20
    found = dict(read(put(data)))
    assert found[2] == "a quotation mark that does not end in this line"
    assert found[3] == ["A2", "红,茶", "2"]
    assert found[4] == "4 cells, the head has 3"
    assert found[5] == "2 cells, the head has 3"
    assert found[6] == ["A5", "\x00", "5"]
    assert found[7] == ["A6", "红茶", "6"]
    assert found[8] == "it is no UTF-8"
    assert found[9] == ["A8", "8", "8"]


def test_a_line_without_end_is_passed_over(put: Put) -> None:
    long = b"A1," + b"x" * 50_000 + b",1\r\n"
    assert read(put(HEAD.encode() + long + ROW.encode())) == [
        READ[0],
        (2, f"longer than {tables.LINE_BYTES_MAX} bytes"),
        (3, READ[1][1]),
    ]


@pytest.mark.parametrize(
    "data", ["货号,售价\r\n".encode("utf-16"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, bytes(99)]
)
def test_what_is_no_such_table_says_what_to_save_it_as(put: Put, data: bytes) -> None:
    with pytest.raises(BadHead, match="save it as CSV UTF-8 or as XLSX"):
        read(put(data))


def test_files_and_tables_have_an_end(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(put((HEAD + ROW * 9).encode()), 2)[3:] == [(4, "more than 2 rows")]
    assert read(put(book([["sku", "price"], *([["A", "1"]] * 9)])), 2)[3:] == [(4, "more than 2 rows")]
    monkeypatch.setattr(tables, "FILE_BYTES_MAX", 10)
    monkeypatch.setattr(tables, "_ROW_BYTES", 5)
    assert read(put(b"sku,a\r\n"), 2) == [(1, ["sku", "a"])]
    with pytest.raises(BadHead, match="10 at most"):
        read(put(HEAD.encode()), 2)


# XLSX


def book(rows: Sequence[Sequence[object]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(list(row))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_a_workbook_is_read_as_it_would_be_typed(put: Put) -> None:
    head = ["sku", "name", "price", "barcodes", "tax", None]
    rows = [
        head,
        [7, "红茶", 12.3, 6901234567892, 13],
        [],
        ["A2", "绿茶", 0.1 + 0.2, None, None, None],
        ["A3"],
    ]
    assert read(put(book(rows))) == [
        (1, ["sku", "name", "price", "barcodes", "tax"]),
        (2, ["7", "红茶", "12.3", "6901234567892", "13"]),
        (4, ["A2", "绿茶", "0.3", "", ""]),
        (5, ["A3", "", "", "", ""]),
    ]


def test_a_formula_is_told_and_never_worked_out_and_a_percentage_is_one(put: Put) -> None:
    made = Workbook()
    sheet = made.active
    sheet.append(["sku", "price", "tax"])
    sheet.append(["A1", "=1+1", 0.13])
    sheet["C2"].number_format = "0%"
    sheet.append(["A2", True, 1])
    sheet["C3"].number_format = "0%"
    sheet.append(["A1", "x", "x", "too much"])
    text = sheet.cell(row=5, column=1, value="A4")
    sheet.cell(row=5, column=2, value="=x").data_type = "s"
    assert text is not None
    file = io.BytesIO()
    made.save(file)
    assert read(put(file.getvalue()))[1:] == [
        (2, ["A1", "=1+1", "13%"]),
        (3, ["A2", "TRUE", "100%"]),
        (4, "4 cells, the head has 3"),
        (5, ["A4", "'=x", ""]),
    ]


def test_a_workbook_that_is_cut_anywhere_is_none(put: Put) -> None:
    data = book([["sku", "price"], ["A1", "1"]])
    for length in range(4, len(data) - 1, 97):
        with pytest.raises(BadHead):
            read(put(data[:length]))


SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHARED = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    b'spreadsheetml.sharedStrings+xml"/></Types>'
)


def packed(
    sheet: bytes, *, shared: bytes = b"", before: bytes = b"", dimension: bytes = b"", styles: bytes = b""
) -> bytes:
    """A workbook of these parts, as other programs write them."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book([["a"]]))) as old, zipfile.ZipFile(file, "w", 8) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        parts[SHEET] = (
            before
            + b"<worksheet "
            + NAMESPACE
            + b">"
            + dimension
            + b"<sheetData>"
            + sheet
            + b"</sheetData></worksheet>"
        )
        if shared:
            parts["xl/sharedStrings.xml"] = b"<sst " + NAMESPACE + b">" + shared + b"</sst>"
            types = parts["[Content_Types].xml"]
            parts["[Content_Types].xml"] = types.replace(b"</Types>", SHARED)
        parts["xl/styles.xml"] = styles or parts["xl/styles.xml"]
        for name, part in parts.items():
            new.writestr(name, part)
    return file.getvalue()


def cell(at: str, text: str) -> bytes:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


PRICED = b'<row r="1">' + cell("A1", "sku") + cell("B1", "price")


def test_texts_that_cells_share_are_read(put: Put) -> None:
    rows = b'<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    rows += b'<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>1.5</v></c></row>'
    shared = "".join(f"<si><t>{text}</t></si>" for text in ("货号", "售价", "A1")).encode()
    assert read(put(packed(rows, shared=shared))) == [(1, ["货号", "售价"]), (2, ["A1", "1.5"])]
    with pytest.raises(BadHead):
        read(put(packed(rows, shared=b"<si><t>one of three</t></si>")))


def test_a_bomb_is_not_unfolded(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_PART_BYTES_MAX", 100_000)
    monkeypatch.setattr(workbooks, "_SHEET_BYTES_MAX", 200_000)
    for bomb in (
        packed(PRICED, shared=b" " * 100_000),
        packed(PRICED, styles=b" " * 100_001),
        packed(b" " * 200_000),
    ):
        assert len(bomb) < 20_000
        with pytest.raises(BadHead, match="unfolds to"):
            read(put(bomb))
    monkeypatch.setattr(workbooks, "_PARTS_MAX", 3)
    with pytest.raises(BadHead, match="parts, 3 at most"):
        read(put(packed(PRICED)))


def test_entities_that_multiply_are_refused(put: Put) -> None:
    lol = b"".join(b'<!ENTITY l%d "%s">' % (at, b"&l%d;" % (at - 1) * 10) for at in range(1, 12))
    before = b'<!DOCTYPE x [<!ENTITY l0 "lol">' + lol + b"]>"
    with pytest.raises(BadHead):
        read(put(packed(b'<row r="1">' + cell("A1", "&l11;") + b"</row>", before=before)))


@pytest.mark.parametrize(
    "rows",
    [PRICED + b"</row>", PRICED + b'<c r="XFD1"><v>1</v></c></row>'],
)
def test_a_sheet_that_says_it_is_endless_is_not(put: Put, rows: bytes) -> None:
    """Its `dimension` stands in front of the rows, and may say anything."""
    data = packed(rows, dimension=b'<dimension ref="A1:XFD1048576"/>')
    assert read(put(data)) == [(1, ["sku", "price"])]


def test_cells_of_any_size_are_read_to_be_refused(put: Put) -> None:
    rows = PRICED + b'</row><row r="2">' + cell("A2", "x" * 1_000_000) + b"</row>"
    [_, (at, found)] = read(put(packed(rows)))
    assert (at, len(found[0])) == (2, 1_000_000)


def test_a_row_far_below_the_others_ends_the_table(put: Put) -> None:
    rows = PRICED + b'</row><row r="999999999"><c r="A999999999"><v>1</v></c></row>'
    assert read(put(packed(rows)), 50) == [(1, ["sku", "price"]), (52, "more than 50 rows")]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_what_is_written_is_read_again_and_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    rows = [["A1", "'=1+1", "012"], ["6901234567892", '红"茶,', ""]]
    path = tmp_path / name
    assert write_rows(path, ["sku", "name", "price"], iter(rows)) == 2
    assert read(path) == [(1, ["sku", "name", "price"]), (2, rows[0]), (3, rows[1])]
    with pytest.raises(FileExistsError):
        write_rows(path, ["sku"], iter([]))
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_stick_whose_files_have_one_name_alone_is_written_too_and_nothing_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(tables.os, "link", no_links)
    assert write_rows(tmp_path / "a.csv", ["sku"], iter([["A1"]]), personal=True) == 1
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == "sku\nA1\n"
    with pytest.raises(FileExistsError):
        write_rows(tmp_path / "a.csv", ["sku"], iter([["A2"]]), personal=True)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_of_two_that_write_one_file_at_once_the_later_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object) -> None:
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(tables.os, "link", taken)
    with pytest.raises(FileExistsError):
        write_rows(tmp_path / "a.csv", ["sku"], iter([["A1"]]))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("mode", "written"), [(0o700, True), (0o755, False), (0o604, False)])
def test_personal_data_go_where_the_mount_lets_nobody_else_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, *, written: bool
) -> None:
    """FAT: rights cannot be set, and are what the mount says."""
    chmod = Path.chmod

    def refused(self: Path, _mode: int) -> None:
        chmod(self, mode)
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    path = tmp_path / "a.csv"
    if written:
        assert write_rows(path, ["sku"], iter([["A1"]]), personal=True) == 1
    else:
        with pytest.raises(PermissionError, match="umask=077"):
            write_rows(path, ["sku"], iter([["A1"]]), personal=True)
        assert [*tmp_path.iterdir()] == []
