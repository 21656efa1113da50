"""What an entry's body says, and what it leaves out, for ever: `fields.json` tells it to other languages too.

A body that is stored is never written anew. A name, a word or a default that changed would make it say
something else; a new field with a default is the only change there can be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec import NODEFAULT

from terminal.core import commands, directives, entry, rights, sold
from terminal.core.ledger import kinds
from terminal.core.values import Value

VECTORS = Path(__file__).parents[1] / "vectors" / "canonical"
FIELDS: dict[str, Any] = json.loads((VECTORS / "fields.json").read_bytes())
BESIDE = {
    "Private",
    "Balances",
    "Booked",
    "Link",
    "Listed",
    "Undid",
    "Agreed",
    "Purse",
    "Kept",
    "OwnSlip",
    "UsesKept",
}
"""Stand in no body."""


def named(kind: type) -> Iterator[tuple[str, Any]]:
    for module in (commands, directives, entry, rights, sold):
        for name, thing in vars(module).items():
            if isinstance(thing, type) and issubclass(thing, kind) and thing is not kind:
                yield name, thing


def bodies_now() -> dict[str, Any]:
    """By name: its `type`, the fields that it must have, those that it leaves out at that value."""
    return {
        name: body(thing)
        for name, thing in dict(named(Value)).items()
        if name not in BESIDE and name != "Grant"
    } | {"Grant": body(commands.Grant), "directives.Grant": body(directives.Grant)}


def body(thing: Any) -> dict[str, Any]:
    must, may = [], {}
    for one in msgspec.structs.fields(thing):
        if one.default is NODEFAULT and one.default_factory is NODEFAULT:
            must.append(one.encode_name)
        else:
            default = one.default_factory() if one.default is NODEFAULT else one.default
            may[one.encode_name] = msgspec.to_builtins(default)
    found = {"type": thing.__struct_config__.tag, "has": must, "may_have": may}
    return json.loads(json.dumps(found | {"leaves_out": bool(thing.__struct_config__.omit_defaults)}))


def words_now() -> dict[str, list[str]]:
    return {name: [str(word) for word in thing] for name, thing in dict(named(StrEnum)).items()}


def test_every_field_of_a_body_means_what_it_always_did() -> None:
    now = bodies_now()
    assert sorted(now) == sorted(FIELDS["bodies"])
    for name, said in FIELDS["bodies"].items():
        assert now[name] == said, name


def test_every_word_of_a_body_is_the_one_that_was_always_written() -> None:
    assert words_now() == FIELDS["words"]


def test_an_entry_is_of_the_kind_that_its_command_is_called() -> None:
    assert {command.__name__: kind for command, kind in kinds().items()} == {
        command.__name__: FIELDS["bodies"][command.__name__]["type"] for command in kinds()
    }


def test_the_first_version_and_what_comes_before_the_first_entry() -> None:
    first = json.loads((VECTORS / "entries.json").read_bytes())[0]
    assert (entry.VERSION, first["body"]["v"]) == (1, 1)
    assert entry.GENESIS.hex() == first["previous"] == "00" * 32
