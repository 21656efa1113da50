"""Every receipt as an ESC/POS interpreter that is not ours reads it, printed by the product's own driver."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.receipts.interpreter import CannotInterpret, Interpreter, interpreter, original_bytes
from lab.receipts.picture import picture_of
from lab.receipts.specimens import LANGUAGES, SHOP, SPECIMENS
from terminal.core.errors import CoverOpen, PaperOut, PrinterFault
from terminal.core.receipts import Page, PageLine, drawn, text_of
from terminal.core.receipts.rows import Centred, Columns, Document, QrCode
from terminal.drivers import tcp_printer
from terminal.drivers.codecs.escpos import KICK, Profile, encoded
from terminal.drivers.paper.printer import Printer
from terminal.runtime.clock import SystemClock

pytestmark = pytest.mark.device

DOTS_A_COLUMN = 12


@pytest.fixture(scope="module", params=[32, 48])
def columns(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def paper(columns: int) -> Iterator[Interpreter]:
    try:
        with interpreter(dots=columns * DOTS_A_COLUMN) as running:
            yield running
    except CannotInterpret as why:
        pytest.skip(f"no independent ESC/POS interpreter: {why}")


def _printer(paper: Interpreter, columns: int) -> Printer:
    settings = tcp_printer.Settings(
        host="127.0.0.1", port=paper.port, columns=columns, drawer=True, answer_ms=5_000
    )
    return tcp_printer.build("front", settings, SystemClock())


async def _printed(paper: Interpreter, columns: int, data: bytes) -> dict[str, object]:
    """The one receipt that came of it."""
    before = {str(receipt["id"]) for receipt in paper.receipts()}
    await _printer(paper, columns).print(data)
    (receipt,) = [one for one in paper.wait_for(len(before) + 1) if one["id"] not in before]
    assert receipt["boundary"] == "cut"
    return receipt


def _expected(page: Page) -> list[str]:
    """What stands on the paper, without the lines that are empty."""
    lines = [
        text_of(line, page.columns).rstrip() if isinstance(line, PageLine) else f"[qr {line.text}]"
        for line in page.lines
    ]
    return [line for line in lines if line]


def _read(paper: Interpreter, receipt: dict[str, object]) -> list[str]:
    """The same as the interpreter read it, its Chinese put together again."""
    lines = [original_bytes(line).decode("gbk").rstrip() for line in paper.text(receipt).splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(SPECIMENS))
async def test_it_reads_every_receipt_as_we_meant_it(
    paper: Interpreter, columns: int, name: str, language: str
) -> None:
    page = drawn(SPECIMENS[name].document(language), columns)
    receipt = await _printed(paper, columns, encoded(page, Profile(columns=columns)))
    assert _read(paper, receipt) == _expected(page)


@pytest.mark.parametrize("raster", [False, True])
async def test_the_code_on_the_paper_can_be_scanned(
    paper: Interpreter, columns: int, tmp_path: Path, *, raster: bool
) -> None:
    scanner = shutil.which("zbarimg")
    if scanner is None:
        pytest.skip("zbarimg is missing: apt-get install zbar-tools")
    page = drawn(SPECIMENS["recharge"].document("zh-Hans"), columns)
    profile = Profile(columns=columns, dots=columns * DOTS_A_COLUMN, raster=raster)
    receipt = await _printed(paper, columns, encoded(page, profile, draw=picture_of))
    assert receipt["width_dots"] == columns * DOTS_A_COLUMN
    picture = tmp_path / "receipt.png"
    picture.write_bytes(_with_margin(paper.png(receipt)))
    read = await asyncio.to_thread(
        subprocess.run,
        [scanner, "--quiet", "--raw", str(picture)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.stdout.split() == [SPECIMENS["recharge"].booked.receipt_no]


def _with_margin(png: bytes) -> bytes:
    """The paper goes on below the last line; the interpreter's picture of it does not."""
    from io import BytesIO

    from PIL import Image

    printed = Image.open(BytesIO(png)).convert("L")
    whole = Image.new("L", (printed.width, printed.height + 60), 255)
    whole.paste(printed, (0, 0))
    out = BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "fault", "said"),
    [
        ("paper-out", PaperOut, "paper out"),
        ("cover-open", CoverOpen, "cover open"),
        ("offline", PrinterFault, "offline"),
    ],
)
async def test_its_faults_are_understood_and_nothing_is_sent(
    paper: Interpreter, columns: int, name: str, fault: type[PrinterFault], said: str
) -> None:
    page = drawn(SPECIMENS["sale"].document("en"), columns)
    before = len(paper.receipts())
    paper.fault(name)
    try:
        with pytest.raises(fault, match=said) as raised:
            await _printer(paper, columns).print(encoded(page, Profile(columns=columns)))
        assert (await _printer(paper, columns).status()).startswith(said)
    finally:
        paper.fault(name, on=False)
    assert not raised.value.sent
    assert len(paper.receipts()) == before
    assert await _printer(paper, columns).status() == "ready"


async def test_paper_near_its_end_prints(paper: Interpreter, columns: int) -> None:
    paper.fault("paper-near-end")
    try:
        page = drawn(SPECIMENS["sale"].document("en"), columns)
        await _printed(paper, columns, encoded(page, Profile(columns=columns)))
        assert (await _printer(paper, columns).status()).startswith("ready, paper near its end")
    finally:
        paper.fault("paper-near-end", on=False)


HOSTILE = "\x1bp\x00\x19\xfa \x10\x14\x01\x00\x01 \x1b@ \x1dV\x00 \x1d(A\x02\x00 \u202eeman \x9b"


async def test_a_hostile_name_opens_no_drawer_and_cuts_nothing(paper: Interpreter, columns: int) -> None:
    rows = (Centred(text=HOSTILE, big=True), Columns(left=HOSTILE, right=HOSTILE), QrCode(text=HOSTILE))
    page = drawn(Document(language="en", rows=rows), columns)
    profile = Profile(columns=columns, drawer=True)
    receipt = await _printed(paper, columns, encoded(page, profile))
    assert not paper.drawer_open
    assert _read(paper, receipt) == _expected(page)


async def test_the_drawer_opens_when_it_is_asked_for(paper: Interpreter, columns: int) -> None:
    page = drawn(Document(language="en", rows=(Centred(text=SHOP.phone),)), columns)
    await _printed(paper, columns, KICK + encoded(page, Profile(columns=columns)))
    assert paper.drawer_open
    paper.close_drawer()
