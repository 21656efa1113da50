"""Money becomes value on a card, with the bonus that the amount reaches (product.md B2)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.accounts import TIER_FAMILY
from terminal.core.card_kinds import CardUse
from terminal.core.cart import Family
from terminal.core.commands import BookRecharge
from terminal.core.errors import Cancelled, CardNotFor, OverLimit, OwnMembership
from terminal.core.given_lines import given_lines
from terminal.core.membership import Newcomer, Recruited, unnamed
from terminal.core.money import Fen, shown
from terminal.core.packs import packed
from terminal.core.payment import rewarded
from terminal.core.ports import Desk
from terminal.core.recharging import Bonus, bonus_on, check_identity
from terminal.core.screens import Line, quantity_shown, says
from terminal.core.spending import room
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId
from terminal.flows.handing_out import kind_of_card
from terminal.flows.introducing import to_introducer
from terminal.flows.receiving import Paid, paid_in, taken_in


async def recharge(desk: Desk) -> None:
    card = await desk.read_card("Present the card to recharge")
    whose = await desk.holder(card) or await _issued(desk, card)
    begins = whose if isinstance(whose, Newcomer) else None
    holder = whose if isinstance(whose, Holder) else None
    if holder is not None and await desk.is_own(holder):
        raise OwnMembership("recharged by its own holder")
    kind = whose.card_kind if isinstance(whose, Holder) else whose.opens.kind
    if not desk.policy.card_may(kind, CardUse.STORED):
        raise CardNotFor("it takes no stored value")
    at_most = room(holder, desk.policy)
    if not at_most:
        raise OverLimit("the card holds all it may")
    amount = await desk.ask_amount("How much is recharged?", at_most=at_most, holder=holder)
    check_identity(amount, desk.policy, named=holder is not None and holder.member is not None)
    bonus = _bonus(desk, amount, kind) if rewarded(holder, desk.policy) else Bonus()
    asked = await paid_in(desk, amount, step=desk.policy.cash_step)
    entry = desk.new_id()
    desk.still_there(card)
    day = desk.occasion().business_day
    coupons, vouchers = bonus.coupons(day, desk.new_id), packed(bonus.vouchers, day, desk.new_id)
    given = (*given_lines(coupons, vouchers), *_locked(desk, bonus))
    paid = await _agreed(desk, entry, bonus, asked, holder, given=given)
    if paid is None:
        return await desk.say("Cancelled. Nothing was charged.")
    if not paid.through:  # What a code paid is booked, whatever became of the card.
        desk.still_there(card)
    named = holder if holder is not None and holder.member is not None else None
    reward = await to_introducer(
        desk, named, desk.policy.referral.recharged(amount, desk.new_id, desk.occasion().business_day)
    )
    booked = await desk.book_recharge(  # Point of no return.
        BookRecharge(
            id=entry,
            at=desk.occasion(),
            wallet=whose.wallet,
            card=whose.card,
            principal=amount,
            bonus=bonus.amount,
            received=paid.received,
            paid_by=paid.by,
            through=paid.through,
            terms=desk.policy.terms,
            campaign=bonus.campaign,
            by_company=paid.company,
            points=bonus.earned,
            gift_points=bonus.points,
            gift_until=bonus.until,
            rounding=paid.rounding,
            coupons=coupons,
            vouchers=vouchers,
            locks=(bonus.lock.given(day),) if bonus.lock else (),
            opens=begins.opens if begins else None,
            reward=reward,
            payer=paid.payer,
        ),
        begins.private if begins else None,
    )
    return await desk.hand_over(booked, "Recharged. Hand over the card and the receipt.")


async def _issued(desk: Desk, card: Credential) -> Newcomer:
    """A card nobody knows may become one without a name. Its wallet begins with the recharge."""
    if not await desk.confirm("This card is not known here. Issue it without a name?", amount=Fen(0)):
        raise Cancelled
    kind = await kind_of_card(desk, CardUse.STORED)
    return unnamed(
        card,
        policy=desk.policy,
        recruited=Recruited(by=desk.occasion().operator, channel="counter"),
        new_id=desk.new_id,
        day=desk.occasion().business_day,
        kind=kind,
    )


def _locked(desk: Desk, bonus: Bonus) -> tuple[Line, ...]:
    if bonus.lock is None:
        return ()
    lock = bonus.lock
    label = says("Grade {grade} at {price} at most", grade=lock.grade, price=shown(Fen(lock.price)))
    return (Line(label=label, value=quantity_shown(lock.litres, desk.policy.measured(lock.grade))),)


def _bonus(desk: Desk, amount: Fen, kind: str) -> Bonus:
    """By a card that is not for points none are given, and they count towards a tier all the same."""
    bonus = bonus_on(desk.occasion().business_day, amount, desk.policy)
    if desk.policy.card_may(kind, CardUse.POINTS):
        return bonus
    counts = tuple(one for one in bonus.earned if one.family == TIER_FAMILY)
    return replace(bonus, points=0, until="", earned=counts)


async def _agreed(  # noqa: PLR0913  what is shown before anybody pays
    desk: Desk, entry: EntryId, bonus: Bonus, paid: Paid, holder: Holder | None, *, given: tuple[Line, ...]
) -> Paid | None:
    amount = paid.amount
    lines = [Line(label=says("Principal"), value=shown(amount))]
    if bonus.amount:
        lines.append(Line(label=says("Bonus"), value=shown(bonus.amount)))
    if bonus.campaign:
        lines.append(Line(label=says("{name}", name=bonus.campaign)))
    if count := bonus.points + sum(one.points for one in bonus.earned if one.family == Family.GOODS):
        lines.append(Line(label=says("Goods points"), value=f"+{count}"))
    lines += given
    before = holder.spendable if holder else 0
    lines.append(Line(label=says("Balance after"), value=shown(before + amount + bonus.amount)))
    return await taken_in(desk, paid, entry, lines=lines, holder=holder)
