"""Nobody can be known by what a technician sees: logs, journal, figures, doctor, recordings, a bundle.

A piece of the day in `./run`, with all logged that can be, and with things that go wrong; then all of it is
searched for each number, code, PIN, key and name that was there.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from lab.acquirer import SECRET
from lab.group_buy import SECRET as VOUCHER_SECRET
from lab.shop import day, world
from lab.shop.counter import Hand, NotSeen, watching
from lab.shop.people import STAFF
from lab.shop.processes import NotStarted, printed
from lab.shop.world import CARDS
from terminal.config import load

pytestmark = [pytest.mark.device, pytest.mark.hq]

BANK = "6222021234567890128"
PHONE, NAMED = "19000000301", "19000000477"
JOINING = "JOIN:"
LEAKS = Path(__file__).parent / "leaks"
LEAKED = ("王漏漏", "19000000599", "806135")
"""What `leaks/sitecustomize.py` says in every process, by each way past our own lines."""
WAYS = (
    "Exception in callback",
    "Future exception was never retrieved",
    "Task exception was never retrieved",
    "a thread ended by what nobody caught",
    "not to be raised where it happened",
    "ended by what nobody caught",
    "RuntimeWarning",
    "no such member: <str>",
    "two <str>",
    "said at leaks/sitecustomize.py:",
)
written = world.written


def debugging(*arguments: object, **more: object) -> Path:
    path: Path = written(*arguments, **more)  # type: ignore[arg-type]  as the world calls it
    text = path.read_text("utf-8")
    assert "[terminal]\n" in text
    path.write_text(text.replace("[terminal]\n", '[terminal]\nlog = "debug"\n', 1), "utf-8")
    return path


async def goes_wrong(today: day.Day) -> None:
    """A bank's card, a phone where none belongs, and noise, by each reader."""
    shop, hand = today.world, today.hand
    for text in (BANK, NAMED, f"{JOINING}{NAMED}x", "1" * 400, "\x07\x1b[2J" + PHONE):
        shop.scan(text)
        await asyncio.sleep(0.3)
        await away(hand)
    shop.stripe.send(f"%B{BANK}^{NAMED}/X^2512101?;{BANK}=2512101?\r".encode())
    shop.rfid.send(b"\x02" + b"0A00BC614EFF" + b"\x03" + PHONE.encode())
    await asyncio.sleep(1)
    await away(hand)


async def away(hand: Hand) -> None:
    """From whatever is on the screen back to where a customer begins."""
    while hand.screen["state"] != "idle":
        before, offered = hand.screen["step"], {one["do"] for one in hand.screen["choices"]}
        for do in sorted({"done", "cancel"} & offered)[:1]:
            with suppress(NotSeen):  # It left by itself just now.
                await hand.touch(do)
        await hand.until("the next screen", lambda seen, before=before: seen.screen["step"] != before)


async def seen_by_a_technician(today: day.Day) -> None:
    shop = today.world
    config = ("--config", str(shop.config))
    asked = {
        "doctor.json": printed("terminal", "doctor", "--json", *config),
        "doctor.txt": printed("terminal", "doctor", *config),
        "metrics.txt": figures(load(shop.config).file.terminal.socket),
        "trace.txt": printed(
            "terminal", "trace", "scanner", str(shop.folder / "scan.trace"), "--seconds", "3", *config
        ),
    }
    answers = asyncio.gather(*asked.values())
    while not answers.done():  # The recording begins when it begins.
        shop.scan(NAMED)
        await asyncio.sleep(0.5)
    for name, text in zip(asked, await answers, strict=True):
        (shop.folder / name).write_text(text, "utf-8")
    await bundled(shop.folder, shop.config)
    await away(today.hand)


async def bundled(folder: Path, config: Path) -> None:
    """What a technician sends for support, as headquarters opens it; the log of here is the machine's."""
    bundle, archive = folder / "support.bundle", folder / "support.tar.gz"
    await printed("terminal", "support", str(bundle), "--config", str(config))
    data = ("--data", str(folder / "hq"))
    with suppress(NotStarted):  # It prints nothing.
        await printed("hq", "support", str(bundle), str(archive), *data)
    with tarfile.open(archive) as opened:
        for name in opened.getnames():
            file = opened.extractfile(name)
            assert file is not None
            (folder / f"support-{name}").write_bytes(file.read())


async def figures(path: Path) -> str:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    return text


def journal(folder: Path) -> str:
    """Bodies of all entries, as text."""
    with closing(sqlite3.connect(folder / "ledger.db")) as ledger:
        return "\n".join(str(body) for (body,) in ledger.execute("SELECT CAST(body AS TEXT) FROM entries"))


def canaries(folder: Path) -> Iterator[tuple[str, str]]:
    """What must be found nowhere, and what it is."""
    yield from ((number, "phone") for number in (PHONE, NAMED))
    yield from ((text, "what nobody caught") for text in LEAKED)
    yield BANK, "bank card"
    for card in CARDS.values():
        yield card.credential.number, f"card {card.id}"
    yield from ((text, "key of another") for text in (SECRET, VOUCHER_SECRET))
    for file in ("ledger.secret", "ledger.site"):
        key = (folder / file).read_bytes()
        yield from ((form, file) for form in (key.hex(), b64encode(key).decode()))


def seen_in(folder: Path) -> dict[str, str]:
    """All that a technician saw or could have seen, by its name."""
    texts = {path.name: path.read_text("utf-8", errors="replace") for path in folder.glob("*.log")}
    for name in ("doctor.json", "doctor.txt", "metrics.txt", "trace.txt", "scan.trace"):
        texts[name] = (folder / name).read_text("utf-8", errors="replace")
    for path in folder.glob("support-*"):
        texts[path.name] = path.read_text("utf-8", errors="replace")
    return texts | {"journal": journal(folder)}


def pins(folder: Path) -> list[str]:
    drawn: dict[str, str] = json.loads((folder / "staff-pins.json").read_bytes())
    assert len(drawn) == len(STAFF)
    return [*drawn.values()]


async def test_nobody_can_be_known_by_what_a_technician_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "written", debugging)
    monkeypatch.setenv("JOURNAL_STREAM", "8:9")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, [str(LEAKS), os.environ.get("PYTHONPATH")]))
    )
    scenes = (day.join, day.recharge, day.checkout, day.taken_off, goes_wrong, seen_by_a_technician)
    async with world.opened(tmp_path, chips=False, sets=False, whole=True) as shop:
        async with watching(shop.link) as hand:
            await asyncio.sleep(1)  # A tag that is heard sooner lay there when its reader's port was opened.
            today = day.Day(shop, hand)
            for scene in scenes:
                await scene(today)
                await hand.state("idle")
        assert await shop.terminal.stop() == 0
    texts = seen_in(tmp_path)
    _was_there(texts)
    assert found_in(texts, tmp_path) == []
    there = [text for text, _ in canaries(tmp_path)] + pins(tmp_path)
    assert all(found_in({"x": f"of {text.lower()}"}, tmp_path) for text in there)


def found_in(texts: dict[str, str], folder: Path) -> list[tuple[str, str]]:
    """Where, and what. A PIN has six digits, as much else has: it counts where it stands alone."""
    found = [
        (name, what)
        for name, inside in texts.items()
        for text, what in canaries(folder)
        if text.lower() in inside.lower()
    ]
    return found + [
        (name, "PIN")
        for name, inside in texts.items()
        for pin in pins(folder)
        if re.search(rf"(?<![0-9a-fA-F.]){pin}(?![0-9a-fA-F.])", inside)
    ]


def _was_there(texts: dict[str, str]) -> None:
    """A search of nothing finds nothing."""
    events = [json.loads(line.partition(">")[2]) for line in texts["terminal.log"].splitlines()]
    assert {"terminal.kiosk.server", "terminal.drivers.serial_reader"} <= {one["logger"] for one in events}
    assert all(one["event"] for one in events)
    for name in ("terminal.log", "hq.log"):
        for way in WAYS:
            assert way in texts[name], (name, way)
    assert texts["journal"].count('"kind"') > 5
    assert "terminal_written_bytes_total" in texts["metrics.txt"]
    assert "terminal_journal_entries_total" in texts["metrics.txt"]
    assert json.loads(texts["doctor.json"])["well"] in {True, False}
    assert "scanner" in texts["scan.trace"]
    assert 'terminal.site = "S1"' in texts["support-settings.txt"]
    assert json.loads(texts["support-facts.json"])["terminal"] in texts["support-doctor.txt"]
    assert {"support-log.txt", "support-versions.txt"} <= {*texts}
