"""Fills the ledger of a shop that opens for the first time, through the same commands as a counter."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec.structs import replace

from lab.shop.chips import CHIPS
from lab.shop.members import Known
from lab.shop.setting import PRINTED, STRIPES, TAGS
from terminal.core.commands import (
    STAFF_PIN,
    BookGrant,
    BookIssue,
    BookJoin,
    BookNote,
    BookRecharge,
    ClockTrust,
    Occasion,
    Opens,
    Private,
)
from terminal.core.membership import Recruited, Told, joining
from terminal.core.particulars import Particular
from terminal.core.policy import Policy
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, EntryId, ShiftId, SiteId, StaffId, TerminalId, WalletId
from terminal.desk.session import business_day
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings

_PRINTED_HOLDS = 50_00
_SALT_BYTES = 16
_NO_PINS: Mapping[StaffId, str] = MappingProxyType({})


async def stocked(
    path: Path,
    pins: Callable[[], Mapping[StaffId, str]] = lambda: _NO_PINS,
    members: Sequence[Known] = (),
) -> int:
    """Issues the shop's cards with what they hold, once. Returns the seq of the last entry.

    `pins` is asked then, too: what each of the staff has chosen before the shop opens.
    """
    clock = SystemClock()
    ids = Uuid7(clock, secrets.token_bytes)
    ledger = await open_ledger(Settings(path=path), site=SiteId("S1"), clock=clock, ids=ids)
    try:
        if (await ledger.outbox.head())[0] == 0:
            for credential, principal in _given():
                await _give(ledger, ids, _occasion(clock), credential, principal)
            for one in members:
                await _join(ledger, ids, _occasion(clock), one)
            for who, pin in pins().items():
                at = replace(_occasion(clock), operator=who)
                note = BookNote(id=EntryId(ids.new()), at=at, what=STAFF_PIN, detail=who)
                await ledger.committer.submit(note, Private(pin=await ledger.pin_book.verifier(pin)))
        return (await ledger.outbox.head())[0]
    finally:
        await ledger.close()


async def standing(path: Path, credentials: Sequence[Credential]) -> list[Holder | None]:
    """What stands on these cards in a ledger that no terminal holds."""
    clock = SystemClock()
    ids = Uuid7(clock, secrets.token_bytes)
    ledger = await open_ledger(Settings(path=path), site=SiteId("S1"), clock=clock, ids=ids)
    try:
        return [await ledger.books.holder(credential) for credential in credentials]
    finally:
        await ledger.close()


def morning_cash() -> int:
    """Fen that lie in the drawer for the cards that were given out."""
    return sum(principal for _, principal in _given())


def _given() -> Iterator[tuple[Credential, int]]:
    yield from ((card.credential, card.principal) for card in (*TAGS, *STRIPES, *CHIPS) if card.known)
    yield PRINTED, _PRINTED_HOLDS


async def _give(ledger: Ledger, ids: Uuid7, at: Occasion, credential: Credential, principal: int) -> None:
    opens = Opens(
        wallet=WalletId(ids.new()),
        member=None,
        card=CardId(ids.new()),
        commitment="",
        terms="1",
        channel="counter",
        recruiter=at.operator,
    )
    await ledger.committer.submit(
        BookIssue(id=EntryId(ids.new()), at=at, opens=opens), Private(credentials=(credential,))
    )
    recharge = BookRecharge(
        id=EntryId(ids.new()),
        at=at,
        wallet=opens.wallet,
        card=opens.card,
        principal=principal,
        bonus=0,
        received=principal,
    )
    await ledger.committer.submit(recharge)
    await ledger.print_jobs.printed(recharge.id)  # Their receipts went out with the cards.


async def _join(ledger: Ledger, ids: Uuid7, at: Occasion, one: Known) -> None:
    said = joining(
        Credential(medium=Medium.PHONE, number=one.phone),
        policy=Policy(),
        recruited=Recruited(by=at.operator, channel="counter"),
        new_id=ids.new,
        salt=secrets.token_bytes(_SALT_BYTES),
        business_day=at.business_day,
        told=Told(answers={Particular.NAME: one.name}, card=one.card.credential, kind=one.kind),
    )
    joined = BookJoin(id=EntryId(ids.new()), at=at, opens=said.opens)
    await ledger.committer.submit(joined, said.private)
    await ledger.print_jobs.printed(joined.id)
    if one.given:
        given = BookGrant(id=EntryId(ids.new()), at=at, wallet=said.wallet, why="开业", grants=one.given)
        await ledger.committer.submit(given)


def _occasion(clock: SystemClock) -> Occasion:
    wall_ms = clock.wall_ms()
    return Occasion(
        terminal=TerminalId("T1"),
        shift=ShiftId("T1-1"),
        operator=StaffId("ST-0301"),
        business_day=business_day(wall_ms, 480, 0),
        wall_ms=wall_ms,
        utc_offset_min=480,
        clock=ClockTrust.UNKNOWN,
        mono_ms=clock.mono_ms(),
        boot="stock",
    )
