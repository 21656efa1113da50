"""What people set for all sites: value beyond rights, cards, tiers; and who did what."""

from __future__ import annotations

from html import escape

from hq.html import cell, form, moment, table, yuan
from hq.operators import Session
from hq.overview import Overview
from terminal.core.cards import CardState
from terminal.core.policy import Offline

_LIMITS = (
    ("secure", "F, card that proved itself"),
    ("signed", "F, signed code or chip"),
    ("open", "F, plain number"),
    ("cap", "S, site"),
)


def limits(seen: Overview, session: Session) -> str:
    """What each site may give beyond rights while it is cut off."""
    if seen.exposure is None:
        return ""
    rows = [
        (cell(site.site), *(cell(one) for one in _of(site.reads)), cell(yuan(site.worst)))
        for site in seen.exposure.sites
    ]
    heads = ("Site", *(head for _, head in _LIMITS), "Worst")
    fields = "".join(
        f'<input name="{name}" required maxlength="12" placeholder="{escape(head)}, yuan">'
        for name, head in _LIMITS
    )
    where = '<input name="site" maxlength="64" placeholder="Site; empty: all">'
    return table("Beyond rights while cut off", heads, rows) + form(
        session, "/decide", {"do": "policy"}, f"{where}{fields}<button>Allow</button>"
    )


def _of(reads: tuple[Offline, ...]) -> list[str]:
    """As it is in force, and what is on its way behind an arrow."""
    said = [(one.secure, one.signed, one.open, one.site) for one in reads]
    return [" → ".join(dict.fromkeys(yuan(fen) for fen in column)) for column in zip(*said, strict=True)]


def words(seen: Overview, session: Session) -> str:
    states = "".join(f"<option>{state}</option>" for state in CardState if state is not CardState.NEW)
    card = (
        '<input name="card" required maxlength="64" placeholder="Card">'
        f'<select name="state">{states}</select><button>Say to all sites</button>'
    )
    tiers = "".join(_tier(tier, seen) for tier in seen.tiers)
    tier = (
        '<input name="wallet" required maxlength="64" placeholder="Wallet">'
        f'<select name="tier">{tiers}</select><button>Say to all sites</button>'
    )
    return (
        "<h2>Cards and tiers</h2>"
        + form(session, "/decide", {"do": "card"}, card)
        + form(session, "/decide", {"do": "tier"}, tier)
    )


def _tier(tier: str, seen: Overview) -> str:
    """By its name, and with its id, by which it is booked."""
    if (called := seen.called.get(tier)) is None:
        return f"<option>{escape(tier)}</option>"
    return f'<option value="{escape(tier)}">{escape(called.said("en"))} ({escape(tier)})</option>'


def coupons(seen: Overview, session: Session) -> str:
    """One by its id, or all of a kind; a kind of which all are withdrawn may be given again."""
    fields = (
        '<input name="coupon" maxlength="64" placeholder="Coupon, or">'
        '<input name="kind" maxlength="40" placeholder="its kind">'
        '<input name="wallet" maxlength="64" placeholder="Wallet; empty: all">'
        '<input name="words" required maxlength="100" placeholder="Why">'
        '<button class="grave">Withdraw</button>'
    )
    page = "<h2>Coupons</h2>" + form(session, "/decide", {"do": "withdraw"}, fields)
    if not seen.kinds_ended:
        return page
    button = "<button>May be given again</button>"
    rows = [
        (
            cell(kind),
            cell(why),
            f"<td>{form(session, '/decide', {'do': 'give_again', 'kind': kind}, button)}</td>",
        )
        for kind, why in seen.kinds_ended.items()
    ]
    return page + table("Withdrawn, whoever has one", ("Kind", "Why", ""), rows)


def acts(seen: Overview) -> str:
    if not seen.acts:
        return ""
    rows = [(cell(moment(one.at_ms)), cell(one.who), cell(one.what)) for one in seen.acts]
    return table("Set by people", ("When", "Who", "What"), rows)
