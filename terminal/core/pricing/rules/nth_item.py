"""Every nth piece of an article at a part of its price: the second at half, the third for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from terminal.core.commands import Measured
from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, NotYet, Part, Percent
from terminal.core.pricing.visit import Visit
from terminal.core.screens import says


class NthItem(LinePrice, frozen=True, kw_only=True, tag="nth_item", tag_field="rule"):
    nth: Annotated[int, Meta(ge=2, le=99)]
    pay: Percent

    def net(self, part: Part, visit: Visit) -> int | None:
        del visit
        article = part.article
        if article.measured is not Measured.PIECE:
            return None
        cheap = part.quantity // self.nth
        return (part.quantity - cheap) * article.price + cheap * half_up(article.price * self.pay, 100)

    def why_not(self, parts: Sequence[Part], visit: Visit) -> NotYet:
        pieces = [part for part in parts if part.article.measured is Measured.PIECE]
        short = [(self.nth - part.quantity, part.article) for part in pieces if part.quantity < self.nth]
        if not short:
            return super().why_not(parts, visit)
        lacking, article = min(short, key=lambda one: one[0])
        why = says(
            "{count} more of {article} for {name}",
            count=str(lacking),
            article=article.name,
            name=self.name,
        )
        return self.not_yet(why, lacking * article.price)
