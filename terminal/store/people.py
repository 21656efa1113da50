"""All that is kept of one member, for themselves; and of all of them in turn, for a shop that moves."""

from __future__ import annotations

import logging
from functools import partial

from terminal.core.canonical import decoded
from terminal.core.commands import Agreed, Command, Consent, Kept, Occasion, Private, Purse
from terminal.core.errors import LedgerDamaged
from terminal.core.following import is_after
from terminal.core.held_coupons import held_coupons
from terminal.core.initials import readings
from terminal.core.picture import NOTHING, Picture, pictured
from terminal.core.retention import Idle, Parted
from terminal.core.services import KEPT_MAX, Service
from terminal.core.times import local_time, utc_day
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.uses_kept import kept_uses
from terminal.core.values import MemberId, WalletId
from terminal.runtime.log import told
from terminal.store.answers import id_day
from terminal.store.committer import Writer
from terminal.store.queries import queries
from terminal.store.shelf import Shelf
from terminal.store.tapped import day_in

LOOKED_AT = 1_000
"""Members in one step."""
KEYED_AT_ONCE = 20
"""Members in one step: what finds each is written."""
log = logging.getLogger(__name__)


class FilePeople:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def by(self, said: Credential | MemberId) -> Kept | None:
        """Whose phone or card that is, or who has that id. Raises PeopleLocked.

        Where a phone leads to nobody, also who had it and has no wallet any more: they may ask, too.
        """
        kept = await self._writer.do(lambda shelf: _kept(shelf, _member(shelf, said)))
        if kept is None and isinstance(said, Credential) and said.medium is Medium.PHONE:
            return await self._who_had(said.number)
        return kept

    async def _who_had(self, phone: str) -> Kept | None:
        after, found = await self.parted("", LOOKED_AT)
        while True:
            for one in found:
                kept = await self._writer.do(partial(_kept, member=one.member))
                if kept is not None and kept.private.phone == phone:
                    return kept
            if not after:
                return None
            after, found = await self.parted(after, LOOKED_AT)

    async def parted(self, after: str, limit: int) -> tuple[str, list[Parted]]:
        """See `desk.parting.Parts`."""
        return await self._writer.do(lambda shelf: _parted(shelf, after, limit))

    async def book_of_parted(self, parted: Parted, command: Command) -> bool:
        """See `desk.parting.Parts`."""

        def book(shelf: Shelf) -> bool:
            if shelf.wallets_of(parted.member) or not shelf.is_known(parted.member):
                return False
            shelf.book(command, None)
            return True

        return await self._writer.book_many(book, 1)

    async def picture(self, holder: Holder) -> Picture:
        """See `core.ports.Books`."""
        return await self._writer.do(lambda shelf: _picture(shelf, holder))

    async def services_of(self, member: MemberId, limit: int) -> tuple[Service, ...]:
        """See `core.ports.Books`."""
        return await self._writer.do(lambda shelf: shelf.services_of(member, limit))

    async def after(self, member: str, limit: int) -> tuple[str, list[Kept]]:
        """In the order of their ids, and after whom to go on; empty: that was all. Raises PeopleLocked."""
        return await self._writer.do(lambda shelf: _page(shelf, member, limit))

    async def key_anew(self) -> bool:
        """See `desk.keying.Keyed`: how far it is stands in the file, and is committed with what was done."""
        return await self._writer.do(_key_anew)

    async def idle(self, after: str, limit: int, upto: str) -> tuple[str, list[Idle]]:
        """See `desk.retaining.Lookers`. Raises PeopleLocked."""
        return await self._writer.do(lambda shelf: _idle(shelf, after, limit, upto))

    async def book_while_idle(self, idle: Idle, command: Command, private: Private | None) -> bool:
        """See `desk.retaining.Lookers`: nobody wished it, so what is refused is not noted as a wish."""

        def book(shelf: Shelf) -> bool:
            if _last(shelf, idle.member) != (idle.seq, idle.wallet):
                return False
            shelf.book(command, private)
            return True

        return await self._writer.book_many(book, 1)


def _picture(shelf: Shelf, holder: Holder) -> Picture:
    """Who was given the wallet joined on no day that is told here, and was not here before they got it."""
    row = shelf.connection.execute(queries()["last_of_wallet"], (holder.wallet,)).fetchone()
    if row is None:
        return NOTHING
    last, joined, _ = row
    given = shelf.given_ms(holder.wallet)
    by = shelf.given_by(holder.wallet, given) if given else 0
    theirs = last != joined and is_after(decoded(_body(shelf, last)), given, by)
    private = shelf.private_of(holder.member) if holder.member is not None else None
    return pictured(
        private,
        joined="" if given else _day_of(shelf, joined),
        last=_day_of(shelf, last) if theirs else "",
        ends=(one.until for one in held_coupons(shelf, wallet=holder.wallet)),
    )


def _idle(shelf: Shelf, after: str, limit: int, upto: str) -> tuple[str, list[Idle]]:
    """A site that is younger than that has nobody: it is not looked through."""
    found: list[Idle] = []
    if not shelf.seq or _day_of(shelf, 1) > upto:
        return "", found
    members, on = _members(shelf, after, limit)
    for member in members:
        seq, wallet = _last(shelf, member)
        if not seq or (day := max(_day_of(shelf, seq), _given_on(shelf, member))) > upto:
            continue
        if (private := shelf.private_of(member)) is not None:
            served = shelf.connection.execute(queries()["has_services"], (member,)).fetchone() is not None
            found.append(
                Idle(member=member, wallet=wallet, private=private, last=day, seq=seq, served=served)
            )
    return on, found


def _key_anew(shelf: Shelf) -> bool:
    run, now = shelf.connection.execute, readings()
    by, so_far = run(queries()["keyed_anew"]).fetchone() or ("", None)
    after = so_far if by == now else ""
    if after is None:
        return False
    members, on = _members(shelf, after, KEYED_AT_ONCE)
    for member in members:
        try:
            shelf.key_anew(member)
        except LedgerDamaged as fault:  # Found by verifying, too; the others are not to wait for it.
            log.warning("one member is found as before: %s", told(fault))
    run(queries()["set_keyed_anew"], (now, on or None))
    return bool(on)


def _parted(shelf: Shelf, after: str, limit: int) -> tuple[str, list[Parted]]:
    rows = shelf.connection.execute(queries()["members_without"], (after, limit)).fetchall()
    found = [MemberId(row[0]) for row in rows if not row[1] and not shelf.wallets_of(MemberId(row[0]))]
    on = rows[-1][0] if len(rows) == limit else ""
    return on, [Parted(member=one, until=shelf.kept_until(one)) for one in found]


def _last(shelf: Shelf, member: MemberId) -> tuple[int, WalletId]:
    """Seq of the last entry by which they were served, or one of their wallets began; and which it was.

    0: they have none.
    """
    run, statement = shelf.connection.execute, queries()["last_of_wallet"]
    rows = [(run(statement, (wallet,)).fetchone(), wallet) for wallet in shelf.wallets_of(member)]
    found = ((max(last, attended), wallet) for (last, _, attended), wallet in rows)
    return max(found, default=(0, WalletId("")))


def _given_on(shelf: Shelf, member: MemberId) -> str:
    """Day (ISO, UTC) on which they were given the last wallet of theirs: before that others came with it."""
    given = max((shelf.given_ms(wallet) for wallet in shelf.wallets_of(member)), default=0)
    return utc_day(given) if given else ""


def _day_of(shelf: Shelf, seq: int) -> str:
    return day_in(_body(shelf, seq))


def _body(shelf: Shelf, seq: int) -> bytes:
    body: bytes = shelf.connection.execute(queries()["entries_after"], (seq - 1, 1)).fetchone()[1]
    return body


def _at(shelf: Shelf, seq: int) -> Occasion:
    return decoded(_body(shelf, seq)).at


def _member(shelf: Shelf, said: Credential | MemberId) -> MemberId | None:
    if not isinstance(said, Credential):
        return MemberId(said)
    found = shelf.member_by(said)
    return found[1] if found else None


def _page(shelf: Shelf, after: str, limit: int) -> tuple[str, list[Kept]]:
    members, on = _members(shelf, after, limit)
    found = [_kept(shelf, member) for member in members]
    return on, [one for one in found if one is not None]


def _members(shelf: Shelf, after: str, limit: int) -> tuple[list[MemberId], str]:
    """After whom to go on, too; empty: that was all."""
    rows = shelf.connection.execute(queries()["members_after"], (after, limit)).fetchall()
    return [MemberId(row[0]) for row in rows], rows[-1][0] if len(rows) == limit else ""


def _kept(shelf: Shelf, member: MemberId | None) -> Kept | None:
    private = shelf.private_of(member) if member is not None else None
    if member is None or private is None:
        return None
    rows = shelf.connection.execute(queries()["consents_of"], (member,)).fetchall()
    return Kept(
        member=member,
        private=private,
        agreed=tuple(_agreed(shelf, *row) for row in rows),
        purses=tuple(_purse(shelf, wallet) for wallet in shelf.wallets_of(member)),
        services=shelf.services_of(member, KEPT_MAX),
        records_until=shelf.kept_until(member),
        paid_in=max((_paid_in(shelf, wallet) for wallet in shelf.wallets_of(member)), default=""),
    )


def _paid_in(shelf: Shelf, wallet: WalletId) -> str:
    lot = shelf.connection.execute(queries()["last_paid_lot"], (wallet,)).fetchone()[0]
    return id_day(lot) if lot else ""


def _agreed(shelf: Shelf, purpose: str, version: str, given: int, seq: int) -> Agreed:
    consent = Consent(purpose=purpose, version=version, given=bool(given))
    return Agreed(consent=consent, when=local_time(_at(shelf, seq)))


def _purse(shelf: Shelf, wallet: WalletId) -> Purse:
    known = shelf.wallet(wallet)
    cards = shelf.connection.execute(queries()["cards_shown"], (wallet,)).fetchall()
    return Purse(
        wallet=wallet,
        tier=known.tier if known else "",
        held=tuple(shelf.connection.execute(queries()["holdings"], (f"wallet:{wallet}",)).fetchall()),
        cards=tuple(shown for (shown,) in cards),
        uses=kept_uses(shelf, wallet),
    )
