"""Two shops and the real rules of headquarters: a member of one is known and pays in the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from os import urandom
from typing import Any

import msgspec
import pytest

from hq.boxes import Boxes
from hq.conservation import astray
from hq.exchange import Exchange
from hq.giving import Pace
from hq.lapsing import Lapser, Looked, keep_for
from hq.left import left
from hq.memory import MemoryStore
from hq.refusal import RequestRefused
from hq.sets import SetMaker
from terminal.core.accounts import debt, named
from terminal.core.batches import Chosen, batch_of, numbers
from terminal.core.commands import (
    BookCard,
    BookCardState,
    BookIssue,
    BookJoin,
    BookPin,
    BookRefund,
    CardState,
    Grant,
    Private,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.errors import (
    CardExpired,
    CardLost,
    CardNew,
    CardNotUsable,
    CardReplaced,
    InsufficientFunds,
    ValueElsewhere,
)
from terminal.core.policy import Policy
from terminal.core.retention import Retention
from terminal.core.rights import Floor, Want
from terminal.core.times import made_ms
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.core.visit import stored_wants
from terminal.core.wire.journal import Hello, Pull, Push
from terminal.core.wire.left import LEFT_PATH, AskLeft
from terminal.core.wire.people import Known, Profile, profile_about
from terminal.core.wire.problem import Problem
from terminal.core.wire.rights import Ask, Feed
from terminal.core.wire.sets import Blob
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.expiring import Expiring
from terminal.runtime.box import box_public, opened
from terminal.runtime.ids import Uuid7
from terminal.store.memory import MemoryLedger
from terminal.uplink.courier import Reply, Unreachable
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Who
from terminal.uplink.uplink import Outside, Site, Uplink
from tests.desk.fakes import ManualTime
from tests.hq.shop import Hand
from tests.store.facts import AT, an_id, issue, opens, recharge, sale, transfer
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY
from tests.uplink.test_feed import CARD1

TOKEN_KEY = bytes(32)
PATHS: dict[str, tuple[type[Any], str]] = {
    "/v1/hello": (Hello, "hello"),
    "/v1/push": (Push, "push"),
    "/v1/pull": (Pull, "pull"),
    "/v1/feed": (Feed, "feed"),
    "/v1/ask": (Ask, "ask"),
    LEFT_PATH: (AskLeft, "left"),
    "/v1/profile": (Profile, "profile"),
    "/v1/blob": (Blob, "blob"),
}


class Company:
    """Headquarters in this process, and its shops."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock, self.nonces = Hand(), count(1)
        self.down: set[str] = set()
        self.exchange = Exchange(
            self.store,
            self.clock,
            hq_epoch=1,
            new_nonce=lambda: f"n{next(self.nonces)}",
            ids=Uuid7(self.clock, urandom),
            boxes=Boxes(OneKey(), OneKey(), urandom),
        )
        self.maker = SetMaker(self.exchange, Boxes(OneKey(), OneKey(), urandom), Pace(every_ms=0))

    async def hands_out(self, *shops: Shop) -> None:
        """Data sets, until those shops read members and cards by them."""
        async with asyncio.timeout(60):
            while any({*shop.ledger.standing().sets} < {"cards", "members"} for shop in shops):
                await self.maker.round()
                await _soon(0)


class OneKey:
    """Headquarters' own box key, and the one that all machines of this test have."""

    def opened(self, box: bytes, about: bytes) -> bytes:
        return opened(HQ_BOX_KEY, box, about=about)

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        del merchant
        return box_public(BOX_KEY) if instance == f"machine-{site}" else None


class Road:
    """The `Courier` of one shop."""

    def __init__(self, company: Company, site: str) -> None:
        self._company, self._site = company, site

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        del bytes_max, wait_s
        await asyncio.sleep(0)
        if self._site in self._company.down:
            raise Unreachable("down")
        form, call = PATHS[path]
        try:
            question = msgspec.json.decode(body, type=form)
            exchange = self._company.exchange
            answer = await (left(exchange, question) if call == "left" else getattr(exchange, call)(question))
        except RequestRefused as refusal:
            problem = Problem(code=refusal.code, why=str(refusal))
            return Reply(status=409, body=msgspec.json.encode(problem))
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        return Reply(status=200, body=body)

    async def close(self) -> None:
        """Nothing is open."""


class Shop:
    def __init__(self, company: Company, name: str) -> None:
        self.clock, self.ids = ManualTime(), Uuid7(Hand(), urandom)
        self.ledger = MemoryLedger(SiteId(name), f"machine-{name}", TOKEN_KEY)
        ledger: Any = self.ledger
        self.uplink = Uplink(
            Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
            Settings(heartbeat_s=1, visit_s=60),
            Who(merchant="m", site=SiteId(name), instance=f"machine-{name}"),
            Outside(
                courier=Road(company, name),
                clock=self.clock,
                ids=self.ids,
                random=urandom,
                occasion=lambda: AT,
                box_key=lambda: BOX_KEY,
                hq_box_key=lambda: box_public(HQ_BOX_KEY),
                sleep=_soon,
            ),
        )
        self.today = AT
        self.desk = Elsewhere(ledger.books, ledger.committer, self.ids, lambda: self.today, Policy())
        self.desk.asking = self.uplink.asker

    def heard(self, company: Company) -> bool:
        """Whether headquarters has heard of this shop by its clock of now."""
        row = company.store.merchants["m"].sites[self.ledger.site]
        return row.seen_ms == company.clock.now_ms

    async def hears(self, company: Company) -> None:
        """All that headquarters directed."""
        async with asyncio.timeout(60):
            while any(
                row.applied_seq is None
                for (site, _, _), row in company.store.merchants["m"].feed.items()
                if site == self.ledger.site
            ):
                await _soon(0)

    async def level(self) -> None:
        """Headquarters has everything, people too."""
        async with asyncio.timeout(60):
            while self.ledger.outbox.waiting() or await self.ledger.link.edits(1):
                await _soon(0)


async def _soon(_: float) -> None:
    await asyncio.sleep(0.002)


@pytest.fixture
async def company() -> Company:
    return Company()


@asynccontextmanager
async def open_shops(company: Company, *names: str) -> AsyncGenerator[list[Shop], None]:
    shops = [Shop(company, name) for name in names]
    async with AsyncExitStack() as stack:
        for shop in shops:
            running = asyncio.create_task(shop.uplink.run())
            stack.callback(running.cancel)
            async with asyncio.timeout(60):
                await shop.uplink.forwarder.greeted.wait()
        yield shops


async def test_a_member_of_one_shop_is_known_and_pays_in_another(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        holder = await away.desk.holder(CARD1)
        assert holder is not None
        assert (holder.wallet, holder.spendable) == ("w1", 0)
        usable = await away.desk.bring(CARD1, holder, stored_wants(holder, 120_00))
        assert usable.floor is None
        for _ in range(200):  # Home must release it first.
            if usable.holder.principal >= 120_00:
                break
            usable = await away.desk.bring(CARD1, holder, stored_wants(holder, 120_00))
        await away.ledger.submit(sale(10, 120_00, number=1, stored=120_00))
        await away.level()
        await home.level()
        assert astray(await company.store.totals("m")) == []
        left = (await home.ledger.holder(CARD1)).principal + (await away.ledger.holder(CARD1)).principal
        assert left <= 380_00


async def test_a_voucher_whose_gift_was_taken_back_pays_no_more_where_it_comes_back(company: Company) -> None:
    """Headquarters asks for it while the counter still keeps it for who is there: it goes after them."""
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        gift = Grant(unit="voucher:v", amount=20_00)
        await home.ledger.submit(msgspec.structs.replace(sale(3, 200_00, number=1), vouchers=(gift,)))
        await home.level()
        voucher = Want(account="wallet:w1:voucher:v", amount=20_00)
        await brought_there(away, voucher)
        paid = Tender(kind=TenderKind.VOUCHER, amount=20_00, of="v")
        bill = msgspec.structs.replace(sale(30, 20_00, number=1), tenders=(paid,), received=0)
        await away.ledger.submit(bill)
        await away.level()
        await home.ledger.submit(back(40, of=3, net=200_00))
        await home.level()
        await away.ledger.submit(back(41, of=30, net=20_00))
        await away.level()
        await away.hears(company)
        assert away.ledger.balances[named(voucher.account)] == 20_00
        await away.clock.pass_s(121)
        async with asyncio.timeout(60):
            while away.ledger.balances[named(voucher.account)]:
                await _soon(0)
        await away.level()
        again = msgspec.structs.replace(bill, id=an_id(50))
        with pytest.raises(InsufficientFunds):
            await away.ledger.submit(again)
        pool = company.store.merchants["m"].pool
        assert pool[voucher.account].balance == 0
        (of_voucher,) = [one for one in await company.store.totals("m") if one.account == voucher.account]
        assert of_voucher.settled == 20_00
        assert astray(await company.store.totals("m")) == []
        await home.hears(company)
        await home.level()
        assert home.ledger.balances[debt(named(voucher.account))] == 0
        assert pool["wallet:w1:debt:voucher:v"].balance == 0
        assert astray(await company.store.totals("m")) == []


async def test_a_shop_that_is_cut_off_owes_the_rest_of_a_voucher_until_it_hears_that_it_ended(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        gift = Grant(unit="voucher:v", amount=50_00)
        await home.ledger.submit(msgspec.structs.replace(sale(3, 100_00, number=1), vouchers=(gift,)))
        await home.level()
        voucher = Want(account="wallet:w1:voucher:v", amount=50_00)
        await brought_there(away, voucher)
        await home.level()
        company.down.add("S1")
        paid = Tender(kind=TenderKind.VOUCHER, amount=8_00, of="v")
        bill = msgspec.structs.replace(sale(30, 8_00, number=1), tenders=(paid,), received=0)
        await home.ledger.submit(back(40, of=3, net=100_00))
        owed = debt(named(voucher.account))
        assert home.ledger.balances[owed] == -50_00
        await away.ledger.submit(bill)
        await away.level()
        company.down.discard("S1")
        async with asyncio.timeout(60):
            while home.ledger.balances[owed] != -8_00:
                await _soon(0)
        await home.level()
        await away.ledger.submit(back(41, of=30, net=8_00))
        await away.level()
        async with asyncio.timeout(60):
            while home.ledger.balances[owed]:
                await away.clock.pass_s(121)
                await _soon(0)
        await home.level()
        totals = await company.store.totals("m")
        assert astray(totals) == []
        assert [one.settled for one in totals if one.account == voucher.account] == [8_00]


async def test_a_shop_of_a_chain_settles_uses_that_are_owed_for_who_was_brought_from_the_next(
    company: Company,
) -> None:
    """Buying and bringing back in turn gives no second use, also where the first was used at another shop."""
    async with open_shops(company, "S1", "S2") as (home, away):
        brings = msgspec.structs.replace(opens(1, member=True), card=CardId("c1"))
        brought = msgspec.structs.replace(opens(2, member=True), introduced_by=WalletId("w1"))
        keyed = Private(credentials=(CARD1,))
        await home.ledger.submit(BookJoin(id=an_id(1), at=AT, opens=brings), keyed)
        await home.ledger.submit(BookJoin(id=an_id(2), at=AT, opens=brought), Private())
        free = Grant(unit="count:F02-free", amount=1, until="2026-12-24")
        bought = msgspec.structs.replace(sale(3, 200_00, number=2), card=None, bringer=(free,))
        await home.ledger.submit(bought)
        await home.level()
        uses = named("wallet:w1:count:F02-free")
        await brought_there(away, Want(account=uses.name, amount=1))
        used = Tender(kind=TenderKind.USES, amount=20_00, of=free.unit, units=1)
        await away.ledger.submit(
            msgspec.structs.replace(sale(30, 20_00, number=1), tenders=(used,), received=0)
        )
        await away.level()
        await home.ledger.submit(back(40, of=3, net=200_00))
        assert home.ledger.balances[debt(uses)] == -1
        await home.ledger.submit(msgspec.structs.replace(bought, id=an_id(5)))
        assert (home.ledger.balances[uses], home.ledger.balances[debt(uses)]) == (0, 0)
        await home.level()
        assert astray(await company.store.totals("m")) == []


async def test_uses_of_a_sale_that_is_brought_back_at_another_shop_go_from_the_first_to_headquarters(
    company: Company,
) -> None:
    """Owed at the other shop, and as many given at the first: there they pay no more."""
    async with open_shops(company, "S1", "S2") as (home, away):
        brings = msgspec.structs.replace(opens(1, member=True), card=CardId("c1"))
        brought = msgspec.structs.replace(opens(2, member=True), introduced_by=WalletId("w1"))
        await home.ledger.submit(BookJoin(id=an_id(1), at=AT, opens=brings), Private(credentials=(CARD1,)))
        await home.ledger.submit(BookJoin(id=an_id(2), at=AT, opens=brought), Private())
        free = Grant(unit="count:F02-free", amount=1, until="2026-12-24")
        bought = msgspec.structs.replace(sale(3, 200_00, number=2), card=None, bringer=(free,))
        await home.ledger.submit(bought)
        await home.level()
        async with asyncio.timeout(60):
            while away.ledger.entry(bought.id) is None:  # The other shop must release it first.
                await away.desk.bring_sale(bought.id)
                await _soon(0)
        await away.ledger.submit(back(40, of=3, net=200_00))
        uses = named("wallet:w1:count:F02-free")
        assert away.ledger.balances[debt(uses)] == -1
        await away.level()
        async with asyncio.timeout(60):
            while home.ledger.balances[uses]:
                await _soon(0)
        await home.level()
        pool = company.store.merchants["m"].pool
        assert pool[uses.name].balance == 1
        used = Tender(kind=TenderKind.USES, amount=20_00, of=free.unit, units=1)
        bill = msgspec.structs.replace(sale(30, 20_00, number=1), tenders=(used,), received=0)
        with pytest.raises(InsufficientFunds):
            await home.ledger.submit(bill)
        holder = await home.desk.holder(CARD1)
        assert holder is not None
        await home.desk.bring(CARD1, holder, (Want(account=uses.name, amount=1),))
        await home.hears(company)
        assert home.ledger.balances[uses] == 0
        assert astray(await company.store.totals("m")) == []


async def brought_there(shop: Shop, want: Want) -> None:
    """Another shop must release it first."""
    holder = await shop.desk.holder(CARD1)
    assert holder is not None
    async with asyncio.timeout(60):
        while shop.ledger.balances[named(want.account)] < want.amount:
            await shop.desk.bring(CARD1, holder, (want,))


def back(n: int, *, of: int, net: int) -> BookRefund:
    return BookRefund(id=an_id(n), at=AT, of=an_id(of), returned=(Returned(line=0, net=net),), why="x")


async def test_cut_off_it_pays_as_far_as_the_floor_and_headquarters_covers_it_later(
    company: Company,
) -> None:
    signed = msgspec.structs.replace(CARD1, trust=Trust.SIGNED)
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        holder = await away.desk.holder(CARD1)
        assert holder is not None
        await away.level()
        company.down.add("S2")
        async with asyncio.timeout(60):
            while away.uplink.forwarder.greeted.is_set():
                await away.ledger.submit(sale(int(urandom(2).hex(), 16) + 1000, 1))
                await _soon(0)
        usable = await away.desk.bring(signed, holder, stored_wants(holder, 30_00))
        assert usable.floor == Floor(wallet=30_00, site=1_000_00)
        floored = msgspec.structs.replace(sale(11, 30_00, number=1, stored=30_00), floor=usable.floor)
        await away.ledger.submit(floored)
        with pytest.raises(InsufficientFunds):
            await away.ledger.submit(msgspec.structs.replace(floored, id=an_id(12)))
        company.down.clear()
        async with asyncio.timeout(60):
            while away.ledger.open_overdraft():
                await _soon(0)
        assert astray(await company.store.totals("m")) == []


async def test_what_is_on_a_card_of_which_headquarters_has_not_heard_is_all_that_it_pays(
    company: Company,
) -> None:
    signed = msgspec.structs.replace(CARD1, trust=Trust.SIGNED)
    async with open_shops(company, "S1") as (home,):
        company.down.add("S1")
        await home.ledger.submit(*issue(1))
        await home.ledger.submit(recharge(2, principal=10_00))
        async with asyncio.timeout(60):
            while home.uplink.forwarder.greeted.is_set():
                await home.ledger.submit(sale(int(urandom(2).hex(), 16) + 1000, 1))
                await _soon(0)
        holder = await home.desk.holder(CARD1)
        assert holder is not None
        new = await home.desk.bring(signed, holder, stored_wants(holder, 30_00))
        assert new.floor == Floor(wallet=0, site=0)
        company.down.clear()
        await home.level()
        company.down.add("S1")
        async with asyncio.timeout(60):
            while home.uplink.forwarder.greeted.is_set():
                await home.ledger.submit(sale(int(urandom(2).hex(), 16) + 100_000, 1))
                await _soon(0)
        known = await home.desk.bring(signed, holder, stored_wants(holder, 30_00))
        assert known.floor == Floor(wallet=30_00, site=1_000_00)


def issued_to_a_member() -> tuple[BookIssue, Private]:
    issued, private = issue(1)
    opens = msgspec.structs.replace(issued.opens, member=MemberId("m1"))
    named = msgspec.structs.replace(private, name="Wang Xiaoming", phone="19000000301")
    return msgspec.structs.replace(issued, opens=opens), named


async def test_a_member_of_another_shop_is_known_by_asking_and_then_by_the_set_alone(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        asked = await away.desk.holder(CARD1)
        assert asked is not None
        await away.level()
        await company.hands_out(away)
        row = await away.ledger.sets.by_token(
            away.ledger.standing().sets["members"], away.ledger.token(CARD1)
        )
        assert row is not None
        assert (row.wallet, row.known.name) == ("w1", "Wang Xiaoming")
        async with open_shops(company, "S3") as (new,):
            await company.hands_out(new)
            company.down.add("S3")
            holder = await new.ledger.holder(CARD1)
            assert holder is not None
            assert (holder.wallet, holder.member, holder.guest) == ("w1", "m1", True)


async def test_a_visitor_is_known_with_the_time_at_which_their_wallet_was_given_to_them(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issued_to_a_member())
        phone = Credential(medium=Medium.PHONE, number="19000000909")
        to = Private(name="Li Si", phone=phone.number, credentials=(phone,))
        given = transfer(5)
        await home.ledger.submit(given, to)
        await home.level()
        asked = await away.desk.holder(phone)
        assert asked is not None
        known = await away.ledger.ask(lambda state: state.wallet(asked.wallet))
        assert known is not None
        assert (asked.wallet, known.member, known.given) == ("w1", given.to, made_ms(given.id))


async def boxed(shop: Shop) -> None:
    """That shop issues the number of `CARD1`, and hands it out to nobody."""
    issued, _ = issue(9, 9)
    new = msgspec.structs.replace(issued.opens, new=True)
    await shop.ledger.submit(msgspec.structs.replace(issued, opens=new), Private(credentials=(CARD1,)))


async def state_of(shop: Shop, card: str) -> CardState | None:
    known = await shop.ledger.ask(lambda state: state.card(CardId(card)))
    return known.state if known else None


async def test_a_number_in_the_box_of_one_shop_gives_way_to_a_member_of_another(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (boxes, home):
        await boxed(boxes)
        for asked in (boxes.desk.holder(CARD1), boxes.ledger.holder(CARD1)):
            with pytest.raises(CardNew):
                await asked
        held = await boxes.desk.cards_held(CARD1)
        assert held is not None
        assert held.presented is not None
        assert (held.presented.card, held.presented.state) == ("c9", CardState.NEW)
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        holder = await boxes.desk.holder(CARD1)
        assert holder is not None
        assert (holder.wallet, holder.member, holder.card) == ("w1", "m1", "c1")
        assert (await state_of(boxes, "c9"), await state_of(boxes, "c1")) == ("cancelled", "active")
        await boxes.level()
        company.down.add("S1")
        again = await boxes.desk.holder(CARD1)
        assert again is not None
        assert (again.wallet, again.card, again.guest) == ("w1", "c1", False)
        await boxes.ledger.submit(sale(10, 1_00, number=1))


async def test_a_card_out_of_the_box_is_not_put_to_use_where_a_member_of_another_shop_has_its_number(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (boxes, home):
        await boxed(boxes)
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        held = await boxes.desk.cards_held(CARD1)
        assert held is not None
        assert (held.holder.wallet, [one.card for one in held.cards], held.visitor) == ("w1", ["c1"], True)
        assert await state_of(boxes, "c9") == "cancelled"


async def test_a_number_that_was_issued_after_its_visitor_was_here_gives_way_too(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (boxes, home):
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        assert await boxes.desk.holder(CARD1) is not None
        await boxed(boxes)
        holder = await boxes.desk.holder(CARD1)
        assert holder is not None
        assert (holder.wallet, await state_of(boxes, "c9")) == ("w1", "cancelled")
        assert not (await boxes.ledger.holder(CARD1)).guest


async def test_a_number_in_the_box_is_a_member_s_whom_a_data_set_names_also_when_cut_off(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (boxes, home):
        await boxed(boxes)
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        await company.hands_out(boxes)
        company.down.add("S1")
        holder = await boxes.desk.holder(CARD1)
        assert holder is not None
        assert (holder.wallet, await state_of(boxes, "c9")) == ("w1", "cancelled")


async def test_a_number_in_the_box_that_a_member_of_another_shop_reported_lost_is_refused(
    company: Company,
) -> None:
    async with open_shops(company, "S1", "S2") as (boxes, home):
        await boxed(boxes)
        await home.ledger.submit(*issued_to_a_member())
        lost = BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=CardState.LOST)
        await home.ledger.submit(lost)
        await home.level()
        for asked in (boxes.desk.holder(CARD1), boxes.desk.cards_held(CARD1)):
            with pytest.raises(CardLost):
                await asked
        assert await state_of(boxes, "c9") == "new"


async def test_a_card_that_was_reported_lost_is_refused_in_a_shop_that_is_new_and_cut_off(
    company: Company,
) -> None:
    async with open_shops(company, "S1") as (home,):
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        await home.ledger.submit(BookCardState(id=an_id(2), at=AT, card=CardId("c1"), state=CardState.LOST))
        await home.level()
        async with open_shops(company, "S2") as (new,):
            await company.hands_out(new)
            company.down.add("S2")
            with pytest.raises(CardLost):
                await new.desk.holder(CARD1)


LAST, AFTER, ANEW = "2029-11-24", "2029-11-25", "2032-11-25"


async def expires(shop: Shop, day: str) -> int:
    """What a shop does once a day, on that day."""
    at = msgspec.structs.replace(AT, business_day=day)
    ledger: Any = shop.ledger
    return await Expiring(ledger.books, ledger.committer, shop.ids, lambda _: at, _soon).round(day)


async def stands(shop: Shop, state: CardState) -> None:
    async with asyncio.timeout(60):
        while shop.ledger.cards[CardId("c1")].state is not state:
            await _soon(0)


async def test_an_unnamed_card_past_its_last_day_pays_nowhere_until_it_is_renewed_anywhere(
    company: Company,
) -> None:
    issued, private = issue(1)
    issued = msgspec.structs.replace(issued, opens=msgspec.structs.replace(issued.opens, until=LAST))
    after = msgspec.structs.replace(AT, business_day=AFTER)
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await home.ledger.submit(issued, private)
        await home.level()
        assert await away.desk.holder(CARD1) is not None
        assert await expires(home, LAST) == 0
        assert await expires(home, AFTER) == 1
        await home.level()
        with pytest.raises(CardExpired):
            await third.desk.holder(CARD1)
        await stands(away, CardState.EXPIRED)
        with pytest.raises(CardExpired):
            await away.desk.holder(CARD1)
        anew = BookCardState(id=an_id(9), at=after, card=CardId("c1"), state=CardState.ACTIVE, until=ANEW)
        await away.ledger.submit(anew)
        await away.level()
        await stands(home, CardState.ACTIVE)
        assert [await expires(shop, ANEW) for shop in (home, away)] == [0, 0]
        for shop in (home, away, third):
            shop.today = msgspec.structs.replace(AT, business_day=ANEW)
            assert await shop.desk.holder(CARD1) is not None
        assert [await expires(shop, "2032-11-26") for shop in (home, away)] == [0, 1]
        await away.level()
        await stands(home, CardState.EXPIRED)


async def test_a_card_that_got_its_name_at_another_shop_never_ends_also_where_it_was_handed_out(
    company: Company,
) -> None:
    issued, private = issue(1)
    issued = msgspec.structs.replace(issued, opens=msgspec.structs.replace(issued.opens, until=LAST))
    async with open_shops(company, "S2") as (away,):
        async with open_shops(company, "S1") as (home,):
            await home.ledger.submit(issued, private)
            await home.level()
            assert await away.desk.holder(CARD1) is not None
        await away.ledger.submit(transfer(8), Private(name="Li Si", phone="19000000302"))
        await away.level()
        assert await expires(home, AFTER) == 1  # It is cut off, and has not heard of it.
        running = asyncio.create_task(home.uplink.run())
        await home.level()
        await stands(home, CardState.ACTIVE)
        await home.hears(company)
        assert await expires(home, ANEW) == 0
        for shop in (home, away):
            shop.today = msgspec.structs.replace(AT, business_day=ANEW)
            assert await shop.desk.holder(CARD1) is not None
        running.cancel()


DAY_MS = 86_400_000
TOLD = (("document", "110101199003070011"), ("birthday", "1990-08-30"))


async def lapses(company: Company, *shops: Shop) -> Looked:
    """What headquarters does every hour, and until those shops have heard it and said so."""
    async with asyncio.timeout(60):
        while not (looked := await lapser(company).round("m", tell=False)).upto:
            await company.maker.round()
            await _soon(0)
    looked = await lapser(company).round("m")
    for shop in shops:
        await shop.hears(company)
    return looked


def lapser(company: Company) -> Lapser:
    return Lapser(company.exchange, Boxes(OneKey(), OneKey(), urandom), box_public(HQ_BOX_KEY))


def day_of(company: Company) -> str:
    return datetime.fromtimestamp(company.clock.now_ms / 1000, UTC).date().isoformat()


async def told_here(shop: Shop) -> list[str] | None:
    kept = await shop.ledger.kept_of(MemberId("m1"))
    return None if kept is None else [what for what, _ in kept.private.told]


@pytest.fixture
async def chain(company: Company) -> AsyncGenerator[tuple[Shop, Shop], None]:
    """A member of the first shop, who told it what it asked, and was once in the second."""
    days = Retention(document=20, health=20, notes=20, services=20, member=30)
    async with open_shops(company, "S1", "S2") as (home, away):
        await keep_for(company.exchange, "m", days, by="Chen")
        issued, private = issued_to_a_member()
        at = msgspec.structs.replace(AT, business_day=day_of(company))
        private = msgspec.structs.replace(private, told=TOLD)
        await home.ledger.submit(msgspec.structs.replace(issued, at=at), private)
        await home.level()
        away.today = at
        assert await away.desk.holder(CARD1) is not None
        await away.level()
        await company.maker.round()
        await lapser(company).round("m")
        yield home, away


async def later(company: Company, days: int, *shops: Shop) -> None:
    company.clock.now_ms += days * DAY_MS
    async with asyncio.timeout(60):
        while any(not shop.heard(company) for shop in shops):
            await _soon(0)


async def test_what_a_member_told_goes_at_every_shop_and_at_headquarters_and_then_the_member(
    company: Company, chain: tuple[Shop, Shop]
) -> None:
    home, away = chain
    await later(company, 22, home, away)
    assert (await lapses(company, home, away)).said == {"document": 1, "health": 1, "notes": 1, "services": 1}
    assert await told_here(home) == ["birthday"]
    await home.level()
    profile = company.store.merchants["m"].profiles["w1"]
    about = profile_about(profile.id, profile.wallet)
    known = msgspec.json.decode(opened(HQ_BOX_KEY, profile.sealed, about=about), type=Known)
    assert (known.name, known.told) == ("Wang Xiaoming", TOLD[1:])
    await later(company, 10, home, away)
    assert (await lapses(company, home, away)).said == {"member": 1}
    await home.level()
    assert await told_here(home) is None
    books = company.store.merchants["m"]
    assert (books.profiles["w1"].sealed, [*books.keys]) == (b"", [])
    async with asyncio.timeout(60):  # Until the next set is there; who was asked for once is kept no more.
        while await away.desk.holder(CARD1) is not None:
            await company.maker.round()
            await _soon(0)
    company.down.add("S2")
    assert await away.desk.holder(CARD1) is None
    assert (await lapser(company).round("m")).said == {}


async def test_who_was_in_another_shop_within_the_days_is_forgotten_by_none(
    company: Company, chain: tuple[Shop, Shop]
) -> None:
    home, away = chain
    await later(company, 20, home, away)
    at = msgspec.structs.replace(AT, business_day=day_of(company))
    bought = msgspec.structs.replace(sale(10, 5_00, number=1), at=at)
    await away.ledger.submit(bought)
    await away.level()
    await later(company, 15, home, away)
    assert (await lapses(company, home, away)).said == {}
    assert await told_here(home) == ["document", "birthday"]


async def test_weeks_without_a_shop_only_delay_it(company: Company, chain: tuple[Shop, Shop]) -> None:
    home, away = chain
    company.down.add("S2")
    await later(company, 60, home)
    looked = await lapses(company, home)
    assert (looked.said, looked.silent) == ({}, ("S2",))
    assert await told_here(home) == ["document", "birthday"]
    company.down.clear()
    await later(company, 1, home, away)
    assert (await lapses(company, home, away)).said["member"] == 1
    await home.level()
    assert await told_here(home) is None


async def test_who_comes_while_it_is_on_its_way_is_left_alone_there(
    company: Company, chain: tuple[Shop, Shop]
) -> None:
    home, away = chain
    await later(company, 40, home, away)
    company.down.add("S1")
    await lapses(company, away)
    at = msgspec.structs.replace(AT, business_day=day_of(company))
    await home.ledger.submit(msgspec.structs.replace(recharge(20, principal=5_00), at=at))
    company.down.clear()
    await home.hears(company)
    await home.level()
    assert await told_here(home) == ["document", "birthday"]
    assert company.store.merchants["m"].profiles["w1"].sealed
    holder = await away.desk.holder(CARD1)
    assert holder is not None
    assert holder.member == "m1"
    assert (await lapser(company).round("m")).holding == ()


async def test_a_visitor_who_gets_a_card_or_chooses_a_pin_is_known_on_by_name(company: Company) -> None:
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(*issued_to_a_member())
        await home.level()
        assert await away.desk.holder(CARD1) is not None
        more = msgspec.structs.replace(CARD1, number="0A00BC0077")
        card = BookCard(id=an_id(77), at=AT, wallet=WalletId("w1"), card=CardId("c77"))
        await away.ledger.submit(card, Private(credentials=(more,)))
        pin = BookPin(id=an_id(78), at=AT, wallet=WalletId("w1"))
        await away.ledger.submit(pin, Private(pin="verifier"))
        await away.level()
        async with open_shops(company, "S3") as (third,):
            for credential in (CARD1, more):
                holder = await third.desk.holder(credential)
                assert holder is not None
                assert (holder.wallet, holder.name_shown) == ("w1", "W************")


@pytest.mark.parametrize("numbered", [True, False])
async def test_what_a_member_has_elsewhere_headquarters_is_asked_for(
    company: Company, *, numbered: bool
) -> None:
    """Their card is left out where something lies anywhere, and where nobody says that nothing does."""
    chosen = Chosen(numbers=numbers("PT0001-PT0009")) if numbered else Chosen()
    key = Credential(medium=Medium.CODE, number="MC-PT0001")
    issued, private = issued_to_a_member()
    async with open_shops(company, "S1", "S2") as (home, away):
        await home.ledger.submit(issued, msgspec.structs.replace(private, credentials=(key,)))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        assert await away.desk.holder(key) is not None
        await away.level()
        (here,) = await home.desk.left_on(await home.ledger.accounts(chosen))
        (there,) = await away.desk.left_on(await away.ledger.accounts(Chosen()))
        assert [(one.partly, one.known, one.worth, one.fen) for one in (here, there)] == [
            (False, True, True, 500_00),
            (False, True, True, 500_00),
        ]
        company.down |= {"S1", "S2"}
        (here,) = await home.desk.left_on(await home.ledger.accounts(chosen))
        (there,) = await away.desk.left_on(await away.ledger.accounts(Chosen()))
        lies = home.ledger.balances[named("wallet:w1:principal")]
        assert [(one.partly, one.known, one.worth, one.fen) for one in (here, there)] == [
            (True, True, True, lies),
            (True, False, True, 0),
        ]


async def test_a_member_s_card_with_nothing_anywhere_goes_unless_a_shop_is_silent(company: Company) -> None:
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await home.ledger.submit(*issued_to_a_member())
        for shop in (home, away, third):
            await shop.level()
        assert await away.desk.holder(CARD1) is not None
        await away.level()
        (there,) = batch_of(await away.desk.left_on(await away.ledger.accounts(Chosen()))).cancels
        assert (there.card, there.known, there.ends) == ("c1", True, ())
        company.down.add("S3")
        company.clock.now_ms += 61_000
        async with asyncio.timeout(60):
            while not (home.heard(company) and away.heard(company)):
                await _soon(0)
        batch = batch_of(await away.desk.left_on(await away.ledger.accounts(Chosen())))
        assert (batch.cancels, batch.partly, batch.of_headquarters) == ((), 1, 0)


@pytest.mark.parametrize("numbered", [True, False])
async def test_no_shop_of_a_chain_cancels_a_card_that_alone_leads_to_value_elsewhere(
    company: Company, *, numbered: bool
) -> None:
    chosen = Chosen(numbers=numbers("PT0001-PT0009")) if numbered else Chosen()
    key = Credential(medium=Medium.CODE, number="MC-PT0001")
    issued, _ = issue(1)
    issued = msgspec.structs.replace(issued, opens=msgspec.structs.replace(issued.opens, member=None))
    async with open_shops(company, "S1", "S2") as (home, away):
        assert not any(one.elsewhere for one in await home.ledger.accounts(chosen))
        await home.ledger.submit(issued, Private(credentials=(key,)))
        await home.ledger.submit(recharge(2, principal=500_00))
        await home.level()
        assert await away.desk.holder(key) is not None
        (here,) = await home.ledger.accounts(chosen)
        assert (here.elsewhere, here.partly) == (True, False)
        (there,) = await away.ledger.accounts(Chosen())
        assert (there.left, there.elsewhere, there.worth, there.partly) == ((), True, True, False)
        assert batch_of([there]).cancels == ()
        with pytest.raises(ValueElsewhere):
            await away.ledger.submit(
                BookCardState(id=an_id(40), at=AT, card=there.card, state=CardState.CANCELLED)
            )
        await away.level()
        held = await home.desk.holder(key)
        assert held is not None
        assert held.principal >= 300_00


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("by_phone", [True, False])
async def test_no_card_of_whoever_gave_a_membership_away_pays_anywhere(
    company: Company, *, by_phone: bool, late: bool
) -> None:
    """Another shop gave it out: cut off, or of a membership whose phone alone is known where it goes."""
    phones = [Credential(medium=Medium.PHONE, number=f"1900000030{number}") for number in (1, 2)]
    more = msgspec.structs.replace(CARD1, number="0A00BC0077")
    issued, _ = issued_to_a_member()
    if by_phone:
        issued = msgspec.structs.replace(issued, opens=msgspec.structs.replace(issued.opens, card=None))
    keys = (phones[0],) if by_phone else (phones[0], CARD1)
    async with open_shops(company, "S1", "S2", "S3") as (home, away, third):
        await home.ledger.submit(issued, Private(name="Wang", phone=phones[0].number, credentials=keys))
        await home.level()
        assert await away.desk.holder(phones[0]) is not None
        await away.level()
        if late:
            company.down.add("S2")
        card = BookCard(id=an_id(77), at=AT, wallet=WalletId("w1"), card=CardId("c77"))
        await away.ledger.submit(card, Private(credentials=(more,)))
        if not late:
            await away.level()
        private = Private(name="Li Si", phone=phones[1].number, credentials=(phones[1],))
        await home.ledger.submit(transfer(8), private)
        await home.level()
        company.down.clear()
        await away.level()
        for shop in (home, away, third):
            await shop.hears(company)
        if late:  # Which it tells first is chance: then it says so itself, or is told so.
            with suppress(CardReplaced):
                assert await away.desk.holder(more) is None
        else:
            with pytest.raises(CardReplaced):
                await away.desk.holder(more)
        with suppress(CardNotUsable):  # Where headquarters heard of its number.
            assert await third.desk.holder(more) is None
        holder = await third.desk.holder(phones[1])
        assert holder is not None
        assert (holder.wallet, holder.name_shown) == ("w1", "L****")
        if not by_phone:
            assert await third.desk.holder(CARD1) is not None
