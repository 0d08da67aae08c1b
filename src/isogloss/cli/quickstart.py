"""`isogloss quickstart`."""

from pathlib import Path
from typing import Annotated

import typer

from isogloss.cli.places import folder
from isogloss.cli.streams import emit


def quickstart(
    out: Annotated[
        Path, typer.Option(parser=folder, metavar="PATH", help="Folder for the model and the data.")
    ] = Path("runs/quickstart"),
    minutes: Annotated[float, typer.Option(help="Minutes of training.")] = 2.0,
    student: Annotated[
        str,
        typer.Option(help="transplant, static, or folder or hub name of an encoder."),
    ] = "transplant",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Throw away the run that --out holds.")
    ] = False,
) -> None:
    """Teach an English model three languages, offline, in minutes."""
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.recipes.quickstart import quickstart as run
    from isogloss.recipes.quickstart import summary, usage

    result = run(out, minutes=minutes, student=student, overwrite=overwrite, console=Terminal())
    show_table(summary(result), title="Quickstart: what the model knows now")
    emit(
        f"heat map: {result.folder / 'plots' / 'sts.png'}   report: {result.folder / 'report.md'}\n"
    )
    emit(usage(result.folder))
