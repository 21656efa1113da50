"""What every ledger promises, on disk and in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import Private, SpendOrder
from terminal.core.entry import GENESIS, chained
from terminal.core.errors import AlreadyMember, IdReused, InsufficientFunds, NotBookable, Refused, UnknownCard
from terminal.core.trust import Credential, Medium
from tests.store.facts import CARD, PHONE, an_id, issue, opens, recharge, sale


async def with_card(ledger: Any, principal: int = 10000, bonus: int = 1000) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=principal, bonus=bonus))


async def test_a_recharge_puts_principal_and_bonus_on_the_card_and_cash_into_the_drawer(ledger: Any) -> None:
    await with_card(ledger)
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.principal, holder.bonus) == (10000, 1000)
    assert holder.number_shown == "****0001"


async def test_stored_value_is_spent_principal_first_and_the_answer_says_so(ledger: Any) -> None:
    await with_card(ledger)
    booked = await ledger.committer.submit(sale(3, 10500, number=1, stored=10500))
    assert (booked.principal_spent, booked.bonus_spent) == (10000, 500)
    assert (booked.after.principal, booked.after.bonus) == (0, 500)
    assert booked.receipt_no.startswith("T1-1-2-")


async def test_stored_value_can_be_spent_in_proportion(ledger: Any) -> None:
    await with_card(ledger)
    booked = await ledger.committer.submit(
        sale(3, 1100, number=1, stored=1100, order=SpendOrder.PROPORTIONAL)
    )
    assert (booked.principal_spent, booked.bonus_spent) == (1000, 100)


async def test_more_than_there_is_is_refused_and_changes_nothing(ledger: Any) -> None:
    await with_card(ledger)
    with pytest.raises(InsufficientFunds):
        await ledger.committer.submit(sale(3, 11001, number=1, stored=11001))
    assert (await ledger.outbox.head())[0] == 2
    await ledger.committer.submit(sale(4, 11000, number=1, stored=11000))


async def test_the_same_command_twice_is_one_effect_and_the_same_answer(ledger: Any) -> None:
    await with_card(ledger)
    first = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000, points=10))
    await ledger.committer.submit(sale(4, 500, number=1, stored=500))
    second = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000, points=10))
    assert second == replace(first, again=True)
    assert (await ledger.outbox.head())[0] == 4


async def test_the_same_id_with_another_command_is_an_error(ledger: Any) -> None:
    await ledger.committer.submit(sale(1, 1000))
    with pytest.raises(IdReused):
        await ledger.committer.submit(sale(1, 2000))


async def test_somebody_joins_in_the_transaction_of_the_sale(ledger: Any) -> None:
    command = sale(1, 20000, points=200, begins=opens(7, member=True, coupons=10))
    booked = await ledger.committer.submit(command, Private(credentials=(PHONE,), phone=PHONE.number))
    assert booked.after.coupons == 10
    assert booked.after.points == {"goods": 200}
    holder = await ledger.books.holder(PHONE)
    assert holder.member == "m7"
    assert holder.name_shown == "190****0301"


async def test_a_phone_that_joined_cannot_join_again(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    await ledger.committer.submit(sale(1, 20000, begins=opens(7, member=True)), private)
    with pytest.raises(AlreadyMember):
        await ledger.committer.submit(sale(2, 20000, begins=opens(8, member=True)), private)
    assert (await ledger.outbox.head())[0] == 1
    with pytest.raises(UnknownCard):
        await ledger.committer.submit(recharge(3, number=8))


async def test_one_bad_submission_among_many_fails_alone(ledger: Any) -> None:
    await with_card(ledger)
    commands = [sale(10 + n, 1000, number=1, stored=1000) for n in range(12)]
    answers = await asyncio.gather(*map(ledger.committer.submit, commands), return_exceptions=True)
    assert sum(isinstance(one, InsufficientFunds) for one in answers) == 1
    assert (await ledger.outbox.head())[0] == 13


@pytest.mark.parametrize(
    "bad",
    [
        replace(sale(3, 1000), due=999),
        replace(sale(3, 1000), received=900),
        replace(sale(3, 1000), rounding=-1),
        replace(sale(3, 1000), lines=()),
        replace(sale(3, 1000), tenders=()),
        replace(sale(3, 1000), lines=(replace(sale(3, 1000).lines[0], quantity=0),)),
        replace(sale(3, 1000), lines=(replace(sale(3, 1000).lines[0], gross=-1000, net=-1000),)),
        sale(3, 2**60),
        replace(sale(3, 1000, number=1), wallet=None),
        replace(recharge(3), principal=0),
        replace(recharge(3), principal=-5),
        replace(recharge(3), bonus=-5),
        replace(recharge(3), received=1),
        recharge(3, number=99),
        replace(recharge(3), card="c-unknown"),
        replace(sale(3, 1000), id="not-an-id"),
        replace(sale(3, 1000), id=an_id(3).upper()),
    ],
)
async def test_what_no_honest_counter_sends_is_refused(ledger: Any, bad: Any) -> None:
    await with_card(ledger)
    with pytest.raises(Refused):
        await ledger.committer.submit(bad)
    assert (await ledger.outbox.head())[0] == 2


async def test_a_card_cannot_be_issued_twice(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    with pytest.raises(NotBookable):
        await ledger.committer.submit(*issue(2))


async def test_the_journal_is_a_chain_of_canonical_bodies(ledger: Any) -> None:
    await with_card(ledger)
    before = GENESIS
    for link in await ledger.outbox.after(0, 10):
        entry = decoded(link.body)
        assert entry.seq == link.seq
        assert chained(before, link.body) == link.hash
        before = link.hash
    assert await ledger.outbox.head() == (2, before)


async def test_neither_card_number_nor_phone_is_in_any_body(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    private = Private(credentials=(PHONE,), phone=PHONE.number, name="王小明", plate="测A00001")
    await ledger.committer.submit(sale(2, 20000, begins=opens(7, member=True)), private)
    bodies = b"".join(link.body for link in await ledger.outbox.after(0, 10))
    for secret in ("0A00BC0001", PHONE.number, "王小明", "测A00001"):
        assert secret.encode() not in bodies


async def test_an_unknown_card_has_no_holder(ledger: Any) -> None:
    assert await ledger.books.holder(CARD) is None


async def test_what_is_acknowledged_no_longer_waits(ledger: Any) -> None:
    await with_card(ledger)
    assert ledger.outbox.waiting() == 2
    await ledger.outbox.acknowledge(1)
    await ledger.outbox.acknowledge(99)
    assert (await ledger.outbox.acked(), ledger.outbox.waiting()) == (1, 1)


async def test_the_outbox_says_when_it_has_grown(ledger: Any) -> None:
    grown = asyncio.ensure_future(ledger.outbox.grown(0))
    await asyncio.sleep(0)
    assert not grown.done()
    await ledger.committer.submit(sale(1, 1000))
    await asyncio.wait_for(grown, 5)


async def test_a_print_job_waits_until_it_is_said_to_be_printed(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(sale(2, 1000))
    await ledger.committer.submit(sale(3, 1000))
    assert list(await ledger.books.waiting_prints()) == [an_id(2), an_id(3)]
    await ledger.print_jobs.printed(an_id(2))
    await ledger.print_jobs.doubtful(an_id(3), "paper out")
    assert list(await ledger.books.waiting_prints()) == [an_id(3)]


async def test_an_entry_is_looked_up_as_it_was_answered(ledger: Any) -> None:
    await with_card(ledger)
    first = await ledger.committer.submit(sale(3, 1000, number=1, stored=1000))
    await ledger.committer.submit(sale(4, 1000, number=1, stored=1000))
    assert await ledger.books.booked(an_id(3)) == replace(first, again=True)
    assert await ledger.committer.look_up(an_id(3)) == replace(first, again=True)
    assert await ledger.committer.look_up(an_id(99)) is None


async def test_numbers_of_receipts_go_on_whatever_was_printed(ledger: Any) -> None:
    numbers = []
    for entry in range(1, 9):
        booked = await ledger.committer.submit(sale(entry, 1000))
        numbers.append(booked.receipt_no.rpartition("-")[0])
        if entry in {1, 2, 4, 7, 8}:
            await ledger.print_jobs.printed(an_id(entry))
    assert numbers == [f"T1-1-{n}" for n in range(1, 9)]
    await ledger.print_jobs.printed(an_id(3))
    assert list(await ledger.books.waiting_prints()) == [an_id(5), an_id(6)]
    await ledger.print_jobs.doubtful(an_id(8), "late")
    assert list(await ledger.books.waiting_prints()) == [an_id(5), an_id(6)]
    assert (await ledger.committer.submit(sale(9, 1000))).receipt_no.startswith("T1-1-9-")


async def test_one_that_fails_after_it_has_written_takes_nobody_with_it(ledger: Any) -> None:
    private = Private(credentials=(PHONE,), phone=PHONE.number)
    joins = [(sale(10 + n, 20000, begins=opens(10 + n, member=True, coupons=2)), private) for n in range(3)]
    others: list[Any] = [(sale(20 + n, 1000), None) for n in range(4)]
    group = [others[0], joins[0], others[1], joins[1], others[2], joins[2], others[3]]
    answers = await asyncio.gather(*(ledger.committer.submit(*one) for one in group), return_exceptions=True)
    assert [type(one) for one in answers].count(AlreadyMember) == 2
    assert (await ledger.outbox.head())[0] == 5
    seqs = [one.seq for one in answers if not isinstance(one, BaseException)]
    assert seqs == [1, 2, 3, 4, 5]
    numbers = [one.receipt_no.split("-")[2] for one in answers if not isinstance(one, BaseException)]
    assert numbers == ["1", "2", "3", "4", "5"]
