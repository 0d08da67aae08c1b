"""Settings of every training run, whatever it trains on."""

import importlib.util
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, NonNegativeFloat, NonNegativeInt, PositiveInt

from isogloss.config import Part, settings
from isogloss.errors import MissingExtraError

TokenOptimizer = Literal["rows", "adamw"]
"""What moves token embeddings: see `isogloss.training.optimizers.make_optimizers`."""

Tracker = Literal[
    "tensorboard",
    "wandb",
    "trackio",
    "mlflow",
    "comet_ml",
    "clearml",
    "aim",
    "dvclive",
    "swanlab",
    "all",
]
"""What accelerate reports to; `all` is all that are installed."""


def _with_special_ones(tokens: int) -> int:
    if tokens < 3:
        raise ValueError("at least 3, of which two are special ones")
    return tokens


MaxTokens = Annotated[int, AfterValidator(_with_special_ones)]
"""Tokens of a sentence: what most encoders put around it, and at least one of its own."""

EVALUATION_SHARE = 0.1
"""Seconds of evaluations on the way that come on top of a second of training by the clock."""

WARMUP_SHARE = 0.2
"""Share of a run that its warm-up is at most: a short one would never reach its peak."""


@settings("training")
class RunSettings:
    """Limits, learning-rate schedule, evaluations and checkpoints.

    Attributes:
        minutes: minutes of training, 0 for an untrained student; preparing, evaluating and saving
            come on top. None: by epochs.
        epochs: passes over the data, fractions allowed. With both limits the nearer one ends the
            run; with neither it is one epoch.
        weight_decay: of AdamW, for all but a transplant's token embeddings.
        warmup_steps: steps of linear warm-up, a fifth of the run at most; then linear decay to
            `final_share` of the peak.
        final_share: share of the peak at the end.
        max_gradient_norm: gradients are scaled down to this norm, but for a transplant's token
            embeddings, whose steps are bounded anyway; 0 leaves them.
        precision: "auto" probes bf16; "bf16" and "fp32" are taken as they are.
        evaluations: how often the dev data is scored, spread evenly over the run; less often where
            by minutes alone, without patience, it would take more than a tenth of these on top.
        patience: evaluations without a better one after which a run ends; of several languages,
            one that gets no better for so long is only rehearsed, until it gets worse. None: never.
        checkpoint_minutes: minutes between two checkpoints; None writes one only where a run is
            stopped.
        seed: decides the order of the sentences.
        report_to: a tracker that accelerate knows ("tensorboard", "wandb", "trackio"), or None.
    """

    minutes: NonNegativeFloat | None = None
    epochs: NonNegativeFloat | None = None
    weight_decay: NonNegativeFloat = 0.01
    warmup_steps: NonNegativeInt = 100
    final_share: Part = 0.02
    max_gradient_norm: NonNegativeFloat = 1.0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    evaluations: NonNegativeInt = 8
    patience: PositiveInt | None = None
    checkpoint_minutes: NonNegativeFloat | None = 3.0
    seed: NonNegativeInt = 0
    report_to: Tracker | None = None

    @property
    def by_clock(self) -> bool:
        """Whether minutes alone end the run."""
        return self.minutes is not None and self.epochs is None

    @property
    def evaluation_share(self) -> float | None:
        """Seconds of evaluations on the way that may come on top of a second of training.

        None where the user counts epochs, or evaluations to be patient for.
        """
        return EVALUATION_SHARE if self.by_clock and self.patience is None else None

    def rate(self, step: int, fraction: float, first_step: float) -> float:
        """Share of the peak rates for a step: linear warm-up, then linear decay over the run.

        Args:
            step: steps that are done.
            fraction: share of the run that is done.
            first_step: share of the run that its first step is, for a warm-up by shares.
        """
        by_steps = (step + 1) / max(1, self.warmup_steps)
        by_share = (fraction + first_step) / WARMUP_SHARE
        return min(1.0, max(by_steps, by_share)) * max(self.final_share, 1.0 - fraction)


def check_tracker(settings: RunSettings) -> None:
    """Refuse a tracker that is not installed, which accelerate would leave out in silence.

    Raises:
        MissingExtraError: it is not.
    """
    name = settings.report_to
    if name is None or name == "all" or importlib.util.find_spec(name) is not None:
        return
    raise MissingExtraError(
        f"training.report_to is {name!r}, which is not installed; expected its package: run "
        f"`pip install {name.replace('_', '-')}`, or leave report_to out"
    )


@dataclass(frozen=True)
class Rates:
    """How fast what learns, at its peak.

    Attributes:
        body: all but a token table whose rows have rates of their own.
        new_tokens: under "rows", embeddings of tokens that the teacher did not have.
        old_tokens: the same for those it had.
        frozen_layers: share of the body's layers, from the top, that do not learn.
        frozen_lower_layers: the same from the bottom.
        weight_decay: of AdamW.
        eps: of AdamW.
        token_beta2: of `RowAdam`.
        token_optimizer: of token embeddings: "rows" for `RowAdam`, "adamw" for the body's.
    """

    body: float
    new_tokens: float
    old_tokens: float
    frozen_layers: float
    weight_decay: float
    frozen_lower_layers: float = 0.0
    eps: float = 1e-8
    token_beta2: float = 0.95
    token_optimizer: TokenOptimizer = "adamw"
