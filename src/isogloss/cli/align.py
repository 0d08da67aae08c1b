"""`isogloss align`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.paths import given_path

if TYPE_CHECKING:
    from isogloss.recipes.align.run import Aligned


Out = Annotated[
    Path,
    typer.Option(parser=given_path, metavar="FILE", help="File for the pairs: .tsv or .tmx."),
]


def align(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    source: Annotated[
        str, typer.Option(help="A document, a sentence a line; or a folder of documents.")
    ],
    target: Annotated[str, typer.Option(help="Its translation; or a folder of translations.")],
    out: Out,
    languages: Annotated[
        str | None, typer.Option(help="Languages of the two sides, e.g. en-de; TMX names them.")
    ] = None,
    largest: Annotated[
        int, typer.Option(min=1, max=9, help="Most lines of one side in a pair.")
    ] = 3,
    monotone: Annotated[
        bool, typer.Option("--monotone", help="Do not look for paragraphs that were moved.")
    ] = False,
    by_name: Annotated[
        bool, typer.Option("--by-name", help="Pair documents of folders by their names.")
    ] = False,
    min_score: Annotated[
        float | None,
        typer.Option(help="Leave out pairs below: 1 is equal vectors, 0 what chance gives."),
    ] = None,
    line_numbers: Annotated[
        bool, typer.Option("--line-numbers", help="Add columns to TSV: where the lines stand.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Pair the sentences of a document and its translation."""
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.align.run import align as run

    aligned = run(
        model,
        source,
        target,
        out,
        languages=languages,
        largest=largest,
        moved=not monotone,
        by_name=by_name,
        min_score=min_score,
        line_numbers=line_numbers,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        emit_json(aligned.summary() | {"out": str(out)})
        return
    _show(aligned)
    emit(f"pairs: {out}")


def _show(aligned: "Aligned") -> None:
    """Print how many pairs there are, and what is left over."""
    from isogloss.reports.wording import plural

    counts = aligned.summary()
    shapes = ", ".join(f"{count:,} {shape}" for shape, count in counts["shapes"].items())
    emit(plural(counts["pairs"], "pair") + (f": {shapes}" if shapes else ""))
    emit(
        f"lines without partner: {counts['source_alone']:,} source, "
        f"{counts['target_alone']:,} target"
    )
    if aligned.documents and aligned.documents[0].source:
        emit(
            f"{plural(len(aligned.documents), 'pair')} of documents; left out: "
            f"{len(aligned.source_unpaired):,} source, {len(aligned.target_unpaired):,} target"
        )
