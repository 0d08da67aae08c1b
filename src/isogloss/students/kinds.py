"""What every kind of student can do: be checked, estimated and built."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.students.estimate import Estimate
from isogloss.students.start import StartPairs, StartReport
from isogloss.vocabulary.trim_model import Trimmed

Kind = Literal["transplant", "static", "pretrained"]
"""The teacher's own body, a table of tokens, or another's body."""

Pairs = Sequence[ParallelSentences]
"""Training sentences; several parts may share a target language."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A student that passed its checks and is not built yet.

    Attributes:
        model: what it is made of: the teacher, or an encoder fitted to it.
        kept: the tokens that a trim will keep; None for all.
    """

    model: SentenceTransformer
    kept: Trimmed | None = None


@dataclass(frozen=True)
class BuiltStudent:
    """An untrained student on disk.

    Attributes:
        folder: its Sentence Transformers folder.
        n_old: tokens it shares with the teacher, whose embeddings may learn at a rate of their own;
            None for a student with a vocabulary of its own.
        report: what was made, JSON-able.
    """

    folder: Path
    n_old: int | None
    report: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """What an estimate is based on.

    Attributes:
        pairs: training sentences of the new languages.
        precision: "bf16" or "fp32".
        rate: sentences per second that the teacher encodes here.
        dim: width of the targets.
        tokens: of the finished student that learns more; None: the teacher's.
    """

    pairs: Pairs
    precision: str
    rate: float
    dim: int
    tokens: int | None


class Student(ABC):
    """A kind of student, with its settings.

    Attributes:
        kind: its name.
        defaults: settings of training that go by the kind (dev/LOG.md).
        gets_tokens: whether its vocabulary grows by the new languages.
    """

    kind: ClassVar[Kind]
    defaults: ClassVar[Mapping[str, float]]
    gets_tokens: ClassVar[bool] = True

    @property
    def start_pairs(self) -> int:
        """Pairs that bring it near the teacher before any training; 0 where nothing does."""
        return 0

    @abstractmethod
    def check(self, teacher: SentenceTransformer, pairs: Pairs) -> Draft:
        """Refuse a student that cannot be built, before minutes of work.

        Args:
            teacher: the loaded teacher, or what it will be made of.
            pairs: training sentences, which a trim goes by.

        Raises:
            ModelShapeError: the student is no encoder, or its tokenizer will not do; the teacher
                has no body to transplant, or a tokenizer that cannot be extended.
            ModelNotFoundError: nothing has its name.
            InputError: a setting does not fit the encoder, or it cannot be trimmed so far.
        """

    @abstractmethod
    def estimate(self, draft: Draft, measured: Measured) -> Estimate:
        """How large the student will be, and how fast; `draft` is from `check`."""

    @abstractmethod
    def build(
        self,
        teacher: Path,
        pairs: Pairs,
        out: Path,
        guarded: Sequence[str] = (),
        start: StartPairs | None = None,
        *,
        restart: bool = True,
    ) -> BuiltStudent:
        """Write the untrained student.

        Args:
            teacher: the teacher's folder, or that of a finished student that learns more.
            pairs: training sentences.
            out: folder to write the student to.
            guarded: text of languages that a finished student knows, which should be tokenized as
                before.
            start: pairs by which the vectors of a pretrained encoder are brought near the
                teacher's.
            restart: whether tokens there that are rather words of a new language begin anew; not
                where a finished student has learned what they mean.

        Raises:
            IsoglossError: see `check`.
        """

    def try_start(self, draft: Draft, pairs: StartPairs) -> StartReport | None:
        """How near to the teacher the student would start; None where nothing is solved for it."""
        return None
