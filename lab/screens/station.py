"""The screens of a fill, from the nozzle to its payment."""

from __future__ import annotations

from msgspec.structs import replace

from lab.screens.parts import CANCEL, CONFIRM, MEMBER, OK, pick, row, screen
from terminal.core.commands import TenderKind
from terminal.core.payment import TENDERS
from terminal.core.screens import Choice, Keying, Line, Screen, State, Toggles, says
from terminal.desk.buttons import numbered
from terminal.flows.join_here import toggle

_STARTS = (
    ("release", "Release a nozzle"), ("checkout", "Sale"), ("recharge", "Recharge"),
    ("join", "Fuel and join"), ("stop", "Stop a nozzle"), ("refund", "Refund"), ("shift", "Shift"),
)  # fmt: skip
_PRICES = (
    ("0号车用柴油(国六)", "¥7.05"),
    ("92号车用汽油(国六乙)", "¥7.38"),
    ("95号车用汽油(国六乙)", "¥7.87"),
)
_NOZZLES = (("1", "92号汽油", "¥7.38"), ("2", "95号汽油", "¥7.87"), ("4", "0号柴油", "¥7.05"))


def station() -> dict[str, Screen]:
    """By name, in the order in which an attendant meets them."""
    return {**_released(), **_paid()}


def _filled(value: str, number: str, litres: str, fen: str) -> Choice:
    label = says("Nozzle {number}: {litres}, {sum}", number=number, litres=litres, sum=fen)
    return Choice(do="pick", value=value, label=label)


def _nozzle(number: str, name: str, price: str) -> Choice:
    label = says("Nozzle {number}: {name}, {price}", number=number, name=name, price=price)
    return numbered(number, label)


def many_nozzles(count: int) -> Screen:
    """Of a large station, all by their longest names."""
    nozzles = (_nozzle(str(number), *_PRICES[number % len(_PRICES)]) for number in range(1, count + 1))
    return screen(State.CHOOSING, "Which nozzle?", "release", choices=(*nozzles, CANCEL))


def many_fills(count: int) -> Screen:
    """That many wait to be paid, and it may be another one still."""
    fills = (
        _filled(f"fill:{number}", str(number), "1000.00 L", "¥9999.99") for number in range(1, count + 1)
    )
    grades = (Choice(do="pick", value=name, label=says("{name}", name=name)) for name, _ in _PRICES)
    return screen(
        State.CHOOSING, "A new member. Grade and litres?", "join", choices=(*fills, *grades, CANCEL)
    )


def _coupon(value: str, name: str, fen: str) -> Choice:
    return Choice(do="pick", value=value, label=says("{name}, from {sum}", name=name, sum=fen))


def _released() -> dict[str, Screen]:
    starts = (Choice(do="start", value=flow, label=says(name)) for flow, name in _STARTS)
    nozzles = (_nozzle(*nozzle) for nozzle in _NOZZLES)
    return {
        "station-idle": screen(
            State.IDLE,
            "What shall it be?",
            choices=(*starts, Choice(do="more", label=says("More"))),
        ),
        "station-nozzle": screen(State.CHOOSING, "Which nozzle?", "release", choices=(*nozzles, CANCEL)),
        "station-many-nozzles": many_nozzles(24),
        "station-preset": screen(
            State.CHOOSING,
            "How much fuel?",
            "release",
            choices=(
                pick("full", "Full tank"),
                pick("sum", "For a sum"),
                pick("litres", "So many litres"),
                CANCEL,
            ),
        ),
        "station-card": screen(
            State.READY,
            "Present the member card or code",
            "release",
            amount="¥300.00",
            choices=(
                Choice(do="skip", label=says("Paid afterwards")),
                Choice(do="phone", label=says("By phone")),
                Choice(do="find", label=says("By name")),
                CANCEL,
            ),
        ),
        "station-too-little": screen(
            State.CHOOSING,
            "Too little is on this card. How does it go on?",
            "release",
            choices=(
                Choice(do="pick", value="less", label=says("Less: {sum} can be used", sum="¥212.00")),
                pick("other", "Another card"),
                pick("later", "Paid afterwards"),
                CANCEL,
            ),
        ),
        "station-coupon": screen(
            State.CHOOSING,
            "Which coupon comes off?",
            "release",
            choices=(
                _coupon("c12", "满300减12券", "¥300.00"),
                _coupon("c5", "满150减5券", "¥150.00"),
                pick("none", "Without a coupon"),
                CANCEL,
            ),
        ),
        "station-confirm": screen(
            State.CONFIRM,
            "Release nozzle {number}, grade {grade}?",
            "release",
            title_values={"number": "1", "grade": "92"},
            amount="¥300.00",
            lines=(
                row("A litre", "¥7.38"),
                Line(label=says("Usually they take {grade}", grade="95")),
            ),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "station-stop": screen(
            State.CHOOSING,
            "Which nozzle is stopped?",
            "stop",
            choices=(
                replace(_filled("1", "1", "12.40 L", "¥91.51"), key="1"),
                replace(_filled("4", "4", "88.03 L", "¥620.61"), key="4"),
                CANCEL,
            ),
        ),
        "station-stopped": screen(
            State.SAYING,
            "Nozzle {number} is stopped. What flowed is charged.",
            "stop",
            title_values={"number": "1"},
            choices=(OK,),
        ),
        "station-stopped-unpaid": screen(
            State.SAYING,
            "Nozzle {number} is stopped. It is paid under Fuel and join.",
            "stop",
            title_values={"number": "1"},
            choices=(OK,),
        ),
    }


def _paid() -> dict[str, Screen]:
    ways = [Choice(do="pick", value=kind, label=label) for kind, label in TENDERS.items() if kind in _WAYS]
    agrees = Toggles(asked={one: toggle(one) for one in ("marketing", "partners")}, yes={"marketing"})
    return {
        "station-plate": screen(
            State.KEYING,
            "Number plate",
            "join",
            choices=(Choice(do="skip", label=says("Leave it out")), CANCEL),
            keying=Keying.TEXT,
        ),
        "station-many-fills": many_fills(16),
        "station-fill": screen(
            State.CHOOSING,
            "A new member. Grade and litres?",
            "join",
            choices=(
                _filled("fill:1", "1", "27.10 L", "¥200.00"),
                *(
                    Choice(do="pick", value=grade, label=says("{name}", name=name))
                    for grade, name in (("92", "92号汽油"), ("95", "95号汽油"), ("0", "0号柴油"))
                ),
                CANCEL,
            ),
        ),
        "station-way": screen(
            State.CHOOSING,
            "How is it paid?",
            "join",
            amount="¥200.00",
            lines=(
                Line(label=says("{name} x {quantity}", name="92号汽油", quantity="27.10 L"), value="¥200.00"),
            ),
            holder=MEMBER,
            choices=(*ways, pick("split", "In parts"), CANCEL),
        ),
        "station-newcomer-way": screen(
            State.CHOOSING,
            "How is it paid?",
            "join",
            amount="¥200.00",
            lines=(
                Line(label=says("{name} x {quantity}", name="92号汽油", quantity="27.10 L"), value="¥200.00"),
                row("Who pays becomes a member, by the terms", "2026-1"),
                *agrees.lines,
            ),
            choices=(
                *(one for one in ways if one.value != TenderKind.STORED),
                pick("split", "In parts"),
                *(
                    Choice(do="pick", value=f"turn:{one}", label=label)
                    for one, label in agrees.labels.items()
                ),
                CANCEL,
            ),
        ),
    }


_WAYS = frozenset({"stored", "cash", "code"})
