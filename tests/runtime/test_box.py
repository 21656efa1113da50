from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.runtime.box import BoxSpoilt, box_public, opened, sealed_to

_SITE, _OTHER, _FRESH = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_only_whom_it_is_sealed_to_reads_it(clear: bytes, about: bytes) -> None:
    box = sealed_to(box_public(_SITE), clear, about=about, fresh=_FRESH)
    assert opened(_SITE, box, about=about) == clear
    with pytest.raises(BoxSpoilt):
        opened(_OTHER, box, about=about)


@given(st.integers(0), st.integers(1, 255))
def test_a_box_that_was_changed_anywhere_does_not_open(place: int, by: int) -> None:
    box = bytearray(sealed_to(box_public(_SITE), b"19000000301", about=b"m1", fresh=_FRESH))
    box[place % len(box)] ^= by
    with pytest.raises(BoxSpoilt):
        opened(_SITE, bytes(box), about=b"m1")


@given(st.binary(max_size=60))
def test_what_is_no_box_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(BoxSpoilt):
        opened(_SITE, rubbish, about=b"")


def test_a_box_about_somebody_else_does_not_open() -> None:
    box = sealed_to(box_public(_SITE), b"clear", about=b"m1", fresh=_FRESH)
    with pytest.raises(BoxSpoilt):
        opened(_SITE, box, about=b"m2")


def test_the_form_of_a_box_stays() -> None:
    box = bytes.fromhex(
        "ab9f2628c325c141e9fb2430f106850f62930bc3f0b12df39a9b84a49c7c1d12"
        "1582ba950b8136a2f61216e7db63d9a6e23a4aa2b3a29ead105186734025"
    )
    assert opened(_SITE, box, about=b"m1") == '{"name":"王"}'.encode()
    assert sealed_to(box_public(_SITE), '{"name":"王"}'.encode(), about=b"m1", fresh=_FRESH) == box
