from __future__ import annotations

import pytest

from terminal.core.commands import ClockTrust
from terminal.runtime.clock import (
    BELIEVED_MS,
    SystemClock,
    TrustState,
    kernel_error_ms,
)

WALL, MONO = 1_795_000_000_000, 5_000
DAY_MS = 24 * 3600 * 1000
TEN_YEARS_MS = 3_653 * DAY_MS
ERROR_MS = 37


class System:
    def __init__(self, *, synchronised: bool) -> None:
        self.synchronised = synchronised
        self.asked = 0

    def __call__(self) -> int | None:
        self.asked += 1
        return ERROR_MS if self.synchronised else None


def test_a_clock_that_nobody_vouched_for_is_unknown() -> None:
    assert TrustState(System(synchronised=False)).trust(WALL, MONO) is ClockTrust.UNKNOWN


def test_it_is_believed_when_the_system_says_that_it_is_synchronised() -> None:
    assert TrustState(System(synchronised=True)).trust(WALL, MONO) is ClockTrust.NETWORK


def test_it_is_believed_when_headquarters_said_the_same_time() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(1_900, 40, WALL, MONO)
    assert state.trust(WALL + 60_000, MONO + 60_000) is ClockTrust.HEADQUARTERS


def test_a_jump_of_the_wall_clock_ends_the_belief_and_jumping_back_restores_it() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(0, 40, WALL, MONO)
    assert state.trust(WALL + 3_600_000, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL - DAY_MS, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL + 1_000, MONO + 1_000) is ClockTrust.HEADQUARTERS


def test_it_says_how_far_it_may_be_off_by_what_headquarters_said_and_what_went_by_since() -> None:
    state = TrustState(System(synchronised=True))
    assert state.unsure_ms(WALL, MONO) == ERROR_MS
    state.compared(-150, 40, WALL, MONO)
    assert state.unsure_ms(WALL, MONO) == 150
    assert state.unsure_ms(WALL + 60_000, MONO + 60_000) == 150 + 6
    assert state.unsure_ms(WALL + 60_700, MONO + 60_000) == 150 + 6 + 700
    state.compared(-90_000, 40, WALL, MONO)
    assert state.unsure_ms(WALL, MONO) == 0  # Nobody believes it.


def test_what_headquarters_said_a_day_ago_holds_no_more() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(0, 40, WALL, MONO)
    assert state.trust(WALL + BELIEVED_MS, MONO + BELIEVED_MS) is ClockTrust.HEADQUARTERS
    assert state.trust(WALL + BELIEVED_MS + 1, MONO + BELIEVED_MS + 1) is ClockTrust.UNKNOWN


def test_headquarters_contradicts_the_system_until_somebody_sets_the_clock() -> None:
    state = TrustState(System(synchronised=True))
    state.compared(-90_000, 40, WALL, MONO)
    assert state.trust(WALL + 1_000, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL + 91_000, MONO + 1_000) is ClockTrust.NETWORK


def test_where_nobody_keeps_the_clock_headquarters_time_sets_it_right_until_somebody_sets_it() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(-90_000, 40, WALL, MONO)
    later = WALL + 60_000, MONO + 60_000
    assert (state.right_ms(*later), state.trust(*later)) == (90_000, ClockTrust.HEADQUARTERS)
    assert state.unsure_ms(WALL, MONO) == 40
    state.compared(-3_000, 40, *later)
    assert state.right_ms(*later) == 93_000, "a crystal that drifts"
    state.compared(500, 40, *later)
    assert state.right_ms(*later) == 93_000
    by_hand = WALL + 150_000, MONO + 60_000
    assert (state.right_ms(*by_hand), state.trust(*by_hand)) == (0, ClockTrust.UNKNOWN)


@pytest.mark.parametrize("drift_ms", [TEN_YEARS_MS, -TEN_YEARS_MS, 2_001])
def test_however_wrong_it_is(drift_ms: int) -> None:
    state = TrustState(System(synchronised=False))
    state.compared(drift_ms, 2_000, WALL, MONO)
    assert state.right_ms(WALL, MONO) == -drift_ms


@pytest.mark.parametrize(("synchronised", "took_ms"), [(True, 40), (False, 2_001)])
def test_a_clock_that_is_kept_is_not_set_right_nor_any_by_an_answer_that_took_long(
    took_ms: int, *, synchronised: bool
) -> None:
    state = TrustState(System(synchronised=synchronised))
    state.compared(-90_000, took_ms, WALL, MONO)
    assert (state.right_ms(WALL, MONO), state.trust(WALL, MONO)) == (0, ClockTrust.UNKNOWN)


def test_what_set_it_right_stays_and_is_believed_a_day() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(-90_000, 40, WALL, MONO)
    later = WALL + BELIEVED_MS + 1, MONO + BELIEVED_MS + 1
    assert (state.right_ms(*later), state.trust(*later)) == (90_000, ClockTrust.UNKNOWN)


def test_the_machines_clock_is_told_as_it_was_set_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.runtime.clock.kernel_error_ms", lambda: None)
    clock, before = SystemClock(), SystemClock().wall_ms()
    clock.compared(-TEN_YEARS_MS, 40)
    assert clock.right_ms() == TEN_YEARS_MS
    assert TEN_YEARS_MS <= clock.wall_ms() - before < TEN_YEARS_MS + 60_000
    assert clock.trust is ClockTrust.HEADQUARTERS


def test_the_system_is_asked_once_a_minute_and_when_the_clock_was_set() -> None:
    system = System(synchronised=True)
    state = TrustState(system)
    for seconds in range(60):
        state.trust(WALL + 1000 * seconds, MONO + 1000 * seconds)
    assert system.asked == 1
    state.trust(WALL + 90_000, MONO + 60_000)
    assert system.asked == 2


def test_the_machine_answers_one_way_or_the_other() -> None:
    error_ms = kernel_error_ms()
    assert SystemClock().trust is (ClockTrust.UNKNOWN if error_ms is None else ClockTrust.NETWORK)
    assert SystemClock().unsure_ms() >= 0
