"""A shift that is closed by the menu, at a station with what a person reads off its pumps."""

from __future__ import annotations

import msgspec
import pytest

from lab.menu.box import MadeUp
from terminal.core.forecourt import NOZZLES_MAX
from terminal.maintenance.menu.sending import shift
from terminal.maintenance.menu.tree import Item, Said
from terminal.maintenance.menu.words import words_of
from terminal.maintenance.socket import QUESTION_BYTES_MAX, Question


class Station(MadeUp):
    """`nozzles`: whose totaliser nobody tells; `away`: nor whether there are any."""

    def __init__(self, *nozzles: str, away: bool = False) -> None:
        super().__init__()
        self.nozzles, self.away = nozzles, away
        self.closed_with: list[tuple[str, ...]] = []

    def ask(self, what: str, *words: str) -> Said:
        if what == "to-read":
            return Said(lines=("it cannot be asked",), well=False) if self.away else Said(lines=self.nozzles)
        if what == "z":
            self.closed_with.append(words)
        return super().ask(what, *words)


def z_of(box: Station) -> Item:
    items = shift(box).items
    assert items is not None
    (item,) = [one for one in items() if one.label.startswith("Z")]
    return item


def test_a_field_stands_for_each_totaliser_that_no_dispenser_tells() -> None:
    box = Station("4", "12")
    item = z_of(box)
    fields = [one.label for one in item.fields[2:]]
    assert fields == ["Totaliser of nozzle 4", "Totaliser of nozzle 12"], "no unit: of gas it is no litres"
    assert item.do is not None
    said = item.do(("150", "50", "7654.32", "0"))
    assert said.lines[1:3] == ("Totaliser of nozzle 4: 7654.32", "Totaliser of nozzle 12: 0")
    assert box.closed_with == []
    assert said.go is not None
    said.go()
    assert box.closed_with == [("150", "50", "4=7654.32", "12=0")]
    chinese = words_of("zh-Hans")
    assert chinese(fields[1]) == "12 号枪泵码"
    assert chinese(said.lines[1]) == "4 号枪泵码：7654.32"


@pytest.mark.parametrize("away", [False, True])
def test_a_shop_or_one_that_cannot_be_asked_has_none(away: bool) -> None:  # noqa: FBT001
    box = Station(away=away)
    item = z_of(box)
    assert len(item.fields) == 2
    assert item.do is not None
    said = item.do(("150", "50"))
    assert said.go is not None
    said.go()
    assert box.closed_with == [("150", "50")]


def test_the_totalisers_of_the_largest_station_fit_into_one_question() -> None:
    totals = tuple(f"{number}=1234567890.12" for number in range(1, NOZZLES_MAX + 1))
    asked = Question(ask="technician", said=("0" * 32, "z", "123456.78", "123456.78", *totals))
    assert len(msgspec.json.encode(asked)) < QUESTION_BYTES_MAX
