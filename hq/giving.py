"""Which manifest a site is given: one row and one directive where what it should hold has changed.

No site has more than two manifests of a set: the one that it reads, and the one on its way. A directive that
waits for what it names holds up all that follows in the feed, so a site that is new is given its members in
several manifests, each with some more parts, and what takes effect later enters the feed when its time comes.
Where the site's clock says that it has not come, it is taken out again, and given later, behind all the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from hq.boxes import Boxes
from hq.damage import PartDamaged, own_part, say
from hq.ports import Turn
from hq.sets_ports import SHARED, WITHDRAWN, Given, PartRow, Published, SetSite, is_due
from hq.work import Work
from terminal.core.directives import Activate
from terminal.core.values import Value
from terminal.core.wire.sets import SEALED, Manifest, PartOf, SetName, part_about

_PUBLISHED = (SetName.CARDS, *(name for name in SetName if name not in (SetName.CARDS, SetName.MEMBERS)))
"""Cards before members: who is known by a lost card is refused from the first moment."""

AGAIN_MS = 3_600_000
"""Before what was taken out of a feed, because its time had not come there, is given again."""

STAFF_KEPT = b"card-terminal published 1\n"
"""What the boxes are about in which headquarters keeps what it seals anew to each site."""


class Pace(Value, frozen=True, kw_only=True):
    """How much of the making of data sets is done at once. Every bound is one of a single transaction."""

    every_ms: int = 600_000
    """Between two manifests of one set for one site, once it has all of it; and between two looks."""
    soon_ms: int = 1_000
    """Between two looks at a site that is online and has something on its way."""
    held_days: int = 365
    """So long after a member was met at a site it holds them."""
    adopted: int = 100_000
    """Members whom a new site takes over from the others, the latest met first."""
    changes: int = 500
    entries: int = 2_000
    forgotten: int = 500
    parts: int = 16
    """Built at one visit, each in turns of its own."""
    told: int = 64
    """Parts that one manifest has more than the one before."""
    sites: int = 50
    """Visited in one round."""
    swept: int = 1_000


def manifest_of(name: SetName, version: str, parts: Sequence[tuple[bytes, int]]) -> tuple[bytes, bytes]:
    """(hash, bytes); `parts`: hash and rows of each."""
    named = tuple(PartOf(hash=part.hex(), rows=rows) for part, rows in parts)
    body = msgspec.json.encode(Manifest(set=name, version=version, parts=named))
    return sha256(body).digest(), body


async def give_published(work: Work, boxes: Boxes, key: bytes | None) -> None:
    """The newest that is in force of each, where the site has another one and none is on its way."""
    rows = [row for row in await work.turn.published() if row.not_before_ms <= work.now_ms]
    given = {row.set: row for row in await work.turn.given()}
    for name in _PUBLISHED:
        row = next((row for row in reversed(rows) if row.set == name), None)
        newest = given.get(name)
        if row is None or (name in SEALED and key is None):
            continue
        if newest is not None and _is_stuck(newest, name) and newest.manifest != row.manifest:
            await work.turn.redirect(newest, row.version, row.manifest)
        if not _wanting(work, newest, row.n):
            continue
        try:
            manifest = row.manifest or await _sealed(work, boxes, name, row, key or b"")
        except PartDamaged as fault:  # The other sets are given all the same.
            await say(work.turn, fault.digest, work.now_ms)
            continue
        activate = Activate(set=name, version=row.version, hash=manifest.hex())
        await _give(work, activate, newest, row)


def _is_stuck(newest: Given, name: SetName) -> bool:
    """The site asked for a part of it that is damaged, and all behind it in the feed waits."""
    return not newest.applied and not newest.published and name not in SEALED


def _wanting(work: Work, newest: Given | None, number: int) -> bool:
    if newest is None:
        return True
    if newest.published == WITHDRAWN and not is_due(newest.given_ms + AGAIN_MS, work.now_ms):
        return False
    return newest.applied and (newest.published, newest.hq_epoch) != (number, work.hq_epoch)


async def _sealed(work: Work, boxes: Boxes, name: SetName, row: Published, key: bytes) -> bytes:
    """What headquarters keeps sealed to itself, sealed to this site's machine."""
    parts: list[tuple[bytes, int]] = []
    blobs: dict[str, bytes] = {}
    for digest, rows in zip(row.parts, row.rows, strict=True):
        kept = await own_part(work.turn, digest)
        body = boxes.sealed(key, boxes.own(kept, STAFF_KEPT), part_about(name))
        blobs[sha256(body).hexdigest()] = body
        parts.append((sha256(body).digest(), rows))
    await work.turn.add_blobs(blobs)
    return await named(work.turn, name, row.version, parts)


async def named(turn: Turn, name: SetName, version: str, parts: Sequence[tuple[bytes, int]]) -> bytes:
    """Keeps a manifest over parts that are there; its hash."""
    manifest, body = manifest_of(name, version, parts)
    await turn.add_blobs({manifest.hex(): body})
    await turn.name_blobs(manifest, [part for part, _ in parts])
    return manifest


async def give_members(work: Work, pace: Pace) -> int:
    """Before when nothing that is made of them now would be given."""
    given = {row.set: row for row in await work.turn.given()}
    parts = await work.turn.parts(SetName.MEMBERS)
    newest = given.get(SetName.MEMBERS)
    if SetName.CARDS in given and (newest is None or newest.applied):
        newest = await _more_members(work, pace, parts, newest)
        parts = await work.turn.parts(SetName.MEMBERS)
    if newest is None or any(map(_is_news, parts)):
        return 0
    return (min(newest.given_ms, work.now_ms) if newest.applied else work.now_ms) + pace.every_ms


async def _more_members(
    work: Work, pace: Pace, parts: Sequence[PartRow], newest: Given | None
) -> Given | None:
    """What was given last then."""
    unheard = [part for part in parts if part.hash and not part.told]
    told = {part.low for part in unheard[: pace.told]} | {part.low for part in parts if part.told}
    changed = [part for part in parts if part.low in told and part.hash != part.told]
    if not changed and (newest is None or newest.hq_epoch == work.hq_epoch):
        return newest
    if newest is not None and not unheard and not is_due(newest.given_ms + pace.every_ms, work.now_ms):
        return newest
    version = str(newest.n + 1 if newest else 1)
    chosen = [(part.hash, part.rows) for part in parts if part.low in told and part.hash]
    manifest = await named(work.turn, SetName.MEMBERS, version, chosen)
    await work.turn.save_parts(SetName.MEMBERS, [replace(part, told=part.hash) for part in changed])
    return await _give(work, Activate(set=SetName.MEMBERS, version=version, hash=manifest.hex()), newest)


async def _give(work: Work, activate: Activate, newest: Given | None, row: Published | None = None) -> Given:
    directed = work.direct(
        work.turn.name,
        activate,
        not_before_ms=row.not_before_ms if row else 0,
    )
    given = Given(
        set=activate.set,
        n=newest.n + 1 if newest else 1,
        published=row.n if row else 0,
        manifest=bytes.fromhex(activate.hash),
        id=directed,
        hq_epoch=work.hq_epoch,
        given_ms=work.now_ms,
    )
    await work.turn.give(given)
    return given


async def take_out(work: Work, m: int) -> None:
    """The number `m` of the feed, where it waits for its time: one of the two clocks is wrong.

    It becomes a directive that does nothing. Whoever applied it meanwhile after all has done nothing wrong.
    """
    await work.turn.lock_sets()
    item = next(iter(await work.turn.feed_after(work.hq_epoch, m - 1, 1)), None)
    if item is None or item.m != m or not item.not_before_ms:
        return
    given = await work.turn.given()
    row = next((row for row in given if row.id == item.id and not row.applied), None)
    if row is None:
        return
    before = next((one for one in reversed(given) if one.set == row.set and one.n < row.n), row)
    await work.turn.withdraw(row, before.manifest, work.now_ms)


async def seal_anew(turn: Turn, names: Collection[SetName] = SEALED) -> None:
    """What was sealed to this site is of no use to it: it has another machine, or some of it is damaged.

    What is on its way would never be opened, and all behind it in the feed would wait: it becomes a set
    without parts, until the new ones are made.
    """
    newest = {row.set: row for row in await turn.given()}
    for name in sorted(names):
        if name is SetName.MEMBERS:
            await turn.spoil_all(name)
        row = newest.get(name)
        if row is not None and not row.applied:
            await turn.redirect(row, "none", await named(turn, name, "none", ()))
        await turn.ungive(name)


async def made_again(turn: Turn, digest: str, now_ms: int) -> bool:
    """What is damaged, as far as the books can make it. True: the hot list has to be made again as well."""
    await turn.lock_sets()
    await say(turn, digest, now_ms)
    for row in await turn.published():
        if row.manifest.hex() == digest:
            parts = list(zip(row.parts, row.rows, strict=True))
            await turn.add_blobs({digest: manifest_of(SetName(row.set), row.version, parts)[1]})
    manifests = await turn.naming(bytes.fromhex(digest))
    told = {SetName(row.set) for row in await turn.given() if row.manifest in manifests}
    await seal_anew(turn, told & SEALED)
    for name in sorted(told - SEALED):
        await turn.ungive(name)
    await _begin_again(turn)
    return SetName.CARDS in told


async def hot_list_again(turn: Turn) -> None:
    """All of it, by the same hashes where nothing has changed. In a turn of what all sites share."""
    await turn.lock_sets()
    await turn.spoil_all(SetName.CARDS)
    await _begin_again(turn)


async def _begin_again(turn: Turn) -> None:
    state = await turn.set_site()
    if state is not None:
        await turn.save_set_site(replace(state, look_ms=0, due_ms=0))


async def publish_cards(work: Work, pace: Pace, state: SetSite) -> SetSite:
    """The hot list as it is now, for all sites of the merchant, once every part of it is made."""
    turn = work.turn
    parts: Sequence[PartRow] = await turn.parts(SetName.CARDS)
    before = await turn.last_published(SetName.CARDS)
    if any(part.built < part.wanted for part in parts) or (before and not is_due(state.look_ms, work.now_ms)):
        return state
    later = replace(state, look_ms=work.now_ms + pace.every_ms)
    if before and all(part.hash == part.told for part in parts):
        return later
    chosen = [(part.hash, part.rows) for part in parts if part.hash]
    version = str(before + 1)
    manifest = await named(work.turn, SetName.CARDS, version, chosen)
    await turn.save_parts(SetName.CARDS, [replace(part, told=part.hash) for part in parts])
    await turn.publish(
        Published(
            set=SetName.CARDS,
            n=before + 1,
            site=SHARED,
            version=version,
            not_before_ms=0,
            manifest=manifest,
            parts=tuple(part for part, _ in chosen),
            rows=tuple(rows for _, rows in chosen),
        )
    )
    await turn.look_again(SHARED, work.now_ms)
    return later


async def next_look(work: Work, pace: Pace) -> int:
    """When something may have to be done though nothing changed."""
    times = [row.not_before_ms for row in await work.turn.published() if row.not_before_ms > work.now_ms]
    site = await work.turn.peek()
    online = site is not None and work.now_ms - site.seen_ms <= work.policy.online_ms
    if online and await _on_its_way(work):
        times.append(work.now_ms + pace.soon_ms)
    return min([work.now_ms + pace.every_ms, *times])


async def _on_its_way(work: Work) -> bool:
    newest = {row.set: row for row in await work.turn.given()}
    parts = await work.turn.parts(SetName.MEMBERS)
    return not all(row.applied for row in newest.values()) or any(map(_is_news, parts))


def _is_news(part: PartRow) -> bool:
    """No manifest has named it, or what it was made of."""
    return not part.built or bool(part.hash and not part.told)
