"""Where the ledger lies and how it is kept. Cheap to import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value


class Settings(Value, frozen=True, kw_only=True):
    path: Path = Path("/var/lib/card-terminal/ledger.db")
    """The ledger file. Beside it lie its keys (`.keys`), its secret (`.secret`), its lock (`.lock`) and a
    sign that it was made (`.made`)."""
    batch_max: Annotated[int, Meta(ge=1, le=1024)] = 256
    """Submissions that may share one commit."""
    queue_max: Annotated[int, Meta(ge=1, le=65_536)] = 4096
    """Submissions that may wait; one more is refused at once."""
    verified_at_start: Annotated[int, Meta(ge=1)] = 1000
    """How many of the last entries are verified, at most, before the terminal sells."""

    second: Path | None = None
    """A folder on another medium, for a second copy of the journal. It is never made: it must be there."""
    second_required: bool = False
    """Whether selling stops while the second copy is not level with the ledger."""
    second_bytes_max: Annotated[int, Meta(ge=64 << 20, le=1 << 44)] = 16 << 30
    """All files of the copy together. Then the oldest goes, where headquarters has had it for 90 days."""

    def __post_init__(self) -> None:
        """Beside a file of another name, one of its companions could be the file itself."""
        if self.path.suffix != ".db":
            raise ValueError("the ledger's name must end with .db")
        if self.second_required and self.second is None:
            raise ValueError("second_required needs second, the folder of the second copy")
