"""How a student is made."""

from dataclasses import field
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveInt

from isogloss.config import settings
from isogloss.errors import InputError
from isogloss.vocabulary.settings import VocabularySettings

PoolingMode = Literal["mean", "cls", "max"]

Start = Literal["auto", "ridge", "procrustes", "none"]
"""How a pretrained encoder is brought near the teacher; see `start_near_teacher`."""

MANY_LANGUAGES = 100_000
"""Tokens above which a vocabulary is one of many languages, as mBERT's and XLM-R's are."""


@settings("student.transplant.alignment")
class AlignmentSettings:
    """How the lexicon is learnt; the defaults are those that won on dev data (dev/LOG.md).

    Attributes:
        iterations: rounds of expectation maximization per direction.
        diagonal: strength of the prior for words at like positions; 0 is IBM Model 1.
        agreement: whether both directions must agree on a link (product of their posteriors).
        max_sentences: sentence pairs of a language looked at, from the first; more change little.
            One of fewer than ten tokens counts in proportion.
        max_length: pairs with a longer side, in tokens, are passed over.
    """

    iterations: PositiveInt = 5
    diagonal: NonNegativeFloat = 2.0
    agreement: bool = True
    max_sentences: PositiveInt = 300_000
    max_length: PositiveInt = 80


@settings("student.transplant")
class TransplantSettings:
    """How new tokens are chosen and begun.

    Attributes:
        vocabulary: see `VocabularySettings`.
        alignment: see `AlignmentSettings`.
        sharpen: exponent on the translation probabilities.
    """

    vocabulary: VocabularySettings = field(default_factory=VocabularySettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    sharpen: NonNegativeFloat = 1.0


def _some_tokens(trim: bool | int | None) -> bool | int | None:
    """A number of tokens is above 0."""
    if trim is not None and not isinstance(trim, bool) and trim < 1:
        raise ValueError("true, false, or how many tokens to keep")
    return trim


@settings("student.pretrained")
class PretrainedSettings:
    """How a pretrained encoder becomes a student.

    Attributes:
        pooling: how tokens become a sentence; None: as the encoder's folder says, "mean" where it
            says nothing; a start in closed form may join "cls" and "mean".
        max_length: longest input in tokens; None: the encoder's.
        prompt: text put before every sentence while it learns, and by the saved model wherever it
            is asked; None: the encoder's default prompt, if it has one.
        layers: numbers of the layers that stay, from 0 at the bottom; none given: all.
        layer_stride: keep every n-th layer, counted from the bottom.
        trim: leave out tokens spelled in letters that neither side of the pairs has; a number keeps
            at most so many, those that the pairs use most. None: of a vocabulary above 100,000.
        remote_code: run code that the encoder brings.
        seed: decides the first weights of a projection.
    """

    RENAMED: ClassVar = {"every": "layer_stride"}

    pooling: PoolingMode | None = None
    max_length: Annotated[int, Field(ge=3)] | None = None
    prompt: str | None = None
    layers: tuple[int, ...] = ()
    layer_stride: PositiveInt = 1
    trim: Annotated[bool | int | None, AfterValidator(_some_tokens)] = None
    remote_code: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse two ways to say which layers stay."""
        if self.layers and self.layer_stride != 1:
            raise InputError(
                "student.pretrained has both `layers` and `layer_stride`; expected one: leave "
                "one out"
            )
