"""One spelling only: what RFC 8785 says, and what the vectors beside the tests say to other languages."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.canonical import BODY_BYTES_MAX, NotCanonical, check, decoded, encoded
from terminal.core.entry import Redo, chained, printed_number, receipt_number
from terminal.core.values import INTEGER_MAX

VECTORS = Path(__file__).parents[1] / "vectors" / "canonical"
ENTRIES: list[dict[str, Any]] = json.loads((VECTORS / "entries.json").read_bytes())
KINDS: list[dict[str, str]] = json.loads((VECTORS / "kinds.json").read_bytes())
SPELLINGS: dict[str, list[dict[str, str]]] = json.loads((VECTORS / "spellings.json").read_bytes())

SHORT = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r", 0x22: '\\"', 0x5C: "\\\\"}
"""RFC 8785 section 3.2.2.2: these have a short escape, other controls \\u00xx in lower case."""


def by_the_rfc(value: object) -> str:
    """A second, slow spelling, written from the RFC's text alone."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = (SHORT.get(ord(c)) or (f"\\u{ord(c):04x}" if ord(c) < 0x20 else c) for c in value)
        return '"' + "".join(escaped) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(by_the_rfc, value)) + "]"
    assert isinstance(value, dict)
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
    return "{" + ",".join(f"{by_the_rfc(key)}:{by_the_rfc(item)}" for key, item in members) + "}"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127))
WHOLE = st.integers(-INTEGER_MAX, INTEGER_MAX)
TREES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_the_spelling_by_the_rfc_is_taken_and_any_other_is_refused(tree: dict[str, Any]) -> None:
    check(by_the_rfc(tree).encode())
    for other in (json.dumps(tree), json.dumps(tree, ensure_ascii=False, separators=(",", ":"))):
        if other != by_the_rfc(tree):
            with pytest.raises(NotCanonical):
                check(other.encode())


@given(st.binary(max_size=40) | st.binary(max_size=12).map(lambda inner: b'{"a":' + inner + b"}"))
def test_whatever_bytes_come_are_taken_or_refused_and_nothing_else(noise: bytes) -> None:
    try:
        check(noise)
    except NotCanonical:
        return
    assert by_the_rfc(msgspec.json.decode(noise)).encode() == noise


@pytest.mark.parametrize("vector", SPELLINGS["taken"], ids=lambda one: one["why"])
def test_a_canonical_spelling_is_taken(vector: dict[str, str]) -> None:
    check(bytes.fromhex(vector["bytes"]))


@pytest.mark.parametrize("vector", SPELLINGS["refused"], ids=lambda one: one["why"])
def test_another_spelling_is_refused(vector: dict[str, str]) -> None:
    with pytest.raises(NotCanonical):
        check(bytes.fromhex(vector["bytes"]))


@pytest.mark.parametrize("vector", ENTRIES, ids=lambda one: one["name"])
def test_an_entry_has_the_bytes_and_the_hash_of_its_vector(vector: dict[str, Any]) -> None:
    body = bytes.fromhex(vector["bytes"])
    entry = decoded(body)
    assert by_the_rfc(vector["body"]).encode() == body
    assert encoded(entry) == body
    assert chained(bytes.fromhex(vector["previous"]), body).hex() == vector["hash"]
    if entry.receipt:
        assert receipt_number(entry.receipt, bytes.fromhex(vector["hash"])) == vector["receipt_no"]


@pytest.mark.parametrize("vector", KINDS, ids=lambda vector: vector["kind"])
def test_a_body_of_every_kind_is_read_and_written_as_it_was(vector: dict[str, str]) -> None:
    body = vector["body"].encode()
    assert encoded(decoded(body)) == body
    assert chained(bytes.fromhex(vector["previous"]), body).hex() == vector["hash"]


def test_the_vectors_are_a_chain() -> None:
    for before, after in itertools.pairwise(ENTRIES):
        assert before["hash"] == after["previous"]


def test_no_entry_with_a_number_that_other_languages_round_is_ever_written() -> None:
    entry = decoded(bytes.fromhex(ENTRIES[0]["bytes"]))
    for wrong in (INTEGER_MAX + 1, -INTEGER_MAX - 1, 2**70):
        with pytest.raises(NotCanonical):
            encoded(replace(entry, at=replace(entry.at, wall_ms=wrong)))


def test_no_entry_with_half_a_character_is_ever_written() -> None:
    entry = decoded(bytes.fromhex(ENTRIES[0]["bytes"]))
    with pytest.raises(NotCanonical):
        encoded(replace(entry, at=replace(entry.at, business_day="\ud800")))


def test_a_body_that_is_no_entry_is_refused() -> None:
    with pytest.raises(NotCanonical):
        decoded(b'{"a":1}')
    with pytest.raises(NotCanonical):
        decoded(b" " * 300_000)


FIRST = decoded(bytes.fromhex(ENTRIES[0]["bytes"]))


def longest(more: int = 0) -> Any:
    """An entry whose body is as long as one may be, or `more` bytes longer."""
    spare = BODY_BYTES_MAX - len(encoded(replace(FIRST, receipt="x"))) + 1
    return replace(FIRST, receipt="x" * (spare + more))


def test_the_longest_body_is_256_kilobytes() -> None:
    body = encoded(longest())
    assert len(body) == BODY_BYTES_MAX == 262_144
    assert decoded(body) == longest()
    check(body)
    with pytest.raises(NotCanonical, match="262145 bytes"):
        encoded(longest(1))
    for read in (decoded, check):
        with pytest.raises(NotCanonical, match="262145 bytes"):
            read(body.replace(b'"receipt":"x', b'"receipt":"xx'))


def test_an_entry_in_another_spelling_is_refused() -> None:
    body = encoded(FIRST)
    for other in (
        body.replace(b",", b", ", 1),
        body.replace(b'"receipt":""', b'"receipt":"\\u0041"'),
        body + b" ",
    ):
        for reads in (decoded, check):
            with pytest.raises(NotCanonical):
                reads(other)


def test_a_version_that_writes_what_this_one_leaves_out_is_read() -> None:
    said = json.loads(encoded(FIRST))
    more = by_the_rfc({**said, "uncovered": []}).encode()
    assert more != encoded(FIRST)
    assert decoded(more) == FIRST
    with pytest.raises(NotCanonical):
        decoded(more.replace(b'"uncovered":[]', b'"uncovered": []'))


def test_an_entry_with_a_number_that_other_languages_round_is_not_read() -> None:
    for wall_ms, taken in ((INTEGER_MAX, True), (-INTEGER_MAX, True), (INTEGER_MAX + 1, False)):
        body = by_the_rfc(
            {**json.loads(encoded(FIRST)), "at": {**json.loads(encoded(FIRST))["at"], "wall_ms": wall_ms}}
        ).encode()
        if taken:
            check(body)
            assert decoded(body).at.wall_ms == wall_ms
            assert encoded(decoded(body)) == body
            continue
        for reads in (decoded, check):
            with pytest.raises(NotCanonical):
                reads(body)


@pytest.mark.parametrize(
    "noise",
    [
        b"[" * 200_000,
        b'{"a":' * 50_000,
        b'{"v":1,"x":"\xff"}',
        b'{"a":1e400}',
        b'{"a":[9007199254740992]}',
        b'{"a":[[-9007199254740992]]}',
        b'{"a":{"b":[1,9007199254740992]}}',
    ],
    ids=lambda noise: noise[:30].decode("latin-1"),
)
def test_noise_of_every_kind_is_refused_as_such(noise: bytes) -> None:
    for read in (decoded, check):
        with pytest.raises(NotCanonical):
            read(noise)


def test_an_entry_whose_text_is_no_utf_8_is_refused() -> None:
    body = encoded(FIRST)
    terminal = FIRST.at.terminal.encode()
    with pytest.raises(NotCanonical):
        decoded(body.replace(terminal, b"\xff" * len(terminal), 1))


def test_a_receipt_keeps_the_number_of_its_first_printing() -> None:
    printed, other = bytes.fromhex("9f3a01bc" + "00" * 28), bytes(32)
    entry = replace(FIRST, receipt="T1-1-17", redo=None)
    assert printed_number(entry, printed) == "T1-1-17-9F3A01BC"
    assert printed_number(replace(entry, receipt=""), printed) == ""
    again = replace(entry, epoch=2, redo=Redo(epoch=1, seq=9, receipt="T1-1-17-9F3A01BC"))
    assert printed_number(again, other) == "T1-1-17-9F3A01BC"
