"""The order of versions is that of PEP 440, held against the packaging library."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from terminal.maintenance.update.version import order

NUMBERS = st.lists(st.integers(0, 12).map(str), min_size=1, max_size=4).map(".".join)
NTH = st.integers(0, 2).map(str)


def or_none(word: str) -> st.SearchStrategy[str]:
    return st.just("") | NTH.map(word.__add__)


VERSIONS = st.builds(
    "{}{}{}{}".format,
    NUMBERS,
    st.just("") | st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), NTH),
    or_none(".post"),
    or_none(".dev"),
)
NEAR = [
    f"2{zero}{before}{after}{made}"
    for zero, before, after, made in product(
        ["", ".0", ".0.1"], ["", "a1", "b0", "rc2"], ["", ".post0", ".post1"], ["", ".dev0", ".dev3"]
    )
]


def same(one: str, other: str) -> None:
    a, b = order(one), order(other)
    x, y = Version(one), Version(other)
    assert (a < b, a == b, a > b) == (x < y, x == y, x > y), (one, other)


@given(one=VERSIONS, other=VERSIONS)
def test_versions_stand_in_the_order_of_pep_440(one: str, other: str) -> None:
    same(one, other)


def test_so_do_all_that_differ_by_little() -> None:
    for one, other in product(NEAR, NEAR):
        same(one, other)


@pytest.mark.parametrize(
    "odd",
    ["", "v2", "2.", "2.0-1", "02", "2.0+local", "1!2", "２", "2\n", "2.0.x", "9" * 10, "1." * 40 + "1"],
)
def test_what_is_no_version_is_not_compared(odd: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        order(odd)
