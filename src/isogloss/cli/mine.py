"""`isogloss mine`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.streams import emit, emit_json

if TYPE_CHECKING:
    from isogloss.recipes.mine.found import Mined

Sides = typer.Option(
    metavar="FILE", help="Texts: a line each, or .tsv, .jsonl, .parquet, also packed; - is stdin."
)


def mine(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="TSV: score, source, target.")],
    source: Annotated[str | None, Sides] = None,
    target: Annotated[str | None, Sides] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="FILE", help="Score the pairs of a TSV file, in the order given."
        ),
    ] = None,
    margin: Annotated[str, typer.Option(help="ratio, distance, or absolute.")] = "ratio",
    k: Annotated[int, typer.Option(min=1, help="Neighbors on each side in a score.")] = 4,
    retrieval: Annotated[
        str | None,
        typer.Option(help="max (one-to-one; default), forward, backward, intersect, or union."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Lowest score that is kept (default: all are).")
    ] = None,
    index: Annotated[
        str, typer.Option(help="exact, or approximate by faiss for more: ivf, hnsw.")
    ] = "exact",
    engine: Annotated[str, typer.Option(help="Who works: local, or ray.")] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes (default: one with all its threads).")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="Column of the texts in both files, by name or number.")
    ] = None,
    known: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="TSV of translations, planted to tell what a score is worth."
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Mined pairs with 1 or 0 behind each, to the same end."),
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(help="Keep what is so precise, as --known or --labels tell, e.g. 0.95."),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Text before every sentence in place of the model's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the account as JSON.")] = False,
) -> None:
    """Find translations in two collections of texts, or score the pairs of a bitext."""
    from isogloss.errors import InputError
    from isogloss.recipes.mine.places import check_out, check_pairs, check_sides
    from isogloss.recipes.mine.settings import choose

    sides = [side for side in (source, target) if side is not None]
    if len(sides) != (0 if pairs else 2):
        raise InputError(
            "expected --source and --target, or --filter with a file of pairs; "
            + ("leave the others out" if pairs else "name both sides")
        )
    for name, value in (("retrieval", retrieval), ("known", known), ("labels", labels)):
        if pairs and value:
            raise InputError(
                f"--{name} {value} has no say over given pairs; expected it with --source and "
                "--target; leave it out"
            )
    out = check_out(out, pairs, *sides)
    if pairs:
        check_pairs(pairs)
    else:
        check_sides(*sides, known, labels)
    choice = choose(
        margin,
        retrieval or "max",
        threshold,
        k=k,
        index=index,
        engine=engine,
        workers=workers,
        columns=(column, column),
        known=known,
        labels=labels,
        precision=precision,
        prompt=prompt,
    )
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.mine.bitext import score_bitext
    from isogloss.recipes.mine.run import mine as run

    console = Terminal(quiet=as_json)
    if pairs:
        found = score_bitext(model, pairs, out, settings=choice, console=console)
    else:
        found = run(model, *sides, out, settings=choice, console=console)
    if as_json:
        emit_json(found.account | {"out": str(out)})
    else:
        _show(found, out)


def _show(found: "Mined", out: Path) -> None:
    """Print what became of the texts."""
    account = found.account
    for name in ("source", "target"):
        if name in account:
            side = account[name]
            emit(
                f"{name}: {side['texts']:,} texts, {side['distinct']:,} distinct (equal but for "
                "case, width and white space count once)"
            )
    if account.get("dropped"):
        lost = sum(account["dropped"].values())
        emit(f"left out: {lost:,} of {account['rows']:,} rows, see {out}.rejects.tsv")
    emit(f"pairs: {len(found):,}   {out}")
    if "calibration" in account:
        _show_worth(account["calibration"])


def _show_worth(calibration: dict[str, Any]) -> None:
    """Print what thresholds are worth."""
    from isogloss.cli.terminal import show_table
    from isogloss.reports.tables import Table

    rows = [("as written", calibration["at"])] if calibration["at"] else []
    rows += [("", row) for row in calibration["thresholds"]]
    cells = [
        (
            name,
            "all" if row["threshold"] == -math.inf else f"{row['threshold']:.4f}",
            f"{row['kept']:,}",
            _share(row["precision"], row["precision_interval"]),
            _share(row["recall"], row["recall_interval"]),
        )
        for name, row in rows
    ]
    note = f"estimated from {calibration['by']}, with 95% intervals"
    columns = ("", "score from", "pairs", "translations, %", "found of all, %")
    show_table(Table(columns, tuple(cells), (note,)))


def _share(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return ""
    return f"{value:.1%} [{interval[0]:.1%}, {interval[1]:.1%}]".replace("%", "")
