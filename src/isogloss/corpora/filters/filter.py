"""What a filter is: named, fitted once, judging many pairs at a time, and saying why."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, runtime_checkable

from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason
from isogloss.errors import needing

Pair = tuple[str, str]
"""Source and target, tidy."""


class Fault(NamedTuple):
    """Why a pair is dropped.

    Args:
        reason: the kind of fault.
        detail: what was seen: "1990 and 1991"; empty where the reason says it all.
    """

    reason: Reason
    detail: str = ""


class Filter(Protocol):
    """Judges pairs of one place; a filter that knows a model has the same form.

    A filter is made anew for every place, but for one that compares places.
    """

    name: str
    """In recipes and reports."""

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Learn what is usual in a place.

        Args:
            languages: of the place.
            pairs: drawn from all of it, noise among them; the same ones when a run is resumed.

        Returns:
            Why it cannot judge this place, if so; else an empty string.
        """
        ...

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Find faults.

        Args:
            pairs: what the filters before let pass.

        Returns:
            A fault or None for each pair.
        """
        ...

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Note pairs that an interrupted run kept before; only filters that compare pairs do."""
        ...


@runtime_checkable
class Weighing(Protocol):
    """A filter that can tell what the pairs that it let pass should count."""

    def weights(self, pairs: Sequence[Pair]) -> list[float]:
        """What pairs count, above 0; they are among those that were judged last."""
        ...


class Unlearned:
    """The parts of a filter that fits nothing and remembers nothing."""

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Nothing is learned."""
        return ""

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""


def importing(name: str, package: str) -> AbstractContextManager[None]:
    """A block that imports a package that one filter needs; see `isogloss.errors.needing`."""
    return needing(f"the filter {name!r}", "corpora", package, otherwise=", or leave it out")
