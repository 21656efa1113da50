"""What the rules say of a configuration; that they hold is tried in tests/test_unit_files.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.install.firewall import PAGE_PORT, SHOP_PORTS, put, rules
from terminal.kiosk.settings import JoinPage, Settings, TillPage
from tests.install.machine import Machine

OLD = 'include "/etc/nftables.d/card-terminal*.nft"\n'
DEBIANS = """#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
	chain output {
		type filter hook output priority filter; policy accept;
	}
}
"""
OFF = "/usr/bin/systemctl disable nftables.service"
PAGE = 'include "/opt/card-terminal/current/systemd/card-terminal-page*.nft"'
SHOP = 'include "/opt/card-terminal/current/systemd/card-terminal-shop*.nft"'
NO_PAGE = ["table inet card_terminal_page", "delete table inet card_terminal_page"]
NO_SHOP = ["table inet card_terminal_shop", "delete table inet card_terminal_shop"]
BOTH = ["define shop_ports = { 8322, 8323 }", SHOP]


def said(config: str, *, screen: bool = True) -> list[str]:
    return rules(config, screen=screen).splitlines()[1:]


def test_ports_are_those_that_the_pages_have_when_nothing_is_said() -> None:
    assert Settings().port == PAGE_PORT
    assert {"join_page": JoinPage().port, "till_page": TillPage().port} == SHOP_PORTS


@pytest.mark.parametrize("config", ["", "no [ TOML", "kiosk = 1", "[kiosk]\nport = 'x'\n", "[kiosk]\n"])
def test_what_says_no_port_means_the_usual_ones(config: str) -> None:
    assert said(config) == ["define page_port = 8321", PAGE, *BOTH]


def test_each_page_has_the_port_that_it_is_given() -> None:
    config = "[kiosk]\nport = 1\n[join_page]\nport = 65535\n[till_page]\nport = 2\n"
    assert said(config) == ["define page_port = 1", PAGE, "define shop_ports = { 2, 65535 }", SHOP]


def test_without_a_screen_nobody_is_kept_from_the_page_on_the_machine_itself() -> None:
    assert said("", screen=False) == [*NO_PAGE, *BOTH]


def test_a_port_that_nobody_knows_is_guarded_by_no_rule() -> None:
    config = "[kiosk]\nport = 0\n[join_page]\nport = 0\n"
    assert said(config) == [*NO_PAGE, "define shop_ports = { 8323 }", SHOP]
    assert said(f"{config}[till_page]\nport = 0\n") == [*NO_PAGE, *NO_SHOP]
    assert said("[till_page]\nport = 8322\n")[2:] == ["define shop_ports = { 8322 }", SHOP]


@pytest.mark.parametrize(
    ("theirs", "off"),
    [
        (DEBIANS, True),
        ("#!/usr/sbin/nft -f\n\nflush ruleset\n", True),
        ("flush ruleset\n# table inet mine { }\n", True),
        (DEBIANS.replace("priority filter;", "priority filter; policy drop;", 1), False),
        (DEBIANS.replace("priority filter;", "priority filter; tcp dport 22 accept", 1), False),
        (f'{DEBIANS}include "/etc/nftables.d/mine.nft"\n', False),
        (f"{DEBIANS}table ip nat {{ }}\n", False),
    ],
)
def test_what_a_version_before_put_into_debians_file_is_taken_out_of_it(
    tmp_path: Path, theirs: str, *, off: bool
) -> None:
    """Its unit is off again where nobody has rules there."""
    box = Machine(tmp_path / "box")
    main = box.at("/etc/nftables.conf")
    main.write_text(f"{theirs}{OLD}")
    assert put(box, "", screen=False) == 2
    assert main.read_text() == theirs
    assert box.commands == ([OFF] if off else [])
    box.commands.clear()
    assert put(box, "", screen=False) == 0
    assert box.commands == []


def test_while_a_release_is_tried_the_one_before_keeps_what_it_needs(tmp_path: Path) -> None:
    """The power cut that goes back to it finds its rules; the next step takes them away."""
    box = Machine(tmp_path / "box")
    main = box.at("/etc/nftables.conf")
    main.write_text(f"{DEBIANS}{OLD}")
    put(box, "", screen=False, tried=True)
    assert (main.read_text(), box.commands) == (f"{DEBIANS}{OLD}", [])
    put(box, "", screen=False)
    assert (main.read_text(), box.commands) == (DEBIANS, [OFF])


def test_nothing_of_others_is_made_or_written(tmp_path: Path) -> None:
    box = Machine(tmp_path / "box")
    put(box, "", screen=True)
    assert not box.at("/etc/nftables.conf").exists()
    box.at("/etc/nftables.conf").write_text("table inet mine { }\n")
    put(box, "", screen=True)
    assert (box.at("/etc/nftables.conf").read_text(), box.commands) == ("table inet mine { }\n", [])
