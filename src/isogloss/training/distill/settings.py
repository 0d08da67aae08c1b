"""The knobs of a training run; the defaults are those that won on dev data (dev/LOG.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from isogloss.losses.objective import LossSettings
from isogloss.training.run_settings import Rates, RunSettings

Kind = Literal["transplant", "static", "pretrained"]
"""Of student: the teacher's own body, a table of tokens, or another's body."""

BY_KIND: Mapping[Kind, Mapping[str, float]] = {
    "transplant": {
        "tokens_per_batch": 2_048,
        "learning_rate": 6.5e-4,
        "frozen_layers": 0.67,
        "new_token_learning_rate": 2.5e-3,
        "old_token_learning_rate": 7e-4,
        "source_share": 0.1,
        "source_weight": 4.0,
    },
    "static": {
        "tokens_per_batch": 8_192,
        "learning_rate": 0.0,
        "frozen_layers": 0.0,
        "new_token_learning_rate": 2.5e-3,
        "old_token_learning_rate": 2.5e-3,
        "source_share": 0.3,
        "source_weight": 1.0,
    },
    "pretrained": {
        "tokens_per_batch": 2_048,
        "learning_rate": 2e-5,
        "frozen_layers": 0.0,
        "new_token_learning_rate": 2e-5,
        "old_token_learning_rate": 2e-5,
        "source_share": 0.5,
        "source_weight": 1.0,
    },
}
"""Defaults per kind of student (dev/LOG.md); for a pretrained one they are the usual ones of the
method: both sides of every pair, all layers, 2e-5."""


@dataclass(frozen=True)
class TrainSettings(RunSettings):
    """How a student is distilled; what is None goes by the kind of student (`BY_KIND`).

    Attributes:
        tokens_per_batch: padded tokens in a batch.
        max_tokens: longer sentences are cut here in training; the student's own maximum stays the
            teacher's.
        loss: what is minimized.
        learning_rate: peak, for the body.
        frozen_layers: share of the body's layers, from the top, that stay the teacher's: a new
            language is read below, and what the upper layers make of it is the same.
        new_token_learning_rate: peak, for the embeddings of tokens that the teacher did not have.
        old_token_learning_rate: peak, for the embeddings it had; 0 keeps them as they are, and with
            them English.
        token_beta2: decay of the mean of squared gradients, for token embeddings of a transplant.
            With the usual 0.999 a token that comes once in a thousand steps moves thirty times its
            rate when it comes; with 0.95, at most four and a half times.
        source_share: share of source sentences among all, in [0, 1): rehearsal that keeps the
            teacher's language.
        source_weight: what a source sentence counts in the loss, a target sentence being 1: few
            that count much keep the teacher's language as well as many, and cost less.
        temperature: languages are drawn in proportion to size ** (1 / temperature).
    """

    tokens_per_batch: int | None = None
    max_tokens: int = 128
    loss: LossSettings = field(default_factory=LossSettings)
    learning_rate: float | None = None
    frozen_layers: float | None = None
    new_token_learning_rate: float | None = None
    old_token_learning_rate: float | None = None
    token_beta2: float = 0.95
    source_share: float | None = None
    source_weight: float | None = None
    temperature: float = 1.0

    AT_LEAST_ZERO: ClassVar[tuple[str, ...]] = (
        *RunSettings.AT_LEAST_ZERO,
        "learning_rate",
        "new_token_learning_rate",
        "old_token_learning_rate",
    )
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = (
        *RunSettings.ABOVE_ZERO,
        "source_weight",
        "temperature",
        "tokens_per_batch",
    )
    SHARES: ClassVar[tuple[str, ...]] = ("source_share", "token_beta2")
    PARTS: ClassVar[tuple[str, ...]] = (*RunSettings.PARTS, "frozen_layers")

    def settled(self, kind: Kind) -> "SettledSettings":
        """The same settings, with what depends on the kind of student filled in."""
        unset = {k: v for k, v in BY_KIND[kind].items() if getattr(self, k) is None}
        return SettledSettings(**vars(self) | unset)


@dataclass(frozen=True)
class SettledSettings(TrainSettings):
    """Settings of which none waits for the kind of student."""

    tokens_per_batch: int = 0
    learning_rate: float = 0.0
    frozen_layers: float = 0.0
    new_token_learning_rate: float = 0.0
    old_token_learning_rate: float = 0.0
    source_share: float = 0.0
    source_weight: float = 0.0

    def rates(self) -> Rates:
        """What of it the optimizers need."""
        return Rates(
            body=self.learning_rate,
            new_tokens=self.new_token_learning_rate,
            old_tokens=self.old_token_learning_rate,
            frozen_layers=self.frozen_layers,
            weight_decay=self.weight_decay,
            token_beta2=self.token_beta2,
        )
