"""Wallets, keys and profiles of the twin in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from hq.memory_books import KeyKept
from hq.memory_changes import MemoryChanges
from hq.ports import (
    EditKept,
    Family,
    HolderRow,
    KeyRow,
    NobodysCard,
    Stood,
    WalletRow,
    is_forgotten,
    of_nobody,
)
from hq.sets_ports import SHARED, PersonRow, ToldRow
from hq.taken import CouponTaken, Opened
from terminal.core.cards import CardState
from terminal.core.commands import CouponGrant
from terminal.core.values import CardId, SiteId, WalletId
from terminal.core.wire.people import KeyToken, ProfileEdit, cards_of
from terminal.core.wire.sets import SetName


class MemoryPeople(MemoryChanges):
    async def families(self, wallets: Collection[str]) -> Mapping[str, Family]:
        rows = self._books.wallets
        found: dict[str, Family] = {}
        for wallet in wallets:
            root = rows[wallet].root if wallet in rows else wallet
            members = tuple(sorted(name for name, row in rows.items() if row.root == root)) or (wallet,)
            found[wallet] = Family(root=rows.get(root, WalletRow(wallet=root, root=root)), members=members)
        return found

    async def open_wallets(self, opened: Mapping[str, Opened], now_ms: int) -> None:
        for entry, one in opened.items():
            row = self._wallet(one.wallet, now_ms)
            self._books.wallets.put(
                one.wallet,
                replace(
                    row,
                    member=row.member or one.member,
                    opened_by=row.opened_by or entry,
                    opened_ms=row.opened_ms or now_ms,
                ),
            )

    def _wallet(self, wallet: str, now_ms: int) -> WalletRow:
        known = self._books.wallets.get(wallet)
        return known or WalletRow(wallet=wallet, root=wallet, opened_ms=now_ms)

    async def began_at(self, wallets: Collection[str]) -> Mapping[str, SiteId]:
        rows, claims, sites = self._books.wallets, self._books.claims, self._books.sites
        opened = {wallet: rows[wallet].opened_by for wallet in sorted(wallets) if wallet in rows}
        found = {wallet: claims[by].site for wallet, by in opened.items() if by is not None and by in claims}
        return {wallet: site for wallet, site in found.items() if not sites[site].written_off_ms}

    async def set_tier(self, wallet: str, tier: str) -> None:
        self._books.wallets.put(wallet, replace(self._wallet(wallet, 0), tier=tier))
        await self.note_changes(SetName.MEMBERS, [wallet], SHARED)

    async def add_coupons(self, coupons: Sequence[CouponTaken]) -> None:
        for one in coupons:
            if one.terms.coupon not in self._books.coupons:
                self._books.coupons.put(one.terms.coupon, one)
                if why := self._books.kinds_ended.get(one.terms.kind):
                    self._books.coupons_ended.put(one.terms.coupon, why)

    async def end_coupons(self, ended: Mapping[str, str]) -> None:
        for coupon, why in ended.items():
            if coupon in self._books.coupons and coupon not in self._books.coupons_ended:
                self._books.coupons_ended.put(coupon, why)

    async def coupons_of(
        self, kind: str, wallets: Collection[str] | None, after: str, limit: int
    ) -> Sequence[tuple[str, str]]:
        known = sorted(
            (coupon, one.wallet)
            for coupon, one in self._books.coupons.items()
            if one.terms.kind == kind and coupon > after and (wallets is None or one.wallet in wallets)
        )
        return known[:limit]

    async def coupon(self, coupon: str) -> str | None:
        known = self._books.coupons.get(coupon)
        return None if known is None else known.wallet

    async def coupon_terms(self, coupons: Collection[str]) -> Sequence[CouponGrant]:
        known = self._books.coupons
        return [known[one].terms for one in sorted(set(coupons)) if one in known]

    async def end_kind(self, kind: str, why: str) -> None:
        if why:
            self._books.kinds_ended.put(kind, why)
        else:
            self._books.kinds_ended.drop(kind)

    async def kinds_ended(self) -> Mapping[str, str]:
        return dict(sorted(self._books.kinds_ended.items()))

    async def pack(self, wallet: str) -> Sequence[str]:
        row = self._books.wallets.get(wallet)
        if row is None or row.opened_by is None:
            return []
        return sorted(name for name, one in self._books.coupons.items() if one.pack == row.opened_by)

    async def number_invoices(self, numbers: Mapping[str, str]) -> None:
        for lot, number in numbers.items():
            terms = self._books.lot_terms.get(("principal", lot))
            if terms is not None:
                self._books.lot_terms.put(("principal", lot), replace(terms, invoice=number))

    async def undo(self, undone: Mapping[int, str]) -> None:
        for seq, of in undone.items():
            self._books.undone.put((of, self.name, seq), None)

    async def list_cards(self, states: Mapping[str, str], now_ms: int) -> Collection[str]:
        del now_ms
        hot = self._books.hot
        news = [
            card
            for card, state in states.items()
            if (known := hot.get(card)) is None or (known.state != state and not known.state.final)
        ]
        for card in news:
            hot.put(card, Stood(state=CardState(states[card]), said_by=self.name))
        await self.note_changes(SetName.CARDS, news, SHARED)
        return news

    async def stood(self, card: str) -> Stood | None:
        return self._books.hot.get(card)

    async def leads_to(self, card: str) -> str | None:
        return next((one.wallet for _, one in self._books.keys.items() if one.card == card), None)

    async def nobodys_cards(
        self, tokens: Collection[str] | None, before_ms: int, tier: str
    ) -> Sequence[NobodysCard]:
        found: dict[str, NobodysCard] = {}
        for token, key in sorted(self._books.keys.items()):
            stood = self._books.hot.get(key.card or "")
            if key.card is None or (stood is not None and stood.state.final):
                continue
            mine = self._wallet(key.wallet, 0)
            root = self._wallet(mine.root, 0)
            if (
                root.member is None
                and (tokens is None or token in tokens)
                and (not before_ms or mine.opened_ms < before_ms)
                and (not tier or root.tier == tier)
            ):
                found.setdefault(
                    key.card,
                    NobodysCard(card=key.card, wallet=root.wallet, token=token, shown=key.shown),
                )
        return [found[card] for card in sorted(found)]

    def _is_hot(self, card: str | None) -> bool:
        stood = self._books.hot.get(card or "")
        return stood is not None and stood.state is not CardState.ACTIVE

    async def keys(self, tokens: Collection[str]) -> Mapping[str, KeyRow]:
        found: dict[str, KeyRow] = {}
        for token in tokens:
            if (row := self._books.keys.get(token)) is not None:
                stood = self._books.hot.get(row.card or "")
                found[token] = KeyRow(wallet=row.wallet, card=row.card, state=stood.state if stood else "")
        return found

    async def phones(self, tokens: Collection[str]) -> Mapping[str, str]:
        keys = self._books.keys
        return {one: keys[one].wallet for one in tokens if one in keys and keys[one].card is None}

    async def gave_phones(self, tokens: Collection[str], wallet: str, member: str) -> None:
        for token in tokens:
            self._books.lapses.phones_before.put(token, (wallet, member))

    async def rejoined(self, wallets: Collection[str]) -> Sequence[str]:
        before = self._books.lapses.phones_before
        return sorted(
            {
                key.wallet
                for token, key in self._books.keys.items()
                if key.wallet in wallets
                and key.card is None
                and token in before
                and before[token][0] != key.wallet
            }
        )

    async def forget_phones(self, members: Collection[str]) -> None:
        for token in [
            one for one, (_, member) in self._books.lapses.phones_before.items() if member in members
        ]:
            self._books.lapses.phones_before.drop(token)

    async def note_edits(self, edits: Collection[str]) -> Collection[str]:
        news = {edit for edit in edits if edit not in self._books.edits}
        for edit in news:
            self._books.edits.put(edit, None)
        return news

    async def edit(self, edit: ProfileEdit, now_ms: int) -> EditKept:
        books = self._books
        is_late = edit.turn < books.edit_turns.get((edit.wallet, self.name), 0)
        if is_late and not (await self.told_of(edit.wallet)).is_before(edit):
            return EditKept.CARDS
        books.edit_turns.put((edit.wallet, self.name), edit.turn)
        await self.note_changes(SetName.MEMBERS, [edit.wallet], self.name)
        told, has = await self.told_of(edit.wallet), await self.has(edit.wallet)
        if told.came_after(edit):
            return EditKept.NOTHING
        if edit.visitor or told.stands_against(edit.member, edit.since):
            self._add_keys(edit.wallet, cards_of(edit))
            if has.chose(edit):
                books.visitor_pins.put((edit.wallet, self.name), edit)
            return EditKept.CARDS
        if is_forgotten(edit) or has.is_before(edit):
            self._drop_pins(edit.wallet)
        kept = EditKept.GIVEN_ON if has.came_after(edit) else EditKept.WHOLE
        edit = of_nobody(edit) if kept is EditKept.GIVEN_ON else edit
        row = self._wallet(edit.wallet, now_ms)
        who = has.member if kept is EditKept.GIVEN_ON else edit.member
        known = replace(row, member=who or row.member, opened_ms=row.opened_ms or now_ms)
        books.wallets.put(edit.wallet, known)
        for token in [one for one, key in books.keys.items() if key.wallet == edit.wallet]:
            books.keys.drop(token)
        self._add_keys(edit.wallet, edit.keys)
        books.profiles.drop(edit.wallet)
        books.profiles.put(edit.wallet, edit)  # The last of the dictionary is the newest.
        return kept

    def _add_keys(self, wallet: WalletId, keys: Sequence[KeyToken]) -> None:
        for key in keys:
            if key.token not in self._books.keys:
                kept = KeyKept(wallet=wallet, card=key.card, shown=key.shown, kind=key.kind)
                self._books.keys.put(key.token, kept)

    def _drop_pins(self, wallet: str) -> None:
        for key in [one for one in self._books.visitor_pins if one[0] == wallet]:
            self._books.visitor_pins.drop(key)

    async def has(self, wallet: str) -> HolderRow:
        return self._books.has(wallet)

    async def told_of(self, wallet: str) -> HolderRow:
        return self._books.told_of(wallet)

    async def gave(self, wallet: str, has: HolderRow, *, itself: bool) -> bool:
        books, known = self._books, self._books.has(wallet)
        said = books.lapses.given.get(wallet, HolderRow())
        is_news = has.stands_against(known.member, known.since)
        if (itself or is_news) and has.stands_against(said.member, said.since):
            books.lapses.given.put(wallet, has)
        if not is_news:
            return False
        if (row := books.wallets.get(wallet)) is not None:
            books.wallets.put(wallet, replace(row, member=has.member))
        told = books.profiles.get(wallet)
        if told is None:
            return True
        await self.note_changes(SetName.MEMBERS, [wallet], SHARED)
        self._drop_pins(wallet)
        for token in [one for one, key in books.keys.items() if key.wallet == wallet and key.card is None]:
            books.keys.drop(token)
        books.profiles.put(wallet, replace(told, sealed=b"", traces=()))
        return True

    async def told_alone(self) -> Sequence[tuple[str, HolderRow]]:
        given, profiles = self._books.lapses.given, sorted(self._books.profiles.items())
        told = ((wallet, HolderRow(member=one.member, since=one.since)) for wallet, one in profiles)
        return [(wallet, has) for wallet, has in told if has.since > given.get(wallet, HolderRow()).since]

    async def holders(self, wallets: Collection[str]) -> Mapping[str, HolderRow]:
        found = {wallet: self._holder(wallet) for wallet in wallets if wallet in self._books.wallets}
        return {wallet: holder for wallet, holder in found.items() if holder.member is not None}

    def _holder(self, wallet: str) -> HolderRow:
        told = self._books.profiles[wallet].since if wallet in self._books.profiles else 0
        stands = HolderRow(member=self._books.wallets[wallet].member, since=told)
        return self._books.given_on(wallet) or stands

    async def joined(self, wallet: str) -> bool:
        return wallet in self._books.profiles

    async def persons(self, roots: Collection[str], *, hot: bool = False) -> Sequence[PersonRow]:
        found = await self.families(roots)
        known = (self._person(family, hot=hot) for family in found.values())
        return [person for person in known if person is not None]

    def _person(self, family: Family, *, hot: bool) -> PersonRow | None:
        books, root = self._books, family.root
        edits = [edit for wallet, edit in books.profiles.items() if wallet in family.members]
        if not edits:
            return None
        edit = books.profiles.get(root.wallet, edits[-1])
        given = books.given_on(root.wallet) if edit.wallet == root.wallet else None
        keys = [
            KeyToken(token=token, card=CardId(key.card) if key.card else None, shown=key.shown, kind=key.kind)
            for token, key in sorted(books.keys.items())
            if key.wallet in family.members and (hot or not self._is_hot(key.card))
        ]
        return PersonRow(
            wallet=root.wallet,
            member=(given and given.member) or root.member or edit.member,
            tier=root.tier,
            told=edit.wallet,
            edit=edit.id,
            sealed=edit.sealed,
            traces=edit.traces,
            keys=tuple(keys),
            since=given.since if given else edit.since,
            others=tuple(
                ToldRow(wallet=one.wallet, edit=one.id, sealed=one.sealed)
                for one in sorted(edits, key=lambda one: one.wallet)
                if one is not edit and one.sealed
            ),
            pins=tuple(
                ToldRow(wallet=one.wallet, edit=one.id, sealed=one.sealed)
                for (wallet, _), one in sorted(books.visitor_pins.items(), key=lambda item: item[0])
                if wallet in family.members
            ),
        )

    # Alone

    async def conflicts(self) -> Mapping[str, str]:
        return dict(self._books.conflicts)

    async def add_conflict(self, wallet: str, into: str) -> None:
        self._books.conflicts.put(wallet, into)

    async def end_conflict(self, wallet: str) -> None:
        self._books.conflicts.drop(wallet)

    async def merged(self) -> Mapping[str, str]:
        rows = self._books.wallets.items()
        return {wallet: row.root for wallet, row in rows if row.root != wallet}

    async def told(self, wallet: str) -> Collection[SiteId]:
        return {site for name, site in self._books.told if name == wallet}

    async def tell(self, wallet: str, sites: Collection[SiteId]) -> None:
        for site in sites:
            self._books.told.put((wallet, site), None)
