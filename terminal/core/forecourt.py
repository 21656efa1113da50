"""The forecourt's controller, as the counter needs it (product.md C2, C7): nozzles, and what they dispensed.

A fill goes by an id of ours that is written down before the nozzle is released. Whatever becomes of an
answer is asked for again by that id, and the dispenser's own record says what flowed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID, uuid5

from msgspec import Meta

from terminal.core.values import EntryId, Value

NOZZLES_MAX = 99
ID_MAX = 40
"""Characters of a fill's id."""
CENTILITRES_MAX = 100_000
"""Of one fill."""
FEN_MAX = 9_999_999
"""Of one fill, as far as dispensers count."""
TOTAL_MAX = 10**12
FULL_CENTILITRES = 10_000
"""What value is held for where a tank is filled, and where it stops then (product.md C7)."""
PUMP_PRESET = "pump_preset"
"""What an intent is called under whose id a nozzle is released."""
SALES_MAX = 10
"""Ids of one fill that payments outside may use up, each by coming to nothing; then `last_of` is left."""

_FILLS = UUID("5c0f7d3e-6a5b-4b0e-9a35-2f9c1e7a4d81")

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


def exact_of(preset: Preset, price: int) -> int:
    """Fen of what was wanted at that price (fen a litre), rounded up, before anything is taken off it."""
    return preset.fen or -(-(preset.centilitres or FULL_CENTILITRES) * price // 100)


def most_of(preset: Preset, price: int) -> int:
    """Fen that a fill may come to at that price (fen a litre), before anything is taken off it.

    One that stops at litres may have the greatest amount that still agrees with them. A full tank stops at
    the sum that is held for it.
    """
    if preset.centilitres and not preset.fen:
        return most_for(preset.centilitres, price)
    return exact_of(preset, price)


def most_for(centilitres: int, price: int) -> int:
    """The greatest amount in fen that a dispenser may show for so much."""
    return (2 * centilitres * price + _twice_apart(price)) // 200


def _twice_apart(price: int) -> int:
    """Twice what litres and amount may be apart, in hundredths of a fen (decision 131).

    Dispensers measure finer than they show: half a hundredth of a litre, rounded up to fen, or with half a
    fen, as the amount is rounded too.
    """
    return max(-(-price // 200) * 200, price + 100)


def agree(centilitres: int, fen: int, price: int) -> bool:
    """Whether a dispenser may show that amount for so much at that price (fen a litre): it measures finer."""
    return 2 * abs(fen * 100 - centilitres * price) <= _twice_apart(price)


def centilitres_of(preset: Preset, price: int) -> int:
    """So much may flow under it at that price (fen a litre, above 0)."""
    said = ((preset.fen, preset.fen * 100 // price), (preset.centilitres, preset.centilitres))
    return min((most for stops, most in said if stops), default=FULL_CENTILITRES)


def hold_of(fill: str) -> EntryId:
    """Under which id value is held for it: whoever comes back to it finds the same."""
    return _named(fill, "hold")


def release_of(fill: str) -> EntryId:
    """Under which id that value goes back whole."""
    return _named(fill, "release")


def end_of(fill: str) -> EntryId:
    """Under which id it is booked that nothing comes of it."""
    return _named(fill, "end")


def sale_of(fill: str, attempt: int = 0) -> EntryId:
    """Under which id it is sold, so that it is sold once; 0 is the one that its intent waits for."""
    return _named(fill, f"sale {attempt}")


def last_of(fill: str) -> EntryId:
    """Under which it is sold, or told to be no sale, once the others are used up; nobody outside is asked."""
    return sale_of(fill, SALES_MAX)


def _named(fill: str, what: str) -> EntryId:
    return EntryId(str(uuid5(_FILLS, f"{fill} {what}")))


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
        """Whether amount and litres are of one fill: within what a dispenser rounds.

        And nothing of one that was cancelled. Of a record that does not, the controller is asked again
        (product.md C2).
        """
        if self.stage is Stage.CANCELLED and (self.centilitres or self.fen):
            return False
        return agree(self.centilitres, self.fen, self.price)


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
