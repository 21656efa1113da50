"""Cash went into the drawer and onto a card; what the shop adds is bonus, another money (product.md B2)."""

from __future__ import annotations

from terminal.core.accounts import bonus, bonus_expense, drawer, principal
from terminal.core.commands import BookRecharge
from terminal.core.entry import LotTaken
from terminal.core.errors import BadAmount
from terminal.core.ledger.rules import Postings, check_amount, check_holder, opening
from terminal.core.ledger.state import Posted, State


def recharge(command: BookRecharge, state: State) -> Posted:
    """Raises `Refused` for amounts that cannot be, and for a wallet or card that is not there."""
    check_amount(command.principal, "principal", least=1)
    check_amount(command.bonus, "bonus")
    check_amount(command.received, "received")
    if command.received < command.principal:
        raise BadAmount("less cash than principal")
    check_holder(command.wallet, command.card, command.opens, state)
    postings: Postings = [
        (principal(command.wallet), command.principal),
        (drawer(state.site, command.at.shift), -command.principal),
    ]
    lots = [LotTaken(unit="principal", lot=command.id, amount=command.principal)]
    if command.bonus:
        postings += [(bonus(command.wallet), command.bonus), (bonus_expense(state.site), -command.bonus)]
        lots.append(LotTaken(unit="bonus", lot=command.id, amount=command.bonus))
    if command.opens is not None:
        postings += opening(command.opens, state)
    return Posted(postings=tuple(postings), lots=tuple(lots), wallet=command.wallet)
