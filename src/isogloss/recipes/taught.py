"""The prompt that a teacher had when it taught a student: its targets are those of no other."""

import logging
from pathlib import Path

from isogloss.encoders.encoder import SentenceEncoder
from isogloss.paths import given_path
from isogloss.protocols import NO_ROLE, Encoder, Role, model_fingerprint
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.record import FinetuneRecord, TrainingRecord, find_record

logger = logging.getLogger(__name__)


def teacher_of(model: Path | str) -> ModelDescription | None:
    """The teacher of a model, as the run tells that made it; None where none does.

    A fine-tuning without a teacher holds on to what it began with: the run before it tells.

    Args:
        model: folder of the model.

    Raises:
        DataFormatError: a `run.json` is damaged, or of a later version.
    """
    record = find_record(model)
    if isinstance(record, FinetuneRecord) and record.teacher is None:
        start = given_path(str(record.recipe.get("model", "")))
        earlier, known = find_record(start), record.start.fingerprint
        same = isinstance(earlier, TrainingRecord) and earlier.student.fingerprint == known
        return teacher_of(start) if same and known else None
    return record.teacher if record else None


def taught_prompt(teacher: Encoder, student: Path | str) -> str | None:
    """The prompt that a teacher taught a student with; None where no run tells, or of another one.

    Args:
        teacher: with any prompt.
        student: folder of a model.

    Raises:
        DataFormatError: see `teacher_of`.
    """
    known = teacher_of(student)
    if known is None or known.fingerprint != model_fingerprint(teacher):
        return None
    return known.prompt


def as_taught(
    teacher: SentenceEncoder, student: Path | str, way_out: str, role: Role = NO_ROLE
) -> SentenceEncoder:
    """A teacher with the prompt that it taught a student with; a warning tells of another prompt.

    Args:
        teacher: as it was loaded, with its own prompts.
        student: folder of a model.
        way_out: what sets another prompt, as the end of a sentence.
        role: that the texts are read in.

    Returns:
        The teacher itself, where it has this prompt, or no run tells of one, or of another teacher.

    Raises:
        DataFormatError: see `teacher_of`.
    """
    prompt = taught_prompt(teacher, student)
    if prompt is None or prompt == teacher.prompt_for(role):
        return teacher
    logger.warning(
        "teacher %s is used with the prompt %r, with which it taught %s; %s",
        teacher.name,
        prompt,
        student,
        way_out,
    )
    return teacher.with_prompt(prompt)
