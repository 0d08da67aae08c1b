"""Which column of a file holds its texts, and which their ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from isogloss.errors import DataFormatError

TEXT_NAMES = ("text", "sentence", "content", "passage", "document", "query")
"""Columns that hold the texts where none is named, the first that is there."""

ID_NAMES = ("id", "_id")
"""Columns that hold the ids where none is named."""


class Text(NamedTuple):
    """A text as it stands in its file.

    Attributes:
        number: line or row, counted from 1.
        id: what its id column holds, else the number.
        text: the text, not cleaned.
        metadata: the other columns by name, where they were asked for; else empty.
        numbered: whether the id is the number, for want of one in the file.
    """

    number: int
    id: str
    text: str
    metadata: Mapping[str, object] = {}
    numbered: bool = False


@dataclass
class Wanted:
    """What is to be read of a file; `choose` settles the columns, once the file's are known."""

    path: str
    column: str | None
    id_column: str | None
    metadata: bool
    text: str = field(default="", init=False)
    id: str | None = field(default=None, init=False)

    def choose(self, names: Sequence[str], texts: Sequence[str]) -> None:
        """Settle the columns.

        Args:
            names: all columns.
            texts: those that can hold text.
        """
        self.id = self._named(self.id_column, names) if self.id_column else None
        if self.id is None:
            self.id = next((name for name in ID_NAMES if name in names), None)
        if self.column is not None:
            self.text = self._named(self.column, names)
            return
        spelled = {name.lower(): name for name in names}
        known = [spelled[name] for name in TEXT_NAMES if name in spelled]
        others = known or [name for name in texts if name != self.id]
        if not known and len(others) != 1:
            raise DataFormatError(
                f"{self.path}: columns {listed(names)}; expected one called "
                f"{', '.join(TEXT_NAMES[:-1])} or {TEXT_NAMES[-1]}, or one alone: name it with "
                "--column"
            )
        self.text = others[0]

    def _named(self, column: str, names: Sequence[str]) -> str:
        if names.count(column) == 1:
            return column
        at = int(column) - 1 if column.isascii() and column.isdigit() and len(column) < 5 else -1
        if column not in names and 0 <= at < len(names):
            return names[at]
        found = "more than one column" if column in names else "no column"
        raise DataFormatError(
            f"{self.path}: {found} {column!r}; it has {listed(names)}; name one of these"
        )

    def columns(self, names: Sequence[str]) -> list[str]:
        """The columns that are needed of those that are there."""
        if self.metadata:
            return list(names)
        return [self.text] if self.id in (None, self.text) else [self.text, str(self.id)]

    def pick(self, number: int, row: Mapping[str, object], text: str) -> Text:
        """The text of a row with its id and, where wanted, the other columns."""
        key = row.get(self.id) if self.id is not None else None
        rest = {name: value for name, value in row.items() if name not in (self.text, self.id)}
        numbered = key is None or key == ""
        name = str(number) if numbered else str(key)
        return Text(number, name, text, rest if self.metadata else {}, numbered)


def listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:12])) or "none"
