"""A site with the product's own ledger rules, in memory, and headquarters' calls made by hand, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from os import urandom
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from hq.boxes import Boxes
from hq.conservation import astray
from hq.decisions import close
from hq.exchange import Exchange
from hq.marks import Marks
from hq.memory import MemoryStore
from hq.policy import Policy
from hq.ports import Cause, Decision
from hq.postgres import PostgresStore
from terminal.core.commands import (
    BookDirective,
    BookJoin,
    BookRecharge,
    BookRightsBack,
    BookSale,
    ClockTrust,
    CouponGrant,
    Opens,
    PointsEarned,
    Private,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.commands import Grant as Given
from terminal.core.directives import Directed, Lapse
from terminal.core.ledger.lapsing import Lapsed, lapsing
from terminal.core.rights import Floor, Want
from terminal.core.values import EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.journal import Ack, Answer, Hello, Pull, Push, Welcome
from terminal.core.wire.people import KeyToken, Profile, Profiled, ProfileEdit
from terminal.core.wire.rights import Ask, Asked, Feed, Numbered
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger
from tests.core.ledger.book import AT

NOBODY = Lapsed()
FLOOR = Floor(wallet=100_00, site=1_000_00)


class Hand:
    """A clock that is turned by hand."""

    trust = ClockTrust.UNKNOWN

    def __init__(self) -> None:
        self.now_ms = 1_795_000_000_000

    def wall_ms(self) -> int:
        return self.now_ms

    def mono_ms(self) -> int:
        return self.now_ms


class Chain:
    """A merchant: one headquarters and its shops. Whatever is committed keeps invariant I4."""

    def __init__(self, store: MemoryStore | PostgresStore, policy: Policy | None = None) -> None:
        self.merchant = str(uuid4())
        self.store = store
        self.clock = Hand()
        self.policy = policy or Policy()
        self.ids = Uuid7(self.clock, urandom)
        self._nonces = count(1)
        self.boxes: Boxes | None = None
        self.marks = Marks(lambda said: sha256(said).digest())
        self.begun: list[int] = []
        """Epochs that headquarters began by itself."""
        self.at_epoch(1)

    def at_epoch(self, hq_epoch: int) -> None:
        self.exchange = Exchange(
            self.store,
            self.clock,
            hq_epoch=hq_epoch,
            new_nonce=lambda: f"n{next(self._nonces)}",
            ids=self.ids,
            policy=self.policy,
            boxes=self.boxes,
            marks=self.marks,
            keep_epoch=self.begun.append,
        )

    async def shop(self, name: str, instance: str = "") -> Shop:
        shop = Shop(self, name, instance or f"machine-{name}")
        await shop.sync()
        return shop

    async def conserved(self) -> None:
        assert astray(await self.store.totals(self.merchant)) == []

    async def pool(self, account: str) -> int:
        totals = await self.store.totals(self.merchant)
        return next((one.pool for one in totals if one.account == account), 0)

    async def overdrawn(self) -> int:
        return sum(one.overdrawn for one in await self.store.totals(self.merchant))

    async def exceptions(self) -> dict[tuple[str, str, str], str]:
        """(kind, site, subject): the decision; empty while it is open."""
        if isinstance(self.store, MemoryStore):
            rows = self.store.merchants[self.merchant].exceptions
            return {key: row.decision for key, row in rows.items()}
        sql = "SELECT kind, site, subject, decision FROM exceptions WHERE merchant_id = $1"
        async with self.store.looking() as connection:
            found = await connection.fetch(sql, self.merchant)
        return {(row["kind"], row["site"], row["subject"]): row["decision"] for row in found}

    async def why(self, kind: str) -> list[str]:
        if isinstance(self.store, MemoryStore):
            rows = self.store.merchants[self.merchant].exceptions.items()
            return [row.why for key, row in rows if key[0] == kind]
        sql = "SELECT why FROM exceptions WHERE merchant_id = $1 AND kind = $2"
        async with self.store.looking() as connection:
            return [row["why"] for row in await connection.fetch(sql, self.merchant, kind)]

    async def seen(self, cause: Cause) -> str:
        """What a page would name of it."""
        async with self.store.turn(self.merchant, cause.site) as turn:
            noted = await turn.noted(cause)
        assert noted is not None
        return noted.seen

    async def decide(self, cause: Cause, words: str, by: str = "Chen") -> None:
        """As somebody who has just looked."""
        saw = await self.seen(cause)
        await close(self.exchange, self.merchant, cause, Decision(words=words, by=by), saw=saw)

    async def open_exceptions(self, kind: str) -> list[str]:
        found = (await self.exceptions()).items()
        return sorted(subject for (known, _, subject), decision in found if known == kind and not decision)


class Shop:
    def __init__(self, chain: Chain, name: str, instance: str) -> None:
        self.chain = chain
        self.name = SiteId(name)
        self.instance = instance
        self.ledger = MemoryLedger(self.name, instance)
        self.day = AT.business_day
        self.told: list[Numbered] = []
        self.acked_mark = self.fed_mark = self.edits_mark = ""

    def __getattr__(self, name: str) -> Any:
        """`shop.exchange`: what the chain has."""
        return getattr(self.chain, name)

    @property
    def me(self) -> dict[str, str]:
        return {"merchant": self.chain.merchant, "site": self.name, "instance": self.instance}

    # At the counter

    async def book(self, kind: Any, private: Private | None = None, **fields: Any) -> EntryId:
        at = replace(AT, business_day=self.day)
        command = kind(id=EntryId(self.chain.ids.new()), at=at, **fields)
        return (await self.ledger.submit(command, private)).command.id

    async def join(
        self, wallet: str, *coupons: str, member: str = "", vouchers: Sequence[str] = ()
    ) -> EntryId:
        opens = Opens(
            wallet=WalletId(wallet),
            member=MemberId(member or f"m-{wallet}"),
            card=None,
            commitment="",
            terms="1",
            channel="counter",
            recruiter=AT.operator,
            coupons=tuple(CouponGrant(coupon=one, kind="c3", face=300, threshold=0) for one in coupons),
            vouchers=tuple(Given(unit=f"voucher:{one}", amount=20_00) for one in vouchers),
        )
        return await self.book(BookJoin, Private(), opens=opens)

    async def recharge(self, wallet: str, principal: int, bonus: int = 0) -> EntryId:
        return await self.book(
            BookRecharge,
            wallet=WalletId(wallet),
            card=None,
            principal=principal,
            bonus=bonus,
            received=principal,
        )

    async def sell(
        self,
        wallet: str,
        due: int,
        *,
        floor: Floor | None = None,
        points: int = 0,
        cash: bool = False,
        coupon: str = "",
    ) -> EntryId:
        line = SaleLine(
            sku="A", name="Apple", category="fruit", quantity=1, unit_price=due, gross=due, net=due
        )
        return await self.book(
            BookSale,
            wallet=WalletId(wallet),
            card=None,
            lines=(line,),
            due=due,
            tenders=(Tender(kind=TenderKind.CASH if cash else TenderKind.STORED, amount=due),),
            received=due if cash else 0,
            points=(PointsEarned(family="goods", points=points),) if points else (),
            coupons_used=(coupon,) if coupon else (),
            floor=floor,
        )

    async def give_back(self, *wants: tuple[str, int]) -> EntryId:
        return await self.book(
            BookRightsBack, wants=tuple(Want(account=account, amount=amount) for account, amount in wants)
        )

    def holds(self, account: str) -> int:
        return next((n for one, n in self.ledger.balances.items() if one.name == account), 0)

    # With headquarters

    async def hello(self) -> Welcome:
        kept = self.acked_mark, self.fed_mark, self.edits_mark
        marks = tuple(mark for mark in kept if mark)
        welcome = await self.exchange.hello(Hello(**self.me, marks=marks))
        self.acked_mark = welcome.mark or self.acked_mark
        return welcome

    async def push(self, most: int = 200) -> Answer:
        welcome = await self.hello()
        answer = await self.exchange.push(await self.batch(welcome, most))
        if isinstance(answer, Ack):
            self.acked_mark = answer.mark
        return answer

    async def batch(self, welcome: Welcome, most: int = 200) -> Push:
        head, head_hash = await self.ledger.head()
        start = min(welcome.acked, head)
        links = await self.ledger.after(start, most)
        return Push(
            **self.me,
            hq_epoch=welcome.hq_epoch,
            epoch=await self.ledger.epoch(),
            nonce=welcome.nonce,
            start=start,
            before=(await self.ledger.hash_at(start)).hex(),
            bodies=tuple(link.body for link in links),
            after=(await self.ledger.hash_at(start + len(links))).hex(),
            head_seq=head,
            head_hash=head_hash.hex(),
            mark=self.fed_mark,
        )

    async def told_now(self) -> list[Numbered]:
        """What the feed holds beyond what was applied."""
        welcome = await self.hello()
        standing = self.ledger.standing()
        if standing.hq_epoch != welcome.hq_epoch:
            await self.ledger.stands(replace(standing, hq_epoch=welcome.hq_epoch))
        after = self.ledger.standing().fed
        fed = await self.exchange.feed(Feed(**self.me, hq_epoch=welcome.hq_epoch, after=after))
        self.fed_mark = fed.mark or self.fed_mark
        return [*fed.items]

    async def apply(self, *keeps: Want) -> list[Numbered]:
        items = await self.told_now()
        for item in items:
            hq_epoch = self.ledger.standing().hq_epoch
            if await self.ledger.applied(item.id):
                await self.ledger.passed(item.m)
                continue
            gone = (
                lapsing(item.directive, self.day, self.ledger)
                if isinstance(item.directive, Lapse)
                else NOBODY
            )
            await self.ledger.submit(
                BookDirective(
                    id=item.id,
                    at=replace(AT, business_day=self.day),
                    directed=Directed(hq_epoch=hq_epoch, m=item.m),
                    directive=item.directive,
                    keeps=keeps,
                    lapsed=gone.wallets,
                    erased=gone.erased,
                )
            )
        self.told += items
        return items

    async def sync(self) -> None:
        """Pushes all, applies all, and says so, until nothing is new; then both sides hold the same."""
        for _ in range(6):
            answer = await self.push()
            assert isinstance(answer, Ack), answer
            await self.chain.conserved()
            if not await self.apply() and answer.acked == (await self.ledger.head())[0]:
                break
        await self.chain.conserved()

    async def heal(self, epoch: int) -> None:
        """Takes headquarters' chain and books again what it lacks."""
        healing = await self.ledger.heal(epoch)
        while True:
            pulled = await self.exchange.pull(Pull(**self.me, hq_epoch=1, after=healing.seq))
            await healing.take(pulled.bodies)
            if healing.seq == pulled.acked:
                break
        await healing.finish(bytes.fromhex(pulled.head))

    async def ask(self, *wants: tuple[str, int], key: str | None = None, **more: Any) -> Asked:
        asked = await self.ask_only(*wants, key=key, **more)
        await self.chain.conserved()
        return asked

    async def ask_only(self, *wants: tuple[str, int], key: str | None = None, **more: Any) -> Asked:
        welcome = await self.hello()
        return await self.exchange.ask(
            Ask(
                **self.me,
                hq_epoch=welcome.hq_epoch,
                id=more.pop("ask", None) or EntryId(self.chain.ids.new()),
                wants=tuple(Want(account=account, amount=amount) for account, amount in wants),
                key=key,
                **more,
            )
        )

    async def profile(
        self,
        wallet: str,
        *keys: KeyToken,
        member: str = "",
        edit: str = "",
        turn: int = 0,
        since: int = 0,
        visitor: bool = False,
        greets: bool = True,
        named: bool = True,
    ) -> Profiled:
        hq_epoch = (await self.hello()).hq_epoch if greets else self.exchange.hq_epoch
        told = await self.exchange.profile(
            Profile(
                **self.me,
                hq_epoch=hq_epoch,
                edits=(
                    ProfileEdit(
                        id=EntryId(edit or self.chain.ids.new()),
                        turn=turn,
                        wallet=WalletId(wallet),
                        member=MemberId(member or f"m-{wallet}") if named else None,
                        since=since,
                        sealed=b"sealed",
                        keys=keys,
                        visitor=visitor,
                    ),
                ),
                mark=self.edits_mark,
            )
        )
        self.edits_mark = told.mark or self.edits_mark
        await self.chain.conserved()
        return told
