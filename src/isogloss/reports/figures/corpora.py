"""How long the sentences of corpora are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from isogloss.reports.figures.style import PALETTE, Paths, drawing, ruled
from isogloss.reports.wording import shortened

_PANEL = 1.9
"""Inches per corpus."""

_BINS = 40


class Lengths(NamedTuple):
    """Lengths in a corpus.

    Args:
        name: what to call it.
        sides: number of texts by length in characters, by language.
    """

    name: str
    sides: Mapping[str, Mapping[int, int]]


def length_plot(corpora: Sequence[Lengths], path: Paths) -> None:
    """Draw a histogram of the lengths of both sides, a panel for each corpus.

    Args:
        corpora: with at least one text each.
        path: the file to write.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputFolderError: the file cannot be written.
    """
    most = max(_end(side) for corpus in corpora for side in corpus.sides.values())
    edges = [most * at / _BINS for at in range(_BINS + 1)]
    with drawing(path, height=0.8 + _PANEL * len(corpora)) as figure:
        panels = figure.subplots(len(corpora), 1, squeeze=False, sharex=True)[:, 0]
        for axes, corpus in zip(panels, corpora, strict=True):
            for number, (language, side) in enumerate(corpus.sides.items()):
                axes.hist(
                    list(side),
                    bins=edges,
                    weights=[100 * n / sum(side.values()) for n in side.values()],
                    histtype="step",
                    linewidth=1.6,
                    color=PALETTE[number],
                    label=language,
                )
            axes.set_title(shortened(corpus.name, 70))
            axes.set_ylabel("texts in %")
            axes.legend(frameon=False)
            ruled(axes, "y")
        panels[-1].set_xlabel("length in characters")


def _end(side: Mapping[int, int]) -> int:
    """The length that 99% of the texts do not exceed."""
    left = 0.99 * sum(side.values())
    for length in sorted(side):
        left -= side[length]
        if left <= 0:
            return max(length, 1)
    return 1
