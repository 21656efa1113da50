"""Who somebody is, told to a site that asks: opened and sealed again with the real keys of the door."""

from __future__ import annotations

from os import urandom
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from hq import parts
from hq.boxes import Boxes
from hq.decisions import set_card, set_tier
from hq.door import Door
from hq.door_memory import MemoryDoor
from hq.door_postgres import PostgresDoor
from hq.memory import MemoryStore
from terminal.core.commands import BookMerge, CardState
from terminal.core.values import CardId, EntryId, MemberId, WalletId
from terminal.core.wire.people import (
    KeyToken,
    Known,
    MemberRow,
    Profile,
    ProfileEdit,
    profile_about,
    who_about,
)
from terminal.core.wire.rights import Asked
from terminal.runtime.box import BoxSpoilt, opened, sealed_to
from tests.hq.guest import Guest, keys_of, knocked, named
from tests.hq.shop import Chain, Shop

PHONE, CARD, OTHER = "a" * 64, "b" * 64, "c" * 64
ANNA = Known(name="Anna", phone="13800000000", salt="s")
CARD_KEY = KeyToken(token=CARD, card=CardId("card-1"), shown="***1")


class Company:
    """Two shops whose machines were let in by codes."""

    def __init__(self, chain: Chain, data: Path) -> None:
        self.chain = chain
        self.keys = keys_of(data)
        self.doors = MemoryDoor() if isinstance(chain.store, MemoryStore) else PostgresDoor(chain.store)
        self.door = Door(self.doors, self.keys, chain.clock, urandom)
        chain.boxes = Boxes(self.keys, self.doors, urandom)
        chain.at_epoch(1)

    async def shop(self, site: str) -> tuple[Shop, Guest]:
        guest = await knocked(self.door, named(self.chain.merchant, site))
        return await self.chain.shop(site, instance="i1"), guest

    async def tell(self, shop: Shop, wallet: str, known: Known, *keys: KeyToken, since: int = 0) -> None:
        edit = ProfileEdit(
            since=since,
            turn=0,
            id=EntryId(self.chain.ids.new()),
            wallet=WalletId(wallet),
            member=MemberId(f"m-{wallet}"),
            keys=keys,
        )
        about = profile_about(edit.id, edit.wallet)
        box = sealed_to(self.keys.box_key, msgspec.json.encode(known), about=about, fresh=urandom(32))
        profile = Profile(**shop.me, hq_epoch=1, edits=(replace(edit, sealed=box),))
        await self.chain.exchange.profile(profile)


def told(asked: Asked, guest: Guest) -> MemberRow:
    clear = opened(guest.enrolment.box_key, asked.who, about=who_about(guest.enrolment.site))
    return msgspec.json.decode(clear, type=MemberRow)


@pytest.fixture
def company(chain: Chain, tmp_path: Path) -> Company:
    return Company(chain, tmp_path / "keys")


async def test_a_site_that_asks_with_a_card_or_a_phone_learns_who_it_is(company: Company) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await home.join("w1")
    await home.sync()
    await company.tell(home, "w1", ANNA, CARD_KEY, KeyToken(token=PHONE))
    await set_tier(company.chain.exchange, company.chain.merchant, "w1", "gold", by="Lee")
    for token in (CARD, PHONE):
        row = told(await away.ask(key=token), guest)
        assert (row.wallet, row.member, row.tier, row.known) == ("w1", "m-w1", "gold", ANNA)
        assert row.keys == (KeyToken(token=PHONE), CARD_KEY) or row.keys == (CARD_KEY, KeyToken(token=PHONE))


async def test_what_a_card_is_for_goes_with_it(company: Company) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    back, points = replace(CARD_KEY, kind="back"), KeyToken(token=OTHER, card=CardId("card-2"), kind="points")
    await company.tell(home, "w1", ANNA, back, points, KeyToken(token=PHONE))
    keys = told(await away.ask(key=PHONE), guest).keys
    assert {(key.card, key.kind) for key in keys} == {("card-1", "back"), ("card-2", "points"), (None, "")}


async def test_what_one_shop_asked_for_its_trade_is_told_to_no_other(company: Company) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await home.join("w1")
    await home.sync()
    await company.tell(home, "w1", replace(ANNA, told=(("allergy", "nuts"),)), CARD_KEY)
    assert told(await away.ask(key=CARD), guest).known == ANNA


async def test_only_the_machine_that_asked_opens_the_answer(company: Company) -> None:
    home, other = await company.shop("S1")
    away, _ = await company.shop("S2")
    await company.tell(home, "w1", ANNA, CARD_KEY)
    asked = await away.ask(key=CARD)
    assert b"Anna" not in asked.who
    with pytest.raises(BoxSpoilt):
        opened(other.enrolment.box_key, asked.who, about=who_about(away.name))


async def test_a_card_that_is_hot_is_refused_and_leads_nowhere_for_whoever_asks_by_phone(
    company: Company,
) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await company.tell(home, "w1", ANNA, CARD_KEY, KeyToken(token=PHONE))
    await set_card(company.chain.exchange, company.chain.merchant, "card-1", CardState.LOST, by="Lee")
    refused = await away.ask(key=CARD)
    assert (refused.outcome, refused.code, refused.who) == ("refused", "41", b"")
    assert told(await away.ask(key=PHONE), guest).keys == (KeyToken(token=PHONE),)


async def test_after_a_merge_both_cards_lead_to_the_wallet_that_is_left(company: Company) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await home.join("w1")
    await home.sync()
    company.chain.clock.now_ms += 1
    await away.join("w2")
    await away.sync()
    await company.tell(home, "w1", ANNA, CARD_KEY, KeyToken(token=PHONE))
    second = KeyToken(token=OTHER, card=CardId("card-2"))
    await company.tell(away, "w2", ANNA, second, KeyToken(token=PHONE))
    row = told(await away.ask(key=OTHER), guest)
    assert (row.wallet, row.member) == ("w1", "m-w1")
    assert {key.token for key in row.keys} == {CARD, OTHER, PHONE}


async def test_a_profile_that_does_not_open_leaves_a_member_who_is_known_by_card(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await home.profile("w1", CARD_KEY)
    row = told(await away.ask(key=CARD), guest)
    assert (row.wallet, row.known) == ("w1", Known())
    assert "cannot be read" in caplog.text


async def test_a_machine_that_was_shut_out_is_told_nothing(company: Company) -> None:
    home, _ = await company.shop("S1")
    away, _ = await company.shop("S2")
    await company.tell(home, "w1", ANNA, CARD_KEY)
    await company.doors.revoke(named(company.chain.merchant, "S2"), 1, "stolen")
    assert (await away.ask(key=CARD)).who == b""


async def test_of_a_visitor_another_site_tells_cards_alone(company: Company) -> None:
    """It knows nobody: their own site's word stands, also where nothing is known yet."""
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    await home.join("w1")
    await home.sync()
    await company.tell(home, "w1", ANNA, CARD_KEY, KeyToken(token=PHONE))
    new = KeyToken(token=OTHER, card=CardId("card-2"), shown="***2")
    for wallet in ("w1", "w2"):
        edit = ProfileEdit(
            turn=1,
            id=EntryId(company.chain.ids.new()),
            wallet=WalletId(wallet),
            member=MemberId(f"m-{wallet}"),
            keys=(new, KeyToken(token="d" * 64)),
            visitor=True,
        )
        await company.chain.exchange.profile(Profile(**away.me, hq_epoch=1, edits=(edit,)))
    row = told(await away.ask(key=OTHER), guest)
    assert (row.wallet, row.known, row.keys) == ("w1", ANNA, (KeyToken(token=PHONE), CARD_KEY, new))
    assert (await away.ask(key="d" * 64)).who == b""


async def visits(company: Company, shop: Shop, pin: str, *, member: str = "m-w1", turn: int = 0) -> None:
    """They chose a PIN there, where nothing else is known of them."""
    edit = ProfileEdit(
        turn=turn,
        id=EntryId(company.chain.ids.new()),
        wallet=WalletId("w1"),
        member=MemberId(member),
        visitor=True,
    )
    if pin:
        clear, about = msgspec.json.encode(Known(pin=pin)), profile_about(edit.id, edit.wallet)
        box = sealed_to(company.keys.box_key, clear, about=about, fresh=urandom(32))
        edit = replace(edit, sealed=box)
    await company.chain.exchange.profile(Profile(**shop.me, hq_epoch=1, edits=(edit,)))


@pytest.mark.parametrize(
    ("home", "away", "far", "since", "stands"),
    [
        ("", 5, 0, 0, 5),
        (4, 5, 0, 0, 5),
        (5, 4, 0, 0, 5),
        (5, 5, 0, 0, 5),
        (4, 5, 6, 0, 6),
        (4, 6, 5, 0, 6),
        (4, 0, 0, 0, 4),
        ("", 5, 0, 5, ""),
        ("", 5, 0, 4, 5),
    ],
)
async def test_of_pins_that_were_chosen_at_several_shops_the_last_is_theirs(  # noqa: PLR0917
    company: Company, home: int | str, away: int, far: int, since: int, stands: int | str
) -> None:
    """Not one of before the wallet was theirs."""
    one, _ = await company.shop("S1")
    other, guest = await company.shop("S2")
    third, _ = await company.shop("S3")
    await one.join("w1")
    await one.sync()
    known = replace(ANNA, pin=chosen(int(home)) if home else "")
    await company.tell(one, "w1", known, CARD_KEY, since=since)
    for shop, ms in ((other, away), (third, far)):
        if ms:
            await visits(company, shop, chosen(ms))
    row = told(await other.ask(key=CARD), guest)
    assert row.known == replace(ANNA, pin=chosen(int(stands)) if stands else "")


async def test_a_shop_s_later_word_takes_the_place_of_its_own_alone(company: Company) -> None:
    one, _ = await company.shop("S1")
    other, guest = await company.shop("S2")
    await one.join("w1")
    await one.sync()
    await visits(company, other, chosen(4), turn=1)  # Before their own shop told anything.
    await company.tell(one, "w1", ANNA, CARD_KEY)
    assert told(await other.ask(key=CARD), guest).known.pin == chosen(4)
    await visits(company, other, chosen(6), turn=2)
    await visits(company, other, chosen(5), turn=1)  # It comes late.
    await visits(company, other, "", turn=3)
    await visits(company, other, chosen(9), member="m-other", turn=4)
    assert told(await other.ask(key=CARD), guest).known == replace(ANNA, pin=chosen(6))
    await company.tell(one, "w1", ANNA, CARD_KEY)
    assert told(await other.ask(key=CARD), guest).known.pin == chosen(6)
    forgotten = ProfileEdit(
        turn=9,
        id=EntryId(company.chain.ids.new()),
        wallet=WalletId("w1"),
        member=MemberId("m-w1"),
    )
    await company.chain.exchange.profile(Profile(**one.me, hq_epoch=1, edits=(forgotten,)))
    assert await pins(company, one) == ()


async def pins(company: Company, shop: Shop) -> tuple[str, ...]:
    async with company.chain.store.turn(company.chain.merchant, shop.name) as turn:
        (person,) = await turn.persons(["w1"])
    return tuple(one.edit for one in person.pins)


async def test_who_is_forgotten_leaves_no_pin(company: Company) -> None:
    one, _ = await company.shop("S1")
    other, guest = await company.shop("S2")
    await one.join("w1")
    await one.sync()
    await company.tell(one, "w1", ANNA, CARD_KEY)
    await visits(company, other, chosen(4))
    assert len(await pins(company, one)) == 1
    async with company.chain.store.turn(company.chain.merchant, one.name, alone=True) as turn:
        await turn.forget_people(["w1"])
    assert await pins(company, one) == ()
    assert (await other.ask(key=CARD)).who == b""
    assert guest.enrolment.site == "S2"


async def test_where_what_is_told_of_them_cannot_be_read_no_visitor_s_pin_is_told(company: Company) -> None:
    one, _ = await company.shop("S1")
    other, _ = await company.shop("S2")
    await one.join("w1")
    await one.sync()
    await company.tell(one, "w1", ANNA, CARD_KEY)
    await visits(company, other, chosen(4))
    async with company.chain.store.turn(company.chain.merchant, one.name) as turn:
        (person,) = await turn.persons(["w1"])
    boxes = Boxes(company.keys, company.doors, urandom)
    assert boxes.row(person).known.pin == chosen(4)
    assert boxes.row(replace(person, sealed=b"spoilt")).known == Known()
    printed = msgspec.json.encode(parts._print(person))
    (pin,) = person.pins
    assert msgspec.json.encode(parts._print(replace(person, pins=(replace(pin, sealed=b"x"),)))) == printed
    assert msgspec.json.encode(parts._print(replace(person, pins=()))) != printed


def chosen(ms: int) -> str:
    return f"a1.{ms}.0011aabb.c2FsdA==.aGFzaA=="


async def one_person(company: Company, *pins: str, since: int = 0) -> tuple[MemberRow, Shop]:
    """Of wallets w1, w2 and so on that were merged into the first one, with the PIN of each."""
    home, _ = await company.shop("S1")
    away, guest = await company.shop("S2")
    for n, pin in enumerate(pins, 1):
        await home.join(f"w{n}")
        await home.sync()
        keys = (CARD_KEY,) if n == 1 else ()
        await company.tell(home, f"w{n}", Known(name=f"N{n}", pin=pin), *keys, since=since if n == 1 else 0)
    for n in range(2, len(pins) + 1):
        await home.book(BookMerge, wallet=WalletId(f"w{n}"), into=WalletId("w1"))
    await home.sync()
    return told(await away.ask(key=CARD), guest), home


@pytest.mark.parametrize(
    ("pins", "since", "known"),
    [
        (("", chosen(5)), 0, chosen(5)),
        ((chosen(4), chosen(5)), 0, chosen(4)),
        (("", chosen(7), chosen(5)), 0, chosen(7)),
        (("", chosen(5), "", chosen(7)), 0, chosen(7)),
        (("", ""), 0, ""),
        (("",), 0, ""),
        (("", chosen(5)), 4, chosen(5)),
        (("", chosen(5)), 5, ""),
    ],
)
async def test_the_pin_of_a_membership_that_was_merged_is_told_where_the_other_has_none(
    company: Company, pins: tuple[str, ...], since: int, known: str
) -> None:
    """Unless what is left of them was given to somebody since."""
    row, _ = await one_person(company, *pins, since=since)
    assert (row.wallet, row.known.name, row.known.pin) == ("w1", "N1", known)


async def test_where_what_is_told_of_them_cannot_be_read_no_other_pin_takes_its_place(
    company: Company,
) -> None:
    _, home = await one_person(company, chosen(4), chosen(5))
    async with company.chain.store.turn(company.chain.merchant, home.name) as turn:
        (person,) = await turn.persons(["w1"])
    assert [one.wallet for one in person.others] == ["w2"]
    boxes = Boxes(company.keys, company.doors, urandom)
    assert boxes.row(replace(person, sealed=b"spoilt")).known == Known()
    assert boxes.row(replace(person, sealed=b"")).known == Known(pin=chosen(5))


async def test_a_part_that_names_another_of_their_wallets_is_made_anew_when_that_is_told_of(
    company: Company,
) -> None:
    _, home = await one_person(company, "", "")
    printed = []
    for pin in (chosen(5), chosen(6)):
        await company.tell(home, "w2", Known(pin=pin))
        async with company.chain.store.turn(company.chain.merchant, home.name) as turn:
            (person,) = await turn.persons(["w1"])
        printed.append(msgspec.json.encode(parts._print(person)))
    assert printed[0] != printed[1]
    (other,) = person.others
    sealed_anew = replace(person, others=(replace(other, sealed=b"x"),))
    assert msgspec.json.encode(parts._print(sealed_anew)) == printed[1]
