"""HTML of the phone page: nothing inline, nothing from elsewhere, all that came from outside escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from hq.phone.member import Line, Shown
from hq.phone.signing_in import CODE_DIGITS, PhoneSession
from hq.phone.store import Paced
from hq.phone.texts import NAMES, Language, Words, words
from terminal.core.coupons import CouponGrant
from terminal.core.money import plain
from terminal.core.money import shown as yuan
from terminal.core.ranks import BEGINS
from terminal.core.screens import quantity_shown
from terminal.core.tier_names import SAID

STYLE_PATH, SCRIPT_PATH = "/phone.css", "/phone.js"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
"""Content-Security-Policy: our own files and forms, nothing else, and nothing inline."""
_QUIET_MODULES = 4
"""Free modules around a QR code (ISO/IEC 18004 section 9.1)."""
_FAMILIES = {"goods": "Points", "petrol": "Petrol points", "diesel": "Diesel points", "gas": "Gas points"}


class Place:
    """Of one merchant, in one language: where its pages are, and what is around each."""

    def __init__(self, merchant: str, shop: str, language: Language) -> None:
        self.at = f"/m/{quote(merchant, safe='')}"
        self._shop = shop
        self.language = language
        self.words: Words = words(language)

    def page(self, title: str, body: str, beside: str = "") -> str:
        shop = escape(self._shop)
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{escape(self.words(title))} · {shop}</title><link rel="stylesheet" href="{STYLE_PATH}">'
            f"</head><body><header><h1>{shop}</h1>{beside}</header><main>{body}</main>{self._languages()}"
            "</body></html>"
        )

    def form(self, to: str, inside: str, session: PhoneSession | None = None, kind: str = "") -> str:
        key = f'<input type="hidden" name="form_key" value="{session.form_key()}">' if session else ""
        named = f' class="{kind}"' if kind else ""
        return f'<form method="post" action="{self.at}/{to}"{named}>{key}{inside}</form>'

    def _languages(self) -> str:
        links = "".join(
            f'<li><a lang="{one}" hreflang="{one}" href="{self.at}?lang={one}">{name}</a></li>'
            for one, name in NAMES.items()
            if one is not self.language
        )
        return f'<nav aria-label="{escape(self.words("Language"))}"><ul>{links}</ul></nav>'


def alert(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>' if text else ""


def phone_page(place: Place, wrong: str = "", *, join: bool = False) -> str:
    """Where a phone is keyed. `wrong`: a key of the words; empty: nothing is."""
    say = place.words
    field = (
        f"<label>{escape(say('Mobile number'))}"
        '<input name="phone" type="tel" inputmode="tel" autocomplete="tel-national" required '
        'maxlength="20"></label>'
        f"<button>{escape(say('Send a code'))}</button>"
    )
    newcomers = (
        "Not a member yet? Key your number too, and show the counter what comes."
        if join
        else "Not a member yet? The counter makes you one in a minute."
    )
    more = f'<p class="quiet">{escape(say(newcomers))}</p>'
    head = f"<h2>{escape(say('Sign in'))}</h2>"
    return place.page("Sign in", head + alert(say(wrong) if wrong else "") + place.form("code", field) + more)


def code_page(
    place: Place, phone: str, wrong: str = "", *, join: bool = False, paced: Paced = Paced.SENT
) -> str:
    """Where the code is keyed; the same for every phone. `paced`: whether one was sent now."""
    say = place.words
    if paced is Paced.SENT and join:
        told = say("A code of 6 digits is on its way to {phone}. It holds for 5 minutes.")
    elif paced is Paced.SENT:
        told = say(
            "If {phone} is a member's, a code of 6 digits is on its way to it. It holds for 5 minutes."
        )
    elif paced is Paced.SOON:
        told = say("No other code is sent to {phone} within a minute: one that came holds for 5 minutes.")
    else:
        told = say("No more codes are sent to {phone} today. The counter serves you without.")
    field = (
        f'<input type="hidden" name="phone" value="{escape(phone)}">'
        f"<label>{escape(say('Code'))}"
        '<input name="code" inputmode="numeric" autocomplete="one-time-code" required '
        f'maxlength="{CODE_DIGITS}"></label><button>{escape(say("Sign in"))}</button>'
    )
    again = "" if paced is Paced.ENOUGH else say("No code came? Wait a minute, then ask for another one.")
    more = (
        f'{f"""<p class="quiet">{escape(again)}</p>""" if again else ""}'
        f'<p><a class="button plain" href="{place.at}">{escape(say("Another number"))}</a></p>'
    )
    body = (
        f"<h2>{escape(say('Sign in'))}</h2><p>{escape(told.format(phone=phone))}</p>"
        f"{alert(say(wrong) if wrong else '')}{place.form('in', field)}{more}"
    )
    return place.page("Sign in", body)


def join_page(place: Place, phone: str) -> str:
    """What the counter scans of who is no member yet: the grammar of `terminal.core.codes`."""
    say = place.words
    told = say("Nobody is known by {phone} yet. Let the shop scan this to join.")
    body = (
        f"<h2>{escape(say('Become a member'))}</h2>"
        f"<p>{escape(told.format(phone=phone))}</p>"
        f'<div id="code">{qr_svg(f"JOIN:{phone}")}</div>'
        f'<p><a class="button" href="{place.at}">{escape(say("I am a member now"))}</a></p>'
    )
    return place.page("Become a member", body)


def member_page(place: Place, session: PhoneSession, seen: Shown, kinds: Mapping[str, str]) -> str:
    """`kinds`: what members call each kind of card, the first in front."""
    say = place.words
    out = place.form(
        "out", f'<button class="plain">{escape(say("Sign out"))}</button>', session, kind="beside"
    )
    of_it = (
        f'<p class="quiet">{escape(say("of it bonus"))} {escape(yuan(seen.bonus))}</p>' if seen.bonus else ""
    )
    others = [(say("Held for a fill"), yuan(seen.held))] if seen.held else []
    others += [(say("Tier"), tier)] if (tier := _tier(seen, place)) else []
    others += [(_family(family, say), str(count)) for family, count in seen.points]
    others += [(say("Cashback"), yuan(seen.cashback))] if seen.cashback else []
    body = (
        f'<p class="quiet">{escape(seen.phone)}</p>'
        f'<p><a class="button" href="{place.at}/show">{escape(say("Show my code"))}</a></p>'
        f"<h2>{escape(say('Balance'))}</h2>"
        f'<p class="large">{escape(yuan(seen.principal + seen.bonus))}</p>{of_it}'
        f"{_rows([_row(name, amount) for name, amount in others])}"
        f"<h2>{escape(say('Coupons'))}</h2>{_rows([_coupon(one, say) for one in seen.coupons]) or _none(say)}"
        f"{_vouchers(seen, say)}"
        f"{_uses(seen, say)}"
        f"{_litres(seen, say)}"
        f"{_cards(seen, kinds, say)}"
        f"<h2>{escape(say('Receipts'))}</h2>"
        f"{_rows([_line(place, one) for one in seen.lines]) or _none(say, 'Nothing was booked yet.')}"
    )
    if seen.as_of:
        told = say("As the shops told until {time}.").format(time=seen.as_of)
        body += f'<p class="quiet">{escape(told)}</p>'
    return place.page("Members", body, out)


def code_shown_page(place: Place, at: str) -> str:
    """`at`: sets a page that is opened again apart from one that a browser kept."""
    say = place.words
    source = f"{place.at}/code.svg"
    return place.page(
        "Member code",
        f"<h2>{escape(say('Member code'))}</h2>"
        f"<p>{escape(say('Let the shop scan it. It is renewed by itself, and counts once.'))}</p>"
        f'<div id="code"><img src="{source}?n={at}" data-from="{source}" width="320" height="320" '
        f'alt="{escape(say("Member code"))}"><p role="status" hidden>'
        f"{escape(say('No new code could be fetched. Open the page again.'))}</p></div>"
        f'<p><a class="button plain" href="{place.at}/show">{escape(say("A new code"))}</a> '
        f'<a class="button" href="{place.at}">{escape(say("Back"))}</a></p>'
        f'<script src="{SCRIPT_PATH}"></script>',
    )


def qr_svg(text: str) -> str:
    """Of upper case, digits and a hyphen: as alphanumeric."""
    import segno  # noqa: PLC0415  50 ms of import, and only where a code is shown

    rows = segno.make(text, error="m", micro=False).matrix
    side = len(rows) + 2 * _QUIET_MODULES
    path = "".join(
        f"M{x + _QUIET_MODULES} {y + _QUIET_MODULES}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" '
        f'role="img" data-code="{text}"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{path}"/></svg>'
    )


def receipt_page(place: Place, receipt: str) -> str:
    """`receipt`: HTML."""
    back = f'<p><a class="button" href="{place.at}">{escape(place.words("Back"))}</a></p>'
    return place.page("Receipt", f"<h2>{escape(place.words('Receipt'))}</h2>{receipt}{back}")


def refused_page(place: Place, why: str) -> str:
    """`why`: a key of the words."""
    back = f'<p><a class="button" href="{place.at}">{escape(place.words("Back"))}</a></p>'
    return place.page("Members", alert(place.words(why)) + back)


def _vouchers(seen: Shown, say: Words) -> str:
    if not seen.vouchers:
        return ""
    rows = [_within(yuan(one.fen), one.since, one.until, say) for one in seen.vouchers]
    return f"<h2>{escape(say('Cash vouchers'))}</h2>{_rows(rows)}"


def _uses(seen: Shown, say: Words) -> str:
    if not seen.uses:
        return ""
    rows = [
        _row(service, say("{count} left").format(count=left), _until(until, say))
        for service, left, until in seen.uses
    ]
    return f"<h2>{escape(say('Count cards'))}</h2>{_rows(rows)}"


def _litres(seen: Shown, say: Words) -> str:
    if not seen.litres:
        return ""
    rows = []
    for one in seen.litres:
        grade = say("Grade {grade}").format(grade=one.grade)
        price = f" · {yuan(one.price)}" if one.price else ""
        quantity = quantity_shown(one.left, one.measured) if one.measured else plain(one.left)
        left = say("{quantity} left").format(quantity=quantity)
        rows.append(_row(f"{grade}{price}", left, _until(one.until, say)))
    return f"<h2>{escape(say('Fuel paid ahead'))}</h2>{_rows(rows)}"


def _tier(seen: Shown, place: Place) -> str:
    """As the chain calls it, else in our words; empty: the one with which everybody begins."""
    if seen.called is not None:
        return seen.called.said(place.language)
    if seen.tier == BEGINS:
        return ""
    return place.words(seen.tier) if seen.tier in SAID else seen.tier


def _cards(seen: Shown, kinds: Mapping[str, str], say: Words) -> str:
    """One that was given no kind, or one that is not there any more, is of the first, as at the counter."""
    if not seen.cards:
        return ""
    first = next(iter(kinds.values()), say("Card"))
    rows = [_row(kinds.get(kind, first), number) for number, kind in seen.cards]
    return f"<h2>{escape(say('Cards'))}</h2>{_rows(rows)}"


def _rows(rows: list[str]) -> str:
    return f'<ul class="rows">{"".join(rows)}</ul>' if rows else ""


def _row(what: str, number: str, beneath: str = "") -> str:
    more = f'<br><span class="quiet">{escape(beneath)}</span>' if beneath else ""
    return f'<li><span class="what">{escape(what)}{more}</span><b>{escape(number)}</b></li>'


def _until(day: str, say: Words) -> str:
    return say("until {day}").format(day=day) if day else ""


def _none(say: Words, key: str = "None now.") -> str:
    return f'<p class="quiet">{escape(say(key))}</p>'


def _coupon(one: CouponGrant, say: Words) -> str:
    if one.face:
        key = "{off} off from {reach}" if one.threshold else "{off} off"
        what = say(key).format(off=yuan(one.face), reach=yuan(one.threshold))
    else:
        what = one.kind
    return _within(what, one.since, one.until, say)


def _within(what: str, since: str, until: str, say: Words) -> str:
    """One row, with the days on which it may be used."""
    when = [say("from {day}").format(day=since)] if since else []
    when += [say("until {day}").format(day=until)] if until else []
    days = escape(" · ".join(when))
    return f'<li><span class="what">{escape(what)}</span><span class="quiet">{days}</span></li>'


def _family(family: str, say: Words) -> str:
    return say(_FAMILIES[family]) if family in _FAMILIES else family


def _line(place: Place, one: Line) -> str:
    parts = [yuan(one.fen)] if one.fen or not one.points else []
    parts += [f"{_family(family, place.words)} {points:+d}" for family, points in one.points]
    what = escape(f"{place.words(one.kind)} · {one.site}")
    return (
        f'<li><a class="what" href="{place.at}/receipt/{one.id}">{what}<br>'
        f'<span class="quiet">{escape(one.when)}</span></a><b>{escape(" · ".join(parts))}</b></li>'
    )
