"""`isogloss mine`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import Model
from isogloss.paths import given_path

if TYPE_CHECKING:
    from isogloss.recipes.mine.found import Mined
    from isogloss.recipes.mine.settings import MineSettings

Sides = typer.Option(
    metavar="FILE", help="Texts: a line each, or .tsv, .jsonl, .parquet, also packed; - is stdin."
)
Out = Annotated[
    Path, typer.Option(parser=given_path, metavar="FILE", help="TSV: score, source, target.")
]
Source = Annotated[str | None, Sides]
Target = Annotated[str | None, Sides]
Pairs = Annotated[
    str | None,
    typer.Option(
        "--filter", metavar="FILE", help="Score the pairs of a TSV file, in the order given."
    ),
]
MarginName = Annotated[str, typer.Option("--margin", help="ratio, distance, or absolute.")]
Neighbors = Annotated[int, typer.Option("--k", min=1, help="Neighbors on each side in a score.")]
RetrievalName = Annotated[
    str | None,
    typer.Option(
        "--retrieval",
        help="max (one-to-one; default), forward, backward, intersect, or union.",
    ),
]
Threshold = Annotated[
    float | None, typer.Option(help="Lowest score that is kept (default: all are).")
]
Index = Annotated[str, typer.Option(help="exact, or approximate by faiss for more: ivf, hnsw.")]
Engine = Annotated[str, typer.Option(help="local, or ray: a running cluster, or one started here.")]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Processes (default: one with all its threads).")
]
Column = Annotated[
    str | None, typer.Option(help="Column of the texts in both files, by name or number.")
]
Known = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="TSV of translations, planted to tell what a score is worth."
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Mined pairs, each judged 1 or 0; serves the same purpose."),
]
Precision = Annotated[
    float | None,
    typer.Option(help="Keep pairs down to this precision, e.g. 0.95; see --known, --labels."),
]
Learn = Annotated[
    bool,
    typer.Option(
        "--learn", help="Score by lengths and numbers, too: --known or --labels teach it."
    ),
]
Prompt = Annotated[
    str | None, typer.Option(help="Text before every sentence in place of the model's own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the account as JSON.")]


def mine(
    model: Model,
    out: Out,
    source: Source = None,
    target: Target = None,
    pairs: Pairs = None,
    margin: MarginName = "ratio",
    k: Neighbors = 4,
    retrieval: RetrievalName = None,
    threshold: Threshold = None,
    index: Index = "exact",
    engine: Engine = "local",
    workers: Workers = None,
    column: Column = None,
    known: Known = None,
    labels: Labels = None,
    precision: Precision = None,
    learn: Learn = False,
    prompt: Prompt = None,
    as_json: AsJson = False,
) -> None:
    """Find translations in two collections, or score a bitext."""
    from isogloss.recipes.mine.settings import choose

    worth: dict[str, Any] = dict(known=known, labels=labels, precision=precision, learn=learn)
    sides = _sides(source, target, pairs, retrieval=retrieval, column=column, **worth)
    out = _early(out, sides, pairs, known, labels)
    choice = choose(
        margin,
        retrieval or "max",
        threshold,
        k=k,
        index=index,
        engine=engine,
        workers=workers,
        columns=(column, column),
        prompt=prompt,
        **worth,
    )
    found = _run(model, sides, pairs, out, choice, quiet=as_json)
    if as_json:
        emit_json(found.account | {"out": str(out)})
    else:
        _show(found, out)


def _sides(
    source: str | None, target: str | None, pairs: str | None, **others: object
) -> list[str]:
    """The two collections, or none where pairs are given; refuses what has no say over pairs."""
    from isogloss.errors import InputError
    from isogloss.recipes.mine.places import check_beside_pairs

    sides = [side for side in (source, target) if side is not None]
    if len(sides) != (0 if pairs else 2):
        raise InputError(
            "expected --source and --target, or --filter with a file of pairs; "
            + ("leave the others out" if pairs else "name both sides")
        )
    if pairs:
        check_beside_pairs(**others)
    return sides


def _early(out: Path, sides: list[str], pairs: str | None, *beside: str | None) -> Path:
    """Refuse files that cannot be read or written, before models' libraries load."""
    from isogloss.recipes.files import check_file
    from isogloss.recipes.mine.places import check_pairs, check_sides

    if pairs:
        check_pairs(pairs)
    else:
        check_sides(sides[0], sides[1], *beside)
    return check_file(out, read=[pairs, *sides, *beside])


def _run(
    model: str,
    sides: list[str],
    pairs: str | None,
    out: Path,
    settings: "MineSettings",
    *,
    quiet: bool,
) -> "Mined":
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.mine.bitext import score_bitext
    from isogloss.recipes.mine.run import mine as run

    console = Terminal(quiet=quiet)
    if pairs:
        return score_bitext(model, pairs, out, settings=settings, console=console)
    return run(model, sides[0], sides[1], out, settings=settings, console=console)


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
