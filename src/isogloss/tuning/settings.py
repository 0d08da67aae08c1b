"""What a search for hyper-parameters can be told."""

from dataclasses import dataclass

from isogloss.errors import InputError


@dataclass(frozen=True)
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

    trials: int = 0
    folds: int = 10
    repeats: int = 1
    subsample: int | None = None
    prune_below: float = 0.1
    check: bool = True
    workers: int = 1
    batch_size: tuple[int, int] = (4, 50)
    epochs: tuple[int, int] = (1, 4)
    learning_rate: tuple[float, float] = (2e-6, 2e-4)
    eps: tuple[float, float] = (1e-7, 1e-5)
    weight_decay: tuple[float, float] = (0.001, 0.1)
    warmup_share: tuple[float, float] = (0.1, 0.5)

    def __post_init__(self) -> None:
        """Refuse values that make no search."""
        least = {"trials": 0, "folds": 2, "repeats": 1, "subsample": 10, "workers": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and value < low:
                raise InputError(
                    f"search.{name} is {value}; expected at least {low}; set another value"
                )
        if not 0 <= self.prune_below < 1:
            raise InputError(
                f"search.prune_below is {self.prune_below}; expected a p-value from 0 up to 1; set "
                "another value"
            )
        for name in SEARCHED:
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise InputError(
                    f"search.{name} is {[low, high]}; expected a range from a number above 0 to "
                    "one at least as large; set another range"
                )
        if self.warmup_share[1] >= 1:
            raise InputError(
                f"search.warmup_share is {list(self.warmup_share)}; expected a range that ends "
                "below 1; set another range"
            )


SEARCHED = ("batch_size", "epochs", "learning_rate", "eps", "weight_decay", "warmup_share")
"""The settings of training that a search tries."""
