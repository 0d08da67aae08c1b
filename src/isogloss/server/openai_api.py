"""OpenAI's `/v1/embeddings` and `/v1/models`, as its official clients call them."""

import base64
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr
from pydantic_core import to_json

from isogloss.protocols import FloatArray
from isogloss.server.refusals import Refused
from isogloss.server.requests import embed, parse, read_texts
from isogloss.server.service import Service

Texts = Annotated[list[StrictStr], Field(fail_fast=True)]
"""At the first thing that is no text it is none: millions of them would have an error each."""
TokenIds = Annotated[list[StrictInt], Field(min_length=1, fail_fast=True)]
Input = Annotated[
    StrictStr | Texts | TokenIds | Annotated[list[TokenIds], Field(fail_fast=True)],
    Field(
        description="a text, a list of texts, token ids, or lists of them",
        union_mode="left_to_right",
    ),
]


class EmbeddingsRequest(BaseModel):
    """Fields of the request; others are let be."""

    model_config = ConfigDict(extra="ignore")

    input: Input
    model: StrictStr | None = None
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[StrictInt, Field(ge=1)] | None = None
    user: StrictStr | None = None


def body_of(schema: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that is read by hand."""
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def openai_routes(service: Service) -> APIRouter:
    """The routes of a service."""
    routes = APIRouter(tags=["OpenAI"])

    @routes.post("/v1/embeddings", openapi_extra=body_of(EmbeddingsRequest))
    async def embeddings(request: Request) -> Response:
        """Embed a text, a list of texts, or token ids."""
        asked = await parse(request, service.limits, EmbeddingsRequest, bad=400)
        dimensions = check_dimensions(service, asked.dimensions)
        worker, model = service.worker, service.worker.name
        texts = asked.input
        if isinstance(texts, str):
            texts = [texts]
        if texts and isinstance(texts[0], str):
            reading = await read_texts(worker, texts, model)  # type: ignore[arg-type]
            vectors = await embed(request, worker, reading, model)
        else:
            rows: Any = [texts] if texts and isinstance(texts[0], int) else texts
            reading = worker.readers[model].take(rows)
            vectors = await embed(request, worker, reading, model, None)
        if dimensions:
            vectors = shortened(vectors, dimensions)
        usage = {"prompt_tokens": reading.tokens, "total_tokens": reading.tokens}
        packed = asked.encoding_format == "base64"
        data = [
            {"object": "embedding", "index": i, "embedding": as_base64(row) if packed else row}
            for i, row in enumerate(vectors if packed else vectors.tolist())
        ]
        answer = {"object": "list", "data": data, "model": service.name, "usage": usage}
        return Response(to_json(answer), media_type="application/json")

    @routes.get("/v1/models")
    async def models() -> dict[str, Any]:
        """The model that is served."""
        return {"object": "list", "data": [_model(service)]}

    @routes.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        """The model that is served, by its name."""
        if name != service.name:
            raise Refused(
                404,
                f"no model of that name is served; expected {service.name!r}",
                param="model",
                code="model_not_found",
            )
        return _model(service)

    return routes


def check_dimensions(service: Service, wanted: int | None) -> int | None:
    """The width that was asked for, if the model was trained for it.

    Raises:
        Refused: it was not.
    """
    if wanted is None or wanted in service.widths:
        return wanted
    trained = ", ".join(map(str, service.widths))
    expected = f"one of {trained}" if trained else "no dimensions"
    reason = "" if trained else ", as the model was not trained for shorter vectors (matryoshka)"
    raise Refused(
        400,
        f"dimensions is {wanted}; expected {expected}{reason}",
        param="dimensions",
        code="invalid_dimensions",
    )


def shortened(vectors: FloatArray, width: int) -> FloatArray:
    """The first columns, of length 1 again."""
    short = vectors[:, :width]
    norms = np.linalg.norm(short, axis=1, keepdims=True)
    return np.asarray(short / np.maximum(norms, np.finfo(np.float32).tiny), np.float32)


def as_base64(row: FloatArray) -> str:
    """The bytes of little-endian float32."""
    return base64.b64encode(row.astype("<f4", copy=False).tobytes()).decode("ascii")


def _model(service: Service) -> dict[str, Any]:
    return {"id": service.name, "object": "model", "created": 0, "owned_by": "isogloss"}
