"""Files of texts as documents, and their vectors: what search, clusters and maps begin with."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from isogloss.console import Console, Silent
from isogloss.data.languages import canonical_language, is_language
from isogloss.data.texts import check_texts, read_texts
from isogloss.protocols import NO_ROLE, Encoder, FloatArray, Role, read_for
from isogloss.search.index import Document
from isogloss.vectors.centers import check_counts, find_centers
from isogloss.vectors.checks import check_finite
from isogloss.vectors.similarity import normalize

LANGUAGE_COLUMNS = ("language", "lang")
"""Columns that say in which language a text is, where no language is given for all."""


class Place(NamedTuple):
    """Where documents are read.

    Attributes:
        path: a file of texts, or `-`; see `isogloss.data.texts.read_texts`.
        column: that holds the texts; None finds it.
        id_column: that holds ids; None finds it, or numbers the rows.
        language: of all texts; `""` reads a column `language`, where there is one.
    """

    path: Path | str
    column: str | None = None
    id_column: str | None = None
    language: str = ""


class Embedded(NamedTuple):
    """Documents with their vectors.

    Attributes:
        documents: in the order of their file.
        vectors: of length 1, `(n, dim)`.
    """

    documents: list[Document]
    vectors: FloatArray


def read_documents(place: Place, *, number: bool = True) -> Iterator[Document]:
    """Stream the documents of a file.

    Args:
        place: where they are.
        number: give a document without an id the number of its row; else it has none.

    Raises:
        UnknownLanguageError: the language given is none.
        IsoglossError: see `isogloss.data.texts.read_texts`.
    """
    language = canonical_language(place.language) if place.language else ""
    texts = read_texts(place.path, place.column, id_column=place.id_column, metadata=True)
    return (
        Document(
            text.text,
            "" if text.numbered and not number else text.id,
            language or _language(text.metadata),
            {k: v for k, v in text.metadata.items() if k not in LANGUAGE_COLUMNS},
        )
        for text in texts
    )


def check_place(place: Place) -> None:
    """Refuse a place that cannot be read, before a model is loaded.

    Raises:
        UnknownLanguageError, MissingFileError, InputError: see `read_documents`.
    """
    if place.language:
        canonical_language(place.language)
    check_texts(place.path)


def check_recentering(documents: Sequence[Document]) -> None:
    """Refuse documents that have no language's mean, before they are embedded.

    Raises:
        InputError: no language has enough texts.
    """
    check_counts(Counter(document.language for document in documents))


def embed_documents(
    encoder: Encoder,
    documents: list[Document],
    *,
    role: Role = NO_ROLE,
    console: Console | None = None,
) -> Embedded:
    """Documents with their vectors.

    Raises:
        InputError: the model gives vectors that are not finite.
    """
    texts = [document.text for document in documents]
    with (console or Silent()).stage("embedding", len(texts)) as advance:
        vectors = read_for(encoder, role).encode(texts, progress=advance)
    check_finite(vectors, f"model {encoder.name!r}", texts)
    return Embedded(documents, normalize(vectors))


def recentered(embedded: Embedded) -> Embedded:
    """Documents with vectors that their languages' means are subtracted from.

    Raises:
        InputError: no language has enough texts.
    """
    languages = [document.language for document in embedded.documents]
    centers = find_centers([(embedded.vectors, languages)])
    return embedded._replace(vectors=centers.subtract(embedded.vectors, languages))


def _language(metadata: object) -> str:
    """The language that a row says it is in, spelled the one way where it is known."""
    assert isinstance(metadata, dict)
    said = next((str(metadata[name]) for name in LANGUAGE_COLUMNS if metadata.get(name)), "")
    return canonical_language(said) if said and is_language(said) else said
