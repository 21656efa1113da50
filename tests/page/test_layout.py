"""Every screen in every size and language: nothing cut off, nothing too small, nothing too pale."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import TYPED, appeared
from lab.screens.scenes import OFFLINE, STATUS, scenes
from lab.screens.station import many_fills, many_nozzles
from terminal.core.errors import LedgerClosed, OutcomeUndecided, TerminalFault, TooLittleCash
from terminal.core.events import DeviceHealth
from terminal.core.screens import (
    Choice,
    DeviceShown,
    HolderShown,
    Keying,
    Line,
    Screen,
    State,
    Toggles,
    says,
)
from terminal.desk.pictures import NOTES_MAX
from terminal.flows.join_here import toggle
from terminal.kiosk.settings import LANGUAGES

if TYPE_CHECKING:
    from playwright.async_api import Page

MEASURED = Path(__file__).with_name("measured.js").read_text()
SIZES = [(1024, 600), (1280, 800), (800, 1280), (360, 740)]
LONG = "精选进口车厘子礼盒装 Chilean cherries JJJ, gift box with ribbon 特级5斤装"
MANY = tuple(
    DeviceShown(name=name, kind=kind, health=DeviceHealth.READY)
    for name, kind in (
        ("rfid", "reader"),
        ("stripe", "reader"),
        ("face", "rewriter"),
        ("front", "scanner"),
        ("receipts", "printer"),
        ("pole", "display"),
        ("box", "signals"),
        ("chip", "reader"),
    )
)
"""All that one counter may have."""
ONE_ROW_PX = 45
SMALL_PX = 440
"""Above the row of devices of a screen of 800 x 480."""
AGREED = Toggles(asked={one: toggle(one) for one in ("marketing", "partners")}, yes={"marketing", "partners"})
"""Their buttons take it back: the longer words."""
LATIN = re.compile(r"[A-Za-z]{3,}")
ARIA_LABELS = "all => all.map(one => one.ariaLabel).join()"
NAMES = re.compile(
    r"Spring water 550 ml|English|Esc|\*+\d+|ST-1001|T1[-\w]*|(?:front|badge)-(?:reader|scanner)|receipts"
    r"|致技术人员：.*"
)
"""What is nobody's language; what the technician reads is English everywhere."""


CANCEL = Choice(do="cancel", label=says("Cancel"))
HOLDER = HolderShown(
    name="欧阳" + "*" * 18, number="*" * 30 + "1234", tier="钻石尊享", balance="¥100000.00", points="99999999"
)


def extremes() -> dict[str, Screen]:
    """The longest that the counter can show."""
    lines = tuple(
        Line(label=says("{name} x {quantity}", name=LONG, quantity="999"), value="¥100000.00", ref=str(place))
        for place in range(200)
    )
    bill = tuple(replace(line, ref="") for line in lines)
    every = scenes("en")
    return {
        "cart": replace(every["cart"], lines=lines, amount="¥100000.00"),
        "cart-trouble": _troubled(every["cart"], "This article is sold by weight or litre. Key its amount."),
        "ready": replace(every["ready-code"], lines=bill, amount="¥100000.00"),
        "confirm": replace(every["confirm"], lines=bill, amount="¥100000.00", holder=HOLDER),
        "choosing": replace(every["choosing"], lines=bill, amount="¥100000.00", holder=HOLDER),
        "grades": replace(
            every["choosing-grade"],
            title=says("Welcome back, {name}. Grade and litres?", name=HOLDER.name),
            choices=tuple(
                Choice(do="pick", value=str(n), label=says("{name}", name=f"-{n}号车用柴油(国VI)"))
                for n in range(9)
            ),
        ),
        "amount": _troubled(replace(every["keying-amount"], holder=HOLDER), TerminalFault.for_attendant),
        "cash": _troubled(replace(every["keying-cash"], amount="¥100000.00"), TooLittleCash.for_attendant),
        "declined": replace(every["declined"], code="L104", advice=says(OutcomeUndecided.for_attendant)),
        "approved": replace(every["approved-join"], amount="¥100000.00"),
        "title": Screen(
            state=State.KEYING,
            step=0,
            title=says("{name}", name=LONG),
            keying=Keying.PHONE,
            choices=(CANCEL,),
        ),
    }


def _troubled(screen: Screen, advice: str) -> Screen:
    return replace(screen, code="A108", advice=says(advice))


async def _troubles(page: Page, front: ScriptedFront, screens: dict[str, Screen]) -> dict[str, list[str]]:
    found = {}
    for name, screen in screens.items():
        await appeared(page, front.show(screen), settled=False)
        for key in TYPED.get(name, ""):
            await page.keyboard.press(key)
        found[name] = await page.evaluate(MEASURED)
    return {name: troubles for name, troubles in found.items() if troubles}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_every_screen_fits(
    open_page: Page, front: ScriptedFront, width: int, height: int, language: str
) -> None:
    page = await open_page(width, height, language, reduced_motion="reduce")
    assert await _troubles(page, front, dict(scenes(language))) == {}
    front.tell(replace(OFFLINE, halted=says(LedgerClosed.for_attendant), halted_code=LedgerClosed.code))
    assert await _troubles(page, front, {"idle": scenes(language)["idle"]}) == {}


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_the_longest_texts_fit(
    open_page: Page, front: ScriptedFront, width: int, height: int, language: str
) -> None:
    page = await open_page(width, height, language, reduced_motion="reduce")
    assert await _troubles(page, front, extremes()) == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_way_to_pay_is_in_view_on_a_phone(
    open_page: Page, front: ScriptedFront, language: str
) -> None:
    """Whoever sees nothing but cancel takes it for the only way on."""
    page = await open_page(*SIZES[-1], language, reduced_motion="reduce")
    await appeared(page, front.show(scenes(language)["choosing"]))
    first = await page.locator("#stage .tile").first.bounding_box()
    acts = await page.locator("#stage .acts").bounding_box()
    assert first is not None
    assert acts is not None
    assert first["y"] + first["height"] <= acts["y"]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_screen_fits_above_a_row_of_many_devices(
    open_page: Page, front: ScriptedFront, language: str
) -> None:
    page = await open_page(*SIZES[0], language, reduced_motion="reduce")
    front.tell(replace(STATUS, devices=MANY))
    every = scenes(language)
    assert await _troubles(page, front, every | _crowded(every)) == {}
    assert await page.locator("#devices").evaluate("one => one.getBoundingClientRect().height") < ONE_ROW_PX
    said = await page.locator("#devices").inner_text()
    assert said.count("就绪" if language == "zh-Hans" else "Ready") == len(MANY), "said, though not seen"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_screen_fits_below_what_is_wrong_and_above_what_is_down(
    open_page: Page, front: ScriptedFront, language: str
) -> None:
    page = await open_page(*SIZES[0], language, reduced_motion="reduce")
    down = tuple(replace(one, health=DeviceHealth.DOWN) for one in MANY[:4])
    wrong = replace(OFFLINE, training=True, devices=(*down, *MANY[4:]))
    assert wrong.notice is not None
    front.tell(wrong)
    assert await _troubles(page, front, dict(scenes(language))) == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_a_newcomer_agrees_to_is_in_view_on_a_small_screen(
    open_page: Page, front: ScriptedFront, language: str
) -> None:
    page = await open_page(800, 480, language, reduced_motion="reduce")
    assert await _troubles(page, front, {"consents": _with_consents(language)}) == {}
    for button in await page.locator("#stage button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SMALL_PX, await button.inner_text()


def _with_consents(language: str) -> Screen:
    """How a fill is paid, by somebody who joins with it."""
    way = scenes(language)["station-way"]
    lines = (*way.lines, *AGREED.lines)
    agrees = (Choice(do="pick", value=f"turn:{name}", label=label) for name, label in AGREED.labels.items())
    *ways, cancel = way.choices
    return replace(way, holder=None, lines=lines, choices=(*ways, *agrees, cancel))


def _crowded(every: dict[str, Screen]) -> dict[str, Screen]:
    """As many ways, flows and sales of today as there may be."""
    ways = every["choosing"].choices
    flows = every["idle-more"].choices
    today = [
        Choice(do="pick", value=str(n), label=says("{name}", name="11-27 03:56 ¥285.33 全合成机油 4L"))
        for n in range(9)
    ]
    return {
        **{f"ways-{n}": replace(every["choosing"], choices=ways[:n]) for n in range(1, len(ways))},
        "flows": replace(every["idle-more"], choices=(*flows[:-1], *flows[:4], flows[-1])),
        "today": replace(every["choosing-grade"], choices=(*today, CANCEL)),
    }


async def test_no_english_is_left_on_a_chinese_page(open_page: Page, front: ScriptedFront) -> None:
    page = await open_page(language="zh-Hans")
    front.tell(replace(OFFLINE, halted=says(LedgerClosed.for_attendant), halted_code=LedgerClosed.code))
    for screen in scenes("zh-Hans").values():
        await appeared(page, front.show(replace(screen, receipt="")), settled=False)
        for part in ("header", "#bands", "main", "footer", "#said"):
            text = NAMES.sub("", await page.locator(part).inner_text())
            assert LATIN.findall(text) == [], screen.title.text
        labels = await page.eval_on_selector_all(
            "[aria-label]", "all => all.map(one => one.ariaLabel).join()"
        )
        assert LATIN.findall(NAMES.sub("", labels)) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_however_many_nozzles_a_station_has_the_question_stays_in_view(
    open_page: Page, front: ScriptedFront, width: int, height: int
) -> None:
    """The policy has room for 99."""
    page = await open_page(width, height, "zh-Hans", reduced_motion="reduce")
    many = {f"nozzles-{count}": many_nozzles(count) for count in (12, 13, 16, 17, 24, 25, 48, 99)}
    many |= {f"fills-{count}": many_fills(count) for count in (9, 10, 13, 14, 30)}
    assert await _troubles(page, front, many) == {}
    if (width, height) in SIZES[:2]:
        await appeared(page, front.show(many["nozzles-99"]))
        last = page.get_by_role("button", name="99")
        await last.scroll_into_view_if_needed()
        box = await page.locator("#stage h1").bounding_box()
        assert box is not None
        assert box["y"] >= 0


async def test_what_is_always_in_view_is_in_view(open_page: Page, front: ScriptedFront) -> None:
    page = await open_page()
    front.tell(OFFLINE)
    for screen in scenes("en").values():
        await appeared(page, front.show(screen), settled=False)
        seen = await page.locator("header").inner_text()
        for expected in (
            STATUS.shop,
            STATUS.terminal,
            STATUS.shift,
            STATUS.attendant,
            "Offline",
            "128 waiting to send",
        ):
            assert expected in seen
        assert "Scanner" in await page.locator("#devices .down").inner_text()
        assert "P101" in await page.locator("#notice").inner_text()
    assert await page.locator("#languages button").count() == len(LANGUAGES)


async def test_still_pictures_for_whom_motion_disturbs(open_page: Page, front: ScriptedFront) -> None:
    for wish, moves in (("no-preference", True), ("reduce", False)):
        page = await open_page(reduced_motion=wish)
        await appeared(page, front.show(scenes("en")["processing"]))
        name = await page.eval_on_selector(".target .icon", "one => getComputedStyle(one).animationName")
        assert (name != "none") is moves


_NOTES = (
    says("Birthday in {days} day(s)", days="3"),
    says("Coupons that end by {day}: {count}", day="2026-12-03", count="3"),
    says("Last here on {day}", day="2026-11-20"),
    says("Tags: {names}", names="常客、怕吵、VIP、靠窗"),
    says("Mostly served by {name}: {times} of {visits} visits", name="莉莉", times="3", visits="4"),
    says("Done on {day}: {done}, by {name}", day="2026-11-20", done="剪发、染发、护理", name="莉莉"),
    says("Recommend {name}: bought {times} times with {bought}", name="面膜", times="4", bought="面霜"),
)


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_a_member_of_whom_much_is_told_leaves_room_for_what_is_asked(
    open_page: Page, front: ScriptedFront, width: int, height: int, language: str
) -> None:
    page = await open_page(width, height, language, reduced_motion="reduce")
    found = {
        name: replace(one, holder=replace(one.holder, notes=_NOTES))
        for name, one in scenes(language).items()
        if one.holder
    }
    assert len(_NOTES) == NOTES_MAX
    assert await _troubles(page, front, found) == {}


_OUT_OF_VIEW = """lines => {
  const frame = lines.getBoundingClientRect();
  return [...lines.children].map(one => one.getBoundingClientRect())
    .map(({top, bottom}) => top < frame.top - 1 || bottom > frame.bottom + 1);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "height"), SIZES[:2])
async def test_beside_a_member_the_end_of_a_bill_can_be_read(
    open_page: Page, front: ScriptedFront, width: int, height: int, language: str
) -> None:
    """Under it stands what is paid of it already."""
    page = await open_page(width, height, language, reduced_motion="reduce")
    every = scenes(language)
    for name in ("choosing", "choosing-part"):
        await appeared(page, front.show(every[name]))
        hidden = await page.locator(".say .lines").evaluate(_OUT_OF_VIEW)
        assert not any(hidden[-3:]), (name, hidden)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_joins_by_paying_sees_the_terms_and_what_they_agreed_to(
    open_page: Page, front: ScriptedFront, language: str
) -> None:
    page = await open_page(1024, 600, language, reduced_motion="reduce")
    await appeared(page, front.show(scenes(language)["station-newcomer-way"]))
    assert await page.locator(".say .lines").evaluate(_OUT_OF_VIEW) == [False] * 4
