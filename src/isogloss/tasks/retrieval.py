"""Retrieval: does a query find the documents that answer it, in another language too?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from isogloss.metrics.intervals import Float64Array, mean_estimate
from isogloss.metrics.items import ItemValues
from isogloss.metrics.retrieval import mrr_values, ndcg_values, recall_values
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import Encoder
from isogloss.tasks.retrieval_files import RetrievalData
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings
from isogloss.vectors.neighbors import nearest

DEPTH = 100
"""Documents retrieved per query."""

METRICS = ("ndcg_at_10", "mrr_at_10", "recall_at_10", "recall_at_100")
"""The order in which retrieval scores come."""


@dataclass(frozen=True)
class RetrievalTask:
    """A retrieval set as a task.

    Args:
        languages: language of the queries and of the documents, such as `en-de`.
        data: the set.
        name: name of the data, for people.
    """

    languages: str
    data: RetrievalData
    name: str = ""
    kind: ClassVar[str] = "retrieval"

    def fingerprint(self) -> str:
        """Hash of its data."""
        return self.data.fingerprint()

    def texts(self) -> list[str]:
        """Documents and queries."""
        return [*self.data.corpus.values(), *self.data.queries.values()]

    def teacher_texts(self) -> list[str]:
        """None: retrieval needs no teacher."""
        return []

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Rank all documents by cosine for every query; equal cosines by place in the corpus.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap settings; queries are resampled.

        Returns:
            `ndcg_at_10`, `mrr_at_10`, `recall_at_10`, `recall_at_100`: means over queries, higher
            is better; no recall where the corpus has no more documents than are retrieved.

        Raises:
            InputError: if embeddings hold NaN.
        """
        data = self.data
        sheet = ScoreSheet(
            "retrieval",
            self.languages,
            self.name,
            data.fingerprint(),
            model.fingerprint,
            settings,
            data.dropped,
        )
        n, pool = len(data.queries), len(data.corpus)
        scores = []
        for metric, values in _values(model, data).items():
            depth = int(metric.rpartition("_")[-1])
            if metric.startswith("recall") and pool <= depth:
                reason = f"{pool} documents; recall at {depth} needs more than {depth}"
                scores.append(sheet.bootstrapped(metric, Estimate(None, reason=reason), n=n))
                continue
            estimate = mean_estimate(values, draws=settings.draws, seed=settings.seed)
            scores.append(
                sheet.bootstrapped(metric, estimate, n=n, items=ItemValues(values), pool=pool)
            )
        return scores


def _values(model: Encoder, data: RetrievalData) -> dict[str, Float64Array]:
    """Every metric's value of every query."""
    documents = list(data.corpus)
    queries = model.encode(list(data.queries.values()))
    found = nearest(queries, model.encode(list(data.corpus.values())), k=DEPTH).indices
    judged = [data.judgments[query] for query in data.queries]
    gains = np.array(
        [
            [row.get(documents[place], 0.0) for place in places]
            for row, places in zip(judged, found.tolist(), strict=True)
        ]
    )
    gains = np.maximum(gains, 0.0)  # a grade below 0 is a judgment of irrelevance
    grades = [[grade for grade in row.values() if grade > 0] for row in judged]
    counts = [len(row) for row in grades]
    values = (
        ndcg_values(gains, grades, k=10),
        mrr_values(gains, k=10),
        recall_values(gains, counts, k=10),
        recall_values(gains, counts, k=100),
    )
    return dict(zip(METRICS, values, strict=True))
