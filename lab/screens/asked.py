"""Every screen that a flow leads to, as the counter of the desk's own tests shows it.

What only the flows' tests lead to is asked once more at such a counter, by the very call that the flow made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import getmembers, iscoroutinefunction, signature
from traceback import walk_stack
from types import CodeType, FunctionType
from typing import Any, Final, Unpack
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from lab.screens.sentences import HEADS
from terminal.core.approval import Rules
from terminal.core.commands import Booked, card_of, wallet_of
from terminal.core.policy import Policy
from terminal.core.ports import Desk
from terminal.core.screens import Message, Screen, State, says
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.desk.settings import StaffMember
from terminal.desk.stage import ScreenParts, Stage
from terminal.flows import FLOWS, Flow
from tests.desk.fakes import SETTINGS, Bench, settled
from tests.flows.scripted import ScriptedDesk

_TESTS: Final = ("tests/desk", "tests/flows")
_AT_RANDOM: Final = "random"
"""Tests of that name find other screens each time."""
_NO_WORDS: Final = says("OK")
"""Of the tests of the stage itself."""
_STAFFED: Final = replace(
    SETTINGS, staff=(*SETTINGS.staff, *(StaffMember(id=StaffId(f"E0{n}"), name=f"店员{n}") for n in (2, 3)))
)
"""Nobody is asked which of one."""
_SCRIPTS: Final[Mapping[CodeType, str]] = {
    flow.script.__code__: name for name, flow in FLOWS.items() if isinstance(flow.script, FunctionType)
}
_ROWS_MAX: Final = 8
_BUTTONS_MAX: Final = 10
"""What shows more was made to try how much there may be."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call of a flow to its desk."""

    flow: str
    do: str
    said: str
    args: tuple[Any, ...]
    values: Mapping[str, Any]
    policy: Policy
    training: bool


class _Watching:
    """Hears the tests' counters and their flows; a plugin of pytest."""

    def __init__(self) -> None:
        self.screens: dict[str, Screen] = {}
        self.asked: dict[str, list[Asked]] = {}
        self._now = ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._now = nodeid

    def saw(self, screen: Screen) -> None:
        if _AT_RANDOM in self._now or screen.flow not in {*FLOWS, ""} or screen.title == _NO_WORDS:
            return
        head = screen.title.text
        if head not in self.screens or _worth(screen) > _worth(self.screens[head]):
            self.screens[head] = screen


def _worth(screen: Screen) -> tuple[bool, bool, int]:
    """Which of two pictures of one question says more: nothing went wrong, and all that may be there is."""
    many = len(screen.lines) > _ROWS_MAX or len(screen.choices) > _BUTTONS_MAX
    parts = len(screen.lines) + len(screen.choices) + bool(screen.holder) + bool(screen.amount)
    return screen.state is State.DECLINED or not screen.code, not many, parts


def every_screen() -> dict[str, Screen]:
    """By its head, in the order in which the tests come upon them.

    Raises:
        RuntimeError: the tests fail, or a counter does not ask what a flow asked of it.
    """
    watching = _Watching()
    with _heard(watching):
        ended = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *_TESTS], plugins=[watching])
    if ended:
        raise RuntimeError(f"the tests that lead to the screens fail: {ended!r}")
    screens = dict(watching.screens)
    for head, asked in watching.asked.items():
        if head not in screens:
            screens[head] = asyncio.run(_one_of(asked))
    return screens


@contextmanager
def _heard(watching: _Watching) -> Iterator[None]:
    show = Stage.show

    def shown(stage: Stage, state: State, title: Message, **parts: Unpack[ScreenParts]) -> None:
        show(stage, state, title, **parts)
        watching.saw(stage.view().screen)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stage, "show", shown)
        for name, asks in getmembers(ScriptedDesk, iscoroutinefunction):
            if HEADS.intersection(signature(asks).parameters) and hasattr(Desk, name):
                patched.setattr(ScriptedDesk, name, _listening(name, asks, watching.asked))
        yield


def _listening(
    name: str, asks: Callable[..., Awaitable[Any]], heard: dict[str, list[Asked]]
) -> Callable[..., Awaitable[Any]]:
    takes = signature(asks)

    @wraps(asks)
    async def listening(desk: ScriptedDesk, *args: Any, **values: Any) -> Any:  # noqa: ANN401  a desk's
        bound = takes.bind(desk, *args, **values).arguments
        head = next(bound[one] for one in HEADS if one in bound)
        said = head.text if isinstance(head, Message) else head
        asked = Asked(
            flow=_flow_now(),
            do=name,
            said=said,
            args=args,
            values=values,
            policy=desk.policy,
            training=desk.training,
        )
        heard.setdefault(said, []).append(asked)
        return await asks(desk, *args, **values)

    return listening


def _flow_now() -> str:
    """Whose script it is that asks; a sale's, where a part of many is tried by itself."""
    asking = (_SCRIPTS[frame.f_code] for frame, _ in walk_stack(None) if frame.f_code in _SCRIPTS)
    return next(asking, "checkout")


async def _one_of(calls: Sequence[Asked]) -> Screen:
    """The first that leads to a screen: nobody is asked which one, where there is but one."""
    for one in calls:
        screen = await _once_more(one)
        if screen.title.text == one.said:
            return screen
    raise RuntimeError(f"no counter asks {calls[0].said!r} by {calls[0].do}")


async def _once_more(asked: Asked) -> Screen:
    """Where that very call leads to: of a flow that makes no other, where all wants a second person."""

    async def script(desk: Desk) -> None:
        await getattr(desk, asked.do)(*map(_as_a_ledger_answers, asked.args), **asked.values)

    flow = Flow(says("Sale"), script, sells=False)
    bench = Bench(policy=asked.policy, flows={asked.flow: flow}, settings=_STAFFED, training=asked.training)
    with (
        patch.object(Rules, "beside", return_value=Role.MANAGER),
        patch("terminal.desk.approving.worth", return_value=0),
        patch("terminal.desk.stage.NEXT", dict.fromkeys(State, frozenset(State))),  # Nothing came before it.
    ):
        async with bench:
            await bench.touch("start", asked.flow)
            await settled()
            return bench.screen


def _as_a_ledger_answers(given: object) -> object:
    """The scripted desk's answer names a balance also where nobody's was touched."""
    if isinstance(given, Booked) and wallet_of(given.command) is None and card_of(given.command) is None:
        return replace(given, after=None)
    return given
