"""A member keys the PIN: right, wrong, too often wrong, none chosen, cancelled."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookPin, BookSale, TenderKind
from terminal.core.errors import Cancelled, CardGone, NoPin, PinLocked, UnknownCard, UnknownPhone
from terminal.core.pin import TRIES_MAX, PinCause
from terminal.core.trust import Credential, Holder
from terminal.flows.checkout import checkout
from terminal.flows.choose_pin import choose_pin
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import GOODS, HOLDERS, PHONE, POLICY, STRANGER, WANG, WANG_CARD

PIN, OTHER = "200731", "731200"
TO_THE_PIN: Script = (
    ("fill_cart", GOODS),
    ("offer_card", WANG_CARD),
    ("choose_tender", TenderKind.STORED),
)
IN_CASH: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 20_00), ("confirm", True))


def keyed(*pins: str) -> Script:
    return tuple(("ask_pin", pin) for pin in pins)


KNOWN = {**HOLDERS, PHONE: replace(WANG, card=None)}


def desk_of(
    *script: Script, pin: str | None = PIN, holders: dict[Credential, Holder] = HOLDERS
) -> ScriptedDesk:
    desk = ScriptedDesk([step for part in script for step in part], holders=holders, policy=POLICY)
    desk.pin, desk.pin_cause_is = pin, PinCause.ABOVE
    return desk


def sale_of(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    return sale


def test_a_pin_that_is_right_pays_and_the_entry_says_so_without_it() -> None:
    desk = desk_of(TO_THE_PIN, keyed(PIN), (("confirm", True),))
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert sale.by_pin
    assert PIN not in repr(sale)


def test_where_it_is_not_needed_nobody_is_asked_and_the_entry_says_so() -> None:
    desk = desk_of(TO_THE_PIN, (("confirm", True),))
    desk.pin_cause_is = None
    assert play(checkout(desk)) is None
    assert not sale_of(desk).by_pin


def test_a_wrong_one_is_asked_again_with_the_tries_that_are_left() -> None:
    desk = desk_of(TO_THE_PIN, keyed(OTHER, OTHER, PIN), (("confirm", True),))
    assert play(checkout(desk)) is None
    assert sale_of(desk).by_pin
    assert desk.declined == ["55", "55"]
    assert desk.tries_shown == [None, TRIES_MAX - 1, TRIES_MAX - 2]


def test_after_too_many_another_way_to_pay_is_open() -> None:
    desk = desk_of(TO_THE_PIN, keyed(*[OTHER] * TRIES_MAX, PIN), IN_CASH)
    assert play(checkout(desk)) is None
    sale = sale_of(desk)
    assert desk.declined == ["55"] * TRIES_MAX + ["75"]
    assert (sale.tenders[0].kind, sale.by_pin) == (TenderKind.CASH, False)


@pytest.mark.parametrize(("fault", "code"), [(NoPin("none"), "A127"), (PinLocked("five"), "75")])
def test_who_has_none_pays_in_cash(fault: NoPin, code: str) -> None:
    desk = desk_of(TO_THE_PIN, IN_CASH)
    desk.pin_cause_is = fault
    assert play(checkout(desk)) is None
    assert desk.declined == [code]
    assert sale_of(desk).tenders[0].kind is TenderKind.CASH


@pytest.mark.parametrize("pins", [(CANCEL,), (OTHER, CANCEL)])
def test_cancelled_at_the_pin_nothing_is_booked(pins: tuple[str, ...]) -> None:
    desk = desk_of(TO_THE_PIN, keyed(*pins))
    assert isinstance(play(checkout(desk)), Cancelled)
    assert desk.finished
    assert desk.booked == []


def test_cash_is_paid_without_it() -> None:
    desk = desk_of(TO_THE_PIN[:2], IN_CASH)
    assert play(checkout(desk)) is None
    assert not sale_of(desk).by_pin


CARD: Script = (("read_member", WANG_CARD),)


def chosen_at(desk: ScriptedDesk) -> BookPin:
    assert play(choose_pin(desk)) is None
    assert desk.finished
    (chosen,) = desk.booked
    assert isinstance(chosen, BookPin)
    return chosen


def test_the_first_pin_is_keyed_twice_and_only_what_it_is_checked_against_is_kept() -> None:
    desk = desk_of(CARD, keyed(OTHER, OTHER), pin=None)
    chosen = chosen_at(desk)
    assert (chosen.wallet, chosen.at.operator) == (WANG.wallet, "E01")
    assert [private.pin for private in desk.private if private] == [f"of {OTHER}"]
    assert desk.said == ["The PIN is chosen."]


def test_a_new_one_needs_the_one_of_before() -> None:
    desk = desk_of(CARD, keyed(OTHER, PIN, OTHER, OTHER))
    chosen_at(desk)
    assert desk.declined == ["55"]


def test_one_that_was_forgotten_needs_a_badge_whose_name_stands_in_the_entry() -> None:
    desk = desk_of(CARD, keyed(SKIP), (("read_badge", "E07"),), keyed(OTHER, OTHER))
    assert chosen_at(desk).at.operator == "E07"


def test_who_has_no_card_chooses_the_first_by_phone_on_a_badges_word_and_then_by_the_pin() -> None:
    desk = desk_of(
        (("read_member", PHONE), ("read_badge", "E07")), keyed(OTHER, OTHER), pin=None, holders=KNOWN
    )
    assert chosen_at(desk).at.operator == "E07"
    desk = desk_of((("read_member", PHONE),), keyed(PIN, OTHER, OTHER), holders=KNOWN)
    assert chosen_at(desk).at.operator == "E01"


def test_to_whom_a_wallet_was_given_chooses_the_first_on_a_badges_word_and_then_by_the_pin() -> None:
    desk = desk_of(CARD, (("read_badge", "E07"),), keyed(OTHER, OTHER), pin=None)
    desk.given = True
    assert chosen_at(desk).at.operator == "E07"
    desk = desk_of(CARD, keyed(PIN, OTHER, OTHER))
    desk.given = True
    assert chosen_at(desk).at.operator == "E01"


def test_so_does_one_that_was_wrong_too_often() -> None:
    desk = desk_of(CARD, keyed(PIN), (("read_badge", "E07"),), keyed(OTHER, OTHER))
    desk.pin_tries = 0
    assert chosen_at(desk).at.operator == "E07"
    assert desk.declined == ["75"]


def test_a_weak_one_and_two_that_differ_are_chosen_again() -> None:
    desk = desk_of(CARD, keyed("123456", OTHER, PIN, OTHER, OTHER), pin=None)
    chosen_at(desk)
    assert desk.declined == ["A128", "A129"]


@pytest.mark.parametrize("pins", [(CANCEL,), (PIN, CANCEL), (PIN, OTHER, CANCEL)])
def test_cancelled_anywhere_the_pin_of_before_stays(pins: tuple[str, ...]) -> None:
    desk = desk_of(CARD, keyed(*pins))
    assert isinstance(play(choose_pin(desk)), Cancelled)
    assert desk.booked == []


def test_a_card_that_nobody_knows_or_that_was_taken_away_chooses_none() -> None:
    desk = desk_of((("read_member", PHONE),))
    assert isinstance(play(choose_pin(desk)), UnknownPhone)
    desk = desk_of((("read_member", STRANGER),))
    assert isinstance(play(choose_pin(desk)), UnknownCard)
    desk = desk_of(CARD, keyed(OTHER, OTHER), pin=None)
    desk.card_gone = CardGone("gone")
    assert isinstance(play(choose_pin(desk)), CardGone)
    assert desk.booked == []
