"""The screens of what not every station has: gas, companies, fuel that was paid ahead; and of pump tests."""

from __future__ import annotations

from lab.screens.parts import CANCEL, CONFIRM, MEMBER, OK, pick, row, screen
from terminal.core.commands import Measured
from terminal.core.errors import NotBesideOneself
from terminal.core.payment import TENDERS
from terminal.core.screens import Choice, Keying, Line, Screen, State, a_unit, poured_by, quantity_shown, says
from terminal.desk.buttons import numbered

_GAS = (("5", "压缩天然气", "¥4.60"), ("6", "液化天然气", "¥6.20"))
_OF_COMPANY = (row("Company", "顺达运输有限公司"), row("Number plate", "测A·D00001"))
_TESTED = Line(label=says("Nozzle {number}: {name}", number="1", name="92号汽油"), value="20.00 L")


def pumped() -> dict[str, Screen]:
    """By name, in the order in which an attendant meets them."""
    return {**_with_goods(), **_gas(), **_ahead(), **_company(), **_tested()}


def _with_goods() -> dict[str, Screen]:
    """A station's cart has one button more."""
    goods = (("牛奶", "1", "¥3.50"), ("面包", "1", "¥12.34"), ("矿泉水", "2", "¥7.00"))
    lines = (
        Line(label=says("{name} x {quantity}", name=name, quantity=count), value=fen, ref=name, changes=True)
        for name, count, fen in goods
    )
    return {
        "station-cart": screen(
            State.CART,
            "Scan the goods, or key an amount",
            "checkout",
            amount="¥22.84",
            lines=tuple(lines),
            choices=(
                Choice(do="done", label=says("That is all"), key="Enter"),
                Choice(do="find", label=says("Find")),
                Choice(do="fuel", label=says("Fuel")),
                Choice(do="park", label=says("Park")),
                CANCEL,
            ),
            keying=Keying.AMOUNT,
        ),
    }


def _gas() -> dict[str, Screen]:
    nozzles = (
        numbered(number, says("Nozzle {number}: {name}, {price}", number=number, name=name, price=price))
        for number, name, price in _GAS
    )
    return {
        "station-gas-nozzle": screen(State.CHOOSING, "Which nozzle?", "release", choices=(*nozzles, CANCEL)),
        "station-gas-preset": screen(
            State.CHOOSING,
            "How much fuel?",
            "release",
            choices=(
                pick("full", "Full tank"),
                pick("sum", "For a sum"),
                pick("litres", "So many kilograms"),
                CANCEL,
            ),
        ),
        "station-gas-kilograms": _quantity("How many kilograms?", Measured.DECAGRAM, "¥6.20"),
        "station-gas-cubic-metres": _quantity("How many cubic metres?", Measured.CENTICUBIC, "¥4.60"),
        "station-gas-confirm": screen(
            State.CONFIRM,
            "Release nozzle {number}, {name}?",
            "release",
            title_values={"number": "6", "name": "液化天然气"},
            amount="¥300.00",
            lines=(Line(label=a_unit(Measured.DECAGRAM), value="¥6.20"),),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "station-gas-fill": screen(
            State.CHOOSING,
            "Grade and quantity?",
            "join",
            choices=(
                _fill("5", quantity_shown(27_10, Measured.CENTICUBIC), "¥124.66"),
                _fill("6", quantity_shown(48_25, Measured.DECAGRAM), "¥299.15"),
                *(Choice(do="pick", value=name, label=says("{name}", name=name)) for _, name, _ in _GAS),
                CANCEL,
            ),
        ),
        "station-gas-way": screen(
            State.CHOOSING,
            "How is it paid?",
            "join",
            amount="¥299.15",
            lines=(_poured("液化天然气", quantity_shown(48_25, Measured.DECAGRAM), "¥299.15"),),
            holder=MEMBER,
            choices=(*_ways("stored", "cash", "code"), pick("split", "In parts"), CANCEL),
        ),
    }


def _ahead() -> dict[str, Screen]:
    ahead = says("{litres} paid ahead", litres="120.00 L")
    return {
        "station-ahead": screen(
            State.CHOOSING,
            "Fuel was paid ahead. Is it used?",
            "release",
            choices=(Choice(do="pick", value="ahead", label=ahead), pick("pay", "Pay for it"), CANCEL),
        ),
        "station-ahead-confirm": screen(
            State.CONFIRM,
            "Release nozzle {number}, grade {grade}?",
            "release",
            title_values={"number": "1", "grade": "92"},
            lines=(row("A litre", "¥7.38"), Line(label=ahead)),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
    }


def _company() -> dict[str, Screen]:
    fuel = _poured("92号汽油", "27.10 L", "¥200.00")
    return {
        "station-company": screen(
            State.CONFIRM,
            "Release nozzle {number}, grade {grade}?",
            "release",
            title_values={"number": "1", "grade": "92"},
            amount="¥442.80",
            lines=(row("A litre", "¥7.38"), *_OF_COMPANY),
            choices=(CONFIRM, CANCEL),
        ),
        "station-company-pays": screen(
            State.CONFIRM,
            "Charge the company?",
            "join",
            amount="¥200.00",
            lines=(*_OF_COMPANY, fuel, row("Company account", "¥200.00")),
            choices=(CONFIRM, CANCEL),
        ),
        "station-company-rest": screen(
            State.CHOOSING,
            "How is the rest paid?",
            "join",
            amount="¥62.40",
            lines=(*_OF_COMPANY, fuel, row("Company account", "¥137.60")),
            choices=(*_ways("cash", "code"), CANCEL),
        ),
    }


def _tested() -> dict[str, Screen]:
    nozzles = (
        numbered(number, says("Nozzle {number}: {name}", number=number, name=name))
        for number, name in (("1", "92号汽油"), ("2", "95号汽油"), ("4", "0号柴油"))
    )
    return {
        "shift-station": screen(
            State.CHOOSING,
            "What about the shift?",
            "shift",
            choices=(
                pick("x", "X report"),
                pick("paid_in", "Put cash in"),
                pick("paid_out", "Take cash out"),
                pick("drawer", "Open the drawer"),
                pick("tested", "Fuel back into the tank"),
                pick("close", "Close the shift (Z)"),
                CANCEL,
            ),
        ),
        "shift-totaliser": screen(
            State.KEYING,
            "Totaliser of nozzle {number}?",
            "shift",
            title_values={"number": "4"},
            lines=(Line(label=says("{name}", name="0号柴油")),),
            choices=(CANCEL,),
            keying=Keying.TOTAL,
        ),
        "shift-totals": screen(
            State.CONFIRM,
            "Close the shift? It cannot be opened again.",
            "shift",
            amount="¥1356.60",
            lines=(
                row("Counted", "¥1356.60"),
                row("Stays in the drawer", "¥300.00"),
                row("Into the safe", "¥1056.60"),
                *(
                    Line(label=says("Nozzle {number}: {name}", number=number, name=name), value=total)
                    for number, name, total in (
                        ("1", "92号汽油", "1023456.78"),
                        ("2", "95号汽油", "884120.05"),
                        ("4", "0号柴油", "2310007.65"),
                    )
                ),
                Line(label=says("{count} fills not paid", count="2"), value="¥291.51"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "pump-test-nozzle": screen(
            State.CHOOSING, "Which nozzle was tested?", "shift", choices=(*nozzles, CANCEL)
        ),
        "pump-test-fill": screen(
            State.CHOOSING,
            "Which fill was it?",
            "shift",
            choices=(
                Choice(do="pick", value="1", label=says("{litres}, {sum}", litres="20.00 L", sum="¥147.60")),
                pick("keyed", "Another: key how much"),
                CANCEL,
            ),
        ),
        "pump-test-confirm": screen(
            State.CONFIRM,
            "It is back in the tank, and no sale?",
            "shift",
            lines=(_TESTED,),
            choices=(CONFIRM, CANCEL),
        ),
        "pump-test-witness": screen(
            State.READY, "Who saw it? Scan that badge", "shift", lines=(_TESTED,), choices=(CANCEL,)
        ),
        "pump-test-refused": screen(
            State.READY,
            "Who saw it? Scan that badge",
            "shift",
            lines=(_TESTED,),
            choices=(CANCEL,),
            code=NotBesideOneself.code,
            advice=says(NotBesideOneself.for_attendant),
        ),
        "pump-test-booked": screen(
            State.SAYING, "Booked. It stands on the X and Z report.", "shift", choices=(OK,)
        ),
    }


def _quantity(asks: str, measured: Measured, price: str) -> Screen:
    return screen(
        State.KEYING,
        asks,
        "release",
        lines=(Line(label=a_unit(measured), value=price),),
        choices=(CANCEL,),
        keying=poured_by(measured),
    )


def _fill(number: str, quantity: str, fen: str) -> Choice:
    label = says("Nozzle {number}: {litres}, {sum}", number=number, litres=quantity, sum=fen)
    return Choice(do="pick", value=f"fill:{number}", label=label)


def _poured(name: str, quantity: str, fen: str) -> Line:
    return Line(label=says("{name} x {quantity}", name=name, quantity=quantity), value=fen)


def _ways(*kinds: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(do="pick", value=kind, label=label) for kind, label in TENDERS.items() if kind in kinds
    )
