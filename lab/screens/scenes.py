"""One screen of each state, and of each thing that may stand on it, as the counter shows them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lab.receipts.specimens import SPECIMENS
from lab.screens.members import members
from lab.screens.parts import CANCEL, CONFIRM, MEMBER, NEXT, OK, REPRINT
from lab.screens.parts import pick as _pick
from lab.screens.parts import row as _row
from lab.screens.parts import screen as _screen
from lab.screens.pumped import pumped
from lab.screens.station import station
from terminal.core.errors import DiskFull, LedgerDamaged
from terminal.core.events import DeviceHealth
from terminal.core.receipts import as_html, drawn
from terminal.core.screens import (
    Choice,
    DeviceShown,
    Keying,
    Line,
    Screen,
    State,
    Status,
    says,
)
from terminal.flows.card_care import ACTS
from terminal.flows.invoice import WAYS

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

STARTS = (
    Choice(do="start", value="checkout", label=says("Sale")),
    Choice(do="start", value="recharge", label=says("Recharge")),
    Choice(do="start", value="join", label=says("Fuel and join")),
    Choice(do="start", value="refund", label=says("Refund")),
    Choice(do="start", value="shift", label=says("Shift")),
    Choice(do="start", value="member", label=says("New member")),
    Choice(do="more", label=says("More")),
)
SELDOM = (
    Choice(do="start", value="card", label=says("Cards")),
    Choice(do="start", value="own", label=says("Member's data")),
    Choice(do="start", value="profile", label=says("Profile")),
    Choice(do="start", value="points", label=says("Points")),
    Choice(do="start", value="claim", label=says("Coupon campaign")),
    Choice(do="start", value="deposit", label=says("Deposit")),
    Choice(do="start", value="invoice", label=says("Invoice")),
    Choice(do="start", value="paper", label=says("Paper balance")),
    Choice(do="start", value="void", label=says("Void")),
    Choice(do="start", value="recharge_refund", label=says("Recharge refund")),
    Choice(do="start", value="pin", label=says("PIN")),
    Choice(do="start", value="cards", label=says("Many cards")),
    Choice(do="start", value="staff", label=says("Staff")),
    Choice(do="start", value="training", label=says("Training")),
    Choice(do="more", label=says("Back"), key="Escape"),
)


def _goods(name: str, count: str, value: str, ref: str = "") -> Line:
    return Line(
        label=says("{name} x {quantity}", name=name, quantity=count), value=value, ref=ref, changes=bool(ref)
    )


def _off(name: str, value: str) -> Line:
    return Line(label=says("{name}", name=name), value=value)


def _why(why: str) -> Line:
    return Line(label=says("For the technician: {why}", why=why))


_CART = (
    _goods("红富士苹果", "1.250 kg", "¥16.00", "0"),
    _off("会员价", "-¥1.60"),
    _goods("Spring water 550 ml", "3", "¥6.00", "1"),
    _goods("丹东草莓 礼盒装", "1", "¥68.00", "2"),
    _goods("手工录入", "1", "¥12.34", "3"),
)
_FIND = Choice(do="find", label=says("Find"))
_BILL = tuple(Line(label=line.label, value=line.value) for line in _CART)


def _receipt(name: str, language: str) -> str:
    return as_html(drawn(SPECIMENS[name].document(language), 32))


def scenes(language: str) -> Mapping[str, Screen]:
    """By name, in the order of a working day; receipts are printed in `language`. Steps are not set."""
    return MappingProxyType(
        {
            **_asking(),
            **station(),
            **pumped(),
            **members(language),
            **_shift(language),
            **_staff(),
            **_back(language),
            **_ending(language),
        }
    )


def _asking() -> dict[str, Screen]:
    return {
        "idle": _screen(State.IDLE, "What shall it be?", choices=STARTS),
        "idle-more": _screen(State.IDLE, "What shall it be?", choices=SELDOM),
        "cart-empty": _screen(
            State.CART,
            "Scan the goods, or key an amount",
            "checkout",
            amount="¥0.00",
            choices=(
                *(
                    Choice(do="unpark", value=time, label=says("Parked at {time}: {sum}", time=time, sum=due))
                    for time, due in (("10:42", "¥86.40"), ("10:58", "¥7.00"))
                ),
                _FIND,
                CANCEL,
            ),
            keying=Keying.AMOUNT,
        ),
        "cart": _screen(
            State.CART,
            "Scan the goods, or key an amount",
            "checkout",
            amount="¥100.74",
            lines=_CART,
            hint=says("{sum} more for {name}", sum="¥19.26", name="满120减12"),
            choices=(
                Choice(do="done", label=says("That is all"), key="Enter"),
                _FIND,
                Choice(do="park", label=says("Park")),
                CANCEL,
            ),
            keying=Keying.AMOUNT,
        ),
        "ready": _screen(
            State.READY,
            "Present the member card or code",
            "checkout",
            amount="¥100.74",
            choices=(
                Choice(do="skip", label=says("No card")),
                Choice(do="phone", label=says("By phone")),
                CANCEL,
            ),
        ),
        "keying-member": _screen(
            State.KEYING,
            "Key the member's phone number",
            "checkout",
            choices=(Choice(do="skip", label=says("Card or code")), CANCEL),
            keying=Keying.PHONE,
        ),
        "ready-code": _screen(
            State.READY,
            "Scan the customer's payment code",
            "checkout",
            amount="¥14.34",
            lines=(*_BILL, _row("Stored value", "¥86.40"), _row("Outside code payment", "¥14.34")),
            choices=(Choice(do="skip", label=says("By the shop's own code")), CANCEL),
            code="A172",
            advice=says("That is no payment code. Ask the customer to show the code they pay with."),
        ),
        "waiting-code": _screen(
            State.READING,
            "The customer confirms on the phone. Cancel takes it back.",
            "checkout",
            amount="¥14.34",
            choices=(CANCEL,),
        ),
        "undoing-code": _screen(State.READING, "Taking the payment back. Wait.", "checkout", amount="¥14.34"),
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
                Choice(do="pick", value="code", label=says("Outside code payment")),
                Choice(do="pick", value="card", label=says("Bank terminal")),
                Choice(do="pick", value="split", label=says("In parts")),
                CANCEL,
            ),
        ),
        "choosing-part": _screen(
            State.CHOOSING,
            "How is a part of it paid?",
            "checkout",
            amount="¥14.34",
            lines=(*_BILL, _row("Stored value", "¥86.40")),
            holder=MEMBER,
            choices=(
                Choice(do="pick", value="points", label=says("Points")),
                Choice(do="pick", value="cash", label=says("Cash")),
                Choice(do="pick", value="code", label=says("Outside code payment")),
                Choice(do="pick", value="card", label=says("Bank terminal")),
                CANCEL,
            ),
        ),
        "keying-part": _screen(
            State.KEYING,
            "How much of it?",
            "checkout",
            lines=(_row("Stored value", ""), _row("At most", "¥86.40")),
            choices=(Choice(do="pick", value="86.40", label=says("All: {sum}", sum="¥86.40")), CANCEL),
            keying=Keying.AMOUNT,
        ),
        "keying-points": _screen(
            State.KEYING,
            "How many points does the member use?",
            "checkout",
            lines=(
                Line(label=says("{points} points are", points="100"), value="¥5.00"),
                _row("At most", "1200"),
                _row("They pay", "¥60.00"),
            ),
            choices=(
                Choice(do="pick", value="1200", label=says("All: {points} points", points="1200")),
                CANCEL,
            ),
            keying=Keying.PIECES,
        ),
        "choosing-gift": _screen(
            State.CHOOSING,
            "Points for what?",
            "points",
            choices=(
                Choice(
                    do="pick",
                    value="0",
                    label=says("{name}: {points} points", name="柔肤水试用装", points="500"),
                ),
                Choice(
                    do="pick",
                    value="1",
                    label=says(
                        "{name}: {points} points and {sum}", name="护手霜", points="200", sum="¥15.00"
                    ),
                ),
                CANCEL,
            ),
        ),
        "approved-claim": _screen(
            State.APPROVED,
            "Hand over the receipt: it is collected with {code}.",
            "points",
            title_values={"code": "123 456 782"},
            lines=(_row("Claim code", "123 456 782"), _row("Goods points", "-500")),
            choices=(
                Choice(do="done", label=says("OK"), key="Enter"),
                Choice(do="reprint", label=says("Reprint")),
            ),
        ),
        "confirm-parts": _screen(
            State.CONFIRM,
            "Charge the card, take the cash, give {change} back?",
            "checkout",
            title_values={"change": "¥5.70"},
            amount="¥100.70",
            lines=(
                *_BILL,
                _row("Stored value", "¥86.40"),
                _row("Cash", "¥14.30"),
                _row("Cash rounding", "-¥0.04"),
                _row("Received", "¥20.00"),
                _row("Change", "¥5.70"),
                _row("Balance after", "¥225.60"),
            ),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
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
            "Scan the driver's code or card, or key the phone number",
            "join",
            choices=(Choice(do="skip", label=says("Without joining")), CANCEL),
            keying=Keying.PHONE,
        ),
        "keying-pin": _screen(
            State.KEYING,
            "The member keys the PIN",
            "checkout",
            amount="¥86.40",
            lines=(_row("Above what is paid without the PIN today.", ""), _row("Tries left", "4")),
            choices=(CANCEL,),
            keying=Keying.PIN,
            code="55",
            advice=says("That is not the PIN. Let the member key it again."),
        ),
        "keying-name": _screen(
            State.KEYING, "The member's name", "member", choices=(CANCEL,), keying=Keying.TEXT
        ),
        "keying-birthday": _screen(
            State.KEYING,
            "Birthday: year, month and day in eight digits",
            "member",
            choices=(Choice(do="skip", label=says("Leave it out")), CANCEL),
            keying=Keying.DAY,
        ),
        "keying-document": _screen(
            State.KEYING,
            "Number of the document",
            "member",
            choices=(CANCEL,),
            keying=Keying.TEXT,
            code="A164",
            advice=says("That number cannot be right. Read it from the document once more."),
        ),
        "choosing-consent": _screen(
            State.CHOOSING,
            "May the shop keep what they say about their health?",
            "member",
            choices=(_pick("yes", "Yes"), _pick("no", "No"), CANCEL),
        ),
        "confirm-joining": _screen(
            State.CONFIRM,
            "Does the member accept the terms, version {version}?",
            "member",
            title_values={"version": "2026-1"},
            lines=(
                _row("Phone", "190****0301"),
                _row("Name", "王**"),
                _row("Card", "**********3456"),
                _row("May the shop send offers?", "✓"),
                _row("May partners of the shop send offers?", "✗"),
                _row("May the shop keep what they say about their health?", "✓"),
                _row("Coupons", "+9"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "choosing-deposit": _screen(
            State.CHOOSING,
            "Which deposit?",
            "deposit",
            choices=(
                *(
                    Choice(
                        do="pick",
                        value=name,
                        label=says("{number}  {name} {price}", number=number, name=name, price=price),
                    )
                    for number, name, price in (
                        ("T1-1-33", "生日蛋糕 12 寸", "¥50.00"),
                        ("T1-1-41", "丹东草莓 礼盒装 5 kg、红富士苹果", "¥128.00"),
                    )
                ),
                CANCEL,
            ),
        ),
        "confirm-invoice": _screen(
            State.CONFIRM,
            "Is that the amount of the invoice?",
            "invoice",
            amount="¥1000.00",
            lines=(
                _row("Receipt", "T1-1-22-CAFED00D"),
                _row("Invoice", "24312000000012345678"),
                _row("Paid for it", "¥1000.00"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "confirm-invoice-asked": _screen(
            State.CONFIRM,
            "Ask for this invoice?",
            "invoice",
            amount="¥1000.00",
            lines=(
                _row("Receipt", "T1-1-22-CAFED00D"),
                Line(label=says("{name}", name="杭州鲜果坊电子商务有限公司城西分公司第二营业部" * 2)),
                _row("Tax number", "91350100M000100Y43"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "choosing-invoice": Screen(
            state=State.CHOOSING,
            step=7,
            title=says(
                "Asked for on {day}, and refused: {why}", day="2026-11-24", why="纳税人识别号与名称不符"
            ),
            flow="invoice",
            choices=(*(Choice(do="pick", value=way, label=words) for way, words in WAYS.items()), CANCEL),
        ),
        "confirm-paper": _screen(
            State.CONFIRM,
            "Take over what stands on the sheet?",
            "paper",
            lines=(_row("Sheet", "2019-0042"), _row("Principal", "¥120.00"), _row("Goods points", "340")),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "confirm-many-cards": _screen(
            State.CONFIRM,
            "Cancel {count} cards?",
            "cards",
            title_values={"count": "3"},
            lines=(
                _row("Cards without value", "3"),
                _row("Left out, value on them", "1"),
                _row("Sum of what is left out", "¥1.50"),
                Line(label=says("{card}", card="YT0022"), value="¥1.50"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "choosing-card": _screen(
            State.CHOOSING,
            "What about the card?",
            "card",
            choices=(*(Choice(do="pick", value=act, label=words) for act, words in ACTS.items()), CANCEL),
        ),
        "confirm-new-card": _screen(
            State.CONFIRM,
            "Does the new card take the place of the old one?",
            "card",
            amount="",
            lines=(
                _row("Name", "王**"),
                _row("Card until now", "****1234"),
                _row("New card", "**********E5F6"),
                _row("On the card", "¥312.00"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "confirm-deposit-back": _screen(
            State.CONFIRM,
            "Give the deposit back?",
            "deposit",
            back=True,
            amount="¥50.00",
            lines=(
                _off("生日蛋糕 12 寸", ""),
                Line(label=says("Left on {day}", day="2026-11-20"), value="¥50.00"),
                _row("Cash", "¥50.00"),
            ),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "keying-litres": _screen(
            State.KEYING,
            "A new member. Grade and litres?",
            "join",
            lines=(_off("92号汽油", "¥7.85"),),
            choices=(CANCEL,),
            keying=Keying.LITRES,
        ),
        "keying-weight": _screen(
            State.KEYING,
            "How much does {name} weigh?",
            "checkout",
            title_values={"name": "红富士苹果"},
            lines=(Line(label=says("Up to now"), value="1.250 kg"),),
            choices=(CANCEL,),
            keying=Keying.WEIGHT,
        ),
        "keying-search": _screen(
            State.KEYING, "Which article?", "checkout", choices=(CANCEL,), keying=Keying.SEARCH
        ),
        "choosing-article": _screen(
            State.CHOOSING,
            "Which article?",
            "checkout",
            choices=(
                *(
                    Choice(do="pick", value=name, label=says("{name} {price}", name=name, price=price))
                    for name, price in (("红富士苹果", "¥11.96"), ("黄蕉苹果 礼盒装 5 kg", "¥128.00"))
                ),
                CANCEL,
            ),
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


_NOTHING = _pick("0", "Nothing")


def _shift(language: str) -> dict[str, Screen]:
    return {
        "shift": _screen(
            State.CHOOSING,
            "What about the shift?",
            "shift",
            choices=(
                _pick("x", "X report"),
                _pick("paid_in", "Put cash in"),
                _pick("paid_out", "Take cash out"),
                _pick("drawer", "Open the drawer"),
                _pick("close", "Close the shift (Z)"),
                CANCEL,
            ),
        ),
        "shift-who": _screen(
            State.CHOOSING,
            "Who is at the drawer?",
            "shift",
            choices=(
                *(
                    Choice(do="pick", value=f"E{place}", label=says("{name}", name=name))
                    for place, name in enumerate(("王二", "李四", "欧阳小明"))
                ),
                CANCEL,
            ),
        ),
        "shift-pieces": _screen(
            State.KEYING,
            "How many of {sum}?",
            "shift",
            title_values={"sum": "¥20.00"},
            lines=(_row("Counted so far", "¥1850.00"),),
            choices=(_NOTHING, CANCEL),
            keying=Keying.PIECES,
        ),
        "shift-rest": _screen(
            State.KEYING,
            "How much stays for the next shift?",
            "shift",
            choices=(
                _NOTHING,
                Choice(do="pick", value="2344.92", label=says("All: {sum}", sum="¥2344.92")),
                CANCEL,
            ),
            keying=Keying.AMOUNT,
        ),
        "shift-close": _screen(
            State.CONFIRM,
            "Close the shift? It cannot be opened again.",
            "shift",
            amount="¥2344.92",
            lines=(
                _row("Counted", "¥2344.92"),
                _row("Stays in the drawer", "¥300.00"),
                _row("Into the safe", "¥2044.92"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "shift-z": _screen(
            State.APPROVED,
            "The shift is closed. {sum} goes into the safe.",
            "shift",
            title_values={"sum": "¥2044.92"},
            amount="¥2344.92",
            lines=(_row("Short", "¥3.00"), _row("Number", "T1-1-26-0DDBA115")),
            choices=(OK, REPRINT),
            receipt=_receipt("z-report", language),
        ),
    }


_RECEIPT_NO = _row("Of receipt", "T1-1-17-9F3A01BC")


def _back(language: str) -> dict[str, Screen]:
    """What comes back: which, how much of it, what goes back as what."""
    return {
        "refund-which": _screen(
            State.KEYING,
            "Scan the receipt of what comes back, or present the card",
            "refund",
            choices=(Choice(do="skip", label=says("Today's receipts")), CANCEL),
            keying=Keying.RECEIPT,
        ),
        "refund-today": _screen(
            State.CHOOSING,
            "Which of these?",
            "refund",
            choices=(
                *(
                    Choice(
                        do="pick",
                        value=time,
                        label=says("{day} {time}  {sum}  {what}", day="11-24", time=time, sum=fen, what=what),
                    )
                    for time, fen, what in (
                        ("10:58", "¥100.74", "红富士苹果"),
                        ("10:42", "¥7.00", "Spring water 550 ml"),
                        ("09:31", "¥318.00", "丹东草莓 礼盒装"),
                    )
                ),
                CANCEL,
            ),
        ),
        "refund-lines": _screen(
            State.CHOOSING,
            "What comes back?",
            "refund",
            choices=(
                _pick("all", "Everything"),
                Choice(
                    do="pick",
                    value="0",
                    label=says(
                        "{name} x {quantity}  {sum}", name="红富士苹果", quantity="1.250 kg", sum="¥14.40"
                    ),
                ),
                Choice(
                    do="pick",
                    value="1",
                    label=says(
                        "{name}: of {sold} {back} came back on {day}, {sum} left",
                        name="Spring water 550 ml",
                        sold="3",
                        back="1",
                        day="2026-11-23",
                        sum="¥4.00",
                    ),
                ),
                CANCEL,
            ),
        ),
        "refund-weight": _screen(
            State.KEYING,
            "How much {name} comes back?",
            "refund",
            title_values={"name": "红富士苹果"},
            lines=(Line(label=says("At most"), value="1.250 kg"),),
            choices=(CANCEL,),
            keying=Keying.WEIGHT,
        ),
        "refund-confirm": _screen(
            State.CONFIRM,
            "Take the goods, and give this back?",
            "refund",
            amount="¥32.80",
            lines=(
                _goods("马来西亚猫山王榴莲", "0.745 kg", "¥30.71"),
                _goods("Spring water 550 ml", "1", "¥2.00"),
                _row("Cash back", "¥20.20"),
                _row("Back to the card: principal", "¥12.60"),
                _row("Cash rounding", "+¥0.09"),
                _row("Goods points", "-29"),
                _row("Goods points owed", "+3"),
                _RECEIPT_NO,
                _row("That card is not in use any more. Its value waits on the member's account.", ""),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "refund-approved": _screen(
            State.APPROVED,
            "Booked. Give {cash} back, with the receipt.",
            "refund",
            title_values={"cash": "¥20.20"},
            amount="¥32.80",
            lines=(
                _row("Cash back", "¥20.20"),
                _row("Back to the card: principal", "¥12.60"),
                _row("Cash rounding", "+¥0.01"),
                _row("Goods points", "-31"),
                _row("Balance after", "¥12.60"),
                _row("Number", "T1-1-41-0DDBA115"),
            ),
            choices=(OK, REPRINT),
            receipt=_receipt("refund", language),
        ),
        "void-confirm": _screen(
            State.CONFIRM,
            "Undo all of it?",
            "void",
            amount="¥519.00",
            lines=(
                Line(
                    label=says(
                        "{day} {time}  {sum}  {what}",
                        day="11-24",
                        time="10:05",
                        sum="¥519.07",
                        what="马来西亚猫山王榴莲",
                    )
                ),
                _row("Cash back", "¥319.00"),
                _row("Back to the card: principal", "¥190.00"),
                _row("Back to the card: bonus", "¥10.00"),
                _row("Cash rounding", "-¥0.07"),
                _row("Goods points", "-519"),
                _RECEIPT_NO,
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "recharge-refund-wish": _screen(
            State.CHOOSING,
            "Whose wish is it?",
            "recharge_refund",
            choices=(
                _pick("cooling_off", "Within days, never had it before"),
                _pick("member", "The member wishes it"),
                _pick("shop", "The shop ends it"),
                CANCEL,
            ),
        ),
        "recharge-refund-confirm": _screen(
            State.CONFIRM,
            "Pay this back, and end the recharge?",
            "recharge_refund",
            amount="¥40.90",
            lines=(
                _row("Paid in", "¥50.00"),
                _row("Bonus given with it", "¥5.00"),
                _row("Spent of both", "¥10.01"),
                _row("Of it principal, in proportion", "-¥9.10"),
                _row("By the rule", "¥40.90"),
                _row("Cash back", "¥40.90"),
                _row("Principal that ends", "-¥39.99"),
                _row("Bonus that ends", "-¥5.00"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
    }


def _staff() -> dict[str, Screen]:
    why = _row("A small purchase", "¥620.00")
    return {
        "staff-badge": _screen(
            State.READY,
            "Who approves that cash is taken out?",
            "shift",
            amount="¥620.00",
            lines=(why,),
            choices=(CANCEL,),
            code="A154",
            advice=says("This badge may not approve that. Ask the shift lead or the manager."),
        ),
        "staff-pin": _screen(
            State.KEYING,
            "{name} keys the PIN",
            "shift",
            title_values={"name": "王店长"},
            amount="¥620.00",
            lines=(_row("Tries left", "3"),),
            choices=(CANCEL,),
            keying=Keying.PIN,
            code="A150",
            advice=says("That is not the PIN of this badge. Key it again."),
        ),
        "staff-pins": _screen(
            State.CHOOSING,
            "What about the staff?",
            "staff",
            choices=(
                Choice(do="pick", value="own", label=says("Choose my own PIN")),
                Choice(do="pick", value="give", label=says("Give somebody a PIN")),
                CANCEL,
            ),
        ),
        "taking-off": _screen(
            State.KEYING,
            "How many percent off?",
            "checkout",
            lines=(_off("丹东草莓 礼盒装", "¥68.00"),),
            choices=(CANCEL,),
            keying=Keying.PIECES,
        ),
        "taking-off-why": _screen(
            State.CHOOSING,
            "Why is it taken off?",
            "checkout",
            choices=(
                *(
                    Choice(do="pick", value=why, label=says("{name}", name=why))
                    for why in ("破损", "临期", "比价", "其他")
                ),
                CANCEL,
            ),
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
        "approved-member": _screen(
            State.APPROVED,
            "A new member. Hand over the card and the slip.",
            "member",
            lines=(_row("Coupons", "+9"), _row("Balance after", "¥0.00")),
            choices=(OK, REPRINT),
            receipt=_receipt("joined", language),
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
