"""What a member's page shows, told from headquarters' books."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec

from hq.phone.store import Member, PhoneStore, Stood
from terminal.core.accounts import TIER_UNIT, named
from terminal.core.canonical import decoded
from terminal.core.cart import COUNTED, FUEL, VOUCHER
from terminal.core.commands import (
    BookDeposit,
    Booked,
    BookSale,
    Command,
    Measured,
    TenderKind,
    Undid,
    undone_by,
    wallet_of,
)
from terminal.core.coupons import CouponGrant
from terminal.core.entry import Entry, printed_number
from terminal.core.given_back import customers, given_back
from terminal.core.ledger.again import good_until
from terminal.core.locks import LITRES, locked
from terminal.core.receipts import Copy, ShopHead, as_html, document_of, drawn
from terminal.core.tier_names import TierShown
from terminal.core.units import POURED
from terminal.core.values import Value, WalletId
from terminal.core.wire.forms import UNREADABLE

log = logging.getLogger(__name__)

RECEIPTS_MAX = 30
_AT_ONCE = 200
_LOOKED_AT = 2_000
"""Entries that moved a wallet: of who brought many, most are sales of those."""
RECEIPT_COLUMNS = 32
KINDS = {
    "sale": "Sale",
    "recharge": "Recharge",
    "refund": "Refund",
    "void": "Void",
    "recharge_refund": "Refund of a recharge",
    "redeem": "Points redeemed",
    "deposit": "Deposit",
    "import": "Balance brought in",
}
"""What is printed for a member, as the page calls it."""
_HELD = re.compile(r"held:[^:]+")
"""Of stored value; of litres and coupons another part stands behind."""
_MS = 1000
_FOR_EVER = "9999-12-31"
_terms = msgspec.json.Decoder(CouponGrant)


class Line(Value, frozen=True, kw_only=True):
    """One receipt in the list."""

    id: str
    when: str
    """By the clock of its shop."""
    site: str
    kind: str
    """A key of the page's words."""
    fen: int
    """What a sale came to beyond what was left for it as a deposit, or what such a deposit was, below zero;
    what was given back of either in whatever way; of all else what came onto the wallet, or left it."""
    points: tuple[tuple[str, int], ...]
    """By family, goods first."""


class CashVoucher(Value, frozen=True, kw_only=True):
    """Pays so many fen, once."""

    fen: int
    since: str
    until: str
    """First and last business day of use; empty: no bound."""


class Ahead(Value, frozen=True, kw_only=True):
    """Fuel that was paid for and is still to be taken."""

    grade: str
    price: int
    """Fen for a litre, cubic metre or kilogram, at which it was locked; 0: at none."""
    left: int
    """In hundredths."""
    until: str = ""
    """Last business day of use; empty: no bound."""
    measured: Measured | None = None
    """Of what hundredths are left; None: nobody told headquarters."""


class Shown(Value, frozen=True, kw_only=True):
    """A member's page."""

    phone: str
    principal: int
    bonus: int
    held: int
    """Fen set aside for fills that are not settled yet: no part of the balance meanwhile."""
    cashback: int
    points: tuple[tuple[str, int], ...]
    """By family, goods first; below zero where more were taken back than were there."""
    uses: tuple[tuple[str, int, str], ...]
    """Of count cards, by service and by their last business day of use; empty: no bound."""
    litres: tuple[Ahead, ...]
    """By grade, what is locked dearest last."""
    coupons: tuple[CouponGrant, ...]
    """What ends first in front."""
    vouchers: tuple[CashVoucher, ...]
    """The same."""
    cards: tuple[tuple[str, str], ...]
    """Masked number, and by which name the shop has its kind; empty: it was given none."""
    tier: str
    """As it is booked."""
    called: TierShown | None
    """What the chain calls it; None: nobody named it."""
    lines: tuple[Line, ...]
    as_of: str
    """Until when all shops that know the member were heard; empty: none was."""


async def shown(  # noqa: PLR0913  when it is seen, each by its name
    store: PhoneStore, merchant: str, member: Member, *, zone: ZoneInfo, day_cut_min: int, now_ms: int
) -> Shown:
    """`day_cut_min`: minutes after midnight at which the business day begins, by which things end."""
    await store.look_through(merchant)
    held = await store.held(merchant, member)
    as_of_ms = await store.as_of_ms(merchant, member)
    names = [
        unit.removeprefix("coupon:") for unit in held if unit.startswith("coupon:") and _left(held, unit)
    ]
    there = datetime.fromtimestamp(now_ms / _MS, zone) - timedelta(minutes=day_cut_min)
    today = there.date().isoformat()
    units = [unit for unit in held if unit.startswith((COUNTED, LITRES))]
    ends = await store.ends(merchant, member, units) if units else {}
    ahead = {unit: _usable(_left(held, unit), ends.get(unit, ()), today) for unit in units}
    coupons = [_terms.decode(terms) for terms in await store.coupons(merchant, names)]
    tier, called = await store.tier(merchant, member, now_ms)
    last = await _last(store, merchant, member)
    return Shown(
        phone=member.shown,
        principal=held.get("principal", 0),
        bonus=_left(held, "bonus"),
        held=sum(fen for unit, fen in held.items() if _HELD.fullmatch(unit)),
        cashback=_left(held, "cashback"),
        points=_points(held),
        uses=tuple(
            (unit.removeprefix(COUNTED), left, until)
            for unit in sorted(ahead)
            if unit.startswith(COUNTED)
            for left, until in ahead[unit]
        ),
        litres=_litres(ahead, measures(entry.payload for entry, _ in last)),
        coupons=tuple(
            sorted(
                (one for one in coupons if not one.is_over(today)),
                key=lambda one: (one.until or _FOR_EVER, one.coupon),
            )
        ),
        vouchers=await _vouchers(store, merchant, held, today),
        cards=tuple(await store.cards(merchant, member)),
        tier=tier,
        called=called,
        lines=tuple(_line(entry, member) for entry in last),
        as_of=datetime.fromtimestamp(as_of_ms / _MS, zone).strftime("%Y-%m-%d %H:%M") if as_of_ms else "",
    )


def _left(held: dict[str, int], unit: str) -> int:
    """Less what is owed of it: the counter lets nobody use that."""
    return max(0, held.get(unit, 0) + held.get(f"debt:{unit}", 0))


async def _vouchers(
    store: PhoneStore, merchant: str, held: dict[str, int], today: str
) -> tuple[CashVoucher, ...]:
    left = {unit: _left(held, unit) for unit in held if unit.startswith(VOUCHER)}
    days = await store.vouchers(merchant, left) if left else {}
    found = []
    for unit, fen in sorted(left.items()):
        since, until = days.get(unit, ("", ""))
        if fen > 0 and (not until or until >= today):
            found.append(CashVoucher(fen=fen, since=since if since > today else "", until=until))
    return tuple(sorted(found, key=lambda one: (not one.until, one.until)))


def _usable(left: int, ends: Sequence[tuple[str, int]], today: str) -> list[tuple[int, str]]:
    """So much, and until when. `ends`: what of it does; nobody writes off what has ended."""
    left -= sum(rest for until, rest in ends if until < today)
    found = []
    for until, rest in ends:
        part = min(rest, left) if until >= today else 0
        if part > 0:
            found.append((part, until))
            left -= part
    return [*found, (left, "")] if left > 0 else found


def measures(booked: Iterable[Command]) -> Mapping[str, Measured]:
    """By grade, in what it was poured there: headquarters has no other word of it.

    One that two sites count in two ways is not among them.
    """
    found: dict[str, set[Measured]] = {}
    for sale in booked:
        for line in sale.lines if isinstance(sale, BookSale) else ():
            if line.sku.startswith(FUEL) and line.measured in POURED:
                found.setdefault(line.sku.removeprefix(FUEL), set()).add(line.measured)
    return {grade: one for grade, (one, *others) in found.items() if not others}


def _litres(ahead: dict[str, list[tuple[int, str]]], measured: Mapping[str, Measured]) -> tuple[Ahead, ...]:
    found = []
    for unit, parts in ahead.items():
        if unit.startswith(LITRES):
            grade, price = locked(unit) or (unit.removeprefix(LITRES), 0)
            found += [
                Ahead(grade=grade, price=price, left=left, until=until, measured=measured.get(grade))
                for left, until in parts
            ]
    return tuple(sorted(found, key=lambda one: (one.grade, one.price)))


def _points(held: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """What is owed of them is taken off: the next that come settle it."""
    sums: dict[str, int] = {"goods": 0}
    for unit, amount in held.items():
        of = unit.removeprefix("debt:")
        if of.startswith("points:") and of != TIER_UNIT:
            family = of.removeprefix("points:")
            sums[family] = sums.get(family, 0) + amount
    return tuple(sorted(sums.items(), key=_goods_first))


async def _last(store: PhoneStore, merchant: str, member: Member) -> list[tuple[Entry, bytes]]:
    """What is theirs of the last that moved their wallet."""
    found: list[tuple[Entry, bytes]] = []
    at_once = RECEIPTS_MAX
    for after in (0, *range(RECEIPTS_MAX, _LOOKED_AT, _AT_ONCE)):
        stood = await store.entries(merchant, member, KINDS, at_once, after)
        found += _own(stood, member)
        if len(found) >= RECEIPTS_MAX or len(stood) < at_once:
            break
        at_once = _AT_ONCE
    return found[:RECEIPTS_MAX]


def _own(stood: Sequence[Stood], member: Member) -> list[tuple[Entry, bytes]]:
    """What is theirs: not what moved their wallet beside another's, nor what was before they had it."""
    found = []
    for one in stood:
        try:
            entry = decoded(one.body)
        except UNREADABLE:
            log.warning("entry %d of %s cannot be shown", one.seq, one.site)
            continue
        if _whose(entry) in member.wallets and entry.at.wall_ms >= member.since_ms:
            found.append((entry, one.hash))
    return found


def _whose(entry: Entry) -> WalletId | None:
    return entry.wallet or wallet_of(entry.payload)


def _line(one: tuple[Entry, bytes], member: Member) -> Line:
    entry, _ = one
    fen, points = 0, dict[str, int]()
    for name, amount in entry.postings:
        account = named(name)
        if account.of not in member.wallets or account.unit == TIER_UNIT:
            continue
        if account.unit.partition(":")[0] in {"principal", "bonus", "cashback", "voucher"}:
            fen += amount
        elif (unit := account.unit.removeprefix("debt:")).startswith("points:"):
            family = unit.removeprefix("points:")
            points[family] = points.get(family, 0) + amount
    at = datetime.fromtimestamp(entry.at.wall_ms / _MS, UTC).astimezone(
        timezone(timedelta(minutes=entry.at.utc_offset_min))
    )
    return Line(
        id=entry.id,
        when=at.strftime("%Y-%m-%d %H:%M"),
        site=entry.site,
        kind=KINDS[entry.kind],
        fen=_fen(entry, fen),
        points=tuple(sorted(((one, n) for one, n in points.items() if n), key=_goods_first)),
    )


def _fen(entry: Entry, onto: int) -> int:
    """`onto`: fen that came onto the wallet."""
    match entry.payload:
        case BookSale(due=due, tenders=tenders):
            return sum(one.amount for one in tenders if one.kind is TenderKind.DEPOSIT) - due
        case BookDeposit(amount=left):
            return -left
        case _:
            return onto + _beside(entry, onto)


def _beside(entry: Entry, onto: int) -> int:
    """Fen that came back beside what came onto the wallet: in cash, or outside.

    Of a recharge that is undone what leaves the wallet is told, as what came onto it was.
    """
    if undone_by(entry.payload) is None or onto < 0:
        return 0
    back = given_back((named(name), amount) for name, amount in entry.postings)
    return back.cash + sum(fen for _, fen in back.outside)


def _goods_first(one: tuple[str, int]) -> tuple[bool, str]:
    return one[0] != "goods", one[0]


async def receipt(  # noqa: PLR0913  what a print may differ by, each by its name
    store: PhoneStore, merchant: str, member: Member, entry: str, *, shop: str, language: str
) -> str | None:
    """HTML of one receipt, as it is printed again; None: this member has no such one."""
    await store.look_through(merchant)
    stood = await store.entry(merchant, entry, member)
    own = _own([stood], member) if stood is not None else []
    if not own or own[0][0].kind not in KINDS:
        return None
    found, entry_hash = own[0]
    undid = await _undid(store, merchant, found)
    booked = _booked(found, entry_hash, undid)
    told = [entry.payload for entry, _ in await _last(store, merchant, member)]
    told += [found.payload, *([undid.command] if undid is not None else ())]
    document = document_of(
        booked,
        ShopHead(name=shop, address=found.site),
        language=language,
        copy=Copy.DUPLICATE,
        on_screen=True,
        measured=measures(told).get,
    )
    return as_html(drawn(document, RECEIPT_COLUMNS))


def _booked(entry: Entry, entry_hash: bytes, undid: Undid | None) -> Booked:
    """As its terminal answers when it is asked again, without what only that one knows."""
    wallet, moved = _whose(entry), dict(entry.postings)
    postings = ((named(name), amount) for name, amount in entry.postings)
    undoes = undone_by(entry.payload) is not None
    return Booked(
        command=entry.payload,
        seq=entry.seq,
        receipt_no=printed_number(entry, entry_hash),
        principal_spent=max(0, -moved.get(f"wallet:{wallet}:principal", 0)),
        bonus_spent=max(0, -moved.get(f"wallet:{wallet}:bonus", 0)),
        back=given_back(customers(postings, wallet), good_until(entry.lots)) if undoes else None,
        undid=undid,
        again=True,
    )


async def _undid(store: PhoneStore, merchant: str, entry: Entry) -> Undid | None:
    of = undone_by(entry.payload)
    stood = await store.entry(merchant, of) if of is not None else None
    if stood is None:
        return None
    found = decoded(stood.body)
    return Undid(command=found.payload, receipt_no=printed_number(found, stood.hash))
