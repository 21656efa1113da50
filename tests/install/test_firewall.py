"""What the rules say of a configuration; that they hold is tried in tests/test_unit_files.py."""

from __future__ import annotations

import pytest

from terminal.install.firewall import PAGE_PORT, SHOP_PORTS, rules
from terminal.kiosk.settings import JoinPage, Settings, TillPage

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
