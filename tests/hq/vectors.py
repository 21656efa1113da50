"""`python -m tests.hq.vectors` writes `tests/vectors/protocol` anew, by our own code and fixed keys.

A test makes them again and compares: whoever changes what is said on the wire sees it in the difference.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hq.authority import Authority, made_authority
from hq.calls import Call, calls
from hq.door import Door, Machine
from hq.door_memory import MemoryDoor
from hq.exchange import Exchange
from hq.keys import Keys
from hq.memory import MemoryStore
from terminal.core.canonical import encoded
from terminal.core.commands import BookDirective, BookRecharge, ClockTrust
from terminal.core.commands.care import CardState
from terminal.core.directives import (
    Activate,
    CardStanding,
    Covered,
    Directed,
    Directive,
    Grant,
    KeyTrusted,
    KeyUse,
    Merge,
    Release,
    TierSet,
)
from terminal.core.entry import Link
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.enrol import Enrol, Renew, enrol_proof, read_code, token_about
from terminal.core.wire.journal import Ack, Gap, Hello, Pull, Push, Welcome
from terminal.core.wire.people import KeyToken, Known, Profile, ProfileEdit, profile_about
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.rights import Ask, Fed, Feed, Numbered
from terminal.core.wire.sets import Blob, Manifest, PartOf, Row, SetName
from terminal.core.wire.signing import answer_signed, request_signed
from terminal.runtime.box import box_public, sealed_to
from tests.core.ledger.book import C1, W1, Book
from tests.hq.guest import named
from tests.uplink.journal import Journal

FOLDER = Path(__file__).parent.parent / "vectors" / "protocol"
NOW_MS = 1_795_000_000_000
MERCHANT, S1, S2 = "orchard", SiteId("S1"), SiteId("S2")
INSTANCE, INSTANCE_2 = "5f1c6a52d0b94e0f", "b2c9e7f08d314a66"

HQ_SEED, CODE_SEED, HQ_BOX, ENROL_KEY = (bytes([number]) * 32 for number in (1, 2, 3, 4))
SITE_SEED, SITE_BOX, TOKEN_KEY, EPHEMERAL = (bytes([number]) * 32 for number in (17, 18, 19, 20))
AUTHORITY_SCALAR, TLS_SCALAR = 5, 6


class Stopped:
    trust = ClockTrust.UNKNOWN

    def wall_ms(self) -> int:
        return NOW_MS

    def mono_ms(self) -> int:
        return 0


class Counted:
    """Ids and randomness that repeat."""

    def __init__(self) -> None:
        self._ids, self._random = count(1), count(1)

    def new(self) -> str:
        return str(UUID(int=NOW_MS << 80 | 7 << 76 | 2 << 62 | next(self._ids)))

    def random(self, size: int) -> bytes:
        return sha256(b"vectors %d" % next(self._random)).digest()[:size]


def fixed_keys() -> Keys:
    key = ec.derive_private_key(AUTHORITY_SCALAR, ec.SECP256R1())
    pem = made_authority(key, serial=1, now_ms=NOW_MS)
    authority = Authority(key, x509.load_pem_x509_certificate(pem))
    return Keys(hq=HQ_SEED, code=CODE_SEED, box=HQ_BOX, enrol=ENROL_KEY, authority=authority)


def csr(scalar: int) -> str:
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    made = builder.sign(key, SHA256(), ecdsa_deterministic=True)
    return made.public_bytes(Encoding.PEM).decode()


class Conversation:
    """Says one thing after the other, and writes down what was said."""

    def __init__(self) -> None:
        fixed = Counted()
        self.files: dict[str, bytes] = {}
        self.signatures: dict[str, dict[str, str]] = {}
        self.keys = fixed_keys()
        nonces = count(1)
        self.books = MemoryStore()
        exchange = Exchange(
            self.books, Stopped(), hq_epoch=1, new_nonce=lambda: f"{next(nonces):032x}", ids=fixed
        )
        self.door = Door(MemoryDoor(), self.keys, Stopped(), fixed.random, life=timedelta(days=365))
        self._calls: dict[type, Call] = {call.question: call for call in calls(exchange, self.door)}
        self._site_key = Ed25519PrivateKey.from_private_bytes(SITE_SEED)
        self.machine: Machine | None = None

    async def said(self, name: str, question: Any) -> Any:
        call = self._calls[type(question)]
        body = msgspec.json.encode(question)
        told = await call.answer(question, self.machine)
        answer = told if isinstance(told, bytes) else msgspec.json.encode(told)
        suffix = "bin" if isinstance(told, bytes) else "json"
        self.files[f"{name}.request.json"] = body + b"\n"
        self.files[f"{name}.answer.{suffix}"] = answer + b"\n" * (suffix == "json")
        self.signatures[name] = {"path": call.path}
        if call.signed:
            mine = self._site_key.sign(request_signed(call.path, body))
            theirs = self.keys.sign(answer_signed(call.path, body, answer))
            self.signatures[name] |= {"request": base64(mine), "answer": base64(theirs)}
        return told

    def wrote(self, name: str, value: object) -> None:
        self.files[name] = json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def base64(data: bytes) -> str:
    return b64encode(data).decode()


async def made() -> dict[str, bytes]:
    """Every file by its name."""
    talk = Conversation()
    await _enrolled(talk)
    await _pushed(talk)
    _keys(talk)
    _boxes(talk)
    _directives(talk)
    _applied(talk)
    _sets(talk)
    talk.wrote("signatures.json", talk.signatures)
    refusal = Problem(
        code=ProblemCode.INSTANCE, why="another machine speaks for this site; a person must decide"
    )
    talk.files["problem.json"] = msgspec.json.encode(refusal) + b"\n"
    return talk.files


async def _enrolled(talk: Conversation) -> None:
    identity = named(MERCHANT, S1, "T1")
    text = await talk.door.code_for(identity)
    code = read_code(text)
    nonce = bytes(12)
    sealed = nonce + AESGCM(code.token_cipher()).encrypt(nonce, TOKEN_KEY, code.id.encode())
    asked = Enrol(
        merchant=MERCHANT,
        site=S1,
        terminal=identity.terminal,
        instance=INSTANCE,
        code=code.id,
        site_key=_public(SITE_SEED),
        box_key=box_public(SITE_BOX).hex(),
        request=csr(TLS_SCALAR),
        token_key=base64(sealed),
        mac="0" * 64,
    )
    proof = enrol_proof(asked)
    asked = msgspec.structs.replace(asked, mac=code.mac(proof))
    told = await talk.said("enrol", asked)
    talk.wrote(
        "code.json",
        {
            "text": text,
            "id": code.id,
            "secret": code.secret.hex(),
            "print": code.key_print.hex(),
            "hq_key": talk.keys.hq_key.hex(),
            "proof": proof.decode(),
            "mac": asked.mac,
            "token_cipher": code.token_cipher().hex(),
            "token_key": TOKEN_KEY.hex(),
            "token_about": token_about(MERCHANT, S1).decode(),
        },
    )
    serial = f"{x509.load_pem_x509_certificate(told.certificate.encode()).serial_number:x}"
    talk.machine = (await talk.door.store.machines(MERCHANT, [serial]))[serial]
    renew = Renew(merchant=MERCHANT, site=S1, instance=INSTANCE, request=csr(TLS_SCALAR + 1))
    await talk.said("renew", renew)


def _push(journal: Journal, told: Welcome | Ack | Gap, start: int, end: int) -> Push:
    return Push(
        merchant=MERCHANT,
        site=SiteId(journal.site),
        instance=INSTANCE,
        hq_epoch=told.hq_epoch,
        epoch=told.epoch,
        nonce=told.nonce,
        start=start,
        before=journal.hash_of(start).hex(),
        bodies=tuple(link.body for link in journal.links[start:end]),
        after=journal.hash_of(end).hex(),
        head_seq=len(journal.links),
        head_hash=journal.hash_of(len(journal.links)).hex(),
    )


async def _pushed(talk: Conversation) -> None:
    here = Hello(merchant=MERCHANT, site=S1, instance=INSTANCE)
    journal = Journal(S1, booked=2)
    welcome = await talk.said("hello", here)
    first = _push(journal, welcome, 0, 1)
    await talk.said("push", first)
    await talk.said("push-again", first)
    welcome = await talk.said("hello-after", here)
    journal.book()
    ack = await talk.said("push-next", _push(journal, welcome, 0, 3))
    talk.wrote("chain.json", [_listed(link) for link in journal.links])
    await _asked(talk)
    journal.book()
    journal.book()
    gap = await talk.said("push-beyond", _push(journal, ack, 4, 5))
    other = Journal(S1, booked=2)
    other.book(amount=1)
    await talk.said("push-other", _push(other, gap, 0, 3))


def _listed(link: Link) -> dict[str, object]:
    return {
        "seq": link.seq,
        "body": link.body.decode(),
        "base64": base64(link.body),
        "hash": link.hash.hex(),
    }


async def _asked(talk: Conversation) -> None:
    await talk.said("hello-second", Hello(merchant=MERCHANT, site=S2, instance=INSTANCE_2))
    ask_id = EntryId("01a0c450-7000-7000-8000-000000000001")
    want = Want(account="wallet:w1:principal", amount=3000)
    there: dict[str, Any] = {"merchant": MERCHANT, "site": S2, "instance": INSTANCE_2, "hq_epoch": 1}
    here = {**there, "site": S1, "instance": INSTANCE}
    await talk.said("ask", Ask(**there, id=ask_id, wants=(want,)))
    await talk.said("feed", Feed(**here, after=0, wait_ms=0))
    await talk.said("pull", Pull(**here, after=1))
    edit = EntryId("01a0c450-7000-7000-8000-000000000002")
    known = Known(name="王小明", phone="19000000301", salt="00ff")
    about = profile_about(edit, WalletId("w1"))
    box = sealed_to(talk.keys.box_key, msgspec.json.encode(known), about=about, fresh=EPHEMERAL)
    profile = ProfileEdit(
        id=edit,
        wallet=WalletId("w1"),
        member=MemberId("m1"),
        sealed=box,
        keys=(KeyToken(token="ab" * 32, card=CardId("c1"), shown="****4E"),),
        traces=("0123456789abcdef",),
    )
    await talk.said("profile", Profile(**here, edits=(profile,)))
    part = part_bytes()
    digest = sha256(part).hexdigest()
    async with talk.books.turn(MERCHANT, S1) as turn:
        await turn.add_blobs({digest: part})
    await talk.said("blob", Blob(merchant=MERCHANT, site=S1, instance=INSTANCE, hash=digest))


def part_bytes() -> bytes:
    rows = [Row(key="c9", value=b'{"state":"lost"}'), Row(key="c11", value=b'{"state":"frozen"}')]
    return msgspec.json.encode(rows)


def _keys(talk: Conversation) -> None:
    talk.wrote(
        "keys.json",
        {
            "hq_seed": HQ_SEED.hex(),
            "hq_key": talk.keys.hq_key.hex(),
            "code_seed": CODE_SEED.hex(),
            "code_key": talk.keys.code_key.hex(),
            "hq_box_private": HQ_BOX.hex(),
            "hq_box_key": talk.keys.box_key.hex(),
            "site_seed": SITE_SEED.hex(),
            "site_key": _public(SITE_SEED),
            "site_box_private": SITE_BOX.hex(),
            "site_box_key": box_public(SITE_BOX).hex(),
        },
    )


def _boxes(talk: Conversation) -> None:
    edit, wallet = "01a0c450-7000-7000-8000-000000000002", WalletId("w1")
    about, clear = profile_about(edit, wallet), '{"name":"王"}'.encode()
    talk.wrote(
        "box.json",
        {
            "receiver_private": HQ_BOX.hex(),
            "receiver": talk.keys.box_key.hex(),
            "ephemeral_private": EPHEMERAL.hex(),
            "about": about.decode(),
            "clear": clear.hex(),
            "box": sealed_to(talk.keys.box_key, clear, about=about, fresh=EPHEMERAL).hex(),
        },
    )


def _directives(talk: Conversation) -> None:
    """One of each kind, numbered as a feed has them."""
    lot = LotPart(
        terms=LotTerms(unit="principal", lot="01a0c450-6c01-7000-8000-005331000001", laid=10000, paid=10000),
        amount=3000,
    )
    account = "wallet:w1:principal"
    kinds: tuple[Directive, ...] = (
        Grant(rights=(Right(account=account, amount=3000, lots=(lot,)),), member=MemberId("m1")),
        Release(wants=(Want(account=account, amount=3000),)),
        Covered(account=account, amount=500),
        Merge(wallet=WalletId("w9"), into=WalletId("w1"), withdrawn=("cp7",)),
        CardStanding(card=CardId("c9"), state=CardState.LOST),
        TierSet(wallet=WalletId("w1"), tier="gold", why="decided by Li Wei"),
        KeyTrusted(use=KeyUse.HQ, public="cd" * 32, ends=(talk.keys.hq_key.hex(),)),
        Activate(set="cards", version="2026-11-25", hash="ef" * 32),
    )
    ids = Counted()
    items = tuple(
        Numbered(m=number, id=EntryId(ids.new()), directive=kind) for number, kind in enumerate(kinds, 1)
    )
    talk.files["directives.json"] = (
        msgspec.json.encode(Fed(hq_epoch=1, epoch=1, after=0, items=items)) + b"\n"
    )


def _applied(talk: Conversation) -> None:
    """What a site books for a release and for a grant, behind a recharge."""
    book = Book().with_card()
    recharged = book.book(BookRecharge, wallet=W1, card=C1, principal=10000, bonus=0, received=10000)
    lot = LotPart(terms=LotTerms(unit="principal", lot=recharged.id, laid=10000, paid=10000), amount=3000)
    account = "wallet:w1:principal"
    kinds: tuple[Directive, ...] = (
        Release(wants=(Want(account=account, amount=4000),)),
        Grant(rights=(Right(account=account, amount=3000, lots=(lot,)),)),
    )
    entries = [recharged]
    for m, kind in enumerate(kinds, 1):
        entries.append(book.book(BookDirective, directed=Directed(hq_epoch=1, m=m), directive=kind))
    talk.wrote("applied.json", [encoded(entry).decode() for entry in entries])


def _sets(talk: Conversation) -> None:
    part = PartOf(hash=sha256(part_bytes()).hexdigest(), rows=2)
    manifest = msgspec.json.encode(Manifest(set=SetName.CARDS, version="2026-11-25", parts=(part,)))
    talk.wrote(
        "set.json",
        {
            "part": part_bytes().decode(),
            "manifest": manifest.decode(),
            "hash": sha256(manifest).hexdigest(),
        },
    )


def _public(seed: bytes) -> str:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, data in asyncio.run(made()).items():
        (FOLDER / name).write_bytes(data)
