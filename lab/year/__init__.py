"""A year of members at one counter, and on paper beside it.

    python -m lab year [--seed S] [--times N] [--days 365] [--members 15]
        [--mutant NAME] [--json]

Members are born by the sun and by the moon, in a leap month, on a day that not every year has. They join
with coupons that end, buy in tiers that they reach and fall out of, on their birthdays too, pay with points,
cashback and stored value, recharge, and bring goods back. Some have a card without a name, which is cancelled
one day; some give their membership away, or turn out to be another member. Coupons are withdrawn. Each goes
through the terminal's own counter, on a ledger on a file, answered screen by screen; what ends is written off
every morning, as the terminal does it. After each visit, and for everybody each morning, what they hold is
compared with what `lab.year.oracle` reckons by hand, which knows nothing of the product. At the end the
ledger is verified. Exit 1 at the first year that differs, as it must with a fault put in (`--mutant`).
"""

from __future__ import annotations

from lab.year.command import main

__all__ = ["main"]
