"""Every flow of counter and forecourt from the idle page to its end, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.acquirer import Whim
from lab.faces.face import (
    Case,
    Claimed,
    Comes,
    Does,
    Keyed,
    OfBadge,
    Receipt,
    Refused,
    Scanned,
    Shown,
    Step,
    Swiped,
)
from lab.shop.benefits import CAMPAIGN
from lab.shop.goods import COUNT_CARD, OIL, WASH, WATER
from lab.shop.people import STAFF
from lab.shop.setting import MEITUAN, SHOWN, STRIPES, WECHAT, Stripe, stripe
from lab.shop.world import World
from terminal.core import errors

APPLES, JUICE = "6901234567892", "6909876543212"
ATTENDANT, OTHER, LEAD, MANAGER = (one.id for one in STAFF)
PIN, WRONG = "482915", "135246"
ORANGE, BANK = STRIPES
"""A card without a name, and one of a bank."""
COMPANY = 'companies = [{ company = "haulage", name = "运输公司", cards = [] }]\n'
"""Beside the policy of a whole shop, which has none."""
EXACTLY: Sequence[Step] = ("pick:cash", "pick:#0")


@dataclass(frozen=True)
class People:
    """Cards and phones that nobody has yet, other ones for each pair of hands."""

    nth: int

    def card(self, at: int) -> Stripe:
        return stripe(7_020_000 + 100 * self.nth + at)

    def phone(self, at: int) -> str:
        return f"190000{self.nth:03}{at:02}"


def by(badge: str) -> Sequence[Step]:
    """With the badge and its PIN."""
    return (Scanned(badge), OfBadge(badge))


def _whims(*whims: Whim) -> Does:
    return Does(lambda world: world.acquirer.answers(whims))


async def _bank_card(world: World) -> None:
    await world.bank.waits.wait()
    world.bank.present()


def _fills(number: int) -> Callable[[World], None]:
    """The customer at that nozzle."""

    def fills(world: World) -> None:
        world.pumps.pump(number)
        world.pumps.hang(number)

    return fills


def cases(who: People) -> list[Case]:
    """In the order of a day; what comes later may need what came before."""
    return [
        *_joining(who),
        *_recharging(who),
        *_selling(who),
        *_outside(who),
        *_back(who),
        *_held(who),
        *_cards(who),
        *_about_them(who),
        *_forecourt(who),
        *_house(),
    ]


def _joining(who: People) -> list[Case]:
    member, phone = who.card(1), who.phone(1)
    return [
        Case(
            "a newcomer with everything",
            (
                *("start:member", Keyed("123"), Refused(errors.BadPhone), Keyed(phone)),
                f"pick:{ATTENDANT}",
                *(Swiped(who.card(90)), Refused(errors.UnknownCard)),
                *(Swiped(ORANGE), Refused(errors.IntroducedByNobody), "skip:", "pick:yes", "pick:no"),
                *(Keyed("1"), Refused(errors.BadName), Keyed("wang")),
                *("pick:sun", Keyed("20201399"), Refused(errors.BadDay), Keyed("19900830")),
                *(Scanned(SHOWN), Refused(errors.CardTaken), Swiped(member), "pick:all"),
                *("pick:passport", Keyed("1"), Refused(errors.BadDocument), Keyed("e12345678")),
                *(Keyed("111111"), Refused(errors.WeakPin), Keyed(PIN), Keyed(WRONG)),
                *(Refused(errors.PinsDiffer), Keyed(PIN), Keyed(PIN), "confirm:"),
            ),
            "A new member. Hand over the card",
            ("join",),
        ),
        Case(
            "a newcomer who says little",
            (
                *("start:member", Keyed(who.phone(6)), f"pick:{ATTENDANT}", "skip:", "pick:no", "pick:no"),
                *("skip:", "pick:none", Swiped(member), Refused(errors.CardTaken), Swiped(who.card(5))),
                *("pick:all", Keyed("li"), "pick:passport", Keyed("e12345679"), Keyed(PIN), Keyed(PIN)),
                "confirm:",
            ),
            "A new member. Hand over the card",
            ("join",),
        ),
        Case("somebody who is a member already", ("start:member", Keyed(phone)), "w*** is a member already"),
    ]


def _recharging(who: People) -> list[Case]:
    member, unnamed = who.card(1), who.card(2)
    return [
        Case(
            "a recharge of a new card",
            (
                *("start:recharge", Swiped(BANK), Refused(errors.BankCardRefused), Swiped(unnamed)),
                *("confirm:", Keyed("0"), Refused(errors.BadAmount), Keyed("100"), *EXACTLY),
                *(Shown("¥100.00"), "confirm:"),
            ),
            "Recharged.",
            ("recharge",),
        ),
        Case(
            "a recharge",
            ("start:recharge", Swiped(member), Keyed("1000"), *EXACTLY, Shown("¥1000.00"), "confirm:"),
            "Recharged.",
            ("recharge",),
        ),
        Case(
            "a recharge by bank transfer",
            ("start:recharge", Swiped(member), Keyed("100"), "pick:transfer", "confirm:"),
            "Recharged.",
            ("recharge",),
        ),
    ]


def _selling(who: People) -> list[Case]:
    member, unnamed, phone = who.card(1), who.card(2), who.phone(1)
    return [
        Case(
            "a sale for cash",
            (
                *("start:checkout", Scanned("6900000000991"), Refused(errors.UnknownArticle)),
                *(Scanned(APPLES), "done:", Swiped(who.card(90)), Refused(errors.UnknownCard), "skip:"),
                *("pick:cash", Keyed("5"), Refused(errors.TooLittleCash)),
                *("pick:#0", Shown("¥12.80"), "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a sale with stored value",
            (
                "start:checkout",
                Scanned(APPLES),
                "done:",
                Swiped(member),
                "pick:stored",
                Shown("¥12.16"),
                "confirm:",
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a card that does not reach",
            (
                *("start:checkout", Scanned(OIL), "done:", Swiped(unnamed), "pick:stored"),
                *(Refused(errors.InsufficientFunds), "cancel:"),
            ),
            "Cancelled",
        ),
        Case(
            "a sale by phone and PIN",
            (
                *("start:checkout", Scanned(OIL), "done:", "phone:", Keyed(who.phone(99))),
                *(Refused(errors.UnknownPhone), "phone:", Keyed(phone), "pick:none", "pick:stored"),
                *(Keyed(WRONG), Refused(errors.WrongPin), Keyed(PIN), Shown("¥247.20"), "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
    ]


def _outside(who: People) -> list[Case]:
    cart: Sequence[Step] = ("start:checkout", Scanned(JUICE), "done:", "skip:")
    return [
        Case(
            "a sale by phone code",
            (
                *(*cart, "pick:code", Scanned(APPLES), Refused(errors.NotAPayCode), _whims(Whim.NO)),
                *(Scanned(WECHAT), Refused(errors.NotPaidOutside), "pick:code", Scanned(WECHAT)),
            ),
            "Paid. Hand over the goods",
            ("intent", "intent", "sale"),
        ),
        Case(
            "a sale by the shop's own code",
            (*cart, "pick:code", "skip:", Shown("¥9.90"), "confirm:"),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a sale by bank card",
            (*cart, "pick:card", Does(_bank_card)),
            "Paid. Hand over the goods",
            ("intent", "sale"),
        ),
        Case(
            "a sale by a platform's voucher, the rest in cash",
            (
                *(*cart, "pick:group_buy", Keyed("zz"), Refused(errors.NotAVoucher)),
                *(Scanned("MT5S-ENDEDOLD"), Refused(errors.VoucherEnded), "pick:group_buy"),
                *(Scanned(MEITUAN), *EXACTLY, "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("intent", "sale"),
        ),
        Case(
            "a sale in parts",
            (
                *("start:checkout", Scanned(JUICE), "done:", Swiped(who.card(2)), "pick:split"),
                *("pick:stored", Keyed("0"), Refused(errors.BadAmount), Keyed("5"), *EXACTLY),
                *(Shown("¥9.90"), "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a cart that waits",
            (
                *("start:checkout", Scanned(JUICE), "park:", "unpark:#0"),
                *(Shown("¥9.90"), "done:", "skip:", *EXACTLY, "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a price that is taken down",
            (
                *("start:checkout", Scanned(APPLES), "change:#0", "pick:less", "pick:percent", Keyed("10")),
                *("pick:破损", Scanned("ST-9999"), Refused(errors.UnknownBadge), Scanned(ATTENDANT)),
                *(
                    Refused(errors.NotBesideOneself),
                    Scanned(OTHER),
                    Refused(errors.MayNotApprove),
                    Scanned(LEAD),
                    Keyed("1"),
                    Refused(errors.NotAPin),
                ),
                *(OfBadge(LEAD), Shown("¥11.52"), "done:", "skip:", *EXACTLY, "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
    ]


def _back(who: People) -> list[Case]:
    cash = "a sale for cash"
    return [
        Case(
            "an invoice is noted",
            (
                *("start:invoice", "pick:write", Receipt(cash), Keyed("1")),
                *(Refused(errors.BadInvoiceNumber), Keyed("12345678"), Shown("¥12.80"), "confirm:"),
            ),
            "Noted.",
            ("invoice",),
        ),
        Case(
            "what has its invoice does not come back",
            ("start:refund", Receipt(cash), Refused(errors.RedLetterFirst)),
            "What shall it be?",
        ),
        Case(
            "an invoice is taken back",
            ("start:invoice", "pick:red", Receipt(cash), Keyed("87654321"), "confirm:"),
            "Noted.",
            ("invoice",),
        ),
        Case(
            "no invoice to take back",
            ("start:invoice", "pick:red", Receipt(cash), Refused(errors.NothingToInvoice)),
            "What shall it be?",
        ),
        Case(
            "goods come back",
            (
                *("start:refund", Keyed("t1-1-99999-00000000"), Refused(errors.NoSuchReceipt)),
                *(
                    Keyed("zz"),
                    Refused(errors.NoSuchReceipt),
                    Scanned("T9-1-17-9F3A01BC"),
                    Refused(errors.OfAnotherTill),
                ),
                *(Receipt("a recharge"), Refused(errors.OfAnotherKind)),
                *(Receipt(cash), "pick:spoiled", Shown("¥12.80"), "confirm:"),
            ),
            "Booked.",
            ("refund",),
        ),
        Case(
            "nothing comes back twice",
            ("start:refund", Receipt(cash), Refused(errors.AlreadyUndone), "cancel:"),
            "",
        ),
        Case(
            "a sale is void",
            (
                "start:void",
                Receipt("a sale with stored value"),
                "pick:keyed_wrong",
                Shown("¥12.16"),
                "confirm:",
            ),
            "Booked.",
            ("void",),
        ),
        Case(
            "a recharge is paid back",
            (
                *("start:recharge_refund", Swiped(who.card(90)), Refused(errors.UnknownCard)),
                *(
                    "start:recharge_refund",
                    Swiped(who.card(1)),
                    "pick:#0",
                    "pick:cooling_off",
                    "pick:rule",
                ),
                *(Keyed(PIN), "confirm:", Scanned(ATTENDANT), Refused(errors.NotBesideOneself), *by(LEAD)),
            ),
            "Booked.",
            ("recharge_refund",),
        ),
    ]


def _held(who: People) -> list[Case]:
    member, unnamed = who.card(1), who.card(2)
    return [
        Case(
            "nothing was paid onto a card",
            ("start:recharge_refund", Swiped(who.card(5)), Refused(errors.NothingPaidIn)),
            "What shall it be?",
        ),
        Case(
            "a coupon is claimed",
            (
                *("start:claim", Keyed("zz"), Refused(errors.NoSuchCampaign), Scanned(CAMPAIGN)),
                *(Swiped(member), "confirm:"),
            ),
            "The coupons are the member's: 1.",
            ("grant",),
        ),
        Case(
            "a coupon is claimed once",
            ("start:claim", Scanned(CAMPAIGN), Swiped(member), "confirm:", Refused(errors.ClaimedBefore)),
            "What shall it be?",
        ),
        Case(
            "a coupon is for members",
            ("start:claim", Scanned(CAMPAIGN), Swiped(unnamed), Refused(errors.ClaimNeedsName)),
            "What shall it be?",
        ),
        Case(
            "a coupon pays",
            (
                *("start:checkout", Scanned(WATER), Scanned(JUICE), "done:", Swiped(member), "pick:#0"),
                *(*EXACTLY, Shown("¥9.90"), "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "too few points",
            ("start:points", "pick:take", Swiped(member), "pick:1", Refused(errors.TooFewPoints)),
            "What shall it be?",
        ),
        Case(
            "a large sale",
            (
                *(
                    "start:checkout",
                    Scanned(OIL),
                    Scanned(OIL),
                    Scanned(OIL),
                    "done:",
                    Swiped(member),
                    "pick:none",
                ),
                *(*EXACTLY, "confirm:"),
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "points for something that is collected",
            ("start:points", "pick:take", Swiped(member), "pick:1", "pick:later", "confirm:", Keyed(PIN)),
            "Hand over the receipt: it is collected with",
            ("redeem",),
        ),
        Case(
            "it is collected",
            ("start:points", "pick:collect", Claimed(), "confirm:"),
            "Booked. Hand over",
            ("note",),
        ),
        Case(
            "it is collected once",
            ("start:points", "pick:collect", Claimed(), Refused(errors.ClaimUsed)),
            "What shall it be?",
        ),
        Case(
            "points for a coupon",
            ("start:points", "pick:take", Swiped(member), "pick:0", "confirm:"),
            "Booked. Hand over",
            ("redeem",),
        ),
        Case(
            "points and money",
            ("start:points", "pick:take", Swiped(member), "pick:2", *EXACTLY, "confirm:"),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "nothing is collected without its code",
            (
                *("start:points", "pick:collect", Keyed("1"), Refused(errors.BadClaim)),
                *(Keyed("123456782"), Refused(errors.NoSuchClaim)),
            ),
            "What shall it be?",
        ),
        Case(
            "a count card is for members",
            (
                *("start:checkout", Scanned(COUNT_CARD), "done:", "skip:", Refused(errors.MemberNeeded)),
                "cancel:",
            ),
            "",
        ),
        Case(
            "a count card",
            (
                "start:checkout",
                Scanned(COUNT_CARD),
                "done:",
                Swiped(member),
                "pick:none",
                *EXACTLY,
                "confirm:",
            ),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a use of it",
            ("start:checkout", Scanned(WASH), "done:", Swiped(member), "pick:use", Keyed(PIN), "confirm:"),
            "Paid. Hand over the goods",
            ("sale",),
        ),
        Case(
            "a deposit",
            (
                *("start:deposit", Swiped(member), "pick:order", Keyed("cake"), Keyed("5")),
                *(*EXACTLY, Shown("¥5.00"), "confirm:"),
            ),
            "The deposit is booked.",
            ("deposit",),
        ),
        Case(
            "it settles what is picked up",
            (
                *("start:deposit", Swiped(member), "pick:settle", Scanned(JUICE), "done:"),
                *(*EXACTLY, "confirm:"),
            ),
            "Settled.",
            ("sale",),
        ),
        Case(
            "another deposit",
            (
                *("start:deposit", Swiped(member), "pick:order", Keyed("cake"), Keyed("5")),
                *(*EXACTLY, Shown("¥5.00"), "confirm:"),
            ),
            "The deposit is booked.",
            ("deposit",),
        ),
        Case(
            "a deposit is given back",
            ("start:deposit", Swiped(member), "pick:back", Shown("¥5.00"), "confirm:"),
            "Booked. Give the deposit back",
            ("refund",),
        ),
        Case(
            "a sheet of paper is taken over",
            (
                *("start:paper", Swiped(member), Keyed(f"sheet {who.nth}"), "pick:points:goods", Keyed("0")),
                *(Refused(errors.BadQuantity), Keyed("50"), "pick:done", "confirm:"),
                *(Scanned(ATTENDANT), Refused(errors.NotBesideOneself), *by(LEAD)),
            ),
            "Taken over.",
            ("import",),
        ),
        Case(
            "a sheet is taken over once",
            ("start:paper", Swiped(member), Keyed(f"sheet {who.nth}"), Refused(errors.SheetTaken)),
            "What shall it be?",
        ),
    ]


def _cards(who: People) -> list[Case]:
    member, unnamed, phone = who.card(1), who.card(2), who.phone(1)
    at_checkout: Sequence[Step] = ("start:checkout", Scanned(JUICE), "done:", Swiped(member))
    by_phone: Sequence[Step] = ("start:card", "phone:", Keyed(phone))
    letters = "pa" if who.nth % 2 else "pb"
    numbers = f"{letters}0001-{letters}0002"
    return [
        Case("a card is lost", (*by_phone, "pick:lost", "confirm:"), "The card is blocked.", ("card_state",)),
        Case("a lost card pays nothing", (*at_checkout, Refused(errors.CardLost), "cancel:"), ""),
        Case(
            "a card pays again",
            (*by_phone, "pick:thaw", Keyed(PIN), "confirm:"),
            "The card pays again.",
            ("card_state",),
        ),
        Case(
            "a card is frozen",
            ("start:card", Swiped(member), "pick:freeze", "confirm:"),
            "The card is frozen.",
            ("card_state",),
        ),
        Case("a frozen card pays nothing", (*at_checkout, Refused(errors.CardNotUsable), "cancel:"), ""),
        Case(
            "a frozen card pays again",
            (*by_phone, "pick:thaw", Keyed(PIN), "confirm:"),
            "The card pays again.",
            ("card_state",),
        ),
        Case(
            "one more card",
            (
                *(*by_phone, "pick:another", Keyed(PIN), Swiped(unnamed), Refused(errors.CardTaken)),
                *(Swiped(who.card(3)), "pick:all", "confirm:"),
            ),
            "Hand over the card",
            ("card",),
        ),
        Case(
            "a card in the place of another",
            (
                *("start:card", Swiped(who.card(3)), "pick:replace", Keyed(PIN), Swiped(who.card(4))),
                "confirm:",
            ),
            "Hand over the new card",
            ("card",),
        ),
        Case(
            "a card is cancelled",
            ("start:card", Swiped(who.card(4)), "pick:cancel", Keyed(PIN), "confirm:"),
            "The card is cancelled.",
            ("card_state",),
        ),
        Case(
            "what is on a card without a name is paid back first",
            ("start:card", Swiped(unnamed), "pick:cancel", Refused(errors.ValueLeft)),
            "What shall it be?",
        ),
        Case(
            "no name stays with a card that has none",
            (
                *("start:card", Swiped(who.card(5)), "pick:merge", Keyed(PIN), Swiped(ORANGE)),
                Refused(errors.NamelessStays),
            ),
            "What shall it be?",
        ),
        Case(
            "a card goes to nobody who has it",
            (
                *("start:card", Swiped(who.card(5)), "pick:transfer", Keyed(PIN), Keyed(who.phone(6))),
                Refused(errors.HolderIsMember),
            ),
            "What shall it be?",
        ),
        Case(
            "another tier",
            (
                *("start:own", Swiped(who.card(5)), Keyed(PIN), "pick:tier", "pick:gold", "confirm:"),
                *by(MANAGER),
            ),
            "The tier is given",
            ("grant",),
        ),
        Case(
            "a PIN that is keyed wrong too often",
            (
                *("start:card", Swiped(who.card(5)), "pick:transfer"),
                *((Keyed(WRONG), Refused(errors.WrongPin)) * 4),
                *(Keyed(WRONG), Refused(errors.PinLocked), Scanned(ATTENDANT), "cancel:"),
            ),
            "",
        ),
        Case(
            "a card goes to another person",
            (
                *("start:card", Swiped(who.card(5)), "pick:transfer", "pick:forgotten", Scanned(ATTENDANT)),
                *(Keyed(who.phone(7)), Keyed("zhao"), "pick:passport", Keyed("e12345670"), "confirm:"),
                *by(LEAD),
            ),
            "It is theirs now.",
            ("transfer",),
        ),
        Case(
            "two become one",
            (
                *("start:card", Swiped(unnamed), "pick:merge", Swiped(unnamed)),
                *(Refused(errors.OneMembership), "start:card", Swiped(unnamed), "pick:merge"),
                *(Swiped(member), Keyed(PIN), "confirm:", *by(MANAGER)),
            ),
            "They are one membership now.",
            ("merge",),
        ),
        Case(
            "many cards are issued",
            (
                *("start:cards", Scanned(LEAD), Refused(errors.MayNotApprove), *by(MANAGER)),
                *("pick:issue", "pick:next", Keyed("1"), Refused(errors.BadNumbers)),
                *(Keyed(letters), Keyed("2"), "pick:points", "confirm:"),
            ),
            "The cards are issued.",
            ("issue", "issue", "note"),
        ),
        Case(
            "numbers that are there",
            (
                *("start:cards", *by(MANAGER), "pick:issue", "pick:range", Keyed(numbers)),
                Refused(errors.NumbersTaken),
            ),
            "What shall it be?",
        ),
        Case(
            "many cards are cancelled",
            (
                *("start:cards", *by(MANAGER), "pick:cancel", "pick:numbers"),
                *(Keyed(numbers), "confirm:"),
            ),
            "The cards are cancelled.",
            ("card_state", "card_state", "note"),
        ),
        Case(
            "nothing to cancel",
            (
                "start:cards",
                *by(MANAGER),
                "pick:cancel",
                "pick:day",
                Keyed("20200101"),
                Refused(errors.NothingToCancel),
            ),
            "What shall it be?",
        ),
    ]


def _about_them(who: People) -> list[Case]:
    member = who.card(1)
    own: Sequence[Step] = ("start:own", Swiped(member), Keyed(PIN))
    about: Sequence[Step] = ("start:profile", Swiped(member), Keyed(PIN))
    return [
        Case(
            "a PIN is chosen anew",
            ("start:pin", Swiped(member), Keyed(PIN), Keyed(PIN), Keyed(PIN)),
            "The PIN is chosen.",
            ("pin",),
        ),
        Case("all that is kept is shown", (*own, "pick:see", "confirm:"), "Hand over the slip", ("note",)),
        Case(
            "what is kept is corrected",
            (*own, "pick:correct", "pick:name", Keyed("li"), "confirm:"),
            "It is corrected.",
            ("profile", "note"),
        ),
        Case(
            "nothing new",
            (*own, "pick:consents", "pick:same", "pick:same", Refused(errors.NothingNew)),
            "What shall it be?",
        ),
        Case(
            "another consent",
            (*own, "pick:consents", "pick:same", "pick:yes", "confirm:"),
            "It is noted.",
            ("consent", "note"),
        ),
        Case(
            "the highest tier",
            (*own, "pick:tier", "confirm:", *by(MANAGER)),
            "The tier is given",
            ("grant",),
        ),
        Case(
            "the highest tier stays",
            (*own, "pick:tier", Refused(errors.TierStays)),
            "What shall it be?",
        ),
        Case(
            "nothing is kept of nobody",
            ("start:profile", Swiped(ORANGE), Refused(errors.Nameless)),
            "What shall it be?",
        ),
        Case(
            "tags",
            (*about, "pick:tags", Keyed("-"), Refused(errors.BadTags), Keyed("vip,tea")),
            "It is noted.",
            ("profile",),
        ),
        Case(
            "who serves them",
            (*about, "pick:stylist", "pick:one", f"pick:{OTHER}"),
            "It is noted.",
            ("profile",),
        ),
        Case(
            "a member asks to be forgotten",
            (*own, "pick:forget", "pick:asked", "confirm:"),
            "The wish is noted.",
            ("erasure", "note"),
        ),
    ]


def _forecourt(who: People) -> list[Case]:
    member = who.card(1)
    return [
        Case(
            "fuel, and a new member",
            (
                *("start:join", Scanned("ST-9999"), Refused(errors.UnknownBadge), Scanned(ATTENDANT)),
                *(Keyed(who.phone(5)), "pick:95", Keyed("0"), Refused(errors.BadLitres), Keyed("10")),
                *(*EXACTLY, Shown("¥73.70"), "confirm:"),
            ),
            "Paid, and a new member.",
            ("sale",),
        ),
        Case(
            "fuel for a member",
            (
                *("start:join", Scanned(ATTENDANT), Swiped(who.card(90)), Refused(errors.UnknownCard)),
                *(Swiped(member), "pick:92", Keyed("5"), *EXACTLY, "confirm:"),
            ),
            "Paid. The sale went to the membership.",
            ("sale",),
        ),
        Case(
            "a nozzle is released, and paid afterwards",
            ("start:release", Scanned(ATTENDANT), "pick:1", "pick:full", "skip:", "confirm:"),
            "Released. It is paid afterwards",
        ),
        Case(
            "a nozzle is in use",
            (
                *("start:release", Scanned(ATTENDANT), "pick:1", "pick:full", "skip:", "confirm:"),
                Refused(errors.NozzleBusy),
            ),
            "What shall it be?",
        ),
        Case("a nozzle is stopped", ("start:stop",), "Nozzle 1 is stopped. Nothing flowed."),
        Case("nothing to stop", ("start:stop",), "Nothing flows"),
        Case(
            "what flowed is paid afterwards",
            (
                *("start:release", Scanned(ATTENDANT), "pick:1", "pick:litres", Keyed("10"), "skip:"),
                *("confirm:", Does(_fills(1)), "done:", "start:join", Scanned(ATTENDANT), "skip:"),
                *("pick:#0", *EXACTLY, Shown("¥68.80"), "confirm:"),
            ),
            "Paid. Hand over the receipt.",
            ("sale",),
        ),
        Case(
            "a card pays what flows",
            (
                *("start:release", Scanned(ATTENDANT), "pick:2", "pick:sum", Keyed("60"), Swiped(member)),
                *(Keyed(PIN), Shown("¥60.00"), "confirm:", Does(_fills(2)), Comes("sale")),
            ),
            "",
            ("intent", "hold", "sale"),
        ),
    ]


def _house() -> list[Case]:
    return [
        Case(
            "the drawer's report", ("start:shift", "pick:x", "confirm:"), "So far in this shift.", ("note",)
        ),
        Case(
            "cash is put in",
            ("start:shift", "pick:paid_in", "pick:change", Keyed("50"), Shown("¥50.00"), "confirm:"),
            "Booked. Put the cash in",
            ("cash_move",),
        ),
        Case(
            "cash is taken out",
            (*("start:shift", "pick:paid_out", "pick:purchase", Keyed("20"), Shown("¥20.00"), "confirm:"),),
            "Booked. Take the cash out",
            ("cash_move",),
        ),
        Case(
            "the drawer is opened",
            ("start:shift", "pick:drawer", "pick:change", "confirm:", *by(LEAD)),
            "The drawer is open.",
            ("note",),
        ),
        Case(
            "a PIN is given, and another chosen",
            (*("start:staff", "pick:give", *by(MANAGER), f"pick:{OTHER}", Keyed("739156"), Keyed("739156")),),
            "The PIN is given.",
            ("note",),
        ),
        Case(
            "the PIN that was given is not one's own",
            (
                *("start:staff", "pick:own", Scanned(OTHER), Keyed("739156"), Keyed("739156")),
                *(Keyed("739156"), Refused(errors.SamePin), Keyed("861945"), Keyed("861945")),
            ),
            "The PIN is chosen.",
            ("note",),
        ),
        Case(
            "a company pays ahead",
            ("start:company", "pick:ahead", Keyed("100"), *EXACTLY, Shown("¥100.00"), "confirm:"),
            "Booked. The company's cards",
            ("fleet_funds",),
        ),
        Case("no training today", ("start:training", "cancel:"), "Cancelled."),
        Case(
            "the shift is closed",
            ("start:shift", "pick:close", "pick:sum", Keyed("5000"), Keyed("300"), "confirm:"),
            "The shift is closed.",
            ("shift_close",),
        ),
        Case(
            "the next is opened",
            (
                *("start:shift", f"pick:{ATTENDANT}", "pick:sum", Keyed("300")),
                *(Shown("¥300.00"), "confirm:"),
            ),
            "The shift is open.",
            ("shift_open",),
        ),
        Case(
            "what another shift sold is no more void",
            ("start:void", Receipt("a sale in parts"), Refused(errors.OfAnotherShift), "cancel:"),
            "",
        ),
    ]
