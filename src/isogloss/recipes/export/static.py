"""A static student of any model: every token as the model reads it alone, and their mean."""

import logging
from collections.abc import Sequence

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from isogloss.encoders.encoder import SentenceEncoder, load_encoder
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import is_static
from isogloss.errors import InputError
from isogloss.exports.speed import measure_speed
from isogloss.protocols import Encoder, FloatArray
from isogloss.recipes.evaluate.run import evaluate
from isogloss.recipes.export.onnx import LIBRARY, MODEL, TIMED, Graphs
from isogloss.recipes.export.texts import Texts
from isogloss.runs.exports import Attempt
from isogloss.runs.lifecycle import OpenRun
from isogloss.students.static import frequency_scales, token_vectors
from isogloss.tasks.task import Task
from isogloss.vocabulary.tokenizer_json import count_tokens, load_tokenizer

logger = logging.getLogger(__name__)

STATIC = "static"

WARNING = (
    "a static student reads neither order nor context: expect it below the model everywhere, and "
    "far below where languages are crossed; score it (`isogloss evaluate`) before it is used, or "
    "train one with `isogloss distill --student static`"
)


def make_static(
    run: OpenRun, model: SentenceEncoder, texts: Texts, tasks: Sequence[Task], dim: int | None
) -> Graphs:
    """Write a static student.

    Args:
        run: the run, whose folder is written to.
        model: in float32, on the CPU.
        texts: what tokens are counted in: frequent ones are made short.
        tasks: STS tasks, scored before and after.
        dim: width; None keeps the model's.

    Raises:
        InputError: the model is static, or narrower than `dim`.
        OutputFolderError: the folder cannot be written.
    """
    if is_static(model.model):
        raise InputError(
            f"model {model.name!r} is a static student already; expected a transformer: use it as "
            "it is"
        )
    if dim is not None and dim > model.dim:
        raise InputError(f"--dim {dim} is wider than the model's {model.dim}; expected at most it")
    logger.warning("%s", WARNING)
    run.notes.append(WARNING)
    with run.stage("static", "reading every token alone"):
        rows = token_vectors(model.model)
        tokenizer = load_tokenizer(tokenizer_state(model.model.tokenizer))
        if dim is not None:
            rows = leading_components(rows, dim)
        rows = rows * frequency_scales(count_tokens(tokenizer, texts.all(), len(rows)))[:, None]
    static = StaticEmbedding(tokenizer, embedding_weights=torch.from_numpy(rows))
    save_model(
        SentenceTransformer(
            modules=[static, Normalize()], device="cpu", similarity_fn_name="cosine"
        ),
        run.folder,
    )
    student = load_encoder(run.folder, precision="fp32")
    table = next(run.folder.rglob("*.safetensors"))
    made = Attempt(
        name="token table",
        file=table.relative_to(run.folder).as_posix(),
        bytes=table.stat().st_size,
    )
    graphs = Graphs(attempts=[made])
    forms: dict[str, Encoder] = {MODEL: model, STATIC: student}
    if tasks:
        graphs.evaluation = evaluate(forms, tasks)
    library = model.model

    def plain(sentences: list[str]) -> object:
        return library.encode(sentences, batch_size=32, show_progress_bar=False)

    sample = texts.all()[:TIMED]
    graphs.speed = measure_speed({LIBRARY: plain, STATIC: student.encode}, sample)
    return graphs


def leading_components(rows: FloatArray, dim: int) -> FloatArray:
    """Rows in the coordinates of their leading principal components, `(n, dim)`.

    The mean is taken off: it is what all tokens share, and tells none from another.

    Args:
        rows: `(n, width)`.
        dim: components, at most `width`.
    """
    centered = rows - rows.mean(0, dtype=np.float64)
    _, axes = np.linalg.eigh(centered.T @ centered)
    found: FloatArray = (centered @ axes[:, ::-1][:, :dim]).astype(np.float32)
    return found
