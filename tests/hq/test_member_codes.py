"""Headquarters signs members' codes with the key that its sites believe, and with no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hq.__main__ import main
from hq.keys import current_in, keys_in, made_in, switched_in
from hq.member_codes import printed, shown
from terminal.core.directives import KeyUse
from terminal.core.errors import CodeNotGenuine
from terminal.core.member_codes import credential_of, parsed
from terminal.core.trust import Credential, Medium, Trust

NOW_MS = 1_795_478_400_000
NUMBER = "MC-000123"


def judged(text: str, key: bytes, merchant: str = "orchard") -> Credential:
    return credential_of(parsed(text), merchant, [key], now_ms=NOW_MS, unsure_ms=0)


def test_what_it_signs_is_believed_by_who_knows_its_code_key(tmp_path: Path) -> None:
    keys = keys_in(tmp_path, serial=1, now_ms=NOW_MS)
    card = Credential(medium=Medium.CODE, number=NUMBER, trust=Trust.SIGNED)
    assert judged(printed(keys, "orchard", NUMBER), keys.code_key) == card
    fresh = shown(keys, "orchard", NUMBER, now_ms=NOW_MS, random=bytes)
    assert judged(fresh, keys.code_key).trust is Trust.SECURE
    for key, merchant in ((keys.hq_key, "orchard"), (keys.code_key, "another")):
        with pytest.raises(CodeNotGenuine):
            judged(fresh, key, merchant)


def test_after_a_rotation_the_new_key_signs(tmp_path: Path) -> None:
    keys = keys_in(tmp_path, serial=1, now_ms=NOW_MS)
    before = keys.code_key
    made_in(tmp_path, KeyUse.CODE)
    assert judged(printed(keys, "orchard", NUMBER), before)
    switched_in(tmp_path, KeyUse.CODE)
    text = printed(keys, "orchard", NUMBER)
    assert judged(text, current_in(tmp_path, KeyUse.CODE))
    with pytest.raises(CodeNotGenuine):
        judged(text, before)


@pytest.mark.parametrize("more", [[], ["--dynamic"]])
def test_the_command_prints_one_code(tmp_path: Path, more: list[str]) -> None:
    words = ["code", NUMBER, "--data", str(tmp_path), "--merchant", "orchard", *more]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    code = parsed(done.output.strip())
    assert (code.claim.number, code.claim.once is not None) == (NUMBER, bool(more))
    again = CliRunner().invoke(main, words).output
    assert (again == done.output) is (not more)


def test_the_command_signs_no_number_that_is_none(tmp_path: Path) -> None:
    words = ["code", "19000000301", "--data", str(tmp_path), "--merchant", "orchard"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert "a member's code is MC-" in done.output
