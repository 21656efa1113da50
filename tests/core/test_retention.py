"""What is kept of who does not come any more goes by kind, on the day that policy says and not before."""

from __future__ import annotations

import pytest

from terminal.core.commands import Private
from terminal.core.retention import Retention, day_after, day_before, lapsed, left_of

TOLD = (
    ("birthday", "1990-08-30"),
    ("document", "citizen:11010519491231002X"),
    ("hair", "细软"),
    ("vehicle", "轿车"),
    ("skin", "干"),
    ("allergy", "青霉素"),
)
MEMBER = Private(name="王小明", phone="19000000301", told=TOLD)


@pytest.mark.parametrize(
    ("last", "gone"),
    [("2026-11-16", True), ("2026-11-15", True), ("2026-11-17", False), ("2027-01-01", False)],
)
def test_it_is_the_tenth_day_after_the_last_visit(last: str, *, gone: bool) -> None:
    assert lapsed(last, "2026-11-26", 10) is gone
    assert lapsed(last, "2026-11-26", None) is False


def test_a_day_long_before_any_calendar_lets_nothing_go() -> None:
    assert day_before("0001-02-01", 36_500) == ""
    assert not lapsed("1990-01-01", "0001-02-01", 36_500)


def test_the_day_until_which_records_are_kept_is_counted_in_whole_days() -> None:
    assert [day_after("2026-12-31", days) for days in (0, 1, 365)] == [
        "2026-12-31",
        "2027-01-01",
        "2027-12-31",
    ]
    assert day_after("9999-12-31", 1) == "9999-12-31"


@pytest.mark.parametrize(
    ("retention", "left"),
    [
        (Retention(), [what for what, _ in TOLD]),
        (Retention(document=10), [what for what, _ in TOLD if what != "document"]),
        (Retention(document=1), ["birthday", "hair", "vehicle", "skin", "allergy"]),
        (Retention(health=1), ["birthday", "document", "hair", "vehicle"]),
        (Retention(notes=1), ["birthday", "document", "skin", "allergy"]),
        (Retention(document=1, health=1, notes=1, member=1), ["birthday"]),
        (Retention(services=1), [what for what, _ in TOLD]),
        (Retention(document=20, health=1), ["birthday", "document", "hair", "vehicle"]),
    ],
)
def test_each_kind_goes_by_itself(retention: Retention, left: list[str]) -> None:
    found = left_of(MEMBER, "2026-11-16", "2026-11-26", retention)
    assert [what for what, _ in found.told] == left
    assert (found.name, found.phone) == (MEMBER.name, MEMBER.phone)


def test_who_was_here_less_long_ago_than_any_kind_is_kept_need_not_be_looked_at() -> None:
    assert Retention().soonest == 1_827
    assert Retention(document=1_828, health=1_829, notes=1_830, services=1_832).soonest == 1_827
    assert Retention(document=1_828, health=1_829, notes=1_830, services=1_832, member=1_831).soonest == 1_828
    assert Retention(services=3).soonest == 3
    assert Retention(member=1_826).soonest == 1_826
    assert Retention(document=9, notes=4, member=7).soonest == 4


def test_of_one_site_of_a_chain_only_what_was_done_there_goes() -> None:
    one = Retention(document=10, health=10, notes=10, services=20, member=30).of_one_site
    assert (one.services, one.soonest, one.member) == (20, 20, None)
    assert left_of(MEMBER, "1930-01-01", "2026-11-26", one) == MEMBER
