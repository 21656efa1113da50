"""Their own memberships at a running counter: by whichever key, whatever flow it is booked by."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.cards_held import CardsHeld
from terminal.core.commands import (
    BookImport,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    Command,
    Occasion,
    RechargeRefundReason,
)
from terminal.core.errors import CardLost, OwnMembership, OwnSheet
from terminal.core.screens import State
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, EntryId, ShiftId, StaffId, WalletId
from terminal.desk.own import OwnCards
from terminal.desk.settings import Settings, StaffKey, StaffMember
from tests.desk.fakes import Bench
from tests.flows.shop import UNNAMED, UNNAMED_CARD, WANG, WANG_CARD

ME = StaffId("E00")


def works_here(*own: Credential) -> Settings:
    keys = tuple(StaffKey(medium=one.medium, number=one.number) for one in own)
    return Settings(
        staff=(StaffMember(id=ME, name="店员", own=keys), StaffMember(id=StaffId("E02"), name="王"))
    )


async def test_whoever_is_at_the_drawer_does_not_recharge_their_own_card() -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A158")
        await bench.touch("done")
        await bench.touch("start", "recharge")
        await bench.tap(UNNAMED_CARD)
        assert bench.state is State.KEYING


class Known:
    """As much of the ledger as finds a wallet."""

    def __init__(self, **holders: Holder) -> None:
        self.holders = holders
        self.bookings: dict[str, Command] = {}
        self.lost: Holder | None = None

    async def holder(self, credential: Credential) -> Holder | None:
        if credential.number == "lost":
            raise CardLost("lost")
        return self.holders.get(credential.number)

    async def cards_held(self, credential: Credential) -> CardsHeld | None:
        assert credential.number == "lost"
        return CardsHeld(holder=self.lost, cards=()) if self.lost else None

    async def booked(self, entry: EntryId) -> object:
        command = self.bookings.get(entry)
        return Booked(command) if command else None


class Booked:
    def __init__(self, command: Command) -> None:
        self.command = command


class Roster:
    def __init__(self, *own: str) -> None:
        keys = tuple(StaffKey(medium=Medium.PHONE, number=one) for one in own)
        self._me = StaffMember(id=ME, name="店员", own=keys)

    def member(self, staff: StaffId) -> StaffMember | None:
        return self._me if staff == ME else None


def cards(known: Known, *own: str) -> OwnCards:
    return OwnCards(known, Roster(*own))  # type: ignore[arg-type]


async def test_a_phone_names_every_wallet_of_that_person_and_no_other() -> None:
    own = cards(Known(phone=WANG, card=UNNAMED), "lost", "unknown", "phone")
    assert await own.holds(ME, WANG)
    assert await own.holds(ME, replace(WANG, wallet=WalletId("w-second")))
    assert not await own.holds(ME, UNNAMED)
    assert not await own.holds(StaffId("E09"), WANG)
    assert not await own.holds(ME, replace(UNNAMED, wallet=WalletId("w-other")))


async def test_a_card_that_pays_nothing_names_its_wallet_all_the_same() -> None:
    known = Known()
    known.lost = WANG
    assert await cards(known, "lost").holds(ME, WANG)


async def test_freezing_their_own_card_makes_nobody_a_customer() -> None:
    another = Credential(medium=Medium.UID, number="04C2C2C2C2C2C2")
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "another")
        await bench.tap(another)
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "freeze")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.touch("start", "recharge")
        await bench.tap(another)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A158")


async def test_two_wallets_without_a_name_are_not_one_persons() -> None:
    own = cards(Known(card=UNNAMED), "card")
    assert await own.holds(ME, UNNAMED)
    assert not await own.holds(ME, replace(UNNAMED, wallet=WalletId("w-other")))


def at(occasion: Occasion, operator: StaffId) -> Occasion:
    return replace(occasion, operator=operator, shift=ShiftId("T1-1"))


async def test_a_paper_balance_is_signed_for_by_its_holder_neither_first_nor_second() -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        occasion = bench.session.occasion()
    own, other = cards(Known(card=WANG), "card"), StaffId("E02")

    def said(operator: StaffId, second: StaffId | None, wallet: WalletId = WANG.wallet) -> Command:
        here, entry = at(occasion, operator), EntryId("0195c7a0-0000-7000-8000-000000000001")
        return BookImport(id=entry, at=replace(here, second=second), wallet=wallet, paper="1", grants=())

    with pytest.raises(OwnMembership) as first:
        await own.check(said(ME, other))
    with pytest.raises(OwnSheet) as second:
        await own.check(said(other, ME))
    assert (first.value.code, second.value.code) == ("A158", "A185")
    await own.check(said(other, StaffId("E03")))
    await own.check(said(other, None))
    await own.check(said(other, ME, UNNAMED.wallet))


@pytest.mark.parametrize("kind", ["recharge", "recharge_refund", "refund", "void"])
async def test_what_brings_value_to_it_is_refused_by_whichever_flow(kind: str) -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        occasion = bench.session.occasion()
    known = Known(card=WANG)

    def said(operator: StaffId, wallet: WalletId) -> Command:
        here, entry = at(occasion, operator), EntryId("0195c7a0-0000-7000-8000-000000000001")
        load = BookRecharge(
            id=entry, at=here, wallet=wallet, card=CardId("c"), principal=1, bonus=0, received=1
        )
        known.bookings = {entry: load}
        match kind:
            case "recharge":
                return load
            case "recharge_refund":
                return BookRechargeRefund(
                    id=entry, at=here, wallet=wallet, lot=entry, reason=RechargeRefundReason.MEMBER
                )
            case "refund":
                return BookRefund(id=entry, at=here, of=entry, returned=(), why="x")
            case _:
                return BookVoid(id=entry, at=here, of=entry, why="x")

    own = cards(known, "card")
    with pytest.raises(OwnMembership):
        await own.check(said(ME, WANG.wallet))
    await own.check(said(StaffId("E02"), WANG.wallet))
    await own.check(said(ME, UNNAMED.wallet))
    command = said(ME, WANG.wallet)
    known.bookings = {}
    if kind in {"refund", "void"}:  # Not found here: the ledger says so.
        await own.check(command)


async def test_a_membership_of_anybody_who_works_here_is_known_whoever_is_at_the_drawer() -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        assert await bench.counter.is_staffs(WANG)
        assert not await bench.counter.is_staffs(UNNAMED)
    async with Bench() as bench:
        assert not await bench.counter.is_staffs(WANG)
