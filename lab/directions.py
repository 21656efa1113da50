"""What headquarters directs, as commands of a shop's day; and value that goes back to it unasked."""

from __future__ import annotations

from typing import Any

from lab.purses import WHAT_IS_HELD, Purse
from lab.sales import Sales
from lab.workload import Submission
from terminal.core import commands as c
from terminal.core import directives as d
from terminal.core.rights import LotPart, LotTerms, Right, Want
from terminal.core.values import EntryId, MemberId, SiteId, WalletId

_HQ_EPOCH = 3


class Directions(Sales):
    """Rights come and go, wallets are merged, cards listed, tiers set, keys trusted, data sets switched."""

    def __init__(self, seed: int | str) -> None:
        super().__init__(seed)
        self._directed = 0

    def _direct(self, what: d.Directive, purse: Purse | None = None, **more: Any) -> Submission:  # noqa: ANN401  as the command has them
        self._directed += 1
        directed = d.Directed(hq_epoch=_HQ_EPOCH, m=self._directed)
        return self.books(c.BookDirective, purse, directed=directed, directive=what, **more)

    def rights_come(self) -> Submission | None:
        """To somebody who is known, or to a wallet that begins with them."""
        purse = self.staff.customer()
        if purse is None or self._random.choice((True, False)):
            purse = Purse(self.new_wallet(), MemberId(self.new_id()))
            self.staff.purses.append(purse)
        points = Right(account=f"wallet:{purse.wallet}:points:goods", amount=30)
        terms = LotTerms(unit="principal", lot=EntryId(self.new_id()), laid=9000, paid=9000)
        part = LotPart(terms=terms, amount=4000)
        money = Right(account=f"wallet:{purse.wallet}:principal", amount=4000, lots=(part,))
        purse.points += 30
        purse.money += 4000
        return self._direct(d.Grant(rights=(points, money), member=purse.member), purse)

    def rights_go(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.points)) is None:
            return None
        return self._direct(d.Release(wants=(self._points_of(purse),)), purse)

    def rights_back(self) -> Submission | None:
        if (purse := self.staff.customer(lambda purse: purse.points)) is None:
            return None
        return self.books(c.BookRightsBack, purse, wants=(self._points_of(purse),))

    def _points_of(self, purse: Purse) -> Want:
        amount, purse.points = purse.points, 0
        return Want(account=f"wallet:{purse.wallet}:points:goods", amount=amount)

    def other_direction(self) -> Submission | None:
        """About a card, a tier, a key, a data set, or what a company's card used elsewhere."""
        if (purse := self.staff.anybody(lambda purse: purse.card)) is None or purse.card is None:
            return None
        digits = f"{self._random.getrandbits(256):064x}"
        listed = self._random.choice((c.CardState.FROZEN, c.CardState.ACTIVE))
        what = self._random.choice(
            (
                d.CardStanding(card=purse.card, state=listed),
                self._tier(purse),
                d.KeyTrusted(use=d.KeyUse.CODE, public=digits),
                d.Activate(set="prices", version=f"{self._directed}", hash=digits),
                self._used_elsewhere(),
                self._had_elsewhere(purse),
            )
        )
        if isinstance(what, d.CardStanding):
            purse.active = listed is c.CardState.ACTIVE
        return self._direct(what, purse)

    def _tier(self, purse: Purse) -> d.TierSet:
        given = self._random.choice((True, False, None))
        return d.TierSet(wallet=purse.wallet, tier="silver", why="12 months", given=given)

    def _used_elsewhere(self) -> d.DayUsed:
        uses = (d.CardUse(card=self.TRUCK, fen=self._directed * 100, litres=self._directed),)
        return d.DayUsed(site=SiteId("S2"), company=self.COMPANY, day=self.now().business_day, uses=uses)

    def _had_elsewhere(self, purse: Purse) -> d.HadThere:
        """And what ended there of a voucher, of which nobody heard here."""
        had = d.HadCount(wallet=purse.wallet, period="ever", what="trial", count=self._directed)
        rest = d.HadCount(wallet=WalletId(self.new_id()), period="ever", what="rest.v", count=self._directed)
        return d.HadThere(site=SiteId("S2"), hads=(had, rest))

    def directed_lapse(self) -> Submission | None:
        """Some notes of a member, what was done for them, or all of one without value."""
        kind = self._random.choice([*d.Lapsing])
        whole = kind is d.Lapsing.MEMBER
        purse = self.staff.anybody(
            lambda purse: purse.member and (not whole or (purse.guest and not purse.kept))
        )
        if purse is None or purse.member is None:
            return None
        if whole:
            self.staff.purses.remove(purse)
        what = d.Lapse(kind=kind, upto=self.day(0), wallets=(purse.wallet,))
        erased = (purse.member,) if whole else ()
        return self._direct(what, purse, lapsed=(purse.wallet,), erased=erased)

    def directed_withdrawal(self) -> Submission | None:
        """With one that is not here."""
        if (purse := self.staff.customer(lambda purse: purse.coupons)) is None:
            return None
        coupons = tuple(f"wallet:{purse.wallet}:coupon:{one}" for one in (purse.coupons.pop(), "far"))
        return self._direct(d.Withdraw(coupons=coupons, why="misprinted"), purse)

    def directed_merge(self) -> Submission | None:
        pair = self.two_that_merge()
        if pair is None:
            return None
        gone, into = pair
        return self._direct(d.Merge(wallet=gone.wallet, into=into.wallet), into)

    def two_that_merge(self) -> tuple[Purse, Purse] | None:
        """What the first holds is with the second from now on."""
        gone = self.staff.customer(lambda purse: not purse.holds and purse.moves)
        if gone is None:
            return None
        named = gone.member is not None  # It never ends in an unnamed one.
        into = self.staff.customer(
            lambda purse: purse is not gone and (purse.member is not None or not named)
        )
        if into is None:
            return None
        for name in WHAT_IS_HELD:
            setattr(into, name, getattr(into, name) + getattr(gone, name))
        self.staff.merged(gone, into)
        return gone, into
