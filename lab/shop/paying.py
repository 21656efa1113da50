"""Customers who pay by phone: the codes and vouchers that they show, and the services behind them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import aiohttp

from lab.acquirer import Whim
from lab.shop.processes import Process
from lab.shop.setting import ALIPAY, DOUYIN, MEITUAN, UNIONPAY, WECHAT


def _shows(begin: str, digits: int) -> Callable[[], str]:
    return lambda: begin + "".join(secrets.choice("0123456789") for _ in range(digits - len(begin)))


PAID_WITH: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        WECHAT: _shows("13", 18),
        ALIPAY: _shows("28", 18),
        UNIONPAY: _shows("62", 19),
        MEITUAN: _shows("MT5S-", 12),
        DOUYIN: _shows("DY3S-", 12),
    }
)
"""What a phone shows, by its place among the codes on the bench."""

WHIMS: Mapping[str, tuple[Whim | None, ...]] = MappingProxyType(
    {
        "The customer has still to confirm": (Whim.SLOW,),
        "It is paid, and the answer is lost": (Whim.MUTE,),
        "Refused": (Whim.NO,),
        "Nothing arrives, five times": (Whim.DEAF,) * 5,
        "Without trouble": (),
    }
)
"""How the acquirer may answer from now on."""


class Till:
    """The process of the acquirer, or of who verifies vouchers. It outlasts a restart with what it took."""

    def __init__(self, folder: Path, name: str = "acquirer") -> None:
        self._name = name
        self._process = Process(name, folder / f"{name}.log")
        self._books = folder / f"{name}.json"
        self.url = ""
        """Empty: the shop has none."""
        self.expected = ""
        """What a hand on the bench last asked of it."""

    async def start(self) -> None:
        said = await self._process.start("lab", self._name, "--port", "0", "--books", str(self._books))
        self.url = str(said["url"])

    async def stop(self) -> None:
        await self._process.stop()

    async def answers(self, whims: tuple[Whim | None, ...], called: str = "") -> None:
        """The next questions one after another; then all is well again."""
        async with aiohttp.ClientSession() as client, client.post(f"{self.url}/whims", json=whims) as said:
            said.raise_for_status()
        self.expected = called

    async def books(self) -> dict[str, int]:
        """Fen that it keeps, by the shop's ids."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.url}/books") as said:
            kept: dict[str, int] = await said.json()
            return kept
