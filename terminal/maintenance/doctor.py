"""Green or red, why, and what to do next: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.core.errors import LedgerDamaged, LedgerMismatched, LedgerNewer, PeopleLocked
from terminal.core.events import DeviceHealth
from terminal.core.values import TRAINING
from terminal.maintenance.doctor_backups import backed_up
from terminal.maintenance.doctor_machine import clock_told, disk_seen, machine_seen
from terminal.maintenance.doctor_outside import (
    enrolled,
    handhelds_enrolled,
    invoiced,
    queued,
    unended,
    webhook_taking,
)
from terminal.maintenance.doctor_shop import erased, keys_of_cards, promoted, stocked, tiers_ordered
from terminal.maintenance.facts import DeviceFacts, Facts, LedgerFacts, LedgerTrouble, SecondFacts
from terminal.maintenance.finding import Finding

_SERVICE = "service"
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


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Everything that was looked at, in the order in which a technician would."""
    return (
        _running(facts),
        *(_device(device) for device in facts.devices if device.kind != _SERVICE),
        *_services([device for device in facts.devices if device.kind == _SERVICE]),
        _ledger(facts.ledger),
        *erased(facts),
        *unended(facts),
        *([_second(facts.second)] if facts.second else []),
        *backed_up(facts),
        queued(facts.queue, running=facts.running),
        *enrolled(facts),
        *handhelds_enrolled(facts),
        *([webhook_taking(facts.webhook)] if facts.webhook else []),
        *invoiced(facts),
        *([keys_of_cards(facts.card_keys)] if facts.card_keys else []),
        *([stocked(facts.stock)] if facts.stock else []),
        *([promoted(facts.strays)] if facts.strays else []),
        *([tiers_ordered(facts.tiers_apart)] if facts.tiers_apart else []),
        clock_told(facts.clock, facts.ledger.last_entry_ms),
        disk_seen(facts.disk, facts.spare),
        *([machine_seen(facts.machine)] if facts.machine else []),
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
