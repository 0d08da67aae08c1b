"""`isogloss compare`."""

from pathlib import Path
from typing import Annotated

import typer

from isogloss.cli.places import folder
from isogloss.cli.streams import emit_json


def compare(
    a: Annotated[
        str, typer.Argument(metavar="RUN", help="Folder of evaluate --out or distill; RUN:LABEL.")
    ],
    b: Annotated[str, typer.Argument(metavar="RUN", help="The second run; differences are B - A.")],
    out: Annotated[
        Path | None,
        typer.Option(parser=folder, metavar="PATH", help="Folder for compare.json and compare.md."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare two runs by a paired test, with intervals.

    RUN:LABEL chooses one of several models; the default is the only one, or what a run ended with.
    """
    from isogloss.cli.terminal import show_table
    from isogloss.recipes.evaluate.compare import compare as run
    from isogloss.recipes.evaluate.compare import write_comparison
    from isogloss.reports.pages.compare import comparison_table
    from isogloss.runs.claim import claimed

    with claimed(out):
        result = run(a, b)
        try:
            write_comparison(result, out)
        finally:
            if as_json:
                emit_json(result.to_dict())
            else:
                show_table(comparison_table(result.to_dict()))
