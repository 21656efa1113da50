"""One screen of each state, and of each thing that may stand on it, as the counter shows them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lab.receipts.specimens import SPECIMENS
from terminal.core.errors import DiskFull, LedgerDamaged
from terminal.core.events import DeviceHealth
from terminal.core.receipts import as_html, drawn
from terminal.core.screens import (
    Choice,
    DeviceShown,
    HolderShown,
    Keying,
    Line,
    Screen,
    State,
    Status,
    says,
)

_READY = DeviceHealth.READY
STATUS = Status(
    shop="鲜果坊·人民路店",
    terminal="T1",
    shift="2026-11-24-1",
    attendant="ST-1001",
    online=True,
    waiting=0,
    devices=(
        DeviceShown(name="front-reader", kind="reader", health=_READY),
        DeviceShown(name="front-scanner", kind="scanner", health=_READY),
        DeviceShown(name="receipts", kind="printer", health=_READY),
    ),
)
OFFLINE = Status(
    shop="鲜果坊·人民路店",
    terminal="T1",
    shift="2026-11-24-1",
    attendant="ST-1001",
    online=False,
    waiting=128,
    devices=(
        DeviceShown(name="front-reader", kind="reader", health=_READY),
        DeviceShown(name="badge-reader", kind="reader", health=DeviceHealth.STARTING),
        DeviceShown(name="front-scanner", kind="scanner", health=DeviceHealth.DOWN, why="ENODEV"),
        DeviceShown(name="receipts", kind="printer", health=_READY),
    ),
    notice=says("Paper is out. Change the roll, then press Reprint."),
    notice_code="P101",
)

CANCEL = Choice(do="cancel", label=says("Cancel"), key="Escape")
OK = Choice(do="done", label=says("OK"), key="Enter")
CONFIRM = Choice(do="confirm", label=says("Confirm"), key="Enter")
NEXT = Choice(do="done", label=says("Next customer"), key="Enter")
REPRINT = Choice(do="reprint", label=says("Reprint"))
STARTS = (
    Choice(do="start", value="checkout", label=says("Sale")),
    Choice(do="start", value="recharge", label=says("Recharge")),
    Choice(do="start", value="join", label=says("Fuel and join")),
)
MEMBER = HolderShown(name="王**", number="****1234", tier="金卡", balance="¥312.00", points="1284")


def _goods(name: str, count: str, value: str, ref: str = "") -> Line:
    return Line(label=says("{name} x {quantity}", name=name, quantity=count), value=value, ref=ref)


def _off(name: str, value: str) -> Line:
    return Line(label=says("{name}", name=name), value=value)


def _why(why: str) -> Line:
    return Line(label=says("For the technician: {why}", why=why))


def _row(text: str, value: str) -> Line:
    return Line(label=says(text), value=value)


_CART = (
    _goods("红富士苹果", "1.250 kg", "¥16.00", "0"),
    _off("会员价", "-¥1.60"),
    _goods("Spring water 550 ml", "3", "¥6.00", "1"),
    _goods("丹东草莓 礼盒装", "1", "¥68.00", "2"),
    _goods("手工录入", "1", "¥12.34", "3"),
)
_BILL = tuple(Line(label=line.label, value=line.value) for line in _CART)


def _receipt(name: str, language: str) -> str:
    return as_html(drawn(SPECIMENS[name].document(language), 32))


def scenes(language: str) -> Mapping[str, Screen]:
    """By name, in the order of a working day; receipts are printed in `language`. Steps are not set."""
    return MappingProxyType({**_asking(), **_ending(language)})


def _screen(state: State, title: str, flow: str = "", **parts: object) -> Screen:
    return Screen(state=state, step=0, title=says(title), flow=flow, **parts)  # type: ignore[arg-type]


def _asking() -> dict[str, Screen]:
    return {
        "idle": _screen(State.IDLE, "What shall it be?", choices=STARTS),
        "cart-empty": _screen(
            State.CART,
            "Scan the goods, or key an amount",
            "checkout",
            amount="¥0.00",
            choices=(CANCEL,),
            keying=Keying.AMOUNT,
        ),
        "cart": _screen(
            State.CART,
            "Scan the goods, or key an amount",
            "checkout",
            amount="¥100.74",
            lines=_CART,
            choices=(Choice(do="done", label=says("That is all"), key="Enter"), CANCEL),
            keying=Keying.AMOUNT,
        ),
        "ready": _screen(
            State.READY,
            "Present the member card or code",
            "checkout",
            amount="¥100.74",
            choices=(Choice(do="skip", label=says("No card")), CANCEL),
        ),
        "reading": _screen(State.READING, "Reading the card. Leave it there.", "checkout"),
        "choosing": _screen(
            State.CHOOSING,
            "How is it paid?",
            "checkout",
            amount="¥100.74",
            lines=_BILL,
            holder=MEMBER,
            choices=(
                Choice(do="pick", value="stored", label=says("Stored value")),
                Choice(do="pick", value="cash", label=says("Cash")),
                CANCEL,
            ),
        ),
        "choosing-grade": _screen(
            State.CHOOSING,
            "A new member. Grade and litres?",
            "join",
            choices=(
                *(
                    Choice(do="pick", value=grade, label=says("{name}", name=name))
                    for grade, name in (
                        ("92", "92号汽油"),
                        ("95", "95号汽油"),
                        ("98", "98号汽油"),
                        ("0", "0号柴油"),
                        ("-10", "-10号柴油"),
                    )
                ),
                CANCEL,
            ),
        ),
        "keying-amount": _screen(
            State.KEYING,
            "How much is recharged?",
            "recharge",
            lines=(_row("At most", "¥4688.00"),),
            holder=MEMBER,
            choices=(CANCEL,),
            keying=Keying.AMOUNT,
        ),
        "keying-cash": _screen(
            State.KEYING,
            "How much cash was given?",
            "checkout",
            amount="¥100.70",
            choices=(Choice(do="pick", value="100.70", label=says("Exactly {sum}", sum="¥100.70")), CANCEL),
            keying=Keying.CASH,
        ),
        "keying-refused": _screen(
            State.KEYING,
            "How much cash was given?",
            "checkout",
            amount="¥100.70",
            choices=(Choice(do="pick", value="100.70", label=says("Exactly {sum}", sum="¥100.70")), CANCEL),
            keying=Keying.CASH,
            code="A108",
            advice=says("That is less than the amount due. Count the money again."),
        ),
        "keying-phone": _screen(
            State.KEYING,
            "Scan the driver's code, or key the phone number",
            "join",
            choices=(Choice(do="skip", label=says("Without joining")), CANCEL),
            keying=Keying.PHONE,
        ),
        "keying-litres": _screen(
            State.KEYING,
            "A new member. Grade and litres?",
            "join",
            lines=(_off("92号汽油", "¥7.85"),),
            choices=(CANCEL,),
            keying=Keying.LITRES,
        ),
        "confirm": _screen(
            State.CONFIRM,
            "Charge the card?",
            "checkout",
            amount="¥100.74",
            lines=(*_BILL, _row("Balance after", "¥211.26")),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "processing": _screen(
            State.PROCESSING, "Booking. Do not remove the card.", "checkout", amount="¥100.74"
        ),
    }


def _ending(language: str) -> dict[str, Screen]:
    return {
        "approved": _screen(
            State.APPROVED,
            "Paid. Hand over the goods and the receipt.",
            "checkout",
            amount="¥20.00",
            lines=(
                _row("Goods points", "+20"),
                _row("Balance after", "¥85.00"),
                _row("Number", "T1-1-17-9F3A01BC"),
            ),
            choices=(NEXT, REPRINT),
            receipt=_receipt("sale", language),
        ),
        "approved-join": _screen(
            State.APPROVED,
            "Paid, and a new member. Hand over the receipt with the coupons.",
            "join",
            amount="¥273.30",
            lines=(
                _row("Change", "¥26.70"),
                _row("Petrol points", "+273"),
                _row("Coupons", "+9"),
                _row("Balance after", "¥0.00"),
                _row("Number", "T1-1-21-DEADBEEF"),
            ),
            choices=(NEXT, REPRINT),
            receipt=_receipt("join", language),
        ),
        "declined": _screen(
            State.DECLINED,
            "Declined",
            "checkout",
            code="51",
            advice=says("Not enough value on the card. Take cash, or recharge first."),
            choices=(OK,),
        ),
        "saying": _screen(State.SAYING, "Cancelled. Nothing was charged.", "checkout", choices=(OK,)),
        "closed": _screen(
            State.CLOSED,
            "Nothing can be booked now",
            "",
            code=DiskFull.code,
            advice=says(DiskFull.for_attendant),
            lines=(_why("3 of 16 MiB free at /var/lib/card-terminal"),),
        ),
        "closed-damaged": _screen(
            State.CLOSED,
            "Nothing can be booked now",
            "",
            code=LedgerDamaged.code,
            advice=says(LedgerDamaged.for_attendant),
            lines=(_why("/var/lib/card-terminal/ledger.db: seq 1284: the chain breaks here"),),
        ),
    }
