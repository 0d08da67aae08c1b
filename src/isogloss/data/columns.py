"""Which column is the source and which the target: one rule for TSV, JSON, Parquet and the hub."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isogloss.data.languages import LanguagePair, best_match, language_name

_NAME_PAIRS = (
    ("source", "target"),
    ("src", "tgt"),
    ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"),
    ("text1", "text2"),
)
_NESTED = "translation"


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
        return all(
            name.isascii() and name.isdigit() and len(name) < 5 and int(name) > 0
            for name in (self.source, self.target)
        )

    def pick(self, row: Mapping[str, object]) -> tuple[object, object]:
        """Take both values out of a row; None stands for a value that is not there."""
        if self.inside is not None:
            nested = row.get(self.inside)
            if not isinstance(nested, Mapping):
                return None, None
            row = nested
        return row.get(self.source), row.get(self.target)


def find_columns(names: Sequence[str], languages: LanguagePair) -> Columns | None:
    """Recognize the two columns by their names.

    In this order: the languages' codes (`en`, `de-DE`, `deu`), their English names, `english` with
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
    spelled = {name.strip().lower(): name for name in names}
    for first, second in (*_language_names(languages), *_NAME_PAIRS):
        if first in spelled and second in spelled and first != second:
            return Columns(spelled[first], spelled[second])
    return None


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
    """Recognize the columns of a row: at the top, else inside a mapping called `translation`."""
    top = find_columns(tuple(row), languages)
    nested = row.get(_NESTED)
    if top is not None or not isinstance(nested, Mapping):
        return top
    inner = find_columns(tuple(nested), languages)
    return None if inner is None else Columns(inner.source, inner.target, inside=_NESTED)
