"""Once a day less is kept of members who do not come any more; who came since, or has value left, stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    OWN_DATA,
    BookCard,
    BookCardState,
    BookConsent,
    BookErasure,
    BookJoin,
    BookLegalHold,
    BookNote,
    BookPin,
    BookProfile,
    BookService,
    CardState,
    ClockTrust,
    Command,
    ErasureReason,
    Private,
)
from terminal.core.errors import LedgerClosed
from terminal.core.retention import Idle, Retention
from terminal.core.services import Written, text_of
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, StaffId, WalletId
from terminal.desk import daily, retaining
from terminal.desk.retaining import Retaining
from terminal.runtime.ids import Uuid7
from terminal.store import people
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens, recharge, sale

ALL = Retention(document=5, health=5, notes=5, member=10)
TOLD = (("allergy", "青霉素"), ("birthday", "1990-08-30"))


class Days:
    """Of a counter: which day it is, and whether that is certain."""

    def __init__(self) -> None:
        self.today, self.clock = "2026-12-31", ClockTrust.NETWORK

    def occasion(self, operator: StaffId | None) -> Any:
        by = operator or AT.operator
        return replace(AT, business_day=self.today, operator=by, clock=self.clock)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    yield opened
    await opened.close()


async def member(ledger: Any, number: int, *, holds: int = 0) -> None:
    digits = f"1900000{number:04d}"
    private = Private(
        credentials=(Credential(medium=Medium.PHONE, number=digits),), name="王", phone=digits, told=TOLD
    )
    joined = BookJoin(id=an_id(10 * number), at=AT, opens=opens(number, member=True))
    await ledger.committer.submit(joined, private)
    if holds:
        await ledger.committer.submit(replace(recharge(10 * number + 1, number, principal=holds), card=None))


def made(ledger: Any, days: Days, retention: Retention = ALL) -> Retaining:
    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    return Retaining(ledger.people, retention, Uuid7(ManualTime(), bytes), days.occasion, at_once)


async def told(ledger: Any, number: int) -> list[str] | None:
    kept = await ledger.people.by(MemberId(f"m{number}"))
    return None if kept is None else [what for what, _ in kept.private.told]


async def last(ledger: Any) -> Any:
    head = (await ledger.outbox.head())[0]
    return decoded((await ledger.outbox.after(head - 1, 1))[0].body).payload


@pytest.mark.parametrize(
    ("today", "left"),
    [
        ("2026-11-28", ["allergy", "birthday"]),
        ("2026-11-29", ["birthday"]),
        ("2026-12-03", ["birthday"]),
        ("2026-12-04", None),
    ],
)
async def test_first_what_is_delicate_goes_and_then_all(
    ledger: Any, today: str, left: list[str] | None
) -> None:
    await member(ledger, 1)
    days = Days()
    days.today = today
    less = await made(ledger, days).round(today)
    assert await told(ledger, 1) == left
    assert less == (left != ["allergy", "birthday"])
    if less:
        said = await last(ledger)
        assert isinstance(said, BookErasure if left is None else BookProfile)
        assert (said.at.operator, said.at.business_day) == ("retention", today)
        assert getattr(said, "why", ErasureReason.RETENTION) is ErasureReason.RETENTION
    assert await made(ledger, days).round(today) == 0


async def serves(ledger: Any, entry: int, number: int) -> None:
    written = Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))
    command = BookService(id=an_id(entry), at=AT, wallet=WalletId(f"w{number}"), commitment="ab")
    await ledger.committer.submit(command, Private(service=text_of(written)))


LATE = replace(AT, business_day="2026-12-03")
"""The last day before all of who came no more would go."""
W = WalletId("w1")
KEYS = Private(credentials=(Credential(medium=Medium.UID, number="04A1B2C3D4E580"),))
CARD = BookCard(id=an_id(80), at=LATE, wallet=W, card=CardId("c8"))


@pytest.mark.parametrize(
    ("by", "private"),
    [
        (BookProfile(id=an_id(80), at=LATE, wallet=W, commitment="ab"), Private(name="李")),
        (BookConsent(id=an_id(80), at=LATE, wallet=W, purpose="marketing", version="1", given=False), None),
        (BookPin(id=an_id(80), at=LATE, wallet=W), Private(pin="scrypt")),
        (BookService(id=an_id(80), at=LATE, wallet=W, commitment="ab"), Private(service="{}")),
        (CARD, KEYS),
        (BookNote(id=an_id(80), at=LATE, what=OWN_DATA, detail="shown:w1"), None),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_who_was_served_that_day_stays_though_nothing_of_theirs_moved(
    ledger: Any, by: Command, private: Private | None
) -> None:
    """Whatever the counter did for them; then the days count from that one."""
    await member(ledger, 1)
    await ledger.committer.submit(by, private)
    days = Days()
    kept = made(ledger, days, Retention(member=10))
    for days.today, less in (("2026-12-04", 0), ("2026-12-12", 0), ("2026-12-13", 1)):
        assert await kept.round(days.today) == less
    assert await told(ledger, 1) is None


async def test_what_is_not_kept_any_more_and_many_cards_at_once_are_no_visit(ledger: Any) -> None:
    await member(ledger, 1)
    await ledger.committer.submit(replace(CARD, at=AT), KEYS)
    days = Days()
    kept, days.today = made(ledger, days), "2026-11-29"
    assert await kept.round(days.today) == 1
    many = BookCardState(id=an_id(82), at=LATE, card=CARD.card, state=CardState.CANCELLED, batch="b")
    await ledger.committer.submit(many)
    days.today = "2026-12-04"
    assert await kept.round(days.today) == 1
    assert await told(ledger, 1) is None


@pytest.mark.parametrize(("state", "stays"), [(CardState.LOST, True), (CardState.EXPIRED, False)])
async def test_who_says_that_a_card_is_lost_stays(ledger: Any, state: CardState, *, stays: bool) -> None:
    """A last day that is over nobody said."""
    await member(ledger, 1)
    await ledger.committer.submit(replace(CARD, at=AT), KEYS)
    await ledger.committer.submit(BookCardState(id=an_id(82), at=LATE, card=CARD.card, state=state))
    days = Days()
    days.today = "2026-12-04"
    assert await made(ledger, days, Retention(member=10)).round(days.today) == (not stays)


async def test_at_a_site_of_a_chain_only_what_was_done_goes(ledger: Any) -> None:
    await member(ledger, 1)
    await serves(ledger, 20, 1)
    kept = replace(ALL, services=3).of_one_site
    assert await made(ledger, Days(), kept).round("2099-12-31") == 1
    assert isinstance(await last(ledger), BookService)
    assert await told(ledger, 1) == ["allergy", "birthday"]
    assert await ledger.people.services_of(MemberId("m1"), 9) == ()
    assert await made(ledger, Days(), kept).round("2099-12-31") == 0


@pytest.mark.parametrize(("today", "left"), [("2026-11-26", 1), ("2026-11-27", 0)])
async def test_what_was_done_goes_by_a_period_of_its_own_and_once(ledger: Any, today: str, left: int) -> None:
    await member(ledger, 1)
    await member(ledger, 2)
    await serves(ledger, 91, 1)
    kept = made(ledger, Days(), Retention(services=3))
    assert await kept.round(today) == 1 - left
    assert len(await ledger.books.services_of(MemberId("m1"), 9)) == left
    if not left:
        said = await last(ledger)
        assert isinstance(said, BookService)
        assert (said.ends, said.at.operator) == (True, "retention")
    assert await kept.round(today) == 0
    assert await told(ledger, 1) == ["allergy", "birthday"]


async def test_who_has_value_or_whose_records_are_kept_is_known_on_for_less(ledger: Any) -> None:
    await member(ledger, 1, holds=100)
    await member(ledger, 2)
    hold = BookLegalHold(id=an_id(90), at=AT, member=MemberId("m2"), until="2027-12-31", why="a dispute")
    await ledger.committer.submit(hold)
    assert await made(ledger, Days()).round("2026-12-31") == 2
    assert (await told(ledger, 1), await told(ledger, 2)) == (["birthday"], ["birthday"])
    assert await ledger.wishes.waiting("", 9) == []  # Nobody asked for it.
    phone = Credential(medium=Medium.PHONE, number="19000000001")
    assert (await ledger.books.holder(phone)).principal == 100


async def test_of_many_each_is_looked_at(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retaining, "AT_ONCE", 2)
    for number in range(1, 6):
        await member(ledger, number)
    later = replace(sale(99, 500, number=3), at=replace(AT, business_day="2026-12-30"), card=None)
    await ledger.committer.submit(later)
    assert await made(ledger, Days()).round("2026-12-31") == 4
    known = [number for number in range(1, 6) if await told(ledger, number) is not None]
    assert known == [3]


async def test_who_comes_while_it_is_decided_stays(ledger: Any) -> None:
    """Also who pays cash, of which nothing on their wallet tells."""
    await member(ledger, 1)
    _, [idle] = await ledger.people.idle("", 9, "2026-12-31")
    assert "王" not in str(idle)
    await ledger.committer.submit(replace(sale(99, 500, number=1), card=None))
    erasure = BookErasure(id=an_id(98), at=AT, wallet=idle.wallet, member=idle.member)
    assert not await ledger.people.book_while_idle(idle, erasure, None)
    assert await told(ledger, 1) is not None


async def test_nothing_goes_by_a_clock_that_nobody_vouches_for_and_once_a_day_else(ledger: Any) -> None:
    await member(ledger, 1)
    days, rounds = Days(), list[str]()
    days.clock = ClockTrust.UNKNOWN
    turns = iter(["2026-12-31", "2026-12-31", "2027-01-01", "2027-01-01"])

    async def slept(seconds: float) -> None:
        assert seconds == daily.LOOK_S
        days.clock = ClockTrust.NETWORK
        if (today := next(turns, None)) is None:
            raise asyncio.CancelledError
        days.today = today

    class People:
        async def idle(self, _after: str, _limit: int, upto: str) -> tuple[str, list[Idle]]:
            rounds.append(upto)
            if len(rounds) == 1:
                raise LedgerClosed("the disk is full")
            return "", []

        async def book_while_idle(self, *_: object) -> bool:
            raise AssertionError

    kept = Retaining(People(), Retention(member=1), Uuid7(ManualTime(), bytes), days.occasion, slept)
    with pytest.raises(asyncio.CancelledError):
        await kept.run()
    # Not by the first clock; on the first day again, for it failed; on the next one once.
    assert rounds == ["2026-12-30", "2026-12-30", "2026-12-31"]


async def test_a_shop_that_says_nothing_keeps_notes_for_five_years_and_the_member_for_good(
    ledger: Any,
) -> None:
    assert await made(ledger, Days(), Retention()).round("2099-01-01") == 0  # Nobody was ever here.
    await member(ledger, 1)
    kept = made(ledger, Days(), Retention())
    assert await kept.round("2031-11-24") == 0
    assert await told(ledger, 1) == ["allergy", "birthday"]
    assert await kept.round("2031-11-25") == 1
    assert await told(ledger, 1) == ["birthday"]
    assert await kept.round("2099-01-01") == 0


async def test_a_site_that_is_younger_than_any_period_is_not_looked_through(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await member(ledger, 1)
    looked: list[str] = []
    before = people._members
    monkeypatch.setattr(people, "_members", lambda *words: looked.append("") or before(*words))
    assert await ledger.people.idle("", 50, "2026-11-23") == ("", [])
    assert looked == []
    on, found = await ledger.people.idle("", 50, "2026-11-24")
    assert (on, [one.last for one in found], looked) == ("", ["2026-11-24"], [""])
