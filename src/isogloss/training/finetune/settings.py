"""Settings of a fine-tuning on graded pairs."""

from dataclasses import field

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from isogloss.config import Part, Share, settings
from isogloss.errors import InputError
from isogloss.losses.settings import GradedLossSettings
from isogloss.training.run_settings import MaxTokens, RunSettings

PAIRS_TOGETHER = 16
"""Graded pairs in a batch that has all their crossings."""

EXAMPLES_APART = 64
"""Graded pairs in a batch where crossings are pairs of their own; triplets in a batch."""


@settings("training")
class FinetuneSettings(RunSettings):
    """How a model is fine-tuned.

    Attributes:
        batch_size: graded pairs in a batch, each with all its crossings where they stand
            `together`; or triplets. None: 16 pairs with their crossings, 64 without, 64 triplets.
        together: all crossings of a pair stand in one batch, where each of its sentences is run
            once: with six languages 12 sentences make 36 pairs. False shuffles them, as the
            published models were trained.
        languages_per_pair: languages drawn per pair and epoch, whose crossings are trained on; None
            takes all of them.
        tokens_per_forward: padded tokens that go through the model at once; sentences of a batch
            are run in parts of like length.
        max_tokens: longer sentences are cut here in training.
        loss: of the graded pairs.
        learning_rate: peak, for the body.
        frozen_tokens: the token embeddings stay as they are: what the model reads of a language is
            settled by its distillation. Those of a static model always learn.
        token_learning_rate: peak, for the token embeddings, moved by rows as in distillation; None:
            they learn with the body.
        eps: of AdamW.
        warmup_share: share of the run with linear warm-up; linear decay from there to its end.
        warmup_steps: steps of linear warm-up, in place of that share, where above 0.
        frozen_lower_layers: share of the body's layers, from the bottom, that do not learn; with
            the token embeddings frozen they are run without gradients, which halves the cost.
        ranking_temperature: of translation ranking on triplets.
        anchor_share: share of a batch's sentences that are parallel ones, held to their targets so
            that fine-tuning does not undo the distillation; where pairs are given.
        anchor_weight: what their mean squared distance counts beside the other loss; it is measured
            in units of the targets' mean squared length.
    """

    batch_size: PositiveInt | None = None
    together: bool = True
    languages_per_pair: PositiveInt | None = None
    tokens_per_forward: PositiveInt = 2_048
    max_tokens: MaxTokens = 128
    loss: GradedLossSettings = field(default_factory=GradedLossSettings)
    learning_rate: NonNegativeFloat = 1e-4
    frozen_tokens: bool = True
    token_learning_rate: NonNegativeFloat | None = None
    eps: PositiveFloat = 1e-8
    warmup_share: Share = 0.1
    warmup_steps: NonNegativeInt = 0
    frozen_lower_layers: Part = 0.5
    ranking_temperature: PositiveFloat = 0.05
    anchor_share: Share = 0.5
    anchor_weight: NonNegativeFloat = 1.0
    final_share: Part = 0.0
    evaluations: NonNegativeInt = 4

    def __post_init__(self) -> None:
        """Refuse a batch in which there is nothing to compare."""
        ordered = self.loss.cosent or self.loss.angle
        if ordered and self.graded_in_batch == 1:
            raise InputError(
                "training.batch_size is 1 and the loss compares the grades of different pairs; "
                "expected at least 2 pairs in a batch; set a larger one"
            )
        if not self.frozen_tokens and self.frozen_lower_layers > 0.0:
            raise InputError(
                "training.frozen_tokens is false and training.frozen_lower_layers is "
                f"{self.frozen_lower_layers:g}; expected 0 for token embeddings that learn, since "
                "no gradient comes through frozen layers: set training.frozen_lower_layers=0"
            )

    def rate(self, step: int, fraction: float, first_step: float) -> float:
        """Share of the peak rates: up to the peak, then down from it; see `RunSettings.rate`.

        The warm-up is as far as it will be after the step: else a run of one step learned nothing.
        """
        warm, ahead = self.warmup_share, fraction * (step + 1) / step if step else first_step
        if self.warmup_steps:
            if step < self.warmup_steps:
                return (step + 1) / self.warmup_steps
            warm = self.warmup_steps / step * fraction  # the share of the run that it was
        elif ahead < warm:
            return ahead / warm
        return min(1.0, max(self.final_share, (1.0 - fraction) / (1.0 - warm)))

    @property
    def graded_in_batch(self) -> int:
        """Graded pairs in a batch."""
        return self.batch_size or (PAIRS_TOGETHER if self.together else EXAMPLES_APART)

    @property
    def triplets_in_batch(self) -> int:
        """Triplets in a batch."""
        return self.batch_size or EXAMPLES_APART
