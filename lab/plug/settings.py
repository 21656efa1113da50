"""As the devices on the table are set."""

from __future__ import annotations

from typing import Final

SILENCE_MS: Final = 100
