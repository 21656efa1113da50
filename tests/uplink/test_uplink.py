"""Forks that heal by themselves, asks from the counter, rights that go back, people who are told of."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import BookDirective, BookGuest, BookJoin, BookPin, Private
from terminal.core.directives import NEVER_MIND, Activate, Directed, Lapse, Lapsing
from terminal.core.errors import AnotherMachine, ChainsDiffer
from terminal.core.policy import NOTHING_BEYOND, Offline, stricter
from terminal.core.rights import Want
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, SiteId, WalletId
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.core.wire.people import KeyToken, Known, MemberRow, profile_about, who_about
from terminal.core.wire.rights import Ask, Asked, AskOutcome
from terminal.core.wire.sets import Manifest, Row, SetName
from terminal.runtime.box import box_public, opened, sealed_to
from terminal.store.memory import MemoryLedger
from terminal.uplink import asking
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, PHONE, an_id, issue, opens, recharge, sale
from tests.store.test_heal import COMMON, THEIRS, Booking, book, chain_of, granted
from tests.uplink.scripted_hq import BOX_KEY, HQ_BOX_KEY, ScriptedHq, linked, made_uplink
from tests.uplink.test_feed import CARD1, grant

FACTS: list[Booking] = [
    (sale(10, 2_000, number=1, stored=2_000), None),
    issue(11, 2),
    (recharge(12, 2, principal=700), None),
]
STRANGER = Credential(medium=Medium.EM4100, number="0A00BC7777")


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Any, None]:
    if request.param == "memory":
        opened_: Any = MemoryLedger(SiteId("S1"), "i1")
    else:
        opened_ = await opened_at(tmp_path / "ledger.db")
    yield opened_
    await opened_.close()


@pytest.fixture
def hq() -> ScriptedHq:
    return ScriptedHq(ManualTime())


# Forks


async def test_a_fork_is_healed_and_every_fact_is_at_headquarters_once(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, COMMON + FACTS)
    hq.bodies = [link.body for link in (await chain_of(COMMON + THEIRS)).links]
    states: list[LinkState] = []
    async with linked(ledger, hq, on_state=states.append):
        await hq.until(lambda: len(hq.bodies) == 7)
        await ledger.committer.submit(sale(40, 100))
        await hq.until(lambda: len(hq.bodies) == 8)
    ids = [decoded(body).id for body in hq.bodies]
    assert ids == [an_id(n) for n in (1, 2, 3, 4, 10, 11, 12, 40)]
    assert [one.condition for one in states if one.condition is LinkCondition.FORK] != []
    assert states[-1].condition is LinkCondition.ONLINE
    assert (hq.epoch, ledger.link.standing().epoch) == (2, 2)


async def test_a_set_that_a_healed_chain_reads_is_fetched_without_a_new_start(
    ledger: Any, hq: ScriptedHq
) -> None:
    """The ledger fell back to before it was activated; headquarters' chain has it."""
    await book(ledger, COMMON + FACTS)
    articles = hq.publish(SetName.ARTICLES, "1", [[Row(key="A1", value=b"1")]])
    activated = BookDirective(
        id=an_id(60),
        at=AT,
        directed=Directed(hq_epoch=1, m=1),
        directive=Activate(set=SetName.ARTICLES, version="1", hash=articles),
    )
    hq.bodies = [link.body for link in (await chain_of([*COMMON, *THEIRS, (activated, None)])).links]
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.fetched) == 2)
        await hq.until(lambda: len(hq.bodies) == 8)
    assert ledger.link.standing().sets == {SetName.ARTICLES: articles}
    assert await ledger.sets.row(articles, "A1") == b"1"


async def test_a_pull_that_breaks_off_goes_on_where_it_was(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, COMMON + FACTS)
    hq.bodies = [link.body for link in (await chain_of(COMMON + THEIRS)).links]
    pulls: list[int] = []
    answer = hq._pulled

    def broken(pull: Any) -> Any:
        pulls.append(pull.after)
        if len(pulls) == 1:
            hq.down.add("/v1/pull")
        return answer(pull)

    hq._pulled = broken  # type: ignore[method-assign]
    async with linked(ledger, hq) as uplink:
        await hq.until(lambda: "/v1/pull" in hq.down)
        with pytest.raises(ChainsDiffer):
            await ledger.committer.submit(sale(40, 100))
        assert not uplink.forwarder.greeted.is_set()
        hq.down.clear()
        await hq.until(lambda: len(hq.bodies) == 7)
    assert pulls == [0, 2]


async def test_a_new_hq_epoch_cancels_a_fork(ledger: Any, hq: ScriptedHq) -> None:
    """Headquarters was restored to before what it held: nothing is to be healed any more."""
    await book(ledger, COMMON + FACTS)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1, asked=5))
    hq.restore(2)
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 5)
    assert (ledger.link.standing().epoch, ledger.link.standing().asked) == (1, 0)


async def test_an_older_headquarters_is_not_believed(ledger: Any, hq: ScriptedHq) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=3))
    await book(ledger, COMMON)
    states: list[LinkState] = []
    async with linked(ledger, hq, on_state=states.append):
        await hq.until(lambda: hq.heard.count("/v1/hello") > 3)
    assert hq.bodies == []
    assert "epoch 1" in states[-1].why


async def test_a_machine_that_is_refused_sells_nothing_until_it_is_taken_again(
    ledger: Any, hq: ScriptedHq
) -> None:
    await book(ledger, COMMON)
    hq.instance = "i2"
    async with linked(ledger, hq):
        await hq.until(lambda: ledger.link.standing().refused)
        with pytest.raises(AnotherMachine):
            await ledger.committer.submit(sale(40, 100))
        hq.instance = "i1"
        await hq.until(lambda: len(hq.bodies) == 2)
    await ledger.committer.submit(sale(40, 100))


async def test_a_fork_known_before_the_network_went_still_stops_selling_after_a_restart(
    ledger: Any, hq: ScriptedHq
) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1, asked=2))
    hq.down.add("all")
    states: list[LinkState] = []
    async with linked(ledger, hq, on_state=states.append):
        await hq.until(lambda: len(states) > 1)
    assert {one.condition for one in states} == {LinkCondition.FORK}


# Asks


def granting(hq: ScriptedHq, amount: int) -> Any:
    def answer(ask: Ask) -> Asked:
        hq.direct(grant(amount))
        return Asked(hq_epoch=1, id=ask.id, outcome=AskOutcome.DIRECTED, fed=len(hq.feed))

    return answer


async def test_what_is_asked_for_is_here_when_the_answer_is(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, COMMON)
    hq.answer_ask = granting(hq, 700)
    async with linked(ledger, hq) as uplink:
        await uplink.forwarder.greeted.wait()
        want = Want(account="wallet:w1:principal", amount=10_700)
        brought = await uplink.asker.bring([want], token="ab" * 32)
        assert (brought.reached, brought.code) == (True, "")
        assert (await ledger.books.holder(CARD1)).principal == 10_700
        assert (hq.asked[0].wants, hq.asked[0].key) == ((want,), "ab" * 32)
        assert uplink.asker.keeps() == (want,)
        uplink.asker.forget()
        assert uplink.asker.keeps() == ()


async def test_what_a_parked_cart_waits_for_is_kept_when_the_next_customer_has_gone(
    ledger: Any, hq: ScriptedHq
) -> None:
    waits: list[Want] = []
    async with linked(ledger, hq, reserved=lambda: tuple(waits)) as uplink:
        waits.append(Want(account="wallet:w1:coupon:c1", amount=1))
        uplink.asker.forget()
        assert uplink.asker.keeps() == tuple(waits)
        waits.clear()
        assert uplink.asker.keeps() == ()


async def test_without_an_answer_in_time_the_counter_decides_by_what_is_here(
    ledger: Any, hq: ScriptedHq, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "WAIT_S", 0.01)
    await book(ledger, COMMON)
    hq.silent.add("/v1/ask")
    async with linked(ledger, hq) as uplink:
        await uplink.forwarder.greeted.wait()
        brought = await uplink.asker.bring([Want(account="wallet:w1:principal", amount=10_700)])
    assert not brought.reached


async def test_offline_nobody_is_asked(ledger: Any, hq: ScriptedHq) -> None:
    hq.down.add("all")
    async with linked(ledger, hq) as uplink:
        brought = await uplink.asker.bring([])
    assert not brought.reached
    assert hq.heard == []


async def test_a_refused_card_is_refused_by_its_code(ledger: Any, hq: ScriptedHq) -> None:
    hq.answer_ask = lambda ask: Asked(hq_epoch=1, id=ask.id, outcome=AskOutcome.REFUSED, code="41", fed=0)
    async with linked(ledger, hq) as uplink:
        await uplink.forwarder.greeted.wait()
        assert (await uplink.asker.bring([], token="ab" * 32)).code == "41"


def row_of(ledger: Any, wallet: str = "w77") -> MemberRow:
    key = KeyToken(token=ledger.books.token(STRANGER), card=CardId("c77"), shown="******7777")
    return MemberRow(
        wallet=WalletId(wallet),
        member=MemberId("m77"),
        tier="gold",
        keys=(key,),
        known=Known(name="王小明", phone="19000000377"),
    )


async def test_headquarters_says_whose_an_unknown_card_is_and_the_wallet_begins_here(
    ledger: Any, hq: ScriptedHq
) -> None:
    def who(ask: Ask) -> Asked:
        clear = msgspec.json.encode(row_of(ledger))
        box = sealed_to(box_public(BOX_KEY), clear, about=who_about(SiteId("S1")), fresh=bytes(32))
        return Asked(hq_epoch=1, id=ask.id, outcome=AskOutcome.DIRECTED, fed=0, who=box)

    hq.answer_ask = who
    async with linked(ledger, hq) as uplink:
        await uplink.forwarder.greeted.wait()
        brought = await uplink.asker.bring([], token=ledger.books.token(STRANGER))
        assert brought.who == row_of(ledger)
        await ledger.books.keep_asked(brought.who)
        holder = await ledger.books.holder(STRANGER)
        assert (holder.guest, holder.wallet, holder.tier, holder.name_shown) == (True, "w77", "gold", "王**")
        guest = BookGuest(
            id=an_id(50), at=AT, wallet=holder.wallet, member=holder.member, card=holder.card, tier="gold"
        )
        await ledger.committer.submit(guest, Private(credentials=(STRANGER,)))
        await ledger.committer.submit(recharge(51, 77, principal=500))
        await hq.until(lambda: len(hq.bodies) == 2)
    holder = await ledger.books.holder(STRANGER)
    assert (holder.guest, holder.principal, holder.card) == (False, 500, "c77")
    assert hq.profiles == []  # It is headquarters who told us of them.


# Rights that go back


async def test_a_visitors_points_go_back_with_the_next_push(ledger: Any, hq: ScriptedHq) -> None:
    hq.direct(grant(3_000))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 1)
        earning = replace(sale(10, 2_000, number=1, stored=2_000, points=20), card=None)
        await ledger.committer.submit(earning)
        await hq.until(lambda: len(hq.bodies) == 3)
    assert decoded(hq.bodies[-1]).kind == "rights_back"


async def test_home_keeps_points_and_value(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, [*COMMON, (sale(10, 2_000, number=1, stored=2_000, points=20), None)])
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 3)
        await ledger.committer.submit(sale(11, 100))
        await hq.until(lambda: len(hq.bodies) == 4)
    holder = await ledger.books.holder(CARD1)
    assert (holder.points, holder.principal) == (20, 8_000)


async def test_a_visitors_value_goes_back_after_the_visit(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, [issue(1)])
    hq.direct(grant(700))
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 2)
        await ledger.committer.submit(sale(10, 300, number=1, stored=300))
        await hq.until(lambda: len(hq.bodies) == 3)
        assert (await ledger.books.holder(CARD1)).principal == 400
        await hq.clock.pass_s(60)
        await ledger.committer.submit(sale(11, 100))  # The visit is over when something is pushed again.
        await hq.until(lambda: len(hq.bodies) == 5)
    assert (await ledger.books.holder(CARD1)).principal == 0


async def test_what_an_open_ask_waits_for_does_not_go_back(ledger: Any, hq: ScriptedHq) -> None:
    def kinds() -> list[str]:
        return [decoded(link.body).kind for link in links]

    await book(ledger, [(granted(20, 1, 3_000), None)])
    earning = replace(sale(10, 2_000, number=1, stored=2_000, points=20), card=None)
    await book(ledger, [(earning, None)])
    uplink = made_uplink(ledger, hq)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    uplink.forwarder.greeted.set()
    await uplink.asker.bring([Want(account="wallet:w1:points:goods", amount=20)])
    await uplink._releases.give_back()
    links = await ledger.outbox.after(0, 9)
    assert kinds() == ["directive", "sale"]
    uplink.asker.forget()
    await uplink._releases.give_back()
    links = await ledger.outbox.after(0, 9)
    assert kinds() == ["directive", "sale", "rights_back"]


# People


def joined(entry: int, number: int = 3, name: str = "李雷") -> tuple[BookJoin, Private]:
    private = Private(credentials=(PHONE,), name=name, phone=PHONE.number, salt="00")
    return BookJoin(id=an_id(entry), at=AT, opens=opens(number, member=True)), private


async def test_a_member_is_told_of_in_a_box_and_in_nothing_else(
    ledger: Any, hq: ScriptedHq, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await book(ledger, [joined(1)])
    async with linked(ledger, hq):
        await hq.until(lambda: bool(hq.profiles) and len(hq.bodies) == 1)
    (edit,) = hq.profiles[0].edits
    assert (edit.id, edit.wallet, edit.member) == (an_id(1), "w3", "m3")
    assert [key.token for key in edit.keys] == [ledger.books.token(PHONE)]
    known = msgspec.json.decode(
        opened(HQ_BOX_KEY, edit.sealed, about=profile_about(edit.id, edit.wallet)), type=Known
    )
    assert (known.name, known.phone) == ("李雷", PHONE.number)
    clear = msgspec.json.encode(hq.profiles) + b"".join(hq.bodies) + caplog.text.encode()
    assert PHONE.number.encode() not in clear
    assert "李雷".encode() not in clear


async def test_it_is_kept_and_sent_again_under_a_new_hq_epoch_by_the_same_id(
    ledger: Any, hq: ScriptedHq
) -> None:
    await book(ledger, [joined(1)])
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.profiles) == 1)
        await hq.until(lambda: hq.heard.count("/v1/feed") > 0)
    assert await ledger.link.edits(10) == []
    hq.restore(2)
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.profiles) == 2)
    assert [one.edits[0].id for one in hq.profiles] == [an_id(1), an_id(1)]
    assert [one.mark for one in hq.profiles] == ["", "people 1"]
    assert "people 1" in hq.shown


async def test_an_edit_that_was_not_answered_is_sent_again(ledger: Any, hq: ScriptedHq) -> None:
    await book(ledger, [joined(1)])
    hq.down.add("/v1/profile")
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.bodies) == 1)
        hq.down.clear()
        await hq.until(lambda: len(hq.profiles) == 1)


def forgotten(ledger: Any, entry: int) -> BookDirective:
    """As headquarters directs it of who asked for it."""
    standing = ledger.link.standing()
    return BookDirective(
        id=an_id(entry),
        at=AT,
        directed=Directed(hq_epoch=standing.hq_epoch, m=standing.fed + 1),
        directive=Lapse(kind=Lapsing.MEMBER, upto=NEVER_MIND, wallets=(WalletId("w3"),)),
        lapsed=(WalletId("w3"),),
        erased=(MemberId("m3"),),
    )


async def test_a_later_change_is_told_as_it_is_now_and_an_erased_person_no_more(ledger: Any) -> None:
    pin = BookPin(id=an_id(2), at=AT, wallet=WalletId("w3"))
    await book(ledger, [joined(1), (pin, Private(pin="verifier"))])
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    (edit,) = await ledger.link.edits(10)
    assert edit.id == an_id(2)
    await book(ledger, [(forgotten(ledger, 3), None)])
    (edit,) = await ledger.link.edits(10)
    assert (edit.id, edit.wallet, edit.known, edit.keys, edit.traces) == (an_id(3), "w3", None, (), ())


async def test_headquarters_is_told_of_who_is_erased_after_it_was_told_of_them(
    ledger: Any, hq: ScriptedHq
) -> None:
    await book(ledger, [joined(1)])
    async with linked(ledger, hq):
        await hq.until(lambda: len(hq.profiles) == 1)
        assert hq.profiles[0].edits[0].keys
        await book(ledger, [(forgotten(ledger, 3), None)])
        await hq.until(lambda: len(hq.profiles) > 1)
        (edit,) = hq.profiles[-1].edits
        assert (edit.id, edit.wallet, edit.sealed, edit.keys, edit.traces) == (an_id(3), "w3", b"", (), ())


# How far beyond rights


async def settings_are(ledger: Any, hq: ScriptedHq, *parts: list[Row], stage: bool = True) -> None:
    """In force, and here unless otherwise said."""
    manifest = hq.publish(SetName.SETTINGS, "1", parts)
    command = BookDirective(
        id=an_id(70),
        at=AT,
        directed=Directed(hq_epoch=0, m=1),
        directive=Activate(set=SetName.SETTINGS, version="1", hash=manifest),
    )
    named = msgspec.json.decode(hq.blobs[manifest], type=Manifest)
    if stage:
        await ledger.sets.keep_manifest(manifest, named)
        for part, rows in zip(named.parts, parts, strict=True):
            await ledger.sets.stage(part.hash, SetName.SETTINGS, rows)
    await ledger.committer.submit(command)


LIMITS = b'{"secure":5000,"signed":2000,"open":0,"site":30000}'


@pytest.mark.parametrize(
    ("parts", "stage", "allowed"),
    [
        (None, True, Offline()),
        ([[Row(key="greeting", value=b"{}")]], True, Offline()),
        (
            [[Row(key="offline", value=LIMITS)]],
            True,
            Offline(secure=50_00, signed=20_00, open=0, site=300_00),
        ),
        ([[Row(key="offline", value=b'{"secure":5000,"later":1}')]], True, NOTHING_BEYOND),
        ([[Row(key="offline", value=LIMITS)]], False, NOTHING_BEYOND),
    ],
    ids=[
        "told nothing",
        "settings that say nothing",
        "limits",
        "limits of a newer form",
        "not here any more",
    ],
)
async def test_without_headquarters_the_settings_in_force_say_how_much_may_be_given(
    ledger: Any, parts: list[list[Row]] | None, *, stage: bool, allowed: Offline
) -> None:
    hq = ScriptedHq(ManualTime())
    if parts is not None:
        await settings_are(ledger, hq, *parts, stage=stage)
    brought = await made_uplink(ledger, hq).asker.bring(())
    assert (brought.reached, brought.allowed) == (False, allowed)


async def test_the_shops_own_limits_hold_where_they_are_stricter() -> None:
    one = Offline(secure=1, signed=20, open=3, site=40)
    other = Offline(secure=10, signed=2, open=30, site=4)
    assert stricter(one, other) == Offline(secure=1, signed=2, open=3, site=4)
