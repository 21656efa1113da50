"""What a printer says about itself, byte by byte (Epson ESC/POS command reference, DLE EOT, GS r, GS a)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.escpos_status import PrinterStatus, StatusDecoder, Trouble

WELL = {"printer": 0x12, "offline": 0x12, "error": 0x12, "paper": 0x12}


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        ({}, None),
        ({"printer": 0x16}, None),  # the drawer's pin
        ({"paper": 0x1E}, None),  # near its end is no trouble
        ({"paper": 0x7E, "offline": 0x32, "printer": 0x1A}, Trouble.PAPER_OUT),
        ({"offline": 0x32}, Trouble.PAPER_OUT),
        ({"offline": 0x16, "printer": 0x1A}, Trouble.COVER_OPEN),
        ({"error": 0x1A}, Trouble.CUTTER),
        ({"error": 0x32}, Trouble.UNRECOVERABLE),
        ({"error": 0x52}, Trouble.OVERHEATED),
        ({"offline": 0x52}, Trouble.ERROR),
        ({"error": 0x16}, Trouble.ERROR),
        ({"printer": 0x1A}, Trouble.OFFLINE),
    ],
)
def test_the_cause_is_named(answers: dict[str, int], trouble: Trouble | None) -> None:
    assert PrinterStatus(**(WELL | answers)).trouble is trouble


def test_the_technician_sees_words_and_bytes() -> None:
    assert PrinterStatus(**WELL).shown == "ready"
    assert (
        PrinterStatus(**(WELL | {"paper": 0x1E})).shown
        == "ready, paper near its end (DLE EOT 1-4: 12 12 12 1e)"
    )
    assert PrinterStatus(**(WELL | {"offline": 0x16})).shown == "cover open (DLE EOT 1-4: 12 16 12 12)"


def _told(data: bytes) -> list[tuple[int, bool]]:
    return [(answer.byte, answer.queued) for answer in StatusDecoder().feed(data)]


def test_answers_in_turn_and_at_once_are_told_apart() -> None:
    assert _told(b"\x12\x1e\x00\x7e\x03") == [
        (0x12, False), (0x1E, False), (0x00, True), (0x7E, False), (0x03, True),
    ]  # fmt: skip


def test_status_that_comes_unasked_is_passed_over_whole() -> None:
    assert _told(b"\x10\x00\x00\x00\x12\x18\x00\x03\x00\x16") == [(0x12, False), (0x16, False)]


@given(st.binary(), st.lists(st.integers(0, 40)))
def test_answers_do_not_depend_on_how_they_arrive(data: bytes, cuts: list[int]) -> None:
    decoder = StatusDecoder()
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    parts = [data[a:b] for a, b in pairwise(places)]
    found = [(answer.byte, answer.queued) for part in parts for answer in decoder.feed(part)]
    assert found == _told(data)
