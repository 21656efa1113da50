"""People who come with a table: many join in one commit, and who is here already stays as they are."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from terminal.core.commands import BookGrant, BookJoin, BookTier, Private
from terminal.core.ledger.state import Wallet
from terminal.core.trust import Credential, Medium
from terminal.core.values import MemberId, Value, WalletId
from terminal.store.committer import Writer
from terminal.store.queries import queries
from terminal.store.shelf import Shelf


class Coming(Value, frozen=True, kw_only=True):
    """One of them: how they join, and which tier they then have."""

    join: BookJoin
    private: Private
    tier: BookTier | None = None
    counts: BookGrant | None = None
    """What that tier asks for, where it is reached by what counts: else it fell when they come first."""
    tier_said: str = ""
    """As the table has it, also that of who begins; empty: it says nothing of it."""


class Met(StrEnum):
    """What came of one."""

    NEW = "new"
    SAME = "same"  # a member by this phone, of whom all of it is known
    OTHER = "other"  # a member by this phone, of whom something else is known
    CARD = "card"  # another wallet has the card
    TIER = "tier"  # a member by this phone, who has another tier
    AGREED = "agreed"  # a member by this phone, who said yes or no otherwise, or nothing


class Intake:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def take(self, coming: Sequence[Coming]) -> list[Met]:
        """Of each in turn; who is new is a member when it returns. All of it in one commit, or nothing.

        Raises what `Committer.submit` says, and PeopleLocked.
        """
        return await self._writer.book_many(partial(_taken, coming=coming), len(coming))


def _taken(shelf: Shelf, coming: Sequence[Coming]) -> list[Met]:
    with shelf.making_keys():
        return [_one(shelf, each) for each in coming]


def _one(shelf: Shelf, one: Coming) -> Met:
    for credential in one.private.credentials:
        if (there := shelf.member_by(credential)) is None:
            continue
        if credential.medium is not Medium.PHONE:
            return Met.CARD
        return _met(shelf, one, *there)
    shelf.book(one.join, one.private)
    if one.counts is not None:
        shelf.book(one.counts, None)
    if one.tier is not None:
        shelf.book(one.tier, None)
    return Met.NEW


def _met(shelf: Shelf, one: Coming, wallet: WalletId, member: MemberId | None) -> Met:
    known = shelf.private_of(member) if member is not None else None
    if known is None or not (_says(known, one.private) and _cards_lead(shelf, one.private, wallet)):
        return Met.OTHER
    if not _has_tier(shelf, one, wallet):
        return Met.TIER
    rows = shelf.connection.execute(queries()["consents_of"], (member,)).fetchall()
    agreed = {(purpose, bool(given)) for purpose, _, given, _ in rows}
    said = {(consent.purpose, consent.given) for consent in one.join.opens.consents}
    return Met.SAME if said <= agreed else Met.AGREED


def _has_tier(shelf: Shelf, one: Coming, wallet: WalletId) -> bool:
    """Whoever begins has what every wallet begins with, whatever the shop calls it."""
    there = shelf.wallet(wallet)
    has = there.tier if there else ""
    return one.tier_said in {"", has} or (one.tier is None and has == Wallet().tier)


def _says(known: Private, told: Private) -> bool:
    """Whether all that is told is known so."""
    return (
        told.name in {"", known.name}
        and told.plate in {"", known.plate}
        and set(told.told) <= set(known.told)
    )


def _cards_lead(shelf: Shelf, told: Private, wallet: str) -> bool:
    return all(_leads(shelf, key, wallet) for key in told.credentials if key.medium is not Medium.PHONE)


def _leads(shelf: Shelf, key: Credential, wallet: str) -> bool:
    found = shelf.member_by(key)
    return found is not None and found[0] == wallet
