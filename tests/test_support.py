"""`terminal support`: what is in it, what is not, and who opens it."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from hq.__main__ import main as hq
from hq.typed import opened_keys
from terminal import support
from terminal.__main__ import main
from terminal.config import load
from terminal.core.commands import ClockTrust
from terminal.core.hook import Held
from terminal.core.values import SiteId, TerminalId
from terminal.maintenance.facts import (
    ClockFacts,
    DiskFacts,
    ErasureFacts,
    Facts,
    HandheldFacts,
    HookFacts,
    InvoiceFacts,
    LedgerFacts,
    QueueFacts,
)
from terminal.menu import Machine
from terminal.runtime.bundle import HEAD, NoBundle, archive_in, sealed
from terminal.support import packed, without_people
from terminal.uplink.credentials import Enrolment
from tests.counter_config import COUNTER

CANARIES = (
    "张三", "13812345678", "138-1234-5678", "200731", "s3cr3t", "M-000042", "6222021234567890123", "ABCDEFGH",
    "hunter2", "91310000MA1K12345X", "ST-4711", "wangxiuying",
)  # fmt: skip
CONFIG = """
[terminal]
site = "S1"
socket = "t.sock"
operator = "ST-4711"

[acquirer]
secret_file = "/keys/s3cr3t"

[shop]
name = "便利店"
called = "13812345678"

[headquarters]
url = "https://hq.example:8420"
code = "ABCDEFGH-ABCDEFGHIJKLMNOPQRSTUVWX-ABCDEFGHIJKLMNOP"

[webhook]
url = "https://user:s3cr3t@oapi.example/robot/91310000MA1K12345X?access_token=s3cr3t#s3cr3t"

[acquirers.one]
url = "s3cr3t"
merchant = "91310000MA1K12345X"

[acquirers.two]
url = "https://a.example:s3cr3t/"

[acquirers.three]
url = "https:///s3cr3t"

[device.paper]
driver = "escpos"
host = "s3cr3t:hunter2@10.0.0.1"

[device.screen]
host = "10.0.0.2"

[wifi]
psk = 200731
password = "hunter2"

[receipt]
site = "https://s3cr3t"
footer = "老板 张三 138-1234-5678"
at = ["张三"]
by = {name = "张三"}
language = "en"

[counter]
staff = [{id = "E01", name = "张三"}]
notice_s = 8

[[counter.people]]
name = "张三"
"""
FACTS = Facts(
    terminal="S1/T1",
    running=True,
    devices=(),
    ledger=LedgerFacts(path="/l", erasures=(ErasureFacts(member="M-000042", since="2026-11-01"),)),
    queue=QueueFacts(configured=False, why="called 13812345678"),
    webhook=HookFacts(
        online=False,
        why="answered 401: member 张三, phone 138-1234-5678, is not known",
        held=(Held(seq=7, why="no such member 张三", since_ms=1_795_000_000_000),),
    ),
    invoices=InvoiceFacts(waiting=1, people=0, since_ms=None, why="张三 is unknown"),
    handhelds=(HandheldFacts(name="wangxiuying", until_ms=1_795_788_300_001),),
    clock=ClockFacts(wall_ms=1_795_788_300_000, trust=ClockTrust.NETWORK, synchronised=True),
    disk=DiskFacts(path="/", free_bytes=1 << 30, total_bytes=1 << 30, read_only=False),
)
LOG = '{"event":"heard 6222021234567890123"}\n{"event":"ready"}\n'


def test_nothing_of_a_person_is_in_it() -> None:
    files = packed(CONFIG, FACTS, LOG)
    for name, data in files.items():
        for canary in CANARIES:
            assert canary not in data.decode(), name
    assert sorted(files) == ["doctor.txt", "facts.json", "log.txt", "settings.txt", "versions.txt"]


def test_each_line_of_the_log_says_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours leave that to journald, which shows it where it is asked to."""
    journalctl = tmp_path / "journalctl"
    journalctl.write_text(
        """#!/bin/sh
case "$*" in
*"-o short-iso "*) printf '2026-11-28T21:40:07+0000 python[812]: ' ;;
esac
echo '{"event":"paper low"}'
"""
    )
    journalctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    line = '2026-11-28T21:40:07+0000 python[812]: {"event":"paper low"}'
    assert packed(CONFIG, FACTS, support._log())["log.txt"].decode().splitlines() == [line]
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    assert Machine(config, load(config)).log("paper").lines == (line,)


def test_what_helps_is_in_it() -> None:
    files = {name: data.decode() for name, data in packed(CONFIG, FACTS, LOG).items()}
    settings = files["settings.txt"].splitlines()
    assert 'terminal.site = "S1"' in settings
    assert "counter.notice_s = 8" in settings
    assert "counter.staff = (kept here)" in settings
    assert {"device.paper.host = (kept here)", 'device.screen.host = "10.0.0.2"'} <= set(settings)
    assert "acquirer.secret_file = (kept here)" in settings
    assert "receipt.footer = (kept here)" in settings
    assert 'receipt.language = "en"' in settings
    assert 'headquarters.url = "https://hq.example:8420"' in settings
    assert 'webhook.url = "https://oapi.example"' in settings
    assert [line for line in settings if line.startswith("acquirers.")] == [
        "acquirers.one.url = (kept here)",
        "acquirers.one.merchant = (kept here)",
        "acquirers.two.url = (kept here)",
        "acquirers.three.url = (kept here)",
    ]
    assert files["log.txt"].splitlines()[1] == '{"event":"ready"}'
    assert "1 entries in quarantine, the first 7: answered" in files["doctor.txt"]
    seen = json.loads(files["facts.json"])
    assert (seen["clock"]["wall_ms"], seen["webhook"]["held"][0]["seq"]) == (1_795_788_300_000, 7)
    assert (seen["webhook"]["why"], seen["invoices"]["why"]) == ("answered 401", "answered")
    waits = {"member": "member", "since": "2026-11-01", "until": "", "told": False}
    assert seen["ledger"]["erasures"] == [waits]
    assert seen["handhelds"] == [{"name": "handheld-1", "until_ms": 1_795_788_300_001}]
    assert "msgspec " in files["versions.txt"]
    bare = packed("", msgspec.structs.replace(FACTS, webhook=None, invoices=None), "")
    assert bare["settings.txt"] == b""


@pytest.mark.parametrize(
    ("why", "left"),
    [
        ("", ""), ("answered 500", "answered 500"), ("answered 401: 张三", "answered 401"),
        ("answered 4011 张三", "answered"), ("no answer: 张三", "answered"),
        ("张三 answered 401", "answered"),
    ],
)  # fmt: skip
def test_of_answers_only_the_number_is_in_it(why: str, left: str) -> None:
    facts = msgspec.structs.replace(
        FACTS, webhook=HookFacts(online=False, why=why, held=(Held(seq=1, why=why, since_ms=1),))
    )
    seen = without_people(facts).webhook
    assert seen is not None
    assert (seen.why, seen.held[0].why) == (left, left)


def enrolled(ledger: Path, key: bytes) -> None:
    ledger.parent.mkdir()
    kept = Enrolment(
        url="https://hq.example",
        merchant="M1",
        site=SiteId("S1"),
        terminal=TerminalId("T1"),
        certificate="",
        tls_key="",
        authority="",
        since_ms=0,
        until_ms=0,
        box_key=bytes(32),
        hq_key=bytes(32),
        hq_box_key=key,
        code_key=bytes(32),
    )
    ledger.with_suffix(".hq").write_bytes(msgspec.json.encode(kept))


def test_headquarters_opens_it_and_nobody_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, data = tmp_path / "terminal.toml", tmp_path / "hq"
    config.write_text(COUNTER, encoding="utf-8")
    data.mkdir()
    enrolled(tmp_path / "data" / "ledger.db", opened_keys(data).box_key)
    bundle, archive = tmp_path / "one.bundle", tmp_path / "one.tar.gz"
    assert main(["support", str(bundle), "--config", str(config)]) == 0
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert "for headquarters only" in capsys.readouterr().out
    assert b"does not run" not in bundle.read_bytes()
    words = ["support", str(bundle), str(archive), "--data", str(data)]
    assert CliRunner().invoke(hq, words).exit_code == 0
    with tarfile.open(archive) as opened:
        told = opened.extractfile("doctor.txt")
        assert told is not None
        assert "S1/T1 does not run" in told.read().decode()
    assert main(["support", str(bundle), "--config", str(config)]) == 1
    assert "File exists" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    bundle.write_bytes(bundle.read_bytes()[:-1])
    for where, name in ((other, "two"), (data, "three")):
        said = CliRunner().invoke(hq, ["support", str(bundle), str(tmp_path / name), "--data", str(where)])
        assert said.exit_code == 1
        assert "does not open" in said.output
        assert not (tmp_path / name).exists()


def test_without_headquarters_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    assert main(["support", str(tmp_path / "one"), "--config", str(config)]) == 1
    assert "not enrolled" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ledger.hq").write_bytes(b"{")
    assert main(["support", str(tmp_path / "one"), "--config", str(config)]) == 1
    assert "no bundle was made" in capsys.readouterr().err
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize(
    ("wrong", "place", "site"),
    [
        ('\n[counter]\nnotice_s = "张三"\n', "line 17: counter.notice_s", 'terminal.site = "S1"'),
        ("\n[counter\nname = 张三\nterminal.site = 200731\n", "line 16", "terminal.site = (kept here)"),
    ],
)
def test_over_a_file_that_cannot_be_used_it_is_made_all_the_same(
    wrong: str, place: str, site: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, data = tmp_path / "terminal.toml", tmp_path / "hq"
    config.write_text(COUNTER.rstrip() + wrong, encoding="utf-8")
    data.mkdir()
    enrolled(tmp_path / "data" / "ledger.db", opened_keys(data).box_key)
    bundle, archive = tmp_path / "one.bundle", tmp_path / "one.tar.gz"
    assert main(["support", str(bundle), "--config", str(config)]) == 0
    assert "line 1" in capsys.readouterr().err
    words = ["support", str(bundle), str(archive), "--data", str(data)]
    assert CliRunner().invoke(hq, words).exit_code == 0
    with tarfile.open(archive) as opened:
        told = {name: opened.extractfile(name) for name in ("settings.txt", "doctor.txt", "facts.json")}
        files = {name: one.read().decode() for name, one in told.items() if one is not None}
    settings = files["settings.txt"].splitlines()
    assert settings[0] == f"cannot be used: {place}"
    assert site in settings
    assert not [name for name, text in files.items() if "张三" in text or "200731" in text]


def test_where_headquarters_key_cannot_be_found_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER.replace('"S1"', '"S 1"'), encoding="utf-8")
    assert main(["support", str(tmp_path / "one"), "--config", str(config)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("line 4: terminal.site: ")
    assert said[1] == (
        f"no bundle was made: {tmp_path}/data/ledger.hq: headquarters' key was looked for here. Mend the"
        " lines above, ledger.path first, or read the lines of terminal doctor to who helps you"
    )
    assert not (tmp_path / "one").exists()


def test_what_is_no_bundle_is_not_opened() -> None:
    with pytest.raises(NoBundle):
        archive_in(b"PK", lambda box, _about: box)
    made = sealed({"a": b"b"}, opened_public(), at_s=0, fresh=b"f" * 32)
    assert made.startswith(HEAD)


def opened_public() -> bytes:
    from terminal.runtime.box import box_public

    return box_public(b"k" * 32)


def test_an_archive_has_what_was_packed_and_when() -> None:
    from terminal.runtime.box import opened

    made = sealed({"a": b"b", "empty": b""}, opened_public(), at_s=1_795_788_300, fresh=b"f" * 32)
    data = archive_in(made, lambda box, about: opened(b"k" * 32, box, about=about))
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [(one.name, one.size, one.mtime) for one in archive] == [
            ("a", 1, 1_795_788_300),
            ("empty", 0, 1_795_788_300),
        ]
