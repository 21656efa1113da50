"""What a receipt was printed of is found without an index, in the file and in memory alike."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.codes import ReceiptNumber, receipt_number
from terminal.core.commands import BookNote, BookRefund, BookVoid, Returned
from terminal.core.errors import LedgerClosed, NotBookable
from terminal.core.ledger import posted
from terminal.core.ledger.looked_up import original
from terminal.core.original import Original
from terminal.core.values import EntryId, TerminalId, WalletId
from terminal.store import receipts
from tests.store.facts import AT, an_id, issue, recharge, sale
from tests.store.test_heal import COMMON, OURS, THEIRS, book, chain_of, healed

KINDS = ("sale",)
DAY = AT.business_day


def note(number: int) -> BookNote:
    return BookNote(id=an_id(number), at=AT, what="nothing")


def number_of(printed: str) -> ReceiptNumber:
    found = receipt_number(printed)
    assert found is not None
    return found


async def numbers(ledger: Any, sales: int) -> list[tuple[EntryId, str]]:
    """Sales among entries without a receipt, a run of them among others."""
    booked = []
    for at in range(sales):
        for beside in range((7 * at) % 5 + 60 * (at == sales // 2)):
            await ledger.committer.submit(note(1_000 + 100 * at + beside))
        done = await ledger.committer.submit(sale(10 + at, 100 + at))
        booked.append((done.command.id, done.receipt_no))
    return booked


@pytest.mark.parametrize("sales", [1, 2, 9, 24])
async def test_every_receipt_is_found_by_its_number_with_and_without_its_last_digits(
    ledger: Any, sales: int
) -> None:
    for entry, printed in await numbers(ledger, sales):
        for keyed in (printed, printed.rpartition("-")[0], printed.lower()):
            found = await ledger.books.receipt(number_of(keyed))
            assert (found.entry, found.number) == (entry, printed)


async def test_a_receipt_of_somebody_else_is_not_found(ledger: Any) -> None:
    ((_, printed), *_) = await numbers(ledger, 3)
    known = number_of(printed)
    strange = [
        replace(known, mark="00000000"),
        replace(known, number=4),
        replace(known, number=0),
        replace(known, epoch=2),
        replace(known, epoch=0),
        replace(known, terminal=TerminalId("T2")),
        replace(known, number=known.number, mark="", terminal=TerminalId("T")),
    ]
    assert [await ledger.books.receipt(one) for one in strange] == [None] * len(strange)


async def test_no_receipt_is_found_in_an_empty_ledger(ledger: Any) -> None:
    assert await ledger.books.receipt(ReceiptNumber(terminal=AT.terminal, epoch=1, number=1)) is None
    assert await ledger.books.receipts_at(AT.terminal, DAY, KINDS) == []
    assert await ledger.books.receipts_of(WalletId("w1"), KINDS) == []


async def test_what_moved_a_wallet_is_listed_newest_first(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(3, principal=10_000, bonus=0))
    for at in range(4, 8):
        await ledger.committer.submit(sale(at, 100 * at, number=1, stored=100 * at, points=at))
    await ledger.committer.submit(sale(8, 500))
    found = await ledger.books.receipts_of(WalletId("w1"), KINDS)
    assert [one.entry for one in found] == [an_id(at) for at in (7, 6, 5, 4)]
    both = await ledger.books.receipts_of(WalletId("w1"), ("sale", "recharge"))
    assert [one.entry for one in both] == [an_id(at) for at in (7, 6, 5, 4, 3)]
    assert await ledger.books.receipts_of(WalletId("w2"), KINDS) == []


async def test_sales_to_a_wallet_that_moved_nothing_of_it_are_listed_too(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(*issue(2, 2))
    await ledger.committer.submit(recharge(3, principal=10_000, bonus=0))

    async def listed(wallet: str) -> list[EntryId]:
        return [one.entry for one in await ledger.books.receipts_of(WalletId(wallet), KINDS)]

    await ledger.committer.submit(sale(4, 500, number=1))
    assert await listed("w1") == [an_id(4)]
    await ledger.committer.submit(sale(5, 100, number=1, stored=100))
    await ledger.committer.submit(sale(6, 500, number=2))
    await ledger.committer.submit(sale(7, 500))
    assert await listed("w1") == [an_id(5), an_id(4)]
    assert await listed("w2") == [an_id(6)]
    await ledger.committer.submit(sale(8, 600, number=1))
    assert await listed("w1") == [an_id(8), an_id(5), an_id(4)]
    monkeypatch.setattr(receipts, "_BESIDE_MAX", 5)  # Of the last five entries, the first is the fourth sale.
    assert await listed("w1") == [an_id(8), an_id(5), an_id(4)]
    monkeypatch.setattr(receipts, "_BESIDE_MAX", 4)
    assert await listed("w1") == [an_id(8), an_id(5)]
    monkeypatch.setattr(receipts, "_BESIDE_MAX", 0)
    assert await listed("w1") == [an_id(8), an_id(5)]


async def test_a_sale_that_only_names_a_wallet_is_not_its_own(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(*issue(11, 11))
    await ledger.committer.submit(sale(3, 500, number=11))
    await ledger.committer.submit(sale(4, 500, number=11))
    assert await ledger.books.receipts_of(WalletId("w1"), KINDS) == []
    found = await ledger.books.receipts_of(WalletId("w11"), KINDS)
    assert [one.entry for one in found] == [an_id(4), an_id(3)]


async def test_of_a_wallet_the_last_few_dozen_are_listed(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2, principal=10_000, bonus=0))
    for at in range(3, 40):
        await ledger.committer.submit(sale(at, 100, number=1, stored=100))
    found = await ledger.books.receipts_of(WalletId("w1"), KINDS)
    assert [one.entry for one in found] == [an_id(at) for at in range(39, 9, -1)]


async def test_what_a_terminal_booked_on_a_day_is_listed_newest_first(ledger: Any) -> None:
    for at in range(1, 4):
        await ledger.committer.submit(sale(at, 100))
    tomorrow = replace(AT, business_day="2099-01-01")
    for at in range(4, 60):
        await ledger.committer.submit(replace(sale(at, 100), at=tomorrow))
    elsewhere = replace(tomorrow, terminal=TerminalId("T2"))
    await ledger.committer.submit(replace(sale(60, 100), at=elsewhere))
    found = await ledger.books.receipts_at(AT.terminal, "2099-01-01", KINDS)
    assert [one.entry for one in found] == [an_id(at) for at in range(59, 3, -1)]
    before = await ledger.books.receipts_at(AT.terminal, DAY, KINDS)
    assert [one.entry for one in before] == [an_id(at) for at in (3, 2, 1)]
    there = await ledger.books.receipts_at(TerminalId("T2"), "2099-01-01", KINDS)
    assert [one.entry for one in there] == [an_id(60)]
    for since, first in ((DAY, 1), ("2098-12-31", 4), ("2099-01-01", 4), ("2099-01-02", 60)):
        both = await ledger.books.receipts_at(AT.terminal, "2099-01-01", KINDS, since)
        assert [one.entry for one in both] == [an_id(at) for at in range(59, first - 1, -1)], since
    assert await ledger.books.receipts_at(AT.terminal, "2099-01-01", ("void",), DAY) == []


async def test_what_is_of_days_before_is_found_whatever_was_booked_since(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "_DAY_MAX", 20)
    await ledger.committer.submit(sale(1, 100))
    await ledger.committer.submit(sale(2, 100))
    tomorrow = replace(AT, business_day="2099-01-01")
    for at in range(100, 160):
        await ledger.committer.submit(replace(note(at), at=tomorrow))
    await ledger.committer.submit(replace(sale(3, 100), at=tomorrow))
    found = await ledger.books.receipts_at(AT.terminal, "2099-01-01", KINDS, DAY)
    assert [one.entry for one in found] == [an_id(at) for at in (3, 2, 1)]


# Asking.


async def test_the_ledger_is_asked_as_it_stands_and_nothing_is_changed_by_it(ledger: Any) -> None:
    await ledger.committer.submit(sale(1, 1000))
    back = BookRefund(id=an_id(2), at=AT, of=an_id(1), returned=(Returned(line=0, net=400),), why="sour")
    before = await ledger.outbox.head()
    foreseen = await ledger.committer.ask(partial(posted, back))
    assert await ledger.outbox.head() == before
    booked = await ledger.committer.submit(back)
    assert booked.back is not None
    assert sum(amount for account, amount in foreseen.postings if account.unit.startswith("drawer:")) == 400
    assert booked.back.cash == 400


async def test_what_would_be_refused_is_refused_when_it_is_asked_for(ledger: Any) -> None:
    await ledger.committer.submit(sale(1, 1000))
    await ledger.committer.submit(BookVoid(id=an_id(2), at=AT, of=an_id(1), why="x"))
    again = BookVoid(id=an_id(3), at=AT, of=an_id(1), why="x")
    with pytest.raises(NotBookable):
        await ledger.committer.ask(partial(posted, again))
    await ledger.committer.submit(sale(4, 1000))


async def test_an_original_is_told_with_what_came_back_of_it(ledger: Any) -> None:
    await ledger.committer.submit(sale(1, 1000))
    back = BookRefund(id=an_id(2), at=AT, of=an_id(1), returned=(Returned(line=0, net=400),), why="sour")
    await ledger.committer.submit(back)
    told = await ledger.committer.ask(partial(original, entry=an_id(1), receipt_no="T1-1-1-X"))
    assert isinstance(told, Original)
    assert (told.command.id, told.receipt_no, told.undone) == (an_id(1), "T1-1-1-X", (back,))
    assert await ledger.committer.ask(partial(original, entry=an_id(9), receipt_no="")) is None
    assert await ledger.committer.ask(partial(original, entry=an_id(2), receipt_no="")) is None


async def test_a_closed_ledger_is_not_asked(ledger: Any) -> None:
    await ledger.close()
    with pytest.raises(LedgerClosed):
        await ledger.committer.ask(partial(original, entry=an_id(1), receipt_no=""))


async def test_a_refund_is_told_with_what_it_undid_whenever_it_is_printed(ledger: Any) -> None:
    sold = await ledger.committer.submit(sale(1, 1000))
    back = BookRefund(id=an_id(2), at=AT, of=an_id(1), returned=(Returned(line=0, net=400),), why="sour")
    await ledger.committer.submit(back)
    told = await ledger.books.booked(an_id(2))
    assert (told.undid.command, told.undid.receipt_no) == (sold.command, sold.receipt_no)
    assert told.back.cash == 400
    assert (await ledger.books.booked(an_id(1))).undid is None


async def test_what_was_booked_again_after_a_fork_keeps_the_number_on_its_paper(ledger: Any) -> None:
    await book(ledger, COMMON + OURS)
    ours = await ledger.books.booked(an_id(10))
    chain = await chain_of(COMMON + THEIRS)
    theirs = await chain.books.booked(an_id(3))
    assert theirs is not None
    await healed(ledger, chain)
    new = await ledger.committer.submit(sale(20, 100))
    for told in (ours, theirs, new):  # The first two have the same number, and their own last digits.
        found = await ledger.books.receipt(number_of(told.receipt_no))
        assert (found.entry, found.number) == (told.command.id, told.receipt_no)
    assert await ledger.books.receipt(replace(number_of(ours.receipt_no), mark="00000000")) is None
