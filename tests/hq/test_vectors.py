"""The bytes in `docs/protocol.md` and `tests/vectors/protocol` are what both sides really say."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import count
from pathlib import Path

import msgspec
import pytest

from hq.exchange import Exchange
from hq.memory import MemoryStore
from terminal.core.commands import ClockTrust
from terminal.core.entry import GENESIS, chained
from terminal.core.wire.journal import Answer, Hello, Push, Welcome
from terminal.core.wire.problem import Problem
from terminal.runtime.ids import Uuid7

VECTORS = Path(__file__).parent.parent / "vectors" / "protocol"
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "protocol.md"

CONVERSATION = ("hello", "push", "push-again", "hello-after", "push-next", "push-beyond", "push-other")
"""In this order, each `NAME.request.json` is answered by `NAME.answer.json`."""


class Stopped:
    """A clock that stands where the vectors were made."""

    trust = ClockTrust.UNKNOWN

    def wall_ms(self) -> int:
        return 1_795_000_000_000

    def mono_ms(self) -> int:
        return 0


def vector(name: str) -> bytes:
    return (VECTORS / name).read_bytes().removesuffix(b"\n")


def test_the_chain_is_the_hash_of_what_was_before_and_the_body() -> None:
    listed = json.loads(vector("chain.json"))
    previous = bytes(32)
    assert previous == GENESIS
    for entry in listed:
        body = entry["body"].encode()
        assert base64.b64decode(entry["base64"]) == body
        expected = hashlib.sha256(previous + body).digest()
        assert chained(previous, body) == expected
        assert entry["hash"] == expected.hex()
        previous = expected
    assert len(listed) == 3


async def test_headquarters_answers_the_recorded_conversation_byte_for_byte() -> None:
    nonces = count(1)
    exchange = Exchange(
        MemoryStore(),
        Stopped(),
        hq_epoch=1,
        new_nonce=lambda: f"{next(nonces):032x}",
        ids=Uuid7(Stopped(), bytes),
    )
    for name in CONVERSATION:
        request = vector(f"{name}.request.json")
        if name.startswith("hello"):
            answer: object = await exchange.hello(msgspec.json.decode(request, type=Hello))
        else:
            answer = await exchange.push(msgspec.json.decode(request, type=Push))
        assert msgspec.json.encode(answer) == vector(f"{name}.answer.json"), name


@pytest.mark.parametrize("name", CONVERSATION)
def test_our_own_terminal_writes_its_requests_in_the_same_bytes(name: str) -> None:
    request = vector(f"{name}.request.json")
    kind = Hello if name.startswith("hello") else Push
    assert msgspec.json.encode(msgspec.json.decode(request, type=kind)) == request


@pytest.mark.parametrize("name", CONVERSATION)
def test_our_own_terminal_reads_the_answers(name: str) -> None:
    answer = vector(f"{name}.answer.json")
    kind = Welcome if name.startswith("hello") else Answer
    assert msgspec.json.encode(msgspec.json.decode(answer, type=kind)) == answer


def test_the_document_quotes_the_vectors() -> None:
    text = DOCUMENT.read_text()
    for name in ("hello.request", "hello.answer", "push.request", "push.answer", "problem"):
        assert vector(f"{name}.json").decode() in text, name
    for entry in json.loads(vector("chain.json"))[:1]:
        assert entry["body"] in text
        assert entry["hash"] in text
    msgspec.json.decode(vector("problem.json"), type=Problem)
