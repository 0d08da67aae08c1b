"""`isogloss cluster`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import AsJson, Column, IdColumn, In, Language, Model, Recenter, early_place
from isogloss.paths import given_path

if TYPE_CHECKING:
    from isogloss.recipes.cluster import Clusters

MOST = 25
"""Clusters that are shown in the terminal."""
LETTERS = 70


def cluster(
    model: Model,
    path: In,
    out: Annotated[
        Path,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="TSV: cluster, id, language, text of every text.",
        ),
    ],
    column: Column = None,
    id_column: IdColumn = None,
    language: Language = "",
    method: Annotated[str, typer.Option(help="community, or kmeans with --k.")] = "community",
    threshold: Annotated[
        float | None,
        typer.Option(help="For communities: lowest cosine to the central text (default 0.75)."),
    ] = None,
    min_size: Annotated[
        int | None, typer.Option(min=1, help="For communities: fewest texts in one (default 10).")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, help="For kmeans: number of clusters.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="For kmeans: seed of the first centers (default 0).")
    ] = None,
    recenter: Recenter = False,
    as_json: AsJson = False,
) -> None:
    """Group texts that are close, and say what each group holds."""
    early_place(path, language)
    from isogloss.recipes.files import check_file
    from isogloss.search.clustering import ClusterSettings, check_settings

    settings = ClusterSettings(method, threshold, min_size, k, seed, recenter)
    check_settings(settings)
    check_file(out, read=[path])
    from isogloss.cli.terminal import Terminal, show_table
    from isogloss.recipes.cluster import cluster as run
    from isogloss.recipes.documents import Place

    place = Place(path, column, id_column, language)
    found = run(model, place, out, settings=settings, console=Terminal(quiet=as_json))
    if as_json:
        emit_json(found.to_dict())
        return
    show_table(_table(found))
    emit(f"clusters: {out}")


def _table(found: "Clusters") -> object:
    """A row a cluster: its size, its languages, the text in its middle."""
    from isogloss.reports.tables import Table
    from isogloss.reports.wording import plural, shortened

    rows = [
        (
            shortened(" ".join(found.documents[cluster.members[0]].text.split()), LETTERS),
            str(cluster.number),
            f"{len(cluster.members):,}",
            ", ".join(f"{name or '?'} {n:,}" for name, n in cluster.languages.items()),
            f"{cluster.cohesion:.3f}",
        )
        for cluster in found.clusters[:MOST]
    ]
    notes = [f"{plural(len(found.documents), 'text')}, {len(found.alone):,} of them in no cluster"]
    if len(found.clusters) > MOST:
        notes.append(f"the {MOST} largest of {len(found.clusters):,} clusters; --out has all")
    if not found.clusters:
        notes.append("no cluster: try a lower --threshold, or a lower --min-size")
    heads = ("most central text", "cluster", "texts", "languages", "cohesion")
    return Table(heads, tuple(rows), tuple(notes))
