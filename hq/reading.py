"""What a received body means to headquarters. Pure: bytes in, a value out, never an exception.

The chain takes every body whose hash fits: it is a fact of the site, and losing it would lose a sale.
What cannot be understood or does not balance is kept with the reason, posts nothing, and waits for
people (quarantine). So one bad entry neither blocks the queue behind it nor disappears.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple

from msgspec import Meta, Raw, Struct, json

from hq.pot import IN_LOTS, head_of, is_value, unit_of
from hq.taken import COUNTED_MAX, CouponTaken, LotLine, Opened, Taken
from terminal.core.accounts import HAD, REWARDED, USED, measure_of, overdrawn
from terminal.core.canonical import NotCanonical, check
from terminal.core.cards import CardState
from terminal.core.commands import CASE_OPENED, CouponGrant
from terminal.core.directives import Covered, Directed, Directive, Grant, Merge, Release, Withdraw
from terminal.core.entry import POSTINGS_MAX, VERSION
from terminal.core.ledger.invoices import AT_USE
from terminal.core.rights import LotTerms
from terminal.core.sold import CHARS_MAX
from terminal.core.values import INTEGER_MAX
from terminal.core.wire.forms import UNREADABLE

_Amount = Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
_Natural = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
_Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f\x7f]+\Z")]
_Unit = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
_Text = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*\Z")]
_ACCOUNT = re.compile(r"[a-z]+:[^:\x00-\x1f\x7f]+:[^\x00-\x1f\x7f]+")
_ACCOUNT_LENGTH_MAX = 200
_ACCOUNTS_REMEMBERED = 16_384
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_Uuid = Annotated[str, Meta(pattern=rf"^{_UUID.pattern}\Z")]
_SPENDABLE = re.compile(r"wallet:[^:]{1,64}:.{1,120}|company:[^:]{1,64}:(held:[^:]{1,64}:)?credit")
_DEBT = ":debt:"
_OWNERS = frozenset({"wallet", "company", "site"})
_DEVICE_CHARS_MAX = 40
_MEMBER_CHARS_MAX = 64
_UNDOING = frozenset({"void", "reversal", "refund"})
_CARD_STATES = frozenset(map(str, CardState))


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
    listed: _Amount = 0
    sold: Annotated[str, Meta(max_length=CHARS_MAX, pattern=r"^[^\x00]*\Z")] = ""


class _Opens(Struct, frozen=True):
    wallet: _Id
    member: _Id | None = None
    coupons: tuple[CouponGrant, ...] = ()


class _Reward(Struct, frozen=True):
    gift: CouponGrant | None = None


class _Payload(Struct, frozen=True):
    """The fields of all commands that mean something here; what else they hold is the site's business."""

    wallet: _Id | None = None
    opens: _Opens | None = None
    coupons: tuple[CouponGrant, ...] = ()
    reward: _Reward | None = None
    with_entry: _Uuid | None = None
    into: _Id | None = None
    card: _Id | None = None
    replaces: _Id | None = None
    cancels: Annotated[tuple[_Id, ...], Meta(max_length=POSTINGS_MAX)] = ()
    state: _Text = ""
    tier: _Text = ""
    fell_from: _Text = ""
    lot: _Text = ""
    number: _Text = ""
    red: _Text = ""
    lots: Annotated[tuple[_Text, ...], Meta(max_length=POSTINGS_MAX)] = ()
    of: _Text = ""
    directive: Directive | None = None
    directed: Directed | None = None
    apart: bool = False
    member: _Text | None = None
    waits: bool = False


class _Body(Struct, frozen=True):
    """The part of an entry that headquarters acts on. A newer terminal may send kinds unknown here."""

    v: int
    site: str
    epoch: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    seq: int
    id: _Uuid
    kind: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z_]+\Z")]
    postings: Annotated[tuple[tuple[str, _Amount], ...], Meta(max_length=POSTINGS_MAX)]
    payload: Raw
    lots: Annotated[tuple[_Lot, ...], Meta(max_length=POSTINGS_MAX)] = ()
    uncovered: Annotated[tuple[tuple[str, _Amount], ...], Meta(max_length=POSTINGS_MAX)] = ()
    wallet: _Id | None = None
    redo: Raw = Raw()


class _Note(Struct, frozen=True):
    what: str = ""
    detail: str = ""


class _Ended(Struct, frozen=True):
    coupon: _Id
    why: _Text


class _Given(Struct, frozen=True):
    wallet: _Id
    to: _Id


class _NotThis(Exception):
    """Why this body is not an entry."""


_version = json.Decoder(_Version)
_body = json.Decoder(_Body)
_payload = json.Decoder(_Payload)
_note = json.Decoder(_Note)
_ended = json.Decoder(_Ended)
_given = json.Decoder(_Given)


def read(site: str, epoch: int, seq: int, entry_hash: bytes, body: bytes) -> Taken:
    """The entry at `seq` of `site`; with a fault when its own words do not fit its place or its sums."""
    try:
        found, payload, raises = _understood(site, epoch, seq, body)
    except _NotThis as fault:
        return Taken(seq=seq, hash=entry_hash, body=body, fault=str(fault))
    directive = payload.directive if found.kind == "directive" else None
    opens = payload.opens
    lots = tuple([_lot(one, found, payload) for one in found.lots])
    return Taken(
        seq=seq,
        hash=entry_hash,
        body=body,
        id=found.id,
        kind=found.kind,
        command=hashlib.sha256(found.payload).digest(),
        postings=found.postings,
        moves=isinstance(directive, Grant | Release) or found.kind == "rights_back",
        lots=lots,
        astray=_astray(found, lots) if lots else (),
        uncovered=found.uncovered,
        owes=any(amount < 0 and _DEBT in name for name, amount in found.postings),
        raises=raises,
        loads=found.kind == "recharge",
        directive=directive,
        ends=_ends(found, directive),
        apart=payload.apart,
        directed_under=payload.directed.hq_epoch if directive and payload.directed else 0,
        directed_m=payload.directed.m if directive and payload.directed else 0,
        opens=None if opens is None else Opened(wallet=opens.wallet, member=opens.member),
        coupons=_coupons(found, payload),
        merges=_merges(found.kind, payload),
        cards=_cards(found.kind, payload),
        gives=_gives(found),
        expired=(found.wallet or "") if payload.state == CardState.EXPIRED else "",
        tier=(payload.wallet, payload.tier) if found.kind == "tier" and payload.wallet else None,
        fell_from=payload.fell_from if found.kind == "tier" else "",
        invoices=_invoices(payload) if found.kind == "invoice" else (),
        undoes=_refers_to(found.kind, payload),
        undoing=found.kind in _UNDOING,
        again=bool(bytes(found.redo)),
        redone=(found.wallet or payload.wallet or "") if bytes(found.redo) else "",
        uses=tuple([name for name, _ in found.postings if name.startswith(f"site:{site}:{USED}:")]),
        hads=tuple([name for name, _ in found.postings if name.startswith(_told_of(site))]),
        erased=None if payload.waits else _of_whom(found.kind, payload),
        asked=_of_whom(found.kind, payload) if payload.waits else None,
        case_opened=_case(found) if found.kind == "note" else "",
    )


def _of_whom(kind: str, payload: _Payload) -> tuple[str, str] | None:
    if kind != "erasure" or not payload.wallet or not payload.member:
        return None
    return (payload.wallet, payload.member) if len(payload.member) <= _MEMBER_CHARS_MAX else None


def _told_of(site: str) -> tuple[str, ...]:
    """How accounts begin that other sites are told of."""
    return f"site:{site}:{HAD}:", f"site:{site}:{REWARDED}:"


def _case(found: _Body) -> str:
    """Other notes are the site's business, whatever they hold."""
    try:
        note = _note.decode(found.payload)
    except UNREADABLE:
        return ""
    return (note.detail[:_DEVICE_CHARS_MAX] or "?") if note.what == CASE_OPENED else ""


def _gives(found: _Body) -> tuple[str, str] | None:
    if found.kind != "transfer":
        return None
    try:
        one = _given.decode(found.payload)
    except UNREADABLE:  # Its profile says whose it is.
        return None
    return one.wallet, one.to


def _ends(found: _Body, directive: Directive | None) -> tuple[tuple[str, str], ...]:
    if isinstance(directive, Withdraw):
        return tuple([(unit_of(one).removeprefix("coupon:"), directive.why) for one in directive.coupons])
    if found.kind != "withdrawal":
        return ()
    try:
        one = _ended.decode(found.payload)
    except UNREADABLE:  # It posts what it posts all the same.
        return ()
    return ((one.coupon, one.why),)


def _understood(site: str, epoch: int, seq: int, body: bytes) -> tuple[_Body, _Payload, bool]:
    try:
        found = _body.decode(body)
        payload = _payload.decode(found.payload)
        check(body)
    except NotCanonical as fault:
        raise _NotThis(f"is not canonical JSON (RFC 8785): {str(fault)[:200]}") from fault
    except UNREADABLE as fault:
        raise _NotThis(_of_version(body) or f"cannot be read: {str(fault)[:200]}") from fault
    if found.v != VERSION:
        raise _NotThis(_of_version(body))
    if (found.site, found.seq) != (site, seq) or found.epoch > epoch:
        raise _NotThis(f"says it is {found.seq} of epoch {found.epoch} of another place in the chain")
    if b"\\u0000" in body:  # No database keeps it in a text.
        raise _NotThis("holds a character that is no text")
    _named(found.kind, payload)
    return found, payload, _posted(site, found, payload)


def _of_version(body: bytes) -> str:
    """Why it cannot be read, where that is its version; else empty."""
    try:
        version = _version.decode(body).v
    except UNREADABLE:
        return ""
    return "" if version == VERSION else f"is of version {version}, and {VERSION} is known here"


class _Account(NamedTuple):
    owner: str
    of: str
    unit: str
    measure: str
    """What the unit is counted in."""
    stays: bool
    """Value that a site keeps: all but points and cashback."""


@lru_cache(_ACCOUNTS_REMEMBERED)
def _account(name: str) -> _Account | None:
    """Most names of a batch were met just now."""
    if len(name) > _ACCOUNT_LENGTH_MAX or not _ACCOUNT.fullmatch(name):
        return None
    owner, of, unit = name.split(":", 2)
    stays = is_value(name) and not unit.startswith(("points:", "cashback"))
    return _Account(owner=owner, of=of, unit=unit, measure=measure_of(unit), stays=stays)


def _named(kind: str, payload: _Payload) -> None:
    """What it refers to has a name that could be one."""
    directive = payload.directive
    if kind == "directive" and directive is None:
        raise _NotThis("applies a directive and does not say which")
    if kind in _UNDOING and not _UUID.fullmatch(payload.of):
        raise _NotThis("undoes what has no id")
    if kind == "card_state" and payload.state not in _CARD_STATES:
        raise _NotThis("says of a card what none is")
    if isinstance(directive, Grant | Release) and not all(map(_UUID.fullmatch, _sales(directive))):
        raise _NotThis("moves a sale that has no id")
    if isinstance(directive, Covered) and not _SPENDABLE.fullmatch(directive.account):
        raise _NotThis("was covered for an account that cannot be")
    if isinstance(directive, Merge) and ":" in directive.wallet + directive.into:
        raise _NotThis("merges wallets that cannot be")


def _sales(directive: Grant | Release) -> list[str]:
    return [one if isinstance(one, str) else one.sale for one in directive.sales]


def _posted(site: str, found: _Body, payload: _Payload) -> bool:
    """Sums are zero, a site posts to its own accounts, rights move by our word, overdrafts are declared.

    Whether value that stays at a site came onto an account.
    """
    sums: dict[str, int] = {}
    whole = 0
    raises = False
    overdrafts: Counter[str] = Counter()
    for name, amount in found.postings:
        known = _account(name)
        if known is None:
            raise _NotThis("posts to what is no account")
        owner, of, unit, measure, stays = known
        sums[measure] = sums.get(measure, 0) + amount
        whole += abs(amount)
        raises = raises or (stays and amount > 0)
        if owner not in _OWNERS:
            raise _NotThis(f"posts to an owner of kind {owner}")
        if owner != "site":
            continue
        if of != site:
            raise _NotThis("posts to an account of another site")
        if unit.startswith("rights:") and found.kind not in {"directive", "rights_back"}:
            raise _NotThis("moves rights without a word of headquarters")
        if unit.startswith("overdraft:"):
            overdrafts[unit] -= amount
    _summed(sums, max(whole, sum([abs(one.amount) for one in found.lots])))
    if overdrafts or found.uncovered:
        _declared(found, payload, overdrafts)
    return raises


def _summed(sums: dict[str, int], whole: int) -> None:
    if whole > COUNTED_MAX:
        raise _NotThis(f"moves more than {COUNTED_MAX}")
    crooked = sorted(measure for measure, total in sums.items() if total)
    if crooked:
        raise _NotThis(f"does not sum to zero in {crooked[0]}")


def _astray(found: _Body, lots: Sequence[LotLine]) -> tuple[tuple[str, int, int], ...]:
    """(account, into its lots, posted) where what it says of them differs; points may lie beside theirs.

    An entry that names no lots of an account says nothing of them.
    """
    sums: dict[str, int] = {}
    for line in lots:
        sums[line.account] = sums.get(line.account, 0) + line.amount
    posted = dict.fromkeys(sums, 0)
    for name, amount in found.postings:
        if name in posted:
            posted[name] += amount
    if sums == posted:
        return ()
    differ = [(name, into, posted[name]) for name, into in sums.items() if into != posted[name]]
    return tuple([one for one in differ if head_of(one[0]) in IN_LOTS])


def _declared(found: _Body, payload: _Payload, overdrafts: Counter[str]) -> None:
    declared = Counter[str]()
    for account, amount in found.uncovered:
        if _account(account) is None:
            raise _NotThis("spends from what is no account")
        if amount <= 0:
            raise _NotThis("spends less than nothing beyond its rights")
        declared[account] += amount
    if declared.total() > COUNTED_MAX:
        raise _NotThis(f"spends more than {COUNTED_MAX} beyond its rights")
    rights = isinstance(payload.directive, Grant | Release)
    # A merge moves what is open; what covers it was directed.
    moves = found.kind == "merge" or (found.kind == "directive" and not rights)
    if not moves and declared != Counter({_spent_of(unit): n for unit, n in overdrafts.items()}):
        raise _NotThis("spends beyond its rights and does not say so")


def _spent_of(unit: str) -> str:
    try:
        return overdrawn(unit).name
    except ValueError as fault:
        raise _NotThis("spends beyond the rights of nobody") from fault


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
        sold=one.sold,
    )
    listed = 0 if one.laid else one.listed  # What only moves was counted where it was used.
    return LotLine(account=f"wallet:{wallet}:{one.unit}", amount=one.amount, terms=terms, listed=listed)


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
    if payload.reward is not None and (gift := payload.reward.gift) is not None:
        named += [
            CouponTaken(wallet=account.of, terms=gift, pack="")
            for name, amount in found.postings
            if amount > 0
            and (account := _account(name)) is not None
            and (account.owner, account.unit) == ("wallet", f"coupon:{gift.coupon}")
        ]
    return tuple(named)


def _merges(kind: str, payload: _Payload) -> tuple[str, str] | None:
    if kind != "merge" or not payload.wallet or not payload.into:
        return None
    return payload.wallet, payload.into


def _invoices(payload: _Payload) -> tuple[tuple[str, str], ...]:
    if payload.red:
        return ((payload.lot, ""),)
    return ((payload.lot, payload.number), *((lot, AT_USE) for lot in payload.lots))


def _refers_to(kind: str, payload: _Payload) -> str:
    """What it undid, wholly or in part, or came with: whoever undoes a sale elsewhere must know both."""
    if kind in _UNDOING:
        return payload.of
    if kind == "invoice":
        return payload.lot if _UUID.fullmatch(payload.lot) else ""
    return (payload.with_entry or "") if kind == "grant" else ""


def _cards(kind: str, payload: _Payload) -> tuple[tuple[str, str], ...]:
    """Cards whose standing changed for all sites."""
    if kind == "card_state" and payload.card:
        return ((payload.card, payload.state),)
    if kind == "card" and payload.replaces:
        return ((payload.replaces, "replaced"),)
    return tuple((card, "cancelled") for card in payload.cancels)
