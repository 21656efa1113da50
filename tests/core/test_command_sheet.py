"""The command sheet's codes: a closed grammar under the site's key, each a touch on what is shown."""

from __future__ import annotations

import hmac
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.command_sheet import (
    NOZZLES,
    QUANTITIES,
    SUMS,
    CommandSheet,
    Order,
    Says,
    handed,
    leads_to,
    pays_by,
    sheet,
    touched_by,
    types,
)
from terminal.core.commands import Measured, TenderKind
from terminal.core.errors import BadScan, NotThisSheet
from terminal.core.money import Fen
from terminal.core.payment import TENDERS
from terminal.core.screens import Choice, Intent, Keying, Message, Screen, State, says
from terminal.core.typed import POINT, Erase


def under(key: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(key, message, "sha256")


SHEET = CommandSheet(under(b"site"), 1)
ORDERS = [
    *(Order(says=word) for word in (Says.CONFIRM, Says.CANCEL, Says.SKIP, Says.REPRINT)),
    *(Order(says=word) for word in (Says.LESS, Says.OTHER, Says.PARTS, Says.EXACT, Says.FUEL, Says.AHEAD)),
    *(Order(says=Says.AGREES, value=purpose) for purpose in ("marketing", "a_b-3", "x" * 32)),
    *(Order(says=Says.PLACE, value=place) for place in ("1", "10", "99")),
    *(Order(says=Says.NOZZLE, value=number) for number in ("1", "9", "10", "99")),
    *(Order(says=Says.PRESET, value=how) for how in ("full", "sum", "litres")),
    Order(says=Says.START, value="checkout"),
    Order(says=Says.GRADE, value="95"),
    Order(says=Says.GRADE, value="-10"),
    *(Order(says=Says.TENDER, value=kind) for kind in TenderKind),
    Order(says=Says.SUM, value="20000"),
    Order(says=Says.LITRES, value="1"),
    *(Order(says=Says.DIGIT, value=digit) for digit in "0123456789"),
    Order(says=Says.POINT),
    *(Order(says=Says.ERASE, value=one) for one in ("last", "all")),
]
CODE = SHEET.code(Order(says=Says.CONFIRM))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.spelled)
def test_a_code_says_what_was_printed(order: Order) -> None:
    assert SHEET.order(SHEET.code(order)) == order


def test_the_code_is_the_first_ten_bytes_of_the_hmac_in_base32() -> None:
    from base64 import b32encode

    message = b"card-terminal command sheet 1\n1\nGRADE.95"
    proof = b32encode(hmac.digest(b"site", message, "sha256")[:10]).decode()
    assert SHEET.code(Order(says=Says.GRADE, value="95")) == f"CS-GRADE.95-{proof}"


@pytest.mark.parametrize("other", [CommandSheet(under(b"other"), 1), CommandSheet(under(b"site"), 2)])
def test_a_code_of_another_site_or_of_a_former_edition_is_refused(other: CommandSheet) -> None:
    with pytest.raises(NotThisSheet):
        other.order(CODE)


@pytest.mark.parametrize(
    "says_",
    [
        "OK.1", "GRADE", "GRADE.", "GRADE.123456789", "GRADE.9_5", "FEN.0", "FEN.012", "FEN.1234567890",
        "FEN.-1", "CL.0", "YES", "YES.", "YES.A B", "YES.A.B", "NTH", "NTH.0", "NTH.01", "NTH.100",
        "PARTS.1", "EXACT.1", "FUEL.1", "AHEAD.1", "PAY.GOLD", "PAY.CASHX", "SHELL.LS", "GO.A1",
        "GO./ETC", "ok", "NO.", "",
    ],
)  # fmt: skip
def test_what_is_outside_the_grammar_is_refused_whatever_its_proof(says_: str) -> None:
    with pytest.raises(BadScan):
        SHEET.order(f"CS-{says_}-{SHEET._proof(says_)}")


@pytest.mark.parametrize("text", [CODE[:-1], CODE + "A", CODE.lower(), CODE + "\n", " " + CODE, CODE[3:], ""])
def test_a_code_that_was_cut_or_changed_is_refused(text: str) -> None:
    with pytest.raises(BadScan):
        SHEET.order(text)


@given(st.integers(0, 15), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_no_other_proof_fits(place: int, letter: str) -> None:
    at = len(CODE) - 16 + place
    changed = CODE[:at] + letter + CODE[at + 1 :]
    if changed != CODE:
        with pytest.raises(NotThisSheet):
            SHEET.order(changed)


@given(st.text(max_size=80))
def test_any_text_is_a_code_or_is_refused(text: str) -> None:
    with pytest.raises(BadScan):
        SHEET.order(f"CS-{text}")


# What it touches

OK = Choice(do="confirm", label=says("Confirm"), key="Enter")
NO = Choice(do="cancel", label=says("Cancel"), key="Escape")


def screen(*choices: Choice, keying: Keying | None = None) -> Screen:
    return Screen(state=State.CHOOSING, step=7, title=says("?"), choices=choices, keying=keying)


def pick(value: str, label: Message) -> Choice:
    return Choice(do="pick", value=value, label=label)


CASH = pick("cash", TENDERS[TenderKind.CASH])
GRADES = (pick("95", says("{name}", name="95#")), pick("-10", says("{name}", name="-10#")))


@pytest.mark.parametrize(
    ("order", "shown", "do", "value"),
    [
        (Order(says=Says.CONFIRM), screen(NO, OK), "confirm", ""),
        (Order(says=Says.CANCEL), screen(OK, NO), "cancel", ""),
        (Order(says=Says.SKIP), screen(NO, Choice(do="skip", label=says("No"))), "skip", ""),
        (Order(says=Says.REPRINT), screen(OK, Choice(do="reprint", label=says("R"))), "reprint", ""),
        (
            Order(says=Says.START, value="checkout"),
            screen(*(Choice(do="start", value=one, label=says(one)) for one in ("join", "checkout"))),
            "start",
            "checkout",
        ),
        (Order(says=Says.GRADE, value="-10"), screen(*GRADES, NO), "pick", "-10"),
        (
            Order(says=Says.TENDER, value="cash"),
            screen(pick("stored", TENDERS[TenderKind.STORED]), CASH),
            "pick",
            "cash",
        ),
        (Order(says=Says.SUM, value="20001"), screen(keying=Keying.AMOUNT), "key", "200.01"),
        (Order(says=Says.SUM, value="20000"), screen(keying=Keying.CASH), "key", "200.00"),
        (Order(says=Says.LITRES, value="3050"), screen(keying=Keying.LITRES), "key", "30.50"),
        (Order(says=Says.LITRES, value="3050"), screen(keying=Keying.KILOGRAMS), "key", "30.50"),
        (Order(says=Says.LITRES, value="3050"), screen(keying=Keying.CUBIC_METRES), "key", "30.50"),
        (
            Order(says=Says.CONFIRM),
            screen(pick("9.90", says("Exactly")), NO, keying=Keying.CASH),
            "pick",
            "9.90",
        ),
    ],
)
def test_a_code_is_a_touch_on_the_screen(order: Order, shown: Screen, do: str, value: str) -> None:
    assert touched_by(order, shown) == Intent(step=7, do=do, value=value)


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (Order(says=Says.CONFIRM), screen(NO, CASH)),
        (Order(says=Says.CONFIRM), screen(CASH, NO, keying=Keying.AMOUNT)),
        (Order(says=Says.CONFIRM), screen(NO, keying=Keying.CASH)),
        (Order(says=Says.CANCEL), screen(OK)),
        (Order(says=Says.SKIP), screen(OK, NO)),
        (Order(says=Says.REPRINT), screen(OK, NO)),
        (Order(says=Says.START, value="cash"), screen(CASH)),
        (
            Order(says=Says.START, value="join"),
            screen(Choice(do="start", value="checkout", label=says("Sale"))),
        ),
        (Order(says=Says.GRADE, value="92"), screen(*GRADES)),
        (Order(says=Says.GRADE, value="95"), screen(pick("95", says("People")))),
        (
            Order(says=Says.GRADE, value="95"),
            screen(Choice(do="start", value="95", label=says("{name}", name="95"))),
        ),
        (Order(says=Says.TENDER, value="cash"), screen(pick("cash", says("Cash in")))),
        (Order(says=Says.TENDER, value="cash"), screen(pick("stored", TENDERS[TenderKind.STORED]))),
        (Order(says=Says.GRADE, value="95"), screen(pick("9.90", says("Exactly")), keying=Keying.CASH)),
        (Order(says=Says.SUM, value="100"), screen(CASH, OK)),
        (Order(says=Says.SUM, value="100"), screen(keying=Keying.PHONE)),
        (Order(says=Says.SUM, value="100"), screen(keying=Keying.PIN)),
        (Order(says=Says.SUM, value="100"), screen(keying=Keying.LITRES)),
        (Order(says=Says.LITRES, value="100"), screen(keying=Keying.AMOUNT)),
        (Order(says=Says.LITRES, value="100"), screen(keying=Keying.TOTAL)),
        (Order(says=Says.GRADE, value="95"), screen(keying=Keying.AMOUNT)),
    ],
)
def test_a_code_does_nothing_where_the_screen_has_no_such_button(order: Order, shown: Screen) -> None:
    assert touched_by(order, shown) is None


def test_a_sheet_has_all_that_a_site_sells_by() -> None:
    found = tuple(
        sheet({"checkout": "Sale"}, {"95": "95#"}, (TenderKind.CASH,), poured=(Measured.CENTILITRE,))
    )
    assert [(one.order.spelled, one.label) for one in found] == [
        ("OK", "Confirm"),
        ("NO", "Cancel"),
        ("SKIP", "Without it"),
        ("AGAIN", "Reprint"),
        ("GO.CHECKOUT", "Sale"),
        ("GRADE.95", "95#"),
        ("CL.1000", "10 L"),
        ("CL.2000", "20 L"),
        ("CL.3000", "30 L"),
        ("CL.5000", "50 L"),
        ("FUEL", "Fuel"),
        ("AHEAD", "Paid ahead"),
        ("FEN.5000", "50.00"),
        ("FEN.10000", "100.00"),
        ("FEN.20000", "200.00"),
        ("FEN.30000", "300.00"),
        ("FEN.50000", "500.00"),
        ("PAY.CASH", "Cash"),
        ("EXACT", "Cash, exactly what is due"),
        ("PARTS", "In parts"),
        *((f"NTH.{place}", f"[{place}]") for place in range(1, 11)),
        *((f"KEY.{digit}", digit) for digit in "123456789"),
        ("DOT", "Point"),
        ("KEY.0", "0"),
        ("ERASE.LAST", "Erase a digit"),
        ("ERASE.ALL", "Erase all digits"),
    ]
    for one in found:
        assert SHEET.order(SHEET.code(one.order)) == one.order


def test_who_sells_no_fuel_has_no_litres() -> None:
    spelled = [one.order.spelled for one in sheet({}, {}, ())]
    assert len(spelled) == 4 + 1 + len(SUMS) + 2 + 13 + 10
    assert QUANTITIES
    assert not any(one.startswith(("CL", "GRADE", "GO", "PAY", "FUEL", "YES")) for one in spelled)


def test_each_purpose_that_can_be_spelled_has_a_code_of_its_own() -> None:
    asked = {"marketing": "May the shop send offers?", "Offers": "Offers", "a b": "a b", "健康": "健康"}
    asked |= {"x" * long: "long" for long in (32, 33)}
    found = [(one.order, one.label) for one in sheet({}, {}, (), consents=asked)]
    assert [one for one in found if one[0].says is Says.AGREES] == [
        (Order(says=Says.AGREES, value="marketing"), "May the shop send offers?"),
        (Order(says=Says.AGREES, value="x" * 32), "long"),
    ]
    assert Order(says=Says.AGREES, value="marketing").spelled == "YES.MARKETING"


# At the pump


def gun(value: str, number: str, text: str = "Nozzle {number}: {name}, {price}") -> Choice:
    return pick(value, says(text, number=number, name="92", price="7.38", litres="1", sum="7.38"))


FILLED = "Nozzle {number}: {litres}, {sum}"
TWELVE = screen(
    *(replace(gun(one, one), key=one if len(one) == 1 else "") for one in map(str, range(1, 13))), NO
)
"""Nozzles have the digit of their number, where that is one digit."""
GUNS = screen(gun("1", "1"), gun("12", "12"), NO)
PRESETS = (("full", "Full tank"), ("sum", "For a sum"), ("litres", "So many litres"))
WAYS = screen(*(pick(how, says(text)) for how, text in PRESETS), NO)
SHORT = screen(
    pick("less", says("Less: {sum} can be used", sum="1")),
    pick("other", says("Another card")),
    pick("later", says("Paid afterwards")),
    NO,
)
COUPONS = replace(
    screen(pick("k5", says("five")), pick("k3", says("three")), pick("none", says("Without a coupon")), NO),
    title=says("Which coupon comes off?"),
)


@pytest.mark.parametrize(
    ("order", "shown", "value"),
    [
        (Order(says=Says.NOZZLE, value="12"), GUNS, "12"),
        (Order(says=Says.NOZZLE, value="1"), GUNS, "1"),
        (
            Order(says=Says.NOZZLE, value="2"),
            screen(gun("fill:a", "1", FILLED), gun("fill:b", "2", FILLED)),
            "fill:b",
        ),
        (Order(says=Says.PRESET, value="full"), WAYS, "full"),
        (Order(says=Says.PRESET, value="sum"), WAYS, "sum"),
        (Order(says=Says.PRESET, value="litres"), WAYS, "litres"),
        (
            Order(says=Says.PRESET, value="litres"),
            screen(pick("litres", says("So many kilograms"))),
            "litres",
        ),
        (
            Order(says=Says.PRESET, value="litres"),
            screen(pick("litres", says("So many cubic metres"))),
            "litres",
        ),
        (Order(says=Says.LESS), SHORT, "less"),
        (Order(says=Says.OTHER), SHORT, "other"),
        (Order(says=Says.SKIP), SHORT, "later"),
        (Order(says=Says.SKIP), COUPONS, "none"),
        (Order(says=Says.CONFIRM), COUPONS, "k5"),
    ],
)
def test_at_the_pump_a_code_picks_what_it_stands_for(order: Order, shown: Screen, value: str) -> None:
    assert touched_by(order, shown) == Intent(step=7, do="pick", value=value)


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (Order(says=Says.NOZZLE, value="2"), GUNS),
        (Order(says=Says.NOZZLE, value="1"), screen(pick("1", says("{name}", name="1")))),
        (Order(says=Says.NOZZLE, value="1"), screen(replace(gun("1", "1"), do="start"))),
        (Order(says=Says.NOZZLE, value="1"), screen(gun("fill:a", "1", FILLED), gun("fill:b", "1", FILLED))),
        (Order(says=Says.PRESET, value="sum"), screen(pick("sum", says("Sum")))),
        (Order(says=Says.PRESET, value="sum"), screen(pick("full", says("For a sum")))),
        (Order(says=Says.PRESET, value="sum"), screen(Choice(do="x", value="sum", label=says("For a sum")))),
        (Order(says=Says.PRESET, value="sum"), screen(pick("sum", says("So many kilograms")))),
        (Order(says=Says.LESS), screen(pick("less", says("Less")))),
        (Order(says=Says.LESS), screen(Choice(do="x", value="less", label=says("Less: {sum} can be used")))),
        (Order(says=Says.OTHER), screen(pick("other", says("Other")))),
        (Order(says=Says.OTHER), screen(Choice(do="x", value="other", label=says("Another card")))),
        (Order(says=Says.SKIP), screen(pick("none", says("None")))),
        (Order(says=Says.SKIP), screen(Choice(do="x", value="later", label=says("Paid afterwards")))),
        (Order(says=Says.CONFIRM), replace(COUPONS, choices=(NO,))),
        (Order(says=Says.CONFIRM), SHORT),
    ],
)
def test_at_the_pump_a_code_does_nothing_where_there_is_no_such_button(order: Order, shown: Screen) -> None:
    assert touched_by(order, shown) is None


def test_of_others_than_nozzles_the_first_that_fits_is_touched() -> None:
    twice = screen(pick("full", says("Full tank")), pick("full", says("Full tank")))
    assert touched_by(Order(says=Says.PRESET, value="full"), twice) is not None


@pytest.mark.parametrize(
    "says_", ["GUN", "GUN.0", "GUN.100", "GUN.01", "GUN.A", "FILL", "FILL.HALF", "LESS.1", "OTHER.1"]
)
def test_nozzles_and_presets_have_a_grammar_too(says_: str) -> None:
    order = SHEET.code(Order(says=Says.CONFIRM)).replace("OK", says_)
    with pytest.raises(BadScan):
        SHEET.order(order)


def test_where_nozzles_are_released_they_and_the_presets_are_on_the_sheet() -> None:
    found = [
        (one.order.spelled, one.label)
        for one in sheet({}, {"95": "95#"}, (), nozzles=NOZZLES, poured=(Measured.CENTILITRE,))
    ]
    assert found[4 : 4 + NOZZLES] == [(f"GUN.{number}", f"#{number}") for number in range(1, 13)]
    assert found[4 + NOZZLES : 9 + NOZZLES] == [
        ("FILL.FULL", "Full tank"),
        ("FILL.SUM", "For a sum"),
        ("FILL.LITRES", "So many litres"),
        ("LESS", "Less"),
        ("OTHER", "Another card"),
    ]
    assert found[9 + NOZZLES] == ("GRADE.95", "95#")
    for one in sheet({}, {}, (), nozzles=99):
        assert SHEET.order(SHEET.code(one.order)) == one.order


def test_as_many_nozzles_are_on_it_as_are_asked_for() -> None:
    for many in (1, 99):
        found = [one.order.value for one in sheet({}, {}, (), nozzles=many) if one.order.says is Says.NOZZLE]
        assert found == [str(number) for number in range(1, many + 1)]
    assert {one.order.says for one in sheet({}, {}, ())}.isdisjoint({Says.NOZZLE, Says.PRESET, Says.LESS})


@pytest.mark.parametrize(
    "says_", ["KEY", "KEY.10", "KEY.A", "KEY.-", "DOT.1", "ERASE", "ERASE.FIRST", "ERASE.1"]
)
def test_a_digit_is_one_of_ten_and_what_is_erased_is_named(says_: str) -> None:
    with pytest.raises(BadScan):
        SHEET.order(SHEET.code(Order(says=Says.CONFIRM)).replace("OK", says_))


def test_what_was_scanned_is_handed_over_by_confirm_before_anything_else_is() -> None:
    order = Order(says=Says.CONFIRM)
    for keying in (Keying.AMOUNT, Keying.CASH):
        shown = replace(screen(OK, CASH, NO, keying=keying), typed="1")
        assert touched_by(order, shown) == Intent(step=7, do="key")
    assert touched_by(Order(says=Says.DIGIT, value="1"), screen(OK, CASH, NO)) is None


def test_quantities_are_printed_in_what_the_grades_are_measured_in() -> None:
    every = (Measured.CENTILITRE, Measured.DECAGRAM, Measured.CENTICUBIC)
    found = [
        (one.order.spelled, one.label)
        for one in sheet({}, {"92": "92#", "lng": "LNG", "cng": "CNG"}, (), nozzles=1, poured=every)
    ]
    for spelled, label in (
        ("FILL.LITRES", "So many litres"),
        ("FILL.LITRES", "So many kilograms"),
        ("FILL.LITRES", "So many cubic metres"),
        ("CL.1000", "10 L"),
        ("CL.1000", "10 kg"),
        ("CL.5000", "50 m³"),
    ):
        assert (spelled, label) in found
    gas = [one.label for one in sheet({}, {"lng": "LNG"}, (), nozzles=1, poured=(Measured.DECAGRAM,))]
    assert "10 kg" in gas
    assert not {"10 L", "So many litres"} & set(gas)


# What has no word of its own


AHEAD = screen(
    pick("ahead", says("{litres} paid ahead", litres="10.00 L")), pick("pay", says("Pay for it")), NO
)
VISIT = screen(
    pick("use", says("{name}, {left} left", name="cut", left="3")), pick("pay", says("Pay for it"))
)
DATED = screen(pick("use", says("{name}, {left} left until {day}", name="cut", left="3", day="2027-01-01")))
PAYS = replace(
    screen(
        pick("stored", TENDERS[TenderKind.STORED]),
        CASH,
        pick("split", says("In parts")),
        pick("turn:marketing", says("May the shop send offers?")),
        pick("turn:partners", says("May partners of the shop send offers?")),
        NO,
    ),
    title=says("How is it paid?"),
    flow="join",
)
GOODS = screen(
    Choice(do="done", label=says("That is all"), key="Enter"),
    Choice(do="find", label=says("Find")),
    Choice(do="fuel", label=says("Fuel")),
    NO,
    keying=Keying.AMOUNT,
)
BILLS = screen(pick("k", says("{name}: {sum}")), pick("none", says("Without a coupon: {sum}", sum="9")), NO)


@pytest.mark.parametrize(
    ("order", "shown", "do", "value"),
    [
        (Order(says=Says.AHEAD), AHEAD, "pick", "ahead"),
        (Order(says=Says.AHEAD), VISIT, "pick", "use"),
        (Order(says=Says.AHEAD), DATED, "pick", "use"),
        (Order(says=Says.SKIP), AHEAD, "pick", "pay"),
        (Order(says=Says.SKIP), BILLS, "pick", "none"),
        (Order(says=Says.PARTS), PAYS, "pick", "split"),
        (Order(says=Says.AGREES, value="partners"), PAYS, "pick", "turn:partners"),
        (Order(says=Says.FUEL), GOODS, "fuel", ""),
        (Order(says=Says.PLACE, value="1"), GOODS, "find", ""),
        (Order(says=Says.PLACE, value="2"), GOODS, "fuel", ""),
        (Order(says=Says.PLACE, value="1"), PAYS, "pick", "stored"),
        (Order(says=Says.PLACE, value="5"), PAYS, "pick", "turn:partners"),
        (
            Order(says=Says.PLACE, value="2"),
            screen(gun("fill:a", "1", FILLED), gun("fill:b", "1", FILLED)),
            "pick",
            "fill:b",
        ),
        (Order(says=Says.PLACE, value="2"), TWELVE, "pick", "2"),
        (Order(says=Says.EXACT), screen(pick("9.90", says("Exactly")), keying=Keying.CASH), "pick", "9.90"),
    ],
)
def test_every_button_has_a_code(order: Order, shown: Screen, do: str, value: str) -> None:
    assert touched_by(order, shown) == Intent(step=7, do=do, value=value)


@pytest.mark.parametrize(
    ("order", "shown"),
    [
        (Order(says=Says.AHEAD), PAYS),
        (Order(says=Says.AHEAD), screen(replace(AHEAD.choices[0], do="start"))),
        (Order(says=Says.SKIP), screen(Choice(do="x", label=says("Pay for it")))),
        (Order(says=Says.PARTS), AHEAD),
        (Order(says=Says.PARTS), screen(Choice(do="x", label=says("In parts")))),
        (Order(says=Says.AGREES, value="health"), PAYS),
        (Order(says=Says.AGREES, value="cash"), PAYS),
        (Order(says=Says.AGREES, value="x"), screen(Choice(do="x", value="turn:x", label=says("x")))),
        (Order(says=Says.FUEL), PAYS),
        (Order(says=Says.EXACT), PAYS),
        (Order(says=Says.EXACT), screen(pick("9.90", says("All")), keying=Keying.AMOUNT)),
        (Order(says=Says.PLACE, value="3"), GOODS),
        (Order(says=Says.PLACE, value="6"), PAYS),
        (Order(says=Says.PLACE, value="1"), screen(OK, NO)),
        (Order(says=Says.PLACE, value="10"), TWELVE),
        (Order(says=Says.PLACE, value="1"), screen(*TWELVE.choices[1:])),
    ],
)
def test_and_does_nothing_where_that_button_is_not(order: Order, shown: Screen) -> None:
    assert touched_by(order, shown) is None


# Said before its time


def waits(*fills: str, flow: str = "join") -> Screen:
    """Who is asked for fills, and what is there to be keyed."""
    return replace(screen(*(gun(one, "1", FILLED) for one in fills), *GRADES, NO), flow=flow)


IN_CASH = (Order(says=Says.SUM, value="20000"), Order(says=Says.EXACT))
BY_VALUE = Order(says=Says.TENDER, value="stored")


@pytest.mark.parametrize("order", [*IN_CASH, BY_VALUE])
def test_how_it_is_paid_says_which_fill_where_one_waits(order: Order) -> None:
    assert leads_to(order, waits("fill:a")) == Intent(step=7, do="pick", value="fill:a")
    assert touched_by(order, waits("fill:a")) is None
    assert leads_to(order, waits()) is None
    assert leads_to(order, waits("fill:a", "fill:b")) is None
    assert leads_to(order, waits("fill:a", flow="checkout")) is None
    other = replace(waits(), choices=(replace(gun("fill:a", "1"), do="start"),))
    assert leads_to(order, other) is None


@pytest.mark.parametrize("title", ["How is it paid?", "How is the rest paid?"])
@pytest.mark.parametrize("order", IN_CASH)
def test_a_sum_says_that_it_is_cash(order: Order, title: str) -> None:
    asked = replace(PAYS, title=says(title), flow="checkout")
    assert leads_to(order, asked) == Intent(step=7, do="pick", value="cash")
    assert leads_to(order, replace(asked, choices=(*PAYS.choices[:1], NO))) is None
    assert leads_to(order, replace(asked, title=says("How is a part of it paid?"))) is None


@pytest.mark.parametrize(
    "order",
    [Order(says=Says.CONFIRM), Order(says=Says.GRADE, value="92"), Order(says=Says.LITRES, value="1")],
)
def test_nothing_else_is_said_before_its_time(order: Order) -> None:
    assert leads_to(order, waits("fill:a")) is None
    assert leads_to(order, PAYS) is None


def test_another_way_of_paying_that_is_not_there_leads_nowhere() -> None:
    assert leads_to(Order(says=Says.TENDER, value="points"), replace(PAYS, flow="checkout")) is None


def test_what_was_said_is_a_way_of_paying_and_what_came_over_the_counter() -> None:
    assert pays_by(BY_VALUE) is TenderKind.STORED
    assert [pays_by(one) for one in IN_CASH] == [TenderKind.CASH] * 2
    assert [handed(one, Fen(73_80)) for one in IN_CASH] == [200_00, 73_80]


@pytest.mark.parametrize(
    ("order", "typed"),
    [
        (Order(says=Says.DIGIT, value="7"), "7"),
        (Order(says=Says.POINT), POINT),
        (Order(says=Says.ERASE, value="last"), Erase.LAST),
        (Order(says=Says.ERASE, value="all"), Erase.ALL),
        (Order(says=Says.PLACE, value="7"), None),
        (Order(says=Says.CONFIRM), None),
    ],
)
def test_a_code_types_a_digit_a_point_or_erases_and_no_other_does(order: Order, typed: str | None) -> None:
    assert types(order) == typed
    assert type(types(order)) is type(typed)
