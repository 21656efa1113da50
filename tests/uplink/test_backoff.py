from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.uplink.backoff import Backoff


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=60), st.floats(1, 3600))
def test_a_pause_is_never_longer_than_its_cap_and_never_negative(draws: list[bytes], longest: float) -> None:
    left = iter(draws)
    backoff = Backoff(lambda _: next(left), longest_s=longest)
    pauses = [backoff.next_s() for _ in draws]
    caps = [min(longest, 0.5 * 2**n) for n in range(len(draws))]
    assert all(0 <= pause <= cap for pause, cap in zip(pauses, caps, strict=True))


def test_after_a_success_the_next_pause_is_short_again() -> None:
    backoff = Backoff(lambda _: b"\xff" * 4, longest_s=60)
    for _ in range(10):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.5
