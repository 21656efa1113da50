"""What a person does to the page, and what reaches the counter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import OpenPage, appeared
from lab.screens.scenes import scenes
from terminal.core.errors import NotAskedNow
from terminal.core.screens import Choice, Line, Screen, says
from terminal.desk.buttons import numbered

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

SCENES = scenes("en")
DAY: list[tuple[str, str, str | None, tuple[str, str]]] = [
    # What is shown, which button or keys, and the intent that must arrive.
    ("idle", "Sale", "1", ("start", "checkout")),
    ("cart-empty", "12.50", "12.50\n", ("key", "12.50")),
    ("cart", "That is all", "\n", ("done", "")),
    ("ready", "No card", "1", ("skip", "")),
    ("choosing", "Cash", "2", ("pick", "cash")),
    ("keying-refused", "120", "120\n", ("key", "120")),
    ("confirm", "Confirm", "\n", ("confirm", "")),
    ("approved", "Reprint", "1", ("reprint", "")),
    ("approved", "Next customer", "\n", ("done", "")),
    ("declined", "OK", "\n", ("done", "")),
    ("keying-phone", "Without joining", None, ("skip", "")),
    ("keying-phone", "13800138000", "13800138000\n", ("key", "13800138000")),
    ("choosing-grade", "98", "3", ("pick", "98")),
    ("keying-litres", "35.2", "35.2\n", ("key", "35.2")),
    ("saying", "OK", "\n", ("done", "")),
    ("confirm", "Cancel", "\x1b", ("cancel", "")),
]
WATCHED = """() => {
  const stage = document.getElementById("stage");
  window.unsettled = 0;
  new MutationObserver(() => { if (stage.dataset.settled === "no") window.unsettled += 1; })
    .observe(stage, { attributeFilter: ["data-settled"] });
}"""
ENDS = {"cart-empty": "Add this amount"}


@pytest.fixture
def walk(front: ScriptedFront) -> Callable[[], list[Screen]]:
    """Shows the day, each next screen when the one before was answered; returns what is still to come."""

    def begun() -> list[Screen]:
        coming = [SCENES[name] for name, *_ in DAY] + [SCENES["processing"]]
        front.show(coming.pop(0))
        front.on_intent = lambda _: front.show(coming.pop(0)) and None  # type: ignore[func-returns-value]
        return coming

    return begun


def _taken(front: ScriptedFront) -> list[tuple[str, str]]:
    return [(intent.do, intent.value) for intent in front.taken]


async def _touch(page: Page, name: str, what: str) -> None:
    if not what.replace(".", "").isdigit() or name == "choosing-grade":
        return await page.locator("#stage").get_by_role("button", name=what).first.click()
    for key in what:
        await page.locator(f'.key[data-key="{key}"]').click()
    return await page.get_by_role("button", name=ENDS.get(name, "Continue")).click()


KEYS = {"\n": "Enter", "\x1b": "Escape"}


async def test_a_whole_day_by_touch(
    open_page: OpenPage, front: ScriptedFront, walk: Callable[[], list[Screen]]
) -> None:
    page = await open_page(has_touch=True)
    walk()
    for name, what, _, _ in DAY:
        await appeared(page, front.view().screen.step)
        step = front.view().screen.step
        await _touch(page, name, what)
        await page.wait_for_selector(f'#stage:not([data-step="{step}"])')
    assert _taken(front) == [intent for *_, intent in DAY]
    assert front.refused == []


async def test_a_whole_day_by_keyboard(
    open_page: OpenPage, front: ScriptedFront, walk: Callable[[], list[Screen]]
) -> None:
    page = await open_page()
    walk()
    for _, what, keys, _ in DAY:
        step = front.view().screen.step
        await appeared(page, step)
        if keys is None:  # No key of its own: by Tab, as everything.
            while await page.evaluate("document.activeElement.textContent") != what:
                await page.keyboard.press("Tab")
            keys = "\n"  # noqa: PLW2901
        for key in keys:
            await page.keyboard.press(KEYS.get(key, key))
        await page.wait_for_selector(f'#stage:not([data-step="{step}"])')
    assert _taken(front) == [intent for *_, intent in DAY]
    assert front.refused == []


@pytest.mark.parametrize("name", ["idle", "cart", "choosing", "confirm", "approved"])
async def test_tab_reaches_every_button_and_shows_where_it_is(
    open_page: OpenPage, front: ScriptedFront, name: str
) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES[name]))
    reached = set()
    for _ in range(20):
        await page.keyboard.press("Tab")
        found = await page.evaluate(
            "[document.activeElement.dataset?.id, getComputedStyle(document.activeElement).outlineWidth]"
        )
        if found[0]:
            reached.add(found[0])
            assert found[1] == "4px"
    every = await page.eval_on_selector_all("#stage [data-id]", "all => all.map(one => one.dataset.id)")
    assert reached == set(every)


@pytest.mark.parametrize(("key", "taken"), [("4", [("pick", "4")]), ("2", [("pick", "2")]), ("3", [])])
async def test_a_nozzle_is_reached_by_its_own_number(
    open_page: OpenPage, front: ScriptedFront, key: str, taken: list[tuple[str, str]]
) -> None:
    """Of 1, 2 and 4, and of ten others that have no key of one digit."""
    nozzles = (*(numbered(number, says("{name}", name=number)) for number in ("1", "2", "4")),)
    many = (numbered(str(number), says("{name}", name=str(number))) for number in range(10, 20))
    page = await open_page()
    await appeared(page, front.show(replace(SCENES["station-nozzle"], choices=(*nozzles, *many))))
    await page.keyboard.press(key)
    if not taken:
        await page.keyboard.press("1")  # So that something comes.
        taken = [("pick", "1")]
    await front.touched(1)
    assert _taken(front) == taken


async def test_a_double_touch_is_sent_once(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    await appeared(page, front.show(SCENES["confirm"]))
    async with page.expect_response("**/intent"):
        await page.eval_on_selector(".primary", "one => { one.click(); one.click(); one.click(); }")
    await page.evaluate(
        "fetch('/texts/en').then(answer => answer.text())"
    )  # What was sent before is heard of.
    assert len(sent) == 1
    assert _taken(front) == [("confirm", "")]


async def test_the_second_half_of_a_double_touch_does_not_press_what_came(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    coming = [SCENES["confirm"], SCENES["confirm"]]
    front.on_intent = lambda _: front.show(coming.pop()) and None  # type: ignore[func-returns-value]
    step = front.show(SCENES["confirm"])
    await appeared(page, step)
    place = await page.locator(".primary").bounding_box()
    assert place is not None
    await page.mouse.dblclick(place["x"] + 30, place["y"] + 30, delay=20)
    await appeared(page, step + 1)
    assert _taken(front) == [("confirm", "")]


async def test_what_stands_there_already_can_be_touched_however_often_it_is_told_again(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    """As when a scanner says the same again and again: each refusal is a screen with a step of its own."""
    page = await open_page()
    await appeared(page, front.show(SCENES["cart"]))
    await page.evaluate(WATCHED)
    step = front.show(SCENES["cart"])
    await page.wait_for_selector(f'#stage[data-step="{step}"]')
    await page.get_by_role("button", name="That is all").click()
    await front.touched(1)
    assert _taken(front) == [("done", "")]
    assert await page.evaluate("window.unsettled") == 0


@pytest.mark.parametrize("name", ["confirm", "approved"])
async def test_what_charges_and_what_is_new_settles_first(
    open_page: OpenPage, front: ScriptedFront, name: str
) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["confirm"]))
    await page.evaluate(WATCHED)
    await appeared(page, front.show(SCENES[name]))
    assert await page.evaluate("window.unsettled") == 1


async def test_a_key_held_down_counts_once(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    front.on_intent = lambda _: front.show(SCENES["confirm"]) and None  # type: ignore[func-returns-value]
    step = front.show(SCENES["confirm"])
    await appeared(page, step)
    await page.keyboard.down("Enter")
    await appeared(page, step + 1)
    await page.keyboard.down("Enter")  # The keyboard's own repetition.
    await page.evaluate("fetch('/texts/en').then(answer => answer.text())")
    assert _taken(front) == [("confirm", "")]
    await page.keyboard.up("Enter")


async def test_enter_confirms_after_the_language_was_switched(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["confirm"]))
    for tag in ("zh-Hant", "en"):
        await page.locator(f'#languages button[lang="{tag}"]').click()
        await page.wait_for_function("tag => document.documentElement.lang === tag", arg=tag)
    await page.keyboard.press("Enter")
    async with asyncio.timeout(10):
        while not front.taken:
            await page.evaluate("0")
    assert _taken(front) == [("confirm", "")]


async def test_of_two_pages_one_decides(open_page: OpenPage, front: ScriptedFront) -> None:
    pages = [await open_page(), await open_page(1280, 800, "zh-Hans")]
    step = front.show(SCENES["confirm"])
    for page in pages:
        await appeared(page, step)
    await asyncio.gather(*(page.locator(".primary").click() for page in pages))
    await front.touched(2)
    assert _taken(front) == [("confirm", "")]
    step = front.show(SCENES["approved"])
    for page in pages:
        await appeared(page, step)


async def test_a_touch_on_a_screen_that_has_gone_does_nothing(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    held: list[Route] = []
    came = asyncio.Event()

    async def hold(route: Route) -> None:
        held.append(route)
        came.set()

    await page.route("**/intent", hold)
    await appeared(page, front.show(SCENES["confirm"]))
    await page.locator(".primary").click()
    await came.wait()
    await appeared(page, front.show(SCENES["confirm"]))
    async with page.expect_response("**/intent") as answer:
        await held[0].continue_()
    assert (await answer.value).status == 409
    assert front.taken == []
    await page.unroute("**/intent")
    await page.locator(".primary").click()  # And the new screen can be touched.
    await front.touched(1)


async def test_what_is_keyed_before_the_answer_came_stays(open_page: OpenPage, front: ScriptedFront) -> None:
    """The next screen is often there sooner than the answer: a quick hand lost the first digit on it."""
    page = await open_page()
    answered = asyncio.Event()

    async def late(route: Route) -> None:
        answer = await route.fetch()
        await answered.wait()
        await route.fulfill(response=answer)

    await page.route("**/intent", late)
    front.on_intent = lambda _: front.show(SCENES["keying-cash"]) and None  # type: ignore[func-returns-value]
    step = front.show(SCENES["keying-phone"])
    await appeared(page, step)
    await page.keyboard.type("13800138000")
    await page.keyboard.press("Enter")
    await appeared(page, step + 1)
    assert await page.text_content("#typed") == "¥0"
    await page.keyboard.type("120")
    async with page.expect_response("**/intent"):
        answered.set()
    await page.evaluate("fetch('/texts/en').then(answer => answer.text())")
    assert await page.text_content("#typed") == "¥120"
    await page.unroute("**/intent")
    await page.keyboard.press("Enter")
    async with asyncio.timeout(60):
        while len(front.taken) < 2:
            await page.evaluate("0")
    assert _taken(front) == [("key", "13800138000"), ("key", "120")]


async def test_what_was_not_sent_is_still_keyed(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    await page.route("**/intent", lambda route: route.abort())
    await appeared(page, front.show(SCENES["keying-cash"]))
    await page.keyboard.type("120")
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.getElementById('said').textContent.startsWith('Not sent')")
    assert await page.text_content("#typed") == "¥120"


async def test_the_keypad_forbids_silly_keys(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    for name, keys, shown in [
        ("keying-amount", "..5", "¥0.5"),
        ("keying-amount", "0012.345", "¥12.34"),
        ("keying-amount", "12a-3e", "¥123"),
        ("keying-amount", "1234567890", "¥123456"),
        ("keying-phone", "1380013800099.", "138 0013 8000"),
        ("keying-litres", "35.201", "35.20L"),
    ]:
        await appeared(page, front.show(SCENES["idle"]))
        await appeared(page, front.show(SCENES[name]))
        for key in keys:
            await page.keyboard.press(key)
        assert (await page.inner_text("#typed")).replace("\n", "") == shown
        await page.keyboard.press("Delete")
        assert await page.locator('[data-id="key:"]').get_attribute("aria-disabled") == "true"


async def test_a_name_is_written_by_an_input_method_by_touch_and_by_keys(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["keying-name"]))
    assert await page.locator('[data-id="key:"]').get_attribute("aria-disabled") == "true"
    await page.keyboard.insert_text("王小明")  # As an input method does, without keys.
    for key in ("j", " ", "1"):
        await page.locator(f'.key[data-key="{key}"]').click()
    await page.keyboard.press("x")
    assert await page.input_value("#typed") == "王小明j 1x"
    await page.keyboard.press("Backspace")
    await page.locator('.key[data-key="Backspace"]').click()
    asked = SCENES["keying-name"]
    advice = says(NotAskedNow.for_attendant)
    await appeared(page, front.show(replace(asked, code=NotAskedNow.code, advice=advice)))
    assert await page.input_value("#typed") == "王小明j "
    await page.keyboard.press("Enter")
    async with asyncio.timeout(10):
        while not front.taken:
            await page.evaluate("0")
    assert _taken(front) == [("key", "王小明j ")]
    await appeared(page, front.show(SCENES["keying-document"]))
    assert await page.input_value("#typed") == ""


async def test_digits_stay_while_goods_are_scanned(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["cart-empty"]))
    await page.keyboard.press("7")
    await appeared(page, front.show(SCENES["cart"]))
    await page.keyboard.press("5")
    assert (await page.inner_text("#typed")).replace("\n", "") == "¥75"
    front.on_intent = lambda _: front.show(SCENES["cart"]) and None  # type: ignore[func-returns-value]
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.querySelector('#typed .none')")
    assert _taken(front) == [("key", "75")]


async def test_digits_stay_while_something_is_shown_that_was_not_asked_for(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    asked, advice = SCENES["keying-phone"], says(NotAskedNow.for_attendant)
    await appeared(page, front.show(asked))
    await page.keyboard.press("1")
    await appeared(page, front.show(replace(asked, code=NotAskedNow.code, advice=advice)))
    await page.keyboard.press("3")
    assert (await page.inner_text("#typed")).replace("\n", "") == "13"
    front.on_intent = lambda _: front.show(asked) and None  # type: ignore[func-returns-value]
    await page.keyboard.press("Enter")
    await page.wait_for_function("() => document.querySelector('#typed .none')")
    assert _taken(front) == [("key", "13")]


async def test_digits_never_stay_for_another_question(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["keying-phone"]))
    await page.keyboard.press("1")
    await appeared(page, front.show(SCENES["keying-litres"]))
    assert await page.locator("#typed .none").count() == 1


async def test_a_line_is_taken_out_by_its_own_button(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["cart"]))
    await page.get_by_role("button", name="Remove Spring water 550 ml x 3").click()
    await front.touched(1)
    assert _taken(front) == [("remove", "1")]


async def test_the_language_changes_in_mid_sale_on_this_page_alone(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    here, there = await open_page(), await open_page()
    step = front.show(SCENES["cart"])
    for page in (here, there):
        await appeared(page, step)
    await here.keyboard.press("9")
    await here.get_by_role("button", name="繁體").click()
    await here.wait_for_selector('html[lang="zh-Hant"]')
    assert await here.inner_text("h1") == "請掃商品，或輸入金額"
    await here.get_by_role("button", name="简体").click()
    await here.wait_for_selector('html[lang="zh-Hans"]')
    assert await here.inner_text("h1") == "请扫商品，或输入金额"
    assert await here.get_attribute("html", "lang") == "zh-Hans"
    assert "9" in await here.inner_text("#typed")
    assert await there.inner_text("h1") == "Scan the goods, or key an amount"
    await here.evaluate("history.replaceState(null, '', '/')")
    await here.reload()
    await appeared(here, step)
    assert await here.inner_text("h1") == "请扫商品，或输入金额"


async def test_a_language_that_does_not_come_leaves_the_one_that_is_there(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["cart"]))
    await page.route("**/texts/*", lambda route: route.abort())
    await page.get_by_role("button", name="简体").click()
    await page.evaluate("fetch('/texts/zh-Hant').catch(() => 0)")
    assert await page.get_attribute("html", "lang") == "en"
    assert await page.inner_text("h1") == "Scan the goods, or key an amount"


async def test_what_the_screen_says_is_said_aloud(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    await appeared(page, front.show(SCENES["declined"]))
    said = await page.inner_text("#said")
    assert said == "Declined Not enough value on the card. Take cash, or recharge first."
    assert await page.get_attribute("#said", "aria-live") == "polite"


async def test_a_name_without_translation_shows_as_it_is(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page(language="zh-Hans")
    strange = replace(SCENES["saying"], title=says("Never translated: {who} {nobody}", who="{x}"))
    await appeared(page, front.show(strange))
    assert await page.inner_text("h1") == "Never translated: {x} {nobody}"


async def test_the_tenth_choice_goes_by_nought_and_what_follows_by_touch_alone(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    more = SCENES["idle-more"]
    flows = [Choice(do="start", value=f"flow-{n}", label=says("{name}", name=str(n))) for n in range(1, 13)]
    page = await open_page()
    front.on_intent = lambda _: front.show(SCENES["processing"]) and None  # type: ignore[func-returns-value]
    step = front.show(replace(more, choices=(*flows, more.choices[-1])))
    await appeared(page, step)
    assert await page.locator(".tile kbd").all_inner_texts() == [*"1234567890"]
    await page.keyboard.press("0")
    await page.wait_for_selector(f'#stage:not([data-step="{step}"])')
    assert _taken(front) == [("start", "flow-10")]


async def test_a_list_that_scrolls_is_scrolled_by_keys(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    lines = tuple(Line(label=says("Line {n}", n=str(n)), value="¥1.00") for n in range(60))
    await appeared(page, front.show(replace(SCENES["choosing"], lines=lines)))
    listed = page.locator(".lines")
    await listed.focus()
    before = await listed.evaluate("one => one.scrollTop")
    await page.keyboard.press("ArrowUp")
    await page.wait_for_function("one => document.querySelector('.lines').scrollTop < one", arg=before)
    await appeared(page, front.show(replace(SCENES["choosing"], lines=lines[:1])))
    assert await listed.get_attribute("tabindex") is None
