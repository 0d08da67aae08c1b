"""`isogloss data filter`."""

from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.options import Overwrite, Pairs, Resume, check_places, given_recipe, said
from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import AsJson

if TYPE_CHECKING:
    from isogloss.recipes.data.filter import FilterRun


def filter_by_model(
    pairs: Pairs = None,
    model: Annotated[
        str | None, typer.Option(help="Folder or hub name of the model that reads both sides.")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder for the pairs that are kept.")] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Model that reads the source, if another: the teacher.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Text before every sentence in place of the model's own.")
    ] = None,
    margin: Annotated[
        str | None, typer.Option(help="half (default), ratio, distance, or absolute.")
    ] = None,
    k: Annotated[
        int | None, typer.Option(min=1, help="Neighbors on each side in a score (default 4).")
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(help="Lowest score that is kept (default: the pairs tell).")
    ] = None,
    keep: Annotated[
        float | None, typer.Option(help="Share of every place's pairs to keep, the best: 0.9.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other key, e.g. copied=0.9. Repeatable."),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Drop pairs that a model finds to be no translations, each with its score."""
    from isogloss.config import build_config
    from isogloss.recipes.data.recipe import FilterRecipe

    options = {
        "pairs": pairs,
        "model": model,
        "out": out,
        "teacher": teacher,
        "prompt": prompt,
        "margin": margin,
        "k": k,
        "min_score": min_score,
        "keep": keep,
    }
    values = said(options) | ({} if prompt is None else {"prompt": prompt})
    required = {
        "pairs": "--pairs en-de=corpus.tsv.gz",
        "model": "--model DIR",
        "out": "--out DIR",
    }
    given = given_recipe("data filter", required, None, None, values, settings or [])
    check_places(given)
    recipe = build_config(FilterRecipe, given)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.data.filter import filter_pairs as run

    result = run(recipe, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    if as_json:
        emit_json([part.model_dump(mode="json") for part in result.record.data])
        return
    _show(result)


def _show(result: "FilterRun") -> None:
    """Print what was kept and why not, what the scores are worth, and where it all lies."""
    from isogloss.cli.terminal import show_table
    from isogloss.reports.pages.clean import clean_page
    from isogloss.runs.record import as_json

    for section in clean_page(as_json(result.record)).sections[:4]:
        if section.table is not None:
            show_table(section.table, title=section.title)
    for path in result.files.values():
        emit(f"pairs: {path}")
    emit(f"report: {result.folder / 'report.md'}   rejects: {result.folder / 'rejects'}")
