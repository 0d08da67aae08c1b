"""The static student: means of a table that starts at the teacher's view of single tokens."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import model_files
from isogloss.encoders.tokens import tokenize
from isogloss.samples import read_rows
from isogloss.students.settings import TransplantSettings
from isogloss.students.static import Static
from isogloss.students.transplant import Transplant
from isogloss.training.network import StudentNetwork
from isogloss.vocabulary.settings import VocabularySettings

ROWS = read_rows("train")[:400]
PAIRS = ParallelSentences("en", "de", [row["en"] for row in ROWS], [row["de"] for row in ROWS])
SETTINGS = TransplantSettings(vocabulary=VocabularySettings(size=200))


@pytest.fixture(scope="module")
def student(tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("static") / "student"
    return Static(SETTINGS).build(tiny_teacher, [PAIRS], out)


def test_the_account_counts_the_table(student: Any) -> None:
    assert student.report["kind"] == "static"
    assert student.n_old == student.report["tokens_before"] == 800
    assert student.report["new_tokens"] > 50
    assert student.report["parameters"] == 32 * student.report["tokens_after"]


def test_old_rows_point_where_the_teacher_puts_the_token_alone(
    student: Any, tiny_teacher: Path
) -> None:
    model = load_sentence_transformer(student.folder, device="cpu")
    table: Any = model[0]
    rows = table.embedding.weight.detach().numpy()
    token = next(t for t in ("water", "city", "work", "train") if t in table.tokenizer.get_vocab())
    row = rows[table.tokenizer.token_to_id(token)]
    [alone] = load_encoder(tiny_teacher, precision="fp32").encode([token])
    np.testing.assert_allclose(row / np.linalg.norm(row), alone, atol=1e-4)


def test_a_tokenizer_that_pads_changes_nothing(
    student: Any, tiny_teacher: Path, tmp_path: Path
) -> None:
    padding = tmp_path / "padding"
    shutil.copytree(tiny_teacher, padding)
    tokenizer = Tokenizer.from_file(str(padding / "tokenizer.json"))
    tokenizer.enable_padding(length=40)
    tokenizer.save(str(padding / "tokenizer.json"))
    Static(SETTINGS).build(padding, [PAIRS], tmp_path / "s")
    np.testing.assert_allclose(
        load_encoder(tmp_path / "s").encode(PAIRS.target[:20]),
        load_encoder(student.folder).encode(PAIRS.target[:20]),
        atol=1e-5,
    )


@pytest.mark.parametrize("kind", [Transplant, Static])
@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_a_teacher_in_half_precision_has_a_student_in_float32(
    kind: Any, half: torch.dtype, tiny_teacher: Path, tmp_path: Path
) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu").to(half)
    model.save_pretrained(str(tmp_path / "half"), create_model_card=False)
    out = tmp_path / "student"
    kind(SETTINGS).build(tmp_path / "half", [PAIRS], out)
    [written] = (path for path in model_files(out) if path.suffix == ".safetensors")
    weights = load_file(written)
    assert {weight.dtype for weight in weights.values()} == {torch.float32}


def test_a_table_in_half_precision_grows_in_float32(student: Any, tmp_path: Path) -> None:
    model = load_sentence_transformer(student.folder, device="cpu").bfloat16()
    model.save_pretrained(str(tmp_path / "half"), create_model_card=False)
    out = tmp_path / "grown"
    Static(SETTINGS).build(tmp_path / "half", [PAIRS], out)
    [table] = load_file(out / "0_StaticEmbedding" / "model.safetensors").values()
    assert table.dtype == torch.float32


def test_vectors_are_compared_as_the_teachers(tiny_teacher: Path, tmp_path: Path) -> None:
    model = load_sentence_transformer(tiny_teacher, device="cpu")
    model.similarity_fn_name = "dot"
    model.save_pretrained(str(tmp_path / "dot"), create_model_card=False)
    Static(SETTINGS).build(tmp_path / "dot", [PAIRS], tmp_path / "s")
    assert SentenceTransformer(str(tmp_path / "s"), device="cpu").similarity_fn_name == "dot"


def test_frequent_tokens_start_short(student: Any) -> None:
    table: Any = load_sentence_transformer(student.folder, device="cpu")[0]
    norms = table.embedding.weight.detach().norm(dim=1)
    number = table.tokenizer.token_to_id
    assert norms[number(".")] < 0.1
    assert norms[number("[unused0]") or number("[MASK]")] == pytest.approx(1.0, abs=1e-3)


def test_sentence_transformers_gives_the_same_vectors(student: Any) -> None:
    texts = [*PAIRS.source[:20], *PAIRS.target[:20], ""]
    theirs = SentenceTransformer(str(student.folder), device="cpu")
    assert isinstance(theirs[0], StaticEmbedding)
    expected = theirs.encode(texts)
    encoder = load_encoder(student.folder)
    np.testing.assert_allclose(encoder.encode(texts), expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(expected[:-1], axis=1), 1.0, atol=1e-5)


def test_a_translation_is_near_before_training(student: Any) -> None:
    encoder = load_encoder(student.folder)
    cosines = encoder.encode(PAIRS.source) @ encoder.encode(PAIRS.target).T
    ranks = (cosines > cosines.diagonal()[:, None]).sum(axis=1)
    assert np.median(ranks) < 0.4 * len(PAIRS)  # by chance 0.5: the teacher's body is random


def test_the_network_trains_the_table_alone(student: Any) -> None:
    model = load_sentence_transformer(student.folder, device="cpu")
    network = StudentNetwork(model, student.n_old)
    assert network.static
    network.use_sparse_gradients(True)
    tokens = tokenize(model, ["the water is cold", "ja"])
    width = max(map(len, tokens))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in tokens])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
    vectors = network(ids, mask)
    expected = load_encoder(student.folder).encode(["the water is cold", "ja"])
    np.testing.assert_allclose(vectors.detach().numpy(), expected, atol=1e-6)
    vectors[:, 0].sum().backward()
    assert network.table.grad is not None
    assert set(network.table.grad.coalesce().indices()[0].tolist()) == {
        i for r in tokens for i in r
    }
