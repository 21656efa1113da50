"""Rules of nftables: who reaches the page, and how much the shop's network may hold open of the other pages.

The rules lie in the slot, and change with it. Which ports they are for is said by one file of this box.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from terminal.install.box import Box
from terminal.install.slots import CURRENT

PAGE_PORT = 8321
SHOP_PORTS = {"join_page": 8322, "till_page": 8323}
"""By table of `terminal.toml`: what counts where it says nothing."""
UNIT = "nftables.service"
"""Debian's own, which is off."""
FILE = "/etc/nftables.d/card-terminal.nft"
_MAIN = "/etc/nftables.conf"
_INCLUDED = 'include "/etc/nftables.d/card-terminal*.nft"'
_PAGE = re.compile(r"^define page_port = (\d+)$", re.MULTILINE)
_SHOP = re.compile(r"^define shop_ports = \{ ([\d, ]+) \}$", re.MULTILINE)
_TABLES = ("card_terminal_page", "card_terminal_shop")


def put(box: Box, config: str, *, screen: bool) -> int:
    """Gives how many files were changed.

    Args:
        box: where they are.
        config: the text of `terminal.toml`.
        screen: the page is shown by the kiosk's user on this machine, and by nobody else.
    """
    changed = int(box.write(FILE, rules(config, screen=screen)))
    file = box.at(_MAIN)
    text = file.read_text(encoding="utf-8") if file.is_file() else "#!/usr/sbin/nft -f\n\nflush ruleset\n"
    if _INCLUDED not in text:
        changed += box.write(_MAIN, f"{text.rstrip()}\n{_INCLUDED}\n", 0o755)
    # Also in a root that is only being made.
    box.try_to("/usr/bin/systemctl", "enable", UNIT)
    return changed


def rules(config: str, *, screen: bool) -> str:
    """Those of pages that may be configured later, too: the menu can do that, and starts no installer.

    A port 0, any free one, can be guarded by nobody.
    """
    page = _port(config, "kiosk", PAGE_PORT)
    shop = sorted({_port(config, table, port) for table, port in SHOP_PORTS.items()} - {0})
    lines = ["# Made by install.sh. After a port was changed in terminal.toml, start that again."]
    if screen and page:
        lines += [f"define page_port = {page}", _included("page")]
    else:
        lines += _gone(_TABLES[0])
    if shop:
        lines += [f"define shop_ports = {{ {', '.join(map(str, shop))} }}", _included("shop")]
    else:
        lines += _gone(_TABLES[1])
    return "\n".join(lines) + "\n"


class Guarded(NamedTuple):
    page: int
    """Port that the kiosk's user alone reaches; 0: none."""
    shop: frozenset[int]
    """Ports of which the shop's network may hold open only so many connections."""


def guarded(text: str) -> Guarded:
    """By rules as `rules` makes them."""
    page, shop = _PAGE.search(text), _SHOP.search(text)
    return Guarded(
        int(page[1]) if page else 0, frozenset(map(int, shop[1].split(","))) if shop else frozenset()
    )


def rules_there(root: Path = Path("/")) -> str:
    """The file as the installer left it; empty where it made none, or it may not be read."""
    try:
        return (root / FILE.lstrip("/")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def take_away(box: Box) -> None:
    """What was added, and what is in force of it."""
    box.at(FILE).unlink(missing_ok=True)
    main = box.at(_MAIN)
    if main.is_file() and _INCLUDED in (text := main.read_text(encoding="utf-8")):
        box.write(_MAIN, text.replace(f"{_INCLUDED}\n", ""), 0o755)
    for table in _TABLES:
        box.try_to("/usr/sbin/nft", "delete", "table", "inet", table)


def _included(name: str) -> str:
    """A pattern, which may fit nothing: a missing file would cost the machine all its rules."""
    return f'include "{CURRENT}/systemd/card-terminal-{name}*.nft"'


def _gone(table: str) -> list[str]:
    """Also where it is not there yet."""
    return [f"table inet {table}", f"delete table inet {table}"]


def _port(config: str, table: str, default: int) -> int:
    try:
        found = tomllib.loads(config).get(table)
    except tomllib.TOMLDecodeError:
        return default  # What is wrong with it was said where it was tried.
    port = found.get("port", default) if isinstance(found, dict) else default
    return port if isinstance(port, int) else default
