"""What is known of whoever presents a card stands on the screen, and prices go by it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec.structs import replace

from terminal.core.calls import UsedUp
from terminal.core.commands import BookGrant, BookJoin, BookVoid, Grant, Measured, Opens, Private
from terminal.core.entry import Entry
from terminal.core.errors import LedgerClosed, PeopleLocked
from terminal.core.habits import Habits, Together, Usual
from terminal.core.locks import Lock, lock_unit
from terminal.core.original import Receipt
from terminal.core.picture import Picture
from terminal.core.pricing import Buyer, Counted
from terminal.core.pricing.visit import Birthday
from terminal.core.screens import says
from terminal.core.services import Service, Written
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import EntryId, MemberId, StaffId, WalletId
from terminal.desk.pictures import NOTES_MAX, Pictures
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line, sell
from tests.desk.fakes import MILK_CODE, Bench
from tests.flows.shop import WANG

PHONE = Credential(medium=Medium.PHONE, number="19000000411")


class Books:
    def __init__(self, picture: Picture | None) -> None:
        self.picture_ = picture
        self.asked = 0

    async def picture(self, _holder: Holder) -> Picture:
        self.asked += 1
        if self.picture_ is None:
            raise PeopleLocked("damaged")
        return self.picture_


def pictures(books: Books) -> Pictures:
    return Pictures(books, lambda: "2026-11-26")  # type: ignore[arg-type]


async def test_prices_go_by_what_was_looked_at_once() -> None:
    books = Books(Picture(born=Birthday(month=11, day=26), joined="2026-11-26"))
    looked = pictures(books)
    await looked.look(WANG)
    buyer = Buyer(tier="regular", born=Birthday(month=11, day=26), newcomer=True)
    assert await looked.of(WANG) == buyer
    assert books.asked == 1
    assert [note.text for note in looked.notes(WANG)] == ["Birthday today", "New today"]


async def test_a_card_without_a_name_that_was_given_out_today_is_no_new_member() -> None:
    books = Books(Picture(joined="2026-11-26"))
    looked = pictures(books)
    nobody = replace(WANG, member=None)
    await looked.look(nobody)
    assert looked.notes(nobody) == ()
    before = pictures(Books(Picture(joined="2026-11-25", last="2026-11-25")))
    await before.look(nobody)
    assert [note.text for note in before.notes(nobody)] == ["Last here on {day}"]


COUNTED = (Counted("drink", "2026-11"),)


async def test_what_was_had_is_asked_of_the_ledger_for_who_is_known_by_name() -> None:
    book, asked = Book(), []

    async def ask(question: Callable[[Any], Any]) -> Any:
        asked.append(question)
        return question(book)

    looked = Pictures(Books(None), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    assert await looked.had(WANG, COUNTED) == {COUNTED[0]: 0}
    assert await looked.had(replace(WANG, member=None), COUNTED) is None
    assert len(asked) == 1


async def test_what_was_had_and_cannot_be_read_is_not_known() -> None:
    async def ask(_question: Callable[[Any], Any]) -> Any:
        raise LedgerClosed("the disk")

    looked = Pictures(Books(None), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    assert await looked.had(WANG, COUNTED) is None
    assert await pictures(Books(None)).had(WANG, COUNTED) is None


async def test_locked_prices_are_asked_of_the_ledger_for_who_may_have_some() -> None:
    book, asked = Book().with_member(), []
    unit = lock_unit("95", 7_70)
    grants = (Grant(unit=unit, amount=200_00, until="2026-11-26"),)
    book.book(BookGrant, wallet=W1, why="x", grants=grants)

    async def ask(question: Callable[[Any], Any]) -> Any:
        asked.append(question)
        return question(book)

    theirs = replace(WANG, wallet=W1, units=(unit,))
    today = Pictures(Books(None), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    assert await today.locks(theirs) == (Lock(unit=unit, grade="95", price=7_70, left=200_00),)
    later = Pictures(Books(None), lambda: "2026-11-27", None, ask)  # type: ignore[arg-type]
    assert await later.locks(replace(theirs, units=None)) == ()
    assert await later.locks(theirs) == ()
    assert len(asked) == 3
    assert await today.locks(replace(theirs, units=("principal",))) == ()
    assert len(asked) == 3


async def test_locked_prices_that_cannot_be_read_are_none() -> None:
    async def ask(_question: Callable[[Any], Any]) -> Any:
        raise LedgerClosed("the disk")

    looked = Pictures(Books(None), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    assert await looked.locks(WANG) == ()
    assert await pictures(Books(None)).locks(WANG) == ()


async def test_cash_vouchers_that_pay_today_are_told_of_who_may_have_some() -> None:
    book, asked = Book().with_member(), []
    grants = (Grant(unit="voucher:v", amount=20_00, until="2026-11-26"),)
    book.book(BookGrant, wallet=W1, why="x", grants=grants)

    async def ask(question: Callable[[Any], Any]) -> Any:
        asked.append(question)
        return question(book)

    async def told(day: str, units: tuple[str, ...] | None) -> list[str]:
        looked = Pictures(Books(Picture()), lambda: day, None, ask)  # type: ignore[arg-type]
        theirs = replace(WANG, wallet=W1, units=units)
        await looked.look(theirs)
        return [one.text for one in looked.notes(theirs)]

    assert await told("2026-11-26", ("voucher:v",)) == [
        "Cash vouchers: {count}, {sum}, the first until {day}"
    ]
    assert await told("2026-11-27", None) == []
    assert len(asked) == 2
    assert await told("2026-11-26", ("principal",)) == []
    assert len(asked) == 2


async def test_cash_vouchers_that_cannot_be_read_are_in_the_way_of_nobody() -> None:
    async def ask(_question: Callable[[Any], Any]) -> Any:
        raise LedgerClosed("the disk")

    looked = Pictures(Books(Picture(tags=("x",))), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    await looked.look(WANG)
    assert [one.text for one in looked.notes(WANG)] == ["Tags: {names}"]


async def test_what_they_may_have_is_told_of_them_alone() -> None:
    looked = pictures(Books(Picture(joined="2026-11-26")))
    await looked.look(WANG)
    looked.allows(WANG, (says("free"),))
    assert [note.text for note in looked.notes(WANG)] == ["New today", "free"]
    other = replace(WANG, wallet=WalletId("w-other"))
    await looked.look(other)
    assert [note.text for note in looked.notes(other)] == ["New today"]


async def test_nothing_is_told_of_anybody_but_the_last() -> None:
    looked = pictures(Books(Picture(joined="2026-11-26")))
    assert looked.notes(WANG) == ()
    await looked.of(WANG)
    other = Holder(
        wallet=WalletId("w-other"), member=None, card=None, name_shown="", number_shown="", tier="regular",
        principal=0, bonus=0, points=0, coupons=0,
    )  # fmt: skip
    assert looked.notes(other) == ()


class Served(Books):
    """What was done last, where anybody looks for it."""

    def __init__(self, *done: Service, fails: bool = False) -> None:
        super().__init__(Picture())
        self.done, self.fails = done, fails
        self.looked: list[tuple[str, int]] = []

    async def services_of(self, member: MemberId, limit: int) -> Sequence[Service]:
        self.looked.append((member, limit))
        if self.fails:
            raise PeopleLocked("damaged")
        return self.done


CUT = Service(
    entry=EntryId("e1"),
    written=Written(day="2026-11-01", done=("剪发", "护理"), by=StaffId("E01")),
    remark="头皮敏感",
)


async def served(books: Served, holder: Holder = WANG, *, services: bool = True) -> list[str]:
    today, name = (lambda: "2026-11-26"), {"E01": "莉莉"}.get
    looked = Pictures(books, today, None, None, lambda staff: name(staff, ""), services=services)  # type: ignore[arg-type]
    await looked.look(holder)
    return [note.text.format_map(note.values) for note in looked.notes(holder)]


async def test_what_was_done_last_is_told_where_the_shop_writes_it_down_and_never_the_remark() -> None:
    books = Served(CUT)
    assert await served(books) == ["Done on 2026-11-01: 剪发、护理, by 莉莉"]
    assert books.looked == [(WANG.member, 4)]
    assert await served(Served()) == []
    left = replace(CUT, written=replace(CUT.written, by=StaffId("E09")))
    assert await served(Served(left)) == ["Done on 2026-11-01: 剪发、护理, by E09"]


async def test_nobody_looks_for_it_elsewhere_or_of_a_card_without_a_name() -> None:
    books = Served(CUT)
    assert await served(books, services=False) == []
    assert await served(books, replace(WANG, member=None)) == []
    assert books.looked == []


async def test_what_was_done_and_cannot_be_read_is_in_the_way_of_nobody() -> None:
    assert await served(Served(CUT, fails=True)) == []


class Bought:
    """One cream, by one of them."""

    asked = 0

    def habits(self, wallet: WalletId, /) -> Habits:
        self.asked += 1
        usual = Usual(staff=StaffId("E01"), times=2, visits=3)
        return Habits(usual=usual) if wallet == WANG.wallet else Habits()

    def of(self, wallet: WalletId, /) -> Sequence[UsedUp]:
        return [UsedUp(name="面霜", day="2026-11-24")] if wallet == WANG.wallet else []


async def test_what_is_used_up_is_told_of_whoever_bought_it() -> None:
    books = Books(Picture(joined="2026-11-26"))
    bought = Bought()
    called = {"E01": "莉莉"}.__getitem__
    looked = Pictures(books, lambda: "2026-11-26", bought, None, called)  # type: ignore[arg-type]
    await looked.look(WANG)
    for _ in range(2):
        said = [note.values.get("name", note.text) for note in looked.notes(WANG)]
        assert said == ["New today", "莉莉", "面霜"]
    assert bought.asked == 1  # However many screens show them.
    other = replace(WANG, wallet=WalletId("w-other"))
    await looked.look(other)
    assert [note.text for note in looked.notes(other)] == ["New today"]


class BoughtByAll:
    def habits(self, _wallet: WalletId, /) -> Habits:
        return Habits(usual=Usual(staff=StaffId("E01"), times=2, visits=3))

    def of(self, _wallet: WalletId, /) -> Sequence[UsedUp]:
        return [UsedUp(name="面霜", day="2026-01-01")]


async def test_what_cannot_be_read_is_in_the_way_of_nobody() -> None:
    looked = pictures(Books(None))
    assert await looked.of(WANG) == Buyer(tier="regular")
    assert looked.notes(WANG) == ()


async def test_the_attendant_reads_it_beside_the_balance() -> None:
    async with Bench(lasting=BoughtByAll()) as bench:
        opens = Opens(
            wallet=WalletId("w-new"), member=MemberId("m-new"), card=None, commitment="", terms="1",
            channel="counter", recruiter=StaffId("E01"),
        )  # fmt: skip
        private = Private(
            credentials=(PHONE,),
            name="王",
            phone=PHONE.number,
            told=(("birthday", "1990-01-01"), ("tags", "常客")),
        )
        at = bench.counter.occasion()
        await bench.ledger.submit(BookJoin(id=EntryId(bench.ids.new()), at=at, opens=opens), private)
        await bench.touch("start", "checkout")
        await bench.scan(MILK_CODE)
        await bench.touch("done")
        await bench.touch("phone")
        await bench.key(PHONE.number)
        assert bench.screen.holder is not None
        assert [note.text for note in bench.screen.holder.notes] == [
            "New today",
            "Tags: {names}",
            "Mostly served by {name}: {times} of {visits} visits",
            "{name}: used up on {day}",
        ]
        assert bench.screen.holder.notes[2].values["name"] == "加油员一"


async def test_no_more_is_told_than_a_screen_has_room_for() -> None:
    class Much(Bought):
        def of(self, _wallet: WalletId, /) -> Sequence[UsedUp]:
            return [UsedUp(name=f"a{n}", day="2026-11-24") for n in range(9)]

        def habits(self, _wallet: WalletId, /) -> Habits:
            together = Together(name="b", bought="a1", times=3)
            return Habits(usual=Usual(staff=StaffId("E01"), times=2, visits=3), together=together)

    books = Served(CUT)
    books.picture_ = Picture(
        born=Birthday(month=11, day=26), joined="2026-01-01", last="2026-11-20", ends=("2026-11-26",),
        tags=("常客",),
    )  # fmt: skip
    looked = Pictures(books, lambda: "2026-11-26", Much(), None, lambda _staff: "莉莉", services=True)  # type: ignore[arg-type]
    await looked.look(WANG)
    told = [note.text for note in looked.notes(WANG)]
    assert len(told) == NOTES_MAX == 7
    assert told[0] == "Birthday today"
    assert told[-1] == "{name}: used up on {day}"


async def test_a_first_fill_is_known_by_what_was_sold_here_and_stays() -> None:
    book = Book().with_member()
    goods = sell(book, line(500))
    poured = sell(book, replace(line(500), measured=Measured.CENTILITRE))

    class Sold(Books):
        entries: tuple[Entry, ...] = ()

        async def receipts_of(self, wallet: WalletId, kinds: Collection[str]) -> Sequence[Receipt]:
            assert (wallet, kinds) == (W1, ("sale",))
            return [Receipt(entry=one.id, number="T1-1-1-9F3A01BC") for one in self.entries]

    async def ask(question: Callable[[Any], Any]) -> Any:
        return question(book)

    books = Sold(None)
    looked = Pictures(books, lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    theirs = replace(WANG, wallet=W1)
    assert not await looked.filled(theirs)
    books.entries = (goods,)
    assert not await looked.filled(theirs)
    books.entries = (goods, poured)
    assert await looked.filled(theirs)
    assert not await pictures(books).filled(theirs)
    book.book(BookVoid, of=poured.id, why="x")
    assert not await looked.filled(theirs)


async def test_fills_that_cannot_be_read_are_none() -> None:
    class Locked(Books):
        async def receipts_of(self, _wallet: WalletId, _kinds: Collection[str]) -> Sequence[Receipt]:
            raise LedgerClosed("the disk")

    async def ask(_question: Callable[[Any], Any]) -> Any:
        raise AssertionError("nothing was read")

    looked = Pictures(Locked(None), lambda: "2026-11-26", None, ask)  # type: ignore[arg-type]
    assert not await looked.filled(WANG)
