"""BPE teachers: new merges join neighbors of the teacher's cut and nothing else."""

import copy
import json
from collections import Counter
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from isogloss.vocabulary.extend import ExtendedTokenizer, extend_vocabulary
from isogloss.vocabulary.extend.bpe import MARKED_WORDS, is_byte_level, piece_text
from isogloss.vocabulary.extend.bpe_merges import learn_merges
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import load_tokenizer

SETTINGS = VocabularySettings(size=1_500, source_share=0.02)


@pytest.fixture(scope="module")
def german_roberta(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> tuple[Tokenizer, Tokenizer]:
    targets = {"de": languages["de"], "ja": languages["ja"]}
    student = extend_vocabulary(teachers["roberta"], targets, english, SETTINGS)
    return load_tokenizer(teachers["roberta"]), student.tokenizer


@pytest.fixture(scope="module")
def students(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> dict[str, ExtendedTokenizer]:
    names = ("roberta", "clip", "llama")
    return {name: extend_vocabulary(teachers[name], languages, english, SETTINGS) for name in names}


def ends(tokenizer: Tokenizer, text: str) -> set[int]:
    """Where tokens end, in bytes from the beginning."""
    tokens = tokenizer.encode(text, add_special_tokens=False).tokens
    return set(accumulate(len(token) for token in tokens))


@given(text=st.text(alphabet="adeirstüßÄ .,私のこ飲1", max_size=40))
@settings(deadline=None)
def test_student_only_joins_pieces_of_the_teacher(
    text: str, german_roberta: tuple[Tokenizer, Tokenizer]
) -> None:
    teacher, student = german_roberta
    assert ends(student, text) <= ends(teacher, text)


def test_student_really_joins(german_roberta: tuple[Tokenizer, Tokenizer]) -> None:
    teacher, student = german_roberta
    sentence = "Der Bäcker öffnet seinen Laden früh am Morgen."
    assert len(ends(student, sentence)) < len(ends(teacher, sentence)) / 2


@pytest.mark.parametrize("name", ["roberta", "clip", "llama"])
def test_merges_are_closed_and_behind_the_teachers(
    name: str, teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    model, old = students[name].state["model"], teachers[name]["model"]["merges"]
    assert model["merges"][: len(old)] == old
    made = set(teachers[name]["model"]["vocab"])
    letters = {token for token in model["vocab"] if len(token.removesuffix("</w>")) == 1}
    new = model["merges"][len(old) :]
    for left, right in new:
        assert {left, right} <= made | letters
        made.add(left + right)
    assert set(model["vocab"]) == made | letters
    assert not {left + right for left, right in new} & set(teachers[name]["model"]["vocab"])


def test_new_ids_follow_mask_at_the_end(
    teachers: dict[str, Any], students: dict[str, ExtendedTokenizer]
) -> None:
    mask = teachers["roberta"]["model"]["vocab"]["<mask>"]
    student = students["roberta"]
    assert mask == student.n_old - 1
    ids = student.tokenizer.encode("Der Bäcker <mask>.", add_special_tokens=False).ids
    assert mask in ids
    assert max(ids) > mask


def test_marks_stay_within_words(students: dict[str, ExtendedTokenizer]) -> None:
    tokens = students["roberta"].tokenizer.encode("मेरा भाई हर सुबह", add_special_tokens=False)
    assert [piece_text(students["roberta"].state, token) for token in tokens.tokens] == [
        "मेरा", "भाई", "हर", "सुबह",
    ]  # fmt: skip


LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@pytest.mark.parametrize("pattern", [LLAMA_3, CLIP])
def test_marks_stay_within_words_that_a_pattern_cuts(
    pattern: str, teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    split = pre_tokenizers.Split(
        Regex(pattern), "removed" if pattern == CLIP else "isolated", invert=pattern == CLIP
    )
    teacher = copy.deepcopy(teachers["roberta"])
    whole = load_tokenizer(teacher)
    whole.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    teacher["pre_tokenizer"] = json.loads(whole.to_str())["pre_tokenizer"]
    student = extend_vocabulary(teacher, {"hi": languages["hi"]}, english, SETTINGS)
    tokens = student.tokenizer.encode("मेरा भाई हर सुबह", add_special_tokens=False).tokens
    assert [piece_text(student.state, token) for token in tokens] == ["मेरा", "भाई", "हर", "सुबह"]
    assert student.source_unchanged == 1.0
    german = extend_vocabulary(teacher, {"de": languages["de"]}, english, SETTINGS)
    assert german.state["pre_tokenizer"] == teacher["pre_tokenizer"]


def test_pre_tokenizer_stays_for_languages_without_marks(
    teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    targets = {code: languages[code] for code in ("de", "uk", "ja", "ko")}
    student = extend_vocabulary(teachers["roberta"], targets, english, SETTINGS)
    assert student.state["pre_tokenizer"] == teachers["roberta"]["pre_tokenizer"]


JOINERS = "\u200c\u200d"

LETTERS = st.characters(exclude_categories=["M", "Cs", "Cn", "Co"], exclude_characters=JOINERS)


@pytest.mark.parametrize(
    "word", ["\u0d9a\u0dca\u200d\u0dbb", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]
)
def test_joiners_do_not_end_words(word: str) -> None:
    """A Sinhala syllable, and a Persian verb with its prefix."""
    split = json.dumps({"type": "Sequence", "pretokenizers": [MARKED_WORDS]})
    empty = json.loads(Tokenizer(models.BPE()).to_str())
    ours = Tokenizer.from_str(json.dumps(empty | {"pre_tokenizer": json.loads(split)}))
    assert [part for part, _ in ours.pre_tokenizer.pre_tokenize_str(f"a {word}.")] == [
        "a",
        f" {word}",
        ".",
    ]


@given(text=st.text(alphabet=LETTERS))
@settings(deadline=None)
def test_marked_words_are_those_of_gpt2_where_there_are_no_marks(text: str) -> None:
    split = json.dumps({"type": "Sequence", "pretokenizers": [MARKED_WORDS]})
    empty = json.loads(Tokenizer(models.BPE()).to_str())
    ours = Tokenizer.from_str(json.dumps(empty | {"pre_tokenizer": json.loads(split)}))
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert ours.pre_tokenizer is not None
    places = [place for _, place in ours.pre_tokenizer.pre_tokenize_str(text)]
    assert places == [place for _, place in gpt2.pre_tokenize_str(text)]


def test_first_merge_is_the_most_frequent_pair_of_pieces(
    teachers: dict[str, Any], languages: dict[str, list[str]]
) -> None:
    teacher = load_tokenizer(teachers["roberta"])
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in languages["uk"]:
        encoding = teacher.encode(sentence, add_special_tokens=False)
        placed = zip(encoding.tokens, encoding.word_ids, strict=True)
        pairs.update((a, b) for (a, i), (b, j) in pairwise(placed) if i == j)
    first, *_ = learn_merges(teachers["roberta"], languages["uk"], 1)
    assert pairs[first] == max(pairs.values())


def test_learning_stops_at_the_size(
    teachers: dict[str, Any], languages: dict[str, list[str]]
) -> None:
    assert len(learn_merges(teachers["roberta"], languages["de"], 7)) == 7
    assert learn_merges(teachers["roberta"], languages["de"], 0) == []


def test_words_of_a_teacher_without_pre_tokenizer(
    students: dict[str, ExtendedTokenizer],
) -> None:
    new = list(students["llama"].state["model"]["vocab"])[students["llama"].n_old :]
    assert "▁Bäcker" in new
    assert not [piece for piece in new if "▁" in piece[1:]]
    assert not [piece for piece in new if len(piece) > 1 and piece.endswith((".", "。", ","))]
    assert not [piece for piece in new if "<0x" in piece]


def test_letters_the_teacher_lacks_become_pieces(students: dict[str, ExtendedTokenizer]) -> None:
    vocabulary = students["clip"].state["model"]["vocab"]
    assert {"ї", "ї</w>"} & vocabulary.keys()
    unseen = students["clip"].tokenizer.encode("їйжийїх", add_special_tokens=False)
    assert "<unk>" not in unseen.tokens


def test_pieces_inside_words_may_have_a_prefix(
    languages: dict[str, list[str]], english: list[str]
) -> None:
    teacher = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"))
    teacher.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<unk>"],
        continuing_subword_prefix="##",
        show_progress=False,
    )
    teacher.train_from_iterator(english, trainer)
    student = extend_vocabulary(
        json.loads(teacher.to_str()), {"de": languages["de"]}, english, SETTINGS
    )
    tokens = student.tokenizer.encode("Der Bäcker öffnet").tokens
    assert "".join(token.removeprefix("##") for token in tokens) == "DerBäckeröffnet"
    assert len(tokens) < len(teacher.encode("Der Bäcker öffnet").tokens)
    new = list(student.state["model"]["vocab"])[student.n_old :]
    assert "##ß" in new
    assert not [piece for piece in new if "##" in piece[1:]]
    assert student.source_unchanged >= 0.98


@pytest.mark.parametrize("change", ["legacy merges", "ignore_merges"])
def test_other_ways_to_write_the_same_teacher(
    change: str, teachers: dict[str, Any], languages: dict[str, list[str]], english: list[str]
) -> None:
    teacher = copy.deepcopy(teachers["roberta"])
    if change == "ignore_merges":
        teacher["model"]["ignore_merges"] = True
    else:
        teacher["model"]["merges"] = [" ".join(pair) for pair in teacher["model"]["merges"]]
    targets = {"uk": languages["uk"]}
    usual = extend_vocabulary(teachers["roberta"], targets, english, SETTINGS)
    student = extend_vocabulary(teacher, targets, english, SETTINGS)
    assert student.source_unchanged == 1.0
    if change == "legacy merges":
        assert student.tied == usual.tied
    else:
        assert student.size > student.n_old + 100


def test_text_of_pieces(teachers: dict[str, Any]) -> None:
    roberta, clip, llama = (teachers[name] for name in ("roberta", "clip", "llama"))
    assert is_byte_level(roberta)
    assert not is_byte_level(clip)
    assert piece_text(roberta, "ĠBÃ¤cker") == piece_text(roberta, "BÃ¤cker") == "Bäcker"
    assert piece_text(roberta, "ĠĠ") == "  "
    assert piece_text(roberta, "Ã") == "\ufffdÃ"
    assert piece_text(clip, "haus</w>") == piece_text(clip, "haus") == "haus"
    assert piece_text(llama, "▁Haus") == "Haus"
    assert piece_text(llama, "▁") == " "
