"""`isogloss data filter`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.options import Overwrite, Pairs, Resume, check_places, given_recipe, said
from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import AsJson

if TYPE_CHECKING:
    from isogloss.recipes.data.clean import CleanRun
    from isogloss.recipes.data.filter import FilterRun

Model = Annotated[
    str | None, typer.Option(help="Folder or hub name of the model that reads both sides.")
]
Out = Annotated[str | None, typer.Option(help="Folder for the pairs that are kept.")]
Teacher = Annotated[
    str | None, typer.Option(help="Model that reads the source, if another: the teacher.")
]
Prompt = Annotated[
    str | None, typer.Option(help="Text before every sentence in place of the model's own.")
]
MarginName = Annotated[
    str | None, typer.Option("--margin", help="half (default), ratio, distance, or absolute.")
]
Neighbors = Annotated[
    int | None, typer.Option("--k", min=1, help="Neighbors on each side in a score (default 4).")
]
MinScore = Annotated[
    float | None, typer.Option(help="Lowest score that is kept (default: the pairs tell).")
]
Keep = Annotated[
    float | None, typer.Option(help="Share of every place's pairs to keep, the best: 0.9.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="Any other key, e.g. copied=0.9. Repeatable.")
]


def filter_by_model(
    pairs: Pairs = None,
    model: Model = None,
    out: Out = None,
    teacher: Teacher = None,
    prompt: Prompt = None,
    margin: MarginName = None,
    k: Neighbors = None,
    min_score: MinScore = None,
    keep: Keep = None,
    settings: Settings = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Drop pairs that a model finds to be no translations, each with its score."""
    from isogloss.config import build_config
    from isogloss.recipes.data.recipe import FilterRecipe

    options: dict[str, Any] = {
        "pairs": pairs,
        "model": model,
        "out": out,
        "teacher": teacher,
        "margin": margin,
    }
    options |= {"k": k, "min_score": min_score, "keep": keep}
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
    show_kept(result, sections=4, as_json=as_json)


def show_kept(result: "FilterRun | CleanRun", *, sections: int, as_json: bool) -> None:
    """Print what was kept and why not, by place, and where it all lies.

    Args:
        result: of a filtering or a cleaning.
        sections: of its page that are shown, from the first.
        as_json: print the account of the places as JSON in their place.
    """
    from isogloss.cli.terminal import show_table
    from isogloss.reports.pages.clean import clean_page

    if as_json:
        emit_json([part.model_dump(mode="json") for part in result.record.data])
        return
    for section in clean_page(result.record).sections[:sections]:
        if section.table is not None:
            show_table(section.table, title=section.title)
    for path in result.files.values():
        emit(f"pairs: {path}")
    emit(f"report: {result.folder / 'report.md'}   rejects: {result.folder / 'rejects'}")
