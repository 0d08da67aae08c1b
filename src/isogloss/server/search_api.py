"""`/search` over an index that `isogloss search build` made."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from isogloss.server.batching import QueueFullError
from isogloss.server.openai_api import Texts, body_of
from isogloss.server.refusals import Refused
from isogloss.server.requests import parse
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
    routes, index = APIRouter(tags=["search"]), service.index
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
        request.state.counted = {"texts": len(queries)}
        loop = asyncio.get_running_loop()
        find = partial(index.search, queries, k=asked.k)
        try:
            results = await loop.run_in_executor(service.searching, find)
        except QueueFullError as error:
            raise Refused(
                429, "the service is busy", headers={"retry-after": str(error.seconds)}
            ) from error
        except TimeoutError as error:
            raise Refused(503, "no answer in time", headers={"retry-after": "1"}) from error
        return {"results": [[_shown(hit) for hit in hits] for hits in results]}

    return routes


def _shown(hit: Found) -> dict[str, Any]:
    return {
        "id": hit.id,
        "score": float(hit.score),
        "text": hit.text,
        "language": hit.language,
        "fields": dict(hit.fields),
    }
