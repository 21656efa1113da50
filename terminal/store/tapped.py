"""Whoever presents a card, with all that the counter shows of them, from the rows of one read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.cart import Family
from terminal.core.commands import Private
from terminal.core.errors import LedgerDamaged
from terminal.core.picture import Picture, pictured
from terminal.core.trust import Credential, Holder, Medium, PointsRead, masked_name, masked_phone
from terminal.core.values import CardId, MemberId, WalletId
from terminal.core.wire.people import Known, MemberRow
from terminal.store.answers import balances
from terminal.store.sealed import Secret, opened
from terminal.store.unwritten import STUMBLES


class _Day(msgspec.Struct):
    business_day: str


class _Dated(msgspec.Struct):
    at: _Day


_dated = msgspec.json.Decoder(_Dated)


def day_in(body: bytes) -> str:
    """Business day of an entry, without the rest of it."""
    day: str = _dated.decode(body).at.business_day
    return day


class Tapped:
    """Of the query `tapped`, which has at least one row."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        told: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in rows:
            told[row[0]].append(row[1:])
        self._who = told["who"][0]
        self._holds = [(row[0], row[1]) for row in told["holds"]]
        self._points = tuple((row[0], row[1]) for row in told["points"])
        self._coupons = [row[0] for row in told["coupon"]]
        self._entries = {row[0]: (row[1], row[2]) for row in told["entry"]}

    @property
    def card(self) -> CardId | None:
        """None: it was a phone."""
        return CardId(self._who[1]) if self._who[1] else None

    @property
    def state(self) -> str:
        """Of the card."""
        state: str = self._who[2]
        return state

    @property
    def listed(self) -> str | None:
        """What a directive said of the card last."""
        listed: str | None = self._who[7]
        return listed

    @property
    def named(self) -> bool:
        """Whether what is told of whoever holds the wallet is kept here."""
        return self._who[5] is not None

    @property
    def _moved(self) -> bool:
        """What lay on the wallet lies on another: both need a second look."""
        return self._who[9] is not None

    def holder(self, credential: Credential) -> Holder:
        """As that was presented."""
        wallet, card, _, member, tier, name, phone, _, until = self._who[:9]
        after = balances(self._holds)
        owed = chart.debt(chart.points(WalletId(wallet), Family.GOODS)).unit
        return Holder(
            wallet=WalletId(wallet),
            member=MemberId(member) if member else None,
            card=CardId(card) if card else None,
            name_shown=name or "",
            number_shown=number_shown(credential, phone or ""),
            tier=tier or "regular",
            principal=after.principal,
            bonus=after.bonus,
            points=after.points.get(Family.GOODS, 0),
            points_read=None
            if self._moved
            else PointsRead(lots=self._points, owed=-dict(self._holds).get(owed, 0)),
            coupons=after.coupons,
            card_until=until or "",
            card_kind=self._who[14] or "",
            units=None if self._moved else tuple(unit for unit, _ in self._holds),
        )

    def picture(self, secret: Secret) -> Picture | None:
        """None: whoever has the members' keys and the journal must look, and say what is in the way."""
        member, joined, last, sealed, wrapped = self._who[3], *self._who[10:14]
        if self._moved or not {joined, last} <= self._entries.keys():
            return None
        if self._who[15]:
            return None  # It was another person's: whose visit the last one was is not read here.
        if self._entries[last][0] == "expiry" or (sealed is not None and wrapped is None):
            return None  # For what was written off nobody came; a key may have been destroyed just now.
        try:
            private: Private | None = None
            if sealed is not None:
                key = secret.unseal(wrapped, about=member.encode())
                private = opened(secret, member, sealed, key)
            return pictured(
                private,
                joined=day_in(self._entries[joined][1]),
                last=day_in(self._entries[last][1]) if last != joined else "",
                ends=self._coupons,
            )
        except (LedgerDamaged, *STUMBLES):
            return None


def named_by(holder: Holder, row: MemberRow | None, credential: Credential) -> Holder:
    """Of whom nothing is kept here, as headquarters' data set has them."""
    if row is None or row.member != holder.member:
        return holder
    phone = masked_phone(row.known.phone)
    shown = number_shown(credential, phone)
    return replace(holder, name_shown=masked_name(row.known.name) or phone, number_shown=shown)


def of_today(row: MemberRow, member: MemberId | None, token: str) -> MemberRow | None:
    """`row` of a wallet that was given to `member`: a set may be older, and say who had it before.

    Then its phone leads nowhere, and its cards to the wallet, without a name.
    """
    if row.member == member:
        return row
    by_card = any(key.token == token and key.card is not None for key in row.keys)
    return replace(row, member=member, known=Known()) if by_card else None


def number_shown(credential: Credential, phone_shown: str) -> str:
    """As screens show what was presented."""
    if credential.medium in {Medium.PHONE, Medium.SHOWN}:
        return phone_shown
    tail = credential.number[-4:] if len(credential.number) > len("1234") else ""
    return f"****{tail}"
