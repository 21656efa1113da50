"""Who may come in: machines that were let in by a one-time code, and their certificates.

A machine keeps its keys for as long as it lives; its certificates follow each other. Revoking shuts out the
machine, and with it every certificate that it has or might still get.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hq.boxes import MachineKeys
from hq.codes import CodeRow, Codes, CodeStore, same
from hq.keys import Keys
from hq.refusal import RequestRefused
from terminal.core.ports import Clock
from terminal.core.values import SiteId, TerminalId, Value
from terminal.core.wire.enrol import (
    CodeId,
    Enrol,
    Enrolled,
    OneTimeCode,
    Renew,
    Renewed,
    enrol_proof,
    token_about,
)
from terminal.core.wire.forms import Site
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.authority import BadRequest, Identity, Issued, fits_subject, request_key
from terminal.runtime.box import BoxSpoilt, sealed_to

CODE_LIFE = timedelta(hours=24)
CERTIFICATE_LIFE = timedelta(days=365)
_TOKEN_KEY_BYTES = 32
_NONCE_BYTES = 12
_SERIAL_BYTES = 19
"""Positive and at most 20 octets (RFC 5280 section 4.1.2.2)."""


class Machine(Value, frozen=True, kw_only=True):
    """One that was let in; known by the code that did it."""

    merchant: str
    site: SiteId
    terminal: TerminalId
    code: CodeId
    instance: str
    site_key: bytes
    box_key: bytes
    tls_key: bytes
    """Of the request that came with the code, DER."""
    enrolled_ms: int
    revoked_ms: int | None = None


class InstanceTaken(Exception):
    """Another terminal of the site was let in as that machine."""


class DoorStore(CodeStore, MachineKeys, Protocol):
    """Every method is one transaction."""

    async def admit(self, machine: Machine, issued: Issued, token_key: bytes) -> bytes | None:
        """The machine and its certificate become known; its code is used.

        Returns the merchant's token key as it is stored, which is `token_key` if there was none; None when
        a machine with other keys has used the code before.

        Raises:
            InstanceTaken: and nothing happened.
        """
        ...

    async def machines(self, merchant: str, serials: Sequence[str]) -> Mapping[str, Machine]:
        """By the serial numbers of their certificates, as of now."""
        ...

    async def terminal_of(self, merchant: str, site: SiteId, instance: str) -> TerminalId | None:
        """As which terminal that machine came last, shut out or not."""
        ...

    async def add_certificate(self, machine: Machine, issued: Issued) -> None: ...

    async def revoke(self, identity: Identity, now_ms: int, why: str) -> int:
        """How many machines are shut out from now on."""
        ...


class Door:
    def __init__(
        self,
        store: DoorStore,
        keys: Keys,
        clock: Clock,
        random: Callable[[int], bytes],
        *,
        life: timedelta = CERTIFICATE_LIFE,
    ) -> None:
        """`random(n)` gives n random bytes; `life` is that of a certificate."""
        self.store = store
        self._keys = keys
        self._clock = clock
        self._random = random
        self._life = life
        self._codes = Codes(store, keys, clock, random)

    async def code_for(self, identity: Identity) -> str:
        """A new code, as a person copies it. Raises ValueError for a name that no certificate can hold."""
        try:
            msgspec.convert(identity.site, Site)
        except msgspec.ValidationError as fault:
            raise ValueError(
                "a site's name has 1 to 64 characters, no colon, no control character"
            ) from fault
        if not fits_subject(identity.terminal):
            raise ValueError("a terminal's name has 1 to 64 bytes")
        return await self._codes.made(
            identity.merchant, site=identity.site, terminal=identity.terminal, life=CODE_LIFE
        )

    async def enrol(self, enrol: Enrol) -> Enrolled:
        """Its signature was checked with the key that it names.

        Raises:
            RequestRefused: the code is wrong, old, used up, or for another terminal; what comes with it
                cannot be used; or the machine is another terminal of the site already.
        """
        found = await self._codes.presented(
            enrol.merchant,
            enrol.code,
            lambda row, code: same(enrol.mac, code.mac(enrol_proof(enrol))) and _is_for(row, enrol),
        )
        if found is None:
            raise _CodeRefused
        named = Identity(merchant=enrol.merchant, site=enrol.site, terminal=enrol.terminal)
        issued = self._issued(enrol.request, named)
        machine = Machine(
            merchant=enrol.merchant,
            site=enrol.site,
            terminal=enrol.terminal,
            code=enrol.code,
            instance=enrol.instance,
            site_key=bytes.fromhex(enrol.site_key),
            box_key=bytes.fromhex(enrol.box_key),
            tls_key=request_key(enrol.request),
            enrolled_ms=self._clock.wall_ms(),
        )
        own = _own_token_key(enrol, found[1]) or self._random(_TOKEN_KEY_BYTES)
        self._box(machine.box_key, b"", b"")  # Refused while nothing is stored.
        token_box = self._box(self._keys.box_key, own, about_token_key(machine.merchant))
        try:
            kept = await self.store.admit(machine, issued, token_box)
        except InstanceTaken as fault:
            why = "another terminal of this site is that machine: shut it out first, or use another ledger"
            raise RequestRefused(ProblemCode.INSTANCE, why) from fault
        if kept is None:
            raise _CodeRefused
        try:
            token_key = self._keys.opened(kept, about_token_key(machine.merchant))
        except BoxSpoilt as fault:
            why = "the keys beside this database are not those that it was filled with"
            raise RequestRefused(ProblemCode.FAULT, why) from fault
        box = self._box(machine.box_key, token_key, token_about(machine.merchant, machine.site))
        return Enrolled(
            merchant=machine.merchant,
            site=machine.site,
            terminal=machine.terminal,
            certificate=issued.pem,
            authority=self._keys.authority.pem,
            hq_key=self._keys.hq_key.hex(),
            hq_box_key=self._keys.box_key.hex(),
            code_key=self._keys.code_key.hex(),
            token_key=b64encode(box).decode(),
        )

    async def renew(self, machine: Machine, renew: Renew) -> Renewed:
        """Under the certificate that is still valid. Raises RequestRefused."""
        named = Identity(merchant=machine.merchant, site=machine.site, terminal=machine.terminal)
        issued = self._issued(renew.request, named)
        await self.store.add_certificate(machine, issued)
        return Renewed(certificate=issued.pem, authority=self._keys.authority.pem)

    def _issued(self, request: str, named: Identity) -> Issued:
        try:
            return self._keys.authority.client(
                request,
                named,
                serial=int.from_bytes(self._random(_SERIAL_BYTES), "big") | 1,
                now_ms=self._clock.wall_ms(),
                life=self._life,
            )
        except BadRequest as fault:
            raise RequestRefused(ProblemCode.MALFORMED, str(fault)) from fault

    def _box(self, receiver: bytes, clear: bytes, about: bytes) -> bytes:
        try:
            return sealed_to(receiver, clear, about=about, fresh=self._random(32))
        except ValueError as fault:
            raise RequestRefused(ProblemCode.MALFORMED, "`box_key` is no key") from fault


class _CodeRefused(RequestRefused):
    def __init__(self) -> None:
        super().__init__(ProblemCode.CODE, "the code is wrong, used, too old, or for another terminal")


def _is_for(row: CodeRow, enrol: Enrol) -> bool:
    return bool(row.terminal) and (row.site, row.terminal) == (enrol.site, enrol.terminal)


def about_token_key(merchant: str) -> bytes:
    """What the box of a merchant's token key is about."""
    return f"card-terminal merchant 1\n{merchant}".encode()


def _own_token_key(enrol: Enrol, code: OneTimeCode) -> bytes | None:
    """The key by which the site finds its members, where it has some already."""
    if not enrol.token_key:
        return None
    try:
        sealed = b64decode(enrol.token_key, validate=True)
        cipher = AESGCM(code.token_cipher())
        key = cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], enrol.code.encode())
    except (InvalidTag, NotBase64, ValueError) as fault:
        raise RequestRefused(ProblemCode.MALFORMED, "`token_key` does not open") from fault
    if len(key) != _TOKEN_KEY_BYTES:
        raise RequestRefused(ProblemCode.MALFORMED, "`token_key` has not 32 bytes")
    return key
