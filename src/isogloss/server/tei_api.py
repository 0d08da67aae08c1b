"""What clients of text-embeddings-inference call: `/embed`, `/similarity`, `/info`, `/health`."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr
from pydantic_core import to_json

from isogloss.protocols import NO_ROLE, STS, FloatArray, Role
from isogloss.server.openai_api import Input, Texts, body_of, check_dimensions, shortened
from isogloss.server.refusals import Refused
from isogloss.server.requests import embed, parse, read_texts
from isogloss.server.service import Service
from isogloss.vectors.similarity import normalize


class EmbedRequest(BaseModel):
    """Fields of `/embed`; texts are always cut to the model's longest input."""

    model_config = ConfigDict(extra="ignore")

    inputs: Input
    normalize: bool = True
    prompt_name: StrictStr | None = None
    dimensions: Annotated[StrictInt, Field(ge=1)] | None = None


class SimilarityInputs(BaseModel):
    """A sentence, and those that it is compared with."""

    source_sentence: StrictStr
    sentences: Annotated[Texts, Field(min_length=1)]


class SimilarityParameters(BaseModel):
    """Options of `/similarity`."""

    model_config = ConfigDict(extra="ignore")

    prompt_name: StrictStr | None = None


class SimilarityRequest(BaseModel):
    """Fields of `/similarity`."""

    model_config = ConfigDict(extra="ignore")

    inputs: SimilarityInputs
    parameters: SimilarityParameters | None = None


def tei_routes(service: Service) -> APIRouter:
    """The routes of a service."""
    routes, worker = APIRouter(tags=["text-embeddings-inference"]), service.worker

    @routes.post("/embed", openapi_extra=body_of(EmbedRequest))
    async def embed_texts(request: Request) -> Response:
        """Embed a text, a list of texts, or token ids: a list of vectors."""
        asked = await parse(request, service.limits, EmbedRequest, bad=422)
        width = check_dimensions(service, asked.dimensions)
        vectors = await _embed_inputs(service, request, asked)
        if width:
            vectors = shortened(vectors, width) if asked.normalize else vectors[:, :width]
        elif asked.normalize and not service.normalizes:
            vectors = normalize(vectors)
        return Response(to_json(vectors.tolist()), media_type="application/json")

    @routes.post("/similarity", openapi_extra=body_of(SimilarityRequest))
    async def similarity(request: Request) -> list[float]:
        """Cosines of a sentence with others."""
        asked = await parse(request, service.limits, SimilarityRequest, bad=422)
        prompt = asked.parameters.prompt_name if asked.parameters else None
        role = role_of(service, prompt, STS)
        texts = [asked.inputs.source_sentence, *asked.inputs.sentences]
        reading = await read_texts(worker, texts, worker.name, role)
        vectors = normalize(await embed(request, worker, reading, worker.name, role))
        return [float(value) for value in vectors[1:] @ vectors[0]]

    @routes.get("/info")
    async def info() -> dict[str, Any]:
        """What is served, and its limits."""
        return service.info()

    @routes.head("/health", include_in_schema=False)
    @routes.get("/health")
    async def health() -> Response:
        """200 as long as the model can be asked."""
        return Response()

    @routes.get("/metrics")
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(service.metrics.page(), media_type="text/plain; version=0.0.4")

    return routes


async def _embed_inputs(service: Service, request: Request, asked: EmbedRequest) -> FloatArray:
    """The vectors of texts, or of token ids."""
    worker, role = service.worker, role_of(service, asked.prompt_name, NO_ROLE)
    texts = [asked.inputs] if isinstance(asked.inputs, str) else asked.inputs
    if not texts or isinstance(texts[0], str):
        reading = await read_texts(worker, texts, worker.name, role)  # type: ignore[arg-type]
        return await embed(request, worker, reading, worker.name, role)
    if asked.prompt_name is not None:
        raise Refused(
            422,
            "prompt_name is given with token ids, which are read as they are; expected texts: "
            "leave it out, or put the prompt's ids in front",
            param="prompt_name",
        )
    rows: Any = [texts] if isinstance(texts[0], int) else texts
    reading = worker.readers[worker.name].take(rows)
    return await embed(request, worker, reading, worker.name, None)


def role_of(service: Service, prompt: str | None, otherwise: Role) -> Role:
    """The role that has a prompt of the model's.

    Raises:
        Refused: the model has none of that name.
    """
    if prompt is None:
        return otherwise
    known = service.worker.models[service.worker.name].prompts
    if prompt not in known:
        expected = f"one of {', '.join(known)}" if known else "no prompt_name, as it has no prompts"
        raise Refused(
            422, f"prompt_name is none of the model's; expected {expected}", param="prompt_name"
        )
    return Role(task=prompt)
