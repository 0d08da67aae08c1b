"""A Sentence Transformers model that encodes by token budget: hardly any padding."""

import copy
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from isogloss.data.token_table import length_batches
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model, model_files
from isogloss.encoders.precision import LEAST_COSINE, Precision, choose_precision
from isogloss.encoders.prompts import prompt_for
from isogloss.encoders.tokens import features, max_tokens, own_prompt, prompt_tokens, tokenize
from isogloss.protocols import FloatArray, Use

logger = logging.getLogger(__name__)

TOKENS_PER_BATCH = 2_048
CHUNK = 8_192
"""Sentences tokenized and sorted at once: bounds memory, and is the unit of progress."""

PROBE = (
    "A short one.",
    "The committee will decide on the new timetable for the railway before the end of the month.",
    "Why did nobody tell the two children that the museum is closed on Mondays?",
    "42",
)

Progress = Callable[[int], None]


class SentenceEncoder:
    """A Sentence Transformers model as an `isogloss.protocols.PromptedEncoder`.

    Args:
        model: the model.
        fingerprint: names its weights, tokenizer and configuration.
        name: what people call it.
        precision: "auto", "fp32" or "bf16".
        prompt: text put before every sentence; None: the model's own default, and for a use that
            the model has a prompt for, that one (see `for_use`).
    """

    def __init__(
        self,
        model: SentenceTransformer,
        *,
        fingerprint: str,
        name: str,
        precision: str = "auto",
        prompt: str | None = None,
    ) -> None:
        self.model = model.eval()
        self.fingerprint = fingerprint
        self.name = name
        self.own_prompts = prompt is None
        self.prompt = own_prompt(model) if prompt is None else prompt
        self.precision: Precision = choose_precision(precision, model.device.type)
        if self.precision == "bf16" and precision == "auto" and not self._sound():
            self.precision = "fp32"

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        return int(self.model.get_embedding_dimension() or 0)

    @property
    def identity(self) -> str:
        """The fingerprint with prompt, precision and maximum length: all that decides embeddings.

        Empty where the fingerprint is.
        """
        if not self.fingerprint:
            return ""
        own = self.prompts if self.own_prompts else {}
        more = (self.prompt, own, self.precision, max_tokens(self.model))
        return hashlib.sha256(f"{self.fingerprint} {more!r}".encode()).hexdigest()[:16]

    @property
    def prompts(self) -> dict[str, str]:
        """The prompts that the model brings, by name; none that are empty."""
        return {name: text for name, text in self.model.prompts.items() if text}

    def for_use(self, use: Use) -> "SentenceEncoder":
        """The same model with the prompt of a use, unless it was loaded with another one.

        Args:
            use: what sentences are read for.

        Returns:
            An encoder that shares the weights; see `isogloss.encoders.prompts.prompt_for`.
        """
        reader = copy.copy(self)
        if self.own_prompts:
            reader.prompt = prompt_for(use, self.model.prompts, self.prompt)
        reader.own_prompts = False
        return reader

    def encode(self, sentences: Sequence[str], progress: Progress | None = None) -> FloatArray:
        """Embed sentences.

        Args:
            sentences: texts; longer ones than the model's maximum length are cut, as the model
                does.
            progress: called with the number of sentences done, every few thousand.

        Returns:
            float32 `(len(sentences), dim)`, in the order given.
        """
        rows = np.empty((len(sentences), self.dim), np.float32)
        left_out = prompt_tokens(self.model, self.prompt)
        for start in range(0, len(sentences), CHUNK):
            chunk = [self.prompt + s for s in sentences[start : start + CHUNK]]
            rows[start : start + len(chunk)] = self._encode_chunk(chunk, left_out)
            if progress is not None:
                progress(len(chunk))
        return rows

    def _encode_chunk(self, sentences: list[str], left_out: int = 0) -> FloatArray:
        """Embeddings; the first tokens of each sentence may be left out of the pooling."""
        tokens = tokenize(self.model, sentences)
        more = {"prompt_length": left_out} if left_out else {}
        lengths = np.array([len(ids) for ids in tokens])
        rows = np.empty((len(sentences), self.dim), np.float32)
        with torch.inference_mode(), autocast(self.precision, self.model.device.type):
            for batch in length_batches(lengths, TOKENS_PER_BATCH):
                read = self.model(features(self.model, [tokens[i] for i in batch]) | more)
                rows[batch] = read["sentence_embedding"].float().cpu().numpy()
        return rows

    def _sound(self) -> bool:
        """Whether bf16 embeddings are those of fp32, within `LEAST_COSINE`."""
        try:
            low = self._encode_chunk(list(PROBE))
        except RuntimeError as error:  # a constant that bf16 cannot hold, as in DeBERTa's masks
            logger.warning("bf16 does not run in this model (%s): fp32 is used", error)
            return False
        self.precision = "fp32"
        full = self._encode_chunk(list(PROBE))
        self.precision = "bf16"
        cosines = (low * full).sum(1) / np.linalg.norm(low, axis=1) / np.linalg.norm(full, axis=1)
        if cosines.min() < LEAST_COSINE:
            logger.warning("bf16 moves embeddings (cosine %.4f): fp32 is used", cosines.min())
        return bool(cosines.min() >= LEAST_COSINE)


def load_encoder(
    name: str | Path,
    *,
    precision: str = "auto",
    prompt: str | None = None,
    remote_code: bool = False,
) -> SentenceEncoder:
    """Load a model by folder or name.

    Args:
        name: see `find_model`.
        precision: "auto", "fp32" or "bf16".
        prompt: text put before every sentence, `""` for none; None: the model's own prompts, see
            `SentenceEncoder`.
        remote_code: see `load_sentence_transformer`.

    Returns:
        The encoder, on a GPU if there is one.

    Raises:
        ModelNotFoundError: nothing has that name, or its files are damaged.
        MissingExtraError: it needs a package that is not installed.
    """
    folder = find_model(str(name))
    model = load_sentence_transformer(folder, remote_code=remote_code)
    return SentenceEncoder(
        model,
        fingerprint=fingerprint_model(folder),
        name=str(name),
        precision=precision,
        prompt=prompt,
    )


def fingerprint_model(folder: Path) -> str:
    """Hash of weights, tokenizer and configuration: all that decides embeddings (16 hex digits)."""
    digest = hashlib.sha256()
    wanted = {".safetensors", ".bin", ".json", ".txt", ".model"}
    ignored = {"run.json", "scores.json", "trim.json", "data_config.json"}
    for path in model_files(folder):
        if path.suffix in wanted and path.name not in ignored:
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()[:16]


def autocast(precision: Precision, device: str) -> Any:
    """Context in which matrix products run in the given precision."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)
