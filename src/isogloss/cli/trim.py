"""`isogloss trim`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.options import PATH
from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json

if TYPE_CHECKING:
    from isogloss.runs.parts import TrimReport


def trim(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    out: Annotated[
        Path,
        typer.Option(
            parser=folder, metavar="PATH", help="Folder for the smaller model; new or empty."
        ),
    ],
    languages: Annotated[
        str, typer.Option(help="Keep all tokens in the scripts of these, e.g. de,uk.")
    ] = "",
    text: Annotated[
        list[Path] | None,
        typer.Option(
            help="Keep all tokens spelled in the letters of this text. Repeatable.", **PATH
        ),
    ] = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Keep at most this many tokens, those the text uses most."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Drop the tokens that a model's languages do not use."""
    from isogloss.data.languages import canonical_language
    from isogloss.data.places import find_locations

    codes = [canonical_language(code) for code in languages.replace(",", " ").split()]
    for path in text or []:
        find_locations(str(path), "--text")
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.trim import trim as run

    report = run(
        model,
        out,
        languages=codes,
        texts=text or [],
        tokens=tokens,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        emit_json(report.model_dump(mode="json"))
        return
    _show(report)
    emit(f"model: {out}")


def _show(report: "TrimReport") -> None:
    """Print sizes and the result of the comparison."""
    mebibytes = [size / 2**20 for size in (report.bytes_before, report.bytes_after)]
    emit(f"tokens   {report.tokens_before:>9,} -> {report.tokens_after:,}")
    emit(f"weights  {mebibytes[0]:>5.1f} MiB -> {mebibytes[1]:.1f} MiB")
    if report.cut_alike is None:
        emit("compared   nothing: give --text to see what changed")
        return
    emit(
        f"compared {report.compared:>9,} held-out sentences: {report.cut_alike:.2%} cut alike; "
        f"of {report.cosines:,} the cosine: {report.cosine_mean:.6f} on average, "
        f"{report.cosine_min:.6f} at least"
    )
