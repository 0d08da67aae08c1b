"""What the upper rooms ask of a model: one verb, and what it reads sentences for.

Nobody above `teachers` and `students` needs to know more.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
LongArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class Use(NamedTuple):
    """What sentences are embedded for, in mteb's words; a model may have a prompt for it.

    Attributes:
        kind: type of task: `STS`, `BitextMining`, `Retrieval`; `""` for none.
        side: `query` or `document`; `""` where both sides of a task are alike.
        task: name of the task, such as `STS17`; `""` for data that have no such name.
    """

    kind: str = ""
    side: str = ""
    task: str = ""


NO_USE = Use()
STS, BITEXT_MINING = Use("STS"), Use("BitextMining")
QUERY, DOCUMENT = Use("Retrieval", "query"), Use("Retrieval", "document")


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns sentences into embeddings."""

    fingerprint: str
    """Hash that names weights, tokenizer and configuration; see `identity_of` for the rest."""

    def encode(self, sentences: Sequence[str]) -> FloatArray:
        """Embed sentences.

        Args:
            sentences: any number of texts, duplicates allowed.

        Returns:
            float32 array `(len(sentences), dim)`, in the order given.
        """
        ...


@runtime_checkable
class PromptedEncoder(Encoder, Protocol):
    """An encoder that may put a prompt before sentences, another one for another use."""

    prompt: str
    """What `encode` puts before every sentence."""

    @property
    def identity(self) -> str:
        """Hash of all that decides embeddings: equal ones give equal embeddings."""
        ...

    def for_use(self, use: Use) -> Encoder:
        """The encoder with the prompt that sentences of a use are read with."""
        ...


def read_for(encoder: Encoder, use: Use) -> Encoder:
    """The encoder as it reads sentences for a use; itself, if it knows no prompts."""
    return encoder.for_use(use) if isinstance(encoder, PromptedEncoder) else encoder


def prompt_of(encoder: Encoder) -> str:
    """What an encoder puts before every sentence; `""` is nothing."""
    return str(getattr(encoder, "prompt", ""))


def identity_of(encoder: Encoder) -> str:
    """Equal identities give equal embeddings: the fingerprint, with prompt, precision and length.

    An encoder that has nothing to add to its fingerprint need not have one.
    """
    return str(getattr(encoder, "identity", encoder.fingerprint))
