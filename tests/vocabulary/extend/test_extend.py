"""What holds for every kind of teacher whose vocabulary is extended."""
# ruff: noqa: RUF001 - Ukrainian has letters that look Latin

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tokenizers import Tokenizer

from isogloss.errors import InputError, IsoglossError, ModelShapeError
from isogloss.vocabulary.extend import EXTENDERS, ExtendedTokenizer, extend_vocabulary
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    State,
    is_unsegmented,
    load_tokenizer,
    share_unchanged,
    token_ids,
    with_settled_added_tokens,
)

NAMES = ("bert", "roberta", "clip", "llama", "xlmr", "deberta", "albert")
SETTINGS = VocabularySettings(size=1_500, source_share=0.02)


@pytest.fixture(scope="module")
def students(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> dict[str, ExtendedTokenizer]:
    return {name: extend_vocabulary(teachers[name], languages, english, SETTINGS) for name in NAMES}


def number_of_tokens(tokenizer: Tokenizer, sentences: list[str]) -> int:
    return sum(len(ids) for ids in token_ids(tokenizer, sentences))


@pytest.mark.parametrize("name", NAMES)
def test_teacher_ids_keep_their_tokens(
    name: str, teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    before = load_tokenizer(teachers[name]).get_vocab()
    after = students[name].tokenizer.get_vocab()
    assert {token: after[token] for token in before} == before
    assert students[name].n_old == max(before.values()) + 1


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_contiguous(name: str, students: dict[str, ExtendedTokenizer]) -> None:
    student = students[name]
    ids = student.tokenizer.get_vocab().values()
    assert sorted(ids) == list(range(student.size))
    assert list(student.tied) == list(range(student.n_old, student.size))
    assert student.size > student.n_old + 400
    assert all(student.tied.values())


@pytest.mark.parametrize("name", NAMES)
def test_special_tokens_are_found_under_their_ids(
    name: str, teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    before, after = load_tokenizer(teachers[name]), students[name].tokenizer
    specials = [entry["content"] for entry in teachers[name]["added_tokens"]]
    assert len(specials) >= 2
    for token in specials:
        assert after.encode(token, add_special_tokens=False).tokens[-1] == token
        assert after.token_to_id(token) == before.token_to_id(token)
    listed = {entry["content"]: entry["id"] for entry in students[name].state["added_tokens"]}
    assert listed == {token: before.token_to_id(token) for token in specials}


@pytest.mark.parametrize("name", NAMES)
def test_state_survives_a_round_trip(
    name: str, students: dict[str, ExtendedTokenizer], languages: dict[str, list[str]]
) -> None:
    student = students[name]
    again = Tokenizer.from_str(Tokenizer.from_str(json.dumps(student.state)).to_str())
    assert again.get_vocab() == student.tokenizer.get_vocab()
    for sentences in languages.values():
        assert list(token_ids(again, sentences[:20])) == list(
            token_ids(student.tokenizer, sentences[:20])
        )


@pytest.mark.parametrize("name", NAMES)
def test_target_text_is_cut_into_few_known_tokens(
    name: str,
    teachers: dict[str, Any],
    students: dict[str, ExtendedTokenizer],
    languages: dict[str, list[str]],
) -> None:
    teacher, student = load_tokenizer(teachers[name]), students[name].tokenizer
    unknown = {i for t in ("[UNK]", "<unk>") if (i := student.token_to_id(t)) is not None}
    for code, sentences in languages.items():
        letters = sum(not c.isspace() for s in sentences for c in s)
        n_tokens = number_of_tokens(student, sentences)
        assert not any(unknown & set(ids) for ids in token_ids(student, sentences)), code
        if teachers[name]["model"]["type"] != "Unigram":  # for its training this is little text
            assert n_tokens < (0.7 if is_unsegmented(sentences) else 0.6) * letters, code
        if name in ("roberta", "llama") or code == "de":
            assert n_tokens < 0.8 * number_of_tokens(teacher, sentences), code


@pytest.mark.parametrize("name", NAMES)
def test_source_text_keeps_its_cut(
    name: str,
    teachers: dict[str, Any],
    students: dict[str, ExtendedTokenizer],
    english: list[str],
) -> None:
    share = share_unchanged(load_tokenizer(teachers[name]), students[name].tokenizer, english)
    assert share == students[name].source_unchanged
    assert share >= 0.98


@pytest.mark.parametrize("name", NAMES)
def test_no_source_word_is_cut_anew_at_share_zero(
    name: str, teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    german = {"de": languages["de"]}
    source = [*english, "In the garden, under the apple tree, sat a gentle old man."]
    loose = extend_vocabulary(
        teachers[name], german, source, VocabularySettings(size=400, source_share=100.0)
    )
    strict = extend_vocabulary(
        teachers[name], german, source, VocabularySettings(size=400, source_share=0.0)
    )
    assert strict.source_unchanged == 1.0
    assert loose.source_unchanged < 1.0
    assert strict.dropped_for_source > loose.dropped_for_source
    assert strict.size > strict.n_old + 50


@pytest.mark.parametrize("name", NAMES)
def test_teacher_is_not_changed(
    name: str, teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    before = copy.deepcopy(teachers[name])
    extend_vocabulary(teachers[name], {"uk": languages["uk"]}, english, SETTINGS)
    assert teachers[name] == before


@pytest.mark.parametrize("name", NAMES)
def test_no_targets_give_the_teacher(
    name: str, teachers: dict[str, Any], english: list[str]
) -> None:
    student = extend_vocabulary(teachers[name], {}, english, SETTINGS)
    assert student.size == student.n_old
    assert student.source_unchanged == 1.0


def test_new_ids_follow_the_order_of_the_languages(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    targets = {"uk": languages["uk"], "ko": languages["ko"]}
    for name in ("bert", "roberta", "xlmr"):
        student = extend_vocabulary(teachers[name], targets, english, SETTINGS)
        ukrainian = [i for i, text in student.tied.items() if "і" in text]
        korean = [i for i, text in student.tied.items() if "다" in text]
        assert max(ukrainian) < min(korean)


def test_pieces_of_equal_text_are_tied(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    for name in ("bert", "roberta", "clip", "xlmr"):
        student = extend_vocabulary(teachers[name], {"uk": languages["uk"]}, english, SETTINGS)
        holders = [i for i, text in student.tied.items() if text == "ї"]
        assert len(holders) >= 1 + (name in ("bert", "clip"))  # at its beginning, within a word


def test_other_models_are_refused_by_name(english: list[str]) -> None:
    state = {"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}
    with pytest.raises(
        ModelShapeError, match=r"WordLevel.*expected one of WordPiece, BPE, Unigram"
    ):
        extend_vocabulary(state, {"de": ["ein Haus"]}, english, SETTINGS)


@pytest.mark.parametrize("texts", [[], ["", " "]])
def test_language_without_text_is_refused(
    texts: list[str], teachers: dict[str, Any], english: list[str]
) -> None:
    with pytest.raises(InputError, match="'de' has no text"):
        extend_vocabulary(teachers["bert"], {"de": texts}, english, SETTINGS)


def test_shared_ids_are_refused() -> None:
    vocabulary = {"[UNK]": 0, "a": 1, "b": 3}  # a hole: the added token falls on b
    state = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None,
        "pre_tokenizer": None, "post_processor": None, "decoder": None,
        "added_tokens": [
            {"id": 4, "content": "[MASK]", "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": False, "special": True}
        ],
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }  # fmt: skip
    with pytest.raises(ModelShapeError, match=r"\['\[MASK\]', 'b'\] share an id") as caught:
        with_settled_added_tokens(state)
    assert isinstance(caught.value, IsoglossError)


def test_unsegmented_languages(languages: dict[str, list[str]]) -> None:
    assert is_unsegmented(languages["ja"])
    assert is_unsegmented(["ภาษาไทยไม่มีช่องว่าง", "今天天气很好", "OK"])
    assert not any(is_unsegmented(languages[code]) for code in ("de", "uk", "hi", "ko"))
    assert not is_unsegmented(["12, 13!"])


@pytest.mark.parametrize(("characters", "read"), [(40, 3), (60, 3), (20, 6)])
def test_a_vocabulary_is_learnt_from_the_first_texts_and_short_ones_count_less(
    teachers: dict[str, Any], monkeypatch: pytest.MonkeyPatch, characters: int, read: int
) -> None:
    seen: dict[str, Sequence[str]] = {}
    extend = EXTENDERS["WordPiece"]

    def noting(
        state: State,
        texts: Mapping[str, Sequence[str]],
        source: Sequence[str],
        settings: VocabularySettings,
    ) -> ExtendedTokenizer:
        seen.update(texts)
        return extend(state, texts, source, settings)

    monkeypatch.setitem(EXTENDERS, "WordPiece", noting)  # type: ignore[arg-type]
    texts = [f"text {k} ".ljust(characters, ".") for k in range(8)]
    extend_vocabulary(teachers["bert"], {"de": texts}, [], VocabularySettings(max_sentences=3))
    assert seen["de"] == texts[:read]
