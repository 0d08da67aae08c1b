"""One door to all kinds of student."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.saved_tokenizer import tokenizer_state
from isogloss.encoders.tokens import is_static, token_embeddings
from isogloss.errors import ModelShapeError
from isogloss.students.new_tokens import (
    TransplantReport,
    TransplantSettings,
    check_vocabulary,
)
from isogloss.students.pretrained import (
    PretrainedSettings,
    build_pretrained,
    fitted,
    kept_tokens,
)
from isogloss.students.start import Start, StartPairs
from isogloss.students.static import build_static
from isogloss.students.transplant import build_transplant
from isogloss.vocabulary.trim_model import Trimmed

Builder = Callable[
    [Path, Sequence[ParallelSentences], Path, TransplantSettings, Sequence[str]], TransplantReport
]
BUILDERS: Mapping[str, Builder] = {"transplant": build_transplant, "static": build_static}
"""The students that are made of the teacher, by their name."""


@dataclass(frozen=True)
class BuiltStudent:
    """An untrained student on disk.

    Attributes:
        folder: its Sentence Transformers folder.
        n_old: tokens it shares with the teacher, whose embeddings may learn at a rate of their own;
            None for a student with a vocabulary of its own.
        report: what was made, JSON-able.
    """

    folder: Path
    n_old: int | None
    report: dict[str, Any]


@dataclass(frozen=True, eq=False)
class PretrainedStudent:
    """What a pretrained student will be.

    Attributes:
        model: fitted to the teacher.
        kept: the tokens that a trim will keep; None for all.
    """

    model: SentenceTransformer
    kept: Trimmed | None


def build_student(
    kind: str,
    teacher: Path,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings,
    pretrained: PretrainedSettings,
    guarded: Sequence[str] = (),
    start: StartPairs | None = None,
    method: Start = "auto",
) -> BuiltStudent:
    """Make a student.

    Args:
        kind: "transplant", "static", or the folder or hub name of a pretrained multilingual
            encoder.
        teacher: the teacher's folder.
        pairs: training sentences.
        out: folder to write the student to.
        settings: of the new tokens of a student that is made of the teacher.
        pretrained: of a pretrained encoder.
        guarded: text of languages that a finished student knows, whose cut should stay as it is.
        start: pairs that a pretrained student's vectors are brought near the teacher's with.
        method: how, see `start_near_teacher`.

    Raises:
        ModelShapeError: the student is no encoder, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
        InputError: a setting does not fit the encoder, or it cannot be trimmed so far.
    """
    if kind in BUILDERS:
        made = BUILDERS[kind](teacher, pairs, out, settings, guarded)
        return BuiltStudent(out, made.tokens_before, asdict(made))
    report = build_pretrained(kind, teacher, both_sides(pairs), out, pretrained, start, method)
    return BuiltStudent(out, None, asdict(report))


def both_sides(pairs: Sequence[ParallelSentences]) -> list[str]:
    """All sentences of some pairs, of all languages."""
    return [text for part in pairs for side in (part.source, part.target) for text in side]


def check_student(
    kind: str,
    teacher: SentenceTransformer,
    pretrained: PretrainedSettings,
    pairs: Sequence[ParallelSentences],
) -> PretrainedStudent | None:
    """Refuse a student that cannot be built, before minutes of work.

    Args:
        kind: as for `build_student`.
        teacher: the loaded teacher.
        pretrained: of a pretrained encoder.
        pairs: training sentences, which a trim goes by.

    Returns:
        A pretrained student, not trimmed yet; None of another kind.

    Raises:
        ModelShapeError: the student is no encoder, or its tokenizer will not do; the teacher has no
            body to transplant, or a tokenizer that cannot be extended.
        ModelNotFoundError: nothing has that name.
        InputError: a setting does not fit the encoder, or it cannot be trimmed so far.
    """
    if kind not in BUILDERS:
        student = fitted(kind, teacher, pretrained)
        return PretrainedStudent(student, kept_tokens(student, both_sides(pairs), pretrained))
    if kind == "transplant" and is_static(teacher):
        raise ModelShapeError(
            "the teacher is a static table of tokens, which has no body; expected an encoder for a "
            "transplant: choose another teacher, or --student static"
        )
    check_vocabulary(tokenizer_state(teacher.tokenizer), len(token_embeddings(teacher).weight))
    return None
