"""A wallet that another shop gave to another person: who had it before is no more led to it here."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.codes import receipt_number
from terminal.core.commands import (
    BookCard,
    BookDirective,
    BookGuest,
    BookJoin,
    BookMerge,
    BookPin,
    BookTransfer,
    CardState,
    Private,
)
from terminal.core.directives import CardStanding, Directed, GivenAway, HolderNamed, Merge
from terminal.core.errors import CardReplaced, GivenMeanwhile
from terminal.core.ledger.membership import following
from terminal.core.pin import TRIES_MAX
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import CardId, EntryId, MemberId, WalletId
from terminal.core.wire.people import KeyToken, Known, MemberRow
from terminal.store.answers import id_ms
from terminal.store.beside import check_beside
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import AT, CARD, an_id, issue, opens, recharge, sale, transfer
from tests.store.test_heal import chain_of, healed
from tests.store.test_pins import PIN, choose, tries

PHONE, NEW_PHONE = (Credential(medium=Medium.PHONE, number=f"1900000030{n}") for n in (1, 2))
NINTH = Credential(medium=Medium.EM4100, number="0A00BC6199")
W1, M1, M2 = WalletId("w1"), MemberId("m1"), MemberId("m2")
JOIN = BookJoin(id=an_id(1), at=AT, opens=replace(opens(1), member=M1))
WANG = Private(credentials=(PHONE, CARD), name="王小明", initials="WXM", phone=PHONE.number)
SINCE = id_ms(an_id(50))


def gives(after_ms: int) -> BookTransfer:
    """To m101, so long after."""
    ms = f"{SINCE + after_ms:012x}"
    return replace(transfer(4), id=EntryId(f"{ms[:8]}-{ms[8:]}-7000-8000-000000000004"))


def given_away(
    m: int, wallet: str = "w1", member: str = "m2", since: int = SINCE, cards: tuple[str, ...] = ("c1",)
) -> BookDirective:
    over = tuple(map(CardId, cards))
    what = GivenAway(wallet=WalletId(wallet), member=MemberId(member), since=since, cards=over)
    return BookDirective(id=an_id(200 + m), at=AT, directed=Directed(hq_epoch=1, m=m), directive=what)


async def home(ledger: Any) -> None:
    """Of a member with phone, card, PIN and value."""
    await ledger.committer.submit(JOIN, WANG)
    await ledger.committer.submit(recharge(2, principal=500))
    await choose(ledger, 3, PIN)


async def holders(ledger: Any) -> list[Holder | None]:
    return [await ledger.books.holder(one) for one in (PHONE, CARD, NEW_PHONE)]


def row_of(ledger: Any, member: str, name: str, *phones: Credential, pin: str = "") -> MemberRow:
    """As a data set has them."""
    of_phones = tuple(KeyToken(token=ledger.books.token(one)) for one in phones)
    card = KeyToken(token=ledger.books.token(CARD), card=CardId("c1"))
    known = Known(name=name, phone=phones[0].number, pin=pin)
    return MemberRow(wallet=W1, member=MemberId(member), keys=(card, *of_phones), known=known)


async def test_phone_name_and_pin_of_who_had_it_lead_nowhere_and_the_card_to_who_has_it(ledger: Any) -> None:
    await home(ledger)
    (before,) = await ledger.books.found("王小明")
    assert (before.wallet, (await ledger.books.holder(PHONE)).name_shown) == ("w1", "王**")
    await ledger.committer.submit(given_away(1))
    by_phone, by_card, by_new = await holders(ledger)
    assert by_phone is by_new is None
    assert by_card is not None
    assert (by_card.wallet, by_card.member, by_card.name_shown, by_card.principal) == ("w1", "m2", "", 500)
    assert await ledger.books.found("王小明") == []
    assert not await ledger.pin_book.has(by_card, CARD)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    (edit,) = await ledger.link.edits(9)
    assert (edit.since, edit.member, edit.visitor, [key.card for key in edit.keys]) == (
        SINCE, "m2", True, ["c1"]
    )  # fmt: skip


async def test_who_has_it_is_known_by_what_headquarters_says_of_them(ledger: Any) -> None:
    await home(ledger)
    await ledger.committer.submit(given_away(1))
    await ledger.books.keep_asked(row_of(ledger, "m2", "李四", NEW_PHONE))
    by_phone, by_card, by_new = await holders(ledger)
    assert by_phone is None
    assert by_card is not None
    assert by_new is not None
    assert [(one.wallet, one.member, one.name_shown, one.principal) for one in (by_card, by_new)] == [
        ("w1", "m2", "李*", 500)
    ] * 2
    assert (by_card.number_shown, by_new.number_shown) == ("****614E", "190****0302")
    assert not by_new.guest


async def test_a_set_that_is_older_says_nothing_of_who_has_it(ledger: Any) -> None:
    """Also of a card that is known here by that set alone."""
    visitor = BookGuest(id=an_id(1), at=AT, wallet=W1, member=M1, card=CardId("c1"))
    await ledger.committer.submit(visitor, Private(credentials=(CARD,)))
    pin = replace(row_of(ledger, "m1", "王小明", PHONE), known=Known(name="王小明", phone=PHONE.number))
    await ledger.books.keep_asked(pin)
    by_phone, by_card, _ = await holders(ledger)
    assert by_phone is not None
    assert by_card is not None
    assert (by_phone.name_shown, by_card.name_shown) == ("王**", "王**")
    await ledger.committer.submit(given_away(1))
    by_phone, by_card, _ = await holders(ledger)
    assert by_phone is None
    assert by_card is not None
    assert (by_card.wallet, by_card.member, by_card.card, by_card.name_shown) == ("w1", "m2", "c1", "")
    assert not by_card.guest
    await ledger.books.keep_asked(row_of(ledger, "m2", "李四", NEW_PHONE))
    _, by_card, by_new = await holders(ledger)
    assert by_card is not None
    assert by_new is not None
    assert (by_card.name_shown, by_new.name_shown) == ("李*", "李*")


async def test_a_card_whose_holder_an_older_set_names_is_shown_without_a_name(ledger: Any) -> None:
    await home(ledger)
    await ledger.committer.submit(given_away(1))
    await ledger.books.keep_asked(row_of(ledger, "m1", "王小明", PHONE))
    by_phone, by_card, _ = await holders(ledger)
    assert by_phone is None
    assert by_card is not None
    assert (by_card.name_shown, by_card.number_shown) == ("", "****614E")


async def test_who_has_a_profile_here_is_shown_by_it(ledger: Any) -> None:
    await home(ledger)
    await ledger.books.keep_asked(row_of(ledger, "m1", "张三", PHONE))
    _, by_card, _ = await holders(ledger)
    assert by_card is not None
    assert by_card.name_shown == "王**"


@pytest.mark.parametrize(("made_ms", "counts"), [(SINCE, False), (SINCE + 1, True)])
async def test_a_pin_counts_that_was_chosen_since(ledger: Any, made_ms: int, *, counts: bool) -> None:
    await home(ledger)
    await ledger.committer.submit(given_away(1))
    verifier = await ledger.pin_book.verifier(PIN)
    version, _, rest = verifier.split(".", 2)
    far = f"{version}.{made_ms}.{rest}"
    await ledger.books.keep_asked(row_of(ledger, "m2", "李四", NEW_PHONE, pin=far))
    by_card = await ledger.books.holder(CARD)
    assert await ledger.pin_book.has(by_card, CARD) is counts


MORE = replace(CARD, number="0A00BC0077")


async def another_card(ledger: Any, wallet: str = "w1") -> None:
    card = BookCard(id=an_id(20), at=AT, wallet=WalletId(wallet), card=CardId("c77"))
    await ledger.committer.submit(card, Private(credentials=(MORE,)))


@pytest.mark.parametrize("cards", [("c1",), ("c1", "c77"), ("c77",), ()])
async def test_what_was_not_handed_over_of_its_cards_ends(ledger: Any, cards: tuple[str, ...]) -> None:
    await home(ledger)
    await another_card(ledger)
    await ledger.committer.submit(given_away(1, cards=cards))
    for card, key in (("c1", CARD), ("c77", MORE)):
        known = await ledger.committer.ask(lambda state, card=card: state.card(CardId(card)))
        stands = CardState.ACTIVE if card in cards else CardState.CANCELLED
        assert known.state is stands
        assert (await ledger.books.holder(key) is None) is (card not in cards)
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    (edit,) = await ledger.link.edits(9)
    assert sorted(key.card for key in edit.keys) == sorted(cards)


async def test_cards_that_ended_before_and_those_of_others_are_left_as_they_are(ledger: Any) -> None:
    await home(ledger)
    await another_card(ledger)
    stopped = CardStanding(card=CardId("c77"), state=CardState.CANCELLED)
    told = BookDirective(id=an_id(23), at=AT, directed=Directed(hq_epoch=1, m=1), directive=stopped)
    await ledger.committer.submit(told)
    new = BookCard(id=an_id(21), at=AT, wallet=W1, card=CardId("c78"))
    await ledger.committer.submit(new, Private(credentials=(replace(CARD, number="0A00BC0078"),)))
    await ledger.committer.submit(*issue(22, 2))
    await ledger.committer.submit(given_away(2))
    with pytest.raises(CardReplaced):  # Who presents it hears why.
        await ledger.books.holder(MORE)
    states = [
        (await ledger.committer.ask(lambda state, card=card: state.card(CardId(card)))).state
        for card in ("c77", "c78", "c2")
    ]
    assert states == [CardState.CANCELLED, CardState.CANCELLED, CardState.ACTIVE]
    assert await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0002")) is not None


async def test_a_card_of_nobody_gets_its_name_and_stays(ledger: Any) -> None:
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(given_away(1, cards=()))
    holder = await ledger.books.holder(Credential(medium=Medium.EM4100, number="0A00BC0001"))
    assert (holder.wallet, holder.member, holder.name_shown) == ("w1", "m2", "")


async def test_a_card_alone_says_nothing_of_whoever_a_wallet_was_given_to(ledger: Any) -> None:
    await home(ledger)
    given = ledger.pin_book.given_away
    assert not await given(await ledger.books.holder(CARD), CARD)
    await ledger.books.keep_asked(row_of(ledger, "m1", "王小明", PHONE))
    assert not await given(await ledger.books.holder(CARD), CARD)
    await ledger.books.keep_asked(replace(row_of(ledger, "m2", "李四", PHONE), given=True))
    assert await given(await ledger.books.holder(CARD), CARD)
    await ledger.books.keep_asked(row_of(ledger, "m1", "王小明", PHONE))
    await ledger.committer.submit(given_away(1))
    assert await given(await ledger.books.holder(CARD), CARD)


async def test_nor_of_a_visitor_of_whom_headquarters_says_so(ledger: Any) -> None:
    row = row_of(ledger, "m2", "李四", NEW_PHONE)
    for given in (False, True):
        await ledger.books.keep_asked(replace(row, given=given))
        holder = await ledger.books.holder(CARD)
        assert await ledger.pin_book.given_away(holder, CARD) is given


async def test_who_has_it_begins_with_all_tries(ledger: Any) -> None:
    await home(ledger)
    holder = await ledger.books.holder(CARD)
    await tries(ledger, holder, "731200", 2)
    await ledger.committer.submit(given_away(1))
    await choose(ledger, 4, PIN)
    assert await tries(ledger, holder, "731200", 1) == [TRIES_MAX - 1]


async def test_of_two_that_were_given_the_later_stands(ledger: Any) -> None:
    await home(ledger)
    for m, (member, since) in enumerate((("m2", SINCE), ("m3", SINCE - 1), ("m1", SINCE)), 1):
        await ledger.committer.submit(given_away(m, member=member, since=since))
        assert (await ledger.books.holder(CARD)).member == "m2"
    await ledger.committer.submit(given_away(4, member="m5", since=SINCE + 1))
    assert (await ledger.books.holder(CARD)).member == "m5"


@pytest.mark.parametrize(("after_ms", "stays"), [(-1, False), (0, False), (1, True)])
async def test_what_was_given_here_later_stays_with_phone_and_pin(
    ledger: Any, after_ms: int, *, stays: bool
) -> None:
    await home(ledger)
    private = Private(name="李四", phone=NEW_PHONE.number, credentials=(NEW_PHONE,))
    await ledger.committer.submit(gives(after_ms), private)
    await choose(ledger, 52, PIN)
    await ledger.committer.submit(given_away(1))
    by_new = await ledger.books.holder(NEW_PHONE)
    assert (by_new is not None) is stays
    by_card = await ledger.books.holder(CARD)
    assert by_card.member == ("m101" if stays else "m2")
    assert await ledger.pin_book.has(by_card, CARD) is stays


async def test_what_is_not_known_or_was_merged_here_is_left_alone(ledger: Any) -> None:
    await home(ledger)
    other = BookJoin(id=an_id(4), at=AT, opens=opens(2, member=True))
    await ledger.committer.submit(other, Private(name="李四"))
    await ledger.committer.submit(given_away(1, "far"))
    assert await ledger.committer.ask(lambda state: state.wallet(WalletId("far"))) is None
    await ledger.committer.submit(BookMerge(id=an_id(5), at=AT, wallet=W1, into=WalletId("w2")))
    await ledger.committer.submit(given_away(2))
    by_phone = await ledger.books.holder(PHONE)
    assert (by_phone.wallet, by_phone.member) == ("w2", "m2")
    assert (await ledger.committer.ask(lambda state: state.wallet(W1))).member == "m1"


@pytest.mark.parametrize("later", [False, True])
async def test_an_older_disk_that_is_healed_does_not_bring_them_back(ledger: Any, *, later: bool) -> None:
    """Unless it was given here since, on the branch that is booked again."""
    begun = [(JOIN, WANG), (recharge(2, principal=500), None)]
    for command, private in begun:
        await ledger.committer.submit(command, private)
    await choose(ledger, 3, PIN)
    await another_card(ledger)
    if later:
        new = Private(name="李四", phone=NEW_PHONE.number, credentials=(NEW_PHONE,))
        await ledger.committer.submit(gives(1), new)
        await choose(ledger, 61, PIN)
    await ledger.committer.submit(sale(10, 100))
    pin = (BookPin(id=an_id(3), at=AT, wallet=W1), Private(pin="twin.1.x"))
    card = BookCard(id=an_id(20), at=AT, wallet=W1, card=CardId("c77")), Private(credentials=(MORE,))
    await healed(ledger, await chain_of([*begun, pin, card, (given_away(1), None)]))
    assert await ledger.books.holder(MORE) is None
    by_phone, by_card, by_new = await holders(ledger)
    assert by_card is not None
    assert by_phone is None
    assert (by_card.member, by_new is not None) == (("m101", True) if later else ("m2", False))
    assert await ledger.pin_book.has(by_card, CARD) is later


async def test_who_was_given_it_here_stays_with_phone_and_pin_on_a_disk_that_is_healed(
    ledger: Any,
) -> None:
    """Headquarters had told this shop, too, to whom it gave it."""
    new = Private(name="李四", phone=NEW_PHONE.number, credentials=(NEW_PHONE,))
    begun = [(JOIN, WANG), (recharge(2, principal=500), None), (gives(0), new)]
    for command, private in begun:
        await ledger.committer.submit(command, private)
    await choose(ledger, 52, PIN)
    await ledger.committer.submit(sale(10, 100))
    pin = (BookPin(id=an_id(52), at=AT, wallet=W1), Private(pin="twin.1.x"))
    told = given_away(1, member="m101")
    await healed(ledger, await chain_of([*begun, pin, (told, None)]))
    by_phone, by_card, by_new = await holders(ledger)
    assert by_phone is None
    assert (by_card.member, by_new.member, by_new.name_shown) == ("m101", "m101", "李*")
    assert await ledger.pin_book.has(by_card, CARD)


async def test_the_file_and_its_journal_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await home(ledger)
    await another_card(ledger)
    private = Private(name="李四", phone=NEW_PHONE.number, credentials=(NEW_PHONE,))
    await ledger.committer.submit(gives(0), private)
    other = BookJoin(id=an_id(6), at=AT, opens=opens(2, member=True))
    await ledger.committer.submit(other, Private(name="张三"))
    third = BookJoin(id=an_id(8), at=AT, opens=replace(opens(3), member=MemberId("m-3")))
    await ledger.committer.submit(third, Private(name="钱七"))
    onto = replace(transfer(11), wallet=WalletId("w3"), to=MemberId("m-onto"), onto=WalletId("w2"))
    await ledger.committer.submit(onto, Private(phone=PHONE.number))
    ninth = BookJoin(id=an_id(7), at=AT, opens=replace(opens(9), member=MemberId("m-9")))
    await ledger.committer.submit(ninth, Private(name="赵六"))
    for m, (wallet, member, since) in enumerate(
        (
            ("w1", "m100", SINCE),
            ("w9", "m9", SINCE),
            ("w2", "m6", SINCE),
            ("w2", "m7", SINCE - 1),
            ("far", "m8", SINCE),
        ),
        1,
    ):
        await ledger.committer.submit(given_away(m, wallet, member, since))
    assert (await ledger.books.holder(CARD)).member == "m101"
    await ledger.close()
    with closing(sqlite3.connect(path)) as file:
        verified(file)
        check_beside(file)
        assert file.execute("SELECT member FROM wallets WHERE wallet = 'w2'").fetchone() == ("m6",)


async def test_a_wallet_that_began_with_a_merge_is_whose_headquarters_says(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await home(ledger)
    told = (
        HolderNamed(wallet=WalletId("far"), member=MemberId("m8")),
        Merge(wallet=W1, into=WalletId("w2")),
        HolderNamed(wallet=WalletId("w2"), member=M2),
        HolderNamed(wallet=W1, member=MemberId("m9")),
        Merge(wallet=WalletId("w2"), into=WalletId("w3")),
        HolderNamed(wallet=WalletId("w2"), member=MemberId("m3")),
    )
    for m, what in enumerate(told, 1):
        directed = Directed(hq_epoch=1, m=m)
        await ledger.committer.submit(
            BookDirective(id=an_id(200 + m), at=AT, directed=directed, directive=what)
        )
    assert (await ledger.books.holder(CARD)).member == "m3"
    await ledger.close()
    with closing(sqlite3.connect(path)) as file:
        verified(file)
        check_beside(file)
        found = dict(file.execute("SELECT wallet, member FROM wallets").fetchall())
    assert found == {"w1": "m1", "w2": "m2", "w3": "m3"}


def later(command: Any, after_ms: int, number: int) -> Any:
    """Made so long after `SINCE`."""
    ms = f"{SINCE + after_ms:012x}"
    return replace(command, id=EntryId(f"{ms[:8]}-{ms[8:]}-7000-8000-{number:012x}"))


async def shop_with_a_visit(ledger: Any) -> str:
    """The receipt's number of what the former holder bought."""
    await home(ledger)
    bought = await ledger.committer.submit(sale(10, 500, number=1, stored=500))
    return str(bought.receipt_no)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_receipts_of_who_had_it_before_are_found_by_their_numbers_alone(
    ledger: Any, *, elsewhere: bool
) -> None:
    first = await shop_with_a_visit(ledger)
    (found,) = await ledger.books.receipts_of(W1, ("sale",))
    assert found.number == first
    await ledger.committer.submit(given_away(1, since=SINCE + 1) if elsewhere else gives(1))
    assert list(await ledger.books.receipts_of(W1, ("sale", "recharge"))) == []
    assert (await ledger.books.receipt(receipt_number(first))).entry == an_id(10)
    moment = await ledger.committer.submit(later(sale(11, 100, number=1), 1, 11))  # As it was being given.
    second = await ledger.committer.submit(later(sale(12, 100, number=1), 2, 12))
    theirs = [second.receipt_no] if elsewhere else [second.receipt_no, moment.receipt_no]
    assert [one.number for one in await ledger.books.receipts_of(W1, ("sale",))] == theirs


async def test_a_clock_that_is_set_back_hides_nothing_of_whoever_was_given_it_here(ledger: Any) -> None:
    await shop_with_a_visit(ledger)
    ahead = await ledger.committer.submit(later(sale(13, 100, number=1), 3_600_000, 13))
    await ledger.committer.submit(gives(5))
    assert list(await ledger.books.receipts_of(W1, ("sale",))) == []
    assert (await ledger.books.picture(await ledger.books.holder(CARD))).last == ""
    back = await ledger.committer.submit(later(sale(12, 100, number=1), -7_200_000, 12))
    assert [one.number for one in await ledger.books.receipts_of(W1, ("sale",))] == [back.receipt_no]
    assert (await ledger.books.picture(await ledger.books.holder(CARD))).last == AT.business_day
    assert (await ledger.books.receipt(receipt_number(ahead.receipt_no))).entry == ahead.command.id


async def test_of_two_transfers_here_the_last_decides_and_of_one_elsewhere_its_time(
    ledger: Any, tmp_path: Path
) -> None:
    async def given_seq() -> int:
        known = await ledger.committer.ask(lambda state: state.wallet(W1))
        return int(known.given_seq)

    await home(ledger)
    other = BookJoin(id=an_id(6), at=AT, opens=opens(2, member=True))
    await ledger.committer.submit(other, Private(name="张三"))
    assert await given_seq() == 0
    for number in (21, 22):  # In the same moment, and another wallet's beside them.
        for wallet in ("w1", "w2"):
            to = replace(gives(5), wallet=WalletId(wallet), to=MemberId(f"{wallet}-{number}"))
            command = later(to, 5, 100 * number + int(wallet[1]))
            command = await ledger.committer.ask(partial(following, command))
            last = await ledger.committer.submit(command, Private(name="李"))
    assert await given_seq() == last.seq - 1
    await ledger.committer.submit(given_away(1, since=SINCE + 9))
    assert await given_seq() == 0
    early = later(replace(gives(5), to=MemberId("w1-23")), 8, 2_301)
    with pytest.raises(GivenMeanwhile):
        await ledger.committer.submit(early, Private(name="李"))
    after = await ledger.committer.ask(partial(following, early))
    last = await ledger.committer.submit(after, Private(name="李"))
    known = await ledger.committer.ask(lambda state: state.wallet(W1))
    assert (known.member, known.given, known.given_seq) == ("w1-23", SINCE + 10, last.seq)
    if (file := tmp_path / "ledger.db").exists():
        with closing(sqlite3.connect(file)) as seen:
            verified(seen)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_tap_says_nothing_of_the_visits_of_who_had_it_before(ledger: Any, *, elsewhere: bool) -> None:
    await shop_with_a_visit(ledger)
    picture = await ledger.books.picture(await ledger.books.holder(CARD))
    assert (picture.joined, picture.last) == (AT.business_day, AT.business_day)
    await ledger.committer.submit(given_away(1, since=SINCE + 1) if elsewhere else gives(1))
    holder = replace(await ledger.books.holder(CARD))
    for of in (holder, await ledger.books.holder(CARD)):
        picture = await ledger.books.picture(of)
        assert (picture.joined, picture.last) == ("", "")
    at = replace(AT, business_day="2026-12-01")
    await ledger.committer.submit(later(replace(sale(12, 100, number=1), at=at), 2, 12))
    for of in (holder, await ledger.books.holder(CARD)):
        assert (await ledger.books.picture(of)).last == "2026-12-01"


async def test_whoever_was_given_a_card_that_lay_for_years_was_here_when_they_got_it(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    await ledger.committer.submit(JOIN, WANG)
    days = 1_500 * 86_400_000
    heir = Private(credentials=(NEW_PHONE,), name="李四", initials="LS", phone=NEW_PHONE.number)
    await ledger.committer.submit(replace(gives(days), to=M2), heir)
    given = datetime.fromtimestamp((SINCE + days) // 1000, UTC).date()
    _, idle = await ledger.people.idle("", 9, (given - timedelta(days=1)).isoformat())
    assert [one.member for one in idle] == []
    _, idle = await ledger.people.idle("", 9, given.isoformat())
    assert [(one.member, one.last) for one in idle] == [(M2, given.isoformat())]
    await ledger.close()


async def test_of_who_only_visits_headquarters_hears_the_cards_and_the_pin_that_they_chose_here(
    ledger: Any,
) -> None:
    visitor = BookGuest(id=an_id(1), at=AT, wallet=W1, member=M1, card=CardId("c1"))
    await ledger.committer.submit(visitor, Private(credentials=(CARD,)))
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    await choose(ledger, 2, PIN)
    (edit,) = await ledger.link.edits(9)
    assert (edit.visitor, edit.member, edit.keys) == (True, M1, ())
    assert edit.known is not None
    assert edit.known.pin
    assert edit.known == Known(pin=edit.known.pin)


async def test_a_card_without_a_name_is_a_visitor_s_where_it_did_not_begin(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    visitor = BookGuest(id=an_id(1), at=AT, wallet=W1, member=None, card=CardId("c1"))
    await ledger.committer.submit(visitor, Private(credentials=(CARD,)))
    await choose(ledger, 2, PIN)
    (edit,) = await ledger.link.edits(9)
    assert (edit.visitor, edit.member, edit.known is not None) == (True, None, True)


async def test_a_card_without_a_name_is_told_of_where_it_began(ledger: Any) -> None:
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    await ledger.committer.submit(*issue(1))
    (edit,) = await ledger.link.edits(9)
    assert (edit.visitor, edit.member, edit.known) == (False, None, None)
    await choose(ledger, 2, PIN)
    (edit,) = await ledger.link.edits(9)
    assert (edit.visitor, edit.known is not None) == (False, True)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_the_ledger_knows_when_it_was_given(ledger: Any, *, elsewhere: bool) -> None:
    async def since() -> int:
        known = await ledger.committer.ask(lambda state: state.wallet(W1))
        assert known is not None
        return int(known.given)

    await home(ledger)
    assert await since() == 0
    await ledger.committer.submit(given_away(1, since=SINCE + 1) if elsewhere else gives(1))
    assert await since() == SINCE + 1


@pytest.mark.parametrize("since", [0, SINCE])
async def test_a_visitor_is_known_with_the_day_on_which_their_wallet_was_given_to_them(
    ledger: Any, since: int
) -> None:
    async def of_wallet() -> tuple[str | None, int]:
        known = await ledger.committer.ask(lambda state: state.wallet(W1))
        return known.member, known.given

    await ledger.books.keep_asked(replace(row_of(ledger, "m2", "李四", NEW_PHONE), since=since))
    _, by_card, by_new = await holders(ledger)
    assert by_card is not None
    assert by_new is not None
    assert (by_card.guest, by_card.since, by_new.since) == (True, since, since)
    visitor = BookGuest(id=an_id(1), at=AT, wallet=W1, member=M2, card=CardId("c1"), since=by_card.since)
    await ledger.committer.submit(visitor, Private(credentials=(CARD,)))
    assert await of_wallet() == ("m2", since)
    _, by_card, _ = await holders(ledger)
    assert by_card is not None
    assert (by_card.guest, by_card.since) == (False, 0)
    later = replace(given_away(2, since=SINCE + 1), id=an_id(9))
    await ledger.committer.submit(later)
    assert await of_wallet() == ("m2", SINCE + 1)


async def test_who_is_known_already_is_given_nothing_by_a_further_card(ledger: Any) -> None:
    await ledger.committer.submit(JOIN, WANG)
    more = BookGuest(id=an_id(3), at=AT, wallet=W1, member=M1, card=CardId("c9"), since=SINCE)
    await ledger.committer.submit(more, Private(credentials=(NINTH,)))
    known = await ledger.committer.ask(lambda state: state.wallet(W1))
    assert (known.member, known.given) == ("m1", 0)


async def test_a_word_on_a_transfer_before_theirs_changes_nothing_of_a_visitor(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    visitor = BookGuest(id=an_id(1), at=AT, wallet=W1, member=M2, card=CardId("c1"), since=SINCE)
    await ledger.committer.submit(visitor, Private(credentials=(CARD,)))
    await ledger.committer.submit(given_away(1, member="m7", since=SINCE - 1))
    known = await ledger.committer.ask(lambda state: state.wallet(W1))
    await ledger.close()
    assert (known.member, known.given) == ("m2", SINCE)
    with closing(sqlite3.connect(path)) as file:
        check_beside(file)


@pytest.mark.parametrize(("member", "stands"), [("m1", "m2"), ("m2", "m2"), ("m3", "m3")])
async def test_of_two_at_the_same_time_that_stands_everywhere_whose_name_comes_last(
    ledger: Any, member: str, stands: str
) -> None:
    await home(ledger)
    await ledger.committer.submit(given_away(1, since=SINCE))
    await ledger.committer.submit(given_away(2, member=member, since=SINCE))
    known = await ledger.committer.ask(lambda state: state.wallet(W1))
    assert (known.member, known.given) == (stands, SINCE)
