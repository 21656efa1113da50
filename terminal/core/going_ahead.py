"""A merge of any size: what one entry cannot name goes ahead of it, part by part."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from terminal.core.commands import BookMergePart, Occasion
from terminal.core.ledger.merging import goes_ahead
from terminal.core.ledger.state import State
from terminal.core.values import EntryId, WalletId


class Asks(Protocol):
    """See `core.ports.Committer`."""

    def __call__(self, question: Callable[[State], bool]) -> Awaitable[bool]: ...


async def go_ahead(  # noqa: PLR0913  what it needs, each by its name
    wallet: WalletId,
    into: WalletId,
    *,
    ask: Asks,
    book: Callable[[BookMergePart], Awaitable[object]],
    new_id: Callable[[], EntryId],
    at: Callable[[], Occasion],
    begins: bool,
    tier: str = "",
) -> None:
    """Until the merge itself has room for what is left; nothing where it has room for all.

    `begins`: somebody decided it here, and nothing else would go on with it after a cut; with that `tier`.
    Raises what `ask` and `book` raise.
    """
    more = partial(goes_ahead, wallet=wallet, into=into)
    if not await ask(more):
        return
    part = partial(BookMergePart, wallet=wallet, into=into)
    if begins:
        await book(part(id=new_id(), at=at(), begins=True, tier=tier))
    while await ask(more):
        await book(part(id=new_id(), at=at()))
