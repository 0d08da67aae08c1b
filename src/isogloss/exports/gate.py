"""Is a graph as good as the model that it was made of? Measured by language, alone and in company.

A graph in 8-bit integers can be excellent for one language and useless for another, and can give a
sentence another vector for every batch it stands in. Both are measured, and what fails is refused.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from isogloss.exports.onnx_encoder import OnnxEncoder
from isogloss.protocols import FloatArray
from isogloss.runs.exports import Fidelity
from isogloss.vectors.similarity import paired_cosines

MIN_MEAN, MIN_LOW = 0.99, 0.97
"""Least mean cosine and least first percentile for a language, alone and in a mixed batch."""

MIN_EXACT = 0.9999
"""Least cosine of any sentence for a graph in float32."""

MAX_LOST = 0.003
"""Largest loss of Spearman's correlation on a task."""

LOW = 1
"""The percentile."""

BATCH, LONG = 16, 96
"""Sentences of a mixed batch, and the tokens of the one in it that pads all others."""


def measure(
    graph: OnnxEncoder, texts: Mapping[str, Sequence[str]], wanted: Mapping[str, FloatArray]
) -> list[Fidelity]:
    """Compare a graph's vectors with the model's.

    Args:
        graph: what is measured.
        texts: by language.
        wanted: the model's vectors of them in float32, by language.

    Returns:
        A row for each language.
    """
    tokens = {code: graph.tokenize(lines) for code, lines in texts.items()}
    mixed = _mixed(graph, tokens)
    found = []
    for code, rows in tokens.items():
        alone = np.concatenate([graph.run([row]) for row in rows])
        cosines, company = (paired_cosines(r, wanted[code]) for r in (alone, mixed[code]))
        found.append(
            Fidelity(
                language=code,
                sentences=len(rows),
                mean=float(cosines.mean()),
                low=float(np.percentile(cosines, LOW)),
                least=float(cosines.min()),
                mixed_mean=float(company.mean()),
                mixed_low=float(np.percentile(company, LOW)),
                alone_mixed=float(paired_cosines(alone, mixed[code]).mean()),
            )
        )
    return found


def _mixed(
    graph: OnnxEncoder, tokens: Mapping[str, Sequence[Sequence[int]]]
) -> dict[str, FloatArray]:
    """Vectors of sentences in batches of all languages, each with one long sentence in it."""
    places = [(code, at) for code, rows in tokens.items() for at in range(len(rows))]
    order = np.random.default_rng(0).permutation(len(places))
    longest = min(LONG, graph.model.model.max_seq_length or LONG)
    ids = max((row for rows in tokens.values() for row in rows), key=len)
    long = [ids[0], *(list(ids[1:-1]) * longest)[: longest - 2], ids[-1]]
    found = {code: np.empty((len(rows), graph.dim), np.float32) for code, rows in tokens.items()}
    for start in range(0, len(order), BATCH - 1):
        batch = [places[i] for i in order[start : start + BATCH - 1]]
        rows = graph.run([tokens[code][at] for code, at in batch] + [long])
        for (code, at), row in zip(batch, rows, strict=False):
            found[code][at] = row
    return found


def refusals(found: Sequence[Fidelity]) -> list[str]:
    """What keeps a graph in 8-bit integers from being good; nothing where it is."""
    said = []
    for row in found:
        mean, low = min(row.mean, row.mixed_mean), min(row.low, row.mixed_low)
        if mean < MIN_MEAN:
            said.append(f"{row.language}: mean cosine {mean:.4f} < {MIN_MEAN}")
        if low < MIN_LOW:
            said.append(f"{row.language}: 1st percentile {low:.4f} < {MIN_LOW}")
    return said


def inexact(found: Sequence[Fidelity]) -> list[str]:
    """The same for a graph in float32."""
    return [
        f"{row.language}: least cosine {min(row.least, row.mixed_low):.5f} < {MIN_EXACT}"
        for row in found
        if min(row.least, row.mixed_low) < MIN_EXACT
    ]
