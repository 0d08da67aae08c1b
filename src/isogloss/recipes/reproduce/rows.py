"""A row of a study: trained where it must be, scored, and neither a second time."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from isogloss.console import Advance, Console
from isogloss.data.places import parse_where
from isogloss.data.text import text_fingerprint
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.names import find_model
from isogloss.encoders.opening import open_encoder
from isogloss.protocols import Encoder, model_fingerprint
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.run import distill
from isogloss.recipes.distill.teacher import load_teacher
from isogloss.recipes.evaluate.run import evaluate, write_evaluation
from isogloss.recipes.evaluate.suites import (
    ChosenLanguages,
    OpenSuites,
    chosen_languages,
    open_suites,
)
from isogloss.recipes.reproduce.cache import ScoredRow, is_scored, note_scored, with_scores
from isogloss.recipes.reproduce.plan import StudyRow
from isogloss.recipes.reproduce.recipe import ReproduceRecipe
from isogloss.recipes.reproduce.studies import Study
from isogloss.runs.folder import is_finished
from isogloss.runs.provenance import code_version
from isogloss.runs.record import DistillRecord, read_record
from isogloss.tasks import Task, load_task


@dataclass(frozen=True)
class StudyTests:
    """What every row is scored on.

    Attributes:
        tasks: tasks that were named one by one.
        opened: suites.
        teacher: what retention is against, if anything.
        source: the language that the teacher knows.
    """

    tasks: Sequence[Task]
    opened: OpenSuites
    teacher: Encoder | None
    source: str

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that decides the scores but the model; worked out once for all rows."""
        suites = self.opened.suites
        tasks = [*self.tasks, *(task for suite in suites for task in suite.tasks)]
        marks = [
            f"{task.kind} {task.languages} {task.name!r} {task.use!r} {task.fingerprint()}"
            for task in tasks
        ]
        marks += [
            repr((suite.name, suite.card.name, suite.card.statistics, suite.card.bias))
            + repr((len(suite.tasks), suite.missing, suite.unwanted))
            for suite in suites
        ]
        teacher = self.teacher.fingerprint if self.teacher else ""
        return text_fingerprint([*marks, teacher, code_version()])


@dataclass(frozen=True)
class Named:
    """A console whose stages say which row they belong to.

    Attributes:
        console: the console.
        name: of the row.
    """

    console: Console
    name: str

    def stage(self, title: str, total: float | None = None) -> AbstractContextManager[Advance]:
        """Begin a stage."""
        return self.console.stage(f"{self.name}: {title}", total)


def open_tests(recipe: ReproduceRecipe, study: Study) -> StudyTests:
    """Load tasks, suites, and the teacher.

    Raises:
        IsoglossError: see `load_task`, `load_suites` and `open_encoder`.
    """
    places = recipe.distill.pairs if recipe.distill else ()
    pairs = [parse_where(text).languages for text in places]
    codes = list(dict.fromkeys(code for pair in pairs for code in pair))
    if recipe.languages:
        wanted = chosen_languages(recipe.languages)
    elif codes:
        wanted = ChosenLanguages(codes, "the languages of the pairs")
    elif study.languages and recipe.suites == study.suites:
        codes = study.languages.split(",")
        wanted = ChosenLanguages(codes, "the languages of the published table")
    else:
        wanted = ChosenLanguages()
    tasks = [load_task(text) for text in recipe.tasks]
    opened = open_suites(recipe.suites, data_root=recipe.data_root, wanted=wanted)
    return StudyTests(tasks, opened, _teacher(recipe), pairs[0].source if pairs else "en")


def make_row(row: StudyRow, tests: StudyTests, console: Console) -> ScoredRow:
    """Make and score a row, or find it made and scored.

    Args:
        row: the row.
        tests: what it is scored on.
        console: told about the stages.

    Raises:
        IsoglossError: see `distill` and `evaluate`.
    """
    if row.recipe is None:
        encoder = tests.teacher if row.is_teacher and tests.teacher else open_encoder(row.model)
        made = ScoredRow({"name": row.model, "fingerprint": model_fingerprint(encoder)})
    else:
        made = _trained(row.label, row.recipe, console)
        code = row.recipe.student.remote_code
        encoder = load_encoder(Path(row.recipe.out), remote_code=code, fast=True)
    folder, mark, model = row.folder / "scores", tests.fingerprint, encoder.fingerprint
    if not is_scored(folder, model, mark):
        with console.stage("scoring"):
            found = evaluate(
                {row.label: encoder},
                tests.tasks,
                suites=tests.opened.suites,
                teacher=tests.teacher,
                teacher_language=tests.source,
            )
        write_evaluation(found, folder)
        note_scored(folder, model, mark)
    return with_scores(made, folder, row.label)


def _trained(label: str, recipe: DistillRecipe, console: Console) -> ScoredRow:
    out = Path(recipe.out)
    if not is_finished(out):
        distill(recipe, resume=(out / "work").is_dir(), console=console)
    record = read_record(out)
    assert isinstance(record, DistillRecord)
    pairs: Counter[str] = Counter()
    for part, languages in zip(record.data, record.pairs, strict=True):
        if part.replayed is None:  # tokens are learned from all, also where minutes drew some
            pairs[languages.target] += part.kept
    model = {"name": label, "fingerprint": record.student.fingerprint}
    return ScoredRow(model, pairs, tuple(record.alarms))


def _teacher(recipe: ReproduceRecipe) -> Encoder | None:
    """The teacher as its students' recipe has it; None of one that the recipe changes."""
    given = recipe.distill
    if given is None:
        return open_encoder(recipe.teacher) if recipe.teacher else None
    if given.teacher_pooling is not None or given.teacher_dim is not None:
        return None
    return load_teacher(given, find_model(given.teacher))
