"""Who came to no shop of a chain for so long: one place decides, for all shops, by what all of them told."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hq import forgotten, lapsing, running
from hq.decisions import NotDecided, merge_members, write_off
from hq.lapsing import Lapser, Looked, keep_for
from terminal.core.commands import (
    OWN_DATA,
    BookCard,
    BookCardState,
    BookConsent,
    BookErasure,
    BookExpiry,
    BookGrant,
    BookGuest,
    BookImport,
    BookMerge,
    BookNote,
    BookPin,
    BookProfile,
    BookService,
    BookTransfer,
    CardState,
    Grant,
    Private,
)
from terminal.core.directives import Lapse, Lapsing
from terminal.core.retention import Retention
from terminal.core.services import Written, text_of
from terminal.core.values import CardId, EntryId, MemberId, StaffId, WalletId
from terminal.core.wire.people import Known, Profile, ProfileEdit
from terminal.store import memory
from tests.core.ledger.book import AT
from tests.hq.guest import Guest
from tests.hq.process import Headquarters
from tests.hq.receiving import members
from tests.hq.shop import Chain, Shop
from tests.hq.test_boxes import ANNA
from tests.hq.test_letting_in import typed
from tests.hq.test_sets import DAY_MS, Sets, key, told

W1 = WalletId("w1")
SHORT = Retention(document=20, health=20, notes=20, services=20, member=30)
SERVED = Private(service=text_of(Written(day="2026-11-24", done=("剪发",), by=StaffId("E01"))))
POINTS = Grant(unit="points:goods", amount=30, until="2026-11-25")
ONLY_MEMBER = Retention(document=9999, health=9999, notes=9999, services=9999, member=30)
TOLD = (("document", "110101199003070011"), ("birthday", "1990-08-30"))


class Days(Sets):
    """Two shops; days go by at headquarters and at both."""

    home: Shop
    away: Shop
    others: Guest

    async def opened(self, retention: Retention = ONLY_MEMBER) -> None:
        self.home, _ = await self.shop("S1")
        self.away, self.others = await self.shop("S2")
        await keep_for(self.chain.exchange, self.chain.merchant, retention, by="Chen")
        await self.day(0)

    async def day(self, n: int, *deaf: Shop) -> None:
        """So many days after the first; shops that are deaf hear and say nothing."""
        first = 1_795_000_000_000
        self.chain.clock.now_ms = first + n * DAY_MS
        for shop in (self.home, self.away):
            shop.day = lapsing._iso(self.chain.clock.now_ms // DAY_MS)
        await self.made(*[shop for shop in (self.home, self.away) if shop not in deaf])

    async def round(self) -> Looked:
        assert self.chain.boxes is not None
        lapser = Lapser(self.chain.exchange, self.chain.boxes, self.keys.box_key)
        return await lapser.round(self.chain.merchant)

    async def joins(self, n: int) -> None:
        """At home, as the terminal tells it."""
        await self.home.join(f"w{n}")
        await self.home.sync()
        await self.tell(self.home, f"w{n}", replace(ANNA, told=TOLD), key(n))
        await self.made(self.home, self.away)
        await self.round()  # As every hour.

    async def goes(self, shop: Shop, n: int) -> None:
        """What the terminal tells of a member whom it forgot."""
        edit = ProfileEdit(turn=9, id=EntryId(self.chain.ids.new()), wallet=WalletId(f"w{n}"))
        await self.chain.exchange.profile(Profile(**shop.me, hq_epoch=1, edits=(edit,)))

    async def boxes(self) -> list[Known]:
        async with self.chain.store.turn(self.chain.merchant, self.home.name) as turn:
            found = await turn.boxes_of(["w1", "w2", "w3"])
        opened = []
        for box in found:
            about = lapsing.profile_about(box.edit, WalletId(box.wallet))
            assert self.chain.boxes is not None
            opened.append(lapsing._told.decode(self.chain.boxes.own(box.sealed, about)))
        return opened


@pytest.fixture
def days(chain: Chain, tmp_path: Path) -> Days:
    return Days(chain, tmp_path / "keys")


def lapses(shop: Shop) -> list[Lapse]:
    return [one.directive for one in shop.told if isinstance(one.directive, Lapse)]


async def test_nobody_goes_before_the_period_is_over_and_everybody_hears_it_once(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(31)
    assert (await days.round()).said == {}
    await days.day(32)
    looked = await days.round()
    assert (looked.said, looked.holding, looked.silent) == ({"member": 1}, (), ())
    assert (looked.upto, looked.retention) == (on(31), ONLY_MEMBER)
    await days.day(32)
    what = Lapse(kind=Lapsing.MEMBER, upto=on(1), wallets=(WalletId("w1"),))
    assert lapses(days.home) == lapses(days.away) == [what]
    assert days.home.ledger.erased == {"m-w1"}
    assert (await days.round()).said == {}
    await days.goes(days.home, 1)
    await days.day(99)
    assert (await days.round()).said == {}  # Nothing is known of them any more.


async def test_who_comes_to_another_shop_is_forgotten_by_none(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.joins(2)
    await days.day(10)
    await visits(days, 1)
    await days.day(41)
    assert (await days.round()).said == {"member": 1}
    await days.day(41)
    assert [one.wallets for one in lapses(days.home)] == [("w2",)]
    await days.day(42)
    assert (await days.round()).said == {"member": 1}


async def visits(days: Days, n: int) -> None:
    """A guest who pays in cash: no account of theirs tells of it."""
    await days.away.book(BookGuest, wallet=WalletId(f"w{n}"), member=MemberId(f"m-w{n}"), card=None)
    await days.away.sell(f"w{n}", 5, cash=True)
    await days.made(days.home, days.away)


@pytest.mark.parametrize("onto", [None, WalletId("w2")])
async def test_whoever_is_given_a_wallet_came_that_day(days: Days, onto: WalletId | None) -> None:
    await days.opened()
    await days.joins(1)
    if onto:
        await days.joins(2)
    await days.day(31)
    fields = {"card": None, "to": MemberId("m-new"), "commitment": "", "terms": "1", "onto": onto}
    await days.home.book(BookTransfer, Private(), wallet=WalletId("w1"), **fields)
    if onto:
        await days.home.book(BookMerge, wallet=WalletId("w1"), into=onto)
    await days.made(days.home, days.away)
    for day in (32, 62):
        await days.day(day)
        assert (await days.round()).said == {}
    await days.day(63)
    assert (await days.round()).said == {"member": 1}


CARD = CardId("c9")
SERVES: dict[str, tuple[type[Any], Private | None, dict[str, Any]]] = {
    "another card": (BookCard, Private(), {"wallet": W1, "card": CardId("c8")}),
    "consent": (BookConsent, None, {"wallet": W1, "purpose": "x", "version": "1", "given": False}),
    "correction": (BookProfile, Private(), {"wallet": W1, "commitment": "ab"}),
    "lost": (BookCardState, None, {"card": CARD, "state": CardState.LOST}),
    "one person": (BookMerge, None, {"wallet": WalletId("w2"), "into": W1}),
    "PIN": (BookPin, Private(pin="scrypt"), {"wallet": W1}),
    "shown": (BookNote, None, {"what": OWN_DATA, "detail": "shown:w1"}),
}
IDLE: dict[str, tuple[type[Any], None, dict[str, Any]]] = {
    "many": (BookCardState, None, {"card": CARD, "state": CardState.CANCELLED, "batch": "b"}),
    "over": (BookCardState, None, {"card": CARD, "state": CardState.EXPIRED}),
    "another note": (BookNote, None, {"what": "batch", "detail": "shown:w1"}),
}


@pytest.mark.parametrize("what", [*SERVES, *IDLE])
async def test_whoever_was_served_came_that_day_though_nothing_of_theirs_moved(days: Days, what: str) -> None:
    await days.opened()
    for n in (1, 2):
        await days.joins(n)
    await days.home.book(BookCard, Private(), wallet=W1, card=CARD)
    await days.made(days.home, days.away)
    await days.day(31)
    kind, private, fields = (SERVES | IDLE)[what]
    await days.home.book(kind, private, **fields)
    await days.made(days.home, days.away)
    await days.day(32)
    other = what != "one person"
    assert (await days.round()).said == ({"member": 2} if what in IDLE else {"member": 1} if other else {})
    await days.day(61)
    assert (await days.round()).said == {}


async def test_what_headquarters_moves_and_what_ends_is_no_visit(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.home.book(BookGrant, wallet=WalletId("w1"), why="x", grants=(POINTS,))
    await days.made(days.home, days.away)
    await days.day(20)
    await days.home.give_back(("wallet:w1:points:goods", 10))
    await days.home.book(BookExpiry, wallet=WalletId("w1"), unit="points:goods")
    await days.made(days.home, days.away)
    await days.day(32)
    assert (await days.round()).said == {"member": 1}


async def test_while_one_shop_is_silent_the_days_stand_still_until_it_is_heard_or_written_off(
    days: Days,
) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(20, days.away)
    await days.day(60, days.away)
    looked = await days.round()
    assert (looked.said, looked.upto, looked.silent) == ({}, on(-1), ("S2",))
    await visits_unheard(days)
    await days.day(61)  # It comes back, and tells of a visit.
    assert (await days.round()).said == {}
    await days.day(70, days.away)
    await days.day(93, days.away)
    assert (await days.round()).said == {}
    merchant = days.chain.merchant
    await write_off(days.chain.exchange, merchant, days.away.name, by="Chen", second="Li")
    looked = await days.round()
    assert (looked.said, looked.silent) == ({"member": 1}, ())


async def visits_unheard(days: Days) -> None:
    await days.away.book(BookGuest, wallet=WalletId("w1"), member=MemberId("m-w1"), card=None)
    await days.away.sell("w1", 5, cash=True)


async def test_what_a_shop_has_yet_to_tell_is_waited_for(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(32)
    await days.away.join("w9")
    await days.away.join("w8")
    await days.away.push(1)
    looked = await days.round()
    assert (looked.said, looked.upto) == ({}, "")
    await days.away.sync()  # It is here, and was not looked through.
    assert (await days.round()).said == {}
    await days.made(days.home, days.away)
    assert (await days.round()).said == {"member": 1}


async def test_a_chain_without_a_shop_waits(days: Days) -> None:
    assert (await days.round()) == Looked(retention=Retention())


async def test_who_has_something_to_get_back_is_named_and_not_forgotten(days: Days) -> None:
    """Wherever it lies: at home, elsewhere, or at headquarters."""
    await days.opened()
    for n in (1, 2, 3):
        await days.joins(n)
    await days.home.recharge("w1", 1)
    await days.home.book(BookGrant, wallet=WalletId("w2"), why="x", grants=(POINTS,))
    await days.home.recharge("w3", 1)
    await days.made(days.home, days.away)
    await days.home.give_back(("wallet:w3:principal", 1))
    await days.made(days.home, days.away)
    await days.day(32)
    looked = await days.round()
    assert (looked.said, looked.holding) == ({"member": 1}, ("w1", "w3"))
    again = await days.round()
    assert (again.said, again.holding) == ({}, ("w1", "w3"))


async def test_what_was_given_for_good_keeps_nobody_and_what_was_paid_for_or_ends_does(days: Days) -> None:
    await days.opened()
    for n in (1, 2, 3, 4):
        await days.joins(n)
    for n, until in ((3, ""), (4, "2099-12-31")):
        back = Grant(unit="cashback", amount=5, until=until)
        await days.home.book(BookGrant, wallet=WalletId(f"w{n}"), why="x", grants=(back,))
    uses = Grant(unit="count:K10", amount=3, until="2099-12-31")
    await days.home.book(BookGrant, wallet=WalletId("w1"), why="x", grants=(uses,))
    uses = replace(uses, until="")
    two = replace(AT, second=StaffId("ST-9"))
    paper = BookImport(
        id=EntryId(days.chain.ids.new()), at=two, wallet=WalletId("w2"), paper="A1", grants=(uses,)
    )
    await days.home.ledger.submit(paper)
    await days.made(days.home, days.away)
    await days.day(32)
    looked = await days.round()
    assert (looked.said, looked.holding) == ({"member": 2}, ("w2", "w4"))


async def test_notes_go_by_their_own_days_and_out_of_headquarters_copy_too(days: Days) -> None:
    await days.opened(Retention(document=20, health=20, notes=20, services=25))
    await days.joins(1)
    assert [one.told for one in await days.boxes()] == [TOLD]
    await days.day(21)
    assert (await days.round()).said == {}
    await days.day(22)
    assert (await days.round()).said == {"document": 1, "health": 1, "notes": 1}
    assert [one.told for one in await days.boxes()] == [TOLD[1:]]
    assert (await days.round()).said == {}
    await days.day(27)
    assert (await days.round()).said == {"services": 1}
    await days.day(27)
    kinds = [Lapsing.DOCUMENT, Lapsing.HEALTH, Lapsing.NOTES, Lapsing.SERVICES]
    assert [one.kind for one in lapses(days.home)] == kinds
    await days.day(9999)
    assert (await days.round()).said == {}  # The member stays until they ask.


async def test_who_comes_again_after_that_has_new_days(days: Days) -> None:
    await days.opened(Retention(document=20))
    await days.joins(1)
    await days.day(22)
    assert (await days.round()).said == {"document": 1}
    await visits(days, 1)
    await days.day(43)
    assert (await days.round()).said == {}
    await days.day(44)
    assert (await days.round()).said == {"document": 1}


async def test_who_is_known_still_as_records_are_kept_is_looked_for_again_after_a_month(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(32)
    assert (await days.round()).said == {"member": 1}
    await days.day(61)
    assert (await days.round()).said == {}
    await days.day(62)
    assert (await days.round()).said == {"member": 1}


async def test_whose_shop_is_gone_is_forgotten_here_at_once_and_their_card_leads_nowhere(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.away.ask(key=key(1).token)
    await days.made(days.home, days.away)
    assert set(await members(days.away, told(days.away), days.others.enrolment.box_key)) == {"w1"}
    merchant = days.chain.merchant
    await write_off(days.chain.exchange, merchant, days.home.name, by="Chen", second="Li")
    await days.day(40, days.home)
    assert (await days.round()).said == {"member": 1}
    assert await days.boxes() == []
    await days.later(days.away)
    assert (await days.away.ask(key=key(1).token)).who == b""
    found = await members(days.away, told(days.away), days.others.enrolment.box_key)
    assert [(row.keys, row.known) for row in found.values()] in ([], [((), Known())])


async def test_whose_shop_is_alive_is_known_here_until_it_says_so(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(32)
    await days.round()
    assert [one.name for one in await days.boxes()] == ["Anna"]


async def test_of_memberships_that_were_merged_the_last_visit_by_any_counts(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(10)
    await days.joins(2)
    await merge_members(days.chain.exchange, days.chain.merchant, "w2", "w1", by="Chen")
    await days.made(days.home, days.away)
    await days.day(41)
    assert (await days.round()).said == {}
    await days.day(42)
    assert (await days.round()).said == {"member": 1}
    await days.day(42)
    assert [sorted(one.wallets) for one in lapses(days.away)] == [["w1", "w2"]]


async def test_of_many_all_hear_it(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lapsing, "AT_ONCE", 2)
    monkeypatch.setattr(lapsing, "WALLETS_MAX", 1)
    await days.opened()
    for n in range(1, 6):
        await days.joins(n)
    await days.home.recharge("w3", 1)
    await days.made(days.home, days.away)
    await days.day(40)
    looked = await days.round()
    assert (looked.said, looked.holding) == ({"member": 4}, ("w3",))
    await days.day(40)
    assert days.home.ledger.erased == {f"m-w{n}" for n in (1, 2, 4, 5)}
    assert len(lapses(days.home)) == 4


async def test_it_can_be_looked_at_and_nothing_said(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(32)
    assert days.chain.boxes is not None
    lapser = Lapser(days.chain.exchange, days.chain.boxes, days.keys.box_key)
    assert (await lapser.round(days.chain.merchant, tell=False)).said == {"member": 1}
    await days.day(32)
    assert lapses(days.home) == []


async def test_after_a_restore_headquarters_waits_for_every_shop(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await days.day(32)
    days.chain.at_epoch(2)
    looked = await days.round()
    assert (looked.said, looked.upto) == ({}, "")
    await days.day(32)
    assert (await days.round()).said == {"member": 1}


async def test_somebody_signs_for_the_days_and_it_is_on_record(days: Days) -> None:
    exchange, merchant = days.chain.exchange, days.chain.merchant
    with pytest.raises(NotDecided):
        await keep_for(exchange, merchant, SHORT, by=" ")
    await keep_for(exchange, merchant, SHORT, by="Chen")
    await keep_for(exchange, merchant, replace(SHORT, member=None), by="Li")
    async with days.chain.store.turn(merchant, lapsing.SHARED) as turn:
        assert await turn.kept_for() == replace(SHORT, member=None)
        (last, first) = sorted(await turn.acts(9), key=lambda act: act.who, reverse=True)
    assert (first.who, last.who) == ("Chen", "Li")
    assert first.what == (
        "days that is kept of who does not come: document 20, health 20, notes 20, services 20, member 30"
    )
    assert last.what.endswith("member until they ask")


def on(day: int) -> str:
    """The first is day 0."""
    return lapsing._iso(1_795_000_000_000 // DAY_MS + day)


@pytest.mark.hq
def test_commands_set_the_days_and_show_what_they_come_to(standing_hq: Headquarters, tmp_path: Path) -> None:
    where = ("--data", str(standing_hq.data), "--merchant", f"retention-{tmp_path.name}")
    days = ("--document", "365", "--health", "30", "--notes", "31", "--services", "32", "--member", "999")
    assert typed("hq", "retention", "set", *where, *days, "--by", "Chen").returncode == 0
    shown = json.loads(typed("hq", "retention", "show", *where).stdout)
    kept = {"document": 365, "health": 30, "notes": 31, "services": 32, "member": 999}
    assert shown == {"retention": kept, "upto": "", "silent": [], "said": {}, "holding": [], "asked": []}
    assert typed("hq", "retention", "set", *where, "--by", "Chen").returncode == 0
    shown = json.loads(typed("hq", "retention", "show", *where).stdout)
    assert shown["retention"] == dict.fromkeys(kept, 1827) | {"member": None}
    assert "somebody must sign" in typed("hq", "retention", "set", *where, "--by", " ").stderr
    assert typed("hq", "retention", "set", *where, "--member", "0", "--by", "Chen").returncode == 2


async def test_every_merchant_has_its_turn(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    class Two:
        async def merchants_known(self) -> list[str]:
            return ["nobody", days.chain.merchant]

    await days.opened()
    await days.joins(1)
    await days.day(32)
    assert days.chain.boxes is not None
    lapser = Lapser(days.chain.exchange, days.chain.boxes, days.keys.box_key)
    store: Any = Two()
    await running._lapsed(lapser, store)
    assert f"of 1 members of {days.chain.merchant} less is kept from today" in caplog.text
    assert caplog.text.count("less is kept") == 1


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminals that forget whoever has nothing left at their own site."""
    monkeypatch.setattr(memory, "check_decided_here", lambda *_: None)


@pytest.mark.usefixtures("older")
async def test_who_is_forgotten_at_one_shop_is_forgotten_by_all_others_once(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await visits(days, 1)
    await days.away.book(BookService, SERVED, wallet=WalletId("w1"), commitment="ab" * 32)
    await days.made(days.home, days.away)
    assert len(days.away.ledger.services) == 1
    await days.home.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m-w1"))
    await days.made(days.home, days.away)
    wallets, members = (WalletId("w1"),), (MemberId("m-w1"),)
    what = Lapse(kind=Lapsing.MEMBER, upto=on(1), wallets=wallets, members=members)
    assert (lapses(days.home), lapses(days.away)) == ([], [what])
    assert days.away.ledger.services == []


@pytest.mark.usefixtures("older")
async def test_by_all_names_and_not_by_a_shop_that_is_gone(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten, "WALLETS_MAX", 1)
    await days.opened()
    gone, _ = await days.shop("S3")
    for n in (1, 2):
        await days.joins(n)
    exchange, merchant = days.chain.exchange, days.chain.merchant
    await merge_members(exchange, merchant, "w2", "w1", by="Chen")
    await write_off(exchange, merchant, gone.name, by="Chen", second="Li")
    await days.made(days.home, days.away)
    await days.home.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m-w1"))
    await days.made(days.home, days.away)
    assert [one.wallets for one in lapses(days.away)] == [("w1",), ("w2",)]
    assert [one.members for one in lapses(days.away)] == [("m-w1",), ("m-w1", "m-w2")]
    async with days.chain.store.turn(merchant, gone.name) as turn:
        fed = await turn.feed_after(1, 0, 99)
    assert not [one for one in fed if isinstance(one.directive, Lapse)]


@pytest.mark.usefixtures("older")
async def test_where_value_is_left_they_are_known_on(days: Days) -> None:
    await days.opened()
    await days.joins(1)
    await visits(days, 1)
    await days.away.book(BookService, SERVED, wallet=WalletId("w1"), commitment="ab" * 32)
    await days.away.recharge("w1", 1)
    await days.home.book(BookErasure, wallet=WalletId("w1"), member=MemberId("m-w1"))
    await days.made(days.home, days.away)
    assert len(lapses(days.away)) == 1
    assert len(days.away.ledger.services) == 1
