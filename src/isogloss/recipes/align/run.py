"""Align documents: read them, pair them, find which sentences belong together, write the pairs."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.console import Console, Silent
from isogloss.errors import InputError
from isogloss.protocols import Encoder, FloatArray
from isogloss.recipes.align.documents import Sides, find_languages, read_sides
from isogloss.recipes.align.files import check_out, write_pairs
from isogloss.recipes.models import open_model
from isogloss.search.documents.align import AlignSettings, align_lines
from isogloss.search.documents.pairing import DocumentPair, pair_by_name, pair_documents
from isogloss.search.documents.pairs import AlignedPair, Document, pair_texts
from isogloss.search.documents.windows import embed_lines

logger = logging.getLogger(__name__)

LARGEST = 3
"""Most lines of one side in a pair, by default."""


@dataclass(frozen=True)
class AlignedDocuments:
    """What came of two documents.

    Args:
        source: name of the source document; empty where there are no folders.
        target: name of the target document.
        score: how near they are, see `pair_documents`; None where nothing was compared.
        pairs: number of pairs, by their lines: `{"1-1": 90, "2-1": 4}`.
        source_alone: source lines without partner.
        target_alone: target lines without partner.
    """

    source: str
    target: str
    score: float | None
    pairs: dict[str, int]
    source_alone: int
    target_alone: int


@dataclass(frozen=True)
class Aligned:
    """The result of `align`.

    Args:
        pairs: pairs of sentences, document by document, in order of the source.
        documents: what came of each two documents.
        source_unpaired: names of source documents without counterpart.
        target_unpaired: names of target documents without counterpart.
    """

    pairs: list[AlignedPair] = field(repr=False)
    documents: list[AlignedDocuments]
    source_unpaired: list[str]
    target_unpaired: list[str]

    def summary(self) -> dict[str, Any]:
        """Counts of all documents, and of each: what `--json` prints."""
        shapes: Counter[str] = Counter()
        for document in self.documents:
            shapes.update(document.pairs)
        return {
            "pairs": len(self.pairs),
            "shapes": dict(sorted(shapes.items(), key=lambda shape: (-shape[1], shape[0]))),
            "source_alone": sum(document.source_alone for document in self.documents),
            "target_alone": sum(document.target_alone for document in self.documents),
            "documents": [asdict(document) for document in self.documents],
            "source_unpaired": self.source_unpaired,
            "target_unpaired": self.target_unpaired,
        }


def align(
    model: str | Path | Encoder,
    source: Path | str,
    target: Path | str,
    out: Path | str | None = None,
    *,
    languages: str | None = None,
    largest: int = LARGEST,
    moved: bool = True,
    by_name: bool = False,
    min_score: float | None = None,
    line_numbers: bool = False,
    console: Console | None = None,
) -> Aligned:
    """Find which sentences of two documents, or of two folders of them, say the same.

    Args:
        model: folder or hub name of a Sentence Transformers model, or an encoder.
        source: a file with a sentence a line, or a folder of them.
        target: its translation, or a folder of translations.
        out: a `.tsv` or `.tmx` file for the pairs; None writes none.
        languages: of the two sides, as `en-de`, for TMX; None takes them from the files' names.
        largest: most lines of one side in a pair: 3 finds merges and splits up to 3-3.
        moved: also look for what stands elsewhere in the other document.
        by_name: pair the documents of folders by their names, languages and suffixes aside; else
            by what they say.
        min_score: leave out pairs with a lower score; see `AlignedPair`.
        line_numbers: write where the sentences stand, too.
        console: told about the stages; None is silent.

    Returns:
        The pairs, and counts.

    Raises:
        InputError: an option cannot be used; one side is a folder and the other is not.
        MissingFileError: a side is not there.
        DataFormatError: a file is no UTF-8 text, or is empty.
        ModelNotFoundError: nothing has the model's name.
        OutputFolderError: `out` cannot be written.
    """
    if largest < 1:
        raise InputError(f"largest is {largest}; expected at least 1; 3 is usual")
    named = find_languages(languages, source, target)
    destination = None
    if out is not None:
        destination = check_out(out, named, [source, target], line_numbers=line_numbers)
    console = console or Silent()
    sides = read_sides(source, target)
    if by_name and not sides.folders:
        raise InputError(
            f"--by-name pairs the documents of folders, and {str(source)!r} is a file; expected "
            "two folders; leave it out"
        )
    encoder = open_model(model, console)
    vectors = _embed(sides, encoder, console)
    pairs = _pair(sides, vectors, by_name=by_name)
    settings = AlignSettings(largest=largest, moved=moved)
    aligned = _align(sides, vectors, pairs, encoder, settings, min_score, console)
    if destination is not None:
        write_pairs(destination, aligned.pairs, named, line_numbers=line_numbers)
    return aligned


Vectors = tuple[list[FloatArray], list[FloatArray]]
"""Vectors of the lines of each source document, and of each target document."""


def _embed(sides: Sides, encoder: Encoder, console: Console) -> Vectors:
    """Embed the lines of all documents at once, which fills the model's batches."""
    with console.stage("embedding lines", sides.lines) as advance:
        lines = [line for side in sides[:2] for document in side for line in document.lines]
        rows = embed_lines(lines, encoder, advance)
    lengths = [len(document) for side in sides[:2] for document in side]
    parts = np.split(rows, np.cumsum(lengths)[:-1])
    return parts[: len(sides.source)], parts[len(sides.source) :]


def _pair(sides: Sides, vectors: Vectors, *, by_name: bool) -> list[DocumentPair]:
    """Which document goes with which."""
    if not sides.folders:
        return [DocumentPair(0, 0, None)]
    if not by_name:
        return pair_documents(*vectors)
    names = [[document.name for document in side] for side in sides[:2]]
    return pair_by_name(*names)


def _align(
    sides: Sides,
    vectors: Vectors,
    pairs: Sequence[DocumentPair],
    encoder: Encoder,
    settings: AlignSettings,
    min_score: float | None,
    console: Console,
) -> Aligned:
    """Align document by document."""
    found: list[AlignedPair] = []
    documents = []
    work = sum(len(sides.source[pair.source]) for pair in pairs)
    with console.stage("aligning", work) as advance:
        for i, j, score in pairs:
            source, target = sides.source[i], sides.target[j]
            links = align_lines(
                (source.lines, vectors[0][i]), (target.lines, vectors[1][j]), encoder, settings
            )
            if min_score is not None:
                links = links.take(1 - links.costs >= min_score)
            found += pair_texts(source, target, links)
            alone = [int(free.sum()) for free in links.free(len(source), len(target))]
            documents.append(
                AlignedDocuments(source.name, target.name, score, links.shapes(), *alone)
            )
            advance(len(source))
    unpaired = [
        _others(side, {pair[place] for pair in pairs})
        for place, side in enumerate((sides.source, sides.target))
    ]
    _warn(unpaired, len(pairs))
    return Aligned(found, documents, *unpaired)


def _others(documents: Sequence[Document], paired: set[Any]) -> list[str]:
    return [document.name for i, document in enumerate(documents) if i not in paired]


def _warn(unpaired: Sequence[Sequence[str]], paired: int) -> None:
    """Say which documents were left out."""
    for side, names in zip(("source", "target"), unpaired, strict=True):
        if names:
            logger.warning(
                "%d of %d %s documents have no counterpart and are left out (first: %s)",
                *(len(names), len(names) + paired, side, names[0]),
            )
