"""What a column holds: sentences, or numbers, ids, addresses, codes; which alphabet.

Everything here asks for nearly all of many rows, so that no corpus is taken for what it is not: one
whose sentences hold many numbers, or none in some rows, is an ordinary corpus.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from isogloss.data.languages import LanguagePair, is_language
from isogloss.data.scripts import expected_letters, main_alphabet

NEARLY_ALL = 0.9
"""Share of rows from which a column is what they are."""

MIN_ROWS = 3
"""Fewer rows say nothing."""

_LONGEST_KEY = 64
_NUMBER = re.compile(r"[\W\d_]+(?:[eE][-+]?\d+)?|\d{4}-\d\d-\d\dT[\d:.]+Z?")
_ADDRESS = re.compile(r"(?:https?|ftp|file)://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\S+")
_ID = re.compile(r"[A-Za-z0-9_.:#/@+=-]+")
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9]+)*")
_FILE = re.compile(r"[\w.+-]+(?:/[\w.+-]+)+\.[a-z]\w{0,4}")
_DIGITS = re.compile(r"\d+")
_LONG_ID = 16
_ROWS_PER_CODE = 5
_LEAST_LABELS, _ROWS_PER_LABEL = 100, 20
"""Rows, in all and of each value, from which a few values are labels: no word has so many
translations."""

_LEAST_ALIKE = 20
"""Rows whose keys are built alike from which they are keys beside short sentences, too."""

_LABELS = "labels"
_FILES = "names of files"
_CODES = "language codes"
_LEAST_TOLD = 10
_SENTENCE = re.compile(r".*[.!?…。\uff01\uff1f｡؟\u06d4।॥።\u0589]\W*", re.DOTALL)
_WORDS = 6
"""From so many words a cell is a sentence: numbers, dates and titles in words mostly have fewer."""

_WORDS_WITH_MARK = 3
"""The same where its end is marked as that of a sentence."""

_LETTERS_PER_WORD = {
    **dict.fromkeys(("CJK", "HIRAGANA", "KATAKANA"), 2),
    **dict.fromkeys(("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"), 4),
}
"""Of alphabets that are written without spaces."""


class OtherContent(NamedTuple):
    """A column that holds no sentences.

    Attributes:
        side: 0 for the first, 1 for the second column.
        what: what it holds, in the plural.
        row: the first row that shows it, from 0.
        rows: how many of the rows are like it.
    """

    side: int
    what: str
    row: int
    rows: int


def find_other_content(first: Sequence[str], second: Sequence[str]) -> OtherContent | None:
    """Whether one of two columns holds nearly only keys beside the other's sentences.

    Beside what is mostly shorter than sentences they may be its translations: numbers and dates in
    words, formulas and their names, titles. A label or a language's code beside many other cells
    never is.

    Args:
        first: cells of one column.
        second: cells of the other, `(n,)` as well.

    Returns:
        The column; None where both are fit to be translations. Numbers beside equal numbers are.

    >>> find_other_content(["1.25", "1.24", "1.2"], ["A new lamp.", "The old house.", "No."]).what
    'numbers'
    >>> find_other_content(["1", "2", "3"], ["one", "two", "three"])
    """
    sides = (first, second)
    rows = [n for n, (one, other) in enumerate(zip(*sides, strict=True)) if one and other]
    if len(rows) < MIN_ROWS:
        return None
    kinds = [_kinds([side[row] for row in rows]) for side in sides]
    for side in (0, 1):
        alone = [at for at, (own, other) in enumerate(_turned(kinds, side)) if own and not other]
        if len(alone) >= NEARLY_ALL * len(rows):
            what = Counter(kinds[side][at] for at in alone).most_common(1)[0][0]
            beside = [sides[1 - side][rows[at]] for at in alone]
            many = what in (_LABELS, _CODES) and len(set(beside)) >= _LEAST_LABELS
            alike = _are_alike([sides[side][rows[at]] for at in alone]) and _are_ended(beside)
            if not (many or alike or are_sentences(beside)):
                continue
            example = next(at for at in alone if kinds[side][at] == what)
            return OtherContent(side, what, rows[example], len(alone))
    apart = [
        at
        for at, (one, other) in enumerate(zip(*kinds, strict=True))
        if (one and other and _digits(first[rows[at]]) != _digits(second[rows[at]]))
        or one == other == _FILES
    ]
    if len(apart) >= NEARLY_ALL * len(rows):
        return OtherContent(0, kinds[0][apart[0]], rows[apart[0]], len(apart))
    return None


def are_sentences(cells: Sequence[str]) -> bool:
    """Whether more than half of some cells are sentences, by their words and the mark at the end.

    >>> are_sentences(["It rains."]), are_sentences(["Now it rains."])
    (False, True)
    """
    return 2 * sum(map(_is_sentence, cells)) > len(cells)


def _are_alike(keys: Sequence[str]) -> bool:
    """Whether nearly all keys have the same form, apart from their numbers."""
    builds = Counter(_DIGITS.sub("0", key) for key in keys)
    count = builds.most_common(1)[0][1]
    return len(keys) >= _LEAST_ALIKE and count >= NEARLY_ALL * len(keys)


def _are_ended(cells: Sequence[str]) -> bool:
    """Whether more than half of some cells end as sentences do, if only with a word or two."""
    ended = [cell for cell in cells if _SENTENCE.fullmatch(cell) and any(map(str.isalpha, cell))]
    return 2 * len(ended) > len(cells)


def _is_sentence(cell: str) -> bool:
    least = _WORDS_WITH_MARK if _SENTENCE.fullmatch(cell) else _WORDS
    per_word = _LETTERS_PER_WORD.get(main_alphabet(cell))
    words = sum(any(map(str.isalpha, word)) for word in cell.split())
    return max(words, sum(map(str.isalpha, cell)) // per_word if per_word else 0) >= least


def find_keys(cells: Sequence[str]) -> OtherContent | None:
    """Whether a column holds nearly only keys, whatever stands beside it.

    Names that have a number in them, as those of products, are no keys: unlike ids, they are short
    and not all built alike.

    Args:
        cells: its cells.
    """
    kinds = [(at, kind) for at, kind in enumerate(_kinds(cells)) if kind]
    if len(cells) < _LEAST_TOLD or len(kinds) < NEARLY_ALL * len(cells):
        return None
    ids = [cells[at] for at, kind in kinds if kind == "ids"]
    builds = Counter(_DIGITS.sub("0", cell) for cell in ids if len(cell) < _LONG_ID)
    named = sum(count for count in builds.values() if count == 1)
    if named > (1 - NEARLY_ALL) * len(cells):
        return None
    return OtherContent(0, kinds[0][1], kinds[0][0], len(kinds))


def text_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Which columns of a table, from 0, hold sentences in nearly all rows.

    Args:
        rows: its rows, which may be of unlike lengths.
    """
    width = max(map(len, rows), default=0)
    found = []
    for at in range(width):
        cells = [row[at].strip() for row in rows if at < len(row)]
        text = sum(bool(cell) and not kind for cell, kind in zip(cells, _kinds(cells), strict=True))
        if text >= NEARLY_ALL * len(rows):
            found.append(at)
    return found


def are_turned(first: Sequence[str], second: Sequence[str], languages: LanguagePair) -> bool:
    """Whether nearly all rows have each language in the other's column, as their scripts tell.

    Args:
        first: texts that should be in the first language.
        second: texts that should be in the second, `(n,)` as well.
        languages: the two; of one script, nothing can be told.
    """
    expected = [expected_letters(code) for code in languages]
    if not all(expected) or expected[0] & expected[1]:
        return False
    alphabets = [
        (main_alphabet(one), main_alphabet(other)) for one, other in zip(first, second, strict=True)
    ]
    told = [row for row in alphabets if all(row)]
    turned = sum(one in expected[1] and other in expected[0] for one, other in told)
    return len(told) >= MIN_ROWS and turned >= NEARLY_ALL * len(told)


def foreign_alphabet(texts: Sequence[str], language: str) -> str | None:
    """The alphabet of nearly all texts, if their language is not written in it.

    Args:
        texts: what should be in the language.
        language: a canonical code.

    Returns:
        Its name, such as "Cyrillic"; None where the texts are as they should be.
    """
    expected = expected_letters(language)
    found = [alphabet for alphabet in map(main_alphabet, texts) if alphabet]
    foreign = Counter(alphabet for alphabet in found if alphabet not in expected)
    if not expected or len(found) < _LEAST_TOLD or not foreign:
        return None
    name, count = foreign.most_common(1)[0]
    return name.capitalize() if count >= NEARLY_ALL * len(found) else None


def _turned(kinds: Sequence[list[str]], side: int) -> list[tuple[str, str]]:
    return list(zip(kinds[side], kinds[1 - side], strict=True))


def _kinds(cells: Sequence[str]) -> list[str]:
    """What each cell of a column is where it is no text; "" for text."""
    counts = Counter(cells)
    codes = {cell for cell in counts if _CODE.fullmatch(cell)}
    few = codes and len(codes) * _ROWS_PER_CODE <= len(cells)
    coded = few and sum(counts[cell] for cell in codes) >= NEARLY_ALL * len(cells)
    if coded and all(map(is_language, codes)):
        return [_CODES if cell in codes else _kind(cell) for cell in cells]
    least = max(_LEAST_LABELS, _ROWS_PER_LABEL * len(counts))
    if len(cells) >= least and all(map(_LABEL.fullmatch, counts)):
        return [_LABELS] * len(cells)
    return [_kind(cell) for cell in cells]


def _kind(cell: str) -> str:
    if len(cell) > _LONGEST_KEY:
        return "addresses" if _ADDRESS.fullmatch(cell) else ""
    if _FILE.fullmatch(cell):
        return _FILES
    if not any(map(str.isdigit, cell)):
        return "addresses" if _ADDRESS.fullmatch(cell) else ""
    if _NUMBER.fullmatch(cell):
        return "numbers"
    if _ADDRESS.fullmatch(cell):
        return "addresses"
    return "ids" if _ID.fullmatch(cell) else ""


def _digits(cell: str) -> list[str]:
    """The digits of a cell, sorted, without zeros: dates and numbers have several forms."""
    digits = (str(unicodedata.digit(letter)) for letter in cell if letter.isdigit())
    return sorted(digit for digit in digits if digit != "0")
