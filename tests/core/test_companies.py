"""A company's cards: whose one is, what it may take, and the part of a fill that fits."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec import ValidationError, convert
from msgspec.structs import replace

from terminal.core.companies import (
    Company,
    CompanyCard,
    Fleet,
    check_companies,
    company_called,
    fleet_of,
    marked,
    part_of,
    tighter,
)
from terminal.core.fleet import DayLimit, DayLimits, Fill
from terminal.core.policy import Policy

VAN = CompanyCard(card="van-1", number="F1-12", grades=("92",), day_fen=300_00, day_litres=60_00)
TRUCK = CompanyCard(card="truck-7", number="F1-11")
HAULAGE = Company(company="haulage", name="运输", cards=(TRUCK, VAN), day_fen=900_00, day_litres=120_00)
TAXI = Company(company="taxi", name="出租", cards=(replace(TRUCK, number="T-1"),))


def mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def test_a_card_is_found_by_what_a_reader_says_of_it() -> None:
    assert fleet_of((TAXI, HAULAGE), "F1-12", mark) == Fleet(company=HAULAGE, card=VAN)
    assert fleet_of((TAXI, HAULAGE), "T-1", mark) == Fleet(company=TAXI, card=TAXI.cards[0])
    assert fleet_of((TAXI, HAULAGE), "F1", mark) is None
    assert fleet_of((), "F1-12", mark) is None


def test_a_card_is_found_by_its_mark_which_tells_nobody_the_number() -> None:
    kept = CompanyCard(card="bus", mark=mark("company card\0B-7"))
    assert kept.mark == marked("B-7", mark)
    bus = Company(company="bus", name="公交", cards=(kept,))
    assert fleet_of((TAXI, bus), "B-7", mark) == Fleet(company=bus, card=kept)
    assert fleet_of((TAXI, bus), "B-8", mark) is None
    assert fleet_of((TAXI, bus), kept.mark, mark) is None
    assert fleet_of((TAXI, bus), "B-7", lambda _: "") is None
    assert fleet_of((TAXI, bus), "T-1", lambda _: "") == Fleet(company=TAXI, card=TAXI.cards[0])
    with pytest.raises(ValueError, match="twice"):
        check_companies((bus, replace(TAXI, cards=(kept,))))
    check_companies((bus, replace(TAXI, cards=(replace(kept, mark="0" * 32),))))


@pytest.mark.parametrize("said", [{}, {"number": "1", "mark": "a" * 32}, {"number": "", "mark": ""}])
def test_a_card_is_known_by_one_thing(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either `number` or `mark`"):
        CompanyCard(card="a", **said)


@pytest.mark.parametrize("kept", ["a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n"])
def test_what_is_no_mark_is_refused(kept: str) -> None:
    with pytest.raises(ValidationError):
        convert({"card": "a", "mark": kept}, CompanyCard)
    assert not convert({"card": "a", "mark": "0a" * 16}, CompanyCard).lost


def test_a_card_has_its_own_limits_and_those_of_all() -> None:
    assert HAULAGE.limits(VAN) == DayLimits(
        card_fen=300_00, card_litres=60_00, company_fen=900_00, company_litres=120_00
    )
    assert TAXI.limits(TRUCK) == DayLimits()


@pytest.mark.parametrize(
    "companies",
    [
        (HAULAGE, replace(TAXI, company="haulage")),
        (replace(TAXI, cards=()), replace(TAXI, cards=())),
        (replace(TAXI, cards=(TRUCK, replace(TRUCK, number="other"))),),
        (replace(TAXI, cards=(TRUCK, replace(VAN, number=TRUCK.number))),),
        (HAULAGE, replace(TAXI, cards=(TRUCK,))),
    ],
)
def test_what_is_there_twice_is_refused(companies: tuple[Company, ...]) -> None:
    with pytest.raises(ValueError, match="twice"):
        check_companies(companies)
    with pytest.raises(ValueError, match="twice"):
        Policy(companies=companies)


def test_two_companies_may_call_their_cards_alike() -> None:
    check_companies((HAULAGE, TAXI))


@pytest.mark.parametrize(
    "said",
    [
        {"card": "a b"},
        {"card": ""},
        {"card": "x" * 37},
        {"number": ""},
        {"number": "x" * 65},
        {"plate": "x" * 41},
        {"day_fen": -1},
        {"day_litres": -1},
        {"day_litres": 10_000_001},
    ],
)
def test_a_card_that_cannot_be_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        convert({"card": "a", "number": "1", **said}, CompanyCard)


def test_a_card_may_say_so_much() -> None:
    said = {"card": "x" * 36, "number": "1" * 64, "plate": "x" * 40, "day_fen": 0, "day_litres": 0}
    assert convert(said, CompanyCard).day_litres == 0
    most = convert({"card": "A-z_9.", "number": "1", "day_litres": 10_000_000}, CompanyCard)
    assert (most.day_litres, most.plate, most.grades, most.day_fen) == (10_000_000, "", (), None)
    assert (TAXI.tier, TAXI.day_fen, TAXI.day_litres) == ("regular", None, None)


def test_of_two_limits_the_less_holds() -> None:
    one = DayLimits(card_fen=1, card_litres=20, company_fen=None, company_litres=4)
    other = DayLimits(card_fen=2, card_litres=10, company_fen=3, company_litres=None)
    less = DayLimits(card_fen=1, card_litres=10, company_fen=3, company_litres=4)
    assert tighter(one, other) == tighter(other, one) == less
    assert tighter(DayLimits(), DayLimits()) == DayLimits()
    assert tighter(DayLimits(card_fen=0), one).card_fen == 0


@pytest.mark.parametrize(
    ("fen", "litres", "credit", "taken"),
    [
        (None, None, 1_000_00, (70_50, 10_00)),
        (None, None, 70_50, (70_50, 10_00)),
        (None, None, 70_49, (70_49, 10_00)),
        (None, None, 0, (0, 0)),
        (35_25, None, 1_000_00, (35_25, 5_00)),
        (35_26, None, 1_000_00, (35_26, 5_01)),
        (0, None, 1_000_00, (0, 0)),
        (1_000_00, 10_00, 1_000_00, (70_50, 10_00)),
        (1_000_00, 9_99, 1_000_00, (70_42, 9_99)),
        (1_000_00, 1, 1_000_00, (7, 1)),
        (None, 0, 1_000_00, (0, 0)),
        (5, 9_99, 1_000_00, (5, 1)),
        (80_00, None, 20_00, (20_00, 2_84)),
    ],
)
def test_of_a_fill_that_flowed_the_part_that_fits_is_taken(
    fen: int | None, litres: int | None, credit: int, taken: tuple[int, int]
) -> None:
    part = part_of(DayLimit(fen=fen, litres=litres), credit, Fill(fen=70_50, litres=10_00))
    assert (part.fen, part.litres) == taken
    assert litres is None or part.litres <= litres


@pytest.mark.parametrize(
    ("company", "called"), [("haulage", "运输"), ("taxi", "出租"), ("gone", "gone"), ("unnamed", "unnamed")]
)
def test_a_company_is_called_by_its_name_or_its_id(company: str, called: str) -> None:
    unnamed = replace(TAXI, company="unnamed", name="")
    assert company_called([HAULAGE, TAXI, unnamed], company) == called
