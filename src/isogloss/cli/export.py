"""`isogloss export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json

if TYPE_CHECKING:
    from isogloss.recipes.export.run import Exported

Texts = Annotated[
    list[str] | None,
    typer.Option(help="Measure on LANG=FILE, a sentence a line. Repeatable."),
]
Tasks = Annotated[
    list[str] | None,
    typer.Option(help="Score before and after: sts:LANGS=WHERE. Repeatable."),
]


def export(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    out: Annotated[Path, typer.Option(parser=folder, metavar="PATH", help="Folder; new or empty.")],
    format: Annotated[
        str,
        typer.Option(help="onnx: graphs for onnxruntime; static: a table of tokens; web: a page."),
    ] = "onnx",
    quantize: Annotated[
        str, typer.Option(help="int8: also in 8-bit integers, if that is good enough; none.")
    ] = "",
    text: Texts = None,
    task: Tasks = None,
    dim: Annotated[int | None, typer.Option(help="Width of a static student.")] = None,
    assets: Annotated[
        Path | None,
        typer.Option(
            parser=folder,
            help="Folder of the npm packages of a page (`npm pack`), for use offline.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Write a model as ONNX graphs, a static table, or a web page.

    What it became is measured, and refused where it falls short.
    """
    from isogloss.recipes.export.settings import ExportSettings
    from isogloss.tasks import parse_task

    ExportSettings(format, quantize, tuple(text or ()), tuple(task or ()), dim, assets)
    for line in task or []:
        parse_task(line)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.export.run import export as run

    done = run(
        model,
        out,
        format=format,
        quantize=quantize,
        texts=text or [],
        tasks=task or [],
        dim=dim,
        assets=assets,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        from isogloss.runs.record import as_json as plain

        emit_json(plain(done.record))
        return
    _show(done)


def _show(done: "Exported") -> None:
    """Print every form with its size and how near it is, the speeds, the scores."""
    from isogloss.cli.terminal import show_table
    from isogloss.reports.tables import scores_table

    facts = done.record.export
    for each in facts.attempts:
        verdict = f"refused: {'; '.join(each.refused)}" if each.refused else each.file
        emit(f"{each.name:<28} {each.bytes / 2**20:>7.1f} MiB   {verdict}")
        for row in each.fidelity:
            emit(
                f"  {row.language:<8} cosine {row.mean:.4f} (1st percentile {row.low:.4f}); in a "
                f"mixed batch {row.mixed_mean:.4f} ({row.mixed_low:.4f}); {row.sentences} sentences"
            )
    first = next(iter(facts.speed.rates.values()), 1.0)
    for name, rate in facts.speed.rates.items():
        emit(f"{name:<28} {rate:>7,.0f} sentences/s   {rate / first:.2f}x")
    emit(f"processor: {' '.join(facts.processor)}")
    if done.scores:
        show_table(scores_table(done.scores))
    emit(f"{'page' if facts.format == 'web' else 'model'}: {done.folder}   report: report.md")
