"""The filter that knows a model: are the two sides of a pair where a translation would be?"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from isogloss.corpora.filters import Fault, Pair
from isogloss.data.languages import LanguagePair
from isogloss.data.rejects import Reason
from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import BITEXT_MINING, Encoder, Float64Array, FloatArray, LongArray, read_for
from isogloss.recipes.data.evidence import LengthEvidence
from isogloss.runs.parts import ScoredPairs
from isogloss.search.mining.calibration import LEAST
from isogloss.search.mining.given import JUDGED, NONE, Sample
from isogloss.vectors.checks import check_finite
from isogloss.vectors.margin import Margin

NAME = "agreement"
SAMPLE = 10_000
"""Pairs in whose neighborhoods all of a place are judged: a tenth of what embedding costs."""

PROBABLE = 0.5
"""A pair that is less probably a translation than this is dropped, where nothing else was said."""


@dataclass(frozen=True)
class Threshold:
    """Which pairs are dropped; without either, those that are probably no translations.

    Attributes:
        min_score: lowest score that is kept.
        keep: share of a place's pairs that is kept, the best.
    """

    min_score: float | None = None
    keep: float | None = None


@dataclass
class Agreement:
    """Scores pairs by the vectors of both sides, against their neighborhoods in the place.

    Of a pair of odd lengths a part of its score is taken, see `LengthEvidence`.

    Attributes:
        source: the model that reads the source: the student, or its teacher.
        target: the model that reads the target.
        margin: how a cosine meets its neighborhoods.
        k: neighbors on each side.
        threshold: which pairs are dropped.
        weighing: whether `weights` will be asked for.
        by_length: whether lengths count too.
        told: what scores are worth in this place, once fitted.
    """

    source: Encoder
    target: Encoder
    margin: Margin
    k: int
    threshold: Threshold
    weighing: bool = False
    by_length: bool = True
    told: ScoredPairs = field(default_factory=ScoredPairs)
    name: str = NAME

    def fit(self, languages: LanguagePair, pairs: Sequence[Pair]) -> str:
        """Draw the sample, and choose the score below which pairs are dropped.

        Raises:
            InputError: nothing tells what a score is worth, and no threshold was given.
        """
        distinct = list(dict.fromkeys(pairs))
        if not distinct:
            return "it has no pairs"
        drawn = random.Random(0).sample(distinct, min(SAMPLE, len(distinct)))
        self._numbers: tuple[dict[str, int], dict[str, int]] = ({}, {})
        rows = [
            [
                known.setdefault(text, len(known))
                for known, text in zip(self._numbers, p, strict=True)
            ]
            for p in drawn
        ]
        self._texts = one, other = tuple(list(known) for known in self._numbers)
        source, target = _embed(self.source, one), _embed(self.target, other)
        _check_widths(self.source, self.target, source, target)
        self._sample = Sample(source, target, np.array(rows, np.int64), self.margin, self.k)
        self._choose(languages)
        return ""

    def _choose(self, languages: LanguagePair) -> None:
        scores = self._sample.judged_scores().astype(np.float64)
        worth, self._lengths = self._sample.calibrate(), None
        if self.by_length and worth is not None and worth.slope > 0:
            known = self._sample.known
            lengths = LengthEvidence(self._pairs(known.true), self._pairs(known.false), worth.slope)
            worth = self._sample.calibrate(lambda rows: lengths.of(self._pairs(rows)))
            scores, self._lengths = scores + lengths.of(self._pairs(self._sample.judged)), lengths
        self._worth = worth
        least = self.threshold.min_score
        if worth is None and self.weighing:
            found = int(self._sample.true.sum())
            raise InputError(f"{self._why_unknown(languages, found)}, and leave weights out")
        if self.threshold.keep is not None:
            least = float(np.quantile(scores, 1 - self.threshold.keep))
        elif least is None and worth is None:
            raise InputError(self._why_unknown(languages, int(self._sample.true.sum())))
        elif least is None and worth is not None:
            least = worth.score_for(PROBABLE)
        assert least is not None
        self._least = least
        share = None if worth is None else float(worth.probability(scores).mean())
        self.told = ScoredPairs(threshold=least, translations=share, sampled=len(self._sample.rows))

    def _why_unknown(self, languages: LanguagePair, found: int) -> str:
        of = min(JUDGED, len(self._sample.rows))
        if of <= LEAST:
            return (
                f"{of} different pairs of {languages} are too few to tell what a score is worth; "
                "expected some hundreds: give --min-score or --keep"
            )
        return (
            f"model {self.target.name} finds the other side of {found} of {of:,} pairs of "
            f"{languages} among them all; expected at least {LEAST}, to tell what a score is "
            "worth: take a model that reads both languages, or see that the sides are "
            "translations; --min-score or --keep set a limit of your own"
        )

    def judge(self, pairs: Sequence[Pair]) -> list[Fault | None]:
        """Score the pairs; see `Threshold`."""
        scores = self.scores(pairs).tolist()
        self._judged = dict(zip(pairs, scores, strict=True))
        return [
            Fault(Reason.MISALIGNED, f"score {score:.4f}") if score < self._least else None
            for score in scores
        ]

    def weights(self, pairs: Sequence[Pair]) -> list[float]:
        """How probably pairs are translations, in (0, 1); of those that were judged last."""
        assert self._worth is not None, "fitted for it"
        return self._worth.probability([self._judged[pair] for pair in pairs]).tolist()

    def scores(self, pairs: Sequence[Pair]) -> Float64Array:
        """Scores of pairs, `(n,)`; higher is better."""
        rows = self._rows(pairs)
        one, other = ([pair[side] for pair in pairs] for side in (0, 1))
        source = _completed(self.source, one, rows[:, 0], self._sample.source)
        target = _completed(self.target, other, rows[:, 1], self._sample.target)
        scores = self._sample.scores(source, target, rows).astype(np.float64)
        return scores if self._lengths is None else scores + self._lengths.of(pairs)

    def _pairs(self, rows: LongArray) -> list[Pair]:
        """Texts of the sample by their numbers."""
        source, target = self._texts
        return [(source[one], target[other]) for one, other in rows.tolist()]

    def _rows(self, pairs: Sequence[Pair]) -> LongArray:
        """Numbers of both texts in the sample."""
        one, other = self._numbers
        return np.array([[one.get(a, NONE), other.get(b, NONE)] for a, b in pairs], np.int64)

    def remember(self, pairs: Sequence[Pair]) -> None:
        """Nothing is remembered."""


def _completed(
    model: Encoder, texts: Sequence[str], rows: LongArray, known: FloatArray
) -> FloatArray:
    """Vectors of texts: those known by their row, and the others embedded."""
    vectors = known[rows]
    new = np.flatnonzero(rows == NONE).tolist()
    distinct = {texts[at]: 0 for at in new}
    for number, text in enumerate(distinct):
        distinct[text] = number
    if distinct:
        vectors[new] = _embed(model, list(distinct))[[distinct[texts[at]] for at in new]]
    return vectors


def _embed(model: Encoder, texts: list[str]) -> FloatArray:
    vectors = read_for(model, BITEXT_MINING).encode(texts)
    if len(vectors) != len(texts):
        raise ModelShapeError(
            f"model {model.name} gave {len(vectors)} vectors for {len(texts)} texts; expected "
            "one each; look at its encode method"
        )
    check_finite(vectors, f"model {model.name}", texts)
    return np.asarray(vectors, np.float32)


def _check_widths(one: Encoder, other: Encoder, a: FloatArray, b: FloatArray) -> None:
    if a.shape[1] != b.shape[1]:
        raise ModelShapeError(
            f"model {one.name} gives vectors of {a.shape[1]} numbers and {other.name} of "
            f"{b.shape[1]}; expected the same of both: name the teacher that this student learned "
            "from, or leave --teacher out"
        )
