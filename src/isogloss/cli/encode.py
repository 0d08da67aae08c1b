"""`isogloss encode`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import Model
from isogloss.paths import given_path

if TYPE_CHECKING:
    from isogloss.recipes.encode.run import EncodeReport

Source = Annotated[
    str,
    typer.Option("--in", metavar="FILE", help="Text, TSV, JSON Lines, Parquet; - is stdin."),
]
Out = Annotated[
    Path,
    typer.Option(
        parser=given_path, metavar="FILE", help="FILE.npy, or FILE.parquet with ids and texts."
    ),
]
Column = Annotated[
    str | None, typer.Option(help="Column or field of the texts; in TSV also its number from 1.")
]
IdColumn = Annotated[
    str | None, typer.Option(help="Column of ids in Parquet (default: id, else the row's number).")
]
Role = Annotated[
    str, typer.Option(help="query, document, or none: which of the model's prompts to use.")
]
Prompt = Annotated[str | None, typer.Option(help="Put this before every text; '' for nothing.")]
Precision = Annotated[
    str, typer.Option(help="fp32, bf16, int8, or auto: the fastest that is as good here.")
]
Quantize = Annotated[
    str | None, typer.Option(help="int8 or binary; prints what a search loses by it.")
]
Engine = Annotated[str, typer.Option(help="local, or ray: a running cluster, or one started here.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes; the result is the same with any number.")
]
Gpus = Annotated[
    float, typer.Option("--gpus-per-worker", min=0, help="GPUs for each worker of ray.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the account as JSON.")]


def encode(
    model: Model,
    source: Source,
    out: Out,
    column: Column = None,
    id_column: IdColumn = None,
    role: Role = "none",
    prompt: Prompt = None,
    precision: Precision = "auto",
    quantize_vectors: Quantize = None,
    engine: Engine = "local",
    workers: Workers = None,
    gpus: Gpus = 0,
    as_json: AsJson = False,
) -> None:
    """Embed a file of texts of any size.

    After an interruption the same command goes on.
    """
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.encode.run import encode as run

    report = run(
        model,
        source,
        out,
        column=column,
        id_column=id_column,
        role=role,
        prompt=prompt,
        precision=precision,
        quantize=quantize_vectors,
        engine=engine,
        workers=workers,
        gpus=gpus,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        from dataclasses import asdict

        emit_json(asdict(report))
    else:
        _show(report)


def _show(report: "EncodeReport") -> None:
    """Print what was embedded, and what quantizing cost."""
    kind = report.quantize or "float32"
    rate = f"{report.rows / report.seconds:,.0f}" if report.seconds else "?"
    emit(f"{report.rows:,} x {report.dim} {kind} ({report.precision}), {rate} a second")
    if report.recall_at_10 is not None:
        lost = 1 - report.recall_at_10
        emit(f"recall@10 {report.recall_at_10:.4f} of float32's on a sample: {lost:.2%} lost")
    emit(f"vectors: {report.out}")
