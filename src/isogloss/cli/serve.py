"""`isogloss serve`."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from isogloss.cli.places import folder
from isogloss.cli.streams import emit, emit_json
from isogloss.errors import need
from isogloss.paths import given_path

Index = Annotated[
    Path | None,
    typer.Option(parser=folder, metavar="PATH", help="Folder of `search build`: adds /search."),
]
Keys = Annotated[
    Path | None,
    typer.Option(
        parser=given_path,
        metavar="FILE",
        help="File with a key per line; otherwise those of ISOGLOSS_API_KEY.",
    ),
]
Feedback = Annotated[
    Path | None,
    typer.Option(
        parser=folder,
        metavar="PATH",
        help="Folder for pairs that the page's visitors correct (default: feedback).",
    ),
]


def serve(
    model: Annotated[str, typer.Option(help="Folder or hub name of the model.")],
    index: Index = None,
    playground: Annotated[
        bool, typer.Option("--playground", help="Add a page to try the model on.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")
    ] = 8080,
    api_keys: Keys = None,
    precision: Annotated[str, typer.Option(help="auto, fp32, bf16 or int8.")] = "auto",
    feedback: Feedback = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the address as JSON once it answers.")
    ] = False,
) -> None:
    """Serve a model over HTTP, with a page to try it on.

    The interfaces are those of OpenAI and of text-embeddings-inference.
    """
    _check_extras(playground)
    _show_access_log()
    from isogloss.server.serve import serve as run

    def started(url: str) -> None:
        shown = f"{url}/playground/" if playground else url
        if as_json:
            emit_json({"url": url, "playground": shown if playground else None})
        else:
            emit(f"serving {model} at {shown}   (Ctrl-C stops)")

    run(
        model,
        index=index,
        playground=playground,
        host=host,
        port=port,
        api_keys=api_keys,
        precision=precision,
        feedback=feedback,
        started=started,
    )


def _check_extras(playground: bool) -> None:
    """Ask for what is not installed, before a model is loaded.

    Raises:
        MissingExtraError: a package is missing.
    """
    packages = ("fastapi", "uvicorn", "prometheus_client")
    if playground:
        need("--playground", "playground", *packages, "gradio")
    else:
        need("`serve`", "serve", *packages)


def _show_access_log() -> None:
    """A line of JSON on stderr for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("isogloss.server.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
