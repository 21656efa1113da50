"""A bundle becomes a release in the slot that does not run. Nothing is started from it here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from terminal.core.errors import BundleRefused, NoUpdateHere
from terminal.install.slots import NAMES, Release, Slots, no_way
from terminal.maintenance.update.bundle import Bundle, check_room, chosen, copied, with_spare
from terminal.maintenance.update.trusted import Trusted, accepted, first_root, judged_ms
from terminal.maintenance.update.unpack import unpacked
from terminal.maintenance.update.version import order
from terminal.runtime.durable import put
from terminal.runtime.steps import reached


class Here(NamedTuple):
    """What a release must fit."""

    machine: str
    python: str
    schema: int
    """Of the program that runs: it must still open what the other one leaves."""
    openable_from: int
    """The first schema whose program opens the ledger that is here."""
    clock_ms: int | None
    """None: the clock is not believed."""
    ledger_ms: int | None
    """The latest time of an entry that was written under a clock that was believed."""
    sure_ms: int | None = None
    """What is past for sure, whatever a clock says that the network set."""


Prepare = Callable[[Path], None]
"""Makes what runs in that slot's tree. Raises NoUpdateHere."""


def _unsaid(_: str) -> None: ...


def taken(
    slots: Slots, file: Path, here: Here, prepare: Prepare, *, say: Callable[[str], None] = _unsaid
) -> Release:
    """Whole in `slots.other` when it returns; killed before that, it begins anew.

    Within `slots.held`, which gives that slot back what it held. `say`: what a person should know.

    Raises:
        BundleRefused: the slot that runs, and what `current` says, are as they were.
        NoUpdateHere: there is no room, or a release is being tried.
        OSError: a disk did not give or take it.
    """
    if slots.wanted() is not None:
        raise NoUpdateHere("a release is being tried: terminal update settle, or start the machine anew")
    incoming = slots.root / "incoming"
    try:
        copied(file, incoming)
        reached("update.copied")
        with incoming.open("rb") as copy:
            return _taken(slots, Bundle(copy), here, prepare, say)
    finally:
        incoming.unlink(missing_ok=True)


def _taken(slots: Slots, bundle: Bundle, here: Here, prepare: Prepare, say: Callable[[str], None]) -> Release:
    known = trusted_in(slots.root)
    now_ms = judged_ms(
        here.clock_ms, kept_ms=known.believed_ms, ledger_ms=here.ledger_ms, sure_ms=here.sure_ms
    )
    believed, targets = accepted(known, bundle.metadata(), now_ms)
    put(
        slots.root / "trusted.json",
        msgspec.json.encode(msgspec.structs.replace(believed, believed_ms=now_ms)),
    )
    reached("update.trusted")
    path, release = chosen(targets, here.machine, here.python)
    if why := _older(release, slots) or no_way(release, here.schema, here.openable_from):
        raise BundleRefused(why)
    with bundle.payload(path, targets[path]) as packed:
        slot = slots.other
        check_room(slots.root, release.unpacked - slots.bytes_in(slot))  # Before any of it goes.
        if not slots.set_aside(slot, with_spare(release.unpacked)):
            say(f"no room to keep what slot {slot} held meanwhile")
        unpacked(packed, slots.folder(slot), release)
    reached("update.unpacked")
    prepare(slots.folder(slot))
    reached("update.prepared")
    slots.complete(slot, release)
    return release


def _older(release: Release, slots: Slots) -> str:
    """Why it does not come after what lies here, whoever laid that; empty: it does, or the maker signed so.

    Versions of the maker's metadata (`Trusted`) count bundles alone; an installation is none.
    """
    try:
        new, up_to = order(release.version), order(release.may_replace or release.version)
    except ValueError as odd:
        return f"its version cannot be compared: {odd}"
    for name in NAMES:
        there = slots.release_in(name)
        if there is None:
            continue
        try:
            stands = order(there.version)
        except ValueError as odd:  # The maker made none such.
            return f"slot {name} holds a version that cannot be compared: {odd}. Install from a checkout"
        if max(new, up_to) < stands:
            return f"it is old: version {release.version}, and {there.version} lies here in slot {name}"
    return ""


def trusted_in(root: Path) -> Trusted:
    """Raises NoUpdateHere: nobody said whom to trust, or what was kept cannot be read."""
    kept = root / "trusted.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=Trusted)
    except FileNotFoundError:
        pass
    except msgspec.DecodeError as fault:
        # Begun anew from the first root, an old bundle would be new again.
        raise NoUpdateHere(f"{kept} cannot be read: {fault}") from fault
    try:
        return first_root((root / "root.json").read_bytes())
    except FileNotFoundError as fault:
        raise NoUpdateHere(f"no maker is trusted here: their root.json belongs into {root}") from fault
