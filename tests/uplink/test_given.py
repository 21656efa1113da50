"""A key that was given and cannot be read is told before the start, and never what is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.core.shape import Problem
from terminal.uplink.given import problems_of
from terminal.uplink.settings import Acquirer, GroupBuy, Hook, Invoices

URL = "https://cloud.example"


NO_HOOK, NO_INVOICES, NO_ACQUIRER, NO_VOUCHERS = Hook(), Invoices(), Acquirer(), GroupBuy()


def told(
    hook: Hook = NO_HOOK,
    invoices: Invoices = NO_INVOICES,
    acquirer: Acquirer = NO_ACQUIRER,
    group_buy: GroupBuy = NO_VOUCHERS,
) -> list[str]:
    found: list[Problem] = problems_of(hook=hook, invoices=invoices, acquirer=acquirer, group_buy=group_buy)
    return [str(one) for one in found]


Ask = Callable[[Path], list[str]]
EACH: dict[str, Ask] = {
    "webhook": lambda key: told(hook=Hook(url=URL, secret_file=key)),
    "invoice": lambda key: told(invoices=Invoices(url=URL, secret_file=key)),
    "acquirer": lambda key: told(acquirer=Acquirer(url=URL, secret_file=key)),
    "group_buy": lambda key: told(group_buy=GroupBuy(url=URL, secret_file=key)),
}


@pytest.mark.parametrize("section", EACH)
def test_each_that_is_configured_is_read(section: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert EACH[section](key) == [f"{section}.secret_file: {key}: No such file or directory"]
    key.write_text("short")
    [said] = EACH[section](key)
    assert said.startswith(f"{section}.secret_file: {key}: ")
    assert "short" not in said
    key.write_text(32 * "k" + "\n")
    assert EACH[section](key) == []


def test_what_is_not_used_needs_no_key_and_a_claim_alone_does(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert told(Hook(secret_file=gone), Invoices(secret_file=gone)) == []
    assert told(acquirer=Acquirer(secret_file=gone), group_buy=GroupBuy(secret_file=gone)) == []
    assert len(told(invoices=Invoices(claim="{entry}{amount}{check}", secret_file=gone))) == 1


def test_all_that_are_wrong_are_told_at_once(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    said = told(
        Hook(url=URL, secret_file=gone),
        Invoices(url=URL, secret_file=gone),
        Acquirer(url=URL, secret_file=gone),
        GroupBuy(url=URL, secret_file=gone),
    )
    assert [one.partition(".")[0] for one in said] == ["webhook", "invoice", "acquirer", "group_buy"]


def test_of_one_that_systemd_hands_over_it_is_said_where_it_belongs() -> None:
    handed = Path("/run/credentials/terminal.service/keys_acquirer.secret")
    [said] = EACH["acquirer"](handed)
    assert said.endswith("directory. Put the key into /etc/card-terminal/keys/acquirer.secret")


@pytest.mark.parametrize("section", ["acquirer", "group_buy"])
def test_a_key_in_another_alphabet_is_refused_and_no_part_of_it_told(section: str, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes("密钥密钥密钥密钥密钥密钥密钥密钥".encode("gbk"))
    assert EACH[section](key) == [f"{section}.secret_file: {key}: not 16 or more printable characters"]
