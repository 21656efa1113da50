"""What a site makes of a data set: fetched blob by blob, opened with its own key."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from terminal.core.directives import Activate
from terminal.core.wire.people import MemberRow
from terminal.core.wire.rights import Numbered
from terminal.core.wire.sets import SEALED, Blob, HotCard, Manifest, Row, SetName, part_about
from terminal.runtime.box import opened
from tests.hq.shop import Shop


def activates(items: list[Numbered], name: SetName) -> list[Activate]:
    return [
        one.directive for one in items if isinstance(one.directive, Activate) and one.directive.set == name
    ]


async def blob(shop: Shop, digest: str) -> bytes:
    body = await shop.exchange.blob(Blob(**shop.me, hash=digest))
    assert sha256(body).hexdigest() == digest
    return bytes(body)


async def manifest(shop: Shop, digest: str) -> Manifest:
    return msgspec.json.decode(await blob(shop, digest), type=Manifest)


async def rows(shop: Shop, digest: str, key: bytes = b"") -> dict[str, bytes]:
    """All of a set's rows by key."""
    told = await manifest(shop, digest)
    found: dict[str, bytes] = {}
    for part in told.parts:
        body = await blob(shop, part.hash)
        if told.set in SEALED:
            body = opened(key, body, about=part_about(told.set))
        some = msgspec.json.decode(body, type=list[Row])
        assert len(some) == part.rows
        assert not found.keys() & {row.key for row in some}
        found |= {row.key: row.value for row in some}
    return found


async def members(shop: Shop, digest: str, key: bytes) -> dict[str, MemberRow]:
    return {
        wallet: msgspec.json.decode(value, type=MemberRow)
        for wallet, value in (await rows(shop, digest, key)).items()
    }


async def refused(shop: Shop, digest: str) -> dict[str, str]:
    """The hot list: card and why."""
    return {
        card: msgspec.json.decode(value, type=HotCard).state.value
        for card, value in (await rows(shop, digest)).items()
    }
