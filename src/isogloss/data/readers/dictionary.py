"""Bilingual dictionaries: a word and its translations in a line, a pair for each of them."""

import re
from collections.abc import Iterator
from itertools import islice, product

from isogloss.data.places import Where
from isogloss.data.readers.opening import decode_line, read_lines
from isogloss.data.readers.pair import RawPair
from isogloss.data.rejects import Reason, RejectFile

MAX_TRANSLATIONS = 50
"""Pairs that one line may give; more are a line gone wrong."""

_SEPARATOR = " :: "
_NOTES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|(?<!\S)/[^/\s][^/]*/(?!\S)")
_SPACES = re.compile(r"\s+")
_SYNONYMS = re.compile(r"\s*[;,、；，]\s*")  # noqa: RUF001 - separators of other scripts too


def read_dictionary(where: Where, rejects: RejectFile) -> Iterator[RawPair]:
    """Read a dictionary of lines, each in one of these forms.

    - `house TAB Haus; Gebäude`: a tab between the sides (word lists, exports of FreeDict).
    - `Haus {n} | Häuser {pl} :: house | houses`: two colons between them (Ding).
    - `house haus`: two words (MUSE).

    Translations are parted by `;` or `,`, forms by `|`; with as many forms on both sides, they go
    together. What stands in brackets, and a pronunciation in slashes, is left out.

    Args:
        where: one file, compressed or not.
        rejects: told of lines without two sides, such as comments.

    Yields:
        A pair for each translation, numbered by line.
    """
    for number, line in enumerate(read_lines(where.locations[0]), start=1):
        text = decode_line(line, number, rejects)
        if text is None:
            continue
        sides = _sides(text)
        if sides is None:
            rejects.add(number, Reason.FEW_COLUMNS, text)
            continue
        pairs = _pairs(*sides)
        if not 0 < len(pairs) <= MAX_TRANSLATIONS:
            rejects.add(number, Reason.LONG if pairs else Reason.NO_SIDE, text)
            continue
        for source, target in pairs:
            yield RawPair(number, source, target)


def _sides(text: str) -> tuple[str, str] | None:
    """The sides of a line; None where it has no two, or is a comment."""
    if text.startswith("#"):
        return None
    for separator in ("\t", _SEPARATOR, None):
        cells = text.split(separator)
        if len(cells) >= 2:
            exact = separator is not None or len(cells) == 2
            return (cells[0], cells[1]) if exact else None
    return None


def _pairs(source: str, target: str) -> list[tuple[str, str]]:
    """Every word of the source side with every translation, form by form; each once."""
    sources, targets = (_NOTES.sub(" ", side).split("|") for side in (source, target))
    if len(sources) != len(targets):
        sources, targets = [";".join(sources)], [";".join(targets)]
    found = (
        pair
        for one, other in zip(sources, targets, strict=True)
        for pair in islice(product(_words(one), _words(other)), MAX_TRANSLATIONS + 1)
    )
    return list(islice(dict.fromkeys(found), MAX_TRANSLATIONS + 1))


def _words(side: str) -> list[str]:
    words = (_SPACES.sub(" ", word).strip() for word in _SYNONYMS.split(side))
    return [word for word in words if word]
