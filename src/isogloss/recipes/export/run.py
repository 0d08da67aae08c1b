"""Export a model: make its other form, measure it, say how it did."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isogloss.console import Console
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.encoders.tokens import max_tokens
from isogloss.exports.folder import copy_model
from isogloss.exports.graph import check_whole, need_onnx
from isogloss.exports.processor import processor_flags
from isogloss.metrics.score import Score
from isogloss.paths import given_path
from isogloss.recipes.export.onnx import PLANS, SMALL_PLANS, Graphs, make_graphs
from isogloss.recipes.export.settings import ExportSettings
from isogloss.recipes.export.static import make_static
from isogloss.recipes.export.texts import Texts, choose_texts
from isogloss.recipes.export.web import make_site
from isogloss.reports.write import write_report
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.exports import ExportFacts
from isogloss.runs.files import write_results
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.record import (
    DistillRecord,
    ExportRecord,
    FinetuneRecord,
    Record,
    find_record,
    write_record,
)
from isogloss.tasks import Task, load_task


@dataclass(frozen=True)
class Exported:
    """A model in another form.

    Attributes:
        folder: where it lies.
        record: how it was made and measured; also `run.json` in the folder.
        scores: of tasks, by form.
    """

    folder: Path
    record: ExportRecord
    scores: dict[str, list[Score]]


def export(
    model: str,
    out: Path | str,
    *,
    format: str = "onnx",
    quantize: str = "",
    texts: Sequence[str] = (),
    tasks: Sequence[str] = (),
    dim: int | None = None,
    assets: Path | str | None = None,
    console: Console | None = None,
) -> Exported:
    """Write a model in another form, and measure it against the one it came from.

    Args:
        model: folder or hub name of a Sentence Transformers model.
        out: a new or empty folder.
        format: `onnx`: the model's folder with `onnx/model.onnx` in it; `static`: a static student
            of its tokens; `web`: a page that runs it in a browser.
        quantize: `int8` adds `onnx/model_quantized.onnx`, if it is good; `none`.
        texts: `LANG=FILE`, a sentence a line, to calibrate and measure on; without, pairs of the
            model's training if they are still there, or the samples of isogloss.
        tasks: `sts:LANGS=WHERE`, scored before and after.
        dim: width of a static student; None keeps the model's.
        assets: folder of the npm packages that a page needs; None downloads them once.
        console: told about the stages; None is silent.

    Raises:
        InputError: a value cannot be used, or no graph in 8-bit integers is good.
        ModelShapeError: the model cannot be a graph.
        MissingExtraError: the extra `onnx` is not installed.
        ModelNotFoundError: nothing has that name.
        OutputFolderError: `out` is in use.
    """
    settings = ExportSettings(
        format, quantize, tuple(texts), tuple(tasks), dim, given_path(assets) if assets else None
    )
    if format != "static":
        need_onnx()
    loaded = [load_task(task) for task in settings.tasks]
    with open_run(out, console, keeps="nothing") as run:
        return _export(model, run, settings, loaded)


def _export(model: str, run: OpenRun, settings: ExportSettings, tasks: Sequence[Task]) -> Exported:
    folder = find_model(model)
    origin = find_record(folder)
    texts = choose_texts(origin, settings.texts)
    with run.stage("loading", "loading the model"):
        loaded = load_sentence_transformer(folder, device="cpu")
        encoder = SentenceEncoder(
            loaded, name=model, model_fingerprint=fingerprint_model(folder), precision="fp32"
        )
    if settings.format == "static":
        graphs = make_static(run, encoder, texts, tasks, settings.dim)
    else:
        check_whole(loaded, model)
        if settings.format == "onnx":
            copy_model(folder, loaded, run.folder)
            graphs = make_graphs(run, encoder, texts, tasks, PLANS if settings.integers else ())
        else:
            graphs = make_site(
                run, encoder, folder, texts, tasks, SMALL_PLANS, settings.assets, _languages(origin)
            )
    return _record(run, settings, encoder, texts, graphs, origin)


def _record(
    run: OpenRun,
    settings: ExportSettings,
    model: SentenceEncoder,
    texts: Texts,
    graphs: Graphs,
    origin: Record | None,
) -> Exported:
    evaluation = graphs.evaluation
    trained = origin if isinstance(origin, DistillRecord | FinetuneRecord) else None
    recipe: dict[str, Any] = asdict(settings) | {"model": model.name, "assets": None}
    record = ExportRecord(
        command="export",
        recipe=recipe,
        export=ExportFacts(
            model=ModelDescription(
                name=model.name,
                fingerprint=model.model_fingerprint,
                dim=model.dim,
                max_length=max_tokens(model.model),
                prompt=model.prompt,
            ),
            languages=_languages(origin),
            format=settings.format,
            quantize="int8" if settings.integers else "none",
            texts=texts.origin,
            attempts=graphs.attempts,
            speed=graphs.speed,
            processor=processor_flags(),
            files=_sizes(run.folder),
        ),
        tasks=evaluation.record.tasks if evaluation else [],
        models=evaluation.record.models if evaluation else {},
        origin=trained,
        **run.measured() | {"notes": [*run.notes, *(evaluation.notes if evaluation else ())]},
    )
    if evaluation:
        write_results(run.folder, record, evaluation.rows(), evaluation.items())
    else:
        write_record(run.folder, record)
    write_report(run.folder)
    return Exported(run.folder, record, dict(evaluation.scores) if evaluation else {})


def _languages(origin: Record | None) -> list[str]:
    """Languages of the model, as far as its own record tells."""
    return origin.model_languages if isinstance(origin, DistillRecord | FinetuneRecord) else []


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of all files that are there before the report is."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}
