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
from msgspec.structs import replace

from hq.boxes import Boxes
from hq.calls import Call, calls
from hq.card_auth import CardAuth, Counters
from hq.door import Door, Machine
from hq.door_memory import MemoryDoor
from hq.exchange import Exchange
from hq.keys import Keys
from hq.marks import Marks
from hq.masters import Master, Masters, MasterUse
from hq.member_codes import printed, shown, shown_by_phone
from hq.memory import MemoryStore
from hq.sets_ports import Given
from terminal.core.aes import cmac, decrypted, encrypted, encrypted_3des, truncated
from terminal.core.canonical import encoded
from terminal.core.cards import CardState
from terminal.core.commands import BookDirective, BookRecharge, ClockTrust
from terminal.core.directives import (
    Activate,
    CardStanding,
    CardUse,
    Covered,
    DayUsed,
    Directed,
    Directive,
    GivenAway,
    Grant,
    HadCount,
    HadThere,
    HolderNamed,
    KeyTrusted,
    KeyUse,
    Lapse,
    Lapsing,
    Merge,
    Release,
    TierSet,
    Withdraw,
)
from terminal.core.entry import Link
from terminal.core.member_codes import Claim, Once, body_of
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.values import CardId, EntryId, MemberId, SiteId, WalletId
from terminal.core.wire.auth import Auth, Begin, BeginCpu, Finish, Question, Sun, Word, auth_about
from terminal.core.wire.enrol import Enrol, Renew, enrol_proof, read_code, token_about
from terminal.core.wire.journal import Ack, Gap, Hello, Pull, Push, Welcome
from terminal.core.wire.left import AskLeft
from terminal.core.wire.people import KeyToken, Known, MemberRow, Profile, ProfileEdit, profile_about
from terminal.core.wire.problem import Problem, ProblemCode
from terminal.core.wire.rights import Ask, Fed, Feed, Numbered
from terminal.core.wire.sets import Blob, Manifest, PartOf, Row, SetName, part_about
from terminal.core.wire.signing import answer_signed, request_signed
from terminal.runtime.authority import Authority, made_authority
from terminal.runtime.box import box_public, opened, sealed_to
from tests.core.ledger.book import C1, W1, Book
from tests.hq.guest import named
from tests.uplink.journal import Journal

FOLDER = Path(__file__).parent.parent / "vectors" / "protocol"
NOW_MS = 1_795_000_000_000
MERCHANT, S1, S2 = "orchard", SiteId("S1"), SiteId("S2")
INSTANCE, INSTANCE_2 = "5f1c6a52d0b94e0f", "b2c9e7f08d314a66"

HQ_SEED, CODE_SEED, HQ_BOX, ENROL_KEY = (bytes([number]) * 32 for number in (1, 2, 3, 4))
MASTER_KEY, META_KEY = bytes([7]) * 16, bytes([6]) * 16
SITE_SEED, SITE_BOX, TOKEN_KEY, EPHEMERAL = (bytes([number]) * 32 for number in (17, 18, 19, 20))
NEXT_SEED = bytes([7]) * 32
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


class OneMachine:
    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        _ = merchant, site, instance
        return box_public(SITE_BOX)


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


FOLDER_NAME, CPU_NUMBER = "4D454D424552", "6200000000012345"
MASTERS = (
    Master(merchant=MERCHANT, application="F48E10", system=MERCHANT, key=MASTER_KEY),
    Master(merchant=MERCHANT, use=MasterUse.CPU, application=FOLDER_NAME, key=MASTER_KEY),
    Master(merchant=MERCHANT, use=MasterUse.SUN, system=MERCHANT, key=MASTER_KEY),
    Master(merchant=MERCHANT, use=MasterUse.SUN_META, key=META_KEY),
)


class Conversation:
    """Says one thing after the other, and writes down what was said."""

    def __init__(self) -> None:
        fixed = Counted()
        self.files: dict[str, bytes] = {}
        self.signatures: dict[str, dict[str, str]] = {}
        self.keys = fixed_keys()
        nonces = count(1)
        self.books = MemoryStore()
        of_cards = Counted()
        boxes = Boxes(self.keys, OneMachine(), of_cards.random)
        exchange = Exchange(
            self.books,
            Stopped(),
            hq_epoch=1,
            new_nonce=lambda: f"{next(nonces):032x}",
            ids=fixed,
            marks=Marks(self.keys.mac),
            card_auth=CardAuth(
                Masters(MASTERS),
                self.keys,
                boxes,
                clock=Stopped(),
                random=of_cards.random,
                counters=Counters(self.books),
            ),
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
    _rotation(talk)
    _applied(talk)
    _sets(talk)
    _member_codes(talk)
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
    here = Hello(merchant=MERCHANT, site=S1, instance=INSTANCE, fresh=f"{1:032x}")
    journal = Journal(S1, booked=2)
    welcome = await talk.said("hello", here)
    first = _push(journal, welcome, 0, 1)
    told = await talk.said("push", first)
    await talk.said("push-again", first)
    welcome = await talk.said("hello-after", replace(here, marks=(told.mark,), fresh=f"{2:032x}"))
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
    await talk.said("hello-second", Hello(merchant=MERCHANT, site=S2, instance=INSTANCE_2, fresh=f"{3:032x}"))
    ask_id = EntryId("01a0c450-7000-7000-8000-000000000001")
    want = Want(account="wallet:w1:principal", amount=3000)
    there: dict[str, Any] = {"merchant": MERCHANT, "site": S2, "instance": INSTANCE_2, "hq_epoch": 1}
    here = {**there, "site": S1, "instance": INSTANCE}
    await talk.said("ask", Ask(**there, id=ask_id, wants=(want,)))
    who: dict[str, Any] = {"merchant": MERCHANT, "site": S2, "instance": INSTANCE_2}
    await talk.said("left", AskLeft(**who, wallets=(WalletId("w1"), WalletId("w9")), fresh=f"{4:032x}"))
    await talk.said("feed", Feed(**here, after=0, wait_ms=0, fresh=f"{5:032x}"))
    await talk.said("pull", Pull(**here, after=1))
    edit = EntryId("01a0c450-7000-7000-8000-000000000002")
    known = Known(name="王小明", phone="19000000301", salt="00ff")
    about = profile_about(edit, WalletId("w1"))
    box = sealed_to(talk.keys.box_key, msgspec.json.encode(known), about=about, fresh=EPHEMERAL)
    profile = ProfileEdit(
        id=edit,
        turn=1795000000002,
        wallet=WalletId("w1"),
        member=MemberId("m1"),
        sealed=box,
        keys=(KeyToken(token="ab" * 32, card=CardId("c1"), shown="****4E"),),
        traces=("0123456789abcdef",),
    )
    profiled = await talk.said("profile", Profile(**here, edits=(profile,)))
    later = replace(profile, id=EntryId("01a0c450-7000-7000-8000-000000000003"), turn=1795000000003)
    await talk.said("profile-next", Profile(**here, edits=(later,), mark=profiled.mark))
    await _authenticated(talk, here)
    part = part_bytes()
    digest = sha256(part).hexdigest()
    manifest = sha256(manifest_bytes()).digest()
    async with talk.books.turn(MERCHANT, S1) as turn:
        await turn.add_blobs({digest: part})
        await turn.name_blobs(manifest, [bytes.fromhex(digest)])
        await turn.give(
            Given(set="cards", n=1, published=1, manifest=manifest, id=edit, hq_epoch=1, given_ms=0)
        )
    await talk.said("blob", Blob(merchant=MERCHANT, site=S1, instance=INSTANCE, hash=digest))


async def _authenticated(talk: Conversation, here: dict[str, Any]) -> None:
    """A DESFire whose key only headquarters has."""
    uid, application, rnd_b = bytes.fromhex("04A1B2C3D4E5F6"), "F48E10", bytes(range(16))
    key, about = MASTERS[0].of(uid), auth_about(S1)
    here = {name: here[name] for name in ("merchant", "site", "instance")}
    opened_up: dict[str, object] = {"about": about.decode(), "key": key.hex(), "rnd_b": rnd_b.hex()}

    async def said(name: str, question: Question) -> Word:
        clear = msgspec.json.encode(question)
        box = sealed_to(talk.keys.box_key, clear, about=about, fresh=EPHEMERAL)
        told = await talk.said(name, Auth(**here, sealed=box))
        answer = opened(SITE_BOX, told.sealed, about=about)
        opened_up[name] = {"question": clear.decode(), "answer": answer.decode()}
        return msgspec.json.decode(answer, type=Word)

    begin = Begin(card=uid.hex().upper(), application=application, said=encrypted(key, rnd_b))
    word = await said("auth", begin)
    rnd_a = decrypted(key, word.say)[:16]
    back = encrypted(key, b"TI#1" + rnd_a[1:] + rnd_a[:1] + bytes(12))
    await said("auth-finish", Finish(state=word.state, said=back))
    word = await said("auth-cpu", BeginCpu(application=FOLDER_NAME, number=CPU_NUMBER))
    cpu_key = MASTERS[1].of_number(CPU_NUMBER)
    assert cpu_key is not None
    await said("auth-cpu-finish", Finish(state=word.state, said=encrypted_3des(cpu_key, word.say)))
    told = uid + (7).to_bytes(3, "little")
    sun_key = MASTERS[2].of(uid)
    session = cmac(sun_key, bytes.fromhex("3CC300010080") + told)
    picc = encrypted(META_KEY, (b"\xc7" + told).ljust(16, b"\0"))
    sun = Sun(card=uid.hex().upper(), picc=picc, mac=truncated(cmac(session, b"")))
    await said("auth-sun", sun)
    await said("auth-sun-again", sun)
    opened_up |= {"cpu_key": cpu_key.hex(), "sun_key": sun_key.hex(), "meta_key": META_KEY.hex()}
    talk.wrote("auth.json", opened_up)


def part_bytes() -> bytes:
    rows = [Row(key="c9", value=b'{"state":"lost"}'), Row(key="c11", value=b'{"state":"frozen"}')]
    return msgspec.json.encode(rows)


def manifest_bytes() -> bytes:
    part = PartOf(hash=sha256(part_bytes()).hexdigest(), rows=2)
    return msgspec.json.encode(Manifest(set=SetName.CARDS, version="2026-11-25", parts=(part,)))


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


def _member_codes(talk: Conversation) -> None:
    """A printed code and one that a phone shows, with what is in them."""
    number, issued_s, nonce = "MC-000123", 1_795_478_400, bytes(range(8))
    once = Once(nonce=nonce, issued_s=issued_s)
    dynamic = shown(talk.keys, MERCHANT, number, now_ms=issued_s * 1000, random=lambda _size: nonce)
    phone = bytes(range(32))
    of_phone = shown_by_phone(talk.keys, MERCHANT, phone, now_ms=issued_s * 1000, random=lambda _size: nonce)
    talk.wrote(
        "member-codes.json",
        {
            "merchant": MERCHANT,
            "number": number,
            "issued_s": issued_s,
            "nonce": nonce.hex(),
            "static": printed(talk.keys, MERCHANT, number),
            "static_body": body_of(Claim(number=number)).hex(),
            "dynamic": dynamic,
            "dynamic_body": body_of(Claim(number=number, once=once)).hex(),
            "phone": phone.hex(),
            "of_phone": of_phone,
            "of_phone_body": body_of(Claim(phone=phone, once=once)).hex(),
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
        DayUsed(
            site=SiteId("S2"),
            company="haulage",
            day="2026-11-24",
            uses=(CardUse(card="", fen=12000, litres=1530), CardUse(card="truck-7", fen=8000, litres=1020)),
        ),
        Withdraw(coupons=("wallet:w1:coupon:cp7", "wallet:w2:coupon:cp8"), why="misprinted"),
        HadThere(
            site=SiteId("S2"),
            hads=(HadCount(wallet=WalletId("w1"), period="2026-11", what="drink", count=2),),
        ),
        Lapse(
            kind=Lapsing.MEMBER,
            upto="2021-11-23",
            wallets=(WalletId("w1"), WalletId("w2")),
            members=(MemberId("m1"),),
        ),
        HolderNamed(wallet=WalletId("w1"), member=MemberId("m1")),
        GivenAway(wallet=WalletId("w1"), member=MemberId("m2"), since=1795000000000, cards=(CardId("c9"),)),
    )
    ids = Counted()
    items = tuple(
        Numbered(m=number, id=EntryId(ids.new()), directive=kind) for number, kind in enumerate(kinds, 1)
    )
    talk.files["directives.json"] = (
        msgspec.json.encode(Fed(hq_epoch=1, epoch=1, after=0, items=items)) + b"\n"
    )


def _rotation(talk: Conversation) -> None:
    """What a site applies, in order, and after each whose signature of the answer to HELLO it believes."""
    body, answer = (talk.files[f"hello.{part}.json"].rstrip(b"\n") for part in ("request", "answer"))
    message = answer_signed(talk.signatures["hello"]["path"], body, answer)
    old, new = _public(HQ_SEED), _public(NEXT_SEED)
    signed = {
        key: base64(Ed25519PrivateKey.from_private_bytes(seed).sign(message))
        for key, seed in ((old, HQ_SEED), (new, NEXT_SEED), (_public(CODE_SEED), CODE_SEED))
    }
    steps = (
        (None, [old]),
        (KeyTrusted(use=KeyUse.HQ, public=new), [old, new]),
        (KeyTrusted(use=KeyUse.HQ, public=new, ends=(old,)), [new]),
    )
    talk.wrote(
        "rotation.json",
        {
            "enrolled": old,
            "answers": signed,
            "steps": [
                {"directive": json.loads(msgspec.json.encode(directive)), "believed": keys}
                for directive, keys in steps
            ],
        },
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
    manifest = manifest_bytes()
    talk.wrote(
        "set.json",
        {
            "part": part_bytes().decode(),
            "manifest": manifest.decode(),
            "hash": sha256(manifest).hexdigest(),
            "members": _members(),
        },
    )


def _members() -> dict[str, str]:
    """A part that is sealed to the site."""
    row = MemberRow(
        wallet=WalletId("w1"),
        member=MemberId("m1"),
        tier="gold",
        keys=(KeyToken(token="ab" * 32, card=CardId("c1"), shown="****4E"),),
        traces=("0123456789abcdef",),
        known=Known(name="王小明", phone="19000000301", salt="00ff"),
    )
    clear = msgspec.json.encode([Row(key="w1", value=msgspec.json.encode(row))])
    box = sealed_to(box_public(SITE_BOX), clear, about=part_about(SetName.MEMBERS), fresh=EPHEMERAL)
    part = PartOf(hash=sha256(box).hexdigest(), rows=1)
    manifest = msgspec.json.encode(Manifest(set=SetName.MEMBERS, version="1", parts=(part,)))
    return {
        "value": msgspec.json.encode(row).decode(),
        "part": clear.decode(),
        "about": part_about(SetName.MEMBERS).decode(),
        "ephemeral_private": EPHEMERAL.hex(),
        "box": box.hex(),
        "manifest": manifest.decode(),
        "hash": sha256(manifest).hexdigest(),
    }


def _public(seed: bytes) -> str:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, data in asyncio.run(made()).items():
        (FOLDER / name).write_bytes(data)
