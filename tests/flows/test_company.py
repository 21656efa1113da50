"""A company's card: released for no more than it may take, and paid by it as far as it reaches."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.cart import Fill
from terminal.core.commands import (
    BookFleetFunds,
    BookHold,
    BookSale,
    FleetCard,
    PaidBy,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.companies import Company, CompanyCard, marked
from terminal.core.errors import CardLost
from terminal.core.fleet import DayLimits
from terminal.core.forecourt import Nozzle, Preset
from terminal.core.pricing import parsed
from terminal.core.trust import Credential, Medium
from terminal.flows.join import join
from terminal.flows.release import release
from tests.flows.scripted import SKIP, Script, ScriptedDesk, play
from tests.flows.shop import PETROL, POLICY, STRANGER

NOZZLE = Nozzle(number=2, grade="92", price=7_38)
KEY = Credential(medium=Medium.CODE, number="F1-12")
VAN = CompanyCard(
    card="van-1", number="F1-12", plate="测A·00012", grades=("92",), day_fen=300_00, day_litres=60_00
)
HAULAGE = Company(company="haulage", name="运输", tier="silver", cards=(VAN,))
FILLED = Fill(grade=PETROL, centilitres=10_00)
LIMITS = DayLimits(card_fen=300_00, card_litres=60_00)
CUT, _ = parsed([("cut", {"rule": "litre_cut", "name": "cut", "cut": {"silver": {"petrol": 20}}})])


def shop(script: Script, *, credit: int = 1_000_00, card: CompanyCard = VAN, **policy: Any) -> ScriptedDesk:
    company = replace(HAULAGE, cards=(card,))
    desk = ScriptedDesk(script, policy=replace(POLICY, companies=(company,), **policy), tariff=CUT)
    if credit:
        desk.sold.book.book(BookFleetFunds, company="haulage", amount=credit, paid_by=PaidBy.TRANSFER)
    return desk


def took(desk: ScriptedDesk, fen: int, litres: int) -> None:
    line = SaleLine(
        sku="fuel-92", name="92", category="petrol", quantity=1, unit_price=fen, gross=fen, net=fen
    )  # fmt: skip
    taken = FleetCard(card="van-1", litres=litres)
    tender = Tender(kind=TenderKind.FLEET, amount=fen, of="haulage", fleet=taken)
    at = desk.occasion()
    desk.sold.book.book(BookSale, at=at, wallet=None, card=None, lines=(line,), due=fen, tenders=(tender,))


def steps(how: str = "full", much: tuple[str, Any] | None = None, *after: Any) -> Script:
    said = (much,) if much else ()
    return (
        ("read_badge", "E07"),
        ("choose_nozzle", NOZZLE),
        ("choose", how),
        *said,
        ("offer_card", KEY),
        *(after or (("confirm", True),)),
    )


def held(desk: ScriptedDesk) -> tuple[Preset, BookHold]:
    assert desk.finished
    ((_, nozzle, preset, hold),) = desk.released
    assert nozzle == NOZZLE
    assert hold is not None
    return preset, hold


def test_what_its_card_may_take_is_held_of_the_companys_credit() -> None:
    desk = shop(steps())
    assert play(release(desk)) is None
    preset, hold = held(desk)
    assert (hold.amount, hold.wallet, hold.card, hold.unit) == (300_00, None, None, "")
    assert (hold.company, hold.fleet) == ("haulage", FleetCard(card="van-1", litres=40_66, limits=LIMITS))
    assert (hold.for_what, hold.at.operator) == ("pump:2", "E07")
    assert preset == Preset(fen=300_00, centilitres=40_66)
    assert desk.said == ["Released. What flows is settled by itself."]
    assert [line.value for line in desk.lines] == ["¥7.38", "运输", "测A·00012"]


def test_no_more_is_held_than_is_wanted_left_of_the_day_or_there() -> None:
    wanted = shop(steps("litres", ("ask_litres", 10_00)))
    play(release(wanted))
    preset, hold = held(wanted)
    assert (hold.amount, preset) == (73_84, Preset(fen=73_80, centilitres=10_00))
    summed = shop(steps("sum", ("ask_amount", 50_00)))
    play(release(summed))
    preset, hold = held(summed)
    assert (hold.amount, preset) == (50_00, Preset(fen=50_00, centilitres=6_78))
    scarce = shop(steps("litres", ("ask_litres", 10_00)), credit=73_81)
    play(release(scarce))
    preset, hold = held(scarce)
    assert (hold.amount, preset) == (73_81, Preset(fen=73_80, centilitres=10_00))
    poor = shop(steps(), credit=50_00)
    play(release(poor))
    assert held(poor)[1].amount == 50_00
    late = shop(steps())
    took(late, 10_00, 59_00)
    play(release(late))
    preset, hold = held(late)
    assert (hold.amount, preset) == (7_42, Preset(fen=7_38, centilitres=1_00))
    told = shop(steps())
    told.hq_limits["haulage", "van-1"] = DayLimits(card_fen=20_00, company_litres=5_00)
    play(release(told))
    hold = held(told)[1]
    limits = DayLimits(card_fen=20_00, card_litres=60_00, company_litres=5_00)
    assert (hold.amount, hold.fleet) == (20_00, FleetCard(card="van-1", litres=2_72, limits=limits))


def test_a_lost_card_releases_nothing_and_pays_nothing() -> None:
    again = ("offer_card", SKIP), ("confirm", True)
    here = shop(steps("full", None, *again), card=replace(VAN, lost=True))
    play(release(here))
    assert (here.declined, here.released[0][3]) == (["41"], None)
    told = shop(steps("full", None, *again))
    told.lost_cards.add(("haulage", "van-1"))
    play(release(told))
    assert (told.declined, told.released[0][3]) == (["41"], None)
    late = shop((("read_badge", "E07"), ("offer_driver", KEY), ("read_fill", FILLED)))
    late.lost_cards.add(("haulage", "van-1"))
    assert isinstance(play(join(late)), CardLost)
    assert late.booked == []


def test_a_card_is_known_by_its_mark() -> None:
    desk = shop(steps())
    card = replace(VAN, number="", mark=marked(KEY.number, desk.mark))
    desk = shop(steps(), card=card)
    assert play(release(desk)) is None
    assert held(desk)[1].company == "haulage"


def test_another_fuel_or_a_day_that_is_used_up_releases_nothing_and_another_card_is_asked_for() -> None:
    again = ("offer_card", SKIP), ("confirm", True)
    other = shop(steps("full", None, *again), card=replace(VAN, grades=("0",)))
    play(release(other))
    assert (other.declined, other.released[0][3]) == (["58"], None)
    empty = shop(steps("full", None, *again), credit=0)
    play(release(empty))
    assert (empty.declined, empty.released[0][3]) == (["61"], None)
    late = shop(steps("full", None, *again))
    took(late, 300_00, 1)
    play(release(late))
    assert late.declined == ["61"]


def test_a_card_for_all_fuels_and_without_a_plate() -> None:
    desk = shop(steps(), card=replace(VAN, grades=(), plate=""))
    play(release(desk))
    assert [line.value for line in desk.lines] == ["¥7.38", "运输"]


def test_a_card_of_nobody_is_still_unknown() -> None:
    desk = shop((*steps()[:-2], ("offer_card", STRANGER), ("offer_card", SKIP), ("confirm", True)))
    play(release(desk))
    assert desk.declined == ["14"]


FILL = Fill(grade=PETROL, centilitres=27_10)
DUE = 200_00 - 5_42
PAYS: Script = (("read_badge", "E07"), ("offer_driver", KEY), ("read_fill", FILL), ("confirm", True))


def sold(desk: ScriptedDesk) -> BookSale:
    assert desk.finished
    (sale,) = desk.booked
    assert isinstance(sale, BookSale)
    return sale


def test_a_fill_that_flowed_is_paid_by_the_company_at_its_tiers_price() -> None:
    desk = shop(PAYS)
    play(join(desk))
    sale = sold(desk)
    taken = FleetCard(card="van-1", litres=27_10, limits=LIMITS)
    assert (sale.wallet, sale.due, sale.points) == (None, DUE, ())
    assert sale.tenders == (Tender(kind=TenderKind.FLEET, amount=DUE, of="haulage", fleet=taken),)
    assert sale.at.operator == "E07"
    assert desk.fills_sold == 1
    assert desk.handed_over == ["Paid by the company. Hand over the receipt."]


@pytest.mark.parametrize("before", [0, 200_00])
def test_the_company_and_the_plate_stand_above_what_flowed_too(before: int) -> None:
    """The attendant compares them with the car, whether all of it fits or not."""
    rest: Script = (("choose_tender", TenderKind.CASH), ("ask_cash", 200_00)) if before else ()
    desk = shop((*PAYS[:-1], *rest, ("confirm", True)))
    if before:
        took(desk, before, 1_00)
    play(join(desk))
    assert [(line.label.text, line.value) for line in desk.lines[:2]] == [
        ("Company", "运输"), ("Number plate", "测A·00012"),
    ]  # fmt: skip
    assert desk.lines[2].label.text == "{name} x {quantity}"
    change = "Charge the company, take the cash, give ¥105.50 back?"
    assert desk.asked[-1] == ("confirm", change if before else "Charge the company?")


def test_what_does_not_fit_is_paid_otherwise() -> None:
    desk = shop((*PAYS[:-1], ("choose_tender", TenderKind.CASH), ("ask_cash", 200_00), ("confirm", True)))
    took(desk, 200_00, 1_00)
    play(join(desk))
    sale = sold(desk)
    taken = FleetCard(card="van-1", litres=13_93, limits=LIMITS)
    assert sale.tenders == (
        Tender(kind=TenderKind.FLEET, amount=100_00, of="haulage", fleet=taken),
        Tender(kind=TenderKind.CASH, amount=94_50),
    )
    assert (sale.rounding, sale.received) == (8, 200_00)


def test_the_last_answer_may_be_no() -> None:
    desk = shop((*PAYS[:-1], ("confirm", False)))
    play(join(desk))
    assert desk.booked == []
    assert desk.said == ["Cancelled. Nothing was charged."]
