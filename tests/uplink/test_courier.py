"""HTTPS as it is, against servers that are not headquarters, and against one that is but for its words."""

from __future__ import annotations

import asyncio
import os
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq.door import Door
from hq.door_memory import MemoryDoor
from hq.keys import Keys, keys_in
from terminal.core.site import Announced
from terminal.core.wire.forms import ANSWER_BYTES_MAX
from terminal.core.wire.link import LinkTrouble
from terminal.core.wire.signing import answer_signed
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from terminal.uplink.courier import HttpsCourier, Unreachable
from terminal.uplink.credentials import Credentials
from tests.hq.guest import Guest, knocked, named

NOW_MS = SystemClock().wall_ms()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path / "hq", serial=1, now_ms=NOW_MS)


@pytest.fixture
async def guest(keys: Keys) -> Guest:
    return await knocked(Door(MemoryDoor(), keys, SystemClock(), os.urandom), named("m"))


@pytest.fixture
def credentials(guest: Guest, tmp_path: Path) -> Credentials:
    return guest.credentials(tmp_path / "credentials")


def our_server(keys: Keys, name: str = "127.0.0.1") -> ssl.SSLContext:
    return Server(keys.authority, [name], SystemClock(), lambda: 9).context


@asynccontextmanager
async def answering(
    server_tls: ssl.SSLContext, credentials: Credentials, data: bytes, *, then_hang: bool = False
) -> AsyncGenerator[HttpsCourier, None]:
    """A server that says `data` to whatever it is asked."""
    ended = asyncio.Event()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        if then_hang:
            await ended.wait()
        writer.close()

    async with await asyncio.start_server(client, "127.0.0.1", 0, ssl=server_tls) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        courier = HttpsCourier(lambda: url, credentials, deadline_s=2 if then_hang else 20)
        try:
            yield courier
        finally:
            ended.set()
            await courier.close()


def http(body: bytes, signature: bytes = b"", status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(body)
    return head + (b"CT-Signature: " + b64encode(signature) + b"\r\n" if signature else b"") + b"\r\n" + body


async def test_an_answer_that_headquarters_signed_is_brought(keys: Keys, credentials: Credentials) -> None:
    signature = keys.sign(answer_signed("/v1/hello", b"{}", b'{"a":1}'))
    async with answering(our_server(keys), credentials, http(b'{"a":1}', signature)) as courier:
        reply = await courier.ask("/v1/hello", b"{}")
    assert (reply.status, reply.body) == (200, b'{"a":1}')


@pytest.mark.parametrize(("announced", "ended"), [(False, False), (True, False), (True, True)])
async def test_a_key_is_believed_from_its_announcement_until_its_end(
    tmp_path: Path, keys: Keys, guest: Guest, *, announced: bool, ended: bool
) -> None:
    """Here another than the one that enrolling brought, which goes on as long as nobody ends it."""
    fresh = Ed25519PrivateKey.generate()
    said = [Announced(use="hq", public=fresh.public_key().public_bytes_raw().hex(), believed=not ended)]
    (tmp_path / "kept").write_bytes(msgspec.json.encode(guest.enrolment))
    credentials = Credentials(tmp_path / "kept", guest.sign, lambda: said if announced else [])
    message = answer_signed("/v1/hello", b"{}", b"{}")
    for key, counts in ((keys, True), (fresh, announced and not ended)):
        async with answering(our_server(keys), credentials, http(b"{}", key.sign(message))) as courier:
            with nullcontext() if counts else pytest.raises(Unreachable, match="enrol again"):
                await courier.ask("/v1/hello", b"{}")


async def test_the_key_that_enrolling_brought_may_end_and_a_code_key_signs_no_answers(
    tmp_path: Path, keys: Keys, guest: Guest
) -> None:
    own = keys.hq_key.hex()
    (tmp_path / "kept").write_bytes(msgspec.json.encode(guest.enrolment))
    for said, counts in (
        (Announced(use="hq", public=own, believed=False), False),
        (Announced(use="code", public=own, believed=False), True),
    ):
        credentials = Credentials(tmp_path / "kept", guest.sign, lambda said=said: [said])
        assert credentials.is_hqs(b"x", b64encode(keys.sign(b"x")).decode()) == counts
        assert credentials.ended(keys.hq_key) != counts


async def test_a_refusal_is_brought_with_its_status(keys: Keys, credentials: Credentials) -> None:
    async with answering(our_server(keys), credentials, http(b"{}", status=b"503 Away")) as courier:
        assert (await courier.ask("/v1/hello", b"{}")).status == 503


@pytest.mark.parametrize("wrong", ["unsigned", "other key", "other question", "other path", "other answer"])
async def test_an_answer_that_is_not_signed_for_this_question_is_none(
    keys: Keys, credentials: Credentials, wrong: str
) -> None:
    told = answer_signed(
        "/v1/push" if wrong == "other path" else "/v1/hello",
        b"before" if wrong == "other question" else b"{}",
        b"else" if wrong == "other answer" else b"{}",
    )
    signature = Ed25519PrivateKey.generate().sign(told) if wrong == "other key" else keys.sign(told)
    data = http(b"{}", b"" if wrong == "unsigned" else signature)
    async with answering(our_server(keys), credentials, data) as courier:
        with pytest.raises(Unreachable, match="not signed by our headquarters") as caught:
            await courier.ask("/v1/hello", b"{}")
    assert caught.value.trouble is LinkTrouble.UNREADABLE


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/blob"])
async def test_what_goes_unsigned_needs_no_signature(keys: Keys, credentials: Credentials, path: str) -> None:
    async with answering(our_server(keys), credentials, http(b"{}")) as courier:
        assert (await courier.ask(path, b"{}")).body == b"{}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x1b[2J",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (ANSWER_BYTES_MAX + 1)
        + b" " * (ANSWER_BYTES_MAX + 1),
    ],
)
async def test_what_is_no_answer_is_no_answer(keys: Keys, credentials: Credentials, data: bytes) -> None:
    async with answering(our_server(keys), credentials, data) as courier:
        with pytest.raises(Unreachable):
            await courier.ask("/v1/ask", b"{}")


async def test_an_answer_that_never_ends_is_cut_off_at_the_deadline(
    keys: Keys, credentials: Credentials
) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
    async with answering(our_server(keys), credentials, data, then_hang=True) as courier:
        with pytest.raises(Unreachable, match="no answer within 2 s"):
            await courier.ask("/v1/hello", b"{}")


async def test_a_redirect_is_not_followed(keys: Keys, credentials: Credentials) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with answering(our_server(keys), credentials, moved) as courier:
        assert (await courier.ask("/v1/push", b"{}")).status == 307


async def test_nobody_there_is_said_in_words(keys: Keys, credentials: Credentials) -> None:
    async with answering(our_server(keys), credentials, b"") as courier:
        pass
    with pytest.raises(Unreachable, match="Connect"):
        await courier.ask("/v1/hello", b"{}")
    await courier.close()


async def test_another_authority_is_not_our_headquarters(credentials: Credentials, tmp_path: Path) -> None:
    other = keys_in(tmp_path / "other", serial=1, now_ms=NOW_MS)
    async with answering(our_server(other), credentials, http(b"{}")) as courier:
        with pytest.raises(Unreachable, match="not our headquarters") as caught:
            await courier.ask("/v1/ask", b"{}")
    assert caught.value.trouble is LinkTrouble.UNREADABLE


async def test_a_certificate_for_another_name_is_not_our_headquarters(
    keys: Keys, credentials: Credentials
) -> None:
    async with answering(our_server(keys, "192.0.2.1"), credentials, http(b"{}")) as courier:
        with pytest.raises(Unreachable, match="not our headquarters"):
            await courier.ask("/v1/ask", b"{}")


async def test_a_terminal_cannot_pose_as_headquarters_with_its_own_certificate(
    guest: Guest, credentials: Credentials, tmp_path: Path
) -> None:
    pem = tmp_path / "own.pem"
    pem.write_text(guest.enrolment.tls_key + guest.enrolment.certificate)
    posing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    posing.load_cert_chain(pem)
    async with answering(posing, credentials, http(b"{}")) as courier:
        with pytest.raises(Unreachable, match="not our headquarters"):
            await courier.ask("/v1/ask", b"{}")


async def test_a_clock_that_was_never_set_does_not_keep_us_from_headquarters(
    tmp_path: Path, guest: Guest
) -> None:
    """Ours is far ahead of the certificate's end here; behind its beginning is the same check."""
    old = keys_in(tmp_path / "hq", serial=1, now_ms=NOW_MS)
    year_ms = 365 * 86_400_000

    class LongAgo:
        trust = SystemClock().trust

        def wall_ms(self) -> int:
            return NOW_MS - year_ms

        def mono_ms(self) -> int:
            return 0

    expired = Server(old.authority, ["127.0.0.1"], LongAgo(), lambda: 11).context
    credentials = guest.credentials(tmp_path / "credentials")
    async with answering(expired, credentials, http(b"{}")) as courier:
        assert (await courier.ask("/v1/ask", b"{}")).status == 200


async def test_a_machine_that_is_not_let_in_is_told_to_enrol(keys: Keys, credentials: Credentials) -> None:
    told = b'{"type":"problem","code":"certificate","why":"this machine was shut out"}'
    async with answering(our_server(keys), credentials, http(told, status=b"403 Forbidden")) as courier:
        with pytest.raises(Unreachable, match="does not let this machine in") as caught:
            await courier.ask("/v1/hello", b"{}")
    assert caught.value.trouble is LinkTrouble.NOT_ENROLLED


async def test_a_machine_without_credentials_says_so_at_once(tmp_path: Path, guest: Guest) -> None:
    courier = HttpsCourier(
        lambda: "https://127.0.0.1:1", Credentials(tmp_path / "none", guest.sign), deadline_s=1
    )
    with pytest.raises(Unreachable, match="not enrolled") as caught:
        await courier.ask("/v1/hello", b"{}")
    assert caught.value.trouble is LinkTrouble.NOT_ENROLLED


async def test_credentials_that_cannot_be_read_are_none_and_the_reason_is_kept(
    tmp_path: Path, guest: Guest
) -> None:
    (tmp_path / "spoilt").write_bytes(msgspec.json.encode(guest.enrolment)[:-9])
    spoilt = Credentials(tmp_path / "spoilt", guest.sign)
    assert spoilt.kept is None
    assert "spoilt" in spoilt.fault


async def test_a_renewed_certificate_is_used_from_the_next_question_on(
    keys: Keys, credentials: Credentials
) -> None:
    async with answering(our_server(keys), credentials, http(b"{}")) as courier:
        await courier.ask("/v1/ask", b"{}")
        before = courier._lines
        assert credentials.kept is not None
        credentials.keep(credentials.kept)
        await courier.ask("/v1/ask", b"{}")
        assert courier._lines is not before
