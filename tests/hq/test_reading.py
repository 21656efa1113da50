from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hq.ports import Taken
from hq.reading import read
from tests.uplink.journal import body, recharge


def understood(data: bytes, *, seq: int = 1, epoch: int = 1) -> Taken:
    return read("S1", epoch, seq, bytes(32), data)


def changed(**fields: object) -> bytes:
    whole = msgspec.json.decode(body(recharge(1, "S1")))
    return msgspec.json.encode({**whole, **fields}, order="sorted")


def test_an_entry_is_read_for_what_headquarters_acts_on() -> None:
    entry = recharge(1, "S1")
    found = understood(body(entry))
    assert (found.fault, found.id, found.kind) == ("", entry.id, "recharge")
    assert found.postings == entry.postings


def test_what_a_tier_fell_from_is_read_of_a_tier_alone() -> None:
    said = {"wallet": "w1", "tier": "silver", "fell_from": "gold", "why": "spent"}
    found = understood(changed(kind="tier", payload=said))
    assert (found.tier, found.fell_from) == (("w1", "silver"), "gold")
    del said["fell_from"]
    assert not understood(changed(kind="tier", payload=said)).fell_from
    assert not understood(changed(kind="note", payload=said | {"fell_from": "gold"})).fell_from


def test_to_whom_a_wallet_was_given_is_read_of_a_transfer_alone() -> None:
    said = {"wallet": "w1", "to": "m2", "cancels": ["c1"]}
    found = understood(changed(kind="transfer", payload=said))
    assert (found.gives, found.cards, found.plain) == (("w1", "m2"), (("c1", "cancelled"),), False)
    assert understood(changed(kind="other", payload=said)).gives is None
    assert not understood(changed(kind="transfer", payload={"wallet": "w1", "to": "m2"})).plain
    for spoilt in ({"to": ""}, {"to": 7}, {"to": "m:2"}):
        found = understood(changed(kind="transfer", payload=said | spoilt))
        assert (found.gives, found.fault) == (None, "")


@pytest.mark.parametrize(
    ("spoilt", "whom"),
    [
        ({}, ("w1", "m1")),
        ({"member": "m" * 64}, ("w1", "m" * 64)),
        ({"member": "m" * 65}, None),
        ({"member": ""}, None),
        ({"member": None}, None),
        ({"wallet": None}, None),
    ],
)
def test_who_was_forgotten_and_who_asked_for_it_is_read_of_an_erasure_alone(
    spoilt: dict[str, object], whom: tuple[str, str] | None
) -> None:
    said = {"wallet": "w1", "member": "m1"} | spoilt
    done = understood(changed(kind="erasure", payload=said))
    noted = understood(changed(kind="erasure", payload=said | {"waits": True}))
    assert (done.erased, done.asked, done.fault) == (whom, None, "")
    assert (noted.erased, noted.asked, noted.fault) == (None, whom, "")
    for waits in (False, True):
        other = understood(changed(kind="note", payload=said | {"waits": waits}))
        assert (other.erased, other.asked) == (None, None)
        alone = changed(kind="erasure", payload=said | {"waits": waits}, postings=[], lots=[])
        assert understood(alone).plain is (whom is None)


@given(st.binary(max_size=400))
def test_no_bytes_whatever_raise_and_garbage_names_its_fault(data: bytes) -> None:
    found = understood(data)
    assert found.fault
    assert found.body == data
    assert found.postings == ()


@given(st.integers(0, 600), st.integers(0, 255))
def test_a_flipped_byte_is_either_another_entry_or_a_named_fault(place: int, byte: int) -> None:
    data = bytearray(body(recharge(1, "S1")))
    data[place % len(data)] = byte
    found = understood(bytes(data))
    assert found.fault or sum(amount for _, amount in found.postings) == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read"),
        (b"null", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"v":1,"' + b"x" * 300_000 + b'":1}', "cannot be read"),
        (changed(payload={"x": "y" * 300_000}), "bytes"),
        (body(recharge(1, "S1")).replace(b'"boot"', b'"\x80oot"'), "canonical"),
        (changed(v=2), "version 2"),
        (changed(v="1"), "cannot be read"),
        (changed(site="S2"), "another place"),
        (changed(seq=2), "another place"),
        (changed(epoch=2), "another place"),
        (changed(id="not an id"), "cannot be read"),
        (changed(kind="<script>"), "cannot be read"),
        (changed(postings=[["wallet:w1:principal", 1]]), "zero in fen"),
        (changed(postings=[["wallet:w1:points:goods", 5], ["site:S1:drawer:d", -5]]), "zero in"),
        (changed(postings=[["wallet:w1:principal\x00", 1], ["site:S1:drawer", -1]]), "no text"),
        (changed(postings=[["wallet:w1:principal\x1f", 1], ["site:S1:drawer", -1]]), "no account"),
        (changed(postings=[["wallet:w1:" + "x" * 200, 1], ["site:S1:drawer", -1]]), "no account"),
        (changed(uncovered=[["principal", 1]]), "no account"),
        (changed(postings=[["principal", 1], ["drawer", -1]]), "no account"),
        (changed(postings=[["wallet:w1:principal", 2**53], ["site:S1:drawer", -(2**53)]]), "cannot be read"),
        (changed(postings=[["wallet:w1:principal", 1.5], ["site:S1:drawer", -1.5]]), "cannot be read"),
        (changed(postings=[["site:S1:overdraft:w1", -1], ["site:S1:drawer:d", 1]]), "rights of nobody"),
        (changed(payload={"amount": 1.5}), "fraction"),
        (changed(payload={"amount": 2**53}), "beyond 2^53"),
        (changed(payload={"é": 1}), "not ASCII"),
        (body(recharge(1, "S1")) + b"\n", "canonical"),
        (body(recharge(1, "S1")).replace(b'"v":1', b'"v": 1'), "canonical"),
    ],
)
def test_what_does_not_fit_says_why(data: bytes, reason: str) -> None:
    assert reason in understood(data).fault


def test_a_kind_that_a_newer_terminal_sends_is_posted_by_its_postings() -> None:
    found = understood(changed(kind="fuel_preset", payload={"what": "ever"}))
    assert (found.fault, found.kind) == ("", "fuel_preset")


def test_the_reason_never_repeats_what_the_entry_says_about_a_person() -> None:
    data = changed(payload={"name": "王小明"}, id="王小明")
    assert "王" not in understood(data).fault


def test_the_same_command_is_recognised_though_the_postings_differ() -> None:
    entry = recharge(1, "S1")
    moved = replace(entry, postings=(("wallet:w1:bonus", 5), ("site:S1:bonus_expense", -5)))
    assert understood(body(entry)).command == understood(body(moved)).command
    assert understood(body(entry)).command != understood(body(recharge(1, "S1", amount=1))).command
