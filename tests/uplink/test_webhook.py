"""Entries to a shop's own cloud: in order, at least once, signed; what it never takes is kept and shown."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hq.keys import keys_in
from terminal.core.hook import Held
from terminal.core.wire.link import LinkState
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.posting import NO_ANSWER, Answer, HttpsPost, Post, Unanswered, told_of
from terminal.uplink.settings import Hook
from terminal.uplink.webhook import TRIES, UNHEARD_MAX, UNPROVEN_MAX, Webhook, key_of, secret_of, signature
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import an_id, issue, recharge, sale

SECRET = b"0123456789abcdef0123456789abcdef"
VECTORS = Path(__file__).parents[1] / "vectors" / "webhook"


class Cloud:
    """Answers as it is told, by the entry's id; 200 otherwise, and always for what it took already."""

    def __init__(self) -> None:
        self.answers: dict[str, int | None] = {}
        """None: it is not reached; `NO_ANSWER`: it cuts the connection."""
        self.all: int | None = 200
        """To whatever has no answer of its own; not 200: also to what it took before."""
        self.taken: list[str] = []
        self.sent: list[tuple[bytes, dict[str, str]]] = []
        self._changed = asyncio.Event()

    async def __call__(self, body: bytes, headers: dict[str, str]) -> Answer:
        await asyncio.sleep(0)
        self._changed.set()
        self.sent.append((body, headers))
        key = headers["Idempotency-Key"]
        status = self.answers.get(key, self.all)
        if status is None:
            raise Unreachable("down")
        if status == NO_ANSWER:
            raise Unanswered("the connection was cut")
        if status == 200 and key not in self.taken:
            self.taken.append(key)
        return Answer(status, "" if status == 200 else "no such shop")

    def tries(self, number: int) -> int:
        return sum(headers["Idempotency-Key"] == an_id(number) for _, headers in self.sent)

    def news(self) -> None:
        self._changed.set()

    async def close(self) -> None:
        """Nothing is open."""

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncGenerator[Any, None]:
    opened = await opened_at(tmp_path / "ledger.db")
    await opened.committer.submit(*issue(1))
    await opened.committer.submit(recharge(2, principal=1000))
    await opened.committer.submit(sale(3, 100))
    yield opened
    await opened.close()


class Hooked(list[tuple[LinkState, tuple[Held, ...]]]):
    """What was told, and the webhook that told it."""

    webhook: Webhook
    clock: ManualTime


@asynccontextmanager
async def hooked(
    ledger: Any, cloud: Post, pause_s: int = 60, heartbeat_s: float = 0.01
) -> AsyncGenerator[Hooked, None]:
    """Its pauses take no time here, and `pause_s` each by its clock."""
    states = Hooked()
    clock = states.clock = ManualTime()

    def told(state: LinkState, held: tuple[Held, ...]) -> None:
        states.append((state, held))
        if isinstance(cloud, Cloud):
            cloud.news()

    async def soon(_: float) -> None:
        await clock.pass_s(pause_s)

    states.webhook = Webhook(
        ledger.outbox,
        ledger.hook,
        cloud,
        secret=SECRET,
        backoff=Backoff(bytes, longest_s=60),
        clock=clock,
        heartbeat_s=heartbeat_s,
        fault_s=600,
        on_state=told,
        sleep=soon,
    )
    running = asyncio.create_task(states.webhook.run())
    try:
        async with asyncio.timeout(60):
            yield states
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_each_entry_goes_in_order_with_its_key_and_signature(ledger: Any) -> None:
    cloud = Cloud()
    async with hooked(ledger, cloud):
        await cloud.until(lambda: len(cloud.taken) == 3)
        await ledger.committer.submit(sale(4, 200))
        await cloud.until(lambda: len(cloud.taken) == 4)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3, 4)]
    links = await ledger.outbox.after(0, 10)
    for link, (body, headers) in zip(links, cloud.sent, strict=True):
        assert (body, headers["CT-Seq"], headers["CT-Hash"]) == (link.body, str(link.seq), link.hash.hex())
        said = f"{headers['CT-Timestamp']}.".encode() + body
        assert headers["CT-Signature"] == "v1=" + hmac.new(SECRET, said, sha256).hexdigest()


async def test_while_it_is_not_reached_nothing_overtakes(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = None
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: len(cloud.sent) > 20)
        assert cloud.taken == [an_id(1)]
        assert not states[-1][0].online
        cloud.answers.clear()
        await cloud.until(lambda: len(cloud.taken) == 3)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [502, 503, 504, 301, 307, 401, 403, 404, 405, 407, 408, 425, 429])
async def test_an_answer_that_is_about_the_other_side_or_about_us_is_no_entry_s_fault(
    ledger: Any, status: int
) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = status
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.tries(2) > 4 * TRIES)
        assert not states[-1][0].online
        assert await ledger.hook.held() == ()
        assert cloud.taken == [an_id(1)]
        cloud.answers.clear()
        await cloud.until(lambda: len(cloud.taken) == 3)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [400, 409, 410, 413, 422])
async def test_what_it_refuses_goes_into_quarantine_at_once_and_the_next_ones_go_on(
    ledger: Any, status: int
) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = status
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1), an_id(3)])
        await cloud.until(lambda: bool(states and states[-1][1]))
        assert cloud.tries(2) == 2
    (held,) = await ledger.hook.held()
    assert (held.seq, held.why) == (2, f"answered {status}: no such shop")
    assert states[-1][0].online


async def test_a_fault_on_one_entry_alone_puts_it_aside_after_so_many_tries_and_so_long(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 500
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1), an_id(3)])
        assert any(told.why == "entry 2: answered 500: no such shop" for told, _ in states)
    (held,) = await ledger.hook.held()
    assert (held.seq, held.why) == (2, "answered 500: no such shop")
    assert cloud.tries(2) == 600 // 60 + 2


async def test_an_entry_over_which_it_cuts_the_connection_is_put_aside_like_one_that_it_fails_on(
    ledger: Any,
) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = NO_ANSWER
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1), an_id(3)])
        await cloud.until(lambda: bool(states) and states[-1][0].online)
        assert any(told.why == "entry 2: the connection was cut" for told, _ in states)
        assert cloud.tries(2) == 600 // 60 + 2
        (held,) = await ledger.hook.held()
        assert (held.seq, held.why) == (2, "the connection was cut")
        cloud.answers.clear()
        assert await states.webhook.again() == 1
    assert cloud.taken == [an_id(1), an_id(3), an_id(2)]


async def test_who_cuts_every_connection_is_down_and_nothing_is_put_aside(ledger: Any) -> None:
    cloud = Cloud()
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: len(cloud.taken) == 3)
        cloud.all = NO_ANSWER
        await ledger.committer.submit(sale(4, 200))
        await cloud.until(lambda: cloud.tries(4) > 8 * TRIES)
        assert not states[-1][0].online
        assert await ledger.hook.held() == ()
        assert not await states.webhook.give_up(4, by="Chen")
        cloud.all = 200
        await cloud.until(lambda: len(cloud.taken) == 4)


async def test_where_it_is_silent_on_the_first_of_all_the_next_ones_go_on(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(1)] = NO_ANSWER
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(2), an_id(3)])
        await cloud.until(lambda: bool(states) and states[-1][0].online)
        assert [held.seq for held in await ledger.hook.held()] == [1]
        assert cloud.tries(1) >= 600 // 60 + 2
        cloud.answers.clear()
        assert await states.webhook.again() == 1
    assert cloud.taken == [an_id(2), an_id(3), an_id(1)]


async def test_a_fault_that_came_often_within_a_moment_puts_nothing_aside(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 500
    async with hooked(ledger, cloud, pause_s=0):
        await cloud.until(lambda: cloud.tries(2) > 10 * TRIES)
        assert await ledger.hook.held() == ()


async def test_a_fault_that_lasts_must_have_come_several_times_too(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 500
    async with hooked(ledger, cloud, pause_s=700):
        await cloud.until(lambda: an_id(3) in cloud.taken)
    assert cloud.tries(2) == TRIES + 1


@pytest.mark.parametrize("status", [500, 400])
async def test_where_it_takes_nothing_any_more_nothing_is_put_aside(ledger: Any, status: int) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = None
    async with hooked(ledger, cloud):
        await cloud.until(lambda: cloud.taken == [an_id(1)])
        cloud.answers.clear()
        cloud.all = status
        await cloud.until(lambda: cloud.tries(2) > 50)
        assert await ledger.hook.held() == ()
        cloud.all = 200
        await cloud.until(lambda: len(cloud.taken) == 3)
    assert cloud.taken == [an_id(n) for n in (1, 2, 3)]


@pytest.mark.parametrize("status", [500, 422, NO_ANSWER])
async def test_one_that_never_took_any_has_three_put_aside_and_gets_them_first(
    ledger: Any, status: int
) -> None:
    await ledger.committer.submit(sale(4, 100))
    cloud = Cloud()
    cloud.all = status
    async with hooked(ledger, cloud):
        await cloud.until(lambda: cloud.tries(4) > 30)
        assert [held.seq for held in await ledger.hook.held()] == [1, 2, 3]
        cloud.all = 200
        await cloud.until(lambda: len(cloud.taken) == 4)
    assert sorted(cloud.taken) == [an_id(n) for n in (1, 2, 3, 4)]
    assert UNPROVEN_MAX == 3


async def test_a_person_sends_it_again_when_the_other_side_is_mended(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 422
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: an_id(3) in cloud.taken)
        assert await states.webhook.again() == 0
        cloud.answers.clear()
        assert await states.webhook.again() == 1
        assert await states.webhook.again() == 0
    assert cloud.taken == [an_id(n) for n in (1, 3, 2)]
    assert await ledger.hook.held() == ()


async def test_what_a_person_gives_up_is_not_sent_again(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 422
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: an_id(3) in cloud.taken)
        assert await states.webhook.give_up(2, by="owner")
        assert not await states.webhook.give_up(2, by="owner")
        assert not await states.webhook.give_up(3, by="owner")
    assert await ledger.hook.held() == ()
    before = cloud.tries(2)
    async with hooked(ledger, cloud):
        await ledger.committer.submit(sale(4, 100))
        await cloud.until(lambda: an_id(4) in cloud.taken)
    assert cloud.tries(2) == before
    assert await ledger.hook.taken_before(3) == 1


async def test_a_person_may_give_up_what_everything_waits_behind(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 500
    async with hooked(ledger, cloud, pause_s=0) as states:
        await cloud.until(lambda: bool(states and "entry 2" in states[-1][0].why))
        assert await states.webhook.give_up(2, by="owner")
        await cloud.until(lambda: an_id(3) in cloud.taken)
        assert await ledger.hook.held() == ()


async def test_what_is_in_quarantine_is_sent_again_after_a_start(ledger: Any) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 422
    async with hooked(ledger, cloud):
        await cloud.until(lambda: an_id(3) in cloud.taken)
    cloud.answers.clear()
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: an_id(2) in cloud.taken)
        await cloud.until(lambda: bool(states) and not states[-1][1])
    assert await ledger.hook.held() == ()


async def test_what_is_in_quarantine_is_sent_again_once_an_hour_also_where_each_heartbeat_sells(
    ledger: Any,
) -> None:
    cloud = Cloud()
    cloud.answers[an_id(2)] = 422
    async with hooked(ledger, cloud, heartbeat_s=3600) as states:
        await cloud.until(lambda: an_id(3) in cloud.taken)
        before = cloud.tries(2)
        for number in range(4, 4 + 2 * 12):
            await states.clock.pass_s(300)
            await ledger.committer.submit(sale(number, 1))
            await cloud.until(lambda: cloud.taken[-1] == an_id(number))  # noqa: B023  waited for at once
        assert cloud.tries(2) in {before + 1, before + 2}


async def held_all(ledger: Any, count: int) -> None:
    """So many in quarantine, and nothing else to send."""
    for number in range(4, count + 1):
        await ledger.committer.submit(sale(number, 1))
    for seq in range(1, count + 1):
        await ledger.hook.hold(Held(seq=seq, why="answered 422", since_ms=0))
    await ledger.hook.hook(count)


@pytest.mark.parametrize("status", [500, 503, 404, None])
async def test_one_that_the_other_side_fails_on_keeps_none_behind_it_in_quarantine(
    ledger: Any, status: int | None
) -> None:
    await held_all(ledger, 3)
    cloud = Cloud()
    cloud.answers[an_id(1)] = status
    async with hooked(ledger, cloud):
        await cloud.until(lambda: cloud.taken == [an_id(2), an_id(3)])
        await cloud.until(lambda: cloud.tries(1) > 0)
    assert [held.seq for held in await ledger.hook.held()] == [1]


async def test_where_it_answers_none_some_are_tried_and_others_the_next_time(ledger: Any) -> None:
    await held_all(ledger, 5)
    cloud = Cloud()
    cloud.all = None
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: bool(states))
        assert [cloud.tries(number) for number in range(1, 6)] == [1, 1, 1, 0, 0]
        with pytest.raises(Unreachable):
            await states.webhook.again()
        assert [cloud.tries(number) for number in range(1, 6)] == [2, 1, 1, 1, 1]
        cloud.all = 200
        assert await states.webhook.again() == 5
    assert cloud.taken == [an_id(number) for number in (2, 3, 4, 5, 1)]
    assert UNHEARD_MAX == 3


@pytest.mark.parametrize("status", [400, 500])
async def test_what_is_answered_by_turns_with_being_down_is_not_put_aside(ledger: Any, status: int) -> None:
    class Wavering(Cloud):
        async def __call__(self, body: bytes, headers: dict[str, str]) -> Answer:
            self.answers[an_id(2)] = 503 if self.tries(2) % 2 else status
            return await super().__call__(body, headers)

    cloud = Wavering()
    async with hooked(ledger, cloud):
        await cloud.until(lambda: cloud.tries(2) > 8 * TRIES)
        assert await ledger.hook.held() == ()


async def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = await opened_at(path)
    await ledger.committer.submit(*issue(1))
    cloud = Cloud()
    async with hooked(ledger, cloud) as states:
        await cloud.until(lambda: cloud.taken == [an_id(1)])
        await cloud.until(lambda: bool(states))
    await ledger.close()
    ledger = await opened_at(path)
    await ledger.committer.submit(recharge(2, principal=1000))
    async with hooked(ledger, cloud):
        await cloud.until(lambda: len(cloud.taken) == 2)
    await ledger.close()
    assert cloud.taken == [an_id(1), an_id(2)]


def test_the_vectors_of_the_document_hold() -> None:
    vector = json.loads((VECTORS / "signature.json").read_text(encoding="utf-8"))
    body = (VECTORS / "body.json").read_bytes()
    headers = vector["headers"]
    said = signature(vector["secret"].encode(), int(headers["CT-Timestamp"]), body)
    assert said == headers["CT-Signature"]
    assert key_of(body) == headers["Idempotency-Key"]
    document = (VECTORS.parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")
    assert headers["CT-Signature"] in document


def test_a_secret_is_read_from_its_file_and_must_be_long(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = Hook(url="https://shop.example/hook", secret_file=file)
    file.write_bytes(SECRET + b"\n")
    assert secret_of(settings) == SECRET
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match="32"):
        secret_of(settings)
    with pytest.raises(ValueError, match="secret_file"):
        Hook(url="https://shop.example/hook")


@asynccontextmanager
async def endpoint(folder: Path, answer: Callable[[web.Request, bytes], web.Response]) -> Any:
    """A shop's own cloud over TLS: its address, and the file of its authority."""
    keys = keys_in(folder / "cloud", serial=1, now_ms=SystemClock().wall_ms())
    context = Server(keys.authority, ["127.0.0.1"], SystemClock(), lambda: 9).context
    (ca_file := folder / "ca.pem").write_text(keys.authority.pem)

    async def posted(request: web.Request) -> web.Response:
        return answer(request, await request.read())

    app = web.Application()
    app.router.add_post("/hook", posted)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/hook", ca_file
    finally:
        await runner.cleanup()


async def test_over_https_one_that_it_fails_on_is_put_aside_and_the_rest_arrives_in_order(
    ledger: Any, tmp_path: Path
) -> None:
    taken: list[str] = []
    done = asyncio.Event()

    def answer(request: web.Request, body: bytes) -> web.Response:
        stamp = int(request.headers["CT-Timestamp"])
        assert request.headers["CT-Signature"] == signature(SECRET, stamp, body)
        if request.headers["CT-Seq"] == "2":
            return web.json_response({"detail": "no \x1b[31mcolumn for 19000000301\nTraceback"}, status=500)
        taken.append(request.headers["CT-Seq"])
        if "3" in taken:
            done.set()
        return web.Response(status=204)

    async with endpoint(tmp_path, answer) as (url, ca_file):
        post = HttpsPost(url, deadline_s=30, ca_file=ca_file)
        async with hooked(ledger, post, pause_s=300):
            await done.wait()
    assert list(dict.fromkeys(taken)) == ["1", "3"]
    (held,) = await ledger.hook.held()
    assert (held.seq, held.why) == (2, "answered 500: no ?[31mcolumn for ...")


async def test_a_cloud_whose_authority_nobody_here_knows_gets_nothing(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(_: web.Request, body: bytes) -> web.Response:
        heard.append(body)
        return web.Response()

    async with endpoint(tmp_path, answer) as (url, _):
        post = HttpsPost(url, deadline_s=30)
        with pytest.raises(Unreachable, match="Certificate"):
            await post(b"{}", {})
        await post.close()
    assert heard == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", ""),
        (b"\n\n  no such shop \r\nTraceback", "no such shop"),
        (b'{"title": "Bad", "detail": "field at"}', "field at"),
        (b'{"detail": "", "message": "later"}', "later"),
        (b'{"detail": {"a": 1}}', ""),
        (b"[1]", "[1]"),
        (b"<!DOCTYPE html><html><title>Oops</title>", "Oops"),
        (b"card 6222021234567890 of 13800138000", "card ... of ..."),
        (b"\x1b]0;mine\x07 \xff\xfe \xe2\x80\xaedlog", "?]0;mine? \N{REPLACEMENT CHARACTER}"),
        (b"x" * 5000, "x" * 160),
        (b"[" * 5000, "[" * 160),
    ],
)
def test_what_it_says_is_shown_as_one_short_line_that_no_screen_obeys(said: bytes, told: str) -> None:
    shown = told_of(said)
    assert shown.startswith(told)
    assert shown.isprintable()
    assert len(shown) <= 160


async def test_a_connection_that_is_cut_is_told_from_one_that_there_never_was() -> None:
    gone = asyncio.Event()

    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(cuts, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        post = HttpsPost(url, deadline_s=10)
        with pytest.raises(Unanswered, match="the connection was cut"):
            await post(b"{}", {})
        await gone.wait()
    with pytest.raises(Unreachable) as fault:
        await post(b"{}", {})
    assert not isinstance(fault.value, Unanswered)
    await post.close()


async def test_silence_is_no_answer_to_that_entry() -> None:
    gone = asyncio.Event()

    async def is_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(is_silent, "127.0.0.1", 0) as server:
        post = HttpsPost(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", deadline_s=0.5)
        with pytest.raises(Unanswered, match="no answer within"):
            await post(b"{}", {})
        await post.close()
        await gone.wait()


async def test_it_speaks_http_and_follows_no_redirect() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        post = HttpsPost(f"http://127.0.0.1:{port}/hook", deadline_s=10)
        assert await post(b"{}", {"Idempotency-Key": "x"}) == Answer(302)
        await post.close()
    assert b"POST /hook" in heard[0]
    assert b"Idempotency-Key: x" in heard[0]
