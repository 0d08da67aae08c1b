"""What cannot be made of a teacher is refused at the door, before its vectors are asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer, models
from transformers import ByT5Tokenizer, PreTrainedTokenizerFast

from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import ModelShapeError
from isogloss.students.kinds import Student
from isogloss.students.settings import TransplantSettings
from isogloss.students.static import Static
from isogloss.students.transplant import Transplant


def shared_ids() -> Tokenizer:
    """WordPiece with a hole in its vocabulary, and an added token that falls on the last piece."""
    vocabulary = {"[UNK]": 0, "a": 1, "b": 3}
    state = json.loads(Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]")).to_str())
    entry = {"id": 4, "content": "[MASK]", "single_word": False, "lstrip": False, "rstrip": False}
    state["added_tokens"] = [entry | {"normalized": False, "special": True}]
    return Tokenizer.from_str(json.dumps(state))


KINDS = [Transplant(TransplantSettings()), Static(TransplantSettings())]

TOKENIZERS = {
    "has no fast version": ByT5Tokenizer,
    "is a WordLevel model": lambda: Tokenizer(models.WordLevel({"a": 0}, unk_token="a")),
    "share an id": shared_ids,
}


def teacher_with(tokenizer: Any, teacher: Path) -> SentenceTransformer:
    model = load_sentence_transformer(teacher, device="cpu")
    body: Any = model[0]
    fast = isinstance(tokenizer, Tokenizer)
    body.processor = PreTrainedTokenizerFast(tokenizer_object=tokenizer) if fast else tokenizer
    return model


def table_of(n_rows: int, teacher: Path) -> SentenceTransformer:
    """A static teacher that reads as another teacher does."""
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    table = StaticEmbedding(tokenizer, torch.rand(n_rows, 8))
    return SentenceTransformer(modules=[table], device="cpu")


@pytest.mark.parametrize("student", KINDS, ids=lambda student: student.kind)
@pytest.mark.parametrize("message", TOKENIZERS)
def test_a_tokenizer_that_cannot_be_extended(
    student: Student, message: str, tiny_teacher: Path
) -> None:
    model = teacher_with(TOKENIZERS[message](), tiny_teacher)
    with pytest.raises(ModelShapeError, match=message):
        student.check(model, [])


@pytest.mark.parametrize("student", KINDS, ids=lambda student: student.kind)
def test_a_table_with_too_few_rows(student: Student, tiny_teacher: Path) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    student.check(model, [])
    body: Any = model[0]
    body.auto_model.resize_token_embeddings(50)
    with pytest.raises(ModelShapeError, match=r"has 800 tokens, its embedding table 50 rows"):
        student.check(model, [])


def test_a_static_teacher_has_no_body_to_transplant(tiny_teacher: Path) -> None:
    model = table_of(800, tiny_teacher)
    Static(TransplantSettings()).check(model, [])
    with pytest.raises(ModelShapeError, match=r"static table.*--student static"):
        Transplant(TransplantSettings()).check(model, [])
    with pytest.raises(ModelShapeError, match="799 rows"):
        Static(TransplantSettings()).check(table_of(799, tiny_teacher), [])
