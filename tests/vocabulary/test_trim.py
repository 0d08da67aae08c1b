"""Trimmed vocabularies: the same cuts for the languages kept, ids that fit, nothing unspellable."""

import json
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from isogloss.errors import InputError, ModelShapeError
from isogloss.vocabulary.tokenizer_json import count_tokens, load_tokenizer, token_ids
from isogloss.vocabulary.trim import Pieces, scripts_in, scripts_of, trimmed
from isogloss.vocabulary.trim_model import TrimSettings, kept_languages

FAMILIES = ["bert", "roberta", "clip", "xlmr", "deberta"]


def read(state: dict[str, Any]) -> Pieces:
    tokenizer = load_tokenizer(state)
    pads = [tokenizer.token_to_id(name) for name in ("[PAD]", "<pad>")]
    return Pieces.of(state, [pad for pad in pads if pad is not None])


def cut(state: dict[str, Any], texts: list[str]) -> list[list[str]]:
    tokenizer = load_tokenizer(state)
    names = {i: name for name, i in tokenizer.get_vocab(with_added_tokens=True).items()}
    return [[names[i] for i in ids] for ids in token_ids(tokenizer, texts)]


@pytest.mark.parametrize("family", FAMILIES)
def test_text_in_the_letters_that_stay_is_cut_as_before(
    family: str, teachers: dict[str, Any], english: list[str], languages: dict[str, list[str]]
) -> None:
    pieces = read(teachers[family])
    used = {i for ids in token_ids(load_tokenizer(pieces.state), english) for i in ids}
    spelled = pieces.spelled({c for i in used for c in pieces.texts[i]})
    kept = np.array(sorted(pieces.closed(spelled | used)))
    state = trimmed(pieces, kept)
    assert cut(state, english) == cut(teachers[family], english)
    tokenizer = load_tokenizer(state)
    ids = tokenizer.get_vocab(with_added_tokens=True).values()
    assert sorted(ids) == list(range(len(kept)))
    others = [i for texts in languages.values() for ids in token_ids(tokenizer, texts) for i in ids]
    assert max(others) < len(kept)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_budget_is_kept_and_no_word_is_lost(
    family: str, teachers: dict[str, Any], english: list[str]
) -> None:
    pieces = read(teachers[family])
    counts = count_tokens(load_tokenizer(pieces.state), english, len(pieces.names))
    used = {int(i) for i in np.flatnonzero(counts)}
    spelled = used | pieces.spelled({c for i in used for c in pieces.texts[i]})
    least, most = (
        len(pieces.most_used(uses, spelled, spelled, 10_000_000))
        for uses in (np.zeros_like(counts), counts)
    )
    budget = least + (most - least) // 10
    assert least < budget < most
    kept = pieces.most_used(counts, spelled, spelled, budget)
    assert least < len(kept) <= budget
    state = trimmed(pieces, np.array(sorted(kept)))
    unknown = {"[UNK]", "<unk>"}
    before = sum(len(unknown & set(tokens)) for tokens in cut(teachers[family], english))
    after = sum(len(unknown & set(tokens)) for tokens in cut(state, english))
    assert after <= before


def word_ends() -> Pieces:
    """BPE of two scripts whose pieces at the end of a word are marked so, as HerBERT has it."""
    names = ["<unk>", *"людwar", *(f"{c}</w>" for c in "лдrw"), "лю", "люд</w>", "wa", "war</w>"]
    merges = [("л", "ю"), ("лю", "д</w>"), ("w", "a"), ("wa", "r</w>")]
    vocabulary = {name: number for number, name in enumerate(names)}
    model = models.BPE(vocabulary, merges, unk_token="<unk>", end_of_word_suffix="</w>")
    return Pieces.of(json.loads(Tokenizer(model).to_str()))


def test_the_mark_of_a_words_end_is_no_letter() -> None:
    pieces = word_ends()
    cyrillic = {i for i, name in enumerate(pieces.names) if set(name) & set("люд")}
    assert pieces.written_in(["Cyrl"]) == cyrillic
    assert not pieces.can_write(["Latn"], cyrillic)
    assert pieces.can_write(["Cyrl"], cyrillic)


def test_single_letters_at_the_end_of_a_word_stay_within_a_budget() -> None:
    pieces = word_ends()
    everything = set(range(len(pieces.names)))
    kept = pieces.most_used(np.zeros(len(everything), np.int64), everything, everything, 11)
    assert {pieces.names[i] for i in kept} == {"<unk>", *"людwar", *(f"{c}</w>" for c in "лдrw")}


def test_a_merge_within_a_word_loses_the_mark_of_its_second_part() -> None:
    names = ["<unk>", "w", "##a", "##r", "л", "##ю", "wa", "war", "лю"]
    model = models.BPE(
        {name: number for number, name in enumerate(names)},
        [("w", "##a"), ("wa", "##r"), ("л", "##ю")],
        unk_token="<unk>",
        continuing_subword_prefix="##",
    )
    state = json.loads(Tokenizer(model).to_str())
    pieces = Pieces.of(state)
    latin = pieces.closed({names.index("war")})
    assert {names[i] for i in latin} == {"<unk>", "w", "##a", "##r", "wa", "war"}
    smaller = trimmed(pieces, np.array(sorted(latin)))
    assert cut(smaller, ["war", "wa"]) == cut(state, ["war", "wa"]) == [["war"], ["wa"]]
    assert len(smaller["model"]["merges"]) == 2


def test_bytes_at_the_end_of_a_word_are_bytes() -> None:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = [*letters, *(f"{letter}</w>" for letter in letters), "the</w>", "th"]
    vocabulary = {name: number for number, name in enumerate(names)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces = Pieces.of(json.loads(tokenizer.to_str()))
    assert pieces.fixed == frozenset(range(2 * len(letters)))
    assert pieces.texts[-2:] == ["the", "th"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das Haus steht am Fluß.", ["Latn"]),
        ("Дім стоїть біля річки. " * 20 + "OK", ["Cyrl"]),
        ("Das Haus. Дім.", ["Latn", "Cyrl"]),
        ("かな 家 42", ["Jpan", "Hans"]),
        ("家 42", ["Hans"]),
        ("집 42", ["Kore"]),
        ("42!", []),
    ],
)
def test_scripts_of_a_text(text: str, expected: list[str]) -> None:
    assert scripts_in(text.split(), ["Latn", "Cyrl", "Jpan", "Kore", "Hans"]) == expected
    assert scripts_in([], ["Latn"]) == []


def test_languages_that_a_trim_leaves() -> None:
    known = ["zh-CN", "zh-TW", "ja", "ko", "de"]
    for asked, expected in (
        (["zh"], ["zh-CN", "zh-TW"]),
        (["ja", "de"], ["ja", "de"]),
        (["ko"], ["ko"]),
    ):
        found = kept_languages(known, [], TrimSettings(tuple(asked)))
        assert set(found) == set(expected)
    assert kept_languages(known, ["Das Haus.", "房子在河边。"], TrimSettings()) == [
        "zh-CN",
        "zh-TW",
        "de",
    ]


def test_a_budget_too_small_names_what_it_must_hold(
    teachers: dict[str, Any], english: list[str]
) -> None:
    pieces = read(teachers["xlmr"])
    counts = count_tokens(load_tokenizer(pieces.state), english, len(pieces.names))
    spelled = pieces.spelled("abc")
    with pytest.raises(InputError, match=r"budget of 5 tokens does not hold the \d+"):
        pieces.most_used(counts, spelled, spelled, 5)


@pytest.mark.parametrize(
    ("texts", "scripts", "expected"),
    [
        (["haus", "дім", "家", "42", "!?"], ["Latn"], ["haus", "42", "!?"]),
        (["haus", "дім", "家", "かな", "カナ"], ["Jpan"], ["家", "かな", "カナ"]),
        (["haus", "дім", "naïve"], ["Latn", "Cyrl"], ["haus", "дім", "naïve"]),
    ],
)
def test_scripts(texts: list[str], scripts: list[str], expected: list[str]) -> None:
    pieces = Pieces({}, texts, texts)
    assert [texts[i] for i in sorted(pieces.written_in(scripts))] == expected


@pytest.mark.parametrize(
    ("texts", "script", "expected"),
    [
        (["haus", "дім", "42"], "Latn", True),
        (["haus", "42", "!?"], "Cyrl", False),
        (["42", "។", "!?"], "Khmr", False),
        (["家"], "Jpan", True),
    ],
)
def test_digits_and_punctuation_are_no_letters(
    texts: list[str], script: str, expected: bool
) -> None:
    pieces = Pieces({"model": {}}, texts, texts)
    assert pieces.can_write([script], range(len(texts))) is expected
    assert not pieces.can_write([], range(len(texts)))


def test_bytes_spell_every_letter(teachers: dict[str, Any]) -> None:
    for family, expected in (("roberta", True), ("llama", True), ("clip", False)):
        pieces = read(teachers[family])
        assert pieces.can_write(["Khmr"], pieces.fixed) is expected


def test_scripts_of_languages() -> None:
    assert scripts_of(["de", "uk", "ja", "zh-Hant", "fr"]) == ["Latn", "Cyrl", "Jpan", "Hant"]


def test_a_merge_keeps_its_parts(teachers: dict[str, Any]) -> None:
    pieces = read(teachers["roberta"])
    longest = max(range(len(pieces.names)), key=lambda i: len(pieces.texts[i]))
    state = trimmed(pieces, np.array(sorted(pieces.closed({longest}))))
    text = pieces.texts[longest]
    assert cut(state, [text]) == cut(teachers["roberta"], [text])


def test_special_tokens_of_a_post_processor_are_renumbered(teachers: dict[str, Any]) -> None:
    pieces = read(teachers["xlmr"])
    state = dict(pieces.state)
    last = len(pieces.names) - 1
    state["post_processor"] = {
        "type": "RobertaProcessing",
        "sep": [pieces.names[last], last],
        "cls": [pieces.names[0], 0],
        "trim_offsets": True,
        "add_prefix_space": True,
    }
    kept = np.array([*sorted(pieces.fixed - {last}), last])
    changed = trimmed(Pieces(state, pieces.names, pieces.texts, pieces.fixed), kept)
    assert changed["post_processor"]["sep"] == [pieces.names[last], len(kept) - 1]
    assert changed["post_processor"]["cls"] == [pieces.names[0], 0]


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ModelShapeError, match="WordLevel"):
        Pieces.of({"model": {"type": "WordLevel", "vocab": {}}, "added_tokens": []})
