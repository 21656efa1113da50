"""The clock is set by hand on a machine whose time is kept: as systemd's timedatectl answers there."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from lab.menu.box import MadeUp
from terminal.maintenance.menu.looking import network
from terminal.maintenance.menu.screen import nobody_enters
from terminal.maintenance.menu.tree import PASSING, Item, Said
from terminal.maintenance.menu.words import words_of

WHEN = "2026-11-27 14:05:00"
IN_UTC = "2026-11-27 06:05:00 UTC"
"""The same of a shop that is eight hours ahead, whatever time zone its machine is set to."""
STAMP = ("touch", "-c", "/var/lib/systemd/timesync/clock")
ASKED = ("timedatectl", "show", "--property=NTP", "--value")
OFF, SET, ON = (
    ("timedatectl", *words) for words in (("set-ntp", "false"), ("set-time", IN_UTC), ("set-ntp", "true"))
)
ENDING = "Failed to set time: Previous request is not finished, refusing."
KEPT = "Failed to set time: Automatic time synchronization is enabled"
WRONG = f"Failed to parse time specification '{IN_UTC}': Invalid argument"


class Kept(MadeUp):
    """`timedatectl`: who keeps the time takes `ends_s` to end, and nobody sets it before."""

    def __init__(self, *, ntp: bool = True, ends_s: int = 0, fault: str = "", first: str = ENDING) -> None:
        super().__init__()
        self.ntp = ntp
        self.time = ""
        self.asked: list[tuple[str, ...]] = []
        self._ends_s = ends_s
        self._fault = fault
        self._first = first
        self.recorded: list[tuple[str, ...]] = []
        self.knows = True

    def ask(self, what: str, *words: str) -> Said:
        self.recorded.append((what, *words))
        return Said(lines=("entry 1205",) if self.knows else ("key the PIN first",), well=self.knows)

    def program(self, *words: str) -> Said:
        self.asked.append(words)
        refused = ""
        if words == ASKED:
            return Said(lines=("yes" if self.ntp else "no",))
        if words[:2] == ("timedatectl", "set-ntp"):
            refused = self._fault if self._fault.startswith("Failed to set ntp") else ""
            self.ntp = self.ntp if refused else words[2] == "true"
        elif words[:2] == ("timedatectl", "set-time"):
            if self.ntp:
                refused = KEPT
            elif self._ends_s > 0:
                refused = self._first
            else:
                refused = self._fault
            self.time = self.time if refused else words[2]
        elif words == ("sleep", "1"):
            self._ends_s -= 1
        return Said(lines=(refused,) if refused else (), well=not refused)


def typed(box: Kept, when: str) -> Said:
    items = network(box).items
    assert items is not None
    by_hand = next(one for one in items() if one.label == "Set the clock by hand")
    assert by_hand.do is not None
    return by_hand.do([when])


def done(box: Kept) -> Said:
    said = typed(box, WHEN)
    assert said.well
    assert said.go is not None
    assert (box.asked, box.recorded) == ([], [])
    return said.go()


def test_where_the_time_is_kept_that_stops_first_and_goes_on_from_there() -> None:
    box = Kept()
    assert done(box) == Said()
    assert (box.time, box.ntp) == (IN_UTC, True)
    assert box.asked == [ASKED, OFF, SET, STAMP, ON]


def test_where_nobody_keeps_it_nobody_does_afterwards() -> None:
    box = Kept(ntp=False)
    assert done(box) == Said()
    assert box.asked == [ASKED, SET]


@pytest.mark.parametrize("offset_min", [480, 0, -210])
def test_the_shops_time_stands_beside_that_of_the_machines_zone(offset_min: int) -> None:
    """Else who looks at a machine in UTC takes a clock that is right for one that is eight hours behind."""

    class Dated(Kept):
        def program(self, *words: str) -> Said:
            if words[0] != "date":
                return super().program(*words)
            ran = subprocess.run(words, capture_output=True, text=True, check=True)
            return Said(lines=tuple(ran.stdout.splitlines()))

    box = Dated()
    box.utc_offset_min = offset_min
    items = network(box).items
    assert items is not None
    (item,) = (one for one in items() if one.label == "Clock")
    assert item.do is not None
    before = datetime.now(UTC).replace(microsecond=0)
    (line,) = (one for one in item.do([]).lines if "shop" in one)
    said = datetime.fromisoformat(line.removeprefix("The shop's time: ") + "+00:00")
    assert before <= said - timedelta(minutes=offset_min) <= datetime.now(UTC)
    assert words_of("zh-Hans")(line) != line


@pytest.mark.parametrize("first", [ENDING, KEPT])
def test_whoever_keeps_it_may_take_ten_seconds_to_end(first: str) -> None:
    box = Kept(ends_s=10, first=first)
    assert done(box) == Said()
    assert box.time == IN_UTC
    assert box.asked == [ASKED, OFF, *[SET, ("sleep", "1")] * 10, SET, STAMP, ON]


def test_after_that_it_is_said_and_the_time_is_kept_as_before() -> None:
    box = Kept(ends_s=11)
    assert done(box) == Said(lines=(ENDING,), well=False)
    assert (box.time, box.ntp, STAMP in box.asked) == ("", True, False)


def test_what_is_no_time_is_tried_once() -> None:
    box = Kept(fault=WRONG)
    assert done(box) == Said(lines=(WRONG,), well=False)
    assert box.asked == [ASKED, OFF, SET, ON]


@pytest.mark.parametrize(
    "wrong",
    [
        "", "13812345678", "张三", "14:05", "+5min", "2026-11-27", "2026-11-27T14:05:00",
        "2026-02-30 14:05:00",
        "2026-11-27 24:05:00", "2024-12-31 23:59:59", "2100-01-01 00:00:00", "2026-11-27 14:05:00 UTC",
        "２０２６-11-27 14:05:00",
    ],
)  # fmt: skip
def test_what_is_no_time_of_a_terminal_is_on_no_record(wrong: str) -> None:
    box = Kept()
    said = typed(box, wrong)
    assert (said.well, said.go) == (False, None)
    assert said.lines[0] == "It is no time of 2025 to 2099, such as 2026-11-27 14:05:00."
    assert (box.recorded, box.asked) == ([], [])


@pytest.mark.parametrize(
    "when", ["2025-01-01 00:00:00", "2099-12-31 23:59:59", "2028-02-29 14:05", " 2026-11-27 14:05:00 "]
)
def test_what_is_one_is_asked_for_as_it_was_typed(when: str) -> None:
    box = Kept()
    said = typed(box, when)
    assert said.go is not None
    said.go()
    assert box.recorded == [("note", f"clock: {when.strip()}")]


@pytest.mark.parametrize(
    ("offset_min", "in_utc"),
    [(480, "2026-11-26 16:05:00 UTC"), (0, "2026-11-27 00:05:00 UTC"), (-210, "2026-11-27 03:35:00 UTC")],
)
def test_what_is_typed_is_the_shops_time_and_not_that_of_the_machines_zone(
    offset_min: int, in_utc: str
) -> None:
    box = Kept(ntp=False)
    box.utc_offset_min = offset_min
    said = typed(box, "2026-11-27 00:05")
    assert said.lines[0] == f"The system's clock is set to 2026-11-27 00:05 of the shop, which is {in_utc}."
    assert said.go is not None
    assert said.go() == Said()
    assert box.time == in_utc
    if (analyze := shutil.which("systemd-analyze")) is not None:  # By the reader that timedatectl has.
        there = {**os.environ, "TZ": "America/New_York"}
        read = subprocess.run([analyze, "timestamp", in_utc], env=there, capture_output=True, check=False)
        then = int(datetime.fromisoformat(in_utc.replace(" UTC", "+00:00")).timestamp())
        assert f"UNIX seconds: @{then}\n".encode() in read.stdout


def test_who_may_not_stop_it_sets_nothing() -> None:
    box = Kept(fault="Failed to set ntp: Access denied")
    assert done(box) == Said(lines=("Failed to set ntp: Access denied",), well=False)
    assert box.asked == [ASKED, OFF]


def locked(box: Kept) -> list[Item]:
    items = network(box).items
    assert items is not None
    return [one for one in items() if "lock by hand" in one.label or "network's time" in one.label]


def test_both_need_a_pin_and_are_on_record_first() -> None:
    box = Kept()
    by_network, by_hand = locked(box)
    assert by_network.locked
    assert by_hand.locked
    assert by_network.do is not None
    assert by_network.do([]) == Said()
    assert done(Kept()) == Said()
    assert (box.recorded, box.asked) == ([("note", "clock: network")], [ON])


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_not_put_on_record_is_not_done(place: int) -> None:
    box = Kept()
    box.knows = False
    do = locked(box)[place].do
    assert do is not None
    said = do([WHEN])
    said = said.go() if said.go else said
    assert said == Said(lines=("key the PIN first",), well=False)
    assert box.asked == []
    assert box.recorded == [("note", f"clock: {WHEN if place else 'network'}")]


@pytest.mark.parametrize("closed", ["", "The terminal runs without its ledger, which does not open: x"])
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_where_nobody_can_key_a_pin_the_command_is_named(closed: str, language: str) -> None:
    commands = [
        "sudo timedatectl set-ntp true",
        f"sudo timedatectl set-ntp 0; sudo timedatectl set-time '{IN_UTC}'",
    ]
    for item, command in zip(locked(Kept()), commands, strict=True):
        said = nobody_enters(closed, item.typed)
        *_, blank, head, typed = map(words_of(language), said.lines)
        assert (said.well, said.go, blank) == (False, None, "")
        assert typed.startswith(command)
        assert ("in no journal" in head) is (language == "en")
        assert (said.lines[0] == closed) is bool(closed)


def test_over_a_root_in_memory_the_networks_time_is_said_to_be_kept_until_the_restart() -> None:
    class Overlaid(Kept):
        def passing(self, path: str) -> tuple[str, ...]:
            return (PASSING, f"{path} lies in memory")

    for box, passes in (
        (Kept(ntp=False), ()),
        (Overlaid(ntp=False), (PASSING, "/etc/systemd/system lies in memory")),
    ):
        items = network(box).items
        assert items is not None
        (item,) = (one for one in items() if one.label == "Take the network's time")
        assert item.do is not None
        assert item.do([]) == Said(lines=passes)
        assert box.ntp
