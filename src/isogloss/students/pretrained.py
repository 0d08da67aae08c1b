"""The pretrained student: a multilingual encoder adapted to the teacher's vectors.

Where its width is not the teacher's, a linear projection stands behind the pooling, a module of the
model like any other: trained, in checkpoints, and saved with it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.saving import save_model
from isogloss.errors import ModelShapeError
from isogloss.spooled import Joined, Texts
from isogloss.students.adapt import adapt_encoder
from isogloss.students.estimate import (
    TRAINING_COST,
    Estimate,
    measured_rate,
    resized_parameters,
)
from isogloss.students.kinds import BuiltStudent, Draft, Measured, Pairs, Student
from isogloss.students.layers import layer_stack
from isogloss.students.linear_modules import keep_rotation
from isogloss.students.settings import MANY_LANGUAGES, PretrainedSettings, Start
from isogloss.students.start import START_PAIRS, StartPairs, StartReport, start_near_teacher
from isogloss.vocabulary.trim_model import (
    Trimmed,
    TrimSettings,
    choose_tokens,
    token_table,
    trim_model,
)

logger = logging.getLogger(__name__)

TOKENIZE_SECONDS = 1.7e-4
"""Seconds per pair to tokenize both sides."""


@dataclass(frozen=True)
class Pretrained(Student):
    """A pretrained encoder, by folder or hub name.

    Attributes:
        name: its folder or hub name.
        settings: what is made of it.
        start: how it is brought near the teacher.
    """

    name: str
    settings: PretrainedSettings
    start: Start = "auto"

    kind = "pretrained"
    gets_tokens = False
    defaults: ClassVar[Mapping[str, float]] = {
        "tokens_per_batch": 2_048,
        "learning_rate": 4e-4,
        "frozen_layers": 0.0,
        "new_token_learning_rate": 2e-3,
        "old_token_learning_rate": 2e-3,
        "source_share": 0.15,
        "source_weight": 2.0,
        "interpolation": 0.5,
    }
    """As the method was published, both sides of every pair are learned at 2e-5, which takes hours:
    the recipes of the paper's models say so."""

    @property
    def start_pairs(self) -> int:
        """Pairs that its start is solved from, if it has one."""
        return 0 if self.start == "none" else START_PAIRS

    def check(self, teacher: SentenceTransformer, pairs: Pairs) -> Draft:
        """Fit the encoder to the teacher and choose its tokens, as `build` does."""
        model = adapt_encoder(self.name, teacher, self.settings)
        return Draft(model, kept_tokens(model, both_sides(pairs), self.settings))

    def estimate(self, draft: Draft, measured: Measured) -> Estimate:
        """The encoder itself: counted and timed."""
        model, kept, precision = draft.model, draft.kept, measured.precision
        encoder = SentenceEncoder(model, name=self.name, precision=precision)
        rate = measured_rate(encoder, Joined(part.target for part in measured.pairs))
        seconds = TOKENIZE_SECONDS * sum(map(len, measured.pairs))
        # both sides of a sample are embedded for the start
        seconds += 2 * min(self.start_pairs, sum(map(len, measured.pairs))) / rate
        tokens = len(token_table(model)) if kept is None else len(kept.kept)
        return Estimate(
            parameters=resized_parameters(model, tokens),
            new_tokens=0,
            rate=rate,
            training_rate=rate / TRAINING_COST,
            build_seconds=seconds,
        )

    def try_start(self, draft: Draft, pairs: StartPairs) -> StartReport | None:
        """Solve the start; the draft stays as it is."""
        if self.start == "none":
            return None
        return start_near_teacher(draft.model, pairs, self.start).report

    def build(
        self,
        teacher: Path,
        pairs: Pairs,
        out: Path,
        guarded: Sequence[str] = (),
        start: StartPairs | None = None,
        *,
        restart: bool = True,
    ) -> BuiltStudent:
        """Write it; see `build_pretrained`."""
        texts = both_sides(pairs)
        made = build_pretrained(self.name, teacher, texts, out, self.settings, start, self.start)
        return BuiltStudent(out, None, asdict(made))


def both_sides(pairs: Pairs) -> Texts:
    """All sentences of some pairs, of all languages."""
    return Joined(side for part in pairs for side in (part.source, part.target))


@dataclass(frozen=True)
class PretrainedReport:
    """What was made: the encoder's name, and what was changed about it."""

    kind: str
    name: str
    tokens_before: int
    tokens_after: int
    layers: int
    projection: bool
    parameters: int
    start: StartReport | None = None


def build_pretrained(
    name: str,
    teacher: Path,
    texts: Sequence[str],
    out: Path,
    settings: PretrainedSettings | None = None,
    start: StartPairs | None = None,
    method: Start = "auto",
) -> PretrainedReport:
    """Make a student of a pretrained encoder.

    Args:
        name: folder or hub name of a Sentence Transformers or transformers encoder.
        teacher: the teacher's folder: its width, and whether it normalizes, are the student's.
        texts: sentences of all languages, for trimming.
        out: folder to write the student to.
        settings: what is made of the encoder.
        start: pairs to bring its vectors near the teacher's with, before any training; None leaves
            them as they are.
        method: how, see `start_near_teacher`.

    Raises:
        ModelShapeError: it is no encoder, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
        InputError: a layer or the length is out of range; the encoder brings code of its own; it
            cannot be trimmed so far.
    """
    settings = settings or PretrainedSettings()
    model = adapt_encoder(name, load_sentence_transformer(teacher, device="cpu"), settings)
    before = len(token_table(model))
    chosen = kept_tokens(model, texts, settings)
    report = rotation = None
    if start is not None and method != "none":
        near = start_near_teacher(model, start, method, poolings=settings.pooling is None)
        model, report, rotation = near
    if chosen is None:
        save_model(model, out)
    else:
        trim_model(model, chosen, out)
    if rotation is not None:
        keep_rotation(rotation, out)
    return PretrainedReport(
        kind="pretrained",
        name=name,
        tokens_before=before,
        tokens_after=len(token_table(model)),
        layers=len(layer_stack(model)[1]),
        projection=any(
            isinstance(module, Dense) and module.module_output_name == "sentence_embedding"
            for module in model
        ),
        parameters=sum(p.numel() for p in model.parameters()),
        start=report,
    )


def kept_tokens(
    model: SentenceTransformer, texts: Sequence[str], settings: PretrainedSettings
) -> Trimmed | None:
    """The tokens that an encoder keeps; None: all.

    Args:
        model: from `adapt_encoder`; it is not changed.
        texts: sentences of all languages.
        settings: what is made of the encoder; where they say nothing, a vocabulary of many
            languages is trimmed.

    Raises:
        ModelShapeError: it is to be trimmed, and its tokenizer is of a kind that cannot be.
        InputError: it cannot be trimmed so far.
    """
    if settings.trim is None:
        if len(token_table(model)) <= MANY_LANGUAGES:
            return None
        try:
            return choose_tokens(model, texts, TrimSettings())
        except ModelShapeError as error:
            logger.warning("the student's vocabulary stays whole: %s", error)
            return None
    if not settings.trim:
        return None
    budget = None if settings.trim is True else settings.trim
    return choose_tokens(model, texts, TrimSettings(tokens=budget))
