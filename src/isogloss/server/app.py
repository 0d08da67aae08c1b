"""The application: all routes of a service behind one gate."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from isogloss.runs.provenance import code_version
from isogloss.server.gate import Gate
from isogloss.server.openai_api import openai_routes
from isogloss.server.refusals import Refused, refuse
from isogloss.server.search_api import search_routes
from isogloss.server.service import Service
from isogloss.server.tei_api import tei_routes


def build_routes(service: Service) -> FastAPI:
    """The routes alone; others can be added before `guard`.

    Args:
        service: what they serve.
    """
    # the pages that FastAPI has of itself load scripts from elsewhere
    app = FastAPI(
        title="isogloss",
        version=code_version(),
        docs_url=None,
        redoc_url=None,
        lifespan=alive(service),
    )
    app.include_router(openai_routes(service))
    app.include_router(tei_routes(service))
    if service.index is not None:
        app.include_router(search_routes(service))

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return refuse(error, request.url.path)

    @app.exception_handler(StarletteHTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        known = "; expected a path of /openapi.json" if error.status_code == 404 else ""
        told = Refused(error.status_code, f"{error.detail}{known}", headers=error.headers)
        return refuse(told, request.url.path)

    return app


def alive(service: Service) -> Callable[[FastAPI], Any]:
    """The model works while the application runs, and to the last accepted request."""

    @asynccontextmanager
    async def working(app: FastAPI) -> AsyncIterator[None]:
        service.worker.start()
        try:
            yield
        finally:
            service.searching.shutdown(wait=False)
            service.worker.stop()

    return working


def guard(app: FastAPI, service: Service) -> Gate:
    """The application as it is run: keys, sizes, log, counters."""
    known = frozenset(app.openapi()["paths"])
    return Gate(app, service, known)
