"""The operator's pages as HTML: no script, one style, everything that came from outside escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from importlib import resources

from hq.exposure import Exposure
from hq.operators import Session
from hq.overview import MachineSeen, Open, Overview, SiteSeen
from hq.ports import ExceptionKind

_STYLE = resources.files("hq").joinpath("page.css").read_text()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Content-Security-Policy: this style and these forms, nothing else."""

_FIGURES = frozenset({"Held here", "Waiting", "Epoch", "Machine no."})
_RIGHT = ' class="number"'

_WORDS = {
    ExceptionKind.QUARANTINE: "entry that cannot be read",
    ExceptionKind.FORK: "chains differed",
    ExceptionKind.NEGATIVE: "value below zero",
    ExceptionKind.INSTANCE: "two machines claim one site",
    ExceptionKind.UNCOVERED: "spent beyond what was held",
    ExceptionKind.BREACH: "took other than was directed",
    ExceptionKind.RESTORE: "granted twice across a restore",
    ExceptionKind.MERGE: "members merged",
    ExceptionKind.PHONE: "one phone, two wallets",
    ExceptionKind.WRITTEN_OFF: "site written off",
}


def login_page(merchant: str, wrong: str = "") -> str:
    form = (
        '<form class="tall" method="post" action="/login">'
        f'<label>Merchant <input name="merchant" required maxlength="64" value="{escape(merchant)}"></label>'
        '<label>Code <input name="code" required maxlength="80" autocomplete="one-time-code"></label>'
        "<button>Log in</button></form>"
        '<p class="quiet">A code comes from <code>python -m hq operator --merchant M --name N</code>'
        " where headquarters runs.</p>"
    )
    return _whole("Headquarters", "<h1>Headquarters</h1>" + _alert(wrong) + form)


def operator_page(seen: Overview, session: Session, wrong: str = "") -> str:
    who = f'<span class="quiet">{escape(seen.merchant)} · {escape(session.operator)}</span>'
    out = _form(session, "/logout", {}, "<button>Log out</button>")
    parts = (
        f"<header><h1>Headquarters</h1><div>{who} {out}</div></header>",
        _alert(wrong),
        _figures(seen),
        _exceptions(seen, session),
        _terminals(seen, session),
    )
    return _whole(f"{seen.merchant} · Headquarters", "".join(parts))


def _figures(seen: Overview) -> str:
    waiting = sum(max(0, site.said - site.acked) for site in seen.sites)
    figures = [("to decide", str(seen.exceptions_open)), ("entries waiting at sites", str(waiting))]
    if seen.exposure is not None:
        figures += _exposure(seen.exposure)
    items = "".join(f"<li><b>{escape(figure)}</b>{escape(name)}</li>" for name, figure in figures)
    return f'<ul class="figures">{items}</ul>'


def _exposure(exposure: Exposure) -> list[tuple[str, str]]:
    return [
        ("can be lost by sites offline now", _yuan(exposure.worst_now)),
        ("can be lost were all offline", _yuan(exposure.worst)),
        ("given beyond rights, not covered", _yuan(exposure.open)),
    ]


def _exceptions(seen: Overview, session: Session) -> str:
    if not seen.exceptions:
        return "<h2>To decide</h2><p>Nothing.</p>"
    rows = [
        (
            _cell(_moment(one.opened_ms)),
            _cell(one.site or "headquarters"),
            _cell(_WORDS.get(one.kind, one.kind)),
            f"<td>{escape(one.why)}<br><code>{escape(one.subject)}</code></td>",
            f"<td>{_decisions(one, session)}</td>",
        )
        for one in seen.exceptions
    ]
    more = seen.exceptions_open - len(seen.exceptions)
    rest = f'<p class="quiet">{more} more when these are decided.</p>' if more else ""
    return _table("To decide", ("Since", "Site", "What", "Why", "Decision"), rows) + rest


def _decisions(one: Open, session: Session) -> str:
    about = {"kind": one.kind, "site": one.site, "subject": one.subject}
    if one.kind == ExceptionKind.INSTANCE:
        button = "<button>This machine is the site</button>"
        return _form(session, "/decide", {**about, "do": "instance"}, button)
    close = (
        '<input name="words" required maxlength="200" placeholder="What was found"><button>Decided</button>'
    )
    forms = _form(session, "/decide", {**about, "do": "close"}, close)
    if one.kind == ExceptionKind.PHONE:
        merge = '<input name="into" required maxlength="64" placeholder="Into wallet"><button>Merge</button>'
        forms += _form(session, "/decide", {**about, "do": "merge"}, merge)
    return forms


def _terminals(seen: Overview, session: Session) -> str:
    by_site = {site.site: site for site in seen.sites}
    rows = [_terminal(machine, by_site.get(machine.site), seen, session) for machine in seen.machines]
    if not rows:
        return "<h2>Terminals</h2><p>None was enrolled yet.</p>"
    heads = ("Terminal", "Machine", "Last seen", "Held here", "Waiting", "Certificate until", "")
    sites = [_site(site, session) for site in seen.sites]
    return _table("Terminals", heads, rows) + _table(
        "Sites", ("Site", "Epoch", "Head", "Machine no.", ""), sites
    )


def _terminal(machine: MachineSeen, site: SiteSeen | None, seen: Overview, session: Session) -> Iterable[str]:
    speaks = site is not None and site.instance == machine.instance
    yield _cell(f"{machine.site} / {machine.terminal}")
    yield f"<td><code>{escape(machine.instance[:13])}</code></td>"
    yield _cell(_moment(site.seen_ms) if site is not None and speaks else "")
    yield _number(site.acked if site is not None and speaks else None)
    yield _number(max(0, site.said - site.acked) if site is not None and speaks else None)
    if machine.revoked_ms is not None:
        yield f'<td><span class="bad">shut out</span> {escape(_moment(machine.revoked_ms))}</td>'
        yield _cell(machine.revoked_why)
        return
    over = ' class="bad"' if machine.until_ms < seen.now_ms else ""
    yield f"<td{over}>{escape(_moment(machine.until_ms)[:10])}</td>"
    about = {"do": "revoke", "site": machine.site, "terminal": machine.terminal}
    why = (
        '<input name="words" required maxlength="200" placeholder="Why">'
        '<button class="grave">Shut out</button>'
    )
    yield f"<td>{_form(session, '/decide', about, why)}</td>"


def _site(site: SiteSeen, session: Session) -> Iterable[str]:
    yield _cell(site.site)
    yield _number(site.epoch)
    yield f"<td><code>{escape(site.head.hex()[:8])}</code></td>"
    yield _number(site.instance_no)
    if site.written_off_ms:
        yield _cell(f"written off {_moment(site.written_off_ms)}")
        return
    second = (
        '<input name="second" required maxlength="80" placeholder="Second person\'s code" autocomplete="off">'
        '<button class="grave">Write off</button>'
    )
    yield f"<td>{_form(session, '/decide', {'do': 'write_off', 'site': site.site}, second)}</td>"


def _form(session: Session, action: str, hidden: dict[str, str], inside: str) -> str:
    kept = {**hidden, "form_key": session.form_key()}
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in kept.items()
    )
    return f'<form method="post" action="{action}">{fields}{inside}</form>'


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(
        f'<th scope="col"{_RIGHT if text in _FIGURES else ""}>{escape(text)}</th>' for text in heads
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>{escape(title)}</h2><div class="wide">{table}</div>'


def _alert(wrong: str) -> str:
    return f'<p role="alert">{escape(wrong)}</p>' if wrong else ""


def _whole(title: str, body: str) -> str:
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
    )
    return f"{head}<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _number(value: int | None) -> str:
    return f'<td class="number">{"" if value is None else value}</td>'


def _yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def _moment(wall_ms: int) -> str:
    return datetime.fromtimestamp(wall_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC") if wall_ms else "never"
