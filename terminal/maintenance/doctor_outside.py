"""What the doctor says of all that goes out of the house, and of who is let in from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.commands import ClockTrust
from terminal.core.invoicing import INVOICE
from terminal.core.wire.link import LinkTrouble
from terminal.maintenance.facts import Facts, HookFacts, IntentFacts, InvoiceFacts, QueueFacts
from terminal.maintenance.finding import Finding, day

ENDS_MS_MAX = 10 * 60_000
"""Longer than any payment or filling takes that people still wait for."""
INVOICE_MS_MAX = 3 * 86_400_000
"""Longer than anybody should wait for an invoice, a weekend included."""
WAITING_MAX = 2_000
"""A day or two of a busy shop."""
_HANDHELD_SOON_MS = 30 * 86_400_000
_DAY_MS = 86_400_000


def unended(facts: Facts) -> Iterator[Finding]:
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
        f" from {day(oldest.since_ms)}, {oldest.id}",
        next_step="Ask the provider under that id what became of it; only its answer ends it.",
    )


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


def queued(queue: QueueFacts, *, running: bool) -> Finding:
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


def _ago(age_ms: int) -> str:
    seconds = age_ms // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def enrolled(facts: Facts) -> Iterator[Finding]:
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
    reason = f"as {enrolment.terminal}, certificate {day(enrolment.since_ms)} to {day(enrolment.until_ms)}"
    if left_ms <= 0 and clock.trust is ClockTrust.UNKNOWN and clock.drift_ms is None:
        step = "Set the clock first: sudo terminal menu, 3, 4 or 3, 5; where it is right, ask for a code."
        reason = f"it has expired by a clock that nobody believes; {reason}"
        yield Finding(subject="enrolment", well=False, reason=reason, next_step=step)
    elif left_ms <= 0:
        step = "It cannot renew itself any more. Ask headquarters for a code, then: terminal enrol CODE"
        yield Finding(subject="enrolment", well=False, reason=f"it has expired; {reason}", next_step=step)
    elif enrolment.why:
        step = f"It is tried again; {left_ms // _DAY_MS} days are left. Tell headquarters what it answered."
        yield Finding(subject="enrolment", well=False, reason=f"{enrolment.why}; {reason}", next_step=step)
    else:
        yield Finding(subject="enrolment", well=True, reason=reason)


def handhelds_enrolled(facts: Facts) -> Iterator[Finding]:
    """Those whose certificate ends soon: after that they are refused, mostly in the middle of a day."""
    for one in facts.handhelds:
        left_ms = one.until_ms - facts.clock.wall_ms
        if facts.clock.trust is ClockTrust.UNKNOWN or left_ms > _HANDHELD_SOON_MS:
            continue
        reason = f"{one.name}: its certificate ends on {day(one.until_ms)}"
        if left_ms <= 0:
            reason = f"{one.name}: its certificate ended on {day(one.until_ms)}"
        step = "Another one: sudo terminal revoke-handheld NAME, then sudo terminal enrol-handheld NAME."
        yield Finding(subject="handhelds", well=True, amber=True, reason=reason, next_step=step)


def webhook_taking(webhook: HookFacts) -> Finding:
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


def invoiced(facts: Facts) -> Iterator[Finding]:
    """Where somebody outside writes them; else what the journal has, should somebody have done so before."""
    begun = [one for one in facts.ledger.intents if _is_invoice(one)]
    told = facts.invoices
    if told is None:
        if not begun:
            return
        oldest_ms = min(one.since_ms for one in begun)
        told = InvoiceFacts(waiting=len(begun), people=0, since_ms=oldest_ms)
    late = told.since_ms is not None and told.since_ms < facts.clock.wall_ms - INVOICE_MS_MAX
    since = f", the oldest asked for on {day(told.since_ms)}" if told.since_ms is not None else ""
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
