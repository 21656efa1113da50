from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.card_kinds import CardKind, CardUse
from terminal.core.cart import Article, Family, Grade, GradeUnit, Presented
from terminal.core.codes import ReceiptNumber
from terminal.core.commands import BookGrant, BookHold, BookSale, CouponGrant, Grant, Measured, SaleLine
from terminal.core.errors import (
    CardLost,
    CardNotFor,
    InsufficientFunds,
    NoPin,
    NozzleBusy,
    NozzlePrice,
    TerminalFault,
)
from terminal.core.forecourt import FEN_MAX, Nozzle, Preset, hold_of
from terminal.core.ledger.state import Wallet
from terminal.core.original import Original
from terminal.core.pin import PinCause
from terminal.core.policy import Policy
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, WalletId
from terminal.core.visit import Usable
from terminal.flows.release import _so_many, release
from tests.core.ledger.book import W1, Book
from tests.flows.scripted import CANCEL, SKIP, Script, ScriptedDesk, play
from tests.flows.shop import POLICY, STRANGER, WANG, WANG_CARD

NOZZLE = Nozzle(number=2, grade="92", price=7_38)
RICH = replace(WANG, principal=2_000_00)


def steps(*, how: str = "full", much: tuple[str, Any] | None = None, card: Any = WANG_CARD) -> Script:
    said = (much,) if much else ()
    return (
        ("read_badge", "E07"),
        ("choose_nozzle", NOZZLE),
        ("choose", how),
        *said,
        ("offer_card", card),
        ("confirm", True),
    )


def at_the_pump(script: Script, holder: Any = RICH) -> ScriptedDesk:
    return ScriptedDesk(script, holders={WANG_CARD: holder}, policy=POLICY)


def held(desk: ScriptedDesk) -> tuple[Preset, BookHold | None]:
    assert desk.finished
    ((fill, nozzle, preset, hold),) = desk.released
    assert nozzle == NOZZLE
    assert hold is None or hold.id == hold_of(fill)
    return preset, hold


def test_a_full_tank_holds_what_a_hundred_litres_cost() -> None:
    desk = at_the_pump(steps())
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, hold.wallet, hold.card, hold.for_what) == (738_00, "w-wang", "c-wang", "pump:2")
    assert hold.at.operator == "E07"
    assert preset == Preset(fen=738_00)
    assert desk.said == ["Released. What flows is settled by itself."]
    assert desk.asked[-1] == ("confirm", "Release nozzle 2, grade 92?")


def test_a_full_tank_holds_what_is_there_where_that_is_less() -> None:
    desk = at_the_pump(steps(), WANG)
    play(release(desk))
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, preset) == (110_00, Preset(fen=110_00))


def test_a_sum_and_litres_are_held_whole() -> None:
    by_sum = at_the_pump(steps(how="sum", much=("ask_amount", 200_00)))
    play(release(by_sum))
    preset, hold = held(by_sum)
    assert hold is not None
    assert (hold.amount, preset) == (200_00, Preset(fen=200_00))
    by_litres = at_the_pump(steps(how="litres", much=("ask_litres", 10_01)))
    play(release(by_litres))
    preset, hold = held(by_litres)
    assert hold is not None
    # 7387.38 fen; half a hundredth of a litre is 3.69 fen, and a dispenser may show so much more.
    assert (hold.amount, preset) == (73_91, Preset(fen=73_88, centilitres=10_01))


def test_a_sum_is_no_more_than_a_dispenser_counts_to() -> None:
    most = replace(WANG, principal=FEN_MAX + 1)
    desk = at_the_pump(steps(how="sum", much=("ask_amount", FEN_MAX)), most)
    play(release(desk))
    assert held(desk)[0] == Preset(fen=99_999_99)
    more = at_the_pump(steps(how="sum", much=("ask_amount", FEN_MAX + 1)), most)
    with pytest.raises(AssertionError, match="never lets such an amount through"):
        play(release(more))


@pytest.mark.parametrize(
    ("there", "declined", "held_fen"),
    [
        (73_79, ["51"], []),
        (73_80, [], [73_80]),
        (73_83, [], [73_83]),
        (73_84, [], [73_84]),
        (73_85, [], [73_84]),
    ],
)
def test_litres_are_held_as_the_dispenser_may_show_them_as_far_as_it_is_there(
    there: int, declined: list[str], held_fen: list[int]
) -> None:
    after = (("choose", "later"),) if declined else ()
    script = (*steps(how="litres", much=("ask_litres", 10_00))[:-1], *after, ("confirm", True))
    desk = at_the_pump(script, replace(WANG, principal=there, bonus=0))
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert desk.declined == declined
    assert ([hold.amount] if hold else []) == held_fen
    assert preset == Preset(fen=73_80 if hold else 0, centilitres=10_00)


POOR = replace(WANG, principal=0, bonus=0)
TOO_MUCH = steps(how="sum", much=("ask_amount", 110_01))[:-1]
AFTERWARDS = "Released. It is paid afterwards, under Fuel and join."


def test_where_a_card_does_not_reach_less_may_flow() -> None:
    desk = at_the_pump(
        (*TOO_MUCH, ("choose", "less"), ("choose", "sum"), ("ask_amount", 110_00), ("confirm", True)), WANG
    )
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, preset) == (110_00, Preset(fen=110_00))
    assert desk.declined == ["51"]
    assert desk.offered[-2:] == [("less", "other", "later"), ("full", "sum", "litres")]


def test_less_that_is_still_too_much_is_refused_again() -> None:
    desk = at_the_pump(
        (
            *TOO_MUCH,
            ("choose", "less"), ("choose", "litres"), ("ask_litres", 14_91),
            ("choose", "less"), ("choose", "full"), ("confirm", True),
        ),
        WANG,
    )  # fmt: skip
    assert play(release(desk)) is None
    assert desk.declined == ["51", "51"]  # 14.91 litres are 110.0358.
    assert held(desk)[0] == Preset(fen=110_00)


def test_where_a_card_does_not_reach_another_may() -> None:
    other = Credential(medium=Medium.UID, number="04BBBBBBBBBBBB")
    script = (*TOO_MUCH, ("choose", "other"), ("offer_card", other), ("confirm", True))
    li = replace(RICH, wallet=WalletId("w-li"), card=None)
    desk = ScriptedDesk(script, holders={WANG_CARD: WANG, other: li}, policy=POLICY)
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.wallet, hold.amount, preset) == ("w-li", 110_01, Preset(fen=110_01))
    assert desk.shown == [110_01] * 3


def test_where_a_card_does_not_reach_it_may_be_paid_afterwards() -> None:
    desk = at_the_pump((*TOO_MUCH, ("choose", "later"), ("confirm", True)), WANG)
    assert play(release(desk)) is None
    assert held(desk) == (Preset(fen=110_01), None)
    assert (desk.declined, desk.said) == (["51"], [AFTERWARDS])


def test_where_it_must_be_held_nothing_flows_for_what_is_paid_afterwards() -> None:
    to_the_card = tuple(("read_member", one[1]) if one[0] == "offer_card" else one for one in TOO_MUCH)
    strict = replace(POLICY, postpay=False)
    script = (*to_the_card, ("choose", "less"), ("choose", "full"), ("confirm", True))
    desk = ScriptedDesk(script, holders={WANG_CARD: WANG}, policy=strict)
    assert play(release(desk)) is None
    assert held(desk)[1] is not None
    assert desk.offered[-2] == ("less", "other")


def test_an_empty_card_holds_nothing_and_another_is_asked_for() -> None:
    rich = Credential(medium=Medium.UID, number="04BBBBBBBBBBBB")
    strict = replace(POLICY, postpay=False)
    script = (*steps()[:3], ("read_member", WANG_CARD), ("read_member", rich), ("confirm", True))
    desk = ScriptedDesk(script, holders={WANG_CARD: POOR, rich: RICH}, policy=strict)
    assert play(release(desk)) is None
    assert (desk.declined, desk.offered[-1]) == (["51"], ("other",))
    assert held(desk)[1] is not None
    later = at_the_pump((*steps()[:-1], ("choose", "later"), ("confirm", True)), POOR)
    assert play(release(later)) is None
    assert later.offered[-1] == ("other", "later")
    assert held(later) == (Preset(), None)


def test_one_fen_is_enough_to_offer_less() -> None:
    desk = at_the_pump(
        (*TOO_MUCH, ("choose", "less"), ("choose", "full"), ("confirm", True)), replace(POOR, bonus=1)
    )
    play(release(desk))
    assert held(desk)[0] == Preset(fen=1)


def test_what_was_brought_before_it_did_not_reach_is_there() -> None:
    desk = at_the_pump((*TOO_MUCH, ("choose", "less"), ("choose", "full"), ("confirm", True)), POOR)
    desk.brings[WANG_CARD] = Usable(holder=replace(WANG, principal=50_00, bonus=0))
    play(release(desk))
    assert (desk.declined, held(desk)[0]) == (["51"], Preset(fen=50_00))


def test_the_last_fen_may_be_held() -> None:
    desk = at_the_pump(steps(how="sum", much=("ask_amount", 110_00)), WANG)
    play(release(desk))
    assert held(desk)[1] is not None


def test_value_that_lies_elsewhere_is_brought() -> None:
    desk = at_the_pump(steps(), WANG)
    desk.brings[WANG_CARD] = Usable(holder=replace(WANG, principal=500_00))
    play(release(desk))
    hold = held(desk)[1]
    assert hold is not None
    assert hold.amount == 510_00


def test_without_a_card_it_is_paid_afterwards() -> None:
    desk = at_the_pump(steps(how="sum", much=("ask_amount", 300_00), card=SKIP))
    play(release(desk))
    assert held(desk) == (Preset(fen=300_00), None)
    assert desk.said == ["Released. It is paid afterwards, under Fuel and join."]


def test_a_card_nobody_knows_is_refused_and_asked_for_again() -> None:
    script = (*steps()[:3], ("offer_card", STRANGER), ("offer_card", SKIP), ("confirm", True))
    desk = at_the_pump(script)
    play(release(desk))
    assert desk.declined == ["14"]
    assert held(desk)[1] is None


BACK_FIRST = tuple(
    CardKind(name=name, shown=name, uses=(use,))
    for name, use in (("back", CardUse.CASHBACK), ("paying", CardUse.STORED))
)


@pytest.mark.parametrize("kind", ["back", ""])
def test_a_card_that_pays_no_stored_value_is_refused_and_asked_for_again(kind: str) -> None:
    script = (*steps()[:3], ("offer_card", WANG_CARD), ("offer_card", SKIP), ("confirm", True))
    desk = ScriptedDesk(
        script,
        holders={WANG_CARD: replace(RICH, card_kind=kind)},
        policy=replace(POLICY, card_kinds=BACK_FIRST),
    )
    play(release(desk))
    assert desk.declined == ["A340"]
    assert held(desk)[1] is None


def test_what_is_held_says_the_kind_of_the_card_also_of_a_phone() -> None:
    for card in (WANG.card, None):
        desk = ScriptedDesk(
            steps(),
            holders={WANG_CARD: replace(RICH, card=card, card_kind="paying")},
            policy=replace(POLICY, card_kinds=BACK_FIRST),
        )
        play(release(desk))
        hold = held(desk)[1]
        assert hold is not None
        assert (hold.card, hold.kind) == (card, "paying")
        assert desk.declined == []


def test_a_pin_that_is_needed_and_was_never_chosen_holds_nothing_and_asks_for_another_card() -> None:
    desk = at_the_pump((*steps()[:-1], ("offer_card", SKIP), ("confirm", True)))
    desk.pin_cause_is = NoPin("above")
    assert play(release(desk)) is None
    assert held(desk) == (Preset(), None)
    assert desk.declined == [NoPin.code]
    assert desk.pin_fen == [738_00]
    assert desk.shown == [738_00, 738_00, 0]


def test_a_card_that_headquarters_refuses_asks_for_another() -> None:
    desk = at_the_pump((*steps()[:-1], ("offer_card", SKIP), ("confirm", True)), WANG)
    desk.brings[WANG_CARD] = CardLost("hot")
    assert play(release(desk)) is None
    assert (held(desk), desk.declined) == ((Preset(), None), ["41"])


class Refusing(ScriptedDesk):
    """What was there is gone when it is to be held: once."""

    refuses: TerminalFault | None = None

    async def release(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        refusal, self.refuses = self.refuses, None
        if refusal is not None:
            raise refusal
        await super().release(fill, nozzle, preset, hold)


@pytest.mark.parametrize("why", [InsufficientFunds("spent"), CardLost("just now")])
def test_what_is_gone_meanwhile_is_said_and_the_card_asked_for_again(why: TerminalFault) -> None:
    script = (*steps(how="litres", much=("ask_litres", 10_01)), ("offer_card", WANG_CARD), ("confirm", True))
    desk = Refusing(script, holders={WANG_CARD: RICH}, policy=POLICY)
    desk.refuses = why
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert hold is not None
    assert (desk.declined, preset) == ([why.code], Preset(fen=73_88, centilitres=10_01))


def test_the_pin_is_keyed_for_what_is_held() -> None:
    script = (*steps()[:-1], ("ask_pin", "135790"), ("confirm", True))
    desk = at_the_pump(script)
    desk.pin, desk.pin_cause_is = "135790", PinCause.ABOVE
    assert play(release(desk)) is None
    hold = held(desk)[1]
    assert hold is not None
    assert hold.by_pin


def test_a_hold_says_what_the_nozzle_was_released_for_and_that_no_pin_was_keyed() -> None:
    desk = at_the_pump(steps())
    play(release(desk))
    hold = held(desk)[1]
    assert hold is not None
    assert (hold.by_pin, hold.grade, hold.price, hold.worth) == (False, "92", 7_38, hold.amount)


def test_no_is_no() -> None:
    desk = at_the_pump((*steps()[:-1], ("confirm", False)))
    play(release(desk))
    assert desk.released == []
    assert desk.said == ["Cancelled. Nothing was charged."]
    cancelled = at_the_pump((*steps()[:2], ("choose", CANCEL)))
    play(release(cancelled))
    assert cancelled.released == []


def test_what_is_refused_is_not_said_to_be_released() -> None:
    desk = at_the_pump(steps())
    desk.fails = NozzleBusy("nozzle 2")
    assert isinstance(play(release(desk)), NozzleBusy)
    assert desk.said == []


@pytest.mark.parametrize(
    ("grade", "shows", "costs", "released"),
    [
        ("92", 7_38, 0, True),
        ("92", 7_37, 0, False),
        ("92", 7_39, 0, False),
        ("92", 0, 0, False),
        ("92", 7_26, 7_26, True),
        ("92", 7_38, 7_26, False),
        ("0", 7_38, 0, False),
        ("98", 1, 0, True),  # Of one that nobody names nobody knows.
        ("98", 0, 0, False),
    ],
)
def test_a_nozzle_that_does_not_show_the_stations_price_is_not_released(
    grade: str,
    shows: int,
    costs: int,
    released: bool,  # noqa: FBT001  a column
) -> None:
    nozzle = replace(NOZZLE, grade=grade, price=shows)
    desk = at_the_pump((steps()[0], ("choose_nozzle", nozzle), *(steps()[2:] if released else ())))
    if costs:
        sku = "fuel-92"
        fuel = Article(sku=sku, name="n", category="petrol", price=costs, measured=Measured.CENTILITRE)
        desk.articles = {sku: fuel}
    assert type(play(release(desk))) is (type(None) if released else NozzlePrice)
    assert [one for _, one, *_ in desk.released] == ([nozzle] if released else [])


class Filled(ScriptedDesk):
    """Whoever comes filled these grades before, the last one first."""

    grades: tuple[str, ...] = ()

    async def originals(
        self, of: ReceiptNumber | WalletId | None, kinds: Collection[str]
    ) -> Sequence[Original]:
        assert (of, kinds) == ("w-wang", ("sale",))
        return [Original(command=_sale(self, sku), receipt_no="") for sku in self.grades]


def _sale(desk: ScriptedDesk, sku: str) -> BookSale:
    line = SaleLine(sku=sku, name="n", category="petrol", quantity=1, unit_price=1, gross=1, net=1)
    return BookSale(
        id=desk.new_id(),
        at=desk.occasion(),
        wallet=WalletId("w-wang"),
        card=None,
        lines=(line,),
        due=1,
        tenders=(),
        received=0,
    )


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (("fuel-95", "fuel-92", "fuel-95", "M01", "M01", "M01"), ["95"]),
        (("fuel-95", "fuel-92"), ["95"]),
        (("fuel-92", "fuel-95"), []),
        (("M01",), []),
        ((), []),
    ],
)
def test_another_grade_than_they_usually_take_is_said(before: tuple[str, ...], said: list[str]) -> None:
    desk = Filled(steps(), holders={WANG_CARD: RICH}, policy=POLICY)
    desk.grades = before
    play(release(desk))
    assert held(desk)[1] is not None
    usually = [line.label for line in desk.lines if line.label.text == "Usually they take {grade}"]
    assert [one.values["grade"] for one in usually] == said


def paid_ahead(script: Script, litres: int = 30_00, holder: Any = RICH, **policy: Any) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={WANG_CARD: holder}, policy=replace(POLICY, **policy))
    desk.sold.book.wallets.setdefault(WANG.wallet, Wallet(member=WANG.member))
    grants = (Grant(unit="litres:92", amount=litres, until="2026-11-24"), Grant(unit="litres:95", amount=7))
    desk.sold.book.book(BookGrant, wallet=WANG.wallet, why="x", grants=grants)
    return desk


AHEAD = (*steps()[:-1], ("choose", "ahead"), ("confirm", True))


def test_litres_paid_ahead_are_held_in_the_place_of_value_and_it_stops_where_they_end() -> None:
    desk = paid_ahead(AHEAD)
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, hold.unit, preset) == (30_00, "litres:92", Preset(centilitres=30_00))
    assert [line.label.text for line in desk.lines] == ["A litre", "{litres} paid ahead"]
    assert desk.shown[-1] == 0


def test_no_more_litres_are_held_than_may_flow() -> None:
    by_sum = (("choose", "sum"), ("ask_amount", 100_00))
    desk = paid_ahead((*AHEAD[:2], *by_sum, *AHEAD[3:]))
    play(release(desk))
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, preset) == (13_55, Preset(fen=100_00, centilitres=13_55))


def test_who_does_not_want_to_use_them_has_value_held() -> None:
    desk = paid_ahead((*steps()[:-1], ("choose", "pay"), ("confirm", True)))
    play(release(desk))
    preset, hold = held(desk)
    assert hold is not None
    assert (hold.amount, hold.unit, preset) == (738_00, "", Preset(fen=738_00))


def test_litres_are_not_asked_about_where_there_are_none_or_the_card_is_for_none() -> None:
    kinds = (CardKind(name="value", shown="储值卡", uses=(CardUse.STORED,)),)
    others = replace(RICH, units=("principal",))
    for desk in (paid_ahead(steps(), card_kinds=kinds), paid_ahead(steps(), holder=others)):
        play(release(desk))
        assert held(desk)[1] is not None


BY_COUNT = (CardKind(name="count", shown="次卡", uses=(CardUse.COUNT,)),)


def test_a_card_for_uses_alone_has_the_litres_held_that_lie_on_it() -> None:
    desk = paid_ahead(AHEAD, card_kinds=BY_COUNT)
    play(release(desk))
    hold = held(desk)[1]
    assert hold is not None
    assert (desk.declined, hold.amount, hold.unit) == ([], 30_00, "litres:92")


def test_its_value_pays_for_no_fuel_and_another_way_is_asked_for() -> None:
    another = (("offer_card", SKIP), ("confirm", True))
    shop = replace(POLICY, card_kinds=BY_COUNT)
    for desk in (
        paid_ahead((*steps()[:-1], ("choose", "pay"), *another), card_kinds=BY_COUNT),
        ScriptedDesk((*steps()[:-1], *another), holders={WANG_CARD: RICH}, policy=shop),
    ):
        play(release(desk))
        assert (desk.declined, held(desk)[1]) == ([CardNotFor.code], None)


def test_litres_need_the_pin_for_what_they_are_worth() -> None:
    desk = paid_ahead(AHEAD)
    play(release(desk))
    hold = held(desk)[1]
    assert hold is not None
    assert (desk.pin_fen, hold.worth, hold.by_pin) == ([221_40], 221_40, False)
    keyed = paid_ahead((*AHEAD[:-1], ("ask_pin", "135790"), AHEAD[-1]))
    keyed.pin, keyed.pin_cause_is = "135790", PinCause.ABOVE
    play(release(keyed))
    hold = held(keyed)[1]
    assert hold is not None
    assert hold.by_pin


C3, C12 = (CouponGrant(coupon=kind, kind=kind, face=off, threshold=least) for kind, off, least in (
    ("c3", 3_00, 100_00), ("c12", 12_00, 300_00)
))  # fmt: skip
TWICE = replace(C3, coupon="c3-2")


def with_coupons(
    script: Script, *coupons: CouponGrant, policy: Policy = POLICY, kind: str = ""
) -> ScriptedDesk:
    holder = replace(RICH, wallet=W1, card_kind=kind, units=None)
    desk = ScriptedDesk(script, holders={WANG_CARD: holder}, policy=policy)
    desk.sold.book = Book().with_member()
    desk.sold.book.book(BookGrant, wallet=W1, why="x", coupons=coupons)
    return desk


def coupon_held(desk: ScriptedDesk) -> str:
    hold = held(desk)[1]
    assert hold is not None
    return hold.coupon


def test_a_coupon_is_set_aside_the_best_for_what_may_flow_first() -> None:
    script = (*steps()[:-1], ("choose", "c12"), ("confirm", True))
    desk = with_coupons(script, C3, TWICE, C12)
    assert play(release(desk)) is None
    assert coupon_held(desk) == "c12"
    assert desk.offered[-1] == ("c12", "c3", "none")
    assert held(desk)[0] == Preset(fen=738_00)


@pytest.mark.parametrize(
    ("fen", "offered"), [(99_99, ()), (100_00, ("c3",)), (299_99, ("c3",)), (300_00, ("c12", "c3"))]
)
def test_only_what_comes_off_so_much_is_offered(fen: int, offered: tuple[str, ...]) -> None:
    chosen: Script = (("choose", "none"),) if offered else ()
    script = (*steps(how="sum", much=("ask_amount", fen))[:-1], *chosen, ("confirm", True))
    desk = with_coupons(script, C3, C12)
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""
    asked = [one for one in desk.offered if "none" in one]
    assert asked == ([(*offered, "none")] if offered else [])


def test_a_fen_of_fuel_asks_for_no_coupon_and_flows() -> None:
    desk = with_coupons(steps(how="sum", much=("ask_amount", 1)), C3)
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""


def test_no_more_coupons_are_offered_than_a_screen_has() -> None:
    many = [replace(C3, coupon=f"k{face}", kind=f"k{face}", face=face) for face in range(1, 8)]
    desk = with_coupons((*steps()[:-1], ("choose", "k7"), ("confirm", True)), *many)
    assert play(release(desk)) is None
    assert desk.offered[-1] == ("k7", "k6", "k5", "k4", "k3", "k2", "none")


def test_a_parked_cart_keeps_its_coupon() -> None:
    desk = with_coupons(steps(), C3)
    desk.parked_coupons = (Presented(coupon="c3"),)
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""


def test_a_card_that_is_for_no_discount_sets_no_coupon_aside() -> None:
    shop = replace(POLICY, card_kinds=(CardKind(name="k", shown="k", uses=(CardUse.STORED,)),))
    desk = with_coupons(steps(), C3, policy=shop, kind="k")
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""


def test_a_grade_that_the_shop_does_not_name_has_no_coupons() -> None:
    desk = with_coupons(steps(), C3, policy=replace(POLICY, grades=()))
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""


def test_what_is_paid_afterwards_sets_no_coupon_aside() -> None:
    desk = with_coupons(steps(card=SKIP), C3)
    assert play(release(desk)) is None
    assert held(desk)[1] is None


def test_nobody_is_asked_whose_wallet_has_no_coupon() -> None:
    desk = with_coupons(steps(), C3)
    desk._holders[WANG_CARD] = replace(RICH, wallet=W1, units=("points:goods",))
    assert play(release(desk)) is None
    assert coupon_held(desk) == ""


@pytest.mark.parametrize(
    ("unit", "asks", "ways", "price"),
    [
        (GradeUnit.KILOGRAM, "How many kilograms?", "So many kilograms", "A kilogram"),
        (GradeUnit.CUBIC_METRE, "How many cubic metres?", "So many cubic metres", "A cubic metre"),
        (GradeUnit.LITRE, "How many litres?", "So many litres", "A litre"),
    ],
)
def test_gas_is_asked_for_in_what_it_is_sold_by(unit: GradeUnit, asks: str, ways: str, price: str) -> None:
    gas = Grade(grade="92", name="气", family=Family.GAS, price=7_38, unit=unit)
    desk = ScriptedDesk(
        steps(how="litres", much=("ask_litres", 10_00)),
        holders={WANG_CARD: RICH},
        policy=replace(POLICY, grades=(gas,)),
    )
    play(release(desk))
    assert ("ask_litres", asks) in desk.asked
    assert desk.asked[-1] == ("confirm", "Release nozzle 2, 气?")
    assert desk.lines[0].label.text == price
    assert _so_many(unit.measured).text == ways


def test_another_grade_than_usual_is_said_to_who_pays_afterwards_too() -> None:
    desk = Filled(
        (*TOO_MUCH, ("choose", "later"), ("confirm", True)), holders={WANG_CARD: WANG}, policy=POLICY
    )
    desk.grades = ("fuel-95",)
    assert play(release(desk)) is None
    assert held(desk) == (Preset(fen=110_01), None)
    assert [one.label.values["grade"] for one in desk.lines if "grade" in one.label.values] == ["95"]
