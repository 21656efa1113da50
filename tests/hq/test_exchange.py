"""The contract of headquarters, held by the PostgreSQL store and by its twin in memory alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import count
from os import urandom
from uuid import uuid4

import pytest
from msgspec.structs import replace

from hq.exchange import Exchange
from hq.memory import MemoryStore
from hq.postgres import PostgresStore, connected
from hq.refusal import RequestRefused
from terminal.core.values import SiteId
from terminal.core.wire.journal import Ack, Again, Answer, Fork, Gap, Hello, Push, Welcome
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from tests.hq.process import Headquarters
from tests.uplink.journal import Journal, body, fact_id, recharge


class Books:
    """What a test looks up behind the port."""

    def __init__(self, store: MemoryStore | PostgresStore, merchant: str) -> None:
        self._store = store
        self.merchant = merchant

    async def bodies(self, site: str) -> list[bytes]:
        async with self._store.turn(self.merchant, SiteId(site)) as turn:
            return [*await turn.bodies(0, 1000)]

    async def balances(self, site: str) -> dict[str, int]:
        if isinstance(self._store, MemoryStore):
            held = self._store.merchants[self.merchant].balances.items()
            return {name: row.balance for (name, where), row in held if where == site}
        sql = "SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2"
        async with self._store.looking() as connection:
            rows = await connection.fetch(sql, self.merchant, site)
        return {row["account"]: int(row["balance"]) for row in rows}

    async def exceptions(self) -> dict[tuple[str, str, str], str]:
        if isinstance(self._store, MemoryStore):
            return {key: row.why for key, row in self._store.merchants[self.merchant].exceptions.items()}
        sql = "SELECT kind, site, subject, why FROM exceptions WHERE merchant_id = $1"
        async with self._store.looking() as connection:
            rows = await connection.fetch(sql, self.merchant)
        return {(row["kind"], row["site"], row["subject"]): row["why"] for row in rows}


class Case:
    """One headquarters and a client that does as it is told, right or wrong."""

    def __init__(self, store: MemoryStore | PostgresStore) -> None:
        self.merchant = str(uuid4())
        self.store = store
        self.books = Books(store, self.merchant)
        self._nonces = count(1)
        self.at_epoch(1)

    def at_epoch(self, hq_epoch: int) -> None:
        self.hq_epoch = hq_epoch
        self.exchange = Exchange(
            self.store,
            SystemClock(),
            hq_epoch=hq_epoch,
            new_nonce=lambda: f"n{next(self._nonces)}",
            ids=Uuid7(SystemClock(), urandom),
        )

    async def hello(self, site: str = "S1", instance: str = "i1") -> Welcome:
        return await self.exchange.hello(Hello(merchant=self.merchant, site=site, instance=instance))

    def batch(
        self, journal: Journal, welcome: Welcome | Answer, start: int = 0, end: int | None = None
    ) -> Push:
        links = journal.links[start:end]
        assert isinstance(welcome, Welcome | Ack | Gap)
        return Push(
            merchant=self.merchant,
            site=journal.site,
            instance="i1",
            hq_epoch=welcome.hq_epoch,
            epoch=welcome.epoch,
            nonce=welcome.nonce,
            start=start,
            before=journal.hash_of(start).hex(),
            bodies=tuple(link.body for link in links),
            after=journal.hash_of(start + len(links)).hex(),
            head_seq=len(journal.links),
            head_hash=journal.hash_of(len(journal.links)).hex(),
        )

    async def push(self, push: Push) -> Answer:
        return await self.exchange.push(push)

    async def send(self, journal: Journal, start: int = 0, end: int | None = None) -> Answer:
        return await self.push(self.batch(journal, await self.hello(journal.site), start, end))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.hq)])
async def case(request: pytest.FixtureRequest) -> AsyncGenerator[Case, None]:
    if request.param == "memory":
        yield Case(MemoryStore())
        return
    standing: Headquarters = request.getfixturevalue("standing_hq")
    store = await connected(standing.dsn())
    yield Case(store)
    await store.close()


async def test_a_site_that_nobody_knows_starts_from_nothing(case: Case) -> None:
    welcome = await case.hello()
    assert (welcome.acked, welcome.head, welcome.epoch, welcome.hq_epoch) == (0, "0" * 64, 1, 1)


async def test_entries_are_kept_verbatim_and_posted(case: Case) -> None:
    journal = Journal(booked=8)
    answer = await case.send(journal)
    assert isinstance(answer, Ack)
    assert answer.acked == 8
    assert await case.books.bodies("S1") == [link.body for link in journal.links]
    balances = await case.books.balances("S1")
    assert balances["wallet:w1:principal"] == 200_00
    assert sum(balances.values()) == 0
    assert (await case.hello()).head == journal.hash_of(8).hex()


async def test_the_next_nonce_carries_the_next_batch_without_another_hello(case: Case) -> None:
    journal = Journal(booked=4)
    first = await case.send(journal, 0, 2)
    second = await case.push(case.batch(journal, first, 2))
    assert isinstance(second, Ack)
    assert second.acked == 4


async def test_a_nonce_carries_one_batch(case: Case) -> None:
    journal = Journal(booked=3)
    push = case.batch(journal, await case.hello())
    assert isinstance(await case.push(push), Ack)
    assert isinstance(await case.push(push), Again)
    assert len(await case.books.bodies("S1")) == 3


async def test_hello_voids_every_nonce_before_it(case: Case) -> None:
    journal = Journal(booked=1)
    late = case.batch(journal, await case.hello())
    await case.hello()
    assert isinstance(await case.push(late), Again)
    assert await case.books.bodies("S1") == []


async def test_a_push_from_a_site_that_never_said_hello_is_told_to(case: Case) -> None:
    push = case.batch(Journal(booked=1), Ack(hq_epoch=1, epoch=1, acked=0, nonce="guessed"))
    assert isinstance(await case.push(push), Again)


async def test_what_is_there_already_is_taken_once(case: Case) -> None:
    journal = Journal(booked=3)
    await case.send(journal)
    journal.book()
    for start in range(5):
        answer = await case.send(journal, start)
        assert isinstance(answer, Ack)
        assert answer.acked == 4
    assert await case.books.bodies("S1") == [link.body for link in journal.links]
    assert sum(v for v in (await case.books.balances("S1")).values() if v > 0) == 400_00


async def test_what_was_passed_over_as_known_and_is_not_there_is_asked_for_again(case: Case) -> None:
    journal = Journal(booked=3)
    push = case.batch(journal, await case.hello())
    case.exchange._epochs.acked[case.merchant, SiteId("S1")] = 2  # Of books that are not these.
    assert isinstance(await case.push(push), Again)
    assert await case.books.bodies("S1") == []
    assert isinstance(await case.push(push), Ack)
    assert await case.books.bodies("S1") == [link.body for link in journal.links]


async def test_an_old_batch_from_before_the_last_acknowledgement_does_no_harm(case: Case) -> None:
    journal = Journal(booked=5)
    await case.send(journal)
    answer = await case.send(journal, 1, 3)
    assert isinstance(answer, Ack)
    assert answer.acked == 5


async def test_a_batch_beyond_what_is_held_is_a_gap_and_takes_nothing(case: Case) -> None:
    journal = Journal(booked=5)
    await case.send(journal, 0, 2)
    answer = await case.send(journal, 3)
    assert isinstance(answer, Gap)
    assert answer.acked == 2
    assert isinstance(await case.push(case.batch(journal, answer, 2)), Ack)


async def test_another_entry_where_one_is_held_is_a_fork(case: Case) -> None:
    journal, other = Journal(booked=3), Journal(booked=2)
    await case.send(journal)
    other.book(amount=1)
    answer = await case.send(other)
    assert isinstance(answer, Fork)
    assert answer.epoch == 2
    assert await case.books.bodies("S1") == [link.body for link in journal.links]


async def test_another_hash_before_the_batch_is_a_fork(case: Case) -> None:
    journal, other = Journal(booked=2), Journal()
    await case.send(journal)
    for amount in (1, 2, 3):
        other.book(amount=amount)
    assert isinstance(await case.send(other, 2), Fork)


async def test_a_site_whose_head_lies_behind_is_a_fork_though_its_batch_fits(case: Case) -> None:
    await case.send(Journal(booked=4))
    assert isinstance(await case.send(Journal(booked=2), 2), Fork)


async def test_a_long_chain_sent_in_small_overlapping_batches_is_no_fork(case: Case) -> None:
    journal = Journal(booked=9)
    await case.send(journal)
    for start in range(8):
        assert isinstance(await case.send(journal, start, start + 1), Ack)


async def test_a_fork_is_one_exception_and_every_push_under_the_old_epoch_hears_of_it(case: Case) -> None:
    journal = Journal(booked=2)
    await case.send(journal)
    await case.send(Journal(booked=1))
    for _ in range(3):
        welcome = await case.hello()
        assert welcome.epoch == 2
        late = replace(case.batch(journal, welcome), epoch=1)
        assert await case.push(late) == Fork(hq_epoch=1, epoch=2)
    assert [key for key in await case.books.exceptions() if key[0] == "fork"] == [("fork", "S1", "2")]


async def test_a_higher_epoch_of_a_chain_that_fits_is_adopted(case: Case) -> None:
    journal = Journal(booked=3)
    await case.send(journal, 0, 2)
    answer = await case.push(replace(case.batch(journal, await case.hello(), 2), epoch=5))
    assert isinstance(answer, Ack)
    assert (await case.hello()).epoch == 5


async def test_a_higher_epoch_of_a_chain_that_does_not_fit_asks_for_one_above_both(case: Case) -> None:
    await case.send(Journal(booked=3))
    other = Journal()
    other.book(amount=1)
    answer = await case.push(replace(case.batch(other, await case.hello()), epoch=5))
    assert answer == Fork(hq_epoch=1, epoch=6)


async def test_a_batch_for_headquarters_before_its_restore_is_told_to_say_hello(case: Case) -> None:
    journal = Journal(booked=1)
    push = case.batch(journal, await case.hello())
    case.at_epoch(2)
    assert await case.push(push) == Again(hq_epoch=2)
    assert await case.store.highest_hq_epoch() >= 1


async def test_a_second_machine_is_refused_until_a_person_decides(case: Case) -> None:
    journal = Journal(booked=1)
    welcome = await case.hello(instance="i1")
    with pytest.raises(RequestRefused) as refusal:
        await case.hello(instance="i2")
    assert refusal.value.code is ProblemCode.INSTANCE
    with pytest.raises(RequestRefused):
        await case.push(replace(case.batch(journal, welcome), instance="i2"))
    assert isinstance(await case.push(case.batch(journal, welcome)), Ack)


@pytest.mark.parametrize("spoil", [b" ", b"\x00", b"x"])
async def test_bodies_spoilt_on_the_way_are_refused_and_are_no_fork(case: Case, spoil: bytes) -> None:
    journal = Journal(booked=3)
    push = case.batch(journal, await case.hello())
    bad = replace(push, bodies=(push.bodies[0], push.bodies[1] + spoil, push.bodies[2]))
    with pytest.raises(RequestRefused) as refusal:
        await case.push(bad)
    assert refusal.value.code is ProblemCode.SPOILT
    assert isinstance(await case.push(push), Ack)
    assert await case.books.exceptions() == {}


async def test_a_head_that_contradicts_the_batch_is_refused(case: Case) -> None:
    journal = Journal(booked=2)
    push = case.batch(journal, await case.hello())
    for bad in (replace(push, head_seq=1), replace(push, head_hash="ab" * 32)):
        with pytest.raises(RequestRefused) as refusal:
            await case.push(bad)
        assert refusal.value.code is ProblemCode.MALFORMED


async def test_a_poison_entry_is_kept_with_its_reason_and_blocks_nothing(case: Case) -> None:
    journal = Journal(booked=1)
    journal.book(b"\xff\x00 not an entry")
    crooked = recharge(3, "S1")
    journal.book(body(replace(crooked, postings=(*crooked.postings, ("wallet:w9:principal", 5)))))
    journal.book()
    answer = await case.send(journal)
    assert isinstance(answer, Ack)
    assert answer.acked == 4
    assert await case.books.bodies("S1") == [link.body for link in journal.links]
    exceptions = await case.books.exceptions()
    assert sorted(exceptions) == [("quarantine", "S1", "2"), ("quarantine", "S1", "3")]
    assert "zero" in exceptions["quarantine", "S1", "3"]
    assert "wallet:w9:principal" not in await case.books.balances("S1")


async def test_an_id_that_was_booked_posts_once_whichever_site_brings_it_again(case: Case) -> None:
    first, second = Journal("S1", booked=1), Journal("S2")
    await case.send(first)
    second.book(body(recharge(1, "S2", fact=fact_id("S1", 1), amount=7)))
    second.book(body(recharge(2, "S2")))
    second.book(body(recharge(3, "S2", fact=fact_id("S2", 2))))
    answer = await case.send(second)
    assert isinstance(answer, Ack)
    assert answer.acked == 3
    exceptions = await case.books.exceptions()
    assert "another command: S1 1" in exceptions["quarantine", "S2", "1"]
    assert "another command: S2 2" in exceptions["quarantine", "S2", "3"]
    assert sum(v for v in (await case.books.balances("S2")).values() if v > 0) == 100_00


async def test_value_that_falls_below_zero_opens_one_exception(case: Case) -> None:
    journal = Journal()
    for _ in range(15):
        journal.book(amount=-5)
    await case.send(journal, 0, 8)
    await case.send(journal, 8)
    negative = sorted(key[2] for key in await case.books.exceptions())
    assert negative == [f"wallet:w{n}:principal" for n in range(7)]


async def test_merchants_share_nothing_but_the_server(case: Case) -> None:
    journal = Journal(booked=2)
    await case.send(journal)
    other = Case(case.store)
    assert (await other.hello()).acked == 0
    assert isinstance(await other.send(journal), Ack)
    assert await other.books.exceptions() == {}


async def test_batches_of_many_sites_at_once_all_arrive(case: Case) -> None:
    journals = [Journal(f"S{n:02}", booked=30) for n in range(12)]

    async def drain(journal: Journal) -> None:
        told: Answer | Welcome = await case.hello(journal.site)
        for start in range(0, 30, 10):
            told = await case.push(case.batch(journal, told, start, start + 10))
            assert isinstance(told, Ack)

    await asyncio.gather(*(drain(journal) for journal in journals))
    for journal in journals:
        assert await case.books.bodies(journal.site) == [link.body for link in journal.links]


async def test_two_sites_that_bring_the_same_ids_in_opposite_order_do_not_wait_for_each_other(
    case: Case,
) -> None:
    ids = [fact_id("S9", seq) for seq in range(1, 81)]
    journals = [Journal("A"), Journal("B")]
    for journal, order in zip(journals, (ids, ids[::-1]), strict=True):
        for seq, fact in enumerate(order, start=1):
            journal.book(body(recharge(seq, journal.site, fact=fact)))
    answers = await asyncio.gather(*(case.send(journal) for journal in journals))
    assert all(isinstance(answer, Ack) for answer in answers)
    assert len(await case.books.exceptions()) == 80


async def test_the_same_batch_twice_at_once_is_taken_once(case: Case) -> None:
    journal = Journal(booked=20)
    push = case.batch(journal, await case.hello())
    answers = await asyncio.gather(*(case.push(push) for _ in range(8)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Ack", *["Again"] * 7]
    assert len(await case.books.bodies("S1")) == 20
