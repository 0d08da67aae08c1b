"""Options that all recipe verbs share, and how they become a recipe."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from isogloss.cli.streams import emit, emit_json, remark
from isogloss.paths import given_path

Result = TypeVar("Result")

PATH: Any = {"parser": given_path, "metavar": "PATH"}
"""Of every option that is a path; what is more than a path, its verb takes apart itself."""

RecipeFile = Annotated[
    Path | None, typer.Argument(help="A recipe (TOML); options given beside it win.", **PATH)
]
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
RecipeFrom = Annotated[
    Path | None, typer.Option(help="Repeat the run whose run.json this is.", **PATH)
]
Seed = Annotated[int | None, typer.Option(help="Decides the order of sentences.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with what --out holds.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Throw away the run that --out holds.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print the resolved recipe, sizes, memory and time.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")]
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
Out = Annotated[str | None, typer.Option(help="Folder for the model; new or empty.")]
Suites = Annotated[
    list[str] | None,
    typer.Option(
        "--suite", help="sts17-paper, sts17, stsb-multi-mt, mstsb, tatoeba, bucc2018, korsts, bias."
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(help="Folder with the suites' data; without it they come from the hub.", **PATH),
]


def given_recipe(
    command: str,
    required: Mapping[str, str],
    recipe: Path | None,
    recipe_from: Path | None,
    values: dict[str, Any],
    settings: Sequence[str],
) -> dict[str, Any]:
    """Merge recipe file, earlier run, options, and --set; the later wins.

    Args:
        command: the verb, of which an earlier run must be.
        required: keys without a default, and the options that give them.
        recipe: a TOML file.
        recipe_from: the run.json of an earlier run, or its folder.
        values: options, by key.
        settings: `key=value`.

    Raises:
        InputError: a required key is missing, or a file or a setting cannot be used.
    """
    from isogloss.config import merge, parse_assignments, read_toml
    from isogloss.errors import InputError

    base: dict[str, Any] = {}
    if recipe is not None:
        base = read_toml(recipe)
    if recipe_from is not None:
        base = merge(base, _earlier(recipe_from, command))
    merged = merge(merge(base, values), parse_assignments(settings))
    for key, option in required.items():
        if not merged.get(key):
            raise InputError(
                f"no {key} was given; expected one: add {option}, or `{key}` to the recipe"
            )
    return merged


def check_places(given: Mapping[str, Any]) -> None:
    """Refuse places that cannot be read, before the libraries of models are loaded.

    Args:
        given: keys of a recipe; values of another type are left to its own checks.

    Raises:
        IsoglossError: a language, a kind of task or a file is unknown, or a place has no such form.
    """
    from isogloss.data.places import check_graded, parse_where
    from isogloss.tasks import parse_task

    graded = dict.fromkeys(("sts", "dev", "test", "nli"), check_graded)
    checks: dict[str, Callable[[str], object]] = {
        "pairs": parse_where,
        "tasks": parse_task,
        **graded,
    }
    for key, check in checks.items():
        places = given.get(key)
        for place in places if isinstance(places, list | tuple) else ():
            if isinstance(place, str):
                check(place)


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options given on the command line, as nested dictionaries."""
    nested = {k: said(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    return {key: value for key, value in nested.items() if value not in (None, [], {})}


def show_scores(result: Any, *, as_json: bool) -> None:
    """Print the scores that a run is judged by, its alarms, and where its files are.

    Args:
        result: a finished run: `evaluation`, `record` and `folder`.
        as_json: print the scores as JSON instead.
    """
    from isogloss.cli.terminal import show_table
    from isogloss.reports.results import judged
    from isogloss.reports.tables import scores_table
    from isogloss.training.alarms import kind_of

    if as_json:
        emit_json(result.evaluation.rows())
        return
    show_table(scores_table(judged(result.evaluation.scores)))
    if result.record.alarms:  # each was said when it was first set off
        names = dict.fromkeys(map(kind_of, result.record.alarms))
        remark(f"alarms: {', '.join(names)}; see the report")
    emit(f"model: {result.folder}   report: {result.folder / 'report.md'}")


def run_recipe(
    run: Callable[..., Result], recipe: Any, *, resume: bool, overwrite: bool, as_json: bool
) -> Result:
    """Run a recipe; scores that it cannot write are printed before it fails.

    Args:
        run: the verb as a function.
        recipe: what to do.
        resume: go on with the run in the recipe's folder.
        overwrite: throw the run in it away.
        as_json: print nothing but JSON.

    Raises:
        IsoglossError: see the verb.
    """
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.errors import UnwrittenScoresError
    from isogloss.recipes.evaluate.run import Evaluation, format_table

    try:
        return run(recipe, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    except UnwrittenScoresError as error:
        assert isinstance(error.evaluation, Evaluation)
        if as_json:
            emit_json(error.evaluation.rows())
        else:
            show_table(format_table(error.evaluation))
        raise


def _earlier(recipe_from: Path, command: str) -> dict[str, Any]:
    """The recipe of an earlier run of a command, without its folder."""
    from isogloss.errors import InputError
    from isogloss.runs.record import read_record

    folder = recipe_from if recipe_from.is_dir() else recipe_from.parent
    run = read_record(folder)
    if (recipe_from.is_file() and recipe_from.name != "run.json") or not run.recipe:
        raise InputError(
            f"--recipe-from {str(recipe_from)!r} holds no recipe; expected the run.json of a "
            "run of the same command, or its folder; check the path"
        )
    if run.command != command:
        raise InputError(
            f"--recipe-from {str(recipe_from)!r} is a run of {run.command}; expected one of "
            f"{command}; run `isogloss {run.command}`, or give another"
        )
    return {key: value for key, value in run.recipe.items() if key != "out"}
