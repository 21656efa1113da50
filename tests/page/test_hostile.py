"""Names and receipts that would like to be more than text."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import OpenPage, appeared
from lab.screens.scenes import STATUS, scenes
from terminal.core.screens import Choice, HolderShown, Line, Message, says
from terminal.core.texts import LANGUAGES

SCENES = scenes("en")
NAMES = [
    "<img src=x onerror='window.taken=1'>",
    "<script>window.taken=1</script>",
    "</span><button class='primary'>Free</button>",
    "{constructor}{__proto__}{name}",
    "\u202e12.00¥\u2066 \x1b[2J\x07\u0000",
    "&lt;b&gt;",
    "x" * 400,
    "",
]
RECEIPT = """
<div class="receipt receipt-32 acts primary" lang="en" style="color:red" onclick="taken=1" id="stage">
<script>window.taken=1</script><img src="https://evil.example/x.png" onerror="window.taken=1">
<div class="line"><bdi class="left"><b>bold</b>&lt;i&gt;kept</bdi><a href="javascript:taken=1">l</a></div>
<iframe srcdoc="<script>parent.taken=1</script>"></iframe>
<form action="//evil.example"><button>go</button></form>
<div class="code"><svg viewBox="0 0 9 9" onload="window.taken=1"><path d="M0 0h1v1h-1z"/>
<script>window.taken=1</script><use href="https://evil.example/y.svg#z"/><foreignObject><p>p</p></foreignObject>
<path d="M0 0 url(//evil.example)"/></svg></div>
<style>body{display:none}</style><link rel="stylesheet" href="//evil.example/a.css">
<template><img src=x></template><math><mtext><img src=x onerror="window.taken=1"></mtext></math>
<!-- comment -->
</div><div class="line">second</div>
"""


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_name_is_shown_as_text(open_page: OpenPage, front: ScriptedFront, name: str) -> None:
    page = await open_page()
    front.tell(
        replace(STATUS, shop=name, attendant=name, notice=says("{name}", name=name), notice_code="P101")
    )
    notes = (says("Last here on {day}", day=name),)
    holder = HolderShown(name=name, number=name, tier=name, balance=name, points=name, notes=notes)
    lines = (Line(label=says("{name}", name=name), value=name, ref="0"), Line(label=says(name), value="¥1"))
    choices = (*SCENES["choosing"].choices, Choice(do="pick", value=name[:64], label=says(name)))
    for scene in ("cart", "choosing", "confirm", "declined"):
        hostile = replace(SCENES[scene], lines=lines, holder=holder, code=name, advice=says(name))
        if scene == "choosing":
            hostile = replace(hostile, choices=choices)
        await appeared(page, front.show(hostile))
        assert await page.evaluate("window.taken") is None
        assert await page.locator("img, script:not([src]), b b, main iframe").count() == 0
        label = await page.locator(".lines .label").first.text_content()
        assert label == name.replace("\r", "\n")
    assert await page.locator("#shop").text_content() == name


@pytest.mark.parametrize("name", NAMES)
async def test_so_is_what_a_shop_calls_a_tier_in_the_language_of_the_page(
    open_page: OpenPage, front: ScriptedFront, name: str
) -> None:
    own = {language: f"{language} {name}" for language in LANGUAGES}
    said = Message(text="{name}", values={"name": "other"}, own=own)
    holder = HolderShown(name="n", number="1", tier="x", tier_said=said, balance="¥1", points="1")
    lines = (Line(label=says("Tier"), value="x", word=said),)
    choices = (Choice(do="pick", value="x", label=said),)
    for language in LANGUAGES:
        page = await open_page(language=language)
        for scene in ("choosing", "confirm"):
            shown = replace(SCENES[scene], lines=lines, holder=holder)
            if scene == "choosing":
                shown = replace(shown, choices=choices)
            await appeared(page, front.show(shown))
            assert await page.evaluate("window.taken") is None
            text = f"{language} {name}".replace("\r", "\n")
            assert await page.locator(".who .tier").text_content() == text
            assert text in (await page.locator("main").text_content() or "").replace("\r", "\n")
            assert "other" not in (await page.locator("main").text_content() or "")


async def test_only_a_receipt_comes_out_of_a_receipt(
    open_page: OpenPage, front: ScriptedFront, complaints: list[str]
) -> None:
    page = await open_page()
    await appeared(page, front.show(replace(SCENES["approved"], receipt=RECEIPT)))
    assert await page.evaluate("window.taken") is None
    tags = await page.eval_on_selector_all(".paper *", "all => all.map(one => one.localName)")
    assert set(tags) == {"div", "bdi", "svg", "path"}
    names = await page.eval_on_selector_all(".paper *", "all => all.flatMap(one => one.getAttributeNames())")
    assert set(names) <= {"class", "lang", "viewBox", "d"}
    classes = await page.eval_on_selector_all(".paper *", "all => all.flatMap(one => [...one.classList])")
    assert set(classes) == {"receipt", "receipt-32", "line", "left", "code"}
    assert "<i>kept" in await page.inner_text(".paper")
    assert await page.get_attribute(".paper path >> nth=1", "d") is None
    assert [
        said for said in complaints if not said.startswith(("Applying inline style", "Executing inline"))
    ] == []
    complaints.clear()  # Chromium says of the inert copy that its style was not applied.


async def test_a_real_receipt_arrives_whole(open_page: OpenPage, front: ScriptedFront) -> None:
    page = await open_page()
    screen = SCENES["approved-join"]
    await appeared(page, front.show(screen))
    kept = await page.inner_html(".paper")
    same = await page.evaluate(
        "html => new DOMParser().parseFromString(html, 'text/html').body.innerHTML", screen.receipt
    )
    assert kept == same
    assert await page.locator(".paper").get_attribute("tabindex") == "0"


async def test_a_receipt_that_is_no_html_is_paper_all_the_same(
    open_page: OpenPage, front: ScriptedFront
) -> None:
    page = await open_page()
    for receipt in ("<", "plain", "<div" * 3_000, "</div></body></html><script>window.taken=1</script>"):
        await appeared(page, front.show(replace(SCENES["approved"], receipt=receipt)))
        assert await page.locator(".paper").count() == 1
    assert await page.evaluate("window.taken") is None
