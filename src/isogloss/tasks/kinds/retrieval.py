"""Retrieval: does a query find the documents that answer it, in another language too?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from isogloss.metrics.intervals import mean_estimate
from isogloss.metrics.items import ItemValues
from isogloss.metrics.retrieval import mrr_values, ndcg_values, recall_values
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import DOCUMENT, QUERY, Encoder, Float64Array, Role, prompt_of, read_for
from isogloss.tasks.readers.retrieval import RetrievalData
from isogloss.tasks.task import DEFAULTS, Settings, Task
from isogloss.vectors.neighbors import nearest

DEPTH = 100
"""Documents retrieved per query."""

METRICS = ("ndcg_at_10", "mrr_at_10", "recall_at_10", "recall_at_100")
"""The order in which retrieval scores come."""


@dataclass(frozen=True, eq=False)
class RetrievalTask(Task):
    """A retrieval set as a task; `languages` are those of the queries and of the documents."""

    data: RetrievalData
    kind: ClassVar[str] = "retrieval"

    def texts(self) -> list[str]:
        """Documents and queries."""
        return [*self.data.corpus.values(), *self.data.queries.values()]

    def reads(self) -> list[tuple[Role, list[str]]]:
        """Documents and queries, which a model may read with prompts of their own."""
        data = self.data
        return [(DOCUMENT, [*data.corpus.values()]), (QUERY, [*data.queries.values()])]

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Rank all documents by cosine for every query; equal cosines by place in the corpus.

        A document with the query's id is left out of that query's ranking, as BEIR does and mteb
        where queries are documents; see `own_documents`.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap settings; queries are resampled.

        Returns:
            `ndcg_at_10`, `mrr_at_10`, `recall_at_10`, `recall_at_100`: means over queries, higher
            is better; no recall where no more documents are ranked than are retrieved.

        Raises:
            InputError: if embeddings hold NaN.
        """
        data = self.data
        own = own_documents(data)
        n, pool = len(data.queries), len(data.corpus)
        identical = "ignored" if own else ""
        queries, documents = read_for(model, QUERY), read_for(model, DOCUMENT)
        sheet = self.sheet(
            model,
            settings,
            query_prompt=prompt_of(queries),
            document_prompt=prompt_of(documents),
        )
        scores = []
        for metric, values in _values(queries, documents, data, own).items():
            depth = int(metric.rpartition("_")[-1])
            ranked = pool - bool(own)
            if metric.startswith("recall") and ranked <= depth:
                reason = f"{ranked} documents; recall at {depth} needs more than {depth}"
                nothing = Estimate(None, reason=reason)
                scores.append(sheet.bootstrapped(metric, nothing, n=n, identical_ids=identical))
                continue
            estimate = mean_estimate(values, **settings.boot)
            items = ItemValues(values)
            scores.append(
                sheet.bootstrapped(
                    metric, estimate, n=n, items=items, pool=pool, identical_ids=identical
                )
            )
        return scores


def own_documents(data: RetrievalData) -> frozenset[str]:
    """Queries that are documents too: ids that stand on both sides.

    Where queries and documents are merely both counted from 1, a query's answer may have its number
    by chance or by habit: a document that is judged relevant and reads otherwise is no query's own.

    Args:
        data: the set.

    Source: `ignore_identical_ids` of BEIR's `EvaluateRetrieval.evaluate` and of mteb's retrieval
        tasks. Judgments of such documents count as they stand, there and here.
    """
    return frozenset(
        one
        for one, text in data.queries.items()
        if one in data.corpus and (data.judgments[one].get(one, 0) <= 0 or data.corpus[one] == text)
    )


def _values(
    queries: Encoder, documents: Encoder, data: RetrievalData, own: frozenset[str]
) -> dict[str, Float64Array]:
    """Every metric's value of every query."""
    ids = list(data.corpus)
    asked = queries.encode(list(data.queries.values()))
    found = nearest(asked, documents.encode(list(data.corpus.values())), k=DEPTH + 1).indices
    judged = [data.judgments[query] for query in data.queries]
    gains = np.zeros((len(judged), DEPTH))
    for row, (query, places) in enumerate(zip(data.queries, found.tolist(), strict=True)):
        skipped = query if query in own else None
        ranked = [ids[place] for place in places if ids[place] != skipped][:DEPTH]
        gains[row, : len(ranked)] = [judged[row].get(one, 0.0) for one in ranked]
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
