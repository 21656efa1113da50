"""One dialogue with the printer, by USB, serial, file and network: what goes wrong, what is said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.receipts.specimens import SPECIMENS
from terminal.core.errors import CoverOpen, PaperOut, PrinterFault, PrinterSilent
from terminal.core.receipts import drawn
from terminal.drivers import file_printer, serial_printer, tcp_printer, usb_printer
from terminal.drivers.codecs.escpos import FEED_AND_CUT, Profile, encoded
from terminal.drivers.codecs.escpos_status import ASK_AT_END
from terminal.drivers.paper.line import Cut
from terminal.drivers.paper.printer import Printer
from terminal.drivers.serial_printer import Flow
from terminal.drivers.virtual.escpos_reader import Tokens
from terminal.drivers.virtual.paper import Answer, Condition, VirtualPrinter
from terminal.drivers.virtual.paper_line import PaperLine
from terminal.runtime.clock import SystemClock

RECEIPT = encoded(drawn(SPECIMENS["sale-cash"].document("zh-Hans"), 32), Profile())
NUMBER = SPECIMENS["sale-cash"].booked.receipt_no
ASKED_BYTES = 12 + 3
"""The four questions at once and the one in turn."""
WAYS = ("usb", "serial", "tcp")


class Stand:
    """A virtual printer, the line to it, and the product's driver for that line."""

    def __init__(self, way: str, folder: Path) -> None:
        self.way = way
        self.paper = VirtualPrinter()
        self.line = PaperLine(self.paper, folder / "printer")

    async def printer(self, **more: object) -> Printer:
        if self.way == "tcp":
            if not self.paper.port:
                await self.paper.start()
            settings = {"host": "127.0.0.1", "port": self.paper.port}
            module = tcp_printer
        else:
            self.line.plug()
            settings = {"path": self.line.path}
            module = serial_printer if self.way == "serial" else usb_printer
        settings |= {"answer_ms": 10_000, "print_ms": 20_000}
        built: Printer = module.build("front", module.Settings(**settings | more), SystemClock())
        return built

    def back(self) -> None:
        """Whatever was pulled is plugged in again."""
        if self.way != "tcp":
            self.line.plug()

    async def close(self) -> None:
        self.line.pull()
        await self.paper.close()


@pytest.fixture(params=WAYS)
async def stand(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stand]:
    for module in (usb_printer, serial_printer, tcp_printer):
        monkeypatch.setattr(module, "_STALE_MS", 1)
    made = Stand(request.param, tmp_path)
    yield made
    await made.close()


async def test_a_receipt_is_on_the_paper_when_the_call_returns(stand: Stand) -> None:
    printer = await stand.printer()
    await printer.print(RECEIPT)
    (receipt,) = stand.paper.receipts
    assert (receipt.cut, receipt.unknown) == (True, ())
    assert f"[QR {NUMBER}]" in receipt.text
    assert await printer.status() == "ready"


@pytest.mark.parametrize(
    ("condition", "fault", "said"),
    [
        (Condition(paper_out=True), PaperOut, "paper out"),
        (Condition(cover_open=True), CoverOpen, "cover open"),
        (Condition(offline=True), PrinterFault, "offline"),
    ],
)
async def test_a_printer_that_cannot_print_gets_nothing(
    stand: Stand, condition: Condition, fault: type[PrinterFault], said: str
) -> None:
    printer = await stand.printer()
    stand.paper.condition = condition
    with pytest.raises(fault, match=said) as raised:
        await printer.print(RECEIPT)
    assert not raised.value.sent
    assert not stand.paper.receipts


@pytest.mark.parametrize(
    "condition", [Condition(), Condition(paper_out=True), Condition(cover_open=True), Condition(offline=True)]
)
async def test_the_drawer_opens_whether_it_can_print_or_not(stand: Stand, condition: Condition) -> None:
    printer = await stand.printer()
    stand.paper.condition = condition
    await printer.open_drawer()
    await printer.status()  # By then the pulse has arrived.
    assert stand.paper.kicks == 1
    stand.paper.mend()
    assert stand.paper.kicks == 1


async def test_no_answer_is_unknown_and_nothing_is_sent(stand: Stand) -> None:
    printer = await stand.printer(answer_ms=50)
    stand.paper.condition.silent = True
    with pytest.raises(PrinterSilent, match="no answer") as raised:
        await printer.print(RECEIPT)
    assert not raised.value.sent


async def test_paper_that_runs_out_in_the_middle_leaves_doubt(stand: Stand) -> None:
    printer = await stand.printer(answer_ms=1_000)
    stand.paper.condition.out_after_lines = 5
    with pytest.raises(PaperOut) as raised:
        await printer.print(RECEIPT)
    assert raised.value.sent


async def test_a_printer_that_is_never_asked_gets_the_bytes_all_the_same(stand: Stand) -> None:
    printer = await stand.printer(asks_status=False)
    await printer.print(RECEIPT)
    assert "not asked" in await printer.status()
    for _ in range(10_000):  # They are on their way; nothing confirms them.
        if stand.paper.receipts:
            break
        await asyncio.sleep(0.001)
    assert stand.paper.receipts[0].cut


async def test_cut_at_every_byte_it_is_a_fault_in_doubt_and_never_a_whole_receipt(stand: Stand) -> None:
    """The only doubt that is not said is the one there is not: nothing of the receipt had left."""
    printer = await stand.printer()
    for after in range(1, ASKED_BYTES + len(RECEIPT)):
        stand.paper.condition.reset_after = after
        with pytest.raises(PrinterFault) as raised:
            await printer.print(RECEIPT)
        if after != ASKED_BYTES:  # There the receipt may have begun or not.
            assert raised.value.sent is (after > ASKED_BYTES), after
        assert not any(receipt.cut for receipt in stand.paper.receipts), after
        stand.back()
    await printer.print(RECEIPT)
    assert stand.paper.receipts[-1].cut
    assert f"[QR {NUMBER}]" in stand.paper.receipts[-1].text


async def test_a_late_answer_to_the_job_before_answers_no_question_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usb_printer, "_STALE_MS", 200)
    stand = Stand("usb", tmp_path)
    printer = await stand.printer()
    stand.line.say(b"\x12")
    stand.paper.condition.cover_open = True
    assert (await printer.status()).startswith("cover open (DLE EOT 1-4: 1a 16 12 12")
    await stand.close()


async def test_a_late_end_of_the_job_before_is_no_end_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it is well, owes one end, and prints nothing of this receipt."""
    monkeypatch.setattr(serial_printer, "_STALE_MS", 200)
    stand = Stand("serial", tmp_path)
    printer = await stand.printer(answer_ms=300, print_ms=1_000)
    hear, owed = stand.paper.hear, [b"\x00", b"\x00"]

    def hear_and_owe(tokens: Tokens, chunk: bytes, answer: Answer) -> bool:
        if chunk == ASK_AT_END and owed:
            answer(owed.pop())
        return hear(tokens, chunk if chunk[:1] == b"\x10" else b"", answer)

    monkeypatch.setattr(stand.paper, "hear", hear_and_owe)
    stand.line.say(owed.pop())
    with pytest.raises(PrinterSilent) as raised:
        await printer.print(RECEIPT)
    assert raised.value.sent
    await stand.close()


async def test_an_end_that_is_noise_does_not_hide_an_open_cover(stand: Stand) -> None:
    printer = await stand.printer()
    hear = stand.paper.hear

    def hear_half(tokens: Tokens, chunk: bytes, answer: Answer) -> bool:
        if FEED_AND_CUT in chunk:
            stand.paper.condition.cover_open = True
            answer(b"\x00")
        return hear(tokens, chunk, answer)

    stand.paper.hear = hear_half  # type: ignore[method-assign]
    with pytest.raises(CoverOpen) as raised:
        await printer.print(RECEIPT)
    assert raised.value.sent


async def test_a_printer_that_still_has_the_job_before_gets_no_other(tmp_path: Path) -> None:
    """A new roll; what waited comes out, its end too, and then this receipt, whole."""
    stand = Stand("serial", tmp_path)
    printer = await stand.printer(answer_ms=300)
    stand.paper.condition.out_after_lines = 5
    with pytest.raises(PaperOut):
        await printer.print(RECEIPT)
    stand.paper.mend()
    await printer.print(RECEIPT)
    assert [receipt.cut for receipt in stand.paper.receipts] == [True, True]
    await stand.close()


async def test_a_printer_that_says_stop_by_xoff_gets_all_of_it(tmp_path: Path) -> None:
    stand = Stand("serial", tmp_path)
    stand.line = PaperLine(stand.paper, tmp_path / "slow", says_stop=True)
    printer = await stand.printer(flow=Flow.XON)
    await printer.print(RECEIPT)
    assert stand.paper.receipts[0].cut
    assert stand.line.stops > 4
    await stand.close()


async def test_a_line_without_the_wire_for_dtr_says_so_and_sends_nothing(tmp_path: Path) -> None:
    stand = Stand("serial", tmp_path)
    printer = await stand.printer(flow=Flow.DTR)
    with pytest.raises(PrinterFault, match="Inappropriate ioctl") as raised:
        await printer.print(RECEIPT)
    assert not raised.value.sent
    await stand.close()


async def test_by_dtr_short_pieces_leave_and_only_while_the_printer_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pseudo-terminal has no such wire: what the wire says is played."""
    asked: list[bool] = []

    def wire(fd: int) -> bool:
        assert fd > 0
        asked.append(len(asked) % 2 == 1)
        return asked[-1]

    monkeypatch.setattr(serial_printer, "says_ready", wire)
    stand = Stand("serial", tmp_path)
    printer = await stand.printer(flow=Flow.DTR)
    await printer.print(RECEIPT)
    assert stand.paper.receipts[0].cut
    assert asked.count(True) >= len(RECEIPT) // 32
    await stand.close()


async def test_a_line_that_another_program_has_is_a_printer_that_got_nothing(tmp_path: Path) -> None:
    import serial

    stand = Stand("serial", tmp_path)
    printer = await stand.printer()
    with (
        contextlib.closing(serial.Serial(str(stand.line.path), exclusive=True)),
        pytest.raises(PrinterSilent, match="exclusively lock") as raised,
    ):
        await printer.print(RECEIPT)
    assert not raised.value.sent
    await stand.close()


def _into(path: Path) -> Printer:
    return file_printer.build("copy", file_printer.Settings(path=path, print_ms=1_000), SystemClock())


def test_a_line_is_cut_after_its_job_ended_and_nothing_happens() -> None:
    """Of a daemon that ends just then: it took that for a fault of the printer, and printed once more."""
    cut = Cut()
    cut.close()
    cut.cut()
    assert cut.done


async def test_receipts_are_appended_to_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    printer = _into(tmp_path / "receipts.bin")
    await printer.print(RECEIPT)
    await printer.print(RECEIPT)
    assert (tmp_path / "receipts.bin").read_bytes() == RECEIPT * 2
    assert (tmp_path / "receipts.bin").stat().st_mode & 0o777 == 0o600
    assert (await printer.status()).startswith("unknown")


SPARSE = 64 << 20
"""The limit below is of the whole process, and must not meet what pytest writes."""


async def test_a_file_that_is_full_at_any_byte_keeps_nothing_of_the_receipt(tmp_path: Path) -> None:
    path = tmp_path / "receipts.bin"
    path.touch()
    os.truncate(path, SPARSE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        for room in range(len(RECEIPT)):
            resource.setrlimit(resource.RLIMIT_FSIZE, (SPARSE + room, hard))
            with pytest.raises(PrinterFault, match="File too large"):
                await _into(path).print(RECEIPT)
            assert path.stat().st_size == SPARSE
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await _into(path).print(RECEIPT)
    assert path.stat().st_size == SPARSE + len(RECEIPT)


async def test_a_character_device_that_takes_nothing_says_so() -> None:
    with pytest.raises(PrinterFault, match="No space left"):
        await _into(Path("/dev/full")).print(RECEIPT)
    await _into(Path("/dev/null")).print(RECEIPT)


async def test_a_pipe_that_nobody_reads_got_nothing_and_one_that_is_read_gets_all(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(PrinterSilent) as raised:
        await _into(pipe).print(RECEIPT)
    assert not raised.value.sent
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    while True:
        with contextlib.suppress(PrinterSilent):
            await _into(pipe).print(RECEIPT)
            break
    reader.join(10)
    assert read == [RECEIPT]


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_is_let_in_while_a_virtual_printer_is_switched_off_is_let_go(turns: int) -> None:
    printer = VirtualPrinter()
    port = await printer.start()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
        for _ in range(turns):
            await asyncio.sleep(0)
        await printer.close()
        assert printer.callers == 0
        with contextlib.suppress(ConnectionResetError):
            assert caller.recv(1) == b""
