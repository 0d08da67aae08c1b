"""What a distillation would do: resolved recipe, sizes, expected memory and time."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isogloss.data.loading import load_parallel
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.names import find_model
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.gathering import draw_pairs
from isogloss.recipes.teacher import load_teacher, open_store, store_namespace

SAMPLE = 256
"""Sentences encoded to learn how fast the teacher is here."""

TRAINING_COST = 3.0
"""Forward passes that a training step costs: one, and the gradients of inputs and of weights."""

ADAM_BYTES = 16
"""Bytes per trained parameter: weight, gradient and two moments in float32."""

ROW_BYTES = 8
"""Bytes per parameter of a new token: weight and squared gradient in float32."""

OTHER_BYTES = 2 * 10**9
"""Libraries, a batch on its way through the body, sentences: as measured with 260,000 pairs."""


def plan(recipe: DistillRecipe) -> dict[str, Any]:
    """Look at data and teacher, and estimate.

    Args:
        recipe: the resolved recipe.

    Returns:
        JSON-able: `recipe`, `data` (accounts per place), `teacher`, `estimate` (seconds and bytes;
        rough, from a sample encoded here and now).
    """
    loaded = [
        draw_pairs(load_parallel(text, cleaning=recipe.cleaning), recipe.max_pairs)
        for text in recipe.pairs
    ]
    teacher = load_teacher(recipe, find_model(recipe.teacher))
    sources = list(dict.fromkeys(text for part in loaded for text in part.sentences.source))
    store = open_store(store_namespace(teacher), teacher.dim)
    missing = int((store.find(sources) < 0).sum())
    rate = measured_rate(teacher, sources)
    pairs = sum(part.report.kept for part in loaded)
    settings = recipe.training.settled(recipe.student.family)
    share = 1.0 - settings.source_share
    parameters = sum(p.numel() for p in teacher.model.parameters())
    new_tokens = 0
    if recipe.student.family != "pretrained":
        languages = {part.sentences.target_language for part in loaded}
        new_tokens = recipe.student.transplant.vocabulary.size * len(languages)
    training_rate = rate / TRAINING_COST
    by_epochs = pairs / share * (settings.epochs or 1.0) / training_rate
    return {
        "recipe": json.loads(json.dumps(asdict(recipe))),
        "data": [asdict(part.report) for part in loaded],
        "teacher": {"dim": teacher.dim, "parameters": parameters, "precision": teacher.precision},
        "estimate": {
            "pairs": pairs,
            "distinct_source_sentences": len(sources),
            "targets_to_embed": missing,
            "targets_seconds": round(missing / rate),
            "training_sentences_per_second": round(training_rate),
            "training_seconds": round(
                60 * settings.minutes if settings.minutes is not None else by_epochs
            ),
            "new_tokens_at_most": new_tokens,
            "peak_memory_bytes": ADAM_BYTES * parameters
            + ROW_BYTES * new_tokens * teacher.dim
            + OTHER_BYTES,
            "out_exists": Path(recipe.out).exists(),
        },
    }


def measured_rate(model: SentenceEncoder, sentences: Sequence[str]) -> float:
    """Sentences per second that a model encodes here and now, from a sample."""
    sample = sentences[:: max(1, len(sentences) // SAMPLE)][:SAMPLE]
    model.encode(sample[:8])
    start = time.perf_counter()
    model.encode(sample)
    return len(sample) / (time.perf_counter() - start)
