"""Documents for small indexes, and the ids that a search gives."""

from collections.abc import Callable
from typing import Any

from isogloss.search.index import (
    Document,
    Index,
)

Build = Callable[..., Index]


def ids(index: Index, query: str, **more: Any) -> list[str]:
    return [hit.id for hit in index.search([query], **more)[0]]


def numbered(count: int) -> list[Document]:
    languages = ("en", "de")
    return [
        Document(f"word{n % 7} thing{n % 11} item{n}", language=languages[n % 2])
        for n in range(count)
    ]
