"""What was done for members on their visits, sealed under their own keys (product.md D10)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from terminal.core.commands import Consent, Private
from terminal.core.errors import NotBookable, PeopleLocked
from terminal.core.particulars import HEALTH_PURPOSE
from terminal.core.services import Service, read
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.store.answers import entry_id, id_bytes
from terminal.store.sealed import MemberKeys

Run = Callable[..., sqlite3.Cursor]
"""A statement by its name, and its values."""

_DONE, _REMARK = b"service", b"remark"
"""Before the entry, in what each is sealed for."""


class Services:
    """Belongs to the writer's thread."""

    def __init__(self, run: Run, keys: MemberKeys) -> None:
        self._do = run
        self._keys = keys

    def keep(self, member: MemberId, private: Private, entry: EntryId, seq: int) -> None:
        """The remark only of who agrees to that. Raises PeopleLocked."""
        if self._do("is_erased", member).fetchone():  # Else a key is made anew that nobody destroys.
            raise NotBookable("that member was erased: a new one begins")
        remark = private.remark if self._do("agrees", member, HEALTH_PURPOSE).fetchone() else ""
        self._put(member, seq, id_bytes(entry), private.service, remark)

    def agreed(self, member: MemberId, said: Consent) -> None:
        """Who says no to notes about health has none of them."""
        if said.purpose == HEALTH_PURPOSE and not said.given:
            self._do("drop_remarks", member)

    def follow(self, wallet: WalletId, into: WalletId) -> None:
        """Two memberships turn out to be one person's. What cannot be opened now stays where it is."""
        was, now = (self._do("wallet", one).fetchone()[0] for one in (wallet, into))
        if was is None or now is None or was == now or self._do("is_erased", now).fetchone():
            return
        try:
            opened = [
                (
                    seq,
                    entry,
                    self._opened(was, sealed, _DONE + entry),
                    self._opened(was, remark, _REMARK + entry),
                )
                for seq, entry, sealed, remark in self._do("service_rows", was).fetchall()
            ]
        except PeopleLocked:
            return
        self._do("drop_services", was)
        agrees = self._do("agrees", now, HEALTH_PURPOSE).fetchone()
        for seq, entry, done, remark in opened:
            if done is not None:
                self._put(now, seq, entry, done, remark or "" if agrees else "")

    def of(self, member: MemberId, limit: int) -> Iterator[Service]:
        """The last first. Raises PeopleLocked."""
        for entry, sealed, remark in self._do("services_of", member, limit).fetchall():
            done = self._opened(member, sealed, _DONE + entry)
            if done is not None:
                yield read(entry_id(entry), done, self._opened(member, remark, _REMARK + entry) or "")

    def _put(self, member: MemberId, seq: int, entry: bytes, done: str, remark: str) -> None:
        seal = self._keys.seal_text
        sealed = seal(member, done, _DONE + entry)
        self._do(
            "add_service",
            member,
            seq,
            entry,
            sealed,
            seal(member, remark, _REMARK + entry) if remark else None,
        )

    def _opened(self, member: MemberId, sealed: bytes | None, about: bytes) -> str | None:
        return None if sealed is None else self._keys.unseal_text(member, sealed, about)
