"""Of two members who are one person all that is kept is with the one who stays (product.md B10, G7).

Else nobody could see, correct or erase what was known of the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from terminal.core.commands import Private
from terminal.core.errors import PeopleLocked
from terminal.core.one_person import together
from terminal.core.particulars import HEALTH_PURPOSE
from terminal.core.trust import masked_name, masked_phone
from terminal.core.values import MemberId, WalletId
from terminal.store.sealed import MemberKeys

Run = Callable[..., sqlite3.Cursor]
"""A statement by its name, and its values."""


class Persons:
    """Belongs to the writer's thread."""

    def __init__(self, run: Run, keys: MemberKeys) -> None:
        self._do = run
        self._keys = keys

    def follow(self, wallet: WalletId, into: WalletId) -> bool:
        """After the one was merged into the other: whether what was known of them went along.

        Who has another wallet stays who they are. What they agreed to, and why records are kept, goes along
        in any case; the rest stays where the keys cannot be read now, or one of both is not known here.
        """
        was, now = (self._do("wallet", one).fetchone()[0] for one in (wallet, into))
        if was is None or now is None or was == now or self._do("wallets_of", was).fetchone():
            return False
        for statement in ("consents_follow", "records_follow", "wish_follows"):
            self._do(statement, was, now)
        for statement in ("drop_consents", "erasure_waits_no_more"):
            self._do(statement, was)
        agrees = self._do("agrees", now, HEALTH_PURPOSE).fetchone() is not None
        if not agrees:
            self._do("drop_remarks", now)
        return self._profile_follows(was, now, health=agrees)

    def _profile_follows(self, was: MemberId, now: MemberId, *, health: bool) -> bool:
        try:
            goes, stays = self._opened(was), self._opened(now)
        except PeopleLocked:
            return False
        if goes is None or stays is None:
            return False
        self._keep(now, together(stays, goes, health=health))
        self._do("drop_profile", was)
        return True

    def _opened(self, member: MemberId) -> Private | None:
        row = self._do("profile", member).fetchone()
        return self._keys.unseal(member, row[0]) if row else None

    def _keep(self, member: MemberId, private: Private) -> None:
        phone = masked_phone(private.phone)
        sealed = self._keys.seal(member, private)
        self._do("set_profile", member, sealed, masked_name(private.name) or phone, phone)
