"""Green or red, why, and what to do next: facts in, findings out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.core.commands import ClockTrust
from terminal.core.errors import LedgerDamaged, LedgerMismatched, LedgerNewer, PeopleLocked
from terminal.core.events import DeviceHealth
from terminal.core.invoicing import INVOICE
from terminal.core.receipts.legible import width, wrapped
from terminal.core.values import TRAINING
from terminal.core.wire.link import LinkTrouble
from terminal.maintenance.doctor_backups import backed_up
from terminal.maintenance.facts import (
    CardKeyFacts,
    ClockFacts,
    DeviceFacts,
    DiskFacts,
    Facts,
    HookFacts,
    IntentFacts,
    InvoiceFacts,
    LedgerFacts,
    LedgerTrouble,
    MachineFacts,
    QueueFacts,
    SecondFacts,
    SpareFacts,
    StockFacts,
)
from terminal.maintenance.finding import Finding

if TYPE_CHECKING:
    from terminal.maintenance.sentences import Words

FREE_BYTES_MIN = 64 << 20
"""Below this a busy day of entries and the file system's own housekeeping do not fit for sure."""
DRIFT_MS_MAX = 60_000
EPOCH_MS = 1_767_225_600_000
"""2026-01-01: a clock before this was never set."""
BEHIND_MS_MAX = 5 * 60_000
ENDS_MS_MAX = 10 * 60_000
"""Longer than any payment or filling takes that people still wait for."""
INVOICE_MS_MAX = 3 * 86_400_000
"""Longer than anybody should wait for an invoice, a weekend included."""
WAITING_MAX = 2_000
"""A day or two of a busy shop."""

HOT_CELSIUS = 80
"""At 80 a Raspberry Pi begins to slow itself down, by its makers' documentation."""
FREE_KIB_MIN = 32 * 1024
"""What one try of a PIN takes (19 MiB), and some."""
_UNDER_VOLTAGE = 1 << 0 | 1 << 16
_SLOWED = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 17 | 1 << 18 | 1 << 19

_SERVICE = "service"
_GREEN, _AMBER, _RED = "green", "amber", "RED"
_COLOURS = {_GREEN: 32, _AMBER: 33, _RED: 31}
_WORD_CHARS = 5
_MORE = " ..."
_COLUMNS = 80
ROWS = 23
_GREEN_ROWS = 6
_FINDING_ROWS = 6
"""For a reason, and for a next step."""
_NAME_CHARS = 16
_MIB = 1 << 20
_HANDHELD_SOON_MS = 30 * 86_400_000
_DAY_MS = 86_400_000


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Everything that was looked at, in the order in which a technician would."""
    return (
        _running(facts),
        *(_device(device) for device in facts.devices if device.kind != _SERVICE),
        *_services([device for device in facts.devices if device.kind == _SERVICE]),
        _ledger(facts.ledger),
        *_erasures(facts),
        *_outside(facts),
        *([_second(facts.second)] if facts.second else []),
        *backed_up(facts),
        _queue(facts.queue, running=facts.running),
        *_enrolment(facts),
        *_handhelds(facts),
        *([_webhook(facts.webhook)] if facts.webhook else []),
        *_invoices(facts),
        *([_card_keys(facts.card_keys)] if facts.card_keys else []),
        *([_stock(facts.stock)] if facts.stock else []),
        *([_promotions(facts.strays)] if facts.strays else []),
        *([_tiers(facts.tiers_apart)] if facts.tiers_apart else []),
        _clock(facts.clock, facts.ledger.last_entry_ms),
        _disk(facts.disk, facts.spare),
        *([_machine(facts.machine)] if facts.machine else []),
    )


def _running(facts: Facts) -> Finding:
    if facts.running and facts.terminal.startswith(f"{TRAINING}/"):
        reason = f"process {facts.pid} is in training: nothing is booked for the shop"
        return Finding(
            subject="terminal",
            well=False,
            reason=reason,
            next_step="Touch Training at the counter.",
        )
    if facts.running:
        return Finding(subject="terminal", well=True, reason=f"{facts.terminal} runs, process {facts.pid}")
    if facts.silent:
        return Finding(
            subject="terminal",
            well=False,
            reason=f"{facts.terminal} runs and does not answer: it hangs, or is busy; queue as files show it",
            next_step="Ask again in a minute. If it still does not answer: sudo systemctl restart terminal",
        )
    return Finding(
        subject="terminal",
        well=False,
        reason=f"{facts.terminal} does not run; devices and queue are as the files show them",
        next_step="sudo systemctl reset-failed terminal; sudo systemctl start terminal; "
        "if it stops again: journalctl -u terminal -n 50",
    )


_SHORT_SHOWN = 5
_DEVICE_STEPS = {
    "reader": "Check cable and power; with PC/SC also: systemctl status pcscd.socket",
    "scanner": "Check its cable, and that its path under /dev still exists.",
    "printer": "Check power, cable, paper and cover.",
    "rewriter": "Check power, cable and cover, and that its path under /dev still exists.",
    "signals": "Check that it is a Raspberry Pi, that python3-rpi-lgpio is installed, and /dev/gpiochip*.",
    "display": "Check power and cable, and that its path under /dev still exists.",
    "voice": "Check the loudspeaker: aplay -l lists it, speaker-test lets it sound.",
    "sam": "Check that it sits in its slot and is that issuer's; systemctl status pcscd.socket",
    "bank_terminal": "Check power, cable and password file, and that it speaks ZVT on its serial port.",
    "forecourt": "Check the controller's power and cable, its address or path, and that it speaks our lines.",
    _SERVICE: "journalctl -u terminal -n 50 says more.",
}


_OPENED = "See who was at the box; look for what does not belong there. A restart of the terminal ends this."


def _device(device: DeviceFacts) -> Finding:
    crashes = f" ({device.crashes} restarts)" if device.crashes else ""
    said = device.why.removeprefix(f"{device.health} ")
    reason = f"{device.kind} {device.health}{': ' if said else ''}{said}{crashes}"
    # Of one that is never asked nobody can say more; that is how it was set up.
    well = device.health in {DeviceHealth.READY, DeviceHealth.UNKNOWN}
    if well and device.opened:
        reason = "the case was opened since the terminal started"
        return Finding(subject=device.name, well=False, reason=reason, next_step=_OPENED)
    step = "" if well else _DEVICE_STEPS.get(device.kind, "")
    if step and device.left:
        step += " Then press Reprint at the counter."
    elif step and device.receipts:
        step += f" Receipts that wait ({device.receipts}) then print by themselves."
    return Finding(subject=device.name, well=well, reason=reason, next_step=step)


def _services(services: list[DeviceFacts]) -> Iterator[Finding]:
    """What is well in one line; what is not, each in its own."""
    yield from (_device(service) for service in services if service.health is not DeviceHealth.READY)
    if well := [service.name for service in services if service.health is DeviceHealth.READY]:
        yield Finding(subject="services", well=True, reason=f"{len(well)} run: {', '.join(well)}")


_LEDGER_STEPS = {
    LedgerTrouble.ABSENT: "A new terminal: start it. One that has sold before: do not; is its disk mounted?",
    LedgerTrouble.NO_PLACE: "Set ledger.path to where the terminal may write; then start it.",
    LedgerTrouble.UNSEEN: "Ask as root: sudo terminal doctor",
    LedgerTrouble.HELD: "Is a terminal starting, or a second one? systemctl status terminal",
    LedgerTrouble.UNREAD: "Do not sell. dmesg says whether the card fails; back up while it can be read.",
    LedgerTrouble.OLDER: "Start the terminal: it brings the ledger to its own schema, or leaves it as it is.",
    LedgerTrouble.NEWER: LedgerNewer.for_technician,
    LedgerTrouble.REFUSED: LedgerMismatched.for_technician,
    LedgerTrouble.DAMAGED: LedgerDamaged.for_technician,
}


def _ledger(ledger: LedgerFacts) -> Finding:
    held = f", held by {ledger.holder}" if ledger.holder else ""
    if ledger.fault:
        return Finding(
            subject="ledger",
            well=False,
            reason=f"{ledger.fault}{held}",
            next_step=_LEDGER_STEPS[ledger.trouble],
        )
    if ledger.keys_fault:
        return Finding(
            subject="ledger", well=False, reason=ledger.keys_fault, next_step=PeopleLocked.for_technician
        )
    reason = f"{ledger.entries} entries, the last {ledger.checked} agree{held}"
    return Finding(subject="ledger", well=True, reason=reason)


def _erasures(facts: Facts) -> Iterator[Finding]:
    """What the law keeps longer, or headquarters sees to, is no fault; value that is left is owed."""
    waiting = facts.ledger.erasures
    if not waiting:
        return
    today = _day(facts.clock.wall_ms)
    due = [one for one in waiting if one.until < today and not one.told]
    first = waiting[0]
    reason = f"members who wait to be forgotten: {len(waiting)}, {first.member} since {first.since}"
    step = (
        f"Pay out or settle what {due[0].member} has or owes; within an hour they are forgotten."
        if due
        else ""
    )
    yield Finding(subject="erasures", well=not due, reason=reason, next_step=step)


def _outside(facts: Facts) -> Iterator[Finding]:
    """A payment that is being made now is no finding."""
    long_ago = facts.clock.wall_ms - ENDS_MS_MAX
    waiting = [one for one in facts.ledger.intents if one.since_ms < long_ago and not _is_invoice(one)]
    if not waiting:
        return
    oldest, many = waiting[0], len(waiting)
    yield Finding(
        subject="outside",
        well=False,
        reason=f"{many} begun outside without an end, the oldest {oldest.what} of {oldest.amount / 100:.2f}"
        f" from {_day(oldest.since_ms)}, {oldest.id}",
        next_step="Ask the provider under that id what became of it; only its answer ends it.",
    )


def _second(second: SecondFacts) -> Finding:
    reason, step = f"level with the ledger at {second.entries}, in {second.path}", ""
    if second.aside:
        reason = f"a copy that contradicts the ledger was kept: {second.aside[0]}"
        step = "Keep that file: it may hold sales that the ledger lost. Tell headquarters; then move it away."
    elif second.why:
        reason = f"{second.path}: {second.why}; {second.entries} entries on it"
        step = "Nothing is sold until it is well. " if second.required else "Selling goes on. "
        step += "Put the stick back, or a new one with that folder; it then catches up by itself."
    elif second.same_disk:
        reason += "; on the disk of the ledger, so it outlives no disk"
    return Finding(subject="second copy", well=not step, reason=reason, next_step=step)


_LINK_STEPS = {
    LinkTrouble.UNREACHED: "Selling goes on. Check network and the address of headquarters.",
    LinkTrouble.REFUSED: "Selling goes on. Tell headquarters what it answered; check merchant and site.",
    LinkTrouble.FAILING: "Selling goes on. Tell headquarters: the fault is there, not here.",
    LinkTrouble.UNREADABLE: "Selling goes on. Check headquarters.url, then the versions on both sides.",
    LinkTrouble.RESTORED: "Selling goes on. Headquarters is an older copy: it needs a higher --hq-epoch.",
    LinkTrouble.NOT_ENROLLED: "Selling goes on. Ask headquarters for a code, then: terminal enrol CODE",
}


def _queue_step(queue: QueueFacts, *, running: bool) -> str:
    if not running:
        return "The terminal comes first (see above); what waits is sent then."
    if queue.forked:
        return "Selling pauses until the chains are joined (S101). Copy no file; leave it running and online."
    if queue.online:
        return "Look again in some minutes. Where the number does not fall, tell headquarters."
    return _LINK_STEPS[queue.trouble or LinkTrouble.UNREACHED]


def _queue(queue: QueueFacts, *, running: bool) -> Finding:
    if not queue.configured:
        return Finding(subject="queue", well=True, reason=f"no headquarters; {queue.waiting} entries kept")
    age = "" if queue.acked_age_ms is None else f", last answer {_ago(queue.acked_age_ms)} ago"
    reason = f"{queue.waiting} waiting, {queue.acked} at headquarters{age}"
    if queue.online and queue.feed:
        step = "Update this terminal." if "newer" in queue.feed else "Leave it online; it goes on by itself."
        return Finding(subject="queue", well=False, reason=f"directives wait: {queue.feed}", next_step=step)
    if queue.online and queue.waiting <= WAITING_MAX:
        return Finding(subject="queue", well=True, reason=reason)
    why = queue.why or ("more waiting than is usual" if queue.online else "headquarters is not reached")
    return Finding(
        subject="queue",
        well=False,
        reason=f"{why}; {reason}",
        next_step=_queue_step(queue, running=running),
    )


def _enrolment(facts: Facts) -> Iterator[Finding]:
    """Where there is a headquarters to be enrolled at."""
    enrolment, clock = facts.enrolment, facts.clock
    if not facts.queue.configured:
        return
    if not enrolment.terminal:
        reason = enrolment.why or "not enrolled: headquarters does not know this machine"
        step = "Ask headquarters for a code (python -m hq enrol there), then: terminal enrol CODE"
        yield Finding(subject="enrolment", well=False, reason=reason, next_step=step)
        return
    left_ms = enrolment.until_ms - clock.wall_ms + (clock.drift_ms or 0)
    reason = f"as {enrolment.terminal}, certificate {_day(enrolment.since_ms)} to {_day(enrolment.until_ms)}"
    if left_ms <= 0:
        step = "It cannot renew itself any more. Ask headquarters for a code, then: terminal enrol CODE"
        yield Finding(subject="enrolment", well=False, reason=f"it has expired; {reason}", next_step=step)
    elif enrolment.why:
        step = f"It is tried again; {left_ms // _DAY_MS} days are left. Tell headquarters what it answered."
        yield Finding(subject="enrolment", well=False, reason=f"{enrolment.why}; {reason}", next_step=step)
    else:
        yield Finding(subject="enrolment", well=True, reason=reason)


def _handhelds(facts: Facts) -> Iterator[Finding]:
    """Those whose certificate ends soon: after that no page can tell them why they are refused."""
    for one in facts.handhelds:
        left_ms = one.until_ms - facts.clock.wall_ms
        if facts.clock.trust is ClockTrust.UNKNOWN or left_ms > _HANDHELD_SOON_MS:
            continue
        reason = f"{one.name}: its certificate ends on {_day(one.until_ms)}"
        if left_ms <= 0:
            reason = f"{one.name}: its certificate ended on {_day(one.until_ms)}"
        step = "Another one: sudo terminal revoke-handheld NAME, then sudo terminal enrol-handheld NAME."
        yield Finding(subject="handhelds", well=True, amber=True, reason=reason, next_step=step)


def _day(wall_ms: int) -> str:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).date().isoformat()


def _tiers(apart: str) -> Finding:
    step = (
        "Set the order of all tiers at headquarters (python -m hq tiers set), or mend policy.tiers here:"
        " until then members rise and fall by another order elsewhere."
    )
    return Finding(subject="tiers", well=False, reason=apart, next_step=step)


def _webhook(webhook: HookFacts) -> Finding:
    if webhook.held:
        first = webhook.held[0]
        return Finding(
            subject="webhook",
            well=False,
            reason=f"{len(webhook.held)} entries in quarantine, the first {first.seq}: {first.why}",
            next_step="Selling goes on. Mend the other side, then: terminal webhook again; or give-up SEQ",
        )
    if not webhook.online:
        step = "Selling goes on. Check webhook.url and the other side; terminal webhook says more."
        return Finding(subject="webhook", well=False, reason=webhook.why, next_step=step)
    return Finding(subject="webhook", well=True, reason="takes all entries")


def _is_invoice(begun: IntentFacts) -> bool:
    return begun.what.startswith(INVOICE)


def _invoices(facts: Facts) -> Iterator[Finding]:
    """Where somebody outside writes them; else what the journal has, should somebody have done so before."""
    begun = [one for one in facts.ledger.intents if _is_invoice(one)]
    told = facts.invoices
    if told is None:
        if not begun:
            return
        oldest_ms = min(one.since_ms for one in begun)
        told = InvoiceFacts(waiting=len(begun), people=0, since_ms=oldest_ms)
    late = told.since_ms is not None and told.since_ms < facts.clock.wall_ms - INVOICE_MS_MAX
    since = f", the oldest asked for on {_day(told.since_ms)}" if told.since_ms is not None else ""
    reason = f"{told.waiting} wait to be written{since}" if told.waiting else "none waits to be written"
    if told.people:
        reason, step = (
            f"{told.people} wait for people; {reason}",
            "At the counter: Invoice, then those asked for.",
        )
    elif told.why and told.waiting:
        reason = f"{told.why}; {reason}"
        step = "Selling goes on. Check [invoice] and the other side; what waits is sent by itself."
    else:
        step = "Ask who writes them; a number that came by hand is noted at the counter." if late else ""
    yield Finding(subject="invoices", well=not step, reason=reason, next_step=step)


def _card_keys(found: CardKeyFacts) -> Finding:
    if not found.fault:
        return Finding(subject="card keys", well=True, reason=f"{found.keys} keys of cards")
    return Finding(
        subject="card keys",
        well=False,
        reason=f"{found.fault}; no card can prove itself here",
        next_step="Move that file away, then take the issuer's list again: terminal cards FILE",
    )


def _stock(found: StockFacts) -> Finding:
    """Well if it can be told: what is short is the shop's to order, and sold as long as somebody finds it."""
    if found.fault:
        step = "Import a damaged catalogue anew with --whole; move a damaged .stock file away, count again."
        return Finding(subject="stock", well=False, reason=f"cannot be told: {found.fault}", next_step=step)
    said = f"; little is left of: {_first(found.short)}" if found.short else ""
    return Finding(subject="stock", well=True, reason=f"{found.counted} articles counted{said}")


def _promotions(strays: tuple[str, ...]) -> Finding:
    """Well: the shop may sell it again. Until then such a promotion takes nothing off."""
    return Finding(subject="promotions", well=True, reason=f"for what nobody sells: {_first(strays)}")


def _first(some: tuple[str, ...]) -> str:
    more = f" and {len(some) - _SHORT_SHOWN} more" if len(some) > _SHORT_SHOWN else ""
    return ", ".join(some[:_SHORT_SHOWN]) + more


def _clock(clock: ClockFacts, last_entry_ms: int | None) -> Finding:
    step = "Set the time: timedatectl; check the network's time server and the clock's battery."
    told = {True: "synchronised", False: "not synchronised", None: "kernel cannot be asked"}
    reason = f"trust {clock.trust}, {told[clock.synchronised]}"
    if clock.drift_ms is not None:
        reason += f", {clock.drift_ms / 1000:+.1f} s from headquarters"
    if clock.right_ms:
        reason += f"; set right by {clock.right_ms / 1000:+.1f} s"
    for wrong in _clock_faults(clock, last_entry_ms):
        return Finding(subject="clock", well=False, reason=f"{wrong}; {reason}", next_step=step)
    return Finding(subject="clock", well=True, reason=reason)


def _clock_faults(clock: ClockFacts, last_entry_ms: int | None) -> Iterator[str]:
    if clock.wall_ms < EPOCH_MS:
        yield "it was never set"
    if last_entry_ms is not None and clock.wall_ms < last_entry_ms - BEHIND_MS_MAX:
        yield "it is behind the last entry of the ledger"
    if clock.drift_ms is not None and abs(clock.drift_ms) > DRIFT_MS_MAX:
        yield "it is wrong"
    if abs(clock.right_ms) > DRIFT_MS_MAX:
        yield "the machine's own is wrong; headquarters' time is used"


def _disk(disk: DiskFacts, spare: tuple[SpareFacts, ...]) -> Finding:
    reason = f"{disk.free_bytes // _MIB} of {disk.total_bytes // _MIB} MiB free at {disk.path}"
    if not disk.total_bytes:
        step = "Set ledger.path to a folder on a disk."
        return Finding(subject="disk", well=False, reason=f"{disk.path} is on no disk", next_step=step)
    if disk.read_only:
        step = "Nothing can be booked. Look at dmesg; the card may be worn out."
        return Finding(subject="disk", well=False, reason=f"read-only; {reason}", next_step=step)
    if disk.free_bytes < FREE_BYTES_MIN:
        step = _room_made(spare)
        return Finding(subject="disk", well=False, reason=f"nearly full; {reason}", next_step=step)
    return Finding(subject="disk", well=True, reason=reason)


def _room_made(spare: tuple[SpareFacts, ...]) -> str:
    """What lies beside the ledger is moved and not deleted: it may hold what is nowhere else."""
    moved = ", ".join(_sized(one) for one in spare if not one.command)
    typed = ", ".join(_sized(one) for one in spare if one.command)
    if moved and typed:
        return f"Make room: move to another disk {moved}. Then type {typed}."
    if moved:
        return f"Make room: move to another disk {moved}."
    if typed:
        return f"Make room: {typed}."
    return "Nothing is known here that may go: back up, then restore onto a larger card."


def _sized(one: SpareFacts) -> str:
    return f"{one.what} ({one.bytes // _MIB} MiB)"


def _ago(age_ms: int) -> str:
    seconds = age_ms // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _machine(machine: MachineFacts) -> Finding:
    parts = [
        machine.model or "machine",
        *([] if machine.celsius is None else [f"{machine.celsius} C"]),
        *([] if machine.free_kib is None else [f"{machine.free_kib // 1024} MiB of memory free"]),
        *([] if machine.up_s is None else [f"up {machine.up_s // 3600} h"]),
    ]
    reason = ", ".join(parts)
    for wrong, step in _machine_faults(machine):
        return Finding(subject="machine", well=False, reason=f"{wrong}; {reason}", next_step=step)
    return Finding(subject="machine", well=True, reason=reason)


def _machine_faults(machine: MachineFacts) -> Iterator[tuple[str, str]]:
    """The most frequent cause of all first."""
    bits = machine.throttled or 0
    if bits & _UNDER_VOLTAGE:
        step = (
            "Another supply (5.1 V) and a shorter cable, nothing that draws power from USB; then restart it."
        )
        yield f"too little power since it started (throttled {bits:#x})", step
    if (machine.celsius or 0) >= HOT_CELSIUS or bits & _SLOWED:
        yield "too hot", "Give it air: out of the sun, away from the heater, a heat sink or a fan."
    if machine.free_kib is not None and machine.free_kib < FREE_KIB_MIN:
        yield "little memory is left", "Restart it; if it comes back, tell whoever helps: ps aux --sort -rss"


def as_text(found: tuple[Finding, ...], *, colours: bool, words: Words = str, rows: int | None = ROWS) -> str:
    """What is red first, then amber, each with its next step; the rest as far as the screen goes.

    `words`: translates each part. `rows`: of a screen, 80 columns wide; None: all of it, whatever it takes.
    """
    said = [in_words(finding, words) for finding in found]
    pressing = [one for level in (_RED, _AMBER) for one in said if _level(one) == level]
    green = [one for one in said if _level(one) == _GREEN]
    room = rows - 1 if rows is not None else _FINDING_ROWS * 2 * len(said)
    lines = _spread(pressing, room - min(len(green), _GREEN_ROWS), words, colours=colours)
    room = max(room - len(lines), 1)
    shown = green if len(green) <= room else green[: room - 1]
    rest = [finding.subject for finding in green[len(shown) :]]
    lines += _spread(shown, room - bool(rest), words, colours=colours)
    if rest:
        lines.append(_cut(words(f"green {len(rest)} more: {', '.join(rest)}"), _COLUMNS))
    red = sum(not one.well for one in said)
    amber = len(pressing) - red
    counts = f"{len(green)} green, {amber} amber, {red} red" if amber else f"{len(green)} green, {red} red"
    return "\n".join([*lines, words(counts)])


def _level(finding: Finding) -> str:
    if not finding.well:
        return _RED
    return _AMBER if finding.amber else _GREEN


def in_words(finding: Finding, words: Words) -> Finding:
    """A reason is one sentence, or several with `; ` between them; some are lists of facts."""
    return replace(
        finding,
        subject=words(finding.subject),
        reason=_parts(finding.reason, words),
        next_step=words(finding.next_step),
    )


def _parts(reason: str, words: Words) -> str:
    said = words(reason)
    for between in ("; ", ", "):
        if said == reason:
            said = between.join(map(words, reason.split(between)))
    return said


def _spread(found: list[Finding], room: int, words: Words, *, colours: bool) -> list[str]:
    """One row each for reason and next step; then row by row as many as they need, while there is room."""
    blocks = [_lines(finding, words, rows=1, colours=colours) for finding in found]
    for rows in range(2, _FINDING_ROWS + 1):
        for place, finding in enumerate(found):
            grown = _lines(finding, words, rows=rows, colours=colours)
            if sum(map(len, blocks)) - len(blocks[place]) + len(grown) <= room:
                blocks[place] = grown
    return [line for block in blocks for line in block]


def _lines(finding: Finding, words: Words, *, rows: int, colours: bool) -> list[str]:
    """The reason beside its subject, and the next step below it, each on so many rows at most."""
    subject = _padded(_cut(finding.subject, _NAME_CHARS), _NAME_CHARS)
    indent = " " * (_NAME_CHARS + 7)
    reason = _wrapped(finding.reason, _COLUMNS - len(indent), rows)
    level = _level(finding)
    head = _padded(words(level), _WORD_CHARS)
    painted = f"\x1b[{_COLOURS[level]}m{head}\x1b[0m" if colours else head
    shown = [f"{painted} {subject} {reason[0]}", *(f"{indent}{line}" for line in reason[1:])]
    step = _wrapped(finding.next_step, _COLUMNS - len(indent) - 3, rows) if finding.next_step else []
    shown += [f"{indent}{'   ' if place else '-> '}{line}" for place, line in enumerate(step)]
    return shown


def _wrapped(text: str, columns: int, rows: int) -> list[str]:
    """A Chinese sentence has no spaces, and each of its characters takes two columns."""
    if text.isascii():
        return textwrap.wrap(text, columns, max_lines=rows, placeholder=_MORE) or [""]
    lines = wrapped(text, columns)
    if len(lines) <= rows:
        return lines
    last = wrapped(lines[rows - 1], columns - len(_MORE))[0]
    return [*lines[: rows - 1], f"{last}{_MORE}"]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _cut(text: str, columns: int) -> str:
    return text if width(text) <= columns else f"{wrapped(text, columns - 3)[0]}..."
