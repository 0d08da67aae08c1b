"""Pairs that several places hold: corpora overlap, and a pair is learned and tested once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from isogloss.data.cleaning import pair_key
from isogloss.data.loading import LoadedPairs
from isogloss.data.parallel import ParallelSentences
from isogloss.data.rejects import Reason
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
    seen: dict[str, npt.NDArray[np.uint64]] = {}
    found = []
    for part in loaded:
        languages = part.report.languages
        if places[languages] == 1:
            found.append(part)
            continue
        keys = _keys(part.sentences)
        new = ~np.isin(keys, seen.get(languages, np.empty(0, np.uint64)))
        seen[languages] = np.concatenate([seen.get(languages, keys[:0]), keys[new]])
        found.append(_only(part, new))
    return found


def _only(part: LoadedPairs, new: BoolArray) -> LoadedPairs:
    lost = int((~new).sum())
    if not lost:
        return part
    report = part.report
    dropped = report.dropped | {REPEATED: lost}
    sentences = part.sentences.take(np.flatnonzero(new).tolist())
    return LoadedPairs(sentences, replace(report, kept=report.kept - lost, dropped=dropped))


def _keys(sentences: ParallelSentences) -> npt.NDArray[np.uint64]:
    """The hash of every pair, `(n,)`."""
    joined = b"".join(pair_key(source, target) for source, target in sentences)
    return np.frombuffer(joined, np.uint64)
