"""Make a published table again with the models and data at hand.

rows    -> finished models; or a student per amount, or per kind, of pairs
each    -> trained where it must be, scored on the same tasks, kept: what is done is not done again
table   -> all rows side by side, what was published beside them, one plot
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from isogloss.console import Console, Silent
from isogloss.data.loading import load_parallel
from isogloss.errors import InputError, ModelNotFoundError
from isogloss.provenance import code_version, environment, now, peak_memory_bytes
from isogloss.recipes.dry_run import plan
from isogloss.recipes.evaluate import Evaluation
from isogloss.recipes.reproduce_recipe import ReproduceRecipe
from isogloss.recipes.run_folder import settle_recipe, taken_folder
from isogloss.recipes.studies import Study, find_study
from isogloss.recipes.study_cells import TEACHER, Cell, plan_cells
from isogloss.recipes.study_files import ScoredCell, write_study
from isogloss.recipes.study_making import Named, StudyTests, make_cell, open_tests
from isogloss.reports.study_report import REPRODUCE


@dataclass(frozen=True)
class Reproduction:
    """A finished study.

    Attributes:
        folder: where everything lies.
        run: the content of `run.json`.
        evaluation: scores of its rows, by their labels.
    """

    folder: Path
    run: dict[str, Any]
    evaluation: Evaluation


def reproduce(
    recipe: ReproduceRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> Reproduction:
    """Train and score every row of a published table, and lay them side by side.

    Args:
        recipe: what to do.
        resume: go on with the study that `recipe.out` holds, also with more `sizes` and `models`
            than it was begun with; what is done is kept.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The scores of every row.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        InputError: it holds another study.
        IsoglossError: see `distill` and `evaluate`.
    """
    start = time.perf_counter()
    study, out, notes = find_study(recipe.study), Path(recipe.out), list[str]()
    recipe = _reachable(recipe, study, notes)
    tests = open_tests(recipe, study)
    cells = [c for c in plan_cells(recipe, study) if tests.teacher or c.label != TEACHER]
    with taken_folder(out, resume, overwrite, open_end=True):
        settle_recipe(out, recipe.fingerprint())
    found = _make_all(cells, tests, console or Silent(), notes)
    run: dict[str, Any] = {
        "isogloss": code_version(),
        "command": REPRODUCE,
        "finished": now(),
        "study": _account(study, found),
        "recipe": asdict(recipe),
        "models": {label: cell.model for label, cell in found.items()},
        "teacher": found[TEACHER].model if TEACHER in found else {},
        "notes": [*tests.opened.notes, *notes],
        "environment": environment(),
        "seconds": {"all": round(time.perf_counter() - start, 1)},
        "peak_memory_bytes": peak_memory_bytes(),
    }
    scores = {label: cell.scores for label, cell in found.items()}
    result = Reproduction(out, run, Evaluation(scores, run["notes"], run))
    items = [one for cell in found.values() for one in cell.items]
    write_study(out, run, result.evaluation.rows(), items)
    return result


def plan_study(recipe: ReproduceRecipe) -> dict[str, Any]:
    """What a study would do.

    Args:
        recipe: what to do.

    Returns:
        JSON-able: `recipe`, `notes`, and `rows`: the label of each, with its model, or with what
        `isogloss distill --dry-run` estimates of its training.

    Raises:
        IsoglossError: data or models cannot be used.
    """
    study, notes = find_study(recipe.study), list[str]()
    recipe = _reachable(recipe, study, notes)
    rows: list[dict[str, Any]] = []
    for cell in plan_cells(recipe, study):
        told = plan(cell.recipe)["estimate"] if cell.recipe else {"model": cell.model}
        rows.append({"label": cell.label} | told)
    return {"recipe": asdict(recipe), "notes": notes, "rows": rows}


def _reachable(recipe: ReproduceRecipe, study: Study, notes: list[str]) -> ReproduceRecipe:
    """Only amounts of pairs that there are; the others are noted."""
    if recipe.distill is None or study.varies != "amount":
        return recipe
    places, cleaning = recipe.distill.pairs, recipe.distill.cleaning
    most = max(load_parallel(where, cleaning=cleaning).report.kept for where in places)
    notes += [
        f"{size:,} pairs: left out, no more than {most:,} are usable"
        for size in recipe.sizes
        if size >= most
    ]
    return replace(recipe, sizes=tuple(size for size in recipe.sizes if size < most))


def _make_all(
    cells: Sequence[Cell], tests: StudyTests, console: Console, notes: list[str]
) -> dict[str, ScoredCell]:
    """Every row that can be had, by its label; published models that cannot are noted."""
    found: dict[str, ScoredCell] = {}
    for number, cell in enumerate(cells, start=1):
        told = Named(console, f"{number} of {len(cells)}, {cell.label}")
        try:
            found[cell.label] = make_cell(cell, tests, told)
        except ModelNotFoundError as error:
            if not cell.optional:
                raise
            notes.append(f"{cell.label}: not measured here, {error}")
    if not found:
        raise InputError(
            f"none of {len(cells)} published models is at hand; expected a connection to the hub,"
            " or models of your own: add --model"
        )
    return found


def _account(study: Study, found: Mapping[str, ScoredCell]) -> dict[str, Any]:
    """The study as `run.json` has it."""
    return {
        "name": study.name,
        "title": study.title,
        "question": study.question,
        "source": study.source,
        "varies": study.varies,
        "rows": [{"label": label, "pairs": cell.pairs} for label, cell in found.items()],
    }
