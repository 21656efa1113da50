"""Pictures of the member's page on their phone, as headquarters writes it (`hq.phone.html`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from hq.phone import html
from hq.phone.member import RECEIPT_COLUMNS, Ahead, CashVoucher, Line, Shown
from hq.phone.signing_in import PhoneSession
from hq.phone.store import Member
from hq.phone.texts import Language
from lab.receipts.specimens import SPECIMENS, STATION
from lab.screens.pictures import chromium, picture
from terminal.core.coupons import CouponGrant
from terminal.core.receipts import Copy, ShopHead, as_html, document_of, drawn

if TYPE_CHECKING:
    from playwright.async_api import Page, Route, ViewportSize

_PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
_NUMBER, _SHOWN = "19000000301", "190****0301"
_AT: Final = "https://members.example"
_FILES: Final = {
    html.STYLE_PATH: ("text/css", "phone.css"),
    html.SCRIPT_PATH: ("text/javascript", "phone.js"),
}
_CODE: Final = "MS-AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4QA"
_KINDS: Final = {"all": "会员卡", "fuel": "加油卡"}
_SESSION: Final = PhoneSession(
    merchant="M1",
    member=Member(wallet="w1", wallets=("w1",), phone=bytes(32), shown=_SHOWN, since_ms=0),
    token=bytes(32),
)
_SEEN: Final = Shown(
    phone=_SHOWN,
    principal=268_00,
    bonus=44_00,
    held=0,
    cashback=3_20,
    points=(("goods", 284), ("petrol", 1_000)),
    uses=(("洗车", 8, ""),),
    litres=(Ahead(grade="92", price=0, left=300_00), Ahead(grade="95", price=7_55, left=160_50)),
    coupons=(
        CouponGrant(coupon="c1", kind="c12", face=12_00, threshold=300_00, until="2026-12-24"),
        CouponGrant(coupon="c2", kind="c5", face=5_00, threshold=0, since="2026-12-01", until="2027-01-31"),
        CouponGrant(coupon="c3", kind="赠饮券", face=0, threshold=0, until="2026-12-31"),
    ),
    vouchers=(CashVoucher(fen=20_00, since="", until="2026-12-31"),),
    cards=(("**********1234", ""), ("**********5678", "fuel")),
    tier="gold",
    called=None,
    lines=tuple(
        Line(
            id=f"00000000-0000-7000-8000-00000000000{place}",
            when=when,
            site=site,
            kind=kind,
            fen=fen,
            points=points,
        )
        for place, (when, site, kind, fen, points) in enumerate(
            (
                ("2026-11-24 10:42", "城东加油站", "Sale", -200_00, (("petrol", 27),)),
                ("2026-11-20 08:15", "城西加油站", "Recharge", 300_00, ()),
                ("2026-11-18 19:03", "城东加油站", "Points redeemed", 0, (("goods", -500),)),
            )
        )
    ),
    as_of="2026-11-24 10:45",
)


def pages(language: Language) -> Mapping[str, str]:
    """HTML by name, in the order in which a member meets them."""
    place = html.Place("M1", STATION.name, language)
    told = replace(SPECIMENS["fuel"].booked, after=None, card_shown="", points_others=(), points_owed=0)
    head = ShopHead(name=STATION.name, address="S1")
    document = document_of(told, head, language=language, copy=Copy.DUPLICATE, on_screen=True)
    receipt = as_html(drawn(document, RECEIPT_COLUMNS))
    return {
        "phone-sign-in": html.phone_page(place, join=True),
        "phone-refused": html.phone_page(
            place, "A mobile number has 11 digits and begins with 1.", join=True
        ),
        "phone-code": html.code_page(place, _NUMBER, join=True),
        "phone-join": html.join_page(place, _NUMBER),
        "phone-member": html.member_page(place, _SESSION, _SEEN, _KINDS),
        "phone-show": html.code_shown_page(place, "1"),
        "phone-receipt": html.receipt_page(place, receipt),
    }


async def taken_of_phones(folder: Path) -> list[Path]:
    """As `phone-NAME.LANGUAGE.360x740.png`; `phone-member-below`: the end of that page."""
    made: list[Path] = []
    async with chromium() as browser:
        for language in Language:
            context = await browser.new_context(viewport=_PHONE, locale=language)
            page = await context.new_page()
            written = pages(language)
            await page.route("**/*", partial(_answered, written))
            for name in written:
                made += await _taken(page, folder, name, language)
            await context.close()
    return made


async def _answered(written: Mapping[str, str], route: Route) -> None:
    path = route.request.url.removeprefix(_AT).partition("?")[0]
    if path in _FILES:
        kind, name = _FILES[path]
        body = resources.files("hq.phone").joinpath(name).read_text("utf-8")
    elif path.endswith("/code.svg"):
        kind, body = "image/svg+xml", html.qr_svg(_CODE)
    else:
        kind, body = "text/html", written[path.removeprefix("/")]
    await route.fulfill(
        body=body, content_type=f"{kind}; charset=utf-8", headers={"Content-Security-Policy": html.POLICY}
    )


async def _taken(page: Page, folder: Path, name: str, language: str) -> list[Path]:
    def file(of: str) -> Path:
        return folder / f"{of}.{language}.{_PHONE['width']}x{_PHONE['height']}.png"

    await page.goto(f"{_AT}/{name}")
    if name == "phone-show":
        await page.locator("#code img").evaluate("(one) => one.decode()")
    made = [await picture(page, file(name))]
    if name == "phone-member":
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        made.append(await picture(page, file(f"{name}-below")))
    return made
