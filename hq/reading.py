"""What a received body means to headquarters. Pure: bytes in, a value out, never an exception.

The chain takes every body whose hash fits: it is a fact of the site, and losing it would lose a sale.
What cannot be understood or does not balance is kept with the reason, posts nothing, and waits for
people (quarantine). So one bad entry neither blocks the queue behind it nor disappears.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Raw, Struct, json

from hq.taken import CouponTaken, LotLine, Opened, Taken
from terminal.core.accounts import measure_of
from terminal.core.canonical import NotCanonical, check
from terminal.core.commands import CouponGrant
from terminal.core.directives import Covered, Directive, Grant, Merge, Release
from terminal.core.entry import VERSION
from terminal.core.rights import LotTerms
from terminal.core.values import INTEGER_MAX
from terminal.core.wire.forms import UNREADABLE

POSTINGS_MAX = 1000

_Amount = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
_Natural = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
_AccountName = Annotated[str, Meta(max_length=200, pattern=r"^[a-z]+:[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+\Z")]
_Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f\x7f]+\Z")]
_Unit = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
_Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*\Z")]
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_Uuid = Annotated[str, Meta(pattern=rf"^{_UUID.pattern}\Z")]
_WALLET_ACCOUNT = re.compile(r"wallet:[^:]{1,64}:.{1,120}")
_UNDOING = frozenset({"void", "reversal", "refund"})


class _Version(Struct, frozen=True):
    v: int


class _Lot(Struct, frozen=True):
    unit: _Unit
    lot: _Id
    amount: _Amount
    wallet: _Id | None = None
    paid: _Natural = 0
    since: _Text = ""
    until: _Text = ""
    invoice: _Text = ""
    laid: _Natural = 0


class _Opens(Struct, frozen=True):
    wallet: _Id
    member: _Id | None = None
    coupons: tuple[CouponGrant, ...] = ()


class _Payload(Struct, frozen=True):
    """The fields of all commands that mean something here; what else they hold is the site's business."""

    wallet: _Id | None = None
    opens: _Opens | None = None
    coupons: tuple[CouponGrant, ...] = ()
    with_entry: _Uuid | None = None
    into: _Id | None = None
    card: _Id | None = None
    replaces: _Id | None = None
    state: _Text = ""
    tier: _Text = ""
    lot: _Text = ""
    number: _Text = ""
    of: _Text = ""
    directive: Directive | None = None


class _Body(Struct, frozen=True):
    """The part of an entry that headquarters acts on. A newer terminal may send kinds unknown here."""

    site: str
    epoch: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    seq: int
    id: _Uuid
    kind: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+\Z")]
    postings: Annotated[tuple[tuple[_AccountName, _Amount], ...], Meta(max_length=POSTINGS_MAX)]
    payload: Raw
    lots: Annotated[tuple[_Lot, ...], Meta(max_length=POSTINGS_MAX)] = ()
    uncovered: Annotated[tuple[tuple[_AccountName, _Amount], ...], Meta(max_length=POSTINGS_MAX)] = ()
    wallet: _Id | None = None


class _NotThis(Exception):
    """Why this body is not an entry."""


_version = json.Decoder(_Version)
_body = json.Decoder(_Body)
_payload = json.Decoder(_Payload)


def read(site: str, epoch: int, seq: int, entry_hash: bytes, body: bytes) -> Taken:
    """The entry at `seq` of `site`; with a fault when its own words do not fit its place or its sums."""
    try:
        found, payload = _understood(site, epoch, seq, body)
    except _NotThis as fault:
        return Taken(seq=seq, hash=entry_hash, body=body, fault=str(fault))
    directive = payload.directive if found.kind == "directive" else None
    opens = payload.opens
    return Taken(
        seq=seq,
        hash=entry_hash,
        body=body,
        id=found.id,
        kind=found.kind,
        command=hashlib.sha256(found.payload).digest(),
        postings=found.postings,
        moves=isinstance(directive, Grant | Release) or found.kind == "rights_back",
        lots=tuple(_lot(one, found, payload) for one in found.lots),
        uncovered=found.uncovered,
        loads=found.kind == "recharge",
        directive=directive,
        opens=None if opens is None else Opened(wallet=opens.wallet, member=opens.member),
        coupons=_coupons(found, payload),
        merges=_merges(found.kind, payload),
        cards=_cards(found.kind, payload),
        tier=(payload.wallet, payload.tier) if found.kind == "tier" and payload.wallet else None,
        invoice=(payload.lot, payload.number) if found.kind == "invoice" else None,
        undoes=payload.of if found.kind in _UNDOING else "",
    )


def _understood(site: str, epoch: int, seq: int, body: bytes) -> tuple[_Body, _Payload]:
    try:
        version = _version.decode(body).v
        if version != VERSION:
            raise _NotThis(f"is of version {version}, and {VERSION} is known here")
        found = _body.decode(body)
        payload = _payload.decode(found.payload)
        check(body)
    except NotCanonical as fault:
        raise _NotThis(f"is not canonical JSON (RFC 8785): {str(fault)[:200]}") from fault
    except UNREADABLE as fault:
        raise _NotThis(f"cannot be read: {str(fault)[:200]}") from fault
    if (found.site, found.seq) != (site, seq) or found.epoch > epoch:
        raise _NotThis(f"says it is {found.seq} of epoch {found.epoch} of another place in the chain")
    if b"\\u0000" in body:  # No database keeps it in a text.
        raise _NotThis("holds a character that is no text")
    _named(found.kind, payload)
    _balanced(found.postings)
    _own(site, found, payload)
    return found, payload


def _named(kind: str, payload: _Payload) -> None:
    """What it refers to has a name that could be one."""
    directive = payload.directive
    if kind == "directive" and directive is None:
        raise _NotThis("applies a directive and does not say which")
    if kind in _UNDOING and not _UUID.fullmatch(payload.of):
        raise _NotThis("undoes what has no id")
    if isinstance(directive, Covered) and not _WALLET_ACCOUNT.fullmatch(directive.account):
        raise _NotThis("was covered for an account that cannot be")
    if isinstance(directive, Merge) and ":" in directive.wallet + directive.into:
        raise _NotThis("merges wallets that cannot be")


def _balanced(postings: Iterable[tuple[str, int]]) -> None:
    sums: Counter[str] = Counter()
    for account, amount in postings:
        sums[measure_of(account.split(":", 2)[2])] += amount
    crooked = sorted(measure for measure, total in sums.items() if total)
    if crooked:
        raise _NotThis(f"does not sum to zero in {crooked[0]}")


def _own(site: str, found: _Body, payload: _Payload) -> None:
    """A site posts to its own accounts; rights move by headquarters' word, and overdrafts are declared."""
    overdrawn: Counter[str] = Counter()
    for name, amount in found.postings:
        owner, of, unit = name.split(":", 2)
        if owner not in {"wallet", "company", "site"}:
            raise _NotThis(f"posts to an owner of kind {owner}")
        if owner != "site":
            continue
        if of != site:
            raise _NotThis("posts to an account of another site")
        if unit.startswith("rights:") and found.kind not in {"directive", "rights_back"}:
            raise _NotThis("moves rights without a word of headquarters")
        if unit.startswith("overdraft:"):
            overdrawn[f"wallet:{unit.removeprefix('overdraft:')}"] -= amount
    declared = Counter[str]()
    for account, amount in found.uncovered:
        if amount <= 0:
            raise _NotThis("spends less than nothing beyond its rights")
        declared[account] += amount
    rights = isinstance(payload.directive, Grant | Release)
    # A merge moves what is open; what covers it was directed.
    moves = found.kind == "merge" or (found.kind == "directive" and not rights)
    if not moves and declared != overdrawn:
        raise _NotThis("spends beyond its rights and does not say so")


def _lot(one: _Lot, found: _Body, payload: _Payload) -> LotLine:
    opens = payload.opens.wallet if payload.opens else None
    wallet = one.wallet or found.wallet or opens or payload.wallet or ""
    terms = LotTerms(
        unit=one.unit,
        lot=one.lot,
        laid=one.laid or max(one.amount, 1),
        paid=one.paid,
        since=one.since,
        until=one.until,
        invoice=one.invoice,
    )
    return LotLine(account=f"wallet:{wallet}:{one.unit}", amount=one.amount, terms=terms)


def _coupons(found: _Body, payload: _Payload) -> tuple[CouponTaken, ...]:
    """With the entry whose pack they belong to: they end with it when one person joined twice."""
    opened = payload.opens
    named: list[CouponTaken] = []
    if opened is not None:
        named += [CouponTaken(wallet=opened.wallet, terms=one, pack=found.id) for one in opened.coupons]
    wallet = payload.wallet or found.wallet
    if wallet is not None:
        pack = (payload.with_entry or "") if found.kind == "grant" else ""
        named += [CouponTaken(wallet=wallet, terms=one, pack=pack) for one in payload.coupons]
    return tuple(named)


def _merges(kind: str, payload: _Payload) -> tuple[str, str] | None:
    if kind != "merge" or not payload.wallet or not payload.into:
        return None
    return payload.wallet, payload.into


def _cards(kind: str, payload: _Payload) -> tuple[tuple[str, str], ...]:
    """Cards whose standing changed for all sites."""
    if kind == "card_state" and payload.card:
        return ((payload.card, payload.state),)
    if kind == "card" and payload.replaces:
        return ((payload.replaces, "replaced"),)
    return ()
