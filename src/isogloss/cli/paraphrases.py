"""`isogloss paraphrases`."""

from pathlib import Path
from typing import Annotated

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.paths import given_path


def paraphrases(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    texts: Annotated[
        str, typer.Option("--in", help="Texts: a line, a TSV cell, a JSON field each; - is stdin.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            parser=given_path, metavar="FILE", help="TSV file for the pairs: score, text, text."
        ),
    ],
    column: Annotated[
        str | None, typer.Option(help="Column or field that holds the texts.")
    ] = None,
    k: Annotated[int, typer.Option(min=1, help="Nearest texts looked at for each one.")] = 5,
    min_score: Annotated[
        float | None, typer.Option(help="Leave out pairs with a lower cosine.")
    ] = None,
    max_pairs: Annotated[
        int | None, typer.Option(min=1, help="Keep only this many pairs, the best ones.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Find texts of one collection that say the same, best first."""
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.paraphrases import paraphrases as run

    found = run(
        model,
        texts,
        out,
        column=column,
        k=k,
        min_score=min_score,
        max_pairs=max_pairs,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        counts = {"texts": len(found.texts), "repeated": found.repeated, "pairs": len(found)}
        emit_json(counts | {"out": str(out)})
        return
    emit(
        f"{len(found):,} pairs of {len(found.texts):,} distinct texts "
        f"({found.repeated:,} repeated ones left out)"
    )
    emit(f"pairs: {out}")
