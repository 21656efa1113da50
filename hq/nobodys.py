"""Cards that are nobody's, many at once: ended where at most points lie on them, anywhere (product.md B11).

No shop of a chain ends one (A395): value of it may lie at another shop, or here. What a shop has not told yet
nobody knows here, so while any of them is silent nothing ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hq.decisions import NotDecided, said, signed
from hq.exchange import Exchange
from hq.ports import NobodysCard
from hq.word import card_stands
from hq.work import Work
from terminal.core.accounts import FEN, TIER_UNIT, measure_of
from terminal.core.batches import END_ALONE
from terminal.core.cards import CardState
from terminal.core.values import SiteId, Value

_AT_ONCE: Final = 100
"""Cards in one transaction: shops wait that long with what they send."""


class Which(Value, frozen=True, kw_only=True):
    """All that is said must fit."""

    numbers: Mapping[str, str] | None = None
    """By token (hex), the number that it was made of; None: whatever their numbers."""
    before_ms: int = 0
    """Heard of here before that, in ms since 1970; 0: whenever."""
    tier: str = ""

    def shown(self, card: NobodysCard) -> str:
        return (self.numbers or {}).get(card.token, card.shown)

    def __repr__(self) -> str:
        """Without the numbers."""
        return f"Which({len(self.numbers or ())} tokens, before {self.before_ms}, tier {self.tier!r})"

    __str__ = __repr__


class Account(Value, frozen=True, kw_only=True):
    """A card that is not dead yet, and what lies on its wallet, wherever it is."""

    card: str
    shown: str
    """Its number where it was chosen by that, else masked."""
    left: Mapping[str, int] = MappingProxyType({})
    """By unit, what is not nothing, but for what counts towards a tier; empty where all of it is points."""

    @property
    def fen(self) -> int:
        return sum(amount for unit, amount in self.left.items() if measure_of(unit) == FEN)


class Batch(Value, frozen=True, kw_only=True):
    ends: tuple[Account, ...] = ()
    left_out: tuple[Account, ...] = ()
    silent: tuple[SiteId, ...] = ()
    """Shops that were not heard of just now, or have not told all: what they hold besides is not known."""

    @property
    def left_fen(self) -> int:
        return sum(one.fen for one in self.left_out)


async def batch_of(exchange: Exchange, merchant: str, which: Which) -> Batch:
    """What would end, and what is left out; nothing is changed."""
    async with exchange.work(merchant, SiteId("")) as work:
        return await _batch(work, which)


async def end(  # noqa: PLR0913  what, how many, who
    exchange: Exchange,
    merchant: str,
    which: Which,
    *,
    count: int,
    by: str,
    told: Callable[[Sequence[Account]], None] = lambda _ended: None,
) -> Batch:
    """One word to all sites for each card. Cut short, it is done again: what ended by then fits no more.

    `count`: how many whoever says so was shown. `told`: which ended, once that is committed.

    Raises:
        NotDecided: nobody signs, it stands otherwise by now, a shop is silent, or headquarters is restored.
    """
    signed(by)
    async with exchange.work(merchant, SiteId(""), alone=True) as work:
        if work.idle:
            raise NotDecided("headquarters was restored, and not every site has called since")
        found = await _batch(work, which)
        if found.silent:
            raise NotDecided(f"not heard of, or behind: {', '.join(found.silent)}")
        if len(found.ends) != count:
            raise NotDecided(f"{len(found.ends)} cards would end by now: look again")
        await said(work, by, f"{count} cards without a name end")
    ended: list[Account] = []
    left = list(found.left_out)
    for at in range(0, len(found.ends), _AT_ONCE):
        async with exchange.work(merchant, SiteId(""), alone=True) as work:
            now = [await _looked_at(work, one) for one in found.ends[at : at + _AT_ONCE]]
            some = [one for one in now if one is not None and not one.left]
            for one in some:
                await card_stands(work, one.card, CardState.CANCELLED)
        left += [one for one in now if one is not None and one.left]  # Something came onto it meanwhile.
        told(some)
        ended += some
    return Batch(ends=tuple(ended), left_out=tuple(left))


async def _batch(work: Work, which: Which) -> Batch:
    tokens = None if which.numbers is None else which.numbers.keys()
    cards = await work.turn.nobodys_cards(tokens, which.before_ms, which.tier)
    found = [
        Account(card=one.card, shown=which.shown(one), left=await _left(work, one.wallet)) for one in cards
    ]
    return Batch(
        ends=tuple(one for one in found if not one.left),
        left_out=tuple(one for one in found if one.left),
        silent=await silent(work),
    )


async def _left(work: Work, wallet: str) -> Mapping[str, int]:
    family = (await work.turn.families({wallet}))[wallet]
    held = await work.turn.held_of(family.members)
    if all(unit.startswith(END_ALONE) for unit in held):
        return {}
    return {unit: amount for unit, amount in held.items() if unit.removeprefix("debt:") != TIER_UNIT}


async def _looked_at(work: Work, one: Account) -> Account | None:
    """As it stands now; None: it is somebody's by now, or dead."""
    wallet, stood = await work.turn.leads_to(one.card), await work.turn.stood(one.card)
    if wallet is None or (stood is not None and stood.state.final):
        return None
    if (await work.turn.families({wallet}))[wallet].root.member is not None:
        return None
    return Account(card=one.card, shown=one.shown, left=await _left(work, wallet))


async def silent(work: Work, *, but: SiteId | None = None) -> tuple[SiteId, ...]:
    """Shops that were not heard of just now, or have not told all; `but`: whatever that one has not told."""
    sites = sorted((await work.turn.sites()).items())
    return tuple(
        name
        for name, row in sites
        if not row.written_off_ms
        and name != but
        and (work.now_ms - row.seen_ms > work.policy.online_ms or row.acked < row.said)
    )


def row(one: Account) -> tuple[str, str, str]:
    """For its list: the card, what became of it, and what lies on it."""
    left = ", ".join(f"{unit} {amount}" for unit, amount in sorted(one.left.items()))
    return one.shown, "left out" if left else "ended", left
