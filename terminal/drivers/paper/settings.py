"""What every receipt printer can be told, whichever way it is connected."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.receipts.page import COLUMNS_MIN
from terminal.core.values import Value
from terminal.drivers.codecs.escpos import Charset, Profile

_DOTS_80_MM = 576
_DOTS_58_MM = 384
_COLUMNS_80_MM = 42
"""From this many columns on the paper is 80 mm wide."""
_COLUMNS_MAX = 64
"""The narrowest font of nine dots on 80 mm."""


class PaperSettings(Value, frozen=True, kw_only=True):
    """What the printer can do."""

    columns: Annotated[int, Meta(ge=COLUMNS_MIN, le=_COLUMNS_MAX)] = 32
    """32 on 58 mm paper, 48 on 80 mm."""
    charset: Charset = Charset.GBK
    cutter: bool = True
    drawer: bool = False

    @property
    def profile(self) -> Profile:
        dots = _DOTS_80_MM if self.columns >= _COLUMNS_80_MM else _DOTS_58_MM
        return Profile(
            columns=self.columns, charset=self.charset, cutter=self.cutter, drawer=self.drawer, dots=dots
        )


class AnsweringSettings(PaperSettings, frozen=True, kw_only=True):
    """Of a printer that can be asked how it is, or cannot."""

    asks_status: bool = True
    """False for printers that never answer DLE EOT: then a return only means that the bytes were taken."""
    asks_at_end: bool = True
    """False for printers that do not answer GS r 1: then the end of the receipt is not confirmed."""
    answer_ms: Annotated[int, Meta(ge=50, le=30_000)] = 1_500
    """For one status answer."""
    print_ms: Annotated[int, Meta(ge=1_000, le=120_000)] = 20_000
    """For a whole receipt, from the first byte sent to the end confirmed."""
