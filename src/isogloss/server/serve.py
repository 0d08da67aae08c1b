"""`isogloss serve` as a function: from a model's folder to a service that runs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isogloss.encoders.names import find_model, find_model_here, fingerprint_model
from isogloss.errors import InputError, check_choice
from isogloss.paths import given_path
from isogloss.protocols import READING_PRECISIONS
from isogloss.runs.record import Record, find_record
from isogloss.server.app import build_routes, guard
from isogloss.server.gate import read_keys
from isogloss.server.limits import Limits
from isogloss.server.metrics import Metrics
from isogloss.server.reading import TokenEncoder
from isogloss.server.running import listen, make_server, run
from isogloss.server.service import Service
from isogloss.server.worker import ServedEncoder, Worker

WARMING = ("A short one.", "Another sentence, which is a little longer than the one before it.")


def serve(
    model: str,
    *,
    index: Path | str | None = None,
    playground: bool = False,
    host: str = "127.0.0.1",
    port: int = 8080,
    api_keys: Path | str | None = None,
    precision: str = "auto",
    feedback: Path | str | None = None,
    limits: Limits | None = None,
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve a model over HTTP until SIGINT or SIGTERM.

    Args:
        model: folder or hub name.
        index: folder that `isogloss search build` made with this model; None: no `/search`.
        playground: also serve a page to try the model on.
        host: address to listen on; that of the machine alone by default.
        port: to listen on; 0 takes one that is free.
        api_keys: file with a key per line; None: those of `ISOGLOSS_API_KEY`, if it is set.
        precision: "auto", "fp32", "bf16" or "int8".
        feedback: folder for the pairs that visitors of the playground call wrong; None:
            `feedback`.
        limits: what clients may ask for.
        started: called with the address once requests are answered.

    Raises:
        ModelNotFoundError: nothing has that name.
        InputError: the port is taken, a key is none, or there is no playground for `feedback`.
        MissingFileError: a file is missing.
        ModelShapeError: the index was made with another model, or the model has several routes.
    """
    check_choice("--precision", precision, READING_PRECISIONS)
    if feedback is not None and not playground:
        raise InputError(
            f"--feedback is {str(feedback)!r} without --playground, whose visitors would write "
            "into it; expected both: add --playground, or leave it out"
        )
    corrections = given_path("feedback" if feedback is None else feedback)
    folder = find_model(model)
    file = None if api_keys is None else given_path(api_keys)
    keys = read_keys(file, os.environ.get("ISOGLOSS_API_KEY"))
    listener = listen(host, port)
    try:
        service = open_service(
            model,
            index=index,
            limits=limits,
            keys=keys,
            precision=precision,
            with_teacher=playground,
        )
        app = build_routes(service)
        if playground:
            from isogloss.server.playground.mounting import mount

            app = mount(app, service, folder, corrections)
        address = listener.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        url = f"http://{shown}:{address[1]}"
        server = make_server(guard(app, service), service.limits, lambda: started(url))
        run(server, listener)
    finally:
        listener.close()


def open_service(
    model: str,
    *,
    index: Path | str | None = None,
    limits: Limits | None = None,
    keys: tuple[str, ...] = (),
    precision: str = "auto",
    with_teacher: bool = False,
) -> Service:
    """Load what is served; see `serve` for the arguments and errors.

    Args:
        model: folder or hub name.
        index: folder of an index.
        limits: what clients may ask for.
        keys: see `read_keys`.
        precision: "auto", "fp32", "bf16" or "int8".
        with_teacher: also load the teacher that the model's run names, if it is on this machine.
    """
    folder = find_model(model)
    record = find_record(folder)
    opened = None
    if index is not None:
        from isogloss.search.index import Index

        opened = Index(given_path(index), lambda name: ServedEncoder(worker, worker.name))
        opened.check_model(model, fingerprint_model(folder))

    from isogloss.encoders.opening import load
    from isogloss.encoders.tokens import check_unrouted

    encoder = load(model, precision=precision)
    check_unrouted(encoder.model, model, "search and evaluate with it from its folder")
    encoder.encode(WARMING)
    limits, metrics = limits or Limits(), Metrics()
    name = folder.resolve().name if Path(model).exists() else model
    teacher = load_teacher(folder, record) if with_teacher and record else {}
    worker = Worker({name: encoder} | teacher, limits, metrics)
    service = Service(
        name=name,
        worker=worker,
        metrics=metrics,
        limits=limits,
        widths=trained_widths(record.recipe, encoder.dim) if record else (),
        normalizes=any(type(module).__name__ == "Normalize" for module in encoder.model),
        keys=keys,
    )
    if opened is not None:
        assert opened.encoder.dim  # it is the model that made the index, or this raises
        service.index = opened
    return service


def load_teacher(folder: Path, record: Record) -> dict[str, TokenEncoder]:
    """The teacher of a run, by its name; empty where it is not on this machine.

    Args:
        folder: of the run; a teacher that the run changed lies in it.
        record: what the run says.
    """
    if record.teacher is None or not record.teacher.name:
        return {}
    own = folder / record.teacher.folder if record.teacher.folder else None
    found = own if own and own.is_dir() else find_model_here(record.teacher.name)
    if found is None:
        return {}
    from isogloss.encoders.opening import load

    encoder = load(found, prompt=record.teacher.prompt)
    encoder.name = record.teacher.name
    return {f"teacher {encoder.name}": encoder}


def trained_widths(recipe: dict[str, Any], dim: int) -> tuple[int, ...]:
    """The shorter vectors that a recipe trained for, and the whole one; none without them."""
    training = recipe.get("training") or {}
    loss = training.get("loss")
    given = (loss.get("matryoshka") if isinstance(loss, dict) else None) or training.get(
        "matryoshka"
    )
    return tuple(sorted({*map(int, given), dim})) if given else ()
