"""New tokens in scripts without spaces: where their words end, and that no token crosses there."""

from typing import Any

import pytest

from isogloss.vocabulary.extend import extend_vocabulary
from isogloss.vocabulary.extend.words import WORD_END, with_word_ends
from isogloss.vocabulary.settings import VocabularySettings

ON_THE_SOFA = ["我在沙发上休息。", "猫在沙发上。", "他在沙发上看书。", "书在沙发上。"]
"""在沙 ("on the so-") is as frequent as 沙发 ("sofa")."""

KINDS = ("bert", "roberta", "clip", "llama", "xlmr", "deberta", "albert")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("猫在沙发上休息。", ["猫", "在", "沙发", "上", "休息", "。"]),
        ("猫がソファーの上で寝る。", ["猫", "が", "ソファー", "の", "上", "で", "寝る", "。"]),
        ("ผู้ชายกำลังเล่น กีตาร์", ["ผู้ชาย", "กำลัง", "เล่น", " กีตาร์"]),
        ("ຜູ້ຊາຍກຳລັງຫຼິ້ນ", ["ຜູ້ຊາຍ", "ກຳລັງ", "ຫຼິ້ນ"]),
    ],
)
def test_words_end_where_readers_end_them(sentence: str, words: list[str]) -> None:
    assert list(with_word_ends([sentence])) == [WORD_END.join(words)]


@pytest.mark.parametrize("sentence", ["A cat sits.", "고양이가 소파 위에서", "བོད་ཡིག་ནི་"])
def test_other_sentences_stay_as_they_are(sentence: str) -> None:
    assert list(with_word_ends([sentence])) == [sentence]


def test_nothing_but_word_ends_is_put_between() -> None:
    sentences = [*ON_THE_SOFA, "", " 猫 ", "3.5%的pdf␟文件", "👩‍👩‍👧在家"]
    for before, after in zip(sentences, with_word_ends(sentences), strict=True):
        assert after.replace(WORD_END, "") == before.replace(WORD_END, " ")


@pytest.mark.parametrize("kind", KINDS)
def test_no_token_crosses_from_word_to_word(
    kind: str, teachers: dict[str, Any], english: list[str]
) -> None:
    settings = VocabularySettings(size=600, min_count=2)
    student = extend_vocabulary(teachers[kind], {"zh": ON_THE_SOFA * 8}, english, settings)
    new = set(student.tied.values())
    assert not {"在沙", "在沙发", "沙发上", "在沙发上"} & new
    if teachers[kind]["model"]["type"] != "Unigram":  # which needs more text than this
        assert "沙发" in new


def test_a_word_met_alone_is_a_token_inside_a_run_too(
    teachers: dict[str, Any], english: list[str]
) -> None:
    """So are the words of a dictionary."""
    texts = ["芦荟"] * 9 + ["我在芦荟上。"] * 3
    student = extend_vocabulary(
        teachers["bert"], {"zh": texts}, english, VocabularySettings(size=600)
    )
    tokens = student.tokenizer.encode("猫在芦荟上", add_special_tokens=False).tokens
    assert "##芦荟" in tokens
    ends = {"##芦荟", "芦荟"}
    rows = {student.tokenizer.token_to_id(token) for token in ends}
    assert {student.tied[row] for row in rows} == {"芦荟"}


def test_what_is_only_met_together_is_one_word() -> None:
    """ICU knows 抱 and 石 apart; no dictionary has every name."""
    pairs = [f"{a}{b}" for a in "天地人口手" for b in "山川日月水"]
    text = [f"他看{pair}。" for pair in pairs] * 40
    apart, together = "他看抱石。", f"他{WORD_END}看{WORD_END}抱石{WORD_END}。"
    assert list(with_word_ends([*text, apart]))[-1] == together.replace("抱石", f"抱{WORD_END}石")
    assert list(with_word_ends([*text, *[apart] * 8]))[-1] == together
