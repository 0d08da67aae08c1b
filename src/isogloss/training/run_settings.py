"""What every training run is told, whatever it trains on."""

import importlib.util
import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from isogloss.errors import InputError, MissingExtraError

TRACKERS = (
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
)
"""What accelerate reports to; `all` is all that are installed."""


LEAST_TOKENS = 3
"""Of a sentence: what most encoders put around it, and one of its own."""


@dataclass(frozen=True)
class RunSettings:
    """Limits, the course of the rates, and what is looked at on the way.

    Attributes:
        minutes: minutes of training, 0 for an untrained student; preparing, evaluating and saving
            come on top. None: by epochs.
        epochs: passes over the data, fractions allowed. With both limits the nearer one ends the
            run; with neither it is one epoch.
        weight_decay: of AdamW, for all but a transplant's token embeddings.
        warmup_steps: steps of linear warm-up; then linear decay to `final_share` of the peak.
        final_share: share of the peak at the end.
        max_gradient_norm: gradients are scaled down to this norm, but for a transplant's token
            embeddings, whose steps are bounded anyway; 0 leaves them.
        precision: "auto" probes bf16; "bf16" and "fp32" are taken as they are.
        evaluations: looks at the dev data, spread evenly over the run.
        patience: evaluations without a better one after which a run ends; of several languages,
            one that gets no better for so long is only rehearsed, until it gets worse. None: never.
        checkpoint_minutes: minutes between two checkpoints; None writes one only where a run is
            stopped.
        seed: decides the order of the sentences.
        report_to: a tracker that accelerate knows ("tensorboard", "wandb", "trackio"), or None.
    """

    minutes: float | None = None
    epochs: float | None = None
    weight_decay: float = 0.01
    warmup_steps: int = 100
    final_share: float = 0.02
    max_gradient_norm: float = 1.0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    evaluations: int = 8
    patience: int | None = None
    checkpoint_minutes: float | None = 3.0
    seed: int = 0
    report_to: str | None = None

    AT_LEAST_ZERO: ClassVar[tuple[str, ...]] = (
        "minutes",
        "epochs",
        "weight_decay",
        "warmup_steps",
        "final_share",
        "max_gradient_norm",
        "evaluations",
        "checkpoint_minutes",
        "seed",
    )
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = ("patience",)
    SHARES: ClassVar[tuple[str, ...]] = ()
    PARTS: ClassVar[tuple[str, ...]] = ("final_share",)
    """Fields by the values they may have; a share is below 1, a part may be all."""

    def __post_init__(self) -> None:
        """Refuse values that no run can be made of."""
        if self.report_to is not None and self.report_to not in TRACKERS:
            raise InputError(
                f"training.report_to is {self.report_to!r}; expected one of {', '.join(TRACKERS)}; "
                "leave it out for none"
            )
        for name in self.AT_LEAST_ZERO:
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise InputError(
                    f"training.{name} is {value}; expected at least 0; set another value"
                )
        for name in self.ABOVE_ZERO:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(
                    f"training.{name} is {value}; expected a number above 0; set another value"
                )
        longest = getattr(self, "max_tokens", None)
        if longest is not None and longest < LEAST_TOKENS:
            raise InputError(
                f"training.max_tokens is {longest}; expected at least {LEAST_TOKENS}: two are "
                "special ones; set another value"
            )
        for name in self.SHARES:
            value = getattr(self, name)
            if value is not None and not 0 <= value < 1:
                raise InputError(
                    f"training.{name} is {value}; expected a number from 0 up to, but not "
                    "including, 1; set another value"
                )
        for name in self.PARTS:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise InputError(
                    f"training.{name} is {value}; expected a share from 0 to 1; set another value"
                )

    def rate(self, step: int, fraction: float) -> float:
        """Share of the peak rates: linear warm-up, then linear decay over the run.

        Args:
            step: steps that are done.
            fraction: share of the run that is done.
        """
        warm = min(1.0, (step + 1) / max(1, self.warmup_steps))
        return warm * max(self.final_share, 1.0 - fraction)


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
        new_tokens: embeddings of tokens that the teacher did not have.
        old_tokens: embeddings of those it had.
        frozen_layers: share of the body's layers, from the top, that do not learn.
        frozen_lower_layers: the same from the bottom.
        weight_decay: of AdamW.
        eps: of AdamW.
        token_beta2: of the optimizer of token tables.
    """

    body: float
    new_tokens: float
    old_tokens: float
    frozen_layers: float
    weight_decay: float
    frozen_lower_layers: float = 0.0
    eps: float = 1e-8
    token_beta2: float = 0.95
