"""The first half of a distillation: pairs read and split, targets embedded, the student built.

Its results lie in the run's `work` folder; `prepared.json` is written last and says that they are
whole, so an interrupted preparation is done again and a finished one never is.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from isogloss.console import Console
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.token_table import TokenTable
from isogloss.data.where import parse_where
from isogloss.encoders.encoder import (
    SentenceEncoder,
    load_encoder,
    load_sentence_transformer,
    tokenize,
)
from isogloss.encoders.names import find_model
from isogloss.errors import InputError
from isogloss.provenance import write_json
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.holding_out import hold_out
from isogloss.students.build import BuiltStudent, build_student, check_student
from isogloss.tasks.task import Task
from isogloss.teachers.store import TargetStore, default_store_folder, hash_texts
from isogloss.training.examples import Examples

logger = logging.getLogger(__name__)

CHUNK = 20_000

RECUT_COPIES = 8
"""How often a source sentence that the student cuts differently stands among the sources."""


@dataclass(frozen=True)
class Prepared:
    """Where the prepared things lie, and their account.

    Attributes:
        folder: the `work` folder.
        untrained: folder of the untrained student.
        facts: the content of `prepared.json`.
    """

    folder: Path
    untrained: Path
    facts: dict[str, Any]

    @property
    def dev(self) -> dict[str, ParallelSentences]:
        """Held-out sentences per target language."""
        source = self.facts["source_language"]
        return {
            language: ParallelSentences(source, language, part["source"], part["target"])
            for language, part in json.loads((self.folder / "dev.json").read_text("utf-8")).items()
        }

    def examples(self) -> Examples:
        """Tokens and target keys, memory-mapped."""
        return Examples.read(self.folder / "examples")

    def store(self) -> TargetStore:
        """The teacher's vectors."""
        return open_store(self.facts["namespace"], self.facts["dim"])


def prepare(recipe: DistillRecipe, tasks: Sequence[Task], console: Console) -> Prepared:
    """Do the first half, or find it done.

    Args:
        recipe: the resolved recipe.
        tasks: test tasks; training pairs that hold one of their sentences are counted.
        console: told about the stages.

    Returns:
        Where everything lies.
    """
    work, untrained = Path(recipe.out) / "work", Path(recipe.out) / "untrained"
    marker = work / "prepared.json"
    if marker.exists():
        return Prepared(work, untrained, _found(recipe, marker))
    work.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, float] = {}
    teacher = load_encoder(
        recipe.teacher, precision=recipe.training.precision, prompt=recipe.prompt
    )
    check_student(recipe.student.kind, teacher.dim)
    source, loaded = _load(recipe, console, seconds)
    parts = hold_out([part.sentences for part in loaded], recipe.dev_pairs)
    train, dev = parts.train, parts.dev
    namespace = store_namespace(teacher)
    _embed_targets(teacher, namespace, train, dev, console, seconds)
    start = time.perf_counter()
    with console.stage("building the student"):
        student = build_student(
            recipe.student.kind,
            find_model(recipe.teacher),
            teacher.dim,
            train,
            untrained,
            recipe.student.transplant,
        )
        _tokenize(recipe, source, train, student, work)
    seconds["student"] = time.perf_counter() - start
    held_out = {
        language: {"source": list(part.source), "target": list(part.target)}
        for language, part in dev.items()
    }
    write_json(work / "dev.json", held_out)
    facts = {
        "recipe": recipe.fingerprint(),
        "source_language": source,
        "dim": teacher.dim,
        "namespace": namespace,
        "n_old": student.n_old,
        "student": student.report,
        "teacher": describe(teacher),
        "data": _account(loaded, train, tasks),
        "seconds": seconds,
    }
    write_json(marker, facts)
    return Prepared(work, untrained, facts)


def _found(recipe: DistillRecipe, marker: Path) -> dict[str, Any]:
    """The facts of a preparation that is done, which must have been for the same recipe."""
    facts = json.loads(marker.read_text(encoding="utf-8"))
    if facts["recipe"] != recipe.fingerprint():
        raise InputError(
            f"{recipe.out!r} was begun with another recipe; expected the same teacher, pairs "
            "and student: repeat that command, choose another --out, or start anew with "
            "--overwrite"
        )
    return facts


def store_namespace(teacher: SentenceEncoder) -> dict[str, str | int | bool]:
    """All that decides a target vector."""
    return {
        "teacher": teacher.fingerprint,
        "prompt": teacher.prompt,
        "max_length": int(teacher.model.max_seq_length or 0),
        "precision": teacher.precision,
    }


def open_store(namespace: dict[str, str | int | bool], dim: int) -> TargetStore:
    """The target store of a namespace, in the user's cache."""
    return TargetStore(default_store_folder(), namespace, dim)


def describe(encoder: SentenceEncoder) -> dict[str, Any]:
    """A model in a few facts, for `run.json`."""
    modules = [type(module).__name__ for module in encoder.model]
    pooling = next((m for m in encoder.model if type(m).__name__ == "Pooling"), None)
    return {
        "name": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dim": encoder.dim,
        "max_length": int(encoder.model.max_seq_length or 0),
        "normalizes": "Normalize" in modules,
        "pooling": getattr(pooling, "pooling_mode", None),
        "precision": encoder.precision,
    }


def _load(
    recipe: DistillRecipe, console: Console, seconds: dict[str, float]
) -> tuple[str, list[LoadedPairs]]:
    """Read and clean all pairs; one source language."""
    places = [parse_where(text) for text in recipe.pairs]
    sources = sorted({place.languages.source for place in places})
    if len(sources) != 1:
        raise InputError(
            f"--pairs have the source languages {', '.join(sources) or 'none'}; expected one, the "
            "teacher's, named first in every LANGS=WHERE"
        )
    start = time.perf_counter()
    loaded = []
    with console.stage("reading parallel sentences", len(places)) as advance:
        for number, place in enumerate(places):
            name = f"{number:02d}-{place.languages.source}-{place.languages.target}.tsv"
            rejects = Path(recipe.out) / "rejects" / name
            rejects.parent.mkdir(parents=True, exist_ok=True)
            loaded.append(load_parallel(place, cleaning=recipe.cleaning, rejects=rejects))
            advance(1)
    seconds["data"] = time.perf_counter() - start
    return sources[0], loaded


def _embed_targets(
    teacher: SentenceEncoder,
    namespace: dict[str, str | int | bool],
    train: Sequence[ParallelSentences],
    dev: dict[str, ParallelSentences],
    console: Console,
    seconds: dict[str, float],
) -> None:
    """Fill the target store with every distinct source sentence."""
    start = time.perf_counter()
    store = open_store(namespace, teacher.dim)
    texts = list(dict.fromkeys(text for part in [*train, *dev.values()] for text in part.source))
    missing = int((store.find(texts) < 0).sum())
    with console.stage("embedding targets with the teacher", missing) as advance:
        store.ensure(texts, teacher.encode, advance)
    seconds["targets"] = time.perf_counter() - start


def _tokenize(
    recipe: DistillRecipe,
    source: str,
    train: Sequence[ParallelSentences],
    student: BuiltStudent,
    work: Path,
) -> None:
    """Write the training examples: a stream per target language, one of distinct sources."""
    model = load_sentence_transformer(student.folder, device="cpu")
    model.max_seq_length = min(int(model.max_seq_length or 512), recipe.training.max_tokens)
    texts: dict[str, tuple[list[str], list[str]]] = {}
    for part in train:
        ours = texts.setdefault(part.target_language, ([], []))
        ours[0].extend(part.target)
        ours[1].extend(part.source)
    streams = {name: (_table(model, ours[0]), ours[1]) for name, ours in texts.items()}
    distinct = list(dict.fromkeys(text for _, sources in texts.values() for text in sources))
    table = _table(model, distinct)
    if student.n_old is not None:
        recut = table.holding(student.n_old)
        rows = np.concatenate([np.arange(len(distinct)), np.tile(recut, RECUT_COPIES - 1)])
        table, distinct = table.take(rows), [distinct[row] for row in rows]
    streams[source] = (table, distinct)
    Examples.from_streams(
        {name: (tokens, hash_texts(sources)) for name, (tokens, sources) in streams.items()}
    ).write(work / "examples")


def _table(model: SentenceTransformer, sentences: Sequence[str]) -> TokenTable:
    return TokenTable.from_sentences(
        ids
        for start in range(0, len(sentences), CHUNK)
        for ids in tokenize(model, sentences[start : start + CHUNK])
    )


def _account(
    loaded: Sequence[LoadedPairs], train: Sequence[ParallelSentences], tasks: Sequence[Task]
) -> list[dict[str, Any]]:
    """The data reports, with held-out pairs and training pairs shared with test tasks counted."""
    tested = {text for task in tasks for text in task.texts()}
    rows = []
    for part, kept in zip(loaded, train, strict=True):
        shared = sum(s in tested or t in tested for s, t in kept)
        if shared:
            logger.warning(
                "%d training pairs of %s hold a sentence of a test task",
                shared,
                part.report.languages,
            )
        rows.append(
            asdict(part.report) | {"dev": len(part.sentences) - len(kept), "in_test_tasks": shared}
        )
    return rows
