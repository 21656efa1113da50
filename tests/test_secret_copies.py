"""What opens the backups leaves for the owner's safe, and comes back onto a new disk."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.backups_seen import backup_facts
from terminal.config import load
from terminal.core.receipts import PageLine
from terminal.maintenance.doctor import findings
from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import Said
from terminal.maintenance.menu.words import words_of
from terminal.menu import Machine
from terminal.secret_copies import ticket
from terminal.store.backup import back_up
from terminal.store.sealed import Secret
from terminal.store.secret_copy import PUT_BACK, NoCode, code_of, put_back, secret_in, taken
from tests.maintenance.test_doctor import WELL
from tests.maintenance.test_menu import all_of
from tests.store.conftest import opened_at
from tests.store.copies import At, join
from tests.store.facts import issue, recharge
from tests.test_copies import Site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def told(site: Site) -> list[str]:
    seen = backup_facts(site.ledger, timer=site.ledger)  # As where systemd makes some each night.
    return [one.reason for one in findings(replace(WELL, backups=seen)) if one.subject == "secret"]


@pytest.mark.parametrize("keys", [2, 3, 10])
def test_its_code_is_read_back_as_people_key_it_and_as_a_scanner_does(keys: int) -> None:
    kept = os.urandom(32 * keys)
    lines = code_of(kept)
    assert {len(line) for line in lines} == {24}
    for said in ("\n".join(lines), " ".join(lines), "".join(lines).replace(" ", "").lower()):
        assert secret_in(said) == kept
    assert secret_in("# words\n" + "\n".join(lines).replace("O", "0").replace("I", "1")) == kept


def test_what_is_not_as_it_was_printed_is_named_by_its_line() -> None:
    lines = code_of(bytes(range(64)))
    assert len(lines) == 7
    other = ("Z" if lines[2][0] != "Z" else "Y") + lines[2][1:]
    with pytest.raises(NoCode, match="line 3"):
        secret_in("\n".join([*lines[:2], other, *lines[3:]]))
    with pytest.raises(NoCode, match="line 1"):
        secret_in("\n".join([lines[1], *lines]))
    for some in (lines[:-1], [], [lines[0]]):
        with pytest.raises(NoCode, match="not whole"):
            secret_in("\n".join(some))


@pytest.mark.parametrize("by", ["file", "keyed", "its own file"])
async def test_on_a_new_disk_it_is_put_back_and_then_the_backup_is_restored(
    site: Site, by: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.committer.submit(recharge(2))
    await ledger.close()
    safe = site.stick.with_name("safe")
    safe.mkdir()
    (safe / "copy").write_bytes(site.ledger.with_suffix(".secret").read_bytes())
    assert site.typed("backup", site.stick, "--same-disk") == 0
    assert len(told(site)) == 1
    assert site.typed("secret", site.stick, "--same-disk") == 1  # A stick with both tells everybody's name.
    assert len(told(site)) == 1
    assert site.typed("secret", safe, "--same-disk") == 0
    assert told(site) == []
    (file,) = safe.glob("secret-*.txt")
    assert file.stat().st_mode & 0o777 == 0o600
    assert site.typed("secret", safe, "--same-disk") == 1  # Nor is one written over another.

    shutil.rmtree(site.ledger.parent)
    site.ledger.parent.mkdir()
    capsys.readouterr()
    assert site.typed("restore", site.stick) == 1
    assert capsys.readouterr().err.endswith(f"{PUT_BACK}\n")
    await (await opened_at(site.ledger)).close()  # The new terminal was started once.
    for what in (site.stick, next(site.stick.iterdir())):
        assert site.typed("restore", what) == 1
        assert capsys.readouterr().err.endswith(f"{PUT_BACK}\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text()))
    assert site.typed("secret-back", {"file": file, "keyed": "-", "its own file": safe / "copy"}[by]) == 0
    assert ".before-1.secret: the one that was there" in capsys.readouterr().out
    assert site.typed("restore", site.stick) == 0
    assert "entries restored, epoch" in capsys.readouterr().out
    await (await opened_at(site.ledger)).close()
    assert told(site) == []


async def test_it_is_never_put_under_a_ledger_that_goes_by_another(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*issue(1))
    other = tmp_path / "other.txt"
    other.write_text("\n".join(code_of(os.urandom(64))))
    assert site.typed("secret-back", other) == 1  # Nor while a terminal runs.
    await ledger.close()
    before = site.ledger.with_suffix(".secret").read_bytes()
    capsys.readouterr()
    assert site.typed("secret-back", other) == 1
    assert "entries go by the secret that is there" in capsys.readouterr().err
    assert site.ledger.with_suffix(".secret").read_bytes() == before
    assert site.typed("secret-back", other, "--over-whole") == 0
    assert site.ledger.with_name("ledger.before-1.secret").read_bytes() == before


async def test_who_joined_on_the_new_disk_before_leaves_no_key_that_opens_nothing(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*join(1))
    await ledger.close()
    kept = site.ledger.with_suffix(".secret").read_bytes()
    back_up(site.ledger, site.stick, clock=At())
    shutil.rmtree(site.ledger.parent)
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*join(1, who=8))
    await ledger.close()
    wrapped = site.ledger.with_suffix(".keys").read_bytes()
    assert put_back(site.ledger, kept, over_whole=True) == site.ledger.with_name("ledger.before-1.secret")
    assert site.ledger.with_name("ledger.before-1.keys").read_bytes() == wrapped
    assert site.typed("restore", site.stick) == 0
    assert site.typed("verify") == 0, capsys.readouterr().out
    back_up(site.ledger, site.stick, clock=At())


async def test_an_older_copy_of_the_same_secret_leaves_the_keys_where_they_are(site: Site) -> None:
    """They remember who was erased."""
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*join(1))
    await ledger.close()
    secret, keys = site.ledger.with_suffix(".secret"), site.ledger.with_suffix(".keys")
    older, wrapped = secret.read_bytes(), keys.read_bytes()
    Secret(secret).adopt(os.urandom(32))
    assert put_back(site.ledger, older, over_whole=True) is not None
    assert keys.read_bytes() == wrapped


async def test_joining_headquarters_makes_it_another_that_is_to_be_taken(site: Site) -> None:
    assert taken(site.ledger) is None
    await (await opened_at(site.ledger)).close()
    safe = site.stick.with_name("safe")
    safe.mkdir()
    assert site.typed("secret", safe, "--same-disk") == 0
    assert taken(site.ledger) is True
    Secret(site.ledger.with_suffix(".secret")).adopt(os.urandom(32))
    assert taken(site.ledger) is False
    assert len(told(site)) == 1


def test_on_narrow_paper_its_lines_stay_whole() -> None:
    code = code_of(os.urandom(64))
    page = ticket("S1/T1", code, columns=32)
    left = [one.left for one in page.lines if isinstance(one, PageLine)]
    assert [line for line in left if line in code] == code
    assert max(map(len, left)) <= 32


def test_on_the_printer_it_is_whole_and_without_one_it_is_said(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.ledger.parent.mkdir(exist_ok=True)
    Secret(site.ledger.with_suffix(".secret"))  # Made by a first start.
    assert site.typed("secret") == 1
    assert "no printer is configured" in capsys.readouterr().err
    assert taken(site.ledger) is False
    config = site.folder / "terminal.toml"
    paper = site.folder / "paper.bin"
    config.write_text(f'{config.read_text()}\n[device.paper]\ndriver = "file_printer"\npath = "{paper}"\n')
    assert site.typed("secret") == 0
    assert taken(site.ledger) is True
    said = paper.read_bytes()
    assert all(line.encode() in said for line in code_of(site.ledger.with_suffix(".secret").read_bytes()))


@pytest.mark.parametrize("by", ["file", "code"])
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_the_menu_puts_it_back_while_no_terminal_runs(site: Site, by: str, language: str) -> None:
    ledger = await opened_at(site.ledger)
    await ledger.committer.submit(*issue(1))
    await ledger.close()
    kept = site.ledger.with_suffix(".secret").read_bytes()
    file = site.folder / "safe.txt"
    file.write_text("\n".join(code_of(kept)))
    code = " ".join(code_of(kept)).lower()
    shutil.rmtree(site.ledger.parent)
    ledger = await opened_at(site.ledger)
    config = site.folder / "terminal.toml"
    machine = Machine(config, load(config), language)
    (item,) = [one for one in all_of(tree(machine)) if one.label.startswith("Put that secret back")]
    words = words_of(language)
    assert item.do is not None
    assert not item.locked, "nobody can key a PIN then"

    def done(*said: str) -> tuple[bool, list[str]]:
        asked = item.do(said) if item.do else Said()
        assert asked.go is not None
        after = asked.go()
        return after.well, [words(one) for one in after.lines]

    held = done(str(file), "")
    assert not held[0], "a ledger that is open stays as it is"
    await ledger.close()
    assert not done("", code[:-5])[0]
    well, said = done(str(file), "") if by == "file" else done("", code)
    assert well
    assert site.ledger.with_suffix(".secret").read_bytes() == kept
    assert len(said) == 2
    if language != "en":
        assert all(one.isascii() is False and "the " not in one for one in (*held[1], *said))
