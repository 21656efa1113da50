"""Who counts as one address, for somebody without a certificate."""

from __future__ import annotations

import pytest

from terminal.runtime.knocks import Knocks
from tests.hq.standing import Shifted


@pytest.mark.parametrize(
    ("first", "then", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("", "", True),
    ],
)
def test_whoever_has_a_network_of_ipv6_has_one_address(first: str, then: str, *, same: bool) -> None:
    knocks = Knocks(Shifted(), at_once=1, every_ms=60_000)

    assert knocks.allowed(first)
    assert knocks.spent(then) is same
    assert knocks.allowed(then) is not same
