"""Cleaning with an account: rows in, pairs out, and for every filter what it dropped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isogloss.corpora.filters import MENDERS, Filter, Making, Pair
from isogloss.corpora.filters.filter import Weighing
from isogloss.data.cleaning import tidy
from isogloss.data.languages import LanguagePair
from isogloss.data.readers import RawPair
from isogloss.data.rejects import RejectFile

COMPARING = ("duplicates", "near-duplicates")
"""Filters that go on from place to place of the same languages: corpora overlap."""


SLOW = ("language",)
"""Filters whose judgment the others do not wait for when they learn."""


@dataclass
class Account:
    """What became of the rows of a place; `read = kept + all of dropped`.

    Attributes:
        kept: pairs that passed.
        dropped: pairs by the filter that dropped them.
        mended: texts by what mended them.
    """

    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Account") -> None:
        """Count what another part of the place gave."""
        self.kept += other.kept
        self.dropped.update(other.dropped)
        self.mended.update(other.mended)


class Cleaner:
    """The menders and filters of one place, in order.

    Attributes:
        idle: filters that cannot judge this place, and why.
    """

    def __init__(
        self,
        names: Sequence[str],
        making: Making,
        languages: LanguagePair,
        shared: Mapping[str, Filter] | None = None,
    ) -> None:
        """Make the filters.

        Args:
            names: what to do, of `isogloss.corpora.filters.NAMES`, or of `making.last`.
            making: what filters are made of.
            languages: of the place.
            shared: filters that were there for an earlier place, by name; used where named.
        """
        self._menders = {name: mend for name, mend in MENDERS.items() if name in names}
        found, shared = making.filters(names), shared or {}
        self.filters = [shared.get(name) or make() for name, make in found.items()]
        self._last, self._weigh = making.last, making.weigh
        self._languages = languages
        self.idle: dict[str, str] = {}

    def fit(self, rows: Sequence[RawPair]) -> None:
        """Let the filters learn from rows of the place; see `Filter.fit`.

        Each learns from what the cheap ones before it let pass, so that it takes less noise for
        what is usual.
        """
        pairs = [self._mended(row, Counter()) for row in rows]
        for each in self.filters:
            why = each.fit(self._languages, pairs)
            if why:
                self.idle[each.name] = why
            elif each.name not in (*COMPARING, *SLOW, *self._last):
                faults = each.judge(pairs)
                pairs = [pair for pair, fault in zip(pairs, faults, strict=True) if fault is None]

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Let the filters note pairs that an interrupted run kept."""
        for each in self.filters:
            each.remember(pairs)

    def clean(self, rows: Sequence[RawPair], rejects: RejectFile) -> tuple[list[Pair], Account]:
        """Judge rows.

        Args:
            rows: as a reader gives them.
            rejects: told of every pair that is dropped, as it was read.

        Returns:
            The pairs that pass, in order, and the account of these rows.
        """
        account = Account()
        left = list(range(len(rows)))
        pairs = [self._mended(row, account.mended) for row in rows]
        for each in self.filters:
            if each.name in self.idle or not left:
                continue
            faults = each.judge([pairs[at] for at in left])
            for at, fault in zip(left, faults, strict=True):
                if fault is not None:
                    row = rows[at]
                    text = f"{tidy(row.source)}\t{tidy(row.target)}"
                    rejects.add(row.number, fault.reason, text, fault.detail)
                    account.dropped[each.name] += 1
            left = [at for at, fault in zip(left, faults, strict=True) if fault is None]
        account.kept = len(left)
        return [pairs[at] for at in left], account

    def weights(self, pairs: Sequence[Pair]) -> list[float] | None:
        """Weights of the pairs that `clean` let pass last; None where none were asked for."""
        asked = [each for each in self.filters if each.name == self._weigh]
        return asked[0].weights(pairs) if asked and isinstance(asked[0], Weighing) else None

    def _mended(self, row: RawPair, mended: Counter[str]) -> Pair:
        """Both sides, tidy and mended."""
        sides = [tidy(row.source), tidy(row.target)]
        for name, mend in self._menders.items():
            for side, text in enumerate(sides):
                sides[side] = better = mend(text)
                mended[name] += better != text
        return sides[0], sides[1]
