"""The command sheet's codes: a closed grammar under the site's key, each a touch on what is shown."""

from __future__ import annotations

import hmac
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.command_sheet import (
    LITRES,
    NOZZLES,
    PRESETS,
    SUMS,
    CommandSheet,
    Order,
    Says,
    sheet,
    touched_by,
)
from terminal.core.commands import TenderKind
from terminal.core.errors import BadScan, NotThisSheet
from terminal.core.payment import TENDERS
from terminal.core.screens import Choice, Intent, Keying, Message, Screen, State, says


def under(key: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(key, message, "sha256")


SHEET = CommandSheet(under(b"site"), 1)
ORDERS = [
    *(Order(says=word) for word in (Says.CONFIRM, Says.CANCEL, Says.SKIP, Says.REPRINT)),
    *(Order(says=word) for word in (Says.LESS, Says.OTHER)),
    *(Order(says=Says.NOZZLE, value=number) for number in ("1", "9", "10", "99")),
    *(Order(says=Says.PRESET, value=how) for how in PRESETS),
    Order(says=Says.START, value="checkout"),
    Order(says=Says.GRADE, value="95"),
    Order(says=Says.GRADE, value="-10"),
    *(Order(says=Says.TENDER, value=kind) for kind in TenderKind),
    Order(says=Says.SUM, value="20000"),
    Order(says=Says.LITRES, value="1"),
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
        "FEN.-1", "CL.0", "PAY.GOLD", "PAY.CASHX", "SHELL.LS", "GO.A1", "GO./ETC", "ok", "NO.", "",
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
        (Order(says=Says.GRADE, value="95"), screen(keying=Keying.AMOUNT)),
    ],
)
def test_a_code_does_nothing_where_the_screen_has_no_such_button(order: Order, shown: Screen) -> None:
    assert touched_by(order, shown) is None


def test_a_sheet_has_all_that_a_site_sells_by() -> None:
    found = tuple(sheet({"checkout": "Sale"}, {"95": "95#"}, (TenderKind.CASH,)))
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
        ("FEN.5000", "50.00"),
        ("FEN.10000", "100.00"),
        ("FEN.20000", "200.00"),
        ("FEN.30000", "300.00"),
        ("FEN.50000", "500.00"),
        ("PAY.CASH", "Cash"),
    ]
    for one in found:
        assert SHEET.order(SHEET.code(one.order)) == one.order


def test_who_sells_no_fuel_has_no_litres() -> None:
    spelled = [one.order.spelled for one in sheet({}, {}, ())]
    assert len(spelled) == 4 + len(SUMS)
    assert LITRES
    assert not any(one.startswith(("CL", "GRADE", "GO", "PAY")) for one in spelled)


# At the pump


def gun(value: str, number: str, text: str = "Nozzle {number}: {name}, {price}") -> Choice:
    return pick(value, says(text, number=number, name="92", price="7.38", litres="1", sum="7.38"))


FILLED = "Nozzle {number}: {litres}, {sum}"
GUNS = screen(gun("1", "1"), gun("12", "12"), NO)
WAYS = screen(*(pick(how, says(text)) for how, text in PRESETS.items()), NO)
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
    found = [(one.order.spelled, one.label) for one in sheet({}, {"95": "95#"}, (), pumps=True)]
    assert found[4 : 4 + NOZZLES] == [(f"GUN.{number}", f"#{number}") for number in range(1, 13)]
    assert found[4 + NOZZLES : 9 + NOZZLES] == [
        ("FILL.FULL", "Full tank"),
        ("FILL.SUM", "For a sum"),
        ("FILL.LITRES", "So many litres"),
        ("LESS", "Less"),
        ("OTHER", "Another card"),
    ]
    assert found[9 + NOZZLES] == ("GRADE.95", "95#")
    for one in sheet({}, {}, (), pumps=True):
        assert SHEET.order(SHEET.code(one.order)) == one.order
