"""What our tasks print of a model with prompts is what mteb prints of the same folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.encoders.encoder import load_encoder
from isogloss.recipes.evaluate.mteb import score_mteb
from isogloss.recipes.evaluate.run import evaluate
from isogloss.samples import read_rows
from isogloss.tasks import BitextData, BitextTask, StsData, StsTask
from isogloss.tasks.kinds.retrieval import RetrievalTask
from isogloss.tasks.readers.retrieval import RetrievalData
from isogloss.tasks.task import Task

PROMPTS = {
    "named": (
        {
            "query": "what is it: ",
            "document": "the answer | is: ",
            "STS": "how alike | are they: ",
            "BitextMining": "who says the same: ",
        },
        None,
    ),
    "sides alone": ({"query": "query: ", "document": "passage: "}, None),
    "a default": ({"query": "query: ", "document": ""}, "query"),
}
ROWS = read_rows("train")[:60]


def sts() -> StsData:
    gold = np.random.default_rng(0).integers(0, 51, 40) / 10
    first = [row["en"] for row in ROWS[:40]]
    return StsData(first, [row["en"] for row in ROWS[20:60]], gold)


def bitext() -> BitextData:
    return BitextData([row["de"] for row in ROWS], [row["en"] for row in ROWS])


def retrieval() -> RetrievalData:
    """Queries that are documents, as in Quora, each answered by the next document."""
    corpus = {f"d{i}": row["en"] for i, row in enumerate(ROWS)}
    queries = {f"d{i}": ROWS[i]["en"] for i in range(20)}
    judged = {f"d{i}": {f"d{i + 1}": 1.0, f"d{59 - i}": 2.0} for i in range(20)}
    return RetrievalData(corpus, queries, judged)


def in_memory(kind: str, load: Callable[[Any], Any]) -> Any:
    """A task of mteb whose data need no network."""
    from mteb.abstasks.retrieval import AbsTaskRetrieval
    from mteb.abstasks.sts import AbsTaskSTS
    from mteb.abstasks.task_metadata import TaskMetadata
    from mteb.abstasks.text.bitext_mining import AbsTaskBitextMining

    bases: Any = {
        "STS": (AbsTaskSTS, "cosine_spearman"),
        "BitextMining": (AbsTaskBitextMining, "f1"),
        "Retrieval": (AbsTaskRetrieval, "ndcg_at_10"),
    }
    base, score = bases[kind]

    class Task(base):  # type: ignore[misc]
        metadata = TaskMetadata(
            name=f"InMemory{kind}",
            dataset={"path": "none/none", "revision": "0" * 40},
            description="Made by a test.",
            type=kind,
            category="t2t",
            eval_splits=["test"],
            eval_langs=["eng-Latn"],
            main_score=score,
            modalities=["text"],
        )
        min_score, max_score = 0, 5
        ignore_identical_ids = True

        def load_data(self, **_: Any) -> None:
            self.dataset = load(self)
            self.data_loaded = True

    return Task()


def task_pairs() -> list[tuple[Task, str, Any]]:
    """Our task, its metric that mteb has as main score, and mteb's task on the same data."""
    from datasets import Dataset

    graded, pairs, found = sts(), bitext(), retrieval()
    columns = {"sentence1": graded.sentences1, "sentence2": graded.sentences2, "score": graded.gold}
    sides = {"sentence1": pairs.source, "sentence2": pairs.target}
    parts = {
        "corpus": [{"id": i, "text": t, "title": ""} for i, t in found.corpus.items()],
        "queries": [{"id": i, "text": t} for i, t in found.queries.items()],
    }
    searched = {name: Dataset.from_list(rows) for name, rows in parts.items()} | {
        "relevant_docs": {q: {d: int(g) for d, g in row.items()} for q, row in judged(found)},
        "top_ranked": None,
    }
    return [
        (
            StsTask("en-en", graded),
            "spearman",
            in_memory("STS", lambda _: {"test": Dataset.from_dict(columns)}),
        ),
        (
            BitextTask("de-en", pairs),
            "mteb_tatoeba_f1",
            in_memory("BitextMining", lambda _: {"test": Dataset.from_dict(sides)}),
        ),
        (
            RetrievalTask("en-en", found),
            "ndcg_at_10",
            in_memory("Retrieval", lambda _: {"default": {"test": searched}}),
        ),
    ]


def judged(data: RetrievalData) -> Any:
    return data.judgments.items()


NEAR = {"spearman": 2e-3, "mteb_tatoeba_f1": 0.02, "ndcg_at_10": 0.02}
"""How near two figures of one model are: cosines that differ by float noise change places."""


@pytest.mark.parametrize("name", PROMPTS)
def test_numbers_are_mtebs(prompted: Callable[..., Path], name: str) -> None:
    mteb: Any = pytest.importorskip("mteb")
    from mteb.models import SentenceTransformerEncoderWrapper
    from sentence_transformers import SentenceTransformer

    folder = prompted(*PROMPTS[name])
    encoder = load_encoder(folder, precision="fp32")
    model = SentenceTransformer(str(folder), device="cpu")
    theirs = SentenceTransformerEncoderWrapper(model)
    for task, metric, other in task_pairs():
        done = mteb.evaluate(theirs, other, cache=None, show_progress_bar=False)
        expected = done.task_results[0].scores["test"][0]["main_score"]
        rows = {row.metric: row for row in evaluate({"m": encoder}, [task]).scores["m"]}
        assert rows[metric].value == pytest.approx(expected, abs=NEAR[metric]), other.metadata.type
        through = score_mteb({"m": encoder}, [other])["m"][0]
        assert through.value == pytest.approx(expected, abs=NEAR[metric]), other.metadata.type
        said = [_prompts(row.signature) for row in (rows[metric], through)]
        assert said[0] == said[1]
        assert bool(said[0]) is (name != "sides alone" or metric == "ndcg_at_10")


def _prompts(signature: str) -> list[str]:
    return sorted(part for part in signature.split("|") if "prompt:" in part)


def test_the_size_of_mtebs_sets_is_that_of_pairs_and_queries() -> None:
    pytest.importorskip("mteb")

    class Flat:
        fingerprint = "flat"

        def encode(self, sentences: Any) -> Any:
            return np.array([[len(text), 1.0] for text in sentences], np.float32)

    others = [other for _, _, other in task_pairs()]
    assert [score.n for score in score_mteb({"m": Flat()}, others)["m"]] == [40, 60, 20]
