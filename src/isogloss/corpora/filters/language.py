"""In which language a side is: lingua, asked twice where it is not sure."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from isogloss.corpora.filters.filter import Fault, Pair, importing
from isogloss.corpora.words import find_words
from isogloss.data.languages import LanguagePair, language_name
from isogloss.data.rejects import Reason
from isogloss.data.scripts import SEVERAL_SCRIPTS, expected_letters, main_alphabet

LEARNED_FROM = 2_000
"""Texts of a side that its usual words are learned from; with fewer than twice as many, none."""

USUAL = 0.6
"""Share of usual words from which a text's language is not asked for."""

MIN_LETTERS = 20
"""Letters of an alphabet below which a text says too little; of a wide script it is a third."""

_LIKELY = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "tr", "sv", "ro", "ru", "uk", "ar"),
    *("fa", "he", "hi", "el", "th", "zh", "ja", "ko"),
)
"""Languages that are found where others should be; each more makes the answer slower."""

_KIN = (
    {"da", "nb", "nn", "no", "sv"},
    {"hr", "bs", "sr", "sl"},
    {"id", "ms"},
    {"cs", "sk"},
    {"pt", "gl", "es", "ca"},
    {"bg", "mk"},
    {"ru", "uk", "be"},
    {"hi", "mr"},
    {"fa", "ar", "ur"},
    {"nl", "af"},
)
"""Languages that are taken for each other on short text: none of them speaks against another."""


class Language:
    """A side is in another language than it should be."""

    name = "language"

    def __init__(self, doubt: float) -> None:
        """Set how sure it must be.

        Args:
            doubt: confidence in the expected language below which another one is believed.
        """
        self._doubt = doubt

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Look up both languages."""
        self._codes = [code.partition("-")[0] for code in languages]
        self._in_several = [
            code in SEVERAL_SCRIPTS or any(len(part) == 4 for part in tag.split("-")[1:])
            for code, tag in zip(self._codes, languages, strict=True)
        ]
        self._usual = [self._words(side, pairs) for side in (0, 1)]
        known = [code in _by_code() for code in self._codes]
        if not any(known):
            return f"lingua knows neither {languages.source} nor {languages.target}"
        return ""

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Identify the language of both sides."""
        found: list[Fault | None] = [None] * len(pairs)
        for side, code in enumerate(self._codes):
            if code not in _by_code():
                continue
            asked = [
                at
                for at, pair in enumerate(pairs)
                if found[at] is None and _says(pair[side]) and not self._is_usual(pair[side], side)
            ]
            seen = self._others([pairs[at][side] for at in asked], side)
            for at, other in zip(asked, seen, strict=True):
                if other:
                    detail = f"{('source', 'target')[side]} in {language_name(other)}"
                    found[at] = Fault(Reason.LANGUAGE, detail)
        return found

    def _words(self, side: int, pairs: Sequence[Pair]) -> frozenset[str]:
        """Words of a side that stand in texts of its language, and hardly in others.

        Identifying a language is slow; of a text that consists of such words it is known.
        """
        texts = [pair[side] for pair in pairs if _says(pair[side])]
        if self._codes[side] not in _by_code() or len(texts) < 2 * LEARNED_FROM:
            return frozenset()
        texts = texts[:: len(texts) // LEARNED_FROM][:LEARNED_FROM]
        others = self._others(texts, side)
        ours, theirs = (
            Counter(
                word
                for text, other in zip(texts, others, strict=True)
                if bool(other) == foreign
                for word in set(find_words(text.casefold()))
            )
            for foreign in (False, True)
        )
        return frozenset(w for w, n in ours.items() if n >= 3 and n >= 20 * theirs[w])

    def _is_usual(self, text: str, side: int) -> bool:
        usual = self._usual[side]
        words = find_words(text.casefold()) if usual else ()
        return sum(word in usual for word in words) > USUAL * len(words)

    def _others(self, texts: Sequence[str], side: int) -> list[str]:
        """The language of each text, where it is surely another one; else an empty string."""
        expected, other = self._codes[side], self._codes[1 - side]
        quick, sure = _detector(expected, other, True), _detector(expected, other, False)
        wanted = _by_code()[expected]
        found = [""] * len(texts)
        first = quick.detect_languages_in_parallel_of(list(texts))
        doubted = [at for at, language in enumerate(first) if language != wanted]
        for at in doubted:
            best = sure.compute_language_confidence_values(texts[at])[0]
            code = best.language.iso_code_639_1.name.lower()
            if best.language == wanted or _are_kin(code, expected):
                continue
            if _has_letters(texts[at], expected) and not _has_letters(texts[at], code):
                continue  # words of Latin letters in a text of another script
            confidence = sure.compute_language_confidence(texts[at], wanted)
            if not confidence and self._in_several[side]:
                continue  # lingua knows the language in another of its scripts
            if confidence < self._doubt:
                found[at] = code
        return found


def _says(text: str) -> bool:
    """Whether a text is long enough to tell its language."""
    letters = sum(map(str.isalpha, text))
    return letters >= MIN_LETTERS or (not text.isascii() and 3 * letters >= MIN_LETTERS)


def _has_letters(text: str, code: str) -> bool:
    """Whether a text has letters of a language's script; of Latin letters names consist too."""
    expected = expected_letters(code) - {"LATIN"}
    return any(main_alphabet(letter) in expected for letter in text)


def _are_kin(code: str, expected: str) -> bool:
    return any({code, expected} <= kin for kin in _KIN)


@cache
def _by_code() -> dict[str, Any]:
    """Languages of lingua by their code."""
    with importing("language", "lingua"):
        import lingua
    every = {each.iso_code_639_1.name.lower(): each for each in lingua.Language.all()}
    return every | ({"no": every["nb"]} if "nb" in every else {})


@cache
def _detector(expected: str, other: str, quick: bool) -> Any:
    """A detector of the likely languages and these two."""
    import lingua

    codes = dict.fromkeys((expected, other, *_LIKELY))
    known = [_by_code()[code] for code in codes if code in _by_code()]
    builder = lingua.LanguageDetectorBuilder.from_languages(*known)
    return (builder.with_low_accuracy_mode() if quick else builder).build()
