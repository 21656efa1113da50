"""How a code gets to a phone. What goes wrong is logged without the phone and the code."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import aiohttp
import msgspec

from hq.phone.settings import EmailChannel, FileChannel, PhoneMerchant, WebhookChannel, secret_in
from hq.phone.signing_in import Sent
from hq.phone.texts import Language, words
from terminal.core.ports import Clock

log = logging.getLogger(__name__)

SEND_S = 10.0
WAITING_MAX = 200
"""Codes on their way at once; whoever asks for more gets none."""
_ANSWERED = range(200, 300)
_MS = 1000

Send = Callable[[Sent, str], Awaitable[None]]
"""With the text that the member reads."""


class Channels:
    """Sends beside the answer, so that nobody tells by its time whether anything is sent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, merchant: PhoneMerchant, sent: Sent, language: Language) -> None:
        if len(self._under_way) >= WAITING_MAX:
            log.warning("a code of %s was not sent: %d are on their way", merchant.id, WAITING_MAX)
            return
        text = words(language)("{shop}: your code is {code}. It holds for 5 minutes. Tell it to nobody.")
        text = text.format(shop=merchant.name, code=sent.code)
        task = asyncio.create_task(self._sent(merchant, sent, text))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self.settled()

    async def settled(self) -> None:
        """Nothing is on its way any more."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _sent(self, merchant: PhoneMerchant, sent: Sent, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                match merchant.channel:
                    case FileChannel(path=path):
                        await asyncio.to_thread(_written, Path(path), sent, text)
                    case WebhookChannel() as webhook:
                        await self._posted(webhook, merchant, sent, text)
                    case EmailChannel() as email:
                        await asyncio.to_thread(_mailed, email, merchant, sent, text)
        except Exception as fault:  # noqa: BLE001  the page goes on; its text might name the phone
            log.warning("a code of %s was not sent: %s", merchant.id, type(fault).__name__)

    async def _posted(self, webhook: WebhookChannel, merchant: PhoneMerchant, sent: Sent, text: str) -> None:
        body = msgspec.json.encode(
            {"merchant": merchant.id, "phone": sent.phone, "code": sent.code, "text": text}
        )
        stamp = str(self._clock.wall_ms() // _MS)
        secret = await asyncio.to_thread(secret_in, Path(webhook.secret_file))
        signature = hmac.digest(secret, f"{stamp}.".encode() + body, sha256).hex()
        headers = {
            "Content-Type": "application/json",
            "CT-Timestamp": stamp,
            "CT-Signature": f"v1={signature}",
        }
        tls = await asyncio.to_thread(_tls, webhook.ca_file)
        async with (
            aiohttp.ClientSession() as client,
            client.post(webhook.url, data=body, headers=headers, allow_redirects=False, ssl=tls) as answer,
        ):
            if answer.status not in _ANSWERED:
                log.warning("a code of %s was not taken: %d", merchant.id, answer.status)


def _tls(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


def _written(path: Path, sent: Sent, text: str) -> None:
    """For its owner alone: whoever reads it signs in as anybody."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(msgspec.json.encode({"phone": sent.phone, "code": sent.code, "text": text}) + b"\n")


def _mailed(email: EmailChannel, merchant: PhoneMerchant, sent: Sent, text: str) -> None:
    message = EmailMessage()
    message["From"] = email.sender
    message["To"] = email.to.replace("{phone}", sent.phone)
    message["Subject"] = merchant.name
    message.set_content(text)
    tls = _tls(email.ca_file)
    with smtplib.SMTP_SSL(email.host, email.port, timeout=SEND_S, context=tls) as server:
        if email.password_file:
            server.login(email.user, Path(email.password_file).read_text("utf-8").strip())
        server.send_message(message)
