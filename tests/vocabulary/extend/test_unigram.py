"""Unigram teachers: scores on the teacher's scale, and ids that nothing moves."""

import copy
import json
import math
from typing import Any

import pytest
from tokenizers import Tokenizer, models, trainers

from isogloss.vocabulary.extend import ExtendedTokenizer, extend_vocabulary
from isogloss.vocabulary.extend.unigram import EVEN_MIXTURE, MIN_SHARED, on_teacher_scale
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import load_tokenizer, token_ids, with_settled_added_tokens

SETTINGS = VocabularySettings(size=1_500)


@pytest.fixture(scope="module")
def students(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> dict[str, ExtendedTokenizer]:
    names = ("xlmr", "deberta", "albert")
    return {name: extend_vocabulary(teachers[name], languages, english, SETTINGS) for name in names}


def test_plain_appending_would_move_an_added_token(teachers: dict[str, Any]) -> None:
    """Why added tokens are settled first: their id is not what tokenizer.json says."""
    before = load_tokenizer(teachers["deberta"]).token_to_id("<mask>")
    assert before == len(teachers["deberta"]["model"]["vocab"])
    naive = copy.deepcopy(teachers["deberta"])
    naive["model"]["vocab"].append(["Bäcker", -9.0])
    assert Tokenizer.from_str(json.dumps(naive)).token_to_id("<mask>") == before + 1
    settled = with_settled_added_tokens(teachers["deberta"])
    settled["model"]["vocab"].append(["Bäcker", -9.0])
    tokenizer = Tokenizer.from_str(json.dumps(settled))
    assert tokenizer.token_to_id("<mask>") == before
    assert tokenizer.id_to_token(before + 1) == "Bäcker"


@pytest.mark.parametrize("name", ["xlmr", "deberta"])
def test_mask_and_new_pieces_do_not_collide(
    name: str, teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    mask = load_tokenizer(teachers[name]).token_to_id("<mask>")
    student = students[name]
    assert mask == student.n_old - 1
    encoding = student.tokenizer.encode("Die Kinder<mask>.", add_special_tokens=False)
    assert dict(zip(encoding.tokens, encoding.ids, strict=True))["<mask>"] == mask
    assert student.state["model"]["vocab"][mask][0] == "<mask>"


@pytest.mark.parametrize("name", ["xlmr", "deberta", "albert"])
def test_teacher_entries_come_first_unchanged(
    name: str, teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    old, new = teachers[name]["model"], students[name].state["model"]
    assert new["vocab"][: len(old["vocab"])] == old["vocab"]
    assert new["unk_id"] == old["unk_id"]


def test_no_new_piece_is_likelier_than_its_parts(
    teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    model = teachers["xlmr"]["model"]
    scores = dict(model["vocab"])
    bare = load_tokenizer(teachers["xlmr"] | {"normalizer": None, "pre_tokenizer": None})
    new = students["xlmr"].state["model"]["vocab"][students["xlmr"].n_old :]
    several = 0
    for piece, score in new:
        parts = bare.encode(piece, add_special_tokens=False).tokens
        known = [scores[part] for part in parts if part in scores and part != "<unk>"]
        several += len(known) > 1
        assert score <= min(known, default=0.0)
        assert score >= min(scores.values())
    assert several > 20


@pytest.mark.parametrize("code", ["de", "uk", "ja", "hi", "ko"])
def test_cut_is_nearly_as_short_as_that_of_the_language_alone(
    code: str,
    teachers: dict[str, Any],
    students: dict[str, ExtendedTokenizer],
    languages: dict[str, list[str]],
) -> None:
    teacher = load_tokenizer(teachers["xlmr"])
    alone = Tokenizer(models.Unigram())
    alone.normalizer, alone.pre_tokenizer = teacher.normalizer, teacher.pre_tokenizer
    trainer = trainers.UnigramTrainer(
        vocab_size=SETTINGS.size,
        special_tokens=["<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    alone.train_from_iterator(languages[code], trainer)
    shortest, ours = (
        sum(len(ids) for ids in token_ids(tokenizer, languages[code]))
        for tokenizer in (alone, students["xlmr"].tokenizer)
    )
    assert ours < 1.25 * shortest


def scaled(n_shared: int, learnt_offset: float) -> dict[str, float]:
    """Scores of the new piece "zz" where shared pieces score `learnt_offset` higher when learnt."""
    letters = [chr(0x3B1 + i) for i in range(n_shared)]
    vocabulary: list[list[Any]] = [
        ["<unk>", 0.0],
        ["low", -30.0],
        *([c, -5.0 - i / 100] for i, c in enumerate(letters)),
    ]
    teacher: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
        "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None,
        "model": {"type": "Unigram", "unk_id": 0, "vocab": vocabulary, "byte_fallback": False},
    }  # fmt: skip
    learnt = {c: score + learnt_offset for c, score in vocabulary[2:]}
    return on_teacher_scale(teacher, learnt | {"zz": -8.0, "yyyy": -100.0})


def test_scores_are_shifted_as_those_of_shared_pieces() -> None:
    assert scaled(MIN_SHARED, 3.0) == {"zz": pytest.approx(-11.0), "yyyy": -30.0}


def test_scores_are_halved_where_too_little_is_shared() -> None:
    assert math.exp(EVEN_MIXTURE) == pytest.approx(0.5)
    assert scaled(MIN_SHARED - 1, 3.0)["zz"] == pytest.approx(-8.0 + math.log(0.5))
    assert scaled(MIN_SHARED, -2.0)["zz"] == pytest.approx(-8.0 + math.log(0.5))


def test_marks_that_the_teacher_strips_are_kept(students: dict[str, ExtendedTokenizer]) -> None:
    tokenizer = students["albert"].tokenizer
    for text in ("Übung", "їй", "がぎ", "한국"):
        tokens = tokenizer.encode(text, add_special_tokens=False).tokens
        assert "".join(tokens).removeprefix("▁") in (text.lower(), "<unk>" * len(tokens))
    assert tokenizer.encode("Ü").ids != tokenizer.encode("U").ids


def test_byte_fallback_stays(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    teacher = copy.deepcopy(teachers["deberta"])
    teacher["added_tokens"] = teacher["added_tokens"][:4]
    teacher["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in range(256)]
    teacher["model"]["byte_fallback"] = True
    student = extend_vocabulary(teacher, {"uk": languages["uk"]}, english, SETTINGS)
    encoding = student.tokenizer.encode("їжак 飲", add_special_tokens=False)
    assert encoding.tokens[-3:] == ["<0xE9>", "<0xA3>", "<0xB2>"]
    assert "ї" in "".join(encoding.tokens)
    assert student.source_unchanged == 1.0


def test_fewer_pieces_than_letters_make_no_error(teachers: dict[str, Any]) -> None:
    settings = VocabularySettings(size=2)
    texts = {"ja": ["猫が庭で眠る。", "犬は川を泳ぐ。"] * 40}
    extended = extend_vocabulary(teachers["xlmr"], texts, ["A cat sleeps."], settings)
    assert "<unk>" not in extended.tokenizer.encode("猫が眠る").tokens
