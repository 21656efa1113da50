"""Which browsers may show the page: those that came in by a link that only the screen's user could read.

The link holds a word that lets one browser in, once; then the next one is written. What a browser carries
from then on is a cookie, of which only the SHA-256 is kept, beside the ledger: a terminal that starts anew
knows its screen again. Whoever can reach the port and read neither sees nothing and touches nothing.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from terminal.runtime.durable import put

log = logging.getLogger(__name__)

KEPT_MAX: Final = 16
"""Browsers that are known; the one that came in first goes for the next."""
_TOKEN_BYTES: Final = 32
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{43}\n", re.ASCII)
"""As `fresh` makes it, on a line."""
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def fresh() -> str:
    """256 bits, in characters that an address and a cookie may hold."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class Sessions:
    """`link` is the file with the link, `kept` the file of those let in.

    `open` and `enter` wait for the disk: each is called alone, away from the event loop.
    """

    def __init__(
        self, kept: Path, link: Path, *, shared: bool = False, token: Callable[[], str] = fresh
    ) -> None:
        self._kept = kept
        self._link = link
        self._shared = shared
        self._token = token
        self._known: list[str] = []
        self._word = ""
        self._page = ""

    @property
    def link(self) -> Path:
        return self._link

    def open(self, page: str) -> None:
        """Reads who is known, and writes the link to `page`, an address that ends in a slash.

        A disk that is full must not take the screen away from those who had it: what cannot be read or
        written is logged, and nobody new comes in meanwhile.
        """
        lines: list[str] = []
        with _or_said("screens that were let in before are not known"), suppress(FileNotFoundError):
            lines = self._kept.read_text(encoding="ascii", errors="replace").splitlines()
        # What came in since, and could not be written down, stays known.
        known = [*(line for line in lines if _HASH.fullmatch(line)), *self._known]
        self._known = list(dict.fromkeys(known))[-KEPT_MAX:]
        self._page = page
        self._write_link(self._left())

    def enter(self, word: str) -> str | None:
        """The cookie of a browser that showed the word; None when it is not the word, or not any more."""
        shown = word.encode(errors="replace")
        if not self._word or not secrets.compare_digest(shown, self._word.encode()):
            return None
        self._word = ""
        self._write_link()  # First: were it killed here, the word that was used would let in once more.
        cookie = self._token()
        self._known = [*self._known, _hashed(cookie)][-KEPT_MAX:]
        with _or_said("the screen is let in until the terminal starts anew"):
            put(self._kept, "".join(f"{one}\n" for one in self._known).encode())
        return cookie

    def close(self) -> None:
        """The link leads nowhere any more."""
        self._word = ""
        with _or_said("the link stays behind"):
            self._link.unlink(missing_ok=True)

    def knows(self, cookie: str) -> bool:
        return bool(cookie) and _hashed(cookie) in self._known

    def _left(self) -> str:
        """The word of a terminal that was killed, which nobody used; empty: none.

        A screen that began meanwhile has it in its hands, and asks for no other.
        """
        with suppress(OSError, UnicodeDecodeError):
            page, _, word = self._link.read_text(encoding="ascii").partition("enter#")
            if page == self._page and _WORD.fullmatch(word):
                return word.strip()
        return ""

    def _write_link(self, word: str = "") -> None:
        word = word or self._token()
        with _or_said("no other screen is let in"):
            put(self._link, f"{self._page}enter#{word}\n".encode())
            if self._shared:  # The folder's group is the screen's.
                self._link.chmod(0o640)
            self._word = word


def beside(ledger: Path, link_file: str) -> Sessions:
    """Of the terminal that keeps this ledger. Without a file of its own the link is for its user alone."""
    link = Path(link_file) if link_file else ledger.with_suffix(".link")
    return Sessions(ledger.with_suffix(".pages"), link, shared=bool(link_file))


@contextmanager
def _or_said(what: str) -> Iterator[None]:
    """Goes on without what the disk refused."""
    try:
        yield
    except OSError as fault:
        log.warning("%s: why=%s", what, fault.strerror)


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()
