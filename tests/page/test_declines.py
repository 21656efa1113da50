"""Every code of decline says on the page what to do."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from lab.screens.front import ScriptedFront
from lab.screens.pictures import TEXTS, OpenPage
from lab.screens.scenes import scenes
from terminal.core import errors
from terminal.core.errors import TerminalFault
from terminal.core.screens import says

FAULTS = [
    one
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, TerminalFault) and "for_attendant" in vars(one)
]
_LOOKS = """() => {
  const stage = document.getElementById("stage");
  const ok = stage.querySelector(".acts button").getBoundingClientRect();
  const advice = stage.querySelector(".advice");
  return {
    advice: advice.textContent,
    code: stage.querySelector(".answer b").textContent,
    wide: document.documentElement.scrollWidth > innerWidth || advice.scrollWidth > advice.clientWidth,
    ok: ok.top >= 0 && ok.bottom <= innerHeight && ok.right <= innerWidth,
  };
}"""


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
async def test_every_decline_says_on_the_smallest_page_what_to_do(
    open_page: OpenPage, front: ScriptedFront, language: str
) -> None:
    page = await open_page(360, 740, language)
    declined = scenes(language)["declined"]
    for fault in FAULTS:
        values = dict.fromkeys(re.findall(r"\{(\w+)\}", fault.for_attendant), "10:42")
        advice = says(fault.for_attendant, **values)
        step = front.show(replace(declined, code=fault.code, advice=advice))
        await page.wait_for_selector(f'#stage[data-step="{step}"]')
        said = TEXTS[language].get(fault.for_attendant, fault.for_attendant)
        assert await page.evaluate(_LOOKS) == {
            "advice": said.format(**values),
            "code": fault.code,
            "wide": False,
            "ok": True,
        }
