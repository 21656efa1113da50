"""What headquarters directs is applied in its order, each once, and what cannot be yet waits."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookHold,
    BookMerge,
    BookRechargeRefund,
    BookRelease,
    CardState,
    ClockTrust,
    RechargeRefundReason,
)
from terminal.core.directives import Activate, CardStanding, GivenAway, Grant, Merge, Release
from terminal.core.errors import CardLost, LedgerClosed, PartElsewhere
from terminal.core.ledger import merging
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.core.visit import LeftThere
from terminal.core.wire.left import Left, LeftOn
from terminal.core.wire.rights import EARLY_MS, FedRaw, Numbered
from terminal.core.wire.sets import HotCard, Row, SetName
from terminal.store.beside import check_beside
from terminal.store.memory import MemoryLedger
from terminal.uplink.courier import Reply
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, coupons, issue, recharge, sale
from tests.uplink.scripted_hq import ScriptedHq, linked, made_uplink

CARD1 = Credential(medium=Medium.EM4100, number="0A00BC0001")


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Any, None]:
    if request.param == "memory":
        opened: Any = MemoryLedger(SiteId("S1"), "i1")
    else:
        opened = await opened_at(tmp_path / "ledger.db")
    await opened.committer.submit(*issue(1))
    await opened.committer.submit(recharge(2, principal=1000))
    yield opened
    await opened.close()


@pytest.fixture
def hq() -> ScriptedHq:
    return ScriptedHq(ManualTime())


def grant(amount: int, lot: int = 900, wallet: str = "w1") -> Grant:
    terms = LotTerms(unit="principal", lot=an_id(lot), laid=amount, paid=amount)
    part = LotPart(terms=terms, amount=amount)
    return Grant(rights=(Right(account=f"wallet:{wallet}:principal", amount=amount, lots=(part,)),))


async def principal(ledger: Any) -> int:
    return int((await ledger.books.holder(CARD1)).principal)


async def test_directives_are_applied_in_order_and_the_next_push_says_so(ledger: Any, hq: ScriptedHq) -> None:
    hq.direct(grant(500))
    hq.direct(Release(wants=(Want(account="wallet:w1:principal", amount=300),)))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 4)
        assert await principal(ledger) == 1200
        hq.direct(grant(50, lot=901))  # By long poll.
        await hq.until(lambda: len(hq.bodies) == 5)
    assert await principal(ledger) == 1250
    assert ledger.link.standing().fed == 3


async def test_it_was_heard_once_all_is_applied_and_nothing_more_is_there(
    ledger: Any, hq: ScriptedHq
) -> None:
    heard: list[int] = []

    async def on_heard() -> None:
        heard.append(ledger.link.standing().fed)

    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    uplink = made_uplink(ledger, hq, on_heard=on_heard)
    hq.direct(grant(500))
    await uplink.feeding.read()
    assert heard == []
    await uplink.feeding.read()
    assert heard == [1]
    hq.hq_epoch = 2
    await uplink.feeding.read()
    assert heard == [1]


class SaidBefore:
    """Somebody in the connection, who gives the signed answer of before wherever its signature fits.

    A signature covers the whole question, so it fits the same bytes asked once more (`core.wire.signing`).
    """

    def __init__(self, hq: ScriptedHq) -> None:
        self._hq = hq
        self._said: dict[tuple[str, bytes], Reply] = {}

    async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
        if (path, body) not in self._said:
            self._said[path, body] = await self._hq.ask(path, body, bytes_max=bytes_max, wait_s=wait_s)
        return self._said[path, body]

    async def close(self) -> None:
        """Nothing is open."""


async def test_that_nothing_was_directed_before_is_no_answer_to_what_is_directed_now(
    ledger: Any, hq: ScriptedHq
) -> None:
    """Else somebody who says it again keeps from a shop which cards are lost, and it seems online."""
    uplink = made_uplink(ledger, hq, courier=SaidBefore(hq), random=os.urandom)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    assert await uplink.feeding.read() == 0
    hq.direct(grant(500))
    assert await uplink.feeding.read() == 1
    assert await principal(ledger) == 1500


async def test_what_lay_elsewhere_before_is_no_answer_to_what_lies_there_now(
    ledger: Any, hq: ScriptedHq
) -> None:
    """A card would be cancelled with value that came there meanwhile."""
    lies: list[LeftOn] = []

    class There(ScriptedHq):
        async def ask(self, path: str, body: bytes, *, bytes_max: int = 0, wait_s: float = 0.0) -> Reply:
            del path, body, bytes_max, wait_s
            return Reply(status=200, body=msgspec.json.encode(Left(whole=True, wallets=tuple(lies))))

    uplink = made_uplink(ledger, hq, courier=SaidBefore(There(hq.clock)), random=os.urandom)
    uplink.forwarder.greeted.set()
    assert await uplink.asker.left([WalletId("w1")]) == {"w1": LeftThere()}
    lies.append(LeftOn(wallet=WalletId("w1"), fen=500))
    assert await uplink.asker.left([WalletId("w1")]) == {"w1": LeftThere(any=True, fen=500)}


async def test_what_was_directed_before_and_is_said_again_moves_nothing(ledger: Any, hq: ScriptedHq) -> None:
    """Also were its signature taken: a number that was applied is passed over."""
    uplink = made_uplink(ledger, hq)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    grants = [hq.direct(grant(500)), hq.direct(grant(70, lot=901))]
    assert await uplink.feeding.read() == 2
    for old in (grants[:1], grants, grants[1:]):
        items = tuple(msgspec.Raw(msgspec.json.encode(one)) for one in old)
        assert await uplink.feeding._applied(FedRaw(hq_epoch=1, epoch=1, after=0, items=items)) == 0
        assert await principal(ledger) == 1570


async def test_one_that_came_twice_is_applied_once(ledger: Any, hq: ScriptedHq) -> None:
    hq.direct(grant(500))
    uplink = made_uplink(ledger, hq)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    assert [await uplink.feeding.read() for _ in range(3)] == [1, 0, 0]
    assert await principal(ledger) == 1500


@pytest.mark.parametrize("apart", [False, True])
async def test_that_two_shops_gave_one_wallet_away_is_in_the_log_for_the_technician(
    ledger: Any, hq: ScriptedHq, caplog: pytest.LogCaptureFixture, *, apart: bool
) -> None:
    hq.direct(GivenAway(wallet=WalletId("w1"), member=MemberId("m9"), since=1, cards=(), apart=apart))
    uplink = made_uplink(ledger, hq)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    assert await uplink.feeding.read() == 1
    assert ("two shops gave one wallet to two people: w1" in caplog.messages) is apart


async def test_one_applied_under_an_older_hq_epoch_only_advances_the_position(
    ledger: Any, hq: ScriptedHq
) -> None:
    hq.direct(grant(500), number=800)
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 3)
    hq.restore(2)
    hq.direct(grant(500), number=800)
    hq.direct(grant(40, lot=901), number=801)
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 4)
    assert await principal(ledger) == 1540
    assert (ledger.link.standing().hq_epoch, ledger.link.standing().fed) == (2, 2)


async def test_nothing_is_applied_for_another_branch_of_the_chain(ledger: Any, hq: ScriptedHq) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(grant(500))
    hq.epoch = 2
    assert await made_uplink(ledger, hq).feeding.read() == 0
    hq.epoch = 1
    await ledger.link.stands(replace(ledger.link.standing(), asked=2))
    assert await made_uplink(ledger, hq).feeding.read() == 0
    assert await principal(ledger) == 1000


async def test_a_fill_that_is_not_settled_stops_no_feed(ledger: Any, hq: ScriptedHq) -> None:
    await ledger.committer.submit(*issue(3, 2))
    await ledger.committer.submit(
        BookHold(id=an_id(4), at=AT, wallet=WalletId("w1"), card=CardId("c1"), amount=200, for_what="pump:3")
    )
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(Merge(wallet=WalletId("w1"), into=WalletId("w2")))
    hq.direct(grant(500, wallet="w2"))
    told: list[str] = []
    feeding = made_uplink(ledger, hq, on_feed=told.append).feeding
    assert await feeding.read() == 2
    assert (told, ledger.link.standing().fed) == ([], 2)
    await ledger.committer.submit(BookRelease(id=an_id(5), at=AT, hold=an_id(4)))
    assert await principal(ledger) == 1500


async def with_coupons_to_merge(ledger: Any, hq: ScriptedHq) -> None:
    """500 coupons and a lot: more than a thousand postings."""
    await ledger.committer.submit(*issue(3, 2))
    for n in range(5):
        await ledger.committer.submit(coupons(10 + n, 100 * n, 100))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(Merge(wallet=WalletId("w1"), into=WalletId("w2"), withdrawn=("k7",)))
    hq.direct(grant(500, wallet="w2"))


async def kinds_booked(ledger: Any) -> list[str]:
    return [decoded(one.body).kind for one in await ledger.outbox.after(8, 100)]


async def test_what_one_entry_could_not_merge_goes_ahead_of_it_and_stops_no_feed(
    ledger: Any, hq: ScriptedHq, tmp_path: Path
) -> None:
    await with_coupons_to_merge(ledger, hq)
    told: list[str] = []
    assert await made_uplink(ledger, hq, on_feed=told.append).feeding.read() == 2
    assert await kinds_booked(ledger) == ["merge_part", "directive", "directive"]
    merged = decoded((await ledger.outbox.after(0, 100))[-2].body)
    assert (merged.payload.apart, ledger.link.standing().fed, told) == (False, 2, [])
    left = await ledger.books.holder(CARD1)
    assert (left.wallet, left.coupons, left.principal) == ("w2", 499, 1500)
    if not isinstance(ledger, MemoryLedger):
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
            check_beside(file)


async def test_a_merge_that_an_attendant_did_the_other_way_round_ends_and_stops_no_feed(
    ledger: Any, hq: ScriptedHq
) -> None:
    await with_coupons_to_merge(ledger, hq)
    await ledger.committer.submit(BookMerge(id=an_id(20), at=AT, wallet=WalletId("w2"), into=WalletId("w1")))
    assert await made_uplink(ledger, hq).feeding.read() == 2
    assert await kinds_booked(ledger) == ["merge", "directive", "directive"]
    left = await ledger.books.holder(CARD1)
    assert (left.wallet, left.coupons, left.principal) == ("w1", 499, 1500)


async def test_a_directed_merge_that_was_cut_off_goes_on_where_it_stopped(
    ledger: Any, hq: ScriptedHq, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_coupons_to_merge(ledger, hq)
    monkeypatch.setattr(merging, "ROOM", 150)
    calls, submit = 0, ledger.committer.submit

    async def cut(command: Any, private: Any = None) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise LedgerClosed("the power")
        return await submit(command, private)

    monkeypatch.setattr(ledger.committer, "submit", cut)
    told: list[str] = []
    feeding = made_uplink(ledger, hq, on_feed=told.append).feeding
    assert await feeding.read() == 0
    assert (ledger.link.standing().fed, len(told), await kinds_booked(ledger)) == (0, 1, ["merge_part"] * 2)
    assert await feeding.read() == 2
    assert await kinds_booked(ledger) == ["merge_part"] * 3 + ["directive"] * 2
    left = await ledger.books.holder(CARD1)
    assert (left.wallet, left.coupons, left.principal) == ("w2", 499, 1500)


async def test_what_no_entry_could_merge_stays_two_wallets_and_stops_no_feed(
    ledger: Any, hq: ScriptedHq, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_coupons_to_merge(ledger, hq)
    monkeypatch.setattr(merging, "ROOM", 10_000)
    told: list[str] = []
    assert await made_uplink(ledger, hq, on_feed=told.append).feeding.read() == 2
    merged = decoded((await ledger.outbox.after(0, 100))[-2].body)
    assert (merged.payload.apart, ledger.link.standing().fed, told) == (True, 2, [])
    left = await ledger.books.holder(CARD1)
    assert (left.wallet, left.coupons, left.principal) == ("w1", 499, 1000)
    # What ended made room: it fits now.
    await ledger.committer.submit(BookMerge(id=an_id(20), at=AT, wallet=WalletId("w1"), into=WalletId("w2")))
    left = await ledger.books.holder(CARD1)
    assert (left.wallet, left.coupons, left.principal) == ("w2", 499, 1500)


async def test_a_recharge_of_which_a_part_left_is_paid_back_once_that_is_here_again(
    ledger: Any, hq: ScriptedHq, tmp_path: Path
) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(Release(wants=(Want(account="wallet:w1:principal", amount=300),)))
    feeding = made_uplink(ledger, hq).feeding
    assert await feeding.read() == 1
    refund = BookRechargeRefund(
        id=an_id(20), at=AT, wallet=WalletId("w1"), lot=an_id(2), reason=RechargeRefundReason.COOLING_OFF
    )
    with pytest.raises(PartElsewhere):
        await ledger.committer.submit(refund)
    terms = LotTerms(unit="principal", lot=an_id(2), laid=1000, paid=1000)
    part = LotPart(terms=terms, amount=300)
    hq.direct(Grant(rights=(Right(account="wallet:w1:principal", amount=300, lots=(part,)),)))
    assert await feeding.read() == 1
    await ledger.committer.submit(refund)
    assert await principal(ledger) == 0
    if not isinstance(ledger, MemoryLedger):
        with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
            check_beside(file)


async def test_a_directive_with_a_time_waits_for_a_clock_that_is_trusted(ledger: Any, hq: ScriptedHq) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(grant(500), not_before_ms=hq.clock.wall_ms())
    feeding = made_uplink(ledger, hq).feeding
    hq.clock.trust = ClockTrust.UNKNOWN
    assert await feeding.read() == 0
    hq.clock.trust = ClockTrust.HEADQUARTERS
    assert await feeding.read() == 1
    hq.direct(grant(500, lot=901), not_before_ms=hq.clock.wall_ms() + 1)
    assert await feeding.read() == 0


async def test_what_waits_for_its_time_a_minute_is_said_to_be_early_until_it_is_taken_out(
    ledger: Any, hq: ScriptedHq
) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    far = Activate(set=SetName.ARTICLES, version="1", hash="ab" * 32)
    item = hq.direct(far, not_before_ms=hq.clock.wall_ms() + 40 * 86_400_000)
    hq.direct(grant(500))
    feeding = made_uplink(ledger, hq).feeding
    for ms, early in ((0, False), (EARLY_MS - 1, False), (1, True)):
        await hq.clock.pass_s(ms / 1000)
        assert await feeding.read() == 0
        assert hq.early.pop() is early
    hq.feed[0] = Numbered(m=1, id=item.id, directive=Release())
    assert await feeding.read() == 2
    assert await principal(ledger) == 1500
    await feeding.read()
    assert hq.early.pop() is False


async def test_a_newer_kind_stops_the_feed_with_words_and_loses_nothing(ledger: Any, hq: ScriptedHq) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    hq.direct(grant(500))
    newer = {"m": 2, "id": an_id(801), "directive": {"type": "teleport", "to": "moon"}}
    hq.feed.append(newer)
    hq.direct(grant(40, lot=901))
    told: list[str] = []
    feeding = made_uplink(ledger, hq, on_feed=told.append).feeding
    assert await feeding.read() == 1
    assert await feeding.read() == 0
    assert "newer kind" in told[-1]
    hq.feed[1] = Numbered(m=2, id=an_id(801), directive=grant(7, lot=902))
    assert await feeding.read() == 2
    assert await principal(ledger) == 1000 + 500 + 7 + 40


async def test_a_card_on_the_hot_list_is_refused_though_it_is_known_and_active_here(
    ledger: Any, hq: ScriptedHq
) -> None:
    hq.direct(CardStanding(card=CardId("c1"), state=CardState.LOST))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 3)
    with pytest.raises(CardLost):
        await ledger.books.holder(CARD1)


async def test_a_data_set_is_fetched_part_by_part_and_switched_by_its_directive(
    ledger: Any, hq: ScriptedHq
) -> None:
    lost = HotCard(state=CardState.LOST)
    rows = [
        [Row(key="c9", value=msgspec.json.encode(lost))],
        [Row(key="c1", value=msgspec.json.encode(lost))],
    ]
    manifest = hq.publish(SetName.CARDS, "1", rows)
    hq.direct(Activate(set="cards", version="1", hash=manifest))
    hq.direct(grant(500))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 4)
        assert ledger.link.standing().sets == {"cards": manifest}
        with pytest.raises(CardLost):
            await ledger.books.holder(CARD1)
        second = hq.publish(SetName.CARDS, "2", rows[:1])
        before = len(hq.fetched)
        hq.direct(Activate(set="cards", version="2", hash=second))
        await hq.until(lambda: len(hq.bodies) == 5)
        assert len(hq.fetched) == before + 1  # Its manifest: the part is here.
        assert await principal(ledger) == 1500
        await hq.until(lambda: hq.heard.count("/v1/feed") > 3)
    assert [(one.version, one.parts, one.there) for one in await ledger.sets.staged()] == [("2", 1, 1)]


async def test_a_part_that_was_changed_on_the_way_is_not_taken(ledger: Any, hq: ScriptedHq) -> None:
    manifest = hq.publish(SetName.PRICES, "1", [[Row(key="A1", value=b"1")]])
    part = next(one for one in hq.blobs if one != manifest)
    whole, hq.blobs[part] = hq.blobs[part], b"[]"
    hq.direct(Activate(set="prices", version="1", hash=manifest))
    async with linked(ledger, hq):
        await hq.until(lambda: hq.fetched.count(part) > 2)
        assert ledger.link.standing().sets == {}
        hq.blobs[part] = whole
        await hq.until(lambda: ledger.link.standing().sets == {"prices": manifest})
    assert await ledger.sets.row(manifest, "A1") == b"1"


async def test_a_restart_in_the_middle_of_a_set_goes_on_where_it_was(ledger: Any, hq: ScriptedHq) -> None:
    rows = [[Row(key=f"A{n}", value=b"1")] for n in range(5)]
    manifest = hq.publish(SetName.PRICES, "1", rows)
    hq.direct(Activate(set="prices", version="1", hash=manifest))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.fetched) >= 3)
    async with linked(ledger, hq):
        await hq.until(lambda: ledger.link.standing().sets == {"prices": manifest})
    assert len(hq.fetched) <= 7  # Each once, but for the one that was on its way.


async def test_it_sells_while_a_set_comes(ledger: Any, hq: ScriptedHq) -> None:
    rows = [[Row(key=f"A{n}-{k}", value=b"1") for k in range(100)] for n in range(20)]
    manifest = hq.publish(SetName.ARTICLES, "1", rows)
    hq.direct(Activate(set="articles", version="1", hash=manifest))
    async with linked(ledger, hq):
        for number in range(50):
            await ledger.committer.submit(sale(100 + number, 10))
        await hq.until(lambda: ledger.link.standing().sets == {"articles": manifest})
    assert [row.key for row in await ledger.sets.rows(manifest, "A19-9", 2)] == ["A19-90", "A19-91"]
