"""Headquarters in the fleet: the product's rules over the twin of its database, restored at will."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hq.exchange import Exchange, RequestRefused
from hq.memory import MemoryStore
from hq.memory_books import Books, Rows
from hq.policy import Policy
from lab.fleet.loop import SeededLoop, VirtualClock
from lab.fleet.machine import MERCHANT
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.journal import HELLO_PATH, PULL_PATH, PUSH_PATH, Ack, Hello, Pull, Push
from terminal.core.wire.people import PROFILE_PATH, Profile
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.rights import ASK_PATH, FEED_PATH, Ask, Feed
from terminal.runtime.ids import Uuid7
from terminal.uplink.courier import Reply

_OK, _REFUSED, _NOT_FOUND, _CONFLICT = 200, 400, 404, 409


class Office:
    def __init__(self, loop: SeededLoop, policy: Policy, on_fault: Callable[[str], None]) -> None:
        self._on_fault = on_fault
        self._loop = loop
        self._policy = policy
        self._dice = random.Random(loop.dice.getrandbits(64))
        self.clock = VirtualClock(loop)
        self.ids = Uuid7(self.clock, self._dice.randbytes)
        self.store = MemoryStore()
        self.hq_epoch = 1
        """Kept outside of what is backed up."""
        self.restored = 0
        self._copy: Books | None = None
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
        )
        self._answers: dict[str, tuple[type[Any], Callable[[Any], Awaitable[Any]]]] = {
            HELLO_PATH: (Hello, self.exchange.hello),
            PUSH_PATH: (Push, self.exchange.push),
            PULL_PATH: (Pull, self.exchange.pull),
            FEED_PATH: (Feed, self.exchange.feed),
            ASK_PATH: (Ask, self.exchange.ask),
            PROFILE_PATH: (Profile, self.exchange.profile),
        }

    async def answered(self, path: str, body: bytes) -> Reply:
        """As over HTTP: bytes in, status and bytes out."""
        if path not in self._answers:
            return _problem(_NOT_FOUND, ProblemCode.NOT_FOUND, "there is no such call")
        asked, answer = self._answers[path]
        try:
            said = await answer(msgspec.json.decode(body, type=asked))
        except UNREADABLE:
            return _problem(_REFUSED, ProblemCode.MALFORMED, "cannot be read")
        except RequestRefused as refusal:
            status = _CONFLICT if refusal.code is ProblemCode.INSTANCE else _REFUSED
            return _problem(status, refusal.code, str(refusal))
        self._believe(said, path, body)
        return Reply(status=_OK, body=msgspec.json.encode(said))

    def _believe(self, said: Any, path: str, body: bytes) -> None:  # noqa: ANN401
        """I1: an ACK names nothing that these books do not hold. Later, a GAP would have healed it unseen."""
        if path == PUSH_PATH and isinstance(said, Ack) and said.hq_epoch == self.hq_epoch:
            row = self.books.sites.get(msgspec.json.decode(body, type=Push).site)
            if row is None or said.acked > row.acked:
                self._on_fault(f"I1: {said.acked} was acknowledged, {row.acked if row else 0} are held")

    # Backups

    def back_up(self) -> None:
        """Between two transactions."""
        if not self.books.lock.locked():
            self._copy = _copied(self.books)

    def restore(self) -> bool:
        """The books as they were; what was said since is forgotten. False where there is no copy."""
        if self._copy is None or self.books.lock.locked():
            return False
        self.store = MemoryStore()
        self.store.merchants[MERCHANT] = _copied(self._copy)
        self.hq_epoch += 1
        self.restored += 1
        self._open()
        return True


def _copied(books: Books) -> Books:
    """Rows are values: the same ones in tables of their own."""
    fresh = Books()
    for name, kept in vars(books).items():
        if isinstance(kept, Rows):
            getattr(fresh, name).update(kept)
    return fresh


def _problem(status: int, code: ProblemCode, why: str) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(Problem(code=code, why=why)))
