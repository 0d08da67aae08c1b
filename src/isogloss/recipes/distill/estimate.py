"""What the student of a distillation will be, before it is built: its size, and what it takes.

The constants are of two cores (dev/LOG.md); what a model does per second is measured here and now.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.tokens import is_static, token_embeddings
from isogloss.recipes.distill.pairs import GatheredPairs
from isogloss.recipes.distill.preflight import checked_student
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import EarlierRun
from isogloss.students.kinds import PretrainedStudent
from isogloss.students.start import START_PAIRS

SAMPLE = 256
"""Sentences encoded to learn how fast a model is here."""

TRAINING_COST = 3.0
"""Forward passes that a training step costs: one, and the gradients of inputs and of weights."""

STATIC_RATE = 30_000.0
"""Sentences per second that a static student trains on; 19,000 and 51,000 were measured."""

BUILD_SECONDS = 7.5e-4
"""Seconds per pair to learn new tokens: German 198 s for 263,000, ten languages 1,053 s for 1.38
million."""

TOKENIZE_SECONDS = 1.7e-4
"""Seconds per pair to cut both sides: all that is done for a pretrained student."""

TOKENS_PER_PAIR, TOKENS_FOUND = 0.4, 0.65
"""New tokens per pair, and per token that is looked for, whichever gives fewer: 4,187 of 10,000
pairs, 29,983 of 263,000 with 48,000 looked for."""


@dataclass(frozen=True)
class ExpectedStudent:
    """What a student will be, about.

    Attributes:
        body: its parameters, the token table aside.
        table: parameters of the token table.
        depth: layers times dimensions of its body.
        new_tokens: tokens that neither the teacher nor a finished student has.
        rate: sentences per second that it encodes here.
        training_rate: sentences per second that it trains on here.
        build_seconds: seconds that it takes to make.
    """

    body: int
    table: int
    depth: int
    new_tokens: int
    rate: float
    training_rate: float
    build_seconds: float

    @property
    def parameters(self) -> int:
        """All of them."""
        return self.body + self.table


def expect_student(
    recipe: DistillRecipe,
    earlier: EarlierRun | None,
    pairs: GatheredPairs,
    teacher: SentenceEncoder,
    dim: int,
    rate: float,
) -> ExpectedStudent:
    """What the student will be.

    Args:
        recipe: the resolved recipe.
        earlier: the run whose student learns more, if one does.
        pairs: of the run.
        teacher: the teacher, or what it will be made of.
        dim: width of the targets.
        rate: sentences per second that the teacher encodes.

    Raises:
        ModelShapeError: the student is no encoder, or its tokenizer will not do.
        ModelNotFoundError: nothing has its name.
        InputError: a setting does not fit the encoder.
    """
    pretrained = checked_student(recipe, teacher.model, pairs)
    if pretrained is not None:
        return _pretrained(recipe, pairs, pretrained, teacher)
    sizes: Counter[str] = Counter()
    for part in pairs.new:
        sizes[part.target_language] += len(part)
    most = TOKENS_FOUND * recipe.student.transplant.vocabulary.size
    new = round(sum(min(TOKENS_PER_PAIR * size, most) for size in sizes.values()))
    old = token_embeddings(teacher.model).weight
    tokens = new + (earlier.tokens if earlier else len(old))
    build = BUILD_SECONDS * sizes.total()
    if recipe.student.family == "static":
        if not earlier:  # the teacher reads each of its tokens alone
            build += len(old) / rate
        return ExpectedStudent(0, tokens * dim, 0, new, STATIC_RATE, STATIC_RATE, build)
    body, depth = count_parameters(teacher.model) - old.numel(), _depth(teacher.model)
    training_rate = rate / TRAINING_COST
    return ExpectedStudent(body, tokens * old.shape[1], depth, new, rate, training_rate, build)


def _pretrained(
    recipe: DistillRecipe, pairs: GatheredPairs, found: PretrainedStudent, teacher: SentenceEncoder
) -> ExpectedStudent:
    """A pretrained student, fitted and its tokens chosen as the run does."""
    model, chosen = found.model.to(teacher.model.device), found.kept
    precision = recipe.training.precision
    encoder = SentenceEncoder(model, fingerprint="", name=recipe.student.kind, precision=precision)
    rate = measured_rate(encoder, [text for part in pairs.new for text in part.target])
    rows, width = token_embeddings(model).weight.shape
    kept = rows if chosen is None else len(chosen.kept)
    cuts = 1 if chosen is None else 3  # tokens are counted by the check, and again by the build
    build = cuts * TOKENIZE_SECONDS * sum(map(len, [*pairs.new, *pairs.replay]))
    if recipe.student.start != "none":  # both sides of a sample are embedded
        build += 2 * min(START_PAIRS, sum(map(len, pairs.new))) / rate
    body, depth = count_parameters(model) - rows * width, _depth(model)
    return ExpectedStudent(body, kept * width, depth, 0, rate, rate / TRAINING_COST, build)


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


def _depth(model: SentenceTransformer) -> int:
    """Layers times dimensions of a body; 0 of a table."""
    if is_static(model):
        return 0
    first: Any = model[0]
    config = first.auto_model.config
    return int(getattr(config, "num_hidden_layers", 0) * getattr(config, "hidden_size", 0))
