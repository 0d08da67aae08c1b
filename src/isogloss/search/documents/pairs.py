"""Aligned texts: what a user sees of links."""

from collections.abc import Sequence
from dataclasses import dataclass

from isogloss.search.documents.links import Links


@dataclass(frozen=True)
class Document:
    """A text, sentence by sentence.

    Args:
        lines: its sentences, none of them empty.
        numbers: number of each line in its file, from 1.
        name: of its file, where there are several.
    """

    lines: Sequence[str]
    numbers: Sequence[int]
    name: str = ""

    @staticmethod
    def of(lines: Sequence[str], name: str = "") -> "Document":
        """The document of a file's lines, those without text left out."""
        kept = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
        return Document([line for _, line in kept], [number for number, _ in kept], name)

    def __len__(self) -> int:
        return len(self.lines)

    def text(self, start: int, end: int) -> str:
        """Lines as one text, with a space between."""
        return " ".join(self.lines[start:end])

    def place(self, start: int, end: int) -> str:
        """Where lines stand in their file, such as `7`, `7-8` or `page.txt:7-8`."""
        first, last = self.numbers[start], self.numbers[end - 1]
        numbers = str(first) if first == last else f"{first}-{last}"
        return f"{self.name}:{numbers}" if self.name else numbers


@dataclass(frozen=True)
class AlignedPair:
    """Sentences of one document and those of another that say the same.

    Args:
        score: 1 minus their distance over what chance gives: 1 for equal vectors, about 0 for
            sentences drawn at random.
        source: the source sentences, joined by a space.
        target: the target sentences.
        source_lines: where they stand in their file; see `Document.place`.
        target_lines: the same of the target.
    """

    score: float
    source: str
    target: str
    source_lines: str
    target_lines: str


def pair_texts(source: Document, target: Document, links: Links) -> list[AlignedPair]:
    """The texts of links, in their order."""
    return [
        AlignedPair(
            round(1 - cost, 4),
            source.text(i, end),
            target.text(j, last),
            source.place(i, end),
            target.place(j, last),
        )
        for (i, end, j, last), cost in zip(links.rows.tolist(), links.costs.tolist(), strict=True)
    ]
