"""`isogloss distill`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from isogloss.recipes.distill import Distillation

RecipeFile = Annotated[
    Path | None, typer.Argument(help="A recipe (TOML); options given beside it win.")
]
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
Minutes = Annotated[
    float | None, typer.Option(help="Minutes of training; preparing and evaluating come on top.")
]
Epochs = Annotated[
    float | None, typer.Option(help="Passes over the pairs, fractions allowed (default 1).")
]
Tasks = Annotated[
    list[str] | None,
    typer.Option(help="Evaluate on KIND:LANGS=WHERE, e.g. sts:de-de=test.tsv. Repeatable."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any recipe key, e.g. training.learning_rate=2e-4. Repeatable."),
]
RecipeFrom = Annotated[Path | None, typer.Option(help="Repeat the run whose run.json this is.")]
Seed = Annotated[int | None, typer.Option(help="Decides the order of sentences.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what --out holds.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Throw away the run that --out holds.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the resolved recipe, sizes, memory and time.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")]


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
    values = _said(
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
        from isogloss.recipes.dry_run import plan

        typer.echo(json.dumps(plan(resolved), indent=2, ensure_ascii=False))
        return
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.distill import distill as run

    result = run(resolved, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    if result.run:  # a helper process of a run with several has none
        _show(result, as_json=as_json)


def resolve(
    recipe: Path | None, recipe_from: Path | None, values: dict[str, Any], settings: list[str]
) -> Any:
    """Recipe file, earlier run, options and --set, the later winning, as a `DistillRecipe`."""
    from isogloss.config import build_config, merge, parse_assignments, read_toml
    from isogloss.errors import InputError
    from isogloss.recipes.distill_recipe import DistillRecipe
    from isogloss.reports.folder import read_run

    base: dict[str, Any] = {}
    if recipe is not None:
        base = read_toml(recipe)
    if recipe_from is not None:
        folder = recipe_from if recipe_from.is_dir() else recipe_from.parent
        earlier = read_run(folder).get("recipe")
        if (recipe_from.is_file() and recipe_from.name != "run.json") or earlier is None:
            raise InputError(
                f"--recipe-from {str(recipe_from)!r} holds no recipe; expected the run.json of a "
                "distillation, or its folder; check the path"
            )
        base = merge(base, earlier)
        base.pop("out", None)
    merged = merge(merge(base, values), parse_assignments(settings))
    for key, option in (("teacher", "--teacher"), ("pairs", "--pairs"), ("out", "--out")):
        if not merged.get(key):
            raise InputError(
                f"no {key} was given; expected one: add {option}, or `{key}` to the recipe"
            )
    return build_config(DistillRecipe, merged)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as nested dictionaries."""
    nested = {k: _said(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    return {key: value for key, value in nested.items() if value not in (None, [], {})}


def _show(result: "Distillation", *, as_json: bool) -> None:
    """Scores, alarms, and where everything lies."""
    from isogloss.cli.terminal import show_table
    from isogloss.recipes.evaluate import format_table

    if as_json:
        typer.echo(json.dumps(result.evaluation.rows(), ensure_ascii=False))
        return
    show_table(format_table(result.evaluation))
    for alarm in result.run["alarms"]:
        typer.echo(f"alarm: {alarm}", err=True)
    typer.echo(f"student: {result.folder}   report: {result.folder / 'report.md'}")
