"""Articles that cost less together; a pack with a barcode of its own puts its contents into the cart."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.pricing.promotion import NotYet, PackPrice, Part
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class Pack(PackPrice, frozen=True, kw_only=True, tag="pack", tag_field="rule"):
    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        del visit
        there: dict[str, int] = {}
        for part in parts:
            there[part.article.sku] = there.get(part.article.sku, 0) + part.quantity
        lacking = [(sku, count - there.get(sku, 0)) for sku, count in self.contents]
        lacking = [(sku, count) for sku, count in lacking if count > 0]
        if not lacking:
            return self.not_yet(says("Another price is better"))
        goods = ", ".join(f"{sku} x {count}" for sku, count in lacking)
        return self.not_yet(says("With {goods}: {name}", goods=goods, name=self.name))
