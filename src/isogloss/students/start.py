"""A start in closed form: one linear map brings a student's vectors to the teacher's.

A body that has read many languages has a space of its own, and small steps of training take hours
to turn it into the teacher's. The best linear map between the two is solved from a few thousand
pairs in seconds. It becomes the student's projection, and training goes on from there.

Source: Mikolov, Le & Sutskever 2013, "Exploiting Similarities among Languages for Machine
Translation" (a linear map between spaces, by least squares).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from torch import nn

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.modules import with_modules
from isogloss.metrics.health import fvu
from isogloss.protocols import FloatArray
from isogloss.students.linear_modules import dense, is_linear, map_of
from isogloss.students.settings import Start
from isogloss.vectors.linear_maps import LinearMap, Moments
from isogloss.vectors.neighbors import nearest
from isogloss.vectors.similarity import normalize

logger = logging.getLogger(__name__)

PENALTIES = (1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0)
"""Of ridge, in mean variances; the best on held-out pairs is taken."""

START_PAIRS = 10_000
"""Pairs that a map is solved from, at most. With 15,000 the held-out FVU is 0.01 lower (e5-small,
Japanese)."""

POOLINGS = ("cls", "mean")
"""What a map may read together: the first token's vector says what their mean does not. Held-out
FVU of e5-small towards all-MiniLM-L6-v2 in Japanese, 10,000 pairs: 0.73 of the mean, 0.69 of both.
In the order in which Sentence Transformers of all versions joins them."""

DRAWS = 2
"""Bootstrap draws: no interval is looked at."""


@dataclass(frozen=True, eq=False)
class StartPairs:
    """The pairs that a start is solved from and judged on.

    Attributes:
        train: pairs of all languages.
        dev: held-out pairs by target language.
        teacher: source sentences to the teacher's vectors, `(n, dim)`.
    """

    train: Sequence[ParallelSentences]
    dev: Mapping[str, ParallelSentences]
    teacher: Callable[[Sequence[str]], FloatArray]

    def sample(self, train: int, dev: int) -> "StartPairs":
        """A limited number of them, to try what they would give."""
        held_out = spread(list(self.dev.values()), dev)
        return StartPairs(
            spread(self.train, train), dict(zip(self.dev, held_out, strict=True)), self.teacher
        )


def spread(parts: Sequence[ParallelSentences], most: int) -> list[ParallelSentences]:
    """Take a limited number of pairs, evenly spread over the parts, at least one of each."""
    total = max(1, sum(map(len, parts)))
    found = []
    for part in parts:
        wanted = max(1, most * len(part) // total)
        step = max(1, len(part) // wanted)
        found.append(part.take(range(0, len(part), step)[:wanted]))
    return found


@dataclass(frozen=True)
class StartReport:
    """How a student starts.

    Attributes:
        method: "ridge", "procrustes", or "none" where no map was better than the student as it is.
        penalty: of ridge, in mean variances of the student's vectors; None for others.
        pairs: that the map was solved from.
        fvu: on held-out pairs with the map, mean over the source and the target languages.
        fvu_before: the same without it.
        accuracy: target language to the share of held-out translations that find their source.
        accuracy_before: the same without the map.
        width: of the encoder's own vectors.
        pooling: how tokens become the features that are mapped, "cls+mean" for both; None where
            the student does not pool tokens.
    """

    method: str
    penalty: float | None
    pairs: int
    fvu: float | None
    fvu_before: float | None
    accuracy: dict[str, float]
    accuracy_before: dict[str, float]
    width: int
    pooling: str | None = None


class Started(NamedTuple):
    """A student with its start.

    Attributes:
        model: the student with its projection.
        report: how it starts.
        rotation: the best rotation, in place of a fitted projection of unit vectors; else None.
    """

    model: SentenceTransformer
    report: StartReport
    rotation: LinearMap | None = None


class _Candidate(NamedTuple):
    """A map of the student's features, and how it was found.

    A map of the student's own pooling reads no other columns, and needs no other pooling.
    """

    method: str
    penalty: float | None
    map: LinearMap
    pooled: bool = False


def start_near_teacher(
    model: SentenceTransformer, pairs: StartPairs, method: Start, *, poolings: bool = False
) -> Started:
    """Put the linear map that fits best behind the student's pooling.

    Linear projections that the student ends with are replaced, and a normalization stays behind
    the map.

    Args:
        model: the student, as wide as the teacher; its modules become those of the result.
        pairs: to solve and to judge it.
        method: "ridge" and "procrustes" are taken as they are; "auto" is the better of both, or no
            map, by the FVU on held-out pairs.
        poolings: a student that pools by "mean" or "cls" may get both, one behind the other, where
            a map of them is better.
    """
    body: list[Any] = list(model)
    ends: list[nn.Module] = [body.pop()] if isinstance(body[-1], Normalize) else []
    present = LinearMap.identity(int(model.get_embedding_dimension() or 0))
    while is_linear(body[-1]):
        present = present.after(map_of(body.pop()))
    wide, columns = _both_pooled(body) if poolings else (body, slice(None))
    encoder = SentenceEncoder(with_modules(model, wide), name="student")
    present = present.reading(columns, encoder.dim)
    moments, n = _moments(encoder, pairs, len(present.bias))
    dev = {
        name: _DevEmbeddings.of(encoder, part, pairs.teacher) for name, part in pairs.dev.items()
    }
    as_it_is = _Candidate("none", None, present)
    candidates = _candidates(moments, method, columns)
    chosen = _best([*candidates, as_it_is] if method == "auto" else candidates, dev, bool(ends))
    kept = wide if chosen.pooled else body
    figure, accuracy = _judge(chosen, dev, bool(ends))
    fvu_before, accuracy_before = _judge(as_it_is, dev, bool(ends))
    _warn_if_far(figure)
    report = StartReport(
        method=chosen.method,
        penalty=chosen.penalty,
        pairs=n,
        fvu=figure,
        fvu_before=fvu_before,
        accuracy=accuracy,
        accuracy_before=accuracy_before,
        width=moments.of(columns).dim_in,
        pooling=_pooling_of(kept),
    )
    if chosen.method == "none":
        return Started(model, report)
    weight = chosen.map.weight if chosen.pooled else chosen.map.weight[:, columns]
    modules = [*kept, dense(LinearMap(weight, chosen.map.bias)), *ends]
    read = moments if chosen.pooled else moments.of(columns)
    rotation = read.procrustes() if ends and chosen.method == "ridge" else None
    return Started(with_modules(model, modules), report, rotation)


def _both_pooled(body: list[Any]) -> tuple[list[Any], slice]:
    """The body with both poolings, and the columns of its own; the body itself where it has none
    of them."""
    own = body[-1]
    if not isinstance(own, Pooling) or own.pooling_mode not in POOLINGS:
        return body, slice(None)
    width, at = own.embedding_dimension, POOLINGS.index(own.pooling_mode)
    both = Pooling(width, POOLINGS, include_prompt=own.include_prompt)
    return [*body[:-1], both], slice(at * width, (at + 1) * width)


def _pooling_of(body: list[Any]) -> str | None:
    modes = body[-1].pooling_mode if isinstance(body[-1], Pooling) else None
    return "+".join(modes) if isinstance(modes, tuple) else modes


def _moments(encoder: SentenceEncoder, pairs: StartPairs, dim: int) -> tuple[Moments, int]:
    """Moments of the student's features with the teacher's vectors, and of how many pairs."""
    sample = spread(pairs.train, START_PAIRS)
    moments = Moments(encoder.dim, dim)
    for part in sample:
        wanted = pairs.teacher(part.source)
        for side in (part.source, part.target):
            moments.add(encoder.encode(side), wanted)
    return moments, sum(map(len, sample))


def _warn_if_far(figure: float | None) -> None:
    if figure is not None and figure >= 1.0:
        logger.warning(
            "the student starts no nearer to the teacher than a constant would be (held-out FVU "
            "%.2f); expected below 1: check that the pairs are translations, that they are more "
            "than a few hundred, and that the encoder reads their languages",
            figure,
        )


@dataclass(frozen=True, eq=False)
class _DevEmbeddings:
    """Held-out pairs of one language, as the student has them before any map."""

    source: FloatArray
    target: FloatArray
    teacher: FloatArray

    @classmethod
    def of(
        cls,
        encoder: SentenceEncoder,
        part: ParallelSentences,
        teacher: Callable[[Sequence[str]], FloatArray],
    ) -> "_DevEmbeddings":
        return cls(encoder.encode(part.source), encoder.encode(part.target), teacher(part.source))

    def accuracy(self, mapped: LinearMap) -> float:
        """Share of target sentences whose nearest source sentence is their own."""
        hits = nearest(mapped(self.target), mapped(self.source)).indices[:, 0]
        return float((hits == np.arange(len(hits))).mean())


def _best(
    candidates: Sequence[_Candidate], dev: Mapping[str, _DevEmbeddings], unit: bool
) -> _Candidate:
    """The one of the lowest FVU; the first, where none has a value."""

    def figure(one: _Candidate) -> float:
        value = _mean_fvu(dev, one.map, unit=unit)
        return np.inf if value is None else value

    return min(candidates, key=figure)


def _judge(
    one: _Candidate, dev: Mapping[str, _DevEmbeddings], unit: bool
) -> tuple[float | None, dict[str, float]]:
    """FVU, and by language the share of translations that find their source."""
    accuracy = {name: part.accuracy(one.map) for name, part in dev.items()}
    return _mean_fvu(dev, one.map, unit=unit), accuracy


def _mean_fvu(dev: Mapping[str, _DevEmbeddings], mapped: LinearMap, *, unit: bool) -> float | None:
    """FVU of the source and of each target language, averaged; None where none has a value."""
    parts = dev.values()
    teacher = np.concatenate([part.teacher for part in parts])
    sides = [(np.concatenate([part.source for part in parts]), teacher)]
    sides += [(part.target, part.teacher) for part in parts]
    values = []
    for student, wanted in sides:
        reached = normalize(mapped(student)) if unit else mapped(student)
        values.append(fvu(reached, wanted, draws=DRAWS).value)
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def _candidates(moments: Moments, method: Start, columns: slice) -> list[_Candidate]:
    """The maps that come into question: of the student's own pooling, and of both."""
    own, found = moments.of(columns), []

    def add(name: str, penalty: float | None, mapped: LinearMap) -> None:
        found.append(_Candidate(name, penalty, mapped.reading(columns, moments.dim_in)))

    if method in ("auto", "ridge"):
        for share in PENALTIES:
            add("ridge", share, own.ridge(share))
        if own.dim_in < moments.dim_in:
            found += [_Candidate("ridge", s, moments.ridge(s), pooled=True) for s in PENALTIES]
    if method in ("auto", "procrustes"):
        add("procrustes", None, own.procrustes())
    return found
