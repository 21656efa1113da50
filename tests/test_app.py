"""The terminal as a process: it says when it is ready, lives with what breaks, and ends by itself in time."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import pty
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import tty
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from hq.door import Door
from hq.door_memory import MemoryDoor
from hq.keys import Keys, keys_in
from lab.shop.counter import watching
from terminal.app import run
from terminal.config import BadConfig, load
from terminal.core.commands import BookMergePart, Private
from terminal.core.entry import GENESIS
from terminal.core.trust import Credential, Medium
from terminal.core.values import WalletId
from terminal.core.wire.journal import PUSH_PATH, Ack, Welcome
from terminal.core.wire.signing import SIGNATURE_HEADER, answer_signed
from terminal.drivers.codecs.em4100 import frame
from terminal.runtime.clock import SystemClock
from terminal.runtime.tls import Server
from terminal.store.file import Lock
from tests.counter_config import COUNTER
from tests.hq.guest import anyhow, knocked, named
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, recharge

LIMIT_S = 60
"""Nothing here is measured; a test that hangs ends."""

_CONFIG = (
    COUNTER
    + """
[device.front]
driver = "serial_reader"
path = "{folder}/front"

[device.side]
driver = "serial_scanner"
path = "{folder}/side"
"""
)


class Line:
    """A pseudo-terminal under a name that stays, as udev gives it."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.ours, self.theirs = pty.openpty()
        tty.setraw(self.theirs)
        name.symlink_to(os.ttyname(self.theirs))

    def unplug(self) -> None:
        self.name.unlink()
        for descriptor in (self.ours, self.theirs):
            os.close(descriptor)


class Daemon:
    """A running terminal: what it writes, and what systemd hears from it."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        (folder / "notify").unlink(missing_ok=True)
        self.heard.bind(str(folder / "notify"))
        self.heard.settimeout(LIMIT_S)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "terminal", "run", "--config", str(folder / "terminal.toml")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), **environ},
        )
        self.log: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._said: queue.Queue[str] = queue.Queue()
        self._reading = [threading.Thread(target=read, daemon=True) for read in (self._read, self._hear)]
        for one in self._reading:
            one.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            self._lines.put(line)

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put("")

    def logged(self, text: str) -> None:
        """Waits until a line of the log holds it."""
        while text not in self._lines.get(timeout=LIMIT_S):
            pass

    def told(self, state: str) -> str:
        """Waits until systemd hears something that begins so."""
        while not (said := self.heard.recv(4096).decode()).startswith(state):
            pass
        return said

    def ready(self) -> dict[str, Any]:
        line = self._said.get(timeout=LIMIT_S)
        assert line, "".join(self.log)
        said: dict[str, Any] = json.loads(line)
        return said

    def ended(self) -> int:
        code = self.process.wait(LIMIT_S)
        for one in self._reading:
            one.join(LIMIT_S)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.ended()
        self.heard.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


Start = Callable[..., Daemon]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "terminal.toml").write_text(_CONFIG.format(folder=tmp_path))
    return tmp_path


@pytest.fixture
def lines(folder: Path) -> Iterator[dict[str, Line]]:
    found = {name: Line(folder / name) for name in ("front", "side")}
    yield found
    for line in found.values():
        if line.name.is_symlink():
            line.unplug()


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    running: list[Daemon] = []

    def begin(**environ: str) -> Daemon:
        running.append(Daemon(folder, environ))
        return running[-1]

    yield begin
    for daemon in running:
        daemon.close()


def terminal(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "terminal", *command, "--config", str(folder / "terminal.toml")]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=LIMIT_S)


def examined(folder: Path) -> tuple[int, dict[str, Any]]:
    """What `terminal doctor --json` says: exit code, findings by subject."""
    shown = terminal(folder, "doctor", "--json")
    answer = json.loads(shown.stdout)
    return shown.returncode, {one["subject"]: one for one in answer["findings"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.usefixtures("lines")
def test_it_says_ready_and_ends_by_itself_when_told_to(
    folder: Path, start: Start, number: signal.Signals
) -> None:
    daemon = start()
    said = daemon.ready()
    assert said["event"] == "ready"
    daemon.told("READY=1")
    assert daemon.told("STATUS=") == "STATUS=offline, 0 waiting"
    with urllib.request.urlopen(seen_by(said), timeout=LIMIT_S) as page:  # noqa: S310  our own page
        assert page.url == said["kiosk"]
    daemon.process.send_signal(number)
    daemon.told("STOPPING=1")
    assert daemon.ended() == 0
    # Had it taken 2 s, or hung in a device, it would have ended by force and said so.
    assert not [line for line in daemon.log if "force" in line or "not ended" in line]
    assert terminal(folder, "ledger", "verify").returncode == 0
    assert not (folder / "t.sock").exists()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.mark.usefixtures("lines")
def test_where_people_join_is_served_only_where_it_is_configured(folder: Path, start: Start) -> None:
    daemon, port = start(), free_port()
    daemon.ready()
    assert not [line for line in daemon.log if "people join" in line]
    daemon.process.send_signal(signal.SIGTERM)
    daemon.ended()
    with (folder / "terminal.toml").open("a") as file:
        file.write(f'\n[join_page]\naddress = "127.0.0.1"\nport = {port}\n')
    daemon = start()
    daemon.ready()
    daemon.logged(f"people join at http://127.0.0.1:{port}/")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=LIMIT_S) as page:
        assert b"data-text" in page.read()


CARD = "0400193E5A"
_FRAME = b"\x02" + CARD.encode() + b"79\x03"

_PRINTER = """
[device.paper]
driver = "tcp_printer"
host = "127.0.0.1"
port = {port}
"""


def state_shown(events: http.client.HTTPResponse) -> str:
    """The state of the next view that the page is sent."""
    while line := events.readline():
        if line.startswith(b'data: {"screen"'):
            state: str = json.loads(line.removeprefix(b"data: "))["screen"]["state"]
            return state
    raise EOFError("the page was hung up on")


def test_it_ends_in_time_with_a_page_watching_a_sale_begun_and_a_printer_that_says_nothing(
    folder: Path, lines: dict[str, Line], start: Start
) -> None:
    config = folder / "terminal.toml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        paper = _PRINTER.format(port=silent.getsockname()[1])
        config.write_text(config.read_text().replace('id = "T1"', 'id = "T1"\nlog = "debug"') + paper)
        daemon = start()
        asks = seen_by(daemon.ready(), "events")
        page = http.client.HTTPConnection(asks.host, timeout=LIMIT_S)
        page.request("GET", "/events", headers=dict(asks.headers))
        with page.getresponse() as events:
            assert state_shown(events) == "idle"
            os.write(lines["front"].ours, _FRAME)
            while state_shown(events) == "idle":
                pass
            asked, _ = silent.accept()  # The printer is being asked how it is.
            daemon.process.terminate()
            assert daemon.ended() == 0
        page.close()
        asked.close()
    text = "".join(daemon.log)
    assert "force" not in text
    assert "not ended" not in text
    assert CARD not in text
    assert terminal(folder, "ledger", "verify").returncode == 0


@pytest.mark.usefixtures("lines")
def test_the_watchdog_is_fed_before_anything_is_ready(start: Start) -> None:
    daemon = start(WATCHDOG_USEC="60000000")
    assert daemon.heard.recv(4096) == b"WATCHDOG=1"
    daemon.told("READY=1")


def test_a_missing_device_does_not_keep_it_from_being_ready(folder: Path, start: Start) -> None:
    daemon = start()
    daemon.ready()
    code, found = examined(folder)
    assert code == 1
    assert found["terminal"]["well"]
    assert not found["front"]["well"]
    assert "No such file" in found["front"]["reason"]
    assert found["front"]["next_step"]


def test_one_device_that_is_pulled_does_not_touch_the_other_and_comes_back(
    folder: Path, lines: dict[str, Line], start: Start
) -> None:
    daemon = start()
    daemon.ready()
    assert examined(folder)[0] == 0
    lines["front"].unplug()
    daemon.logged("service down: service=device.front")
    code, found = examined(folder)
    assert code == 1
    assert [name for name, one in found.items() if not one["well"]] == ["front"]
    lines["front"] = Line(folder / "front")
    while examined(folder)[0]:  # Backoff: it is tried again in less than five seconds.
        assert daemon.process.poll() is None
    (front,) = [one for one in facts_of(folder)["devices"] if one["name"] == "front"]
    assert front["health"] == "ready"
    assert front["crashes"] >= 1
    (side,) = [one for one in facts_of(folder)["devices"] if one["name"] == "side"]
    assert side["crashes"] == 0


def facts_of(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(terminal(folder, "doctor", "--json").stdout)["facts"]
    return facts


@pytest.mark.usefixtures("lines")
def test_the_doctor_sees_a_terminal_that_does_not_run(folder: Path, start: Start) -> None:
    daemon = start()
    daemon.ready()
    daemon.process.terminate()
    assert daemon.ended() == 0
    code, found = examined(folder)
    assert code == 1
    assert [name for name, one in found.items() if not one["well"]] == ["terminal"]
    assert found["front"]["reason"] == "reader ready"


@pytest.mark.usefixtures("lines")
def test_whoever_asks_it_hears_of_backups_whether_it_runs_or_not(folder: Path, start: Start) -> None:
    daemon = start()
    daemon.ready()
    stick = folder / "stick"
    assert terminal(folder, "ledger", "backup", str(stick)).returncode == 1
    code, found = examined(folder)
    assert (code, found["backups"]["amber"]) == (0, True)
    assert f"the last try failed: {stick}: " in found["backups"]["reason"]
    assert "terminal_backup_tries_failed 1\n" in figures(facts_socket(folder))
    assert terminal(folder, "ledger", "backup", "--same-disk", str(stick)).returncode == 0
    assert f"the last one, in {stick}, is of " in examined(folder)[1]["backups"]["reason"]
    told = figures(facts_socket(folder))
    assert "terminal_backup_tries_failed 0\n" in told
    assert "terminal_backup_last_success_timestamp_seconds " in told
    daemon.process.terminate()
    assert daemon.ended() == 0
    assert "on the disk of the ledger, so it outlives no disk" in examined(folder)[1]["backups"]["reason"]


def facts_socket(folder: Path) -> Path:
    return load(folder / "terminal.toml").file.terminal.socket


def figures(path: Path) -> str:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as asking:
        asking.connect(str(path))
        asking.sendall(b"GET /metrics HTTP/1.1\r\nHost: t\r\n\r\n")
        return b"".join(iter(lambda: asking.recv(4096), b"")).decode()


def test_a_device_may_be_called_like_a_service_of_the_terminal(folder: Path, start: Start) -> None:
    config = folder / "terminal.toml"
    config.write_text(config.read_text().replace("[device.front]", "[device.counter]"))
    line = Line(folder / "front")
    start().ready()
    devices = [
        (one["kind"], one["health"]) for one in facts_of(folder)["devices"] if one["name"] == "counter"
    ]
    line.unplug()
    assert devices == [("reader", "ready"), ("service", "ready")]


def test_the_doctor_makes_nothing_where_nothing_is(folder: Path) -> None:
    code, found = examined(folder)
    assert code == 1
    assert "there is no ledger yet" in found["ledger"]["reason"]
    assert "start it" in found["ledger"]["next_step"]
    assert "No such file" in found["front"]["reason"]
    assert not (folder / "data").exists()


def test_the_doctor_says_why_a_ledger_cannot_be_made(folder: Path) -> None:
    config = folder / "terminal.toml"
    config.write_text(config.read_text().replace('"data/ledger.db"', '"/proc/nothing/ledger.db"'))
    _, found = examined(folder)
    assert found["ledger"]["reason"] == "/proc/nothing/ledger.db cannot be made: /proc keeps no files"
    assert found["disk"]["reason"] == "/proc is on no disk"


@pytest.mark.usefixtures("lines")
def test_a_second_terminal_on_the_same_ledger_says_who_holds_it(folder: Path, start: Start) -> None:
    first = start()
    first.ready()
    second = start()
    assert second.ended() == 1
    assert f"held by process {first.process.pid}" in "".join(second.log)
    assert "nobody caught" not in "".join(second.log)
    assert examined(folder)[0] == 0


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("stopped", [False, True])
def test_a_tool_that_has_the_ledger_is_waited_for(
    folder: Path,
    start: Start,
    stopped: bool,  # noqa: FBT001
) -> None:
    """As a backup that began just before: ended at once, ten starts would be over in half a minute."""
    tool = Lock(folder / "data" / "ledger.db")
    daemon = start()
    daemon.told(f"STATUS=waits: {folder / 'data' / 'ledger.lock'}: held by process {os.getpid()}")
    if stopped:
        daemon.process.terminate()
        assert daemon.ended() == 0
    tool.release()
    if not stopped:
        daemon.ready()
        assert examined(folder)[0] == 0


@pytest.mark.usefixtures("lines")
def test_after_a_kill_it_starts_again_over_what_was_left(folder: Path, start: Start) -> None:
    first = start()
    first.ready()
    first.process.kill()
    first.ended()
    assert (folder / "t.sock").exists()
    start().ready()
    assert examined(folder)[0] == 0


@pytest.mark.usefixtures("lines")
async def test_a_merge_that_was_cut_off_between_its_parts_is_done_before_anybody_can_pay(
    folder: Path, start: Start
) -> None:
    (folder / "data").mkdir()
    ledger = await opened_at(folder / "data" / "ledger.db")
    for number in (1, 2):
        await ledger.committer.submit(*issue(number, number))
    loads = [(replace(recharge(10 + n, principal=100), card=None), None) for n in range(500)]
    await ledger.committer.submit_all(loads)
    ahead = BookMergePart(id=an_id(900), at=AT, wallet=WalletId("w1"), into=WalletId("w2"))
    await ledger.committer.submit(replace(ahead, begins=True))
    await ledger.committer.submit(replace(ahead, id=an_id(901)))
    await ledger.close()
    daemon = start()
    daemon.ready()
    daemon.process.kill()
    daemon.ended()
    ledger = await opened_at(folder / "data" / "ledger.db")
    found = await ledger.committer.ask(
        lambda state: [dict(state.holdings(WalletId(one))) for one in ("w1", "w2")]
    )
    await ledger.close()
    assert found == [{}, {"principal": 50_000}]


@pytest.mark.usefixtures("lines")
def test_where_somebody_writes_invoices_the_doctor_tells_what_waits(folder: Path, start: Start) -> None:
    path = folder / "terminal.toml"
    path.write_text(path.read_text() + '\n[invoice]\nfolder = "invoices"\n')
    start().ready()
    found = examined(folder)[1]["invoices"]
    assert (found["well"], found["reason"]) == (True, "none waits to be written")


@pytest.mark.usefixtures("lines")
def test_the_page_address_being_taken_is_seen_by_the_doctor(folder: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = folder / "terminal.toml"
        config.write_text(config.read_text().replace("port = 0", f"port = {taken.getsockname()[1]}"))
        daemon = start()
        daemon.logged("service down: service=kiosk")
        code, found = examined(folder)
        while "kiosk" not in found:  # The terminal does not answer questions yet.
            assert daemon.process.poll() is None
            code, found = examined(folder)
        assert code == 1
        assert "Address already in use" in found["kiosk"]["reason"]
    daemon.told("READY=1")


@pytest.mark.parametrize(
    "uses",
    [
        '[webhook]\nurl = "https://a.example"',
        '[invoice]\nurl = "https://a.example"',
        '[invoice]\nclaim = "{entry}{amount}{check}"',
        '[acquirer]\nurl = "https://a.example"',
        '[group_buy]\nurl = "https://a.example"',
    ],
)
def test_a_key_that_was_not_put_there_is_a_fault_of_the_configuration(uses: str, tmp_path: Path) -> None:
    """It was ten starts, each of which opened the ledger."""
    config = tmp_path / "terminal.toml"
    config.write_text(f'{COUNTER}\n{uses}\nsecret_file = "key"\n')
    with pytest.raises(BadConfig, match=rf"\.secret_file: {tmp_path}/key: No such file or directory"):
        run(config)
    assert [one.name for one in tmp_path.iterdir()] == ["terminal.toml"]


def test_nothing_is_tried_again_without_that_key(folder: Path) -> None:
    with (folder / "terminal.toml").open("a") as config:
        config.write('[acquirer]\nurl = "https://a.example"\nsecret_file = "key"\n')
    shown = terminal(folder, "run")
    assert (shown.returncode, shown.stdout) == (2, "")  # RestartPreventExitStatus= of its unit.
    assert shown.stderr == f"acquirer.secret_file: {folder}/key: No such file or directory\n"


def test_a_configuration_that_cannot_be_used_names_all_mistakes(folder: Path) -> None:
    config = folder / "terminal.toml"
    config.write_text(
        config.read_text().replace('id = "T1"', 'idd = "T1"').replace("serial_reader", "serial_readr")
    )
    shown = terminal(folder, "run")
    assert shown.returncode == 2
    assert shown.stderr.splitlines() == [
        "terminal.idd: unknown (did you mean id?)",
        "terminal.id: missing: 1 to 16 letters, digits or _",
        "device.front.driver: no driver is called 'serial_readr' (did you mean serial_reader?)",
    ]


@pytest.mark.usefixtures("lines")
def seen_by(said: dict[str, Any], what: str = "") -> urllib.request.Request:
    """Asks for it as a browser that came in by the link."""
    url, _, word = Path(said["link"]).read_text().strip().partition("enter#")
    assert url == said["kiosk"]
    headers = {"Origin": url.rstrip("/"), "Content-Type": "application/json"}
    enters = urllib.request.Request(f"{url}enter", json.dumps({"word": word}).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(enters, timeout=LIMIT_S) as answer:  # noqa: S310  our own page
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    return urllib.request.Request(f"{url}{what}", headers={"Cookie": cookie})  # noqa: S310  our own page


def page_of(said: dict[str, Any]) -> dict[str, Any]:
    """The first screen that the page is sent."""
    with urllib.request.urlopen(seen_by(said, "events"), timeout=LIMIT_S) as answer:  # noqa: S310  our own
        for line in answer:
            if line.startswith(b"data: ") and b'"screen"' in line:
                view: dict[str, Any] = json.loads(line[6:])
                return view
    raise AssertionError("no screen came")


def spoilt(folder: Path, what: str) -> None:
    """Does to a shop's files what somebody or something could."""
    ledger = folder / "data" / "ledger.db"
    match what:
        case "no database":
            ledger.write_bytes(b"not a database" * 1000)
        case "cut short":
            os.truncate(ledger, 5000)
        case "gone":
            ledger.unlink()
        case "secret gone":
            ledger.with_suffix(".secret").unlink()
        case "another secret":
            ledger.with_suffix(".secret").write_bytes(bytes(64))
        case "another site":
            config = folder / "terminal.toml"
            config.write_text(config.read_text().replace('site = "S1"', 'site = "S2"'))
        case "newer":
            with contextlib.closing(sqlite3.connect(ledger)) as connection:
                connection.execute("PRAGMA user_version = 99")
                connection.execute("UPDATE meta SET value = 99 WHERE name = 'openable_from'")
                connection.commit()


@pytest.mark.parametrize(
    ("what", "code", "said"),
    [
        ("no database", "L103", "not a database"),
        ("cut short", "L103", "ledger.db"),
        ("gone", "L103", "was here and is gone"),
        ("secret gone", "L103", "nobody's card, phone or name"),
        ("another secret", "L103", "not the one this ledger was made with"),
        ("another site", "L103", "belongs to site S1, not S2"),
        ("newer", "L105", "needs a program of schema 99"),
    ],
)
@pytest.mark.usefixtures("lines")
def test_a_ledger_that_does_not_open_is_named_on_the_page_and_to_the_technician(
    folder: Path, start: Start, what: str, code: str, said: str
) -> None:
    whole = folder / "whole"
    daemon = start()
    daemon.ready()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.ended() == 0
    shutil.copytree(folder / "data", whole)
    config = (folder / "terminal.toml").read_text()
    spoilt(folder, what)
    daemon = start()
    closed = daemon.ready()
    assert (closed["event"], closed["code"]) == ("closed", code)
    assert said in daemon.told("STATUS=cannot sell")
    screen = page_of(closed)["screen"]
    assert (screen["state"], screen["code"]) == ("closed", code)
    assert said in screen["lines"][0]["label"]["values"]["why"]
    well, findings = examined(folder)
    assert well == 1
    assert findings["terminal"]["well"]
    assert not findings["ledger"]["well"]
    if what == "another site":
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.ended() == 0
        (folder / "terminal.toml").write_text(config)
        return
    for one in whole.iterdir():  # Somebody puts the files back: it sells by itself.
        one.replace(folder / "data" / one.name)
    assert daemon.ready()["event"] == "ready"


def broken_page(ledger: Path, table: str) -> None:
    """As a card that fails leaves it: nonsense in the middle of the file, where no start looks."""
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    with ledger.open("rb+") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


def closes(said: dict[str, Any]) -> dict[str, Any]:
    """Waits until the page shows that nothing is sold; the whole view."""
    with urllib.request.urlopen(seen_by(said, "events"), timeout=LIMIT_S) as answer:  # noqa: S310  our own
        for line in answer:
            if line.startswith(b"data: ") and b'"screen"' in line:
                view: dict[str, Any] = json.loads(line[6:])
                if view["screen"]["state"] == "closed":
                    return view
    raise AssertionError("it sold on")


@pytest.mark.usefixtures("lines")
def test_damage_that_the_start_meets_beside_the_journal_closes_the_counter(
    folder: Path, start: Start
) -> None:
    daemon = start()
    daemon.ready()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.ended() == 0
    broken_page(folder / "data" / "ledger.db", "print_jobs")
    daemon = start()
    view = closes(daemon.ready())
    assert (view["screen"]["code"], view["status"]["halted_code"]) == ("L103", "L103")
    well, findings = examined(folder)
    assert well == 1
    assert "terminal ledger restore" in findings["ledger"]["next_step"]


@pytest.mark.usefixtures("lines")
def test_damage_that_a_technician_finds_closes_the_counter(folder: Path, start: Start) -> None:
    daemon = start()
    daemon.ready()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.ended() == 0
    broken_page(folder / "data" / "ledger.db", "shifts")
    daemon = start()
    said = daemon.ready()
    assert terminal(folder, "ledger", "verify").returncode == 1
    assert closes(said)["screen"]["code"] == "L103"


class Elsewhere(BaseHTTPRequestHandler):
    """Headquarters two hours behind us, to a site that has nothing to send."""

    protocol_version = "HTTP/1.1"
    keys: Keys

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"]))
        hq_time = time.time_ns() // 1_000_000 - 7_200_000
        told: Welcome | Ack = Welcome(
            hq_epoch=1,
            epoch=0,
            instance=json.loads(question)["instance"],
            instance_no=1,
            nonce="n1",
            acked=0,
            head=GENESIS.hex(),
            hq_time=hq_time,
        )
        if self.path == PUSH_PATH:
            told = Ack(hq_epoch=1, epoch=0, acked=0, nonce="n2")
        body = msgspec.json.encode(told)
        signature = self.keys.sign(answer_signed(self.path, question, body))
        self.send_response(200)
        self.send_header(SIGNATURE_HEADER, b64encode(signature).decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("lines")
def test_the_doctor_sees_how_far_the_clock_is_from_headquarters(folder: Path, start: Start) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        Elsewhere.keys = keys_in(folder / "hq", serial=1, now_ms=SystemClock().wall_ms())
        tls = Server(Elsewhere.keys.authority, ["127.0.0.1"], SystemClock(), lambda: 5).context
        elsewhere.socket = tls.wrap_socket(elsewhere.socket, server_side=True)
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        config = folder / "terminal.toml"
        url = f"https://127.0.0.1:{elsewhere.server_address[1]}"
        (folder / "data").mkdir(exist_ok=True)
        door = Door(MemoryDoor(), Elsewhere.keys, SystemClock(), os.urandom)
        anyhow(knocked(door, named("M1"), url)).credentials(folder / "data" / "ledger.hq")
        config.write_text(f'{config.read_text()}\n[headquarters]\nurl = "{url}"\n')
        daemon = start()
        daemon.ready()
        daemon.logged("link online")
        _, found = examined(folder)
        elsewhere.shutdown()
    assert found["queue"]["well"]
    assert not found["clock"]["well"]
    said = re.search(
        r"([+-]\d+\.\d) s from headquarters(?:; set right by ([+-]\d+\.\d) s)?", found["clock"]["reason"]
    )
    assert said is not None
    wrong = float(said[1]) - float(said[2] or 0)  # Set right, where nobody keeps this machine's clock.
    assert abs(wrong - 7_200) < LIMIT_S  # By what the question was on its way.


_CREAM = """
[[catalogue.article]]
sku = "P01"
name = "面霜"
category = "care"
price = 500
barcodes = ["6900000000014"]
cycle_days = 1
"""


async def test_what_a_member_buys_is_told_at_the_next_tap(
    folder: Path, lines: dict[str, Line], start: Start
) -> None:
    (folder / "data").mkdir()
    ledger = await opened_at(folder / "data" / "ledger.db")
    command, _ = issue(1)
    numbers = [f"0400193E{last:02X}" for last in range(9)]  # Of one wallet: one that lies there is not read.
    cards = tuple(Credential(medium=Medium.EM4100, number=number) for number in numbers)
    await ledger.committer.submit(command, Private(credentials=cards))
    await ledger.close()
    config = folder / "terminal.toml"
    config.write_text(config.read_text() + _CREAM)
    said = start().ready()
    async with watching(said["link"]) as hand:
        await hand.touch("start", "checkout")
        os.write(lines["side"].ours, b"6900000000014\r")
        await hand.until("the cream", lambda seen: bool(seen.screen["lines"]))
        await hand.touch("done")
        await hand.state("ready")
        await hand.until("the reader", lambda seen: seen.status["devices"][0]["health"] == "ready")
        await asyncio.sleep(1)  # What it tells sooner lay there before it was opened.
        os.write(lines["front"].ours, frame(numbers.pop()))
        await hand.state("choosing")
        await hand.touch("pick", "cash")
        await hand.touch("key", "5.00")
        await hand.touch("confirm")
        await hand.state("approved")
        await hand.touch("done")
        notes: list[str] = []
        while not any("used up" in note for note in notes):  # It is read behind the sale.
            await hand.touch("start", "recharge")
            await hand.state("ready")
            os.write(lines["front"].ours, frame(numbers.pop()))
            await hand.until("whose it is", lambda seen: bool(seen.screen["holder"]))
            notes = [note["text"] for note in hand.screen["holder"]["notes"]]
            await hand.touch("cancel")
            await hand.touch("done")
            await asyncio.sleep(0.5)
