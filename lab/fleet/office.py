"""Headquarters in the fleet: the product's rules over the twin of its database, restored at will."""

from __future__ import annotations

import hmac
import random
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec

from hq.boxes import Boxes
from hq.exchange import Exchange
from hq.giving import Pace
from hq.marks import Marks
from hq.memory import MemoryStore
from hq.memory_books import Books, Rows
from hq.policy import Policy
from hq.refusal import RequestRefused
from hq.sets import SetMaker
from lab.fleet.loop import SeededLoop, VirtualClock
from lab.fleet.machine import MERCHANT
from terminal.core.values import SiteId
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.journal import HELLO_PATH, PULL_PATH, PUSH_PATH, Ack, Fork, Hello, Pull, Push
from terminal.core.wire.people import PROFILE_PATH, Profile
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.rights import ASK_PATH, FEED_PATH, Ask, Feed
from terminal.core.wire.sets import BLOB_PATH, Blob
from terminal.runtime.box import box_public, opened
from terminal.runtime.ids import Uuid7
from terminal.uplink.courier import Reply

_OK, _REFUSED, _NOT_FOUND, _CONFLICT = 200, 400, 404, 409


PACE = Pace(every_ms=180_000)
"""Short, as the day is."""


class _Own:
    """The `OwnKey` port."""

    def __init__(self, private: bytes) -> None:
        self._private = private

    def opened(self, box: bytes, about: bytes) -> bytes:
        return opened(self._private, box, about=about)


@dataclass
class Notes:
    """What somebody who watches these books has seen; put back with them."""

    written_off: dict[SiteId, int] = field(default_factory=dict)
    """How far the chain of a site had come when it was written off: nothing follows."""
    forks: set[tuple[SiteId, int]] = field(default_factory=set)
    """What was answered to a PUSH: the site, and the epoch that it asked for."""
    tiers: dict[str, str] = field(default_factory=dict)
    """By wallet, as it was last looked at; not there once people have decided it anew."""
    falls: set[str] = field(default_factory=set)
    """Entries by which sites let a tier fall, as far as they were looked at."""
    edits: dict[str, str] = field(default_factory=dict)
    """By wallet, the edit that arrived last and was not older than one of its site before it; of those that
    say who holds it, and know of its last transfer."""
    given: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By wallet, when it was given to whom that edit is about, in ms, and who that is."""
    turns: dict[tuple[SiteId, str], int] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    """Edits."""
    undone_apart: int = 0
    """Undoings of sales by the dead, told late, whose right had gone elsewhere: exceptions say how many."""
    begun: set[int] = field(default_factory=set)
    """Epochs that headquarters began by itself."""


class Office:
    def __init__(self, loop: SeededLoop, policy: Policy, on_fault: Callable[[str], None]) -> None:
        self._on_fault = on_fault
        self._loop = loop
        self._policy = policy
        self._dice = random.Random(loop.dice.getrandbits(64))
        self.box_private = self._dice.randbytes(32)
        self.box_public = box_public(self.box_private)
        """What sites seal personal data to."""
        self.machine_keys: dict[SiteId, bytes] = {}
        """Public halves of what is sealed to sites, as of their enrolment."""
        self._boxes = Boxes(_Own(self.box_private), self, self._dice.randbytes)
        self._marks = Marks(partial(hmac.digest, self.box_private, digest=sha256))
        self.clock = VirtualClock(loop)
        self.ids = Uuid7(self.clock, self._dice.randbytes)
        self.store = MemoryStore()
        self.hq_epoch = 1
        """Kept outside of what is backed up."""
        self.restored = 0
        self.notes = Notes()
        self.put_back_whole = 0
        """Restored with the number of its epoch, so that nobody tells headquarters."""
        self._copy: tuple[Books, Notes, int] | None = None
        self._open()

    @property
    def books(self) -> Books:
        return self.store.merchants[MERCHANT]

    def _open(self) -> None:
        self.exchange = Exchange(
            self.store,
            self.clock,
            hq_epoch=self.hq_epoch,
            new_nonce=lambda: self._dice.randbytes(16).hex(),
            ids=self.ids,
            policy=self._policy,
            boxes=self._boxes,
            marks=self._marks,
            keep_epoch=self._begins,
        )
        self.sets = SetMaker(self.exchange, self._boxes, PACE)
        self._answers: dict[str, tuple[type[Any], Callable[[Any], Awaitable[Any]]]] = {
            HELLO_PATH: (Hello, self.exchange.hello),
            PUSH_PATH: (Push, self.exchange.push),
            PULL_PATH: (Pull, self.exchange.pull),
            FEED_PATH: (Feed, self.exchange.feed),
            ASK_PATH: (Ask, self.exchange.ask),
            PROFILE_PATH: (Profile, self.exchange.profile),
            BLOB_PATH: (Blob, self.exchange.blob),
        }

    def _begins(self, hq_epoch: int) -> None:
        self.hq_epoch = hq_epoch
        self.notes.begun.add(hq_epoch)

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        """The `MachineKeys` port."""
        del merchant, instance
        return self.machine_keys.get(site)

    async def answered(self, path: str, body: bytes) -> Reply:
        """As over HTTP: bytes in, status and bytes out."""
        if path not in self._answers:
            return _problem(_NOT_FOUND, ProblemCode.NOT_FOUND, "there is no such call")
        asked, answer = self._answers[path]
        books = self.books
        try:
            said = await answer(msgspec.json.decode(body, type=asked))
        except UNREADABLE:
            return _problem(_REFUSED, ProblemCode.MALFORMED, "cannot be read")
        except RequestRefused as refusal:
            status = _CONFLICT if refusal.code is ProblemCode.INSTANCE else _REFUSED
            return _problem(status, refusal.code, str(refusal))
        if isinstance(said, bytes):
            return Reply(status=_OK, body=said)
        if self.books is books:  # Others may have been put in their place before this answer left.
            self._believe(said, path, body)
        return Reply(status=_OK, body=msgspec.json.encode(said))

    def _believe(self, said: Any, path: str, body: bytes) -> None:  # noqa: ANN401
        """What was said must be so. I1: an ACK names nothing that these books do not hold.

        Later, a GAP would have healed it unseen.
        """
        if path == PROFILE_PATH and said.hq_epoch == self.hq_epoch:
            profile = msgspec.json.decode(body, type=Profile)
            for edit in profile.edits:
                if edit.id not in said.ids:  # A copy that lacks what the site was told takes none of them.
                    continue
                last = self.notes.turns.get((profile.site, edit.wallet), 0)
                had = self.notes.given.get(edit.wallet, (0, ""))
                if edit.id not in self.notes.arrived and (edit.turn >= last or edit.since > had[0]):
                    self.notes.turns[profile.site, edit.wallet] = edit.turn
                    told = (edit.since, str(edit.member) if edit.since else "")
                    if not edit.visitor and told >= had:
                        self.notes.edits[edit.wallet] = edit.id
                        self.notes.given[edit.wallet] = told
            self.notes.arrived |= set(said.ids)
        if path != PUSH_PATH or said.hq_epoch != self.hq_epoch:
            return
        site = msgspec.json.decode(body, type=Push).site
        if isinstance(said, Fork):
            self.notes.forks.add((site, said.epoch))
        if isinstance(said, Ack):
            row = self.books.sites.get(site)
            if row is None or said.acked > row.acked:
                self._on_fault(f"I1: {said.acked} was acknowledged, {row.acked if row else 0} are held")

    # Backups

    def back_up(self) -> None:
        """Between two transactions."""
        if not self.books.lock.locked():
            self._copy = _copied(self.books), deepcopy(self.notes), self.hq_epoch

    def restore(self) -> bool:
        """The books as they were; what was said since is forgotten. False where there is no copy.

        Each second time its whole folder is put back, the number of its epoch too, and nobody says so.
        """
        if self._copy is None or self.books.lock.locked():
            return False
        self.store = MemoryStore()
        books, notes, hq_epoch = self._copy
        self.store.merchants[MERCHANT] = _copied(books)
        self.notes = deepcopy(notes)
        self.restored += 1
        if self.restored % 2:
            self.hq_epoch += 1
        else:
            self.hq_epoch = hq_epoch
            self.put_back_whole += 1
        self._open()
        return True


def _copied(books: Books) -> Books:
    """Rows are values: the same ones in tables of their own."""
    fresh = Books()
    for there, here in ((fresh, books), (fresh.lapses, books.lapses)):
        for name, kept in vars(here).items():
            if isinstance(kept, Rows):
                getattr(there, name).update(kept)
    return fresh


def _problem(status: int, code: ProblemCode, why: str) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(Problem(code=code, why=why)))
