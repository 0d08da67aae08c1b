"""A row of a study: trained where it must be, scored, and neither a second time."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from isogloss.console import Advance, Console
from isogloss.data.where import parse_where
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.names import find_model
from isogloss.encoders.opening import open_encoder
from isogloss.protocols import Encoder
from isogloss.recipes.distill import distill
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.evaluate import evaluate, write_evaluation
from isogloss.recipes.reproduce_recipe import ReproduceRecipe
from isogloss.recipes.studies import Study
from isogloss.recipes.study_cells import TEACHER, Cell
from isogloss.recipes.study_files import ScoredCell, read_scored
from isogloss.recipes.suites import OpenSuites, chosen_languages, open_suites
from isogloss.recipes.teacher import load_teacher
from isogloss.reports.folder import RUN_FILE, read_run
from isogloss.reports.results import TRAINED
from isogloss.reports.write import REPORT_FILE
from isogloss.tasks import Task, load_task


@dataclass(frozen=True)
class StudyTests:
    """What every row is scored on.

    Attributes:
        tasks: tasks that were named one by one.
        opened: suites.
        teacher: what retention is against, if anything.
    """

    tasks: Sequence[Task]
    opened: OpenSuites
    teacher: Encoder | None


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
    tasks = [load_task(text) for text in recipe.tasks]
    said = recipe.languages or study.languages
    if not said and recipe.distill is not None:
        pairs = [parse_where(text).languages for text in recipe.distill.pairs]
        said = ",".join(dict.fromkeys(code for pair in pairs for code in pair))
    wanted = chosen_languages(said)
    opened = open_suites(recipe.suites, data_root=recipe.data_root, wanted=wanted)
    return StudyTests(tasks, opened, _teacher(recipe))


def make_cell(cell: Cell, tests: StudyTests, console: Console) -> ScoredCell:
    """Make and score a row, or find it made and scored.

    Args:
        cell: the row.
        tests: what it is scored on.
        console: told about the stages.

    Raises:
        IsoglossError: see `distill` and `evaluate`.
    """
    if cell.recipe is not None:
        return _trained(cell, cell.recipe, tests, console)
    given = tests.teacher if cell.label == TEACHER else None
    encoder = given or open_encoder(cell.model)
    model = {"name": cell.model, "fingerprint": encoder.fingerprint}
    if _scored_model(cell.folder, cell.label) != encoder.fingerprint:
        with console.stage("scoring"):
            found = evaluate(
                {cell.label: encoder},
                tests.tasks,
                suites=tests.opened.suites,
                teacher=tests.teacher,
            )
        write_evaluation(found, cell.folder)
    return read_scored([cell.folder], cell.label, cell.label, model)


def _trained(cell: Cell, recipe: DistillRecipe, tests: StudyTests, console: Console) -> ScoredCell:
    out, folder = Path(recipe.out), cell.folder / "suites"
    if not (out / RUN_FILE).exists():
        distill(recipe, resume=(out / "work").is_dir(), console=console)
    run = read_run(out)
    model = {"name": cell.label, "fingerprint": run["student"]["fingerprint"]}
    suites = tests.opened.suites
    if suites and _scored_model(folder, TRAINED) != model["fingerprint"]:
        with console.stage("scoring on suites"):
            found = evaluate({TRAINED: load_encoder(out)}, suites=suites, teacher=tests.teacher)
        write_evaluation(found, folder)
    folders = [out, folder] if suites else [out]
    pairs = sum(entry["kept"] for entry in run["data"])
    return read_scored(folders, TRAINED, cell.label, model, pairs)


def _scored_model(folder: Path, label: str) -> str | None:
    """Fingerprint of the model whose whole evaluation lies in a folder; None where none does."""
    if not (folder / REPORT_FILE).exists():
        return None
    return str(read_run(folder)["models"][label]["fingerprint"])


def _teacher(recipe: ReproduceRecipe) -> Encoder | None:
    """The teacher as its students' recipe has it; None of one that the recipe changes."""
    given = recipe.distill
    if given is None:
        return open_encoder(recipe.teacher) if recipe.teacher else None
    if given.teacher_pooling is not None or given.teacher_dim is not None:
        return None
    return load_teacher(given, find_model(given.teacher))
