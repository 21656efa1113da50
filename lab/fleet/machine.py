"""One terminal of the fleet: the product's own ledger on a real file, the product's own way to headquarters.

It dies between any two steps, comes back, is put back to an older copy of its disk, and is cloned.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from hq.totals import counted_apart, in_fen
from lab.fleet.loop import SeededLoop, VirtualClock
from lab.fleet.network import Network, SimulatedCourier
from lab.fleet.paper import Roll, printing_on
from lab.fleet.threads import InlineThreads
from lab.fleet.till import Till
from lab.fleet.town import STEPS, Town
from terminal.core.accounts import FEN
from terminal.core.commands import Booked, Command, Private
from terminal.core.errors import LedgerClosed
from terminal.core.policy import Policy as ShopPolicy
from terminal.core.values import EntryId, SiteId, Value, WalletId
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.desk.printing import Printing
from terminal.desk.tiers import TierDesk
from terminal.runtime.ids import Uuid7
from terminal.store.answers import entry_id
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings
from terminal.uplink.settings import Settings as Way
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink

MERCHANT = "chain"
_WAY = Way(url="https://hq.invalid", batch=20, deadline_s=8, heartbeat_s=12, retry_s_max=30, visit_s=120)


class Keys(Value, frozen=True, kw_only=True):
    """Of a site: the private half of its own, the public one of headquarters'."""

    own: bytes
    hq: bytes


class Machine:
    """`name` is its own, `site` the shop that it is or claims to be."""

    def __init__(  # noqa: PLR0913, PLR0917  all that it is made of
        self,
        loop: SeededLoop,
        network: Network,
        town: Town,
        folder: Path,
        site: SiteId,
        name: str,
        keys: Keys,
        roll: Roll | None,
        on_fault: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._network = network
        self._town = town
        self._keys = keys
        self._roll = roll
        self._printing: Printing | None = None
        self._on_fault = on_fault
        self.site = site
        self.name = name
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = VirtualClock(loop)
        self._dice = random.Random(loop.dice.getrandbits(64))
        self.ids = Uuid7(self.clock, self._dice.randbytes)
        self.till = Till(town, site, self.clock, self.ids)
        self.link = LinkState(condition=LinkCondition.OFFLINE)
        self.ledger: Ledger | None = None
        self.uplink: Uplink | None = None
        self._threads: InlineThreads | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.lives = 0
        self._keep_secrets()

    @property
    def path(self) -> Path:
        return self.folder / "ledger.db"

    @property
    def up(self) -> bool:
        return self.ledger is not None

    @property
    def sells(self) -> bool:
        """As its counter would: neither forked nor refused."""
        return self.up and self.link.condition not in {LinkCondition.FORK, LinkCondition.REFUSED}

    def _keep_secrets(self) -> None:
        """Drawn, so that a run repeats to the byte."""
        for ending, size in ((".secret", 64), (".site", 32)):
            kept = self.path.with_suffix(ending)
            if not kept.exists():
                kept.write_bytes(self._dice.randbytes(size))
                kept.chmod(0o600)

    async def start(self) -> None:
        self._threads = InlineThreads(self._loop)
        self.ledger = ledger = await open_ledger(
            Settings(path=self.path),
            site=self.site,
            clock=self.clock,
            ids=self.ids,
            threads=self._threads,
        )
        self.lives += 1
        await ledger.token_keys.adopt(self._town.token_key)
        self.uplink = Uplink(
            Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
            _WAY,
            Who(merchant=MERCHANT, site=self.site, instance=ledger.instance),
            Outside(
                courier=SimulatedCourier(self._network, self.name, deadline_s=_WAY.deadline_s),
                clock=self.clock,
                ids=self.ids,
                random=self._dice.randbytes,
                occasion=self.till.at,
                box_key=lambda: self._keys.own,
                hq_box_key=lambda: self._keys.hq,
                on_state=self._linked,
                on_drift=self.clock.compared,
            ),
        )
        self.spawn(self._supervised(self.uplink))
        if self._roll is not None:
            self._printing = printing_on(self._roll, self._dice, ledger.print_jobs, ledger.books, self.clock)
            self.spawn(self._printing.run())

    async def _supervised(self, uplink: Uplink) -> None:
        """A crash restarts; only what the product itself calls a fault may be one."""
        while True:
            try:
                await uplink.run()
            except* LedgerClosed:
                self._town.counts["uplink restarted"] += 1
            await asyncio.sleep(1)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Lives as long as the machine does until it is killed."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._on_fault(f"{self.name}: {_told(fault)}")

    def _linked(self, state: LinkState) -> None:
        self.link = state

    async def booked(self, command: Command, private: Private | None = None) -> Booked:
        """What the screen approves is heard in town. Raises what the ledger's committer raises."""
        if self.ledger is None:
            raise LedgerClosed("the machine is down")
        printing = self._printing
        if printing is not None:
            printing.expect(command.id)
        booked = await self.ledger.committer.submit(command, private)
        self._town.hears(self.site, booked)
        if printing is not None and booked.receipt_no:
            printing.original(booked)
        return booked

    def kill(self) -> None:
        """As the power would: nothing more is done, what the file holds stays."""
        ledger, threads = self.ledger, self._threads
        if ledger is None or threads is None:
            return
        self.ledger = self.uplink = self._printing = None
        for task in list(self._tasks):
            task.cancel()
        threads.kill()
        if (begun := ledger.link._begun) is not None:  # noqa: SLF001
            begun._fresh.close()  # noqa: SLF001
        ledger._writer._shelf.connection.close()  # noqa: SLF001  a process that ends lets go of its files
        ledger._keys.close()  # noqa: SLF001
        ledger._lock.release()  # noqa: SLF001
        self.link = LinkState(condition=LinkCondition.OFFLINE)
        self.clock.rebooted()

    async def half_sets(self) -> list[str]:
        """Data sets that it reads and does not have in whole."""
        if self.ledger is None:
            return []
        link, sets = self.ledger.link, self.ledger.sets
        half = [one for one in link.standing().sets.items() if not await sets.whole(one[1])]
        return [name for name, manifest in half if link.standing().sets.get(name) == manifest]

    async def reaches_tier(self, wallet: WalletId) -> bool:
        """After a sale, as the counter looks; what it books is a fact of its own."""
        if self.ledger is None:
            return False
        desk = TierDesk(self.ledger.committer, self.ids, self.till.at, ShopPolicy(tiers=STEPS))
        return await desk.look(wallet) is not None

    def overdrafts(self) -> list[tuple[str, int]]:
        """(WALLET:UNIT, balance) of what was spent here beyond rights, and what became of it."""
        if self.ledger is None:
            return []
        connection = self.ledger._writer._shelf.connection  # noqa: SLF001  another one would be in the way of healing
        return connection.execute(
            "SELECT substr(unit, 11), balance FROM accounts"
            " WHERE owner = ? AND unit > 'overdraft:' AND unit < 'overdraft;'",
            (f"site:{self.site}",),
        ).fetchall()

    def duplicated(self, given_up: Mapping[str, int], acked: int) -> Counter[str]:
        """Of `given_up`, by account, and of what it was granted after `acked`, what it has spent.

        By what it is counted in: `FEN`, or one of `hq.totals.APART`.
        """
        spent = Counter[str]()
        if self.ledger is None:
            return spent
        run = self.ledger._writer._shelf.connection.execute  # noqa: SLF001
        there = Counter(given_up)
        there.update(
            dict(
                run(
                    "SELECT owner || ':' || unit, sum(amount) FROM postings"
                    " JOIN entries ON seq = posting / 4096"
                    " WHERE seq > ? AND kind = 'directive' GROUP BY owner, unit",
                    (acked,),
                )
            )
        )
        holds = dict(run("SELECT owner || ':' || unit, balance FROM accounts"))
        for name, amount in there.items():
            spent[FEN if in_fen(name) else counted_apart(name)] += max(0, amount - holds.get(name, 0))
        return spent

    def ended_intents(self) -> set[EntryId]:
        """By what the file says, though nobody may have been told."""
        if self.ledger is None:
            return set()
        connection = self.ledger._writer._shelf.connection  # noqa: SLF001
        rows = connection.execute("SELECT intent FROM intents WHERE ended <> ''")
        return {entry_id(row[0]) for row in rows}

    # Disks

    def copy_disk(self, to: Path) -> None:
        """As it lies there now, while nothing writes."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)
        for left in to.glob("*-shm"):
            left.unlink()

    def put_back(self, disk: Path) -> None:
        """Only while it is down."""
        shutil.rmtree(self.folder)
        shutil.copytree(disk, self.folder)


def _told(fault: BaseException) -> str:
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return f"{type(fault).__name__}: {fault}"


def entries_on(path: Path) -> set[EntryId]:
    """Ids of what the file holds, as another reader of it sees."""
    if not path.exists():
        return set()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        return {entry_id(row[0]) for row in seen.execute("SELECT id FROM entries")}
