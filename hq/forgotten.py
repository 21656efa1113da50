"""That somebody is forgotten is told with who that is: their wallet may be another person's by now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from hq.ports import Family, HolderRow, Turn
from hq.word import everywhere
from hq.work import Work
from terminal.core.directives import Lapse, Lapsing
from terminal.core.values import MemberId, SiteId, WalletId

WALLETS_MAX = 100
"""In one directive."""


async def names_of(turn: Turn, family: Family, member: str) -> Sequence[tuple[str, frozenset[str]]]:
    """Each wallet of the family, and who has it at a site: `member`, and those who became one with them.

    Where the family is not theirs any more: only they. A site that heard less may know them by it.
    """
    holders = await turn.holders(family.members)
    theirs = holders.get(family.root.wallet, HolderRow(member=member)).member == member
    found = []
    for wallet in family.members:
        has = holders.get(wallet) if theirs else None
        found.append((wallet, frozenset({member, str(has.member)} if has is not None else {member})))
    return found


async def forget(
    work: Work, names: Sequence[tuple[str, frozenset[str]]], upto: str, *, but: SiteId | None = None
) -> None:
    """Every site that is alive hears it, except `but`. Nothing, where no names are given."""
    several = sorted(set(names), key=lambda one: (one[0], sorted(one[1])))
    for start in range(0, len(several), WALLETS_MAX):
        some = several[start : start + WALLETS_MAX]
        lapse = Lapse(
            kind=Lapsing.MEMBER,
            upto=upto,
            wallets=tuple(sorted({WalletId(wallet) for wallet, _ in some})),
            members=tuple(sorted({MemberId(member) for _, each in some for member in each})),
        )
        await everywhere(work, partial(replace, lapse), but=but)
