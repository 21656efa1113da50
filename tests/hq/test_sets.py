"""Data sets as headquarters makes them: who is in them, when they change, and who may read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hq.decisions import merge_members, set_card, set_tier, write_off
from hq.giving import Pace
from hq.memory import MemoryStore
from hq.refusal import RequestRefused
from hq.sets import SetMaker
from hq.sets_ports import PLACES, SHARED, PartRow
from terminal.core.commands import CardState
from terminal.core.values import CardId, SiteId
from terminal.core.wire.people import KeyToken, Known
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.sets import Blob, SetName
from terminal.runtime.box import BoxSpoilt
from tests.hq.guest import knocked, named
from tests.hq.receiving import activates, blob, manifest, members, refused, rows
from tests.hq.shop import Chain, Shop
from tests.hq.test_boxes import ANNA, Company

DAY_MS = 86_400_000
EVERY_MS = Pace().every_ms


def key(n: int) -> KeyToken:
    return KeyToken(token=f"{n:064x}", card=CardId(f"card-{n}"), shown=f"***{n}")


class Sets(Company):
    """What `SetMaker.round` does, of this merchant alone: others share the database."""

    def __init__(self, chain: Chain, data: Path) -> None:
        super().__init__(chain, data)
        self.paced(Pace())

    def paced(self, pace: Pace) -> None:
        assert self.chain.boxes is not None
        self.maker = SetMaker(self.chain.exchange, self.chain.boxes, pace)

    async def made(self, *shops: Shop) -> None:
        """And applied, until nothing is new."""
        for _ in range(4):
            await self.maker.changes(self.chain.merchant)
            await self.maker.visit_merchant(self.chain.merchant)
            for shop in shops:
                await self.maker.visit(self.chain.merchant, shop.name)
                await shop.sync()

    async def later(self, *shops: Shop, ms: int = EVERY_MS) -> None:
        self.chain.clock.now_ms += ms
        await self.made(*shops)

    async def member(self, shop: Shop, n: int, known: Known = ANNA) -> None:
        await shop.join(f"w{n}")
        await shop.sync()
        await self.tell(shop, f"w{n}", known, key(n))

    async def table(self, name: str) -> list[Any]:
        if isinstance(self.chain.store, MemoryStore):
            return list(getattr(self.chain.store.merchants[self.chain.merchant], name).items())
        async with self.chain.store.looking() as connection:
            return list(
                await connection.fetch(
                    f"SELECT * FROM {name} WHERE merchant_id = $1",  # noqa: S608  a table of this file
                    self.chain.merchant,
                )
            )


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


def told(shop: Shop, name: SetName = SetName.MEMBERS) -> str:
    """The manifest that the shop reads that set by."""
    return shop.ledger.standing().sets[name]


async def test_a_member_of_one_site_is_in_the_set_of_another_once_they_were_met_there(sets: Sets) -> None:
    home, its = await sets.shop("S1")
    away, others = await sets.shop("S2")
    await sets.made(home, away)
    await sets.member(home, 1)
    await sets.made(home, away)
    assert (await members(home, told(home), its.enrolment.box_key))["w1"].known == ANNA
    assert SetName.MEMBERS not in away.ledger.standing().sets
    await away.ask(key=key(1).token)
    await sets.made(home, away)
    row = (await members(away, told(away), others.enrolment.box_key))["w1"]
    assert (row.member, row.keys, row.known) == ("m-w1", (key(1),), ANNA)


async def test_whoever_pays_somewhere_was_met_there_by_what_its_chain_says(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    away, guest = await sets.shop("S2")
    await sets.made(home, away)
    await sets.member(home, 1)
    await home.recharge("w1", 100)
    await home.sync()
    await away.ask(("wallet:w1:principal", 100))  # Without a key: nobody is told who that is.
    await home.sync()
    await sets.made(home, away)
    assert set(await members(away, told(away), guest.enrolment.box_key)) == {"w1"}


async def test_nothing_personal_can_be_read_in_what_is_stored_or_sent(
    sets: Sets, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    home, guest = await sets.shop("S1")
    await sets.member(home, 1, Known(name="Annabella", phone="13800000042", plate="B12345", pin="verifier9"))
    await sets.made(home)
    assert (await members(home, told(home), guest.enrolment.box_key))["w1"].known.pin == "verifier9"
    stored = repr([await sets.table(name) for name in ("blobs", "set_parts", "named", "given", "feed")])
    for part in (await manifest(home, told(home))).parts:
        stored += repr(await blob(home, part.hash))
    for secret in ("Annabella", "13800000042", "B12345", "verifier9"):
        assert secret not in stored
        assert secret not in caplog.text


async def test_only_the_machine_of_the_site_opens_its_parts(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    _, other = await sets.shop("S2")
    await sets.member(home, 1)
    await sets.made(home)
    with pytest.raises(BoxSpoilt):
        await rows(home, told(home), other.enrolment.box_key)


async def test_a_site_is_not_told_of_what_it_has_already(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    before = told(home)
    fed = len(home.told)
    await home.recharge("w1", 100)
    await home.sync()
    await sets.later(home)
    await sets.later(home)
    assert (told(home), len(home.told)) == (before, fed)


async def test_only_the_part_of_somebody_who_changed_is_made_anew(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await home.sync()
    for n in range(1, 41):
        await sets.tell(home, f"w{n}", ANNA, key(n))
    await sets.made(home)
    await _cut_into(sets, home, 4)
    await sets.later(home)
    before = {part.hash for part in (await manifest(home, told(home))).parts}
    assert len(before) == 4
    await set_tier(sets.chain.exchange, sets.chain.merchant, "w7", "gold", by="Lee")
    await sets.later(home)
    after = {part.hash for part in (await manifest(home, told(home))).parts}
    assert len(before & after) == 3
    known = await members(home, told(home), guest.enrolment.box_key)
    assert (len(known), known["w7"].tier, known["w8"].tier) == (40, "gold", "regular")


async def _cut_into(sets: Sets, shop: Shop, parts: int) -> None:
    width = PLACES // parts
    async with sets.chain.store.turn(sets.chain.merchant, shop.name) as turn:
        first = await turn.part_at(SetName.MEMBERS, 0)
        assert first is not None
        rows = [PartRow(low=low, high=low + width) for low in range(0, PLACES, width)]
        await turn.save_parts(SetName.MEMBERS, [replace(rows[0], told=first.told), *rows[1:]])
        await turn.spoil(SetName.MEMBERS, [(shop.name, 0)])


async def test_a_part_that_grows_too_large_is_cut_and_nobody_is_lost(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    sets.paced(Pace(changes=1_000))
    for n in range(620):
        await sets.tell(home, f"w{n}", ANNA, key(n))
        if n == 100:
            await sets.made(home)
            assert len((await manifest(home, told(home))).parts) == 1
    await sets.later(home)
    assert len((await manifest(home, told(home))).parts) == 2
    assert set(await members(home, told(home), guest.enrolment.box_key)) == {f"w{n}" for n in range(620)}


async def test_somebody_who_was_erased_is_in_no_set_and_in_no_blob_once_it_was_applied(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.member(home, 2)
    await sets.made(home)
    (before,) = (await manifest(home, told(home))).parts
    await sets.tell(home, "w1", Known())  # No key leads there any more.
    await sets.later(home)
    assert set(await members(home, told(home), guest.enrolment.box_key)) == {"w2"}
    await sets.maker.sweep(sets.chain.merchant)
    async with sets.chain.store.turn(sets.chain.merchant, home.name) as turn:
        assert await turn.own_blob(before.hash) is None


async def test_two_wallets_that_became_one_are_one_row_where_either_was_met(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    away, other = await sets.shop("S2")
    await sets.member(home, 1)
    sets.chain.clock.now_ms += 1
    await sets.member(away, 2)
    await sets.made(home, away)
    await merge_members(sets.chain.exchange, sets.chain.merchant, "w2", "w1", by="Lee")
    await sets.later(home, away)
    for shop, its in ((home, guest), (away, other)):
        known = await members(shop, told(shop), its.enrolment.box_key)
        assert {wallet: set(row.keys) for wallet, row in known.items()} == {"w1": {key(1), key(2)}}


async def test_a_year_after_they_were_met_last_a_site_holds_them_no_more(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.member(home, 2)
    await sets.made(home)
    await sets.later(home, ms=200 * DAY_MS)
    await home.recharge("w2", 100)
    await sets.later(home)
    await sets.later(home, ms=200 * DAY_MS)
    assert set(await members(home, told(home), guest.enrolment.box_key)) == {"w2"}


async def test_a_lost_card_is_in_the_hot_list_of_a_site_that_is_new_before_it_knows_anybody(
    sets: Sets,
) -> None:
    home, _ = await sets.shop("S1")
    for n in (1, 2, 3):
        await sets.member(home, n)
    for n, state in ((1, CardState.LOST), (2, CardState.FROZEN)):
        await set_card(sets.chain.exchange, sets.chain.merchant, f"card-{n}", state, by="Lee")
    await sets.made(home)
    away, guest = await sets.shop("S2")
    fed = len(away.told)
    await sets.made(home, away)
    kinds = [one.directive.set for one in away.told[fed:]]
    assert kinds == ["cards", "members"]
    assert await refused(away, told(away, SetName.CARDS)) == {"card-1": "lost", "card-2": "frozen"}
    known = await members(away, told(away), guest.enrolment.box_key)
    assert [known[f"w{n}"].keys for n in (1, 2, 3)] == [(key(1),), (key(2),), (key(3),)]


async def test_a_card_that_was_found_again_leaves_the_hot_list(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    await sets.member(home, 1)
    await set_card(sets.chain.exchange, sets.chain.merchant, "card-1", CardState.LOST, by="Lee")
    await sets.made(home)
    assert await refused(home, told(home, SetName.CARDS)) == {"card-1": "lost"}
    await set_card(sets.chain.exchange, sets.chain.merchant, "card-1", CardState.ACTIVE, by="Lee")
    await sets.later(home)
    assert await refused(home, told(home, SetName.CARDS)) == {}


async def test_what_its_feed_did_not_tell_a_site_of_is_not_found(sets: Sets, chain: Chain) -> None:
    home, guest = await sets.shop("S1")
    away, _ = await sets.shop("S2")
    await sets.made(home, away)
    await sets.member(home, 1)
    await sets.made(home, away)
    stranger = await Chain(chain.store).shop("S1")
    parts = [part.hash for part in (await manifest(home, told(home))).parts]
    for digest in (told(home), *parts):
        assert await blob(home, digest)
        for other in (away, stranger):
            with pytest.raises(RequestRefused) as refusal:
                await other.exchange.blob(Blob(**other.me, hash=digest))
            assert refusal.value.code is ProblemCode.NOT_FOUND
    assert parts
    assert guest.enrolment.box_key


async def test_what_nothing_names_any_more_is_dropped_and_what_is_read_stays(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    old = told(home)
    gone = [part.hash for part in (await manifest(home, old)).parts]
    await sets.member(home, 2)
    await sets.later(home)
    await sets.maker.sweep(sets.chain.merchant)
    for digest in (old, *gone):
        with pytest.raises(RequestRefused):
            await blob(home, digest)
    kept = {told(home), told(home, SetName.CARDS)}
    kept |= {part.hash for part in (await manifest(home, told(home))).parts}
    stored = {
        row["hash"].hex() if not isinstance(row, tuple) else row[0] for row in await sets.table("blobs")
    }
    assert stored == kept
    assert set(await members(home, told(home), guest.enrolment.box_key)) == {"w1", "w2"}


async def test_a_site_that_does_not_call_has_two_manifests_of_a_set_at_most(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    read = told(home)
    for n in range(2, 6):
        await sets.tell(home, f"w{n}", ANNA, key(n))
        sets.chain.clock.now_ms += EVERY_MS
        await sets.maker.changes(sets.chain.merchant)
        await sets.maker.visit(sets.chain.merchant, home.name)
        await sets.maker.sweep(sets.chain.merchant)
    assert len(activates(await home.told_now(), SetName.MEMBERS)) == 1
    assert set(await members(home, read, guest.enrolment.box_key)) == {"w1"}
    await sets.later(home)
    assert len(await members(home, told(home), guest.enrolment.box_key)) == 5


async def test_another_machine_of_the_site_gets_all_of_it_sealed_to_itself(sets: Sets) -> None:
    home, old = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    await sets.tell(home, "w2", ANNA, key(2))
    sets.chain.clock.now_ms += EVERY_MS
    await sets.maker.changes(sets.chain.merchant)
    await sets.maker.visit(sets.chain.merchant, home.name)  # On its way, sealed to the old one.
    new = await knocked(sets.door, named(sets.chain.merchant, "S1"))
    sets.chain.clock.now_ms += 1
    await sets.maker.visit(sets.chain.merchant, home.name)
    (waiting,) = activates(await home.told_now(), SetName.MEMBERS)
    assert (await manifest(home, waiting.hash)).parts == ()
    await home.sync()
    await sets.later(home)
    assert set(await members(home, told(home), new.enrolment.box_key)) == {"w1", "w2"}
    with pytest.raises(BoxSpoilt):
        await rows(home, told(home), old.enrolment.box_key)


async def test_a_machine_that_was_shut_out_is_sealed_nothing(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    await sets.doors.revoke(named(sets.chain.merchant, "S1"), 1, "stolen")
    await sets.member(home, 1)
    await sets.made(home)
    assert set(home.ledger.standing().sets) == {"cards"}


async def test_a_site_that_was_written_off_is_made_nothing_for(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    await sets.shop("S2")
    await write_off(sets.chain.exchange, sets.chain.merchant, SiteId("S2"), by="Lee", second="Wu")
    await sets.made(home)
    await sets.maker.visit(sets.chain.merchant, SiteId("S2"))
    found = await sets.table("set_sites")
    assert {row["site"] if not isinstance(row, tuple) else row[0] for row in found} == {"", "S1"}


async def test_a_new_site_begins_with_whom_the_others_met_in_several_manifests(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    for n in range(40):
        await sets.tell(home, f"w{n}", ANNA, key(n))
    await sets.made(home)
    sets.paced(Pace(told=2, adopted=30))
    away, guest = await sets.shop("S2")
    await sets.made(home, away)
    assert len(await members(away, told(away), guest.enrolment.box_key)) == 30


async def test_after_a_restore_each_site_is_told_again_what_it_reads(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    sets.chain.at_epoch(2)
    sets.paced(Pace())
    fed = len(home.told)
    await home.sync()
    await sets.later(home)
    again = home.told[fed:]
    assert len(activates(again, SetName.MEMBERS)) == len(activates(again, SetName.CARDS)) == 1
    assert set(await members(home, told(home), guest.enrolment.box_key)) == {"w1"}


async def test_what_there_is_to_do_is_found_by_looking(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    merchant, store = sets.chain.merchant, sets.chain.store

    async def waiting() -> set[str]:
        found = await store.sites_to_look_at(sets.chain.clock.wall_ms(), 1_000_000)
        return {site for one, site in found if one == merchant}

    assert await waiting() == {SHARED, "S1"}
    await sets.made(home)
    assert await waiting() == set()
    await sets.member(home, 1)
    assert merchant in await store.merchants_changed(1_000_000)
    await sets.made(home)
    assert await waiting() == set()
    await home.recharge("w1", 100)
    await home.push()
    assert await waiting() == set()  # Who was met is told with the next manifest, at the earliest.
    sets.chain.clock.now_ms += EVERY_MS
    assert await waiting() == {SHARED, "S1"}


async def test_a_site_that_is_online_is_looked_at_often_while_something_is_on_its_way(sets: Sets) -> None:
    home, _ = await sets.shop("S1")
    await sets.maker.visit_merchant(sets.chain.merchant)
    await sets.maker.visit(sets.chain.merchant, home.name)
    now = sets.chain.clock.now_ms
    for later, waits in ((Pace().soon_ms - 1, False), (Pace().soon_ms, True)):
        found = await sets.chain.store.sites_to_look_at(now + later, 1_000_000)
        assert ((sets.chain.merchant, home.name) in found) is waits
    sets.chain.clock.now_ms += sets.chain.policy.online_ms + 1
    await sets.maker.visit(sets.chain.merchant, home.name)
    found = await sets.chain.store.sites_to_look_at(sets.chain.clock.now_ms + EVERY_MS - 1, 1_000_000)
    assert (sets.chain.merchant, home.name) not in found


async def test_a_long_chain_is_looked_through_piece_by_piece(sets: Sets) -> None:
    sets.paced(Pace(entries=3))
    home, guest = await sets.shop("S1")
    for n in range(1, 6):
        await sets.member(home, n)
        await home.recharge(f"w{n}", 100)
    await home.sync()
    async with sets.chain.store.turn(sets.chain.merchant, home.name) as turn:
        await turn.take_changes(1_000)  # As if nobody but the chain had told of them.
    for _ in range(4):
        await sets.maker.visit_merchant(sets.chain.merchant)
        await sets.maker.visit(sets.chain.merchant, home.name)
        found = await sets.chain.store.sites_to_look_at(sets.chain.clock.now_ms, 1_000_000)
        if (sets.chain.merchant, home.name) not in found:
            break
    async with sets.chain.store.turn(sets.chain.merchant, home.name) as turn:
        state = await turn.set_site()
        assert state is not None
        assert state.read_seq == (await home.ledger.head())[0] > 9
    await home.sync()
    await sets.later(home)
    assert len(await members(home, told(home), guest.enrolment.box_key)) == 5


async def test_while_no_manifest_is_due_changes_gather_and_their_part_is_made_once(sets: Sets) -> None:
    home, guest = await sets.shop("S1")
    await sets.member(home, 1)
    await sets.made(home)
    blobs = len(await sets.table("blobs"))
    for n in range(2, 6):
        await sets.member(home, n)
        await sets.made(home)
    assert len(await sets.table("blobs")) == blobs
    await sets.later(home)
    assert len(await members(home, told(home), guest.enrolment.box_key)) == 5


async def test_what_goes_wrong_with_one_of_them_keeps_nobody_else_from_theirs(tmp_path: Path) -> None:
    sets = Sets(Chain(MemoryStore()), tmp_path / "keys")
    home, _ = await sets.shop("S1")
    await sets.member(home, 1)

    async def visit_merchant(_: str) -> None:
        raise ZeroDivisionError

    sets.maker.visit_merchant = visit_merchant  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        await sets.maker.round()
    assert {row[0] for row in await sets.table("set_sites")} == {"S1"}
