from __future__ import annotations

from terminal.core.commands import ClockTrust
from terminal.runtime.clock import (
    BELIEVED_MS,
    SystemClock,
    TrustState,
    kernel_error_ms,
)

WALL, MONO = 1_795_000_000_000, 5_000
DAY_MS = 24 * 3600 * 1000
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
    state.compared(1_900, WALL, MONO)
    assert state.trust(WALL + 60_000, MONO + 60_000) is ClockTrust.HEADQUARTERS


def test_a_jump_of_the_wall_clock_ends_the_belief_and_jumping_back_restores_it() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(0, WALL, MONO)
    assert state.trust(WALL + 3_600_000, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL - DAY_MS, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL + 1_000, MONO + 1_000) is ClockTrust.HEADQUARTERS


def test_it_says_how_far_it_may_be_off_by_what_headquarters_said_and_what_went_by_since() -> None:
    state = TrustState(System(synchronised=True))
    assert state.unsure_ms(WALL, MONO) == ERROR_MS
    state.compared(-150, WALL, MONO)
    assert state.unsure_ms(WALL, MONO) == 150
    assert state.unsure_ms(WALL + 60_000, MONO + 60_000) == 150 + 6
    assert state.unsure_ms(WALL + 60_700, MONO + 60_000) == 150 + 6 + 700
    state.compared(-90_000, WALL, MONO)
    assert state.unsure_ms(WALL, MONO) == 0  # Nobody believes it.


def test_what_headquarters_said_a_day_ago_holds_no_more() -> None:
    state = TrustState(System(synchronised=False))
    state.compared(0, WALL, MONO)
    assert state.trust(WALL + BELIEVED_MS, MONO + BELIEVED_MS) is ClockTrust.HEADQUARTERS
    assert state.trust(WALL + BELIEVED_MS + 1, MONO + BELIEVED_MS + 1) is ClockTrust.UNKNOWN


def test_headquarters_contradicts_the_system_until_somebody_sets_the_clock() -> None:
    state = TrustState(System(synchronised=True))
    state.compared(-90_000, WALL, MONO)
    assert state.trust(WALL + 1_000, MONO + 1_000) is ClockTrust.UNKNOWN
    assert state.trust(WALL + 91_000, MONO + 1_000) is ClockTrust.NETWORK


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
