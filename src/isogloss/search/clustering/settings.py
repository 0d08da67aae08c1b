"""How texts are grouped."""

from dataclasses import dataclass

from isogloss.errors import InputError, check_choice
from isogloss.search.clustering.communities import LEAST, THRESHOLD, check_bounds


@dataclass(frozen=True)
class ClusterSettings:
    """How texts are grouped.

    Attributes:
        method: `community` finds groups around a text, and leaves out what is in none; `kmeans`
            puts every text into one of `k`.
        threshold: of communities: the least cosine to the text in their middle; None is 0.75.
        least: of communities: the fewest texts in one; None is 10.
        k: of k-means: the number of groups.
        seed: of k-means; None is 0.
        recenter: subtract each language's mean first, see `isogloss.vectors.centers`.
    """

    method: str = "community"
    threshold: float | None = None
    least: int | None = None
    k: int | None = None
    seed: int | None = None
    recenter: bool = False

    @property
    def bounds(self) -> tuple[float, int]:
        """The threshold and the least size of communities."""
        return (
            THRESHOLD if self.threshold is None else self.threshold,
            LEAST if self.least is None else self.least,
        )


def check_settings(settings: ClusterSettings) -> None:
    """Refuse what does not fit together.

    Raises:
        InputError: k-means has no `k`, or something is given that the method does not look at;
            a threshold or a size that no group can have; there is no such method.
    """
    check_choice("--method", settings.method, ("community", "kmeans"))
    if settings.method == "kmeans" and settings.k is None:
        raise InputError("--method kmeans without --k; expected the number of clusters: add --k 20")
    if settings.method == "community" and settings.k is not None:
        raise InputError(
            f"--k {settings.k} is for --method kmeans; communities are as many as there are: add "
            "--method kmeans, or leave --k out"
        )
    check_bounds(*settings.bounds)
    given = (
        ("--threshold", settings.threshold, "community"),
        ("--min-size", settings.least, "community"),
        ("--seed", settings.seed, "kmeans"),
    )
    for option, value, method in given:
        if value is not None and method != settings.method:
            raise InputError(
                f"{option} {value} has no say in --method {settings.method}; expected it with "
                f"--method {method}: leave it out"
            )
