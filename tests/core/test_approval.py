"""What two people must stand behind, what is above a role, and what one may do alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.approval import PERMITS, Approved, Permit, Rules, check_approved, comes_to_a_sum
from terminal.core.cards import CardState
from terminal.core.commands import (
    BATCH,
    MAINTENANCE,
    OWN_DATA,
    PUMP_TEST,
    STAFF_PIN,
    BookCardState,
    BookCashMove,
    BookGrant,
    BookNote,
    BookRefund,
    BookSale,
    BookVoid,
    Claim,
    Command,
    CouponGrant,
    Discount,
    Returned,
    SaleLine,
)
from terminal.core.errors import MayNotApprove, NotBesideOneself, SecondPersonNeeded
from terminal.core.ledger import kinds
from terminal.core.ledger.worth import worth
from terminal.core.override import Cap
from terminal.core.staff import Role
from terminal.core.values import CardId, EntryId, StaffId
from terminal.desk.booking import Booking
from tests.core.ledger.book import AT, W1, Book
from tests.core.ledger.test_value import line, sell

ATTENDANT, LEAD, MANAGER, TECHNICIAN = (StaffId(one) for one in ("E01", "E02", "E03", "E04"))
OTHER = StaffId("E05")
"""An attendant, too."""
FREE = CouponGrant(coupon="k1", kind="water", face=0, threshold=0)
ROLES = {ATTENDANT: Role.ATTENDANT, LEAD: Role.SHIFT_LEAD, MANAGER: Role.MANAGER, TECHNICIAN: Role.TECHNICIAN}


def check(command: Command, rules: Rules) -> None:
    """As it is booked on an empty ledger."""
    check_approved(command, rules, worth(command, Book()))


BOTH = Rules(second_person=(Approved.VOID, Approved.REFUND))


def at(operator: StaffId = ATTENDANT, second: StaffId | None = None) -> Any:
    return replace(AT, operator=operator, second=second)


def void(**by: Any) -> BookVoid:
    return BookVoid(id=Book().next_id(), at=at(**by), of=Book().next_id(), why="keyed twice")


def refund(net: int, **by: Any) -> BookRefund:
    came = (Returned(line=0, net=net - 1), Returned(line=1, net=1))
    return BookRefund(id=Book().next_id(), at=at(**by), of=Book().next_id(), returned=came, why="sour")


def moved(amount: int, **by: Any) -> BookCashMove:
    return BookCashMove(id=Book().next_id(), at=at(**by), amount=amount, reason="other")


def noted(what: str, **by: Any) -> BookNote:
    return BookNote(id=Book().next_id(), at=at(**by), what=what)


def test_what_policy_names_needs_a_second_person() -> None:
    for command in (void(), refund(500)):
        with pytest.raises(SecondPersonNeeded):
            check(command, BOTH)
    check(void(second=LEAD), BOTH)


def test_all_else_is_done_alone() -> None:
    check(noted("drawer"), BOTH)
    check(void(), Rules())


def test_policy_names_kinds_that_there_are() -> None:
    parts = {
        Approved.PAID_OUT, Approved.PAID_BY_HAND, Approved.DRAWER, Approved.PUMP_TEST, Approved.FAVOUR
    }  # fmt: skip
    assert {*Approved} - parts <= {*kinds().values()}


@pytest.mark.parametrize(
    ("favours", "asks"), [((), None), ((0, 0), None), ((0, 1), Role.SHIFT_LEAD), ((1,), Role.SHIFT_LEAD)]
)
def test_more_than_the_rule_gives_for_a_begun_card_always_takes_two(
    favours: tuple[int, ...], asks: Role | None
) -> None:
    returned = tuple(Returned(line=at, net=5, favour=one) for at, one in enumerate(favours))
    command = BookRefund(id=EntryId("x"), at=AT, of=EntryId("y"), returned=returned, why="unwanted")
    assert Rules().beside(command, 5) is asks
    assert Rules(second_person=(Approved.FAVOUR,)).beside(command, 5) is asks
    both = Rules(second_person=(Approved.REFUND,)).beside(command, 5)
    assert both is Role.SHIFT_LEAD


@pytest.mark.parametrize(
    ("names", "command", "asks"),
    [
        (Approved.PAID_OUT, moved(-1), True),
        (Approved.PAID_OUT, moved(1), False),
        (Approved.CASH_MOVE, moved(-1), True),
        (Approved.CASH_MOVE, moved(1), True),
        (Approved.DRAWER, noted("drawer"), True),
        (Approved.DRAWER, noted("x_report"), False),
        (Approved.NOTE, noted("drawer"), True),
        (Approved.NOTE, noted("x_report"), True),
        (Approved.NOTE, noted(STAFF_PIN), False),
        (Approved.NOTE, noted(BATCH), False),
        (Approved.NOTE, noted(OWN_DATA), False),
        (Approved.NOTE, noted(MAINTENANCE), False),
    ],
)
def test_whoever_names_a_kind_names_what_is_one_of_it(
    names: Approved, command: Command, *, asks: bool
) -> None:
    rules = Rules(second_person=(names,))
    if asks:
        with pytest.raises(SecondPersonNeeded, match="by one person"):
            check(command, rules)
    else:
        check(command, rules)


def test_one_of_two_who_saw_fuel_go_back_is_a_shift_lead_where_people_are_told_apart() -> None:
    led = Rules(roles=ROLES)
    check(noted(PUMP_TEST, second=LEAD), led)
    check(noted(PUMP_TEST, operator=LEAD, second=ATTENDANT), led)
    check(noted(PUMP_TEST, operator=MANAGER, second=LEAD), led)
    for operator, second, why in (
        (ATTENDANT, None, SecondPersonNeeded),
        (ATTENDANT, OTHER, MayNotApprove),
        (ATTENDANT, TECHNICIAN, MayNotApprove),
        (LEAD, TECHNICIAN, MayNotApprove),
        (LEAD, LEAD, NotBesideOneself),
        (MANAGER, None, SecondPersonNeeded),
    ):
        with pytest.raises(why):
            check(noted(PUMP_TEST, operator=operator, second=second), led)


def test_who_saw_fuel_go_back_is_anybody_where_nobody_leads() -> None:
    level = Rules(second_person=(Approved.REFUND,))
    check(noted(PUMP_TEST, second=OTHER), level)
    with pytest.raises(SecondPersonNeeded):
        check(noted(PUMP_TEST), level)
    assert Rules().beside(noted(PUMP_TEST), 0) is None, "nobody has a PIN: the ledger asks for a badge"


def test_policy_may_ask_more_of_who_saw_fuel_go_back() -> None:
    led = Rules(roles=ROLES, permits=(Permit(what=Approved.PUMP_TEST, role=Role.MANAGER),))
    assert led.beside(noted(PUMP_TEST), 0) is Role.MANAGER
    assert Rules(second_person=(Approved.NOTE,)).beside(noted(PUMP_TEST), 0) is Role.SHIFT_LEAD


def test_many_cards_at_once_are_a_managers_where_people_are_told_apart() -> None:
    def cancelled(batch: str, operator: StaffId) -> BookCardState:
        return BookCardState(
            id=Book().next_id(), at=at(operator), card=CardId("c1"), state=CardState.CANCELLED, batch=batch
        )

    led = Rules(roles=ROLES)
    check_approved(cancelled("b1", MANAGER), led, 0)
    check_approved(cancelled("", ATTENDANT), led, 0)
    check_approved(cancelled("b1", ATTENDANT), Rules(), 0)
    for who in (ATTENDANT, LEAD, TECHNICIAN):
        with pytest.raises(MayNotApprove, match="many cards"):
            check_approved(cancelled("b1", who), led, 0)


def test_a_paper_balance_always_takes_two() -> None:
    assert Rules().needed(Approved.IMPORT, 0, MANAGER) is Role.SHIFT_LEAD


PERMITTED = Rules(
    permits=(
        Permit(what=Approved.VOID, role=Role.SHIFT_LEAD),
        Permit(what=Approved.REFUND, role=Role.MANAGER, above=100_00),
        Permit(what=Approved.CASH_MOVE, role=Role.SHIFT_LEAD, above=50_00),
    ),
    roles=ROLES,
)


@pytest.mark.parametrize(
    ("kind", "fen", "operator", "needs"),
    [
        (Approved.VOID, 0, ATTENDANT, Role.SHIFT_LEAD),
        (Approved.VOID, 0, TECHNICIAN, Role.SHIFT_LEAD),
        (Approved.VOID, 0, StaffId("nobody we know"), Role.SHIFT_LEAD),
        (Approved.VOID, 0, LEAD, None),
        (Approved.VOID, 0, MANAGER, None),
        (Approved.REFUND, 100_00, ATTENDANT, None),
        (Approved.REFUND, 100_01, ATTENDANT, Role.MANAGER),
        (Approved.REFUND, 100_01, LEAD, Role.MANAGER),
        (Approved.REFUND, 100_01, MANAGER, None),
        (Approved.PAID_OUT, 50_01, ATTENDANT, Role.SHIFT_LEAD),
        (Approved.NOTE, 0, ATTENDANT, None),
    ],
)
def test_whoever_is_below_the_role_needs_somebody_of_it(
    kind: Approved, fen: int, operator: StaffId, needs: Role | None
) -> None:
    assert PERMITTED.needed(kind, fen, operator) is needs


def test_the_highest_that_is_asked_for_counts() -> None:
    more = Permit(what=Approved.VOID, role=Role.MANAGER)
    for permits in ((*PERMITTED.permits, more), (more, *PERMITTED.permits)):
        rules = Rules(second_person=(Approved.VOID,), permits=permits, roles=ROLES)
        assert rules.needed(Approved.VOID, 0, ATTENDANT) is Role.MANAGER
        assert rules.needed(Approved.VOID, 0, MANAGER) is Role.SHIFT_LEAD


def test_no_policy_asks_a_technician() -> None:
    with pytest.raises(ValidationError, match="void: a technician approves nothing"):
        convert({"what": "void", "role": "technician"}, Permit)
    with pytest.raises(ValueError, match="a technician approves nothing"):
        Permit(what=Approved.VOID, role=Role.TECHNICIAN)


def test_roles_count_only_where_somebody_leads() -> None:
    level = Rules(permits=PERMITS, roles={ATTENDANT: Role.ATTENDANT, TECHNICIAN: Role.TECHNICIAN})
    assert not level.told_apart
    assert all(level.needed(one.what, 1_000_00, ATTENDANT) is None for one in PERMITS)
    assert PERMITTED.told_apart


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (ATTENDANT, NotBesideOneself),
        (TECHNICIAN, MayNotApprove),
        (StaffId("E09"), MayNotApprove),
        (LEAD, MayNotApprove),
        (MANAGER, None),
    ],
)
def test_the_second_is_another_and_of_that_role(second: StaffId, refused: type[Exception] | None) -> None:
    command = refund(100_01, second=second)
    if refused is None:
        check(command, PERMITTED)
    else:
        with pytest.raises(refused):
            check(command, PERMITTED)


def test_where_nobody_leads_anybody_approves_but_a_technician() -> None:
    rules = Rules(second_person=(Approved.VOID,), roles={TECHNICIAN: Role.TECHNICIAN})
    check(void(second=StaffId("E09")), rules)
    with pytest.raises(MayNotApprove, match="technician"):
        check(void(second=TECHNICIAN), rules)


def test_what_it_comes_to_is_what_the_command_says() -> None:
    check(refund(100_00), PERMITTED)
    check(moved(-50_00), PERMITTED)
    for command in (refund(100_01), moved(-50_01), moved(50_01)):
        with pytest.raises(SecondPersonNeeded):
            check(command, PERMITTED)


CAPPED = Rules(caps=(Cap(role=Role.SHIFT_LEAD, percent=20), Cap(role=Role.MANAGER, percent=50)), roles=ROLES)


@pytest.mark.parametrize(
    ("who", "most"), [(ATTENDANT, 0), (TECHNICIAN, 0), (LEAD, 2_00), (MANAGER, 5_00), (StaffId("E9"), 0)]
)
def test_each_takes_off_as_much_as_their_role_may(who: StaffId, most: int) -> None:
    assert CAPPED.may_take_off(who, most, 10_00)
    assert not CAPPED.may_take_off(who, most + 1, 10_00)


def test_where_nobody_leads_anybody_takes_off_the_most_that_anybody_may() -> None:
    level = replace_roles(CAPPED, {})
    assert level.may_take_off(ATTENDANT, 5_00, 10_00)
    assert not level.may_take_off(ATTENDANT, 5_01, 10_00)
    assert not Rules().may_take_off(ATTENDANT, 1, 10_00)


def test_a_cap_is_rounded_as_what_is_taken_off() -> None:
    assert CAPPED.may_take_off(LEAD, 2_47, 12_34)
    assert not CAPPED.may_take_off(LEAD, 2_48, 12_34)


def replace_roles(rules: Rules, roles: dict[StaffId, Role]) -> Rules:
    return Rules(caps=rules.caps, roles=roles)


def sale(*given: Discount, **by: Any) -> BookSale:
    net = 10_00 - sum(one.amount for one in given)
    line = SaleLine(
        sku="A", name="a", category="c", quantity=1, unit_price=10_00, gross=10_00, net=net, discounts=given
    )
    return BookSale(
        id=Book().next_id(), at=at(**by), wallet=None, card=None, lines=(line,), due=net, tenders=()
    )


def test_what_people_take_off_is_within_their_cap_when_it_is_booked() -> None:
    check(sale(Discount(name="n", amount=9_00)), CAPPED)
    check(sale(Discount(name="x", amount=2_00, by=LEAD), operator=LEAD), CAPPED)
    check(sale(Discount(name="x", amount=2_00, by=LEAD), second=LEAD), CAPPED)
    check(sale(Discount(name="x", amount=2_00, by=LEAD), second=MANAGER), CAPPED)
    twice = (Discount(name="x", amount=1_50, by=LEAD), Discount(name="y", amount=1_00, by=LEAD))
    for command in (
        sale(Discount(name="x", amount=2_01, by=LEAD), operator=LEAD),
        sale(Discount(name="x", amount=1, by=ATTENDANT)),
        sale(*twice, operator=LEAD),
        sale(Discount(name="x", amount=5_00, by=MANAGER), second=LEAD),
        sale(Discount(name="x", amount=5_00, by=MANAGER), operator=LEAD, second=ATTENDANT),
        sale(Discount(name="x", amount=1, by=ATTENDANT), second=MANAGER),
        sale(Discount(name="x", amount=1, by=TECHNICIAN), second=MANAGER),
    ):
        with pytest.raises(MayNotApprove):
            check(command, CAPPED)
    with pytest.raises(SecondPersonNeeded, match="another"):
        check(sale(Discount(name="x", amount=1, by=LEAD)), CAPPED)
    with pytest.raises(NotBesideOneself, match="the same person"):
        check(sale(Discount(name="x", amount=1, by=LEAD), operator=MANAGER, second=MANAGER), CAPPED)


def test_whoever_may_take_off_most_stands_behind_all_that_was_taken_off() -> None:
    def by(*people: StaffId) -> list[SaleLine]:
        return [line for one in people for line in sale(Discount(name="x", amount=1, by=one)).lines]

    plain = sale(Discount(name="a promotion", amount=1)).lines
    assert CAPPED.behind([*plain, *by(ATTENDANT)], ATTENDANT) is None
    assert CAPPED.behind([*plain, *by(LEAD, ATTENDANT)], ATTENDANT) == LEAD
    assert CAPPED.behind(by(LEAD, MANAGER), ATTENDANT) == MANAGER
    assert CAPPED.behind(by(MANAGER, LEAD), ATTENDANT) == MANAGER
    assert Rules(caps=CAPPED.caps).behind(by(MANAGER, LEAD), ATTENDANT) == LEAD


def test_where_nobody_leads_a_technician_takes_nothing_off_either() -> None:
    level = replace_roles(CAPPED, {TECHNICIAN: Role.TECHNICIAN})
    assert level.may_take_off(ATTENDANT, 5_00, 10_00)
    assert not level.may_take_off(TECHNICIAN, 1, 10_00)


@pytest.mark.parametrize(
    "what",
    [
        Approved.MERGE,
        Approved.TRANSFER,
        Approved.CARD_STATE,
        Approved.CARD,
        Approved.ERASURE,
        Approved.NOTE,
        Approved.DRAWER,
    ],
)
def test_what_has_no_sum_is_never_permitted_up_to_one(what: Approved) -> None:
    with pytest.raises(ValueError, match=f"{what} comes to no sum"):
        Permit(what=what, role=Role.MANAGER, above=1)
    assert Permit(what=what, role=Role.MANAGER).above == 0
    assert Permit(what=Approved.REFUND, role=Role.MANAGER, above=1).above == 1


def test_of_which_role_somebody_stands_behind_a_transaction() -> None:
    assert PERMITTED.beside(refund(1), 100_01) is Role.MANAGER
    assert PERMITTED.beside(refund(1), 100_00) is None
    assert PERMITTED.beside(void(operator=LEAD), 0) is None
    assert PERMITTED.beside(sale(), 1_000_00) is None


def test_what_comes_to_a_sum_that_may_matter_to_who_does_it() -> None:
    lost = BookCardState(id=Book().next_id(), at=AT, card=CardId("c1"), state=CardState.LOST)
    assert all(map(comes_to_a_sum, (void(), refund(2), moved(-1), moved(1))))
    assert not any(map(comes_to_a_sum, (sale(), noted("drawer"), noted("other"), noted(BATCH), lost)))


def test_what_a_campaign_gives_is_approved_by_nobody_and_all_else_by_a_manager() -> None:
    rules = Rules(permits=PERMITS, roles=ROLES, second_person=(Approved.GRANT,))
    given = BookGrant(
        id=EntryId("g1"), at=replace(AT, operator=ATTENDANT), wallet=W1, why="秋季领券", coupons=(FREE,)
    )
    check_approved(replace(given, claim=Claim(code="AUTUMN26")), rules, 0)
    assert not comes_to_a_sum(replace(given, claim=Claim(code="AUTUMN26")))
    with pytest.raises(SecondPersonNeeded):
        check_approved(given, rules, 0)
    assert comes_to_a_sum(given)


async def test_what_one_person_may_not_do_never_reaches_the_ledger() -> None:
    class Reached(Exception):
        pass

    class Ledger:
        async def ask(self, question: Callable[[Book], int]) -> int:
            return question(Book())

        async def submit(self, *_: object) -> None:
            raise Reached

    booking: Any = Booking(Ledger(), None, lambda: None, lambda: BOTH)  # type: ignore[arg-type]
    with pytest.raises(SecondPersonNeeded):
        await booking.book(void(), None)
    with pytest.raises(Reached):
        await booking.book(void(second=LEAD), None)


async def test_a_refund_is_judged_with_what_came_back_of_the_same_sale_before() -> None:
    book = Book().with_member()
    sold = sell(book, line(180_00))
    half = (Returned(line=0, net=90_00),)

    class Ledger:
        async def ask(self, question: Callable[[Book], int]) -> int:
            return question(book)

        async def submit(self, command: Any, _: object) -> None:
            book.keep_command(command)

    booking: Any = Booking(Ledger(), None, lambda: None, lambda: PERMITTED)  # type: ignore[arg-type]

    def back(**by: Any) -> BookRefund:
        return BookRefund(id=book.next_id(), at=at(**by), of=sold.id, returned=half, why="sour")

    await booking.book(back(), None)
    with pytest.raises(SecondPersonNeeded):
        await booking.book(back(), None)
    await booking.book(back(second=MANAGER), None)
