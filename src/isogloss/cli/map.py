"""`isogloss map`."""

from pathlib import Path
from typing import Annotated

import typer

from isogloss.cli.streams import emit, emit_json
from isogloss.cli.texts import AsJson, Column, IdColumn, In, Language, Model, Recenter, early_place
from isogloss.paths import given_path


def draw_map(
    model: Model,
    path: In,
    out: Annotated[
        Path,
        typer.Option(
            parser=given_path, metavar="FILE", help="Parquet with x, y, text; a .png beside it."
        ),
    ],
    column: Column = None,
    id_column: IdColumn = None,
    language: Language = "",
    method: Annotated[str, typer.Option(help="umap, tsne, or pca.")] = "umap",
    color: Annotated[
        str | None, typer.Option(help="Column that colors the picture (default: the language).")
    ] = None,
    recenter: Recenter = False,
    seed: Annotated[int, typer.Option(help="Of the layout.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Lay texts out on a plane: a table, and a picture.

    The table opens in embedding-atlas.
    """
    early_place(path, language)
    from isogloss.recipes.files import check_file
    from isogloss.search.clustering import check_method

    check_file(out, ".parquet", read=[path])
    check_method(method)
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.documents import Place
    from isogloss.recipes.map import draw_map as run
    from isogloss.reports.wording import plural

    place, console = Place(path, column, id_column, language), Terminal(quiet=as_json)
    atlas = run(
        *(model, place, out),
        method=method,
        color=color,
        recenter=recenter,
        seed=seed,
        console=console,
    )
    picture = out.with_suffix(".png")
    if as_json:
        emit_json({"texts": len(atlas.documents), "map": str(out), "picture": str(picture)})
    else:
        emit(f"map: {out} ({plural(len(atlas.documents), 'text')})   picture: {picture}")
