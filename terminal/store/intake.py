"""People who come with a table: many join in one commit, and who is here already stays as they are."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from terminal.core.commands import BookGrant, BookJoin, BookTier, Private
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.store.committer import Writer
from terminal.store.shelf import Shelf


class Coming(Value, frozen=True, kw_only=True):
    """One of them: how they join, and which tier they then have."""

    join: BookJoin
    private: Private
    tier: BookTier | None = None
    counts: BookGrant | None = None
    """What that tier asks for, where it is reached by what counts: else it fell when they come first."""


class Met(StrEnum):
    """What came of one."""

    NEW = "new"
    SAME = "same"  # a member by this phone, of whom all of it is known
    OTHER = "other"  # a member by this phone, of whom something else is known
    CARD = "card"  # another wallet has the card


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
        known = shelf.private_of(there[1]) if there[1] is not None else None
        same = known is not None and _says(known, one.private) and _cards_lead(shelf, one.private, there[0])
        return Met.SAME if same else Met.OTHER
    shelf.book(one.join, one.private)
    if one.counts is not None:
        shelf.book(one.counts, None)
    if one.tier is not None:
        shelf.book(one.tier, None)
    return Met.NEW


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
