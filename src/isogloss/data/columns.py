"""Which column is the source and which the target: one rule for TSV, JSON, Parquet and the hub."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isogloss.data.language_names import LANGUAGE_NAMES
from isogloss.data.languages import LanguagePair, best_match, language_name

_NAME_PAIRS = (
    ("source", "target"),
    ("src", "tgt"),
    ("src", "trg"),
    ("source_text", "target_text"),
    ("src_text", "tgt_text"),
    ("source sentence", "target sentence"),
    ("source_sentence", "target_sentence"),
    ("original", "translation"),
    ("anchor", "positive"),
    ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"),
    ("text1", "text2"),
)
_NESTED = ("translation", "translations")
_ENDS = ".?!…\u3002\uff1f\uff01\u061f\u0964"
"""Letters that end a sentence."""

_TEXT_WORDS = {"text", "texts", "sentence", "sentences", "sent", "lang", "language", "segment"}


@dataclass(frozen=True)
class Columns:
    """Names of the two columns.

    Attributes:
        source: name of the source column; in a TSV file also its number, counted from 1.
        target: name of the target column, likewise.
        inside: the column whose value is a mapping that holds both, as in `{"translation": {"en":
            …, "de": …}}`; None where both stand at the top.
    """

    source: str
    target: str
    inside: str | None = None

    @property
    def by_number(self) -> bool:
        """Whether both are numbers from 1, as a TSV file may have its columns named."""
        return is_number(self.source) and is_number(self.target)

    def pick(self, row: Mapping[str, object]) -> tuple[object, object]:
        """Take both values out of a row; None stands for a value that is not there."""
        if self.inside is not None:
            nested = row.get(self.inside)
            if not isinstance(nested, Mapping):
                return None, None
            row = nested
        return row.get(self.source), row.get(self.target)


def is_number(name: str) -> bool:
    """Whether a column is named by its number, from 1."""
    return name.isascii() and name.isdigit() and len(name) < 5 and int(name) > 0


def find_columns(names: Sequence[str], languages: LanguagePair) -> Columns | None:
    """Recognize the two columns by their names.

    In this order: the languages' codes (`en`, `de-DE`, `deu`), also as in `text_en` and `en.text`,
    their English names, `english` with
    `non_english`, and `source`/`target`, `src`/`tgt`, `sentence1`/`sentence2`, `text1`/`text2`.
    Case does not matter.

    Args:
        names: the columns' names as found.
        languages: what the columns should hold.

    Returns:
        The columns, spelled as in `names`, or None where no rule finds both.
    """
    by_code = [best_match(tuple(names), code) for code in languages]
    if None not in by_code and by_code[0] != by_code[1]:
        source, target = (names[i] for i in by_code if i is not None)
        return Columns(source, target)
    bare = tuple(_bare(name) for name in names)
    by_code = [best_match(bare, code) for code in languages]
    if bare != tuple(names) and None not in by_code and by_code[0] != by_code[1]:
        source, target = (names[i] for i in by_code if i is not None)
        return Columns(source, target)
    spelled = {name.strip().lower(): name for name in names}
    for first, second in (*_language_names(languages), *_NAME_PAIRS):
        if first in spelled and second in spelled and first != second:
            return Columns(spelled[first], spelled[second])
    return None


def are_names(cells: Sequence[str]) -> bool:
    """Whether the cells of a row can be the names of columns: a word or two, and no number."""
    return all(
        len(cell.split()) <= 3 and cell[-1:] not in _ENDS and not cell.isdigit() for cell in cells
    )


def named_languages(names: Sequence[str], languages: LanguagePair) -> list[str]:
    """Columns that are called after well-known languages, one of them wanted, the other not.

    Args:
        names: the columns' names.
        languages: the two that are wanted, of which the names have not both.

    Returns:
        Codes or English names as they are spelled; none where that is chance.
    """
    known = {name.lower(): code for code, name in LANGUAGE_NAMES.items()}
    known |= {code: code for code in LANGUAGE_NAMES}
    found = {name: known.get(_bare(name).strip().lower()) for name in names}
    called = [name for name, code in found.items() if code]
    wanted = {code.partition("-")[0] for code in languages}
    return called if len(called) > 1 and wanted & set(found.values()) else []


def _bare(name: str) -> str:
    """What a column's name says beside that it is text: `en` of `text_en`, `en.text`, and `#en`."""
    words = [word for word in re.split(r"[_.#\s]+", name) if word]
    rest = [word for word in words if word.lower() not in _TEXT_WORDS]
    return rest[0] if len(rest) == 1 and len(words) <= 2 else name


def _language_names(languages: LanguagePair) -> list[tuple[str, str]]:
    primary = [code.partition("-")[0] for code in languages]
    if "und" in primary:  # test data of which no languages were said
        return []
    pairs = [(language_name(primary[0]).lower(), language_name(primary[1]).lower())]
    if primary[0] == "en":
        pairs.append(("english", "non_english"))
    elif primary[1] == "en":
        pairs.append(("non_english", "english"))
    return pairs


def find_in_row(row: Mapping[str, object], languages: LanguagePair) -> Columns | None:
    """Recognize the columns of a row: at the top, else inside a mapping called `translation(s)`."""
    top = find_columns(tuple(row), languages)
    outer = next((name for name in _NESTED if isinstance(row.get(name), Mapping)), None)
    if top is not None or outer is None:
        return top
    inner = find_columns(tuple(row[outer]), languages)  # type: ignore[arg-type]  # a mapping
    return None if inner is None else Columns(inner.source, inner.target, inside=outer)
