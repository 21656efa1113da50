"""From what is stored to what the caller is told: the same answer, the first time and ever after."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY, named
from terminal.core.canonical import decoded
from terminal.core.cart import COUNTED
from terminal.core.commands import (
    Balances,
    Booked,
    BookSale,
    BookTransfer,
    Command,
    Undid,
    UsesKept,
    card_of,
    undone_by,
    wallet_of,
)
from terminal.core.entry import VERSION, Entry, Redo, printed_number
from terminal.core.errors import NotBookable
from terminal.core.given_back import OWED_APART, customers, given_back, less_owed, usable_of
from terminal.core.ledger import Posted, kind_of
from terminal.core.ledger.again import good_until
from terminal.core.ledger.friends import brought
from terminal.core.ledger.referral import rewarded
from terminal.core.uses_kept import of_the_day
from terminal.core.values import EntryId, MemberId, SiteId, WalletId
from terminal.store.queries import queries

_ID_BYTES = 16
_DEBT = "debt:"
POSTINGS_MAX = 4096
"""In one entry; the numbering of the schema."""


class Place(NamedTuple):
    """Where in the journal."""

    site: SiteId
    epoch: int
    seq: int
    receipt: str


def id_day(entry: str) -> str:
    """When an id was made: ISO date, UTC."""
    return datetime.fromtimestamp(id_ms(EntryId(entry)) // 1000, UTC).date().isoformat()


def id_ms(entry: EntryId) -> int:
    """When it was made, by the clock of whoever made it (RFC 9562 section 5.7)."""
    return int.from_bytes(id_bytes(entry)[:6], "big")


def made_at(ms: int) -> tuple[bytes, bytes]:
    """The first and the last id that can be made then."""
    first = ms.to_bytes(6, "big")
    return first + bytes(10), first + b"\xff" * 10


def given_by(wallet: WalletId, transfers: Iterable[Sequence[Any]]) -> int:
    """Seq of the last of those (seq, body) that gave that wallet; 0: none did."""
    given = [seq for seq, body in transfers if _gave(body) == wallet]
    return max(given, default=0)


def gave_to(wallet: WalletId, member: MemberId, transfers: Iterable[Sequence[Any]]) -> bool:
    """Whether one of those (seq, body) gave that wallet to them."""
    return any(_gave(body, member) == wallet for _, body in transfers)


def _gave(body: bytes, member: MemberId | None = None) -> WalletId | None:
    """`member`: what was given to them alone."""
    payload = decoded(body).payload
    return payload.wallet if isinstance(payload, BookTransfer) and member in {None, payload.to} else None


@lru_cache(maxsize=1024)
def id_bytes(entry: str) -> bytes:
    """Raises NotBookable for what is no id in its 36-character form."""
    try:
        found = bytes.fromhex(entry.replace("-", ""))
    except ValueError as fault:
        raise NotBookable("an id that is no UUID") from fault
    spelt = found.hex()
    if (
        f"{spelt[:8]}-{spelt[8:12]}-{spelt[12:16]}-{spelt[16:20]}-{spelt[20:]}" != entry
        or len(found) != _ID_BYTES
    ):
        raise NotBookable("an id in another spelling")
    return found


def first_posting(seq: int) -> int:
    """The number of an entry's first posting; the others follow."""
    return POSTINGS_MAX * seq


def entry_id(stored: bytes) -> EntryId:
    return EntryId(str(UUID(bytes=stored)))


def edit_id(entry: EntryId, wallet: WalletId) -> EntryId:
    """Of one of the wallets whose holder an entry changed: each is told to headquarters by itself.

    As old as the entry, and the same whenever it is made (RFC 9562 section 5.7).
    """
    made = bytearray(sha256(f"{entry} {wallet}".encode()).digest()[:_ID_BYTES])
    made[:6] = id_bytes(entry)[:6]
    made[6], made[8] = made[6] & 0x0F | 0x70, made[8] & 0x3F | 0x80
    return entry_id(bytes(made))


def balances(rows: Iterable[tuple[str, int | None]]) -> Balances:
    """A wallet's accounts as (unit, balance), told in the same order however they come: an answer is one."""
    held = {unit: balance for unit, balance in sorted(rows, key=itemgetter(0)) if balance}
    points: dict[str, int] = {}
    uses: dict[str, int] = {}
    owed = {
        of: (-balance, held.get(of, 0))
        for unit, balance in held.items()
        if (of := unit.removeprefix(_DEBT)) != unit and of.startswith(OWED_APART)
    }
    coupons = 0
    for unit, balance in held.items():
        head, _, rest = unit.partition(":")
        if head == "points" and rest != TIER_FAMILY:
            points[rest] = balance
        elif head == "count":
            uses[rest] = balance
        elif head == "litres":
            uses[unit] = balance
        elif head == "coupon" and unit not in owed:
            coupons += balance
    return Balances(
        principal=held.get("principal", 0),
        bonus=held.get("bonus", 0),
        points=points,
        coupons=coupons,
        owed=owed,
        uses=uses,
    )


def without_ended(after: Balances, uses: Sequence[UsesKept], day: str) -> Balances:
    """The same, for a receipt of that business day: without uses that had ended; and what they were sold as.

    `uses`: what lies there now. What was used since then is counted as it was then.
    """
    ended = Counter[str]()
    for one in uses:
        if one.ended(day):
            ended[one.unit.removeprefix(COUNTED)] += one.amount
    left = {sku: count - ended[sku] for sku, count in after.uses.items() if count > ended[sku]}
    return replace(after, uses=left, called=of_the_day(uses, day)[1])


def wallet_in(entry: Entry) -> WalletId | None:
    """Whose balances the answer names."""
    return entry.wallet or wallet_of(entry.payload)


def entry_of(command: Command, done: Posted, place: Place, redo: Redo | None = None) -> Entry:
    """The body of what was decided, at its place in the journal."""
    kind = kind_of(command)
    return Entry(
        v=VERSION,
        site=place.site,
        epoch=place.epoch,
        seq=place.seq,
        id=command.id,
        kind=kind,
        at=command.at,
        receipt=place.receipt,
        postings=tuple((account.name, amount) for account, amount in done.postings),
        lots=done.lots,
        uncovered=tuple((account.name, amount) for account, amount in done.uncovered),
        redo=redo,
        wallet=done.wallet if done.wallet != wallet_of(command) else None,
        payload=command,
    )


def answer(
    entry: Entry, entry_hash: bytes, after: Balances | None, card_shown: str, *, again: bool
) -> Booked:
    wallet, moved = wallet_in(entry), dict(entry.postings)  # One posting an account.
    undoes = undone_by(entry.payload) is not None
    postings = ((named(name), amount) for name, amount in entry.postings)
    back = given_back(customers(postings, wallet), good_until(entry.lots)) if undoes else None
    return Booked(
        command=entry.payload,
        seq=entry.seq,
        receipt_no=printed_number(entry, entry_hash),
        principal_spent=max(0, -moved.get(f"wallet:{wallet}:principal", 0)),
        bonus_spent=max(0, -moved.get(f"wallet:{wallet}:bonus", 0)),
        after=after,
        wallet=wallet,
        introducer_earned=next((one.points for one in rewarded(entry) if not (undoes or one.coupon)), 0),
        introducer_uses=sum(max(0, lot.amount) for lot in brought(entry)),  # Also what settled a debt.
        card_shown=card_shown,
        back=less_owed(back, after.owed) if back is not None and after is not None else back,
        cashback_settles=_settles(entry, after) if after is not None else 0,
        points_settle={} if undoes else _points_settle(moved, wallet),
        again=again,
    )


def _points_settle(moved: Mapping[str, int], wallet: WalletId | None) -> dict[str, int]:
    owed = f"wallet:{wallet}:{_DEBT}points:"
    return {
        name.removeprefix(owed): amount
        for name, amount in moved.items()
        if name.startswith(owed) and amount > 0
    }


def _settles(entry: Entry, after: Balances) -> int:
    """Fen of the cashback that came with it which nobody may use.

    A site that settles what is owed itself did so in the entry; where a headquarters does, it lies there.
    """
    if not isinstance(entry.payload, BookSale) or entry.payload.cashback is None:
        return 0
    settled = max(0, dict(entry.postings).get(f"wallet:{wallet_in(entry)}:{_DEBT}cashback", 0))
    left = entry.payload.cashback.amount - settled
    owed, there = after.owed.get("cashback", (0, left))
    return settled + left - usable_of(left, there, owed)


def undid(entry: Entry, entry_hash: bytes | None) -> Undid:
    """`entry_hash`: None where it stands in another site's journal."""
    number = entry.receipt if entry_hash is None else printed_number(entry, entry_hash)
    return Undid(command=entry.payload, receipt_no=number)


def redo_of(entry: Entry, entry_hash: bytes) -> Redo:
    """Where it stood when it was booked first, for whoever books it again."""
    where = Redo(epoch=entry.epoch, seq=entry.seq, receipt=printed_number(entry, entry_hash))
    return entry.redo or where


def stored_answer(connection: sqlite3.Connection, entry: EntryId) -> Booked | None:
    """The answer of an entry that is in the file."""
    sql = queries()
    row = connection.execute(sql["entry_by_id"], (id_bytes(entry),)).fetchone()
    if row is None:
        return None
    seq, entry_hash, body = row
    found = decoded(body)
    wallet, card = wallet_in(found), card_of(found.payload)
    after = shown = None
    if wallet is not None:
        after = balances(connection.execute(sql["balances_as_of"], (f"wallet:{wallet}", seq)))
    if card is not None:
        shown = connection.execute(sql["card"], (card,)).fetchone()
    return answer(found, entry_hash, after, shown[2] if shown else "", again=True)
