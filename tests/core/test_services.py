"""What was done on a visit: as it is sealed, committed to, and what stands of it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.errors import BadWords
from terminal.core.services import Service, Written, commitment, read, standing, text_of
from terminal.core.values import EntryId, StaffId

CUT = Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))
FULL = replace(CUT, done=("剪发", "染发"), used=("染膏 6/0 40g",), corrects=EntryId("e1"), salt="00ff")


@pytest.mark.parametrize("written", [CUT, FULL])
def test_what_is_written_is_read_again(written: Written) -> None:
    assert read(EntryId("e2"), text_of(written), "头皮敏感") == Service(
        entry=EntryId("e2"), written=written, remark="头皮敏感"
    )
    assert read(EntryId("e2"), text_of(written)).remark == ""


def test_nothing_of_it_is_told_by_a_log() -> None:
    service = read(EntryId("e2"), text_of(FULL), "头皮敏感")
    assert f"{service} {service!r} {service.written}" == "Service(...) Service(...) Written(...)"


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({"done": ()}, False),
        ({"done": ("x",) * 10}, True),
        ({"done": ("x",) * 11}, False),
        ({"used": ("x",) * 10}, True),
        ({"used": ("x",) * 11}, False),
        ({"used": ("x" * 60,)}, True),
        ({"used": ("x" * 61,)}, False),
        ({"done": ("",)}, False),
        ({"done": ("a\nb",)}, False),
    ],
)
def test_a_visit_has_its_bounds(change: dict[str, Any], *, fits: bool) -> None:
    if fits:
        assert text_of(replace(CUT, **change))
        return
    with pytest.raises(BadWords) as refused:
        text_of(replace(CUT, **change))
    assert "xx" not in str(refused.value)


def test_the_entry_commits_to_both_and_tells_neither() -> None:
    told = commitment(b"\x00\xff", "text", "remark")
    assert told == hashlib.sha256(b'\x00\xff["text","remark"]').hexdigest()
    assert len({told, commitment(b"", "text", "remark"), commitment(b"\x00\xff", "text", "")}) == 3


def test_what_was_corrected_stands_no_more_nor_does_what_corrected_it_first() -> None:
    first, second, third, other = (
        Service(entry=EntryId(f"e{n}"), written=replace(CUT, corrects=of))
        for n, of in ((1, None), (2, EntryId("e1")), (3, EntryId("e2")), (4, None))
    )
    assert standing([other, third, second, first]) == (other, third)
    assert standing([]) == ()
