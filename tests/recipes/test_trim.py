"""Trimming a model: smaller, the same vectors for its languages, an honest account."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from isogloss.data.parallel import ParallelSentences
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.tokens import is_static
from isogloss.errors import InputError, MissingFileError, OutputFolderError, UnknownLanguageError
from isogloss.recipes import trim as trimming
from isogloss.recipes.distill.replay import find_base_run
from isogloss.recipes.trim import trim
from isogloss.samples import read_rows
from isogloss.students.settings import TransplantSettings
from isogloss.students.static import Static
from isogloss.students.transplant import Transplant
from isogloss.vocabulary.settings import VocabularySettings

ROWS = read_rows("train")
GERMAN = [row["de"] for row in ROWS]
ENGLISH = [row["en"] for row in ROWS]


@pytest.fixture(scope="module", params=[Transplant, Static])
def model(
    request: pytest.FixtureRequest, tiny_teacher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A student of two languages in two scripts."""
    out = tmp_path_factory.mktemp("model") / request.param.kind
    pairs = [
        ParallelSentences("en", code, ENGLISH, [row[code] for row in ROWS]) for code in ("de", "uk")
    ]
    settings = TransplantSettings(vocabulary=VocabularySettings(size=300))
    request.param(settings).build(tiny_teacher, pairs, out)
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


@pytest.fixture(scope="module")
def finished(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same student as the folder of a finished run."""
    folder = tmp_path_factory.mktemp("finished") / "de-uk"
    shutil.copytree(model, folder)
    teacher = {"name": "nobody/teacher", "fingerprint": "0123456789abcdef", "dim": 32}
    counts = {"tokens_before": 800, "tokens_after": 1_400, "new_tokens": 600, "parameters": 10**6}
    cut = {code: {"teacher": 30.0, "student": 12.0} for code in ("de", "uk")}
    run = {
        "isogloss": "0.1.0",
        "command": "distill",
        "recipe": {"teacher": "nobody/teacher", "out": "runs/de-uk"},
        "teacher": teacher,
        "student": {"kind": model.name, "static": model.name == "static", "dim": 32}
        | counts
        | {"tokens_per_sentence": cut, "source_unchanged": 0.99, "fingerprint": "before"},
        "data": [
            {"languages": f"en-{code}", "where": f"en-{code}=pairs/{code}.tsv", "kept": 9}
            for code in ("de", "uk")
        ],
        "training": {"steps": 9},
    }
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    row = {"model": "trained", "task": "bitext", "languages": "en-uk", "n": 9}
    scores = [row | {"metric": "accuracy_mean", "value": 0.5}]
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    return folder


def test_the_account_of_a_run_is_that_of_the_trimmed_student(
    finished: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report = trim(str(finished), out, languages=["de"])
    before, run = (json.loads((f / "run.json").read_text("utf-8")) for f in (finished, out))
    student = run["student"]
    assert (student["tokens_after"], student["tokens_before"]) == (report.tokens_after, 800)
    weights = sum(p.numel() for p in load_sentence_transformer(out, device="cpu").parameters())
    assert student["parameters"] == report.parameters_after == weights
    assert student["fingerprint"] == load_encoder(out).model_fingerprint
    assert not {"new_tokens", "tokens_per_sentence", "source_unchanged"} & set(student)
    assert run["languages"] == ["en", "de"]
    assert run["trim"] == json.loads((out / "trim.json").read_text("utf-8"))
    assert run["trim"]["fingerprint"] == load_encoder(finished).model_fingerprint
    for same in ("command", "recipe", "teacher", "data", "training"):
        assert run[same] == before[same]
    assert not (out / "scores.json").exists()


def test_the_card_of_a_trimmed_student_says_what_is_gone(finished: Path, tmp_path: Path) -> None:
    text = tmp_path / "uk.txt"
    text.write_text("\n".join(row["uk"] for row in ROWS), encoding="utf-8")
    report = trim(str(finished), tmp_path / "out", texts=[text])
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "\n# teacher in Ukrainian\n" in card
    assert "`de-uk` without the tokens that it is not meant for. It keeps every token" in card
    assert f"| tokens | {report.tokens_before:,} | {report.tokens_after:,} |" in card
    assert f"| vocabulary, tokens | {report.tokens_after:,} |" in card
    assert f"Of {report.compared} sentences" in card
    assert "- It keeps only tokens spelled in the letters of a text" in card
    assert "- It has not been evaluated since it was trimmed." in card
    assert ("It is a mean over tokens" in card) is is_static(load_sentence_transformer(finished))
    assert "50.0" not in card
    assert str(tmp_path) not in card


def test_a_changed_teacher_goes_along(finished: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(finished, changed)
    (changed / "teacher").mkdir()
    (changed / "teacher" / "modules.json").write_text("[]", encoding="utf-8")
    run = json.loads((changed / "run.json").read_text("utf-8"))
    run["teacher"]["folder"] = "teacher"
    (changed / "run.json").write_text(json.dumps(run), encoding="utf-8")
    trim(str(changed), tmp_path / "out", languages=["de"])
    assert (tmp_path / "out" / "teacher" / "modules.json").read_text("utf-8") == "[]"


def test_a_trimmed_student_learns_more(finished: Path, tmp_path: Path) -> None:
    for languages, expected in ((["de"], ["de"]), (["de", "uk"], ["de", "uk"]), (["uk"], ["uk"])):
        out = tmp_path / "-".join(languages)
        trim(str(finished), out, languages=languages)
        earlier = find_base_run(str(out))
        assert earlier is not None
        places = [part.where for part in earlier.data]
        assert places == [f"en-{code}=pairs/{code}.tsv" for code in expected]


def test_a_plain_model_and_the_run_of_an_evaluation_bring_no_account(
    model: Path, tmp_path: Path
) -> None:
    evaluated = tmp_path / "evaluated"
    shutil.copytree(model, evaluated)
    (evaluated / "run.json").write_text('{"command": "evaluate"}', encoding="utf-8")
    for folder in (model, evaluated):
        out = tmp_path / f"{folder.name}-small"
        trim(str(folder), out, languages=["de"])
        assert (out / "trim.json").exists()
        assert not {"run.json", "README.md"} & {path.name for path in out.iterdir()}


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


def test_vectors_of_a_sample_are_compared_and_the_cut_of_all(
    tiny_teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "en.txt"
    text.write_text("\n".join(ENGLISH), encoding="utf-8")
    held_out = len(ENGLISH[::20])
    for most, expected in ((held_out - 1, -(-held_out // 2)), (held_out, held_out), (7, 7)):
        monkeypatch.setattr(trimming, "MAX_COMPARED", most)
        out = tmp_path / f"out{most}"
        report = trim(str(tiny_teacher), out, texts=[text])
        assert (report.compared, report.cosines) == (held_out, expected)
        account = json.loads((out / "trim.json").read_text("utf-8"))["report"]
        assert (account["compared"], account["cosines"]) == (held_out, expected)


@pytest.mark.parametrize("languages", [["km"], ["en", "km"]])
def test_a_language_of_which_no_letter_would_stay_is_refused(
    languages: list[str], tiny_teacher: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        InputError, match=r"letter of 'km' \(script Khmr\).*can spell: leave it out"
    ):
        trim(str(tiny_teacher), tmp_path / "out", languages=languages)
    assert not (tmp_path / "out").exists()


def test_a_budget_that_leaves_a_language_no_letter_is_refused(model: Path, tmp_path: Path) -> None:
    text = tmp_path / "en.txt"
    text.write_text("\n".join(ENGLISH), encoding="utf-8")
    with pytest.raises(InputError, match=r"letter of 'uk' \(script Cyrl\).*or give --text in it"):
        trim(str(model), tmp_path / "out", languages=["en", "uk"], texts=[text], tokens=600)


@pytest.mark.parametrize("family", ["bert", "xlm-roberta"])
def test_a_text_that_would_be_unknown_is_refused(
    family: str, make_encoder: Callable[[str], Path], tmp_path: Path
) -> None:
    folder, text = str(make_encoder(family)), tmp_path / "text.txt"
    text.write_text("ខ្ញុំស្រលាញ់ភាសាខ្មែរ 12 នាក់។\n" * 30, encoding="utf-8")
    with pytest.raises(InputError, match=r"text 0\.0% stand .* the model has tokens for"):
        trim(folder, tmp_path / "out", texts=[text])
    text.write_text("\n".join(row["uk"] for row in ROWS), encoding="utf-8")
    with pytest.raises(InputError, match=r"text \d\.\d% stand .* languages that are kept"):
        trim(folder, tmp_path / "out", languages=["de"], texts=[text])
    assert not (tmp_path / "out").exists()
    digits = tmp_path / "digits.txt"
    digits.write_text("12, 30!\n" * 30, encoding="utf-8")
    assert trim(folder, tmp_path / "out", texts=[digits]).cut_alike == 1.0


def test_mistakes_leave_nothing_behind(tiny_teacher: Path, tmp_path: Path) -> None:
    out, teacher = tmp_path / "out", str(tiny_teacher)
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="nothing says which tokens to keep"):
        trim(teacher, out)
    with pytest.raises(InputError, match=r"or it is empty; .* give --text or --languages"):
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
