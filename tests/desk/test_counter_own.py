"""Their own memberships at a running counter: by whichever key, whatever flow it is booked by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cards_held import CardsHeld
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookDirective,
    BookImport,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookShiftOpen,
    BookTransfer,
    BookVoid,
    CardState,
    Command,
    Occasion,
    RechargeRefundReason,
)
from terminal.core.directives import CardStanding, Directed
from terminal.core.errors import CardLost, LedgerClosed, OwnMembership, OwnSheet
from terminal.core.ledger.state import Wallet
from terminal.core.own_wallets import OwnWallet, OwnWallets, OwnWalletsNow
from terminal.core.screens import State
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, WalletId
from terminal.desk.own import OwnCards
from terminal.desk.settings import Settings, StaffKey, StaffMember
from tests.desk.fakes import Bench, FaultyLedger
from tests.flows.shop import PHONE, UNNAMED, UNNAMED_CARD, WANG, WANG_CARD
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue

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

    @property
    def staff(self) -> Sequence[StaffMember]:
        return (self._me,)

    def member(self, staff: StaffId) -> StaffMember | None:
        return self._me if staff == ME else None


class Ledgers:
    """What the ledger says of a wallet."""

    def __init__(self, **wallets: Wallet) -> None:
        self.wallets = {WalletId(wallet): known for wallet, known in wallets.items()}
        self.fails = False

    def wallet(self, wallet: WalletId) -> Wallet | None:
        return self.wallets.get(wallet)

    async def ask(self, question: Callable[[Any], Any]) -> Any:
        if self.fails:
            raise LedgerClosed("as the test says")
        return question(self)


class FullDisk(OwnWalletsNow):
    async def keep(self, key: Credential, wallet: OwnWallet, *, was: WalletId | None = None) -> None:
        del key, wallet, was
        raise LedgerClosed("full")


class Headquarters:
    """Whom it names the books know from then on."""

    def __init__(self, known: Known | None = None, **holders: Holder) -> None:
        self._books, self._holders = known, holders
        self.asked: list[str] = []

    async def known(self, key: Credential) -> bool:
        self.asked.append(key.number)
        if key.number == "refused":
            raise CardLost("headquarters says so")
        if self._books is None or key.number not in self._holders:
            return False
        self._books.holders[key.number] = self._holders[key.number]
        return True


def cards(
    known: Known,
    *own: str,
    kept: OwnWallets | None = None,
    ledger: Ledgers | None = None,
    headquarters: Headquarters | None = None,
) -> OwnCards:
    return OwnCards(
        known,  # type: ignore[arg-type]
        Roster(*own),
        committer=ledger or Ledgers(),  # type: ignore[arg-type]
        kept=kept or OwnWalletsNow(),
        known=(headquarters or Headquarters()).known,
    )


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


NEW = Credential(medium=Medium.UID, number="04C3C3C3C3C3C3")


async def replaced(bench: Bench, new: Credential = NEW) -> None:
    """Their card takes no water any more, they say."""
    await bench.touch("start", "card")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "replace")
    await bench.tap(new)
    await bench.touch("confirm")
    await bench.touch("done")


async def test_their_card_that_was_replaced_names_their_membership_also_after_a_new_start() -> None:
    kept, ledger = OwnWalletsNow(), FaultyLedger()
    async with Bench(settings=works_here(WANG_CARD), own_wallets=kept, ledger=ledger) as bench:
        await replaced(bench)
        await bench.touch("start", "recharge")
        await bench.tap(NEW)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "A158")
        await bench.touch("done")
        assert await bench.counter.is_own(replace(WANG, card=None))
    async with Bench(settings=works_here(WANG_CARD), own_wallets=kept, ledger=ledger) as again:
        await again.touch("start", "recharge")
        await again.tap(NEW)
        assert (again.state, again.screen.code) == (State.DECLINED, "A158")
        await again.touch("done")
        await again.touch("start", "recharge")
        await again.tap(UNNAMED_CARD)
        assert again.state is State.KEYING


@pytest.mark.parametrize(
    ("own", "state"), [((WANG_CARD,), State.KEYING), ((WANG_CARD, PHONE), State.DECLINED)]
)
async def test_a_number_that_died_before_it_was_listed_leads_nowhere_and_the_phone_beside_it_does(
    own: tuple[Credential, ...], state: State
) -> None:
    """Nothing says any more whose it was: who lists a card lists the phone, too."""
    ledger = FaultyLedger()
    async with Bench(ledger=ledger) as bench:
        await replaced(bench)
    ledger.keys[PHONE.medium, PHONE.number] = WANG.wallet, None
    async with Bench(settings=works_here(*own), ledger=ledger) as bench:
        await bench.touch("start", "recharge")
        await bench.tap(NEW)
        assert bench.state is state


async def test_a_number_that_died_at_another_shop_names_their_membership(tmp_path: Path) -> None:
    """It leads there still, at home and where headquarters told of it."""
    ledger: Any = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(*issue(1))
    own = OwnCards(
        ledger.books,
        roster_of(Credential(medium=Medium.EM4100, number="0A00BC0001")),
        committer=ledger.committer,
        kept=OwnWalletsNow(),
        known=Headquarters().known,
    )
    dead = CardStanding(card=CardId("c1"), state=CardState.REPLACED)
    said = BookDirective(id=an_id(2), at=AT, directed=Directed(hq_epoch=1, m=1), directive=dead)
    await ledger.committer.submit(said)
    assert await own.holds(ME, replace(UNNAMED, wallet=WalletId("w1")))
    assert not await own.holds(ME, UNNAMED)
    await ledger.close()


def roster_of(*own: Credential) -> Roster:
    roster = Roster()
    roster._me = works_here(*own).staff[0]
    return roster


async def test_a_dead_number_leads_where_it_led_before_and_to_nobody_who_has_it_now() -> None:
    here, kept = Known(card=WANG), OwnWalletsNow()
    stands = Ledgers(**{"w-wang": Wallet(member=WANG.member)})
    own = cards(here, "card", kept=kept, ledger=stands)
    await own.learn()
    here.holders = {}
    assert await own.holds(ME, WANG)
    assert await own.holds(ME, replace(WANG, wallet=WalletId("w-second")))
    assert not await own.holds(StaffId("E09"), WANG)
    stands.wallets[WANG.wallet] = Wallet(member=MemberId("m-li"))  # It was given to somebody.
    assert not await own.holds(ME, replace(WANG, member=MemberId("m-li")))
    assert not await own.holds(ME, WANG)
    here.holders = {"card": UNNAMED}  # The number is another card's by now.
    stands.wallets[WANG.wallet] = Wallet(member=WANG.member)
    assert await own.holds(ME, UNNAMED)
    assert await own.holds(ME, WANG)


async def test_what_was_merged_since_is_theirs_where_it_went() -> None:
    kept = OwnWalletsNow()
    await kept.keep(Credential(medium=Medium.PHONE, number="card"), of(WANG))
    into = WalletId("w-into")
    stands = Ledgers(
        **{
            "w-wang": Wallet(member=WANG.member, into=into),
            "w-into": Wallet(member=MemberId("m-other")),
        }
    )
    own = cards(Known(), "card", kept=kept, ledger=stands)
    assert await own.holds(ME, replace(UNNAMED, wallet=into))
    stands.wallets[into] = Wallet(member=MemberId("m-li"))  # And that one was given away then.
    assert not await own.holds(ME, replace(UNNAMED, wallet=into, member=MemberId("m-li")))


def of(holder: Holder) -> OwnWallet:
    return OwnWallet(wallet=holder.wallet, member=holder.member)


async def test_a_disk_that_takes_nothing_and_a_ledger_that_is_closed_let_nobody_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = cards(Known(card=WANG), "card", kept=FullDisk())
    assert await own.holds(ME, WANG)
    assert "an own membership is not kept" in caplog.text
    kept, closed = OwnWalletsNow(), Ledgers()
    await kept.keep(Credential(medium=Medium.PHONE, number="card"), of(WANG))
    closed.fails = True
    assert await cards(Known(), "card", kept=kept, ledger=closed).holds(ME, WANG)
    assert "an own membership is taken as it was" in caplog.text


async def test_headquarters_is_asked_once_a_day_for_a_key_that_leads_nowhere_here() -> None:
    here = Known()
    headquarters = Headquarters(here, card=WANG)
    own = cards(here, "refused", "nobody", "card", headquarters=headquarters)
    assert not await own.holds(ME, WANG)
    assert not await own.anybodys(WANG)
    await own.learn()
    assert headquarters.asked == []
    assert await own.holds(ME, WANG, "2026-11-24")
    assert headquarters.asked == ["refused", "nobody", "card"]
    assert await own.holds(ME, WANG, "2026-11-24")
    assert headquarters.asked == ["refused", "nobody", "card"]
    here.holders = {}
    assert await own.holds(ME, WANG, "2026-11-24")  # That one was found before.
    assert headquarters.asked == ["refused", "nobody", "card"]
    assert await own.holds(ME, WANG, "2026-11-25")
    assert headquarters.asked[3:] == ["refused", "nobody"]


async def test_what_cannot_be_booked_for_oneself_asks_headquarters_too() -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        occasion = bench.session.occasion()
    here = Known()
    headquarters = Headquarters(here, card=WANG)
    own = cards(here, "card", headquarters=headquarters)
    entry = EntryId("0195c7a0-0000-7000-8000-000000000001")
    load = BookRecharge(
        id=entry, at=at(occasion, ME), wallet=WANG.wallet, card=CardId("c"), principal=1, bonus=0, received=1
    )
    with pytest.raises(OwnMembership):
        await own.check(load)
    assert headquarters.asked == ["card"]


@pytest.mark.parametrize("kind", ["replace", "cancel", "transfer", "shift"])
async def test_before_a_number_ends_it_is_kept_where_it_leads(kind: str) -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        occasion = bench.session.occasion()
    here, entry = at(occasion, StaffId("E02")), EntryId("0195c7a0-0000-7000-8000-000000000001")
    ends: dict[str, Command] = {
        "replace": BookCard(
            id=entry, at=here, wallet=WANG.wallet, card=CardId("c2"), replaces=CardId("c-wang")
        ),
        "cancel": BookCardState(id=entry, at=here, card=CardId("c-wang"), state=CardState.CANCELLED),
        "transfer": BookTransfer(
            id=entry,
            at=here,
            wallet=WANG.wallet,
            to=MemberId("m-li"),
            commitment="",
            card=CardId("c1"),
            terms="1",
        ),
        "shift": BookShiftOpen(id=entry, at=here, opening_cash=0),
    }
    key, kept = Credential(medium=Medium.PHONE, number="card"), OwnWalletsNow()
    own = cards(Known(card=WANG), "card", kept=kept)
    await own.check(BookCard(id=entry, at=here, wallet=WANG.wallet, card=CardId("c2")))
    await own.check(BookCardState(id=entry, at=here, card=CardId("c-wang"), state=CardState.FROZEN))
    assert not await kept.led_to(key)
    await own.check(ends[kind])
    assert await kept.led_to(key) == (of(WANG),)


async def test_nobody_gives_another_s_membership_to_themselves() -> None:
    async with Bench(settings=works_here(WANG_CARD)) as bench:
        occasion = bench.session.occasion()
    own = cards(Known(card=WANG), "card")
    given = BookTransfer(
        id=EntryId("0195c7a0-0000-7000-8000-000000000001"),
        at=at(occasion, ME),
        wallet=UNNAMED.wallet,
        card=None,
        to=MemberId("m-new"),
        commitment="",
        terms="",
        onto=WANG.wallet,
    )
    with pytest.raises(OwnMembership):
        await own.check(given)
    await own.check(replace(given, onto=WalletId("w-other")))
    await own.check(replace(given, onto=None))
