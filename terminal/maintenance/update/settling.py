"""A release that lies whole in its slot is tried, and kept or given up. It may be killed anywhere.

What is done next follows from the two links and `wanted.json`, never from what this process remembers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from terminal.install.slots import Last, Slots, Wanted
from terminal.maintenance.update.trial import Judgement, Seen, Trial
from terminal.runtime.steps import reached

_EVERY_S = 3.0
"""Each look verifies the end of the ledger; the counter comes first."""
CUT = "the machine was started anew while it was tried"


class Machine(Protocol):
    """The terminal's unit, and time."""

    def restart(self) -> None:
        """Begins it, and does not wait; systemd and others are told of the slot `current` leads to first."""
        ...

    def follow(self) -> None:
        """What the release no longer has goes, and the other units begin from it."""
        ...

    def seen(self) -> Seen: ...

    def mono_s(self) -> float: ...

    def wait(self, seconds: float) -> None: ...


def settled(slots: Slots, machine: Machine, boot: str) -> Last | None:
    """How it ended; None: nothing was to be tried."""
    wanted = slots.wanted()
    if wanted is None or (not slots.tried and not _worth_trying(slots, wanted, boot)):
        if wanted is not None and wanted.slot == slots.steady:  # Kept already, and killed before its end.
            return _ended_well(slots, machine, wanted)
        slots.forget_wanted()
        return None
    if not wanted.why:
        cut_off = slots.tried
        if not cut_off:
            slots.begin_trial(wanted.slot)
            machine.restart()
            reached("update.restarted")
        why = _tried(slots, machine, cut_off=cut_off) if wanted.boot == boot else CUT
        if not why:
            return _kept(slots, machine, wanted)
        wanted = replace(wanted, why=why)
        slots.want(wanted)
    return _gone_back(slots, machine, wanted)


def _worth_trying(slots: Slots, wanted: Wanted, boot: str) -> bool:
    if wanted.why:
        return True
    return wanted.boot == boot and wanted.slot != slots.current and slots.release_in(wanted.slot) is not None


def _tried(slots: Slots, machine: Machine, *, cut_off: bool) -> str:
    """Why it is not well; empty: it is."""
    slot = slots.current
    trial = Trial(slot, machine.mono_s())
    seen = machine.seen()
    if cut_off and seen.slot not in {slot, ""}:  # We were killed between the two.
        machine.restart()
    while trial.judged(seen, machine.mono_s()) is Judgement.WAIT:
        machine.wait(_EVERY_S)
        seen = machine.seen()
        reached("update.looking")
    reached("update.judged")
    return trial.why


def _kept(slots: Slots, machine: Machine, wanted: Wanted) -> Last:
    slots.keep()
    return _ended_well(slots, machine, wanted)


def _ended_well(slots: Slots, machine: Machine, wanted: Wanted) -> Last:
    """Told before the others follow, which takes seconds; forgotten last: a boot still has them do so."""
    last = _told(slots, wanted)
    machine.follow()
    reached("update.followed")
    slots.forget_wanted()
    return last


def _gone_back(slots: Slots, machine: Machine, wanted: Wanted) -> Last:
    slots.go_back()
    machine.restart()
    reached("update.back_restarted")
    last = _told(slots, wanted)
    slots.discard(wanted.slot)
    slots.forget_wanted()
    return last


def _told(slots: Slots, wanted: Wanted) -> Last:
    tried = slots.release_in(wanted.slot)
    known = slots.last()
    version = tried.version if tried else known.version if known else ""
    last = Last(version=version, well=not wanted.why, why=wanted.why)
    slots.tell(last)
    reached("update.told")
    return last
