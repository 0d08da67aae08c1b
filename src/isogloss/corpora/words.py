"""Words of any script, as far as statistics and filters need them: no tokenizer of a model."""

import re
from collections.abc import Callable, Iterable
from functools import cache

from icu4py.breakers import WordBreaker

from isogloss.data.scripts import marks, marks_in_brackets

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_JOINERS = "\u200c\u200d"
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7ff]")
"""Its words have spaces, and endings that make every one of them another."""


def words_of(text: str) -> list[str]:
    """The words of a text in order, in lower case; of Hangul the letters of each in twos.

    >>> words_of("Don't stop, 3 men!")
    ["don't", 'stop', 'men']
    >>> words_of("長椅子に座る")
    ['長椅子', 'に', '座る']
    """
    return _words(text, lambda word: WordBreaker(word, "und"))


def words_or_twos(text: str) -> list[str]:
    """The same, but in scripts without spaces all letters in twos, whatever a dictionary knows.

    >>> words_or_twos("長椅子に")
    ['長椅', '椅子', '子に']
    """
    return _words(text, _twos)


def _words(text: str, of_unspaced: Callable[[str], Iterable[str]]) -> list[str]:
    found: list[str] = []
    for word in find_words(text.casefold()):
        if _UNSPACED.search(word):
            found += of_unspaced(word)
        elif _HANGUL.search(word):
            found += _twos(word)
        else:
            found.append(word.replace("\u2019", "'"))
    return found


def _twos(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]


def find_words(text: str) -> list[str]:
    """Letters with their vowel signs, tones and joiners; an apostrophe between them is one too."""
    plain = text.isascii() or _within_words().isdisjoint(text)
    return (_WORD if plain else _marked_word()).findall(text)


@cache
def _within_words() -> frozenset[str]:
    return marks() | {*_JOINERS}


@cache
def _marked_word() -> re.Pattern[str]:
    letters = rf"[^\W\d_]+(?:[{marks_in_brackets()}{_JOINERS}]+[^\W\d_]*)*"
    return re.compile(rf"{letters}(?:['\u2019]{letters})*")
