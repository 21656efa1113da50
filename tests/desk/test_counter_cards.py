"""Cards at a running counter: a lost one pays nothing, a new one all that was on it."""

from __future__ import annotations

import pytest

from terminal.core.cards import CardState
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookJoin,
    BookMerge,
    BookMergePart,
    BookSale,
    BookTransfer,
    Opens,
    Private,
)
from terminal.core.ledger.merging import begun
from terminal.core.screens import State
from terminal.core.times import made_ms
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.desk.merging import Merging
from tests.desk.fakes import BADGE, Bench, FaultyLedger, ManualTime, settled
from tests.flows.shop import POLICY, STRANGER, UNNAMED, UNNAMED_CARD, WANG, WANG_CARD


async def report(bench: Bench, act: str) -> None:
    await bench.touch("start", "card")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", act)
    if act == "thaw":  # Whoever found it holds it, too.
        assert bench.title == "Scan your badge: you vouch for the member"
        await bench.scan(BADGE)
    assert bench.state is State.CONFIRM
    await bench.touch("confirm")
    assert bench.state is State.APPROVED
    await bench.touch("done")


async def test_a_lost_card_is_refused_until_it_is_found_again() -> None:
    async with Bench() as bench:
        await report(bench, "lost")
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "41")
        await bench.touch("done")
        await report(bench, "thaw")
        await bench.touch("start", "recharge")
        await bench.tap(WANG_CARD)
        assert bench.state is State.KEYING
        states = [one.command.state for one in bench.booked if isinstance(one.command, BookCardState)]
        assert states == [CardState.LOST, CardState.ACTIVE]


async def test_a_new_card_spends_what_was_on_the_old_one_and_the_old_one_is_nobodys() -> None:
    async with Bench() as bench:
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        await bench.touch("pick", "replace")
        await bench.tap(STRANGER)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert "New card" in bench.screen.receipt or "新卡" in bench.screen.receipt
        await bench.touch("done")
        assert isinstance(bench.booked[-1].command, BookCard)
        await bench.touch("start", "checkout")
        await bench.key("20")
        await bench.touch("done")
        await bench.tap(STRANGER)
        await bench.touch("pick", "stored")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        sale = bench.booked[-1].command
        assert isinstance(sale, BookSale)
        assert sale.wallet == "w-wang"
        await bench.touch("done")
        await bench.touch("start", "card")
        await bench.tap(WANG_CARD)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "14")


async def with_too_many_recharges(bench: Bench) -> None:
    """500 times one yuan, beside what was there: more than one entry of a merge moves."""
    for _ in range(500):
        await bench.ledger.recharged_for_points(UNNAMED, 1_00)
    await bench.touch("start", "card")
    await bench.tap(UNNAMED_CARD)
    await bench.touch("pick", "merge")
    await bench.tap(WANG_CARD)
    await bench.touch("confirm")


async def test_memberships_of_more_than_one_entry_moves_become_one_by_one_touch() -> None:
    async with Bench() as bench:
        await with_too_many_recharges(bench)
        assert bench.state is State.APPROVED
        begins, part, merge = bench.ledger.submitted[-3:]
        assert isinstance(begins, BookMergePart)
        assert isinstance(part, BookMergePart)
        assert isinstance(merge, BookMerge)
        assert (begins.begins, part.begins, part.into) == (True, False, WANG.wallet)
        assert len({begins.id, part.id, merge.id}) == 3
        assert begins.at == part.at == merge.at
        for card in (UNNAMED_CARD, WANG_CARD):
            holder = await bench.ledger.holder(card)
            assert holder is not None
            assert (holder.wallet, holder.principal) == (WANG.wallet, 650_00)


LI = Credential(medium=Medium.PHONE, number="19000000377")


async def to_li(bench: Bench, *, recharges: int = 0, vouched: bool = False) -> WalletId:
    """Wang gives his card to Li, who is a member by her phone; her wallet."""
    at, new_id = bench.session.occasion(), bench.ids.new
    opens = Opens(
        wallet=WalletId("w-li"),
        member=MemberId("m-li"),
        card=None,
        commitment="",
        terms="1",
        channel="counter",
        recruiter=at.operator,
    )
    li = Private(name="李雷", phone=LI.number, credentials=(LI,))
    await bench.ledger.submit(BookJoin(id=EntryId(new_id()), at=at, opens=opens), li)
    for _ in range(recharges):
        await bench.ledger.recharged_for_points(WANG, 1_00)
    await bench.touch("start", "card")
    await bench.tap(WANG_CARD)
    await bench.touch("pick", "transfer")
    if vouched:
        await bench.scan(BADGE)
    await bench.key(LI.number)
    assert (
        bench.title == "They are a member. Does it go onto their membership, by the terms, version {version}?"
    )
    return opens.wallet


async def on_it(bench: Bench, *keys: Credential) -> list[tuple[str, int]]:
    found = [await bench.ledger.holder(key) for key in keys]
    return [(one.wallet, one.principal) for one in found if one is not None]


@pytest.mark.parametrize("recharges", [0, 500])
async def test_what_goes_to_a_member_ends_on_their_membership_however_much_it_is(recharges: int) -> None:
    async with Bench() as bench:
        theirs = await to_li(bench, recharges=recharges)
        await bench.touch("confirm")
        assert (bench.state, bench.title) == (
            State.APPROVED, "It is theirs now. Hand over the slips."
        )  # fmt: skip
        assert await on_it(bench, LI, WANG_CARD) == [(theirs, 100_00 + 100 * recharges)] * 2
        await bench.touch("done")
        gone = bench.ledger.wallet(WANG.wallet)
        assert gone is not None
        assert (gone.into, gone.member != WANG.member, gone.given > 0) == (theirs, True, True)
        given, *parts, joined = [one for one in bench.ledger.submitted if _of_two(one)]
        assert isinstance(given, BookTransfer)
        assert isinstance(joined, BookMerge)
        assert (given.onto, joined.into, joined.at, len(parts)) == (
            theirs, theirs, given.at, 2 if recharges else 0
        )  # fmt: skip
        assert await bench.ledger.ask(begun) == []


async def test_what_was_given_by_a_clock_that_ran_ahead_is_given_on_after_that() -> None:
    async with Bench() as bench:
        ahead = bench.time.wall_ms() + 3_600_000
        bench.ledger.given[WANG.wallet] = ahead
        theirs = await to_li(bench, vouched=True)
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        given, joined = [one for one in bench.ledger.submitted if _of_two(one)]
        assert isinstance(given, BookTransfer)
        assert isinstance(joined, BookMerge)
        assert (made_ms(given.id), joined.into) == (ahead + 1, theirs)
        assert any("转卡" in one for one in bench.printer.paper)


def _of_two(command: object) -> bool:
    return isinstance(command, BookTransfer | BookMerge | BookMergePart)


async def test_what_cannot_go_onto_their_membership_now_goes_later_by_itself() -> None:
    async with Bench() as bench:
        theirs = await to_li(bench)
        bench.ledger.fails_at = BookMerge
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert await on_it(bench, LI, WANG_CARD) == [(theirs, 0), (WANG.wallet, 100_00)]
        bench.ledger.fails_at = None
        occasion = bench.session.occasion()
        await settled()
        (passed_on,) = bench.printer.paper
        assert "转卡" in passed_on
        assert "已接受章程版本" in passed_on
        assert f" {POLICY.terms}" in passed_on
        done = Merging(bench.ledger, bench.ids, lambda _operator: occasion, bench.printing)
        assert await done.round() == 1
        await settled()
        assert ["会员合并" in one for one in bench.printer.paper] == [False, True]
        assert bench.printer.copies == ["original", "original"]
        assert await on_it(bench, LI, WANG_CARD) == [(theirs, 100_00)] * 2


async def test_a_card_without_a_name_is_refused_after_its_last_day_and_renewed_with_all_that_is_on_it() -> (
    None
):
    ledger = FaultyLedger()
    async with Bench(ledger=ledger) as bench:
        await bench.touch("start", "recharge")
        await bench.tap(STRANGER)
        await bench.touch("confirm")
        await bench.key("50")
        await bench.key("50")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        assert "2029-11-24" in bench.screen.receipt
    async with Bench(ledger=ledger, time=ManualTime(4 * 366 * 86_400_000)) as bench:
        await bench.touch("start", "recharge")
        await bench.tap(STRANGER)
        assert (bench.state, bench.screen.code) == (State.DECLINED, "54")
        await bench.touch("done")
        await bench.touch("start", "card")
        await bench.tap(STRANGER)
        assert [one.value for one in bench.screen.choices if one.do == "pick"] == [
            "replace", "renew", "transfer", "merge", "cancel",
        ]  # fmt: skip
        await bench.touch("pick", "renew")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED
        await bench.touch("done")
        await bench.touch("start", "recharge")
        await bench.tap(STRANGER)
        assert bench.state is State.KEYING
        assert bench.screen.holder is not None
        assert bench.screen.holder.balance == "¥50.00"
