"""One transaction on the ledger file: decides a command, writes everything it does, or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from terminal.core.accounts import Account
from terminal.core.canonical import NotCanonical, encoded
from terminal.core.commands import Booked, Command, Opens, Private, card_of, opens_of
from terminal.core.entry import GENESIS, VERSION, Entry, LotTaken, chained
from terminal.core.errors import AlreadyMember, IdReused, NotBookable
from terminal.core.ledger import Card, Lot, Posted, kind_of, posted, prints
from terminal.core.trust import Medium, masked, masked_phone
from terminal.core.values import CardId, SiteId, WalletId
from terminal.store.answers import answer, balances, first_posting, id_bytes, stored_answer
from terminal.store.queries import queries
from terminal.store.sealed import MemberKeys, Secret


class Shelf:
    """Belongs to the writer's thread. Also the `State` that posting functions read."""

    def __init__(
        self, connection: sqlite3.Connection, site: SiteId, secret: Secret, keys: MemberKeys
    ) -> None:
        self.connection = connection
        self.site = site
        self._secret = secret
        self._keys = keys
        self._sql = queries()
        self.epoch = int(self._one("meta", "epoch")[0])
        self.seq, self.hash = self._head()

    def _head(self) -> tuple[int, bytes]:
        row = self._maybe("head")
        return (row[0], row[1]) if row else (0, GENESIS)

    def forget(self) -> None:
        """After a rollback: what is remembered is read again."""
        self.seq, self.hash = self._head()

    def settle(self) -> None:
        """One commit of our own after a COMMIT in doubt.

        Whatever a failed COMMIT left at the end of the log and nobody sees is overwritten by it, so that
        no later recovery can bring back what was answered as not booked.
        """
        doubts = self._maybe("meta", "doubts")
        self._do("set_meta", "doubts", (doubts[0] if doubts else 0) + 1)

    def acked(self) -> int:
        """Headquarters holds the journal up to here."""
        return int(self._one("meta", "acked")[0])

    # What posting functions may know.

    def opened(self, wallet: WalletId) -> bool:
        return self._maybe("wallet", wallet) is not None

    def card(self, card: CardId) -> Card | None:
        row = self._maybe("card", card)
        return Card(wallet=WalletId(row[0]), active=row[1] == "active") if row else None

    def balance(self, account: Account) -> int:
        row = self._maybe("balance", f"{account.owner}:{account.of}", account.unit)
        return int(row[0]) if row else 0

    def lots(self, wallet: WalletId, unit: str) -> Sequence[Lot]:
        rows = self.connection.execute(self._sql["lots"], (wallet, unit))
        return [Lot(lot=lot, rest=rest) for lot, rest in rows]

    # What is written.

    def book(self, command: Command, private: Private | None) -> Booked:
        """Inside the writer's savepoint. Raises what `Committer.submit` says of its command."""
        known = stored_answer(self.connection, command.id)
        if known is not None:
            if known.command != command:
                raise IdReused(f"entry {known.seq} is another command")
            return known
        done = posted(command, self)
        entry, entry_hash = self._journal(command, done)
        self._post(done)
        self._lay(done, entry.lots)
        if opens := opens_of(command):
            self._open(opens, private or Private())
        elif private is not None:
            raise NotBookable("personal data with a command that opens nothing")
        return self._answer(entry, entry_hash, done)

    def _journal(self, command: Command, done: Posted) -> tuple[Entry, bytes]:
        kind = kind_of(command)
        entry = Entry(
            v=VERSION,
            site=self.site,
            epoch=self.epoch,
            seq=self.seq + 1,
            id=command.id,
            kind=kind,
            at=command.at,
            receipt=self._receipt(command) if prints(kind) else "",
            postings=tuple((account.name, amount) for account, amount in done.postings),
            lots=done.lots,
            payload=command,
        )
        try:
            body = encoded(entry)
        except NotCanonical as fault:
            raise NotBookable(str(fault)) from fault
        entry_hash = chained(self.hash, body)
        self._do("add_entry", entry.seq, id_bytes(entry.id), kind, entry_hash, body)
        self.seq, self.hash = entry.seq, entry_hash
        return entry, entry_hash

    def _receipt(self, command: Command) -> str:
        """The next number of the terminal, with the job of printing it."""
        terminal = command.at.terminal
        number = self._one("add_print_job", terminal, self.epoch, self.seq + 1)[0]
        return f"{terminal}-{self.epoch}-{number}"

    def _post(self, done: Posted) -> None:
        first = first_posting(self.seq)
        rows = [
            (first + place, f"{account.owner}:{account.of}", account.unit, amount)
            for place, (account, amount) in enumerate(done.postings)
        ]
        self.connection.executemany(self._sql["add_posting"], rows)

    def _lay(self, done: Posted, lots: Sequence[LotTaken]) -> None:
        for lot in lots:
            if lot.amount > 0:
                self._do("lay_lot", done.wallet, lot.unit, self.seq, lot.lot, lot.amount)
            else:
                self._do("take_lot", done.wallet, lot.unit, lot.lot, lot.amount)

    def _open(self, opens: Opens, private: Private) -> None:
        self._do("add_wallet", opens.wallet, opens.member, self.seq)
        if opens.card is not None:
            number = next((key.number for key in private.credentials if key.medium is not Medium.PHONE), "")
            self._do("add_card", opens.card, opens.wallet, masked(number))
        for one in opens.coupons:
            self._do("add_coupon", one.coupon, opens.wallet, one.kind, one.face, one.threshold)
        for key in private.credentials:
            token = self._secret.token(key)
            if self._maybe("token", token):
                raise AlreadyMember("somebody has that card or phone")
            card = None if key.medium is Medium.PHONE else opens.card
            self._do("add_token", token, opens.wallet, card)
        if opens.member is not None:
            # Sealing makes a new key and would drop the one that opens an earlier profile.
            if self._maybe("profile", opens.member):
                raise NotBookable("the member exists")
            sealed = self._keys.seal(opens.member, private)
            self._do("add_profile", opens.member, sealed, masked_phone(private.phone))

    def _answer(self, entry: Entry, entry_hash: bytes, done: Posted) -> Booked:
        after, shown = None, ""
        if done.wallet is not None:
            rows = self.connection.execute(self._sql["balances"], (f"wallet:{done.wallet}",))
            after = balances(rows)
        if (card := card_of(entry.payload)) is not None:
            shown = self._one("card", card)[2]
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
