"""One of many: a few on each screen, and more of them on the next."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.ports import Desk
from terminal.core.screens import Message, says

PAGE = 8
_MORE = "more"
_NONE: Mapping[str, Message] = {}


async def picked(
    desk: Desk, prompt: str, choices: Mapping[str, Message], always: Mapping[str, Message] = _NONE
) -> str:
    """`always`: what stands on every screen beside them."""
    names, at = list(choices), 0
    while True:
        shown = {name: choices[name] for name in names[at : at + PAGE]}
        more = {_MORE: says("More")} if len(names) > PAGE else {}
        answer = await desk.choose(prompt, {**always, **shown, **more})
        if answer != _MORE:
            return answer
        at = at + PAGE if at + PAGE < len(names) else 0
