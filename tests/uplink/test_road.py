"""Forwarder, HTTP, headquarters and PostgreSQL as they are, and a network that is not well."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from lab.proxy import FAULTS, Proxy, headquarters_tls
from terminal.core.entry import GENESIS, chained
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.uplink.settings import Settings
from tests.hq.guest import Guest
from tests.hq.process import END_S, Headquarters
from tests.uplink.journal import Journal
from tests.uplink.making import made_forwarder
from tests.uplink.send import courier_of

pytestmark = pytest.mark.hq


def between(hq: Headquarters, guest: Guest, faults: list[str]) -> Proxy:
    return Proxy(headquarters_tls(hq.data), guest.tls, hq.port, faults)


class Watch:
    def __init__(self) -> None:
        self.states: list[LinkState] = []
        self.spoken = asyncio.Event()

    def __call__(self, state: LinkState) -> None:
        self.states.append(state)
        self.spoken.set()


@asynccontextmanager
async def forwarding(
    journal: Journal, guest: Guest, port: int, *, deadline_s: float = 20.0, batch: int = 7
) -> AsyncGenerator[Watch, None]:
    watch = Watch()

    async def briefly(_: float) -> None:
        await asyncio.sleep(0.005)

    forwarder = made_forwarder(
        journal,
        journal,
        courier_of(guest, port, deadline_s),
        merchant=guest.enrolment.merchant,
        site=journal.site,
        settings=Settings(batch=batch),
        on_state=watch,
        sleep=briefly,
    )
    running = asyncio.create_task(forwarder.run())
    try:
        async with asyncio.timeout(END_S):
            yield watch
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def held(
    hq: Headquarters, merchant: str, site: str = "S1", *, excepted: Sequence[str] = ()
) -> list[bytes]:
    """The bodies at headquarters, after walking the chain that it stored and its balances."""
    connection = await asyncpg.connect(hq.dsn())
    try:
        sql = "SELECT seq, hash, body FROM entries WHERE merchant_id = $1 AND site = $2 ORDER BY seq"
        rows = await connection.fetch(sql, merchant, site)
        previous = GENESIS
        for seq, row in enumerate(rows, start=1):
            previous = chained(previous, row["body"])
            assert (row["seq"], row["hash"]) == (seq, previous)
        sql = (
            "SELECT sum(balance) FILTER (WHERE account LIKE 'wallet:%') FROM balances WHERE merchant_id = $1"
        )
        assert int(await connection.fetchval(sql, merchant) or 0) == 100_00 * len(rows)
        sql = "SELECT kind || ' ' || subject FROM exceptions WHERE merchant_id = $1"
        assert [row[0] for row in await connection.fetch(sql, merchant)] == [*excepted]
        return [row["body"] for row in rows]
    finally:
        await connection.close()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_one_fault_at_hello_or_push_costs_nothing(
    standing_hq: Headquarters, fault: str, place: int
) -> None:
    merchant, journal = str(uuid4()), Journal(booked=20)
    guest = standing_hq.guest(merchant)
    proxy = between(standing_hq, guest, [*[""] * place, fault])
    deadline_s = 0.3 if fault == "answer late" else 20.0
    async with proxy.listening(), forwarding(journal, guest, proxy.port, deadline_s=deadline_s) as watch:
        await journal.drained()
    assert fault in proxy.met
    assert await held(standing_hq, merchant) == [link.body for link in journal.links]
    assert watch.states[-1].condition is LinkCondition.ONLINE


@pytest.mark.parametrize("seed", range(6))
async def test_a_day_of_faults_while_the_shop_sells_on_loses_and_doubles_nothing(
    standing_hq: Headquarters, seed: int
) -> None:
    dice = random.Random(seed)
    merchant, journal = str(uuid4()), Journal(booked=5)
    quick = [fault for fault in FAULTS if fault != "answer late"]
    guest = standing_hq.guest(merchant)
    proxy = between(standing_hq, guest, [dice.choice([*quick, ""]) for _ in range(120)])
    async with proxy.listening(), forwarding(journal, guest, proxy.port):
        for _ in range(300):
            journal.book()
            await journal.tell()
            await asyncio.sleep(0)
        while len(proxy.met) < 120:  # The list of faults is used up only while there is something to send.
            journal.book()
            await journal.tell()
            await journal.drained()
        await journal.drained()
    assert await held(standing_hq, merchant) == [link.body for link in journal.links]


async def test_with_no_headquarters_the_shop_sells_on_and_drains_when_it_is_there(
    own_hq: Headquarters,
) -> None:
    own_hq.start()
    guest = own_hq.guest("m")
    own_hq.stop()
    journal = Journal(booked=30)
    async with forwarding(journal, guest, own_hq.port) as watch:
        await watch.spoken.wait()
        assert watch.states[-1].condition is LinkCondition.OFFLINE
        assert journal.waiting() == 30
        await asyncio.to_thread(own_hq.start)
        await journal.drained()
    assert await held(own_hq, "m") == [link.body for link in journal.links]


async def test_headquarters_killed_between_commit_and_answer_has_each_entry_once(
    own_hq: Headquarters,
) -> None:
    """And before the commit. Each life of headquarters takes a few batches, then the power fails."""
    journal = Journal(booked=90)
    own_hq.start(die_at="hq.committed:1")
    async with forwarding(journal, own_hq.guest("m"), own_hq.port, batch=4):
        for die_at in ("hq.before_commit:1", "hq.committed:2", "hq.before_commit:3", "hq.committed:1", ""):
            assert await asyncio.to_thread(own_hq.died) == -signal.SIGKILL
            await asyncio.to_thread(own_hq.start, die_at=die_at)
        await journal.drained()
    assert await held(own_hq, "m") == [link.body for link in journal.links]
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["hq"], verdict["entries"]) == (0, "ok", 90)


async def test_headquarters_whose_folder_was_put_back_from_a_copy_learns_it_and_lacks_nothing(
    own_hq: Headquarters,
) -> None:
    journal, copy = Journal(booked=4), own_hq.data.with_name("copy")

    def put(folder: Path, back: Path) -> None:
        subprocess.run(["/bin/cp", "-a", str(folder), str(back)], check=True, timeout=END_S)

    own_hq.start()
    guest = own_hq.guest("m")
    async with forwarding(journal, guest, own_hq.port):
        await journal.drained()
    own_hq.stop()
    put(own_hq.data, copy)
    await asyncio.to_thread(own_hq.start)
    journal.book()
    async with forwarding(journal, guest, own_hq.port):
        await journal.drained()
    own_hq.stop()
    own_hq.data.rename(own_hq.data.with_name("lost"))
    put(copy, own_hq.data)
    await asyncio.to_thread(own_hq.start)
    journal.book()
    async with forwarding(journal, guest, own_hq.port):
        await journal.drained()
    assert await held(own_hq, "m", excepted=["copy 2"]) == [link.body for link in journal.links]
    assert (own_hq.data / "hq-epoch").read_text() == "2\n"


@pytest.mark.parametrize("label", ["uplink.before_send", "uplink.sent", "uplink.before_ack"])
@pytest.mark.parametrize("time", [1, 3])
async def test_a_terminal_killed_around_sending_finds_its_place_again(
    standing_hq: Headquarters, label: str, time: int, tmp_path: Path
) -> None:
    site = f"{label} {time}"
    guest = standing_hq.guest("m", site).saved(tmp_path / "guest")
    command = [sys.executable, "-m", "tests.uplink.send", str(guest), "40", "6"]
    env = {**os.environ, "TERMINAL_DIE_AT": f"{label}:{time}"}
    killed = await asyncio.to_thread(subprocess.run, command, env=env, timeout=END_S, check=False)
    assert killed.returncode == -signal.SIGKILL
    again = await asyncio.to_thread(subprocess.run, command, timeout=END_S, check=False)
    assert again.returncode == 0
    connection = await asyncpg.connect(standing_hq.dsn())
    sql = "SELECT body FROM entries WHERE merchant_id = 'm' AND site = $1 ORDER BY seq"
    rows = await connection.fetch(sql, site)
    await connection.close()
    assert [row["body"] for row in rows] == [link.body for link in Journal(site, booked=40).links]
