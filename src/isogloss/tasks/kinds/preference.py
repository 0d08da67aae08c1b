"""Same-language preference: in a pool of two languages, does a model look at meaning first?"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from isogloss.metrics.bias import preferred
from isogloss.metrics.intervals import mean_estimate
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import (
    BITEXT_MINING,
    Encoder,
    Float64Array,
    FloatArray,
    Role,
    read_for,
)
from isogloss.tasks.readers.bitext import BitextData
from isogloss.tasks.task import DEFAULTS, Settings, Task
from isogloss.vectors.distinct import distinct_texts
from isogloss.vectors.neighbors import nearest

METRIC = "same_language_preference"


@dataclass(frozen=True, eq=False)
class PreferenceTask(Task):
    """Translations as a merged pool of two languages."""

    data: BitextData
    use: Role = BITEXT_MINING
    kind: ClassVar[str] = "preference"

    def texts(self) -> list[str]:
        """Both sides."""
        return [*self.data.source, *self.data.target]

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """How often a sentence's nearest neighbor is in its own language.

        Every sentence of both sides queries the pool of all others without its own translation, so
        both languages offer equally many candidates with the same meanings. Pairs whose sentence
        stood before on either side are left out, since an equal text would always be nearest.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap settings; pairs are resampled.

        Returns:
            `same_language_preference`: a share in [0, 1]; 0.5 is none, 1 always its own language.
            No value with fewer than 3 distinct pairs.

        Raises:
            InputError: if embeddings hold NaN.
        """
        rows = _distinct_pairs(self.data)
        repeated = len(self.data) - len(rows)
        dropped = dict(self.data.dropped) | ({"repeated sentence": repeated} if repeated else {})
        sheet = replace(self.sheet(model, settings), dropped=dropped)
        if len(rows) < 3:
            few = Estimate(
                None, reason=f"{len(rows)} distinct pairs; a preference needs at least 3"
            )
            return [sheet.bootstrapped(METRIC, few, n=len(rows))]
        model = read_for(model, self.use)
        source = model.encode([self.data.source[row] for row in rows])
        target = model.encode([self.data.target[row] for row in rows])
        within = [_best_other(side, side) for side in (source, target)]
        across = [_best_other(source, target), _best_other(target, source)]
        sides = [preferred(*both) for both in zip(within, across, strict=True)]
        of_pairs = np.mean(sides, axis=0)  # both queries of a pair are drawn together
        estimate = mean_estimate(of_pairs, **settings.boot)
        return [sheet.bootstrapped(METRIC, estimate, n=len(rows), items=ItemValues(of_pairs))]


def _distinct_pairs(data: BitextData) -> list[int]:
    """Rows whose two sentences both stand there for the first time, on either side."""
    n = len(data)
    found = distinct_texts([*data.source, *data.target])
    first = set(found.first.tolist())
    return [row for row in range(n) if row in first and row + n in first]


def _best_other(queries: FloatArray, pool: FloatArray) -> Float64Array:
    """The best cosine of each query to a row of the pool that is not its own."""
    found = nearest(queries, pool, k=2)
    own = found.indices[:, 0] == np.arange(len(queries))
    return np.where(own, found.scores[:, 1], found.scores[:, 0]).astype(np.float64)
