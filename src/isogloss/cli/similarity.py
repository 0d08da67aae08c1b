"""`isogloss similarity`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.streams import emit_json
from isogloss.cli.texts import AsJson, Column, In, Model, early_place
from isogloss.paths import given_path

if TYPE_CHECKING:
    from isogloss.recipes.similarity import Similarities

ROWS, COLUMNS = 40, 12
"""Of a matrix, at most, in the terminal."""
LETTERS = 60


def similarity(
    model: Model,
    path: In,
    second: Annotated[
        str | None,
        typer.Option("--with", metavar="FILE", help="Texts of the columns (default: the same)."),
    ] = None,
    column: Column = None,
    plot: Annotated[
        Path | None,
        typer.Option(parser=given_path, metavar="FILE", help="Draw a heat map, .png or .svg."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the cosines between the texts of one or two files."""
    for given in (path, second):
        if given is not None:
            early_place(given)
    from isogloss.recipes.files import check_file
    from isogloss.reports.figures.style import check_plots

    if plot is not None:
        plot = check_file(plot, ".png", ".svg", option="--plot")
        check_plots()
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.recipes.documents import Place
    from isogloss.recipes.similarity import similarity as run
    from isogloss.reports.figures.cosines import cosine_heatmap

    columns = None if second is None else Place(second, column)
    found = run(model, Place(path, column), columns, console=Terminal(quiet=as_json))
    if plot is not None:
        cosine_heatmap(found.cosines, found.rows, found.columns, plot, model=Path(model).name)
    if as_json:
        emit_json(found.to_dict())
    else:
        show_table(_table(found))


def _table(found: "Similarities") -> object:
    """The matrix with a number for each column, whose texts stand below."""
    from isogloss.reports.tables import Table
    from isogloss.reports.wording import shortened

    rows, columns = found.rows[:ROWS], found.columns[:COLUMNS]
    cells = [
        (f"{number}  {shortened(text, LETTERS)}", *(f"{c:.3f}" for c in cosines[: len(columns)]))
        for number, (text, cosines) in enumerate(zip(rows, found.cosines, strict=False), start=1)
    ]
    notes = []
    if found.columns is not found.rows:
        notes = [f"{n}  {shortened(text, LETTERS)}" for n, text in enumerate(columns, start=1)]
    if len(rows) < len(found.rows) or len(columns) < len(found.columns):
        notes.append(
            f"the first {len(rows)} × {len(columns)} of {len(found.rows):,} × "
            f"{len(found.columns):,}: --json has all"
        )
    heads = ("", *(str(number) for number in range(1, len(columns) + 1)))
    return Table(heads, tuple(cells), tuple(notes))
