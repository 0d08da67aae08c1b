"""Which words of a user's own text a corpus never shows, and which corpora would show them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isogloss.corpora.statistics import SideStatistics

LISTED = 30
"""Missing words that are listed."""


@dataclass(frozen=True)
class Coverage:
    """How much of a text some corpora show.

    Attributes:
        language: the side of the corpora that was compared.
        words: words of the text.
        different: different words among them.
        missing: words that no corpus shows, with their number in the text, most frequent first.
        shown_by: of the words that some corpora lack: how many each place shows that the first
            place does not, by place.
    """

    language: str
    words: int
    different: int
    missing: dict[str, int]
    shown_by: dict[str, int]

    @property
    def share(self) -> float:
        """Share of the text's words that the corpora show; 1 for a text without words."""
        return 1 - sum(self.missing.values()) / self.words if self.words else 1.0

    @property
    def share_different(self) -> float:
        """Share of its different words."""
        return 1 - len(self.missing) / self.different if self.different else 1.0

    def as_json(self) -> dict[str, object]:
        """The coverage as plain JSON, with the most frequent of the missing words."""
        return {
            "language": self.language,
            "words": self.words,
            "different_words": self.different,
            "shown": self.share,
            "different_shown": self.share_different,
            "missing_words": len(self.missing),
            "missing": dict(list(self.missing.items())[:LISTED]),
            "shown_by": self.shown_by,
        }


def compare_words(text: Counter[str], sides: Mapping[str, Sequence[SideStatistics]]) -> Coverage:
    """Compare the words of a text with those of corpora, on the side that shows most of them.

    Args:
        text: number of occurrences by word.
        sides: the sides of every corpus, by place.
    """
    by_language: dict[str, dict[str, SideStatistics]] = {}
    for place, both in sides.items():
        for side in both:
            by_language.setdefault(side.language, {})[place] = side
    found = [_covered(text, language, places) for language, places in by_language.items()]
    return max(found, key=lambda coverage: coverage.share)


def _covered(text: Counter[str], language: str, places: Mapping[str, SideStatistics]) -> Coverage:
    lacking = {
        place: {word for word in text if word not in side.words} for place, side in places.items()
    }
    nowhere = set.intersection(*lacking.values())
    missing = Counter({word: text[word] for word in nowhere})
    somewhere = set.union(*lacking.values()) - nowhere
    shown = {place: len(somewhere - lacks) for place, lacks in lacking.items()}
    return Coverage(language, text.total(), len(text), dict(missing.most_common()), shown)
