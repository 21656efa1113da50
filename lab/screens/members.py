"""One screen of each thing that members hold, ask for and are given, as the counter shows them."""

from __future__ import annotations

from lab.receipts.specimens import SPECIMENS
from lab.screens.parts import CANCEL, CONFIRM, MEMBER, NEXT, OK, REPRINT, pick, row, screen
from terminal.core.receipts import as_html, drawn
from terminal.core.screens import Choice, Keying, Line, Screen, State, says
from terminal.flows.own_data import ACTS


def members(language: str) -> dict[str, Screen]:
    """By name; receipts are printed in `language`."""
    return {**_value(language), **_people(), **_cards(language)}


def _receipt(name: str, language: str) -> str:
    return as_html(drawn(SPECIMENS[name].document(language), 32))


def _named(name: str, value: str = "") -> Line:
    return Line(label=says("{name}", name=name), value=value)


def _value(language: str) -> dict[str, Screen]:
    uses = says("{name}, {left} left until {day}", name="剪发十次卡", left="10", day="2027-11-24")
    coupons = (("满100减12券", "¥88.74"), ("生日九折券", "¥90.66"))
    return {
        "choosing-uses": screen(
            State.CHOOSING,
            "{name}: use the count card?",
            "checkout",
            title_values={"name": "剪发"},
            choices=(Choice(do="pick", value="use", label=uses), pick("pay", "Pay for it"), CANCEL),
        ),
        "approved-uses": screen(
            State.APPROVED,
            "Paid. Hand over the goods and the receipt.",
            "checkout",
            amount="¥44.00",
            lines=(
                row("Goods points", "+6"),
                row("Cashback earned", "+¥0.12"),
                Line(label=says("Uses left, {name}", name="剪发十次卡"), value="x9"),
                row("Balance after", "¥85.00"),
                row("Number", "T1-1-50-0BADCAFE"),
            ),
            choices=(NEXT, REPRINT),
            receipt=_receipt("count-card-used", language),
        ),
        "choosing-coupon": screen(
            State.CHOOSING,
            "Which coupon comes off?",
            "checkout",
            choices=(
                *(
                    Choice(do="pick", value=name, label=says("{name}: {sum}", name=name, sum=fen))
                    for name, fen in coupons
                ),
                Choice(do="pick", value="none", label=says("Without a coupon: {sum}", sum="¥100.74")),
                CANCEL,
            ),
        ),
        "keying-voucher": screen(
            State.KEYING,
            "Scan or key the voucher's code",
            "checkout",
            amount="¥104.00",
            lines=(row("Group-buy voucher", "¥3.00"),),
            choices=(CANCEL,),
            keying=Keying.RECEIPT,
        ),
        "choosing-points": screen(
            State.CHOOSING,
            "What about the points?",
            "points",
            choices=(
                pick("take", "Points for something"),
                pick("collect", "Collect with a claim code"),
                CANCEL,
            ),
        ),
        "confirm-points": screen(
            State.CONFIRM,
            "Take the points?",
            "points",
            lines=(_named("柔肤水试用装"), row("Points", "-500"), row("Points after", "784")),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
        "keying-claim": screen(
            State.KEYING, "Key the claim code", "points", choices=(CANCEL,), keying=Keying.TEXT
        ),
        "confirm-claim": screen(
            State.CONFIRM,
            "Hand it over?",
            "points",
            lines=(
                _named("柔肤水试用装"),
                row("Points", "500"),
                Line(label=says("Booked on {day}", day="2026-11-20")),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "confirm-campaign": screen(
            State.CONFIRM,
            "Give these coupons?",
            "claim",
            lines=(_named("秋季领券"), row("Coupons", "+2")),
            holder=MEMBER,
            choices=(CONFIRM, CANCEL),
        ),
    }


def _people() -> dict[str, Screen]:
    acts = (Choice(do="pick", value=act, label=label) for act, label in ACTS.items())
    about = (
        pick("write", "Write down what was done"),
        pick("see", "What was done before"),
        pick("correct", "Correct what was written"),
        pick("tags", "Tags"),
        pick("stylist", "Who serves them"),
    )
    return {
        "choosing-own": screen(State.CHOOSING, "What does the member ask?", "own", choices=(*acts, CANCEL)),
        "confirm-corrected": screen(
            State.CONFIRM,
            "Is this so from now on?",
            "own",
            lines=(
                row("Name", "李*"),
                row("Phone", "190****0377"),
                row("Phone", "190****0377 → 190****0388"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "choosing-agreed": screen(
            State.CHOOSING,
            "May the shop send offers?",
            "own",
            choices=(pick("yes", "Yes"), pick("no", "No"), pick("same", "As it is"), CANCEL),
        ),
        "choosing-profile": screen(
            State.CHOOSING, "What about this member?", "profile", choices=(*about, CANCEL)
        ),
        "ready-brought": screen(
            State.READY,
            "Which member brought them? Present the card, or key the phone number",
            "member",
            choices=(
                Choice(do="skip", label=says("Nobody brought them")),
                Choice(do="phone", label=says("By phone")),
                CANCEL,
            ),
        ),
    }


def _cards(language: str) -> dict[str, Screen]:
    states = (("****1234", "{card}, in use"), ("****5678", "{card}, reported lost"))
    return {
        "choosing-which-card": screen(
            State.CHOOSING,
            "Which card?",
            "card",
            choices=(
                *(Choice(do="pick", value=card, label=says(text, card=card)) for card, text in states),
                CANCEL,
            ),
        ),
        "approved-new-card": screen(
            State.APPROVED,
            "Hand over the new card and the slip. The old number is dead.",
            "card",
            lines=(row("Balance after", "¥88.00"),),
            choices=(OK, REPRINT),
            receipt=_receipt("new-card", language),
        ),
        "confirm-merge": screen(
            State.CONFIRM,
            "Shall these two become one?",
            "card",
            lines=(
                row("It ends", "王** ****5678"),
                row("On the card", "¥12.00"),
                row("It stays", "王** ****1234"),
                row("On the card", "¥312.00"),
                Line(label=says("Tier"), value="gold", word=says("gold")),
                row("The PIN is that of the membership that ends", ""),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "confirm-transfer": screen(
            State.CONFIRM,
            "Does the new holder accept the terms, version {version}?",
            "card",
            title_values={"version": "2026-2"},
            lines=(
                row("From", "王** ****1234"),
                row("To", "李* 190****0302"),
                row("On the card", "¥312.00"),
                row("To be handed over", "**********1234"),
                row("Will be cancelled", "**********5678"),
                row("Will be cancelled", "**********9012"),
                row("Will be cancelled", "**********3456"),
                row("Will be cancelled", "+1"),
            ),
            choices=(CONFIRM, CANCEL),
        ),
        "choosing-many-cards": screen(
            State.CHOOSING,
            "Which cards?",
            "cards",
            choices=(
                pick("numbers", "By first and last number"),
                pick("day", "Issued until a day"),
                pick("tier", "Of one tier"),
                pick("all", "All without value"),
                CANCEL,
            ),
        ),
        "approved-many-cards": screen(
            State.APPROVED,
            "The cards are cancelled. The list is printed.",
            "cards",
            choices=(OK, REPRINT),
            receipt=_receipt("many-cards", language),
        ),
    }
