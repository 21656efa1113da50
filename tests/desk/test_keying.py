"""Members are found by readings that became known after they joined: all of them, once, a few at a time."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from terminal.core import initials
from terminal.core.commands import BookErasure, BookJoin, Private
from terminal.core.errors import LedgerClosed
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, WalletId
from terminal.desk.keying import AGAIN_S, FIRST_S, PAUSE_S, Keying
from terminal.store import people
from terminal.store.people import KEYED_AT_ONCE
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens

FORMER = "zzj"
"""By which 张长江 was found before 长 was known to be read in two ways."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    yield opened
    await opened.close()


async def joins(ledger: Any, number: int, name: str = "张长江", former: str = FORMER) -> None:
    digits = f"1900000{number:04d}"
    key = Credential(medium=Medium.PHONE, number=digits)
    private = Private(credentials=(key,), name=name, initials=former, phone=digits, salt="00" * 16)
    join = BookJoin(id=an_id(number), at=AT, opens=opens(number, member=True))
    await ledger.committer.submit(join, private)


async def found(ledger: Any, text: str) -> int:
    return len(await ledger.books.found(text))


async def all_steps(ledger: Any) -> int:
    steps = 1
    while await ledger.people.key_anew():
        steps += 1
    return steps


async def test_who_is_here_is_found_by_what_was_learnt_and_as_before(ledger: Any) -> None:
    await joins(ledger, 1)
    assert (await found(ledger, "zcj"), await found(ledger, "zzj")) == (0, 1)
    head = await ledger.outbox.head()
    assert not await ledger.people.key_anew()
    for text, count in (("zcj", 1), ("zzj", 1), ("0001 z", 1), ("张长", 1), ("cj", 0)):
        assert await found(ledger, text) == count
    assert await ledger.outbox.head() == head


@pytest.mark.parametrize(
    ("members", "steps"),
    [(0, 1), (1, 1), (KEYED_AT_ONCE - 1, 1), (KEYED_AT_ONCE, 2), (2 * KEYED_AT_ONCE + 1, 3)],
)
async def test_it_takes_a_few_at_a_time(ledger: Any, members: int, steps: int) -> None:
    for number in range(1, members + 1):
        await joins(ledger, number)
    assert await all_steps(ledger) == steps
    assert await ledger.books.found("zcj") == await ledger.books.found("zzj")
    assert not await ledger.people.key_anew()


async def test_what_was_cut_off_goes_on_where_it_was(
    ledger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 2 * KEYED_AT_ONCE + 2):
        await joins(ledger, number)
    looked: list[MemberId] = []
    was = people.Shelf.key_anew

    def seen(shelf: Any, member: MemberId) -> None:
        looked.append(member)
        was(shelf, member)

    monkeypatch.setattr(people.Shelf, "key_anew", seen)
    assert await ledger.people.key_anew()
    await ledger.close()
    again = await opened_at(tmp_path / "ledger.db")
    assert await all_steps(again) == 2
    assert sorted(looked) == sorted({f"m{number}" for number in range(1, 2 * KEYED_AT_ONCE + 2)})
    assert not await again.people.key_anew()
    assert len(looked) == 2 * KEYED_AT_ONCE + 1
    await again.close()


async def test_a_step_that_fails_leaves_all_of_it_to_the_next(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        await joins(ledger, number)
    was = people.Shelf.key_anew

    def fails(shelf: Any, member: MemberId) -> None:
        was(shelf, member)
        if member == "m2":
            raise LedgerClosed("cut")

    with monkeypatch.context() as cut:
        cut.setattr(people.Shelf, "key_anew", fails)
        with pytest.raises(LedgerClosed):
            await ledger.people.key_anew()
    assert await found(ledger, "zcj") == 0
    assert await all_steps(ledger) == 1
    assert await found(ledger, "zcj") == 2


async def test_it_is_done_once_for_what_is_known_and_begins_anew_with_more(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, KEYED_AT_ONCE + 2):
        await joins(ledger, number, name="王小明", former="wxm")
    assert await ledger.people.key_anew()  # Cut off, and a release that knows more.
    monkeypatch.setattr(initials, "_OTHERWISE", {"明": "q"})
    initials.readings.cache_clear()
    assert await all_steps(ledger) == 2
    assert await found(ledger, "wxq 0001") == await found(ledger, "wxm 0001") == 1
    last = f"{KEYED_AT_ONCE + 1:04d}"
    assert await found(ledger, f"wxq {last}") == 1
    monkeypatch.undo()
    initials.readings.cache_clear()


async def test_nobody_who_was_erased_or_parted_comes_back(ledger: Any) -> None:
    await joins(ledger, 1)
    await ledger.committer.submit(
        BookErasure(id=an_id(50), at=AT, wallet=WalletId("w1"), member=MemberId("m1")), None
    )
    assert await all_steps(ledger) == 1
    assert await found(ledger, "zcj") == await found(ledger, "zzj") == 0


async def test_one_whose_row_does_not_open_keeps_nobody_else(
    ledger: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        await joins(ledger, number)
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        file.execute("UPDATE profiles SET sealed = zeroblob(60) WHERE member = 'm1'")
        file.commit()
    again = await opened_at(tmp_path / "ledger.db")
    with caplog.at_level(logging.WARNING):
        assert await all_steps(again) == 1
    assert await found(again, "zcj") == 1
    assert [one.message for one in caplog.records if "sealed row" in one.message] != []
    await again.close()


class SleptError(Exception):
    pass


class Steps:
    def __init__(self, *answers: bool | Exception) -> None:
        self.answers = list(answers)
        self.slept: list[float] = []

    async def key_anew(self) -> bool:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
        if not self.answers and seconds == AGAIN_S:
            raise SleptError


@pytest.mark.parametrize(
    ("answers", "slept", "said"),
    [
        ((False,), [FIRST_S, AGAIN_S], ""),
        ((True, True, False), [FIRST_S, PAUSE_S, PAUSE_S, AGAIN_S], "after 3 steps"),
        ((LedgerClosed("full"), False), [FIRST_S, AGAIN_S, AGAIN_S], "not all members"),
        ((True, LedgerClosed("full"), True, False), [FIRST_S, PAUSE_S, AGAIN_S, PAUSE_S, AGAIN_S], "not all"),
    ],
)
async def test_it_waits_for_the_start_pauses_and_tries_again(
    answers: tuple[bool | Exception, ...],
    slept: list[float],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = Steps(*answers)
    with caplog.at_level(logging.INFO), pytest.raises(SleptError):
        await Keying(steps, steps.sleep).run()
    assert steps.slept == slept
    assert said in caplog.text
    assert bool(said) == bool(caplog.text)
