"""What the site vouched for need not be walked again, and cannot be changed without being noticed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from terminal.checkup import ledger_facts, verdict_on
from terminal.core.checkpoint import Checkpoint
from terminal.core.entry import GENESIS, chained
from terminal.core.errors import LedgerDamaged, NotBookable
from terminal.core.values import SiteId
from terminal.store import checkpoints
from terminal.store.sealed import Secret
from terminal.store.settings import Settings
from terminal.store.verify import verified
from tests.store.conftest import opened_at
from tests.store.facts import sale
from tests.store.test_damage import tampered

ENTRIES = 10
VOUCHED = 9


@pytest.fixture
async def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten sales; the site vouched for the third, the sixth and the ninth."""
    monkeypatch.setattr(checkpoints, "SIGNED_EVERY", 3)
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)
    await sell(ledger, 1, ENTRIES)
    await ledger.close()
    return where


async def sell(ledger: Any, first: int, last: int) -> None:
    for number in range(first, last + 1):
        await ledger.committer.submit(sale(number, 1000))
        await ledger.committer.do(lambda shelf: shelf.vouch())


def rows(path: Path, statement: str) -> list[Any]:
    connection = sqlite3.connect(path)
    found = connection.execute(statement).fetchall()
    connection.close()
    return found


def whole(path: Path) -> str:
    """What a walk over everything says is wrong; empty when nothing is."""
    connection = sqlite3.connect(path)
    try:
        verified(connection)
    except LedgerDamaged as fault:
        return str(fault)
    finally:
        connection.close()
    return ""


async def start(path: Path, **settings: Any) -> None:
    await (await opened_at(path, **settings)).close()


def test_the_journal_is_vouched_for_again_and_again(path: Path) -> None:
    assert [seq for (seq,) in rows(path, "SELECT seq FROM checkpoints")] == [3, 6, VOUCHED]
    assert whole(path) == ""


def test_anybody_can_check_a_signature_with_the_public_key_alone(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    (instance,) = rows(path, "SELECT value FROM meta WHERE name = 'instance'")[0]
    for seq, kept, signature, public in rows(path, "SELECT seq, hash, signature, public FROM checkpoints"):
        said = Checkpoint(site=SiteId("S1"), instance=instance, epoch=1, seq=seq, hash=kept.hex())
        Ed25519PublicKey.from_public_bytes(public).verify(signature, said.signed_bytes())


async def test_a_start_walks_only_what_lies_beyond_the_last_checkpoint(path: Path) -> None:
    tampered(path, "UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 2")
    await start(path)
    assert whole(path).startswith("seq 2:")
    tampered(path, "UPDATE postings SET amount = amount + 1 WHERE posting / 4096 = 10")
    with pytest.raises(LedgerDamaged, match=f"seq {ENTRIES}"):
        await start(path)


async def test_a_journal_that_was_written_anew_as_a_whole_is_not_what_was_vouched_for(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER entries_are_immutable")
    before = GENESIS
    for seq, body in connection.execute("SELECT seq, body FROM entries ORDER BY seq").fetchall():
        forged = body.replace("苹果".encode(), "金条".encode())
        before = chained(before, forged)
        connection.execute("UPDATE entries SET body = ?, hash = ? WHERE seq = ?", (forged, before, seq))
    connection.commit()
    connection.close()
    with pytest.raises(LedgerDamaged, match=f"seq {VOUCHED}: is not what was vouched for"):
        await start(path)
    assert whole(path) == "seq 3: is not what was vouched for"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE checkpoints SET mac = zeroblob(32) WHERE seq = 9", "secret"),
        ("UPDATE checkpoints SET epoch = 2 WHERE seq = 9", "secret"),
        ("UPDATE checkpoints SET instance = 'x' WHERE seq = 9", "secret"),
        ("UPDATE checkpoints SET hash = zeroblob(32) WHERE seq = 9", "vouched for"),
        ("DELETE FROM entries WHERE seq >= 9", "missing"),
    ],
)
async def test_a_checkpoint_that_does_not_fit_stops_the_start(path: Path, change: str, said: str) -> None:
    tampered(path, change)
    with pytest.raises(LedgerDamaged, match=f"seq {VOUCHED}: .*{said}"):
        await start(path)


def test_a_signature_that_is_wrong_is_found(path: Path) -> None:
    tampered(path, "UPDATE checkpoints SET signature = zeroblob(64) WHERE seq = 6")
    assert whole(path) == "seq 6: the signature of its checkpoint is wrong"


async def test_another_key_is_found(path: Path) -> None:
    path.with_suffix(".site").unlink()
    ledger = await opened_at(path)
    await sell(ledger, 20, 25)
    await ledger.close()
    assert "signed with another key" in whole(path)


@pytest.mark.parametrize("gone", ["1", "seq > 3"])
async def test_without_its_checkpoints_all_of_the_journal_is_verified_and_vouched_for_anew(
    path: Path, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    tampered(path, f"DELETE FROM checkpoints WHERE {gone}")  # noqa: S608  words of ours
    ledger = await opened_at(path, verified_at_start=2)
    assert "the whole journal is verified" in caplog.text
    await sell(ledger, 20, 25)
    await ledger.close()
    assert rows(path, "SELECT max(seq) FROM checkpoints") == [(14,)]
    tampered(path, "DELETE FROM checkpoints", "UPDATE accounts SET balance = balance + 1 WHERE balance > 0")
    with pytest.raises(LedgerDamaged, match="does not stand where its last posting left it"):
        await opened_at(path, verified_at_start=2)


def rewritten(path: Path, *, signed: bool) -> None:
    """The whole chain anew, and a stranger's key and secret under it: it agrees with itself throughout."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER entries_are_immutable")
    (instance,) = connection.execute("SELECT value FROM meta WHERE name = 'instance'").fetchone()
    before, hashes = GENESIS, {}
    for seq, body in connection.execute("SELECT seq, body FROM entries ORDER BY seq").fetchall():
        forged = body.replace(b"ST-0301", b"ST-0302")
        before = hashes[seq] = chained(before, forged)
        connection.execute("UPDATE entries SET body = ?, hash = ? WHERE seq = ?", (forged, before, seq))
    for seq, epoch in connection.execute("SELECT seq, epoch FROM checkpoints").fetchall():
        said = Checkpoint(site=SiteId("S1"), instance=instance, epoch=epoch, seq=seq, hash=hashes[seq].hex())
        row = (hashes[seq], key.sign(said.signed_bytes()), key.public_key().public_bytes_raw(), seq)
        connection.execute("UPDATE checkpoints SET hash = ?, signature = ?, public = ? WHERE seq = ?", row)
        if signed:
            mac = Secret(path.with_suffix(".secret")).mac(said.signed_bytes())
            connection.execute("UPDATE checkpoints SET mac = ? WHERE seq = ?", (mac, seq))
    connection.commit()
    connection.close()


async def test_a_strangers_signatures_are_refused_by_start_verify_and_doctor_alike(path: Path) -> None:
    rewritten(path, signed=False)
    assert whole(path) == ""  # By itself it is well.
    with pytest.raises(LedgerDamaged, match="not made with this site's secret"):
        await start(path)
    seen = verdict_on(Settings(path=path), SiteId("S1"))
    assert "not made with this site's secret" in seen.fault
    assert seen.damaged
    assert "not made with this site's secret" in ledger_facts(path, 1000).fault


def test_a_strangers_key_is_refused_by_verify_even_under_the_sites_secret(path: Path) -> None:
    rewritten(path, signed=True)
    assert "signed with another key" in verdict_on(Settings(path=path), SiteId("S1")).fault


def test_a_checkpoint_whose_key_is_gone_is_vouched_for_by_nobody(path: Path) -> None:
    assert not verdict_on(Settings(path=path), SiteId("S1")).fault
    path.with_suffix(".site").unlink()
    assert "the site's key is gone" in verdict_on(Settings(path=path), SiteId("S1")).fault
    assert not path.with_suffix(".site").exists()


def test_another_secret_is_noticed_by_verify_too(path: Path) -> None:
    path.with_suffix(".secret").write_bytes(bytes(64))
    assert "not the one this ledger was made with" in verdict_on(Settings(path=path), SiteId("S1")).fault
    path.with_suffix(".secret").unlink()
    assert "secret: is not there" in verdict_on(Settings(path=path), SiteId("S1")).fault
    assert not path.with_suffix(".secret").exists()


async def test_the_writer_vouches_by_itself_when_nobody_waits(path: Path) -> None:
    ledger = await opened_at(path)
    for number in range(20, 26):
        await ledger.committer.submit(sale(number, 1000))
    await ledger.close()
    assert rows(path, "SELECT max(seq) FROM checkpoints") == [(16,)]


async def test_a_site_key_that_cannot_be_read_stops_no_sale(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.with_suffix(".site").write_bytes(b"short")
    ledger = await opened_at(path)
    for number in range(20, 26):
        await ledger.committer.submit(sale(number, 1000))
    await ledger.close()
    assert "no checkpoint was signed" in caplog.text
    assert whole(path) == ""


async def booked_without_a_pause(ledger: Any, first: int, last: int) -> None:
    for number in range(first, last + 1):
        await ledger.committer.submit(sale(number, 1000))


async def test_a_site_that_never_pauses_vouches_for_what_stood_before_the_next_sale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SIGNED_EVERY", 3)
    monkeypatch.setattr(checkpoints, "SIGNED_AT_LATEST", 4)
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)
    await booked_without_a_pause(ledger, 1, ENTRIES)
    assert rows(where, "SELECT seq FROM checkpoints") == [(4,), (8,)]
    await ledger.close()
    assert whole(where) == ""


async def test_a_sale_that_fails_takes_back_the_checkpoint_that_came_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SIGNED_EVERY", 3)
    monkeypatch.setattr(checkpoints, "SIGNED_AT_LATEST", 4)
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)
    await booked_without_a_pause(ledger, 1, 4)

    def half_done(shelf: Any) -> None:
        shelf.book(sale(5, 1000), None)
        raise NotBookable("x")

    with pytest.raises(NotBookable):
        await ledger.committer.do(half_done)
    await booked_without_a_pause(ledger, 6, 6)
    assert rows(where, "SELECT seq FROM checkpoints") == [(4,)]
    await ledger.close()


async def test_a_site_key_that_cannot_be_read_keeps_nobody_from_selling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SIGNED_EVERY", 3)
    monkeypatch.setattr(checkpoints, "SIGNED_AT_LATEST", 4)
    where = tmp_path / "ledger.db"
    ledger = await opened_at(where)

    def unreadable(*_: object) -> bytes:
        raise PermissionError

    monkeypatch.setattr(checkpoints, "kept_key", unreadable)
    await booked_without_a_pause(ledger, 1, ENTRIES)
    assert rows(where, "SELECT count(*) FROM checkpoints") == [(0,)]
    await ledger.close()
