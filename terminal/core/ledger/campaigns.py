"""Coupons of a campaign, claimed at the counter: once a person, and no more than the shop says (B5)."""

from __future__ import annotations

import re
from typing import Final

from terminal.core import accounts as chart
from terminal.core.commands import Claim
from terminal.core.errors import ClaimedBefore, ClaimsGone, NotBookable
from terminal.core.ledger.allowances import count, counted_as, had_so_far, refer, theirs
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.rules import check_amount, open_wallet
from terminal.core.values import WalletId

CODE: Final = re.compile(r"[0-9A-Z]{4,20}", re.ASCII)


def count_claim(draft: Draft, wallet: WalletId, claim: Claim) -> None:
    """Raises `ClaimedBefore`, `ClaimsGone`; `NotBookable`: of no such code, or by nobody with a name."""
    check_amount(claim.most, "claims")
    if not CODE.fullmatch(claim.code) or open_wallet(wallet, draft.state).member is None:
        raise NotBookable("claimed with no such code, or by nobody with a name")
    what = f"claim.{claim.code}"
    if had_so_far(draft, theirs(wallet, draft.state), chart.EVER, what):
        raise ClaimedBefore("they have it")
    claims = chart.claims(draft.site, claim.code)
    if claim.most and draft.balance(claims) >= claim.most:
        raise ClaimsGone(f"{claim.most} were claimed")
    count(draft, chart.had(draft.site, counted_as(wallet, draft.state), chart.EVER, what), 1)
    count(draft, claims, 1)
    refer(draft, wallet)
