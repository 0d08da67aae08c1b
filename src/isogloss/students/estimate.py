"""How large a student will be and how fast, before it is built.

What a model does per second is measured here and now; the constants are of two cores (dev/LOG.md).
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.tokens import token_embeddings
from isogloss.students.settings import TransplantSettings

SAMPLE = 256
"""Sentences encoded to learn how fast a model is here."""

TRAINING_COST = 3.0
"""Forward passes that a training step costs: one, and the gradients of inputs and of weights."""

TOKENS_PER_PAIR, TOKENS_FOUND = 0.4, 0.65
"""New tokens per pair, and per token that is looked for, whichever gives fewer: 4,187 of 10,000
pairs, 29,983 of 263,000 with 48,000 looked for."""

BUILD_SECONDS = 5e-4
"""Seconds per pair to learn new tokens, beside a teacher: German 109 s for 263,000, ten languages
952 s for 1.7 million."""

BASE_BYTES = 2 * 10**9
"""The libraries, and a batch on its way through a small model."""

PARAMETER_BYTES = 20
"""Bytes per parameter in training: weight, gradient, AdamW's two moments, the best weight so far.
Frozen layers and tables whose rows have rates of their own take fewer."""

PAIR_BYTES = 100
"""Bytes per pair: where its texts end, hashes, numbers of rows. `benchmarks/data.py` measured 85,
between 1 and 10 million pairs. Texts, tokens and targets lie in files; pages of these that are
mapped the system takes back when it needs them."""


@dataclass(frozen=True)
class Estimate:
    """Estimated size and speed of a student.

    Attributes:
        parameters: all of them, the token table among them.
        new_tokens: tokens that neither the teacher nor a finished student has.
        rate: sentences per second that it encodes here.
        training_rate: sentences per second that it trains on here.
        build_seconds: seconds that it takes to make.
    """

    parameters: int
    new_tokens: int
    rate: float
    training_rate: float
    build_seconds: float


def expected_tokens(pairs: Sequence[ParallelSentences], settings: TransplantSettings) -> int:
    """Estimate how many new tokens some pairs will give."""
    sizes: Counter[str] = Counter()
    for part in pairs:
        sizes[part.target_language] += len(part)
    most = TOKENS_FOUND * settings.vocabulary.size
    return round(sum(min(TOKENS_PER_PAIR * size, most) for size in sizes.values()))


def measured_rate(model: SentenceEncoder, sentences: Sequence[str]) -> float:
    """Sentences per second that a model encodes here and now, from a sample."""
    sample = sentences[:: max(1, len(sentences) // SAMPLE)][:SAMPLE]
    seconds = []
    for _ in range(2):  # the first time, kernels are made for every shape
        start = time.perf_counter()
        model.encode(sample)
        seconds.append(time.perf_counter() - start)
    return len(sample) / min(seconds)


def count_parameters(model: SentenceTransformer) -> int:
    """Parameters of a model, trained or not."""
    return sum(p.numel() for p in model.parameters())


def resized_parameters(model: SentenceTransformer, tokens: int) -> int:
    """Parameters of a model with a token table of another size."""
    rows, width = token_embeddings(model).weight.shape
    return count_parameters(model) + (tokens - rows) * width


def training_bytes(parameters: int, pairs: int = 0) -> int:
    """Estimate the peak memory of a training run, rather too high than too low."""
    return BASE_BYTES + PARAMETER_BYTES * parameters + PAIR_BYTES * pairs
