"""Draw some of the pairs for a run that ends by the clock, where it would not come to all of them.

What is never read need be neither tokenized nor embedded: of ten million pairs a teacher has work
for hours, of which 15 minutes of training on a CPU read a few hundred thousand. New tokens are
learned from all pairs.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from isogloss.data.draw import draw_by_source
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.recipes.distill.examples import without_tokens
from isogloss.recipes.distill.pairs import RunPairs
from isogloss.recipes.distill.student import StudentSource
from isogloss.spooled import Joined
from isogloss.students.estimate import measured_rate
from isogloss.students.kinds import Draft, Measured
from isogloss.training.distill.batches import BatchPlan, plan_batches
from isogloss.training.distill.settings import ResolvedSettings

logger = logging.getLogger(__name__)

FEW = 5_000
"""Pairs that are not worth a look at how fast the machine is, and that are drawn in any case."""


def ends_by_clock(pairs: RunPairs, settings: ResolvedSettings, teacher: SentenceEncoder) -> bool:
    """Whether training may end before it has come to all pairs, and these are many.

    Not where a number of epochs is given; and on a GPU a teacher embeds all pairs in minutes.
    """
    on_cpu = teacher.model.device.type == "cpu"
    return settings.by_clock and on_cpu and sum(map(len, pairs.whole)) >= FEW


def draw_for_minutes(
    pairs: RunPairs,
    settings: ResolvedSettings,
    source: StudentSource,
    teacher: SentenceEncoder,
    draft: Draft,
    processes: int = 1,
) -> RunPairs:
    """Draw the pairs that a run may come to, by how fast models are here and now.

    Args:
        pairs: of the run.
        settings: its minutes, and the shares of source sentences, languages and corpora.
        source: what the student is made from.
        teacher: whose rate is measured.
        draft: from `Student.check`.
        processes: that train.

    Returns:
        The same pairs, with some of them as `drawn` where training will not come to all.
    """
    if not ends_by_clock(pairs, settings, teacher):
        return pairs
    rate = measured_rate(teacher, Joined(part.source for part in pairs.whole))
    measured = Measured(pairs.evidence, teacher.precision, rate, teacher.dim, source.tokens)
    student = source.student.estimate(draft, measured)
    of_all = processes * student.training_rate
    return draw_for_rate(pairs, settings, of_all, source.student.start_pairs)


def draw_for_rate(
    pairs: RunPairs, settings: ResolvedSettings, rate: float, least: int = 0
) -> RunPairs:
    """The same, by the sentences of both sides that training reads in a second; `least` pairs.

    A transplant's rate from few sentences is rather too low, so that what it lets draw is read once
    to twice. That teaches as much as twice as many pairs, each read once at most, for half of the
    teacher's time (half as many teach less: dev/LOG.md).
    """
    examples = without_tokens(pairs)
    plan = plan_batches(examples, pairs.source, settings)
    sentences = sum(plan.quotas.values())
    epochs = rate * 60.0 * (settings.minutes or 0.0) / sentences
    if settings.patience is not None:
        epochs *= len(examples.corpora)  # languages that pause leave their time to the others
    epochs = max(epochs, max(FEW, least) / (sentences - plan.quotas.get(pairs.source, 0)))
    shares = {
        (start, end): epochs * plan.quotas[name] / (end - start) * _unevenness(plan, start, end)
        for name, (start, end) in plan.streams.items()
        if name != pairs.source
    }
    if min(shares.values()) >= 1.0:
        return pairs
    corpora = {name: iter(parts) for name, parts in examples.corpora.items()}
    drawn = []
    for part in pairs.whole:
        own = next(corpora[part.target_language])
        share = next(s for (start, end), s in shares.items() if start <= own.start < end)
        drawn.append(draw_by_source(part, max(1, math.ceil(share * len(part)))))
    kept, whole = sum(map(len, drawn)), sum(map(len, pairs.whole))
    if kept == whole:
        return pairs
    logger.warning(
        "%d of %d pairs are embedded and trained on: training should not come to more in its "
        "minutes; to train on all, set training.epochs instead",
        kept,
        whole,
    )
    return replace(pairs, drawn=drawn)


def with_drawn(rows: Sequence[Mapping[str, Any]], pairs: RunPairs) -> list[dict[str, Any]]:
    """The accounts of the places, with how many pairs of each are drawn, if some are left out.

    Args:
        rows: `where` of each place, and more.
        pairs: of the run.
    """
    if pairs.drawn is None:
        return [dict(row) for row in rows]
    sizes = dict(zip(pairs.corpora, map(len, pairs.drawn), strict=True))
    return [{**row, "drawn": sizes.get(row["where"], 0)} for row in rows]


def _unevenness(plan: BatchPlan, start: int, end: int) -> float:
    """How many times as often as others the pairs of most weight are drawn; 1 without weights."""
    if plan.weights is None:
        return 1.0
    weights = plan.weights[start:end]
    return float(weights.max() / weights.mean(dtype=np.float64))
