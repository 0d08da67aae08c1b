"""`isogloss distill`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def distill(
    recipe: Annotated[
        Path | None, typer.Argument(help="A recipe (TOML); options given beside it win.")
    ] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Folder or hub name of the model that knows the source language.")
    ] = None,
    student: Annotated[
        str | None,
        typer.Option(help="transplant (default), or folder or hub name of a multilingual encoder."),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option(help="Parallel sentences, LANGS=WHERE, e.g. en-de=corpus.tsv.gz. Repeatable."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="Folder for the trained student; new or empty.")
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(help="Minutes of training; preparing and evaluating come on top."),
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(help="Passes over the pairs, fractions allowed (default 1).")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Evaluate on KIND:LANGS=WHERE, e.g. sts:de-de=test.tsv. Repeatable."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any recipe key, e.g. training.learning_rate=2e-4. Repeatable."),
    ] = None,
    recipe_from: Annotated[
        Path | None, typer.Option(help="Repeat the run whose run.json this is.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides the order of sentences.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what --out holds.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away the run that --out holds.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the resolved recipe, sizes, memory and time.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Teach a model new languages: a student learns to put a translation where the teacher puts the original."""
    given = {
        "teacher": teacher,
        "pairs": pairs or None,
        "out": out,
        "tasks": task or None,
        "student": {"kind": student} if student else None,
        "training": {
            key: value
            for key, value in (("minutes", minutes), ("epochs", epochs), ("seed", seed))
            if value is not None
        }
        or None,
    }
    values = {key: value for key, value in given.items() if value is not None}
    resolved = resolve(recipe, recipe_from, values, setting or [])
    if dry_run:
        from isogloss.recipes.dry_run import plan

        typer.echo(json.dumps(plan(resolved), indent=2, ensure_ascii=False))
        return
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.recipes.distill import distill as run
    from isogloss.recipes.evaluate import format_table

    result = run(resolved, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    if not result.run:  # a helper process of a run with several
        return
    if as_json:
        typer.echo(json.dumps(result.evaluation.rows(), ensure_ascii=False))
        return
    show_table(format_table(result.evaluation))
    for alarm in result.run["alarms"]:
        typer.echo(f"alarm: {alarm}", err=True)
    typer.echo(f"student: {result.folder}   report: {result.folder / 'report.md'}")


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
        folder = recipe_from.parent if recipe_from.name == "run.json" else recipe_from
        base = merge(base, read_run(folder)["recipe"])
        base.pop("out", None)
    merged = merge(merge(base, values), parse_assignments(settings))
    for key, option in (("teacher", "--teacher"), ("pairs", "--pairs"), ("out", "--out")):
        if not merged.get(key):
            raise InputError(f"no {key} was given; expected one: add {option}, or `{key}` to the recipe")
    return build_config(DistillRecipe, merged)
