"""What may be set about the page of the counter."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.values import Value

LANGUAGES: Final = ("zh-Hans", "zh-Hant", "en")
"""BCP 47; the first is what a page shows until somebody switches it."""

_ADDRESS: Final = re.compile(r"https://[!-~]+", re.ASCII)
_JOIN_PAGE: Final = re.compile(r"http://(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?/?", re.ASCII)
_Port = Annotated[int, Meta(ge=0, le=65_535)]
_Few = Annotated[int, Meta(ge=1, le=64)]
_Seconds = Annotated[float, Meta(gt=0, le=60)]


class Settings(Value, frozen=True, kw_only=True):
    address: str = "127.0.0.1"
    """Loopback only: what faces the shop's network gets a listener and rules of its own."""
    port: _Port = 8321
    """0: any free one."""
    language: str = LANGUAGES[0]
    link_file: str = ""
    """Where the link is written that lets a browser in, once, readable by the group of its folder: the
    screen's user. Empty: beside the ledger, for the terminal's user alone."""
    display: bool = False
    """Whether the page `/display` is served: what the customer sees, on a second screen."""
    display_balance: bool = True
    """Whether what is on the member's card stands there: whoever is near sees it too."""
    display_join: Annotated[str, Meta(max_length=300)] = ""
    """An address that the second screen shows as a code while nothing is sold: where people join. Without
    TLS only what stands in the shop's own network, such as `[join_page]`."""
    watchers_max: _Few = 8
    """Pages that may watch at once; one more is told to come back later."""
    heartbeat_s: _Seconds = 0.7
    """Pages call themselves disconnected after 2 s without a word, so this stays well below."""
    send_s: _Seconds = 5.0
    """A page that takes nothing for so long is let go."""

    def __post_init__(self) -> None:
        """Raises ValueError for what a type cannot say."""
        if not ip_address(self.address).is_loopback:
            raise ValueError(f"address must be a loopback address, not {self.address}")
        if self.display_join and not (_ADDRESS.fullmatch(self.display_join) or _at_home(self.display_join)):
            raise ValueError("display_join must begin with https:// and have no spaces")
        if self.link_file and not self.link_file.startswith("/"):
            raise ValueError(f"link_file must be a whole path, not {self.link_file}")
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {self.language}")


class JoinPage(Value, frozen=True, kw_only=True):
    """`[join_page]`: faces the shop's network, where anybody may be."""

    address: str = ""
    """The terminal's own in that network; empty: there is no such page."""
    port: _Port = 8322
    """0: any free one."""
    language: str = LANGUAGES[0]
    """What it shows where the phone speaks none of ours."""

    def __post_init__(self) -> None:
        """Raises ValueError for what a type cannot say."""
        check_own(self.address)
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {self.language}")


class TillPage(Value, frozen=True, kw_only=True):
    """`[till_page]`: the counter's page on handhelds that were enrolled."""

    address: str = ""
    """The terminal's own in the shop's network; empty: there is no such page."""
    port: _Port = 8323
    """0: any free one."""

    def __post_init__(self) -> None:
        """Raises ValueError for what a type cannot say."""
        check_own(self.address)


def check_own(address: str) -> None:
    """One address of the shop's own network, so that `Host` can be compared with it. Raises ValueError."""
    if not address:
        return
    own = ip_address(address)
    if own.is_unspecified or not own.is_private:
        raise ValueError(f"address must be this machine's own in the shop's network, not {address}")


def _at_home(address: str) -> bool:
    found = _JOIN_PAGE.fullmatch(address)
    try:
        return found is not None and ip_address(found[1]).is_private
    except ValueError:
        return False
