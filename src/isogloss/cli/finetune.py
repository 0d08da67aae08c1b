"""`isogloss finetune`."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isogloss.cli.options import (
    AsJson,
    DryRun,
    Epochs,
    Minutes,
    Out,
    Overwrite,
    RecipeFile,
    RecipeFrom,
    Resume,
    Seed,
    Settings,
    Tasks,
    check_places,
    given_recipe,
    run_recipe,
    said,
    show_scores,
)
from isogloss.cli.places import note_out
from isogloss.cli.streams import emit_json

if TYPE_CHECKING:
    from isogloss.recipes.finetune.recipe import FinetuneRecipe

Model = Annotated[str | None, typer.Option(help="Folder or hub name of the model to start from.")]
Sts = Annotated[
    list[str] | None,
    typer.Option(help="Graded pairs, LANG=FILE, the same pairs in every language. Repeatable."),
]
Crossed = Annotated[
    Literal["all", "pivot", "none"] | None,
    typer.Option(help="Train on pairs across all languages (default), with the pivot, or none."),
]
Dev = Annotated[
    list[str] | None,
    typer.Option(help="Graded pairs that choose the weights (default: a tenth of --sts)."),
]
Test = Annotated[
    list[str] | None,
    typer.Option(help="Graded pairs, LANG=FILE, scored in every crossing, never trained on."),
]
Nli = Annotated[
    list[str] | None,
    typer.Option(help="Inference data or triplets, LANG=FILE, for a teacher. Repeatable."),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option(help="Parallel sentences, LANGS=WHERE, that keep the distillation. Repeatable."),
]
Teacher = Annotated[
    str | None, typer.Option(help="Teacher whose vectors --pairs keep (default: the model itself).")
]
Search = Annotated[
    int | None,
    typer.Option(help="Try this many hyper-parameter settings, then train on everything."),
]
Folds = Annotated[int | None, typer.Option(help="Parts that each try is scored on (default 10).")]


def finetune(
    recipe: RecipeFile = None,
    model: Model = None,
    sts: Sts = None,
    crossings: Crossed = None,
    out: Out = None,
    dev: Dev = None,
    test: Test = None,
    pairs: Pairs = None,
    teacher: Teacher = None,
    nli: Nli = None,
    search: Search = None,
    folds: Folds = None,
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
    """Fine-tune a model on graded pairs in and across languages.

    The cosine of two sentences learns to follow the grade that people gave them, also where the
    sentences are in two languages.
    """
    values = said(
        {
            **{"model": model, "sts": sts, "crossings": crossings, "out": out, "dev": dev},
            **{"pairs": pairs, "teacher": teacher, "nli": nli, "tasks": task, "test": test},
            "search": {"trials": search, "folds": folds},
            "training": {"minutes": minutes, "epochs": epochs, "seed": seed},
        }
    )
    required = {"model": "--model", "out": "--out"}
    given = given_recipe("finetune", required, recipe, recipe_from, values, setting or [])
    check_places(given)
    from isogloss.config import build_config
    from isogloss.recipes.finetune.recipe import FinetuneRecipe

    resolved = build_config(FinetuneRecipe, given)
    if dry_run:
        note_out(resolved.out, resume=resume, overwrite=overwrite)
        _show_plan(resolved)
        return
    from isogloss.recipes.finetune.run import finetune as run

    result = run_recipe(run, resolved, resume=resume, overwrite=overwrite, as_json=as_json)
    if result.record:  # a helper process of a run with several has none
        show_scores(result, as_json=as_json)


def _show_plan(recipe: "FinetuneRecipe") -> None:
    """Print what the run would do, as JSON."""
    from isogloss.recipes.finetune.dry_run import plan
    from isogloss.recipes.finetune.search import check_search

    check_search(recipe)
    emit_json(plan(recipe), indent=2)
