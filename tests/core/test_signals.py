"""Each result sounds and lights as the glossary's table says, and each screen is the result that it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core import errors
from terminal.core.screens import Screen, State, says
from terminal.core.signals import SIGNALS, Cue, Lamp, Pitch, Signal, cue_for, cue_of, moment

SCORES = {
    Cue.ACCEPTED: ("hh", {Lamp.GREEN}, 1_000, False),
    Cue.OFFLINE: ("hl", {Lamp.GREEN, Lamp.AMBER}, 1_000, False),
    Cue.USED: ("ll", {Lamp.AMBER}, 1_000, False),
    Cue.REJECTED: ("L", {Lamp.RED}, None, False),
    Cue.FAULT: ("LLLL", {Lamp.RED}, None, True),
}
"""High, low, and long low."""
LONG_MS = 500


def _letters(signal: Signal) -> str:
    letters = {Pitch.HIGH: "h", Pitch.LOW: "l"}
    return "".join(
        letters[tone.pitch].upper() if tone.ms > LONG_MS else letters[tone.pitch] for tone in signal.tones
    )


@pytest.mark.parametrize("cue", Cue)
def test_every_result_sounds_and_shines_as_it_should(cue: Cue) -> None:
    signal = SIGNALS[cue]
    assert (_letters(signal), signal.lamps, signal.shine_ms, signal.blinks) == SCORES[cue]


def test_no_two_results_sound_alike_even_on_a_buzzer_of_one_pitch() -> None:
    lengths = [tuple(tone.ms for tone in SIGNALS[cue].tones) for cue in Cue]
    assert len(set(lengths)) == len(Cue)


@given(st.sampled_from(Cue), st.integers(0, 20_000))
def test_nothing_changes_before_the_moment_that_is_told(cue: Cue, ms: int) -> None:
    signal = SIGNALS[cue]
    now = moment(signal, ms)
    if now.next_ms is None:
        later = moment(signal, ms + 100_000)
    else:
        assert now.next_ms > ms
        later = moment(signal, now.next_ms - 1)
    assert (later.pitch, later.lamps) == (now.pitch, now.lamps)


@pytest.mark.parametrize("cue", Cue)
def test_a_signal_is_played_tone_by_tone_and_its_lamps_as_long_as_they_should(cue: Cue) -> None:
    signal = SIGNALS[cue]
    played: list[tuple[Pitch, int]] = []
    lit_ms = 0
    at = 0
    while at < 10_000:
        now = moment(signal, at)
        until = 10_000 if now.next_ms is None else min(now.next_ms, 10_000)
        if now.pitch is not None and (not played or moment(signal, at - 1).pitch is None):
            played.append((now.pitch, 0))
        if now.pitch is not None:
            played[-1] = (now.pitch, played[-1][1] + until - at)
        lit_ms += (until - at) * bool(now.lamps)
        at = until
    assert played == [(tone.pitch, tone.ms) for tone in signal.tones]
    assert lit_ms == (5_000 if signal.blinks else signal.shine_ms or 10_000)


def test_a_code_that_counts_once_and_came_twice_is_told_as_used() -> None:
    assert {cue_of(kind.code) for kind in (errors.CodeUsed, errors.CardReplayed, errors.IdReused)} == {
        Cue.USED
    }


@pytest.mark.parametrize(
    "kind",
    [
        errors.UnknownCard,
        errors.CardLost,
        errors.BadScan,
        errors.CardTorn,
        errors.CardNotGenuine,
        errors.NotAskedNow,
    ],
)
def test_what_the_shop_refuses_is_told_as_rejected(kind: type[errors.TerminalFault]) -> None:
    assert cue_of(kind.code) is Cue.REJECTED


@pytest.mark.parametrize(
    "kind",
    [
        errors.TerminalFault,
        errors.LedgerDamaged,
        errors.DiskFull,
        errors.OutcomeUnknown,
        errors.ChainsDiffer,
        errors.ReaderNoise,
    ],
)
def test_what_the_terminal_cannot_do_is_told_as_its_fault(kind: type[errors.TerminalFault]) -> None:
    assert cue_of(kind.code) is Cue.FAULT


def _screen(state: State, code: str = "") -> Screen:
    return Screen(state=state, step=1, title=says("Paid. Hand over the receipt."), code=code)


def _cue(before: State, screen: Screen, *, presented: bool = False, forwarded: bool = True) -> Cue | None:
    return cue_for(before, screen, presented=presented, forwarded=forwarded)


def test_a_booking_is_told_once_and_otherwise_where_headquarters_does_not_have_it() -> None:
    approved = _screen(State.APPROVED)
    assert _cue(State.PROCESSING, approved) is Cue.ACCEPTED
    assert _cue(State.PROCESSING, approved, forwarded=False) is Cue.OFFLINE
    assert _cue(State.APPROVED, approved) is None


def test_a_touch_makes_no_sound_and_a_scan_does() -> None:
    assert _cue(State.CART, _screen(State.CART)) is None
    assert _cue(State.CART, _screen(State.CART), presented=True) is Cue.ACCEPTED
    assert _cue(State.CART, _screen(State.CART, "A101"), presented=True) is Cue.REJECTED


def test_a_closed_counter_is_a_fault_of_the_terminal() -> None:
    assert _cue(State.IDLE, _screen(State.CLOSED, errors.CaseOpen.code)) is Cue.FAULT
