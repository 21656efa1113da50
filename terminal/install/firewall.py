"""Rules of nftables: who reaches the page, and how much the shop's network may hold open of the other pages.

The rules lie in the slot, and change with it. Which ports they are for is said by one file of this box. A
unit of ours loads that, and nothing else of the machine's rules is touched.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from terminal.install.box import Box, run
from terminal.install.slots import CURRENT

PAGE_PORT = 8321
SHOP_PORTS = {"join_page": 8322, "till_page": 8323}
"""By table of `terminal.toml`: what counts where it says nothing."""
UNIT = "terminal-firewall.service"
FILE = "/etc/nftables.d/card-terminal.nft"
_MAIN = "/etc/nftables.conf"
_MAIN_UNIT = "nftables.service"
"""Debian's own, which is off: it throws away all rules of the machine, whoever loaded them."""
_INCLUDED = 'include "/etc/nftables.d/card-terminal*.nft"\n'
"""As versions before had it in Debian's file."""
_NO_RULE = re.compile(
    r"(flush ruleset ?)?"
    r"(table inet filter \{ (chain \w+ \{ type filter hook \w+ priority \w+;( policy accept;)? \} )*\})?"
)
"""Debian's file as it comes, without remarks and with single spaces: what nobody misses."""
_PAGE = re.compile(r"^define page_port = (\d+)$", re.MULTILINE)
_SHOP = re.compile(r"^define shop_ports = \{ ([\d, ]+) \}$", re.MULTILINE)
_TABLES = ("card_terminal_page", "card_terminal_shop")


def put(box: Box, config: str, *, screen: bool, tried: bool = False) -> int:
    """Gives how many files were changed.

    Args:
        box: where they are.
        config: the text of `terminal.toml`.
        screen: the page is shown by the kiosk's user on this machine, and by nobody else.
        tried: what the version before needs stays, as a power cut goes back to it.
    """
    changed = int(box.write(FILE, rules(config, screen=screen)))
    return changed if tried else changed + _left_alone(box)


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


def tables_of(text: str) -> frozenset[str]:
    """Those in which rules lie, of rules as `rules` makes them."""
    here = guarded(text)
    return frozenset(table for table, ports in zip(_TABLES, here, strict=True) if ports)


def in_force() -> frozenset[str] | None:
    """Our tables that the kernel has just now; None: whoever asks may not look, or nobody can. Blocks."""
    code, listed = run(("/usr/sbin/nft", "list", "tables"))
    if code:
        return None
    return frozenset(table for table in _TABLES if f"table inet {table}" in listed.splitlines())


def take_away(box: Box) -> None:
    """What was added, and what is in force of it."""
    box.at(FILE).unlink(missing_ok=True)
    _left_alone(box)
    for table in _TABLES:
        box.try_to("/usr/sbin/nft", "delete", "table", "inet", table)


def _left_alone(box: Box) -> int:
    """What a version before put into Debian's own file, and its unit, which that let begin. 1: it was there.

    Whose file has rules of somebody else keeps that unit: it is theirs.
    """
    main = box.at(_MAIN)
    if not main.is_file() or _INCLUDED not in (text := main.read_text(encoding="utf-8")):
        return 0
    text = text.replace(_INCLUDED, "")
    if _NO_RULE.fullmatch(" ".join(re.sub(r"#.*", "", text).split())):
        # It is not ended: that, too, throws away all rules.
        box.try_to("/usr/bin/systemctl", "disable", _MAIN_UNIT)
    return int(box.write(_MAIN, text, 0o755))


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
