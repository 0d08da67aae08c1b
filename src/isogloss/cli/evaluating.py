"""`isogloss evaluate`."""

import json
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[list[str], typer.Option(help="Folder or hub name of a model. Repeatable.")],
    task: Annotated[
        list[str],
        typer.Option(help="KIND:LANGS=WHERE; kinds are sts, bitext, health. Repeatable."),
    ],
    teacher: Annotated[
        str | None, typer.Option(help="The teacher, for health and retention.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for scores.json and report.md.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Score models: STS in and across languages, parallel accuracy, health against the teacher."""
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.encoders.encoder import load_encoder
    from isogloss.recipes.evaluate import evaluate as run
    from isogloss.recipes.evaluate import format_table, write_evaluation
    from isogloss.tasks import load_task

    tasks = [load_task(text) for text in task]
    with Terminal(quiet=as_json).stage("evaluating"):
        models = {label: load_encoder(name) for label, name in labels(model).items()}
        master = load_encoder(teacher) if teacher else None
        result = run(models, tasks, teacher=master)
    write_evaluation(result, out)
    if as_json:
        typer.echo(json.dumps(result.rows(), ensure_ascii=False))
        return
    show_table(format_table(result))


def labels(names: list[str]) -> dict[str, str]:
    """Short label to model: the last part of the name, or the whole where that is not unique."""
    short = [Path(name).name or name for name in names]
    return {s if short.count(s) == 1 else name: name for s, name in zip(short, names, strict=True)}
