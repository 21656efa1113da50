"""Webhook mode: each entry to an HTTPS endpoint of the shop's own cloud, in order, at least once, signed.

The endpoint takes an entry with any 2xx answer. While it does not answer, or answers 5xx, 408, 425 or 429,
the entry is sent again for ever and what follows waits behind it. Any other answer means that it will never
take that entry: after some tries it is put into quarantine, where people see it, and the next ones go on.
What is in quarantine is never dropped; it is tried again after every start and once an hour. See
docs/webhook.md.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn, Protocol

import msgspec
from msgspec import Struct

from terminal.core.entry import Link
from terminal.core.hook import Held, HookLedger
from terminal.core.ports import Clock, Outbox
from terminal.core.wire.link import LinkCondition, LinkState, LinkTrouble
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.settings import Hook

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = logging.getLogger(__name__)

TRIES = 5
"""With an answer that will not change, before an entry goes into quarantine."""
_AGAIN_MS = 3_600_000
_AHEAD = 100
_LATER = frozenset({408, 425, 429})
_TAKEN = range(200, 300)
_FAULTS = 500
_SECRET_BYTES_MIN = 32


class Post(Protocol):
    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer, which is not read. Raises Unreachable."""
        ...

    async def close(self) -> None: ...


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """`CT-Signature`: HMAC-SHA-256 (RFC 2104) over the timestamp's digits, a full stop and the body."""
    return "v1=" + hmac.digest(secret, f"{timestamp}.".encode() + body, sha256).hex()


class HttpsPost:
    """One kept connection. aiohttp is imported with the first entry."""

    def __init__(self, url: str, *, deadline_s: float) -> None:
        self._url = url
        self._deadline_s = deadline_s
        self._session: ClientSession | None = None

    async def __call__(self, body: bytes, headers: dict[str, str]) -> int:
        import aiohttp  # noqa: PLC0415  0.1 s of processor time that a shop without a webhook never spends

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                # A redirect would hand the journal to whoever sent it.
                self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status
        except TimeoutError as fault:
            raise Unreachable(f"no answer within {self._deadline_s:g} s") from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise Unreachable(f"{type(fault).__name__}: {fault}"[:200]) from fault

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class Webhook:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        outbox: Outbox,
        ledger: HookLedger,
        post: Post,
        *,
        secret: bytes,
        backoff: Backoff,
        clock: Clock,
        heartbeat_s: float,
        on_state: Callable[[LinkState, tuple[Held, ...]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`on_state(state, held)`: how it goes, and what is in quarantine."""
        self._outbox = outbox
        self._ledger = ledger
        self._post = post
        self._secret = secret
        self._backoff = backoff
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._on_state = on_state
        self._sleep = sleep
        self._tried_ms: int | None = None
        self._tries = 0

    async def run(self) -> NoReturn:
        try:
            while True:
                try:
                    await self._again()
                    await self._forward()
                except Unreachable as fault:
                    await self._tell(LinkCondition.OFFLINE, str(fault), fault.trouble)
                    await self._sleep(self._backoff.next_s())
        finally:
            await self._post.close()

    async def _forward(self) -> None:
        """Until nothing was booked for a heartbeat."""
        while True:
            sent = await self._ledger.hooked()
            links = await self._outbox.after(sent, _AHEAD)
            for link in links:
                await self._one(link)
            if links:
                await self._ledger.hook(links[-1].seq)
                continue
            await self._tell(LinkCondition.ONLINE)
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    await self._outbox.grown(sent)
            except TimeoutError:
                return

    async def _one(self, link: Link) -> None:
        """Taken, or in quarantine. Raises Unreachable: what was taken before it is written down."""
        while True:
            try:
                status = await self._send(link)
            except Unreachable:
                await self._ledger.hook(link.seq - 1)
                raise
            if status in _TAKEN:
                self._tries = 0
                self._backoff.reset()
                return
            self._tries += 1
            if self._tries >= TRIES:
                self._tries = 0
                why = f"answered {status}, {TRIES} times"
                log.error("webhook: entry %d goes into quarantine: %s", link.seq, why)
                await self._ledger.hold(Held(seq=link.seq, why=why, since_ms=self._clock.wall_ms()))
                await self._tell(LinkCondition.ONLINE)
                return
            await self._sleep(self._backoff.next_s())

    async def _send(self, link: Link) -> int:
        """Raises Unreachable for what may be otherwise next time."""
        timestamp = self._clock.wall_ms() // 1000
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key_of(link.body),
            "CT-Seq": str(link.seq),
            "CT-Hash": link.hash.hex(),
            "CT-Timestamp": str(timestamp),
            "CT-Signature": signature(self._secret, timestamp, link.body),
        }
        status = await self._post(link.body, headers)
        reached("webhook.sent")
        if status >= _FAULTS or status in _LATER:
            trouble = LinkTrouble.FAILING if status >= _FAULTS else LinkTrouble.REFUSED
            raise Unreachable(f"answered {status}", trouble)
        return status

    async def _again(self) -> None:
        """What is in quarantine, once an hour: somebody may have mended the other side."""
        now = self._clock.mono_ms()
        if self._tried_ms is not None and now - self._tried_ms < _AGAIN_MS:
            return
        self._tried_ms = now
        for held in await self._ledger.held():
            (link,) = await self._outbox.after(held.seq - 1, 1)
            if await self._send(link) in _TAKEN:
                await self._ledger.let_go(held.seq)
                log.warning("webhook: entry %d was taken out of quarantine", held.seq)

    async def _tell(
        self, condition: LinkCondition, why: str = "", trouble: LinkTrouble | None = None
    ) -> None:
        state = LinkState(condition=condition, why=why, trouble=trouble)
        self._on_state(state, tuple(await self._ledger.held()))


def secret_of(settings: Hook) -> bytes:
    """Raises ValueError or OSError where it is none."""
    if settings.secret_file is None:
        raise ValueError("webhook.secret_file is not set")
    secret = settings.secret_file.read_bytes().strip()
    if len(secret) < _SECRET_BYTES_MIN:
        raise ValueError(f"{settings.secret_file}: less than {_SECRET_BYTES_MIN} bytes")
    return secret


class _Named(Struct, frozen=True):
    id: str


_named = msgspec.json.Decoder(_Named)


def key_of(body: bytes) -> str:
    """`Idempotency-Key`: the entry's id. The same id is one effect, however often it comes."""
    return _named.decode(body).id
