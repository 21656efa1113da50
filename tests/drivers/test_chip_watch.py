"""What the thread says of the states that pcscd tells."""

from __future__ import annotations

from itertools import count

import pytest

from terminal.core.errors import DeviceMissing
from terminal.core.events import CardFound, CardRemoved, DeviceChanged
from terminal.drivers.chips import watch
from terminal.drivers.chips.places import Places
from terminal.drivers.chips.watch import Beat, Report, Talk, Watch
from terminal.drivers.usb.ports import DEVICES
from terminal.runtime.trace import Record, What, playing

EMPTY, PRESENT, IN_USE = 0x10, 0x20, 0x100
ONCE = 1 << 16
STEP_MS = 200


def _said(monkeypatch: pytest.MonkeyPatch, *states: int) -> list[str]:
    """A look at the clock takes `STEP_MS`."""
    ticks = count(1, STEP_MS * 1_000_000)
    monkeypatch.setattr(watch, "mono_ns", lambda: next(ticks))
    said: list[Report] = []
    never: Talk = lambda _atr, _t0: pytest.fail("nobody presented a card")  # noqa: E731  typed
    thread = Watch("front", Places("", "", DEVICES), never, lambda: None)
    records = [
        Record(at_ms=at, what=What.SLOT, data=state.to_bytes(4, "big"), place="Front 00")
        for at, state in enumerate(states)
    ]
    with playing("front", records), pytest.raises(DeviceMissing, match="the recording ends here"):
        thread.run(said.append)
    return [type(one).__name__ for one in said]


READY, FOUND, REMOVED, BEAT = (one.__name__ for one in (DeviceChanged, CardFound, CardRemoved, Beat))


def test_a_reader_that_another_program_opens_and_closes_all_the_time_is_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = _said(monkeypatch, EMPTY, *(EMPTY | IN_USE, EMPTY) * 6)
    assert said[0] == READY
    assert set(said[1:]) == {BEAT}
    assert 2 <= len(said[1:]) <= 6  # Not at every change: looking for readers may change their state itself.


def test_a_card_that_lies_there_at_the_first_look_is_not_read_until_it_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = _said(monkeypatch, ONCE | PRESENT, ONCE | PRESENT | IN_USE, 2 * ONCE | EMPTY)
    assert [one for one in said if one != BEAT] == [READY, FOUND, REMOVED]
