"""PROFILE: who stands behind a wallet, in a box to headquarters, outside of the chain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import msgspec

from terminal.core.site import Edit, SiteLedger
from terminal.core.values import EntryId
from terminal.core.wire.journal import Again
from terminal.core.wire.people import PROFILE_PATH, Profile, Profiled, ProfileEdit, profile_about
from terminal.runtime.box import sealed_to
from terminal.runtime.steps import reached
from terminal.uplink.backoff import Backoff
from terminal.uplink.courier import Unreachable
from terminal.uplink.talk import Talk

log = logging.getLogger(__name__)

_AT_ONCE = 20
"""Read by the ledger's writer: a sale waits for no more than these."""
_KEY_BYTES = 32

_profiled = msgspec.json.Decoder(Profiled | Again)


class People:
    """Give it to a supervisor: `run` never returns."""

    def __init__(  # noqa: PLR0913  what it needs of the outside, each by its name
        self,
        ledger: SiteLedger,
        talk: Talk,
        *,
        backoff: Backoff,
        reachable: asyncio.Event,
        hq_box_key: Callable[[], bytes | None],
        random: Callable[[int], bytes],
        pause_s: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`hq_box_key`: the public half; None before this site is enrolled. `pause_s`: between two looks."""
        self._ledger = ledger
        self._talk = talk
        self._backoff = backoff
        self._reachable = reachable
        self._hq_box_key = hq_box_key
        self._random = random
        self._pause_s = pause_s
        self._sleep = sleep

    async def run(self) -> NoReturn:
        while True:
            await self._reachable.wait()
            try:
                if not await self.send():
                    await self._sleep(self._pause_s)
            except Unreachable as fault:
                log.info("profiles wait: %s", fault)
                await self._sleep(self._backoff.next_s())
            else:
                self._backoff.reset()

    async def send(self) -> int:
        """Some of what waits; how many. Raises Unreachable."""
        key, hq_epoch = self._hq_box_key(), self._talk.hq_epoch
        waiting = await self._ledger.edits(_AT_ONCE) if key else ()
        if key is None or not waiting:
            return 0
        who = self._talk.who
        question = Profile(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            hq_epoch=hq_epoch,
            edits=tuple(self._sealed(edit, key) for edit in waiting),
            mark=self._ledger.standing().edits_mark,
        )
        answer = await self._talk.ask(PROFILE_PATH, question, _profiled)
        if isinstance(answer, Again) or answer.hq_epoch != hq_epoch:
            raise Unreachable("headquarters wants HELLO first")
        reached("uplink.profiled")
        held = _asked_for(answer, waiting)
        await self._ledger.edits_held(held, hq_epoch, answer.mark)
        return len(held)

    def _sealed(self, edit: Edit, key: bytes) -> ProfileEdit:
        box = b""
        if edit.known is not None:
            clear, about = msgspec.json.encode(edit.known), profile_about(edit.id, edit.wallet)
            box = sealed_to(key, clear, about=about, fresh=self._random(_KEY_BYTES))
        return ProfileEdit(
            id=edit.id,
            turn=edit.turn,
            wallet=edit.wallet,
            member=edit.member,
            since=edit.since,
            sealed=box,
            keys=edit.keys,
            traces=edit.traces,
            visitor=edit.visitor,
        )


def _asked_for(answer: Profiled, waiting: Sequence[Edit]) -> list[EntryId]:
    sent = {edit.id for edit in waiting}
    return [edit for edit in answer.ids if edit in sent]
