"""What a bench says: ratios to its floor with their goals, and the figures behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """`value` is to be at most `goal`, or at least when `more_is_better`."""

    value: float
    goal: float
    more_is_better: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal


@dataclass(frozen=True, slots=True)
class Result:
    ratios: dict[str, Ratio]
    figures: dict[str, float | int | str | list[str]] = field(default_factory=dict)
    """Medians in the units that their names end with."""

    def as_json(self, name: str) -> dict[str, object]:
        ratios = {
            what: {"value": round(ratio.value, 3), "goal": ratio.goal, "holds": ratio.holds}
            for what, ratio in self.ratios.items()
        }
        return {"bench": name, "ratios": ratios, "figures": self.figures}

    def as_text(self, name: str) -> str:
        lines = [
            f"{name}: {what} {ratio.value:.2f}, goal {ratio.goal:g}: {'holds' if ratio.holds else 'MISSED'}"
            for what, ratio in self.ratios.items()
        ]
        return "\n".join([*lines, *(f"  {what}: {value}" for what, value in self.figures.items())])


def middle(values: list[float]) -> float:
    """The median, rounded to what can be told apart."""
    return round(median(values), 3)
