"""Words as tokens that leave every other word alone."""

from typing import Any

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from isogloss.data import ParallelSentences
from isogloss.students.new_tokens import add_tokens
from isogloss.students.settings import TransplantSettings
from isogloss.vocabulary.extend import extend_vocabulary
from isogloss.vocabulary.extend.whole_words import count_words, word_pattern
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import load_tokenizer

ENGLISH = ["Allergies are rare.", "The allegory of the cave", "Alleys at night", "Go ahead"] * 10
GERMAN = ["Alle sind da.", "Wir alle, ohne Ausnahme!", "Für alle (auch Kinder)"] * 10
SETTINGS = VocabularySettings(size=200, min_count=3, source_share=0.001, word_count=5)


@pytest.fixture(scope="module")
def extended(teachers: dict[str, Any]) -> Any:
    return extend_vocabulary(teachers["bert"], {"de": GERMAN}, ENGLISH, SETTINGS)


def test_a_word_is_one_token_and_the_source_is_cut_as_before(
    extended: Any, teachers: dict[str, Any]
) -> None:
    student, teacher = extended.tokenizer, load_tokenizer(teachers["bert"])
    for text in ("Alle sind da.", "alle", "(alle)", "Wir alle, alle!"):
        assert "alle" in student.encode(text).tokens
    for text in [*ENGLISH, "alleys", "parallel", "alles", "recalled"]:
        assert "alle" not in student.encode(text).tokens
    assert [student.encode(text).ids for text in ENGLISH] == [
        teacher.encode(text).ids for text in ENGLISH
    ]
    assert extended.source_unchanged == 1.0


def test_ids_are_one_row_each_and_known_by_their_text(extended: Any) -> None:
    student = extended.tokenizer
    ids = student.get_vocab(with_added_tokens=True).values()
    assert sorted(ids) == list(range(extended.size))
    assert extended.tied[student.token_to_id("alle")] == "alle"


def test_transformers_reads_them_too(extended: Any) -> None:
    fast = PreTrainedTokenizerFast(tokenizer_object=extended.tokenizer)
    text = "Alle sind da, alle!"
    assert fast(text, add_special_tokens=False)["input_ids"] == extended.tokenizer.encode(text).ids
    assert len(fast) == extended.size


@pytest.mark.parametrize("change", [{"word_count": 0}, {"word_count": 31}])
def test_rare_words_and_none_at_all(teachers: dict[str, Any], change: dict[str, int]) -> None:
    settings = VocabularySettings(size=200, min_count=3, source_share=0.001, **change)  # type: ignore[arg-type]
    extended = extend_vocabulary(teachers["bert"], {"de": GERMAN}, ENGLISH, settings)
    assert "alle" not in extended.tokenizer.encode("alle").tokens


def test_a_word_of_the_source_language_is_none_of_ours(teachers: dict[str, Any]) -> None:
    german = [*GERMAN, *["Das Meeting beginnt, im Meeting"] * 10]
    english = [*ENGLISH, *["The meeting begins."] * 10]
    extended = extend_vocabulary(teachers["bert"], {"de": german}, english, SETTINGS)
    added = [entry["content"] for entry in extended.state["added_tokens"]]
    assert "meeting" not in added


def test_text_without_spaces_has_no_words(teachers: dict[str, Any]) -> None:
    japanese = ["今日はいい天気ですね", "明日は学校に行きます"] * 20
    extended = extend_vocabulary(teachers["bert"], {"ja": japanese}, ENGLISH, SETTINGS)
    assert not [e for e in extended.state["added_tokens"] if e["single_word"]]


def test_marks_belong_to_a_word(teachers: dict[str, Any]) -> None:
    assert word_pattern().findall("हिन्दी में, и\u0306x") == ["हिन्दी", "में", "и\u0306x"]
    counts = count_words(load_tokenizer(teachers["bert"]), ["Früh FRÜH spät"])
    assert counts == {"fruh": 2, "spat": 1}


def test_a_word_that_another_language_makes_a_piece_keeps_its_row(extended: Any) -> None:
    """A student that has the word "alle" learns a language in which "alle" begins words."""
    old = np.random.default_rng(0).normal(size=(extended.size, 4)).astype(np.float32)
    pairs = ParallelSentences(
        "en", "tr", ["Go ahead", "Rare at night"] * 30, ["alle allede", "allemek alle allesi"] * 30
    )
    settings = TransplantSettings(vocabulary=SETTINGS)
    grown = add_tokens(extended.state, old, [pairs], settings)
    student = grown.extended.tokenizer
    assert "alle" in grown.extended.state["model"]["vocab"]
    ids = student.get_vocab(with_added_tokens=True).values()
    assert sorted(ids) == list(range(grown.extended.size)) == list(range(len(grown.rows)))
    before = extended.tokenizer.token_to_id("alle")
    assert np.array_equal(grown.rows[student.token_to_id("alle")], old[before])
    assert student.encode("Alle sind da.").tokens[:1] == ["alle"]
