"""What a distillation would do: resolved recipe, sizes, expected memory and time.

It reads the data and opens the models as the run would, and so finds the same mistakes; but it
makes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from isogloss.console import Silent
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.names import find_model
from isogloss.recipes.distill.estimate import (
    ExpectedStudent,
    count_parameters,
    expect_student,
    measured_rate,
)
from isogloss.recipes.distill.pairs import GatheredPairs, gather_pairs
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import EarlierRun, check_teacher
from isogloss.recipes.distill.teacher import (
    count_missing,
    find_named,
    load_teacher,
    ready_teacher,
    store_namespace,
)
from isogloss.tasks import Task, load_task
from isogloss.teachers.adapt import check_change
from isogloss.vectors.checks import check_vectors
from isogloss.vectors.store import KEY_BYTES

SCORE_SECONDS = 1.5
"""Seconds per test task for the scores of three models, with their intervals."""

ADAM_BYTES = 20
"""Bytes per parameter under AdamW: weight, gradient, two moments, and a copy of the best weight."""

FROZEN_BYTES = 8
"""Bytes per parameter that does not learn: weight, and the copy of the best."""

TABLE_BYTES = 12
"""Bytes per parameter of a token table whose rows have rates of their own: weight, gradient, and
the copy of the best; `RowAdam` keeps two numbers a row."""

LIBRARY_BYTES = 7 * 10**8
"""The libraries, and a small untrained model."""

OTHER_BYTES = 2 * 10**9
"""The libraries, and a batch on its way through a small body: 1.7 to 2.3 GB in runs of 1,000 to
370,000 pairs, beside what is counted per parameter and pair."""

BATCH_BYTES, SMALL_DEPTH = 60, 6 * 384
"""Bytes per token of a batch, layer and dimension; and layers times dimensions of a small body."""

PAIR_BYTES = 1_000
"""Bytes per pair in training: its tokens, and its target as it is read."""

TEXT_BYTES, ALIGNED_BYTES = 500, 2_900
"""Bytes per pair while new tokens are learned: of all, two strings and their tokens; of the largest
part, the cells of the alignment in both directions. German: 1.83 GiB with the libraries."""


def plan(recipe: DistillRecipe) -> dict[str, Any]:
    """Look at data and models, and estimate.

    Args:
        recipe: the resolved recipe.

    Returns:
        JSON-able: `recipe`, `data` (accounts per place), `teacher`, `student`, `estimate` (counts,
        seconds and bytes; rough, from sentences encoded here and now).

    Raises:
        IsoglossError: the run would raise it before it trains.
    """
    tasks = [load_task(text) for text in recipe.tasks]
    earlier = find_named(recipe)
    pairs = gather_pairs(recipe, earlier, tasks, Silent())
    ready = ready_teacher(recipe, earlier)
    teacher = _teacher(recipe, ready, earlier, pairs)
    dim = teacher.dim if ready else recipe.teacher_dim or teacher.dim
    recipe.training.loss.check_widths(dim)
    sources = pairs.sources()
    missing = count_missing(store_namespace(teacher), dim, sources) if ready else len(sources)
    rate = measured_rate(teacher, sources)
    student = expect_student(recipe, earlier, pairs, teacher, dim, rate)
    seconds = {
        "targets_seconds": missing / rate,
        "build_seconds": student.build_seconds,
        "training_seconds": _training_seconds(recipe, pairs, student),
        "evaluation_seconds": _evaluation_seconds(recipe, pairs, tasks, student, rate),
    }
    return {
        "recipe": json.loads(json.dumps(asdict(recipe))),
        "data": pairs.account,
        "teacher": {
            "dim": dim,
            "parameters": count_parameters(teacher.model),
            "precision": teacher.precision,
        },
        "student": {
            "kind": recipe.student.family,
            "parameters": student.parameters,
            "new_tokens": student.new_tokens,
        },
        "estimate": {
            "pairs": sum(row["kept"] for row in pairs.account if "replayed" not in row),
            "replayed_pairs": sum(map(len, pairs.replay)),
            "held_out_pairs": sum(map(len, pairs.dev.values())),
            "distinct_source_sentences": len(sources),
            "targets_to_embed": missing,
            **{name: round(value) for name, value in seconds.items()},
            "all_seconds": round(sum(seconds.values())),
            "training_sentences_per_second": round(student.training_rate),
            "peak_memory_bytes": round(_peak_memory(recipe, pairs, student)),
            "student_bytes": 4 * student.parameters,
            "target_store_bytes": (2 * dim + KEY_BYTES) * len(sources),
            "out_exists": Path(recipe.out).exists(),
        },
    }


def _teacher(
    recipe: DistillRecipe, ready: Path | None, earlier: EarlierRun | None, pairs: GatheredPairs
) -> SentenceEncoder:
    """The teacher, or where it has yet to be changed, what it is made of."""
    base = find_model(recipe.teacher)
    teacher = load_teacher(recipe, ready or base)
    if ready is None:
        sources = [text for part in pairs.new for text in part.source]
        pooling, dim = recipe.teacher_pooling, recipe.teacher_dim
        check_change(teacher.model, base, sources, pooling=pooling, dim=dim)
    if earlier:
        check_teacher(earlier, teacher)
    check_vectors(teacher, f"teacher {recipe.teacher!r}", [t for p in pairs.new for t in p.source])
    return teacher


def _training_seconds(
    recipe: DistillRecipe, pairs: GatheredPairs, student: ExpectedStudent
) -> float:
    """By the nearer of two limits; with neither it is one epoch."""
    settings = recipe.training.settled(recipe.student.family)
    limits = [] if settings.minutes is None else [60.0 * settings.minutes]
    if settings.epochs is not None or not limits:
        epochs = 1.0 if settings.epochs is None else settings.epochs
        sentences = _count(pairs) / (1.0 - settings.source_share)
        limits.append(epochs * sentences / student.training_rate)
    return min(limits)


def _evaluation_seconds(
    recipe: DistillRecipe,
    pairs: GatheredPairs,
    tasks: Sequence[Task],
    student: ExpectedStudent,
    rate: float,
) -> float:
    """The looks at held-out pairs on the way, and the scores of three models at the end."""
    held_out = 2 * sum(map(len, pairs.dev.values()))
    looks = recipe.training.evaluations * held_out / student.rate
    texts = held_out + len({text for task in tasks for text in task.texts()})
    scores = SCORE_SECONDS * (len(tasks) + 2 * len(pairs.dev))
    return looks + texts * (1.0 / rate + 2.0 / student.rate) + scores


def _peak_memory(recipe: DistillRecipe, pairs: GatheredPairs, student: ExpectedStudent) -> float:
    """Bytes while the student is built or while it is trained, whichever are more."""
    family = recipe.student.family
    settings = recipe.training.settled(family)
    per_body = ADAM_BYTES - settings.frozen_layers * (ADAM_BYTES - FROZEN_BYTES)
    per_table = ADAM_BYTES if family == "pretrained" else TABLE_BYTES
    training = per_body * student.body + per_table * student.table + PAIR_BYTES * _count(pairs)
    training += LIBRARY_BYTES if family == "static" else OTHER_BYTES
    deeper = max(0, student.depth - SMALL_DEPTH)
    training += BATCH_BYTES * settings.tokens_per_batch * deeper
    if family == "pretrained":
        return training
    aligned = min(max(map(len, pairs.new)), recipe.student.transplant.alignment.max_sentences)
    building = LIBRARY_BYTES + TABLE_BYTES * student.table + TEXT_BYTES * _count(pairs)
    return max(training, building + ALIGNED_BYTES * aligned)


def _count(pairs: GatheredPairs) -> int:
    """Training pairs, earlier ones that are taught along among them."""
    return sum(map(len, [*pairs.new, *pairs.replay]))
