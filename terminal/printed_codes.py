"""`terminal code NUMBER`: the signed code of a member, where there is no headquarters to sign it.

The site key signs. A site that joins headquarters later goes on believing its own codes; other sites do not.
"""

from __future__ import annotations

import sys
from pathlib import Path

from terminal.config import load_in_place
from terminal.core.member_codes import Claim, body_of, signed_message, text_of
from terminal.door import credentials_path
from terminal.store.checkpoints import SiteKey
from terminal.uplink.credentials import Unusable, read


class NotOurs(Exception):
    """This site signs no codes; `str()` says who does, or what to do."""


def write(config: Path, number: str) -> int:
    """Exit 0 with the code on standard output; 1 where it is not ours to sign, or no such number."""
    file = load_in_place(config).file
    try:
        text = _signed(file.ledger.path, file.terminal.merchant, number)
    except (OSError, NotOurs, Unusable, ValueError) as why:
        sys.stderr.write(f"{why}\n")
        return 1
    sys.stdout.write(f"{text}\n")
    return 0


def _signed(ledger: Path, merchant: str, number: str) -> str:
    if read(credentials_path(ledger)) is not None:
        raise NotOurs("headquarters signs codes here: python -m hq code")
    key = SiteKey(ledger.with_suffix(".site"))
    if key.public() is None:
        raise NotOurs("this site has no key yet: start the terminal once")
    body = body_of(Claim(number=number))
    signature, _ = key.sign(signed_message(merchant, body))
    return text_of(body, signature)
