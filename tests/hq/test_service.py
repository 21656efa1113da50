"""Headquarters as a process: what it answers, how it starts and ends, what it says when looked at."""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from terminal.core.wire.forms import REQUEST_BYTES_MAX
from terminal.core.wire.journal import BATCH_MAX, HELLO_PATH, PUSH_PATH
from terminal.uplink.enrolling import new_request
from tests.hq.guest import Guest
from tests.hq.process import END_S, Headquarters
from tests.uplink.journal import Journal

pytestmark = pytest.mark.hq


def hello(hq: Headquarters, merchant: str, site: str = "S1", instance: str = "i1") -> dict[str, Any]:
    who = {"merchant": merchant, "site": site, "instance": instance}
    status, told = hq.ask(HELLO_PATH, json.dumps(who).encode())
    assert status == 200, told
    assert isinstance(told, dict)
    return told


def batch(journal: Journal, merchant: str, welcome: dict[str, Any]) -> dict[str, Any]:
    head = journal.hash_of(len(journal.links)).hex()
    return {
        "merchant": merchant,
        "site": journal.site,
        "instance": "i1",
        "hq_epoch": welcome["hq_epoch"],
        "epoch": welcome["epoch"],
        "nonce": welcome["nonce"],
        "start": 0,
        "before": "0" * 64,
        "bodies": [base64.b64encode(link.body).decode() for link in journal.links],
        "after": head,
        "head_seq": len(journal.links),
        "head_hash": head,
    }


def push(hq: Headquarters, merchant: str, journal: Journal) -> dict[str, Any]:
    status, told = hq.ask(
        PUSH_PATH, json.dumps(batch(journal, merchant, hello(hq, merchant, journal.site))).encode()
    )
    assert status == 200, told
    assert isinstance(told, dict)
    return told


GOOD_HELLO = {"merchant": "m", "site": "s", "instance": "i"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (HELLO_PATH, b"", 400, "malformed"),
        (HELLO_PATH, b"\xff\xfe", 400, "malformed"),
        (HELLO_PATH, b"[" * 100_000, 400, "malformed"),
        (HELLO_PATH, b'{"\x80":1}', 400, "malformed"),
        (HELLO_PATH, b"null", 400, "malformed"),
        (HELLO_PATH, b"{}", 400, "malformed"),
        (HELLO_PATH, json.dumps({**GOOD_HELLO, "site": ""}).encode(), 400, "malformed"),
        (HELLO_PATH, json.dumps({**GOOD_HELLO, "site": "s\x00"}).encode(), 400, "malformed"),
        (HELLO_PATH, json.dumps({**GOOD_HELLO, "site": "s" * 65}).encode(), 400, "malformed"),
        (HELLO_PATH, json.dumps({**GOOD_HELLO, "site": 7}).encode(), 400, "malformed"),
        (HELLO_PATH, json.dumps({**GOOD_HELLO, "more": 7}).encode(), 400, "malformed"),
        (HELLO_PATH, b'{"merchant":"\\ud800","site":"s","instance":"i"}', 400, "malformed"),
        (HELLO_PATH, b" " * (REQUEST_BYTES_MAX + 1), 413, "too_large"),
        ("/v1/nothing", b"{}", 404, "not_found"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why_by_code(
    standing_hq: Headquarters, path: str, body: bytes, status: int, code: str
) -> None:
    found, told = standing_hq.ask(path, body)
    assert (found, told["type"], told["code"]) == (status, "problem", code)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", -1),
        ("start", 2**53),
        ("start", 1.5),
        ("start", "0"),
        ("epoch", None),
        ("before", "zz" * 32),
        ("before", "0" * 63),
        ("after", "AB" * 32),
        ("bodies", ["%%%"]),
        ("bodies", "text"),
        ("bodies", [""] * (BATCH_MAX + 1)),
        ("nonce", ""),
        ("head_seq", 0),
    ],
)
def test_a_push_of_the_wrong_form_takes_nothing(standing_hq: Headquarters, field: str, value: object) -> None:
    merchant, journal = f"form {field} {value!r:.20}", Journal(booked=2)
    good = batch(journal, merchant, hello(standing_hq, merchant))
    status, told = standing_hq.ask(PUSH_PATH, json.dumps({**good, field: value}).encode())
    assert (status, told["code"]) == (400, "malformed")
    status, told = standing_hq.ask(PUSH_PATH, json.dumps(good).encode())
    assert (status, told["type"], told["acked"]) == (200, "ack", 2)


def test_the_wrong_method_is_a_problem_too(standing_hq: Headquarters) -> None:
    status, told = standing_hq.ask(PUSH_PATH, b"{}", "PUT")
    assert (status, told["code"]) == (405, "method")


def test_another_machine_of_the_same_site_gets_a_conflict(standing_hq: Headquarters) -> None:
    hello(standing_hq, "two machines")
    who = {"merchant": "two machines", "site": "S1", "instance": "i2"}
    status, told = standing_hq.ask(HELLO_PATH, json.dumps(who).encode())
    assert (status, told["code"]) == (409, "instance")


def test_a_terminal_that_is_shut_out_leaves_the_other_one_of_its_site_alone(
    standing_hq: Headquarters,
) -> None:
    """Both have certificates; each is let in as itself, renews for itself, and is shut out by itself."""
    merchant = "two terminals"
    first, second = (
        standing_hq.guest(merchant, "S1", terminal, instance=instance)
        for terminal, instance in (("T1", "i1"), ("T2", "i2"))
    )

    def code(path: str, guest: Guest, instance: str, **more: str) -> tuple[int, str]:
        who = {"merchant": merchant, "site": "S1", "instance": instance, **more}
        status, told = standing_hq.ask_as(guest, path, json.dumps(who).encode())
        return status, told.get("code", "")

    def renews(guest: Guest, instance: str) -> tuple[int, str]:
        return code("/v1/renew", guest, instance, request=new_request()[1])

    assert code(HELLO_PATH, first, "i1") == (200, "")
    assert code(HELLO_PATH, second, "i2") == (409, "instance")
    assert code(HELLO_PATH, second, "i1") == (403, "certificate")
    assert renews(second, "i2") == (200, "")
    shut = [sys.executable, "-m", "hq", "revoke", "--data", str(standing_hq.data)]
    who = ("--merchant", merchant, "--site", "S1", "--terminal", "T2")
    done = subprocess.run([*shut, *who], capture_output=True, text=True, timeout=END_S, check=True)
    assert done.stdout == "1 shut out\n"
    for path in (HELLO_PATH, "/v1/feed"):
        assert code(path, second, "i2") == (403, "certificate")
    assert renews(second, "i2") == (403, "certificate")
    assert code(HELLO_PATH, first, "i1") == (200, "")
    assert renews(first, "i1") == (200, "")


def test_half_a_request_leaves_headquarters_well(standing_hq: Headquarters) -> None:
    tls = standing_hq.guest("half").tls()
    plain = socket.create_connection(("127.0.0.1", standing_hq.port), END_S)
    with tls.wrap_socket(plain, server_hostname="127.0.0.1") as half:
        half.sendall(b"POST /v1/push HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n{")
    plain = socket.create_connection(("127.0.0.1", standing_hq.port), END_S)
    with tls.wrap_socket(plain, server_hostname="127.0.0.1") as noise:
        noise.sendall(bytes(range(255, 0, -1)) + b"\r\n\r\n")
        assert b" 400 " in noise.recv(65536).partition(b"\r\n")[0]
    assert hello(standing_hq, "after half")["acked"] == 0


def test_the_report_counts_by_site_and_kind_while_headquarters_runs(standing_hq: Headquarters) -> None:
    journal = Journal(booked=4)
    journal.book(b"poison")
    push(standing_hq, "reported", journal)
    code, report = standing_hq.tell("report")
    (site,) = [one for one in report["sites"] if one["merchant"] == "reported"]
    assert code == 0
    assert (site["acked"], site["said"], site["head"]) == (5, 5, journal.hash_of(5).hex())
    assert site["kinds"] == {"recharge": 4, "": 1}
    assert site["exceptions"] == {"quarantine": 1}
    assert [one["subject"] for one in report["exceptions"] if one["merchant"] == "reported"] == ["5"]


def test_what_lies_in_quarantine_is_tried_again_by_command(standing_hq: Headquarters) -> None:
    journal = Journal()
    journal.book(b"poison")
    push(standing_hq, "reread", journal)
    by = ("--merchant", "reread", "--by", "Chen")
    code, told = standing_hq.tell("read-again", *by)
    assert (code, [*told]) == (0, ["S1"])
    assert told["S1"]["read"] == []
    assert told["S1"]["lying"][0][0] == 1
    assert "cannot be read" in told["S1"]["lying"][0][1]


DAMAGES = {
    "body": ("UPDATE entries SET body = body || ' ' WHERE seq = 2 AND", "2: the hash does not fit"),
    "hash": ("UPDATE entries SET hash = sha256(hash) WHERE seq = 3 AND", "3: the hash does not fit"),
    "gap": ("DELETE FROM entries WHERE seq = 2 AND", "after 1 comes 3"),
    "tail": ("DELETE FROM entries WHERE seq = 5 AND", "5 was acknowledged"),
    "balance": (
        "UPDATE balances SET balance = balance + 1 WHERE account LIKE 'wallet:w1:%' AND",
        "balances: wallet:w1",
    ),
    "posting": (
        "UPDATE postings SET amount = amount - 1 WHERE account LIKE 'wallet:w1:%' AND",
        "posted: wallet:w1",
    ),
    "no balances": ("DELETE FROM balances WHERE", "balances: "),
    "head": ("UPDATE sites SET head = sha256(head) WHERE", "5 was acknowledged"),
    "quarantine": ("DELETE FROM exceptions WHERE", "4: cannot be read"),
}


async def test_every_damage_is_found_at_its_site_and_named(own_hq: Headquarters) -> None:
    own_hq.start()
    for merchant in (*DAMAGES, "well"):
        journal = Journal(booked=3)
        journal.book(b"poison")
        journal.book()
        push(own_hq, merchant, journal)
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["hq"], verdict["entries"], verdict["quarantined"]) == (0, "ok", 50, 10)
    connection = await asyncpg.connect(own_hq.dsn())
    for merchant, (sql, _) in DAMAGES.items():
        assert await connection.execute(f"{sql} merchant_id = '{merchant}'") not in {"UPDATE 0", "DELETE 0"}
    await connection.execute(
        "INSERT INTO blobs VALUES ('parts', sha256('a'), 'a'), ('parts', sha256('b'), 'c')"
    )
    await connection.close()
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["hq"]) == (1, "damaged")
    assert verdict["parts"] == [f"parts: {sha256(b'b').hexdigest()}"]
    found = {site["merchant"]: site["faults"] for site in verdict["sites"]}
    assert found.pop("well") == []
    for merchant, (_, fault) in DAMAGES.items():
        assert any(fault in said for said in found[merchant]), (merchant, found[merchant])


def test_sigterm_ends_it_cleanly_and_everything_is_there_again(own_hq: Headquarters) -> None:
    own_hq.start()
    push(own_hq, "m", Journal(booked=6))
    assert own_hq.stop() == 0
    assert not (own_hq.data / "postgres" / "postmaster.pid").exists()
    code, verdict = own_hq.tell("verify")
    assert (code, verdict["entries"]) == (0, 6)
    own_hq.start()
    assert hello(own_hq, "m")["acked"] == 6


def test_killed_headquarters_starts_again_over_the_same_data(own_hq: Headquarters) -> None:
    own_hq.start()
    for round_ in range(3):
        push(own_hq, "m", Journal(booked=2 * (round_ + 1)))
        own_hq.kill()
        own_hq.start()
    assert hello(own_hq, "m")["acked"] == 6


def test_two_headquarters_never_share_a_folder(own_hq: Headquarters) -> None:
    own_hq.start()
    command = [sys.executable, "-m", "hq", "run", "--data", str(own_hq.data), "--port", "0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)
    assert second.returncode == 1
    assert "in use" in second.stderr
    assert hello(own_hq, "m")["acked"] == 0


def test_an_epoch_that_was_exceeded_before_is_refused(own_hq: Headquarters) -> None:
    own_hq.start("--hq-epoch", "4")
    assert hello(own_hq, "m")["hq_epoch"] == 4
    own_hq.stop()
    command = [sys.executable, "-m", "hq", "run", "--data", str(own_hq.data), "--port", "0"]
    older = subprocess.run(
        [*command, "--hq-epoch", "3"], capture_output=True, text=True, timeout=END_S, check=False
    )
    assert older.returncode == 1
    assert "no epoch comes a second time" in older.stderr
    (own_hq.data / "hq-epoch").write_text("1\n")  # An older copy of the folder beside the same database.
    older = subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)
    assert older.returncode == 1
    assert "start with --hq-epoch 4, or 5 if the database came back from a copy" in older.stderr


def test_nobody_writes_a_line_into_the_log_by_the_names_in_a_body(own_hq: Headquarters) -> None:
    own_hq.start()
    status, told = own_hq.ask_as(None, "/v1/enrol", b'{"x\\nINFO hq.door enrolled T9 of 13800138000":1}')
    assert (status, told["code"]) == (400, "malformed")
    assert "refused malformed" in own_hq.words()
    assert "13800138000" not in own_hq.words()


def test_it_takes_as_many_connections_as_the_system_lets_it(own_hq: Headquarters) -> None:
    own_hq.start()
    assert own_hq.process is not None
    limits = Path(f"/proc/{own_hq.process.pid}/limits").read_text()
    (files,) = (line.split() for line in limits.splitlines() if line.startswith("Max open files"))
    assert files[3] == files[4]


def test_an_epoch_that_was_given_once_is_kept(own_hq: Headquarters) -> None:
    own_hq.start("--hq-epoch", "4")
    own_hq.stop()
    own_hq.start()
    assert hello(own_hq, "m")["hq_epoch"] == 4


def test_any_postgresql_will_do_by_its_dsn(own_hq: Headquarters, standing_hq: Headquarters) -> None:
    own_hq.start("--dsn", standing_hq.dsn())
    assert hello(own_hq, "by dsn")["acked"] == 0
    assert "by dsn" in {site["merchant"] for site in standing_hq.tell("report")[1]["sites"]}
    assert not (own_hq.data / "postgres").exists()


def test_a_database_that_is_not_there_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    dsn = f"postgresql://someone:secret@/x?host={tmp_path}"
    command = [sys.executable, "-m", "hq", "report", "--dsn", dsn]
    done = subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)
    assert done.returncode == 1
    assert "the database does not answer" in done.stderr
    assert "nobody caught" not in done.stderr
    assert "secret" not in done.stderr


def test_looking_into_an_empty_folder_makes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hq", "verify", "--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=END_S, check=False)
    assert done.returncode == 1
    assert "no headquarters" in done.stderr
    assert not (tmp_path / "none").exists()


async def test_a_database_that_goes_away_is_503_and_back_again(
    own_hq: Headquarters, standing_hq: Headquarters
) -> None:
    """Sessions are cut under a running headquarters, as a failing database server does."""
    own_hq.start("--dsn", standing_hq.dsn())
    hello(own_hq, "cut")
    cut = await asyncpg.connect(standing_hq.dsn())
    await cut.execute("BEGIN")
    await cut.execute("LOCK TABLE sites")
    pids = await cut.fetch(
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    for row in pids:
        await cut.execute("SELECT pg_terminate_backend($1)", row["pid"])
    await cut.close()
    status, _ = own_hq.ask(
        HELLO_PATH, json.dumps({"merchant": "cut", "site": "S1", "instance": "i1"}).encode()
    )
    assert status in {200, 503}
    assert hello(own_hq, "cut")["acked"] == 0


def test_a_killed_headquarters_leaves_no_database_server_behind(own_hq: Headquarters) -> None:
    own_hq.start()
    kept = own_hq.data / "postgres" / "postmaster.pid"
    server = int(kept.read_text().splitlines()[0])
    ended = os.pidfd_open(server)
    try:
        own_hq.kill()
        assert select.select([ended], [], [], END_S)[0], "PostgreSQL lives on"
    finally:
        os.close(ended)
    assert not kept.exists()
