"""Parallel sentences: two sequences of the same length, by construction."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from isogloss.errors import InputError

if TYPE_CHECKING:
    from isogloss.data.places import Where
    from isogloss.protocols import FloatArray, LongArray

PAIRS_PER_BLOCK = 4096
"""Pairs that are handled at once where pairs come one after the other."""


@dataclass(frozen=True)
class ParallelSentences:
    """Sentences and their translations: `target[i]` says what `source[i]` says.

    Attributes:
        source_language: canonical code of the language the teacher knows.
        target_language: canonical code of the other.
        source: the sentences; those of `load` are `Texts`, which need not fit into memory.
        target: their translations, as many.
        weights: what each pair counts in training, above 0, `(n,)`; None: all the same.

    Raises:
        InputError: the two sides differ in length, a side is one string instead of a sequence of
            them, or there are more or fewer weights than pairs.
    """

    source_language: str
    target_language: str
    source: Sequence[str]
    target: Sequence[str]
    weights: "FloatArray | None" = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for side, texts in (("source", self.source), ("target", self.target)):
            if isinstance(texts, str):
                raise InputError(
                    f"{side} is one string ({texts[:40]!r}); expected a sequence of sentences"
                )
        if len(self.source) != len(self.target):
            raise InputError(
                f"{len(self.source)} source sentences but {len(self.target)} target sentences; "
                "expected one translation for each; pass two sequences of the same length"
            )
        if self.weights is not None and len(self.weights) != len(self.source):
            raise InputError(
                f"{len(self.weights)} weights for {len(self.source)} pairs; expected one for each; "
                "leave weights out where all count the same"
            )

    @classmethod
    def load(
        cls, where: "Where | str", *, rejects: Path | None = None, limit: int | None = None
    ) -> Self:
        """Read and clean parallel sentences, without the report; see `isogloss.data.load_parallel`.

        Args:
            where: languages and place, such as `"en-de=corpus.tsv.gz"`.
            rejects: a file for what was left out and why; None writes none.
            limit: keep at most this many pairs; None keeps all.

        Returns:
            The pairs that remain after the standard cleaning.
        """
        from isogloss.data.loading import load_parallel

        loaded = load_parallel(where, rejects=rejects, limit=limit).sentences
        languages = loaded.source_language, loaded.target_language
        return cls(*languages, loaded.source, loaded.target, loaded.weights)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[str, str]:
        return self.source[index], self.target[index]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.source, self.target, strict=True)

    def take(self, indices: Iterable[int]) -> Self:
        """Select pairs by position.

        Args:
            indices: positions in `[0, len)`, any order, repeats allowed; a NumPy integer array will
                do.

        Returns:
            A new object with those pairs in that order; the texts are shared, not copied.

        Raises:
            IndexError: a position is out of range.
        """
        import numpy as np

        given = indices if isinstance(indices, np.ndarray) else list(indices)
        rows = np.asarray(given, np.int64)
        source, target = (_take(side, rows) for side in (self.source, self.target))
        weights = None if self.weights is None else self.weights[rows]
        return type(self)(self.source_language, self.target_language, source, target, weights)

    def fingerprint(self) -> str:
        """Hash of languages and texts in order: equal fingerprints mean equal data, everywhere.

        Returns:
            SHA-256 as 64 hexadecimal digits. Every text goes in behind its length, so moving a word
            from one text to its neighbor changes the result. Weights, if there are any, come last.
        """
        digest, pairs = PairsDigest(self.source_language, self.target_language), iter(self)
        while block := list(islice(pairs, PAIRS_PER_BLOCK)):
            digest.update(block)
        if self.weights is not None:
            digest.weigh(self.weights)
        return digest.hexdigest()


class PairsDigest:
    """The fingerprint of pairs that come block by block; see `ParallelSentences.fingerprint`."""

    def __init__(self, source_language: str, target_language: str) -> None:
        self._digest = hashlib.sha256(f"{source_language}\t{target_language}\n".encode())

    def update(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take in the next pairs."""
        text = "".join(f"{len(source)} {len(target)}\n{source}{target}" for source, target in pairs)
        self._digest.update(text.encode("utf-8", "surrogatepass"))

    def weigh(self, weights: "FloatArray") -> None:
        """Take in the weights of all pairs."""
        self._digest.update(weights.astype("<f4").tobytes())

    def hexdigest(self) -> str:
        """The fingerprint of all that came."""
        return self._digest.hexdigest()


def by_target(parts: Iterable[ParallelSentences]) -> dict[str, ParallelSentences]:
    """The pairs of each target language, one part behind the other.

    Args:
        parts: of one source language.

    Returns:
        By language, in the order in which they first come; the texts are shared, not copied.
    """
    from isogloss.spooled import Joined

    groups: dict[str, list[ParallelSentences]] = {}
    for part in parts:
        groups.setdefault(part.target_language, []).append(part)
    return {
        language: ParallelSentences(
            own[0].source_language,
            language,
            Joined(part.source for part in own),
            Joined(part.target for part in own),
            _joined_weights(own),
        )
        for language, own in groups.items()
    }


def _joined_weights(parts: Sequence[ParallelSentences]) -> "FloatArray | None":
    """The weights of parts behind each other; 1 for the pairs of those that have none."""
    import numpy as np

    if all(part.weights is None for part in parts):
        return None
    known = (np.ones(len(p), np.float32) if p.weights is None else p.weights for p in parts)
    return np.concatenate(list(known))


def _take(texts: Sequence[str], rows: "LongArray") -> Sequence[str]:
    """Some rows of one side."""
    from isogloss.spooled import Texts

    return texts.take(rows) if isinstance(texts, Texts) else [texts[row] for row in rows.tolist()]
