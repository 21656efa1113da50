"""A headquarters that says what a test wants, over the real messages; and a site that speaks with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from itertools import count
from typing import Any

import msgspec

from terminal.core.directives import Directive
from terminal.core.entry import GENESIS
from terminal.core.values import SiteId
from terminal.core.wire.journal import Ack, Fork, Hello, Pull, Pulled, Push, Welcome, chain_over
from terminal.core.wire.people import Profile, Profiled
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.rights import Ask, Asked, AskOutcome, Fed, FedRaw, Feed, Numbered
from terminal.core.wire.sets import Blob, Manifest, PartOf, Row, SetName
from terminal.runtime.box import box_public
from terminal.uplink.courier import Reply, Unreachable
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink
from tests.desk.fakes import ManualTime
from tests.store.facts import AT, an_id

BOX_KEY, HQ_BOX_KEY = bytes(range(32)), bytes(range(1, 33))


class ScriptedHq:
    """Keeps one site's chain; everything else is set by the test. Also the `Courier` to it."""

    def __init__(self, clock: ManualTime) -> None:
        self.clock = clock
        self.hq_epoch = self.epoch = 1
        self.instance = "i1"
        self.bodies: list[bytes] = []
        self.feed: list[Numbered | dict[str, Any]] = []
        self.answer_ask: Callable[[Ask], Asked] = self.short
        self.asked: list[Ask] = []
        self.profiles: list[Profile] = []
        self.shown: tuple[str, ...] = ()
        """Marks that the last HELLO showed."""
        self.blobs: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.down: set[str] = set()
        """Paths that are not reached; `all` of them."""
        self.silent: set[str] = set()
        """Paths that are never answered."""
        self.heard: list[str] = []
        self.early: list[bool] = []
        """What each question for the feed said of that."""
        self._news = asyncio.Event()
        self._spoken = asyncio.Event()

    async def until(self, true: Callable[[], bool]) -> None:
        """Looks after every question; the block around it has a time limit."""
        while not true():
            self._spoken.clear()
            await self._spoken.wait()

    def short(self, ask: Ask) -> Asked:
        return Asked(hq_epoch=self.hq_epoch, id=ask.id, outcome=AskOutcome.SHORT, fed=0)

    def tell(self) -> None:
        """Wakes who polls."""
        self._news.set()
        self._news = asyncio.Event()

    def hashes(self) -> list[bytes]:
        return [GENESIS, *chain_over(GENESIS, tuple(self.bodies))]

    def direct(self, directive: Directive, *, not_before_ms: int = 0, number: int = 0) -> Numbered:
        m = len(self.feed) + 1
        entry = an_id(number or 7000 + 100 * self.hq_epoch + m)
        item = Numbered(m=m, id=entry, not_before_ms=not_before_ms, directive=directive)
        self.feed.append(item)
        self.tell()
        return item

    def restore(self, hq_epoch: int) -> None:
        self.hq_epoch, self.feed = hq_epoch, []

    def publish(
        self,
        name: SetName,
        version: str,
        parts: Sequence[Sequence[Row]],
        seal: Callable[[bytes], bytes] = bytes,
    ) -> str:
        """The hash of the manifest."""
        named = []
        for rows in parts:
            body = seal(msgspec.json.encode(rows))
            self.blobs[sha256(body).hexdigest()] = body
            named.append(PartOf(hash=sha256(body).hexdigest(), rows=len(rows)))
        manifest = msgspec.json.encode(Manifest(set=name, version=version, parts=tuple(named)))
        self.blobs[sha256(manifest).hexdigest()] = manifest
        return sha256(manifest).hexdigest()

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        """`Courier.ask`."""
        del bytes_max
        await asyncio.sleep(0)
        self._spoken.set()
        if {path, "all"} & self.down:
            raise Unreachable("down")
        self.heard.append(path)
        if path in self.silent:
            await asyncio.Event().wait()
        if path == "/v1/blob":
            wanted = msgspec.json.decode(body, type=Blob).hash
            self.fetched.append(wanted)
            return Reply(status=200, body=self.blobs[wanted])
        if path == "/v1/hello" and self.instance != "i1":
            problem = Problem(code=ProblemCode.INSTANCE, why="another machine")
            return Reply(status=409, body=msgspec.json.encode(problem))
        answer = await self._answer(path, body, wait_s)
        self._spoken.set()
        return Reply(status=200, body=msgspec.json.encode(answer))

    async def _answer(self, path: str, body: bytes, wait_s: float) -> Any:
        match path:
            case "/v1/hello":
                self.shown = msgspec.json.decode(body, type=Hello).marks
                return self._welcome()
            case "/v1/push":
                return self._pushed(msgspec.json.decode(body, type=Push))
            case "/v1/pull":
                return self._pulled(msgspec.json.decode(body, type=Pull))
            case "/v1/feed":
                return await self._fed(msgspec.json.decode(body, type=Feed), wait_s)
            case "/v1/ask":
                self.asked.append(msgspec.json.decode(body, type=Ask))
                return self.answer_ask(self.asked[-1])
            case "/v1/profile":
                self.profiles.append(msgspec.json.decode(body, type=Profile))
                ids = tuple(edit.id for edit in self.profiles[-1].edits)
                return Profiled(hq_epoch=self.hq_epoch, ids=ids, mark=f"people {len(self.profiles)}")
        raise AssertionError(path)

    def _welcome(self) -> Welcome:
        return Welcome(
            hq_epoch=self.hq_epoch,
            epoch=self.epoch,
            instance=self.instance,
            instance_no=1,
            nonce="n",
            acked=len(self.bodies),
            head=self.hashes()[-1].hex(),
            hq_time=self.clock.wall_ms(),
        )

    def _pushed(self, push: Push) -> Ack | Fork:
        ours = self.hashes()
        theirs = [bytes.fromhex(push.before), *chain_over(bytes.fromhex(push.before), push.bodies)]
        overlap = ours[push.start : push.start + len(theirs)]
        fits = push.head_seq >= len(self.bodies) and overlap == theirs[: len(overlap)]
        if not fits or push.epoch < self.epoch:
            self.epoch = max(self.epoch, push.epoch + 1)
            return Fork(hq_epoch=self.hq_epoch, epoch=self.epoch)
        self.bodies += push.bodies[len(self.bodies) - push.start :]
        self.epoch = push.epoch
        return Ack(hq_epoch=self.hq_epoch, epoch=self.epoch, acked=len(self.bodies), nonce="n")

    def _pulled(self, pull: Pull) -> Pulled:
        return Pulled(
            hq_epoch=self.hq_epoch,
            epoch=self.epoch,
            after=pull.after,
            bodies=tuple(self.bodies[pull.after : pull.after + 2]),
            acked=len(self.bodies),
            head=self.hashes()[-1].hex(),
        )

    async def _fed(self, feed: Feed, wait_s: float) -> Fed | FedRaw:
        self.early.append(feed.early)
        if feed.after >= len(self.feed) and wait_s:
            await self._news.wait()
        items = tuple(msgspec.Raw(msgspec.json.encode(one)) for one in self.feed[feed.after :])
        return FedRaw(hq_epoch=self.hq_epoch, epoch=self.epoch, after=feed.after, items=items)

    async def close(self) -> None:
        """Nothing is open."""


class Ids:
    def __init__(self) -> None:
        self._next = count(90_000)

    def new(self) -> str:
        return an_id(next(self._next))


def made_uplink(ledger: Any, hq: ScriptedHq, **outside: Any) -> Uplink:
    async def soon(_: float) -> None:
        await asyncio.sleep(0.002)

    return Uplink(
        Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
        Settings(visit_s=60),
        Who(merchant="m", site=SiteId("S1"), instance="i1"),
        Outside(
            **{
                "courier": hq,
                "clock": hq.clock,
                "ids": Ids(),
                "random": lambda size: bytes(range(7, 7 + size)),
                "occasion": lambda: AT,
                "box_key": lambda: BOX_KEY,
                "hq_box_key": lambda: box_public(HQ_BOX_KEY),
                "sleep": soon,
                **outside,
            }
        ),
    )


@asynccontextmanager
async def linked(ledger: Any, hq: ScriptedHq, **outside: Any) -> AsyncGenerator[Uplink, None]:
    """A site that speaks with it until the block ends."""
    uplink = made_uplink(ledger, hq, **outside)
    running = asyncio.create_task(uplink.run())
    try:
        async with asyncio.timeout(60):
            yield uplink
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
