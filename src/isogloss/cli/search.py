"""`isogloss search`: build an index, change it, ask it."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json, remark
from isogloss.cli.texts import AsJson, Column, IdColumn, In, Language, Model, Recenter, early_place

if TYPE_CHECKING:
    from isogloss.search.index import Hit, Index
    from isogloss.search.index.preference import LanguagePreference

app = typer.Typer(
    help="Build an index of texts, and search it in any language.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
IndexFolder = Annotated[
    Path, typer.Argument(parser=folder, metavar="INDEX", help="Folder of the index.")
]
Moved = Annotated[
    str | None, typer.Option("--model", help="The index's model, if it lies elsewhere now.")
]


@app.command()
def build(
    model: Model,
    path: In,
    out: Annotated[
        Path, typer.Option(parser=folder, metavar="INDEX", help="Folder; new or empty.")
    ],
    column: Column = None,
    id_column: IdColumn = None,
    language: Language = "",
    engine: Annotated[
        str, typer.Option(help="exact, or lancedb for more than about a million texts.")
    ] = "exact",
    as_json: AsJson = False,
) -> None:
    """Embed texts into a new index; after an interruption the same command goes on.

    Columns other than text and id are kept, to filter by and to show.
    """
    early_place(path, language)
    from isogloss.search.index import check_new_index

    check_new_index(out, engine)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.documents import Place
    from isogloss.recipes.search import build_index

    place = Place(path, column, id_column, language)
    index = build_index(model, place, out, engine=engine, console=Terminal(quiet=as_json))
    _report(index, len(index), "built", as_json=as_json)


@app.command()
def add(
    index: IndexFolder,
    path: In,
    column: Column = None,
    id_column: IdColumn = None,
    language: Language = "",
    model: Moved = None,
    as_json: AsJson = False,
) -> None:
    """Add texts to an index: all of them, or none."""
    early_place(path, language)
    _early_index(index)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.documents import Place
    from isogloss.recipes.search import documents_of, open_index, size_of

    opened = open_index(index, model)
    place = Place(path, column, id_column, language)
    with Terminal(quiet=as_json).stage("embedding", size_of(place)) as advance:
        added = opened.add(documents_of(place), advance)
    _report(opened, added, "added", as_json=as_json)


@app.command()
def delete(
    index: IndexFolder,
    ids: Annotated[
        list[str], typer.Option(help="Ids, with commas between; more may follow. Repeatable.")
    ],
    more: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Delete texts from an index: all of them, or none."""
    from isogloss.errors import InputError

    named = [name.strip() for given in (*ids, *(more or [])) for name in given.split(",")]
    named = list(dict.fromkeys(filter(None, named)))
    if not named:
        raise InputError("--ids names no id; expected one at least, such as --ids 12,40: add one")
    _early_index(index)
    from isogloss.recipes.search import open_index

    opened = open_index(index)
    _report(opened, opened.delete(named), "deleted", as_json=as_json)


@app.command()
def query(
    index: IndexFolder,
    text: Annotated[str | None, typer.Argument(help="What to search for.")] = None,
    path: Annotated[
        str | None, typer.Option("--in", metavar="FILE", help="A file of queries; - is stdin.")
    ] = None,
    column: Column = None,
    k: Annotated[int, typer.Option("--k", min=1, help="Texts to find for each query.")] = 5,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only texts with COLUMN=VALUE, e.g. language=de,fr. Repeatable."),
    ] = None,
    recenter: Recenter = False,
    query_language: Annotated[
        str, typer.Option(help="Language of the queries, with --recenter.")
    ] = "",
    model: Moved = None,
    as_json: AsJson = False,
) -> None:
    """Find the texts that are closest to a query, in whatever language."""
    queries = _queries(text, path, column)
    from isogloss.search.index import parse_condition

    conditions = [parse_condition(given) for given in where or ()]
    language = _language_of_queries(query_language, recenter=recenter)
    _early_index(index)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.search import open_index

    opened = open_index(index, model)
    with Terminal(quiet=as_json or path is None).stage("searching"):
        found = opened.search(queries, k=k, where=conditions, recenter=recenter, language=language)
    preference = opened.recentered.preference if recenter else None
    if as_json:
        emit_json(_results(queries, found, preference))
        return
    for query, hits in zip(queries, found, strict=True):
        _show(query, hits)
    for language, before in preference.before.items() if preference is not None else ():
        assert preference is not None
        remark(
            f"language bias, {language}: nearest neighbor in its own language {before:.0%} -> "
            f"{preference.after[language]:.0%} (50%: none)"
        )


def _early_index(index: Path) -> None:
    """Refuse a folder that is no index, before models' libraries load."""
    from isogloss.search.index.manifest import read_manifest

    read_manifest(index)


def _queries(text: str | None, path: str | None, column: str | None) -> list[str]:
    from isogloss.data.texts import read_texts
    from isogloss.errors import InputError

    if (text is None) == (path is None):
        given = "no query was" if text is None else f"a query, {text!r}, and --in {path!r} were"
        raise InputError(f"{given} given; expected one of them: give TEXT or --in FILE")
    if path is not None:
        return [query.text for query in read_texts(path, column)]
    if column is not None:
        raise InputError(
            f"--column {column!r} has no say over a query that is given; expected it with --in "
            "FILE: leave it out"
        )
    if not (text or "").strip():
        raise InputError(f"the query {text!r} has no text; expected some: write what to search for")
    return [text or ""]


def _language_of_queries(given: str, *, recenter: bool) -> str:
    """The code of the language, which nothing but recentering looks at; "" for none."""
    from isogloss.data.languages import canonical_language
    from isogloss.errors import InputError

    if given and not recenter:
        raise InputError(
            f"--query-language {given!r} without --recenter changes nothing; expected both: add "
            "--recenter, or choose among the texts by --where language=..."
        )
    return canonical_language(given) if given else ""


def _results(
    queries: list[str], found: "list[list[Hit]]", preference: "LanguagePreference | None"
) -> dict[str, Any]:
    """What was found, for JSON."""
    results = [
        {"query": query, "hits": [_as_json(hit) for hit in hits]}
        for query, hits in zip(queries, found, strict=True)
    ]
    if preference is None:
        return {"results": results}
    return {"results": results, "language_bias": asdict(preference)}


def _as_json(hit: "Hit") -> dict[str, Any]:
    head = {"id": hit.id, "score": round(hit.score, 6), "text": hit.text, "language": hit.language}
    return head | {name: value for name, value in hit.fields.items() if name not in head}


def _show(query: str, hits: "list[Hit]") -> None:
    """A query, and a line for each text that was found."""
    emit(query)
    if not hits:
        emit("  no text meets the conditions")
    for hit in hits:
        language = f"{hit.language}  " if hit.language else ""
        emit(f"  {hit.score:6.3f}  {hit.id}  {language}{' '.join(hit.text.split())}")


def _report(index: "Index", count: int, done: str, *, as_json: bool) -> None:
    """What was done to an index."""
    from isogloss.reports.wording import plural

    if as_json:
        emit_json({"index": str(index.folder), done: count, "texts": len(index)})
    else:
        now = plural(len(index), "text")
        emit(f"{done}: {plural(count, 'text')}   index: {index.folder} ({now})")
