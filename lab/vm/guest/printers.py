"""The product's USB printer: asked how it is, printing, pulled out in the middle, and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.vm.guest import usb
from lab.vm.guest.stand import NOTICED_S, PATIENCE_S, Wrong
from terminal.core.errors import PaperOut, PrinterFault, PrinterSilent
from terminal.core.receipts import Page, PageLine
from terminal.drivers import usb_printer
from terminal.drivers.codecs.escpos import encoded
from terminal.drivers.paper.printer import Printer
from terminal.drivers.paper.usb_names import node_of
from terminal.drivers.virtual.escpos_reader import Tokens
from terminal.drivers.virtual.paper import Condition, VirtualPrinter
from terminal.install.box import Box
from terminal.install.found import usb_printers
from terminal.runtime.clock import SystemClock

_SETTINGS = usb_printer.Settings(match="Bench Printer")
_RULES = Path(__file__).parents[3] / "systemd/61-card-terminal.udev"
_NAMES = Path("/dev/card-terminal")
_CHUNK = 8_192
"""The gadget's own buffer (f_printer, USB_BUFSIZE). One that was half read when the cable is pulled is freed
twice by Linux 6.1, which then writes over whatever got its memory."""
_LONG_LINES = 10_000
"""Of a receipt that the kernel's buffers at both ends cannot hold: some 200 kB."""


class _FarEnd:
    """The printer's own end of the cable: a virtual printer that hears what the gadget gets."""

    def __init__(self, line: int) -> None:
        self.printer = VirtualPrinter()
        self.heard = 0
        self.most: int | None = None
        """After so many bytes it takes no more: the printer stands still."""
        self.stands = asyncio.Event()
        self._tokens = Tokens()
        self._line = line

    def read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self._line, _CHUNK)
            self.heard += len(chunk)
            self.printer.hear(self._tokens, chunk, self._answer)
        if self.most is not None and self.heard >= self.most:
            asyncio.get_running_loop().remove_reader(self._line)
            self.stands.set()

    def _answer(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._line, data)


@contextlib.contextmanager
def _far_end() -> Iterator[_FarEnd]:
    loop = asyncio.get_running_loop()
    with usb.opened(usb.appeared(Path("/dev/g_printer0")), os.O_RDWR | os.O_NONBLOCK) as line:
        far = _FarEnd(line)
        loop.add_reader(line, far.read)
        try:
            yield far
        finally:
            loop.remove_reader(line)


async def a_usb_printer_prints_is_missed_in_the_middle_and_prints_again() -> None:
    gadget = usb.printer(0, "Bench Printer", serial="P1")
    printer = usb_printer.build("receipts", _SETTINGS, SystemClock())
    await _refused(printer, PrinterSilent, sent=False)
    for number in ("NO-1", "NO-2"):
        gadget.plug()
        await asyncio.to_thread(usb.appeared, Path("/dev/usb/lp0"))
        with _far_end() as far:
            await _prints(printer, far, number)
            await _says_when_paper_is_out(printer, far)
            await _missed_in_the_middle(printer, far, gadget)
        await _refused(printer, PrinterSilent, sent=False)


async def two_printers_that_are_alike_have_a_name_each() -> None:
    """By the rules that are delivered: each keeps its socket's, whichever was plugged in first."""
    await asyncio.to_thread(_ruled)
    gadgets = [usb.printer(port, "Twin Printer") for port in (0, 1)]
    shared = _NAMES / "printer-Lab_Twin_Printer"
    own = [_NAMES / f"printer-platform-dummy_hcd.{port}-usb-0:1:1.0" for port in (0, 1)]
    for order in ((0, 1), (1, 0)):
        for place, one in enumerate(order):
            gadgets[one].plug()
            await asyncio.to_thread(usb.appeared, own[one])
            if own[one].resolve() != Path(f"/dev/usb/lp{place}"):
                raise Wrong(f"{own[one].name} leads to {own[one].resolve()}")
        nodes = {one.resolve() for one in own}
        if len(nodes) != len(own) or shared.resolve() not in nodes:
            raise Wrong(f"{shared.name} and {', '.join(one.name for one in own)} lead to {nodes}")
        _told_apart(own)
        for gadget in gadgets:
            gadget.pull()
        for name in own:
            await asyncio.to_thread(usb.gone, name)


def _ruled() -> None:
    shutil.copy(_RULES, "/etc/udev/rules.d/61-card-terminal.rules")
    subprocess.run(["/usr/bin/udevadm", "control", "--reload"], check=True)


def _told_apart(own: Sequence[Path]) -> None:
    """By the installer's question, and by the driver that goes by its answer."""
    asked = usb_printers(Box())
    if [one.name for one in asked] != ["Lab Twin Printer"] * len(own):
        raise Wrong(f"the installer finds {asked}")
    nodes = {node_of("", one.port) for one in asked}
    if nodes != {one.resolve() for one in own}:
        raise Wrong(f"the ports {[one.port for one in asked]} lead to {nodes}")


async def _prints(printer: Printer, far: _FarEnd, number: str) -> None:
    said = await printer.status()
    if said != "ready":
        raise Wrong(f"a printer that is well is said to be: {said}")
    await printer.print(_receipt(number))
    (receipt,) = far.printer.receipts
    if number not in receipt.text or "测试便利店" not in receipt.text:
        raise Wrong(f"on the paper stands {receipt.text!r}")


async def _says_when_paper_is_out(printer: Printer, far: _FarEnd) -> None:
    far.printer.condition = Condition(paper_out=True)
    await _refused(printer, PaperOut, sent=False)
    far.printer.mend()


async def _missed_in_the_middle(printer: Printer, far: _FarEnd, gadget: usb.Gadget) -> None:
    far.most = far.heard + _CHUNK
    printing = asyncio.ensure_future(printer.print(_receipt("LONG-LONG-LONG-LONG", _LONG_LINES)))
    await asyncio.wait_for(far.stands.wait(), PATIENCE_S)
    if printing.done():
        raise Wrong("a printer that stands still took a whole receipt")
    begun = time.monotonic()
    gadget.pull()
    try:
        await asyncio.wait_for(printing, PATIENCE_S)
    except PrinterFault as fault:
        if not fault.sent:
            raise Wrong(f"a receipt that began is said to be unprinted: {fault}") from None
    else:
        raise Wrong("a printer that was pulled out took a receipt")
    if time.monotonic() - begun > NOTICED_S:
        raise Wrong(f"noticed only after {time.monotonic() - begun:.1f} s")


async def _refused(printer: Printer, why: type[PrinterFault], *, sent: bool) -> None:
    try:
        await printer.print(_receipt("NO-0"))
    except why as fault:
        if fault.sent is sent:
            return
        raise
    raise Wrong(f"it printed, where {why.__name__} was to come")


def _receipt(number: str, lines: int = 1) -> bytes:
    head = PageLine(left="测试便利店")
    return encoded(
        Page(language="zh-Hans", columns=32, lines=(head, *(PageLine(left=number),) * lines)),
        _SETTINGS.profile,
    )
