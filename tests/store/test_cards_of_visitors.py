"""The cards of another shop's member: by headquarters' word, in the state that stands here."""

from __future__ import annotations

from typing import Any

from terminal.core.cards import CardState
from terminal.core.commands import BookCard, BookCardState, BookDirective, BookGuest, Private
from terminal.core.directives import CardStanding, Directed
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.people import KeyToken, Known, MemberRow
from tests.store.facts import AT, PHONE, an_id

W9, M9 = WalletId("w9"), MemberId("m9")
FIRST, SECOND, NEW = (Credential(medium=Medium.EM4100, number=f"0A00BC990{n}") for n in (1, 2, 3))
CARDS = {FIRST: CardId("c1"), SECOND: CardId("c2")}


async def visited(ledger: Any) -> None:
    """Told of by headquarters, and met with the first card."""
    keys = (
        *(
            KeyToken(token=ledger.books.token(key), card=card, shown=f"****{key.number[-4:]}", kind="back")
            for key, card in CARDS.items()
        ),
        KeyToken(token=ledger.books.token(PHONE)),
    )
    row = MemberRow(wallet=W9, member=M9, keys=keys, known=Known(name="王小明", phone=PHONE.number))
    await ledger.books.keep_asked(row)
    for number, (key, card) in enumerate(CARDS.items(), 1):
        met = BookGuest(id=an_id(number), at=AT, wallet=W9, member=M9, card=card, kind="back")
        await ledger.committer.submit(met, Private(credentials=(key,)) if key == FIRST else None)


async def held(ledger: Any, by: Credential) -> list[tuple[str, CardState]]:
    of = await ledger.books.cards_held(by)
    assert of.visitor
    assert (of.holder.wallet, of.holder.member, of.holder.name_shown) == (W9, M9, "王**")
    return [(one.shown, one.state) for one in of.cards]


async def test_they_are_all_there_by_any_of_them_and_by_phone(ledger: Any) -> None:
    await visited(ledger)
    active = [("****9901", CardState.ACTIVE), ("****9902", CardState.ACTIVE)]
    for by in (FIRST, SECOND, PHONE):
        assert await held(ledger, by) == active
    assert await ledger.books.cards_held(NEW) is None


async def test_one_that_was_reported_lost_here_is_lost_and_one_that_died_is_there_for_who_presents_it(
    ledger: Any,
) -> None:
    await visited(ledger)
    lost = BookCardState(id=an_id(10), at=AT, card=CARDS[FIRST], state=CardState.LOST)
    await ledger.committer.submit(lost)
    instead = BookCard(id=an_id(11), at=AT, wallet=W9, card=CardId("c3"), replaces=CARDS[SECOND])
    await ledger.committer.submit(instead, Private(credentials=(NEW,)))
    for by in (FIRST, PHONE):
        assert await held(ledger, by) == [("****9901", CardState.LOST)]
    of = await ledger.books.cards_held(FIRST)
    assert of.blocked
    assert await held(ledger, SECOND) == [("****9901", CardState.LOST), ("****9902", CardState.REPLACED)]


async def test_what_headquarters_says_of_one_that_was_never_here_counts(ledger: Any) -> None:
    row = MemberRow(
        wallet=W9, member=M9, keys=(KeyToken(token=ledger.books.token(FIRST), card=CARDS[FIRST], shown="*1"),)
    )
    await ledger.books.keep_asked(row)
    frozen = CardStanding(card=CARDS[FIRST], state=CardState.FROZEN)
    said = BookDirective(id=an_id(20), at=AT, directed=Directed(hq_epoch=1, m=1), directive=frozen)
    await ledger.committer.submit(said)
    of = await ledger.books.cards_held(FIRST)
    assert [one.state for one in of.cards] == [CardState.FROZEN]
    assert of.blocked
