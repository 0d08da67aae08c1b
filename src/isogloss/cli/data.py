"""`isogloss data list | fetch | clean | filter | translate | stats`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.data_filter import filter_by_model, show_kept
from isogloss.cli.data_translate import translate_set
from isogloss.cli.options import (
    Overwrite,
    Pairs,
    Resume,
    Suites,
    check_places,
    given_recipe,
    said,
)
from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json, remark
from isogloss.cli.texts import AsJson

if TYPE_CHECKING:
    from isogloss.recipes.data.fetch import Listing

app = typer.Typer(
    name="data",
    help="Find, fetch, clean, filter, translate, and describe parallel data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Option(parser=folder, metavar="PATH", help="Folder for the result.")]
DataRoot = Annotated[
    Path | None,
    typer.Option(help="Folder with evaluation suites, whose sentences are looked for."),
]


@app.command("list")
def list_corpora(
    languages: Annotated[
        str, typer.Argument(metavar="[LANGS]", help="A pair, such as en-uk; none lists all.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Corpora that can be named, and what the cache has of them."""
    from isogloss.cli.terminal import show_table
    from isogloss.data.languages import parse_language_pair
    from isogloss.recipes.data.fetch import list_corpora as run

    pair = parse_language_pair(languages) if languages else None
    found = run(pair)
    if as_json:
        emit_json(
            {
                "languages": languages or None,
                "current": found.current,
                "corpora": [vars(row) | {"source": row.source} for row in found.corpora],
                "cached": [vars(entry) for entry in found.cached],
            }
        )
        return
    show_table(_listing(found))
    for entry in found.cached:
        emit(f"in the cache: {entry.where}   {entry.date[:10]}   {entry.bytes:,} bytes")
    if pair is None:
        remark("name a pair, as in `isogloss data list en-uk`, to ask OPUS for all that it has")


def _listing(found: "Listing") -> Any:
    from isogloss.reports.tables import Table

    rows = [
        (
            row.place,
            row.domain or "-",
            f"{row.pairs:,}" if row.pairs else "-",
            row.licence,
            "yes" if row.paper else "",
        )
        for row in found.corpora
    ]
    notes = tuple(f"{row.place}: {row.note}" for row in found.corpora if row.note)
    return Table(("corpus", "domain", "pairs", "licence", "paper"), tuple(rows), notes)


@app.command("fetch")
def fetch(
    places: Annotated[
        list[str],
        typer.Argument(metavar="LANGS=WHERE...", help="opus:CORPUS/vN or hf:NAME, by languages."),
    ],
    out: Folder,
    update: Annotated[
        bool, typer.Option("--update", help="Take corpora that changed since they were locked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch corpora by name: a file of pairs each, and a manifest that they are locked to."""
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.data.fetch import fetch as run
    from isogloss.recipes.data.fetch import pairs_file

    entries = run(places, out, update=update, console=Terminal(quiet=as_json))
    if as_json:
        emit_json([vars(entry) for entry in entries])
        return
    from isogloss.data.places import parse_where

    for entry in entries:
        path = out / pairs_file(parse_where(entry.where))
        emit(f"{path}   {entry.rows or 0:,} pairs   licence: {entry.licence}")
    emit(f"manifest: {out / 'manifest.json'}")


@app.command("clean")
def clean(
    pairs: Pairs = None,
    out: Annotated[str | None, typer.Option(help="Folder for the clean pairs.")] = None,
    filters: Annotated[
        str, typer.Option(help="Only these filters, e.g. encoding,basic (default: all).")
    ] = "",
    without: Annotated[str, typer.Option(help="All filters but these, e.g. near-duplicates.")] = "",
    keep_out: Annotated[
        list[str] | None,
        typer.Option(help="A file of test sentences that must not be learned. Repeatable."),
    ] = None,
    suites: Suites = None,
    data_root: DataRoot = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other key, e.g. filtering.near=0.95. Repeatable."),
    ] = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Clean parallel sentences; every row that is dropped is written down with its reason."""
    from isogloss.config import build_config
    from isogloss.recipes.data.recipe import CleanRecipe

    values = said(
        {
            "pairs": pairs,
            "out": out,
            "filters": _chosen(filters, without),
            "keep_out": keep_out,
            "suites": suites,
            "data_root": None if data_root is None else str(data_root),
        }
    )
    required = {"pairs": "--pairs en-de=corpus.tsv.gz", "out": "--out DIR"}
    given = given_recipe("data clean", required, None, None, values, settings or [])
    check_places(given)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.data.clean import clean as run

    recipe = build_config(CleanRecipe, given)
    result = run(recipe, resume=resume, overwrite=overwrite, console=Terminal(quiet=as_json))
    show_kept(result, sections=3, as_json=as_json)


app.command("filter")(filter_by_model)
app.command("translate")(translate_set)


@app.command("stats")
def stats(
    pairs: Pairs = None,
    against: Annotated[
        Path | None,
        typer.Option(help="A text of your own: which of its words do the corpora never show?"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(parser=folder, metavar="PATH", help="Folder for stats.json and plots."),
    ] = None,
    suites: Suites = None,
    data_root: DataRoot = None,
    as_json: AsJson = False,
) -> None:
    """What corpora hold: rows, lengths, scripts, duplicates, test sentences, words."""
    from isogloss.errors import InputError

    if not pairs:
        raise InputError("no pairs was given; expected one: add --pairs en-de=corpus.tsv.gz")
    check_places({"pairs": pairs})
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.recipes.data.stats import stats as run
    from isogloss.reports.pages.stats import coverage_table, places_table, proposals_table

    found = run(
        pairs,
        against=against,
        out=out,
        suites=suites or [],
        data_root=data_root,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        emit_json(found.as_json())
        return
    content: Any = found.as_json()
    show_table(places_table(content["corpora"]))
    for corpus in content["corpora"]:
        emit(f"from {corpus['where']}:")
        for source, target in corpus["sample"]:
            emit(f"  {source[:70]}  |  {target[:70]}")
    if content["coverage"]:
        show_table(coverage_table(content["coverage"]), title="Your text")
        show_table(proposals_table(content["proposals"]), title="Other corpora by name")
    if out is not None:
        emit(f"written: {out / 'stats.json'}, {out / 'plots'}")


def _chosen(filters: str, without: str) -> list[str] | None:
    """The filters to use; None for all."""
    from isogloss.corpora.filters import NAMES, check_names

    leave = _names(without)
    check_names([*_names(filters), *leave])
    if not (filters or without):
        return None
    return [name for name in _names(filters) or NAMES if name not in leave]


def _names(text: str) -> list[str]:
    return [name for name in text.replace(",", " ").split() if name]
