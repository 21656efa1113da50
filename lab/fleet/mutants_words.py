"""Faults in what headquarters says to all, in who people are, and in what people must be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from msgspec.structs import replace

import hq.word
import terminal.core.ledger.rights
from hq.memory import MemoryTurn
from hq.memory_people import MemoryPeople
from hq.ports import EditKept, ExceptionKind
from hq.work import Work
from terminal.core import accounts as chart
from terminal.core.accounts import Owner, named
from terminal.core.directives import Covered, Grant
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import current
from terminal.core.receipts import Copy
from terminal.core.values import EntryId, WalletId
from terminal.core.wire.people import ProfileEdit
from terminal.desk.printing import Job, Printing
from terminal.store.readers import Readers
from terminal.store.shelf import Shelf

Mutant = Callable[[], Any]


@contextmanager
def _tier_down() -> Iterator[None]:
    """Whatever a site says of a tier is believed."""

    async def believed(work: Work, wallet: str, tier: str, *, fell_from: str) -> None:
        del fell_from
        await hq.word.tier_stands(work, wallet, tier, why="a site said so")

    with mock.patch.object(hq.word, "_said", believed):
        yield


@contextmanager
def _falls_anywhere() -> Iterator[None]:
    """Any site lets a tier fall, whatever counts elsewhere."""

    async def nowhere_else(*_: object) -> bool:
        return True

    at_headquarters = mock.patch.object(hq.word, "_counts_here_alone", nowhere_else)
    with at_headquarters, mock.patch.object(Shelf, "began_here", return_value=True):
        yield


@contextmanager
def _withdrawn_kept() -> Iterator[None]:
    """Coupons that were withdrawn end in the pool alone: whoever holds one is not told."""
    with mock.patch("hq.rights._end_where_held", return_value=None):
        yield


@contextmanager
def _tier_lost_in_merge() -> Iterator[None]:
    """Who turns out to be two people has the tier of the first."""

    async def nothing(*_: object, **__: object) -> None:
        return

    with mock.patch("hq.merging.tier_stands", nothing):
        yield


@contextmanager
def _sayer_not_told() -> Iterator[None]:
    """What stands of a tier or a card is told to all but the site that said it."""

    async def others(work: Work, directive: Callable[[], Any]) -> None:
        for site in await work.turn.sites():
            if site != work.turn.name:
                work.direct(site, directive())

    with mock.patch.object(hq.word, "everywhere", others):
        yield


@contextmanager
def _older_profile_wins() -> Iterator[None]:
    """Who is known is not corrected."""
    edit = MemoryPeople.edit

    async def first_only(self: Any, one: ProfileEdit, now_ms: int) -> EditKept:  # noqa: ANN401
        before = self._books.profiles.get(one.wallet)
        new = await edit(self, one, now_ms)
        if before is not None:
            self._books.profiles.put(one.wallet, before)
        return new

    with mock.patch.object(MemoryPeople, "edit", first_only):
        yield


@contextmanager
def _given_by_the_clock() -> Iterator[None]:
    """Of a wallet that was given by a clock that ran ahead nobody heeds that it was given before."""
    with (
        mock.patch("lab.fleet.people.following", lambda command, _: command),
        mock.patch("terminal.store.shelf.check_follows"),
    ):
        yield


@contextmanager
def _given_untold() -> Iterator[None]:
    """A wallet was given to another person, and the other sites do not hear of it."""
    with mock.patch("hq.people._given", return_value=None):
        yield


@contextmanager
def _profile_once() -> Iterator[None]:
    """What headquarters has heard of a person is not told again after its restore."""
    held, for_ever = Shelf.edits_held, 1_000_000

    def once(self: Shelf, edits: Any, hq_epoch: int, mark: str) -> None:  # noqa: ANN401
        del hq_epoch
        held(self, edits, for_ever, mark)

    with mock.patch.object(Shelf, "edits_held", once):
        yield


def _unsaid(kind: str) -> Any:  # noqa: ANN401
    opened = MemoryTurn.open_exception

    async def silent(self: MemoryTurn, what: str, *rest: Any, **more: Any) -> None:  # noqa: ANN401
        if what != kind:
            await opened(self, what, *rest, **more)

    return mock.patch.object(MemoryTurn, "open_exception", silent)


@contextmanager
def _fork_unsaid() -> Iterator[None]:
    """A fork heals, and no exception tells people of it."""
    with _unsaid(ExceptionKind.FORK):
        yield


@contextmanager
def _uncovered_unsaid() -> Iterator[None]:
    """A spend beyond rights, too."""
    with _unsaid(ExceptionKind.UNCOVERED):
        yield


@contextmanager
def _breach_unsaid() -> Iterator[None]:
    """A site takes a point more than it was granted, and no exception tells of it."""
    grant = terminal.core.ledger.rights._grant  # noqa: SLF001

    def greedy(draft: Draft, what: Grant) -> None:
        grant(draft, what)
        for right in what.rights:
            account = named(right.account)
            if account.unit.startswith("points:"):
                draft.move(account, 1)
                draft.move(chart.rights(draft.site, account.unit), -1)

    with mock.patch.object(terminal.core.ledger.rights, "_grant", greedy), _unsaid(ExceptionKind.BREACH):
        yield


def _covering(more: Callable[[int, int], int]) -> Any:  # noqa: ANN401
    """`more`: of what is said to be covered and what is open, how much is posted beyond the rule."""
    cover = terminal.core.ledger.rights._cover  # noqa: SLF001

    def beyond(draft: Draft, covered: Covered) -> None:
        account = named(covered.account)
        if account.owner is Owner.WALLET:
            account = chart.held_by(current(WalletId(account.of), draft.state), account.unit)
        owed = chart.overdraft(draft.site, account)
        amount = more(covered.amount, -draft.balance(owed))
        cover(draft, covered)
        draft.move(owed, amount)
        draft.move(chart.rights(draft.site, account.unit), -amount)

    return mock.patch.object(terminal.core.ledger.rights, "_cover", beyond)


@contextmanager
def _covered_twice() -> Iterator[None]:
    """What headquarters covers counts double at the site."""
    with _covering(lambda said, _: said):
        yield


@contextmanager
def _covered_unspent() -> Iterator[None]:
    """It counts in full on a disk that lacks what it covers."""
    with _covering(lambda said, here: said - min(said, max(0, here))):
        yield


@contextmanager
def _intent_forgotten() -> Iterator[None]:
    """A start does not see what was begun outside."""

    async def none(self: Readers) -> list[Any]:
        del self
        return []

    with mock.patch.object(Readers, "open_intents", none):
        yield


@contextmanager
def _original_again() -> Iterator[None]:
    """A print in doubt is tried again as the original."""
    failed = Printing._failed  # noqa: SLF001

    async def sure(self: Printing, job: Job, fault: Any) -> None:  # noqa: ANN401
        job.copy = Copy.ORIGINAL
        await failed(self, job, fault)

    with mock.patch.object(Printing, "_failed", sure):
        yield


@contextmanager
def _original_from_the_file() -> Iterator[None]:
    """What a start finds unprinted is printed as if it had just been booked."""
    booked = Readers.booked

    async def fresh(self: Readers, entry: EntryId) -> Any:  # noqa: ANN401
        found = await booked(self, entry)
        return None if found is None else replace(found, again=False)

    def original(self: Printing, job: Job) -> None:
        job.copy = Copy.ORIGINAL
        add(self, job)

    add = Printing._add  # noqa: SLF001
    with mock.patch.object(Readers, "booked", fresh), mock.patch.object(Printing, "_add", original):
        yield


@contextmanager
def _copy_unseen() -> Iterator[None]:
    """Headquarters that was put back with its epoch is shown what it said, and goes on under that epoch."""

    async def never(*_: object) -> int:
        return 0

    with mock.patch("hq.exchange.proven", never):
        yield


@contextmanager
def _copy_unsaid() -> Iterator[None]:
    """It begins the next epoch, and tells nobody why."""
    with _unsaid(ExceptionKind.COPY):
        yield


OF_WORDS: dict[str, tuple[str, Mutant]] = {
    "withdrawn-kept": ("plain", _withdrawn_kept),
    "tier-down": ("plain", _tier_down),
    "tier-falls-anywhere": ("plain", _falls_anywhere),
    "tier-lost-in-merge": ("plain", _tier_lost_in_merge),
    "sayer-not-told": ("plain", _sayer_not_told),
    "older-profile-wins": ("plain", _older_profile_wins),
    "given-by-the-clock": ("plain", _given_by_the_clock),
    "given-untold": ("plain", _given_untold),
    "profile-once": ("hq", _profile_once),
    "fork-unsaid": ("rollback", _fork_unsaid),
    "copy-unseen": ("hq", _copy_unseen),
    "copy-unsaid": ("hq", _copy_unsaid),
    "uncovered-unsaid": ("plain", _uncovered_unsaid),
    "breach-unsaid": ("plain", _breach_unsaid),
    "covered-twice": ("plain", _covered_twice),
    "covered-unspent": ("clone", _covered_unspent),
    "intent-forgotten": ("plain", _intent_forgotten),
    "original-again": ("plain", _original_again),
    "original-from-the-file": ("plain", _original_from_the_file),
}
