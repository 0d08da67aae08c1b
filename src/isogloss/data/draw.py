"""Draw a limited number of pairs, the same ones every time."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from isogloss.data.loading import LoadedPairs
from isogloss.data.parallel import ParallelSentences
from isogloss.data.rejects import Reason
from isogloss.data.repeated import REPEATED
from isogloss.keys import text_key

BEYOND = str(Reason.BEYOND)
"""Why a pair that was not drawn is accounted for as dropped."""

_DRAW = 0
"""Seed of the draw: the same for every run, so that runs differ in the number of pairs alone."""


def draw_pairs(loaded: LoadedPairs, most: int | None) -> LoadedPairs:
    """Draw a limited number of pairs, keeping their order; the rest counts as dropped.

    Args:
        loaded: the pairs of a place.
        most: how many; None for all.
    """
    n = len(loaded.sentences)
    if most is None or n <= most:
        return loaded
    rows = np.sort(np.random.default_rng(_DRAW).permutation(n)[:most])
    drawn, report = loaded.sentences.take(rows), loaded.report
    dropped = report.dropped | {BEYOND: n - most}
    fingerprint = drawn.fingerprint()
    return LoadedPairs(drawn, replace(report, fingerprint=fingerprint, kept=most, dropped=dropped))


def drawn_before(kept: int, dropped: Mapping[str, int]) -> int | None:
    """How many pairs of a place an earlier run drew.

    Args:
        kept: pairs of the place that the run kept.
        dropped: reason to number of rows.

    Returns:
        `most` of `draw_pairs`; None where it took all.
    """
    return kept + dropped.get(REPEATED, 0) if BEYOND in dropped else None


def draw_by_source(sentences: ParallelSentences, most: int) -> ParallelSentences:
    """Draw a limited number of pairs, keeping their order; a larger number adds to a smaller.

    A hash of the source sentence decides: of other languages, and in later runs, it is pairs of
    the same source sentences, whose targets are there already.

    Args:
        sentences: pairs.
        most: how many; all where there are fewer.
    """
    if most >= len(sentences):
        return sentences
    keys = np.fromiter(map(text_key, sentences.source), np.uint64, len(sentences))
    return sentences.take(np.sort(np.argsort(keys, kind="stable")[:most]))
