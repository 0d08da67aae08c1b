"""`isogloss distill`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.cli.options import (
    AsJson,
    DryRun,
    Epochs,
    Minutes,
    Out,
    Overwrite,
    Pairs,
    RecipeFile,
    RecipeFrom,
    Resume,
    Seed,
    Settings,
    Student,
    Tasks,
    Teacher,
    check_places,
    given_recipe,
    run_recipe,
    said,
    show_scores,
)
from isogloss.cli.places import note_out
from isogloss.cli.streams import emit_json

if TYPE_CHECKING:
    from isogloss.recipes.distill.recipe import DistillRecipe


def distill(
    recipe: RecipeFile = None,
    teacher: Teacher = None,
    student: Student = None,
    pairs: Pairs = None,
    out: Out = None,
    minutes: Minutes = None,
    epochs: Epochs = None,
    task: Tasks = None,
    setting: Settings = None,
    recipe_from: RecipeFrom = None,
    seed: Seed = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Teach a model new languages.

    A student learns to put a translation where the teacher puts the original.
    """
    values = said(
        {
            "teacher": teacher,
            "pairs": pairs,
            "out": out,
            "tasks": task,
            "student": {"kind": student or None},
            "training": {"minutes": minutes, "epochs": epochs, "seed": seed},
        }
    )
    resolved = resolve(recipe, recipe_from, values, setting or [])
    if dry_run:
        note_out(resolved.out, resume=resume, overwrite=overwrite)
        from isogloss.recipes.distill.dry_run import plan

        emit_json(plan(resolved), indent=2)
        return
    from isogloss.recipes.distill.run import distill as run

    result = run_recipe(run, resolved, resume=resume, overwrite=overwrite, as_json=as_json)
    if result.record:  # a helper process of a run with several has none
        show_scores(result, as_json=as_json)


def resolve(
    recipe: Path | None,
    recipe_from: Path | None,
    values: dict[str, Any],
    settings: list[str],
    *,
    check: bool = True,
) -> "DistillRecipe":
    """The resolved recipe; with `check`, its data are looked for first."""
    required = {"teacher": "--teacher", "pairs": "--pairs", "out": "--out"}
    given = given_recipe("distill", required, recipe, recipe_from, values, settings)
    if check:
        check_places(given)
    from isogloss.config import build_config
    from isogloss.recipes.distill.recipe import DistillRecipe

    return build_config(DistillRecipe, given)
