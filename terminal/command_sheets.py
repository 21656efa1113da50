"""`terminal print-command-sheet [FILE]`: the codes by which an attendant with a scanner answers the screen.

On the receipt printer, or as a page to be printed and laminated. Whoever has it can do at the scanner what a
hand can do at the screen, and nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.config import Settings, built_printer, load_in_place
from terminal.core.command_sheet import NOZZLES, PAD, CommandSheet, Printed, Says, sheet
from terminal.core.commands import TenderKind
from terminal.core.errors import LedgerMismatched, PrinterFault
from terminal.core.staff import Role
from terminal.core.values import Value
from terminal.maintenance.socket import NotAllowed, Silent, Unanswered, asked
from terminal.sheet_key import command_sheet

if TYPE_CHECKING:
    from terminal.core.receipts.rows import Row
    from terminal.desk.settings import StaffMember

_ASK_S = 30.0
_SECOND = "en"
"""The language below the shop's own."""
_STYLE = (
    "@page{size:A4;margin:10mm}body{font:12pt sans-serif;margin:0}h1{font-size:14pt;margin:0 0 4mm}"
    "ul{display:grid;grid-template-columns:repeat(4,1fr);gap:6mm 8mm;list-style:none;margin:0;padding:0}"
    "li{break-inside:avoid;text-align:center}svg{width:32mm;height:32mm}b,span{display:block}"
    "span{font-size:9pt}.pad{grid-template-columns:repeat(3,1fr);break-before:page}"
)


class Attendant(Value, frozen=True, kw_only=True):
    name: str
    badge: str
    """The code on it."""


class Attendants(Value, frozen=True, kw_only=True):
    """Who sells here, and has a badge with a code."""

    attendants: tuple[Attendant, ...]


def attendants(staff: Iterable[StaffMember]) -> Attendants:
    sell = (one for one in staff if one.badge and one.role is not Role.TECHNICIAN)
    return Attendants(attendants=tuple(Attendant(name=one.name, badge=one.badge) for one in sell))


def print_sheet(config: Path, target: Path | None, nozzles: int = NOZZLES) -> int:
    """Exit 0 with it on paper, or in a new file; 1 where not, and why. Raises BadConfig.

    `nozzles`: so many have a code, where a forecourt controller is.
    """
    settings = load_in_place(config)
    if not settings.file.ledger.path.with_suffix(".secret").exists():
        sys.stderr.write("no sheet: this site has no key yet: start the terminal once\n")
        return 1
    try:
        codes = command_sheet(settings)
        found = tuple(everything(settings, nozzles))
        return _filed(settings, codes, found, target) if target else _on_paper(settings, codes, found)
    except (OSError, LedgerMismatched) as fault:
        sys.stderr.write(f"no sheet: {fault}\n")
        return 1


def _filed(settings: Settings, codes: CommandSheet, found: Sequence[Printed], target: Path) -> int:
    page = _page(settings, codes, found)
    with target.open("x", encoding="utf-8") as file:
        target.chmod(0o600)
        file.write(page)
    sys.stdout.write(f"{target}: print it at its full size\n")
    return 0


def _on_paper(settings: Settings, codes: CommandSheet, found: Sequence[Printed]) -> int:
    from terminal.core.receipts import drawn  # noqa: PLC0415  the terminal itself prints no sheet
    from terminal.core.receipts.rows import Document  # noqa: PLC0415
    from terminal.drivers.codecs.escpos import Profile, encoded  # noqa: PLC0415
    from terminal.runtime.clock import SystemClock  # noqa: PLC0415

    if settings.printer is None:
        sys.stderr.write("not printed: no printer is configured\n")
        return 1
    printer = built_printer(settings.printer, SystemClock())
    profile = getattr(printer, "profile", Profile())
    rows = tuple(_rows(settings, codes, found))
    document = Document(language=settings.file.counter.language, rows=rows)
    try:
        asyncio.run(printer.print(encoded(drawn(document, profile.columns), profile)))
    except PrinterFault as fault:
        sys.stderr.write(f"not printed: {fault}{'; part of it may be on paper' if fault.sent else ''}\n")
        return 1
    sys.stdout.write("printed\n")
    return 0


def everything(settings: Settings, nozzles: int) -> Iterator[Printed]:
    """What the sheet of a site has, for nozzles 1 to `nozzles` where they are released from there."""
    from terminal.flows import FLOWS  # noqa: PLC0415  the terminal itself prints no sheet
    from terminal.flows.join_here import asks  # noqa: PLC0415

    policy = settings.file.policy
    pumps = any(device.kind == "forecourt" for device in settings.devices)
    begun = {
        name: flow.label.text
        for name, flow in FLOWS.items()
        if flow.fits(policy) and ((flow.often and not flow.pumps) or (flow.pumps and pumps))
    }
    grades = {one.grade: one.name for one in policy.grades}
    poured = tuple(dict.fromkeys(policy.measured(one) for one in grades))
    return sheet(
        begun,
        grades,
        _tenders(settings),
        nozzles=nozzles if pumps else 0,
        poured=poured,
        consents={one: asks(one).text.format(name=one) for one in policy.consents} if grades else {},
    )


def _tenders(settings: Settings) -> tuple[TenderKind, ...]:
    """Those that this shop takes."""
    file = settings.file
    held = (TenderKind.STORED, TenderKind.VOUCHER, TenderKind.POINTS, TenderKind.CASHBACK)
    found = [*held, TenderKind.CASH, *(TenderKind(one) for one in file.policy.confirmed)]
    if file.acquirer.url:
        found.append(TenderKind.CODE)
    if any(device.kind == "bank_terminal" for device in settings.devices):
        found.append(TenderKind.CARD)
    if file.group_buy.url:
        found.append(TenderKind.GROUP_BUY)
    return tuple(dict.fromkeys(found))


def _words(settings: Settings, label: str) -> Sequence[str]:
    """In the shop's language, then in English where that is another."""
    from terminal.core.texts import translated  # noqa: PLC0415

    return tuple(dict.fromkeys((translated(label, settings.file.counter.language), label)))


def _all(
    settings: Settings, codes: CommandSheet, found: Sequence[Printed]
) -> Iterator[tuple[Sequence[str], str]]:
    """Words and code: those that the scanner reads, then of each attendant one that drivers read."""
    yield from _said(settings, codes, found)
    policy = settings.file.policy
    join = "Become a member" if policy.phones_at_pumps else "Become a member: in the shop, not at the pumps"
    for name, address in led_by(settings):
        yield (*_words(settings, join), name), address


def _said(
    settings: Settings, codes: CommandSheet, found: Sequence[Printed]
) -> Iterator[tuple[Sequence[str], str]]:
    for one in found:
        yield _words(settings, one.label), codes.code(one.order)


def led_by(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each attendant, and where a driver who scans their code keys phone and plate (product.md C1)."""
    page = settings.file.join_page
    if not page.address or not page.port:
        return
    host = f"[{page.address}]" if ":" in page.address else page.address
    for one in _sell(settings).attendants:
        yield f"{one.name} {one.badge}", f"http://{host}:{page.port}/#{one.badge}"


def _sell(settings: Settings) -> Attendants:
    """By the terminal that runs, which knows whom headquarters names; else by its file."""
    try:
        return asked(settings.file.terminal.socket, "attendants", Attendants, within_s=_ASK_S)
    except (Silent, NotAllowed) as fault:
        why = str(fault)
    except Unanswered:
        why = "the terminal does not run"
    sys.stderr.write(f"{why}; attendants here are those of its file, and not whom headquarters names\n")
    return attendants(settings.file.counter.staff)


def _rows(settings: Settings, codes: CommandSheet, found: Sequence[Printed]) -> Iterator[Row]:
    from terminal.core.receipts.rows import Centred, Feed, QrCode, Rule  # noqa: PLC0415

    yield Centred(text=settings.file.shop.name, bold=True)
    for texts, code in _all(settings, codes, found):
        yield Rule()
        for text in texts:
            yield Centred(text=text, bold=True)
        yield Feed()
        yield QrCode(text=code)
        yield Feed()


def _page(settings: Settings, codes: CommandSheet, found: Sequence[Printed]) -> str:
    import segno  # noqa: PLC0415  50 ms of import, and only where a code is shown

    def cell(words: Sequence[str], text: str) -> str:
        first, *second = words
        code = segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True)
        below = "".join(f'<span lang="{_SECOND}">{escape(text)}</span>' for text in second)
        return f"<li>{code}<b>{escape(first)}</b>{below}</li>"

    pad = [one for one in found if one.order.says in PAD]
    answers = [one for one in found if one.order.says in {Says.CONFIRM, Says.CANCEL}]
    rest = "".join(cell(*one) for one in _all(settings, codes, [one for one in found if one not in pad]))
    keys = "".join(cell(*one) for one in _said(settings, codes, [*pad, *answers]))
    name, file = escape(settings.file.shop.name), settings.file
    return (
        f'<!doctype html><html lang="{escape(file.counter.language)}"><meta charset="utf-8">'
        f"<title>{name}</title><style>{_STYLE}</style><h1>{name} · {escape(file.terminal.site)} · "
        f'{file.counter.command_sheet}</h1><ul>{rest}</ul><ul class="pad">{keys}</ul></html>\n'
    )
