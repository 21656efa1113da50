from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Fill
from terminal.core.cashback import CashbackRate
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import (
    BookGrant,
    BookSale,
    Cashback,
    Grant,
    Locked,
    Measured,
    PointsEarned,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.errors import AlreadyMember, BadPlate, CardLost, NoPin
from terminal.core.ledger.state import Wallet
from terminal.core.locks import Lock, lock_unit
from terminal.core.membership import Driver, commitment
from terminal.core.original import Original
from terminal.core.particulars import Asked, Particular, Trade
from terminal.core.pin import PinCause
from terminal.core.pricing import parsed
from terminal.core.referral import Referral, Trigger
from terminal.core.rights import Floor
from terminal.core.screens import says
from terminal.core.staff import Role
from terminal.core.trust import Credential, Holder
from terminal.core.usual import car_text
from terminal.core.values import StaffId, WalletId
from terminal.core.visit import Usable
from terminal.flows.join import join
from terminal.flows.join_here import PURPOSES
from tests.flows.scripted import CANCEL, IN_PARTS, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import (
    DIESEL,
    FILL,
    FILL_DUE,
    PHONE,
    POLICY,
    STRANGER,
    UNNAMED,
    UNNAMED_CARD,
    WANG,
    WANG_CARD,
)

JOINS: Script = (
    ("read_badge", "E07"),
    ("offer_driver", PHONE),
    ("read_fill", FILL),
    ("choose_tender", TenderKind.CODE),
    ("confirm", True),
)
JOINS_WITH_CASH: Script = (
    *JOINS[:3],
    ("choose_tender", TenderKind.CASH),
    ("ask_cash", 300_00),
    ("confirm", True),
)
ONLY_PAYS: Script = (JOINS[0], ("offer_driver", SKIP), *JOINS[2:])


def at_the_pump(script: Script, *, known: bool = False) -> ScriptedDesk:
    return ScriptedDesk(script, holders={PHONE: WANG} if known else {}, policy=POLICY)


@pytest.mark.parametrize(
    ("script", "known", "said"),
    [(JOINS, False, [POLICY.terms]), (JOINS, True, []), (ONLY_PAYS, False, [])],
)
def test_who_joins_by_paying_reads_by_which_terms(script: Script, known: bool, said: list[str]) -> None:  # noqa: FBT001
    desk = at_the_pump(script, known=known)
    play(join(desk))
    terms = [line.value for line in desk.over_ways if "by the terms" in line.label.text]
    fuel = [at for at, line in enumerate(desk.over_ways) if line.label.text == "{name} x {quantity}"]
    below = [at for at, line in enumerate(desk.over_ways) if "by the terms" in line.label.text]
    assert not said or fuel < below  # A long bill is shown from its end.
    assert terms == said


def sold(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    assert len(desk.booked) == 1
    assert isinstance(desk.booked[0], BookSale)
    return desk.booked[0]


def test_a_driver_joins_in_the_transaction_of_the_fill() -> None:
    desk = at_the_pump(JOINS)
    assert play(join(desk)) is None
    sale = sold(desk)
    assert sale.opens is not None
    assert sale.wallet == sale.opens.wallet
    assert sale.opens.member is not None
    assert (sale.opens.channel, sale.opens.terms) == ("forecourt", "2026-1")
    assert [(given.kind, given.face) for given in sale.opens.coupons] == [
        ("c3", 3_00),
        ("c3", 3_00),
        ("c18", 18_00),
    ]
    assert len({given.coupon for given in sale.opens.coupons}) == 3
    assert desk.handed_over == ["Paid, and a new member. Hand over the receipt with the coupons."]


@pytest.mark.parametrize("rewards", [True, False])
def test_unnamed_cards_earn_where_the_shop_says_so(rewards: bool) -> None:  # noqa: FBT001  a parameter
    policy = replace(POLICY, unnamed_rewards=rewards, cashback=CashbackRate(rate_bp=100))
    gives = {"rule": "spend_coupon", "name": "n", "kind": "wash", "face": 15_00}
    tariff, _ = parsed([("wash", gives | {"reach": 100_00, "threshold": 0, "count": 1})])
    script = (JOINS[0], ("offer_driver", UNNAMED_CARD), *JOINS_WITH_CASH[2:])
    desk = ScriptedDesk(script, holders={UNNAMED_CARD: UNNAMED}, policy=policy, tariff=tariff)
    play(join(desk))
    sale = sold(desk)
    assert sale.wallet == UNNAMED.wallet
    assert [bool(sale.points), bool(sale.cashback), bool(sale.coupons)] == [rewards] * 3


def test_a_driver_who_was_a_member_before_joins_without_the_pack() -> None:
    desk = at_the_pump(JOINS)
    desk.former = {PHONE}
    assert play(join(desk)) is None
    sale = sold(desk)
    assert sale.opens is not None
    assert (sale.opens.coupons, sale.opens.vouchers) == ((), ())
    assert sale.opens.member is not None
    assert desk.handed_over == ["Paid, and a member again, without gifts for joining. Hand over the receipt."]
    member = at_the_pump(JOINS, known=True)
    member.former = {PHONE}
    play(join(member))
    assert member.handed_over == ["Paid. The sale went to the membership. Hand over the receipt."]


def test_a_member_is_given_coupons_for_another_day_and_a_newcomer_the_pack_alone() -> None:
    said = {"rule": "spend_coupon", "name": "n", "kind": "wash", "face": 15_00, "members": False}
    tariff, _ = parsed([("next", said)])
    desk = ScriptedDesk(JOINS, holders={PHONE: WANG}, policy=POLICY, tariff=tariff)
    play(join(desk))
    assert [(one.kind, one.face) for one in sold(desk).coupons] == [("wash", 15_00)]
    newcomer = ScriptedDesk(JOINS, holders={}, policy=POLICY, tariff=tariff)
    play(join(newcomer))
    assert sold(newcomer).coupons == ()


def test_and_vouchers_likewise() -> None:
    tariff, _ = parsed([("next", {"rule": "spend_voucher", "name": "n", "worth": 15_00, "members": False})])
    desk = ScriptedDesk(JOINS, holders={PHONE: WANG}, policy=POLICY, tariff=tariff)
    play(join(desk))
    assert [one.amount for one in sold(desk).vouchers] == [15_00]
    newcomer = ScriptedDesk(JOINS, holders={}, policy=POLICY, tariff=tariff)
    play(join(newcomer))
    assert sold(newcomer).vouchers == ()


def test_the_fill_is_priced_half_up_and_booked_as_fuel() -> None:
    desk = at_the_pump(JOINS)
    play(join(desk))
    sale = sold(desk)
    (line,) = sale.lines
    assert (line.sku, line.category, line.measured) == ("fuel-92", "petrol", Measured.CENTILITRE)
    assert (line.quantity, line.unit_price, line.net) == (27_10, 7_38, FILL_DUE)  # 19999.8 fen
    assert sale.tenders == (Tender(kind=TenderKind.CODE, amount=FILL_DUE),)
    assert sale.points == (PointsEarned(family="petrol", points=27, base=2710, step=100),)


def test_the_attendant_of_the_badge_sold_it_and_won_the_member() -> None:
    desk = at_the_pump(JOINS)
    play(join(desk))
    sale = sold(desk)
    assert sale.at.operator == "E07"
    assert sale.opens is not None
    assert sale.opens.recruiter == "E07"


def test_the_phone_is_kept_beside_the_entry_and_proven_by_its_commitment() -> None:
    desk = at_the_pump(JOINS)
    play(join(desk))
    sale, private = sold(desk), desk.private[0]
    assert sale.opens is not None
    assert private is not None
    assert (private.phone, private.credentials) == (PHONE.number, (PHONE,))
    assert sale.opens.commitment == commitment(bytes.fromhex(private.salt), private)
    assert PHONE.number not in repr(sale)
    assert PHONE.number not in repr(private)


YES, PARTNERS = ("turn", "marketing"), ("turn", "partners")


@pytest.mark.parametrize(
    ("touched", "given"),
    [
        ((), (False, False)),
        ((YES,), (True, False)),
        ((PARTNERS,), (False, True)),
        ((YES, PARTNERS), (True, True)),
        ((YES, YES), (False, False)),
    ],
)
def test_who_joins_agrees_to_each_purpose_apart_with_no_screen_more(
    touched: Script, given: tuple[bool, bool]
) -> None:
    desk = at_the_pump((*JOINS[:3], *touched, *JOINS[3:]))
    play(join(desk))
    opens = sold(desk).opens
    assert opens is not None
    assert [(one.purpose, one.version, one.given) for one in opens.consents] == [
        ("marketing", "1", given[0]),
        ("partners", "1", given[1]),
    ]
    (toggles,) = desk.toggles
    assert toggles is not None
    assert [line.value for line in toggles.lines] == ["✓" if one else "✗" for one in given]
    assert [line.label for line in toggles.lines] == [PURPOSES["marketing"], PURPOSES["partners"]]


def test_a_purpose_of_the_shops_own_is_asked_in_its_words_and_once() -> None:
    script = (*JOINS[:3], ("turn", "code"), *JOINS[3:])
    desk = ScriptedDesk(script, holders={}, policy=replace(POLICY, consents=("code", "code")))
    play(join(desk))
    opens = sold(desk).opens
    assert opens is not None
    assert [(one.purpose, one.given) for one in opens.consents] == [("code", True)]
    assert desk.toggles[0] is not None
    assert [line.label for line in desk.toggles[0].lines] == [says("{name}", name="code")]
    assert desk.toggles[0].labels == {"code": says("Without: {name}", name="code")}


@pytest.mark.parametrize("purpose", ["marketing", "partners", "health", "code"])
def test_a_button_says_the_answer_that_a_touch_gives(purpose: str) -> None:
    policy = replace(POLICY, consents=(purpose,))
    desk = ScriptedDesk(JOINS, holders={}, policy=policy)
    play(join(desk))
    (toggles,) = desk.toggles
    assert toggles is not None
    agree = toggles.labels[purpose]
    toggles.turn(purpose)
    without = toggles.labels[purpose]
    assert agree.text.startswith("Agree")
    assert without.text.startswith("Without")
    toggles.turn(purpose)
    assert toggles.labels[purpose] == agree


@pytest.mark.parametrize("known", [True, False])
def test_nobody_is_asked_who_is_a_member_or_where_the_shop_asks_nothing(*, known: bool) -> None:
    policy = POLICY if known else replace(POLICY, consents=())
    desk = ScriptedDesk(JOINS, holders={PHONE: WANG} if known else {}, policy=policy)
    play(join(desk))
    sale = sold(desk)
    assert desk.toggles == [None]
    assert (sale.opens.consents if sale.opens else ()) == ()


def test_nor_who_only_pays() -> None:
    desk = at_the_pump(ONLY_PAYS)
    play(join(desk))
    assert desk.toggles == [None]


def test_cash_at_the_pump() -> None:
    desk = at_the_pump(JOINS_WITH_CASH)
    play(join(desk))
    sale = sold(desk)
    assert (sale.tenders[0].kind, sale.received) == (TenderKind.CASH, 300_00)
    assert desk.asked[-1] == ("confirm", "Take the cash, give ¥100.00 back?")


def test_cash_rounding_takes_no_litre_from_the_points() -> None:
    fill = Fill(grade=POLICY.grades[0], centilitres=27_00)  # 199.26 yuan
    desk = at_the_pump((*JOINS_WITH_CASH[:2], ("read_fill", fill), *JOINS_WITH_CASH[3:]))
    play(join(desk))
    assert sold(desk).rounding == 6
    assert sold(desk).points == (PointsEarned(family="petrol", points=27, base=2700, step=100),)


@pytest.mark.parametrize("known", [True, False])
def test_what_comes_back_at_the_pump_is_what_comes_back_at_the_counter(*, known: bool) -> None:
    """Beside points to everybody; in their place to its tiers alone, of which whoever joins has the first."""

    def brought(*tiers: str) -> tuple[Cashback | None, list[int]]:
        shop = replace(POLICY, cashback=CashbackRate(rate_bp=300, tiers=tiers))
        desk = ScriptedDesk(JOINS, holders={PHONE: WANG} if known else {}, policy=shop)
        play(join(desk))
        return sold(desk).cashback, [one.points for one in sold(desk).points]

    back = Cashback(amount=6_00, since="2026-11-25")
    assert brought() == (back, [27])
    assert brought("regular") == (back, [])
    assert brought("gold") == (None, [27])


def test_paying_does_not_depend_on_joining() -> None:
    desk = at_the_pump(ONLY_PAYS)
    assert play(join(desk)) is None
    sale = sold(desk)
    assert (sale.wallet, sale.opens, sale.points) == (None, None, ())
    assert desk.private == [None]
    assert desk.handed_over == ["Paid. Hand over the receipt."]


def test_a_driver_who_is_a_member_is_greeted_and_not_joined_twice() -> None:
    desk = at_the_pump(JOINS, known=True)
    assert play(join(desk)) is None
    sale = sold(desk)
    assert (sale.wallet, sale.opens) == (WANG.wallet, None)
    assert sale.points == (PointsEarned(family="petrol", points=27, base=2710, step=100),)
    assert desk.asked[2] == ("read_fill", "Welcome back, 王**. Grade and litres?")
    assert desk.handed_over == ["Paid. The sale went to the membership. Hand over the receipt."]


def test_a_card_without_a_name_is_greeted_by_its_number() -> None:
    desk = ScriptedDesk(JOINS, holders={PHONE: UNNAMED}, policy=POLICY)
    play(join(desk))
    assert desk.asked[2] == ("read_fill", f"Welcome back, {UNNAMED.number_shown}. Grade and litres?")


def test_diesel_earns_by_the_yuan() -> None:
    fill = Fill(grade=DIESEL, centilitres=150_00)  # 1,057.50 yuan
    desk = at_the_pump((*JOINS[:2], ("read_fill", fill), *JOINS[3:]))
    play(join(desk))
    assert sold(desk).points == (PointsEarned(family="diesel", points=211, base=105750, step=500),)


class Meanwhile(ScriptedDesk):
    """The phone is somebody's when it is looked up again."""

    by_then: Holder | CardLost = WANG

    async def holder(self, credential: Credential) -> Holder | None:
        if credential != PHONE or all(asked[0] != "confirm" for asked in self.asked):
            return None
        if isinstance(self.by_then, CardLost):
            raise self.by_then
        return self.by_then


@pytest.mark.parametrize("script", [JOINS, JOINS_WITH_CASH])
def test_what_a_phone_that_joined_while_it_paid_has_paid_goes_to_that_membership(script: Script) -> None:
    desk = Meanwhile(script, policy=POLICY)
    assert play(join(desk)) is None
    sale = sold(desk)
    assert (sale.wallet, sale.card, sale.opens) == (WANG.wallet, WANG.card, None)
    assert [one.family for one in sale.points] == ["petrol"]
    assert desk.private == [None]
    assert desk.handed_over == ["Paid. The sale went to the membership. Hand over the receipt."]


def test_where_that_membership_cannot_be_used_it_is_paid_all_the_same() -> None:
    desk = Meanwhile(JOINS, policy=POLICY)
    desk.by_then = CardLost("reported lost")
    assert play(join(desk)) is None
    assert (sold(desk).wallet, sold(desk).opens, sold(desk).points) == (None, None, ())
    assert desk.handed_over == ["Paid. Hand over the receipt."]


def test_a_phone_that_joined_at_that_very_moment_is_refused_with_nothing_booked() -> None:
    desk = at_the_pump(JOINS)
    desk.fails = AlreadyMember("joined at another terminal")
    assert play(join(desk)) is desk.fails
    assert desk.handed_over == []


@pytest.mark.parametrize(
    "script",
    [
        (*each[:at], (each[at][0], CANCEL))
        for each in (JOINS, JOINS_WITH_CASH, ONLY_PAYS)
        for at in range(len(each))
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_cancelled_at_any_step_it_books_nothing(script: Script, known: bool) -> None:  # noqa: FBT001  a parameter
    desk = at_the_pump(script, known=known)
    play(join(desk))
    assert desk.finished
    assert desk.booked == []
    assert desk.handed_over == []


def test_a_member_at_the_pump_has_the_cut_of_the_tier() -> None:
    cut = {"rule": "litre_cut", "name": "每升优惠", "cut": {"regular": {"petrol": 10}}}
    tariff, _ = parsed([("cut", cut)])
    script: Script = (
        ("read_badge", "ST-0301"),
        ("offer_driver", PHONE),
        ("read_fill", FILL),
        ("choose_tender", TenderKind.CODE),
        ("confirm", True),
    )
    desk = ScriptedDesk(script, holders={PHONE: WANG}, policy=POLICY, tariff=tariff)
    assert play(join(desk)) is None
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    assert (sale.due, sale.lines[0].discounts[0].name) == (FILL_DUE - 2_71, "每升优惠")


@pytest.mark.parametrize(
    ("whose", "own_points", "earned"), [("E07", False, 0), ("E07", True, 1), ("E01", False, 1)]
)
def test_what_attendants_fill_for_themselves_earns_where_policy_says_so(
    whose: str, earned: int, *, own_points: bool
) -> None:
    desk = ScriptedDesk(
        (("read_badge", "E07"), *JOINS[1:]),
        holders={PHONE: WANG},
        policy=replace(POLICY, own_points=own_points),
    )
    desk.own = {StaffId(whose): WANG.wallet}
    assert play(join(desk)) is None
    assert len(sold(desk).points) == earned


def test_a_member_pays_their_locked_price_and_the_sale_takes_its_litres() -> None:
    lock = Lock(unit=lock_unit("92", 7_00), grade="92", price=7_00, left=10_00)
    desk = at_the_pump(JOINS, known=True)
    desk.locks = (lock,)
    play(join(desk))
    sale = sold(desk)
    assert sale.due == 70_00 + FILL_DUE - 73_80
    assert sale.locked == (Locked(place=0, unit=lock.unit, litres=10_00),)
    newcomer = at_the_pump(JOINS)
    newcomer.locks = (lock,)
    play(join(newcomer))
    assert (sold(newcomer).due, sold(newcomer).locked) == (FILL_DUE, ())


def by_card(*script: tuple[str, object], holder: Holder = WANG) -> ScriptedDesk:
    start: Script = (("read_badge", "E07"), ("offer_driver", WANG_CARD), ("read_fill", FILL))
    return ScriptedDesk((*start, *script), holders={WANG_CARD: holder}, policy=POLICY)


def test_a_fill_is_paid_with_the_value_of_a_card_as_any_bill() -> None:
    desk = by_card(
        ("choose_tender", TenderKind.STORED), ("confirm", True), holder=replace(WANG, principal=FILL_DUE)
    )
    assert play(join(desk)) is None
    sale = sold(desk)
    assert sale.tenders == (Tender(kind=TenderKind.STORED, amount=FILL_DUE),)
    assert (sale.wallet, sale.card, sale.opens, sale.by_pin) == (WANG.wallet, WANG.card, None, False)
    assert desk.ways == [(TenderKind.STORED, TenderKind.CASH, TenderKind.CODE)]
    assert desk.asked[-1] == ("confirm", "Charge the card?")


def test_the_pin_is_keyed_where_value_pays_a_fill() -> None:
    desk = by_card(
        ("choose_tender", TenderKind.STORED), ("ask_pin", "246810"), ("confirm", True),
        holder=replace(WANG, principal=FILL_DUE),
    )  # fmt: skip
    desk.pin_cause_is, desk.pin = PinCause.ABOVE, "246810"
    assert play(join(desk)) is None
    assert sold(desk).by_pin is True


def test_a_fill_is_paid_in_parts() -> None:
    desk = by_card(
        ("choose_tender", IN_PARTS), ("choose_tender", TenderKind.STORED), ("ask_part", 110_00),
        ("choose_tender", TenderKind.CASH), ("ask_cash", 90_00), ("confirm", True),
    )  # fmt: skip
    assert play(join(desk)) is None
    assert [(one.kind, one.amount) for one in sold(desk).tenders] == [
        (TenderKind.STORED, 110_00),
        (TenderKind.CASH, 90_00),
    ]


def test_value_that_is_spent_beyond_what_is_held_says_how_far_it_may() -> None:
    floor = Floor(wallet=100_00, site=100_00)
    desk = by_card(("choose_tender", TenderKind.STORED), ("confirm", True))
    desk.roams = True
    desk.brings[WANG_CARD] = Usable(holder=WANG, floor=floor)
    assert play(join(desk)) is None
    assert sold(desk).floor == floor
    within = by_card(
        ("choose_tender", TenderKind.STORED), ("confirm", True), holder=replace(WANG, principal=FILL_DUE)
    )
    within.brings[WANG_CARD] = Usable(holder=WANG, floor=floor)
    assert play(join(within)) is None
    assert sold(within).floor is None


def test_a_stranger_pays_with_no_value_and_a_code_pays_in_every_shop() -> None:
    desk = at_the_pump(ONLY_PAYS)
    play(join(desk))
    assert desk.ways == [(TenderKind.CASH, TenderKind.CODE)]
    newcomer = at_the_pump(JOINS)
    play(join(newcomer))
    assert newcomer.ways == [(TenderKind.CASH, TenderKind.CODE)]


class Lost(ScriptedDesk):
    """A card that was reported lost is shown first."""

    async def holder(self, credential: Credential) -> Holder | None:
        if credential == UNNAMED_CARD:
            raise CardLost("reported")
        return await super().holder(credential)


def test_a_card_that_is_refused_or_that_nobody_knows_is_asked_for_again() -> None:
    script: Script = (
        JOINS[0],
        ("offer_driver", UNNAMED_CARD),
        ("offer_driver", STRANGER),
        ("offer_driver", WANG_CARD),
        *JOINS[2:],
    )
    desk = Lost(script, holders={WANG_CARD: WANG}, policy=POLICY)
    assert play(join(desk)) is None
    assert desk.declined == ["41", "14"]
    assert sold(desk).wallet == WANG.wallet


STATION = replace(POLICY, trade=Trade.FUEL)
WITH_PLATE: Script = (*JOINS[:2], ("ask_text", "浙a·12345"), *JOINS[2:])


def test_whoever_joins_at_a_station_says_the_plate() -> None:
    for keyed, kept in (("浙a·12345", "浙A12345"), ("浙AD12345", "浙AD12345")):
        desk = ScriptedDesk((*JOINS[:2], ("ask_text", keyed), *JOINS[2:]), policy=STATION)
        assert play(join(desk)) is None
        sale, private = sold(desk), desk.private[0]
        assert private is not None
        assert sale.opens is not None
        assert (private.plate, private.phone) == (kept, PHONE.number)
        assert sale.opens.commitment == commitment(bytes.fromhex(private.salt), private)
        assert kept not in repr(sale)


def test_what_their_phone_shows_of_the_plate_is_not_asked_again() -> None:
    for policy, kept in ((STATION, "浙A12345"), (POLICY, "")):
        driver = Driver(card=PHONE, plate="浙A12345")
        desk = ScriptedDesk((JOINS[0], ("offer_driver", driver), *JOINS[2:]), policy=policy)
        assert play(join(desk)) is None
        assert sold(desk).opens is not None
        (private,) = desk.private
        assert private is not None
        assert private.plate == kept


@pytest.mark.parametrize(("won_by", "counts"), [("E09", "E09"), ("E66", "E07"), (None, "E07")])
def test_whose_badge_code_a_driver_scanned_has_won_them(won_by: str | None, counts: str) -> None:
    """Who serves them books it; of nobody who works here nothing counts."""
    driver = Driver(card=PHONE, won_by=StaffId(won_by) if won_by else None)
    desk = ScriptedDesk((JOINS[0], ("offer_driver", driver), *JOINS[2:]), policy=POLICY)
    desk.roles = {StaffId("E07"): Role.ATTENDANT, StaffId("E09"): Role.ATTENDANT}
    assert play(join(desk)) is None
    sale = sold(desk)
    assert sale.opens is not None
    assert (sale.opens.recruiter, sale.at.operator) == (counts, "E07")


def test_of_a_member_neither_plate_nor_attendant_of_their_phone_counts() -> None:
    driver = Driver(card=PHONE, plate="浙A12345", won_by=StaffId("E09"))
    desk = ScriptedDesk(
        (JOINS[0], ("offer_driver", driver), *JOINS[2:]), holders={PHONE: WANG}, policy=STATION
    )
    assert play(join(desk)) is None
    assert sold(desk).opens is None


def test_a_plate_is_keyed_again_until_it_is_one_and_nobody_must_say_it() -> None:
    wrong: Script = (*JOINS[:2], ("ask_text", "浙A1234"), ("ask_text", SKIP), *JOINS[2:])
    must = replace(POLICY, join_fields=(Asked(of=Particular.PLATE, required=True),))
    for shop in (STATION, must):
        desk = ScriptedDesk(wrong, policy=shop)
        assert play(join(desk)) is None
        assert desk.refused == [BadPlate.code]
        assert desk.private[0] is not None
        assert desk.private[0].plate == ""


def test_no_plate_is_asked_of_members_of_nobody_and_where_the_shop_asks_for_none() -> None:
    for script, holders, shop in (
        (JOINS, {PHONE: WANG}, STATION),
        (ONLY_PAYS, {}, STATION),
        (JOINS, {}, replace(STATION, join_fields=(Asked(of=Particular.NAME),))),
    ):
        desk = ScriptedDesk(script, holders=holders, policy=shop)
        assert play(join(desk)) is None
        assert sold(desk).due == FILL_DUE


@pytest.mark.parametrize("at", range(len(WITH_PLATE)))
def test_cancelled_at_the_plate_or_after_it_nothing_is_booked(at: int) -> None:
    desk = ScriptedDesk((*WITH_PLATE[:at], (WITH_PLATE[at][0], CANCEL)), policy=STATION)
    play(join(desk))
    assert desk.finished
    assert desk.booked == []


def paid_ahead(script: Script, litres: int, **policy: Any) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={PHONE: WANG}, policy=replace(POLICY, **policy))
    desk.sold.book.wallets.setdefault(WANG.wallet, Wallet(member=WANG.member))
    grants = (Grant(unit="litres:92", amount=litres),)
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="x", grants=grants)
    desk.pin, desk.pin_cause_is = "135790", None
    return desk


def test_litres_paid_ahead_pay_as_far_as_they_reach() -> None:
    desk = paid_ahead((*JOINS[:3], ("choose", "ahead"), *JOINS_WITH_CASH[3:]), 10_00)
    play(join(desk))
    sale = sold(desk)
    assert [(line.quantity, line.net) for line in sale.lines] == [(10_00, 73_80), (17_10, 126_20)]
    assert sale.tenders == (
        Tender(kind=TenderKind.USES, amount=73_80, of="litres:92", units=10_00, places=(0,)),
        Tender(kind=TenderKind.CASH, amount=126_20),
    )
    assert sale.points == (PointsEarned(family="petrol", points=17, base=17_10, step=100),)
    assert desk.pin_fen == [73_80]


@pytest.mark.parametrize(("least", "rewarded"), [(126_20, True), (126_21, False)])
def test_litres_paid_ahead_are_no_spend_for_whoever_brought_them(*, least: int, rewarded: bool) -> None:
    referral = Referral(on=(Trigger.EACH_SPEND,), least=least)
    desk = paid_ahead((*JOINS[:3], ("choose", "ahead"), *JOINS_WITH_CASH[3:]), 10_00, referral=referral)
    play(join(desk))
    assert (sold(desk).reward is not None) == rewarded


@pytest.mark.parametrize("litres", [27_10, 27_11])
def test_litres_that_reach_pay_all_of_it_and_nothing_else_is_asked(litres: int) -> None:
    desk = paid_ahead((*JOINS[:3], ("choose", "ahead"), ("confirm", True)), litres)
    play(join(desk))
    sale = sold(desk)
    assert [(one.kind, one.amount, one.units) for one in sale.tenders] == [(TenderKind.USES, FILL_DUE, 27_10)]
    assert desk.asked[-1][0] == "confirm"
    refused = paid_ahead((*JOINS[:3], ("choose", "ahead"), ("confirm", False)), litres)
    play(join(refused))
    assert refused.booked == []


def test_litres_that_are_kept_and_those_whose_pin_is_wrong_pay_nothing() -> None:
    kept = paid_ahead((*JOINS[:3], ("choose", "pay"), *JOINS[3:]), 10_00)
    play(join(kept))
    assert sold(kept).tenders == (Tender(kind=TenderKind.CODE, amount=FILL_DUE),)
    wrong = paid_ahead((*JOINS[:3], ("choose", "ahead"), *JOINS[3:]), 10_00)
    wrong.pin_cause_is = NoPin("none")
    play(join(wrong))
    assert wrong.declined == [NoPin.code]
    assert len(sold(wrong).lines) == 1


# The grade that a car usually takes


class TwoCars(ScriptedDesk):
    """Wang's first car takes 95, the second one 92; once nobody said which it was."""

    async def originals(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Original]:
        assert (of, kinds) == (WANG.wallet, ("sale",))
        fills = (("fuel-95", ""), ("fuel-95", FIRST), ("fuel-95", FIRST), ("fuel-92", SECOND))
        return [Original(command=self._sale(sku, plate), receipt_no="") for sku, plate in fills]

    def _sale(self, sku: str, plate: str) -> BookSale:
        line = SaleLine(sku=sku, name="n", category="petrol", quantity=1, unit_price=1, gross=1, net=1)
        return BookSale(
            id=self.new_id(),
            at=self.occasion(),
            wallet=WANG.wallet,
            card=None,
            lines=(line,),
            due=1,
            tenders=(),
            car=self.mark(car_text(WANG.wallet, plate)) if plate else "",
        )


FIRST, SECOND = "浙A12345", "浙A67890"


@pytest.mark.parametrize(("plate", "usual"), [(SECOND, "92"), (FIRST, "95"), ("", "95"), ("浙A00000", "95")])
def test_a_member_is_asked_for_the_grade_under_what_that_car_usually_takes(plate: str, usual: str) -> None:
    driver = Driver(card=PHONE, plate=plate, by_code=True)
    desk = TwoCars((JOINS[0], ("offer_driver", driver), *JOINS[2:]), holders={PHONE: WANG}, policy=STATION)
    play(join(desk))
    assert desk.usual == [usual]
    mark = desk.mark(car_text(WANG.wallet, plate)) if plate else ""
    assert sold(desk).car == mark


def test_where_no_plates_are_asked_for_none_is_kept_or_looked_for() -> None:
    driver = Driver(card=PHONE, plate=SECOND, by_code=True)
    fruit = replace(STATION, trade=Trade.FRUIT)
    desk = TwoCars((JOINS[0], ("offer_driver", driver), *JOINS[2:]), holders={PHONE: WANG}, policy=fruit)
    play(join(desk))
    assert (desk.usual, sold(desk).car) == (["95"], "")


def test_a_newcomers_first_fill_is_of_the_car_that_they_came_in() -> None:
    desk = ScriptedDesk(WITH_PLATE, policy=STATION)
    play(join(desk))
    sale = sold(desk)
    assert sale.wallet is not None
    assert sale.car == desk.mark(car_text(sale.wallet, FIRST))
    assert FIRST not in repr(sale)
    assert desk.usual == [""]
