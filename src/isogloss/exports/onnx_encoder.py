"""An ONNX graph as an encoder, run by onnxruntime."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isogloss.data.token_table import length_batches
from isogloss.encoders.encoder import CHUNK, TOKENS_PER_BATCH, SentenceEncoder
from isogloss.encoders.tokens import pad_id, tokenize
from isogloss.protocols import NO_ROLE, FloatArray, Progress, Role


def open_session(path: Path) -> Any:
    """An onnxruntime session on the CPU with as many threads as torch uses.

    Args:
        path: the graph.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxEncoder:
    """A graph as an `isogloss.protocols.Encoder`.

    Args:
        path: the graph.
        model: the model that it was made of, whose tokenizer and prompts are used.
        name: what people call it.
    """

    def __init__(self, path: Path, model: SentenceEncoder, *, name: str) -> None:
        self.path, self.name, self.model = path, name, model
        self.session = open_session(path)

    @property
    def dim(self) -> int:
        """Width of the embeddings."""
        return self.model.dim

    @property
    def fingerprint(self) -> str:
        """See `isogloss.protocols.Encoder`: of the model, and of this graph of it."""
        with self.path.open("rb") as stream:
            graph = hashlib.file_digest(stream, "sha256").hexdigest()
        return hashlib.sha256(f"{self.model.fingerprint} {graph}".encode()).hexdigest()[:16]

    def prompt_for(self, role: Role) -> str:
        """The prompt of the model."""
        return self.model.prompt_for(role)

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """See `isogloss.protocols.Encoder`."""
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), CHUNK):
            tokens = self.tokenize(texts[start : start + CHUNK], role)
            lengths = np.array([len(ids) for ids in tokens])
            for batch in length_batches(lengths, TOKENS_PER_BATCH):
                rows[start + batch] = self.run([tokens[i] for i in batch])
            if progress is not None:
                progress(len(tokens))
        return rows

    def tokenize(self, texts: Sequence[str], role: Role = NO_ROLE) -> list[list[int]]:
        """Token ids of texts with the prompt of a role before them."""
        prompt = self.prompt_for(role)
        return tokenize(self.model.model, [prompt + text for text in texts])

    def run(self, tokens: Sequence[Sequence[int]]) -> FloatArray:
        """Embed token ids as one batch, padded to the longest: `(len(tokens), dim)`."""
        inputs = padded(tokens, pad_id(self.model.model))
        rows: FloatArray = self.session.run(["sentence_embedding"], inputs)[0]
        return rows


def padded(tokens: Sequence[Sequence[int]], pad: int) -> dict[str, Any]:
    """Token ids as a graph takes them: `input_ids` and `attention_mask`, `(n, longest)`."""
    lengths = np.array([len(ids) for ids in tokens])
    mask = np.arange(lengths.max(initial=0)) < lengths[:, None]
    ids = np.full(mask.shape, pad, np.int64)
    ids[mask] = [token for row in tokens for token in row]
    return {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
