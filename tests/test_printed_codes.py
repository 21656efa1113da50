"""A shop without headquarters signs its members' codes itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.core.member_codes import credential_of, parsed
from terminal.core.trust import Trust
from terminal.door import credentials_path
from terminal.printed_codes import write
from terminal.store.checkpoints import SiteKey
from terminal.uplink.credentials import Credentials

NUMBER = "MC-000123"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "terminal.toml"
    path.write_text(
        '[terminal]\nmerchant = "M1"\nsite = "S1"\nid = "T1"\n[shop]\nname = "店"\n'
        f'[ledger]\npath = "{tmp_path}/ledger.db"\n'
    )
    return path


def test_the_site_believes_what_its_own_key_signed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = config.parent / "ledger.db"
    key = SiteKey(ledger.with_suffix(".site"))
    key.sign(b"")
    assert write(config, NUMBER) == 0
    code = parsed(capsys.readouterr().out.strip())
    here = Credentials(credentials_path(ledger), key.sign)
    found = credential_of(code, "M1", here.code_keys, now_ms=0, unsure_ms=None)
    assert (found.number, found.trust) == (NUMBER, Trust.SIGNED)


@pytest.mark.parametrize("number", [NUMBER, "hello"])
def test_before_it_has_a_key_or_for_no_member_it_signs_nothing(
    config: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if number != NUMBER:
        SiteKey(config.parent / "ledger.site").sign(b"")
    assert write(config, number) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert ("start the terminal once" if number == NUMBER else "MC-") in said.err


def test_where_headquarters_signs_it_does_not(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    credentials_path(config.parent / "ledger.db").write_bytes(b"{}")
    assert write(config, NUMBER) == 1
    assert "ledger.hq" in capsys.readouterr().err
