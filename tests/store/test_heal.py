"""A chain that forked is healed: headquarters' entries, then our own facts, nothing lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookCardState,
    BookDirective,
    BookErasure,
    BookGrant,
    BookGuest,
    BookIntent,
    BookInvoice,
    BookJoin,
    BookMerge,
    BookPin,
    BookRechargeRefund,
    BookRefund,
    BookTier,
    BookVoid,
    CardState,
    Command,
    ErasureReason,
    PointsEarned,
    Private,
    RechargeRefundReason,
    Returned,
)
from terminal.core.commands import Grant as Given
from terminal.core.directives import Directed, Grant
from terminal.core.entry import Entry
from terminal.core.errors import (
    AnotherMachine,
    ChainsDiffer,
    ErasureDecidedElsewhere,
    LedgerClosed,
    LedgerDamaged,
    Refused,
)
from terminal.core.rights import LotPart, LotTerms, Right
from terminal.core.site import Healed, Standing
from terminal.core.tier_held import TierStands, tier_stands
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.store.answers import id_ms
from terminal.store.beside import check_beside
from terminal.store.ledger import News
from terminal.store.memory import MemoryLedger
from terminal.store.segments import links, put_aside
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, opens, pin_told, recharge, sale, since_told, transfer

Booking = tuple[Command, Private | None]

COMMON: list[Booking] = [issue(1), (recharge(2, principal=10_000), None)]
THEIRS: list[Booking] = [(sale(3, 3_000, number=1, stored=3_000), None), (recharge(4, principal=500), None)]
OURS: list[Booking] = [
    (sale(10, 2_000, number=1, stored=2_000, points=20), None),
    issue(11, 2),
    (recharge(12, 2, principal=700), None),
]


def granted(entry: int, m: int, amount: int = 900) -> BookDirective:
    terms = LotTerms(unit="principal", lot=an_id(900), laid=amount, paid=amount)
    right = Right(account="wallet:w1:principal", amount=amount, lots=(LotPart(terms=terms, amount=amount),))
    where = Directed(hq_epoch=1, m=m)
    return BookDirective(id=an_id(entry), at=AT, directed=where, directive=Grant(rights=(right,)))


async def book(ledger: Any, bookings: Sequence[Booking]) -> None:
    for command, private in bookings:
        await ledger.committer.submit(command, private)


async def chain_of(bookings: Sequence[Booking]) -> MemoryLedger:
    other = MemoryLedger(SiteId("S1"))
    await book(other, bookings)
    return other


async def healed(ledger: Any, chain: MemoryLedger, epoch: int = 2) -> Healed:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1, asked=epoch))
    healing = await ledger.link.heal(epoch)
    await healing.take([link.body for link in chain.links[:1]])
    await healing.take([link.body for link in chain.links[1:]])
    found: Healed = await healing.finish(chain.links[-1].hash)
    return found


async def entries_of(ledger: Any) -> list[Entry]:
    return [decoded(link.body) for link in await ledger.outbox.after(0, 1000)]


async def test_what_headquarters_has_stands_and_what_it_lacks_is_booked_again(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    before = await ledger.books.booked(an_id(10))
    chain = await chain_of(COMMON + THEIRS)
    found = await healed(ledger, chain)
    assert (found.epoch, found.pulled, found.again, found.left) == (2, 4, 3, 0)
    entries = await entries_of(ledger)
    assert [entry.id for entry in entries] == [an_id(n) for n in (1, 2, 3, 4, 10, 11, 12)]
    again = entries[4]
    assert again.redo is not None
    assert (again.epoch, again.redo.epoch, again.redo.seq) == (2, 1, 3)
    after = await ledger.books.booked(an_id(10))
    assert after.receipt_no == before.receipt_no == again.redo.receipt
    assert after.principal_spent == 2_000
    assert (await ledger.outbox.acked(), ledger.outbox.waiting()) == (4, 3)
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.principal, holder.points) == (10_000 - 3_000 + 500 - 2_000, 20)
    second = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0002"))
    assert second.principal == 700


async def test_an_invoice_that_was_booked_again_is_what_verify_tells_of_it(tmp_path: Path) -> None:
    """Its recharge was paid back on the chain that stays: by the rules nothing could be invoiced there."""
    path, lot = tmp_path / "ledger.db", an_id(2)
    ledger = await opened_at(path)
    invoice = BookInvoice(id=an_id(10), at=AT, wallet=WalletId("w1"), lot=lot, number="17")
    await book(ledger, [*COMMON, (invoice, None)])
    reason = RechargeRefundReason.COOLING_OFF
    back = BookRechargeRefund(id=an_id(3), at=AT, wallet=WalletId("w1"), lot=lot, reason=reason)
    await healed(ledger, await chain_of([*COMMON, (back, None)]))
    await ledger.close()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT invoice FROM lots WHERE lot = ?", (lot,)).fetchone() == ("17",)
        check_beside(file)


async def test_it_sells_on_in_the_new_epoch_with_numbers_of_its_own(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + THEIRS))
    assert not ledger.link.standing().asked
    booked = await ledger.committer.submit(sale(20, 100))
    assert booked.receipt_no.startswith("T1-2-1-")


async def test_the_same_id_is_still_the_same_answer_and_never_a_second_effect(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + THEIRS))
    again = await ledger.committer.submit(OURS[0][0])
    assert again.again
    assert len(await entries_of(ledger)) == 7


async def test_a_fact_that_both_branches_have_is_compared_by_its_command_and_not_doubled(ledger: Any) -> None:
    both: list[Booking] = [OURS[0]]
    await book(ledger, COMMON + OURS)
    found = await healed(ledger, await chain_of([*COMMON, THEIRS[0], *both]))
    assert found.again == 2
    assert [entry.id for entry in await entries_of(ledger)].count(an_id(10)) == 1


async def test_what_moved_rights_is_left_behind(ledger: Any) -> None:
    await book(ledger, [*COMMON, (granted(30, 1), None), *OURS])
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    await ledger.outbox.acknowledge(1, "acked")
    await ledger.link.told("fed")
    await ledger.link.edits_held([], 1, "edits")
    assert ledger.link.standing().fed == 1
    found = await healed(ledger, await chain_of(COMMON + THEIRS))
    assert (found.again, found.left) == (3, 1)
    standing = ledger.link.standing()
    assert standing.fed == 0  # It will be fed again.
    assert (standing.acked_mark, standing.fed_mark, standing.edits_mark) == ("acked", "fed", "edits")
    assert await ledger.committer.look_up(an_id(30)) is None


async def test_directives_of_headquarters_chain_count_as_applied(ledger: Any) -> None:
    await book(ledger, COMMON)
    await healed(ledger, await chain_of([*COMMON, (granted(30, 1), None), (granted(31, 2), None)]))
    assert ledger.link.standing().fed == 2
    assert await ledger.link.applied(an_id(31))


async def test_value_that_was_spent_on_both_branches_is_uncovered_and_nothing_is_refused(ledger: Any) -> None:
    spent: list[Booking] = [(sale(3, 9_500, number=1, stored=9_500), None)]
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + spent))
    again = next(entry for entry in await entries_of(ledger) if entry.id == an_id(10))
    assert again.uncovered == (("wallet:w1:principal", 1_500),)
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.principal, holder.points) == (0, 20)


async def test_a_second_fork_keeps_the_first_number_and_place(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    before = await ledger.books.booked(an_id(10))
    await healed(ledger, await chain_of(COMMON + THEIRS))
    await healed(ledger, await chain_of([*COMMON, *THEIRS, (recharge(5, principal=100), None)]), epoch=3)
    again = next(entry for entry in await entries_of(ledger) if entry.id == an_id(10))
    assert again.redo is not None
    assert (again.epoch, again.redo.epoch) == (3, 1)
    assert (await ledger.books.booked(an_id(10))).receipt_no == before.receipt_no


async def test_a_healed_chain_heals_again_where_headquarters_holds_the_redo(ledger: Any) -> None:
    """What was booked again, uncovered too, is replayed from its body like any entry."""
    spent: list[Booking] = [(sale(3, 9_500, number=1, stored=9_500), None)]
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + spent))
    twin = MemoryLedger(SiteId("S1"))
    for link in await ledger.outbox.after(0, 1000):
        twin.replay(link.body)
    twin.begin(Standing(epoch=2))  # Who holds entries of an epoch books in none before it.
    await book(twin, [(recharge(40, principal=100), None)])
    found = await healed(ledger, twin, epoch=3)
    assert (found.pulled, found.again) == (7, 0)


async def test_it_heals_in_an_epoch_in_which_another_machine_has_booked(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    twin = await chain_of(COMMON)
    twin.begin(Standing(epoch=2))
    await book(twin, THEIRS)
    await healed(ledger, twin, epoch=2)
    epochs = [entry.epoch for entry in await entries_of(ledger)]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}
    await ledger.committer.submit(sale(20, 100))


async def test_nothing_is_booked_while_the_chains_differ(ledger: Any) -> None:
    await book(ledger, COMMON)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1, asked=2))
    with pytest.raises(ChainsDiffer):
        await ledger.committer.submit(sale(10, 100))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=2, asked=0))
    await ledger.committer.submit(sale(10, 100))


async def test_nothing_is_booked_by_a_machine_that_is_not_the_sites(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), refused=True))
    with pytest.raises(AnotherMachine):
        await ledger.committer.submit(sale(10, 100))


async def test_a_chain_that_ends_otherwise_than_headquarters_says_changes_nothing(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    chain = await chain_of(COMMON + THEIRS)
    healing = await ledger.link.heal(2)
    await healing.take([link.body for link in chain.links])
    with pytest.raises(LedgerDamaged):
        await healing.finish(bytes(32))
    assert len(await entries_of(ledger)) == 5
    with pytest.raises(LedgerDamaged):
        await (await ledger.link.heal(2)).take([chain.links[1].body])


async def test_an_intent_that_was_open_is_open_still(ledger: Any) -> None:
    intent = BookIntent(id=an_id(50), at=AT, what="code", amount=500, consumed_by=an_id(51))
    await book(ledger, [*COMMON, (intent, None)])
    await healed(ledger, await chain_of(COMMON + THEIRS))
    assert [one.id for one in await ledger.books.open_intents()] == [an_id(50)]


async def test_receipts_that_were_not_printed_are_printed_as_duplicates(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    await ledger.print_jobs.printed(an_id(2))
    await healed(ledger, await chain_of(COMMON + THEIRS))
    assert list(await ledger.books.waiting_prints()) == [an_id(10), an_id(12)]


async def test_a_void_on_the_branch_that_was_given_up_stays_done(ledger: Any) -> None:
    void = BookVoid(id=an_id(13), at=AT, of=an_id(10), why="wrong")
    await book(ledger, [*COMMON, *OURS, (void, None)])
    await healed(ledger, await chain_of(COMMON + THEIRS))
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert holder.principal == 10_000 - 3_000 + 500
    with pytest.raises(Refused):
        await ledger.committer.submit(replace(void, id=an_id(14)))


# The file


async def test_the_old_file_is_kept_and_the_new_one_verifies(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, COMMON + OURS)
    found = await healed(ledger, await chain_of(COMMON + THEIRS))
    await ledger.close()
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(found.aside)) as old:
        assert (verified(now).entries, verified(old).entries) == (7, 5)
        check_beside(now)
    there = sorted(name for name in os.listdir(tmp_path) if ".db" in name)  # noqa: PTH208
    assert there == ["ledger.before-epoch-2.db", "ledger.db"]
    again = await opened_at(path)
    assert await again.outbox.epoch() == 2
    await again.close()


async def test_a_second_copy_keeps_the_branch_that_was_given_up_and_follows_the_new_one(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "stick"
    copy.mkdir()
    level = asyncio.Event()
    ledger = await opened_at(tmp_path / "ledger.db", second=copy, news=News(second=level.set))
    await book(ledger, COMMON + OURS)
    await healed(ledger, await chain_of(COMMON + THEIRS))
    async with asyncio.timeout(60):
        while not ledger.second.level or not ledger.second.aside:
            level.clear()
            await level.wait()
    await ledger.committer.submit(sale(20, 100))
    held = [link.hash for link in await ledger.outbox.after(0, 100)]
    await ledger.close()
    assert [link.hash for link in links(copy, SiteId("S1"), 0, bytes(32))] == held
    assert len(put_aside(copy, SiteId("S1"))) == 1


@pytest.mark.parametrize(("step", "entries"), [("heal.ready", 5), ("heal.aside", 5), ("heal.done", 7)])
async def test_a_power_cut_leaves_the_old_ledger_or_the_new_one(
    tmp_path: Path, step: str, entries: int
) -> None:
    path = tmp_path / "ledger.db"
    command = [sys.executable, "-m", "tests.store.heal_once", str(path)]
    died = await asyncio.create_subprocess_exec(*command, env={"TERMINAL_DIE_AT": step})
    assert await died.wait() == -signal.SIGKILL
    ledger = await opened_at(path)
    assert len(await entries_of(ledger)) == entries
    await healed(ledger, await chain_of(COMMON + THEIRS), epoch=4)
    assert [entry.id for entry in await entries_of(ledger)] == [an_id(n) for n in (1, 2, 3, 4, 10, 11, 12)]
    await ledger.close()
    with closing(sqlite3.connect(path)) as now:
        assert verified(now).entries == 7
        check_beside(now)


async def test_nobody_reads_a_ledger_while_another_takes_its_place(tmp_path: Path) -> None:
    """A stranger's connection would keep the log of the old one beside the new one."""
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, COMMON + OURS)
    chain = await chain_of(COMMON + THEIRS)
    with closing(sqlite3.connect(path)) as stranger:
        stranger.execute("SELECT * FROM entries").fetchall()
        with pytest.raises(LedgerClosed, match="reads"):
            await healed(ledger, chain)
    assert len(await entries_of(ledger)) == 5
    await healed(ledger, chain)
    assert len(await entries_of(ledger)) == 7
    await ledger.close()


def chose_pin(entry: int, pin: str) -> Booking:
    return BookPin(id=an_id(entry), at=AT, wallet=WalletId("w1")), Private(pin=pin)


JOINED: list[Booking] = [
    (BookJoin(id=an_id(1), at=AT, opens=opens(1, member=True)), Private(name="王")),
    chose_pin(2, "v1:old"),
]
GIVEN_AWAY: Booking = (transfer(3), Private(name="李"))


async def test_a_transfer_that_only_headquarters_knew_of_takes_the_pin_away(ledger: Any) -> None:
    await book(ledger, [*JOINED, (sale(10, 100), None)])
    await healed(ledger, await chain_of([*JOINED, GIVEN_AWAY]))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=2, asked=0))
    assert await pin_told(ledger) == ""
    assert await since_told(ledger) == id_ms(an_id(3))


async def test_a_transfer_that_is_booked_again_leaves_what_the_new_holder_chose(ledger: Any) -> None:
    await book(ledger, [*JOINED, GIVEN_AWAY, chose_pin(4, "v1:new")])
    await healed(ledger, await chain_of([*JOINED, (sale(10, 100), None)]))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=2, asked=0))
    assert await pin_told(ledger) == "v1:new"
    assert await since_told(ledger) == id_ms(an_id(3))


async def test_a_transfer_that_is_booked_again_leaves_the_old_holder_no_pin(ledger: Any) -> None:
    await book(ledger, [*JOINED, GIVEN_AWAY])
    await healed(ledger, await chain_of([*JOINED, (sale(10, 100), None)]))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=2, asked=0))
    assert await pin_told(ledger) == ""


def one_person(entry: int, wallet: str, into: str, tier: str = "") -> Booking:
    return BookMerge(id=an_id(entry), at=AT, wallet=WalletId(wallet), into=WalletId(into), tier=tier), None


THREE: list[Booking] = [*COMMON, issue(5, 2), issue(6, 3)]


@pytest.mark.parametrize(
    ("theirs", "leads"), [(("w2", "w3"), "w3"), (("w2", "w1"), "w1"), (("w1", "w3"), "w3"), (None, "w2")]
)
async def test_a_merge_that_is_booked_again_leaves_nothing_where_nobody_finds_it(
    tmp_path: Path, theirs: tuple[str, str] | None, leads: str
) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, [*THREE, one_person(10, "w1", "w2", "gold")])
    other = [(recharge(4, principal=500), None), *([one_person(7, *theirs)] if theirs else [])]
    found = await healed(ledger, await chain_of([*THREE, *other]))
    assert (found.again, found.left) == (1, 0)
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert holder is not None
    merged_here = theirs in {None, ("w2", "w3")}
    assert (holder.wallet, holder.principal) == (leads, 10_500)
    assert holder.tier == ("gold" if merged_here else "regular")
    await ledger.close()
    with closing(sqlite3.connect(path)) as file:
        assert verified(file).entries == 6 + (theirs is not None)
        check_beside(file)


W4 = WalletId("w4")
OF_MANY_CARDS = an_id(99)


def card_becomes(entry: int, card: str, state: CardState, until: str = "") -> Booking:
    card_id = CardId(card)
    return BookCardState(
        id=an_id(entry), at=AT, card=card_id, state=state, batch=OF_MANY_CARDS, until=until
    ), None


def given(entry: int, unit: str, amount: int, until: str = "") -> Booking:
    grants = (Given(unit=unit, amount=amount, until=until),)
    return BookGrant(id=an_id(entry), at=AT, wallet=W4, why="campaign", grants=grants), None


def of_a_member() -> list[Booking]:
    """They join, buy what counts, bring a part back, rise, and are given uses, a voucher and cashback."""
    counts = PointsEarned(family="tier", points=1_000, until="2027-11-23", base=1_000, step=1)
    bought = replace(sale(31, 1_000), wallet=W4, points=(counts,))
    return [
        (BookJoin(id=an_id(30), at=AT, opens=opens(4, member=True)), Private(phone="19000000304")),
        (bought, None),
        (
            BookRefund(id=an_id(32), at=AT, of=bought.id, returned=(Returned(line=0, net=300),), why="sour"),
            None,
        ),
        (BookTier(id=an_id(33), at=AT, wallet=W4, tier="silver", why="spent"), None),
        given(34, "count:haircut", 10, "2027-01-31"),
        given(35, "voucher:v1", 50_00),
        given(36, "cashback", 200, "2026-12-31"),
    ]


def of_many_cards() -> list[Booking]:
    return [
        issue(40, 2),
        issue(41, 3),
        card_becomes(42, "c2", CardState.FROZEN),
        card_becomes(43, "c2", CardState.ACTIVE, "2030-01-01"),
        card_becomes(44, "c3", CardState.CANCELLED),
    ]


async def member_stands(ledger: Any) -> TierStands | None:
    found: TierStands | None = await ledger.committer.ask(
        lambda state: tier_stands(state, wallet=W4, business_day="2026-11-24")
    )
    return found


async def test_what_a_member_has_of_every_kind_and_what_became_of_cards_is_healed(ledger: Any) -> None:
    await book(ledger, [*COMMON, *of_a_member(), *of_many_cards()])
    before = await member_stands(ledger)
    units = {"points:tier": 700, "count:haircut": 10, "voucher:v1": 50_00, "cashback": 200}
    assert before is not None
    assert (before.tier, before.counted) == ("silver", 700)
    found = await healed(ledger, await chain_of(COMMON + THEIRS))
    assert (found.again, found.left) == (12, 0)
    assert await member_stands(ledger) == before  # Headquarters was heard of, and the wallet began here.
    held = dict(await ledger.committer.ask(lambda state: state.holdings(W4)))
    assert held == units
    lots = await ledger.committer.ask(lambda state: [state.lots(W4, unit)[0] for unit in sorted(units)])
    assert [lot.until for lot in lots] == ["2026-12-31", "2027-01-31", "2027-11-23", ""]
    cards = await ledger.committer.ask(lambda state: [state.card(CardId(card)) for card in ("c2", "c3")])
    assert [(card.state, card.until) for card in cards] == [
        (CardState.ACTIVE, "2030-01-01"),
        (CardState.CANCELLED, ""),
    ]


async def test_which_wallets_began_here_and_how_long_ago_is_known_after_a_fork_too(ledger: Any) -> None:
    async def since(seq: int) -> list[str]:
        wallets = map(WalletId, ("w1", "w2", "w5", "w9"))
        return [wallet for wallet in wallets if await ledger.link.began_since(wallet, seq)]

    async def here() -> list[str]:
        wallets = map(WalletId, ("w1", "w2", "w5", "w9"))
        return await ledger.committer.ask(lambda state: [one for one in wallets if state.began_here(one)])

    visitor = BookGuest(id=an_id(50), at=AT, wallet=WalletId("w5"))
    await book(ledger, [*COMMON, *OURS, (visitor, None)])
    assert [await since(seq) for seq in (0, 1, 3, 4)] == [["w1", "w2"], ["w2"], ["w2"], []]
    assert await here() == ["w1", "w2"]
    await healed(ledger, await chain_of(COMMON + THEIRS))
    assert await ledger.outbox.acked() == 4
    assert [await since(seq) for seq in (0, 4, 6)] == [["w1", "w2"], ["w2"], []]
    assert await here() == ["w1", "w2"]


async def test_the_file_that_was_healed_says_the_same_of_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await book(ledger, [*COMMON, *of_a_member(), *of_many_cards()])
    await healed(ledger, await chain_of(COMMON + THEIRS))
    await ledger.close()
    with closing(sqlite3.connect(path)) as file:
        assert verified(file).entries == 4 + 12
        check_beside(file)


async def test_who_waits_to_be_forgotten_waits_on_for_the_same_reason_and_is_not_told_twice(
    tmp_path: Path,
) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    joins: list[Booking] = [
        (BookJoin(id=an_id(n), at=AT, opens=opens(n, member=True)), Private(phone=f"1900000030{n}"))
        for n in (1, 2)
    ]
    asks = BookErasure(
        id=an_id(10),
        at=AT,
        wallet=WalletId("w1"),
        member=MemberId("m1"),
        why=ErasureReason.ASKED,
        waits=True,
    )
    await book(ledger, [*joins, (asks, None)])
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    untold = replace(asks, wallet=WalletId("w2"), member=MemberId("m2"), why=ErasureReason.MISTAKE)
    with pytest.raises(ErasureDecidedElsewhere):
        await ledger.committer.submit(replace(untold, id=an_id(11), waits=False))
    before = await ledger.wishes.waiting("", 9)
    assert [(one.member, one.why, one.told) for one in before] == [
        ("m1", ErasureReason.ASKED, True),
        ("m2", ErasureReason.MISTAKE, False),
    ]
    theirs = replace(recharge(4, principal=500), card=None)
    await healed(ledger, await chain_of([*joins, (theirs, None)]))
    assert await ledger.wishes.waiting("", 9) == before
    await ledger.close()
