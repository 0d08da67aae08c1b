"""Encode with a Sentence Transformers model, in batches with a token budget."""

import copy
import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from isogloss.data.token_table import length_batches, unpadded_batches
from isogloss.encoders.fast.budget import tokens_at_once
from isogloss.encoders.fast.choosing import choose_reading_precision
from isogloss.encoders.fast.unpadded import unpad
from isogloss.encoders.fast.weights import pack
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.modules import with_pooling
from isogloss.encoders.names import find_model, fingerprint_model
from isogloss.encoders.precision import Precision, autocast
from isogloss.encoders.prompts import prompt_for
from isogloss.encoders.tokens import (
    check_texts,
    fast_tokenizer,
    features,
    is_routed,
    is_static,
    max_tokens,
    own_prompt,
    prompt_tokens,
    route_for,
    tokenize,
)
from isogloss.paths import given_name
from isogloss.protocols import NO_ROLE, FloatArray, LongArray, Progress, Role
from isogloss.threads import share_out
from isogloss.vectors.distinct import distinct_texts

TOKENS_PER_BATCH = 2_048  # on a CPU
CHUNK = 8_192
"""Sentences tokenized and sorted at once: bounds memory, and is the unit of progress."""


class SentenceEncoder:
    """A Sentence Transformers model as an `isogloss.protocols.Encoder`.

    Args:
        model: the model.
        name: what people call it.
        model_fingerprint: names its weights, tokenizer and configuration, see `fingerprint_model`;
            empty for a model that is in no folder, or is being trained.
        precision: "auto", "fp32", "bf16" or "int8".
        prompt: text put before every sentence; None: the model's own prompts, by role.
        fast: see `isogloss.encoders.fast`, for a model that only reads.
        int8: whether "auto" may choose it: near, but not as near as bf16.

    Raises:
        InputError: a precision that is none, or a prompt that is no text.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        name: str,
        model_fingerprint: str = "",
        precision: str = "auto",
        prompt: str | None = None,
        fast: bool = False,
        int8: bool = False,
    ) -> None:
        self.model = model.eval()
        self.unpadded = unpad(model) if fast else None
        self.packed = fast and pack(model)
        self.name = name
        self.model_fingerprint = model_fingerprint
        self.own_prompts = prompt is None
        self.prompt = own_prompt(model) if prompt is None else prompt
        check_texts([self.prompt], "prompt")
        suits = self.packed and self.unpadded is not None and (int8 or precision == "int8")
        self.precision: Precision = choose_reading_precision(
            precision, model, model_fingerprint, self._embed_in, suits=suits
        )

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        return int(self.model.get_embedding_dimension() or 0)

    @property
    def fingerprint(self) -> str:
        """See `isogloss.protocols.Encoder`; empty where `model_fingerprint` is."""
        if not self.model_fingerprint:
            return ""
        own = self.prompts if self.own_prompts else {}
        more = (self.prompt, own, self._rounding, max_tokens(self.model))
        return hashlib.sha256(f"{self.model_fingerprint} {more!r}".encode()).hexdigest()[:16]

    @property
    def namespace(self) -> dict[str, str | int | bool]:
        """All that decides the vector of a text in no role: the name of a store of such vectors."""
        decides: dict[str, str | int | bool] = {
            "teacher": self.model_fingerprint,
            "prompt": self.prompt,
            "max_length": max_tokens(self.model) or 0,
            "precision": self._rounding,
        }
        # stores of models that pool their prompt are named without it
        left_out = prompt_tokens(self.model, self.prompt)
        return decides | ({"unpooled": left_out} if left_out else {})

    @property
    def _rounding(self) -> str:
        """The precision, and how texts are read, which rounds elsewhere: in bf16 the least cosine
        of 2,500 sentences is 0.9998; in fp32 no number differs by more than 4e-7."""
        fast = " packed" * self.packed + " unpadded" * (self.unpadded is not None)
        return self.precision + fast * (self.precision != "fp32")

    @property
    def max_tokens(self) -> int | None:
        """Tokens of the longest text that is read whole; None: no limit."""
        return max_tokens(self.model)

    @property
    def pads(self) -> bool:
        """Whether texts of a batch are filled up to the longest one."""
        return self.unpadded is None and not is_static(self.model)

    @cached_property
    def pieces(self) -> tuple[int, int]:
        """How many tokens the vocabulary has, and the letters of its longest one."""
        vocabulary = fast_tokenizer(self.model.tokenizer).get_vocab()
        return max(vocabulary.values()) + 1, max(map(len, vocabulary))

    @property
    def prompts(self) -> dict[str, str]:
        """The prompts that the model brings, by name; none that are empty."""
        return {name: text for name, text in self.model.prompts.items() if text}

    def prompt_for(self, role: Role) -> str:
        """The prompt for texts of a role: the one that was given, if any.

        Args:
            role: see `isogloss.encoders.prompts.prompt_for`.
        """
        if self.own_prompts:
            return prompt_for(role, self.model.prompts, self.prompt)
        return self.prompt

    def route_for(self, role: Role) -> str | None:
        """The route of texts of a role, see `isogloss.encoders.tokens.route_for`."""
        return route_for(self.model, role.side)

    def with_prompt(self, prompt: str) -> "SentenceEncoder":
        """The same model, which shares the weights, with one prompt for every role."""
        reader = copy.copy(self)
        reader.prompt, reader.own_prompts = prompt, False
        return reader

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """Embed texts; those longer than the model's maximum length are cut, as the model does.

        Args:
            texts: any number of them.
            role: decides the prompt, and the route in a model of several.
            progress: told every few thousand texts.

        Returns:
            float32 `(len(texts), dim)`, in the order given.

        Raises:
            InputError: one of them is no text; see `check_texts`.
        """
        check_texts(texts)
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), CHUNK):
            chunk, _, row_to_text = distinct_texts(texts[start : start + CHUNK])
            if is_routed(self.model):
                prompt, route = self.prompt_for(role), self.route_for(role)
                embedded = self._encode_routed(chunk, prompt, route)
            else:
                embedded = self.encode_tokens(self.tokenize(chunk, role=role), role=role)
            rows[start : start + CHUNK] = embedded[row_to_text]
            if progress is not None:
                progress(len(row_to_text))
        return rows

    def tokenize(self, texts: Sequence[str], *, role: Role = NO_ROLE) -> list[list[int]]:
        """The first half of `encode`: token ids per text, its prompt and special tokens included.

        Args:
            texts: any number of them.
            role: decides the prompt.
        """
        prompt = self.prompt_for(role)
        return tokenize(self.model, [prompt + text for text in texts])

    def encode_tokens(
        self, tokens: Sequence[Sequence[int]], *, role: Role | None = NO_ROLE
    ) -> FloatArray:
        """The second half of `encode`: embed texts that are token ids already.

        Args:
            tokens: ids per text, as `tokenize` gives them for this role.
            role: decides how many tokens are the prompt's, where those are not pooled; None: no
                text has a prompt, all of them are pooled.

        Returns:
            float32 `(len(tokens), dim)`, in the order given.
        """
        left_out = 0 if role is None else prompt_tokens(self.model, self.prompt_for(role))
        return self._encode_rows(tokens, left_out)

    def _encode_chunk(self, sentences: list[str]) -> FloatArray:
        """Embeddings of texts without a prompt."""
        return self._encode_rows(tokenize(self.model, sentences), 0)

    def _encode_rows(self, tokens: Sequence[Sequence[int]], left_out: int) -> FloatArray:
        """Embeddings; the first tokens of each text may be left out of the pooling."""
        more = {"prompt_length": left_out} if left_out else {}
        lengths = np.array([len(ids) for ids in tokens], np.int64)
        rows = np.empty((len(tokens), self.dim), np.float32)
        cut = unpadded_batches if self.unpadded else length_batches
        n = torch.get_num_threads() if self.unpadded else 1

        def read(batch: LongArray) -> None:
            texts = [tokens[i] for i in batch]
            with torch.inference_mode(), autocast(self.precision, self.model.device.type):
                if self.unpadded:
                    embedded = self.unpadded(texts, **more)
                else:
                    embedded = self.model(features(self.model, texts) | more)["sentence_embedding"]
            rows[batch] = embedded.float().cpu().numpy()

        share_out(read, cut(lengths, tokens_at_once(self.model, TOKENS_PER_BATCH)), n)
        return rows

    def _encode_routed(
        self, sentences: list[str], prompt: str = "", route: str | None = None
    ) -> FloatArray:
        """The same by Sentence Transformers: each route cuts the text in its own way."""
        with autocast(self.precision, self.model.device.type):
            rows = self.model.encode(sentences, prompt=prompt, task=route, show_progress_bar=False)
        return np.asarray(rows, np.float32)

    def _embed_in(self, sentences: Sequence[str], precision: Precision) -> FloatArray:
        """Embeddings of texts without a prompt in a precision, in which it then stays."""
        self.precision = precision
        embed = self._encode_routed if is_routed(self.model) else self._encode_chunk
        return embed(list(sentences))


def load_encoder(
    name: str | Path,
    *,
    precision: str = "auto",
    prompt: str | None = None,
    pooling: str | None = None,
    remote_code: bool = False,
    fast: bool = False,
    int8: bool = False,
) -> SentenceEncoder:
    """Load a model by folder or name.

    Args:
        name: see `find_model`.
        precision: "auto", "fp32", "bf16" or "int8".
        prompt: text put before every sentence, `""` for none; None: the model's own prompts, see
            `SentenceEncoder`.
        pooling: in place of the model's own; None keeps it.
        remote_code: see `load_sentence_transformer`.
        fast: see `isogloss.encoders.fast`, for reading alone.
        int8: see `SentenceEncoder`.

    Returns:
        The encoder, on a GPU if there is one.

    Raises:
        ModelNotFoundError: nothing has that name, or its files are damaged.
        MissingExtraError: it needs a package that is not installed.
        InputError: a precision that is none, or a prompt that is no text.
    """
    folder = find_model(given_name(name))
    model = load_sentence_transformer(folder, remote_code=remote_code)
    fingerprint = fingerprint_model(folder)
    if pooling is not None and not is_static(model):
        model, fingerprint = with_pooling(model, pooling), f"{fingerprint}-{pooling}"
    return SentenceEncoder(
        model,
        name=str(name),
        model_fingerprint=fingerprint,
        precision=precision,
        prompt=prompt,
        fast=fast,
        int8=int8,
    )
