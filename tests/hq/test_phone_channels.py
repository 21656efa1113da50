"""How a code gets to a phone: by whoever sends the merchant's short messages, by mail, or into a file."""

from __future__ import annotations

import asyncio
import hmac
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from aiohttp import web

from hq.keys import Keys, keys_in
from hq.phone import settings
from hq.phone.channels import WAITING_MAX, Channels
from hq.phone.settings import (
    EmailChannel,
    FileChannel,
    PhoneMerchant,
    PhoneUnusable,
    WebhookChannel,
    merchants_in,
    secret_in,
)
from hq.phone.signing_in import Sent
from hq.phone.texts import Language
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from tests.hq.shop import Hand

SENT = Sent(phone="13800000001", code="012345")
SECRET = b"s" * 32
Asked = list[tuple[str, dict[str, str], bytes]]


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    keys = keys_in(tmp_path / "keys", serial=1, now_ms=SystemClock().wall_ms())
    (tmp_path / "ca.pem").write_text(keys.authority.pem)
    (tmp_path / "secret").write_bytes(SECRET + b"\n")
    return keys


def tls(keys: Keys) -> ssl.SSLContext:
    return Server(keys.authority, ["localhost", "127.0.0.1"], SystemClock(), lambda: 3).context


def merchant(channel: settings.Channel) -> PhoneMerchant:
    return PhoneMerchant(id="m1", name="Shop", channel=channel)


async def sent(channel: settings.Channel, language: Language = Language.EN) -> None:
    channels = Channels(Hand())
    channels.send(merchant(channel), SENT, language)
    await channels.settled()


@asynccontextmanager
async def hook(keys: Keys, asked: Asked, status: int = 200) -> AsyncGenerator[int, None]:
    async def take(request: web.Request) -> web.Response:
        asked.append((request.path, dict(request.headers), await request.read()))
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls(keys))
    await site.start()
    yield runner.addresses[0][1]
    await runner.cleanup()


def webhook(tmp_path: Path, port: int) -> WebhookChannel:
    return WebhookChannel(
        url=f"https://127.0.0.1:{port}/sms",
        secret_file=str(tmp_path / "secret"),
        ca_file=str(tmp_path / "ca.pem"),
    )


async def test_a_webhook_is_told_under_the_secret(tmp_path: Path, keys: Keys) -> None:
    asked: Asked = []
    async with hook(keys, asked) as port:
        await sent(webhook(tmp_path, port))
    ((path, headers, body),) = asked
    assert path == "/sms"
    said = json.loads(body)
    assert said == {
        "merchant": "m1",
        "phone": "13800000001",
        "code": "012345",
        "text": "Shop: your code is 012345. It holds for 5 minutes. Tell it to nobody.",
    }
    stamp = headers["CT-Timestamp"]
    assert stamp == str(Hand().now_ms // 1000)
    right = hmac.digest(SECRET, f"{stamp}.".encode() + body, sha256).hex()
    assert headers["CT-Signature"] == f"v1={right}"


@pytest.mark.parametrize("status", [199 + 101, 302, 404, 500])
async def test_a_webhook_that_refuses_is_logged_without_the_phone(
    tmp_path: Path, keys: Keys, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    asked: Asked = []
    async with hook(keys, asked, status) as port:
        await sent(webhook(tmp_path, port))
    assert len(asked) == 1
    assert f"a code of m1 was not taken: {status}" in caplog.text
    assert SENT.phone not in caplog.text
    assert SENT.code not in caplog.text


async def test_a_webhook_that_takes_it_is_not_logged(
    tmp_path: Path, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    async with hook(keys, [], 299) as port:
        await sent(webhook(tmp_path, port))
    assert caplog.text == ""


async def test_a_webhook_of_a_stranger_is_not_told(
    tmp_path: Path, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    asked: Asked = []
    async with hook(keys, asked) as port:
        url = f"https://127.0.0.1:{port}/sms"
        await sent(WebhookChannel(url=url, secret_file=str(tmp_path / "secret")))
    assert asked == []
    assert "was not sent" in caplog.text


async def test_a_gateway_gets_a_mail(tmp_path: Path, keys: Keys) -> None:
    lines: list[str] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 gateway\r\n")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            lines.append(line)
            verb = line[:4].upper()
            said = {
                "EHLO": "250-gateway\r\n250 AUTH PLAIN",
                "AUTH": "235 in",
                "DATA": "354 go",
                "QUIT": "221 bye",
            }
            writer.write(f"{said.get(verb, '250 ok')}\r\n".encode())
            if verb == "DATA":
                lines.extend((await reader.readuntil(b"\r\n.\r\n")).decode().splitlines())
                writer.write(b"250 taken\r\n")
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls(keys))
    (tmp_path / "password").write_text("p\n")
    async with server:
        await sent(
            EmailChannel(
                host="127.0.0.1",
                port=server.sockets[0].getsockname()[1],
                to="{phone}@gateway.example",
                sender="shop@example.com",
                user="u",
                password_file=str(tmp_path / "password"),
                ca_file=str(tmp_path / "ca.pem"),
            )
        )
    assert "rcpt TO:<13800000001@gateway.example>" in lines
    assert "AUTH PLAIN AHUAcA==" in lines
    assert any("012345" in line for line in lines)


async def test_a_file_gets_a_line_each_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "codes"
    for language in (Language.ZH_HANS, Language.ZH_HANT):
        await sent(FileChannel(path=str(path)), language)
    first, second = [json.loads(line) for line in path.read_text().splitlines()]
    assert first == {
        "phone": SENT.phone,
        "code": SENT.code,
        "text": "【Shop】验证码 012345，5 分钟内有效，请勿告诉他人。",
    }
    assert second["text"].startswith("【Shop】驗證碼")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_only_so_many_are_on_their_way(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    channels = Channels(Hand())
    for _ in range(WAITING_MAX + 1):
        channels.send(merchant(FileChannel(path=str(tmp_path / "codes"))), SENT, Language.EN)
    await channels.settled()
    assert len((tmp_path / "codes").read_text().splitlines()) == WAITING_MAX
    assert caplog.text.count("was not sent") == 1


async def test_what_is_on_its_way_ends_with_the_page(tmp_path: Path) -> None:
    channels = Channels(Hand())
    channels.send(merchant(FileChannel(path=str(tmp_path / "codes"))), SENT, Language.EN)
    await channels.close()
    assert not (tmp_path / "codes").exists()


def test_what_is_sent_says_neither_phone_nor_code_of_itself() -> None:
    assert str(SENT) == repr(SENT) == "Sent(...)"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "phone.toml"
    path.write_text(text)
    return path


def test_without_a_file_no_merchant_has_a_page(tmp_path: Path) -> None:
    assert merchants_in(tmp_path / "phone.toml") == {}


def test_paths_are_told_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    found = merchants_in(
        written(
            tmp_path,
            """
            [[merchants]]
            id = "a"
            name = "A"
            channel = {type = "file", path = "codes"}
            [[merchants]]
            id = "b"
            name = "B"
            time_zone = "Asia/Tokyo"
            day_cut_min = 480
            channel = {type = "webhook", url = "https://sms.example/", secret_file = "s", ca_file = "/etc/ca"}
            [[merchants]]
            id = "c"
            name = "C"
            channel = {type = "webhook", url = "https://sms.example/", secret_file = "s"}
            [[merchants]]
            id = "d"
            name = "D"
            [merchants.channel]
            type = "email"
            host = "h"
            to = "{phone}@g.example"
            sender = "s@e"
            password_file = "p"
            [[merchants]]
            id = "e"
            name = "E"
            channel = {type = "email", host = "h", to = "{phone}@g.example", sender = "s@e", ca_file = "c"}
            """,
        )
    )
    assert found["a"].channel == FileChannel(path=str(tmp_path / "codes"))
    assert found["a"].time_zone == "Asia/Shanghai"
    assert found["b"].time_zone == "Asia/Tokyo"
    assert (found["a"].day_cut_min, found["b"].day_cut_min) == (240, 480)
    secret, url = str(tmp_path / "s"), "https://sms.example/"
    assert found["b"].channel == WebhookChannel(url=url, secret_file=secret, ca_file="/etc/ca")
    assert found["c"].channel == WebhookChannel(url=url, secret_file=secret)
    mail = EmailChannel(host="h", to="{phone}@g.example", sender="s@e")
    assert found["d"].channel == EmailChannel(
        host=mail.host, to=mail.to, sender=mail.sender, password_file=str(tmp_path / "p")
    )
    assert found["e"].channel == EmailChannel(
        host=mail.host, to=mail.to, sender=mail.sender, ca_file=str(tmp_path / "c")
    )
    assert mail.port == 465


_A = "[[merchants]]\nid = 'a'\nname = 'A'\n"
_FILE = 'channel = {type = "file", path = "p"}'


@pytest.mark.parametrize(
    "text",
    [
        "[[merchants]",
        "[[merchants]]\nid = 'a'\nname = 'A'",
        f"[[merchants]]\nid = ''\nname = 'A'\n{_FILE}",
        f"[[merchants]]\nid = 'a'\nname = ''\n{_FILE}",
        f"[[merchants]]\nid = 'a'\nname = 'A'\nmore = 1\n{_FILE}",
        f"[[merchants]]\nid = 'a'\nname = 'A'\ntime_zone = 'Nowhere/Town'\n{_FILE}",
        f"[[merchants]]\nid = 'a'\nname = 'A'\ntime_zone = '../x'\n{_FILE}",
        f"[[merchants]]\nid = 'a'\nname = 'A'\n{_FILE}\n" * 2,
        f"{_A}channel = {{type = 'webhook', url = 'http://x', secret_file = 's'}}",
        f"{_A}channel = {{type = 'email', host = 'h', to = 'x@y', sender = 's@e'}}",
    ],
)
def test_settings_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(PhoneUnusable, match=r"phone\.toml"):
        merchants_in(written(tmp_path, text))


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(PhoneUnusable, match="Is a directory"):
        merchants_in(tmp_path)


def test_a_secret_has_32_bytes(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b" " + SECRET[:31] + b"\n\n")
    with pytest.raises(PhoneUnusable, match="fewer than 32 bytes"):
        secret_in(path)
    path.write_bytes(b" " + SECRET + b"\n")
    assert secret_in(path) == SECRET
    with pytest.raises(PhoneUnusable, match="No such file"):
        secret_in(tmp_path / "nothing")
