"""Turn sentences into model inputs: token ids, truncated, then padded or put end to end."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Router, StaticEmbedding
from tokenizers import Tokenizer
from torch import nn

from isogloss.errors import InputError, ModelShapeError
from isogloss.surrogates import check_whole

ENDLESS = 10**9
"""A longer limit is none: transformers writes 1e30 where a tokenizer has no limit."""

_OPTIONS = threading.Lock()
"""Held while the options of a tokenizer are others than its own: one thread at a time."""


def is_static(model: SentenceTransformer) -> bool:
    """Whether a sentence is the mean of a table's rows, with no body to read it in context."""
    return isinstance(model[0], StaticEmbedding)


def is_routed(model: SentenceTransformer) -> bool:
    """Whether queries and documents may take different ways through a model."""
    return any(isinstance(module, Router) for module in model)


def check_unrouted(model: SentenceTransformer, name: str, way_out: str) -> None:
    """Refuse a model of several routes where all texts are to take one way.

    Args:
        model: any model.
        name: what the user calls it.
        way_out: what to do with such a model.

    Raises:
        ModelShapeError: it has a Router.
    """
    if is_routed(model):
        raise ModelShapeError(
            f"model {name!r} has a Router, by which queries and documents may take different ways; "
            f"expected one way for all texts: {way_out}, or save one of its routes as a model of "
            "its own"
        )


def route_for(model: SentenceTransformer, side: str) -> str | None:
    """The route that Sentence Transformers take for a side; None for the default one.

    Args:
        model: any model.
        side: `query`, `document`, or `""` for neither.
    """
    routers: list[Any] = [module for module in model if isinstance(module, Router)]
    known = {
        name
        for router in routers
        for name in (*router.sub_modules, *(task for task, _ in router.route_mappings))
    }
    return side if side in known else None


def check_body(model: SentenceTransformer, name: str) -> None:
    """Refuse a model without one body that reads all sentences, such as one of several routes.

    Raises:
        ModelShapeError: it is such a model, which can be evaluated and no more.
    """
    if not is_static(model) and not isinstance(getattr(model[0], "auto_model", None), nn.Module):
        raise ModelShapeError(
            f"model {name!r} begins with a {type(model[0]).__name__}; expected one encoder for all "
            "sentences: choose another, or save one of its routes as a model of its own"
        )


def token_embeddings(model: SentenceTransformer) -> Any:
    """The module whose `weight` is the table of token embeddings, `(n_tokens, dim)`."""
    first: Any = model[0]
    return first.embedding if is_static(model) else first.auto_model.get_input_embeddings()


def max_tokens(model: Any) -> int | None:
    """The maximum of a model or of its first module, special tokens included; None: it has none."""
    longest = model.max_seq_length
    return None if longest is None or longest > ENDLESS else int(longest)


def fast_tokenizer(tokenizer: Any) -> Tokenizer:
    """The fast tokenizer inside a loaded one.

    Raises:
        ModelShapeError: it has no fast version.
    """
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not isinstance(backend, Tokenizer):
        raise ModelShapeError(
            f"the model's tokenizer ({type(tokenizer).__name__}) has no fast version; expected "
            "one with a tokenizer.json: convert it with transformers first"
        )
    return backend


def tokenize(
    model: SentenceTransformer, sentences: Sequence[str], longest: int | None = None
) -> list[list[int]]:
    """Token ids without padding, with the special tokens that the model reads.

    Args:
        model: a student or teacher.
        sentences: texts.
        longest: longer sentences are cut to so many tokens; the model's own maximum holds, too.

    Raises:
        ModelShapeError: the model's tokenizer has no fast version.
    """
    backend, special = fast_tokenizer(model.tokenizer), not is_static(model)
    limits = [limit for limit in (longest, max_tokens(model)) if limit]
    with _truncating(backend, min(limits, default=None)):
        encodings = backend.encode_batch_fast(list(sentences), add_special_tokens=special)
    return [encoding.ids for encoding in encodings]


@contextmanager
def _truncating(tokenizer: Tokenizer, longest: int | None) -> Iterator[None]:
    """A tokenizer that truncates and does not pad, for a block; afterwards it is as it was.

    A copy would take long for a large vocabulary (docs/architecture.md), and a tokenizer that holds
    code in Python has none.
    """
    with _OPTIONS:
        truncation, padding = tokenizer.truncation, tokenizer.padding
        tokenizer.no_padding()
        _truncate(tokenizer, {"max_length": longest} if longest else None)
        try:
            yield
        finally:
            _truncate(tokenizer, truncation)
            if padding:
                tokenizer.enable_padding(**padding)


def _truncate(tokenizer: Tokenizer, options: dict[str, Any] | None) -> None:
    if options:
        tokenizer.enable_truncation(**options)
    else:
        tokenizer.no_truncation()


def check_texts(texts: Sequence[object], what: str = "sentence") -> None:
    """Refuse what no tokenizer reads: another type than text, and half a character.

    Args:
        texts: what should be texts.
        what: what each is called.

    Raises:
        InputError: one is none; names the first and its place.
    """
    if isinstance(texts, str):
        raise InputError(
            f"{what}s are {texts[:40]!r}, one text; expected a list of them: write [{texts[:9]!r}]"
        )
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"{what} {at + 1} is {text!r:.80}; expected text: correct it")
        check_whole(text, f"{what} {at + 1}")


def own_prompt(model: SentenceTransformer) -> str:
    """The text that a model wants before every sentence by default; empty where it wants none."""
    return model.prompts.get(model.default_prompt_name or "") or ""


def prompt_tokens(model: SentenceTransformer, prompt: str) -> int:
    """How many tokens at the beginning of a sentence are its prompt's and are not pooled.

    Args:
        model: who reads the sentences.
        prompt: text put before every sentence.

    Returns:
        As Sentence Transformers count: the prompt as a sentence, without the special token at its
        end. 0 for a model that pools its prompt like all else.
    """
    if not prompt or all(getattr(module, "include_prompt", True) for module in model):
        return 0
    [ids] = tokenize(model, [prompt])
    return len(ids) - sum(number in model.tokenizer.all_special_ids for number in ids[-1:])


def pad_id(model: SentenceTransformer) -> int:
    """The id that fills short rows."""
    return int(getattr(model.tokenizer, "pad_token_id", None) or 0)


def features(model: SentenceTransformer, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
    """Sentences as the model takes them, on its device.

    Args:
        model: who reads them.
        rows: token ids per sentence.

    Returns:
        `input_ids` and `attention_mask`, `(len(rows), longest)`; for a static model all ids end to
        end in `input_ids`, and in `offsets` where each sentence begins.
    """
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = np.fromiter((token for row in rows for token in row), np.int64, int(lengths.sum()))
    if is_static(model):
        arrays = {"input_ids": flat, "offsets": np.cumsum(lengths) - lengths}
    else:
        mask = np.arange(int(lengths.max(initial=0))) < lengths[:, None]
        ids = np.full(mask.shape, pad_id(model), np.int64)
        ids[mask] = flat
        arrays = {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
    return {name: torch.from_numpy(array).to(model.device) for name, array in arrays.items()}
