"""Under which key this site's command sheets are."""

from __future__ import annotations

import os

from terminal.config import Settings
from terminal.core.command_sheet import CommandSheet
from terminal.store.sealed import Secret


def command_sheet(settings: Settings) -> CommandSheet:
    """Of this site; who learns uses the shop's. Makes no key.

    Raises:
        LedgerMismatched, OSError: the key cannot be read.
    """
    file = settings.file
    path = (settings.shop_ledger or file.ledger.path).with_suffix(".secret")
    # Where there is none yet, nobody has printed a sheet either: no code fits.
    mac = Secret(path).mac if path.exists() else lambda _: os.urandom(32)
    return CommandSheet(mac, file.counter.command_sheet)
