"""`isogloss data translate`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.options import Overwrite, Resume, given_recipe, said
from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import AsJson

if TYPE_CHECKING:
    from isogloss.recipes.data.originals import Estimate
    from isogloss.recipes.data.recipe import TranslateRecipe

In = Annotated[
    str | None,
    typer.Option("--in", metavar="FILE", help="Texts: a line each, or .tsv, .jsonl, .parquet."),
]
Target = Annotated[str | None, typer.Option("--to", help="Language to translate into: uk.")]
Model = Annotated[
    str | None,
    typer.Option(help="Marian (opus-mt), M2M100 or NLLB: folder or hub name; or a server's name."),
]
Out = Annotated[str | None, typer.Option(help="Folder for the rows.")]
Source = Annotated[str | None, typer.Option("--from", help="Language of the file (default en).")]
Sts = Annotated[bool, typer.Option("--sts", help="The file has graded pairs; scores are kept.")]
Column = Annotated[str | None, typer.Option(help="Column of the texts, by name or number.")]
Endpoint = Annotated[
    str | None,
    typer.Option(help="Server like OpenAI's, https://.../v1; key from OPENAI_API_KEY."),
]
Judge = Annotated[
    str | None,
    typer.Option(help="Model of both languages, whose cosine of both texts is the confidence."),
]
Prompt = Annotated[str | None, typer.Option(help="Text before every sentence, for the judge.")]
MinConfidence = Annotated[
    float | None, typer.Option(help="Rows with a lower score are set aside (default 0.7).")
]
Price = Annotated[
    str | None, typer.Option(help="Price of a million tokens read and written, e.g. 0.5,2.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="Any other key, e.g. beams=1. Repeatable.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print how much text there is, and what it would cost.")
]


def translate_set(
    file: In = None,
    target: Target = None,
    model: Model = None,
    out: Out = None,
    source: Source = None,
    sts: Sts = False,
    column: Column = None,
    endpoint: Endpoint = None,
    judge: Judge = None,
    prompt: Prompt = None,
    min_confidence: MinConfidence = None,
    price: Price = None,
    settings: Settings = None,
    dry_run: DryRun = False,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Carry a set into another language, row by row; unsure rows are set aside."""
    options: dict[str, Any] = {
        "file": file,
        "target": target,
        "model": model,
        "out": out,
        "source": source,
    }
    options |= {"sts": sts or None, "column": column, "endpoint": endpoint, "judge": judge}
    options |= {"prompt": prompt, "min_confidence": min_confidence, "price": _prices(price)}
    recipe = _recipe(said(options), settings or [])
    if dry_run:
        from isogloss.recipes.data.translate import estimate

        _show_estimate(estimate(recipe), as_json)
        return
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.data.translate import translate as run

    result = run(recipe, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    record = result.record
    if as_json:
        emit_json(record.model_dump(mode="json", exclude_unset=True) | {"file": str(result.file)})
        return
    mean = record.confidence_mean
    sure = "" if mean is None else f", mean confidence {mean:.3f} ({record.confidence})"
    emit(f"{record.rows:,} rows, {record.set_aside:,} set aside{sure}")
    if record.tokens_out:
        spent = "" if record.price is None else f", price {record.price:.2f}"
        emit(f"tokens: {record.tokens_in:,} read, {record.tokens_out:,} written{spent}")
    emit(f"rows: {result.file}   report: {result.folder / 'report.md'}")


def _recipe(values: dict[str, Any], settings: list[str]) -> "TranslateRecipe":
    from isogloss.config import build_config
    from isogloss.data.texts import check_texts
    from isogloss.recipes.data.recipe import TranslateRecipe

    required = {"file": "--in FILE", "target": "--to LANG", "model": "--model NAME"}
    required["out"] = "--out DIR"
    recipe = build_config(
        TranslateRecipe, given_recipe("data translate", required, None, None, values, settings)
    )
    if not recipe.sts:
        check_texts(recipe.file)
    return recipe


def _prices(price: str | None) -> tuple[float, float] | None:
    """Both prices.

    Raises:
        InputError: these are no two numbers.
    """
    from isogloss.errors import InputError

    if price is None:
        return None
    try:
        read, written = map(float, price.split(","))
    except ValueError:
        raise InputError(
            f"--price {price!r}; expected two numbers, of a million tokens read and written, such "
            "as 0.5,2; write both"
        ) from None
    return read, written


def _show_estimate(found: "Estimate", as_json: bool) -> None:
    if as_json:
        emit_json(vars(found))
        return
    emit(f"rows: {found.rows:,}   different texts: {found.texts:,}, of which done: {found.done:,}")
    emit(f"characters to translate: {found.characters:,}")
    emit(f"tokens of a server, about: {found.tokens_in:,} read, {found.tokens_out:,} written")
    if found.price is not None:
        emit(f"price, about: {found.price:.2f}")
