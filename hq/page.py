"""The operator's pages: who logs in, what there is to decide, terminals and sites."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from hq.exposure import ApartExposure, Exposure
from hq.html import alert, cell, form, moment, number, table, whole, yuan
from hq.operators import Session
from hq.overview import MachineSeen, Open, Overview, SiteSeen
from hq.page_people import acts, coupons, limits, words
from hq.ports import ExceptionKind, seen_as
from terminal.core.fleet import WorstDay
from terminal.core.money import plain

_WORDS = {
    ExceptionKind.QUARANTINE: "entry that cannot be read",
    ExceptionKind.FORK: "chains differed",
    ExceptionKind.NEGATIVE: "value below zero, or a coupon more than once",
    ExceptionKind.INSTANCE: "two machines claim one site",
    ExceptionKind.UNCOVERED: "spent beyond what was held",
    ExceptionKind.BREACH: "took other than was directed",
    ExceptionKind.RESTORE: "granted twice across a restore",
    ExceptionKind.MERGE: "members merged",
    ExceptionKind.APART: "members merged, but not at this site",
    ExceptionKind.PHONE: "one phone, two wallets",
    ExceptionKind.GIVEN_TWICE: "given to two people at two sites",
    ExceptionKind.WRITTEN_OFF: "site written off",
    ExceptionKind.RETURNED: "a site that was written off calls again",
    ExceptionKind.TWICE: "undone at two sites",
    ExceptionKind.LATE: "entries of a site that was written off were taken in",
    ExceptionKind.CLONE: "forks again and again",
    ExceptionKind.LOST: "entries that a site had are gone",
    ExceptionKind.REPLAYED: "one URL of a card, presented twice",
    ExceptionKind.CASE: "a terminal's case was opened",
    ExceptionKind.PART: "a part of a data set is damaged",
    ExceptionKind.LOTS: "lots that are not what was posted",
    ExceptionKind.COPY: "headquarters was put back from an older copy",
}

_APART = {"points": "points", "count": "uses", "litres": "prepaid fuel", "coupon": "coupons"}


def login_page(merchant: str, wrong: str = "") -> str:
    form = (
        '<form class="tall" method="post" action="/login">'
        f'<label>Merchant <input name="merchant" required maxlength="64" value="{escape(merchant)}"></label>'
        '<label>Code <input name="code" required maxlength="80" autocomplete="one-time-code"></label>'
        "<button>Log in</button></form>"
        '<p class="quiet">A code comes from <code>python -m hq operator --merchant M --name N</code>'
        " where headquarters runs.</p>"
    )
    return whole("Headquarters", "<h1>Headquarters</h1>" + alert(wrong) + form)


def operator_page(seen: Overview, session: Session, wrong: str = "", told: str = "") -> str:
    who = f'<span class="quiet">{escape(seen.merchant)} · {escape(session.operator)}</span>'
    out = form(session, "/logout", {}, "<button>Log out</button>")
    parts = (
        f"<header><h1>Headquarters</h1><div>{who} {out}</div></header>",
        alert(wrong),
        alert(told),
        _figures(seen),
        _exceptions(seen, session),
        _terminals(seen, session),
        limits(seen, session),
        words(seen, session),
        coupons(seen, session),
        acts(seen),
    )
    return whole(f"{seen.merchant} · Headquarters", "".join(parts))


def _figures(seen: Overview) -> str:
    waiting = sum(max(0, site.said - site.acked) for site in seen.sites)
    figures = [("to decide", str(seen.exceptions_open)), ("entries waiting at sites", str(waiting))]
    if seen.exposure is not None:
        figures += _exposure(seen.exposure)
    items = "".join(f"<li><b>{escape(figure)}</b>{escape(name)}</li>" for name, figure in figures)
    return f'<ul class="figures">{items}</ul>'


def _exposure(exposure: Exposure) -> list[tuple[str, str]]:
    least = "at least " if exposure.unsure else ""  # A restore forgot what one of them held.
    figures = [
        ("can be lost by sites offline now", least + yuan(exposure.worst_now)),
        ("can be lost were all offline", least + yuan(exposure.worst)),
        ("of both, what sites written off may spend a second time", least + yuan(exposure.twice)),
        ("given beyond rights, not covered", yuan(exposure.open)),
        ("spent at two places, not come back yet", yuan(exposure.lacking)),
        (f"about, in {exposure.tail} entries that sites had and are not here", yuan(exposure.tail_fen)),
    ]
    if exposure.day != WorstDay():
        figures += _days(exposure)
    return [*figures, *(line for one in exposure.apart for line in _apart(one, least))]


def _apart(one: ApartExposure, least: str) -> list[tuple[str, str]]:
    """What there is of it."""
    what = _APART[one.kind]
    figures = [
        (f"{what} that sites written off may spend a second time", least, one.twice),
        (f"{what} given beyond rights, not covered", "", one.open),
        (f"{what} spent at two places, not come back yet", "", one.lacking),
    ]
    return [(name, least + _counted(one.kind, amount)) for name, least, amount in figures if amount]


def _counted(kind: str, amount: int) -> str:
    """Of fuel without a unit: it is a sum of litres, and of what gas is sold by."""
    return plain(amount) if kind == "litres" else str(amount)


def _days(exposure: Exposure) -> list[tuple[str, str]]:
    """Limit x sites that do not hear of each other."""
    return [
        ("companies' cards may take a day at sites offline now", _of_day(exposure.day_now)),
        ("companies' cards may take a day were all offline", _of_day(exposure.day)),
    ]


def _of_day(worst: WorstDay) -> str:
    without = f", {worst.without} without a limit" if worst.without else ""
    fuel = f", {plain(worst.litres)} of fuel" if worst.litres else ""
    return yuan(worst.fen) + fuel + without


def _exceptions(seen: Overview, session: Session) -> str:
    young = seen.beyond_rights
    wait = (
        f'<p class="quiet">{young} spent beyond rights, which headquarters covers by itself;'
        " what is open after 7 days is shown here.</p>"
        if young
        else ""
    )
    if not seen.exceptions:
        return "<h2>To decide</h2><p>Nothing.</p>" + wait
    rows = [
        (
            cell(moment(one.opened_ms)),
            cell(one.site or "headquarters"),
            cell(_WORDS.get(one.kind, one.kind)),
            f"<td>{escape(one.why)}<br><code>{escape(one.subject)}</code></td>",
            f"<td>{_decisions(one, seen, session)}</td>",
        )
        for one in seen.exceptions
    ]
    more = seen.exceptions_open - len(seen.exceptions)
    rest = f'<p class="quiet">{more} more when these are decided.</p>' if more else ""
    return table("To decide", ("Since", "Site", "What", "Why", "Decision"), rows) + rest + wait


def _decisions(one: Open, seen: Overview, session: Session) -> str:
    """Each names what was seen: who decides on less is told so."""
    about = {"kind": one.kind, "site": one.site, "subject": one.subject}
    if one.kind == ExceptionKind.INSTANCE:
        button = "<button>This machine is the site</button>"
        number = next((site.instance_no for site in seen.sites if site.site == one.site), 0)
        return form(session, "/decide", {**about, "do": "instance", "saw": str(number)}, button)
    close = (
        '<input name="words" required maxlength="200" placeholder="What was found"><button>Decided</button>'
    )
    forms = form(session, "/decide", {**about, "do": "close", "saw": seen_as(one.opened_ms, one.why)}, close)
    if one.kind == ExceptionKind.CLONE:
        saw = seen_as(one.opened_ms, one.why)
        button = '<button class="grave">Shut both out, and let one enrol anew</button>'
        forms += form(session, "/decide", {**about, "do": "clone", "saw": saw}, button)
    if one.kind == ExceptionKind.QUARANTINE:
        forms += form(session, "/decide", {**about, "do": "read_again"}, "<button>Read again</button>")
    if one.kind == ExceptionKind.PHONE:
        merge = '<input name="into" required maxlength="64" placeholder="Into wallet"><button>Merge</button>'
        forms += form(session, "/decide", {**about, "do": "merge"}, merge)
    return forms


def _terminals(seen: Overview, session: Session) -> str:
    by_site = {site.site: site for site in seen.sites}
    rows = [_terminal(machine, by_site.get(machine.site), seen, session) for machine in seen.machines]
    if not rows:
        return "<h2>Terminals</h2><p>None was enrolled yet.</p>"
    heads = ("Terminal", "Machine", "Last seen", "Held here", "Waiting", "Certificate until", "")
    sites = [_site(site, session) for site in seen.sites]
    return table("Terminals", heads, rows) + table(
        "Sites", ("Site", "Epoch", "Head", "Machine no.", ""), sites
    )


def _terminal(machine: MachineSeen, site: SiteSeen | None, seen: Overview, session: Session) -> Iterable[str]:
    speaks = site is not None and site.instance == machine.instance
    yield cell(f"{machine.site} / {machine.terminal}")
    yield f"<td><code>{escape(machine.instance[:13])}</code></td>"
    yield cell(moment(site.seen_ms) if site is not None and speaks else "")
    yield number(site.acked if site is not None and speaks else None)
    yield number(max(0, site.said - site.acked) if site is not None and speaks else None)
    if machine.revoked_ms is not None:
        yield f'<td><span class="bad">shut out</span> {escape(moment(machine.revoked_ms))}</td>'
        yield cell(machine.revoked_why)
        return
    over = ' class="bad"' if machine.until_ms < seen.now_ms else ""
    yield f"<td{over}>{escape(moment(machine.until_ms)[:10])}</td>"
    about = {"do": "revoke", "site": machine.site, "terminal": machine.terminal}
    why = (
        '<input name="words" required maxlength="200" placeholder="Why">'
        '<button class="grave">Shut out</button>'
    )
    yield f"<td>{form(session, '/decide', about, why)}</td>"


def _site(site: SiteSeen, session: Session) -> Iterable[str]:
    yield cell(site.site)
    yield number(site.epoch)
    yield f"<td><code>{escape(site.head.hex()[:8])}</code></td>"
    yield number(site.instance_no)
    if site.gone_ms:
        yield cell(f"written off {moment(site.written_off_ms)}, gone")
        return
    second = (
        '<input name="second" required maxlength="80" placeholder="Second person\'s code" autocomplete="off">'
    )
    about = {"site": site.site}
    if site.written_off_ms:
        since = f"written off {moment(site.written_off_ms)}; counted as if it sold on"
        button = f'{second}<button class="grave">Its machine is gone</button>'
        yield f"<td>{escape(since)} {form(session, '/decide', {'do': 'gone', **about}, button)}</td>"
        return
    button = f'{second}<button class="grave">Write off</button>'
    yield f"<td>{form(session, '/decide', {'do': 'write_off', **about}, button)}</td>"
