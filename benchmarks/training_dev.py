"""Pairs of `benchmarks/training.py` on disk, and the dev loss that its sides are compared by."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from isogloss.data import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.protocols import FloatArray
from isogloss.training.distill.health import DistillEvaluator
from isogloss.writing import write_json

BATCH = 64
"""Texts that are embedded at once, and pairs in a batch of the documented recipe."""


class Looks(DistillEvaluator):
    """Notes when the dev loss was what, and how long all looks took.

    Attributes:
        losses: seconds without looks, and the dev loss of the target then.
        looking: seconds that the looks took.
    """

    def __init__(
        self,
        folder: Path,
        model: SentenceTransformer,
        chosen: ParallelSentences,
        targets: FloatArray,
        spent: float,
    ) -> None:
        """Begin; `spent` seconds went before."""
        language = chosen.target_language
        student = SentenceEncoder(model, name="student")
        super().__init__(student, {language: chosen}, {language: targets})
        self.folder, self.model = folder, model
        self.begun, self.looking = time.perf_counter() - spent, 0.0
        self.losses: list[tuple[float, float]] = []

    def figures(self) -> dict[str, float]:
        """See `DistillEvaluator`."""
        start = time.perf_counter()
        loss = loss_on_dev(self.folder, self.model)["target"]
        self.losses.append((start - self.begun - self.looking, loss))
        figures = super().figures()
        self.looking += time.perf_counter() - start
        return figures


def loss_on_dev(folder: Path, model: SentenceTransformer) -> dict[str, float]:
    return dev_loss(model, read_pairs(folder / "dev.json"), np.load(folder / "dev.npy"))


def dev_loss(
    model: SentenceTransformer, dev: ParallelSentences, targets: FloatArray
) -> dict[str, float]:
    """Mean squared distance to the teacher's vectors, summed over dimensions, in fp32.

    Args:
        model: the student.
        dev: held-out pairs.
        targets: the teacher's vectors of their sources, `(len(dev), dim)`.

    Returns:
        "source" and "target" to the loss; lower is better.
    """
    model.eval()
    return {
        side: float(np.square(embed(model, texts) - targets).sum(1).mean(dtype=np.float64))
        for side, texts in (("source", dev.source), ("target", dev.target))
    }


def embed(model: SentenceTransformer, texts: Sequence[str]) -> FloatArray:
    embeddings: FloatArray = model.encode(list(texts), batch_size=BATCH, show_progress_bar=False)
    return embeddings


def write_pairs(path: Path, pairs: ParallelSentences) -> None:
    write_json(
        path,
        {
            "languages": [pairs.source_language, pairs.target_language],
            "source": list(pairs.source),
            "target": list(pairs.target),
        },
    )


def read_pairs(path: Path) -> ParallelSentences:
    content = json.loads(path.read_text(encoding="utf-8"))
    source, target = content["languages"]
    return ParallelSentences(source, target, content["source"], content["target"])
