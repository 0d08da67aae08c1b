"""`isogloss reproduce`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.options import (
    PATH,
    AsJson,
    DataRoot,
    DryRun,
    Epochs,
    Minutes,
    Overwrite,
    Pairs,
    Resume,
    Seed,
    Settings,
    Student,
    Suites,
    Tasks,
    Teacher,
    check_places,
    given_recipe,
    run_recipe,
    said,
)
from isogloss.cli.places import note_out
from isogloss.cli.streams import emit, emit_json

if TYPE_CHECKING:
    from isogloss.recipes.reproduce.recipe import ReproduceRecipe

Name = Annotated[
    str, typer.Argument(help="table1 to table8 of the method's paper, or a published model.")
]
RecipeFile = Annotated[
    Path | None, typer.Argument(help="How students are made (TOML), as for `distill`.", **PATH)
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", help="A model as a further row, as for `evaluate`. Repeatable."),
]
Sizes = Annotated[
    str | None, typer.Option(help="Numbers of pairs, e.g. 1000,5000, besides all of them (table6).")
]
Languages = Annotated[str, typer.Option(help="Languages of the suites, as for `evaluate`.")]
Out = Annotated[
    str | None, typer.Option(help="Folder for students, scores, and the report; new or empty.")
]


def reproduce(
    name: Name,
    recipe: RecipeFile = None,
    models: Models = None,
    teacher: Teacher = None,
    student: Student = None,
    pairs: Pairs = None,
    sizes: Sizes = None,
    out: Out = None,
    task: Tasks = None,
    suites: Suites = None,
    data_root: DataRoot = None,
    languages: Languages = "",
    minutes: Minutes = None,
    epochs: Epochs = None,
    setting: Settings = None,
    seed: Seed = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Reproduce a published table with your models and data.

    table5 and table6 train a student per corpus, or per number of pairs; the others score models.
    """
    training = {
        "pairs": pairs,
        "student": {"kind": student or None},
        "training": {"minutes": minutes, "epochs": epochs, "seed": seed},
    }
    rest = {
        **{"models": models, "tasks": task, "suites": suites, "languages": languages or None},
        "data_root": str(data_root) if data_root else None,
        "sizes": _numbers(sizes),
    }
    check_places(said(training | rest))
    resolved = resolve(name, recipe, out, teacher, said(training), setting or [], said(rest))
    if dry_run:
        note_out(resolved.out, resume=resume, overwrite=overwrite)
        from isogloss.recipes.reproduce.run import plan_study

        emit_json(plan_study(resolved), indent=2)
        return
    from isogloss.cli.terminal import show_table
    from isogloss.recipes.evaluate.run import format_table
    from isogloss.recipes.reproduce.run import reproduce as run

    result = run_recipe(run, resolved, resume=resume, overwrite=overwrite, as_json=as_json)
    if as_json:
        emit_json(result.evaluation.rows())
        return
    show_table(format_table(result.evaluation))
    emit(f"report: {result.folder / 'report.md'}")


def resolve(
    name: str,
    recipe: Path | None,
    out: str | None,
    teacher: str | None,
    training: dict[str, Any],
    settings: list[str],
    rest: dict[str, Any],
) -> "ReproduceRecipe":
    """The study, with the recipe of its students where it trains any."""
    from isogloss.config import build_config
    from isogloss.errors import InputError
    from isogloss.recipes.reproduce.studies import find_study

    study = find_study(name)
    if not out:
        raise InputError("no out was given; expected a folder; add --out")
    from isogloss.recipes.distill.recipe import DistillRecipe
    from isogloss.recipes.reproduce.recipe import ReproduceRecipe, check_trains

    students = None
    if recipe is not None or training or settings or study.trains:
        check_trains(study)
        values = training | said({"teacher": teacher, "out": out})
        required = {"teacher": "--teacher", "pairs": "--pairs"}
        given = given_recipe("distill", required, recipe, None, values, settings)
        students = build_config(DistillRecipe, given)
    made: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in rest.items()
    }
    return ReproduceRecipe(name, out, students, teacher=teacher, **made)


def _numbers(text: str | None) -> list[int] | None:
    """`1000,5000` as numbers."""
    from isogloss.errors import InputError

    if text is None:
        return None
    try:
        return [int(part) for part in text.replace("_", "").split(",")]
    except ValueError as error:
        raise InputError(
            f"--sizes {text!r} holds what is no whole number; expected numbers of pairs with commas"
            " between: --sizes 1000,5000"
        ) from error
