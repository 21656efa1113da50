"""One-time codes, certificates and revocation; by the PostgreSQL store and its twin in memory alike."""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from hq.admission import Admission, Presented
from hq.codes import ATTEMPTS_MAX
from hq.door import CODE_LIFE, Door, DoorStore, Machine
from hq.door_memory import MemoryDoor
from hq.door_postgres import PostgresDoor
from hq.keys import Keys, KeysUnusable, keys_in
from hq.postgres import connected
from hq.refusal import RequestRefused
from terminal.core.commands import ClockTrust
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.enrol import (
    Enrol,
    Enrolled,
    OneTimeCode,
    Renew,
    enrol_proof,
    one_time_code,
    read_code,
    token_about,
)
from terminal.core.wire.forms import FromSite
from terminal.core.wire.problem import ProblemCode
from terminal.runtime.authority import Identity
from terminal.runtime.box import box_public, opened
from terminal.uplink.enrolling import new_request
from tests.hq.process import Headquarters

BOX, SITE_KEY = bytes(range(32)), "ab" * 32


class Moving:
    trust = ClockTrust.NETWORK

    def __init__(self) -> None:
        self.ms = 1_795_000_000_000

    def wall_ms(self) -> int:
        return self.ms

    def mono_ms(self) -> int:
        return self.ms


class Case:
    def __init__(self, store: DoorStore, folder: Path) -> None:
        self.store = store
        self.clock = Moving()
        self.keys = keys_in(folder, serial=1, now_ms=self.clock.ms)
        self.door = Door(store, self.keys, self.clock, os.urandom)
        self.identity = Identity(merchant=str(uuid4()), site=SiteId("S1"), terminal=TerminalId("T1"))

    async def code(self, identity: Identity | None = None) -> OneTimeCode:
        return read_code(await self.door.code_for(identity or self.identity))

    def asked(self, code: OneTimeCode, **changes: str) -> Enrol:
        asked = Enrol(
            merchant=self.identity.merchant,
            site=self.identity.site,
            terminal=self.identity.terminal,
            instance="i1",
            code=code.id,
            site_key=SITE_KEY,
            box_key=box_public(BOX).hex(),
            request=changes.pop("request", REQUEST),
            mac="0" * 64,
        )
        asked = msgspec.structs.replace(asked, **changes)
        return msgspec.structs.replace(asked, mac=code.mac(enrol_proof(asked)))

    async def refused(self, asked: Enrol) -> ProblemCode:
        with pytest.raises(RequestRefused) as caught:
            await self.door.enrol(asked)
        return caught.value.code

    async def machine(self, told: Enrolled) -> Machine:
        serial = serial_of(told.certificate)
        return (await self.store.machines(told.merchant, [serial]))[serial]


REQUEST = new_request()[1]


def serial_of(certificate: str) -> str:
    return f"{x509.load_pem_x509_certificate(certificate.encode()).serial_number:x}"


def token_key(told: Enrolled) -> bytes:
    return opened(BOX, b64decode(told.token_key), about=token_about(told.merchant, told.site))


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.hq)])
async def case(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Case, None]:
    if request.param == "memory":
        yield Case(MemoryDoor(), tmp_path)
        return
    standing: Headquarters = request.getfixturevalue("standing_hq")
    store = await connected(standing.dsn())
    yield Case(PostgresDoor(store), tmp_path)
    await store.close()


async def test_a_code_becomes_a_certificate_for_the_key_that_was_sent(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    certificate = x509.load_pem_x509_certificate(told.certificate.encode())
    authority = x509.load_pem_x509_certificate(told.authority.encode())
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == x509.load_pem_x509_csr(REQUEST.encode()).public_key()
    assert [name.value for name in certificate.subject] == [case.identity.merchant, "S1", "T1"]
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == timedelta(days=366)
    assert (told.hq_key, told.hq_box_key) == (case.keys.hq_key.hex(), case.keys.box_key.hex())
    machine = await case.machine(told)
    assert (machine.site_key.hex(), machine.instance, machine.revoked_ms) == (SITE_KEY, "i1", None)


async def test_the_secret_is_in_no_row_and_the_same_code_is_made_again(case: Case) -> None:
    code = await case.code()
    row = await case.store.tried(case.identity.merchant, code.id)
    assert row is not None
    row = msgspec.structs.replace(row, attempts=0)
    assert case.keys.secret_of(*row.about()) == code.secret
    stored = msgspec.json.encode(row)
    assert b64encode(code.secret) not in stored
    assert code.secret.hex().encode() not in stored


async def test_the_answer_is_said_again_to_the_same_machine_only(case: Case) -> None:
    code = await case.code()
    first = await case.door.enrol(case.asked(code))
    again = await case.door.enrol(case.asked(code))
    assert token_key(first) == token_key(again)
    assert await case.refused(case.asked(code, site_key="cd" * 32)) is ProblemCode.CODE
    other = case.asked(code, box_key=box_public(bytes(32)).hex())
    assert await case.refused(other) is ProblemCode.CODE
    assert await case.refused(case.asked(code, request=new_request()[1])) is ProblemCode.CODE


async def test_a_code_is_good_for_one_terminal(case: Case) -> None:
    code = await case.code()
    assert await case.refused(case.asked(code, site="S2")) is ProblemCode.CODE
    assert await case.refused(case.asked(code, terminal="T2")) is ProblemCode.CODE
    assert await case.refused(case.asked(code, merchant="another")) is ProblemCode.CODE


async def test_a_code_ends(case: Case) -> None:
    code = await case.code()
    case.clock.ms += CODE_LIFE // timedelta(milliseconds=1) + 1
    assert await case.refused(case.asked(code)) is ProblemCode.CODE


async def test_a_guessed_secret_costs_an_attempt_and_the_last_one_ends_the_code(case: Case) -> None:
    code = await case.code()
    guessed = msgspec.structs.replace(code, secret=bytes(15))
    for _ in range(ATTEMPTS_MAX):
        assert await case.refused(case.asked(guessed)) is ProblemCode.CODE
    assert await case.refused(case.asked(code)) is ProblemCode.CODE


async def test_nobody_knows_a_code_that_was_never_made(case: Case) -> None:
    code = read_code(one_time_code(b"12345", bytes(15), case.keys.hq_key))
    assert await case.refused(case.asked(code)) is ProblemCode.CODE


async def test_of_two_machines_with_one_code_one_is_let_in(case: Case) -> None:
    code = await case.code()
    both = (case.asked(code), case.asked(code, site_key="cd" * 32))
    told = await asyncio.gather(*(case.door.enrol(one) for one in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Enrolled", "_CodeRefused"]


@pytest.mark.parametrize("field", ["request", "box_key", "token_key"])
async def test_what_cannot_be_used_is_said_and_lets_nobody_in(case: Case, field: str) -> None:
    wrong = {"request": "no request", "box_key": "0" * 64, "token_key": "AAAA"}[field]
    code = await case.code()
    assert await case.refused(case.asked(code, **{field: wrong})) is ProblemCode.MALFORMED
    assert await case.door.enrol(case.asked(code))


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
async def test_only_p256_is_certified(case: Case, curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    asked = case.asked(await case.code(), request=request.public_bytes(Encoding.PEM).decode())
    assert await case.refused(asked) is ProblemCode.MALFORMED


async def test_a_request_that_its_key_did_not_sign_is_refused(case: Case) -> None:
    der = bytearray(x509.load_pem_x509_csr(REQUEST.encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    request = "-----BEGIN CERTIFICATE REQUEST-----\n"
    request += b64encode(bytes(der)).decode() + "\n-----END CERTIFICATE REQUEST-----\n"
    assert await case.refused(case.asked(await case.code(), request=request)) is ProblemCode.MALFORMED


async def test_a_request_gets_no_more_than_a_terminal_may_have(case: Case) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    wishes = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "headquarters")])
    )
    wishes = wishes.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    request = wishes.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
    told = await case.door.enrol(case.asked(await case.code(), request=request))
    certificate = x509.load_pem_x509_certificate(told.certificate.encode())
    assert [name.value for name in certificate.subject] == [case.identity.merchant, "S1", "T1"]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [x509.ExtendedKeyUsageOID.CLIENT_AUTH]


async def test_all_sites_of_a_merchant_get_one_token_key_and_its_first_site_may_bring_it(case: Case) -> None:
    code, own = await case.code(), bytes(range(100, 132))
    sealed = bytes(12) + AESGCM(code.token_cipher()).encrypt(bytes(12), own, code.id.encode())
    first = await case.door.enrol(case.asked(code, token_key=b64encode(sealed).decode()))
    assert token_key(first) == own
    second = msgspec.structs.replace(case.identity, site=SiteId("S2"))
    told = await case.door.enrol(case.asked(await case.code(second), site="S2"))
    assert token_key(told) == own


async def test_merchants_have_token_keys_of_their_own(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    other = msgspec.structs.replace(case.identity, merchant=str(uuid4()))
    asked = case.asked(await case.code(other), merchant=other.merchant)
    assert token_key(await case.door.enrol(asked)) != token_key(told)


def until_ms_of(certificate: str) -> int:
    read = x509.load_pem_x509_certificate(certificate.encode())
    return int(read.not_valid_after_utc.timestamp()) * 1000


def presented(case: Case, certificate: str) -> Presented:
    here = case.identity
    return Presented(
        merchant=here.merchant,
        site=here.site,
        terminal=here.terminal,
        serial=serial_of(certificate),
        until_ms=until_ms_of(certificate),
    )


async def test_a_certificate_is_renewed_for_a_new_key_and_both_are_known(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    machine = await case.machine(told)
    key, request = new_request()
    renew = Renew(merchant=machine.merchant, site=machine.site, instance="i1", request=request)
    renewed = await case.door.renew(machine, renew)
    serials = [serial_of(told.certificate), serial_of(renewed.certificate)]
    assert set(await case.store.machines(machine.merchant, serials)) == set(serials)
    assert key


async def test_revoking_shuts_out_every_certificate_from_the_next_question_on(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    machine = await case.machine(told)
    admission = Admission(case.store, case.clock)
    running = asyncio.create_task(admission.run())
    shown = presented(case, told.certificate)
    assert await admission.machine(shown) == machine
    assert await case.store.revoke(case.identity, case.clock.ms, "lost") == 1
    with pytest.raises(RequestRefused, match="shut out"):
        await admission.machine(shown)
    renew = Renew(merchant=machine.merchant, site=machine.site, instance="i1", request=new_request()[1])
    late = await case.door.renew(machine, renew)  # Was let through just before.
    with pytest.raises(RequestRefused, match="shut out"):
        await admission.machine(presented(case, late.certificate))
    assert await case.store.revoke(case.identity, case.clock.ms, "again") == 0
    running.cancel()


@pytest.mark.parametrize("wrong", ["site", "terminal"])
async def test_a_certificate_of_another_name_than_the_machine_that_got_it_is_not_known(
    case: Case, wrong: str
) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    admission = Admission(case.store, case.clock)
    running = asyncio.create_task(admission.run())
    with pytest.raises(RequestRefused, match="not known"):
        await admission.machine(
            msgspec.structs.replace(presented(case, told.certificate), **{wrong: "another"})
        )
    running.cancel()


async def test_a_code_that_let_a_shut_out_machine_in_lets_it_in_no_more(case: Case) -> None:
    code = await case.code()
    await case.door.enrol(case.asked(code))
    await case.store.revoke(case.identity, case.clock.ms, "")
    assert await case.refused(case.asked(code)) is ProblemCode.CODE


async def test_a_certificate_counts_only_for_the_merchant_that_it_names(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    assert await case.store.machines("another", [serial_of(told.certificate)]) == {}


class Counted(MemoryDoor):
    def __init__(self) -> None:
        super().__init__()
        self.statements = 0
        self.begun, self.going = asyncio.Event(), asyncio.Event()

    async def machines(self, merchant, serials):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        self.statements += 1
        self.begun.set()
        await self.going.wait()
        return await super().machines(merchant, serials)


async def test_many_who_ask_at_once_share_a_statement_that_began_after_they_came(tmp_path: Path) -> None:
    case = Case(Counted(), tmp_path)
    assert isinstance(case.store, Counted)
    case.store.going.set()
    told = await case.door.enrol(case.asked(await case.code()))
    shown = presented(case, told.certificate)
    case.store.going.clear()
    admission = Admission(case.store, case.clock)
    running = asyncio.create_task(admission.run())
    first = asyncio.create_task(admission.machine(shown))
    await case.store.begun.wait()
    later = [asyncio.create_task(admission.machine(shown)) for _ in range(50)]
    await asyncio.sleep(0)
    case.store.going.set()
    await asyncio.gather(first, *later)
    assert case.store.statements == 2
    running.cancel()


def test_keys_stay_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first, second = (keys_in(tmp_path / "k", serial=number, now_ms=1_795_000_000_000) for number in (1, 2))
    assert (first.hq_key, first.authority.pem) == (second.hq_key, second.authority.pem)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "k").iterdir()} == {0o600}


def test_keys_that_are_spoilt_are_named(tmp_path: Path) -> None:
    keys_in(tmp_path, serial=1, now_ms=1_795_000_000_000)
    (tmp_path / "hq.key").write_bytes(b"short")
    with pytest.raises(KeysUnusable, match=r"hq\.key"):
        keys_in(tmp_path, serial=1, now_ms=1_795_000_000_000)


@pytest.mark.parametrize("typed", ["", "ABC", "A" * 47, "A" * 49, "0" * 48, "A" * 48 + "\n-", "ÄÄÄÄÄÄÄÄ" * 6])
def test_what_is_no_code_is_said_so(typed: str) -> None:
    if typed.strip("\n-") == "A" * 48:
        assert read_code(typed).id == "A" * 8
        return
    with pytest.raises(ValueError, match="8, 24 and 16"):
        read_code(typed)


def test_a_code_may_be_typed_in_any_case_and_grouping(tmp_path: Path) -> None:
    keys: Keys = keys_in(tmp_path, serial=1, now_ms=1_795_000_000_000)
    text = one_time_code(b"\x00\x44\x32\x14\xc7", bytes(range(15)), keys.hq_key)
    code = read_code(text.lower().replace("-", " "))
    assert code == read_code(text)
    assert code.secret == bytes(range(15))
    assert code.names(keys.hq_key)
    assert not code.names(keys.code_key)


@pytest.mark.parametrize("site", ["", "a:b", "S1\n", "x" * 65])
async def test_a_site_whose_name_cannot_stand_in_an_account_gets_no_code(case: Case, site: str) -> None:
    with pytest.raises(ValueError, match="a site's name"):
        await case.door.code_for(Identity(merchant="m", site=SiteId(site), terminal=TerminalId("T1")))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"merchant": "m", "site": site, "instance": "i"}, FromSite)


async def test_a_machine_is_one_terminal_of_its_site_until_that_is_shut_out(case: Case) -> None:
    told = await case.door.enrol(case.asked(await case.code()))
    second = msgspec.structs.replace(case.identity, terminal=TerminalId("T2"))
    code = await case.code(second)
    asked = case.asked(code, terminal="T2", site_key="cd" * 32, request=new_request()[1])
    assert await case.refused(asked) is ProblemCode.INSTANCE
    assert (await case.machine(told)).terminal == "T1"
    # Of its own: another terminal's machine at another site, itself under new keys, and a second machine.
    other = msgspec.structs.replace(second, site=SiteId("S2"))
    assert await case.door.enrol(case.asked(await case.code(other), site="S2", terminal="T2"))
    assert await case.door.enrol(case.asked(await case.code(), site_key="ef" * 32))
    assert await case.door.enrol(
        case.asked(await case.code(second), terminal="T2", instance="i2", site_key="cd" * 32)
    )
    await case.store.revoke(case.identity, case.clock.ms, "its disk is in T2 now")
    assert await case.door.enrol(asked)


async def test_of_two_terminals_that_come_as_one_machine_at_once_one_is_let_in(case: Case) -> None:
    second = msgspec.structs.replace(case.identity, terminal=TerminalId("T2"))
    both = (
        case.asked(await case.code()),
        case.asked(await case.code(second), terminal="T2", site_key="cd" * 32),
    )
    told = await asyncio.gather(*(case.door.enrol(one) for one in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Enrolled", "RequestRefused"]
