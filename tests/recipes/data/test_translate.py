"""Sets carried into another language: row by row, once each, the unsure set aside."""

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.corpora.sources.patience import UnreachableError
from isogloss.corpora.translation import local
from isogloss.corpora.translation.journal import Journal
from isogloss.corpora.translation.local import LocalModel
from isogloss.corpora.translation.translator import Translation
from isogloss.data import load_parallel
from isogloss.data.cleaning import Cleaning
from isogloss.data.graded.align import read_graded
from isogloss.data.graded.sts import read_sts
from isogloss.data.languages import LanguagePair
from isogloss.errors import DataFormatError, InputError, ModelNotFoundError, OutputFolderError
from isogloss.recipes.data import translate as verb
from isogloss.recipes.data.recipe import TranslateRecipe
from isogloss.recipes.data.translate import estimate, translate

from ...processes import start, wait

LINES = ["the cat sleeps", "a dog runs", "", "the cat sleeps", "all is well"]
SECRET = "sk-very-secret"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def recipe(file: Path, chat: Any, **more: Any) -> TranslateRecipe:
    given = {"file": str(file), "target": "de", "model": "m", "endpoint": chat.url}
    return TranslateRecipe(**(given | {"out": str(file.parent / "out")} | more))


def rows(run: Any) -> list[list[str]]:
    return [line.split("\t") for line in run.file.read_text("utf-8").splitlines()]


def test_each_distinct_text_is_translated_once_and_rows_stay_where_they_are(texts, chat):
    run = translate(recipe(texts, chat, price=(1.0, 2.0)))
    assert chat.asked == ["the cat sleeps", "a dog runs", "all is well"]
    assert rows(run) == [["source", "target"], *([line, line.upper()] for line in LINES)]
    record = run.record
    assert (record.rows, record.texts, record.set_aside) == (5, 3, 1)
    assert (record.tokens_in, record.tokens_out, record.confidence) == (90, 15, "")
    assert record.price == pytest.approx((90 * 1 + 15 * 2) / 1e6)
    cleaning = Cleaning(drop_identical=False)  # the stand-in turns texts into capitals
    read = load_parallel(f"en-de={run.file}", cleaning=cleaning).report
    assert (read.kept, read.dropped) == (3, {"empty": 1, "duplicate": 1})
    assert "translated by `m`" in (run.folder / "report.md").read_text("utf-8")


def test_what_was_translated_is_never_paid_for_again(texts, chat):
    first = translate(recipe(texts, chat))
    again = translate(recipe(texts, chat), overwrite=True)
    other = translate(recipe(texts, chat, out=str(texts.parent / "other")))
    assert rows(first) == rows(again) == rows(other) and len(chat.asked) == 3
    translate(recipe(texts, chat, target="fr"), overwrite=True)
    assert len(chat.asked) == 6


def test_an_estimate_asks_nobody(texts, chat):
    found = estimate(recipe(texts, chat, price=(1.0, 2.0)))
    assert (found.rows, found.texts, found.done, found.characters) == (5, 3, 0, 35)
    assert found.price == pytest.approx((found.tokens_in + 2 * found.tokens_out) / 1e6)
    assert chat.keys == [] and not (texts.parent / "out").exists()
    translate(recipe(texts, chat))
    assert estimate(recipe(texts, chat)).done == 3


def test_a_server_that_asks_for_patience_gets_it(texts, chat, waits):
    chat.faults = [(429, {"Retry-After": "7"}), 503, "cut"]
    translate(recipe(texts, chat))
    assert waits == [7.0, 2.0, 4.0]
    assert len(chat.asked) == 4  # one answer was cut off


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([401], "401.*set OPENAI_API_KEY"),
        ([400], "refuses .400"),
        ([(302, {"Location": "http://127.0.0.1:9/"})], "refuses .302"),
        (['{"error": "no"}'], "expected the form of OpenAI"),
        ([(429, {"Retry-After": "9999"})], "asks to wait 9,999 s"),
        ([503] * 9, "failed, 6 times"),
    ],
)
def test_a_server_that_refuses_is_told_in_a_line(texts, chat, waits, faults, said):
    chat.faults = faults
    with pytest.raises(UnreachableError, match=said) as caught:
        translate(recipe(texts, chat))
    assert "\n" not in str(caught.value)


def test_the_key_is_sent_and_never_shown_or_written(texts, chat, waits, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    chat.faults = [400]
    with pytest.raises(UnreachableError) as caught:
        translate(recipe(texts, chat))
    translate(recipe(texts, chat), overwrite=True)
    assert chat.keys[-1] == f"Bearer {SECRET}"
    assert SECRET not in str(caught.value)
    written = [path for path in texts.parent.rglob("*") if path.is_file()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    with pytest.raises(InputError, match="not encrypted"):
        translate(recipe(texts, chat, endpoint="http://example.org/v1"), overwrite=True)


def test_graded_pairs_keep_their_scores_and_unsure_ones_go(tmp_path, chat, monkeypatch):
    class Judge:
        name, fingerprint, dim = "judge", "judge", 2

        def encode(self, texts: list[str], **_: Any) -> Any:
            angles = [0.9 if text == "ONE BAD ONE" else 0.0 for text in texts]
            return np.array([[np.cos(a), np.sin(a)] for a in angles], np.float32)

    monkeypatch.setattr(verb, "check_model", lambda name: None)
    monkeypatch.setattr(verb, "open_encoder", lambda name, prompt: Judge())
    path = tmp_path / "sts.tsv"
    pairs = [f"{n % 6}\tsentence {n}\tanother {n}" for n in range(12)]
    pairs[4] = "4\tone bad one\tanother 4"
    path.write_text("\n".join(pairs) + "\n", encoding="utf-8")
    run = translate(recipe(path, chat, sts=True, judge="j"))
    made = rows(run)
    assert made[0] == ["score", "sentence1", "sentence2", "confidence"] and len(made) == 13
    assert made[5] == ["4", "", "", f"{np.cos(0.9):.4f}"]
    assert made[1] == ["0", "SENTENCE 0", "ANOTHER 0", "1.0000"]
    rejects = (run.folder / "rejects" / "sts.tsv").read_text("utf-8")
    assert rejects.startswith("5\tunsure translation: 0.6216\t") and "ONE BAD ONE" in rejects
    assert len(read_sts(run.file)) == 11
    read = read_graded([f"en={path}", f"de={run.file}"], min_confidence=0.7)
    assert read.account["de"]["unsure"] == 1
    assert (
        translate(
            recipe(path, chat, sts=True, judge="j", min_confidence=0.5), overwrite=True
        ).record.set_aside
        == 0
    )


def test_a_model_on_this_machine_translates_and_says_how_sure_it_is(texts, marian, monkeypatch):
    monkeypatch.setenv("ISOGLOSS_CACHE", str(texts.parent / "cache"))
    given = {"file": str(texts), "target": "de", "model": str(marian)}
    run = translate(TranslateRecipe(**given, out=str(texts.parent / "out"), min_confidence=0.0))
    made = rows(run)
    assert made[0] == ["source", "target", "confidence"] and len(made) == 6
    assert 0 < run.record.confidence_mean < 1
    assert run.record.confidence == "mean probability of a token, by the translator"
    assert made[1] == made[4] and made[3] == ["", "", "0.0000"]


def test_a_batch_gives_what_each_text_gives_alone(marian):
    model = LocalModel(str(marian), LanguagePair("en", "de"))
    texts = ["the cat sleeps here now .", "dog"]
    alone = [model.translate([text])[0] for text in texts]
    for one, other in zip(model.translate(texts), alone, strict=True):
        assert one.text == other.text and one.score == pytest.approx(other.score, abs=1e-5)


def test_what_is_cut_off_is_no_translation(marian, monkeypatch):
    model = LocalModel(str(marian), LanguagePair("en", "de"))
    whole = model.translate(["the cat sleeps ."])[0]
    monkeypatch.setattr(local, "LONGEST", 4)
    assert model.translate(["the cat sleeps here now ."])[0].score == 0.0 < whole.score


def test_a_model_of_other_target_languages_is_refused(marian, tmp_path):
    folder = tmp_path / "several"
    shutil.copytree(marian, folder)
    path = folder / "tokenizer.json"
    state = json.loads(path.read_text("utf-8"))
    state["model"]["vocab"][">>fra<<"] = len(state["model"]["vocab"])
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(InputError, match="does not know de"):
        LocalModel(str(folder), LanguagePair("en", "de"))
    assert LocalModel(str(folder), LanguagePair("en", "fr")).fingerprint


def test_what_is_no_translation_model_is_told(tmp_path, tiny_teacher):
    for name in (tmp_path / "nowhere", tiny_teacher):
        with pytest.raises(ModelNotFoundError, match="translation model"):
            LocalModel(str(name), LanguagePair("en", "de"))


KILLED = """
import sys, time
from isogloss.recipes.data.recipe import TranslateRecipe
from isogloss.recipes.data.translate import translate
translate(TranslateRecipe(file=sys.argv[1], target="de", model="m", endpoint=sys.argv[2],
                          out=sys.argv[3]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_goes_on_and_asks_for_nothing_twice(tmp_path, chat, monkeypatch):
    path, out = tmp_path / "many.txt", tmp_path / "out"
    path.write_text("".join(f"sentence {n}\n" for n in range(400)), encoding="utf-8")
    process = start(KILLED, path, chat.url, out)
    while len(chat.asked) < 20 and process.exitcode is None:
        time.sleep(0.01)
    process.kill()
    assert wait(process) == -9
    before = len(chat.asked)
    assert before < 400
    run = translate(recipe(path, chat), resume=True)
    assert run.record.texts == 400
    assert len(chat.asked) <= 401  # the one that was on its way
    assert sorted(set(chat.asked)) == sorted(f"sentence {n}" for n in range(400))


def test_an_interruption_says_that_translations_are_kept(tmp_path, chat, monkeypatch):
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"sentence {n}\n" for n in range(40)), encoding="utf-8")
    translated, add = [], Journal.add

    def stopped(self: Journal, text: str, translation: Translation) -> None:
        add(self, text, translation)
        translated.append(text)
        if len(translated) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "add", stopped)
    with pytest.raises(KeyboardInterrupt) as caught:
        translate(recipe(path, chat))
    kept = "translations that are made are kept: the same command goes on with --resume"
    assert caught.value.__notes__[0].startswith(kept)
    monkeypatch.undo()
    assert translate(recipe(path, chat), resume=True).record.texts == 40


def test_a_line_that_was_not_finished_is_cut_off(tmp_path):
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.add("one", Translation("eins", 0.5))
        journal.add("two", Translation("zwei"))
    whole = path.read_bytes()
    for damage in (whole[:-4], whole + b'["ab', whole + b"\xff\xfe\n"):
        path.write_bytes(damage)
        with Journal(path) as journal:
            assert journal["one"] == Translation("eins", 0.5)
            journal.add("three", Translation("drei"))
        with Journal(path) as journal, pytest.raises(OutputFolderError, match="another process"):
            assert journal["three"].text == "drei"
            Journal(path)


@pytest.mark.parametrize(
    ("more", "error"),
    [({"target": "en"}, InputError), ({"endpoint": "ftp://x"}, InputError), ({}, DataFormatError)],
)
def test_mistakes_are_told_before_anything_is_asked(texts, chat, more, error):
    if not more:
        texts.write_text("\n\n", encoding="utf-8")
    with pytest.raises(error):
        translate(recipe(texts, chat, **more))
    for sts in (True, False):  # of two files one would be left out
        both = Path(f"{texts},{__file__}")
        with pytest.raises(InputError, match="names two files"):
            translate(recipe(both, chat, sts=sts, out=str(texts.parent / "both")))
    assert chat.keys == []
