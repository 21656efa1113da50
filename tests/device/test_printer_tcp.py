"""The network printer driver against a virtual printer over real sockets: what goes wrong, what is said."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.errors import CoverOpen, PaperOut, PrinterFault, PrinterSilent
from terminal.core.ports import PosPrinter
from terminal.core.receipts import drawn
from terminal.drivers import tcp_printer
from terminal.drivers.codecs.escpos import Charset, Profile, encoded
from terminal.drivers.paper.job import Job
from terminal.drivers.paper.printer import Printer
from terminal.drivers.virtual.paper import Condition, VirtualPrinter
from terminal.runtime.clock import SystemClock

RECEIPT = encoded(drawn(SPECIMENS["join"].document("zh-Hans"), 32), Profile())
NUMBER = SPECIMENS["join"].booked.receipt_no


@pytest.fixture
async def paper() -> AsyncIterator[VirtualPrinter]:
    virtual = VirtualPrinter()
    await virtual.start()
    yield virtual
    await virtual.close()


def _printer(paper: VirtualPrinter, **settings: object) -> Printer:
    usual = tcp_printer.Settings(host="127.0.0.1", port=paper.port, answer_ms=20_000)
    return tcp_printer.build("front", replace(usual, **settings), SystemClock())


async def test_a_receipt_is_on_the_paper_when_the_call_returns(paper: VirtualPrinter) -> None:
    printer: PosPrinter = _printer(paper)
    await printer.print(RECEIPT)
    (receipt,) = paper.receipts
    assert (receipt.cut, receipt.unknown) == (True, ())
    assert f"[QR {NUMBER}]" in receipt.text
    assert "谢谢惠顾" in receipt.text
    assert await printer.status() == "ready"


async def test_receipts_asked_for_at_once_come_out_one_after_the_other(paper: VirtualPrinter) -> None:
    printer = _printer(paper)
    await asyncio.gather(*(printer.print(RECEIPT) for _ in range(5)))
    assert [receipt.cut for receipt in paper.receipts] == [True] * 5


@pytest.mark.parametrize(
    "settings",
    [{"port": 13_783_137_831}, {"host": "a" * 300}, {"host": "a..b"}, {"answer_ms": -1}],
)
async def test_what_no_socket_can_be_told_is_a_printer_that_got_nothing(
    paper: VirtualPrinter, settings: dict[str, object]
) -> None:
    """The settings refuse it; a driver that was built past them still says what is wrong in its own words."""
    with pytest.raises(PrinterSilent) as caught:
        await _printer(paper, **settings).print(RECEIPT)
    assert not caught.value.sent
    assert not paper.receipts


async def test_nothing_to_print_does_not_even_connect() -> None:
    absent = tcp_printer.Settings(host="127.0.0.1", port=1)
    await tcp_printer.build("front", absent, SystemClock()).print(b"")


@pytest.mark.parametrize(
    ("condition", "fault", "said"),
    [
        (Condition(paper_out=True), PaperOut, "paper out"),
        (Condition(cover_open=True), CoverOpen, "cover open"),
        (Condition(offline=True), PrinterFault, "offline"),
        (Condition(silent=True), PrinterSilent, "no answer"),
    ],
)
async def test_a_printer_that_cannot_print_gets_nothing_and_the_technician_hears_why(
    paper: VirtualPrinter, condition: Condition, fault: type[PrinterFault], said: str
) -> None:
    paper.condition = condition
    printer = _printer(paper, answer_ms=300) if condition.silent else _printer(paper)
    with pytest.raises(fault, match=said) as raised:
        await printer.print(RECEIPT)
    assert not raised.value.sent
    assert not paper.receipts
    paper.mend()
    await _printer(paper).print(RECEIPT)
    assert len(paper.receipts) == 1


async def test_status_says_what_is_wrong_instead_of_raising(paper: VirtualPrinter) -> None:
    paper.condition.cover_open = True
    assert (await _printer(paper).status()).startswith("cover open (DLE EOT 1-4: 1a 16")


async def test_paper_near_its_end_still_prints_and_says_so(paper: VirtualPrinter) -> None:
    paper.condition.paper_near_end = True
    await _printer(paper).print(RECEIPT)
    assert len(paper.receipts) == 1
    assert (await _printer(paper).status()).startswith("ready, paper near its end")


@pytest.mark.parametrize("lines", [1, 10, 30])
async def test_paper_that_runs_out_in_the_middle_leaves_doubt(paper: VirtualPrinter, lines: int) -> None:
    paper.condition.out_after_lines = lines
    with pytest.raises(PaperOut) as raised:
        await _printer(paper, answer_ms=1_000).print(RECEIPT)
    assert raised.value.sent


async def test_a_printer_that_hangs_in_the_middle_leaves_doubt(paper: VirtualPrinter) -> None:
    paper.condition.silent_after_lines = 10
    with pytest.raises(PrinterSilent, match="no answer") as raised:
        await _printer(paper, answer_ms=1_000).print(RECEIPT)
    assert raised.value.sent


async def test_a_printer_that_is_not_there_is_named_with_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    absent = tcp_printer.build("front", tcp_printer.Settings(host="127.0.0.1", port=port), SystemClock())
    with pytest.raises(PrinterSilent, match=f"front at 127.0.0.1:{port}") as raised:
        await absent.print(RECEIPT)
    assert not raised.value.sent
    with pytest.raises(PrinterSilent):
        await absent.status()


async def test_a_printer_that_never_answers_can_be_used_unasked(paper: VirtualPrinter) -> None:
    printer = _printer(paper, asks_status=False)
    await printer.print(RECEIPT)
    assert await printer.status() == "unknown (this printer is not asked for its status)"
    await _until(lambda: len(paper.receipts) == 1)  # The bytes are on their way; nothing confirms them.
    assert paper.receipts[0].cut


async def test_a_printer_without_an_answer_in_turn_is_asked_at_once_instead(paper: VirtualPrinter) -> None:
    await _printer(paper, asks_at_end=False).print(RECEIPT)
    paper.condition.out_after_lines = 1
    printer = _printer(paper, asks_at_end=False)
    with pytest.raises(PaperOut) as raised:
        await printer.print(RECEIPT)
    assert raised.value.sent


async def test_a_print_that_is_called_off_frees_the_printer(paper: VirtualPrinter) -> None:
    printer = _printer(paper, answer_ms=5_000)
    paper.condition.silent = True
    job = asyncio.create_task(printer.print(RECEIPT))
    await _until(lambda: paper.callers == 1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await _until(lambda: paper.callers == 0)
    paper.mend()
    await _print_when_free(printer)
    assert paper.receipts[-1].cut


async def _print_when_free(printer: Printer) -> None:
    assert printer._stuck is not None
    await asyncio.to_thread(printer._stuck.join, 30)
    await printer.print(RECEIPT)


async def _until(seen: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if seen():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it never happened")


async def test_a_job_that_cannot_be_cut_off_blocks_the_printer_and_nothing_else(
    paper: VirtualPrinter,
) -> None:
    printer = _printer(paper)
    release = threading.Event()
    settings = tcp_printer.Settings(host="127.0.0.1")
    job = Job("front", tcp_printer.TcpTransport("front", settings), settings, SystemClock())
    with pytest.raises(PrinterSilent, match="not done in 20 ms"):
        await printer._in_thread(job, release.wait, 20)
    with pytest.raises(PrinterFault, match="still hangs") as raised:
        await printer.print(RECEIPT)
    assert not raised.value.sent
    release.set()
    await _print_when_free(printer)
    assert paper.receipts[-1].cut


def test_the_settings_say_what_the_paper_can_hold() -> None:
    wide = tcp_printer.Settings(host="p", columns=48, charset=Charset.BIG5, drawer=True)
    assert wide.profile == Profile(columns=48, charset=Charset.BIG5, drawer=True, dots=576)
    assert tcp_printer.Settings(host="p").profile.dots == 384
