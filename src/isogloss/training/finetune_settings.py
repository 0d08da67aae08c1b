"""The knobs of a fine-tuning on graded pairs."""

from dataclasses import dataclass, field
from typing import ClassVar

from isogloss.losses.graded import GradedLossSettings
from isogloss.training.run_settings import RunSettings


@dataclass(frozen=True)
class FinetuneSettings(RunSettings):
    """How a model is fine-tuned.

    Attributes:
        batch_size: graded pairs in a batch; with `together` a few more, so that no pair's crossings
            are parted.
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
        anchors: parallel sentences in a batch that are held to their targets, so that fine-tuning
            does not undo the distillation; where pairs are given.
        anchor_weight: what their mean squared distance counts beside the other loss.
    """

    batch_size: int = 64
    together: bool = True
    languages_per_pair: int | None = None
    tokens_per_forward: int = 2_048
    max_tokens: int = 128
    loss: GradedLossSettings = field(default_factory=GradedLossSettings)
    learning_rate: float = 1e-4
    frozen_tokens: bool = True
    token_learning_rate: float | None = None
    eps: float = 1e-8
    warmup_share: float = 0.1
    warmup_steps: int = 0
    frozen_lower_layers: float = 0.5
    ranking_temperature: float = 0.05
    anchors: int = 64
    anchor_weight: float = 1.0
    final_share: float = 0.0
    evaluations: int = 4

    AT_LEAST_ZERO: ClassVar[tuple[str, ...]] = (
        *RunSettings.AT_LEAST_ZERO,
        "learning_rate",
        "token_learning_rate",
        "anchors",
        "anchor_weight",
    )
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = (
        *RunSettings.ABOVE_ZERO,
        "batch_size",
        "languages_per_pair",
        "tokens_per_forward",
        "max_tokens",
        "eps",
        "ranking_temperature",
    )
    SHARES: ClassVar[tuple[str, ...]] = ("warmup_share",)
    PARTS: ClassVar[tuple[str, ...]] = ("frozen_lower_layers",)

    def rate(self, step: int, fraction: float) -> float:
        """Share of the peak rates: up to the peak, then down from it."""
        if self.warmup_steps:
            return super().rate(step, fraction)
        if fraction < self.warmup_share:
            return fraction / self.warmup_share
        return max(self.final_share, (1.0 - fraction) / (1.0 - self.warmup_share))
