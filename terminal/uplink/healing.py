"""A fork: headquarters' chain is brought here, and the ledger joins it with what is only here."""

from __future__ import annotations

import logging

import msgspec

from terminal.core.site import Healed, Healing, SiteLedger, Standing
from terminal.core.wire.journal import PULL_BYTES_MAX, PULL_PATH, Again, Pull, Pulled
from terminal.core.wire.link import LinkTrouble
from terminal.runtime.steps import reached
from terminal.uplink.courier import Unreachable
from terminal.uplink.talk import Talk

log = logging.getLogger(__name__)

_pulled: msgspec.json.Decoder[Pulled | Again] = msgspec.json.Decoder(Pulled | Again)


class Healer:
    """One attempt after the other: a chain that came in part goes on where it was, if nothing changed."""

    def __init__(self, ledger: SiteLedger, talk: Talk) -> None:
        self._ledger = ledger
        self._talk = talk
        self._begun: tuple[Standing, Healing] | None = None

    async def heal(self) -> Healed:
        """Until the chains are one again.

        Raises:
            Unreachable: not all of it came. What came is kept for the next attempt.
            LedgerDamaged: what came is no chain of this site; it is forgotten.
            LedgerClosed: the disk does not let us, or somebody reads the file.
        """
        standing = self._ledger.standing()
        healing = await self._attempt(standing)
        try:
            head = await self._all(standing, healing)
        except Unreachable:
            raise
        except BaseException:
            await self.forget()
            raise
        reached("uplink.pulled")
        self._begun = None
        healed = await healing.finish(head)
        log.warning(
            "the chain was healed: epoch %d, %d entries of headquarters, %d booked again, %d left",
            healed.epoch,
            healed.pulled,
            healed.again,
            healed.left,
        )
        return healed

    async def forget(self) -> None:
        """What was begun; a new hq_epoch cancels a fork."""
        if self._begun is not None:
            (_, healing), self._begun = self._begun, None
            await healing.drop()

    async def _attempt(self, standing: Standing) -> Healing:
        if self._begun is not None and self._begun[0] == standing:
            return self._begun[1]
        await self.forget()
        self._begun = standing, await self._ledger.heal(standing.asked)
        return self._begun[1]

    async def _all(self, standing: Standing, healing: Healing) -> bytes:
        """The hash with which headquarters' chain ends."""
        while True:
            pulled = await self._pull(standing, healing.seq)
            await healing.take(pulled.bodies)
            if healing.seq >= pulled.acked:
                return bytes.fromhex(pulled.head)
            if not pulled.bodies:
                raise Unreachable("headquarters keeps the rest of the chain", LinkTrouble.UNREADABLE)

    async def _pull(self, standing: Standing, after: int) -> Pulled:
        who = self._talk.who
        question = Pull(
            merchant=who.merchant,
            site=who.site,
            instance=who.instance,
            hq_epoch=standing.hq_epoch,
            after=after,
        )
        answer = await self._talk.ask(PULL_PATH, question, _pulled, bytes_max=PULL_BYTES_MAX)
        if isinstance(answer, Again):
            raise Unreachable("headquarters wants HELLO first")
        told = (answer.hq_epoch, answer.epoch, answer.after)
        if told != (standing.hq_epoch, standing.asked, after):
            raise Unreachable(f"an answer of {told} to PULL after {after}", LinkTrouble.UNREADABLE)
        return answer
