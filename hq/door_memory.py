"""The twin of the door's tables, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from hq.codes import CodeRow
from hq.door import InstanceTaken, Machine
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.enrol import CodeId
from terminal.runtime.authority import Identity, Issued


class MemoryDoor:
    """No await in any method: each is one step for everybody else of this event loop."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeRow] = {}
        self._machines: dict[tuple[str, str], Machine] = {}
        self._certificates: dict[tuple[str, str], CodeId] = {}
        self._token_keys: dict[str, bytes] = {}

    async def add_code(self, row: CodeRow) -> None:
        self._codes[row.merchant, row.id] = row

    async def tried(self, merchant: str, code: CodeId) -> CodeRow | None:
        row = self._codes.get((merchant, code))
        if row is None:
            return None
        self._codes[merchant, code] = row = replace(row, attempts=row.attempts + 1)
        return row

    async def admit(self, machine: Machine, issued: Issued, token_key: bytes) -> bytes | None:
        if any(
            (one.merchant, one.site, one.instance) == (machine.merchant, machine.site, machine.instance)
            and one.terminal != machine.terminal
            and one.revoked_ms is None
            for one in self._machines.values()
        ):
            raise InstanceTaken
        kept = self._machines.setdefault((machine.merchant, machine.code), machine)
        same = (kept.site_key, kept.box_key, kept.tls_key, kept.revoked_ms)
        if same != (machine.site_key, machine.box_key, machine.tls_key, None):
            return None
        await self.add_certificate(machine, issued)
        return self._token_keys.setdefault(machine.merchant, token_key)

    async def machines(self, merchant: str, serials: Sequence[str]) -> Mapping[str, Machine]:
        codes = {serial: self._certificates.get((merchant, serial)) for serial in serials}
        return {serial: self._machines[merchant, code] for serial, code in codes.items() if code}

    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        named = (merchant, site, instance)
        found = [
            one
            for one in self._machines.values()
            if (one.merchant, one.site, one.instance) == named and one.revoked_ms is None
        ]
        return max(found, key=lambda one: one.enrolled_ms).box_key if found else None

    async def terminal_of(self, merchant: str, site: SiteId, instance: str) -> TerminalId | None:
        named = (merchant, site, instance)
        found = [one for one in self._machines.values() if (one.merchant, one.site, one.instance) == named]
        return max(found, key=lambda one: one.enrolled_ms).terminal if found else None

    async def add_certificate(self, machine: Machine, issued: Issued) -> None:
        self._certificates[machine.merchant, issued.serial] = machine.code

    async def revoke(self, identity: Identity, now_ms: int, why: str) -> int:
        del why  # For people; nobody reads it here.
        found = [
            machine
            for machine in self._machines.values()
            if (machine.merchant, machine.site, machine.terminal)
            == (identity.merchant, identity.site, identity.terminal)
            and machine.revoked_ms is None
        ]
        for machine in found:
            self._machines[machine.merchant, machine.code] = replace(machine, revoked_ms=now_ms)
        return len(found)
