"""The pretrained student: another's multilingual encoder, fitted to the teacher's vectors.

Where its width is not the teacher's, a linear projection stands behind the pooling, a module of the
model like any other: trained, in checkpoints, and saved with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense, Dropout, Normalize, Pooling
from torch import nn
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from isogloss.encoders.checks.model_file import read_json
from isogloss.encoders.loading import code_of_its_own, load_sentence_transformer
from isogloss.encoders.names import find_model
from isogloss.encoders.positions import most_positions
from isogloss.encoders.saving import save_model
from isogloss.encoders.tokens import is_static, tokenize
from isogloss.errors import InputError, ModelShapeError
from isogloss.students.layers import keep_layers, layer_stack
from isogloss.students.start import Start, StartPairs, StartReport, start_near_teacher
from isogloss.vocabulary.trim_model import (
    Trimmed,
    TrimSettings,
    choose_tokens,
    token_table,
    trim_model,
)

PoolingMode = Literal["mean", "cls", "max"]


@dataclass(frozen=True)
class PretrainedSettings:
    """What is made of a pretrained encoder.

    Attributes:
        pooling: how tokens become a sentence; None: as the encoder's folder says, "mean" where it
            says nothing.
        max_length: longest input in tokens; None: the encoder's.
        layers: numbers of the layers that stay, from 0 at the bottom; none given: all.
        every: keep every so manieth layer, from the bottom.
        trim: leave out tokens spelled in letters that neither side of the pairs has; a number keeps
            at most so many, those that the pairs use most.
        remote_code: run code that the encoder brings.
        seed: decides the first weights of a projection.
    """

    pooling: PoolingMode | None = None
    max_length: int | None = None
    layers: tuple[int, ...] = ()
    every: int = 1
    trim: bool | int = False
    remote_code: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what fits no encoder."""
        if self.every < 1 or (self.max_length is not None and self.max_length < 3):
            raise InputError(
                f"student.pretrained has every={self.every}, max_length={self.max_length}; "
                "expected at least 1 and at least 3; set other values"
            )
        if not isinstance(self.trim, bool) and self.trim < 1:
            raise InputError(
                f"student.pretrained.trim is {self.trim}; expected true, false, or how many tokens "
                "to keep; set another value"
            )
        if self.layers and self.every != 1:
            raise InputError(
                "student.pretrained has both `layers` and `every`; expected one: leave one out"
            )


@dataclass(frozen=True)
class PretrainedReport:
    """What was made: the encoder's name, and what was changed about it."""

    kind: str
    name: str
    tokens_before: int
    tokens_after: int
    layers: int
    projection: bool
    parameters: int
    start: StartReport | None = None


def build_pretrained(
    name: str,
    teacher: Path,
    texts: Sequence[str],
    out: Path,
    settings: PretrainedSettings | None = None,
    start: StartPairs | None = None,
    method: Start = "auto",
) -> PretrainedReport:
    """Make a student of a pretrained encoder.

    Args:
        name: folder or hub name of a Sentence Transformers or transformers encoder.
        teacher: the teacher's folder: its width, and whether it normalizes, are the student's.
        texts: sentences of all languages, for trimming.
        out: folder to write the student to.
        settings: what is made of the encoder.
        start: pairs to bring its vectors near the teacher's with, before any training; None leaves
            them as they are.
        method: how, see `start_near_teacher`.

    Raises:
        ModelShapeError: it is no encoder, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
        InputError: a layer or the length is out of range; the encoder brings code of its own; it
            cannot be trimmed so far.
    """
    settings = settings or PretrainedSettings()
    model = fitted(name, load_sentence_transformer(teacher, device="cpu"), settings)
    before = len(token_table(model))
    chosen = kept_tokens(model, texts, settings)
    report = None
    if start is not None and method != "none":
        model, report = start_near_teacher(model, start, method)
    if chosen is None:
        save_model(model, out)
    else:
        trim_model(model, chosen, out)
    return PretrainedReport(
        kind="pretrained",
        name=name,
        tokens_before=before,
        tokens_after=len(token_table(model)),
        layers=len(layer_stack(model)[1]),
        projection=any(isinstance(module, Dense) for module in model),
        parameters=sum(p.numel() for p in model.parameters()),
        start=report,
    )


def fitted(
    name: str, teacher: SentenceTransformer, settings: PretrainedSettings
) -> SentenceTransformer:
    """A pretrained encoder with the teacher's width and ending; see `build_pretrained`."""
    folder = find_model(name)
    if not settings.remote_code:
        refuse_code(folder, name, ", or set student.pretrained.remote_code=true")
    model = load_sentence_transformer(folder, device="cpu", remote_code=settings.remote_code)
    if is_static(model):
        raise ModelShapeError(
            f"student {name!r} is a static table; expected an encoder: --student static makes a "
            "table of the teacher"
        )
    refuse_decoders(model, name, whole=(folder / "modules.json").is_file())
    _refuse_modules(list(model)[1:], name)
    tokenize(model, ["probe"])
    if settings.layers or settings.every != 1:
        every = range(0, len(layer_stack(model)[1]), settings.every)
        keep_layers(model, name, settings.layers or every)
    if settings.max_length is not None:
        _set_length(model, name, settings.max_length)
    modules_of: list[Any] = list(model)
    body, *rest = modules_of
    width = int(body.get_embedding_dimension())
    pooling = next((m for m in rest if isinstance(m, Pooling)), Pooling(width, "mean"))
    if settings.pooling is not None:
        pooling = Pooling(width, settings.pooling)
    modules: list[nn.Module] = [body, pooling, *(m for m in rest if isinstance(m, Dense))]
    given = int(SentenceTransformer(modules=modules, device="cpu").get_embedding_dimension() or 0)
    wanted = int(teacher.get_embedding_dimension() or 0)
    if given != wanted:
        modules.append(_projection(given, wanted, settings.seed))
    if any(isinstance(module, Normalize) for module in teacher):
        modules.append(Normalize())
    return SentenceTransformer(
        modules=modules, device="cpu", similarity_fn_name=teacher.similarity_fn_name
    )


def kept_tokens(
    model: SentenceTransformer, texts: Sequence[str], settings: PretrainedSettings
) -> Trimmed | None:
    """The tokens that an encoder keeps; None: all.

    Args:
        model: from `fitted`; it is not changed.
        texts: sentences of all languages.
        settings: what is made of the encoder.

    Raises:
        ModelShapeError: its tokenizer is of a kind that cannot be trimmed.
        InputError: it cannot be trimmed so far.
    """
    if not settings.trim:
        return None
    budget = None if settings.trim is True else settings.trim
    return choose_tokens(model, texts, TrimSettings(tokens=budget))


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


def _refuse_modules(modules: Sequence[nn.Module], name: str) -> None:
    """Refuse an encoder whose vectors another module than a pooling and layers behind it makes."""
    pooled = False
    for module in modules:
        pooled |= isinstance(module, Pooling)
        fits = (Pooling, Normalize, Dropout, Dense) if pooled else (Normalize, Dropout)
        if not isinstance(module, fits):
            raise ModelShapeError(
                f"student {name!r} has a {type(module).__name__} between its encoder and its "
                "vectors, which would be lost; expected an encoder, a pooling, and at most Dense "
                "behind it: choose another, or give the encoder's own folder, without modules.json"
            )


def _set_length(model: SentenceTransformer, name: str, wanted: int) -> None:
    """Cut input at so many tokens, for which a table of positions must have rows."""
    most = most_positions(model)
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
