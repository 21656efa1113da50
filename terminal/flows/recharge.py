"""Cash becomes value on a card, with the bonus that the amount reaches (product.md B2)."""

from __future__ import annotations

from terminal.core.commands import BookRecharge
from terminal.core.errors import Cancelled, OverLimit
from terminal.core.membership import Newcomer, Recruited, unnamed
from terminal.core.money import Fen, shown
from terminal.core.payment import rewarded
from terminal.core.ports import Desk
from terminal.core.pricing import bonus_for
from terminal.core.screens import Line, says
from terminal.core.spending import room
from terminal.core.trust import Credential, Holder


async def recharge(desk: Desk) -> None:
    card = await desk.read_card("Present the card to recharge")
    whose = await desk.holder(card) or await _issued(desk, card)
    begins = whose if isinstance(whose, Newcomer) else None
    holder = whose if isinstance(whose, Holder) else None
    at_most = room(holder, desk.policy)
    if not at_most:
        raise OverLimit("the card holds all it may")
    amount = await desk.ask_amount("How much is recharged?", at_most=at_most, holder=holder)
    bonus = bonus_for(amount, desk.policy.recharge_ladder) if rewarded(holder, desk.policy) else Fen(0)
    received = await desk.ask_cash("How much cash was given?", due=amount)
    if not await _agreed(desk, amount, bonus, received, holder):
        return await desk.say("Cancelled. Nothing was charged.")
    desk.still_there(card)
    booked = await desk.book_recharge(  # Point of no return.
        BookRecharge(
            id=desk.new_id(),
            at=desk.occasion(),
            wallet=whose.wallet,
            card=whose.card,
            principal=amount,
            bonus=bonus,
            received=received,
            opens=begins.opens if begins else None,
        ),
        begins.private if begins else None,
    )
    return await desk.hand_over(booked, "Recharged. Hand over the card and the receipt.")


async def _issued(desk: Desk, card: Credential) -> Newcomer:
    """A card nobody knows may become one without a name. Its wallet begins with the recharge."""
    if not await desk.confirm("This card is not known here. Issue it without a name?", amount=Fen(0)):
        raise Cancelled
    return unnamed(
        card,
        policy=desk.policy,
        recruited=Recruited(by=desk.occasion().operator, channel="counter"),
        new_id=desk.new_id,
    )


async def _agreed(desk: Desk, amount: Fen, bonus: Fen, received: Fen, holder: Holder | None) -> bool:
    lines = [Line(label=says("Principal"), value=shown(amount))]
    if bonus:
        lines.append(Line(label=says("Bonus"), value=shown(bonus)))
    before = holder.spendable if holder else 0
    lines += [
        Line(label=says("Balance after"), value=shown(before + amount + bonus)),
        Line(label=says("Received"), value=shown(received)),
        Line(label=says("Change"), value=shown(received - amount)),
    ]
    return await desk.confirm(
        "Take the cash, give {change} back?",
        amount=amount,
        lines=lines,
        holder=holder,
        change=shown(received - amount),
    )
