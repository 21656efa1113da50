"""What an entry changes beside value: cards, keys, people, coupons, intents, shifts; and whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BATCH,
    STAFF_PIN,
    BookCard,
    BookCardState,
    BookConsent,
    BookDeposit,
    BookErasure,
    BookGrant,
    BookGuest,
    BookHold,
    BookIntent,
    BookIntentEnd,
    BookInvoice,
    BookIssue,
    BookJoin,
    BookLegalHold,
    BookMerge,
    BookNote,
    BookPin,
    BookProfile,
    BookRecharge,
    BookRechargeRefund,
    BookRefund,
    BookRelease,
    BookService,
    BookShiftClose,
    BookShiftOpen,
    BookTier,
    BookTransfer,
    BookVoid,
    CardState,
    Consent,
    CouponGrant,
    Grant,
    IntentEnd,
    Private,
    RechargeRefundReason,
    Returned,
)
from terminal.core.errors import CardNotUsable, ErasureWaits, NotBookable, ShiftIsClosed
from terminal.core.ledger import Card, Wallet, effects, kinds, numbered, prints
from terminal.core.ledger.membership import NEXT_STATES
from terminal.core.ledger.rules import merged_into
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, StaffId, WalletId
from tests.core.ledger.book import AT, C1, C2, M1, M2, W1, W2, Book, opening
from tests.core.ledger.test_value import line, load, sell

KEY = Private(credentials=(Credential(medium=Medium.EM4100, number="0A00BC0001"),))
OTHER = Private(credentials=(Credential(medium=Medium.EM4100, number="0A00BC0002"),))


@pytest.fixture
def book() -> Book:
    return Book().with_member(card=C1)


def did(book: Book, kind: Any, private: Private | None = None, **fields: Any) -> tuple[Any, ...]:
    book.book(kind, private, **fields)
    assert book.done.wallet == fields.get("wallet")
    assert not book.done.postings
    return book.done.effects


def test_whoever_joins_gets_a_wallet_a_card_keys_a_profile_and_the_pack(book: Book) -> None:
    coupons = tuple(CouponGrant(coupon=f"k{n}", kind="c3", face=300, threshold=0) for n in (1, 2))
    opens = replace(opening(W2, M2, C2), coupons=coupons)
    book.book(BookJoin, Private(phone="19000000302"), opens=opens)
    assert book.done.effects == (
        effects.WalletOpened(wallet=W2, member=M2),
        effects.CardAdded(card=C2, wallet=W2),
        effects.KeysAdded(wallet=W2, card=C2),
        effects.ProfileKept(member=M2, wallet=W2),
        *(effects.CouponAdded(wallet=W2, coupon=one) for one in coupons),
    )
    assert book.done.wallet == W2
    assert (book.of(W2, "coupon:k1"), book.of(W2, "coupon:k2"), book.site_of("issued:coupon")) == (1, 1, -2)


def test_a_pin_that_was_chosen_while_joining_is_kept_and_each_purpose_is_answered_once(book: Book) -> None:
    yes, no = (Consent(purpose="health", version="1", given=given) for given in (True, False))
    other = Consent(purpose="marketing", version="1", given=True)
    opens = replace(opening(W2, M2, None), pin=True, consents=(yes, other))
    with pytest.raises(NotBookable, match="one purpose"):
        book.book(BookJoin, Private(), opens=replace(opens, consents=(yes, other, no)))
    book.book(BookJoin, Private(phone="19000000302", pin="v1:00"), opens=opens)
    assert book.done.effects == (
        effects.WalletOpened(wallet=W2, member=M2),
        effects.KeysAdded(wallet=W2, card=None),
        effects.ProfileKept(member=M2, wallet=W2),
        effects.ConsentKept(member=M2, consent=yes),
        effects.ConsentKept(member=M2, consent=other),
        effects.PinKept(wallet=W2),
    )


def test_nobody_agrees_on_a_wallet_without_a_name(book: Book) -> None:
    yes = Consent(purpose="health", version="1", given=True)
    opens = replace(opening(W2, None, None), consents=(yes,))
    book.book(BookRecharge, wallet=W2, card=None, principal=100, bonus=0, received=100, opens=opens)
    assert not any(isinstance(effect, effects.ConsentKept) for effect in book.done.effects)
    assert did(book, BookConsent, wallet=W2, purpose="x", version="1", given=True) == ()


def test_an_unnamed_wallet_without_a_card_is_a_wallet_and_keys_and_no_more(book: Book) -> None:
    opens = opening(W2, None, None)
    book.book(BookRecharge, wallet=W2, card=None, principal=100, bonus=0, received=100, opens=opens)
    assert book.done.effects == (
        effects.WalletOpened(wallet=W2, member=None),
        effects.KeysAdded(wallet=W2, card=None),
    )
    assert book.of(W2, "principal") == 100


def test_a_sale_may_open_a_wallet_and_give_it_what_it_earned(book: Book) -> None:
    coupon = CouponGrant(coupon="k9", kind="c3", face=300, threshold=0)
    opens = replace(opening(W2, M2, None), coupons=(coupon,))
    sell(book, line(500), wallet=W2, opens=opens)
    assert effects.WalletOpened(wallet=W2, member=M2) in book.done.effects
    assert effects.CouponAdded(wallet=W2, coupon=coupon) in book.done.effects
    assert book.of(W2, "coupon:k9") == 1


MAY_BECOME = {
    CardState.NEW: {CardState.ACTIVE, CardState.CANCELLED},
    CardState.ACTIVE: {CardState.LOST, CardState.FROZEN, CardState.EXPIRED, CardState.CANCELLED},
    CardState.LOST: {CardState.ACTIVE, CardState.CANCELLED},
    CardState.FROZEN: {CardState.ACTIVE, CardState.LOST, CardState.CANCELLED},
    CardState.EXPIRED: {CardState.ACTIVE, CardState.CANCELLED},
    CardState.REPLACED: set(),
    CardState.CANCELLED: set(),
}


@pytest.mark.parametrize("before", CardState)
@pytest.mark.parametrize("after", CardState)
def test_a_card_becomes_only_what_its_state_allows(book: Book, before: CardState, after: CardState) -> None:
    assert set(NEXT_STATES) == set(CardState)
    book.cards[C1] = Card(wallet=W1, state=before)
    if after not in MAY_BECOME[before]:
        with pytest.raises(CardNotUsable):
            book.book(BookCardState, card=C1, state=after)
        return
    book.book(BookCardState, card=C1, state=after)
    dropped = (effects.KeysDropped(wallet=W1, card=C1),) if after is CardState.CANCELLED else ()
    given_out = before is CardState.NEW and after is CardState.ACTIVE
    told = (effects.KeysAdded(wallet=W1, card=C1),) if given_out else ()
    assert book.done.effects == (effects.CardChanged(card=C1, state=after), *told, *dropped)
    assert book.done.wallet == W1


@pytest.mark.parametrize("before", CardState)
def test_a_card_is_replaced_unless_it_ended(book: Book, before: CardState) -> None:
    book.cards[C1] = Card(wallet=W1, state=before)
    if not MAY_BECOME[before]:
        with pytest.raises(Exception, match="no such card to replace"):
            book.book(BookCard, KEY, wallet=W1, card="c9", replaces=C1)
        return
    assert did(book, BookCard, KEY, wallet=W1, card=CardId("c9"), replaces=C1) == (
        effects.CardChanged(card=C1, state=CardState.REPLACED),
        effects.KeysDropped(wallet=W1, card=C1),
        effects.CardAdded(card=CardId("c9"), wallet=W1),
        effects.KeysAdded(wallet=W1, card=CardId("c9")),
    )


def test_one_more_card_replaces_none(book: Book) -> None:
    assert did(book, BookCard, KEY, wallet=W1, card=CardId("c9")) == (
        effects.CardAdded(card=CardId("c9"), wallet=W1),
        effects.KeysAdded(wallet=W1, card=CardId("c9")),
    )


def test_what_is_known_of_a_person_is_replaced_whole(book: Book) -> None:
    phones = (effects.KeysDropped(wallet=W1, card=None), effects.KeysAdded(wallet=W1, card=None))
    profile = did(book, BookProfile, Private(name="王"), wallet=W1, commitment="")
    assert profile == (*phones, effects.ProfileKept(member=M1, wallet=W1))
    transfer = did(
        book, BookTransfer, Private(name="李"), wallet=W1, card=None, to=M2, commitment="", terms="1"
    )
    assert transfer == (
        effects.HolderChanged(wallet=W1, member=M2),
        effects.PinDropped(wallet=W1),
        *phones,
        effects.ProfileKept(member=M2, wallet=W1),
    )


def test_what_was_done_is_kept_of_a_member_or_nothing_is_any_more(book: Book) -> None:
    kept = did(book, BookService, Private(service="x"), wallet=W1, commitment="ab")
    assert kept == (effects.ServiceKept(member=M1),)
    assert did(book, BookService, wallet=W1, ends=True) == (effects.ServicesDropped(member=M1),)


def test_nobody_has_a_profile_on_an_unnamed_wallet() -> None:
    book = Book().with_card()
    with pytest.raises(NotBookable):
        book.book(BookProfile, Private(name="王"), wallet=W1, commitment="")
    with pytest.raises(NotBookable):
        book.book(BookService, Private(service="x"), wallet=W1, commitment="ab")


def test_small_things_change_what_they_name_and_nothing_else(book: Book) -> None:
    assert did(book, BookTier, wallet=W1, tier="gold", why="x") == (
        effects.TierChanged(wallet=W1, tier="gold"),
    )
    assert book.wallets[W1] == Wallet(member=M1, tier="gold")
    assert did(book, BookPin, Private(pin="verifier"), wallet=W1) == (effects.PinKept(wallet=W1),)
    said = Consent(purpose="x", version="1", given=False)
    asked = did(book, BookConsent, wallet=W1, purpose="x", version="1", given=False)
    assert asked == (effects.ConsentKept(member=M1, consent=said),)
    assert book.done.wallet == W1
    book.book(BookLegalHold, member=M1, until="2026-11-23", why="x")
    assert book.done.effects == (effects.RecordsKept(member=M1, until="2026-11-23"),)
    book.book(BookNote, what="drawer", detail="opened")
    assert (book.done.effects, book.done.wallet) == ((), None)


@pytest.mark.parametrize(("staff", "given"), [("E02", True), (AT.operator, False)])
def test_a_pin_that_is_not_by_themselves_was_given(book: Book, staff: str, *, given: bool) -> None:
    book.book(BookNote, Private(pin="verifier"), what="staff_pin", detail=staff)
    assert book.done.effects == (effects.StaffPinKept(staff=StaffId(staff), given=given),)
    assert book.done.wallet is None


@pytest.mark.parametrize("staff", ["", "a:b", "王"])
def test_a_pin_is_somebodys(book: Book, staff: str) -> None:
    with pytest.raises(NotBookable, match="staff"):
        book.book(BookNote, Private(pin="verifier"), what=STAFF_PIN, detail=staff)


def test_a_wallet_begins_in_the_first_tier() -> None:
    assert Book().with_card().wallets[W1].tier == "regular"


@pytest.mark.parametrize("unit", ["cashback", "voucher:v1", "count:wash", "litres:92", "held:x"])
def test_whoever_has_something_is_not_forgotten(book: Book, unit: str) -> None:
    # However it came there.
    from terminal.core.accounts import held_by

    book.balances[held_by(W1, unit)] = 1
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)


def test_whoever_left_a_deposit_is_not_forgotten(book: Book) -> None:
    book.book(BookDeposit, wallet=W1, card=None, of="presale:cake", amount=1, received=1)
    with pytest.raises(ErasureWaits):
        book.book(BookErasure, wallet=W1, member=M1)


def test_points_bonus_and_coupons_do_not_keep_anybody(book: Book) -> None:
    grants = (Grant(unit="points:goods", amount=5), Grant(unit="bonus", amount=5))
    coupon = CouponGrant(coupon="k1", kind="c3", face=300, threshold=0)
    book.book(BookGrant, wallet=W1, why="x", grants=grants, coupons=(coupon,))
    assert did(book, BookErasure, wallet=W1, member=M1) == (effects.Erased(member=M1, wallets=(W1,)),)


def test_an_undoing_names_what_it_undid(book: Book) -> None:
    sale = sell(book, line(500))
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=200),), why="x")
    assert book.done.effects == (effects.Refers(of=sale.id),)
    assert book.done.wallet == W1
    recharge = load(book, 900)
    book.book(BookVoid, of=recharge.id, why="x")
    assert (book.done.effects, book.done.wallet) == ((effects.Refers(of=recharge.id),), W1)
    other = load(book, 900)
    reason = RechargeRefundReason.COOLING_OFF
    book.book(BookRechargeRefund, wallet=W1, lot=other.id, reason=reason)
    assert book.done.effects == (effects.Refers(of=other.id),)
    load(book, 500)
    hold = book.book(BookHold, wallet=W1, card=None, amount=500, for_what="pump:1")
    assert (book.done.effects, book.done.wallet) == ((), W1)
    book.book(BookRelease, hold=hold.id)
    assert (book.done.effects, book.done.wallet) == ((effects.Refers(of=hold.id),), W1)


def test_an_invoice_is_noted_on_its_lot(book: Book) -> None:
    lot = load(book, 900)
    with pytest.raises(NotBookable):
        book.book(BookInvoice, wallet=W1, lot=lot.id, number="")
    assert did(book, BookInvoice, wallet=W1, lot=lot.id, number="17") == (
        effects.LotInvoiced(wallet=W1, lot=lot.id, number="17"),
        effects.Refers(of=lot.id),
    )
    assert book.laid[W1, "principal"][lot.id].invoice == "17"


def test_a_merge_closes_the_one_wallet_and_answers_for_the_other(book: Book) -> None:
    book.with_member(W2, M2)
    book.book(BookMerge, wallet=W1, into=W2)
    joined = effects.Refers(of=merged_into(W2))
    assert book.done.effects == (joined, effects.WalletMerged(wallet=W1, into=W2))
    assert book.done.wallet == W2


def test_an_intent_is_open_until_it_is_consumed_or_ended(book: Book) -> None:
    consumer = book.next_id()
    intent = book.book(BookIntent, what="code_payment", amount=500, consumed_by=consumer)
    assert book.done.effects == (effects.IntentOpened(consumed_by=consumer, amount=500),)
    book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.UNDONE, evidence="closed")
    assert book.done.effects == (effects.IntentEnded(intent=intent.id, end=IntentEnd.UNDONE),)
    with pytest.raises(NotBookable):
        book.book(BookIntentEnd, intent=intent.id, end=IntentEnd.DONE, evidence="late")


def test_a_shift_opens_once_and_closes_once(book: Book) -> None:
    book.book(BookShiftOpen, opening_cash=0)
    assert book.done.effects == (effects.ShiftOpened(shift=book.at.shift),)
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, opening_cash=0)
    book.book(BookShiftClose, counted=0)
    assert book.done.effects == (effects.ShiftClosed(shift=book.at.shift),)
    with pytest.raises(ShiftIsClosed):
        book.book(BookShiftClose, counted=0)
    with pytest.raises(NotBookable):
        book.book(BookShiftOpen, opening_cash=0)


def test_a_closed_shift_is_not_closed_again_though_its_drawer_is_empty(book: Book) -> None:
    book.book(BookShiftClose, counted=0)
    with pytest.raises(ShiftIsClosed, match="the shift was closed before"):
        book.book(BookShiftClose, counted=0)


def test_receipts_are_for_what_somebody_takes_home() -> None:
    assert {kind for kind in kinds().values() if prints(kind)} == {
        "sale",
        "recharge",
        "void",
        "refund",
        "recharge_refund",
        "redeem",
        "deposit",
        "cash_move",
        "shift_close",
        "fleet_funds",
    }


def test_of_notes_that_of_work_on_many_cards_has_a_receipt_number_alone() -> None:
    note = BookNote(id=Book().next_id(), at=AT, what=BATCH)
    assert numbered(note)
    assert not numbered(replace(note, what="drawer"))
    cancelled = BookCardState(id=note.id, at=AT, card=CardId("c1"), state=CardState.CANCELLED, batch=note.id)
    assert not numbered(cancelled)
    assert numbered(BookShiftClose(id=note.id, at=AT, counted=0))


def test_a_card_has_the_kind_that_it_was_given_and_one_in_its_place_too(book: Book) -> None:
    book.book(BookCard, wallet=W1, card="c9", kind="back")
    assert book.cards[CardId("c9")].kind == "back"
    book.book(BookCard, wallet=W1, card="c10", replaces="c9")
    assert book.cards[CardId("c10")].kind == "back"
    book.book(BookCard, wallet=W1, card="c11", replaces="c10", kind="points")
    assert book.cards[CardId("c11")].kind == "points"
    book.book(BookCard, wallet=W1, card="c12")
    assert book.cards[CardId("c12")].kind == ""


def test_a_kind_is_a_name(book: Book) -> None:
    with pytest.raises(NotBookable, match="kind is no id"):
        book.book(BookCard, wallet=W1, card="c9", kind="a b")
    with pytest.raises(NotBookable, match="kind is no id"):
        book.book(BookIssue, opens=replace(opening(W2, None, C2), kind="a:b"))
    with pytest.raises(NotBookable, match="kind is no id"):
        book.book(BookGuest, wallet=W2, card=C2, kind="a:b")


def test_a_guest_s_card_is_of_the_kind_that_headquarters_names(book: Book) -> None:
    book.book(BookGuest, wallet=W2, card=C2, kind="back")
    assert book.cards[C2].kind == "back"


def test_of_a_guest_a_new_card_out_of_the_box_gives_way_and_no_other(book: Book) -> None:
    far = {"wallet": WalletId("w9"), "card": CardId("c9")}
    book.book(BookIssue, opens=replace(opening(W2, None, C2), new=True))
    with pytest.raises(NotBookable, match="out of the box for no card"):
        book.book(BookGuest, wallet=WalletId("w9"), boxed=C2)
    with pytest.raises(NotBookable, match="no new card"):
        book.book(BookGuest, **far, boxed=CardId("c1"))
    with pytest.raises(NotBookable, match="no new card"):
        book.book(BookGuest, **far, boxed=CardId("c8"))
    gone = [effects.CardChanged(card=C2, state=CardState.CANCELLED), effects.KeysDropped(wallet=W2, card=C2)]
    book.book(BookGuest, **far)
    with pytest.raises(NotBookable, match="are known"):
        book.book(BookGuest, **far)
    book.book(BookGuest, **far, boxed=C2)
    assert list(book.done.effects) == gone
    with pytest.raises(NotBookable, match="no new card"):
        book.book(BookGuest, **far, boxed=C2)


def test_a_card_that_is_not_given_out_is_new_and_of_its_kind(book: Book) -> None:
    fresh = replace(opening(W2, None, C2), new=True, kind="back")
    book.book(BookIssue, opens=fresh)
    assert book.done.effects[1] == effects.CardAdded(card=C2, wallet=W2, kind="back", state=CardState.NEW)
    assert (book.cards[C2].state, book.cards[C2].kind) == (CardState.NEW, "back")
    book.book(BookIssue, opens=opening(WalletId("w9"), None, CardId("c9")))
    assert book.cards[CardId("c9")].state is CardState.ACTIVE


@pytest.mark.parametrize("wrong", [{"member": M2}, {"card": None}, {"until": "2030-01-01"}])
def test_a_card_that_is_not_given_out_has_neither_a_name_nor_a_last_day(
    book: Book, wrong: dict[str, Any]
) -> None:
    with pytest.raises(NotBookable, match="a card that is not given out yet"):
        book.book(BookIssue, opens=replace(opening(W2, None, C2), new=True, **wrong))


def test_nothing_begins_with_a_card_that_is_not_given_out(book: Book) -> None:
    fresh = replace(opening(W2, None, C2), new=True)
    with pytest.raises(NotBookable, match="not given out yet"):
        book.book(BookRecharge, wallet=W2, card=C2, principal=100, bonus=0, received=100, opens=fresh)
    given = replace(fresh, new=False)
    book.book(BookRecharge, wallet=W2, card=C2, principal=100, bonus=0, received=100, opens=given)
    assert book.cards[C2].active


def boxed(book: Book) -> CardId:
    """A card that was issued by number and not given out."""
    book.book(BookIssue, OTHER, opens=replace(opening(W2, None, C2), new=True))
    return C2


def ended(card: CardId) -> tuple[Any, ...]:
    return (
        effects.CardChanged(card=card, state=CardState.CANCELLED),
        effects.KeysDropped(wallet=W2, card=card),
    )


def test_who_joins_with_a_card_out_of_the_box_has_its_number_and_that_one_ends(book: Book) -> None:
    opens = replace(opening(WalletId("w9"), MemberId("m9"), CardId("c9")), boxed=boxed(book))
    book.book(BookJoin, OTHER, opens=opens)
    assert book.done.effects[2:5] == (*ended(C2), effects.KeysAdded(wallet=WalletId("w9"), card=CardId("c9")))
    (key,) = OTHER.credentials
    assert book.keys[key.medium, key.number] == ("w9", "c9")
    assert book.cards[C2].state is CardState.CANCELLED


def test_one_more_card_out_of_the_box_has_its_number_too(book: Book) -> None:
    assert did(book, BookCard, OTHER, wallet=W1, card=CardId("c9"), boxed=boxed(book)) == (
        effects.CardAdded(card=CardId("c9"), wallet=W1),
        *ended(C2),
        effects.KeysAdded(wallet=W1, card=CardId("c9")),
    )


def test_only_a_card_that_was_never_given_out_and_has_nothing_on_it_is_out_of_the_box(book: Book) -> None:
    for card in (C1, CardId("nobody")):
        with pytest.raises(NotBookable, match="no new card, or value on it"):
            book.book(BookCard, wallet=W1, card="c9", boxed=card)
    new = boxed(book)
    book.book(BookRecharge, wallet=W2, card=None, principal=100, bonus=0, received=100)
    with pytest.raises(NotBookable, match="no new card, or value on it"):
        book.book(BookCard, wallet=W1, card="c9", boxed=new)


def test_no_number_out_of_the_box_is_for_no_card(book: Book) -> None:
    opens = replace(opening(WalletId("w9"), MemberId("m9"), None), boxed=boxed(book))
    with pytest.raises(NotBookable, match="a number out of the box for no card"):
        book.book(BookJoin, opens=opens)
