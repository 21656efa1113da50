"""Which lines the product can play, and why not the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lab.days.told import Line

_NOT_YET: Mapping[str, str] = {
    "temp_open": "timed sessions",
    "temp_settle": "timed sessions",
    "temp_open_and_settle": "timed sessions",
    "session_start": "timed sessions",
    "session_end": "timed sessions",
    "session_exhausted": "timed sessions",
    "package": "timed sessions",
}
PLAYED = frozenset(
    {
        "shift_open",
        "sale",
        "fill",
        "join_and_fill",
        "fill_interrupted",
        "join_and_sale",
        "recharge",
        "refund",
        "refund_recharge",
        "presale",
        "paid_out",
        "pump_test",
        "shift_close",
        "closing",
        "use_count",
        "refund_count_card",
        "sale_and_use_count",
        "batch_cancel",
        "call_list",
    }
)


def left_out(line: Line, sales: Collection[str]) -> str | None:
    """Why the line is not played; None: it is. `sales`: those that were, by the day's names."""
    if line.do in _NOT_YET:
        return _NOT_YET[line.do]
    if line.do not in PLAYED:
        return f"nothing is known of {line.do}"
    if line.do == "refund" and line.given["of"] not in sales:
        return f"{line.given['of']}, which it gives back, was left out"
    return None


NOT_COMPARED: Mapping[str, str] = {
    "closing_session": "timed sessions",
}
"""What a line may say beside what is compared, and why that is not."""
NAMES = frozenset({"id", "of", "order", "joined", "after", "drawer_cash", "stock", "z"})
"""Names that the day gives its own things, and facts that are given or compared by themselves."""
