"""What begins when somebody joins, or when a card nobody knows gets a wallet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from terminal.core.commands import CouponGrant, Opens, Private
from terminal.core.policy import Policy
from terminal.core.trust import Credential
from terminal.core.values import CardId, MemberId, StaffId, Value, WalletId


class Recruited(Value, frozen=True, kw_only=True):
    """Who won them, and where: commission and join counts follow it."""

    by: StaffId
    channel: str
    """`forecourt`, `counter`, ..."""


class Newcomer(Value, frozen=True, kw_only=True):
    """What enters the journal, and what is kept beside it."""

    opens: Opens
    private: Private

    @property
    def wallet(self) -> WalletId:
        return self.opens.wallet

    @property
    def card(self) -> CardId | None:
        return self.opens.card


def joining(
    phone: Credential,
    *,
    policy: Policy,
    recruited: Recruited,
    new_id: Callable[[], str],
    salt: bytes,
) -> Newcomer:
    """A member, known by phone, with the shop's coupon pack."""
    private = Private(credentials=(phone,), phone=phone.number, salt=salt.hex())
    opens = Opens(
        wallet=WalletId(new_id()),
        member=MemberId(new_id()),
        card=None,
        commitment=commitment(salt, private),
        terms=policy.terms,
        channel=recruited.channel,
        recruiter=recruited.by,
        coupons=_pack(policy, new_id),
    )
    return Newcomer(opens=opens, private=private)


def unnamed(card: Credential, *, policy: Policy, recruited: Recruited, new_id: Callable[[], str]) -> Newcomer:
    """A wallet that belongs to whoever holds the card."""
    opens = Opens(
        wallet=WalletId(new_id()),
        member=None,
        card=CardId(new_id()),
        commitment="",
        terms=policy.terms,
        channel=recruited.channel,
        recruiter=recruited.by,
    )
    return Newcomer(opens=opens, private=Private(credentials=(card,)))


def commitment(salt: bytes, private: Private) -> str:
    """SHA-256, hex, of the salt and then `[name, phone, plate]` as compact JSON in UTF-8."""
    personal = msgspec.json.encode([private.name, private.phone, private.plate])
    return hashlib.sha256(salt + personal).hexdigest()


def _pack(policy: Policy, new_id: Callable[[], str]) -> tuple[CouponGrant, ...]:
    return tuple(
        CouponGrant(coupon=new_id(), kind=given.kind, face=given.face, threshold=given.threshold)
        for given in policy.join_pack
        for _ in range(given.count)
    )
