"""Whether headquarters gave the directives that a site says it has applied.

A directive in a site's chain counts where it stands in that site's feed, word for word. One that does not
may have been given before these books were restored, or been taken out of the feed, and the site says under
which earlier epoch. It is believed of a site that has not pushed to its head since. Where an older disk of it
has, it is believed of the numbers that follow those in its chain, up to the last that headquarters' own mark
proves it was told. All else no headquarters gave: a breach, of which nothing is passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from hq.ports import Applied, ExceptionKind
from hq.taken import Taken
from hq.work import Work
from terminal.core.directives import Activate, Covered, Directive, Release
from terminal.core.values import Value


class Directives(Value, frozen=True, kw_only=True):
    given: Mapping[str, Applied]
    """By id, those in the feed."""
    forgotten: Collection[str]
    """Ids of those that were given before a restore, and are not in the feed any more."""
    breaches: dict[str, str]
    """By id of an entry, how it differs from what was directed."""

    def counts(self, one: Taken) -> bool:
        """Whether headquarters said so, now or before a restore."""
        return one.id is not None and one.id not in self.breaches

    def heard(self, one: Taken) -> bool:
        """Whether it is no news to headquarters."""
        return self.counts(one) and one.id not in self.forgotten

    def moved(self, one: Taken) -> Sequence[tuple[str, int]]:
        """What it granted or asked for, as far as that is known."""
        given = self.given.get(one.id or "")
        return given.moved if given else ()


async def directives(work: Work, entries: Sequence[Taken], *, late: bool) -> Directives:
    """`late`: of a site that was written off. What it had not applied by then was taken out of its feed."""
    applied = [one for one in entries if one.directive is not None and one.id]
    if not applied:
        return Directives(given={}, forgotten=(), breaches={})
    given = await work.turn.applied({one.id: one.seq for one in applied if one.id})
    site = await work.turn.peek()
    catches_up = site is not None and site.confirmed < work.hq_epoch
    told, heard = (site.told, site.heard) if site is not None else ((0, 0), (0, 0))
    forgotten: set[str] = set()
    breaches: dict[str, str] = {}
    for one in applied:
        assert one.id is not None  # noqa: S101  of those above
        there = given.get(one.id)
        number = (one.directed_under, one.directed_m)
        told_before = 0 < one.directed_under < work.hq_epoch and (catches_up or heard < number <= told)
        heard = max(heard, number)
        if there is not None:
            taken_out = told_before and _taken_out(there.directive, one.directive)
            if not (taken_out or _same(there.directive, one.directive)):
                breaches[one.id] = "applied it otherwise than it was directed"
        elif not late and told_before:
            forgotten.add(one.id)
        elif not late:
            breaches[one.id] = "applied what was never directed" + _amount(one.directive)
    if site is not None and heard > site.heard:
        await work.turn.save(replace(site, heard_epoch=heard[0], heard_m=heard[1]))
    return Directives(given=given, forgotten=forgotten, breaches=breaches)


def _amount(applied: Directive | None) -> str:
    """Of a grant it follows from what was posted."""
    return f": {applied.amount} of {applied.account} covered" if isinstance(applied, Covered) else ""


def _same(given: Directive, applied: Directive | None) -> bool:
    """A set that was activated may have been replaced in the feed while it was on its way, or taken out."""
    if isinstance(given, Activate) and isinstance(applied, Activate):
        return given.set == applied.set
    if given == Release():
        return applied == given or isinstance(applied, Activate)
    return given == applied


def _taken_out(given: Directive, applied: Directive | None) -> bool:
    """As its feed said of a set before a restore: the books do not know any more that it was taken out."""
    return isinstance(given, Activate) and applied == Release()


async def show_breaches(work: Work, found: Directives) -> None:
    for entry, why in found.breaches.items():
        await work.turn.open_exception(ExceptionKind.BREACH, entry, why, work.now_ms)
