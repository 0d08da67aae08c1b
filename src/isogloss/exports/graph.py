"""A whole model as one ONNX graph: token ids in, vectors of tokens and of the sentence out."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from isogloss.encoders.tokens import check_unrouted, is_static
from isogloss.errors import InputError, ModelShapeError, need
from isogloss.writing import writing

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("last_hidden_state", "sentence_embedding")
"""What the transformer gives, by the name under which optimum asks for it, and what the whole model
gives, by that of Sentence Transformers; transformers.js knows both."""

PACKAGES = ("onnx", "onnxruntime", "onnxscript")


def need_onnx() -> None:
    """Ask for the extra.

    Raises:
        MissingExtraError: one of its packages is not installed.
    """
    need("ONNX", "onnx", *PACKAGES)


class _Whole(nn.Module):
    """All modules of a model, from ids to the vector of a sentence."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        first, *others = self.model
        read = first({"input_ids": input_ids, "attention_mask": attention_mask})
        hidden = read["token_embeddings"]  # a later module may put others in their place
        for module in others:
            read = module(read)
        return hidden, read["sentence_embedding"]


def check_whole(model: SentenceTransformer, name: str) -> None:
    """Refuse a model that is more than ids, a mask and modules.

    Args:
        model: what is to become a graph.
        name: what the user calls it.

    Raises:
        InputError: it is static, or leaves its prompt out of the pooling.
        ModelShapeError: it has several routes.
    """
    check_unrouted(model, name, "use its folder as it is")
    if is_static(model):
        raise InputError(
            f"model {name!r} is a static student, a table without a network; expected a "
            "transformer for ONNX: use its folder as it is, it is faster than any graph"
        )
    prompted = any(model.prompts.values())
    if prompted and not all(getattr(module, "include_prompt", True) for module in model):
        raise InputError(
            f"model {name!r} leaves its prompt out of the pooling, which a graph of ids and mask "
            "cannot know; expected a model that pools all it reads: use its folder as it is"
        )


def write_graph(model: SentenceTransformer, path: Path) -> None:
    """Write a model's graph in float32; batch and length are free.

    Args:
        model: on the CPU, with eager attention: a fused one may fix the shapes of the example.
        path: the file.

    Raises:
        ModelShapeError: torch cannot follow what the model does.
        OutputFolderError: the file cannot be written.
    """
    # an example dimension of 0 or 1 would be taken for a constant
    ids = torch.randint(1, 9, (2, 7))
    mask = torch.ones_like(ids)
    mask[1, 4:] = 0
    free = {0: "batch", 1: "length"}
    with _quiet(), torch.no_grad():
        try:
            program: Any = torch.onnx.export(
                _Whole(model).eval(),
                (ids, mask),
                input_names=list(INPUTS),
                output_names=list(OUTPUTS),
                dynamic_shapes=dict.fromkeys(INPUTS, free),
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise ModelShapeError(
                f"torch cannot write this model as an ONNX graph ({_first_line(error)}); expected "
                "an architecture that torch.export follows, as BERT, MPNet and XLM-R: use the "
                "folder as it is"
            ) from error
    with writing(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        program.save(str(path), external_data=False)


def _first_line(error: BaseException) -> str:
    """What an error says first, of its cause where it has one."""
    said = [line for line in str(error.__cause__ or error).splitlines() if line.strip()]
    return said[0][:200] if said else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the remarks of the exporter on packages that it would look at and does not need."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
