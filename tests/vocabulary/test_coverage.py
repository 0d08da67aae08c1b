"""The share of letters that a tokenizer reads: each letter once, whatever it is cut into."""

import json

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from isogloss.vocabulary.coverage import SAMPLE, character_coverage


def state(vocabulary: list[str], normalizer: normalizers.Normalizer | None = None) -> dict:
    pieces = {piece: number for number, piece in enumerate(["[UNK]", *vocabulary])}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return json.loads(tokenizer.to_str())


def test_letters_of_unknown_words_are_not_read() -> None:
    known = state(["a", "##b", "."])
    assert character_coverage(known, ["ab ab. cd"]) == 4 / 6
    assert character_coverage(known, ["cd"]) == 0.0
    assert character_coverage(known, ["ab", "cd cd cd"]) == 2 / 8


def test_a_text_without_letters_is_read() -> None:
    assert (
        character_coverage(state(["."]), ["1999 !", ""])
        == character_coverage(state(["."]), [])
        == 1.0
    )


def test_a_letter_in_several_tokens_counts_once() -> None:
    syllable = ["ᄒ", "##ᅡ", "##ᆫ"]  # of one Korean letter, taken apart by the normalizer
    apart = state(syllable, normalizers.NFD())
    assert character_coverage(apart, ["한 국"]) == 0.5


def test_a_long_text_is_sampled_evenly() -> None:
    known = state(["a", "##b"])
    assert character_coverage(known, ["ab", "cd"] * SAMPLE) == 1.0
    assert character_coverage(known, ["ab"] * SAMPLE + ["cd"] * SAMPLE) == 0.5
