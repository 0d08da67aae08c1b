"""What a search for hyper-parameters can be told."""

from typing import Annotated

from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt

from isogloss.config import Share, settings


def _ascending(limits: tuple[float, float]) -> tuple[float, float]:
    """A range whose ends are in order."""
    if not 0 < limits[0] <= limits[1]:
        raise ValueError("a range from a number above 0 to one at least as large")
    return limits


def _below_one(limits: tuple[float, float]) -> tuple[float, float]:
    """A range of shares that leave something for the rest."""
    if limits[1] >= 1:
        raise ValueError("a range that ends below 1")
    return limits


Range = Annotated[tuple[float, float], AfterValidator(_ascending)]
WholeRange = Annotated[tuple[int, int], AfterValidator(_ascending)]


@settings("search")
class SearchSettings:
    """How hyper-parameters are looked for; the ranges are those of the published models.

    A trial is a fine-tuning per fold, scored on that fold by the mean Spearman over all pairs of
    languages. No sentence crosses a fold.

    Attributes:
        trials: how many; 0 looks for nothing.
        folds: parts of the data, each held out once.
        repeats: trainings per fold, with a seed each; their mean counts.
        subsample: so many pairs of the data are searched on; None: all.
        prune_below: a trial stops when a corrected resampled t-test over the folds it has done says
            with this p-value that it is behind the best one; 0 lets every trial end.
        check: score the winner once more, on new folds that no sentence crosses and on such as look
            at no sentence: an honest score, and what the others would have promised.
        workers: processes that search side by side.
        batch_size: range, whole numbers.
        epochs: range, whole numbers.
        learning_rate: range, tried on a logarithmic scale.
        eps: range, tried on a logarithmic scale.
        weight_decay: range.
        warmup_share: range.
    """

    trials: NonNegativeInt = 0
    folds: Annotated[int, Field(ge=2)] = 10
    repeats: PositiveInt = 1
    subsample: Annotated[int, Field(ge=10)] | None = None
    prune_below: Share = 0.1
    check: bool = True
    workers: PositiveInt = 1
    batch_size: WholeRange = (4, 50)
    epochs: WholeRange = (1, 4)
    learning_rate: Range = (2e-6, 2e-4)
    eps: Range = (1e-7, 1e-5)
    weight_decay: Range = (0.001, 0.1)
    warmup_share: Annotated[Range, AfterValidator(_below_one)] = (0.1, 0.5)


SEARCHED = ("batch_size", "epochs", "learning_rate", "eps", "weight_decay", "warmup_share")
"""The settings of training that a search tries."""
