"""A site's ledger as the way to headquarters sees it: where it stands, and how its chain is healed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from terminal.core.errors import AnotherMachine, ChainsDiffer
from terminal.core.rights import Want
from terminal.core.values import EntryId, MemberId, Value, WalletId
from terminal.core.wire.people import KeyToken, Known


class Announced(Value, frozen=True, kw_only=True):
    """A key of which headquarters said that it is believed, or no more."""

    use: str
    """`core.directives.KeyUse`"""
    public: str
    believed: bool


class Standing(Value, frozen=True, kw_only=True):
    """What this site knows of headquarters. Durable: it outlives a restart without network."""

    epoch: int
    """Of the site's own chain."""
    hq_epoch: int = 0
    """The highest that headquarters ever said; 0: it never answered."""
    fed: int = 0
    """Number of the directive that was applied last under that hq_epoch."""
    asked: int = 0
    """The epoch under which headquarters asks for the chain to be healed; 0: the chains agree."""
    refused: bool = False
    """Another machine speaks for this site."""
    acked_mark: str = ""
    """What headquarters alone can read, of what it acknowledged last; `core.wire.forms.Mark`."""
    fed_mark: str = ""
    """The same, of the last directives that it told."""
    edits_mark: str = ""
    """The same, of what it holds of people."""
    sets: dict[str, str] = {}
    """Hash of the manifest by which each data set is read."""
    keys: tuple[Announced, ...] = ()
    """In no order that means anything: of each the last word."""


def believed(announced: Sequence[Announced], use: str, enrolled: Collection[bytes]) -> frozenset[bytes]:
    """What is headquarters' for that use: what enrolling brought and what was announced, less what ended."""
    said = {bytes.fromhex(key.public): key.believed for key in announced if key.use == use}
    ended = {key for key, still in said.items() if not still}
    return (frozenset(enrolled) | said.keys()) - ended


def check_selling(standing: Standing) -> None:
    """Nothing is booked on a branch that will be given up, or by a machine that is not the site's.

    Raises ChainsDiffer or AnotherMachine.
    """
    if standing.refused:
        raise AnotherMachine("another instance speaks for this site")
    if standing.asked:
        raise ChainsDiffer(f"headquarters asks for epoch {standing.asked}")


class Edit(Value, frozen=True, kw_only=True):
    """Who stands behind a wallet, to be told to headquarters outside of the chain."""

    id: EntryId
    """Of the entry that changed it last, or its own where the number was only stored anew."""
    turn: int
    """Higher than that of every edit before it at this site, also after an older disk was put in."""
    wallet: WalletId
    member: MemberId | None
    since: int = 0
    """When the wallet was given to them here, in ms since 1970; 0: it was not."""
    known: Known | None
    """None: unnamed, or erased since."""
    keys: tuple[KeyToken, ...]
    traces: tuple[str, ...]
    visitor: bool = False
    """Nothing is known of them here, and they were not erased here: another site knows who they are."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return f"Edit({self.id})"


AS_A_VISITOR = frozenset({"directive", "guest"})
"""Kinds of entries by which a wallet of another site becomes known here."""


class Touched(Value, frozen=True, kw_only=True):
    """A member's account with something on it, last posted to in the part of the journal asked for."""

    held: Want
    home: bool
    """Whether its wallet was ever recharged here."""
    began_here: bool
    """Whether its wallet did."""


class Healed(Value, frozen=True, kw_only=True):
    """What stands after the chains were joined again."""

    epoch: int
    pulled: int
    """Entries of headquarters' chain."""
    again: int
    """Own facts that it lacked, booked again."""
    left: int
    """Own entries that only moved rights, and were left behind."""
    aside: str = ""
    """Where the ledger lies that was there."""


class Healing(Protocol):
    """Headquarters' chain on its way into a ledger of its own; the old one stays until the end."""

    @property
    def seq(self) -> int:
        """So much of the chain was taken."""
        ...

    async def take(self, bodies: Sequence[bytes]) -> None:
        """The next ones. Raises LedgerDamaged for what is no continuation of it."""
        ...

    async def finish(self, head: bytes) -> Healed:
        """The chain ends here, with that hash: own facts are booked again, and it becomes the ledger.

        Raises:
            LedgerDamaged: it has another hash, or what came of it does not verify. Nothing was changed.
            LedgerClosed: the disk does not let us, or somebody reads the file. Try again.
        """
        ...

    async def drop(self) -> None:
        """Another time, or never."""
        ...


class SiteLedger(Protocol):
    """Beside `Committer` and `Outbox`, what headquarters' answers need of the ledger."""

    def standing(self) -> Standing: ...

    async def stands(self, standing: Standing) -> None:
        """From now on. Under a new hq_epoch directives are numbered anew."""
        ...

    async def passed(self, m: int) -> None:
        """Directive `m` of this hq_epoch was applied under an earlier one."""
        ...

    async def told(self, mark: str) -> None:
        """Directives are here under that mark, and will be applied."""
        ...

    async def applied(self, directive: EntryId) -> bool: ...

    async def edits(self, limit: int) -> Sequence[Edit]:
        """Of people whom headquarters does not know so under its present hq_epoch, as they are now."""
        ...

    async def edits_held(self, edits: Sequence[EntryId], hq_epoch: int, mark: str = "") -> None:
        """Headquarters has them durably. They are sent again under a higher one.

        `mark`: by which it knows that it said so.
        """
        ...

    async def touched(self, after: int, upto: int) -> Sequence[Touched]:
        """By the entries `after + 1` to `upto` and by none since."""
        ...

    async def began_since(self, wallet: WalletId, after: int) -> bool:
        """Whether an entry of this site behind `after` opened it."""
        ...

    async def heal(self, epoch: int) -> Healing:
        """Begins one, from the first entry; whatever was begun before is forgotten."""
        ...
