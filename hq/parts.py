"""One part of a data set: read in one turn, made outside of any, put in its place in another.

What is added to a set falls into the part of its place; a part that has grown too large is cut in halves.
A part that would be made of the same things as before stays as it is, with its hash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from hq.boxes import Boxes
from hq.ports import Turn
from hq.sets_ports import PLACES, PartRow, PersonRow, place_of
from terminal.core.commands import CardState
from terminal.core.values import Value
from terminal.core.wire.sets import BLOB_BYTES_MAX, ROWS_MAX, HotCard, Row, SetName, part_about

log = logging.getLogger(__name__)

_READ_MAX = 4 * ROWS_MAX
_FULL = ROWS_MAX - 100
"""Rows that a part begins with at most, on average."""
_CLEAR_BYTES_MAX = BLOB_BYTES_MAX - 4096
_BREATH = 16
"""Boxes opened before others have their turn."""

_Item = PersonRow | tuple[str, str]


class Made(Value, frozen=True, kw_only=True):
    part: PartRow
    body: bytes | None
    """None: it has its blob, or needs none."""


def first_parts(count: int) -> list[PartRow]:
    """The whole range in as many equal parts as that many rows need."""
    parts = 1
    while count > parts * _FULL:
        parts *= 2
    width = PLACES // parts
    return [PartRow(low=place, high=place + width) for place in range(0, PLACES, width)]


async def items_of(turn: Turn, name: SetName, part: PartRow) -> Sequence[_Item] | None:
    """None: too many to be read at once."""
    if name is SetName.CARDS:
        return await turn.hot_in(part.low, part.high, _READ_MAX)
    return await turn.people_in(part.low, part.high, _READ_MAX)


def halves(part: PartRow) -> list[PartRow]:
    """Not built yet."""
    middle = (part.low + part.high) // 2
    ranges = ((part.low, middle), (middle, part.high))
    return [PartRow(low=low, high=high, wanted=part.wanted) for low, high in ranges]


async def built(boxes: Boxes, name: SetName, part: PartRow, items: Sequence[_Item], key: bytes) -> list[Made]:
    """The part, or the parts it is cut into. `key`: of the machine to which they are sealed; else empty."""
    prints = sha256(key + msgspec.json.encode([_print(item) for item in items])).digest()
    if prints == part.print:
        return [Made(part=replace(part, built=part.wanted), body=None)]
    rows: list[Row] = []
    items = [item for item in items if isinstance(item, tuple) or item.keys]  # Erased: nothing leads there.
    for number, item in enumerate(items):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        rows.append(_row(boxes, item))
    pieces = []
    for one, some in _cut(part, rows):
        body = msgspec.json.encode(some)
        if some and key:
            body = boxes.sealed(key, body, part_about(name))
        # A part that was cut is made of its own rows, and compared by them, the next time.
        done = replace(one, built=part.wanted, print=prints if one == part else b"", rows=len(some))
        digest = sha256(body).digest() if some else b""
        pieces.append(Made(part=replace(done, hash=digest), body=body if some else None))
    return pieces


def _print(item: _Item) -> object:
    """All that its row is made of; what an edit said is named by the edit's id."""
    if isinstance(item, tuple):
        return item
    others, pins = (tuple(replace(one, sealed=b"") for one in told) for told in (item.others, item.pins))
    return replace(item, sealed=b"", others=others, pins=pins)


def _row(boxes: Boxes, item: _Item) -> Row:
    if isinstance(item, tuple):
        card, state = item
        return Row(key=card, value=msgspec.json.encode(HotCard(state=CardState(state))))
    return Row(key=item.wallet, value=msgspec.json.encode(boxes.row(item)))


def _cut(part: PartRow, rows: list[Row]) -> list[tuple[PartRow, list[Row]]]:
    """In halves until each fits into a part, by rows and by bytes."""
    fits = len(rows) <= ROWS_MAX and len(msgspec.json.encode(rows)) <= _CLEAR_BYTES_MAX
    if fits:
        return [(part, rows)]
    if part.high - part.low == 1:
        log.error("%d rows at one place of a data set: only some are given out", len(rows))
        return [(part, rows[:1])]
    return [
        piece
        for half in halves(part)
        for piece in _cut(half, [row for row in rows if half.low <= place_of(row.key) < half.high])
    ]


async def put(turn: Turn, name: SetName, part: PartRow, made: Sequence[Made]) -> bool:
    """In the place of `part`. False: somebody else has cut it meanwhile.

    What was spoilt while these were made stays to be made again.
    """
    there = await turn.part_at(name, part.low)
    if there is None or there.high != part.high:
        return False
    await turn.add_blobs({one.part.hash.hex(): one.body for one in made if one.body is not None})
    await turn.save_parts(name, [replace(one.part, wanted=there.wanted) for one in made])
    return True
