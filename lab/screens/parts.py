"""What the screens of `lab.screens.scenes` and `lab.screens.members` are made of."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.core.screens import Choice, HolderShown, Line, Screen, State, says

CANCEL = Choice(do="cancel", label=says("Cancel"), key="Escape")
OK = Choice(do="done", label=says("OK"), key="Enter")
CONFIRM = Choice(do="confirm", label=says("Confirm"), key="Enter")
NEXT = Choice(do="done", label=says("Next customer"), key="Enter")
REPRINT = Choice(do="reprint", label=says("Reprint"))
MEMBER = HolderShown(name="王**", number="****1234", tier="金卡", balance="¥312.00", points="1284")


def screen(
    state: State,
    title: str,
    flow: str = "",
    *,
    title_values: Mapping[str, str] | None = None,
    **parts: object,
) -> Screen:
    message = says(title, **(title_values or {}))
    return Screen(state=state, step=0, title=message, flow=flow, **parts)  # type: ignore[arg-type]


def row(text: str, value: str) -> Line:
    return Line(label=says(text), value=value)


def pick(value: str, text: str) -> Choice:
    return Choice(do="pick", value=value, label=says(text))
