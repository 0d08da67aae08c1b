"""Translations as test data: from any place that parallel sentences are read from, none thinned."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.data.checks.sides import SideCheck
from isogloss.data.graded.reader import looks_graded
from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.data.places import Where
from isogloss.data.readers import READERS
from isogloss.data.readers.opening import is_pipe
from isogloss.data.readers.tsv import pairs_of_lines
from isogloss.data.rejects import Reason, RejectFile
from isogloss.data.text import read_lines, text_fingerprint
from isogloss.errors import DataFormatError, InputError
from isogloss.surrogates import surrogate_at

logger = logging.getLogger(__name__)

Languages = LanguagePair | str
"""Two languages, or both codes with a hyphen between."""

UNKNOWN = LanguagePair("und", "und")
"""Two languages of which nothing is known."""

_MANY = 0.5
_WAYS_OUT = {
    Reason.NOT_UTF8: "expected UTF-8 text; convert the file (iconv -f ENCODING -t UTF-8)",
    Reason.FEW_COLUMNS: "expected source and target with a tab between; correct the line, or name "
    "two files with a comma",
    Reason.SURROGATE: "expected whole letters; write the file anew as UTF-8",
    Reason.NOT_JSON: "expected an object with both languages per line; correct the line",
    Reason.NOT_TEXT: "expected text on both sides; correct the row, or name other columns",
    Reason.ENTITY: "expected text without entities that are defined elsewhere; correct the unit",
}


@dataclass(frozen=True)
class BitextData:
    """Translations, row by row.

    Args:
        source: sentences in the first language, `(n,)`.
        target: their translations, `(n,)`.
        dropped: rows left out when reading, by reason.

    Raises:
        InputError: if the sides have different lengths.
    """

    source: Sequence[str]
    target: Sequence[str]
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.source) != len(self.target):
            raise InputError(
                f"{len(self.source)} source and {len(self.target)} target sentences; expected as"
                " many of each; give one translation per sentence"
            )

    def __len__(self) -> int:
        return len(self.source)

    def fingerprint(self) -> str:
        """Hash of both sides."""
        return text_fingerprint(self.source, self.target)


def read_bitext(
    source: Path | str | Where, target: Path | str | None = None, *, languages: Languages = UNKNOWN
) -> BitextData:
    """Read translations.

    Args:
        source: a place from `isogloss.data.parse_where`; or a TSV file whose first two columns are
            source and target; or, with `target`, the source side.
        target: the target side, line by line; `None` for TSV.
        languages: the two languages of files, for a header that names them and for the letters of
            both; a place has its own.

    Returns:
        The pairs in file order; pairs with an empty side are dropped and counted.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if the sides have different numbers of lines, a row cannot be read, the
            file is an STS file, a side holds no sentences, or no pair is left.
    """
    where = source if isinstance(source, Where) else files_place(source, target, languages)
    lines = read_lines(Path(where.locations[0])) if where.kind == "tsv" else None
    if lines is not None and where.columns is None and looks_graded(lines):
        raise DataFormatError(
            f"{where.text} is an STS file (score, sentence 1, sentence 2); expected source and"
            " target in the first two columns; use it as sts:..., or name the columns:"
            " '?source=2&target=3'"
        )
    return bitext_of(where, lines)


def bitext_of(where: Where, lines: Sequence[str] | None = None) -> BitextData:
    """The translations at a place; see `read_bitext`.

    Args:
        where: the place.
        lines: those of a TSV file that was read already.
    """
    check = SideCheck(where)
    with _NothingRejected(where) as rejects:
        if lines is None:
            rows = READERS[where.kind](where, rejects)
        else:
            rows = pairs_of_lines(enumerate(lines, start=1), where, rejects)
        pairs = []
        for row in check.passing(rows):
            if surrogate_at(row.source + row.target) is not None:
                rejects.add(row.number, Reason.SURROGATE, f"{row.source}\t{row.target}")
            pairs.append((row.source.strip(), row.target.strip()))
        check.conclude()
        dropped = rejects.counts
    kept = [(a, b) for a, b in pairs if a and b]
    read = len(pairs) + sum(dropped.values())
    if not kept:
        empty = "; a pipe can be read once" if any(map(is_pipe, where.locations)) else ""
        raise DataFormatError(
            f"{where.text} has {read} rows and no usable pair; expected a sentence and its"
            f" translation per row; check the file, and its columns{empty}"
        )
    if len(kept) < len(pairs):
        dropped["empty side"] = len(pairs) - len(kept)
    _warn(where, kept, read)
    return BitextData([a for a, _ in kept], [b for _, b in kept], dropped)


def files_place(
    source: Path | str, target: Path | str | None = None, languages: Languages = UNKNOWN
) -> Where:
    """Files as a place that pairs are read from: one TSV, or two that are line-aligned."""
    pair = parse_language_pair(languages) if isinstance(languages, str) else languages
    if target is None:
        return Where(pair, "tsv", (str(source),), str(source))
    return Where(pair, "moses", (str(source), str(target)), f"{source} with {target}")


class _NothingRejected(RejectFile):
    """Refuses rows that cannot be read, which training data may lose: a test set is never thinned.

    Blank lines are passed over; rows that lack a side are counted, as those with an empty one are.
    """

    def __init__(self, where: Where) -> None:
        super().__init__()
        self._where = where

    def add(self, number: int, reason: Reason, text: str, detail: str = "") -> None:
        """Refuse a row, count it, or pass over it."""
        if reason is Reason.NO_SIDE:
            super().add(number, reason, text)
        elif text.strip():
            row = "row" if self._where.kind in ("tmx", "parquet", "hf") else "line"
            one = "one column" if reason is Reason.FEW_COLUMNS and "\t" not in text else reason
            raise DataFormatError(
                f"{self._where.text}, {row} {number}: {one} ({text[:60]!r}); {_WAYS_OUT[reason]}"
            )


def _warn(where: Where, kept: Sequence[tuple[str, str]], read: int) -> None:
    """Say what no score would show: that most rows are empty on a side, or not translated."""
    if len(kept) <= _MANY * read:
        logger.warning(
            "%s: %d of %d rows lack a side; the scores are those of the others",
            where.text,
            read - len(kept),
            read,
        )
    source, target = (code.partition("-")[0] for code in where.languages)
    same = sum(a.casefold() == b.casefold() for a, b in kept)
    if same > _MANY * len(kept) and (source != target or source == "und"):
        logger.warning(
            "%s: both sides are the same text in %d of %d rows; check its columns",
            where.text,
            same,
            len(kept),
        )
