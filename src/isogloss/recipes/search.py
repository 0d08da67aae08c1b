"""Search: an index is built once, and asked in any language of its model."""

from collections.abc import Iterable
from pathlib import Path

from isogloss.console import Console, Silent
from isogloss.data.texts import check_texts, count_rows
from isogloss.paths import given_path, lasting_name
from isogloss.protocols import Encoder
from isogloss.recipes.documents import Place, check_place, read_documents
from isogloss.recipes.models import open_model
from isogloss.search.index import Document, Index, check_new_index, create_index

Source = Path | str | Place | Iterable[Document | str]
"""A file of texts, or texts, with or without what is known of them."""


def build_index(
    model: Encoder | Path | str,
    source: Source,
    out: Path | str,
    *,
    engine: str = "exact",
    console: Console | None = None,
) -> Index:
    """Build an index; one that was interrupted goes on with what is embedded.

    Args:
        model: folder or name of a model, or one that is loaded.
        source: what to search later.
        out: a new or empty folder.
        engine: `exact` compares a query with every row, `lancedb` is a database for more than about
            a million.
        console: told about stages; None is silent.

    Raises:
        IsoglossError: see `create_index`, `read_documents` and `load_encoder`.

    Example:
        `build_index("runs/de", "news.jsonl", "news.index").search(["Wann öffnet das Museum?"])`
    """
    folder, console = given_path(out), console or Silent()
    check_new_index(folder, engine)
    if isinstance(source, Path | str | Place):
        check_place(_place(source))
    encoder = open_model(model, console)
    with console.stage("embedding", size_of(source)) as advance:
        return create_index(
            folder,
            encoder,
            documents_of(source),
            name=lasting_name(model if isinstance(model, str | Path) else model.name),
            engine=engine,
            progress=advance,
        )


def open_index(folder: Path | str, model: Encoder | Path | str | None = None) -> Index:
    """Open an index to search it, to add to it, or to delete from it.

    Args:
        folder: that was built.
        model: the model that made it, where it lies elsewhere now, or one that is loaded; None
            finds it where it was. It is loaded when a text is first embedded.

    Raises:
        MissingFileError: the folder holds no index.
        DataFormatError: it is damaged, or not finished.
        MissingExtraError: its engine is not installed.
    """
    return Index(given_path(folder), lambda name: open_model(name if model is None else model))


def documents_of(source: Source) -> Iterable[Document]:
    """The documents of a source; those without an id are for the index to number."""
    if isinstance(source, Path | str | Place):
        return read_documents(_place(source), number=False)
    return (Document(given) if isinstance(given, str) else given for given in source)


def size_of(source: Source) -> int | None:
    """About how many documents there are; None where that is not known."""
    if isinstance(source, Path | str | Place):
        return count_rows(check_texts(_place(source).path))
    return len(source) if isinstance(source, list | tuple) else None


def _place(source: Path | str | Place) -> Place:
    return source if isinstance(source, Place) else Place(source)
