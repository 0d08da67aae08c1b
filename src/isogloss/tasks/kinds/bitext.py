"""Parallel accuracy (Tatoeba) and xSIM: does a sentence find its translation?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from isogloss.metrics.bitext import (
    accuracy,
    mean_accuracy,
    weighted_f1,
    xsim_error,
)
from isogloss.metrics.intervals import mean_estimate
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import (
    BITEXT_MINING,
    BoolArray,
    Encoder,
    Role,
    read_for,
)
from isogloss.tasks.kinds.bitext_search import TOP, Found, search_translations
from isogloss.tasks.readers.bitext import BitextData
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings, Task, check_rows
from isogloss.vectors.distinct import distinct_texts


@dataclass(frozen=True, eq=False)
class BitextTask(Task):
    """Translations as a task; `languages` are source and target."""

    data: BitextData
    use: Role = BITEXT_MINING
    kind: ClassVar[str] = "bitext"

    def texts(self) -> list[str]:
        """Both sides."""
        return [*self.data.source, *self.data.target]

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Search every sentence's translation among all sentences of the other side.

        Equal texts on one side are searched once, and a hit on a text equal to the translation is
        right. xSIM judges a source sentence's k nearest targets by margin ratio, as LASER does.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap and neighborhoods.

        Returns:
            The `METRICS`: accuracies (by cosine, or as `settings.nearest_by` says; higher is
            better), among the first 5 and 10 too; `xsim_error` (lower is better);
            `mteb_tatoeba_f1`, as mteb computes it: 1-NN source→target by cosine, the weighted F1 of
            the rows found (its interval holds the counts of the predictions fixed). No value if a
            side has fewer than 2 distinct sentences; none among the first k of no more than k.

        Raises:
            InputError: if the numbers of rows or the widths do not fit, or embeddings hold NaN.
        """
        data, sheet = self.data, self.sheet(model, settings)
        model = read_for(model, self.use)
        source_rows, target_rows = model.encode(data.source), model.encode(data.target)
        check_rows(len(data), source=source_rows, target=target_rows)
        source, target = distinct_texts(data.source), distinct_texts(data.target)
        pools = (len(target.texts), len(source.texts))
        if min(pools) < 2:
            return _undefined(sheet, len(data), min(pools))
        found = search_translations(source_rows, target_rows, source, target, settings)
        return _scores(sheet, found, pools)


DIRECTIONS = ("source_to_target", "target_to_source")
METRICS = (
    *(f"accuracy_{side}" for side in DIRECTIONS),
    "accuracy_mean",
    *(f"accuracy_at_{k}_{side}" for k in TOP for side in DIRECTIONS),
    "xsim_error",
    "mteb_tatoeba_f1",
)
"""The order in which bitext scores come."""


def _accuracy(
    sheet: ScoreSheet, metric: str, hits: BoolArray, *, pool: int, k: int = 1, by: str = ""
) -> Score:
    """Accuracy among the first k; in a pool of no more than k it would always be 1."""
    if pool <= k:
        reason = f"{pool} distinct sentences to search; accuracy at {k} needs more than {k}"
        return sheet.exact(metric, Estimate(None, reason=reason), n=len(hits), by=by)
    items = ItemValues(np.asarray(hits[:, :k].any(axis=1)))
    return sheet.exact(
        metric, accuracy(hits, k=k), n=len(hits), items=items, interval="wilson", by=by
    )


def _undefined(sheet: ScoreSheet, n: int, smallest: int) -> list[Score]:
    reason = f"{smallest} distinct sentence on a side; a search needs at least 2"
    nothing = Estimate(None, reason=reason)
    return [sheet.exact(metric, nothing, n=n) for metric in METRICS]


def _scores(sheet: ScoreSheet, found: Found, pools: tuple[int, int]) -> list[Score]:
    n, settings, boot = len(found.forward), sheet.settings, sheet.settings.boot
    by = "" if settings.nearest_by == "cosine" else f"margin-ratio-k{settings.margin_k}"
    sides = list(zip(DIRECTIONS, (found.forward, found.backward), pools, strict=True))
    scores = [
        _accuracy(sheet, f"accuracy_{side}", hits, pool=pool, by=by) for side, hits, pool in sides
    ]
    mean = mean_accuracy(found.forward, found.backward, **boot)
    both = ItemValues((found.forward[:, 0].astype(np.float64) + found.backward[:, 0]) / 2)
    scores.append(sheet.bootstrapped("accuracy_mean", mean, n=n, items=both, by=by))
    scores += [
        _accuracy(sheet, f"accuracy_at_{k}_{side}", hits, pool=pool, k=k, by=by)
        for k in TOP
        for side, hits, pool in sides
    ]
    wrong, margin = ItemValues(~found.xsim[:, 0]), {"margin": "ratio", "k": settings.margin_k}
    error = xsim_error(found.xsim)
    scores.append(sheet.exact("xsim_error", error, n=n, items=wrong, interval="wilson", **margin))
    f1 = weighted_f1(np.arange(n), found.rows)
    estimate = mean_estimate(f1, **boot)
    scores.append(sheet.bootstrapped("mteb_tatoeba_f1", estimate, n=n, items=ItemValues(f1)))
    return scores
