"""A page that runs a model in the browser: its graph in 8-bit integers, and what shows it."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.opening import parse_model
from isogloss.exports.folder import INT8_GRAPH, copy_model
from isogloss.exports.integer_graph import Plan
from isogloss.exports.npm import script_files
from isogloss.exports.site import MAX_BYTES, write_site
from isogloss.recipes.export.onnx import Graphs, make_graphs
from isogloss.recipes.export.texts import Texts
from isogloss.runs.lifecycle import OpenRun
from isogloss.tasks.task import Task

logger = logging.getLogger(__name__)

LIMITS = (
    "The cosines are those of this model, in 8-bit integers: near the model's own, not equal. High "
    "means alike in meaning as far as this model knows the languages; it is no probability."
)


def make_site(
    run: OpenRun,
    model: SentenceEncoder,
    folder: Path,
    texts: Texts,
    tasks: Sequence[Task],
    plans: Sequence[Plan],
    assets: Path | None,
    languages: Sequence[str],
) -> Graphs:
    """Write a page, whose graph passed the gate.

    Args:
        run: the run, whose folder is written to.
        model: in float32, on the CPU.
        folder: the model's.
        texts: to calibrate and measure on.
        tasks: STS tasks, scored before and after.
        plans: see `make_graphs`.
        assets: see `script_files`.
        languages: of the model, as far as they are known.

    Raises:
        MissingFileError: the scripts of the page cannot be had.
        InputError: no graph is good.
        OutputFolderError: the folder cannot be written.
    """
    scripts = script_files(assets)
    making = OpenRun(run.console, run.seconds, run.notes, run.begun, folder=run.folder / "model")
    copy_model(folder, model.model, making.folder)
    graphs = make_graphs(making, model, texts, tasks, plans)
    codes = [*languages] or [code for code in texts.measured if code]
    facts = {
        "name": parse_model(model.name).short,
        "languages": codes,
        "prompt": model.prompt,
        "limits": LIMITS,
    }
    bytes_ = write_site(run.folder, making.folder / INT8_GRAPH, model.model, scripts, facts)
    shutil.rmtree(making.folder)
    kept = {"file": "model.onnx"}
    graphs.attempts = [
        each.model_copy(update=kept if each.file == INT8_GRAPH else {"file": ""})
        for each in graphs.attempts
    ]
    if bytes_ > MAX_BYTES:
        size = f"the page has {bytes_ / 1e6:.0f} MB, of which a browser loads all"
        run.notes.append(f"{size}: trim the model to its languages first (isogloss trim)")
        logger.warning("%s", run.notes[-1])
    return graphs
