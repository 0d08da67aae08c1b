"""A pretrained encoder as a student: its modules adapted to the teacher's vectors."""

from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    Pooling,
    WeightedLayerPooling,
)
from torch import nn
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from isogloss.encoders.checks.model_file import read_json
from isogloss.encoders.loading import code_of_its_own, load_sentence_transformer
from isogloss.encoders.modules import pooled_by
from isogloss.encoders.names import find_model
from isogloss.encoders.positions import max_positions
from isogloss.encoders.tokens import check_body, is_static, own_prompt, tokenize
from isogloss.errors import InputError, ModelShapeError
from isogloss.students.layers import keep_layers, layer_stack
from isogloss.students.settings import PoolingMode, PretrainedSettings


def adapt_encoder(
    name: str, teacher: SentenceTransformer, settings: PretrainedSettings
) -> SentenceTransformer:
    """Give a pretrained encoder the teacher's width and ending, and the layers that are wanted.

    Args:
        name: its folder or hub name.
        teacher: whose width, and whether it normalizes, become the encoder's.
        settings: what is made of it.

    Raises:
        ModelShapeError: it is no encoder, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
        InputError: a layer or the length is out of range; the encoder brings code of its own.
    """
    folder = find_model(name)
    if not settings.remote_code:
        refuse_code(folder, name, ", or set student.pretrained.remote_code=true")
    model = load_sentence_transformer(folder, device="cpu", remote_code=settings.remote_code)
    if is_static(model):
        raise ModelShapeError(
            f"student {name!r} is a static table; expected an encoder: --student static makes a "
            "table of the teacher"
        )
    check_body(model, name)
    refuse_decoders(model, name, whole=(folder / "modules.json").is_file())
    tokenize(model, ["probe"])
    if settings.layers or settings.layer_stride != 1:
        _check_layers_alone(model, name)
        every = range(0, len(layer_stack(model)[1]), settings.layer_stride)
        keep_layers(model, name, settings.layers or every)
    if settings.max_length is not None:
        _set_length(model, name, settings.max_length)
    modules = _pooled(list(model), settings.pooling)
    while isinstance(modules[-1], Normalize):  # its place is behind the projection
        modules.pop()
    given = int(SentenceTransformer(modules=modules, device="cpu").get_embedding_dimension() or 0)
    wanted = int(teacher.get_embedding_dimension() or 0)
    if given != wanted:
        modules.append(_projection(given, wanted, settings.seed))
    if any(isinstance(module, Normalize) for module in teacher):
        modules.append(Normalize())
    prompt = own_prompt(model) if settings.prompt is None else settings.prompt
    roles = ("query", "document") if prompt else ()
    return SentenceTransformer(
        modules=modules,
        device="cpu",
        prompts=dict.fromkeys(roles, prompt),  # it learns one for all
        default_prompt_name="query" if prompt else None,
        similarity_fn_name=teacher.similarity_fn_name,
    )


def refuse_code(folder: Path, name: str, way_out: str = "") -> None:
    """Refuse a model that wants to run code of its own.

    Args:
        folder: the model.
        name: what the user calls it.
        way_out: what to do beside choosing another, for the message.

    Raises:
        InputError: it does.
        ModelNotFoundError: its config.json cannot be read.
    """
    config = folder / "config.json"
    if config.is_file() and "auto_map" in read_json(config):
        raise code_of_its_own(f"model {name!r}", way_out)


def refuse_decoders(model: SentenceTransformer, name: str, *, whole: bool) -> None:
    """Refuse a body that generates text: its tokens do not see what follows them.

    Args:
        model: the loaded model.
        name: what the user calls it.
        whole: it is a sentence-embedding model already, which may use the encoder of two parts.

    Raises:
        ModelShapeError: it is one.
    """
    first: Any = model[0]
    config = first.auto_model.config
    kind = config.model_type
    generates = kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if kind in MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES and not whole:
        shape = "an encoder-decoder"
    elif generates and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        shape = "a decoder"
    else:
        return
    raise ModelShapeError(
        f"student {name!r} is {shape} ({kind}); expected an encoder such as XLM-R or mBERT: choose "
        "another, or --student transplant"
    )


def _pooled(modules: list[Any], mode: PoolingMode | None) -> list[nn.Module]:
    """An encoder's modules in their order, with a pooling and, where one is asked for, that one."""
    if not any(isinstance(module, Pooling) for module in modules):
        body, *rest = modules
        return [body, Pooling(int(body.get_embedding_dimension()), mode or "mean"), *rest]
    return modules if mode is None else pooled_by(modules, mode)


def _check_layers_alone(model: SentenceTransformer, name: str) -> None:
    """Refuse to leave out layers where a module behind the body weighs all of them."""
    if any(isinstance(module, WeightedLayerPooling) for module in model):
        raise InputError(
            f"student.pretrained leaves out layers of {name!r}, whose WeightedLayerPooling has a "
            "weight for each; expected all of them: give neither `layers` nor `layer_stride`"
        )


def _set_length(model: SentenceTransformer, name: str, wanted: int) -> None:
    """Truncate input at this many tokens; the table of positions must have a row for each."""
    most = max_positions(model)
    if most is not None and wanted > most:
        raise InputError(
            f"student.pretrained.max_length is {wanted}; expected at most {most}, the positions "
            f"that {name!r} has: set a lower one"
        )
    model.max_seq_length = wanted


def _projection(given: int, wanted: int, seed: int) -> Dense:
    """A linear map that keeps lengths on average, without bias: close to a random rotation."""
    draw = torch.Generator().manual_seed(seed)
    weight = torch.empty(wanted, given)
    nn.init.orthogonal_(weight, generator=draw)
    return Dense(given, wanted, bias=False, activation_function=nn.Identity(), init_weight=weight)
