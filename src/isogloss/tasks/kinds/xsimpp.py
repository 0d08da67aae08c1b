"""xSIM++: does a sentence find its English translation among sentences that nearly say the same?"""

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from isogloss.metrics.bitext import accuracy, xsim_error
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import BITEXT_MINING, Encoder, LongArray, Role, read_for
from isogloss.tasks.kinds.hard_negatives import KINDS, HardNegative, hard_negatives
from isogloss.tasks.readers.bitext import BitextData
from isogloss.tasks.task import DEFAULTS, Settings, Task
from isogloss.vectors.distinct import distinct_texts
from isogloss.vectors.margin import neighbor_margins
from isogloss.vectors.neighbors import nearest_both

METRICS = ("xsimpp_error", *(f"xsimpp_error_{kind}" for kind in KINDS))
"""The order in which xSIM++ scores come."""


@dataclass(frozen=True, eq=False)
class XsimppTask(Task):
    """Translations into English, with hard negatives on the English side."""

    data: BitextData
    use: Role = BITEXT_MINING
    kind: ClassVar[str] = "xsimpp"

    @functools.cached_property
    def negatives(self) -> list[HardNegative]:
        """The changed English sentences; `row` counts the distinct ones."""
        return hard_negatives(distinct_texts(self.data.target).texts)

    def texts(self) -> list[str]:
        """Both sides, and the changed sentences."""
        return [*self.data.source, *self.data.target, *(one.text for one in self.negatives)]

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Search every source sentence's best match by margin among true and changed sentences.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: `margin_k`; the margin is a ratio.

        Returns:
            `xsimpp_error`: share of source sentences whose best match is not their translation ·
            `xsimpp_error_number`, `_negation`, `_entity`: share of all source sentences whose best
            match is a sentence with such a change. Lower is better; what is left of the first
            after the others is confusion with other true sentences. No value with fewer than 2
            distinct sentences on a side, nor for a kind of change that no sentence allows.

        Raises:
            InputError: if embeddings hold NaN.
        """
        sheet = self.sheet(model, settings)
        n, k = len(self.data), settings.margin_k
        matches = self._matches(read_for(model, self.use), k)
        if matches is None:
            few = Estimate(None, reason="fewer than 2 distinct sentences on a side to search")
            return [sheet.exact(metric, few, n=n) for metric in METRICS]
        found = np.array([match == gold for match, gold in zip(*matches, strict=True)])
        how = {"margin": "ratio", "k": k, "negatives": len(self.negatives)}
        scores = [
            sheet.exact(
                "xsimpp_error",
                xsim_error(found),
                n=n,
                items=ItemValues(~found),
                interval="wilson",
                **how,
            )
        ]
        for kind in KINDS:
            changed = {one.text for one in self.negatives if one.kind == kind}
            wrong = np.array([match in changed for match in matches[0]])
            metric = f"xsimpp_error_{kind}"
            if not changed:
                none = Estimate(None, reason=f"no sentence allows a change of kind {kind}")
                scores.append(sheet.exact(metric, none, n=n, items=None, **how))
                continue
            how["negatives"] = len(changed)
            scores.append(
                sheet.exact(
                    metric,
                    accuracy(wrong[:, None]),
                    n=n,
                    items=ItemValues(wrong),
                    interval="wilson",
                    **how,
                )
            )
        return scores

    def _matches(self, model: Encoder, k: int) -> tuple[list[str], list[str]] | None:
        """Best match and translation of every row; `None` where there is nothing to search."""
        source, target = distinct_texts(self.data.source), distinct_texts(self.data.target)
        if min(len(source.texts), len(target.texts)) < 2:
            return None
        pool = target.texts + [one.text for one in self.negatives]
        both = nearest_both(model.encode(source.texts), model.encode(pool), k=k)
        best: LongArray = neighbor_margins(both).argmax(axis=1)
        rows = both.forward.indices[np.arange(len(best)), best]
        return [pool[rows[one]] for one in source.row_to_text], list(self.data.target)
