"""Who writes invoices: files in a folder that may be gone, and a service that may say anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace

from terminal.core.invoicing import Outcome, Request, Said, Standing
from terminal.core.wire.invoicing import body_of
from terminal.uplink.courier import Unreachable
from terminal.uplink.invoice_folder import FolderWriter
from terminal.uplink.invoice_hook import HookWriter
from terminal.uplink.invoice_writers import writer_of
from terminal.uplink.posting import Answer, HttpsPost, Unanswered
from terminal.uplink.settings import Invoices
from terminal.uplink.webhook import signature
from tests.core.test_invoicing import ASKER, ID, REQUEST
from tests.desk.fakes import ManualTime
from tests.uplink.test_webhook import endpoint

SECRET = b"0123456789abcdef0123456789abcdef"
NUMBER = "24312000000012345678"
TAKEN = replace(REQUEST, standing=Standing.TAKEN)


def answers(folder: Path, **fields: object) -> None:
    (folder / f"{ID}.answer.json").write_text(json.dumps({"id": ID, **fields}))


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


async def test_a_request_is_one_file_there_whole(folder: Path) -> None:
    writer = FolderWriter(folder, ASKER)
    assert await writer.ask(REQUEST) == Said(outcome=Outcome.TAKEN)
    assert names(folder) == [f"{ID}.json"]
    file = folder / f"{ID}.json"
    assert file.read_bytes() == body_of(REQUEST, ASKER)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_whoever_took_it_away_has_it(folder: Path) -> None:
    writer = FolderWriter(folder, ASKER)
    await writer.ask(REQUEST)
    (folder / f"{ID}.json").unlink()
    assert await writer.ask(TAKEN) == Said(outcome=Outcome.TAKEN)
    assert names(folder) == []


async def test_a_power_cut_before_it_is_known_as_taken_writes_the_same_once_more(folder: Path) -> None:
    writer = FolderWriter(folder, ASKER)
    await writer.ask(REQUEST)
    (folder / f"{ID}.json-new").write_bytes(b"half")
    await writer.ask(REQUEST)
    assert names(folder) == [f"{ID}.json"]


@pytest.mark.parametrize("request_", [REQUEST, TAKEN])
async def test_a_number_beside_it_is_the_answer(folder: Path, request_: Request) -> None:
    writer = FolderWriter(folder, ASKER)
    await writer.ask(REQUEST)
    answers(folder, outcome="written", number=NUMBER)
    assert await writer.ask(request_) == Said(outcome=Outcome.WRITTEN, number=NUMBER)
    await writer.over(ID)
    assert names(folder) == []
    await writer.over(ID)


async def test_a_refusal_counts_until_it_is_asked_anew(folder: Path) -> None:
    writer = FolderWriter(folder, ASKER)
    await writer.ask(REQUEST)
    answers(folder, outcome="refused", why="no such company")
    refused = Said(outcome=Outcome.REFUSED, why="no such company")
    assert await writer.ask(TAKEN) == refused
    assert await writer.ask(TAKEN) == refused
    assert await writer.ask(REQUEST) == Said(outcome=Outcome.TAKEN)
    assert names(folder) == [f"{ID}.json"]


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"x" * 5_000, b'{"id": "another", "outcome": "written", "number": "24312000"}']
)
async def test_nonsense_in_an_answer_is_none(folder: Path, body: bytes) -> None:
    writer = FolderWriter(folder, ASKER)
    await writer.ask(REQUEST)
    (folder / f"{ID}.answer.json").write_bytes(body)
    assert (await writer.ask(TAKEN)).outcome is Outcome.UNKNOWN


async def test_a_stick_that_is_not_there_is_no_folder_of_that_name(tmp_path: Path) -> None:
    writer = FolderWriter(tmp_path / "away", ASKER)
    for request in (REQUEST, TAKEN):
        said = await writer.ask(request)
        assert (said.outcome, said.why.startswith(str(tmp_path / "away"))) == (Outcome.UNKNOWN, True)
    await writer.over(ID)
    assert names(tmp_path) == []


async def test_an_answer_that_is_a_folder_is_told(folder: Path) -> None:
    (folder / f"{ID}.answer.json").mkdir()
    assert (await FolderWriter(folder, ASKER).ask(REQUEST)).outcome is Outcome.UNKNOWN


class Service:
    """The shop's own, that answers as the test says."""

    def __init__(self, *answers: Answer | Unreachable) -> None:
        self._answers = list(answers)
        self.sent: list[tuple[bytes, dict[str, str]]] = []

    async def __call__(self, body: bytes, headers: dict[str, str]) -> Answer:
        self.sent.append((body, headers))
        answer = self._answers.pop(0)
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    async def close(self) -> None:
        """Nothing is open."""


def hook(*answers: Answer | Unreachable) -> tuple[HookWriter, Service]:
    service = Service(*answers)
    return HookWriter(service, ASKER, secret=SECRET, clock=ManualTime()), service


def says(**fields: object) -> Answer:
    return Answer(200, said=json.dumps({"id": ID, **fields}).encode())


async def test_it_is_posted_signed_as_entries_are_under_its_own_id() -> None:
    writer, service = hook(says(outcome="written", number=NUMBER))
    assert await writer.ask(REQUEST) == Said(outcome=Outcome.WRITTEN, number=NUMBER)
    ((body, headers),) = service.sent
    assert body == body_of(REQUEST, ASKER)
    assert headers["Idempotency-Key"] == ID
    seconds = ManualTime().wall_ms() // 1000
    assert headers["CT-Timestamp"] == str(seconds)
    assert headers["CT-Signature"] == signature(SECRET, seconds, body)
    await writer.over(ID)


async def test_what_was_taken_is_asked_about_by_the_same_request() -> None:
    writer, service = hook(Answer(202), says(outcome="taken"), says(outcome="written", number=NUMBER))
    assert (await writer.ask(REQUEST)).outcome is Outcome.TAKEN
    assert (await writer.ask(TAKEN)).outcome is Outcome.TAKEN
    assert (await writer.ask(TAKEN)).outcome is Outcome.WRITTEN
    assert len({body for body, _ in service.sent}) == 1


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_what_it_says_of_this_request_is_a_refusal(status: int) -> None:
    writer, _ = hook(Answer(status, "no such company"))
    assert await writer.ask(REQUEST) == Said(outcome=Outcome.REFUSED, why="no such company")


@pytest.mark.parametrize("status", [301, 401, 403, 404, 408, 429, 500, 503])
async def test_what_it_says_of_us_or_itself_is_no_refusal(status: int) -> None:
    writer, _ = hook(Answer(status, "whatever"))
    assert await writer.ask(REQUEST) == Said(outcome=Outcome.UNKNOWN, why=f"answered {status}")


@pytest.mark.parametrize(
    "answer",
    [
        Unreachable("no way there"),
        Unanswered("no answer within 10 s"),
        Answer(200, said=b"<html>"),
        Answer(200, said=b'{"id": "another", "outcome": "written", "number": "24312000"}'),
    ],
)
async def test_silence_nonsense_and_anothers_answer_are_none(answer: Answer | Unreachable) -> None:
    writer, _ = hook(answer)
    said = await writer.ask(REQUEST)
    assert said.outcome is Outcome.UNKNOWN
    assert said.why


def test_the_settings_say_who_it_is(tmp_path: Path) -> None:
    assert isinstance(writer_of(Invoices(folder=tmp_path), ASKER, ManualTime()), FolderWriter)
    file = tmp_path / "secret"
    settings = Invoices(url="https://invoice.example/requests", secret_file=file)
    file.write_bytes(SECRET)
    assert isinstance(writer_of(settings, ASKER, ManualTime()), HookWriter)
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match="32"):
        writer_of(settings, ASKER, ManualTime())


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"url": "http://invoice.example"}, "url"),
        ({"url": "https://invoice.example"}, "secret_file"),
        ({"url": "https://invoice.example", "folder": Path("x"), "secret_file": Path("y")}, "one of them"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Invoices(**settings)  # type: ignore[arg-type]


async def test_over_tls_the_answer_is_read_and_no_more_of_it_than_an_answer_has(tmp_path: Path) -> None:
    long = [b"x" * 100_000, json.dumps({"id": ID, "outcome": "written", "number": NUMBER}).encode()]

    def answer(_request: web.Request, body: bytes) -> web.Response:
        assert body == body_of(REQUEST, ASKER)
        return web.Response(body=long.pop())

    async with endpoint(tmp_path, answer) as (url, ca_file):
        post = HttpsPost(url, deadline_s=10, ca_file=ca_file, hears=True)
        writer = HookWriter(post, ASKER, secret=SECRET, clock=ManualTime())
        try:
            assert await writer.ask(REQUEST) == Said(outcome=Outcome.WRITTEN, number=NUMBER)
            assert (await writer.ask(REQUEST)).outcome is Outcome.UNKNOWN
        finally:
            await post.close()
