"""Files of the BUCC shared task: two sides as `id TAB sentence`, gold as `id TAB id`."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.data.checks.sides import refuse_key_column
from isogloss.data.text import read_lines, text_fingerprint
from isogloss.errors import DataFormatError, InputError

logger = logging.getLogger(__name__)

GoldPair = tuple[str, str]

_Row = tuple[int, list[str]]
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class BuccData:
    """Two collections of sentences, and which of them are translations.

    Args:
        source: sentences in the first language by id, in the order of the file.
        target: sentences in the second language by id.
        gold: pairs of a source id and a target id, each pair once.
        dropped: sentences left out when reading, by reason.

    Raises:
        InputError: if a gold id is not in its collection.
    """

    source: Mapping[str, str]
    target: Mapping[str, str]
    gold: tuple[GoldPair, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one, other in self.gold:
            if one not in self.source or other not in self.target:
                raise InputError(
                    f"gold pair {one} {other} has an id without a sentence; expected ids of both"
                    " collections; add the sentences or drop the pair"
                )

    def fingerprint(self) -> str:
        """Hash of ids, sentences and gold."""
        return text_fingerprint(
            self.source,
            self.source.values(),
            self.target,
            self.target.values(),
            (one for pair in self.gold for one in pair),
        )


def read_bucc(source: Path | str, target: Path | str, gold: Path | str) -> BuccData:
    """Read a BUCC mining set.

    Args:
        source: the first side, `id TAB sentence` per line; blank lines are passed over, and so is,
            with a warning, a header: a first line whose id is a word, where all others have digits.
        target: the second side.
        gold: a source id and a target id per line, with a tab between.

    Returns:
        The set.

    Raises:
        MissingFileError: if a file does not exist.
        DataFormatError: if a line does not have two columns, an id or a gold pair comes twice, a
            sentence is empty, a gold id has no sentence (the message has the line number), or a
            file holds nothing.
    """
    source, target, gold = Path(source), Path(target), Path(gold)
    if source == target:
        raise InputError(f"{source} is given as both sides; expected two files; name the other one")
    sides = {path: _read_side(path) for path in (source, target)}
    pairs: dict[GoldPair, int] = {}
    for number, cells in _rows(gold, "a source id and a target id"):
        for path, one in zip((source, target), cells, strict=True):
            if one not in sides[path]:
                other = target if path == source else source
                swapped = (
                    ", or name the languages in the other order" if one in sides[other] else ""
                )
                raise DataFormatError(
                    f"{gold}, line {number}: id {one!r} is not in {path.name}; expected an id of"
                    f" that file; correct the line{swapped}"
                )
        if (cells[0], cells[1]) in pairs:
            raise DataFormatError(
                f"{gold}, line {number}: the pair {' '.join(cells)} stands in line"
                f" {pairs[cells[0], cells[1]]} already; expected each pair once; drop one line"
            )
        pairs[cells[0], cells[1]] = number
    if not pairs:
        raise DataFormatError(
            f"{gold} holds no pair; expected a source id and a target id per line; check the file"
        )
    return BuccData(sides[source], sides[target], tuple(pairs))


def _read_side(path: Path) -> dict[str, str]:
    sentences: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for number, (one, sentence) in _without_header(path, _rows(path, "an id and a sentence")):
        if one in numbers:
            raise DataFormatError(
                f"{path}, line {number}: id {one!r} stands in line {numbers[one]} already; expected"
                " each id once; rename or drop one"
            )
        sentences[one], numbers[one] = sentence, number
    if not sentences:
        raise DataFormatError(
            f"{path} holds no sentence; expected an id and a sentence per line; check the file"
        )
    refuse_key_column(
        list(sentences.values()), str(path), "write an id and a sentence per line, in this order"
    )
    return sentences


def _without_header(path: Path, rows: list[_Row]) -> list[_Row]:
    """The rows without a first one that names the columns."""
    ids = [cells[0] for _, cells in rows]
    if len(ids) < 2 or _DIGIT.search(ids[0]) or not all(map(_DIGIT.search, ids[1:])):
        return rows
    number, cells = rows[0]
    logger.warning(
        "%s, line %d: %r is no id like the others; the line is left out as a header",
        path,
        number,
        cells[0],
    )
    return rows[1:]


def _rows(path: Path, what: str) -> list[_Row]:
    """The number and the two cells of every line that is not blank."""
    rows = []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 2 or not all(cells):
            found = "an empty column" if len(cells) == 2 else f"{len(cells)} columns"
            found = "one column" if len(cells) == 1 else found
            raise DataFormatError(
                f"{path}, line {number}: {found}; expected {what} with a tab between;"
                " correct the line"
            )
        rows.append((number, cells))
    return rows
