"""What holds for every kind: measure by measure the postings come to nothing, and what waited for it ends."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core import ledger
from terminal.core.accounts import Account, held_by, principal, tax
from terminal.core.commands import (
    BookIntent,
    BookIssue,
    BookMerge,
    BookNote,
    BookRecharge,
    BookSale,
    IntentEnd,
    Tender,
    TenderKind,
)
from terminal.core.entry import LotTaken
from terminal.core.errors import NotBookable, TooMuchAtOnce
from terminal.core.ledger import Posted, Unbalanced, effects, posted, posted_again, replayed
from terminal.core.rights import Floor
from terminal.core.values import SiteId, WalletId
from tests.core.ledger.book import C1, C2, M2, W1, W2, Book, opening
from tests.core.ledger.test_value import line, load, sell

SITE = SiteId("S1")


@pytest.mark.parametrize(
    "wrong",
    [
        ((tax(SITE), 5),),
        ((tax(SITE), 5), (principal(W1), -4)),
        ((tax(SITE), 5), (held_by(W1, "points:goods"), -5)),
        ((held_by(W1, "points:goods"), 5), (held_by(W1, "points:petrol"), -5)),
    ],
)
def test_postings_that_do_not_come_to_nothing_are_never_booked(
    monkeypatch: pytest.MonkeyPatch, wrong: tuple[tuple[Account, int], ...]
) -> None:
    book = Book()
    entry = book.book(BookNote, what="x", detail="")

    def defective(_command: Any, _state: Any) -> Posted:
        return Posted(postings=wrong)

    monkeypatch.setitem(ledger._KINDS, BookNote, ("note", defective))
    with pytest.raises(Unbalanced):
        posted(entry.payload, book)
    with pytest.raises(Unbalanced):
        posted_again(entry, book)


@pytest.mark.parametrize(("postings", "books"), [(1000, True), (1001, False)])
def test_an_entry_has_no_more_postings_than_headquarters_takes(
    monkeypatch: pytest.MonkeyPatch, postings: int, *, books: bool
) -> None:
    book = Book()
    entry = book.book(BookNote, what="x", detail="")
    half = range(postings // 2)
    odd = ((principal(W2), 0),) * (postings % 2)
    up = tuple((principal(WalletId(f"w-{n}")), 1) for n in half)
    down = tuple((held_by(WalletId(f"w-{n}"), "bonus"), -1) for n in half)
    found = Posted(postings=(*up, *down, *odd))
    monkeypatch.setitem(ledger._KINDS, BookNote, ("note", lambda _command, _state: found))
    if books:
        assert posted(entry.payload, book) is found
        return
    with pytest.raises(TooMuchAtOnce, match=r"^1001 postings or lots at once$"):
        posted(entry.payload, book)


def test_an_entry_touches_no_more_lots_than_headquarters_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()
    entry = book.book(BookNote, what="x", detail="")
    lots = tuple(LotTaken(unit="principal", lot=f"l-{n}", amount=-1) for n in range(1001))
    monkeypatch.setitem(
        ledger._KINDS, BookNote, ("note", lambda _command, _state: Posted(postings=(), lots=lots))
    )
    with pytest.raises(NotBookable, match="1001 postings or lots at once"):
        posted(entry.payload, book)


def test_of_two_wallets_the_one_with_fewer_recharges_may_end_where_the_other_has_too_many() -> None:
    book = Book()
    for wallet, card, recharges in ((W1, C1, 501), (W2, C2, 1)):
        book.book(BookIssue, opens=opening(wallet, None, card))
        for _ in range(recharges):
            book.book(BookRecharge, wallet=wallet, card=None, principal=2, bonus=0, received=2)
    with pytest.raises(TooMuchAtOnce) as refused:
        book.book(BookMerge, wallet=W1, into=W2)
    assert (refused.value.code, "Use up some of it first" in refused.value.for_attendant) == ("A125", True)
    book.book(BookMerge, wallet=W2, into=W1)
    assert (book.of(W1, "principal"), book.of(W2, "principal")) == (1_004, 0)


def test_once_a_recharge_is_used_up_the_rest_of_them_are_few_enough() -> None:
    book = Book()
    for wallet, card in ((W1, C1), (W2, C2)):
        book.book(BookIssue, opens=opening(wallet, None, card))
    for _ in range(501):
        book.book(BookRecharge, wallet=W1, card=None, principal=2, bonus=0, received=2)
    sell(book, line(2), pays={"stored": 2})
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.of(W2, "principal") == 1_000


def test_what_consumes_an_intent_does_all_else_too() -> None:
    book = Book()
    consumer = book.next_id()
    intent = book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer)
    code = Tender(kind=TenderKind.CODE, amount=500)
    opens = opening(W2, M2, None)
    fields = {"wallet": W2, "card": None, "lines": (line(500),), "due": 500, "tenders": (code,)}
    book.keep_command(BookSale(id=consumer, at=book.at, opens=opens, **fields))
    assert effects.WalletOpened(wallet=W2, member=M2) in book.done.effects
    assert book.done.effects[-1] == effects.IntentEnded(intent=intent.id, end=IntentEnd.DONE)


def test_an_entry_whose_postings_do_not_come_to_nothing_is_booked_on_no_other_branch() -> None:
    book = Book().with_member()
    load(book, 500)
    entry = sell(book, line(500), pays={"stored": 500})
    wrong = replace(entry, postings=(*entry.postings, ("site:S1:tax", 5)))
    other = Book().with_member()  # Where the rules say no: it has no money.
    with pytest.raises(Unbalanced):
        posted_again(wrong, other)
    with pytest.raises(Unbalanced):
        replayed(wrong, other)


def test_what_is_beyond_the_rights_held_is_replayed_as_such() -> None:
    book = Book().with_member()
    load(book, 300)
    floor = Floor(wallet=1000, site=1000)
    entry = sell(book, line(500), pays={"stored": 500}, floor=floor)
    assert book.done.uncovered == ((principal(W1), 200),)
    assert replayed(entry, Book().with_member()).uncovered == ((principal(W1), 200),)
