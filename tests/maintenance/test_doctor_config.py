"""Ports that the firewall's rules are not for, as the doctor and the menu say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal import checkup
from terminal import menu as menus
from terminal.__main__ import main
from terminal.config import load
from terminal.install.answers import LINK
from terminal.install.firewall import FILE, Guarded, guarded, rules, rules_there
from terminal.maintenance.doctor_config import kept_by_no_disk, not_in_force, unguarded
from terminal.maintenance.menu.tree import Said
from terminal.maintenance.menu.words import words_of
from tests.counter_config import COUNTER

SCREEN = f'[kiosk]\nlink_file = "{LINK}"\n'
USUAL = rules(SCREEN, screen=True)


def said(config: str, there: str = USUAL) -> list[str]:
    return [one.reason for one in unguarded(config, there) if not one.well and one.next_step]


def test_the_rules_that_the_installer_makes_are_read_back(tmp_path: Path) -> None:
    assert guarded(USUAL) == Guarded(8321, frozenset({8322, 8323}))
    assert guarded(rules("[join_page]\nport = 0\n[till_page]\nport = 9\n", screen=False)) == Guarded(
        0, frozenset({9})
    )
    assert guarded("") == Guarded(0, frozenset())
    assert rules_there(tmp_path) == ""
    file = tmp_path / FILE.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_text(USUAL, encoding="utf-8")
    assert rules_there(tmp_path) == USUAL


def test_as_it_was_installed_nothing_is_said() -> None:
    assert said(SCREEN) == []
    assert said("", rules("", screen=False)) == []
    assert said(f"{SCREEN}port = 8400\n", "") == []


@pytest.mark.parametrize(
    ("config", "reasons"),
    [
        (f"{SCREEN}port = 8400\n", ["every user of this machine"]),
        (f"{SCREEN}port = 0\n", ["the counter's page is on any port"]),
        ("", ["the counter's page is on any port"]),
        (f"{SCREEN}[join_page]\nport = 8400\n", ["who is in the shop's network"]),
        (f"{SCREEN}[till_page]\nport = 0\n", []),
        (
            f"{SCREEN}port = 8400\n[till_page]\nport = 8401\n",
            ["every user of this machine", "who is in the shop's network"],
        ),
    ],
)
def test_a_port_that_was_changed_since_is_named(config: str, reasons: list[str]) -> None:
    found = said(config)
    assert len(found) == len(reasons)
    assert all(one.startswith(start) for one, start in zip(found, reasons, strict=True))
    ports = [port for port in ("8400", "8401") if port in config]
    assert all(any(one.endswith(port) for one in found) for port in ports)


def test_a_screen_that_was_joined_since_has_no_rule_yet() -> None:
    assert len(said(SCREEN, rules("", screen=False))) == 1


def test_the_doctor_is_red_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(f"{COUNTER}[join_page]\nport = 8400\n", encoding="utf-8")
    monkeypatch.setattr(checkup, "rules_there", lambda: rules("", screen=False))
    monkeypatch.setattr(checkup, "in_force", lambda: None)
    assert main(["doctor", "--json", "--config", str(config)]) == 1
    found = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["subject"] == "firewall"]
    assert [(one["well"], one["reason"][-4:]) for one in found] == [(False, "8400")]


@pytest.mark.parametrize(
    ("there", "tables", "lost"),
    [
        (USUAL, {"card_terminal_page", "card_terminal_shop"}, ""),
        (USUAL, {"card_terminal_shop"}, "card_terminal_page"),
        (USUAL, set(), "card_terminal_page card_terminal_shop"),
        (rules("", screen=False), {"card_terminal_shop"}, ""),
        (USUAL, None, ""),
        ("", set(), ""),
    ],
)
def test_rules_that_are_not_in_force_are_red(there: str, tables: set[str] | None, lost: str) -> None:
    """As after `nft flush ruleset`, or where the unit that loads them failed."""
    found = list(not_in_force(there, tables))
    assert [one.reason for one in found] == ([f"its rules are not in force: {lost}"] if lost else [])
    assert all("systemctl restart terminal-firewall" in one.next_step for one in found)
    assert not any(one.well for one in found)


def test_the_doctor_asks_the_kernel_where_there_is_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    monkeypatch.setattr(checkup, "rules_there", lambda: rules("", screen=False))
    monkeypatch.setattr(checkup, "in_force", frozenset)
    for more, count in (((), 1), (("--no-network",), 0)):
        main(["doctor", "--json", *more, "--config", str(config)])
        found = json.loads(capsys.readouterr().out)["findings"]
        assert len([one for one in found if one["subject"] == "firewall"]) == count


def test_the_menu_says_it_after_the_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Recorded(menus.Machine):
        def ask(self, what: str, *words: str) -> Said:
            return Said(lines=(what, *words))

    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    monkeypatch.setattr(menus, "rules_there", lambda: rules("", screen=False))
    monkeypatch.setattr(menus, "_lost", lambda _: "")
    for name, value, lines in (("join_page.port", "8400", 3), ("terminal.log", '"debug"', 3)):
        go = Recorded(config, load(config)).change(name, value).go
        assert go is not None
        done = go()
        assert done.well
        assert len(done.lines) == lines
        chinese = [words_of("zh-Hans")(one) for one in done.lines]
        assert (chinese[1][-12:], chinese[2][-12:]) == ("端口 8400 没有规则", "./install.sh")


def test_an_overlay_over_the_ledger_is_red_and_no_other_word_is_said() -> None:
    (said,) = kept_by_no_disk(
        "an overlay in memory lies over /x: what is written there is gone after a restart"
    )
    assert (said.subject, said.well) == ("disk", False)
    assert "disable_overlayfs" in said.next_step
    assert list(kept_by_no_disk("")) == []
