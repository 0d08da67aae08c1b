"""The first half of a distillation: pairs read and split, targets embedded, the student built.

Its results lie in the run's `work` folder; `prepared.json` is written last and says that they are
whole, so an interrupted preparation is done again and a finished one never is. Targets are embedded
while the student is built: products fill all processors but leave gaps, and most of a building is
one thread.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.fast.budget import tokens_at_once
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.protocols import FloatArray
from isogloss.recipes.distill.examples import write_examples
from isogloss.recipes.distill.minutes import draw_for_minutes, with_drawn
from isogloss.recipes.distill.pairs import RunPairs, load_pairs
from isogloss.recipes.distill.preflight import preflight
from isogloss.recipes.distill.prepared import Prepared, PreparedFacts, read_facts
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun, check_teacher
from isogloss.recipes.distill.student import StudentSource, resolve_names, resolve_student
from isogloss.recipes.distill.teacher import (
    check_same_teacher,
    describe_teacher,
    load_teacher,
    settle_teacher,
    teacher_folder,
)
from isogloss.runs.descriptions import ModelDescription, StudentDescription
from isogloss.runs.folder import MARKER, REJECTS
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.parts import PairsData
from isogloss.spooled import Joined
from isogloss.students.kinds import BuiltStudent
from isogloss.students.start import StartPairs
from isogloss.tasks.task import Task
from isogloss.threads import beside
from isogloss.vectors.checks import check_vectors
from isogloss.vectors.store import TargetStore, open_store
from isogloss.writing import write_json, writing

NORM_SAMPLE = 10_000
"""Targets that their mean squared norm is taken from, about."""

NEAR_UNIT = 0.01
"""Targets whose mean squared norm is as near to 1 are taken for unit vectors."""


def prepare(
    recipe: DistillRecipe, tasks: Sequence[Task], run: RunLog, processes: int = 1
) -> Prepared:
    """Do the first half, or reuse it if it is done.

    Args:
        recipe: the resolved recipe.
        tasks: test tasks; training pairs that hold one of their sentences are counted.
        run: told about the stages, and how long they take.
        processes: that will train.

    Returns:
        Where everything lies.
    """
    work, untrained = Path(recipe.out) / "work", Path(recipe.out) / "untrained"
    marker = work / MARKER
    if marker.exists():
        source = resolve_student(recipe.student)
        prepared = Prepared(work, untrained, read_facts(recipe, marker), source)
        check_same_teacher(recipe, prepared.facts.teacher)
        run.seconds.update(prepared.facts.seconds)
        return prepared
    with writing(str(work)):
        work.mkdir(parents=True, exist_ok=True)
    source = resolve_names(recipe)
    earlier = source.base_run
    rejects = Path(recipe.out) / REJECTS
    with run.stage("data"):
        pairs = load_pairs(recipe, earlier, tasks, run.console, rejects=rejects)
    teacher = _teacher(recipe, Joined(part.source for part in pairs.train), earlier)
    checked = preflight(recipe, source.student, teacher.model, pairs)
    settings = recipe.training.resolved(source.student.defaults)
    pairs = draw_for_minutes(pairs, settings, source, teacher, checked.draft, processes)
    data = with_drawn(checked.data, pairs)
    del checked  # a pretrained encoder, which is loaded again where the student is built
    made = _targets_and_student(recipe, source, pairs, teacher, run)
    held_out = {
        language: {"source": list(part.source), "target": list(part.target)}
        for language, part in pairs.dev.items()
    }
    write_json(work / "dev.json", held_out)
    facts = PreparedFacts(
        recipe=recipe.fingerprint(),
        source_language=pairs.source,
        dim=teacher.dim,
        namespace=teacher.namespace,
        n_old=made.student.n_old,
        student=StudentDescription(**made.student.report),
        teacher=ModelDescription(**describe_teacher(recipe, teacher)),
        target_squared_norm=made.squared_norm,
        data=[PairsData(**row) for row in data],
        dictionaries=tuple(PairsData(**asdict(part.report)) for part in pairs.dictionaries),
        replayed=[part.target_language for part in pairs.replay],
        seconds=run.seconds,
        minutes=settings.minutes if pairs.drawn is not None else None,
        **_batch(made.model, teacher.model.device, source.student.defaults),
    )
    write_json(marker, facts.model_dump(mode="json", exclude_unset=True))
    return Prepared(work, untrained, facts, source)


def _teacher(
    recipe: DistillRecipe, sentences: Sequence[str], earlier: BaseRun | None
) -> SentenceEncoder:
    """Load the teacher as the recipe wants it, and check that it fits student and loss."""
    teacher = load_teacher(recipe, settle_teacher(recipe, sentences, earlier))
    if earlier:
        check_teacher(earlier, teacher)
    check_vectors(teacher, f"teacher {recipe.teacher!r}", sentences)
    recipe.training.loss.check_widths(teacher.dim)
    return teacher


class _Made(NamedTuple):
    """Targets in their store, and a student on disk with what it is trained on."""

    student: BuiltStudent
    model: SentenceTransformer
    squared_norm: float


def _targets_and_student(
    recipe: DistillRecipe,
    source: StudentSource,
    pairs: RunPairs,
    teacher: SentenceEncoder,
    run: RunLog,
) -> _Made:
    """Embed the targets and build the student, both at once; where one fails, so does the other."""
    store, work = open_store(teacher.namespace, teacher.dim), Path(recipe.out) / "work"
    writes = writing(f"--out {recipe.out!r}", below=Path(recipe.out))
    with beside(partial(_embed_targets, teacher, store, pairs.sources(), run)) as embedded:

        def targets(texts: Sequence[str]) -> FloatArray:
            embedded()  # only a start in closed form asks for targets, and waits for all of them
            return store.gather(store.find(texts))

        with run.stage("student", "building the student"), writes:
            student = _student(recipe, source, pairs, targets)
            code, longest = recipe.student.remote_code, recipe.training.max_tokens
            model = load_sentence_transformer(student.folder, device="cpu", remote_code=code)
            write_examples(work / "examples", pairs, model, longest=longest, n_old=student.n_old)
    return _Made(student, model, embedded())


def _student(
    recipe: DistillRecipe,
    source: StudentSource,
    pairs: RunPairs,
    targets: Callable[[Sequence[str]], FloatArray],
) -> BuiltStudent:
    """Write the untrained student."""
    earlier, untrained = source.base_run, Path(recipe.out) / "untrained"
    shutil.rmtree(untrained, ignore_errors=True)  # half a student, perhaps of another recipe
    return source.student.build(
        earlier.folder if earlier else teacher_folder(recipe),
        pairs.evidence,
        untrained,
        guarded=Joined(part.target for part in pairs.replay),
        start=StartPairs(pairs.train[: len(pairs.new)], pairs.dev, targets),
        restart=earlier is None or pairs.only_new_to(earlier.languages),
    )


def _batch(
    model: SentenceTransformer, device: torch.device, defaults: Mapping[str, float]
) -> dict[str, int]:
    """The size of a batch on a GPU; nothing where the kind of student decides it alone."""
    if device.type != "cuda":
        return {}
    usual = int(defaults["tokens_per_batch"])
    return {"tokens_per_batch": tokens_at_once(model.to(device), usual, training=True)}


def _embed_targets(
    teacher: SentenceEncoder, store: TargetStore, texts: Sequence[str], run: RunLog
) -> float:
    """Fill the target store with every distinct source sentence; return their mean squared norm."""
    missing = int((store.find(texts) < 0).sum())
    with run.stage("targets", "embedding targets with the teacher", missing) as advance:
        store.ensure(texts, teacher.encode, advance)
    sample = texts[:: max(1, len(texts) // NORM_SAMPLE)]
    return mean_squared_norm(store.gather(store.find(sample)))


def mean_squared_norm(vectors: FloatArray) -> float:
    """Mean squared norm of vectors `(n, dim)`, n > 0; exactly 1 for unit vectors and for zeros."""
    mean = float(np.square(vectors.astype(np.float64)).sum(axis=1).mean())
    return 1.0 if not mean or abs(mean - 1.0) < NEAR_UNIT else mean
