"""Questions of one merchant that come while others are under way are answered together, by one transaction.

Whoever comes first answers for all that wait: no task runs in the background. What a transaction costs is
shared, and locks are taken for many at once instead of one after the other.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

AT_ONCE_MAX = 64
"""In one transaction; those beyond wait for the next."""

_FAILURES_MAX = 2
"""After so many that fail alone as well, it is not the questions."""

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


class Together(Generic[_Question, _Answer]):
    def __init__(
        self, answer: Callable[[str, Sequence[_Question]], Awaitable[Sequence[_Answer | Exception]]]
    ) -> None:
        """`answer(merchant, questions)`: to each its answer, or what is to be raised for it alone.

        May be called again with the same questions when it raised.
        """
        self._answer = answer
        self._waiting: defaultdict[str, list[_Place[_Question, _Answer]]] = defaultdict(list)
        self._led: set[str] = set()

    async def ask(self, merchant: str, question: _Question) -> _Answer:
        place: _Place[_Question, _Answer] = _Place(question)
        self._waiting[merchant].append(place)
        try:
            while place.answer is None:
                if merchant in self._led:
                    await place.news.wait()
                    place.news.clear()
                else:
                    await self._lead(merchant)
        finally:
            self._left(merchant, place)
        if isinstance(place.answer, Exception):
            raise place.answer
        return place.answer

    async def _lead(self, merchant: str) -> None:
        """Those that wait longest. Given up half-way, they wait for the next who leads."""
        some = self._waiting[merchant][:AT_ONCE_MAX]
        self._led.add(merchant)
        try:
            for place, answer in zip(some, await self._answered(merchant, some), strict=True):
                place.answer = answer
                place.news.set()
        finally:  # Some have left meanwhile, by themselves.
            waiting = self._waiting[merchant]
            waiting[:] = [place for place in waiting if place.answer is None]
            self._led.discard(merchant)

    async def _answered(
        self, merchant: str, places: Sequence[_Place[_Question, _Answer]]
    ) -> Sequence[_Answer | Exception]:
        """What fails together is answered one by one: nobody pays for another's question."""
        try:
            return await self._answer(merchant, [place.question for place in places])
        except Exception as fault:  # noqa: BLE001  it is theirs who asked
            failed: list[Exception] = [fault]
        answers: list[_Answer | Exception] = []
        for place in places if len(places) > 1 else ():
            if len(failed) > _FAILURES_MAX:
                break
            try:
                answers += await self._answer(merchant, [place.question])
            except Exception as fault:  # noqa: BLE001  the same
                failed.append(fault)
                answers.append(fault)
        return [*answers, *(failed[-1] for _ in places[len(answers) :])]

    def _left(self, merchant: str, place: _Place[_Question, _Answer]) -> None:
        waiting = self._waiting[merchant]
        if place in waiting:  # Cancelled.
            waiting.remove(place)
        if not waiting:
            del self._waiting[merchant]
        elif merchant not in self._led:
            waiting[0].news.set()  # It leads from here on.


class _Place(Generic[_Question, _Answer]):
    def __init__(self, question: _Question) -> None:
        self.question = question
        self.answer: _Answer | Exception | None = None
        self.news = asyncio.Event()
