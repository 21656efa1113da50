"""ASK: rights to what a member wants to spend at a site, and who stands there."""

from __future__ import annotations

from collections.abc import Sequence

from hq.ports import AskRow, KeyRow
from hq.pot import STAYS, Pot, Waiting, head_of
from hq.rights import give, online, settle
from hq.sales import ask_for_sale
from hq.work import Work, is_value, sale_account
from terminal.core.rights import Want
from terminal.core.wire.rights import Ask, AskOutcome

_CODES = {"lost": "41", "expired": "54"}
_RESTRICTED = "62"
_NO_SUCH = "14"
"""ISO 8583 field 39."""


async def answer(work: Work, ask: Ask) -> AskRow:
    """What is there is in the feed; what others have is asked of them. The same id is answered the same."""
    before = await work.turn.ask(ask.id)
    if before is not None:
        return before
    here = work.turn.name
    key = await work.turn.key(ask.key) if ask.key else None
    if refusal := await _refused(work, ask, key):
        row = AskRow(site=here, outcome=AskOutcome.REFUSED, code=refusal)
    elif work.idle:
        return AskRow(
            site=here, outcome=AskOutcome.SHORT
        )  # Not kept: it may be asked again once all is well.
    else:
        row = AskRow(site=here, outcome=await _granted(work, ask))
    await work.turn.save_ask(ask.id, row, work.now_ms)
    return row


async def _refused(work: Work, ask: Ask, key: KeyRow | None) -> str:
    """Empty: it is not. What is wanted must belong to whom the key leads to."""
    if key is None:
        return _NO_SUCH if ask.key and not ask.wants and not ask.sales else ""
    if key.state and key.state != "active":
        return _CODES.get(key.state, _RESTRICTED)
    wallets = {want.account.split(":", 2)[1] for want in ask.wants if want.account.startswith("wallet:")}
    families = await work.turn.families({key.wallet, *wallets})
    roots = {families[wallet].root.wallet for wallet in wallets}
    return _NO_SUCH if roots - {families[key.wallet].root.wallet} else ""


async def _granted(work: Work, ask: Ask) -> AskOutcome:
    wants = [want for want in ask.wants if is_value(want.account) and head_of(want.account) not in STAYS]
    accounts = {want.account for want in wants} | {sale_account(sale) for sale in ask.sales}
    pots = await work.open(accounts) if accounts else []
    outcomes = [_wanted(work, ask.id, want) for want in wants]
    outcomes += [await ask_for_sale(work, ask.id, sale) for sale in ask.sales]
    await settle(work, pots)
    return _outcome(outcomes, everything=len(wants) == len(ask.wants))


def _outcome(outcomes: Sequence[bool | None], *, everything: bool) -> AskOutcome:
    if None in outcomes:
        return AskOutcome.WAITING
    return AskOutcome.DIRECTED if everything and all(outcomes) else AskOutcome.SHORT


def _wanted(work: Work, ask: str, want: Want) -> bool | None:
    """True: all of it; None: the rest is waited for; False: no more can come."""
    pot, here = work.pot(want.account), work.turn.name
    need = want.amount - pot.held_at(here) - pot.granted_to(here)
    if need <= 0:
        return True
    if not pot.open:  # What was spent beyond rights is covered first.
        need -= give(work, pot, here, need)
    if need <= 0:
        return True
    if not _can_come(work, pot):
        return False
    until = work.now_ms + work.policy.ask_ms
    pot.wait(Waiting(ask=ask, site=here, account=pot.account, amount=need, until_ms=until), ask)
    return None


def _can_come(work: Work, pot: Pot) -> bool:
    here = work.turn.name
    return any(one.balance > 0 and one.site != here and online(work, pot, one.site) for one in pot.held)
