"""How texts are grouped."""

from dataclasses import dataclass

from isogloss.errors import InputError, check_choice


@dataclass(frozen=True)
class ClusterSettings:
    """How texts are grouped.

    Attributes:
        method: `community` finds groups around a text, and leaves out what is in none; `kmeans`
            puts every text into one of `k`.
        threshold: of communities: the least cosine to the text in their middle.
        least: of communities: the fewest texts in one.
        k: of k-means: the number of groups.
        seed: of k-means.
        recenter: subtract each language's mean first, see `isogloss.vectors.centers`.
    """

    method: str = "community"
    threshold: float = 0.75
    least: int = 10
    k: int | None = None
    seed: int = 0
    recenter: bool = False


def check_settings(settings: ClusterSettings) -> None:
    """Refuse what does not fit together.

    Raises:
        InputError: k-means has no `k`, or communities have one; there is no such method.
    """
    check_choice("--method", settings.method, ("community", "kmeans"))
    if settings.method == "kmeans" and settings.k is None:
        raise InputError("--method kmeans without --k; expected the number of clusters: add --k 20")
    if settings.method == "community" and settings.k is not None:
        raise InputError(
            f"--k {settings.k} is for --method kmeans; communities are as many as there are: add "
            "--method kmeans, or leave --k out"
        )
