"""The forecourt's controller, as the counter needs it (product.md C2, C7): nozzles, and what they dispensed.

A fill goes by an id of ours that is written down before the nozzle is released. Whatever becomes of an
answer is asked for again by that id, and the dispenser's own record says what flowed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from terminal.core.values import Value

NOZZLES_MAX = 99
ID_MAX = 40
"""Characters of a fill's id."""
CENTILITRES_MAX = 100_000
"""Of one fill."""
FEN_MAX = 9_999_999
"""Of one fill, as far as dispensers count."""
TOTAL_MAX = 10**12

Number = Annotated[int, Meta(ge=1, le=NOZZLES_MAX)]
Centilitres = Annotated[int, Meta(ge=0, le=CENTILITRES_MAX)]
Fen = Annotated[int, Meta(ge=0, le=FEN_MAX)]
FillId = Annotated[str, Meta(pattern=rf"^[0-9A-Za-z-]{{1,{ID_MAX}}}\Z")]
GradeName = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,8}\Z")]


class Stage(StrEnum):
    """How far a fill is."""

    RELEASED = "released"  # nothing has flowed yet
    FLOWING = "flowing"
    ENDED = "ended"  # the nozzle hangs again: what flowed is final
    CANCELLED = "cancelled"  # nothing flowed, and nothing ever will under this id


class Nozzle(Value, frozen=True, kw_only=True):
    """As it stands now."""

    number: Number
    grade: GradeName
    price: Fen
    """Fen a litre that the dispenser shows."""
    lifted: bool = False
    """Somebody holds it, and it is not released."""
    total: Annotated[int, Meta(ge=0, le=TOTAL_MAX)] = 0
    """Its totaliser, in hundredths of a litre."""


class Preset(Value, frozen=True, kw_only=True):
    """Where the dispenser stops by itself: at whichever comes first. Neither: the tank is filled."""

    fen: Fen = 0
    """At the dispenser's price, before anything is taken off."""
    centilitres: Centilitres = 0


class Dispensed(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One fill, as the dispenser records it."""

    id: FillId
    nozzle: Number
    grade: GradeName
    price: Fen
    """Fen a litre, of the moment when it was released."""
    stage: Stage
    centilitres: Centilitres = 0
    fen: Fen = 0
    """The dispenser's own amount: it measures finer than a hundredth of a litre."""

    @property
    def agrees(self) -> bool:
        """Whether amount and litres are of one fill: within half a hundredth of a litre, rounded up.

        Of a record that does not, the controller is asked again (product.md C2).
        """
        apart = abs(self.fen * 100 - self.centilitres * self.price)  # Hundredths of a fen.
        return apart <= -(-self.price // 200) * 100


class NotReleased(StrEnum):
    """Why a nozzle is not released."""

    BUSY = "busy"  # a fill of before is not ended, or waits to be settled
    PRICE = "price"  # the dispenser shows another price
    UNKNOWN = "unknown"  # there is no such nozzle, or the controller does not take the preset
    CANCELLED = "cancelled"  # that id was ended before
    AWAY = "away"  # nobody knows whether it was released


class Forecourt(Protocol):
    """Nothing of it raises: what nobody knows is None, or AWAY, and is asked again."""

    @property
    def present(self) -> bool:
        """Whether the controller answers now."""
        ...

    async def nozzles(self) -> Sequence[Nozzle] | None: ...

    async def release(self, id_: str, nozzle: int, price: int, preset: Preset) -> Dispensed | NotReleased:
        """Under an id that was released before: how that fill stands, and nothing is released again."""
        ...

    async def fill(self, id_: str) -> Dispensed | None:
        """Of an id that it never heard: CANCELLED from then on, so that a late command releases nothing."""
        ...

    async def stop(self, id_: str) -> Dispensed | None:
        """Nothing more flows under it. What flowed until then is recorded as it is."""
        ...

    async def settle(self, id_: str) -> bool:
        """It is booked: the nozzle is free for the next. Whether the controller has heard it."""
        ...

    async def unsettled(self) -> Sequence[Dispensed] | None:
        """What was released, flows, or flowed and is not settled; by hand at the dispenser too."""
        ...

    def changes(self) -> AsyncGenerator[Dispensed, None]:
        """Each fill as it goes on, from now; ends when the controller goes away."""
        ...
