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
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Normalize
from torch import nn

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.metrics.health import fvu
from isogloss.protocols import FloatArray
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

DRAWS = 2
"""Bootstrap draws: no interval is looked at."""


@dataclass(frozen=True, eq=False)
class StartPairs:
    """What a start is solved from, and judged on.

    Attributes:
        train: pairs of all languages.
        dev: held-out pairs by target language.
        teacher: source sentences to the teacher's vectors, `(n, dim)`.
    """

    train: Sequence[ParallelSentences]
    dev: Mapping[str, ParallelSentences]
    teacher: Callable[[Sequence[str]], FloatArray]

    def sample(self, train: int, dev: int) -> "StartPairs":
        """At most so many of them, for a look at what they would give."""
        held_out = spread(list(self.dev.values()), dev)
        return StartPairs(
            spread(self.train, train), dict(zip(self.dev, held_out, strict=True)), self.teacher
        )


def spread(parts: Sequence[ParallelSentences], most: int) -> list[ParallelSentences]:
    """At most so many pairs in all: of each part its share, evenly spread, and at least one."""
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
    """

    method: str
    penalty: float | None
    pairs: int
    fvu: float | None
    fvu_before: float | None
    accuracy: dict[str, float]


class _Candidate(NamedTuple):
    """A map, and how it was found."""

    method: str
    penalty: float | None
    map: LinearMap


def start_near_teacher(
    model: SentenceTransformer, pairs: StartPairs, method: Start
) -> tuple[SentenceTransformer, StartReport]:
    """Put the linear map that fits best behind the student's pooling.

    Linear projections that the student ends with are replaced, and a normalization stays behind
    the map.

    Args:
        model: the student, as wide as the teacher; its modules become those of the result.
        pairs: to solve and to judge it.
        method: "ridge" and "procrustes" are taken as they are; "auto" is the better of both, or no
            map, by the FVU on held-out pairs.

    Returns:
        The student with its projection, and how it starts.
    """
    body: list[Any] = list(model)
    ends: list[nn.Module] = [body.pop()] if isinstance(body[-1], Normalize) else []
    present = LinearMap.identity(int(model.get_embedding_dimension() or 0))
    while _is_linear(body[-1]):
        present = present.after(_map_of(body.pop()))
    encoder = SentenceEncoder(
        SentenceTransformer(modules=body, device=str(model.device)), fingerprint="", name="student"
    )
    sample = spread(pairs.train, START_PAIRS)
    moments = Moments(encoder.dim, len(present.bias))
    for part in sample:
        wanted = pairs.teacher(part.source)
        for side in (part.source, part.target):
            moments.add(encoder.encode(side), wanted)
    dev = [_DevEmbeddings.of(encoder, part, pairs.teacher) for part in pairs.dev.values()]
    candidates = _candidates(moments, method)
    figures = [_mean_fvu(dev, one.map, unit=bool(ends)) for one in candidates]
    before = _mean_fvu(dev, present, unit=bool(ends))
    if method == "auto":
        candidates.append(_Candidate("none", None, present))
        figures.append(before)
    best = min(range(len(figures)), key=lambda number: _worst_if_none(figures[number]))
    chosen = candidates[best]
    if (figure := figures[best]) is not None and figure >= 1.0:
        logger.warning(
            "the student starts no nearer to the teacher than a constant would be (held-out FVU "
            "%.2f); expected below 1: check that the pairs are translations, and that the encoder "
            "reads their languages",
            figure,
        )
    report = StartReport(
        method=chosen.method,
        penalty=chosen.penalty,
        pairs=sum(map(len, sample)),
        fvu=figures[best],
        fvu_before=before,
        accuracy={
            language: part.accuracy(chosen.map)
            for language, part in zip(pairs.dev, dev, strict=True)
        },
    )
    if chosen.method == "none":
        return model, report
    modules = [*body, _dense(chosen.map), *ends]
    similarity = model.similarity_fn_name
    return SentenceTransformer(modules=modules, device="cpu", similarity_fn_name=similarity), report


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


def _mean_fvu(dev: Sequence[_DevEmbeddings], mapped: LinearMap, *, unit: bool) -> float | None:
    """FVU of the source and of each target language, averaged; None where none has a value."""
    teacher = np.concatenate([part.teacher for part in dev])
    sides = [(np.concatenate([part.source for part in dev]), teacher)]
    sides += [(part.target, part.teacher) for part in dev]
    values = []
    for student, wanted in sides:
        reached = normalize(mapped(student)) if unit else mapped(student)
        values.append(fvu(reached, wanted, draws=DRAWS).value)
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def _worst_if_none(value: float | None) -> float:
    return np.inf if value is None else value


def _candidates(moments: Moments, method: Start) -> list[_Candidate]:
    """The maps that come into question."""
    found = []
    if method in ("auto", "ridge"):
        found += [_Candidate("ridge", share, moments.ridge(share)) for share in PENALTIES]
    if method in ("auto", "procrustes"):
        found.append(_Candidate("procrustes", None, moments.procrustes()))
    return found


def _is_linear(module: nn.Module) -> bool:
    """Whether a module is a linear map of the sentence's vector and nothing else."""
    return (
        isinstance(module, Dense)
        and isinstance(module.activation_function, nn.Identity)
        and not module.use_residual
        and module.module_input_name == module.module_output_name == "sentence_embedding"
    )


def _map_of(module: Dense) -> LinearMap:
    weight = module.linear.weight.detach().double().numpy()
    bias = module.linear.bias
    zero = np.zeros(len(weight))
    return LinearMap(weight, zero if bias is None else bias.detach().double().numpy())


def _dense(mapped: LinearMap) -> Dense:
    """A map as a module of the model."""
    wide, narrow = mapped.weight.shape[::-1]
    return Dense(
        wide,
        narrow,
        activation_function=nn.Identity(),
        init_weight=torch.from_numpy(mapped.weight).float(),
        init_bias=torch.from_numpy(mapped.bias).float(),
    )
