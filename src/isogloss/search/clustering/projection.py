"""Vectors on a plane: UMAP, t-SNE, or the first two principal components."""

from collections.abc import Callable, Mapping

from isogloss.errors import InputError, check_choice, need
from isogloss.protocols import FloatArray

LEAST = 5
"""Texts from which a map is drawn."""

NEIGHBORS, PERPLEXITY = 15, 30
"""What UMAP and t-SNE look at around a text, their authors' choices; fewer where there are few."""


def project(vectors: FloatArray, method: str = "umap", *, seed: int = 0) -> FloatArray:
    """Lay vectors out on a plane, so that those of one direction lie together.

    Args:
        vectors: of length 1, `(n, dim)`.
        method: of `METHODS`.
        seed: of everything random: equal vectors give equal maps on one machine.

    Returns:
        float32 `(n, 2)`.

    Raises:
        InputError: there are fewer than `LEAST` texts, or no such method.
        MissingExtraError: the library is not installed.
    """
    check_method(method)
    check_enough(len(vectors))
    return METHODS[method](vectors, seed)


def check_enough(texts: int) -> None:
    """Refuse fewer texts than a map has.

    Raises:
        InputError: there are fewer than `LEAST`.
    """
    if texts < LEAST:
        raise InputError(f"{texts} texts; expected {LEAST} for a map at least: give more")


def check_method(method: str) -> None:
    """Refuse a method that is unknown, or whose library is not installed.

    Raises:
        InputError: there is no such method.
        MissingExtraError: the library is not installed.
    """
    check_choice("--method", method, METHODS)
    if method == "umap":
        need("--method umap", "map", "umap", otherwise=", or choose another, tsne or pca")


def _umap(vectors: FloatArray, seed: int) -> FloatArray:
    import warnings

    with warnings.catch_warnings():  # that a seed makes it run on one processor
        warnings.simplefilter("ignore")
        from umap import UMAP

        few = len(vectors) <= 4 * NEIGHBORS  # its usual start needs more points than dimensions
        layout = UMAP(
            n_neighbors=min(NEIGHBORS, len(vectors) - 1),
            metric="cosine",
            random_state=seed,
            init="pca" if few else "spectral",
        )
        return layout.fit_transform(vectors).astype("float32")


def _tsne(vectors: FloatArray, seed: int) -> FloatArray:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    layout = TSNE(perplexity=perplexity, metric="cosine", init="random", random_state=seed)
    return layout.fit_transform(vectors).astype("float32")


def _pca(vectors: FloatArray, seed: int) -> FloatArray:
    from sklearn.decomposition import PCA

    return PCA(2, random_state=seed).fit_transform(vectors).astype("float32")


METHODS: Mapping[str, Callable[[FloatArray, int], FloatArray]] = {
    "umap": _umap,
    "tsne": _tsne,
    "pca": _pca,
}
"""Ways to lay out a map; the first keeps neighbors and scales to hundreds of thousands."""
