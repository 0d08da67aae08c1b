"""One training on graded pairs: the final one, or one of a fold."""

from dataclasses import replace
from pathlib import Path

from isogloss.console import Console
from isogloss.encoders.fast.budget import tokens_at_once
from isogloss.encoders.tokens import is_static, pad_id
from isogloss.recipes.finetune.pairs import looked_at
from isogloss.recipes.finetune.prepare import Prepared
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.training.finetune.health import FinetuneEvaluator
from isogloss.training.finetune.job import FinetuneExamples, FinetuneJob
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.training.network import StudentNetwork
from isogloss.training.train import Trained, train

STATIC_RATE = 1e-3
"""Peak rate of a static model's tokens where none is given; not chosen by experiment yet."""


def train_on(
    examples: FinetuneExamples,
    prepared: Prepared,
    settings: FinetuneSettings,
    evaluator: FinetuneEvaluator | None,
    folder: Path,
    console: Console,
    *,
    resume: bool,
) -> Trained:
    """Train the prepared model in place.

    Args:
        examples: what on.
        prepared: the model, and the targets of the anchors.
        settings: how.
        evaluator: judges it on dev pairs; None keeps the last weights.
        folder: for checkpoints.
        console: told how far it is.
        resume: go on from the newest whole checkpoint.
    """
    model = prepared.model.model
    at_once = tokens_at_once(model, settings.tokens_per_forward, training=True)
    chosen = prepared.model.precision  # never int8, in which a model only reads
    settings = replace(settings, precision=chosen, tokens_per_forward=at_once)  # type: ignore[arg-type]
    if is_static(model) and settings.frozen_tokens:  # it has nothing else
        rate = settings.token_learning_rate or STATIC_RATE
        settings = replace(
            settings, frozen_tokens=False, frozen_lower_layers=0.0, token_learning_rate=rate
        )
    job = FinetuneJob(examples, pad_id(model), settings, prepared.targets)
    own_rate = settings.frozen_tokens or settings.token_learning_rate is not None
    n_old = 0 if own_rate else None
    network = StudentNetwork(model, n_old, prompt=prepared.model.prompt)
    return train(network, job, settings, folder, evaluator, console, resume=resume)


def dev_evaluator(recipe: FinetuneRecipe, prepared: Prepared) -> FinetuneEvaluator | None:
    """What judges the model on dev pairs; None without any: the last weights are kept."""
    dev = prepared.data.dev
    if dev is None:
        return None
    evaluator = FinetuneEvaluator(prepared.model, looked_at(dev, recipe), prepared.pivot)
    prepared.model.model.eval()
    evaluator.begin()
    return evaluator
