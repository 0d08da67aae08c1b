"""What a batch of distillation costs: weights, squared distance, positives."""

from typing import Any

import numpy as np
import pytest
import torch

from isogloss.data.token_table import TokenTable
from isogloss.losses.settings import LossSettings
from isogloss.training.distill.examples import Examples


def test_source_sentences_count_more_in_the_loss(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1, source_weight=5.0))
    start, end = run.examples.streams["en"]
    facts = trainer.job.facts(np.array([start, start - 1, end - 1, 0]), torch.device("cpu"))
    assert facts["weights"].tolist() == [5.0, 1.0, 5.0, 1.0]


def test_the_squared_distance_is_measured_by_the_length_of_the_targets(
    run: Any, settings: Any
) -> None:
    trainer = run.trainer(settings(epochs=1))
    trainer.prepare()
    batch, cpu = trainer.job.epoch(0)[0], torch.device("cpu")
    plain = trainer.job.loss(trainer._forward, batch, cpu).item()
    trainer.job.squared_norm = 4.0
    assert trainer.job.loss(trainer._forward, batch, cpu).item() == pytest.approx(plain / 4)


def test_a_translation_has_the_same_positive(run: Any, settings: Any) -> None:
    trainer = run.trainer(settings(epochs=1, loss=LossSettings(soft=1.0, hard_label_weight=0.2)))
    source, _ = run.examples.streams["en"]
    [translation] = np.flatnonzero(run.examples.keys[:source] == run.examples.keys[source])
    rows = np.array([translation, source, source + 1])
    mask = trainer.job.facts(rows, torch.device("cpu"))["positive_mask"]
    assert mask.tolist() == [[True, True, False], [True, True, False], [False, False, True]]


def test_targets_of_one_translation_are_no_negatives_of_it(run: Any, settings: Any) -> None:
    """The first and the last Spanish sentence are one and the same, of two English ones."""
    job = run.trainer(settings(epochs=1, loss=LossSettings(mse=0.0, contrastive=1.0))).job
    read = [[7, 8], [7, 8, 9], [5], [7, 8]]
    job.examples = Examples(
        TokenTable.from_sentences(read), run.examples.keys[:4], {"es": (0, 4), "en": (4, 4)}
    )
    vectors = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    targets = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    job.targets = targets.numpy()
    loss = job.loss(lambda *_: vectors, np.arange(4), torch.device("cpu"))
    cosines = torch.cosine_similarity(vectors[:, None], targets, dim=-1)
    expected = 0.0
    for i in range(4):
        rivals = [j for j in range(4) if j == i or read[j] != read[i]]
        logits = cosines[i, rivals] / 0.05
        expected += float(logits.logsumexp(0) - logits[rivals.index(i)]) / 4
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    mask = job.facts(np.arange(4), torch.device("cpu"))["positive_mask"]
    assert mask.nonzero().tolist() == [[0, 0], [0, 3], [1, 1], [2, 2], [3, 0], [3, 3]]


@pytest.mark.parametrize(
    "loss", [{}, {"similarity": 1.0}, {"soft": 1.0}, {"hard_label_weight": 1.0}]
)
def test_positives_are_looked_for_only_where_others_are_negatives(
    run: Any, settings: Any, loss: dict[str, float]
) -> None:
    job = run.trainer(settings(epochs=1, loss=LossSettings(**loss))).job
    assert job.facts(np.arange(4), torch.device("cpu"))["positive_mask"] is None
