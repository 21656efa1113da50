"""Cards, people, drawers and what is done outside: who may do what, and what then is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookCashMove,
    BookDeposit,
    BookDirective,
    BookErasure,
    BookFleetFunds,
    BookGrant,
    BookImport,
    BookIntent,
    BookIntentEnd,
    BookIssue,
    BookJoin,
    BookLegalHold,
    BookMerge,
    BookNote,
    BookProfile,
    BookRecharge,
    BookRefund,
    BookSale,
    BookShiftClose,
    BookShiftOpen,
    BookTransfer,
    CardState,
    Grant,
    IntentEnd,
    PaidBy,
    Private,
    Returned,
    Sells,
    Tender,
    TenderKind,
)
from terminal.core.directives import Directed, GivenAway, Merge
from terminal.core.directives import Grant as Granted
from terminal.core.entry import POSTINGS_MAX
from terminal.core.errors import (
    AlreadyMember,
    CardExpired,
    CardNotUsable,
    ErasureDecidedElsewhere,
    ErasureWaits,
    GivenMeanwhile,
    InsufficientFunds,
    IntentUndone,
    NamelessStays,
    NotBookable,
    Refused,
    ShiftIsClosed,
    UnknownCard,
    ValueElsewhere,
    ValueLeft,
)
from terminal.core.ledger.effects import CardChanged, Erased, ErasureNoted, KeysDropped
from terminal.core.ledger.membership import (
    NEXT_STATES,
    check_decided_here,
    check_follows,
    decided_here,
    following,
)
from terminal.core.ledger.state import Posted
from terminal.core.rights import LotPart, LotTerms, Right
from terminal.core.times import made_ms
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, MemberId, StaffId, WalletId
from tests.core.ledger.book import AT, C1, C2, M1, M2, W1, W2, Book, opening
from tests.core.ledger.test_rights import Site
from tests.core.ledger.test_value import line, load, sell

KEY = Credential(medium=Medium.EM4100, number="0A00BC0001")
OTHER = Credential(medium=Medium.EM4100, number="0A00BC0002")

W3, M3 = WalletId("w3"), MemberId("m3")


def pay(book: Book, card: CardId = C1) -> None:
    tender = Tender(kind=TenderKind.STORED, amount=100)
    book.book(BookSale, wallet=W1, card=card, lines=(line(100),), due=100, tenders=(tender,))


@pytest.mark.parametrize("state", [state for state in CardState if state is not CardState.ACTIVE])
def test_only_an_active_card_pays(state: CardState) -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    pay(book)
    if state in NEXT_STATES[CardState.ACTIVE]:
        book.book(BookCardState, card=C1, state=state)
        with pytest.raises(CardNotUsable):
            pay(book)
    else:
        with pytest.raises(CardNotUsable):
            book.book(BookCardState, card=C1, state=state)
        pay(book)


def test_a_lost_card_that_is_found_pays_again() -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    book.book(BookCardState, card=C1, state=CardState.LOST)
    book.book(BookCardState, card=C1, state=CardState.ACTIVE)
    pay(book)


def test_an_unnamed_card_is_never_reported_lost_nor_cancelled_with_value_on_it() -> None:
    book = Book().with_card()
    book.with_headquarters = False
    book.book(BookRecharge, wallet=W1, card=C1, principal=100, bonus=0, received=100)
    with pytest.raises(CardNotUsable):
        book.book(BookCardState, card=C1, state=CardState.LOST)
    with pytest.raises(ValueLeft):
        book.book(BookCardState, card=C1, state=CardState.CANCELLED)
    pay(book)
    book.book(BookCardState, card=C1, state=CardState.CANCELLED)


LAST = "2029-11-24"


def ending() -> Book:
    """An unnamed card with value on it, on the day after its last."""
    book = Book()
    book.book(
        BookRecharge,
        Private(credentials=(KEY,)),
        wallet=W1,
        card=C1,
        principal=1000,
        bonus=0,
        received=1000,
        opens=replace(opening(W1, None, C1), until=LAST),
    )
    book.on_day(LAST)
    pay(book)
    book.on_day("2029-11-25")
    return book


def becomes(book: Book, state: CardState, until: str = "") -> None:
    book.book(BookCardState, card=C1, state=state, until=until)


def test_an_unnamed_card_pays_up_to_its_last_day_and_its_value_stays() -> None:
    book = ending()
    with pytest.raises(CardExpired, match=LAST):
        pay(book)
    assert book.of(W1, "principal") == 900
    with pytest.raises(CardExpired):
        book.book(BookRecharge, wallet=W1, card=C1, principal=1, bonus=0, received=1)


def test_it_is_renewed_until_a_day_that_comes() -> None:
    book = ending()
    for until, refused in (("", CardExpired), (LAST, NotBookable), ("2032-11-2x", NotBookable)):
        with pytest.raises(refused):
            becomes(book, CardState.ACTIVE, until)
    becomes(book, CardState.ACTIVE, "2029-11-25")
    pay(book)
    book.on_day("2029-11-26")
    with pytest.raises(CardExpired):
        pay(book)
    becomes(book, CardState.ACTIVE, "2032-11-26")
    pay(book)
    with pytest.raises(CardNotUsable):
        becomes(book, CardState.ACTIVE, "2042-11-26")


def test_what_is_over_can_only_be_renewed_replaced_or_cancelled() -> None:
    book = ending()
    for state in (CardState.LOST, CardState.FROZEN):
        with pytest.raises(CardNotUsable):
            becomes(book, state)
    with pytest.raises(ValueElsewhere):
        becomes(book, CardState.CANCELLED)
    book.book(BookCard, Private(credentials=(OTHER,)), wallet=W1, card="c9", replaces=C1, until="2032-01-01")
    pay(book, CardId("c9"))
    assert book.of(W1, "principal") == 800
    with pytest.raises(CardNotUsable):
        becomes(book, CardState.ACTIVE, "2040-01-01")
    book.on_day("2032-01-02")
    with pytest.raises(CardExpired):
        pay(book, CardId("c9"))


def test_that_it_is_over_is_said_once_and_renewed_it_pays_until_the_new_day() -> None:
    book = ending()
    with pytest.raises(NotBookable, match="does not pay"):
        becomes(book, CardState.EXPIRED, "2032-11-24")
    becomes(book, CardState.EXPIRED)
    assert book.done.effects == (CardChanged(card=C1, state=CardState.EXPIRED),)
    for state in (CardState.EXPIRED, CardState.LOST, CardState.FROZEN):
        with pytest.raises(CardNotUsable):
            becomes(book, state)
    with pytest.raises(CardExpired):
        becomes(book, CardState.ACTIVE)
    becomes(book, CardState.ACTIVE, "2029-11-26")
    book.on_day("2029-11-26")
    pay(book)
    book.on_day("2029-11-27")
    with pytest.raises(CardExpired):
        pay(book)


def test_the_card_in_its_place_has_a_last_day_of_its_own_and_the_old_number_stays_dead() -> None:
    book = ending()
    book.book(BookCard, Private(credentials=(OTHER,)), wallet=W1, card="c9", replaces=C1, until="2032-01-01")
    with pytest.raises(CardNotUsable, match="replaced"):
        becomes(book, CardState.ACTIVE, "2042-01-01")
    book.on_day("2032-01-01")
    pay(book, CardId("c9"))
    book.on_day("2032-01-02")
    with pytest.raises(CardExpired, match="2032-01-01"):
        pay(book, CardId("c9"))


def test_frozen_it_ends_too_and_pays_again_only_with_another_day() -> None:
    book = ending()
    book.on_day(LAST)
    becomes(book, CardState.FROZEN)
    with pytest.raises(NotBookable, match="does not pay"):
        becomes(book, CardState.CANCELLED, "2032-11-24")
    book.on_day("2029-11-25")
    with pytest.raises(CardExpired):
        becomes(book, CardState.ACTIVE)
    becomes(book, CardState.ACTIVE, "2032-11-24")
    pay(book)


def test_thawed_in_time_it_has_the_day_that_it_had() -> None:
    book = ending()
    book.on_day(LAST)
    becomes(book, CardState.FROZEN)
    becomes(book, CardState.ACTIVE)
    pay(book)
    book.on_day("2029-11-25")
    with pytest.raises(CardExpired):
        pay(book)


def test_a_card_that_gets_a_name_never_ends() -> None:
    book = ending()
    book.book(BookTransfer, Private(name="李四"), wallet=W1, card=None, to=M2, commitment="", terms="1")
    pay(book)
    with pytest.raises(NotBookable, match="a last day"):
        book.book(BookCard, Private(credentials=(OTHER,)), wallet=W1, card="c9", until="2040-01-01")
    with pytest.raises(NotBookable, match="a last day"):
        Book().book(BookJoin, Private(), opens=replace(opening(W2, M2, C2), until="2040-01-01"))


def test_a_card_is_replaced_in_a_minute_and_the_money_stays() -> None:
    book = Book().with_member(card=C1)
    load(book, 1000)
    book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c9", replaces=C1)
    with pytest.raises(CardNotUsable):
        pay(book)
    pay(book, CardId("c9"))
    with pytest.raises(UnknownCard):
        book.book(BookCard, Private(credentials=(OTHER,)), wallet=W1, card="c10", replaces=C1)


def test_a_number_is_a_key_to_one_wallet_only() -> None:
    book = Book().with_member(card=C1)
    book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c9")
    with pytest.raises(AlreadyMember):
        book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card="c10")


def test_a_transfer_changes_the_person_and_not_the_value() -> None:
    book = Book().with_member()
    load(book, 1000)
    book.book(BookTransfer, Private(name="李四"), wallet=W1, card=None, to=M2, commitment="", terms="1")
    known = book.wallet(W1)
    assert known is not None
    assert (known.member, book.of(W1, "principal")) == (M2, 1000)
    with pytest.raises(NotBookable):
        book.book(BookTransfer, Private(), wallet=W1, card=None, to=M2, commitment="", terms="1")


def test_a_transfer_comes_after_the_one_before_it_though_some_clock_ran_ahead() -> None:
    """What the site has heard of was earlier, whatever time it says."""
    book = Book().with_member()
    at_once = BookTransfer(
        id=book.next_id(), at=AT, wallet=W1, card=None, to=MemberId("m3"), commitment="", terms="1"
    )
    assert following(at_once, book) == at_once
    ahead = made_ms(at_once.id) + 3_600_000
    given = GivenAway(wallet=W1, member=M2, since=ahead, cards=())
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=given)
    with pytest.raises(GivenMeanwhile):
        check_follows(at_once, book)
    after = following(at_once, book)
    check_follows(after, book)
    book.keep_command(after, Private(name="李四"))
    known = book.wallet(W1)
    assert known is not None
    assert (known.member, known.given) == ("m3", ahead + 1)
    again = following(replace(at_once, id=book.next_id(), to=M1), book)
    assert made_ms(again.id) == ahead + 2  # Here, too, where the clock was set right meanwhile.
    assert (again.id[14:19], again.id != after.id) == ("7000-", True)


def test_a_transfer_of_the_same_moment_as_another_comes_after_it() -> None:
    book = Book().with_member()
    mine = BookTransfer(id=book.next_id(), at=AT, wallet=W1, card=None, to=M2, commitment="", terms="1")
    given = GivenAway(wallet=W1, member=MemberId("m3"), since=made_ms(mine.id), cards=())
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=given)
    assert made_ms(following(mine, book).id) == made_ms(mine.id) + 1


def test_a_transfer_of_a_wallet_that_is_not_known_follows_none() -> None:
    book = Book()
    mine = BookTransfer(id=book.next_id(), at=AT, wallet=W1, card=None, to=M2, commitment="", terms="1")
    check_follows(mine, book)


def test_what_is_no_transfer_is_booked_whatever_time_a_transfer_says() -> None:
    book = Book().with_member()
    ahead = made_ms(book.next_id()) + 3_600_000
    given = GivenAway(wallet=W1, member=M2, since=ahead, cards=())
    book.book(BookDirective, directed=Directed(hq_epoch=1, m=1), directive=given)
    check_follows(load(book, 1000).payload, book)
    assert book.of(W1, "principal") == 1000


def passed_on(book: Book, *cancels: CardId, card: CardId | None = None) -> None:
    fields = {"wallet": W1, "card": card, "to": M2, "commitment": "", "terms": "1", "cancels": cancels}
    book.book(BookTransfer, Private(name="李四"), **fields)


def two_cards(other: CardState = CardState.ACTIVE) -> Book:
    book = Book().with_member(card=C1)
    load(book, 1000)
    book.book(BookCard, Private(credentials=(KEY,)), wallet=W1, card=C2)
    if other is not CardState.ACTIVE:
        book.book(BookCardState, card=C2, state=other)
    return book


@pytest.mark.parametrize("state", [CardState.ACTIVE, CardState.LOST, CardState.FROZEN])
def test_a_card_that_is_not_handed_over_pays_for_nobody_after_a_transfer(state: CardState) -> None:
    book = two_cards(state)
    passed_on(book, C2, card=C1)
    assert [one for one in book.done.effects if isinstance(one, CardChanged | KeysDropped)] == [
        CardChanged(card=C2, state=CardState.CANCELLED),
        KeysDropped(wallet=W1, card=C2),
        KeysDropped(wallet=W1, card=None),
    ]
    with pytest.raises(CardNotUsable):
        pay(book, C2)
    with pytest.raises(CardNotUsable):
        book.book(BookCardState, card=C2, state=CardState.ACTIVE)
    pay(book, C1)


def test_with_no_card_at_hand_all_of_them_end() -> None:
    book = two_cards()
    passed_on(book, C1, C2)
    for card in (C1, C2):
        with pytest.raises(CardNotUsable):
            pay(book, card)


def test_what_a_transfer_cancels_is_a_living_card_of_that_wallet_once_and_not_the_one_that_stays() -> None:
    book = two_cards()
    book.book(BookJoin, Private(), opens=opening(W2, None, CardId("c3")))
    for card in ("c3", "none"):
        with pytest.raises(UnknownCard, match="to cancel"):
            passed_on(book, CardId(card))
    for cancels in ((C2, C2), (C1,), (C2, C1)):
        with pytest.raises(NotBookable, match="a card twice"):
            passed_on(book, *cancels, card=C1)
    book.book(BookCardState, card=C2, state=CardState.CANCELLED)
    with pytest.raises(UnknownCard, match="to cancel"):
        passed_on(book, C2)


def test_a_transfer_cancels_no_more_cards_than_headquarters_takes_in_one_entry() -> None:
    many = [CardId(f"c{at}") for at in range(100, 101 + POSTINGS_MAX)]
    with pytest.raises(UnknownCard, match="to cancel"):
        passed_on(two_cards(), *many[1:])
    with pytest.raises(NotBookable, match="more cards"):
        passed_on(two_cards(), *many)


def test_personal_data_with_a_command_that_keeps_none_is_a_defect() -> None:
    book = Book().with_member()
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, Private(name="李四"), opening_cash=0)


def test_nobody_is_forgotten_while_value_is_left_or_records_are_kept() -> None:
    book = Book().with_member()
    load(book, 1000)
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)
    sell(book, line(1000), pays={"stored": 1000})
    book.book(BookLegalHold, member=M1, until="2026-11-24", why="dispute 7")
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)
    with pytest.raises(NotBookable):
        book.book(BookErasure, wallet=W1, member=M2)
    book.on_day("2026-11-25")
    book.book(BookErasure, wallet=W1, member=M1)
    with pytest.raises(NotBookable):
        book.book(BookProfile, Private(name="王"), wallet=W1, commitment="")


def test_a_wish_that_waits_for_headquarters_is_noted_whatever_is_left_and_erases_nothing() -> None:
    book = Book().with_member().with_member(W2, M2)
    load(book, 1000)
    book.book(BookLegalHold, member=M2, until="2026-11-24", why="dispute 7")
    book.book(BookMerge, wallet=W2, into=W1)
    asked = book.book(BookErasure, wallet=W1, member=M1, waits=True).payload
    assert isinstance(asked, BookErasure)
    assert book.done == Posted(wallet=W1, effects=(ErasureNoted(asked=asked, until="2026-11-24"),))
    assert book.is_known(M1)
    with pytest.raises(NotBookable, match="another member"):
        book.book(BookErasure, wallet=W1, member=M3, waits=True)


@pytest.mark.parametrize("alone", [True, False])
def test_a_site_alone_decides_of_everybody_and_one_of_a_chain_of_who_has_no_wallet(*, alone: bool) -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookTransfer, Private(), wallet=W1, card=None, to=M2, commitment="", terms="1")
    book.with_headquarters = not alone
    assert decided_here(M1, book)
    assert decided_here(M2, book) is alone
    asked = BookErasure(id=EntryId("x"), at=book.at, wallet=W1, member=M2)
    another = BookProfile(id=EntryId("y"), at=book.at, wallet=W1, commitment="")
    for one in (replace(asked, waits=True), replace(asked, member=M1), another):
        check_decided_here(one, book)
    if alone:
        check_decided_here(asked, book)
        return
    with pytest.raises(ErasureDecidedElsewhere):
        check_decided_here(asked, book)


def test_nobody_is_forgotten_by_an_empty_wallet_while_another_of_theirs_holds_value() -> None:
    book = Book().with_member().with_member(W2, M2)
    load(book, 1000)
    book.book(BookTransfer, Private(), wallet=W1, card=None, to=M2, commitment="", terms="1")
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W2, member=M2)
    sell(book, line(1000), pays={"stored": 1000})
    book.book(BookErasure, wallet=W2, member=M2)
    assert book.done.effects == (Erased(member=M2, wallets=(W1, W2)),)


def test_somebody_who_gave_their_last_wallet_away_can_still_be_forgotten() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookTransfer, Private(), wallet=W1, card=None, to=M2, commitment="", terms="1")
    book.book(BookErasure, wallet=W1, member=M1)
    assert book.done.effects == (Erased(member=M1, wallets=()),)
    with pytest.raises(NotBookable, match="another member"):
        book.book(BookErasure, wallet=W1, member=M1)


def test_whoever_was_merged_into_a_member_is_forgotten_with_them_and_is_nobody_by_themselves() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookJoin, Private(phone="19000000303"), opens=opening(W3, M3, None))
    book.book(BookMerge, wallet=W1, into=W3)
    book.book(BookMerge, wallet=W3, into=W2)
    for member in (M1, M3):
        with pytest.raises(NotBookable, match="another member"):
            book.book(BookErasure, wallet=W1, member=member)
    book.book(BookErasure, wallet=W1, member=M2)
    assert book.done.effects == (
        Erased(member=M2, wallets=(W2,)),
        Erased(member=M3, wallets=(W3,)),
        Erased(member=M1, wallets=(W1,)),
    )


def test_who_gave_that_wallet_or_holds_another_is_not_forgotten_with_whoever_they_were_merged_into() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookIssue, opens=opening(W3, None, C2))
    book.book(BookTransfer, Private(), wallet=W3, card=None, to=M1, commitment="", terms="1")
    book.book(BookMerge, wallet=W1, into=W2)
    book.book(BookErasure, wallet=W2, member=M2)
    assert book.done.effects == (Erased(member=M2, wallets=(W2,)),)
    assert book.is_known(M1)


def test_who_was_merged_into_a_wallet_before_it_was_given_is_not_forgotten_with_whoever_has_it_now() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    book.book(BookTransfer, Private(), wallet=W2, card=None, to=M3, commitment="", terms="1")
    book.book(BookErasure, wallet=W2, member=M3)
    assert book.done.effects == (Erased(member=M3, wallets=(W2,)),)


@pytest.mark.parametrize("held", [M1, M2])
def test_records_that_are_kept_of_either_keep_both_from_being_forgotten(held: MemberId) -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookLegalHold, member=held, until="2026-11-24", why="dispute 7")
    book.book(BookMerge, wallet=W1, into=W2)
    with pytest.raises(ErasureWaits, match="until 2026-11-24"):
        book.book(BookErasure, wallet=W2, member=M2)
    book.on_day("2026-11-25")
    book.book(BookErasure, wallet=W2, member=M2)


def test_records_that_are_kept_of_who_was_merged_since_keep_the_other_too() -> None:
    book = Book().with_member().with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    book.book(BookLegalHold, member=M1, until="2026-11-24", why="dispute 7")
    with pytest.raises(ErasureWaits, match="until 2026-11-24"):
        book.book(BookErasure, wallet=W2, member=M2)
    book.on_day("2026-11-25")
    book.book(BookErasure, wallet=W2, member=M2)
    assert book.done.effects == (Erased(member=M2, wallets=(W2,)), Erased(member=M1, wallets=(W1,)))


def test_an_unnamed_card_that_was_merged_was_nobody() -> None:
    book = Book().with_member()
    book.book(BookIssue, opens=opening(W2, None, C2))
    book.book(BookMerge, wallet=W2, into=W1)
    book.book(BookErasure, wallet=W1, member=M1)
    assert book.done.effects == (Erased(member=M1, wallets=(W1,)),)


def test_a_membership_with_a_name_never_ends_in_an_unnamed_card() -> None:
    book = Book().with_card().with_member(W2, M2)
    load(book, 1000)
    with pytest.raises(NamelessStays):
        book.book(BookMerge, wallet=W2, into=W1)
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.of(W2, "principal") == 1000


def test_of_two_unnamed_cards_either_stays() -> None:
    book = Book().with_card()
    book.book(BookIssue, opens=opening(W2, None, C2))
    book.book(BookMerge, wallet=W1, into=W2)
    assert book.wallets[W1].into == W2


def test_nobody_is_forgotten_while_an_unnamed_wallet_that_theirs_was_merged_into_holds_value() -> None:
    """Headquarters directs it: at a site that knows nothing of the wallet that stays, it has no name."""
    book = Site()
    book.with_member()
    load(book, 1000)
    book.told(Merge(wallet=W1, into=W2))
    book.told(Merge(wallet=W2, into=W3))
    for wallet in (W1, W2, W3):
        with pytest.raises(ErasureWaits, match="value is left"):
            book.book(BookErasure, wallet=wallet, member=M1)
    sell(book, line(1000), pays={"stored": 1000}, wallet=W3)
    with pytest.raises(NotBookable, match="another member"):
        book.book(BookErasure, wallet=WalletId("w4"), member=M1)
    book.book(BookErasure, wallet=W1, member=M1)
    assert book.done.effects == (Erased(member=M1, wallets=(W3,)),)


def test_what_was_theirs_is_no_more_theirs_once_somebody_else_has_it() -> None:
    book = Site()
    book.with_member()
    book.told(Merge(wallet=W1, into=W2))
    assert book.wallets_of(M1) == [W2]
    book.book(BookTransfer, Private(), wallet=W2, card=None, to=M2, commitment="", terms="1")
    assert (book.wallets_of(M1), book.wallets_of(M2)) == ([], [W2])


def given(book: Book, unit: str, amount: int, until: str = "") -> None:
    book.book(BookGrant, wallet=W1, why="x", grants=(Grant(unit=unit, amount=amount, until=until),))


@pytest.mark.parametrize("unit", ["cashback", "voucher:v1"])
def test_what_was_given_without_a_last_day_keeps_nobody(unit: str) -> None:
    """No entry would ever write it off."""
    book = Book().with_member()
    given(book, unit, 5)
    book.book(BookErasure, wallet=W1, member=M1)
    assert book.done.effects == (Erased(member=M1, wallets=(W1,)),)


def test_what_has_a_last_day_is_waited_for_beside_what_has_none() -> None:
    book = Book().with_member()
    given(book, "cashback", 5)
    given(book, "cashback", 1, "2026-12-01")
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W1, member=M1)


def test_a_voucher_that_was_paid_for_is_waited_for_without_a_last_day_too() -> None:
    book = Book().with_member()
    sell(book, line(100, sells=Sells(unit="voucher:v1", amount=200)))
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W1, member=M1)


@pytest.mark.parametrize("unit", ["cashback", "voucher:v1", "count:S9", "litres:92", "principal"])
def test_what_was_taken_over_from_paper_without_a_last_day_is_waited_for(unit: str) -> None:
    book = Book().with_member()
    at = replace(book.at, second=StaffId("E02"))
    book.book(BookImport, at=at, wallet=W1, paper="17", grants=(Grant(unit=unit, amount=1),))
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W1, member=M1)


@pytest.mark.parametrize("unit", ["count:S9", "litres:92"])
def test_uses_and_litres_that_were_given_keep_nobody(unit: str) -> None:
    """They end by no entry: whoever did not use them could never be forgotten."""
    book = Book().with_member()
    given(book, unit, 1, "2026-12-01")
    given(book, unit, 2)
    book.book(BookErasure, wallet=W1, member=M1)
    assert book.done.effects == (Erased(member=M1, wallets=(W1,)),)


@pytest.mark.parametrize("unit", ["cashback", "voucher:v1"])
def test_what_ends_by_an_entry_is_waited_for_though_it_was_given(unit: str) -> None:
    book = Book().with_member()
    given(book, unit, 1, "2026-12-01")
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W1, member=M1)


def test_points_and_bonus_keep_nobody() -> None:
    book = Book().with_member()
    given(book, "points:goods", 1)
    given(book, "bonus", 1)
    book.book(BookErasure, wallet=W1, member=M1)


@pytest.mark.parametrize("price", [1, 100])
def test_uses_that_were_paid_for_are_waited_for_beside_those_that_were_given(price: int) -> None:
    book = Book().with_member()
    given(book, "count:S9", 1)
    sell(book, line(price, sells=Sells(unit="count:S9", amount=1)))
    with pytest.raises(ErasureWaits, match="value is left"):
        book.book(BookErasure, wallet=W1, member=M1)


def test_uses_that_came_from_another_shop_are_waited_for() -> None:
    """Whether they had been paid for on paper is not known here."""
    site = Site()
    site.with_member()
    part = LotPart(terms=LotTerms(unit="count:S9", lot="lot-1", laid=1), amount=1)
    site.told(Granted(rights=(Right(account="wallet:w1:count:S9", amount=1, lots=(part,)),)))
    with pytest.raises(ErasureWaits, match="value is left"):
        site.book(BookErasure, wallet=W1, member=M1)


def test_a_shift_counts_blind_and_books_what_is_over_or_short() -> None:
    book = Book().with_member()
    book.in_shift("s1")
    book.book(BookShiftOpen, opening_cash=20000)
    sell(book, line(5000))
    book.book(BookCashMove, amount=-2000, reason="flowers")
    book.book(BookCashMove, amount=-10000, reason="safe")
    book.book(BookShiftClose, counted=12900, left=10000)
    assert book.site_of("drawer:s1") == 0
    assert book.site_of("over_short") == -100
    assert book.site_of("cash_moved:flowers") == -2000
    assert book.site_of("in_transit:safe") == -10000 - 2900
    for late in (
        lambda: sell(book, line(1)),
        lambda: book.book(BookShiftClose, counted=0),
        lambda: book.book(BookCashMove, amount=1, reason="safe"),
    ):
        with pytest.raises(ShiftIsClosed):
            late()
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, opening_cash=0)


def test_no_more_is_taken_out_of_a_drawer_than_is_in_it() -> None:
    book = Book()
    book.book(BookShiftOpen, opening_cash=100)
    with pytest.raises(InsufficientFunds):
        book.book(BookCashMove, amount=-101, reason="safe")
    for amount in (0, 2**60, -(2**60)):
        with pytest.raises(Refused):
            book.book(BookCashMove, amount=amount, reason="safe")


def test_a_refund_in_cash_is_not_made_on_a_closed_shift() -> None:
    book = Book().with_member()
    sale = sell(book, line(1000))
    book.book(BookShiftClose, counted=1000)
    with pytest.raises(ShiftIsClosed):
        book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=1000),), why="sour")


def intends(book: Book) -> tuple[Any, Any]:
    """An intent, and the id of the sale that will consume it."""
    consumer = book.next_id()
    return book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer), consumer


def consume(book: Book, consumer: Any) -> None:
    tender = Tender(kind=TenderKind.CODE, amount=500)
    command = BookSale(
        id=consumer, at=book.at, wallet=None, card=None, lines=(line(500),), due=500, tenders=(tender,)
    )
    book.keep_command(command)


def test_an_intent_ends_with_the_sale_that_consumes_it() -> None:
    book = Book()
    intent, consumer = intends(book)
    assert not book.intents[intent.id].end
    consume(book, consumer)
    assert book.intents[intent.id].end == IntentEnd.DONE
    with pytest.raises(NotBookable):
        book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="late")


def test_what_was_undone_outside_is_not_sold_any_more() -> None:
    book = Book()
    intent, consumer = intends(book)
    book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="closed 17")
    with pytest.raises(IntentUndone):
        consume(book, consumer)


def test_a_payment_by_code_is_not_ended_by_what_took_less_or_paid_another_way() -> None:
    book = Book()
    intent, consumer = intends(book)
    for tender in (
        Tender(kind=TenderKind.CODE, amount=499),
        Tender(kind=TenderKind.CARD, amount=500),
    ):
        command = BookSale(
            id=consumer,
            at=book.at,
            wallet=None,
            card=None,
            lines=(line(tender.amount),),
            due=tender.amount,
            tenders=(tender,),
        )
        with pytest.raises(NotBookable, match="500 were asked for by code"):
            book.keep_command(command)
    with pytest.raises(NotBookable):
        book.keep_command(BookNote(id=consumer, at=book.at, what="drawer", detail="opened"))
    assert not book.intents[intent.id].end
    two = (
        Tender(kind=TenderKind.CODE, amount=500, of="wechat"),
        Tender(kind=TenderKind.CASH, amount=100),
    )
    book.keep_command(
        BookSale(
            id=consumer,
            at=book.at,
            wallet=None,
            card=None,
            lines=(line(600),),
            due=600,
            tenders=two,
            received=100,
        )
    )
    assert book.intents[intent.id].end == IntentEnd.DONE


@pytest.mark.parametrize(
    ("what", "way"), [("code_payment", "code"), ("card_payment:7", "card"), ("card_payment:0", "card")]
)
@pytest.mark.parametrize("paid", [499, 500])
def test_what_was_begun_outside_is_ended_by_what_was_paid_that_way_and_as_much(
    what: str, way: str, paid: int
) -> None:
    book = Book().with_member()
    for kind, fields in (
        (BookSale, {"lines": (line(paid),), "due": paid, "wallet": None, "card": None}),
        (BookRecharge, {"principal": paid, "received": paid, "bonus": 0, "wallet": W1, "card": None}),
        (BookDeposit, {"amount": paid, "received": paid, "of": "presale:1", "wallet": W1, "card": None}),
        (BookFleetFunds, {"amount": paid, "company": "haulage"}),
    ):
        consumer = book.next_id()
        intent = book.book(BookIntent, what=what, amount=500, consumed_by=consumer)
        for other in ("code", "card"):
            by = {"tenders": (Tender(kind=TenderKind(other), amount=paid),)}
            command = kind(
                id=consumer, at=book.at, **fields, **(by if kind is BookSale else {"paid_by": PaidBy(other)})
            )
            if other == way and paid == 500:
                continue
            with pytest.raises(NotBookable, match=f"500 were asked for by {way}"):
                book.keep_command(command)
        if paid == 500:
            by = {"tenders": (Tender(kind=TenderKind(way), amount=paid),)}
            more = by if kind is BookSale else {"paid_by": PaidBy(way)}
            book.keep_command(kind(id=consumer, at=book.at, **fields, **more))
            assert book.intents[intent.id].end == IntentEnd.DONE


@pytest.mark.parametrize("kind", ["recharge", "deposit", "fleet"])
@pytest.mark.parametrize(("paid_by", "ends"), [(PaidBy.CODE, True), (PaidBy.CASH, False)])
def test_a_payment_by_code_ends_with_whatever_it_paid_for(kind: str, paid_by: PaidBy, ends: bool) -> None:  # noqa: FBT001
    book = Book()
    book.with_member(W1, M1)
    intent, consumer = intends(book)
    by: dict[str, Any] = {"id": consumer, "at": book.at, "paid_by": paid_by}
    commands: dict[str, Any] = {
        "recharge": lambda: BookRecharge(wallet=W1, card=None, principal=500, bonus=0, received=500, **by),
        "deposit": lambda: BookDeposit(wallet=W1, card=None, of="presale:1", amount=500, received=500, **by),
        "fleet": lambda: BookFleetFunds(company="acme", amount=500, **by),
    }
    if ends:
        book.keep_command(commands[kind]())
    else:
        with pytest.raises(NotBookable):
            book.keep_command(commands[kind]())
    assert bool(book.intents[intent.id].end) is ends


def test_not_a_fen_by_code_is_ended_by_what_takes_none() -> None:
    book = Book()
    consumer = book.next_id()
    book.book(BookIntent, what="code_payment", amount=1, consumed_by=consumer)
    with pytest.raises(NotBookable, match="it takes 0"):
        book.keep_command(BookNote(id=consumer, at=book.at, what="drawer", detail="opened"))


def test_nor_by_what_took_it_in_cash() -> None:
    book = Book().with_member()
    consumer = book.next_id()
    book.book(BookIntent, what="code_payment", amount=1, consumed_by=consumer)
    fields: dict[str, Any] = {"wallet": W1, "card": None, "principal": 1, "bonus": 0, "received": 1}
    with pytest.raises(NotBookable, match="1 were asked for by code; it takes 0"):
        book.keep_command(BookRecharge(id=consumer, at=book.at, paid_by=PaidBy.CASH, **fields))


def test_a_pump_is_released_for_a_sale_alone() -> None:
    book = Book()
    consumer = book.next_id()
    book.book(BookIntent, what="pump_preset", amount=20_000, consumed_by=consumer)
    with pytest.raises(NotBookable, match="released for a sale"):
        book.keep_command(BookNote(id=consumer, at=book.at, what="drawer", detail="opened"))
    consume(book, consumer)


def test_an_intent_is_written_before_what_consumes_it_and_once() -> None:
    book = Book()
    _, consumer = intends(book)
    with pytest.raises(NotBookable):
        book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer)
    sale = sell(book, line(500), wallet=None)
    with pytest.raises(NotBookable):
        book.book(BookIntent, what="code_payment", amount=500, consumed_by=sale.id)
    with pytest.raises(NotBookable):
        book.book(BookIntentEnd, intent=sale.id, end=IntentEnd.DONE, evidence="")


def test_a_card_of_nobody_is_cancelled_where_no_other_shop_can_hold_value_of_it() -> None:
    book = Book()
    book.book(BookIssue, opens=opening(W1, None, C1))
    with pytest.raises(ValueElsewhere):
        book.book(BookCardState, card=C1, state=CardState.CANCELLED)
    book.book(BookIssue, opens=replace(opening(W2, None, C2), new=True))
    book.book(BookCardState, card=C2, state=CardState.CANCELLED)  # Nobody ever had it.
    book.with_headquarters = False
    book.book(BookCardState, card=C1, state=CardState.CANCELLED)
    assert book.done.effects[0] == CardChanged(card=C1, state=CardState.CANCELLED)
