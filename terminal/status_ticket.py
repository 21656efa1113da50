"""What `terminal doctor` found, on the receipt printer: for whoever stands there and has no console."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from terminal.config import Settings, built_printer
from terminal.core.errors import PrinterFault
from terminal.core.receipts import Page, PageLine
from terminal.core.receipts.legible import legible, wrapped
from terminal.drivers.codecs.escpos import Profile, encoded
from terminal.maintenance.finding import Finding
from terminal.runtime.clock import SystemClock

_INDENT = "  "


def on_paper(settings: Settings, found: Sequence[Finding], *, at_ms: int) -> str:
    """How the printer is afterwards. Raises PrinterFault: part of it may be on paper, or none."""
    device = settings.printer
    if device is None:
        raise PrinterFault("no printer is configured", sent=False)
    printer = built_printer(device, SystemClock())
    profile: Profile = getattr(printer, "profile", Profile())
    here = settings.file.terminal
    page = ticket(f"{here.site}/{here.id}", found, at_ms=at_ms, columns=profile.columns)

    async def printed() -> str:
        await printer.print(encoded(page, profile))
        return await printer.status()

    return f"{device.name}: printed; {asyncio.run(printed())}"


def ticket(terminal: str, found: Sequence[Finding], *, at_ms: int, columns: int) -> Page:
    """The same facts, what is red first, then amber. English: a technician reads it to whoever helps."""
    when = f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}"
    lines = [
        PageLine(left="STATUS", centred=True, bold=True),
        *(
            PageLine(left=line)
            for head in (terminal, f"{when} UTC")
            for line in wrapped(legible(head), columns)
        ),
        PageLine(rule=True),
    ]
    for one in sorted(found, key=lambda finding: (finding.well, not finding.amber)):
        pressing = one.amber or not one.well
        lines += [PageLine(left=line, bold=pressing) for line in _lines(one, columns)]
    return Page(language="en", columns=columns, lines=tuple(lines))


def _lines(finding: Finding, columns: int) -> Iterator[str]:
    level = "RED" if not finding.well else "AMBER" if finding.amber else "ok"
    head = f"{level} {finding.subject}: {finding.reason}"
    first, *more = wrapped(legible(head), columns)
    yield first
    if finding.next_step:
        more += wrapped(legible(f"-> {finding.next_step}"), columns - len(_INDENT))
    for line in more:
        yield from (f"{_INDENT}{one}" for one in wrapped(line, columns - len(_INDENT)))
