"""`/search` over an index that `isogloss search build` made."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from isogloss.protocols import QUERY, FloatArray
from isogloss.server.openai_api import Texts, body_of
from isogloss.server.refusals import Refused
from isogloss.server.requests import busy, embed, parse, read_texts, result_of
from isogloss.server.service import Service

MAX_HITS = 20_000
"""Documents of an answer."""


class Found(Protocol):
    """A document that was found."""

    @property
    def id(self) -> str:
        """Its name in the index."""
        ...

    @property
    def score(self) -> float:
        """Cosine with the query; higher is closer."""
        ...

    @property
    def text(self) -> str:
        """What was embedded."""
        ...

    @property
    def language(self) -> str:
        """BCP 47; `""` is unknown."""
        ...

    @property
    def fields(self) -> Mapping[str, Any]:
        """What else is known of it."""
        ...


class Searched(Protocol):
    """An index, which embeds queries by the encoder that it was opened with."""

    def __len__(self) -> int:
        """Number of documents."""
        ...

    def search(self, queries: Sequence[str], *, k: int = 5) -> Sequence[Sequence[Found]]:
        """The k closest documents per query, best first."""
        ...

    def search_vectors(self, vectors: FloatArray, *, k: int = 5) -> Sequence[Sequence[Found]]:
        """The same for the vectors of queries, `(n, dim)`."""
        ...


class SearchRequest(BaseModel):
    """Fields of `/search`."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[
        StrictStr | Annotated[Texts, Field(min_length=1)],
        Field(description="a text, or a list of texts"),
    ]
    k: Annotated[StrictInt, Field(ge=1, le=1_000)] = 5


def search_routes(service: Service) -> APIRouter:
    """The routes of a service with an index."""
    routes, index, worker = APIRouter(tags=["search"]), service.index, service.worker
    assert index is not None

    @routes.post("/search", openapi_extra=body_of(SearchRequest))
    async def search(request: Request) -> dict[str, Any]:
        """The documents that are closest to each query, best first."""
        asked = await parse(request, service.limits, SearchRequest, bad=422)
        queries = [asked.query] if isinstance(asked.query, str) else asked.query
        if len(queries) * asked.k > MAX_HITS:
            raise Refused(
                413,
                f"{len(queries)} queries with k={asked.k} ask for more than {MAX_HITS} documents; "
                "expected fewer: ask several times",
            )
        with _room(service):
            start = time.monotonic()
            reading = await read_texts(worker, queries, worker.name, QUERY)
            vectors = await embed(request, worker, reading, worker.name, QUERY)
            left = service.limits.seconds - (time.monotonic() - start)
            found = service.searching.submit(index.search_vectors, vectors, k=asked.k)
            results = await result_of(request, worker, found, max(0.0, left))
        return {"results": [[_shown(hit) for hit in hits] for hits in results]}

    return routes


@contextmanager
def _room(service: Service) -> Iterator[None]:
    """Count a search as long as it has no answer.

    Raises:
        Refused: as many wait as may.
    """
    if service.searches >= service.limits.searches:
        raise busy(service.worker, service.worker.seconds_left())
    service.searches += 1
    try:
        yield
    finally:
        service.searches -= 1


def _shown(hit: Found) -> dict[str, Any]:
    return {
        "id": hit.id,
        "score": float(hit.score),
        "text": hit.text,
        "language": hit.language,
        "fields": dict(hit.fields),
    }
