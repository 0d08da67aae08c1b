"""Put the page into the application of a service."""

import os
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import RedirectResponse

from isogloss.protocols import Encoder
from isogloss.runs.record import DistillRecord, FinetuneRecord, find_record
from isogloss.server.playground.trial import Trial, card_limits
from isogloss.server.refusals import Refused
from isogloss.server.service import Service
from isogloss.server.worker import ServedEncoder

PLACE = "/playground"

WAITING = 256
"""Presses of a button that wait; Gradio says so to those beyond."""


def mount(app: FastAPI, service: Service, folder: Path, corrections: Path) -> FastAPI:
    """An application that also has the page.

    Args:
        app: the routes of the service.
        service: its models are tried.
        folder: of the model.
        corrections: folder for pairs that visitors call wrong.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    import gradio as gr

    from isogloss.server.playground.page import FONTS, STYLE, build_page

    page = build_page(make_trial(service, folder), corrections)

    @app.get("/", include_in_schema=False)
    async def start() -> RedirectResponse:
        return RedirectResponse(f"{PLACE}/")

    @app.post(f"{PLACE}/gradio_api/upload", include_in_schema=False)
    async def no_files() -> None:
        """The page takes no files; Gradio would keep whatever anybody sends."""
        raise Refused(404, "the page takes no files; expected none")

    page.queue(max_size=WAITING)
    return gr.mount_gradio_app(
        app,
        page,
        PLACE,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        max_file_size=service.limits.body_bytes,
        show_error=False,
        theme=gr.themes.Default(font=FONTS, font_mono=["ui-monospace", "monospace"]),
        css=STYLE,
    )


def make_trial(service: Service, folder: Path) -> Trial:
    """What can be tried: the served model, and its teacher where that is loaded."""
    record = find_record(folder)
    languages: Sequence[str] = ()
    if isinstance(record, DistillRecord | FinetuneRecord):
        languages = record.model_languages
    served = list(service.worker.models)
    roles = dict(zip(("student", "teacher"), served, strict=False))
    models: dict[str, Encoder] = {
        role: ServedEncoder(service.worker, name) for role, name in roles.items()
    }
    return Trial(
        models=models,
        names={"student": service.name} | {r: m.name for r, m in models.items() if r == "teacher"},
        languages=languages,
        limits=card_limits(folder),
        index=service.index,
    )
