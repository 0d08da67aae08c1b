"""Estimate a distillation: resolved recipe, sizes, memory, time, and how a student would start.

It reads the data and opens the models as the run would, and so finds the same mistakes; but it
makes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.console import Silent
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.names import find_model
from isogloss.protocols import FloatArray
from isogloss.recipes.distill.examples import place_shares, without_tokens
from isogloss.recipes.distill.minutes import draw_for_rate, ends_by_clock, with_drawn
from isogloss.recipes.distill.pairs import RunPairs, load_pairs
from isogloss.recipes.distill.preflight import preflight
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import check_teacher
from isogloss.recipes.distill.student import StudentSource, resolve_names
from isogloss.recipes.distill.teacher import load_teacher, ready_teacher
from isogloss.runs.folder import spare_inputs
from isogloss.spooled import Joined
from isogloss.students.estimate import Estimate, count_parameters, measured_rate, training_bytes
from isogloss.students.kinds import Draft, Measured
from isogloss.students.start import StartPairs, StartReport
from isogloss.tasks import Task, load_task
from isogloss.teachers.adapt import check_change
from isogloss.training.distill.health import EVALUATED
from isogloss.training.distill.settings import ResolvedSettings
from isogloss.vectors.checks import check_vectors
from isogloss.vectors.store import KEY_BYTES, count_missing, open_store

SCORE_SECONDS = 1.5
"""Seconds per test task for the scores of three models, with their intervals."""

START_PAIRS, START_DEV = 1_000, 500
"""Training and dev pairs that a start is tried on: half a minute with small models."""


def plan(recipe: DistillRecipe) -> dict[str, Any]:
    """Look at data and models, and estimate.

    Args:
        recipe: the resolved recipe.

    Returns:
        JSON-able: `recipe`, `data` and `dictionaries` (accounts per place), `teacher`, `student`,
        `estimate` (counts, seconds and bytes; rough, from sentences encoded here and now).

    Raises:
        IsoglossError: the run would raise it before it trains.
    """
    spare_inputs(recipe.out, (recipe.teacher, recipe.student.base), recipe.places)
    tasks = [load_task(text) for text in recipe.tasks]
    source = resolve_names(recipe)
    recipe = source.resolved(recipe)
    pairs = load_pairs(recipe, source.base_run, tasks, Silent())
    ready = ready_teacher(recipe, source.base_run)
    teacher = _teacher(recipe, ready, source, pairs)
    dim = teacher.dim if ready else recipe.teacher_dim or teacher.dim
    recipe.training.loss.check_widths(dim)
    rate = measured_rate(teacher, Joined(part.source for part in pairs.whole))
    checked = preflight(recipe, source.student, teacher.model, pairs)
    checked.draft.model.to(teacher.model.device)
    measured = Measured(pairs.evidence, teacher.precision, rate, dim, source.tokens)
    student = source.student.estimate(checked.draft, measured)
    start = _start(source, checked.draft, teacher, pairs) if ready else None
    settings = recipe.training.resolved(source.student.defaults)
    if ends_by_clock(pairs, settings, teacher):
        pairs = draw_for_rate(pairs, settings, student.training_rate, source.student.start_pairs)
    sources = pairs.sources()
    missing = count_missing(teacher.namespace, dim, sources) if ready else len(sources)
    shares = place_shares(without_tokens(pairs), pairs.source, settings)
    seconds = {"targets_seconds": missing / rate} | _seconds(settings, pairs, tasks, student, rate)
    saved = 0.0 if start else _at_once(seconds)  # a start in closed form waits for all targets
    data = [row | shares.get(row["where"], {}) for row in with_drawn(checked.data, pairs)]
    parameters = count_parameters(teacher.model)
    return {
        "recipe": json.loads(json.dumps(asdict(recipe))),
        "data": data,
        "dictionaries": [asdict(part.report) for part in pairs.dictionaries],
        "teacher": {"dim": dim, "parameters": parameters, "precision": teacher.precision},
        "student": {
            "kind": source.student.kind,
            "parameters": student.parameters,
            "new_tokens": student.new_tokens,
            **({"start": asdict(start)} if start else {}),
        },
        "estimate": {
            "pairs": sum(row["kept"] for row in pairs.record if "replayed" not in row),
            "replayed_pairs": sum(map(len, pairs.replay)),
            "held_out_pairs": sum(map(len, pairs.dev.values())),
            "distinct_source_sentences": len(sources),
            "targets_to_embed": missing,
            **{name: round(value) for name, value in seconds.items()},
            "all_seconds": round(sum(seconds.values()) - saved),
            "training_sentences_per_second": round(student.training_rate),
            **_bytes(student, pairs, (2 * dim + KEY_BYTES) * len(sources)),
            "out_exists": Path(recipe.out).exists(),
        },
    }


def _teacher(
    recipe: DistillRecipe, ready: Path | None, source: StudentSource, pairs: RunPairs
) -> SentenceEncoder:
    """The teacher, or where it has yet to be changed, what it is made of."""
    base = find_model(recipe.teacher)
    teacher = load_teacher(recipe, ready or base)
    sentences = Joined(part.source for part in pairs.new)
    if ready is None:
        pooling, dim = recipe.teacher_pooling, recipe.teacher_dim
        check_change(teacher.model, base, sentences, pooling=pooling, dim=dim)
    if source.base_run:
        check_teacher(source.base_run, teacher)
    check_vectors(teacher, f"teacher {recipe.teacher!r}", sentences)
    return teacher


def _start(
    source: StudentSource, draft: Draft, teacher: SentenceEncoder, pairs: RunPairs
) -> StartReport | None:
    """How near the teacher the student would start, measured on a sample of the pairs."""
    namespace = teacher.namespace

    def vectors(texts: Sequence[str]) -> FloatArray:
        missing, found = np.arange(len(texts)), np.empty((len(texts), teacher.dim), np.float32)
        if count_missing(namespace, teacher.dim, texts) < len(texts):
            store = open_store(namespace, teacher.dim)
            rows = store.find(texts)
            found[rows >= 0] = store.gather(rows[rows >= 0])
            missing = np.flatnonzero(rows < 0)
        if len(missing):
            found[missing] = teacher.encode([texts[int(index)] for index in missing])
        return found

    given = StartPairs(pairs.new, pairs.dev, vectors)
    return source.student.try_start(draft, given.sample(START_PAIRS, START_DEV))


def _at_once(seconds: Mapping[str, float]) -> float:
    """Seconds saved where targets are embedded while one thread of many builds the student."""
    idle = 1 - 1 / torch.get_num_threads()
    return min(seconds["targets_seconds"], idle * seconds["build_seconds"])


def _bytes(student: Estimate, pairs: RunPairs, targets: int) -> dict[str, int]:
    """Memory at its peak, and the sizes of what is written; `targets` is the store's."""
    return {
        "peak_memory_bytes": training_bytes(student.parameters, _count(pairs)),
        "student_bytes": 4 * student.parameters,
        "target_store_bytes": targets,
    }


def _seconds(
    settings: ResolvedSettings,
    pairs: RunPairs,
    tasks: Sequence[Task],
    student: Estimate,
    rate: float,
) -> dict[str, float]:
    """Estimated seconds of each stage; `rate` is the teacher's sentences per second."""
    return {
        "build_seconds": student.build_seconds,
        "training_seconds": _training_seconds(settings, pairs, student),
        "evaluation_seconds": _evaluation_seconds(settings, pairs, tasks, student, rate),
    }


def _training_seconds(settings: ResolvedSettings, pairs: RunPairs, student: Estimate) -> float:
    """Seconds until the nearer of two limits; without limits, of one epoch."""
    limits = [] if settings.minutes is None else [60.0 * settings.minutes]
    if settings.epochs is not None or not limits:
        epochs = 1.0 if settings.epochs is None else settings.epochs
        sentences = _count(pairs) / (1.0 - settings.source_share)
        limits.append(epochs * sentences / student.training_rate)
    return min(limits)


def _evaluation_seconds(
    settings: ResolvedSettings,
    pairs: RunPairs,
    tasks: Sequence[Task],
    student: Estimate,
    rate: float,
) -> float:
    """Seconds for evaluations on dev pairs and for scoring three models at the end."""
    held_out = 2 * sum(map(len, pairs.dev.values()))
    once = 2 * sum(min(len(dev), EVALUATED) for dev in pairs.dev.values()) / student.rate
    on_the_way = (1 + max(1, settings.evaluations)) * once  # the first before training
    if settings.minutes is not None and settings.evaluation_share is not None:
        most = settings.evaluation_share * 60.0 * settings.minutes
        on_the_way = min(on_the_way, 2 * once + most)
    texts = held_out + len({text for task in tasks for text in task.texts()})
    scores = SCORE_SECONDS * (len(tasks) + 2 * len(pairs.dev))
    return on_the_way + texts * (1.0 / rate + 2.0 / student.rate) + scores


def _count(pairs: RunPairs) -> int:
    """Training pairs, rehearsed ones among them."""
    return sum(map(len, [*pairs.new, *pairs.replay]))
