"""What the upper rooms ask of a model: one verb.

Nobody above `teachers` and `students` needs to know more.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns sentences into embeddings."""

    fingerprint: str
    """Hash that names these weights and settings: equal fingerprints give equal embeddings."""

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        """Embed sentences.

        Args:
            sentences: any number of texts, duplicates allowed.

        Returns:
            float32 array `(len(sentences), dim)`, in the order given.
        """
        ...
