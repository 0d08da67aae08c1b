"""Make a published table again with the models and data at hand.

rows    -> finished models; or a student per number of pairs, or per corpus
each    -> trained where it must be, scored on the same tests; what is done is not done again
table   -> all rows side by side, what was published beside them, one plot
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from isogloss.console import Console
from isogloss.corpora.fetch import content_hashes, fetch_missing
from isogloss.data.loading import load_parallel
from isogloss.data.places import parse_where
from isogloss.data.readers.opening import is_pipe
from isogloss.encoders.opening import check_model
from isogloss.errors import InputError, ModelNotFoundError, expect
from isogloss.recipes.distill.dry_run import plan
from isogloss.recipes.distill.student import resolve_student
from isogloss.recipes.evaluate.run import Evaluation
from isogloss.recipes.finish import FinishedRun, finish_run
from isogloss.recipes.reproduce.cache import ScoredRow
from isogloss.recipes.reproduce.plan import StudyRow, plan_rows
from isogloss.recipes.reproduce.recipe import SIZES, ReproduceRecipe
from isogloss.recipes.reproduce.rows import Named, StudyTests, make_row, open_tests
from isogloss.recipes.reproduce.studies import Study, find_study
from isogloss.reports.results import TEACHER
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.folder import settle_recipe, spare_inputs
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.parts import StudyRecord, StudyRowRecord
from isogloss.runs.record import EvaluateRecord, ReproduceRecord
from isogloss.tasks import parse_task
from isogloss.writing import write_json

ROWS = "rows.json"
"""In the `work` folder: what the study has been asked for so far."""


def reproduce(
    recipe: ReproduceRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> FinishedRun[ReproduceRecord]:
    """Train and score every row of a published table, and lay them side by side.

    Args:
        recipe: what to do.
        resume: go on with the study that `recipe.out` holds, finished or not: its rows stay,
            further `sizes` and `models` join them, and other tests score them anew.
        overwrite: throw away what `recipe.out` holds.
        console: told about the stages; None is silent.

    Returns:
        The scores of every row.

    Raises:
        OutputFolderError: `recipe.out` is in use.
        InputError: it holds another study, or one of other pairs.
        IsoglossError: see `distill` and `evaluate`.
    """
    expect(recipe, ReproduceRecipe, "recipe", "give isogloss.ReproduceRecipe(...)")
    study = find_study(recipe.study)
    given = recipe.distill
    models = (given.teacher, given.student.base) if given else (recipe.teacher,)
    places = (*(given.places if given else ()), *recipe.tasks, recipe.data_root or "")
    spare_inputs(recipe.out, models, places)
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite) as run:
        recipe = _resolved(_joined(recipe, run.folder) if resume else recipe)
        asked = {name: getattr(recipe, name) for name in ("sizes", "models", "published")}
        recipe, run.notes = _reachable(recipe, study)
        rows = plan_rows(recipe, study)
        for row in rows:
            if row.model and not row.optional:
                check_model(row.model)
        tests = open_tests(recipe, study)
        with run.preparing():
            settle_recipe(run.folder, recipe.fingerprint(), _pairs_of(recipe, run.console))
        write_json(run.folder / "work" / ROWS, asked)
        found = _make_all(rows, tests, run)
        return _finish(recipe, study, tests, found, run)


def _finish(
    recipe: ReproduceRecipe,
    study: Study,
    tests: StudyTests,
    found: Mapping[str, ScoredRow],
    run: OpenRun,
) -> FinishedRun[ReproduceRecord]:
    """Lay the rows side by side."""
    run.notes = [*tests.opened.notes, *run.notes]
    record = ReproduceRecord(
        command="reproduce",
        study=_describe(study, found),
        recipe=asdict(recipe),
        models={label: _model(row) for label, row in found.items()},
        teacher=_model(found[TEACHER]) if TEACHER in found else None,
        **run.measured(),
    )
    scores = Evaluation(
        {label: row.scores for label, row in found.items()},
        EvaluateRecord(command="evaluate", notes=run.notes),
    )
    return finish_run(run, record, scores, [one for row in found.values() for one in row.items])


def _model(row: ScoredRow) -> ModelDescription:
    return ModelDescription.model_validate(row.model)


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
    study = find_study(recipe.study)
    recipe, notes = _reachable(_resolved(recipe), study)
    rows: list[dict[str, Any]] = []
    for row in plan_rows(recipe, study):
        told = plan(row.recipe)["estimate"] if row.recipe else {"model": row.model}
        rows.append({"label": row.label} | told)
    return {"recipe": asdict(recipe), "notes": notes, "rows": rows}


def _resolved(recipe: ReproduceRecipe) -> ReproduceRecipe:
    """The recipe with what it and that of its students leave open."""
    given = recipe.distill
    if given is not None:
        recipe = replace(recipe, distill=resolve_student(given.student).resolved(given))
    return recipe.resolved()


def _joined(recipe: ReproduceRecipe, out: Path) -> ReproduceRecipe:
    """The recipe with the rows that the study in a folder has already."""
    path = out / "work" / ROWS
    if not path.exists():
        return recipe
    earlier = json.loads(path.read_text(encoding="utf-8"))
    sizes = earlier["sizes"]
    if recipe.sizes is not None:
        sizes = [*(SIZES if sizes is None else sizes), *recipe.sizes]
    return replace(
        recipe,
        sizes=None if sizes is None else tuple(sizes),
        models=tuple(dict.fromkeys([*earlier["models"], *recipe.models])),
        published=not earlier["models"] if earlier["published"] is None else earlier["published"],
    )


def _reachable(recipe: ReproduceRecipe, study: Study) -> tuple[ReproduceRecipe, list[str]]:
    """The recipe with only those numbers of pairs that there are, and a note on each other."""
    _refuse_pipes(recipe)
    if recipe.distill is None or study.varies != "sizes":
        return recipe, []
    places, cleaning = recipe.distill.pairs, recipe.distill.cleaning
    fetch_missing([parse_where(text) for text in places])
    most = max(load_parallel(where, cleaning=cleaning).report.kept for where in places)
    sizes = SIZES if recipe.sizes is None else recipe.sizes
    notes = [
        f"{size:,} pairs: left out, no place has more than {most:,} usable ones"
        for size in sizes
        if size >= most
    ]
    return replace(recipe, sizes=tuple(size for size in sizes if size < most)), notes


def _pairs_of(recipe: ReproduceRecipe, console: Console) -> dict[str, str]:
    """Hashes of the pairs that every row learns from, see `content_hashes`."""
    places = [parse_where(text) for text in recipe.distill.pairs] if recipe.distill else []
    fetch_missing(places, console)
    return content_hashes(places)


def _refuse_pipes(recipe: ReproduceRecipe) -> None:
    """Refuse what can be read once: every row of a study reads pairs and tests."""
    pairs = recipe.distill.pairs if recipe.distill else ()
    places = {text: tuple(map(Path, parse_where(text).locations)) for text in pairs}
    places |= {text: parse_task(text).paths for text in recipe.tasks}
    for text, paths in places.items():
        if any(map(is_pipe, paths)):
            raise InputError(
                f"{text} is a pipe, and every row of a study reads it; expected a file: write it "
                "to one"
            )


def _make_all(rows: Sequence[StudyRow], tests: StudyTests, run: OpenRun) -> dict[str, ScoredRow]:
    """Every row that can be had, by its label; those that cannot, and alarms, are noted."""
    found: dict[str, ScoredRow] = {}
    for number, row in enumerate(rows, start=1):
        if row.is_teacher and tests.teacher is None:
            run.notes.append(
                "the teacher is no row, and nothing is held against it: the recipe of its"
                " students changes it"
            )
            continue
        told = Named(run.console, f"{number} of {len(rows)}, {row.label}")
        try:
            found[row.label] = make_row(row, tests, told)
        except ModelNotFoundError as error:
            if not row.optional:
                raise
            run.notes.append(f"{row.label}: not measured here, {error}")
        else:
            run.notes += [f"{row.label}: {alarm}" for alarm in found[row.label].alarms]
    if not found:
        raise InputError(
            f"none of {len(rows)} published models is at hand; expected a connection to the hub,"
            " or models of your own: add --model"
        )
    return found


def _describe(study: Study, found: Mapping[str, ScoredRow]) -> StudyRecord:
    """The study, for the record."""
    return StudyRecord(
        name=study.name,
        title=study.title,
        question=study.question,
        source=study.source,
        varies=study.varies,
        rows=[StudyRowRecord(label=label, pairs=dict(row.pairs)) for label, row in found.items()],
    )
