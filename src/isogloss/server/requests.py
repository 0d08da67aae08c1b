"""Read a request's body within its limits, and wait for vectors as long as the client does."""

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from isogloss.protocols import NO_ROLE, FloatArray, Role
from isogloss.server.batching import QueueFullError
from isogloss.server.limits import Limits
from isogloss.server.reading import Reading
from isogloss.server.refusals import CLOSE, Refused
from isogloss.server.worker import Worker

Body = TypeVar("Body", bound=BaseModel)
Result = TypeVar("Result")


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body; the gate lets no more of it through than there may be.

    Raises:
        Refused: it comes too slowly.
        ClientDisconnect: it does not come to its end.
    """
    try:
        async with asyncio.timeout(limits.body_seconds):
            return b"".join([part async for part in request.stream()])
    except TimeoutError as error:
        raise Refused(
            408,
            f"the body was not sent within {limits.body_seconds:.0f} s; expected it sooner",
            headers=CLOSE,
        ) from error


async def parse(request: Request, limits: Limits, schema: type[Body], *, bad: int) -> Body:
    """The body as JSON of a schema.

    Args:
        request: of a client.
        limits: of the service.
        schema: what it must hold.
        bad: the status of a field that cannot be used; JSON that is none has 400.

    Raises:
        Refused: it is something else.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "the content type is not application/json; expected it", headers=CLOSE)
    try:
        return schema.model_validate_json(await read_body(request, limits))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise Refused(400, f"the body is no JSON ({first['msg']}); expected JSON") from error
        field = str(first["loc"][0]) if first["loc"] else None
        expected = schema.model_fields[field].description if field in schema.model_fields else None
        told = f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}"
        if expected and first["type"] != "missing":  # several forms: the first one's would mislead
            told = f"{field} has another form; expected {expected}"
        raise Refused(bad, told, param=field) from error


async def embed(
    request: Request, worker: Worker, reading: Reading, model: str, role: Role | None = NO_ROLE
) -> FloatArray:
    """Wait for the vectors of texts, as long as the client waits.

    Args:
        request: of the client.
        worker: who owns the model.
        reading: the texts.
        model: its name there.
        role: that they were read in; None: token ids, which hold no prompt.

    Raises:
        Refused: the queue is full, or it takes too long.
        ClientDisconnect: the client left.
    """
    try:
        ticket = worker.submit(reading, model, role)
    except QueueFullError as error:
        raise busy(worker, error.seconds) from error
    request.state.counted = {"texts": len(reading.rows), "tokens": reading.tokens}
    worker.metrics.cut.inc(reading.cut)
    try:
        return await result_of(request, worker, ticket.future, worker.limits.seconds)
    finally:
        if not ticket.future.done():
            worker.cancel(ticket)


async def result_of(
    request: Request, worker: Worker, future: "Future[Result]", seconds: float
) -> Result:
    """Wait for a result as long as the client waits; where nobody waits it is cancelled.

    Args:
        request: of the client.
        worker: whose metrics count what is dropped.
        future: gives the result.
        seconds: that it may take at most.

    Raises:
        Refused: it takes too long.
        ClientDisconnect: the client left.
    """
    answer = asyncio.wrap_future(future)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((answer, leaving), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        reason = "client_left" if leaving.done() else "too_late"
        worker.metrics.dropped.labels(reason).inc()
        if leaving.done():
            raise ClientDisconnect
        raise Refused(
            503,
            f"no answer within {worker.limits.seconds:.0f} s; expected a shorter queue: try again",
            headers={"retry-after": str(worker.seconds_left())},
        )
    finally:
        leaving.cancel()
        if not answer.done():
            answer.cancel()


def busy(worker: Worker, seconds: int) -> Refused:
    """The refusal of a request for which there is no room; it is counted.

    Args:
        worker: whose metrics count it.
        seconds: after which there may be some.
    """
    worker.metrics.dropped.labels("queue_full").inc()
    return Refused(
        429,
        f"the service is busy for about {seconds} s; expected fewer requests: try again",
        headers={"retry-after": str(seconds)},
    )


async def _left(request: Request) -> None:
    """Return when the client is gone."""
    with suppress(asyncio.CancelledError):
        while (await request.receive())["type"] != "http.disconnect":
            pass


async def read_texts(worker: Worker, texts: list[str], model: str, role: Role = NO_ROLE) -> Reading:
    """Tokenize texts beside the event loop."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(worker.tokenizing, worker.readers[model].read, texts, role)
