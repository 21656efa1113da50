"""From a code to a certificate, over real HTTPS; and what is made of everything that is not headquarters."""

from __future__ import annotations

import asyncio
import os
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq.keys import keys_in
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.enrol import ENROL_PATH
from terminal.core.wire.journal import HELLO_PATH, Hello
from terminal.core.wire.link import LinkTrouble
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from terminal.uplink.courier import HttpsCourier, Unreachable
from terminal.uplink.credentials import Credentials
from terminal.uplink.enrolling import Applicant, Enrolling, NotEnrolled
from terminal.uplink.settings import Settings
from terminal.uplink.standing import Standing
from tests.hq.guest import named
from tests.hq.standing import Stood, standing

WHO = Applicant(merchant="m", site=SiteId("S1"), terminal=TerminalId("T1"), instance="i1")


class Tokens:
    """The site's token key, where the store would have it."""

    def __init__(self, own: bytes | None = None) -> None:
        self.key = own
        self.fails = 0

    async def own(self) -> bytes | None:
        return self.key

    async def adopt(self, key: bytes) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("no room")
        self.key = key


class Machine:
    def __init__(self, folder: Path, who: Applicant = WHO, own: bytes | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self._key = Ed25519PrivateKey.generate()
        self.folder = folder
        self.tokens = Tokens(own)
        self.credentials = Credentials(folder / "ledger.hq", self._sign)
        self.enrolling = Enrolling(who, self.credentials, self.tokens, folder / "ledger.enrolling")

    def _sign(self, message: bytes) -> tuple[bytes, bytes]:
        return self._key.sign(message), self._key.public_key().public_bytes_raw()

    def courier(self, url: str) -> HttpsCourier:
        return HttpsCourier(lambda: url, self.credentials, deadline_s=20)

    async def says_hello(self, url: str, who: Applicant = WHO) -> int:
        courier = self.courier(url)
        hello = Hello(merchant=who.merchant, site=who.site, instance=who.instance)
        try:
            return (await courier.ask(HELLO_PATH, msgspec.json.encode(hello))).status
        finally:
            await courier.close()


@pytest.fixture
async def hq(tmp_path: Path) -> AsyncGenerator[Stood, None]:
    async with standing(tmp_path / "hq") as stood:
        yield stood


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


async def test_a_code_makes_a_machine_known_and_it_is_let_in(hq: Stood, machine: Machine) -> None:
    enrolment = await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    assert (enrolment.merchant, enrolment.site, enrolment.terminal) == ("m", "S1", "T1")
    assert await machine.says_hello(hq.url) == 200
    assert machine.tokens.key is not None
    assert len(machine.tokens.key) == 32


async def test_all_that_is_kept_is_in_one_file_that_only_its_owner_reads(hq: Stood, machine: Machine) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    (file,) = machine.folder.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("ledger.hq", 0o600)
    assert Credentials(file, machine._sign).kept == machine.credentials.kept


async def test_a_site_that_has_members_gives_its_key_to_a_merchant_without_one(
    hq: Stood, tmp_path: Path
) -> None:
    first = Machine(tmp_path / "first", own=bytes(range(32)))
    await first.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    assert first.tokens.key == bytes(range(32))
    who = msgspec.structs.replace(WHO, site=SiteId("S2"))
    second = Machine(tmp_path / "second", who, own=bytes(32))
    await second.enrolling.by(await hq.door.code_for(named("m", "S2")), hq.url)
    assert second.tokens.key == bytes(range(32))


async def test_without_a_certificate_only_enrolling_is_reached(hq: Stood, machine: Machine) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    assert machine.credentials.kept is not None
    import aiohttp

    anybody = ssl.create_default_context(cadata=machine.credentials.kept.authority)
    async with (
        aiohttp.ClientSession() as session,
        session.post(hq.url + HELLO_PATH, data=b"{}", ssl=anybody) as answer,
    ):
        assert answer.status == 403


async def test_a_machine_speaks_for_its_own_site_only(hq: Stood, machine: Machine) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    for other in ({"site": SiteId("S2")}, {"merchant": "n"}):
        with pytest.raises(Unreachable) as caught:
            await machine.says_hello(hq.url, msgspec.structs.replace(WHO, **other))
        assert caught.value.trouble is LinkTrouble.NOT_ENROLLED
    assert not hq.books.merchants


async def test_a_revoked_machine_is_out_at_its_next_question_on_the_same_connection(
    hq: Stood, machine: Machine
) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    courier = machine.courier(hq.url)
    hello = msgspec.json.encode(Hello(merchant="m", site=SiteId("S1"), instance="i1"))
    assert (await courier.ask(HELLO_PATH, hello)).status == 200
    await hq.door_store.revoke(named("m"), 1, "lost")
    with pytest.raises(Unreachable, match="does not let this machine in"):
        await courier.ask(HELLO_PATH, hello)
    await courier.close()


async def test_a_revoked_machine_may_come_back_with_a_new_code(hq: Stood, machine: Machine) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    await hq.door_store.revoke(named("m"), 1, "lost")
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    assert await machine.says_hello(hq.url) == 200


async def test_a_question_that_the_site_key_did_not_sign_is_refused(hq: Stood, machine: Machine) -> None:
    await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    machine._key = Ed25519PrivateKey.generate()
    assert await machine.says_hello(hq.url) == 401
    assert not hq.books.merchants


async def test_an_expired_certificate_opens_nothing(tmp_path: Path, machine: Machine) -> None:
    async with standing(tmp_path / "hq", life=timedelta(seconds=-60)) as hq:
        await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
        with pytest.raises(Unreachable):
            await machine.says_hello(hq.url)
    assert not hq.books.merchants


async def test_a_code_for_another_terminal_is_refused_and_not_used_up(hq: Stood, machine: Machine) -> None:
    code = await hq.door.code_for(named("m", "S1", "T2"))
    with pytest.raises(NotEnrolled, match=r"made for another merchant, site or terminal"):
        await machine.enrolling.by(code, hq.url)
    who = msgspec.structs.replace(WHO, terminal=TerminalId("T2"))
    assert await Machine(machine.folder / "other", who).enrolling.by(code, hq.url)


async def test_knocking_too_often_is_slowed_down(tmp_path: Path, machine: Machine) -> None:
    async with standing(tmp_path / "hq", knocks=2) as hq:
        code = await hq.door.code_for(named("m", "S1", "T2"))
        for _ in range(2):
            with pytest.raises(NotEnrolled, match="the code is wrong"):
                await machine.enrolling.by(code, hq.url)
        with pytest.raises(NotEnrolled, match="too many attempts") as caught:
            await machine.enrolling.by(code, hq.url)
    assert caught.value.again


async def test_an_answer_lost_on_the_way_is_had_again_with_the_same_code(hq: Stood, machine: Machine) -> None:
    """The same keys are sent: headquarters knows the machine, though the machine never heard so."""
    code = await hq.door.code_for(named("m"))
    machine.tokens.fails = 1
    with pytest.raises(OSError, match="no room"):
        await machine.enrolling.by(code, hq.url)
    assert machine.credentials.kept is None
    await machine.enrolling.by(code, hq.url)
    assert await machine.says_hello(hq.url) == 200


@pytest.mark.parametrize("typed", ["", "hello", "AAAAAAAA-BBBB"])
async def test_what_is_no_code_is_never_sent(machine: Machine, typed: str) -> None:
    with pytest.raises(NotEnrolled, match="8, 24 and 16"):
        await machine.enrolling.by(typed, "https://127.0.0.1:1")


async def test_nobody_there_is_said_and_may_be_tried_again(hq: Stood, machine: Machine) -> None:
    code = await hq.door.code_for(named("m"))
    with pytest.raises(NotEnrolled, match="127") as caught:
        await machine.enrolling.by(code, "https://127.0.0.1:1")
    assert caught.value.again


Said = Callable[[bytes], tuple[int, bytes, str]]


@asynccontextmanager
async def impostor(folder: Path, said: Said) -> AsyncGenerator[str, None]:
    """Somebody in between, with a certificate of his own."""

    async def handle(request: web.Request) -> web.Response:
        status, body, signature = said(await request.read())
        return web.Response(
            status=status, body=body, headers={"CT-Signature": signature} if signature else {}
        )

    app = web.Application()
    app.router.add_post(ENROL_PATH, handle)
    runner = web.AppRunner(app)
    await runner.setup()
    keys = keys_in(folder, serial=1, now_ms=SystemClock().wall_ms())
    context = Server(keys.authority, ["127.0.0.1"], SystemClock(), lambda: 2).context
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_somebody_in_between_without_the_hq_key_gives_nothing_that_is_believed(
    hq: Stood, machine: Machine, tmp_path: Path
) -> None:
    """He answers by a headquarters of his own, in the right form and signed by its key."""
    other = Stood(tmp_path / "other", life=timedelta(days=1), knocks=1000)
    code = await hq.door.code_for(named("m"))
    theirs = await other.door.code_for(named("m"))
    rogue = Machine(tmp_path / "rogue")
    async with other.serving():
        enrolment = await rogue.enrolling.by(theirs, other.url)

    def said(question: bytes) -> tuple[int, bytes, str]:
        from terminal.core.wire.enrol import Enrolled
        from terminal.core.wire.signing import answer_signed

        answer = msgspec.json.encode(
            Enrolled(
                merchant="m",
                site=SiteId("S1"),
                terminal=TerminalId("T1"),
                certificate=enrolment.certificate,
                authority=enrolment.authority,
                hq_key=enrolment.hq_key.hex(),
                hq_box_key=enrolment.hq_box_key.hex(),
                code_key=enrolment.code_key.hex(),
                token_key="",
            )
        )
        return (200, answer, b64encode(other.keys.sign(answer_signed(ENROL_PATH, question, answer))).decode())

    async with impostor(tmp_path / "impostor", said) as url:
        with pytest.raises(NotEnrolled, match="not the headquarters that made this code"):
            await machine.enrolling.by(code, url)
    assert machine.credentials.kept is None
    assert machine.tokens.key is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, b"", ""), "not headquarters"),
        ((200, b"<html>", ""), "not headquarters"),
        ((500, b"<html>", ""), "status 500"),
        ((403, b'{"type":"problem","code":"nonsense","why":""}', ""), "status 403"),
        ((404, b'{"type":"problem","code":"version","why":""}', ""), "bring it up to date first"),
        ((503, b'{"type":"problem","code":"away","why":""}', ""), "503 away"),
        ((302, b"", ""), "status 302"),
    ],
)
async def test_what_answers_otherwise_is_said_in_words(
    hq: Stood, machine: Machine, tmp_path: Path, answer: tuple[int, bytes, str], why: str
) -> None:
    code = await hq.door.code_for(named("m"))
    async with impostor(tmp_path / "impostor", lambda _: answer) as url:
        with pytest.raises(NotEnrolled, match=why):
            await machine.enrolling.by(code, url)


class Naps:
    """Counts the pauses, and lets a test go on after each."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.woken = asyncio.Condition()

    async def __call__(self, seconds: float) -> None:
        async with self.woken:
            self.taken.append(seconds)
            self.woken.notify_all()
        await asyncio.sleep(0)
        await asyncio.Event().wait()


@asynccontextmanager
async def kept(machine: Machine, hq: Stood, code: str, hq_ms: int) -> AsyncGenerator[Standing, None]:
    """After the first look."""
    naps = Naps()
    kept = Standing(
        Settings(url=hq.url, code=code),
        applicant=WHO,
        credentials=machine.credentials,
        enrolling=machine.enrolling,
        courier=machine.courier(hq.url),
        hq_ms=lambda: hq_ms,
        random=os.urandom,
        sleep=naps,
    )
    running = asyncio.create_task(kept.run())
    async with naps.woken:
        await naps.woken.wait_for(lambda: naps.taken)
    yield kept
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_first_start_enrols_by_the_code_of_the_configuration(hq: Stood, machine: Machine) -> None:
    async with kept(machine, hq, await hq.door.code_for(named("m")), 0) as standing_:
        assert standing_.why == ""
    assert await machine.says_hello(hq.url) == 200


async def test_a_code_that_does_not_do_is_kept_for_the_technician(hq: Stood, machine: Machine) -> None:
    async with kept(machine, hq, "nonsense", 0) as standing_:
        assert "8, 24 and 16" in standing_.why


async def test_the_certificate_is_renewed_in_the_last_third_of_its_life(hq: Stood, machine: Machine) -> None:
    first = await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    life_ms = first.until_ms - first.since_ms
    async with kept(machine, hq, "", first.since_ms + life_ms * 2 // 3 - 1):
        assert machine.credentials.kept == first
    async with kept(machine, hq, "", first.since_ms + life_ms * 2 // 3 + 2) as standing_:
        assert standing_.why == ""
    renewed = machine.credentials.kept
    assert renewed is not None
    assert renewed.certificate != first.certificate
    assert renewed.tls_key != first.tls_key
    assert (renewed.box_key, renewed.hq_key) == (first.box_key, first.hq_key)
    assert await machine.says_hello(hq.url) == 200


async def test_a_renewal_that_fails_leaves_the_certificate_as_it_was(hq: Stood, machine: Machine) -> None:
    first = await machine.enrolling.by(await hq.door.code_for(named("m")), hq.url)
    await hq.door_store.revoke(named("m"), 1, "")
    async with kept(machine, hq, "", first.until_ms - 1) as standing_:
        assert "does not let this machine in" in standing_.why
    assert machine.credentials.kept == first
