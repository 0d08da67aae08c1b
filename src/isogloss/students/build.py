"""One door to all kinds of student."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_sentence_transformer, tokenize
from isogloss.encoders.names import find_model
from isogloss.errors import ModelShapeError
from isogloss.students.transplant import TransplantSettings, build_transplant


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


def build_student(
    kind: str,
    teacher: Path,
    dim: int,
    pairs: Sequence[ParallelSentences],
    out: Path,
    settings: TransplantSettings,
) -> BuiltStudent:
    """Make a student.

    Args:
        kind: "transplant", or the folder or hub name of a pretrained multilingual encoder.
        teacher: the teacher's folder.
        dim: width of the teacher's embeddings.
        pairs: training sentences.
        out: folder to write the student to.
        settings: of a transplant.

    Raises:
        ModelShapeError: the student's width is not the teacher's, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
    """
    if kind == "transplant":
        report = build_transplant(teacher, pairs, out, settings)
        return BuiltStudent(out, report.tokens_before, asdict(report))
    model = _load_pretrained(kind, dim)
    model.save_pretrained(str(out), create_model_card=False)
    body: Any = model[0].auto_model
    table = body.get_input_embeddings().weight
    report_of = {
        "kind": "pretrained",
        "name": kind,
        "tokens_after": table.shape[0],
        "parameters": sum(p.numel() for p in model.parameters()),
    }
    return BuiltStudent(out, None, report_of)


def check_student(kind: str, dim: int) -> None:
    """Refuse a student that cannot be built, before minutes of work.

    Args:
        kind: as for `build_student`.
        dim: width of the teacher's embeddings.

    Raises:
        ModelShapeError: the student's width is not the teacher's, or its tokenizer will not do.
        ModelNotFoundError: nothing has that name.
    """
    if kind != "transplant":
        _load_pretrained(kind, dim)


def _load_pretrained(kind: str, dim: int) -> SentenceTransformer:
    """A pretrained encoder that gives vectors of a width."""
    model = load_sentence_transformer(find_model(kind), device="cpu")
    width = model.get_embedding_dimension()
    if width != dim:
        raise ModelShapeError(
            f"student {kind!r} gives vectors of width {width}, the teacher {dim}; expected the "
            "same width: choose a student of that width, or --student transplant"
        )
    tokenize(model, ["probe"])
    return model
