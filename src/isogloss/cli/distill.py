"""`isogloss distill`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.options import (
    AsJson,
    DryRun,
    Epochs,
    Minutes,
    Overwrite,
    RecipeFile,
    RecipeFrom,
    Resume,
    Seed,
    Settings,
    Tasks,
    resolve_recipe,
    run_recipe,
    said,
    show_scores,
)
from isogloss.cli.places import note_out
from isogloss.cli.streams import emit_json

if TYPE_CHECKING:
    from isogloss.recipes.distill.recipe import DistillRecipe

Teacher = Annotated[
    str | None,
    typer.Option(help="Folder or hub name of the model that knows the source language."),
]
Student = Annotated[
    str | None,
    typer.Option(help="transplant (default), static, or folder or hub name of an encoder."),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option(help="Parallel sentences, LANGS=WHERE, e.g. en-de=corpus.tsv.gz. Repeatable."),
]
Out = Annotated[str | None, typer.Option(help="Folder for the trained student; new or empty.")]


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
    recipe: Path | None, recipe_from: Path | None, values: dict[str, Any], settings: list[str]
) -> "DistillRecipe":
    """Recipe file, earlier run, options and --set, the later winning."""
    from isogloss.recipes.distill.recipe import DistillRecipe

    required = {"teacher": "--teacher", "pairs": "--pairs", "out": "--out"}
    return resolve_recipe(DistillRecipe, required, recipe, recipe_from, values, settings)
