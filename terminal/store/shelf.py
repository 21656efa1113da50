"""One transaction on the ledger file: decides a command, writes everything it does, or nothing."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from msgspec.structs import replace

from terminal.core.accounts import FEN, Account, Owner, measure_of, overdrawn
from terminal.core.canonical import NotCanonical, decoded, encoded
from terminal.core.coming import attended
from terminal.core.commands import (
    BookDirective,
    Booked,
    BookErasure,
    CardState,
    Command,
    CouponGrant,
    Private,
    card_of,
)
from terminal.core.entry import GENESIS, Entry, LotTaken, chained
from terminal.core.errors import IdReused, LedgerDamaged, NotBookable, TerminalFault
from terminal.core.ledger import (
    NOT_AGAIN,
    Card,
    Intent,
    Lot,
    Posted,
    State,
    Wallet,
    numbered,
    posted,
    posted_again,
    replayed,
)
from terminal.core.ledger.debts import settles
from terminal.core.ledger.effects import ErasureNoted, GivenElsewhere, NotesDropped
from terminal.core.ledger.membership import check_decided_here, check_follows
from terminal.core.services import Service, standing
from terminal.core.site import AS_A_VISITOR, Announced, Edit, Standing, check_selling
from terminal.core.times import utc_day
from terminal.core.trust import Credential
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, SiteId, WalletId
from terminal.core.wire.people import TOKENS_MAX, TRACES_MAX, KeyToken, Known
from terminal.store.answers import (
    Place,
    answer,
    balances,
    entry_id,
    entry_of,
    gave_to,
    given_by,
    id_bytes,
    made_at,
    redo_of,
    stored_answer,
    wallet_in,
)
from terminal.store.checkpoints import Checkpoints, SiteKey
from terminal.store.effects import Effects
from terminal.store.file import BUSY_MS
from terminal.store.hot import HotRows
from terminal.store.meta import begin_epoch, meta_of
from terminal.store.queries import queries
from terminal.store.sealed import MemberKeys
from terminal.store.tapped import day_in
from terminal.store.unwritten import primary_code

log = logging.getLogger(__name__)

T = TypeVar("T")


class Shelf:
    """Belongs to the writer's thread. Also the `State` that posting functions read."""

    def __init__(
        self, connection: sqlite3.Connection, site: SiteId, keys: MemberKeys, site_key: SiteKey
    ) -> None:
        self.connection = connection
        self.site = site
        self._sql = queries()
        self._keys = keys
        self._effects = Effects(self._do, keys)
        self.checkpoints = Checkpoints(connection, keys.secret, site_key)
        self._hot = HotRows(connection)
        self._cards: dict[CardId, tuple[Any, ...]] = {}
        self.was_alone = False
        """As `alone` answers where `settled` says what was."""
        self.settled: frozenset[Account] | None = None
        """The debts that are settled, whatever else is owed; None: as it stands with headquarters."""
        self.epoch = int(self._one("meta", "epoch")[0])
        self.seq, self.hash = self._head()
        self.standing = self._standing()

    def _head(self) -> tuple[int, bytes]:
        row = self._maybe("head")
        return (row[0], row[1]) if row else (0, GENESIS)

    def forget(self) -> None:
        """After a rollback, also to a savepoint: what is remembered is read again."""
        self.seq, self.hash = self._head()
        self.standing = self._standing()
        self.checkpoints.forget()
        self._hot.forget()

    def vouch(self) -> None:
        """Signs the journal as it stands, when enough was added to it; all of it is committed."""
        if self.checkpoints.due(self.seq):
            self.checkpoints.sign(self.seq, self.epoch, self.hash)

    def vouch_before(self) -> None:
        """In the transaction of those who come next, for what is durable already: where there is no pause.

        It costs them a signature, and no sync of its own. What cannot be signed is tried in the next pause.
        """
        if not self.checkpoints.overdue(self.seq):
            return
        try:
            self.vouch()
        except (OSError, ValueError, TerminalFault) as fault:
            log.error("no checkpoint was signed: %s", type(fault).__name__)  # noqa: TRY400  may name a path
            self.checkpoints.last = self.seq

    def settle(self) -> None:
        """One commit of our own after a COMMIT in doubt.

        Whatever a failed COMMIT left at the end of the log and nobody sees is overwritten by it, so that
        no later recovery can bring back what was answered as not booked.
        """
        doubts = self._maybe("meta", "doubts")
        self._do("set_meta", "doubts", (doubts[0] if doubts else 0) + 1)

    def begin_epoch(self, epoch: int) -> None:
        """Inside a transaction."""
        begin_epoch(self.connection, epoch, self._keys.secret)
        self.epoch = epoch

    def _standing(self) -> Standing:
        known = meta_of(self.connection)
        return Standing(
            epoch=self.epoch,
            hq_epoch=known.hq_epoch,
            fed=known.fed_m if known.fed_epoch == known.hq_epoch else 0,
            asked=known.asked,
            refused=bool(known.refused),
            acked_mark=known.acked_mark,
            fed_mark=known.fed_mark,
            edits_mark=known.edits_mark,
            sets=dict(self._do("active_sets")),
            keys=tuple(
                Announced(use=use, public=public, believed=bool(believed))
                for use, public, believed in self._do("trusted")
            ),
        )

    def stands(self, standing: Standing) -> Standing:
        """Inside the writer's savepoint. How far the feed was read stays: only directives move that."""
        for name, value in (
            ("hq_epoch", standing.hq_epoch),
            ("asked", standing.asked),
            ("refused", int(standing.refused)),
        ):
            self._do("set_meta", name, value)
        self.standing = self._standing()
        return self.standing

    def acknowledged(self, seq: int, mark: str) -> None:
        """Inside the writer's savepoint: headquarters holds the journal up to here."""
        self._do("set_meta", "acked", seq)
        self._do("set_meta", "acked_mark", mark)
        self.standing = replace(self.standing, acked_mark=mark)

    def told(self, mark: str) -> None:
        """Inside the writer's savepoint."""
        self._do("set_meta", "fed_mark", mark)
        self.standing = replace(self.standing, fed_mark=mark)

    def passed(self, m: int) -> Standing:
        """Inside the writer's savepoint: directive `m` needs no entry."""
        self._do("set_meta", "fed_epoch", self.standing.hq_epoch)
        self._do("set_meta", "fed_m", m)
        self.standing = self._standing()
        return self.standing

    def edits(self, limit: int) -> list[Edit]:
        """See `core.site.SiteLedger`."""
        return [
            self._edit(row) for row in self._do("edits_to_send", self.standing.hq_epoch, limit).fetchall()
        ]

    def _edit(self, row: tuple[Any, ...]) -> Edit:
        edit, turn, wallet, member, since, pin, sealed = row
        private = self._keys.unseal(member, sealed) if sealed is not None else None
        keys = self._do("tokens_of", wallet, TOKENS_MAX)
        return Edit(
            id=entry_id(edit),
            turn=turn,
            wallet=wallet,
            member=member,
            since=since,
            known=_known(private, "" if self._is_erased(member) else pin),
            keys=tuple(
                KeyToken(token=token.hex(), card=card, shown=shown, kind=kind)
                for token, card, shown, kind in keys
            ),
            traces=tuple(trace.hex() for (trace,) in self._do("traces_of", wallet, TRACES_MAX)),
            visitor=sealed is None and self._is_visitor(wallet, member),
        )

    def _is_visitor(self, wallet: WalletId, member: MemberId | None) -> bool:
        """Of whom nothing is kept here: another site knows who holds the wallet, or that nobody's name is."""
        if member is None:
            return not self.began_here(wallet)
        return not self._is_erased(member)

    def _is_erased(self, member: MemberId | None) -> bool:
        return self._do("is_erased", member).fetchone() is not None

    def edits_held(self, edits: Sequence[EntryId], hq_epoch: int, mark: str = "") -> None:
        """Inside the writer's savepoint."""
        for edit in edits:
            self._do("edit_held", hq_epoch, id_bytes(edit))
        if mark:
            self._do("set_meta", "edits_mark", mark)
            self.standing = replace(self.standing, edits_mark=mark)

    def acked(self) -> int:
        """Headquarters holds the journal up to here."""
        return int(self._one("meta", "acked")[0])

    def destroy_keys(self, *, at_start: bool = False) -> None:
        """Of people whose erasure is committed; outside of a transaction."""
        self._effects.destroy_keys(at_start=at_start)

    @property
    def unpurged(self) -> bool:
        """Somebody was erased, and the log still holds what was."""
        return self._effects.unpurged

    def purge(self) -> bool:
        """Empties the log, whose pages show what was erased; waits for no reader, then it is False.

        Outside of a transaction. Until it is done, every start does it again.
        """
        run = self.connection.execute
        run("PRAGMA busy_timeout = 0")
        try:
            (busy, _, _) = run("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as fault:
            if primary_code(fault) not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            busy = 1
        finally:
            run(f"PRAGMA busy_timeout = {BUSY_MS}")
        if not busy:
            self._effects.purged()
        return not busy

    # What posting functions may know.

    def alone(self) -> bool:
        return not self.standing.hq_epoch if self.settled is None else self.was_alone

    def settles(self, owed: Account) -> bool:
        return settles(owed, alone=self.alone()) if self.settled is None else owed in self.settled

    def wallet(self, wallet: WalletId) -> Wallet | None:
        row = self._maybe("wallet", wallet)
        if row is None:
            return None
        by = self.given_by(wallet, row[3]) if row[3] else 0
        return Wallet(member=row[0], tier=row[1], into=row[2], given=row[3], given_seq=by)

    def given_by(self, wallet: WalletId, given: int) -> int:
        """Seq of the entry by which it was given then; 0: at another site."""
        return given_by(wallet, self._do("transfers_at", *made_at(given)))

    def given_ms(self, wallet: WalletId) -> int:
        """When it was given to whoever holds it, in ms since 1970; 0: nobody gave it."""
        row = self._maybe("given", wallet)
        return int(row[0]) if row else 0

    def began_here(self, wallet: WalletId) -> bool:
        row = self._maybe("begun_by", wallet)
        return row is not None and row[0] not in AS_A_VISITOR

    def card(self, card: CardId) -> Card | None:
        row = self._maybe("card", card)
        if row is None:
            return None
        self._cards[card] = row
        return Card(wallet=WalletId(row[0]), state=CardState(row[1]), until=row[3], kind=row[4])

    def balance(self, account: Account) -> int:
        return self._hot.stand(account)[0]

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        return [_lot(row) for row in self._do("lots", wallet, unit)]

    def lot(self, wallet: WalletId, unit: str, lot: str) -> Lot | None:
        row = self._maybe("lot", wallet, unit, lot)
        return _lot(row) if row else None

    def holdings(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        held = self._hot.wallet(wallet)
        return [(unit, held[unit][0]) for unit in sorted(held) if held[unit][0]]

    def coupon(self, coupon: str) -> tuple[WalletId, CouponGrant] | None:
        row = self._maybe("coupon", coupon)
        if row is None:
            return None
        _, kind, face, threshold, since, until = row
        terms = CouponGrant(
            coupon=coupon, kind=kind, face=face, threshold=threshold, since=since, until=until
        )
        return WalletId(row[0]), terms

    def entry(self, entry: EntryId) -> Entry | None:
        row = self._maybe("entry_by_id", id_bytes(entry))
        body = row[2] if row else (self._maybe("sale_came", id_bytes(entry)) or (None,))[0]
        return decoded(body) if body is not None else None

    def referring(self, entry: EntryId) -> Sequence[Entry]:
        elsewhere = self._do("undone_elsewhere", id_bytes(entry)).fetchall()
        return [decoded(body) for (body,) in [*elsewhere, *self._do("referring", id_bytes(entry))]]

    def sale_left(self, sale: EntryId) -> bool:
        return self._maybe("sale_left", id_bytes(sale)) is not None

    def open_overdraft(self) -> int:
        # Points and uses may be overdrawn too, by facts that are booked again; they are no money.
        rows = self._do("overdrafts", f"site:{self.site}", "overdraft:", "overdraft;")
        return sum(-balance for unit, balance in rows if balance < 0 and measure_of(unit) == FEN)

    def overdrawn(self, wallet: WalletId) -> Sequence[tuple[str, int]]:
        rows = self._do("overdrafts", f"site:{self.site}", f"overdraft:{wallet}:", f"overdraft:{wallet};")
        found = [(overdrawn(unit), balance) for unit, balance in rows]
        return [(spent.unit, balance) for spent, balance in found if spent.owner is Owner.WALLET]

    def intent(self, intent: EntryId) -> Intent | None:
        return _intent(self._maybe("intent", id_bytes(intent)))

    def intent_for(self, consumer: EntryId) -> Intent | None:
        return _intent(self._maybe("intent_for", id_bytes(consumer)))

    def shift_is_open(self, shift: ShiftId) -> bool | None:
        row = self._maybe("shift", shift)
        return bool(row[0]) if row else None

    def wallets_of(self, member: MemberId) -> list[WalletId]:
        return [WalletId(row[0]) for row in self._do("wallets_of", member).fetchall()]

    def came_last(self, wallet: WalletId) -> str:
        row = self._maybe("came_last", wallet)
        if row is None:
            return ""
        return max(day_in(self._one("entries_after", row[0] - 1, 1)[1]), utc_day(self.given_ms(wallet)))

    def is_known(self, member: MemberId) -> bool:
        return self._maybe("profile", member) is not None

    def kept_until(self, member: MemberId) -> str:
        row = self._maybe("records_kept", member)
        return str(row[0]) if row else ""

    # Who somebody is.

    def member_by(self, credential: Credential) -> tuple[WalletId, MemberId | None] | None:
        """Whose card or phone that is; None when unknown here."""
        for token in self._keys.secret.tokens(credential):
            if (row := self._maybe("token", token)) is not None:
                wallet = WalletId(row[0])
                known = self.wallet(wallet)
                return wallet, known.member if known else None
        return None

    def private_of(self, member: MemberId) -> Private | None:
        """What is known of them; None: nothing is, or they were erased. Raises PeopleLocked."""
        row = self._maybe("profile", member)
        return self._keys.unseal(member, row[0]) if row else None

    def key_anew(self, member: MemberId) -> None:
        """Inside a transaction. Raises PeopleLocked, and LedgerDamaged for a row that does not open."""
        self._effects.key_anew(member, self.wallets_of(member))

    def services_of(self, member: MemberId, limit: int) -> tuple[Service, ...]:
        """What was done for them, the last first, without what was corrected. Raises PeopleLocked."""
        return standing(self._effects.services.of(member, limit))

    def drop_notes(self, member: MemberId, what: frozenset[str]) -> None:
        """Inside a transaction, of a profile that was brought here after the entry that dropped them."""
        self._effects.drop_notes(NotesDropped(member=member, wallets=(), what=what), EntryId(""))

    def drop_who_had_it(self, given: GivenElsewhere) -> None:
        """The same, of a wallet that another site gave away then, unless it was given here since.

        A site hears, too, of what it gave itself: phone and PIN are those of whoever got it.
        """
        self._do("drop_tokens_of_ended", given.wallet)
        if self._maybe("was_given", given.wallet, given.since) and not self._gave(given):
            self._effects.drop_who_had_it(given.wallet)
            self._do("set_pin", "", given.wallet)

    def _gave(self, given: GivenElsewhere) -> bool:
        at = self._do("transfers_at", *made_at(given.since))
        return gave_to(given.wallet, given.member, at)

    def making_keys(self) -> AbstractContextManager[None]:
        """See `MemberKeys.together`."""
        return self._keys.together()

    # What is written.

    def erasure_waits(self, command: BookErasure) -> None:
        """It was asked for and refused: nobody is to forget that it was."""
        self._effects.note_erasure(ErasureNoted(asked=command, until=self.kept_until(command.member)))

    def book(self, command: Command, private: Private | None) -> Booked:
        """Inside the writer's savepoint. Raises what `Committer.submit` says of its command."""
        known = stored_answer(self.connection, command.id)
        if known is not None:
            if known.command != command:
                raise IdReused(f"entry {known.seq} is another command")
            return known
        check_selling(self.standing)
        self._begin()
        # Else it comes back as it was booked, perhaps before there was a headquarters.
        if self.settled is None:
            check_decided_here(command, self)
            check_follows(command, self)
        done = posted(command, self)
        entry, entry_hash = self._journal(command, done)
        self._effects.apply(done.effects, private, entry=command.id, seq=self.seq)
        if isinstance(command, BookDirective):
            self.standing = self._standing()
        return self._answer(entry, entry_hash)

    def asked(self, question: Callable[[State], T]) -> T:
        """What it makes of the ledger between two bookings."""
        self._begin()
        return question(self)

    def replay(self, body: bytes) -> Posted:
        """An entry of headquarters' copy of this journal, as it stands there.

        Raises LedgerDamaged for what is not the next one.
        """
        try:
            entry = decoded(body)
        except NotCanonical as fault:
            raise LedgerDamaged(f"after seq {self.seq}: {fault}") from fault
        if (entry.site, entry.seq) != (self.site, self.seq + 1):
            raise LedgerDamaged(f"after seq {self.seq}: an entry of site {entry.site}, seq {entry.seq}")
        self._begin()
        self._do("learn_epoch", entry.epoch, self.seq)
        done = replayed(entry, self)
        self._write(entry, body, done)
        self._effects.replay(done.effects, entry=entry.id, seq=self.seq)
        return done

    def book_again(self, old: Entry, old_hash: bytes) -> bool:
        """A fact of a branch that was given up, or of another machine's; False where it is here already."""
        if old.kind in NOT_AGAIN or self._maybe("entry_by_id", id_bytes(old.id)):
            return False
        self._begin()
        done = posted_again(old, self)
        place = Place(self.site, self.epoch, self.seq + 1, old.receipt)
        entry = entry_of(old.payload, done, place, redo_of(old, old_hash))
        self._write(entry, encoded(entry), done)
        self._effects.replay(done.effects, entry=entry.id, seq=self.seq)
        return True

    def _begin(self) -> None:
        self._hot.next_booking()
        self._cards.clear()

    def _journal(self, command: Command, done: Posted) -> tuple[Entry, bytes]:
        seq, terminal, number = self.seq + 1, command.at.terminal, 0
        if numbered(command):
            number = self._hot.next_receipt(terminal, self.epoch)
        receipt = f"{terminal}-{self.epoch}-{number}" if number else ""
        entry = entry_of(command, done, Place(self.site, self.epoch, seq, receipt))
        try:
            body = encoded(entry)
        except NotCanonical as fault:
            raise NotBookable(str(fault)) from fault
        entry_hash = self._write(entry, body, done)
        if number:
            self._hot.print_job(terminal, self.epoch, number, seq)
        return entry, entry_hash

    def _write(self, entry: Entry, body: bytes, done: Posted) -> bytes:
        """The entry after its postings: the file sees that they sum to zero before it takes it."""
        entry_hash = chained(self.hash, body)
        self._hot.post(entry.seq, done.postings)
        self._do("add_entry", entry.seq, id_bytes(entry.id), entry.kind, entry_hash, body)
        self.seq, self.hash = entry.seq, entry_hash
        self._lay(done, entry.lots)
        self._see(entry, done)
        return entry_hash

    def _see(self, entry: Entry, done: Posted) -> None:
        """That they were here: of what no account of theirs tells, such as a sale for cash alone."""
        if (served := attended(entry)) is not None:
            self._do("attend", entry.seq, served)
        if entry.kind == "sale" and done.wallet is not None:
            owner = (Owner.WALLET, done.wallet)
            if not any((account.owner, account.of) == owner for account, _ in done.postings):
                self._do("see_wallet", entry.seq, done.wallet)

    def _lay(self, done: Posted, lots: Sequence[LotTaken]) -> None:
        for lot in lots:
            wallet = lot.wallet or done.wallet
            if self._do("take_lot", wallet, lot.unit, lot.lot, lot.amount, lot.listed).rowcount:
                continue
            window = (lot.paid, lot.since, lot.until, lot.invoice, lot.laid, lot.listed, lot.sold)
            self._do("lay_lot", wallet, lot.unit, self.seq, lot.lot, lot.amount, *window)

    def _answer(self, entry: Entry, entry_hash: bytes) -> Booked:
        after, shown = None, ""
        if (wallet := wallet_in(entry)) is not None:
            held = self._hot.wallet(wallet)
            after = balances((unit, balance) for unit, (balance, _) in held.items())
        if (card := card_of(entry.payload)) is not None:
            shown = (self._cards.get(card) or self._one("card", card))[2]
        return answer(entry, entry_hash, after, shown, again=False)

    # Statements by name.

    def _do(self, name: str, *values: object) -> sqlite3.Cursor:
        return self.connection.execute(self._sql[name], values)

    def _maybe(self, name: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._do(name, *values).fetchone()
        return row

    def _one(self, name: str, *values: object) -> tuple[Any, ...]:
        row = self._maybe(name, *values)
        if row is None:
            raise NotBookable(f"nothing for {name}")
        return row


def _known(private: Private | None, pin: str) -> Known | None:
    """None: nothing is known, or its member was erased. Of whoever is known elsewhere the PIN alone."""
    if private is None:
        return Known(pin=pin) if pin else None
    return Known(
        name=private.name,
        phone=private.phone,
        plate=private.plate,
        told=private.told,
        salt=private.salt,
        pin=pin,
    )


def _lot(row: tuple[Any, ...]) -> Lot:
    lot, rest, laid, paid, since, until, invoice, listed, sold = row
    window = {"since": since, "until": until}
    return Lot(lot=lot, rest=rest, laid=laid, paid=paid, invoice=invoice, listed=listed, sold=sold, **window)


def _intent(row: tuple[Any, ...] | None) -> Intent | None:
    if row is None:
        return None
    return Intent(intent=entry_id(row[0]), consumed_by=entry_id(row[1]), amount=row[2], end=row[3])
