"""The forwarder against the real rules of headquarters, over a road that loses, repeats and garbles."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from os import urandom

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hq.exchange import Exchange
from hq.marks import Marks
from hq.memory import MemoryStore
from hq.refusal import RequestRefused
from terminal.core.ports import Clock
from terminal.core.wire.journal import HELLO_PATH, Ack, Hello, Push, Welcome
from terminal.core.wire.link import LinkCondition, LinkState, LinkTrouble
from terminal.core.wire.problem import Problem
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.uplink.courier import Reply, Unreachable
from terminal.uplink.settings import Settings
from tests.uplink.journal import Journal
from tests.uplink.making import made_forwarder

FAULTS = ("lost", "answer lost", "twice", "500", "garbage", "empty", "late hello")


class Road:
    """Carries to an `Exchange` in this process; each question meets the next fault of the list."""

    def __init__(self, store: MemoryStore, faults: list[str] | None = None) -> None:
        self._nonces = 0
        self.store = store
        self.faults = deque(faults or [])
        self.sent: list[Push] = []
        self.hq_epoch = 1
        self.marks: Marks | None = Marks(lambda said: sha256(said).digest())

    def _keeps(self, hq_epoch: int) -> None:
        self.hq_epoch = hq_epoch

    def _nonce(self) -> str:
        self._nonces += 1
        return f"n{self._nonces}"

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        del bytes_max, wait_s
        await asyncio.sleep(0)
        fault = self.faults.popleft() if self.faults else ""
        if fault == "lost":
            raise Unreachable("lost on the way there")
        if fault == "late hello":  # An old HELLO arrives first: every nonce before it is void.
            await self._answer(HELLO_PATH, msgspec.json.encode(Hello(merchant="m", site="S1", instance="i1")))
        reply = await self._answer(path, body)
        if fault == "twice":
            await self._answer(path, body)
        if fault == "answer lost":
            raise Unreachable("lost on the way back")
        broken = {
            "500": Reply(status=500, body=b"oops"),
            "crowded": Reply(status=429, body=b'{"type":"problem","code":"too_many","why":""}'),
            "garbage": Reply(status=200, body=b"\xff<html>"),
        }
        broken["empty"] = Reply(status=200, body=b"{}")
        return broken.get(fault, reply)

    async def _answer(self, path: str, body: bytes) -> Reply:
        exchange = Exchange(
            self.store,
            SystemClock(),
            hq_epoch=self.hq_epoch,
            new_nonce=self._nonce,
            ids=Uuid7(SystemClock(), urandom),
            marks=self.marks,
            keep_epoch=self._keeps,
        )
        try:
            if path == HELLO_PATH:
                answer: object = await exchange.hello(msgspec.json.decode(body, type=Hello))
            else:
                push = msgspec.json.decode(body, type=Push)
                self.sent.append(push)
                answer = await exchange.push(push)
        except RequestRefused as refusal:
            return Reply(status=400, body=msgspec.json.encode(Problem(code=refusal.code, why=str(refusal))))
        return Reply(status=200, body=msgspec.json.encode(answer))

    async def close(self) -> None:
        pass


class Watch:
    """Collects what people would see, and lets a test wait for it."""

    def __init__(self) -> None:
        self.states: list[LinkState] = []
        self.pauses: list[float] = []
        self._changed = asyncio.Event()
        self._slept = asyncio.Condition()

    def __call__(self, state: LinkState) -> None:
        self.states.append(state)
        self._changed.set()

    async def sleep(self, seconds: float) -> None:
        async with self._slept:
            self.pauses.append(seconds)
            self._slept.notify_all()
        await asyncio.sleep(0)

    async def paused(self, times: int) -> None:
        async with self._slept:
            await self._slept.wait_for(lambda: len(self.pauses) >= times)

    async def until(self, condition: LinkCondition) -> LinkState:
        while True:
            if self.states and self.states[-1].condition is condition:
                return self.states[-1]
            self._changed.clear()
            await self._changed.wait()


@asynccontextmanager
async def forwarding(
    journal: Journal, road: Road, *, batch: int = 3, instance: str = "i1", clock: Clock | None = None
) -> AsyncGenerator[Watch, None]:
    watch = Watch()
    forwarder = made_forwarder(
        journal,
        journal,
        road,
        site=journal.site,
        instance=instance,
        settings=Settings(batch=batch),
        random=lambda size: b"\x80" + bytes(size - 1),
        clock=clock,
        on_state=watch,
        sleep=watch.sleep,
    )
    task = asyncio.create_task(forwarder.run())
    try:
        async with asyncio.timeout(60):
            yield watch
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def held(store: MemoryStore, journal: Journal) -> list[bytes]:
    held = store.merchants["m"].entries.items()
    return [entry.body for (site, _), entry in held if site == journal.site]


async def test_everything_booked_arrives_verbatim_and_in_order() -> None:
    journal, store = Journal(booked=10), MemoryStore()
    async with forwarding(journal, Road(store)) as watch:
        await journal.drained()
        await watch.until(LinkCondition.ONLINE)
    assert held(store, journal) == [link.body for link in journal.links]
    assert store.merchants["m"].sites[journal.site].head == journal.hash_of(10)


async def test_what_is_booked_later_follows_without_another_hello() -> None:
    journal, store = Journal(booked=1), MemoryStore()
    road = Road(store)
    async with forwarding(journal, road):
        await journal.drained()
        journal.book()
        await journal.tell()
        await journal.drained()
    assert [push.start for push in road.sent] == [0, 1]


@given(st.lists(st.sampled_from(FAULTS), max_size=40), st.integers(1, 4), st.integers(0, 9))
def test_whatever_the_road_does_nothing_is_lost_and_nothing_arrives_twice(
    faults: list[str], batch: int, booked: int
) -> None:
    async def day() -> None:
        journal, store = Journal(booked=booked), MemoryStore()
        road = Road(store, faults)
        async with forwarding(journal, road, batch=batch) as watch:
            await watch.until(LinkCondition.ONLINE)
            journal.book()
            await journal.tell()
            await journal.drained()
        assert held(store, journal) == [link.body for link in journal.links]
        assert not store.merchants["m"].exceptions
        assert journal.acknowledged == sorted(set(journal.acknowledged))

    asyncio.run(day())


async def test_an_answer_lost_after_the_commit_is_learnt_from_hello_and_not_sent_again() -> None:
    journal, store = Journal(booked=2), MemoryStore()
    road = Road(store, ["", "answer lost"])
    async with forwarding(journal, road, batch=2):
        await journal.drained()
    assert [len(push.bodies) for push in road.sent] == [2]


async def test_attempts_never_end_and_their_pauses_stay_under_the_cap() -> None:
    journal, store = Journal(booked=1), MemoryStore()
    async with forwarding(journal, Road(store, ["lost"] * 200)) as watch:
        await journal.drained()
    assert len(watch.pauses) == 200
    assert watch.pauses[:3] == [0.25, 0.5, 1.0]
    assert max(watch.pauses) == 30.0  # Half of the cap: the test's randomness always says one half.


async def test_a_ledger_that_fell_behind_headquarters_stops_forwarding_and_says_so() -> None:
    journal, store = Journal(booked=5), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    restored = Journal(booked=3)
    async with forwarding(restored, Road(store)) as watch:
        seen = await watch.until(LinkCondition.FORK)
    assert "headquarters" in seen.why
    assert len(held(store, journal)) == 5
    assert [key[0] for key in store.merchants["m"].exceptions] == ["fork"]


async def test_another_history_of_the_same_length_is_a_fork_even_with_nothing_to_send() -> None:
    journal, store = Journal(booked=2), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    other = Journal()
    other.book(amount=1)
    other.book(amount=2)
    async with forwarding(other, Road(store)) as watch:
        await watch.until(LinkCondition.FORK)
        await asyncio.sleep(0)
    assert held(store, journal) == [link.body for link in journal.links]
    assert len(store.merchants["m"].exceptions) == 1


async def test_a_fork_opens_one_exception_however_long_it_lasts() -> None:
    journal, store = Journal(booked=2), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    road = Road(store)
    async with forwarding(Journal(booked=1), road) as watch:
        await watch.paused(20)
    assert len(store.merchants["m"].exceptions) == 1
    assert len(road.sent) == 1


async def test_another_machine_that_claims_the_site_gets_no_further_than_hello() -> None:
    journal, store = Journal(booked=1), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    road = Road(store)
    async with forwarding(Journal(booked=9), road, instance="i2") as watch:
        seen = await watch.until(LinkCondition.REFUSED)
    assert "instance" in seen.why
    assert road.sent == []


async def test_headquarters_that_lost_its_last_entries_and_is_shown_so_gets_them_again() -> None:
    journal, store = Journal(booked=4), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    journal.book()
    restored = MemoryStore()
    road = Road(restored)
    async with forwarding(journal, road):
        await journal.drained()
    assert held(restored, journal) == [link.body for link in journal.links]
    assert road.hq_epoch == journal.standing().hq_epoch == 2


async def test_a_headquarters_that_holds_less_than_it_said_under_one_epoch_is_not_followed() -> None:
    """And cannot read what it is shown. The shop sells on; it goes on when people have begun a new epoch."""
    journal = Journal(booked=4)
    async with forwarding(journal, Road(MemoryStore())):
        await journal.drained()
    road = Road(MemoryStore())
    road.marks = None
    async with forwarding(journal, road) as watch:
        state = await watch.until(LinkCondition.OFFLINE)
        assert state.trouble is LinkTrouble.RESTORED
        assert state.why == "headquarters holds 0 and said 4 before: it came back from an older copy"
        await watch.paused(3)
        assert (road.sent, journal.acked_seq) == ([], 4)
        road.hq_epoch = 2
        journal.book()
        await watch.until(LinkCondition.ONLINE)
        await journal.drained()
    assert held(road.store, journal) == [link.body for link in journal.links]


async def test_a_shop_with_nothing_to_send_pushes_once_under_a_new_hq_epoch() -> None:
    """Else a headquarters that was restored would wait for it until its next sale."""
    journal, store = Journal(booked=2), MemoryStore()
    async with forwarding(journal, Road(store)):
        await journal.drained()
    road = Road(store)
    road.hq_epoch = 2
    async with forwarding(journal, road) as watch:
        await watch.until(LinkCondition.ONLINE)
        journal.book()
        await journal.tell()
        await journal.drained()
    assert store.merchants["m"].sites[journal.site].confirmed == 2
    assert len(road.sent[0].bodies) == 0


class Liar(Road):
    """Says what it likes to a PUSH."""

    def __init__(self, store: MemoryStore, lie: object) -> None:
        super().__init__(store)
        self.lies = deque([lie])

    async def _answer(self, path: str, body: bytes) -> Reply:
        if path != HELLO_PATH and self.lies:
            return Reply(status=200, body=msgspec.json.encode(self.lies.popleft()))
        return await super()._answer(path, body)


@pytest.mark.parametrize(
    "lie",
    [
        Ack(hq_epoch=1, epoch=1, acked=99, nonce="n"),
        Ack(hq_epoch=1, epoch=1, acked=1, nonce="n"),
        Ack(hq_epoch=7, epoch=1, acked=2, nonce="n"),
        Welcome(
            hq_epoch=1, epoch=1, instance="i1", instance_no=1, nonce="n", acked=2, head="0" * 64, hq_time=1
        ),
        {"type": "gap", "hq_epoch": 1, "epoch": 1, "acked": 0, "nonce": "n"},
        {"type": "ack", "hq_epoch": 1, "epoch": 1, "acked": "2", "nonce": "n"},
        {"type": "ack", "hq_epoch": 1, "epoch": 1, "acked": 2, "nonce": "n", "more": 1},
    ],
)
async def test_an_answer_that_does_not_fit_the_question_acknowledges_nothing(lie: object) -> None:
    journal, store = Journal(booked=2), MemoryStore()
    async with forwarding(journal, Liar(store, lie)) as watch:
        await watch.until(LinkCondition.OFFLINE)
        assert journal.acked_seq == 0
        await journal.drained()
    assert len(held(store, journal)) == 2


@pytest.mark.parametrize("code", ["x\x1b[2J", "13812345678", "fault"])
async def test_of_what_the_other_side_says_only_its_known_codes_reach_people(code: str) -> None:
    journal, store = Journal(booked=1), MemoryStore()

    class Rude(Road):
        async def _answer(self, path: str, body: bytes) -> Reply:  # noqa: ARG002  the same to all
            problem = Problem(code=code, why="card 6222021234567890123 \n\x07 <b>")
            return Reply(status=503, body=msgspec.json.encode(problem))

    async with forwarding(journal, Rude(store)) as watch:
        seen = await watch.until(LinkCondition.OFFLINE)
    assert seen.why == ("answered 503 fault" if code == "fault" else "answered 503")


async def test_large_entries_travel_in_smaller_batches() -> None:
    journal, store = Journal(), MemoryStore()
    for _ in range(4):
        journal.book(b'"' + b"x" * 700_000 + b'"')
    road = Road(store)
    async with forwarding(journal, road, batch=200):
        await journal.drained()
    assert [len(push.bodies) for push in road.sent] == [1, 1, 1, 1]


class Ahead(SystemClock):
    """Of headquarters, by so much."""

    def __init__(self, ahead_ms: int) -> None:
        super().__init__()
        self.ahead_ms = ahead_ms

    def wall_ms(self) -> int:
        return super().wall_ms() + self.ahead_ms


@pytest.mark.parametrize("ahead_ms", [-86_400_000, 0, 7_200_000])
async def test_headquarters_tells_how_wrong_our_clock_is(ahead_ms: int) -> None:
    async with forwarding(Journal("S1", booked=1), Road(MemoryStore()), clock=Ahead(ahead_ms)) as watch:
        state = await watch.until(LinkCondition.ONLINE)
        assert state.drift_ms is not None
        assert abs(state.drift_ms - ahead_ms) < 30_000


async def test_before_headquarters_answered_nobody_knows_how_wrong_our_clock_is() -> None:
    async with forwarding(Journal("S1", booked=1), Road(MemoryStore(), ["lost"] * 3)) as watch:
        assert (await watch.until(LinkCondition.OFFLINE)).drift_ms is None


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("lost", LinkTrouble.UNREACHED),
        ("500", LinkTrouble.FAILING),
        ("crowded", LinkTrouble.FAILING),
        ("garbage", LinkTrouble.UNREADABLE),
        ("empty", LinkTrouble.UNREADABLE),
    ],
)
async def test_what_is_wrong_on_the_way_is_said_by_its_kind(fault: str, trouble: LinkTrouble) -> None:
    async with forwarding(Journal("S1", booked=1), Road(MemoryStore(), [fault] * 3)) as watch:
        assert (await watch.until(LinkCondition.OFFLINE)).trouble is trouble
        assert (await watch.until(LinkCondition.ONLINE)).trouble is None


async def test_headquarters_that_holds_the_site_for_another_machine_refuses_this_one() -> None:
    store = MemoryStore()
    async with forwarding(Journal("S1", booked=1), Road(store)) as watch:
        await watch.until(LinkCondition.ONLINE)
    async with forwarding(Journal("S1", booked=1), Road(store), instance="i2") as watch:
        await watch.until(LinkCondition.REFUSED)
