"""Trimming a model: smaller, the same vectors for its languages, an honest account."""

import json
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from transformers import AutoModel

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder, load_sentence_transformer
from isogloss.errors import InputError, MissingFileError, OutputFolderError, UnknownLanguageError
from isogloss.recipes.trim import trim
from isogloss.samples import read_rows
from isogloss.students.build import build_student
from isogloss.students.new_tokens import TransplantSettings
from isogloss.students.pretrained import PretrainedSettings
from isogloss.students.vocabulary.extension import VocabularySettings

ROWS = read_rows("train")
GERMAN = [row["de"] for row in ROWS]
ENGLISH = [row["en"] for row in ROWS]


@pytest.fixture(scope="module", params=["transplant", "static"])
def model(
    request: pytest.FixtureRequest, tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A student of two languages in two scripts."""
    out = tmp_path_factory.mktemp("model") / request.param
    pairs = [
        ParallelSentences("en", code, ENGLISH, [row[code] for row in ROWS]) for code in ("de", "uk")
    ]
    settings = TransplantSettings(vocabulary=VocabularySettings(size=300))
    build_student(request.param, tiny_teacher, pairs, out, settings, PretrainedSettings())
    return out


def test_the_languages_kept_have_the_same_vectors(model: Path, tmp_path: Path) -> None:
    text = tmp_path / "de.txt"
    text.write_text("\n".join([*GERMAN, *ENGLISH]) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    report = trim(str(model), out, languages=["de", "en"], texts=[text])
    assert report.tokens_after < 0.9 * report.tokens_before
    assert report.bytes_after < report.bytes_before
    assert (report.cut_alike, report.compared) == (1.0, 2 * len(ROWS) // 20 + 1)
    assert report.cosine_min == pytest.approx(1.0, abs=1e-5)
    assert json.loads((out / "trim.json").read_text("utf-8"))["report"]["cut_alike"] == 1.0
    texts = ["Guten Morgen, schöne Welt!", "Where is the station?", ""]
    expected = SentenceTransformer(str(model), device="cpu").encode(texts)
    np.testing.assert_allclose(
        SentenceTransformer(str(out), device="cpu").encode(texts), expected, atol=1e-5
    )
    ukrainian = [row["uk"] for row in ROWS[:50]]
    assert np.isfinite(load_encoder(out).encode(ukrainian)).all()


def test_letters_of_the_text_decide_without_languages(model: Path, tmp_path: Path) -> None:
    text = tmp_path / "en.txt"
    text.write_text("\n".join(ENGLISH), encoding="utf-8")
    report = trim(str(model), tmp_path / "out", texts=[text])
    assert report.cut_alike is not None
    assert report.cut_alike > 0.98  # a held-out line may have a letter that no other line has
    assert report.tokens_after < report.tokens_before


def test_a_budget(model: Path, tmp_path: Path) -> None:
    text = tmp_path / "en.txt"
    text.write_text("\n".join(ENGLISH), encoding="utf-8")
    report = trim(str(model), tmp_path / "out", texts=[text], tokens=400)
    assert report.tokens_after <= 400
    assert report.cut_alike is not None
    assert report.cosine_mean is not None
    assert 0.3 < report.cosine_mean < 1.0


def test_a_body_keeps_its_shape(tiny_teacher: Path, tmp_path: Path) -> None:
    trim(str(tiny_teacher), tmp_path / "out", languages=["de"])
    body = AutoModel.from_pretrained(tmp_path / "out")
    rows = body.get_input_embeddings().weight.shape[0]
    assert body.config.vocab_size == rows
    tokenizer = load_sentence_transformer(tmp_path / "out", device="cpu").tokenizer
    assert len(tokenizer) == rows
    assert body.config.pad_token_id == tokenizer.pad_token_id


def test_mistakes_leave_nothing_behind(tiny_teacher: Path, tmp_path: Path) -> None:
    out, teacher = tmp_path / "out", str(tiny_teacher)
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="nothing says which tokens to keep"):
        trim(teacher, out)
    with pytest.raises(InputError, match="give --text or --languages"):
        trim(teacher, out, texts=[empty])
    with pytest.raises(InputError, match="text of the languages to keep to count"):
        trim(teacher, out, languages=["de"], tokens=300)
    with pytest.raises(UnknownLanguageError):
        trim(teacher, out, languages=["qqqq"])
    with pytest.raises(MissingFileError, match="nowhere"):
        trim(teacher, out, texts=[tmp_path / "nowhere.txt"])
    assert not out.exists()
    with pytest.raises(OutputFolderError):
        trim(teacher, tmp_path, languages=["de"])
