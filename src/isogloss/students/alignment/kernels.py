"""Word alignment, the inner loops: compiled by numba, arrays in, arrays out.

One direction of alignment generates each token of one side from a token of the given side. A cell
is a pair of types (generated, given) that stand together in a sentence pair; cells lie in rows by
generated type. All occurrences of one generated type are visited together, its row of the
translation table lies spread out in one dense vector that fits the cache, and no hash table is
needed.
"""

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from isogloss.compiled import compiled

STEPS = 256
"""Resolution of the diagonal prior."""


class Walk(NamedTuple):
    """The arrays that every loop over one direction reads.

    Attributes:
        order: positions of the generated side, sorted by type.
        starts: first index in `order` of every generated type, and the end.
        sentence_of: sentence of every generated position.
        offsets: first position of every generated sentence, and the end.
        given: types of the given side, sentences end to end, each behind a null word.
        given_offsets: first position of every given sentence, and the end.
        rows: first cell of every generated type, and the end.
        columns: given type of every cell.
        n_given: number of given types, the null word included.
        diagonal: strength of the prior for words at like positions.
    """

    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    sentence_of: npt.NDArray[np.int32]
    offsets: npt.NDArray[np.int64]
    given: npt.NDArray[np.int32]
    given_offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    n_given: int
    diagonal: np.float32


@compiled
def cooccurrence(order, starts, sentence_of, given, given_offsets, given_size):  # type: ignore[no-untyped-def]
    """Cells of the translation table: which types stand together in a sentence pair.

    Args:
        order: positions of the generated side, sorted by type.
        starts: first index in `order` of every generated type, and the end.
        sentence_of: sentence of every generated position.
        given: types of the given side, sentences end to end.
        given_offsets: first position of every given sentence, and the end.
        given_size: number of given types.

    Returns:
        First cell of every generated type, and the end; and the given type of every cell, sorted
        within a generated type.
    """
    types = len(starts) - 1
    seen = np.full(given_size, -1, np.int64)
    rows = np.zeros(types + 1, np.int64)
    for fill in range(2):
        if fill == 1:
            for f in range(types):
                rows[f + 1] += rows[f]
            columns = np.empty(rows[types], np.int32)
        for f in range(types):
            stamp = f + fill * types
            found = 0
            for at in range(starts[f], starts[f + 1]):
                k = sentence_of[order[at]]
                for i in range(given_offsets[k], given_offsets[k + 1]):
                    e = given[i]
                    if seen[e] != stamp:
                        seen[e] = stamp
                        if fill == 1:
                            columns[rows[f] + found] = e
                        found += 1
            if fill == 0:
                rows[f + 1] = found
            else:
                columns[rows[f] : rows[f] + found].sort()
    return rows, columns


@compiled
def _decay(diagonal):  # type: ignore[no-untyped-def]
    """The diagonal prior by distance of relative positions, in steps of 1 / STEPS."""
    table = np.empty(STEPS + 1, np.float32)
    for step in range(STEPS + 1):
        table[step] = np.exp(-diagonal * step / STEPS)
    return table


@functools.partial(compiled, inline="always")
def _prior(decay, j, n_generated, i, n_given):  # type: ignore[no-untyped-def]
    """Unnormalized weight of linking j to i; position 0 of the given side is the null word."""
    if i == 0:
        return np.float32(1.0)
    gap = abs((j + np.float32(0.5)) / n_generated - (i - np.float32(0.5)) / (n_given - 1))
    return decay[int(gap * STEPS)]


@functools.partial(compiled, inline="always")
def _weigh(weights, dense, given, decay, j, n):  # type: ignore[no-untyped-def]
    """Write the posteriors of a generated position, unnormalized, to `weights`; their sum."""
    mass = np.float32(0.0)
    for i in range(len(given)):
        weights[i] = dense[given[i]] * _prior(decay, j, n, i, len(given))
        mass += weights[i]
    return mass


@compiled
def expected_counts(walk, table):  # type: ignore[no-untyped-def]
    """Expected counts of every cell under the present table (the E step).

    Args:
        walk: the direction.
        table: t(generated | given), one value per cell.

    Returns:
        float32, one value per cell.
    """
    order, starts, sentence_of, offsets, given, given_offsets, rows, columns, size, diagonal = walk
    decay = _decay(diagonal)
    dense = np.zeros(size, np.float32)
    gained = np.zeros(size, np.float32)
    weights = np.zeros(np.max(np.diff(given_offsets)), np.float32)
    counts = np.zeros(len(columns), np.float32)
    for f in range(len(starts) - 1):
        for c in range(rows[f], rows[f + 1]):
            dense[columns[c]] = table[c]
            gained[columns[c]] = 0.0
        for at in range(starts[f], starts[f + 1]):
            position = order[at]
            k = sentence_of[position]
            low, high = given_offsets[k], given_offsets[k + 1]
            j, n = position - offsets[k], offsets[k + 1] - offsets[k]
            mass = _weigh(weights, dense, given[low:high], decay, j, n)
            if mass > 0.0:
                for i in range(low, high):
                    gained[given[i]] += weights[i - low] / mass
        for c in range(rows[f], rows[f + 1]):
            counts[c] = gained[columns[c]]
    return counts


@compiled
def position_mass(walk, table):  # type: ignore[no-untyped-def]
    """Per generated position, the sum that its posteriors are divided by.

    Args:
        walk: the direction.
        table: t(generated | given), one value per cell.

    Returns:
        float32, one value per generated position.
    """
    order, starts, sentence_of, offsets, given, given_offsets, rows, columns, size, diagonal = walk
    decay = _decay(diagonal)
    dense = np.zeros(size, np.float32)
    weights = np.zeros(np.max(np.diff(given_offsets)), np.float32)
    masses = np.zeros(len(order), np.float32)
    for f in range(len(starts) - 1):
        for c in range(rows[f], rows[f + 1]):
            dense[columns[c]] = table[c]
        for at in range(starts[f], starts[f + 1]):
            position = order[at]
            k = sentence_of[position]
            low, high = given_offsets[k], given_offsets[k + 1]
            j, n = position - offsets[k], offsets[k + 1] - offsets[k]
            masses[position] = _weigh(weights, dense, given[low:high], decay, j, n)
    return masses


@compiled
def agreed_counts(walk, table, other, other_mass, other_offsets):  # type: ignore[no-untyped-def]
    """Expected links on which both directions agree: the product of their posteriors.

    Args:
        walk: the forward direction.
        table: t(generated | given), one value per cell.
        other: t(given | generated), in the same order of cells.
        other_mass: `position_mass` of the backward direction.
        other_offsets: first position of every sentence in `other_mass`.

    Returns:
        float32, one value per cell.
    """
    order, starts, sentence_of, offsets, given, given_offsets, rows, columns, size, diagonal = walk
    decay = _decay(diagonal)
    dense = np.zeros(size, np.float32)
    reverse = np.zeros(size, np.float32)
    gained = np.zeros(size, np.float32)
    weights = np.zeros(np.max(np.diff(given_offsets)), np.float32)
    counts = np.zeros(len(columns), np.float32)
    for f in range(len(starts) - 1):
        for c in range(rows[f], rows[f + 1]):
            dense[columns[c]] = table[c]
            gained[columns[c]] = 0.0
            reverse[columns[c]] = other[c]
        for at in range(starts[f], starts[f + 1]):
            position = order[at]
            k = sentence_of[position]
            low, high = given_offsets[k], given_offsets[k + 1]
            j, n = position - offsets[k], offsets[k + 1] - offsets[k]
            mass = _weigh(weights, dense, given[low:high], decay, j, n)
            if mass <= 0.0:
                continue
            for i in range(low + 1, high):  # the null word has no word to agree with
                back = other_mass[other_offsets[k] + i - low - 1]
                if back > 0.0:
                    q = reverse[given[i]] * _prior(decay, i - low - 1, high - low - 1, j + 1, n + 1)
                    gained[given[i]] += weights[i - low] / mass * q / back
        for c in range(rows[f], rows[f + 1]):
            counts[c] = gained[columns[c]]
    return counts
