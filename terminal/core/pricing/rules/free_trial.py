"""One piece to be tried, for nothing or for a part of its price, once a person."""

from __future__ import annotations

from typing import ClassVar

from terminal.core.commands import Measured
from terminal.core.money import half_up
from terminal.core.pricing.promotion import LinePrice, Part, Percent
from terminal.core.pricing.visit import Visit


class FreeTrial(LinePrice, frozen=True, kw_only=True, tag="free_trial", tag_field="rule"):
    ONE_LINE: ClassVar[bool] = True
    TOLD: ClassVar[bool] = True

    once: bool = True
    pay: Percent = 0

    def net(self, part: Part, visit: Visit) -> int | None:
        del visit
        article = part.article
        if article.measured is not Measured.PIECE:
            return None
        return part.gross - article.price + half_up(article.price * self.pay, 100)
