"""WordPiece teachers whose normalizer strips marks."""

from typing import Any

import pytest
from tokenizers import Tokenizer

from isogloss.vocabulary.extend import ExtendedTokenizer, extend_vocabulary
from isogloss.vocabulary.extend.wordpiece import isolating_unknown
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import load_tokenizer

SETTINGS = VocabularySettings(size=1_500)


@pytest.fixture(scope="module")
def student(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> ExtendedTokenizer:
    return extend_vocabulary(teachers["bert"], languages, english, SETTINGS)


def test_the_same_text_gives_the_same_vocabulary(
    student: ExtendedTokenizer,
    teachers: dict[str, Any],
    languages: dict[str, list[str]],
    english: list[str],
) -> None:
    """Ties between pieces are many in a small text."""
    for _ in range(3):
        again = extend_vocabulary(teachers["bert"], languages, english, SETTINGS)
        assert again.state == student.state


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return tokenizer.encode(text, add_special_tokens=False).tokens


@pytest.mark.parametrize(
    ("marked", "plain"), [("мій", "мии"), ("Tür", "tur"), ("が", "か"), ("їхній", "іхніи")]
)
def test_marks_of_the_target_languages_count(
    marked: str, plain: str, student: ExtendedTokenizer, teachers: dict[str, Any]
) -> None:
    tokenizer = student.tokenizer
    written = "".join(token.removeprefix("##") for token in tokens(tokenizer, marked))
    assert written == marked.lower()
    assert tokens(tokenizer, marked) != tokens(tokenizer, plain)


def test_teacher_would_have_lost_them(teachers: dict[str, Any]) -> None:
    teacher = load_tokenizer(teachers["bert"])
    assert tokens(teacher, "früh") == tokens(teacher, "fruh")


def test_hangul_syllables_stay_whole(student: ExtendedTokenizer) -> None:
    for sentence in ("학교 운동장에서", "한글"):
        written = "".join(tokens(student.tokenizer, sentence)).replace("##", "")
        syllables = [c for c in written if c not in "[UNK]"]
        assert all("가" <= c <= "힣" for c in syllables)
    assert tokens(student.tokenizer, "학교") == ["학교"]


def test_marks_of_no_target_language_are_stripped_as_before(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    german = {"de": languages["de"]}
    student = extend_vocabulary(teachers["bert"], german, english, SETTINGS).tokenizer
    teacher = load_tokenizer(teachers["bert"])
    sentence = "We drank coffee in the café, said the naïve clown."
    assert tokens(student, sentence) == tokens(teacher, sentence)
    assert tokens(student, "café") == tokens(teacher, "cafe")


def test_no_unknown_word_is_made_of_known_letters(student: ExtendedTokenizer) -> None:
    """Every letter stays a piece although longer pieces cover all its uses in the training text."""
    for word in ("їїжщ", "ґїж", "übüß", "क़ी"):
        assert "[UNK]" not in tokens(student.tokenizer, word)


def test_han_characters_stay_words_unless_a_target_writes_han_words(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    def handles_han(targets: dict[str, list[str]]) -> bool:
        state = extend_vocabulary(teachers["bert"], targets, english, SETTINGS).state
        bert = state["normalizer"]["normalizers"][0]
        assert bert["type"] == "BertNormalizer"
        return bool(bert["handle_chinese_chars"])

    thai = ["แมวนอนอยู่ใต้โต๊ะ", "ฉันดื่มกาแฟทุกเช้า", "เด็กเล่นอยู่ในสวน"] * 4
    assert handles_han({"th": thai})
    assert handles_han({"ko": languages["ko"]})
    assert not handles_han({"ja": languages["ja"]})


def test_japanese_is_cut_into_words(student: ExtendedTokenizer) -> None:
    words = ["私", "##は", "毎朝", "パン", "##を"]
    assert tokens(student.tokenizer, "私は毎朝パンを食べて")[:5] == words


def test_one_unknown_character_does_not_take_its_run_with_it(student: ExtendedTokenizer) -> None:
    assert tokens(student.tokenizer, "鴉は毎朝パンを")[0] == "[UNK]"
    assert tokens(student.tokenizer, "毎朝鴉毎朝") == ["毎朝", "[UNK]", "毎朝"]


def test_more_characters_may_be_known_than_a_pattern_can_list(
    student: ExtendedTokenizer,
) -> None:
    unknown = {"鴉", "鵲", "龜"}
    han = [chr(code) for code in range(0x4E00, 0x9FA6) if chr(code) not in unknown]
    vocabulary = dict(student.state["model"]["vocab"])
    for piece in [*han, *(f"##{character}" for character in han)]:
        vocabulary.setdefault(piece, len(vocabulary))
    state = student.state | {"model": student.state["model"] | {"vocab": vocabulary}}
    tokenizer = load_tokenizer(isolating_unknown(state))
    assert len(han) > 20_000
    assert tokens(tokenizer, "毎朝鴉毎朝") == ["毎朝", "[UNK]", "毎朝"]
    for character in ("一", "龥", "鴊", "鴋"):
        assert "[UNK]" not in tokens(tokenizer, f"毎{character}")


def test_a_character_seen_once_is_known_wherever_it_stands(student: ExtendedTokenizer) -> None:
    for word in ("傘", "毎朝傘", "傘毎朝"):
        assert "[UNK]" not in tokens(student.tokenizer, word)
