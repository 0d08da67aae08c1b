"""Find the texts of one collection that say the same: each pair once, best first."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isogloss.console import Console, Silent
from isogloss.data.texts import check_texts, read_texts
from isogloss.errors import InputError
from isogloss.protocols import STS, Encoder, encode_batches
from isogloss.recipes.files import check_file
from isogloss.recipes.models import open_model
from isogloss.search.paraphrases import K, ParaphrasePairs, find_paraphrases
from isogloss.vectors import normalize
from isogloss.vectors.distinct import distinct_texts
from isogloss.writing import tsv_line, write_lines

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Paraphrases:
    """The result of `paraphrases`: pairs when it is iterated over.

    Args:
        texts: the distinct texts.
        pairs: rows of `texts` with their cosines, best first.
        repeated: rows that were left out because an earlier one holds the same text.
    """

    texts: list[str]
    pairs: ParaphrasePairs
    repeated: int

    def __len__(self) -> int:
        return len(self.pairs.a)

    def __iter__(self) -> Iterator[tuple[float, str, str]]:
        """Score, the earlier text and the later one of each pair, best first."""
        for a, b, score in zip(*self.pairs, strict=True):
            yield float(score), self.texts[a], self.texts[b]


def paraphrases(
    model: str | Path | Encoder,
    texts: Path | str,
    out: Path | str | None = None,
    *,
    column: str | None = None,
    k: int = K,
    min_score: float | None = None,
    max_pairs: int | None = None,
    console: Console | None = None,
) -> Paraphrases:
    """Find, exactly, the pairs in which one text is among the nearest of the other.

    Args:
        model: folder or hub name of a Sentence Transformers model, or an encoder.
        texts: a file of texts; see `read_texts`.
        out: a TSV file for score, text, text; None writes none.
        column: that holds the texts; see `read_texts`.
        k: nearest texts that are looked at for each one.
        min_score: lowest cosine, kept if `>=`; None keeps all.
        max_pairs: keep so many, the best; None keeps all.
        console: told about the stages; None is silent.

    Returns:
        The pairs.

    Raises:
        InputError: an option cannot be used; there are fewer than two distinct texts.
        MissingFileError: the file is not there.
        DataFormatError: it holds no texts.
        ModelNotFoundError: nothing has the model's name.
        OutputFolderError: `out` cannot be written.
    """
    if k < 1:
        raise InputError(f"k is {k}; expected at least 1; {K} is usual")
    if min_score is not None and not -1 <= min_score <= 1:
        raise InputError(
            f"min_score is {min_score}; expected a cosine, from -1 to 1; leave it out to keep all"
        )
    destination = None if out is None else check_file(out, read=[texts])
    console = console or Silent()
    place = check_texts(texts)
    with console.stage("reading texts"):
        distinct, _, rows = distinct_texts([row.text.strip() for row in read_texts(place, column)])
    repeated = len(rows) - len(distinct)
    if len(distinct) < 2:
        raise InputError(
            f"{place}: one distinct text in {len(rows):,} rows; expected at least two, to be "
            "compared; check the file and its column"
        )
    embeddings = _embed(distinct, open_model(model, console), console)
    with console.stage("comparing texts", len(distinct)) as advance:
        pairs = find_paraphrases(
            embeddings, k=k, min_score=min_score, max_pairs=max_pairs, progress=advance
        )
    found = Paraphrases(distinct, pairs, repeated)
    if destination is not None:
        write_lines(destination, map(_row, found))
    return found


def _embed(texts: list[str], encoder: Encoder, console: Console) -> np.ndarray:
    """The vector of each text, of length 1, in one array that is filled block by block."""
    embeddings = np.empty((len(texts), encoder.dim), np.float32)
    done = 0
    with console.stage("embedding texts", len(texts)) as advance:
        for block in encode_batches(encoder, texts, role=STS):
            embeddings[done : done + len(block)] = normalize(block)
            done += len(block)
            advance(len(block))
    return embeddings


def _row(pair: tuple[float, str, str]) -> str:
    score, *texts = pair
    return tsv_line(f"{score:.4f}", *texts)
