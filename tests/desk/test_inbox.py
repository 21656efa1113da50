"""What may wait to be heard, and what is gone the moment nobody waits for it."""

from __future__ import annotations

import asyncio

import pytest

from terminal.core.codes import ArticleCode
from terminal.core.screens import Intent
from terminal.core.values import StaffId
from terminal.desk.heard import Badge, Card, Heard, Touched, Trouble, Unanswered
from terminal.desk.inbox import Inbox
from tests.desk.fakes import Bench, settled
from tests.flows.shop import WANG_CARD

CARD = Card(WANG_CARD)
MILK = ArticleCode(code="6901234567892")
BADGE = Badge(StaffId("E01"))
TOUCH = Touched(Intent(step=1, do="confirm"))
EVERYTHING = (Card, ArticleCode, Badge, Touched, Trouble, Unanswered)


@pytest.mark.parametrize("heard", [CARD, MILK, BADGE, TOUCH, Unanswered()])
def test_what_nobody_waits_for_is_gone(heard: Heard) -> None:
    inbox = Inbox()
    assert not inbox.put(heard)
    inbox.want(Trouble)
    assert not inbox.put(heard)


@pytest.mark.parametrize("heard", [CARD, TOUCH, Unanswered()])
async def test_a_card_or_touch_answers_only_the_question_it_came_for(heard: Heard) -> None:
    inbox = Inbox()
    inbox.want(*EVERYTHING)
    assert inbox.put(heard)
    inbox.want(*EVERYTHING)
    taking = asyncio.create_task(inbox.take())
    await settled()
    assert not taking.done()
    taking.cancel()


@pytest.mark.parametrize("heard", [MILK, BADGE, Trouble("30", "x")])
async def test_a_scan_in_a_hurry_waits_for_the_next_question_that_wants_it(heard: Heard) -> None:
    inbox = Inbox()
    inbox.want(*EVERYTHING)
    inbox.put(heard)
    inbox.want(*EVERYTHING)
    assert await inbox.take() == heard
    inbox.put(heard)
    inbox.want(Card)
    inbox.want(*EVERYTHING)
    inbox.put(CARD)
    assert await inbox.take() == CARD


async def test_nobody_waits_for_anything_while_a_sale_is_booked() -> None:
    async with Bench() as bench:
        bench.ledger.gate = asyncio.Event()
        await bench.to_confirm(WANG_CARD)
        await bench.touch("confirm")
        assert not any(bench.counter._inbox.wants(kind) for kind in EVERYTHING)
        bench.ledger.gate.set()


async def test_two_takers_are_a_defect() -> None:
    inbox = Inbox()
    first = asyncio.create_task(inbox.take())
    await settled()
    with pytest.raises(RuntimeError, match="two wait"):
        await inbox.take()
    first.cancel()
