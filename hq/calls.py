"""The calls of the protocol: what each takes, what it answers, and what it asks of the caller.

One row for each; the router, the checks before a call and the description for other programs come from it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hq.door import Door, Machine
from hq.exchange import Exchange
from hq.left import left
from terminal.core.values import Value
from terminal.core.wire.auth import AUTH_PATH, Auth, Authed
from terminal.core.wire.enrol import ENROL_PATH, RENEW_PATH, Enrol, Enrolled, Renew, Renewed
from terminal.core.wire.journal import (
    HELLO_PATH,
    PULL_PATH,
    PUSH_PATH,
    Answer,
    Hello,
    Pull,
    Pulled,
    Push,
    Welcome,
)
from terminal.core.wire.left import LEFT_PATH, AskLeft, Left
from terminal.core.wire.people import PROFILE_PATH, Profile, Profiled
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import ASK_PATH, FEED_PATH, Ask, Asked, Fed, Feed
from terminal.core.wire.sets import BLOB_PATH, Blob
from terminal.core.wire.signing import UNSIGNED

_Answer = Callable[[Any, Machine | None], Awaitable[Value | bytes]]

_OF_KNOWN_SITES = (ProblemCode.INSTANCE, ProblemCode.NOT_FOUND)


@dataclass(frozen=True)
class Call:
    """`answer` is given the question and the machine that asks, None for the one call without certificate.

    What it gives back is sent as JSON; bytes as they are.
    """

    path: str
    name: str
    says: str
    question: type[Any]
    answers: Any
    answer: _Answer
    certified: bool = True
    refuses: tuple[ProblemCode, ...] = ()
    """Beside what every call may be refused for."""
    waits: bool = False
    """Its answer may come long after the question."""

    @property
    def signed(self) -> bool:
        """The question by the site key, the answer by the hq key."""
        return self.path not in UNSIGNED


def calls(exchange: Exchange, door: Door) -> tuple[Call, ...]:
    def of_site(answer: Callable[[Any], Awaitable[Value | bytes]]) -> _Answer:
        return lambda question, _: answer(question)

    async def renew(question: Renew, machine: Machine | None) -> Renewed:
        assert machine is not None  # noqa: S101  `certified`
        return await door.renew(machine, question)

    return (
        Call(
            path=HELLO_PATH,
            name="hello",
            says="Who I am; answered with where headquarters stands.",
            question=Hello,
            answers=Welcome,
            answer=of_site(exchange.hello),
            refuses=(ProblemCode.INSTANCE,),
        ),
        Call(
            path=PUSH_PATH,
            name="push",
            says="Entries in order, taken once; acknowledged when they are durable.",
            question=Push,
            answers=Answer,
            answer=of_site(exchange.push),
            refuses=(ProblemCode.INSTANCE, ProblemCode.SPOILT),
        ),
        Call(
            path=FEED_PATH,
            name="feed",
            says="Directives in order; waits for the first one.",
            question=Feed,
            answers=Fed,
            answer=of_site(exchange.feed),
            refuses=_OF_KNOWN_SITES,
            waits=True,
        ),
        Call(
            path=ASK_PATH,
            name="ask",
            says="Rights to what a member wants to spend here; answered by directives.",
            question=Ask,
            answers=Asked,
            answer=of_site(exchange.ask),
            refuses=(*_OF_KNOWN_SITES, ProblemCode.REUSED),
        ),
        Call(
            path=LEFT_PATH,
            name="left",
            says="What members have elsewhere, of many at once; moves nothing.",
            question=AskLeft,
            answers=Left,
            answer=of_site(partial(left, exchange)),
            refuses=_OF_KNOWN_SITES,
        ),
        Call(
            path=PULL_PATH,
            name="pull",
            says="The site's own entries back, to heal a fork.",
            question=Pull,
            answers=Pulled,
            answer=of_site(exchange.pull),
            refuses=_OF_KNOWN_SITES,
        ),
        Call(
            path=PROFILE_PATH,
            name="profile",
            says="Personal data, sealed to headquarters.",
            question=Profile,
            answers=Profiled,
            answer=of_site(exchange.profile),
            refuses=_OF_KNOWN_SITES,
        ),
        Call(
            path=AUTH_PATH,
            name="auth",
            says="What a card said whose key is not at the site, to be answered or judged.",
            question=Auth,
            answers=Authed,
            answer=of_site(exchange.auth),
            refuses=_OF_KNOWN_SITES,
        ),
        Call(
            path=BLOB_PATH,
            name="blob",
            says="The bytes with that hash, as they are.",
            question=Blob,
            answers=bytes,
            answer=of_site(exchange.blob),
            refuses=_OF_KNOWN_SITES,
        ),
        Call(
            path=ENROL_PATH,
            name="enrol",
            says="A one-time code becomes a certificate.",
            question=Enrol,
            answers=Enrolled,
            answer=of_site(door.enrol),
            certified=False,
            refuses=(ProblemCode.CODE,),
        ),
        Call(
            path=RENEW_PATH,
            name="renew",
            says="A new certificate, under the one that is still valid.",
            question=Renew,
            answers=Renewed,
            answer=renew,
        ),
    )
