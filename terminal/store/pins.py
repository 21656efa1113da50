"""The `Pins` port over the file: verifiers, tries, what was spent without PIN, and how old the news is.

A verifier is Argon2id (RFC 9106) over an HMAC of the PIN under the merchant's key: every site of the merchant
can check it, and a ledger's file alone cannot be searched for it. `a1.MS.KEY.SALT.HASH`: when it was made, by
which key, then both in base64; the costs stand in the version, so that no row can ask for more memory.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from terminal.core.canonical import decoded
from terminal.core.commands import Occasion
from terminal.core.entry import Entry
from terminal.core.errors import NoPin, PinLocked
from terminal.core.pin import TRIES_MAX, VERSION, counted, made_ms, wrong
from terminal.core.ports import Clock
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId, WalletId
from terminal.core.wire.forms import UNREADABLE
from terminal.store.committer import Writer
from terminal.store.guests import Guests
from terminal.store.pin_tries import of_staff
from terminal.store.queries import queries
from terminal.store.sealed import Secret
from terminal.store.shelf import Shelf

_SALT_BYTES, _HASH_BYTES = 16, 32
_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
"""RFC 9106 leaves them to us: 19 MiB is what a Pi with 512 MiB can spare beside a sale."""
_DAY_MAX = 1_000
"""Entries of one account that are looked at for one day."""
_REMEMBERED = 256
"""Wallets and days."""
_KEEP_MS = 600_000
"""What was heard is written down no more often."""

_occasion = msgspec.json.Decoder(Occasion)


class FilePins:
    def __init__(self, writer: Writer, secret: Secret, clock: Clock) -> None:
        self._writer = writer
        self._secret = secret
        self._clock = clock
        self._days = _Days()
        self._staff_elsewhere = dict[str, str]()
        """Verifiers of another ledger's staff, by its secret."""
        self._secrets: tuple[Secret, ...] = (secret,)
        self._heard: Occasion | None = None
        self._kept_ms: int | None = None
        self.guests: Guests
        """Set once it is there, as for the readers."""

    def lent(self, ledger: Path) -> None:
        """PINs that staff chose in that ledger prove them here too, as it stands: it is open nowhere.

        Who learns has none here; whoever looks after the terminal is asked for theirs all the same. Blocks.
        """
        with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as file:
            rows = file.execute(queries()["staff_pins_chosen"]).fetchall()
        self._staff_elsewhere = dict(rows)
        self._secrets = self._secret, Secret(ledger.with_suffix(".secret"))

    async def has(self, holder: Holder, card: Credential) -> bool:
        return bool(await self._verifier(holder, card))

    async def given_away(self, holder: Holder, card: Credential) -> bool:
        row = await self._writer.do(
            lambda shelf: shelf.connection.execute(queries()["pin_of"], (holder.wallet,)).fetchone()
        )
        told = [await self.guests.known(token) for token in self._secret.tokens(card)]
        return bool(row and row[1]) or any(one.given for one in told if one is not None)

    async def check(self, holder: Holder, card: Credential, pin: str) -> None:
        verifier = await self._verifier(holder, card)
        if not verifier:
            raise NoPin("none is known here")
        await self._try(holder.wallet, verifier, pin)

    async def check_staff(self, staff: StaffId, pin: str, told: str = "") -> bool:
        verifier, given = await self._staff_pin(staff)
        if made_ms(told) > made_ms(verifier):
            verifier, given = told, 0
        if not verifier:
            raise NoPin("none was given")
        await self._try(of_staff(staff), verifier, pin)
        return bool(given)

    async def has_staff(self, staff: StaffId, told: str) -> bool:
        return bool(told or (await self._staff_pin(staff))[0])

    async def staff_verifier(self, staff: StaffId) -> str:
        verifier, given = await self._staff_pin(staff)
        return "" if given else verifier

    async def _staff_pin(self, staff: StaffId) -> tuple[str, int]:
        found: tuple[str, int] | None = await self._writer.do(
            lambda shelf: shelf.connection.execute(queries()["staff_pin"], (staff,)).fetchone()
        )
        return found or (self._staff_elsewhere.get(staff, ""), 0)

    async def _try(self, whose: str, verifier: str, pin: str) -> None:
        tried: int | None = await self._writer.do(
            lambda shelf: _one(shelf.connection, "count_pin_try", whose)
        )
        if tried is None:
            raise PinLocked(f"{TRIES_MAX} tries were wrong")
        if not await asyncio.to_thread(lambda: any(holds(verifier, pin, one) for one in self._secrets)):
            raise wrong(tried)
        await self._writer.do(lambda shelf: _one(shelf.connection, "forget_pin_tries", whose))

    async def verifier(self, pin: str) -> str:
        now, salt = self._clock.wall_ms(), os.urandom(_SALT_BYTES)
        return await asyncio.to_thread(made, pin, self._secret, at_ms=now, salt=salt)

    async def spent(self, holder: Holder, day: str) -> int:
        return await self._writer.do(lambda shelf: self._days.spent(shelf, holder.wallet, day))

    async def hear(self, at: Occasion) -> None:
        self._heard = at
        if self._kept_ms is None or at.mono_ms - self._kept_ms >= _KEEP_MS:
            kept = msgspec.json.encode(at).decode()
            await self._writer.do(lambda shelf: _one(shelf.connection, "set_meta", "heard", kept))
            self._kept_ms = at.mono_ms

    async def heard(self) -> Occasion | None:
        if self._heard is None:
            kept: str | None = await self._writer.do(lambda shelf: _one(shelf.connection, "meta", "heard"))
            with suppress(*UNREADABLE):  # Then nobody can say.
                self._heard = _occasion.decode(kept) if kept else None
        return self._heard

    async def _verifier(self, holder: Holder, card: Credential) -> str:
        """What was chosen last: here, or at another site as headquarters' sets have it."""
        row = await self._writer.do(
            lambda shelf: shelf.connection.execute(queries()["pin_of"], (holder.wallet,)).fetchone()
        )
        own, given_ms = row or ("", 0)
        for token in self._secret.tokens(card):
            if (known := await self.guests.known(token)) is not None:
                far = known.known.pin
                # Whoever got the wallet since then has none, whatever the holder before had.
                return far if made_ms(far) > (made_ms(own) if own else given_ms) else own
        return str(own)


def made(pin: str, secret: Secret, *, at_ms: int, salt: bytes) -> str:
    """Blocks for as long as Argon2id takes."""
    key = next(secret.pin_keys())
    return ".".join((VERSION, str(at_ms), _id(key), _text(salt), _text(_hashed(pin, key, salt))))


def holds(verifier: str, pin: str, secret: Secret) -> bool:
    """Whether that PIN made it; False too where it is none, or was made under a key that is not here."""
    try:
        version, _, name, salt, expected = verifier.split(".")
        salted, wanted = urlsafe_b64decode(salt), urlsafe_b64decode(expected)
    except ValueError:
        return False
    key = next((key for key in secret.pin_keys() if _id(key) == name), None)
    if version != VERSION or key is None or len(salted) != _SALT_BYTES:
        return False
    return hmac.compare_digest(_hashed(pin, key, salted), wanted)


def _hashed(pin: str, key: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  the first PIN

    kdf = Argon2id(salt=salt, length=_HASH_BYTES, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB)
    return kdf.derive(hmac.digest(key, pin.encode(), sha256))


def _id(key: bytes) -> str:
    return sha256(b"which key: " + key).hexdigest()[:8]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()


class _Days:
    """What wallets spent without PIN on one business day. Only in the writer's thread.

    Remembered for some, so that a card that pays all day long is not read back to the morning each time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, WalletId, str], tuple[int, int]] = OrderedDict()
        """By epoch, wallet and day: up to which entry, and how many fen."""

    def spent(self, shelf: Shelf, wallet: WalletId, day: str) -> int:
        key = shelf.epoch, wallet, day
        upto, fen = self._known.pop(key, (0, 0))
        fen += sum(counted(entry, wallet, shelf.entry) for entry in _moved(shelf, wallet, day, upto))
        self._known[key] = shelf.seq, fen
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return fen


def _moved(shelf: Shelf, wallet: WalletId, day: str, after: int) -> Iterator[Entry]:
    """What moved that wallet's value on that day, each once, back along the accounts that are spent of."""
    owner = f"wallet:{wallet}"
    others = shelf.connection.execute(queries()["others_spent_of"], (owner, after)).fetchall()
    found: dict[int, Entry] = {}
    for whose, unit in (
        (owner, "principal"),
        (owner, "bonus"),
        (f"site:{shelf.site}", f"overdraft:{wallet}:principal"),
        *((owner, unit) for (unit,) in others),
    ):
        found |= _since(shelf.connection, whose, unit, day, after)
    # Of coupons each has its account, and a member has had many: those that moved last come first.
    for (unit,) in shelf.connection.execute(queries()["coupons_spent_of"], (owner, after)).fetchall():
        moved = _since(shelf.connection, owner, unit, day, after)
        if not moved:
            break
        found |= moved
    for entry in found.values():
        if entry.at.business_day == day:
            yield entry


def _since(connection: sqlite3.Connection, owner: str, unit: str, day: str, after: int) -> dict[int, Entry]:
    """What posted to an account on that business day or later, by its number; all of it after that entry."""
    found: dict[int, Entry] = {}
    for seq, body in _back(connection, owner, unit):
        if seq <= after:
            break
        entry = decoded(body)
        if entry.at.business_day < day:
            break
        found[seq] = entry
    return found


def _back(connection: sqlite3.Connection, owner: str, unit: str) -> Iterator[tuple[int, bytes]]:
    """Entries that posted to an account, the last first."""
    posting = _one(connection, "last_posting", owner, unit)
    for _ in range(_DAY_MAX):
        if posting is None:
            return
        seq, body, posting = connection.execute(queries()["posted_by"], (posting,)).fetchone()
        yield seq, body


def _one(connection: sqlite3.Connection, name: str, *values: object) -> Any:  # noqa: ANN401  as SQLite has it
    """The first value of the first row; None where there is none."""
    row = connection.execute(queries()[name], values).fetchone()
    return row[0] if row else None
