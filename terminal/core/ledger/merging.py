"""Two memberships that turn out to be one person's: all that the first holds moves to the second.

More than one entry can name goes ahead in parts, each an entry of its own, and the merge itself moves the
rest. Until then both are open as they were, and what they hold lies with either, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.commands import BookMerge, BookMergePart, BookTransfer, Command
from terminal.core.entry import Entry, LotTaken
from terminal.core.errors import BadAmount, NamelessStays
from terminal.core.ledger.allowances import had_by_both
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import CouponMoved, Refers, TierChanged, WalletMerged, WalletOpened
from terminal.core.ledger.payers import paid_by_both
from terminal.core.ledger.referral import brought_oneself
from terminal.core.ledger.rules import check_tier, current, merged_into, open_wallet, standing_for
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.values import EntryId, WalletId

ROOM = 400
"""Lots and accounts that one entry of a merge moves: its body is short enough, whatever it says of each."""
_CHARS = 150
"""Of what a count card was sold as: so many take as much room as another lot."""
_COUPON = "coupon:"


def begun_merges() -> EntryId:
    """What refers to it began a merge in parts."""
    return standing_for("merges in parts")


def merge(command: BookMerge, state: State) -> Posted:
    """All of it moves, debts and what is on hold too, lot by lot.

    Raises `NamelessStays` where the name would be lost to value and cards that are a person's.
    """
    _check(command, state)
    if command.tier:
        check_tier(command.tier)
    draft = Draft(command.at, command.id, state)
    moved(draft, command.wallet, command.into)
    if command.tier:
        draft.effects.append(TierChanged(wallet=command.into, tier=command.tier))
    return draft.posted(command.into)


def merge_part(command: BookMergePart, state: State) -> Posted:
    """Nothing where they are one wallet by now. Raises what `merge` does where it begins, else nothing.

    Of wallets that are not known here what lies there moves as of any, as a directed merge does it.
    """
    draft = Draft(command.at, command.id, state)
    if command.begins:
        _check(command, state)
        draft.effects.append(Refers(of=begun_merges()))
        return draft.posted(command.into)
    wallet, into = command.wallet, current(command.into, state)
    if wallet != into:
        draft.effects += [
            WalletOpened(wallet=one, member=None) for one in (wallet, into) if state.wallet(one) is None
        ]
        for unit, lots in _ahead(state, wallet):
            _move_ahead(draft, unit, lots, wallet, into)
    return draft.posted(into)


def _check(command: BookMerge | BookMergePart, state: State) -> None:
    goes, stays = open_wallet(command.wallet, state), open_wallet(command.into, state)
    if command.wallet == command.into:
        raise BadAmount("a wallet into itself")
    if goes.member is not None and stays.member is None:
        raise NamelessStays("a member's wallet into an unnamed one")


def goes_ahead(state: State, *, wallet: WalletId, into: WalletId) -> bool:
    """Whether more lies there than one entry moves, and some of it can move before the merge itself.

    Of one that the other has gone into nothing can: they are one wallet.
    """
    if current(into, state) == wallet:
        return False
    rows = sum(1 + _rows(state.lots(wallet, unit)) for unit, _ in state.holdings(wallet))
    return rows > ROOM and any(True for _ in _ahead(state, wallet))


def begun(state: State) -> list[BookMergePart]:
    """Merges that were begun and are not done, the last one first, each into where the other is by now."""
    found = dict[tuple[WalletId, WalletId], BookMergePart]()
    for entry in reversed(state.referring(begun_merges())):
        one = _begins(entry.payload)
        if one is not None and current(one.wallet, state) == one.wallet:
            one = replace(one, into=current(one.into, state))
            found.setdefault((one.wallet, one.into), one)
    return [one for one in found.values() if one.into != one.wallet]


def _begins(command: Command) -> BookMergePart | None:
    """What somebody decided: that they are one, or that one is given to whoever has the other."""
    match command:
        case BookMergePart():
            return command
        case BookTransfer(id=id_, at=at, wallet=wallet, onto=str(onto), tier=tier):
            return BookMergePart(id=id_, at=at, wallet=wallet, into=WalletId(onto), begins=True, tier=tier)
        case _:
            return None


def _rows(lots: Sequence[Lot]) -> int:
    return sum(1 + len(lot.sold) // _CHARS for lot in lots)


def _ahead(state: State, wallet: WalletId) -> Iterator[tuple[str, Sequence[Lot]]]:
    """Unit by unit, as far as there is room. A coupon lies in no lot.

    Nor does what was promised to something under way, or is owed: that moves with the merge itself.
    """
    room = ROOM
    for unit, _ in state.holdings(wallet):
        lots = list(_fitting(state.lots(wallet, unit), room - 1))
        if room and (lots or unit.startswith(_COUPON)):
            yield unit, lots
            room -= 1 + _rows(lots)


def _fitting(lots: Sequence[Lot], room: int) -> Iterator[Lot]:
    for lot in lots:
        room -= _rows([lot])
        if room < 0:
            return
        yield lot


def _move_ahead(draft: Draft, unit: str, lots: Sequence[Lot], wallet: WalletId, into: WalletId) -> None:
    amount = sum(lot.rest for lot in lots)
    if unit.startswith(_COUPON):
        amount = 1
        draft.effects.append(CouponMoved(coupon=unit.removeprefix(_COUPON), wallet=into))
    _move(draft, unit, amount, wallet, into)
    for lot in lots:
        _move_lot(draft, unit, lot, wallet, into)


def merged_again(entry: Entry, command: BookMerge, state: State) -> Posted:
    """The same merge on another branch, where the rules refuse it: all that lies there goes, once.

    On the branch that was given up less may have lain there, or more.
    """
    draft = Draft(entry.at, entry.id, state)
    into = current(command.into, state)
    if united(draft, command.wallet, into) and command.tier:
        draft.effects.append(TierChanged(wallet=into, tier=command.tier))
    return draft.posted(into)


def united(draft: Draft, wallet: WalletId, into: WalletId, *, apart: bool = False) -> bool:
    """False where the first has gone into that one or another by now: nothing is done then.

    `into`: where what stays is by now. `apart`: nothing moves either, but both are known here from now on.
    """
    known = draft.state.wallet(wallet)
    if wallet == into or (known is not None and known.into is not None):
        return False
    draft.effects += [
        WalletOpened(wallet=one, member=None) for one in (wallet, into) if draft.state.wallet(one) is None
    ]
    if not apart:
        moved(draft, wallet, into)
    return True


def moved(draft: Draft, wallet: WalletId, into: WalletId) -> None:
    """What was spent beyond the rights held here goes along: it is covered for the one that is left."""
    for unit, _ in draft.state.holdings(wallet):
        _move(draft, unit, draft.balance(chart.held_by(wallet, unit)), wallet, into)
        for lot in draft.state.lots(wallet, unit):
            _move_lot(draft, unit, lot, wallet, into)
    brought_oneself(draft, wallet, into)
    had_by_both(draft, wallet, into)
    paid_by_both(draft, wallet, into)
    for unit, balance in draft.state.overdrawn(wallet):
        draft.move(chart.overdraft(draft.site, chart.held_by(wallet, unit)), -balance)
        draft.move(chart.overdraft(draft.site, chart.held_by(into, unit)), balance)
    draft.effects += [Refers(of=merged_into(into)), WalletMerged(wallet=wallet, into=into)]


def _move(draft: Draft, unit: str, amount: int, wallet: WalletId, into: WalletId) -> None:
    draft.move(chart.held_by(wallet, unit), -amount)
    draft.move(chart.held_by(into, unit), amount)


def _move_lot(draft: Draft, unit: str, lot: Lot, wallet: WalletId, into: WalletId) -> None:
    """It stays the lot that it was: what was used of it may still come back.

    Of one that came there ahead, and is here again with what came back of it, its list price is there too.
    """
    there = draft.state.lot(into, unit, lot.lot)
    draft.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=-lot.rest, wallet=wallet), of=wallet)
    draft.move_lot(
        LotTaken(
            unit=unit,
            lot=lot.lot,
            amount=lot.rest,
            wallet=into,
            paid=lot.paid,
            since=lot.since,
            until=lot.until,
            invoice=lot.invoice,
            laid=lot.laid,
            listed=lot.listed - (there.listed if there else 0),
            sold=lot.sold,
        ),
        of=into,
    )
