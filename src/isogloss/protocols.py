"""What the upper rooms ask of a model: vectors of texts, read in a role.

Nobody above `teachers` and `students` needs to know more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
LongArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

Progress = Callable[[int], None]
"""Called with the number of texts embedded since the last call."""

PRECISIONS = ("auto", "fp32", "bf16")
"""What matrix products may run in; "auto" is what is faster here and gives the same vectors."""

READING_PRECISIONS = (*PRECISIONS, "int8")
"""The same for a model that only reads on a CPU: "int8" where a layer's results stay near."""

BLOCK = 8_192
"""Texts that `encode_batches` holds at once, with their vectors."""


class Role(NamedTuple):
    """The role in which a model reads texts, in mteb's words; a model may have a prompt for it.

    Attributes:
        kind: type of task: `STS`, `BitextMining`, `Retrieval`; `""` for none.
        side: `query` or `document`; `""` where both sides of a task are alike.
        task: name of the task, such as `STS17`; `""` for data that have no such name.
    """

    kind: str = ""
    side: str = ""
    task: str = ""


NO_ROLE = Role()
STS, BITEXT_MINING, CLUSTERING = Role("STS"), Role("BitextMining"), Role("Clustering")
QUERY, DOCUMENT = Role("Retrieval", "query"), Role("Retrieval", "document")


@runtime_checkable
class Encoder(Protocol):
    """A model that turns texts into vectors.

    One that has no prompts may leave `prompt_for` out, and is never asked for a role. One that
    leads texts of different roles through different modules names them with `route_for(role)`.
    """

    name: str
    """What people call it."""

    @property
    def fingerprint(self) -> str:
        """Hash of all that decides the vectors: equal ones give equal vectors; `""` is unknown.

        Weights, tokenizer, modules, prompts, precision and maximum length.
        """
        ...

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        ...

    def prompt_for(self, role: Role) -> str:
        """The text that `encode` puts before every text of a role; `""` for none."""
        ...

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """Embed texts.

        Args:
            texts: any number of them, duplicates allowed.
            role: what they are read as, which decides the prompt.
            progress: told how far it is, now and then.

        Returns:
            float32 array `(len(texts), dim)`, in the order given.
        """
        ...


def prompt_of(encoder: Encoder, role: Role = NO_ROLE) -> str:
    """The text that an encoder puts before every text of a role; `""` for none."""
    asked = getattr(encoder, "prompt_for", None)
    return str(asked(role)) if asked else ""


def way_of(encoder: Encoder, role: Role = NO_ROLE) -> tuple[str, str]:
    """All that decides how an encoder reads the texts of a role: the prompt, and the route."""
    asked = getattr(encoder, "route_for", None)
    return prompt_of(encoder, role), (asked(role) if asked else None) or ""


def read_for(encoder: Encoder, role: Role) -> Encoder:
    """An encoder that reads all texts in one role; itself, if it reads that one as any other."""
    same = way_of(encoder, role) == way_of(encoder)
    return encoder if same else _InRole(encoder, role)


class _InRole:
    """An encoder whose every text has one role."""

    def __init__(self, encoder: Encoder, role: Role) -> None:
        self.encoder, self.role = encoder, role
        self.name, self.fingerprint = encoder.name, encoder.fingerprint

    @property
    def dim(self) -> int:
        return self.encoder.dim

    def prompt_for(self, role: Role) -> str:
        return prompt_of(self.encoder, self.role)

    def route_for(self, role: Role) -> str:
        return way_of(self.encoder, self.role)[1]

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        return self.encoder.encode(texts, role=self.role, progress=progress)


def encode_batches(
    encoder: Encoder, texts: Iterable[str], *, role: Role = NO_ROLE, size: int = BLOCK
) -> Iterator[FloatArray]:
    """Embed a stream of texts that need not fit into memory.

    Args:
        encoder: the model.
        texts: read once, as far as the results are asked for.
        role: what they are read as.
        size: texts per block, but for the last one.

    Yields:
        float32 `(size, dim)`, in the order given.
    """
    reader, rest = read_for(encoder, role), iter(texts)
    while block := list(islice(rest, size)):
        yield reader.encode(block)


def model_fingerprint(encoder: Encoder) -> str:
    """Hash of a model's files alone, by which it is known whatever prompt or precision it has."""
    return str(getattr(encoder, "model_fingerprint", encoder.fingerprint))
