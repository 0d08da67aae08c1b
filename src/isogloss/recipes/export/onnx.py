"""A model with its ONNX graphs beside it: made, measured, kept or refused."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import InputError, ModelShapeError
from isogloss.exports.folder import GRAPH, INT8_GRAPH
from isogloss.exports.gate import MAX_LOST, MIN_LOW, MIN_MEAN, inexact, measure, refusals
from isogloss.exports.graph import check_whole, write_graph
from isogloss.exports.int8 import measure_peaks, write_int8
from isogloss.exports.integer_graph import Peaks, Plan
from isogloss.exports.onnx_encoder import OnnxEncoder, padded
from isogloss.exports.site import examples
from isogloss.exports.speed import measure_speed
from isogloss.protocols import Encoder, FloatArray
from isogloss.recipes.evaluate.run import Evaluation, evaluate
from isogloss.recipes.export.texts import Texts
from isogloss.runs.exports import Attempt, Fidelity, Speed
from isogloss.runs.lifecycle import OpenRun
from isogloss.tasks.task import Task

logger = logging.getLogger(__name__)

MODEL, FP32, INT8 = "model", "onnx fp32", "onnx int8"
"""Labels of scores and speeds."""

LIBRARY = "sentence-transformers"

TIMED = 128
"""Sentences that speed is measured with."""

PLANS = (Plan(7), Plan(8), Plan(8, exact=4), Plan(8, exact=8))
"""Tried in order: the first gives the same vectors on every processor, the last are slower."""

SMALL_PLANS = (Plan(7, 4), Plan(8, 4), *PLANS)
"""For a page: what is downloaded counts."""


@dataclass
class Graphs:
    """What was made of a model.

    Attributes:
        attempts: every graph, in order.
        evaluation: STS scores of the model and of the graphs that were kept; None without tasks.
        speed: see `Speed`.
    """

    attempts: list[Attempt] = field(default_factory=list)
    evaluation: Evaluation | None = None
    speed: Speed = field(default_factory=Speed)


@dataclass(frozen=True)
class Making:
    """What the steps of an export have in common.

    Attributes:
        model: in float32, on the CPU.
        folder: where graphs go.
        texts: sentences.
        tasks: STS.
        wanted: the model's vectors of the measured texts.
    """

    model: SentenceEncoder
    folder: Path
    texts: Texts
    tasks: Sequence[Task]
    wanted: Mapping[str, FloatArray]


def make_graphs(
    run: OpenRun,
    model: SentenceEncoder,
    texts: Texts,
    tasks: Sequence[Task],
    plans: Sequence[Plan] = (),
) -> Graphs:
    """Write a model's graph, and one in 8-bit integers where plans are given.

    Args:
        run: the run, whose folder is written to.
        model: in float32, on the CPU.
        texts: to calibrate and measure on.
        tasks: STS tasks, scored before and after.
        plans: tried in order until one is good; none: float32 alone.

    Raises:
        InputError: the model is no transformer, or no plan is good; the message says why.
        ModelShapeError: torch cannot write its graph, or the graph gives other vectors.
        OutputFolderError: the folder cannot be written.
    """
    check_whole(model.model, model.name)
    wanted = {code: model.encode(lines) for code, lines in texts.measured.items()}
    making, graphs = Making(model, run.folder, texts, tasks, wanted), Graphs()
    with run.stage("graph", "writing the graph"):
        start = time.perf_counter()
        write_graph(model.model, run.folder / GRAPH)
        seconds = time.perf_counter() - start
    with run.stage("measuring", "measuring it"):
        fp32 = OnnxEncoder(run.folder / GRAPH, model, name=FP32)
        found = measure(fp32, texts.measured, wanted)
        graphs.attempts.append(_attempt("float32", fp32.path, seconds, found, run.folder))
        if faults := inexact(found):
            raise ModelShapeError(
                f"the ONNX graph of model {model.name!r} gives other vectors ({'; '.join(faults)});"
                " expected the same: use the folder as it is, and report the architecture"
            )
    forms: dict[str, Encoder] = {MODEL: model, FP32: fp32}
    if plans:
        with run.stage("int8", "making it smaller"):
            forms[INT8] = _first_good(making, plans, graphs, forms)
    if tasks and graphs.evaluation is None:
        graphs.evaluation = evaluate(forms, tasks)
    with run.stage("speed", "measuring speed"):
        graphs.speed = _speed(run.folder, forms, texts)
    return graphs


def _first_good(
    making: Making, plans: Sequence[Plan], graphs: Graphs, forms: Mapping[str, Encoder]
) -> OnnxEncoder:
    """The first graph in 8-bit integers that passes; the attempts are noted, the others removed."""
    peaks = _peaks(making)
    path = making.folder / INT8_GRAPH
    for plan in plans:
        start = time.perf_counter()
        write_int8(making.folder / GRAPH, path, plan, peaks)
        seconds = time.perf_counter() - start
        graph = OnnxEncoder(path, making.model, name=INT8)
        found = measure(graph, making.texts.measured, making.wanted)
        attempt = _attempt(plan.name, path, seconds, found, making.folder)
        refused = refusals(found)
        if making.tasks and not refused:
            graphs.evaluation = evaluate({**forms, INT8: graph}, making.tasks)
            refused = _losses(graphs.evaluation)
        if not refused:
            graphs.attempts.append(attempt)
            return graph
        logger.warning("int8 with %s is refused: %s", plan.name, "; ".join(refused))
        graphs.attempts.append(attempt.model_copy(update={"refused": refused, "file": ""}))
        path.unlink()
    raise InputError(
        f"--quantize int8 is refused for model {making.model.name!r}: "
        + "; ".join(f"{a.name}: {', '.join(a.refused)}" for a in graphs.attempts if a.refused)
        + f"; expected a mean cosine of {MIN_MEAN} and a 1st percentile of {MIN_LOW} in every "
        f"language, and at most {MAX_LOST} of Spearman's correlation lost: export with --quantize "
        "none, or give --text in the languages that the model is for"
    )


def _peaks(making: Making) -> Peaks:
    """Ranges on the calibration texts, and on sentences in the scripts that people may type.

    What a model cannot read is made of a few pieces, whose channels are large where those of its
    own languages are not: without them Arabic in a German student had 0.984, with them 0.992.
    """
    given = [*making.texts.calibration.values(), *examples().values()]
    texts = [text for lines in given for text in lines]
    graph = OnnxEncoder(making.folder / GRAPH, making.model, name=FP32)
    batches = (padded([row], 0) for row in graph.tokenize(texts))
    return measure_peaks(making.folder / GRAPH, batches, making.folder / "onnx" / ".peaks.onnx")


def _attempt(name: str, path: Path, seconds: float, found: list[Fidelity], folder: Path) -> Attempt:
    return Attempt(
        name=name,
        file=path.relative_to(folder).as_posix(),
        bytes=path.stat().st_size,
        seconds_to_make=round(seconds, 1),
        fidelity=found,
    )


def _losses(evaluation: Evaluation) -> list[str]:
    """The tasks on which a graph in 8-bit integers is too far below the model."""
    said = []
    for before, after in zip(evaluation.scores[MODEL], evaluation.scores[INT8], strict=True):
        lost = (before.value or 0.0) - (after.value or 0.0)
        if before.metric == "spearman" and lost > MAX_LOST:
            said.append(f"sts {before.languages} ({before.data}): Spearman {lost:.4f} lower")
    return said


def _speed(folder: Path, forms: Mapping[str, Encoder], texts: Texts) -> Speed:
    """Speed of the library's own `encode` and of each graph."""
    library = SentenceTransformer(str(folder), device="cpu")

    def plain(sentences: list[str]) -> object:
        return library.encode(sentences, batch_size=32, show_progress_bar=False)

    graphs = {name: form.encode for name, form in forms.items() if name != MODEL}
    sample = texts.all()[:: max(1, len(texts.all()) // TIMED)][:TIMED]
    return measure_speed({LIBRARY: plain, **graphs}, sample)
