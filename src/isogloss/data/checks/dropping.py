"""Messages about dropped rows: how many, why, an example, and the way out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from isogloss.data.rejects import Reason
from isogloss.keys import KeySet, text_key

MUCH = 0.2
"""Share of a place's rows; of one that loses more, something is wrong with it or its reading."""

FEW, ENOUGH = 0.1, 100
"""Share of different target sentences below which something is wrong, of so many pairs or more."""

WORTH = 0.05
"""Share of a place's rows from which on a reason is worth a way out."""

_COLUMNS = "if other columns hold the sentences, name them: FILE?source=2&target=3"
WAYS: Mapping[str, str] = {
    Reason.NOT_UTF8: "convert the file from the encoding it has: iconv -f ENCODING -t utf-8 FILE "
    "(cp1252 Western, cp1250 Central European, cp1251 Cyrillic, shift_jis Japanese, gb18030 "
    "Chinese)",
    Reason.FEW_COLUMNS: "put one tab, and nothing else, between the two sentences of a line",
    Reason.NOT_JSON: "write one JSON object per line",
    Reason.NO_SIDE: f"give both sentences in every row; {_COLUMNS}",
    Reason.NOT_TEXT: f"give text on both sides; {_COLUMNS}",
    Reason.ENTITY: "write the characters in place of the entities",
    Reason.WEIGHT: "name the column of the weights: '?weight=3'",
    Reason.NUL: "convert the file to UTF-8, if it is UTF-16",
    Reason.SURROGATE: "write the file anew as UTF-8",
    Reason.EMPTY: f"give both sentences in every row; {_COLUMNS}",
    Reason.SHORT: "lower cleaning.min_characters",
    Reason.LONG: "put one sentence in a row, or raise cleaning.max_characters",
    Reason.IDENTICAL: "see that the second side is a translation, or set "
    "cleaning.drop_identical=false",
    Reason.RATIO: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.DUPLICATE: "equal pairs count once",
    Reason.SCRIPT: "check the languages and columns",
    Reason.LANGUAGE: "check the languages and columns",
    Reason.MARKUP: "take the text out of the markup",
    Reason.COPIED: "see that the second side is a translation",
    Reason.NUMBERS: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.ADDRESSES: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.CUT: "see that no side is cut off",
    Reason.LENGTH: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.ENDINGS: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.WORDS: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.TESTED: "nothing: what is tested must not be learned",
    Reason.NEAR: "sentences that are nearly equal count once",
    Reason.MISALIGNED: f"see that the two sides are translations of each other; {_COLUMNS}",
    Reason.UNSURE: "lower --min-confidence, or take a better translator",
    Reason.REPEATED: "equal pairs of two places count once",
    Reason.BEYOND: "raise max_pairs",
}
"""What to do about rows that are dropped, by reason."""


def counted(dropped: Mapping[str, int], examples: Mapping[str, int] | None = None) -> str:
    """Counts by reason, the most frequent first: `298 length ratio (row 3), 2 empty (row 17)`.

    Args:
        dropped: reason to number of rows.
        examples: reason to the number of a row that was dropped for it.
    """
    ordered = sorted(dropped.items(), key=lambda item: -item[1])
    where = {reason: f" (row {number})" for reason, number in (examples or {}).items()}
    return ", ".join(f"{number:,} {reason}{where.get(reason, '')}" for reason, number in ordered)


def ways_out(dropped: Mapping[str, int], read: int) -> str:
    """What to do about the reasons that dropped many rows; `""` if none did.

    Args:
        dropped: reason to number of rows.
        read: rows in all.
    """
    ordered = sorted(dropped.items(), key=lambda item: -item[1])
    worth = [
        WAYS[reason]
        for reason, number in ordered
        if reason in WAYS and (number >= WORTH * read or reason == Reason.NOT_UTF8)
    ]
    return "; ".join(dict.fromkeys(worth))


def few_different(where: str, targets: Sequence[str]) -> str | None:
    """A warning, where many pairs share few target sentences.

    Args:
        where: the place as the user wrote it.
        targets: its target sentences.
    """
    if len(targets) < ENOUGH:
        return None
    seen = KeySet()
    for text in targets:
        if seen.add(text_key(text)) and len(seen) >= FEW * len(targets):
            return None
    return (
        f"{where}: {len(targets):,} pairs have {len(seen):,} different target sentences, such as "
        f"{targets[0][:40]!r}; expected a translation of its own for each source sentence: look at "
        "the file and its columns"
    )


def much_dropped(
    where: str,
    read: int,
    dropped: Mapping[str, int],
    examples: Mapping[str, int],
    rejects: Path | None,
) -> str | None:
    """A warning, where a place loses more than `MUCH` of its rows, or text that is not UTF-8.

    Args:
        where: the place as the user wrote it.
        read: rows in all.
        dropped: reason to number of rows.
        examples: reason to the number of a row that was dropped for it.
        rejects: the file that holds them, if one does.
    """
    lost = sum(dropped.values())
    if lost <= MUCH * read and Reason.NOT_UTF8 not in dropped:
        return None
    see = f"see {rejects}, and " if rejects else ""
    way = ways_out(dropped, read) or "check languages, columns and format"
    return (
        f"{where}: {lost:,} of {read:,} rows are dropped: {counted(dropped, examples)}; "
        f"expected few; {see}{way}"
    )
