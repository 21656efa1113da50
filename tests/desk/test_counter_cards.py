"""Cards at a running counter: a lost one pays nothing, a new one all that was on it."""

from __future__ import annotations

from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookMerge, BookMergePart, BookSale
from terminal.core.screens import State
from tests.desk.fakes import BADGE, Bench, FaultyLedger, ManualTime
from tests.flows.shop import STRANGER, UNNAMED, UNNAMED_CARD, WANG, WANG_CARD


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
