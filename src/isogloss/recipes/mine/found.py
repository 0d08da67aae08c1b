"""What mining leaves: pairs with their scores, in memory or in a file, and an account of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.writing import write_lines


class MinedPair(NamedTuple):
    """A pair of texts and its margin score; higher is better."""

    score: float
    source: str
    target: str


@dataclass(frozen=True)
class Mined:
    """The pairs that were mined or scored.

    Attributes:
        kept: the pairs, where they were not written to a file.
        path: the file that they were written to.
        account: counts of texts and pairs, seconds; for JSON.
    """

    kept: list[MinedPair]
    path: Path | None
    account: dict[str, Any]

    def __iter__(self) -> Iterator[MinedPair]:
        """The pairs; from the file, if they are there."""
        return iter(self.kept) if self.path is None else read_pairs(self.path)

    def __len__(self) -> int:
        return int(self.account["pairs"])


def write_pairs(path: Path, pairs: Iterable[MinedPair]) -> None:
    """Write `score TAB source TAB target`, a pair a line, whole or not at all.

    Raises:
        OutputFolderError: the file cannot be written.
    """
    write_lines(path, (f"{score:.6f}\t{one}\t{two}" for score, one, two in pairs))


def read_pairs(path: Path) -> Iterator[MinedPair]:
    """What `write_pairs` wrote."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            score, source, target = line.removesuffix("\n").split("\t")
            yield MinedPair(float(score), source, target)
