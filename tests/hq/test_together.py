"""Questions that wait are answered together; nobody waits for ever, and nobody pays for another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hq.together import AT_ONCE_MAX, Together


class Answerer:
    """Answers when it is told to; remembers what it was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may = asyncio.Event()
        self.once = False
        """Each transaction needs a word of its own."""
        self.busy = asyncio.Event()
        self.poison: set[int] = set()
        self.refused: set[int] = set()
        self.together: Together[int, str] = Together(self.answer)

    async def answer(self, merchant: str, questions: Sequence[int]) -> list[str | Exception]:
        self.asked.append([*questions])
        self.busy.set()
        await self.may.wait()
        if self.once:
            self.may.clear()
        if self.poison & {*questions}:
            raise LookupError(min(self.poison & {*questions}))
        return [ValueError(one) if one in self.refused else f"{merchant}{one}" for one in questions]

    def ask(self, question: int, merchant: str = "m") -> asyncio.Future[str]:
        return asyncio.ensure_future(self.together.ask(merchant, question))

    async def first(self, question: int = 0) -> asyncio.Future[str]:
        """Under way, so that all others wait."""
        asking = self.ask(question)
        await self.busy.wait()
        return asking


async def test_what_comes_while_one_is_under_way_is_answered_together() -> None:
    one = Answerer()
    first = await one.first()
    others = [one.ask(number) for number in range(1, 5)]
    await asyncio.sleep(0)
    one.may.set()
    assert [await first, *[await other for other in others]] == ["m0", "m1", "m2", "m3", "m4"]
    assert one.asked == [[0], [1, 2, 3, 4]]


async def test_no_more_at_once_than_one_transaction_may_hold() -> None:
    one = Answerer()
    await one.first()
    others = [one.ask(number) for number in range(2 * AT_ONCE_MAX)]
    await asyncio.sleep(0)
    one.may.set()
    await asyncio.gather(*others)
    assert [len(some) for some in one.asked] == [1, AT_ONCE_MAX, AT_ONCE_MAX]


async def test_merchants_do_not_wait_for_each_other() -> None:
    one = Answerer()
    await one.first()
    other = one.ask(7, "n")
    await asyncio.sleep(0)
    assert one.asked == [[0], [7]]
    one.may.set()
    assert await other == "n7"


async def test_who_is_refused_alone_is_refused_alone() -> None:
    one = Answerer()
    one.refused = {2}
    await one.first()
    others = [one.ask(number) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    one.may.set()
    found = await asyncio.gather(*others, return_exceptions=True)
    assert (found[0], found[2]) == ("m1", "m3")
    assert isinstance(found[1], ValueError)


async def test_one_that_breaks_the_transaction_does_so_alone() -> None:
    one = Answerer()
    one.poison = {2}
    await one.first()
    others = [one.ask(number) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    one.may.set()
    found = await asyncio.gather(*others, return_exceptions=True)
    assert (found[0], found[2]) == ("m1", "m3")
    assert isinstance(found[1], LookupError)


async def test_when_nothing_can_be_answered_not_everybody_is_tried_alone() -> None:
    one = Answerer()
    one.poison = {*range(1, 40)}
    await one.first()
    others = [one.ask(number) for number in range(1, 40)]
    await asyncio.sleep(0)
    one.may.set()
    found = await asyncio.gather(*others, return_exceptions=True)
    assert all(isinstance(one, LookupError) for one in found)
    assert len(one.asked) == 4


async def test_who_gives_up_while_it_is_answered_takes_nobody_along() -> None:
    one = Answerer()
    one.once = True
    first = await one.first()
    second, third = one.ask(1), one.ask(2)
    await asyncio.sleep(0)
    one.busy.clear()
    one.may.set()
    await first
    await one.busy.wait()  # The second leads, for the third too.
    fourth = one.ask(3)
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    one.once = False
    one.may.set()
    assert [await second, await fourth] == ["m1", "m3"]
    assert one.asked == [[0], [1, 2], [3]]
    assert not one.together._waiting


@pytest.mark.parametrize("leads", [True, False])
async def test_who_gives_up_takes_nobody_along(leads: bool) -> None:  # noqa: FBT001
    one = Answerer()
    first = await one.first()
    second, third = one.ask(1), one.ask(2)
    await asyncio.sleep(0)
    (first if leads else second).cancel()
    await asyncio.sleep(0)
    one.may.set()
    assert await third == "m2"
    assert (await asyncio.gather(first, second, return_exceptions=True))[leads] in {"m0", "m1"}
    assert not one.together._waiting
