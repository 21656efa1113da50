"""What the car that stands there usually takes (product.md C2)."""

from __future__ import annotations

from terminal.core.commands import BookSale
from terminal.core.particulars import Particular
from terminal.core.ports import Desk
from terminal.core.trust import Holder
from terminal.core.usual import car_text, usual_grade
from terminal.core.values import WalletId
from terminal.flows.join_here import fields


async def usual_of(desk: Desk, holder: Holder, plate: str = "") -> str:
    """The grade; empty: none. `plate`: of that car before what the member takes with others."""
    before = await desk.originals(holder.wallet, ("sale",))
    sales = [one.command for one in before if isinstance(one.command, BookSale)]
    return usual_grade(sales, car_of(desk, holder.wallet, plate))


def car_of(desk: Desk, wallet: WalletId | None, plate: str) -> str:
    """By what its sales are known again; empty: nobody said which it is, or this shop asks for no plates."""
    if not plate or wallet is None or Particular.PLATE not in {one.of for one in fields(desk)}:
        return ""
    return desk.mark(car_text(wallet, plate))
