"""Requests for invoices on the disk: sealed, whole or not at all, and put aside where they cannot be read."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.buyer import Buyer
from terminal.core.errors import LedgerClosed
from terminal.core.invoicing import Request, Standing
from terminal.core.values import EntryId, WalletId
from terminal.store.invoices import RequestsFile
from terminal.store.sealed import Secret
from tests.core.ledger.book import AT

REQUEST = Request(
    id=EntryId("01936000-0000-7000-8000-000000000001"),
    intent=EntryId("01936000-0000-7000-8000-000000000002"),
    of=EntryId("01936000-0000-7000-8000-000000000003"),
    receipt="T1-1-2-9F3A01BC",
    at=AT,
    amount=100_00,
    wallet=WalletId("w1"),
    lots=(EntryId("l1"),),
    buyer=Buyer(title="杭州鲜果有限公司", tax_number="91350100M000100Y43"),
    standing=Standing.REFUSED,
    why="no such company",
)


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    return Secret(tmp_path / "ledger.secret")


async def test_they_are_there_after_a_start(tmp_path: Path, secret: Secret) -> None:
    path = tmp_path / "ledger.invoices"
    file = RequestsFile(path, secret)
    assert file.all() == ()
    await file.put((REQUEST,))
    assert file.all() == (REQUEST,)
    assert RequestsFile(path, secret).all() == (REQUEST,)
    await file.put(())
    assert RequestsFile(path, secret).all() == ()


async def test_whoever_copies_the_file_learns_nobodys_name(tmp_path: Path, secret: Secret) -> None:
    path = tmp_path / "ledger.invoices"
    await RequestsFile(path, secret).put((REQUEST,))
    body = path.read_bytes()
    assert not any(word.encode() in body for word in ("杭州", "91350100M000100Y43", "T1-1-2", REQUEST.id))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"x", b"0" * 100])
async def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path, secret: Secret, damage: bytes) -> None:
    path = tmp_path / "ledger.invoices"
    path.write_bytes(damage)
    assert RequestsFile(path, secret).all() == ()
    assert (tmp_path / "ledger.invoices-unreadable").read_bytes() == damage
    assert not path.exists()


async def test_a_disk_that_does_not_let_it_be_read_closes_no_shop(tmp_path: Path, secret: Secret) -> None:
    path = tmp_path / "ledger.invoices"
    path.mkdir()
    assert RequestsFile(path, secret).all() == ()
    assert path.is_dir()


async def test_what_the_disk_did_not_give_at_the_start_is_kept_when_another_is_written(
    tmp_path: Path, secret: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.invoices"
    await RequestsFile(path, secret).put((REQUEST,))
    before = path.read_bytes()

    def failing(_path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", failing)
        file = RequestsFile(path, secret)
    assert file.all() == ()
    other = replace(REQUEST, id=REQUEST.intent)
    for all_ in ((), (other,)):
        await file.put(all_)
    assert (tmp_path / "ledger.invoices-unreadable").read_bytes() == before
    assert RequestsFile(path, secret).all() == (other,)


async def test_one_that_cannot_even_be_put_aside_closes_none_either(tmp_path: Path, secret: Secret) -> None:
    path = tmp_path / "ledger.invoices"
    path.write_bytes(b"x")
    (tmp_path / "ledger.invoices-unreadable").mkdir()
    assert RequestsFile(path, secret).all() == ()


async def test_of_another_site_it_is_put_aside(tmp_path: Path, secret: Secret) -> None:
    path = tmp_path / "ledger.invoices"
    await RequestsFile(path, secret).put((REQUEST,))
    assert RequestsFile(path, Secret(tmp_path / "other.secret")).all() == ()


async def test_a_disk_that_takes_nothing_keeps_what_was_there(tmp_path: Path, secret: Secret) -> None:
    file = RequestsFile(tmp_path / "ledger.invoices", secret)
    await file.put((REQUEST,))
    (tmp_path / "ledger.invoices-new").mkdir()
    with pytest.raises(LedgerClosed):
        await file.put(())
    assert file.all() == (REQUEST,)
