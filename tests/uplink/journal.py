"""A site's journal in memory: real entries, real canonical bytes, real chain; only the file is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from terminal.core.canonical import encoded
from terminal.core.commands import BookRecharge, ClockTrust, Occasion
from terminal.core.entry import GENESIS, VERSION, Entry, Link, chained
from terminal.core.errors import LedgerDamaged
from terminal.core.site import Edit, Healing, Standing, Touched
from terminal.core.values import EntryId, ShiftId, SiteId, StaffId, TerminalId, WalletId

SITE = SiteId("S1")


def fact_id(site: str, seq: int) -> EntryId:
    """A UUIDv7 that repeats with its arguments."""
    place = int.from_bytes(site.encode()[-4:], "big")
    return EntryId(
        str(UUID(int=(1_790_000_000_000 + seq) << 80 | 7 << 76 | 2 << 62 | place << 24 | seq % (1 << 24)))
    )


def recharge(seq: int, site: str, *, amount: int = 100_00, fact: str = "") -> Entry:
    command = BookRecharge(
        id=EntryId(fact or fact_id(site, seq)),
        at=Occasion(
            terminal=TerminalId("T1"),
            shift=ShiftId("2026-11-24-1"),
            operator=StaffId("s7"),
            business_day="2026-11-24",
            wall_ms=1_795_000_000_000 + seq,
            utc_offset_min=480,
            clock=ClockTrust.UNKNOWN,
            mono_ms=1000 * seq,
            boot="b1",
        ),
        wallet=WalletId(f"w{seq % 7}"),
        card=None,
        principal=amount,
        bonus=0,
        received=amount,
    )
    return Entry(
        v=VERSION,
        site=SiteId(site),
        epoch=1,
        seq=seq,
        id=command.id,
        kind="recharge",
        at=command.at,
        receipt=f"T1-1-{seq}",
        postings=(
            (f"wallet:{command.wallet}:principal", amount),
            (f"site:{site}:drawer:{command.at.shift}", -amount),
        ),
        payload=command,
    )


def body(entry: Entry) -> bytes:
    return encoded(entry)


class Journal:
    """The `Outbox` port, and of `SiteLedger` as much as forwarding needs; a fork stays."""

    def __init__(self, site: str = "S1", booked: int = 0) -> None:
        self.site = SiteId(site)
        self.links: list[Link] = []
        self.acked_seq = 0
        self.acknowledged: list[int] = []
        self._standing = Standing(epoch=1)
        self._news = asyncio.Condition()
        for _ in range(booked):
            self.book()

    def book(self, raw: bytes | None = None, *, amount: int = 100_00) -> Link:
        seq = len(self.links) + 1
        data = raw if raw is not None else body(recharge(seq, self.site, amount=amount))
        link = Link(seq=seq, body=data, hash=chained(self.hash_of(seq - 1), data))
        self.links.append(link)
        return link

    def hash_of(self, seq: int) -> bytes:
        return self.links[seq - 1].hash if seq else GENESIS

    async def head(self) -> tuple[int, bytes]:
        return len(self.links), self.hash_of(len(self.links))

    async def acked(self) -> int:
        return self.acked_seq

    async def epoch(self) -> int:
        return self._standing.epoch

    def standing(self) -> Standing:
        return self._standing

    async def stands(self, standing: Standing) -> None:
        self._standing = replace(standing, acked_mark=self._standing.acked_mark)

    async def heal(self, epoch: int) -> Healing:
        raise LedgerDamaged(f"nothing of epoch {epoch} is healed here")

    async def passed(self, m: int) -> None:
        raise NotImplementedError

    async def told(self, mark: str) -> None:
        raise NotImplementedError(mark)

    async def applied(self, directive: EntryId) -> bool:
        raise NotImplementedError

    async def edits(self, limit: int) -> Sequence[Edit]:
        raise NotImplementedError

    async def edits_held(self, edits: Sequence[EntryId], hq_epoch: int, mark: str = "") -> None:
        raise NotImplementedError

    async def began_since(self, wallet: WalletId, after: int) -> bool:
        raise NotImplementedError

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        raise NotImplementedError

    async def after(self, seq: int, limit: int) -> Sequence[Link]:
        return self.links[seq : seq + limit]

    async def hash_at(self, seq: int) -> bytes:
        return self.hash_of(seq)

    async def acknowledge(self, seq: int, mark: str = "") -> None:
        assert 0 <= seq <= len(self.links)
        self._standing = replace(self._standing, acked_mark=mark or self._standing.acked_mark)
        async with self._news:
            self.acked_seq = seq
            self.acknowledged.append(seq)
            self._news.notify_all()

    async def begins_anew(self, seq: int, mark: str = "") -> None:
        self.acked_seq = min(seq, len(self.links))
        self._standing = replace(self._standing, acked_mark=mark)

    async def grown(self, beyond: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: len(self.links) > beyond)

    async def tell(self) -> None:
        """Wakes who waits for growth."""
        async with self._news:
            self._news.notify_all()

    async def drained(self) -> None:
        """Returns once headquarters has acknowledged everything."""
        async with self._news:
            await self._news.wait_for(lambda: self.acked_seq == len(self.links))

    def waiting(self) -> int:
        return len(self.links) - self.acked_seq
