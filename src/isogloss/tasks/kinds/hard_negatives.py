"""English sentences that say nearly the same, with another number, negation, or name.

Made by rule, without a model, for xSIM++. What a rule makes is wrong on purpose and may be clumsy;
it must differ in meaning, not read well.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

KINDS = ("number", "negation", "entity")
"""Kinds of change."""

PER_KIND = 4
"""Changed sentences per sentence and kind, at most."""

_NUMBER_WORDS = (
    *("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|can|could|will|would|shall|should|may|might|must)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(can)not\b|\s+not\b|\s+never\b", re.IGNORECASE)
_CONTRACTED = re.compile(r"\b(\w+?)n['\u2019]t\b", re.IGNORECASE)
_WHOLE = {"ca": "can", "wo": "will", "sha": "shall"}
"""What stands before n't where it is not the verb itself."""
_SENTENCE_ENDS = frozenset(".!?:\"'(\u201c")
_NAME = re.compile(r"\b[A-Z][\w-]*[a-z][\w-]*(?: [A-Z][\w-]*[a-z][\w-]*)*")


@dataclass(frozen=True)
class HardNegative:
    """A changed sentence.

    Args:
        text: the sentence after the change.
        kind: one of `KINDS`.
        row: the sentence that was changed, by its place among those given.
    """

    text: str
    kind: str
    row: int


def hard_negatives(
    sentences: Sequence[str], *, per_kind: int = PER_KIND, seed: int = 0
) -> list[HardNegative]:
    """Change every sentence in every way that applies.

    Args:
        sentences: English sentences, each once.
        per_kind: changed sentences per sentence and kind, at most.
        seed: seed of the choice of numbers and names.

    Returns:
        The changed sentences, each once, none equal to one of those given; in the order of the
        rows, within a row by kind. Equal input gives equal output.

    Example:
        >>> for one in hard_negatives(["It was sold in 1984."]):
        ...     print(one.kind, one.text.replace(one.text[-5:-1], "NNNN"))
        number It was sold in NNNN.
        number It was sold in NNNN.
        number It was sold in NNNN.
        number It was sold in NNNN.
        negation It was not sold in NNNN.
    """
    taken = set(sentences)
    names = _names_used_twice(sentences)
    found = []
    for row, text in enumerate(sentences):
        generator = np.random.default_rng([seed, row])
        makers = (
            ("number", _other_numbers(text, generator)),
            ("negation", _other_negations(text)),
            ("entity", _other_names(text, names, generator)),
        )
        for kind, changed in makers:
            kept = 0
            for one in changed:
                if one not in taken:
                    taken.add(one)
                    found.append(HardNegative(one, kind, row))
                    kept += 1
                if kept == per_kind:
                    break
    return found


def _other_numbers(text: str, generator: np.random.Generator) -> Iterator[str]:
    """One number at a time becomes another of the same shape."""
    spans = [*_DIGITS.finditer(text), *_NUMBER_WORD.finditer(text)]
    for _ in range(PER_KIND):
        for span in spans:
            old = span.group()
            new = _digits(old, generator) if old[0].isdigit() else _word(old, generator)
            yield text[: span.start()] + new + text[span.end() :]


def _digits(old: str, generator: np.random.Generator) -> str:
    """The same number of digits with one of them another; the first does not become 0."""
    places = [place for place, letter in enumerate(old) if letter.isdigit()]
    place = int(generator.choice(places))
    lowest = 1 if place == 0 else 0
    others = [digit for digit in range(lowest, 10) if str(digit) != old[place]]
    return f"{old[:place]}{generator.choice(others)}{old[place + 1 :]}"


def _word(old: str, generator: np.random.Generator) -> str:
    new = str(generator.choice([word for word in _NUMBER_WORDS if word != old.lower()]))
    return new.capitalize() if old[0].isupper() else new


def _other_negations(text: str) -> Iterator[str]:
    """Every negation is taken out; a sentence without one gets one after each auxiliary."""
    for span in _CONTRACTED.finditer(text):
        stem = span[1]
        yield text[: span.start()] + _WHOLE.get(stem.lower(), stem) + text[span.end() :]
    for span in _NOT.finditer(text):
        yield text[: span.start()] + (span[1] or "") + text[span.end() :]
    if not _NOT.search(text) and not _CONTRACTED.search(text):
        for span in _AUXILIARY.finditer(text):
            yield f"{text[: span.end()]} not{text[span.end() :]}"


class _Name(NamedTuple):
    """Capitalized words in a row; alone where they stand first in a sentence."""

    text: str
    start: int
    end: int
    inside: bool
    """Whether they stand inside a sentence, so that the capital says something."""


def _names(text: str) -> Iterator[_Name]:
    for span in _NAME.finditer(text):
        start, words = span.start(), span.group()
        before = text[:start].rstrip(" ")
        if not before or before[-1] in _SENTENCE_ENDS:
            first, _, rest = words.partition(" ")
            yield _Name(first, start, start + len(first), False)
            start, words = span.end() - len(rest), rest
        if words:
            yield _Name(words, start, span.end(), True)


def _names_used_twice(sentences: Sequence[str]) -> list[str]:
    """Capitalized words that occur at least twice, once inside a sentence: no mere beginnings."""
    found = [name for text in sentences for name in _names(text)]
    counts = Counter(name.text for name in found)
    return sorted({name.text for name in found if name.inside and counts[name.text] > 1})


def _other_names(text: str, names: Sequence[str], generator: np.random.Generator) -> Iterator[str]:
    """One name at a time becomes another of the set, of as many words where there is one."""
    known = set(names)
    found = [name for name in _names(text) if name.text in known]
    others = [name for name in names if name not in {one.text for one in found}]
    if not others:
        return
    for _ in range(PER_KIND):
        for old in found:
            alike = [name for name in others if name.count(" ") == old.text.count(" ")]
            new = str(generator.choice(alike or others))
            yield text[: old.start] + new + text[old.end :]
