"""What begins when somebody joins, or when a card nobody knows gets a wallet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from terminal.core.commands import Consent, CouponGrant, Grant, Opens, Private
from terminal.core.initials import initials_of_name
from terminal.core.packs import packed
from terminal.core.particulars import Particular
from terminal.core.policy import Policy
from terminal.core.trust import Credential
from terminal.core.values import CardId, MemberId, StaffId, Value, WalletId


class Recruited(Value, frozen=True, kw_only=True):
    """Who won them, and where: commission and join counts follow it."""

    by: StaffId
    channel: str
    """`forecourt`, `counter`, ..."""
    introduced_by: WalletId | None = None
    """Of the member who brought them."""


class Driver(Value, frozen=True, kw_only=True):
    """Who stands at the pump, by what was scanned or keyed of them."""

    card: Credential
    plate: str = ""
    """As their own phone shows it; empty: it tells none, or they came without a code."""
    by_code: bool = False
    """They came by a code of their own phone: no plate is asked for at the car."""
    won_by: StaffId | None = None
    """Who works here, and whose badge code led them to join."""
    before: bool = False
    """They were a member before: once more there is no pack."""


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


class Told(Value, frozen=True, kw_only=True):
    """What somebody who joins said and was given. Personal data: it is shown masked or not at all."""

    answers: Mapping[Particular, str] = MappingProxyType({})
    consents: tuple[Consent, ...] = ()
    card: Credential | None = None
    pin: bool = False
    """They chose one."""
    kind: str = ""
    """Of that card."""
    boxed: CardId | None = None
    """The new card out of the box that had its number."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Told(...)"

    __str__ = __repr__


def joining(  # noqa: PLR0913  who joins, by whose rules, through whom
    phone: Credential,
    *,
    policy: Policy,
    recruited: Recruited,
    new_id: Callable[[], str],
    salt: bytes,
    business_day: str,
    told: Told = Told(),  # noqa: B008  a frozen value
) -> Newcomer:
    """A member, known by phone, with the shop's pack of coupons and vouchers."""
    coupons, vouchers = pack_of(policy, business_day, new_id)
    private = _private(phone, told.card, told.answers, salt)
    opens = Opens(
        wallet=WalletId(new_id()),
        member=MemberId(new_id()),
        card=CardId(new_id()) if told.card else None,
        commitment=commitment(salt, private),
        terms=policy.terms,
        channel=recruited.channel,
        recruiter=recruited.by,
        coupons=coupons,
        vouchers=vouchers,
        consents=told.consents,
        pin=told.pin,
        introduced_by=recruited.introduced_by,
        kind=told.kind,
        boxed=told.boxed,
    )
    return Newcomer(opens=opens, private=private)


def pack_of(
    policy: Policy, business_day: str, new_id: Callable[[], str]
) -> tuple[tuple[CouponGrant, ...], tuple[Grant, ...]]:
    """Coupons and cash vouchers of whoever joins on that day."""
    coupons = (one for line in policy.join_pack for one in line.given(business_day, new_id))
    return tuple(coupons), packed(policy.join_vouchers, business_day, new_id)


def without_pack(policy: Policy) -> Policy:
    """For whoever joins and gets no pack."""
    return replace(policy, join_pack=(), join_vouchers=())


class Successor(Value, frozen=True, kw_only=True):
    """Whoever gets a membership that was another's."""

    member: MemberId
    commitment: str
    private: Private


def succeeding(
    phone: Credential, *, answers: Mapping[Particular, str], new_id: Callable[[], str], salt: bytes
) -> Successor:
    private = _private(phone, None, answers, salt)
    return Successor(member=MemberId(new_id()), commitment=commitment(salt, private), private=private)


def passing(phone: Credential, *, new_id: Callable[[], str], salt: bytes) -> Successor:
    """Whose it is until it is one with that of whoever has the phone, which leads to that alone."""
    private = replace(_private(phone, None, {}, salt), credentials=())
    return Successor(member=MemberId(new_id()), commitment=commitment(salt, private), private=private)


def valid_until(business_day: str, years: int) -> str:
    """Last business day of an unnamed card that is handed out or renewed then: after no less than `years`."""
    day = date.fromisoformat(business_day)
    leaps = (day.month, day.day) == (2, 29)  # No less: on to the first of March.
    return (day + timedelta(days=1) if leaps else day).replace(year=day.year + years).isoformat()


def unnamed(  # noqa: PLR0913  which card of which kind, by whose rules, through whom
    card: Credential,
    *,
    policy: Policy,
    recruited: Recruited,
    new_id: Callable[[], str],
    day: str,
    kind: str = "",
) -> Newcomer:
    """A wallet that belongs to whoever holds the card. `day`: the business day."""
    opens = Opens(
        wallet=WalletId(new_id()),
        member=None,
        card=CardId(new_id()),
        commitment="",
        terms=policy.terms,
        channel=recruited.channel,
        recruiter=recruited.by,
        until=valid_until(day, policy.unnamed_valid_years),
        kind=kind,
    )
    return Newcomer(opens=opens, private=Private(credentials=(card,)))


def _private(
    phone: Credential, card: Credential | None, answers: Mapping[Particular, str], salt: bytes
) -> Private:
    beside = (Particular.NAME, Particular.PLATE)
    name = answers.get(Particular.NAME, "")
    return Private(
        credentials=(phone, card) if card else (phone,),
        name=name,
        phone=phone.number,
        plate=answers.get(Particular.PLATE, ""),
        told=tuple((what.value, said) for what, said in answers.items() if what not in beside),
        salt=salt.hex(),
        initials=initials_of_name(name),
    )


def commitment(salt: bytes, private: Private) -> str:
    """SHA-256, hex, of the salt and then `[name, phone, plate, [what, told], ...]`, compact JSON in UTF-8."""
    personal = msgspec.json.encode([private.name, private.phone, private.plate, *private.told])
    return hashlib.sha256(salt + personal).hexdigest()
