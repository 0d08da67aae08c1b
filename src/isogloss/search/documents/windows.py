"""Windows of a document: one to a few consecutive lines, embedded as one text or as their mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isogloss.protocols import (
    BITEXT_MINING,
    Encoder,
    FloatArray,
    LongArray,
    Progress,
    read_for,
)
from isogloss.vectors import normalize


@dataclass(frozen=True, eq=False)
class Windows:
    """The vectors of all windows of a document.

    Args:
        lines: its lines, none of them empty.
        vectors: float32 `(n, sizes, dim)`, rows of length 1: `[i, a - 1]` is that of the a lines
            that end with line i; zeros where there are not so many.
    """

    lines: Sequence[str]
    vectors: FloatArray

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def sizes(self) -> int:
        """Lines of the largest window."""
        return self.vectors.shape[1]

    def text(self, end: int, size: int) -> str:
        """The text of a window.

        Args:
            end: its last line.
            size: its number of lines.
        """
        return " ".join(self.lines[end + 1 - size : end + 1])


def mean_windows(lines: Sequence[str], vectors: FloatArray, sizes: int) -> Windows:
    """Windows whose vectors are the mean of those of their lines.

    Args:
        lines: of a document.
        vectors: one row a line, of length 1.
        sizes: lines of the largest window.
    """
    sums = np.zeros((len(lines), sizes, vectors.shape[1]), np.float32)
    for size in range(1, sizes + 1):
        for back in range(size):
            sums[size - 1 :, size - 1] += vectors[size - 1 - back : len(lines) - back]
    flat = normalize(sums.reshape(-1, vectors.shape[1]))
    return Windows(lines, flat.reshape(sums.shape))


def read_windows(windows: Windows, chosen: LongArray, encoder: Encoder) -> Windows:
    """The same with the vectors of some windows as the model reads them, as one text.

    Args:
        windows: of a document.
        chosen: `(k, 2)`, last line and number of lines of each.
        encoder: the model.
    """
    vectors = windows.vectors.copy()
    if len(chosen):
        ends, sizes = chosen.T
        texts = [windows.text(end, size) for end, size in chosen.tolist()]
        vectors[ends, sizes - 1] = normalize(read_for(encoder, BITEXT_MINING).encode(texts))
    return Windows(windows.lines, vectors)


def embed_lines(
    lines: Sequence[str], encoder: Encoder, progress: Progress | None = None
) -> FloatArray:
    """The vector of each line, of length 1."""
    return normalize(read_for(encoder, BITEXT_MINING).encode(lines, progress=progress))
