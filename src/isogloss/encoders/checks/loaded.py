"""Whether a loaded model is one that can embed: its weights all there, finite, and fitting."""

import copy
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.constants import HF_HUB_DISABLE_PROGRESS_BARS
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer
from transformers import PreTrainedModel
from transformers.utils import logging as messages

from isogloss.encoders.checks.files import ADAPTER, LISTING, OWN_SETTINGS, module_places
from isogloss.encoders.checks.model_file import AGAIN, broken
from isogloss.encoders.tokens import (
    check_texts,
    fast_tokenizer,
    features,
    is_routed,
    is_static,
    max_tokens,
    token_embeddings,
    tokenize,
)
from isogloss.errors import InputError, ModelNotFoundError, ModelShapeError

logger = logging.getLogger(__name__)

PROBE = "A sentence."
_DEEP = 3
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")
_JUDGES = ("ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering")
UNUSED = "pooler"
"""A part that no pooling of Sentence Transformers reads, which checkpoints often lack."""


def check_complete(model: SentenceTransformer, folder: Path) -> None:
    """Refuse a body with weights that no file has: transformers would draw them at random.

    The names are compared by transformers itself, which knows what they were called in the past,
    without reading the weights a second time.

    Args:
        model: loaded from the folder.
        folder: its files.

    Raises:
        ModelNotFoundError: a weight is in no file.
    """
    first: Any = model[0]
    if not isinstance(first, Transformer) or not isinstance(first.auto_model, PreTrainedModel):
        return
    place = module_places(folder)[0][0]
    if (place / ADAPTER).exists():
        return
    body: Any = first.auto_model
    with quiet():
        _, found = type(body).from_pretrained(
            place,
            config=copy.deepcopy(body.config),
            output_loading_info=True,
            device_map="meta",
            local_files_only=True,
        )
    _note_left_out(body, folder, place, found["unexpected_keys"])
    missing = sorted(name for name in found["missing_keys"] if UNUSED not in name.split("."))
    if missing:
        _refuse_other_names(type(body).__name__, place, missing, found["unexpected_keys"])
        raise ModelNotFoundError(
            f"the weights in model folder {str(place)!r} lack {len(missing)} of the tensors that "
            f"its config.json asks for, such as {missing[0]!r}; expected all of them: {AGAIN}"
        )


def _note_left_out(
    body: PreTrainedModel, folder: Path, place: Path, unexpected: Iterable[str]
) -> None:
    """Warn of layers in the weights for which config.json asks no more, and of a head that judges.

    Heads that only a training needed are left out of every encoder, and are not spoken of.
    """
    known = {_NUMBER.sub("#", name) for name in body.state_dict()}
    layers = [
        name
        for name in unexpected
        if any(_NUMBER.sub("#", name).endswith(shape) for shape in known if "#" in shape)
    ]
    if layers:
        logger.warning(
            "model folder %r: %d tensors of its weights, such as %r, are left out, because its "
            "config.json asks for fewer layers",
            *(str(place), len(layers), min(layers)),
        )
    judges = [name for name in body.config.architectures or () if name.endswith(_JUDGES)]
    if judges and not (folder / LISTING).exists():
        logger.warning(
            "model folder %r holds a %s, which judges texts and was not trained to embed them; "
            "it is read without that head",
            *(str(place), judges[0]),
        )


def _refuse_other_names(
    kind: str, place: Path, missing: Sequence[str], others: Iterable[str]
) -> None:
    """Say that the weights are there, as parts of a model that the class loaded does not look into.

    So it is with the encoders of M2M100, Marian, Pegasus and ProphetNet inside the whole model, and
    with the other one of DPR's two encoders (Sentence Transformers 6.2, transformers 5.23).
    """
    others = sorted(name for name in others if "decoder" not in name.split("."))
    for lacking in missing:
        tails = [lacking, *([lacking.split(".", 1)[1]] if lacking.count(".") > _DEEP else [])]
        there = next((n for n in others if n.endswith(tuple(f".{tail}" for tail in tails))), None)
        if there is not None:
            raise ModelNotFoundError(
                f"the weights in model folder {str(place)!r} have {there!r}, where {kind}, as which"
                f" it is loaded, looks for {lacking!r}; expected the encoder alone: load the model "
                "with transformers, save its get_encoder() (of DPR, its bert_model) over a copy"
            )


def check_sound(model: SentenceTransformer, folder: Path) -> None:
    """Refuse a model that cannot embed a sentence, or makes vectors of no use.

    Args:
        model: loaded, in evaluation mode.
        folder: its files, for the message.

    Raises:
        ModelNotFoundError: its weights or its vectors are not finite.
        ModelShapeError: the tokenizer has tokens that the table of embeddings has no row for, or
            reads no more than its special tokens; the vectors are to be cut.
    """
    for name, weight in model.named_parameters():
        # the extremes are NaN if any value is
        if weight.numel() and not torch.isfinite(torch.stack(torch.aminmax(weight.detach()))).all():
            raise ModelNotFoundError(
                f"the weights in model folder {str(folder)!r} are not finite: {name!r} has NaN or "
                f"infinite values; expected numbers: train the model anew, or {AGAIN}"
            )
    _check_prompts(model, folder)
    _check_tokens(model, folder)
    _check_vector(model, folder)


def _check_prompts(model: SentenceTransformer, folder: Path) -> None:
    for name, text in model.prompts.items():
        try:
            check_texts([text or ""], f"the prompt {name!r}, text")
        except InputError as error:
            raise broken(folder / OWN_SETTINGS, f"cannot be used: {error}", "prompts") from error


def _check_tokens(model: SentenceTransformer, folder: Path) -> None:
    tokenizer = fast_tokenizer(model.tokenizer)
    tokens, rows = tokenizer.get_vocab_size(), _rows(model)
    if rows is not None and tokens > rows:
        raise ModelShapeError(
            f"model folder {str(folder)!r}: the tokenizer has {tokens} tokens, the embedding table "
            f"{rows} rows; expected at least as many rows: the folder mixes two models"
        )
    special = 0 if is_static(model) else tokenizer.num_special_tokens_to_add(False)
    longest = max_tokens(model)
    if longest is not None and longest <= special:
        raise ModelShapeError(
            f"model folder {str(folder)!r} reads {longest} tokens of a sentence, {special} of them "
            "special ones; expected more: set max_seq_length in its sentence_bert_config.json, or "
            "model_max_length in its tokenizer_config.json"
        )


def _check_vector(model: SentenceTransformer, folder: Path) -> None:
    dim = model.get_embedding_dimension()
    if "text" not in getattr(model[0], "modality_config", ["text"]):
        body = type(getattr(model[0], "auto_model", model[0])).__name__
        raise ModelShapeError(
            f"model folder {str(folder)!r}: Sentence Transformers has no way to give text to {body}"
            "; expected an encoder of tokens: save the encoder inside it (of DPR, its bert_model)"
        )
    if model.truncate_dim is not None:
        raise ModelShapeError(
            f"model folder {str(folder)!r} cuts its vectors to {model.truncate_dim} numbers "
            "(truncate_dim in its config_sentence_transformers.json), which is not done here; "
            "expected whole ones: take it out; for a teacher teacher_dim makes them shorter"
        )
    with torch.inference_mode(), torch.random.fork_rng(devices=[]):
        if is_routed(model):
            vector = model.encode([PROBE], convert_to_tensor=True, show_progress_bar=False)
        else:
            vector = model(features(model, tokenize(model, [PROBE])))["sentence_embedding"]
    if vector.shape != (1, dim) or not torch.isfinite(vector).all():
        raise ModelNotFoundError(
            f"model folder {str(folder)!r} makes vectors of shape {tuple(vector.shape)} with "
            f"{int((~torch.isfinite(vector)).sum())} values that are not finite; expected (1, "
            f"{dim}) and numbers: its files do not belong together, {AGAIN}"
        )


def _rows(model: SentenceTransformer) -> int | None:
    """Rows of the table of token embeddings; None for a module or a body that shows none."""
    try:
        return len(token_embeddings(model).weight)
    except (AttributeError, NotImplementedError):
        return None


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings and bars of transformers: what matters of them is checked here."""
    theirs = logging.getLogger("transformers")
    level = theirs.level
    bars = messages.is_progress_bar_enabled() and HF_HUB_DISABLE_PROGRESS_BARS is None
    theirs.setLevel(logging.ERROR)
    if bars:
        messages.disable_progress_bar()
    try:
        yield
    finally:
        theirs.setLevel(level)
        if bars:
            messages.enable_progress_bar()
