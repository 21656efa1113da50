from __future__ import annotations

from msgspec.structs import replace

from tests.core.pricing.goods import BOX, FACIAL, MEMBER, sold, why

STEPS = [
    {"people": 5, "pay": {"service": 60}},
    {"people": 2, "pay": {"service": 80}},
    {"people": 3, "pay": {"service": 70}},
]
GROUP = {"rule": "group_visit", "steps": STEPS}


def test_the_more_come_the_less_each_pays() -> None:
    due = [sold((FACIAL, 1), to=replace(MEMBER, people=people), group=GROUP).due for people in range(1, 8)]
    assert due == [168_00, 134_40, 117_60, 117_60, 100_80, 100_80, 100_80]


def test_it_says_from_how_many_on() -> None:
    assert why(sold((FACIAL, 1), group=GROUP), "group") == "From 2 people on"
    pair = replace(MEMBER, people=2)
    box = sold((BOX, 1), to=pair, group=GROUP)
    assert (box.due, why(box, "group")) == (15_80, "For other articles")
    better = {"rule": "percent_off", "pay": 10}
    assert why(sold((FACIAL, 1), to=pair, group=GROUP, off=better), "group") == "Another price is better"
