"""What a card is for, as files keep it and its twin does, and what other sites hear of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.batches import Chosen
from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookGuest, BookJoin, Private
from terminal.core.errors import CardNew
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.people import KeyToken, MemberRow
from terminal.store.beside import check_beside
from tests.store.conftest import opened_at
from tests.store.facts import AT, PHONE, an_id, issue, opens

KEY, MORE, FAR = (Credential(medium=Medium.EM4100, number=f"0A00BC00{n:02}") for n in range(1, 4))
W1 = WalletId("w1")
C1, C2 = CardId("c1"), CardId("c2")


async def joined(ledger: Any, kind: str) -> None:
    """With a card of that kind, found by phone too."""
    begins = replace(opens(1, member=True), card=C1, kind=kind)
    private = Private(credentials=(PHONE, KEY), phone=PHONE.number, name="Li Lei")
    await ledger.committer.submit(BookJoin(id=an_id(1), at=AT, opens=begins), private)


async def another(ledger: Any, kind: str, replaces: CardId | None = None) -> None:
    more = BookCard(id=an_id(2), at=AT, wallet=W1, card=C2, kind=kind, replaces=replaces)
    await ledger.committer.submit(more, Private(credentials=(MORE,)))


async def kinds(ledger: Any, *keys: Credential) -> list[str]:
    return [(await ledger.books.holder(key)).card_kind for key in keys]


async def told(ledger: Any) -> list[tuple[CardId | None, str]]:
    """What headquarters hears of keys, phones first."""
    await ledger.link.stands(replace(ledger.link.standing(), hq_epoch=1))
    keys = [key for edit in await ledger.link.edits(9) for key in edit.keys]
    return sorted(((key.card, key.kind) for key in keys), key=lambda one: one[0] or "")


async def test_each_card_has_its_kind_and_a_phone_that_of_the_first_that_pays(ledger: Any) -> None:
    await joined(ledger, "back")
    await another(ledger, "points")
    assert await kinds(ledger, KEY, MORE, PHONE) == ["back", "points", "back"]
    held = await ledger.books.cards_held(PHONE)
    assert {one.card: one.kind for one in held.cards} == {C1: "back", C2: "points"}
    known = await ledger.committer.ask(lambda state: state.card(C2))
    assert known.kind == "points"
    assert await told(ledger) == [(None, ""), (C1, "back"), (C2, "points")]
    await ledger.committer.submit(BookCardState(id=an_id(3), at=AT, card=C1, state=CardState.LOST))
    assert await kinds(ledger, MORE, PHONE) == ["points", "points"]
    await ledger.committer.submit(BookCardState(id=an_id(4), at=AT, card=C2, state=CardState.LOST))
    assert await kinds(ledger, PHONE) == [""]


async def test_a_card_in_the_place_of_another_has_its_kind(ledger: Any) -> None:
    await joined(ledger, "back")
    await another(ledger, "", replaces=C1)
    assert await kinds(ledger, MORE, PHONE) == ["back", "back"]


async def test_of_cards_that_were_given_none_it_is_empty(ledger: Any) -> None:
    await joined(ledger, "")
    await another(ledger, "")
    assert await kinds(ledger, KEY, MORE, PHONE) == ["", "", ""]
    assert await told(ledger) == [(None, ""), (C1, ""), (C2, "")]


async def test_a_card_that_is_not_given_out_is_refused_and_other_sites_hear_nothing_of_it(
    ledger: Any,
) -> None:
    command, _ = issue(1)
    new = replace(command, opens=replace(command.opens, new=True, kind="back"))
    await ledger.committer.submit(new, Private(credentials=(KEY,)))
    with pytest.raises(CardNew):
        await ledger.books.holder(KEY)
    (held,) = (await ledger.books.cards_held(KEY)).cards
    assert (held.state, held.kind) == (CardState.NEW, "back")
    assert [one.state for one in await ledger.books.accounts(Chosen())] == [CardState.NEW]
    assert await told(ledger) == []
    await ledger.link.edits_held([edit.id for edit in await ledger.link.edits(9)], 1)
    active = BookCardState(id=an_id(2), at=AT, card=C1, state=CardState.ACTIVE, until="2029-11-24")
    await ledger.committer.submit(active)
    assert (await ledger.books.holder(KEY)).card_kind == "back"
    assert [one.state for one in await ledger.books.accounts(Chosen())] == [CardState.ACTIVE]
    assert await told(ledger) == [(C1, "back")]


def row_of(ledger: Any) -> MemberRow:
    keys = (
        KeyToken(token=ledger.books.token(FAR), card=CardId("c9"), kind="back"),
        KeyToken(token=ledger.books.token(PHONE)),
    )
    return MemberRow(wallet=WalletId("w9"), member=MemberId("m9"), keys=keys)


async def test_a_visitor_s_card_is_of_the_kind_that_headquarters_told(ledger: Any) -> None:
    await ledger.books.keep_asked(row_of(ledger))
    assert await kinds(ledger, FAR, PHONE) == ["back", "back"]
    guest = BookGuest(
        id=an_id(1), at=AT, wallet=WalletId("w9"), member=MemberId("m9"), card=CardId("c9"), kind="back"
    )
    await ledger.committer.submit(guest, Private(credentials=(FAR,)))
    assert await kinds(ledger, FAR) == ["back"]


async def test_a_card_out_of_the_box_gives_way_to_a_visitor_who_has_its_number(ledger: Any) -> None:
    command, _ = issue(1)
    new = replace(command, opens=replace(command.opens, new=True, kind="points"))
    await ledger.committer.submit(new, Private(credentials=(FAR,)))
    await ledger.books.keep_asked(row_of(ledger))
    met = await ledger.books.holder(FAR)
    assert (met.wallet, met.card, met.card_kind, met.guest) == ("w9", "c9", "back", True)
    far = {"wallet": WalletId("w9"), "card": CardId("c9"), "kind": "back"}
    await ledger.committer.submit(BookGuest(id=an_id(2), at=AT, **far), Private(credentials=(FAR,)))
    met = await ledger.books.holder(FAR)
    assert (met.card, met.guest) == ("c9", True)  # The box has it still.
    gives_way = BookGuest(id=an_id(3), at=AT, boxed=C1, **far)
    await ledger.committer.submit(gives_way)
    met = await ledger.books.holder(FAR)
    assert (met.card, met.card_kind, met.guest) == ("c9", "back", False)
    held = await ledger.books.cards_held(FAR)
    assert ([one.card for one in held.cards], held.visitor) == (["c9"], True)
    known = await ledger.committer.ask(lambda state: state.card(C1))
    assert known.state is CardState.CANCELLED


async def test_a_card_of_the_box_that_was_given_out_stays_whose_it_is(ledger: Any) -> None:
    command, _ = issue(1)
    await ledger.committer.submit(command, Private(credentials=(FAR,)))
    await ledger.books.keep_asked(row_of(ledger))
    met = await ledger.books.holder(FAR)
    assert (met.wallet, met.card, met.guest) == ("w1", C1, False)


async def test_what_the_file_keeps_is_what_the_journal_says(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    await joined(ledger, "back")
    await another(ledger, "", replaces=C1)
    command, _ = issue(3, 3)
    new = replace(command, opens=replace(command.opens, new=True, kind="points"))
    await ledger.committer.submit(new, Private(credentials=(FAR,)))
    await ledger.committer.submit(
        BookGuest(id=an_id(4), at=AT, wallet=WalletId("w9"), card=CardId("c9"), kind="x")
    )
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        assert check_beside(file) > 0
        rows = file.execute("SELECT card, state, kind FROM cards ORDER BY card").fetchall()
    assert rows == [
        ("c1", "replaced", "back"), ("c2", "active", "back"), ("c3", "new", "points"), ("c9", "active", "x"),
    ]  # fmt: skip


async def test_who_joins_with_a_card_out_of_the_box_is_found_by_its_number(ledger: Any) -> None:
    command, _ = issue(1)
    new = replace(command, opens=replace(command.opens, new=True))
    await ledger.committer.submit(new, Private(credentials=(KEY,)))
    begins = replace(opens(2, member=True), card=C2, boxed=C1)
    private = Private(credentials=(PHONE, KEY), phone=PHONE.number)
    await ledger.committer.submit(BookJoin(id=an_id(2), at=AT, opens=begins), private)
    holder = await ledger.books.holder(KEY)
    assert (holder.wallet, holder.card) == ("w2", C2)
    assert [one.card for one in (await ledger.books.cards_held(KEY)).cards] == [C2]
    old = await ledger.committer.ask(lambda state: state.card(C1))
    assert old.state is CardState.CANCELLED


async def test_what_became_of_the_box_is_what_the_journal_says(tmp_path: Path) -> None:
    ledger = await opened_at(tmp_path / "ledger.db")
    for number, key in ((1, KEY), (3, FAR)):
        command, _ = issue(number, number)
        new = replace(command, opens=replace(command.opens, new=True))
        await ledger.committer.submit(new, Private(credentials=(key,)))
    begins = replace(opens(2, member=True), card=C2, boxed=C1)
    await ledger.committer.submit(
        BookJoin(id=an_id(4), at=AT, opens=begins), Private(credentials=(PHONE, KEY), phone=PHONE.number)
    )
    more = BookCard(id=an_id(5), at=AT, wallet=WalletId("w2"), card=CardId("c4"), boxed=CardId("c3"))
    await ledger.committer.submit(more, Private(credentials=(FAR,)))
    command, _ = issue(6, 6)
    new = replace(command, opens=replace(command.opens, new=True))
    await ledger.committer.submit(new, Private(credentials=(MORE,)))
    far = BookGuest(id=an_id(7), at=AT, wallet=WalletId("w9"), card=CardId("c9"), boxed=CardId("c6"))
    await ledger.committer.submit(far, Private(credentials=(MORE,)))
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        assert check_beside(file) > 0
        rows = file.execute("SELECT card, state FROM cards ORDER BY card").fetchall()
    assert rows == [
        ("c1", "cancelled"), ("c2", "active"), ("c3", "cancelled"), ("c4", "active"), ("c6", "cancelled"),
        ("c9", "active"),
    ]  # fmt: skip
