"""The distinct texts of a side, kept on disk: mining embeds each once, and shows few of them."""

import hashlib
import unicodedata
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from isogloss.data.cleaning import tidy
from isogloss.protocols import LongArray
from isogloss.writing import writing


def normalized(text: str) -> str:
    """The form by which texts are told apart: without differences of case, width and white space.

    Example:
        >>> normalized("One  TEXT. ") == normalized("one text.")
        True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass
class Side:
    """Distinct texts, one a line of a file.

    Attributes:
        path: the file.
        read: texts that were added.
        row_to_text: number of the distinct text that every one of them is, where it is kept.
        exact: whether texts that differ in case, width or white space are distinct, too.
    """

    path: Path
    read: int = 0
    row_to_text: list[int] | None = None
    exact: bool = False
    _starts: "array[int]" = field(default_factory=lambda: array("q", [0]))
    _known: dict[bytes, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def collapsed(self) -> int:
        """Texts that were equal to an earlier one."""
        return self.read - len(self)

    def add(self, texts: Iterable[str]) -> None:
        """Add texts; of equal ones (`normalized`, or `exact`) the first is kept, on one line.

        Raises:
            OutputFolderError: the file cannot be written.
        """
        with writing(str(self.path)):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            stream = self.path.open("ab" if self.read else "wb")
        with stream:
            for text in texts:
                self._add(tidy(text), stream)

    def _add(self, text: str, stream: BinaryIO) -> None:
        number = self._known.setdefault(self._key(text), len(self._known))
        if number == len(self):
            line = text.encode() + b"\n"
            with writing(str(self.path)):
                stream.write(line)
            self._starts.append(self._starts[-1] + len(line))
        self.read += 1
        if self.row_to_text is not None:
            self.row_to_text.append(number)

    def find(self, text: str) -> int:
        """Index of a text; -1 if it is not there."""
        return self._known.get(self._key(tidy(text)), -1)

    def _key(self, text: str) -> bytes:
        told_apart = text if self.exact else normalized(text)
        return hashlib.blake2b(told_apart.encode(), digest_size=8).digest()

    def __iter__(self) -> Iterator[str]:
        with self.path.open("rb") as stream:
            for line in stream:
                yield line[:-1].decode()

    def texts(self, numbers: LongArray) -> Iterator[str]:
        """Texts by number, read one by one."""
        starts = np.array(self._starts)
        with self.path.open("rb") as stream:
            for number in numbers.tolist():
                stream.seek(starts[number])
                yield stream.readline()[:-1].decode()
