"""Settings of a distillation; the defaults are those that won on dev data (dev/LOG.md)."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from isogloss.config import Part, Share, settings
from isogloss.losses.settings import LossSettings
from isogloss.training.run_settings import MaxTokens, Rates, RunSettings, TokenOptimizer


@settings("training")
class TrainSettings(RunSettings):
    """How a student is distilled; what is None goes by the kind of student.

    Attributes:
        tokens_per_batch: padded tokens in a batch.
        max_tokens: longer sentences are cut here in training; the student's own maximum stays the
            teacher's.
        loss: what is minimized.
        learning_rate: peak, for the body.
        frozen_layers: share of the body's layers, from the top, that stay the teacher's: a new
            language is read below, and what the upper layers make of it is the same.
        frozen_lower_layers: the same from the bottom, and with them the token embeddings.
        new_token_learning_rate: peak, for the embeddings of tokens that the teacher did not have.
        old_token_learning_rate: peak, for the embeddings it had; 0 keeps them as they are, and with
            them English.
        token_optimizer: "rows": each token embedding learns at a rate of its own, at the price of
            those that a batch uses; "adamw": all of them with the body, as the method was
            published.
        token_beta2: decay of the mean of squared gradients, for token embeddings under "rows".
            With the usual 0.999 a token that comes once in a thousand steps moves thirty times its
            rate when it comes; with 0.95, at most four and a half times.
        source_share: share of source sentences among all, in [0, 1): rehearsal that keeps the
            teacher's language.
        source_weight: what a source sentence counts in the loss, a target sentence being 1: few
            that count much keep the teacher's language as well as many, and cost less.
        interpolation: share of the trained weights in their mean with those that training began
            with; 1 leaves the trained ones. Only for a student that began nearer to the teacher
            than a constant is, or found half of the translations. Of a projection that was fitted,
            the rotation beside it is averaged. See `isogloss.training.interpolation`.
        temperature: languages are drawn in proportion to size ** (1 / temperature).
        corpus_temperature: the same among the corpora of a language, each a place of pairs.
        corpus_weights: how many times its size a corpus counts, where it is not once; by a part of
            its place, as `{talks = 3}`.
        dictionary_share: share of a dictionary's entries among what is learned of a language that
            has sentences, too.
        pair_weights: what the weights of pairs decide, where a place has some (`?weight=COLUMN`):
            "loss", what a pair counts in the loss; or "draw", how often it is drawn.
    """

    tokens_per_batch: PositiveInt | None = None
    max_tokens: MaxTokens = 128
    loss: LossSettings = field(default_factory=LossSettings)
    learning_rate: NonNegativeFloat | None = None
    frozen_layers: Part | None = None
    frozen_lower_layers: Part = 0.0
    new_token_learning_rate: NonNegativeFloat | None = None
    old_token_learning_rate: NonNegativeFloat | None = None
    token_optimizer: TokenOptimizer = "rows"
    token_beta2: Share = 0.95
    source_share: Share | None = None
    source_weight: PositiveFloat | None = None
    interpolation: Part | None = None
    temperature: PositiveFloat = 1.0
    corpus_temperature: PositiveFloat = 1.0
    corpus_weights: dict[str, PositiveFloat] = field(default_factory=dict)
    dictionary_share: Share = 0.05
    pair_weights: Literal["loss", "draw"] = "loss"

    def resolved(self, defaults: Mapping[str, float]) -> "ResolvedSettings":
        """The same settings, with the defaults of a kind of student where nothing was said."""
        unset = {name: value for name, value in defaults.items() if getattr(self, name) is None}
        return ResolvedSettings(**vars(self) | unset)


@settings("training")
class ResolvedSettings(TrainSettings):
    """Settings with every value decided, also those that go by the kind of student."""

    tokens_per_batch: int = 0
    learning_rate: float = 0.0
    frozen_layers: float = 0.0
    new_token_learning_rate: float = 0.0
    old_token_learning_rate: float = 0.0
    source_share: float = 0.0
    source_weight: float = 0.0
    interpolation: float = 1.0

    def rates(self) -> Rates:
        """What of it the optimizers need."""
        return Rates(
            body=self.learning_rate,
            new_tokens=self.new_token_learning_rate,
            old_tokens=self.old_token_learning_rate,
            frozen_layers=self.frozen_layers,
            frozen_lower_layers=self.frozen_lower_layers,
            weight_decay=self.weight_decay,
            token_beta2=self.token_beta2,
            token_optimizer=self.token_optimizer,
        )
