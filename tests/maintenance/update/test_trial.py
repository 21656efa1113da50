"""A release proves well, or does not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from terminal.maintenance.update.trial import DEADLINE_S, STARTS_MAX, STEADY_S, Judgement, Seen, Trial

BEGUN_S = 1_000.0


def seen(**said: object) -> Seen:
    whole: dict[str, object] = {"active": True, "slot": "b", "pid": 7, "fed_us": 1, "ledger": ""}
    return Seen(**(whole | said))  # type: ignore[arg-type]


def judged(*looks: tuple[float, Seen]) -> tuple[Judgement, str]:
    trial = Trial("b", BEGUN_S)
    judgement = Judgement.WAIT
    for now_s, look in looks:
        judgement = trial.judged(look, BEGUN_S + now_s)
        if judgement is not Judgement.WAIT:
            break
    return judgement, trial.why


def well_but(**said: object) -> Iterable[tuple[float, Seen]]:
    return ((s, seen(**({"fed_us": s} | said))) for s in (1, 2, 1 + int(STEADY_S)))


def test_it_is_well_when_it_ran_for_so_long_fed_the_watchdog_and_its_ledger_agrees() -> None:
    assert judged(*well_but()) == (Judgement.WELL, "")


def test_it_is_not_believed_a_moment_before() -> None:
    found, why = judged((1, seen(fed_us=1)), (2, seen(fed_us=2)), (STEADY_S + 0.9, seen(fed_us=3)))
    assert (found, why) == (Judgement.WAIT, "it runs for less than 30 s")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"active": False}, "it is not ready"),
        ({"slot": "a"}, "slot a runs, not b"),
        ({"slot": ""}, "slot ? runs, not b"),
        ({"ledger": None}, "it does not answer"),
        ({"fed_us": 5}, "it does not feed the watchdog"),
        ({"fed_us": 0}, "it does not feed the watchdog"),
    ],
)
def test_what_is_missing_is_waited_for_and_named(said: dict[str, object], why: str) -> None:
    assert judged(*well_but(**said)) == (Judgement.WAIT, why)
    late = (DEADLINE_S, seen(**({"fed_us": 5} | said)))
    assert judged(*well_but(**said), late) == (Judgement.UNWELL, f"not well after 600 s: {why}")
    early = (DEADLINE_S - 0.1, seen(**({"fed_us": 5} | said)))
    assert judged(*well_but(**said), early)[0] is Judgement.WAIT


def test_a_ledger_that_does_not_agree_is_no_matter_of_waiting() -> None:
    assert judged((1, seen(ledger="L103 odd"))) == (Judgement.UNWELL, "ledger: L103 odd")


def test_what_systemd_was_not_told_of_is_no_matter_of_waiting() -> None:
    trial = Trial("b", 0)
    assert trial.judged(seen(unlaid="odd"), 0) is Judgement.UNWELL
    assert trial.why == "units and rules: odd"


def test_the_ledger_of_the_release_before_says_nothing_of_this_one() -> None:
    assert judged((1, seen(ledger="L103 odd", slot="a")))[0] is Judgement.WAIT
    assert judged((1, seen(ledger="L103 odd", active=False)))[0] is Judgement.WAIT


def test_what_systemd_gave_up_is_unwell_at_once() -> None:
    found, why = judged((1, seen(failed=True, active=False)))
    assert (found, why[:18]) == (Judgement.UNWELL, "it ended too often")


def test_an_end_begins_the_time_and_the_feeding_anew() -> None:
    looks = [*well_but()][:2]
    again = (STEADY_S, seen(pid=8, fed_us=3))
    assert judged(*looks, again, (STEADY_S + 2, seen(pid=8, fed_us=3)))[1] == "it does not feed the watchdog"
    fed = (STEADY_S + 2, seen(pid=8, fed_us=4))
    assert judged(*looks, again, fed)[1] == "it runs for less than 30 s"
    assert judged(*looks, again, fed, (2 * STEADY_S, seen(pid=8, fed_us=5)))[0] is Judgement.WELL


def test_it_may_be_started_so_often_and_no_more() -> None:
    starts = [(float(pid), seen(pid=pid, fed_us=pid)) for pid in range(1, STARTS_MAX + 2)]
    assert judged(*starts[:-1])[0] is Judgement.WAIT
    assert judged(*starts) == (Judgement.UNWELL, "it was started 4 times")


def test_starts_of_the_release_before_do_not_count() -> None:
    before = [(float(pid), seen(pid=pid, slot="a")) for pid in range(1, STARTS_MAX + 2)]
    assert judged(*before)[0] is Judgement.WAIT


def test_while_it_does_not_run_no_start_is_counted() -> None:
    assert judged(*[(s / 10, seen(pid=0, active=False)) for s in range(9)])[0] is Judgement.WAIT


def test_an_end_that_was_seen_counts_with_the_next_start_alone() -> None:
    looks = [*well_but()]
    looks.insert(2, (3, seen(pid=0, active=False, fed_us=3)))
    assert judged(*looks)[0] is Judgement.WELL


def test_what_is_well_in_the_last_moment_is_well() -> None:
    late = DEADLINE_S - STEADY_S
    looks = [(late, seen(fed_us=1)), (late + 1, seen(fed_us=2)), (DEADLINE_S, seen(fed_us=3))]
    assert judged(*looks) == (Judgement.WELL, "")


def test_a_watchdog_that_was_fed_once_after_none_was_fed_once() -> None:
    looks = [(1, seen(fed_us=0)), (2, seen(fed_us=2)), (1 + STEADY_S, seen(fed_us=2))]
    assert judged(*looks) == (Judgement.WAIT, "it does not feed the watchdog")


def test_nothing_is_said_of_what_was_not_seen() -> None:
    assert Trial("b", 0).why == ""
    nothing = Seen(active=False)
    assert (nothing.failed, nothing.slot, nothing.pid, nothing.fed_us, nothing.ledger) == (
        False,
        "",
        0,
        0,
        None,
    )
