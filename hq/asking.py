"""ASK: rights to what members want to spend at sites, and who stands there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

import msgspec

from hq.ports import AskRow, KeyRow
from hq.pot import STAYS, Pot, Waiting, head_of, is_value
from hq.rights import give, online, settle
from hq.sales import ask_for_sale
from hq.work import Work, sale_account
from terminal.core.rights import Want
from terminal.core.values import SiteId
from terminal.core.wire.rights import Ask, AskOutcome

_CODES = {"lost": "41", "expired": "54"}
_RESTRICTED = "62"
_NO_SUCH = "14"
"""ISO 8583 field 39."""


async def answer(work: Work, asks: Sequence[Ask], keys: Mapping[str, KeyRow]) -> Mapping[str, AskRow]:
    """By id. What is there is in the feed; what others have is asked of them.

    The same id is answered the same. `keys`: by token, those that lead anywhere.
    """
    rows = dict(await work.turn.asks({ask.id for ask in asks}))
    fresh: dict[str, Ask] = {ask.id: ask for ask in reversed(asks) if ask.id not in rows}
    new = {
        name: _row(fresh[name], AskOutcome.REFUSED, code)
        for name, code in (await _refused(work, fresh.values(), keys)).items()
    }
    rest = [ask for ask in reversed(fresh.values()) if ask.id not in new]
    if work.idle:  # Not kept: it may be asked again once all is well.
        rows |= {ask.id: _row(ask, AskOutcome.SHORT) for ask in rest}
    elif rest:
        outcomes = await _granted(work, rest)
        new |= {ask.id: _row(ask, outcomes[ask.id]) for ask in rest}
    if new:
        await work.turn.save_asks(new, work.now_ms)
    return {**rows, **new}


def same(ask: Ask, row: AskRow) -> bool:
    """Whether that answer is one to this question."""
    return row.body == _body(ask)


def _row(ask: Ask, outcome: AskOutcome, code: str = "") -> AskRow:
    return AskRow(site=ask.site, outcome=outcome, code=code, body=_body(ask))


def _body(ask: Ask) -> bytes:
    """Of what it means: who asks under which hq_epoch, and by which machine, may change."""
    return sha256(msgspec.json.encode((ask.site, ask.wants, ask.sales, ask.key))).digest()


async def _refused(work: Work, asks: Collection[Ask], keys: Mapping[str, KeyRow]) -> Mapping[str, str]:
    """Codes of those that are, by id. What is wanted must belong to whom the key leads to."""
    refused: dict[str, str] = {}
    owners: dict[str, tuple[str, set[str]]] = {}
    for ask in asks:
        key = keys.get(ask.key or "")
        if key is None:
            if ask.key and not ask.wants and not ask.sales:
                refused[ask.id] = _NO_SUCH
        elif key.state and key.state != "active":
            refused[ask.id] = _CODES.get(key.state, _RESTRICTED)
        else:
            wallets = {one.account.split(":", 2)[1] for one in ask.wants if one.account.startswith("wallet:")}
            owners[ask.id] = key.wallet, wallets
    families = await work.turn.families({one for key, wallets in owners.values() for one in (key, *wallets)})
    for name, (key_wallet, wallets) in owners.items():
        if {families[one].root.wallet for one in wallets} - {families[key_wallet].root.wallet}:
            refused[name] = _NO_SUCH
    return refused


async def _granted(work: Work, asks: Sequence[Ask]) -> Mapping[str, AskOutcome]:
    wants = {
        ask.id: [one for one in ask.wants if is_value(one.account) and head_of(one.account) not in STAYS]
        for ask in asks
    }
    accounts = {one.account for ask in asks for one in wants[ask.id]}
    accounts |= {sale_account(sale) for ask in asks for sale in ask.sales}
    pots = await work.open(accounts) if accounts else []
    found: dict[str, AskOutcome] = {}
    for ask in asks:
        outcomes = [_wanted(work, ask, want) for want in wants[ask.id]]
        outcomes += [await ask_for_sale(work, ask.id, ask.site, sale) for sale in ask.sales]
        found[ask.id] = _outcome(outcomes, everything=len(wants[ask.id]) == len(ask.wants))
    await settle(work, pots)
    return found


def _outcome(outcomes: Sequence[bool | None], *, everything: bool) -> AskOutcome:
    if None in outcomes:
        return AskOutcome.WAITING
    return AskOutcome.DIRECTED if everything and all(outcomes) else AskOutcome.SHORT


def _wanted(work: Work, ask: Ask, want: Want) -> bool | None:
    """True: all of it; None: the rest is waited for; False: no more can come."""
    pot, here = work.pot(want.account), ask.site
    need = want.amount - pot.held_at(here) - pot.granted_to(here)
    if need <= 0:
        return True
    if not pot.open:  # What was spent beyond rights is covered first.
        need -= give(work, pot, here, need)
    if need <= 0:
        return True
    if not _can_come(work, pot, here):
        return False
    until = work.now_ms + work.policy.ask_ms
    pot.wait(Waiting(ask=ask.id, site=here, account=pot.account, amount=need, until_ms=until), ask.id)
    return None


def _can_come(work: Work, pot: Pot, here: SiteId) -> bool:
    return any(one.balance > 0 and one.site != here and online(work, pot, one.site) for one in pot.held)
