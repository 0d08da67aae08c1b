"""Add languages to a finished student: a share of its earlier pairs is rehearsed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isogloss.data.cleaning import Cleaning
from isogloss.data.draw import draw_by_source, draw_pairs, drawn_before
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.places import parse_where
from isogloss.data.readers.opening import is_pipe
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import InputError, MissingFileError
from isogloss.paths import given_path
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.parts import PairsData
from isogloss.runs.record import DistillRecord, FinetuneRecord, find_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class BaseRun:
    """A finished distillation whose student learns more.

    Attributes:
        folder: the student.
        record: of its run.
    """

    folder: Path
    record: DistillRecord

    @property
    def student_kind(self) -> str:
        """Kind of student: "transplant", "static", or "pretrained"."""
        return self.record.student.kind

    @property
    def tokens(self) -> int:
        """Size of its vocabulary."""
        return self.record.student.tokens_after or 0

    @property
    def data(self) -> list[PairsData]:
        """The record of each place of its pairs; without languages that a trim has removed."""
        kept, record = self.record.model_languages, self.record
        parts = zip(record.data, record.pairs, strict=True)
        return [part for part, languages in parts if languages.target in kept]

    @property
    def languages(self) -> set[str]:
        """The language pairs that it was taught, such as "en-de"."""
        return {part.languages for part in self.data}

    @property
    def teacher(self) -> str:
        """Its teacher in words: name, fingerprint, and what was changed about it."""
        known, recipe = self.taught_by, self.record.recipe
        changes = [
            f"{key}={recipe[key]}" for key in ("teacher_pooling", "teacher_dim") if recipe.get(key)
        ]
        named = f"{known.name!r} ({known.fingerprint})"
        return f"{named} with {', '.join(changes)}" if changes else named

    @property
    def taught_by(self) -> ModelDescription:
        """What taught it."""
        return self.record.teacher or ModelDescription()


def find_base_run(name: str) -> BaseRun | None:
    """The finished distillation that a recipe names as its student, if it names one.

    Raises:
        InputError: it names a fine-tuned model.
    """
    folder = given_path(name)
    record = find_record(folder)
    if isinstance(record, FinetuneRecord):
        start = record.recipe["model"]
        raise InputError(
            f"student {name!r} is fine-tuned, which a distillation would undo; expected what it "
            f"was fine-tuned from: add languages with --student {start}, then fine-tune again"
        )
    return BaseRun(folder, record) if isinstance(record, DistillRecord) else None


def kept_teacher(base_run: BaseRun, base: str, pooling: str | None, dim: int | None) -> Path:
    """The folder in which the student's run kept the teacher that it adapted.

    To change the teacher anew would make another one: its principal components are those of the
    sentences of one run.

    Args:
        base_run: the student's run.
        base: fingerprint of the teacher before it is changed.
        pooling: in place of its own, as the new recipe has it.
        dim: that it is shortened to, as the new recipe has it.

    Raises:
        InputError: the student was taught by another.
        MissingFileError: the folder is gone.
    """
    known, recipe = base_run.taught_by, base_run.record.recipe
    had = (known.base, recipe.get("teacher_pooling"), recipe.get("teacher_dim"))
    if (base, pooling, dim) != had:
        raise _another(base_run, f"{base} with teacher_pooling={pooling}, teacher_dim={dim}")
    folder = base_run.folder / (known.folder or "")
    if not folder.is_dir():
        raise MissingFileError(
            f"{str(folder)!r} is not there; expected the teacher that student "
            f"{str(base_run.folder)!r} was distilled from: copy it there from the run that made it"
        )
    return folder


def check_teacher(base_run: BaseRun, teacher: SentenceEncoder) -> None:
    """Refuse any teacher or prompt but those that the student was distilled from.

    Raises:
        InputError: it is another.
    """
    known = base_run.taught_by
    if known.fingerprint != teacher.model_fingerprint:
        raise _another(base_run, f"{teacher.name!r} ({teacher.model_fingerprint})")
    prompt = teacher.prompt if known.prompt is None else known.prompt  # not recorded before
    if prompt != teacher.prompt:
        raise InputError(
            f"student {str(base_run.folder)!r} was distilled from its teacher with the prompt "
            f"{prompt!r}, not {teacher.prompt!r}; expected the same, or its languages are pulled "
            f"apart: {f'set prompt={prompt!r}' if prompt else 'leave prompt out'}"
        )


def _another(base_run: BaseRun, given: str) -> InputError:
    """The error for a different teacher."""
    return InputError(
        f"student {str(base_run.folder)!r} was distilled from {base_run.teacher}, not from "
        f"{given}; expected the same teacher, or its languages are pulled apart: name it, "
        "teacher_pooling and teacher_dim as that run did"
    )


def match_earlier_draw(base_run: BaseRun, loaded: LoadedPairs) -> LoadedPairs | None:
    """Draw the pairs that an earlier run drew from a place; None if it learned from others.

    Args:
        base_run: the run.
        loaded: all pairs of the place, wherever it lies now.
    """
    for part in base_run.data:
        if part.languages == loaded.report.languages:
            drawn = draw_pairs(loaded, drawn_before(part.kept, part.dropped))
            if drawn.report.fingerprint == part.fingerprint:
                return drawn
    return None


def load_replay(
    base_run: BaseRun, given: Sequence[ParallelSentences], cleaning: Cleaning
) -> list[LoadedPairs]:
    """Load the pairs of an earlier run, except in languages that come with new pairs.

    Args:
        base_run: the run.
        given: pairs that come with this one.
        cleaning: how pairs are cleaned.

    Returns:
        Those of each place; where that run drew some of them, the same are drawn.

    Raises:
        MissingFileError: they are gone.
        InputError: the run had another source language.
    """
    source = given[0].source_language
    named = {f"{part.source_language}-{part.target_language}" for part in given}
    replay = []
    for part in base_run.data:
        if part.languages in named:
            continue
        try:
            place = parse_where(part.where)
            if place.languages.source != source:
                raise InputError(
                    f"student {str(base_run.folder)!r} was taught from {place.languages.source!r}, "
                    f"the new pairs start from {source!r}; expected one source language"
                )
            if any(map(is_pipe, place.locations)):
                raise MissingFileError(f"{place.text} was a pipe, which cannot be read again")
            loaded = load_parallel(place, cleaning=cleaning)
        except MissingFileError as error:
            raise MissingFileError(
                f"{error}; the student's earlier languages are rehearsed while new ones are added: "
                "give their pairs with --pairs, or set student.replay=0"
            ) from error
        drawn = draw_pairs(loaded, drawn_before(part.kept, part.dropped))
        if part.fingerprint != drawn.report.fingerprint:
            logger.warning(
                "%s are no longer the pairs that student %r was taught; they are rehearsed as they "
                "are now, and the teacher embeds the new ones",
                part.where,
                str(base_run.folder),
            )
        replay.append(drawn)
    return replay


def sample_replay(
    parts: Sequence[ParallelSentences], new: int, share: float
) -> list[ParallelSentences]:
    """Sample earlier pairs so that they make up a share of all target sentences.

    Args:
        parts: training pairs of the earlier languages.
        new: training pairs of the new ones.
        share: of earlier pairs among all, in [0, 1).

    Returns:
        A part of each, in proportion to its size, at least a pair; all of it where there are fewer
        than wanted.
    """
    total = sum(map(len, parts))
    wanted = min(1.0, share / (1.0 - share) * new / max(1, total))
    return [draw_by_source(part, max(1, round(wanted * len(part)))) for part in parts]
