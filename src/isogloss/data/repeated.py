"""Pairs that several places hold: corpora overlap, and a pair is learned and tested once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isogloss.data.cleaning import pair_key
from isogloss.data.loading import LoadedPairs
from isogloss.data.parallel import ParallelSentences
from isogloss.data.rejects import Reason
from isogloss.keys import KeySet
from isogloss.protocols import BoolArray

REPEATED = str(Reason.REPEATED)
"""Why a pair that a place before has too is accounted for as dropped."""


def without_repeated(loaded: Sequence[LoadedPairs]) -> list[LoadedPairs]:
    """The pairs of every place that no place before it has in the same languages.

    Args:
        loaded: the pairs of each place.

    Returns:
        As many; what is left out is accounted for as dropped, and the fingerprint stays that of
        the place alone, so that it is known again.
    """
    places = Counter(part.report.languages for part in loaded)
    seen: dict[str, KeySet] = {}
    found = []
    for part in loaded:
        languages = part.report.languages
        if places[languages] == 1:
            found.append(part)
            continue
        new = _new(part.sentences, seen.setdefault(languages, KeySet()))
        found.append(_only(part, new))
    return found


def _only(part: LoadedPairs, new: BoolArray) -> LoadedPairs:
    lost = int((~new).sum())
    if not lost:
        return part
    report = part.report
    dropped = report.dropped | {REPEATED: lost}
    sentences = part.sentences.take(np.flatnonzero(new))
    return LoadedPairs(sentences, replace(report, kept=report.kept - lost, dropped=dropped))


def _new(sentences: ParallelSentences, seen: KeySet) -> BoolArray:
    """Which pairs no place before has, `(n,)`; they are noted."""
    keys = np.fromiter((pair_key(*pair) for pair in sentences), np.uint64, len(sentences))
    new = np.fromiter((key not in seen for key in keys.tolist()), np.bool_, len(keys))
    for key in keys[new].tolist():
        seen.add(key)
    return new
