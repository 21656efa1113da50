"""`terminal doctor` and `terminal ledger verify`: asked of the terminal that runs, or seen without it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from terminal.backups_seen import backup_facts
from terminal.config import Device, Settings, built_input, built_printer, load
from terminal.core.commands import BookIntent, ClockTrust
from terminal.core.entry import Entry
from terminal.core.errors import (
    LedgerClosed,
    LedgerDamaged,
    LedgerHeld,
    LedgerMismatched,
    LedgerNewer,
    PrinterFault,
)
from terminal.core.events import DeviceHealth
from terminal.core.ports import Clock
from terminal.core.values import SiteId, Value
from terminal.install.firewall import in_force, rules_there
from terminal.maintenance.doctor import findings
from terminal.maintenance.doctor_config import kept_by_no_disk, misread, not_in_force, unguarded
from terminal.maintenance.doctor_text import ROWS, as_text
from terminal.maintenance.facts import (
    CardKeyFacts,
    ClockFacts,
    DeviceFacts,
    EnrolmentFacts,
    ErasureFacts,
    Facts,
    HandheldFacts,
    IntentFacts,
    LedgerFacts,
    LedgerTrouble,
    QueueFacts,
    SecondFacts,
    disk_of,
    obstacle,
    synchronised,
)
from terminal.maintenance.finding import Finding
from terminal.maintenance.machine import machine_of
from terminal.maintenance.probe import input_facts, printer_facts
from terminal.maintenance.settings_file import before_of
from terminal.maintenance.socket import NotAllowed, Silent, Unanswered, asked
from terminal.runtime.clock import SystemClock
from terminal.runtime.disks import Disks
from terminal.runtime.durable import laid_over
from terminal.salvaged import salvaged
from terminal.spare import spare_facts
from terminal.store import settings as store
from terminal.store.backup import BackupRefused, read_only, secret_of
from terminal.store.beside import verified_whole
from terminal.store.checkpoints import Checkpoints, SiteKey, Voucher
from terminal.store.chips import ChipFiles
from terminal.store.claim import check_claimed, check_site
from terminal.store.file import Lock
from terminal.store.keys_seen import keys_fault, keys_fault_anywhere
from terminal.store.migrations import OURS
from terminal.store.queries import queries
from terminal.store.sealed import Secret
from terminal.store.second import SecondState
from terminal.store.segments import put_aside
from terminal.store.standing import Compared, compared, standing
from terminal.store.unwritten import opening
from terminal.store.verify import verified_tail

if TYPE_CHECKING:
    from terminal.maintenance.sentences import Words

DOCTOR_S = 30.0
VERIFY_S = 900.0
"""A million entries on a slow card."""
_WAITING_SHOWN_MAX = 100

_BELIEVED = frozenset(ClockTrust) - {ClockTrust.UNKNOWN}
_Seen = TypeVar("_Seen")


class _NotLooked(LedgerClosed):
    """Nobody looked into the ledger."""

    def __init__(self, why: str, trouble: LedgerTrouble) -> None:
        super().__init__(why)
        self.trouble = trouble


class Verdict(Value, frozen=True, kw_only=True):
    """What `terminal ledger verify` found."""

    path: str
    fault: str = ""
    damaged: bool = False
    """The fault is in the ledger itself, not in the way to it or on its copy."""
    entries: int = 0
    postings: int = 0
    beside: int = 0
    """Rows of wallets, cards, coupons, lots and so on that are as the journal says."""
    head: str = ""
    """Hex hash of the last entry."""
    copied: int | None = None
    """How many entries of the second copy are the ledger's; None where none is configured."""
    erasures: tuple[ErasureFacts, ...] = ()
    """Members who asked to be forgotten and are not yet; the first hundred."""


def doctor(  # noqa: PLR0913  as it is typed
    path: Path,
    *,
    as_json: bool,
    paper: bool = False,
    language: str = "en",
    network: bool = True,
    whole: bool = False,
) -> int:
    """Exit 1 when something is red, or is not on `paper` as it should be.

    A file that cannot be used is red; everything else is looked at by what can be used of it.

    `language`: on the console; paper and JSON are English. `network`: whether there is one to ask devices on.
    `whole`: on more rows than a console has.
    """
    read = salvaged(path)
    settings = read.settings
    try:
        facts = seen_from_here(seen(settings, network=network))
    except NotAllowed as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    found = (
        *misread(path, read.problems, before_of(path)),
        *findings(facts),
        *kept_by_no_disk(laid_over(settings.file.ledger.path)),
        *unguarded(read.text, there := rules_there()),
        *(not_in_force(there, in_force()) if network and there else ()),
    )
    well = all(one.well for one in found)
    if paper:
        return _on_paper(settings, found, facts.clock.wall_ms)
    if as_json:
        _say({"well": well, "findings": found, "facts": facts})
    else:
        rows, words = None if whole else ROWS, _words(language)
        text = as_text(found, colours=sys.stdout.isatty(), words=words, rows=rows)
        sys.stdout.write(f"{text}\n")
    return 0 if well else 1


def _words(language: str) -> Words:
    if language == "en":
        return str
    from terminal.maintenance.doctor_zh import ZH  # noqa: PLC0415  English needs none of it
    from terminal.maintenance.sentences import Sentences  # noqa: PLC0415

    return Sentences(language, ZH).in_chinese


def seen(settings: Settings, *, network: bool = True) -> Facts:
    """Asked of the terminal that runs, else without it. Raises NotAllowed."""
    try:
        return asked(settings.file.terminal.socket, "doctor", Facts, within_s=DOCTOR_S)
    except NotAllowed:
        raise
    except Silent:
        facts = asyncio.run(from_outside(settings, network=network))
        queue = msgspec.structs.replace(facts.queue, why="the terminal does not answer")
        return msgspec.structs.replace(facts, silent=True, queue=queue)
    except Unanswered:
        return asyncio.run(from_outside(settings, network=network))


def seen_from_here(facts: Facts) -> Facts:
    """The service may not look at the kernel's clock and the machine; whoever asks may."""
    clock = msgspec.structs.replace(facts.clock, synchronised=synchronised())
    return msgspec.structs.replace(facts, clock=clock, machine=machine_of())


def _on_paper(settings: Settings, found: tuple[Finding, ...], at_ms: int) -> int:
    from terminal.status_ticket import on_paper  # noqa: PLC0415  only where it is asked for

    try:
        sys.stdout.write(on_paper(settings, found, at_ms=at_ms) + "\n")
    except PrinterFault as fault:
        sys.stderr.write(f"{fault}{'; part of it may be on paper' if fault.sent else ''}\n")
        return 1
    return 0


def verify(path: Path, *, as_json: bool) -> int:
    """Exit 1 when the ledger does not agree with itself, or could not be looked at. Raises BadConfig."""
    settings = load(path)
    ledger = settings.file.ledger.path
    try:
        verdict = asked(settings.file.terminal.socket, "verify", Verdict, within_s=VERIFY_S)
    except NotAllowed as refused:
        verdict = Verdict(path=str(ledger), fault=str(refused))
    except Unanswered:
        try:
            verdict = _locked(
                ledger, lambda: verdict_on(settings.file.ledger, settings.file.terminal.site_id)
            )
        except LedgerClosed as closed:
            verdict = Verdict(path=str(ledger), fault=str(closed))
    if as_json:
        _say(verdict)
    else:
        text = (
            f"{verdict.entries} entries, {verdict.postings} postings and {verdict.beside} rows beside them"
            f" agree, head {verdict.head[:16]}"
        )
        if verdict.copied is not None:
            text += f"; so do {verdict.copied} on the second copy"
        if verdict.erasures:
            since = verdict.erasures[0].since
            text += f"; members who wait to be forgotten: {len(verdict.erasures)}, since {since}"
        sys.stdout.write(f"{verdict.path}: {verdict.fault or text}\n")
    return 1 if verdict.fault else 0


def _say(what: object) -> None:
    sys.stdout.write(msgspec.json.encode(what).decode() + "\n")


async def from_outside(settings: Settings, *, network: bool = True) -> Facts:
    """While it does not run: the file under its lock, and every device opened once."""
    clock, here, ledger = SystemClock(), settings.file.terminal, settings.file.ledger
    devices: list[DeviceFacts] = []
    enrolment = _enrolment(ledger.path)
    try:
        seen = _locked(ledger.path, lambda: ledger_facts(ledger.path, ledger.verified_at_start, here.site_id))
    except _NotLooked as closed:
        seen = LedgerFacts(path=str(ledger.path), fault=str(closed), trouble=closed.trouble)
    if not seen.fault or seen.trouble is not LedgerTrouble.HELD:  # Whoever holds it holds the devices too.
        devices += await asyncio.gather(*(_probed(device, clock, network) for device in settings.devices))
    disk, backups = disk_of(ledger.path), backup_facts(ledger.path)
    return Facts(
        terminal=f"{here.site}/{here.id}",
        running=False,
        devices=tuple(devices),
        ledger=seen,
        second=second_facts(ledger, here.site_id, None),
        queue=QueueFacts(
            configured=bool(settings.file.headquarters.url or enrolment.terminal),
            waiting=seen.entries - seen.acked,
            acked=seen.acked,
            why="the terminal does not run",
        ),
        enrolment=enrolment,
        handhelds=handheld_facts(ledger.path),
        card_keys=card_key_facts(ChipFiles(ledger.path)),
        backups=backups,
        clock=clock_facts(clock),
        disk=disk,
        spare=spare_facts(ledger.path, disk, backups),
    )


def card_key_facts(chips: ChipFiles) -> CardKeyFacts | None:
    keys, fault = chips.standing()
    return CardKeyFacts(keys=keys, fault=fault) if keys or fault else None


def handheld_facts(ledger: Path) -> tuple[HandheldFacts, ...]:
    """None where there are none, or whoever asks may not look. Blocks."""
    if not os.path.isdir(ledger.with_suffix(".handhelds")):  # noqa: PTH112  Path.is_dir raises where we may not look
        return ()
    from terminal.kiosk.handhelds import beside  # noqa: PLC0415  X.509, where there are any

    with suppress(OSError):
        return tuple(HandheldFacts(name=name, until_ms=ends) for name, ends in beside(ledger).until().items())
    return ()


def _enrolment(ledger: Path) -> EnrolmentFacts:
    from terminal.door import credentials_path, facts_of  # noqa: PLC0415  not of the running terminal
    from terminal.uplink.credentials import Unusable, read  # noqa: PLC0415

    try:
        return facts_of(read(credentials_path(ledger)))
    except Unusable as fault:
        return EnrolmentFacts(why=str(fault))


async def _probed(device: Device, clock: Clock, network: bool) -> DeviceFacts:  # noqa: FBT001  as it was said
    if not network and hasattr(device.settings, "host"):
        return DeviceFacts(
            name=device.name, kind=device.kind, health=DeviceHealth.UNKNOWN, why="not asked: no network"
        )
    if device.kind == "printer":
        return await printer_facts(device.name, built_printer(device, clock))
    return await input_facts(device.name, device.kind, built_input(device, clock))


def _locked(path: Path, look: Callable[[], _Seen]) -> _Seen:
    """Looks while no terminal can start. Raises _NotLooked: one does run, or there is nothing to see."""
    try:
        there = path.exists()
    except PermissionError as fault:
        raise _NotLooked(f"{path}: {fault.strerror}", LedgerTrouble.UNSEEN) from fault
    if not there:  # Nor do we make its folder, its lock or anything else for another user.
        if why := obstacle(path):
            raise _NotLooked(f"{path} cannot be made: {why}", LedgerTrouble.NO_PLACE)
        raise _NotLooked("there is no ledger yet; the first start makes it", LedgerTrouble.ABSENT)
    try:
        lock = Lock(path)
    except OSError as fault:
        raise _NotLooked(f"{path.with_suffix('.lock')}: {fault.strerror}", LedgerTrouble.UNSEEN) from fault
    except LedgerHeld as held:
        raise _NotLooked(str(held), LedgerTrouble.HELD) from held
    except LedgerClosed as why:  # A link, or another name: no terminal opens it either.
        raise _NotLooked(str(why), LedgerTrouble.REFUSED) from why
    try:
        return look()
    finally:
        lock.release()


# Seen by whoever owns the file: the terminal itself, or somebody else under its lock.


def ledger_facts(path: Path, count: int, site: SiteId | None = None) -> LedgerFacts:
    """The last `count` entries, verified, and how far headquarters has them. Blocks.

    `site`: whose it is by the configuration; None: whosesoever.
    """

    def look(connection: sqlite3.Connection) -> LedgerFacts:
        connection.execute("BEGIN")  # Of one moment, whatever is sold meanwhile.
        secret, key = _voucher(path)
        known = check_claimed(connection, secret)
        if site is not None:
            check_site(known, path, site)
        Checkpoints(connection, secret, key).trusted()
        found = verified_tail(connection, count)
        acked = connection.execute(queries()["meta"], ("acked",)).fetchone()
        last = connection.execute(queries()["entries_after"], (found.entries - 1, 1)).fetchone()
        sealed = connection.execute(queries()["any_profile"]).fetchone() is not None
        return LedgerFacts(
            path=str(path),
            intents=tuple(_open_intents(connection)),
            erasures=tuple(_erasures(connection)),
            entries=found.entries,
            checked=found.checked,
            acked=int(acked[0]) if acked else 0,
            openable_from=connection.execute(queries()["meta"], ("openable_from",)).fetchone()[0],
            keys_fault=keys_fault(path.with_suffix(".keys")) if sealed else "",
            last_entry_ms=msgspec.json.decode(last[1], type=Entry).at.wall_ms if last else None,
            believed_ms=_latest_ms(connection, found.entries, count, _BELIEVED),
            signed_ms=_latest_ms(connection, found.entries, count, {ClockTrust.HEADQUARTERS}),
        )

    return _read(path, look, lambda why, trouble: LedgerFacts(path=str(path), fault=why, trouble=trouble))


def _latest_ms(
    connection: sqlite3.Connection, entries: int, count: int, trusts: Collection[ClockTrust]
) -> int | None:
    for _, body, _ in connection.execute(queries()["entries_before"], (entries + 1, count)):
        at = msgspec.json.decode(body, type=Entry).at
        if at.clock in trusts:
            return at.wall_ms
    return None


def _open_intents(connection: sqlite3.Connection) -> Iterator[IntentFacts]:
    for (body,) in connection.execute(queries()["open_intents"], (_WAITING_SHOWN_MAX,)):
        begun = msgspec.json.decode(body, type=Entry)
        if isinstance(begun.payload, BookIntent):
            yield IntentFacts(
                id=begun.id,
                what=begun.payload.what,
                amount=begun.payload.amount,
                since_ms=begun.at.wall_ms,
            )


def _erasures(connection: sqlite3.Connection) -> Iterator[ErasureFacts]:
    rows = connection.execute(queries()["erasures_waiting"], (_WAITING_SHOWN_MAX,))
    for member, since, until, told in rows:
        yield ErasureFacts(member=member, since=since, until=until, told=bool(told))


def _voucher(ledger: Path) -> tuple[Secret, SiteKey]:
    """Whose checkpoints are believed, as a start does. Makes nothing. Raises LedgerDamaged."""
    try:
        return secret_of(ledger), SiteKey(ledger.with_suffix(".site"))
    except BackupRefused as refused:
        raise LedgerDamaged(str(refused)) from refused


def verdict_on(ledger: store.Settings, site: SiteId) -> Verdict:
    """All of it, verified, and the second copy beside it. Blocks."""
    path = ledger.path

    def look(connection: sqlite3.Connection) -> Verdict:
        by = Voucher(*_voucher(path))
        check_site(check_claimed(connection, by.secret), path, site)
        found, rows = verified_whole(connection, by)
        copy = None
        if ledger.second is not None:
            copy = _copy_compared(ledger.second, site, connection)
        sealed = connection.execute(queries()["any_profile"]).fetchone() is not None
        keys = keys_fault_anywhere(path.with_suffix(".keys"), by.secret) if sealed else ""
        return Verdict(
            path=str(ledger.path),
            fault="; ".join(filter(None, (copy.fault if copy else "", keys))),
            entries=found.entries,
            postings=found.postings,
            beside=rows,
            head=found.head,
            copied=copy.entries if copy else None,
            erasures=tuple(_erasures(connection)),
        )

    def unwell(why: str, trouble: LedgerTrouble) -> Verdict:
        return Verdict(path=str(ledger.path), fault=why, damaged=trouble is LedgerTrouble.DAMAGED)

    return _read(ledger.path, look, unwell)


def _copy_compared(folder: Path, site: SiteId, connection: sqlite3.Connection) -> Compared:
    try:
        found = compared(folder, site, connection)
        kept = put_aside(folder, site)
    except OSError as fault:
        return Compared(0, f"the second copy {folder}: {fault.strerror}")
    if kept and not found.fault:
        return found._replace(fault=f"{kept[0]}: was kept because it contradicts the ledger")
    return found


def second_facts(ledger: store.Settings, site: SiteId, state: SecondState | None) -> SecondFacts | None:
    """As the running terminal says in `state`, or as the files show. Blocks."""
    folder = ledger.second
    if folder is None:
        return None
    seen = state or _second_seen(ledger.path, folder, site)
    same_disk = False
    with suppress(OSError):  # One that hangs would keep us waiting too.
        same_disk = seen.level and bool(Disks().one(folder, ledger.path))
    return SecondFacts(
        path=seen.path,
        entries=seen.seq,
        why=seen.why,
        required=ledger.second_required,
        same_disk=same_disk,
        aside=seen.aside,
    )


def _second_seen(ledger: Path, folder: Path, site: SiteId) -> SecondState:
    where = str(folder)
    try:
        aside = tuple(map(str, put_aside(folder, site)))
        with closing(read_only(ledger)) as connection:
            found = standing(folder, site, connection)
    except OSError as fault:
        return SecondState(path=where, level=False, why=fault.strerror or str(fault))
    except sqlite3.Error:
        return SecondState(path=where, level=False, why="cannot be compared with the ledger")
    why = ""
    if found.contradicting:
        why = f"{found.contradicting[-1].name} holds {found.ahead or 'other'} entries that the ledger has not"
    elif found.seq < found.head:
        why = f"{found.head - found.seq} entries behind"
    return SecondState(path=where, level=not why, seq=found.seq, why=why, aside=aside)


def _read(
    path: Path,
    look: Callable[[sqlite3.Connection], _Seen],
    wrong: Callable[[str, LedgerTrouble], _Seen],
) -> _Seen:
    try:
        with opening(str(path)), closing(read_only(path)) as connection:
            version = OURS.version_of(connection)
            if not 0 < version < OURS.version:
                return look(connection)
            why, trouble = (
                f"schema {version}, brought to {OURS.version} by the next start",
                LedgerTrouble.OLDER,
            )
    except LedgerNewer as fault:
        why, trouble = f"{fault.code} {fault}", LedgerTrouble.NEWER
    except LedgerMismatched as fault:
        why, trouble = f"{fault.code} {fault}", LedgerTrouble.REFUSED
    except LedgerDamaged as fault:
        why, trouble = f"{fault.code} {fault}", LedgerTrouble.DAMAGED
    except LedgerClosed as fault:
        why, trouble = f"{fault.code} {fault}", LedgerTrouble.UNREAD
    return wrong(why, trouble)


def clock_facts(clock: SystemClock, drift_ms: int | None = None) -> ClockFacts:
    return ClockFacts(
        wall_ms=clock.wall_ms(),
        trust=clock.trust,
        synchronised=None,
        drift_ms=drift_ms,
        right_ms=clock.right_ms(),
    )
