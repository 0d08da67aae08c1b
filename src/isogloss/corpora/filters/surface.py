"""Filters of what both sides show: script, tags, copies, addresses."""

import re
from collections import Counter
from collections.abc import Sequence

from isogloss.corpora.filters.filter import Fault, Pair, Unlearned
from isogloss.data.cleaning import Cleaning
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason
from isogloss.data.scripts import expected_letters, main_alphabet, script_name

MIN_LETTERS = 3
"""Letters without which a text says nothing of its script."""

_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+|www\.[^\s<>\"')\]]+|[\w.+-]+@[\w-]+\.[\w.-]+")
_LEFT = re.compile(r"<[A-Za-z/][^<>]*>|[{}<>|\\^~_=]{3,}|\[\[|\]\]|\{\{|\}\}")


class Basic(Unlearned):
    """What every reader of pairs drops: empty, too short, too long, equal, lopsided."""

    name = "basic"

    def __init__(self, cleaning: Cleaning) -> None:
        self._cleaning = cleaning

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """See `Cleaning.fault`."""
        reasons = (self._cleaning.fault(*pair) for pair in pairs)
        return [Fault(reason) if reason else None for reason in reasons]


class Script:
    """Most letters of a side are of a script that its language is not written in."""

    name = "script"

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Look up the scripts of both languages."""
        self._languages = languages
        self._expected = [expected_letters(code) for code in languages]
        unknown = [c for c, e in zip(languages, self._expected, strict=True) if not e]
        return f"the script of {' and '.join(unknown)} is not settled" if len(unknown) == 2 else ""

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare the script of most letters with the language's."""
        return [self._fault(pair) for pair in pairs]

    def _fault(self, pair: Pair) -> Fault | None:
        for text, code, expected in zip(pair, self._languages, self._expected, strict=True):
            if text.isascii() and "LATIN" in expected:
                continue
            alphabet = main_alphabet(text)
            if not expected or not alphabet or alphabet in expected:
                continue
            if sum(map(str.isalpha, text)) >= MIN_LETTERS and not _is_mixed(text, expected):
                return Fault(Reason.SCRIPT, f"{code} in {script_name(alphabet)} letters")
        return None


def _is_mixed(text: str, expected: frozenset[str]) -> bool:
    """Whether a text has letters of its script too: names in another one may be long."""
    return any(main_alphabet(letter) in expected for letter in text)


class Markup(Unlearned):
    """Tags, templates and code that are left once the plain ones were taken out."""

    name = "leftover-markup"

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare what is left on both sides: what both have is text."""
        found: list[Fault | None] = []
        for source, target in pairs:
            left = [Counter(_LEFT.findall(side)) for side in (source, target)]
            odd = (left[0] - left[1]) + (left[1] - left[0])
            found.append(Fault(Reason.MARKUP, next(iter(odd))[:40]) if odd else None)
        return found


class Copied(Unlearned):
    """The target repeats most words of the source."""

    name = "copied"

    def __init__(self, share: float) -> None:
        self._share = share

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare the words, numbers aside."""
        return [self._fault(*pair) for pair in pairs]

    def _fault(self, source: str, target: str) -> Fault | None:
        ours, theirs = (
            Counter(word for word in _WORD.findall(side.casefold()) if not word.isdigit())
            for side in (source, target)
        )
        longer, both = max(ours.total(), theirs.total()), ours & theirs
        shared = both.total()
        # short lists of names are alike in every language
        if longer < 5 or shared < self._share * longer:
            return None
        # where no spaces part words, a whole sentence is one
        letters, copied = (sum(len(w) * n for w, n in side.items()) for side in (theirs, both))
        if copied < self._share * letters:
            return None
        return Fault(Reason.COPIED, f"{shared} of {longer} words are the source's")


class Addresses(Unlearned):
    """An address of the web or of mail stands on one side alone."""

    name = "addresses"

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Compare the addresses; translated sites differ in their paths, so hosts alone count."""
        found: list[Fault | None] = []
        for source, target in pairs:
            ours, theirs = (bool(_ADDRESS.search(side)) for side in (source, target))
            shown = _ADDRESS.search(source if ours else target) if ours != theirs else None
            found.append(Fault(Reason.ADDRESSES, shown[0][:60]) if shown else None)
        return found
