"""More tokens for a BPE teacher: on bytes (RoBERTa, ModernBERT) or on characters (CLIP, Llama).

The new merges are learnt on top of the teacher's own pieces and stand behind its merges, with the
lowest priority. So the student's cut of any text is the teacher's with some neighbors joined into
new tokens, and source text in which no new token occurs keeps its cut exactly.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from tokenizers import decoders, pre_tokenizers

from isogloss.vocabulary.extend.bpe_merges import Merge, joined, learn_merges, merges_of
from isogloss.vocabulary.extend.normalizer import normalizer_for
from isogloss.vocabulary.extend.select import Candidates, select_tokens
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    MAX_ALPHABET,
    ExtendedTokenizer,
    State,
    load_tokenizer,
    number_of_ids,
)

LETTERS = re.compile(r"\\p\{L\}\+|\[\\p\{L\}\]\+")
"""A run of letters, as the patterns of Llama 3, Qwen, and CLIP have it."""

LETTERS_AND_MARKS = r"\p{L}[\p{L}\p{M}\x{200C}\x{200D}]*"
"""The same, except that marks do not end it."""

MARKED_WORDS: State = {
    "type": "Split",
    "pattern": {
        "Regex": rf"'s|'t|'re|'ve|'m|'ll|'d| ?{LETTERS_AND_MARKS}| ?\p{{N}}+"
        r"| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    },
    "behavior": "Isolated",
    "invert": False,
}
"""The words of GPT-2, except that marks do not end them: Indic and Thai vowel signs are marks."""

MIN_MARKS = 0.01
"""Marks per letter from which on they belong to the words of a language."""

SPACE = "▁"
"""What a space is written as by tokenizers on characters that keep it."""

UNREADABLE = "\ufffd"
"""Before the text of a piece whose bytes are no whole characters."""


def extend_bpe(
    teacher: State,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Extend a BPE tokenizer; see `extend_vocabulary`.

    Each language is learnt over the cut that the languages before it leave, so that what is learnt
    is what is used. A merge whose outcome is a piece the teacher has is passed over: it would
    change source words without a trace in the counts of new tokens.
    """
    old = teacher["model"]["vocab"]
    changes = {
        "normalizer": normalizer_for(teacher["normalizer"], targets),
        "pre_tokenizer": _keeping_words(teacher["pre_tokenizer"], targets),
    }
    new = _Merges(teacher | changes)
    for texts in targets.values():
        letters = _missing_letters(new.state(new.parts), texts, settings)
        new.add_letters(letters)
        size = max(0, settings.size - len(letters))
        new.add(
            pair
            for pair in learn_merges(new.state(new.parts), texts, size)
            if joined(pair, new.prefix) not in old
        )
    candidates = Candidates(
        teacher=teacher,
        pieces=list(new.parts),
        build=new.state,
        text=lambda piece: piece_text(teacher, piece),
        parts=new.parts,
        letters=frozenset() if teacher["model"].get("byte_fallback") else frozenset(new.letters),
        stands_on_parts=True,
    )
    return select_tokens(candidates, targets, source, settings)


class _Merges:
    """New letters and merges, and the tokenizer that has some of them.

    Attributes:
        parts: new piece → the new pieces it was first merged from; in the order of learning.
        letters: new pieces that are single characters.
        prefix: what pieces inside a word begin with; mostly nothing.
    """

    def __init__(self, shape: State) -> None:
        self.parts: dict[str, list[str]] = {}
        self.letters: list[str] = []
        self.prefix: str = shape["model"].get("continuing_subword_prefix") or ""
        self._shape = shape
        self._pairs: dict[Merge, None] = {}
        self._first = number_of_ids(shape)
        self._old_pairs = merges_of(shape)

    def add_letters(self, letters: Iterable[str]) -> None:
        for letter in letters:
            self.letters.append(letter)
            self.parts[letter] = []

    def add(self, pairs: Iterable[Merge]) -> None:
        for pair in pairs:
            self._pairs[pair] = None
            self.parts.setdefault(
                joined(pair, self.prefix), [part for part in pair if part in self.parts]
            )

    def state(self, kept: Iterable[str]) -> State:
        """The tokenizer.json with these pieces and all learnt merges that make one of them."""
        ids = {piece: self._first + i for i, piece in enumerate(kept)}
        vocabulary = self._shape["model"]["vocab"] | ids
        pairs = [
            list(pair)
            for pair in self._pairs
            if joined(pair, self.prefix) in ids and vocabulary.keys() >= set(pair)
        ]
        grown = {"vocab": vocabulary, "merges": self._old_pairs + pairs}
        return self._shape | {"model": self._shape["model"] | grown}


def _keeping_words(
    pre_tokenizer: State | None, targets: Mapping[str, Sequence[str]]
) -> State | None:
    """The pre-tokenizer, changed where it ends words at marks and a target writes them inside."""
    if pre_tokenizer is None:
        return None
    if not any(_marks_per_letter(texts) >= MIN_MARKS for texts in targets.values()):
        return pre_tokenizer
    return _with_marks_in_words(pre_tokenizer)


def _with_marks_in_words(step: State) -> State:
    if step["type"] == "Sequence":
        return step | {"pretokenizers": [_with_marks_in_words(s) for s in step["pretokenizers"]]}
    pattern = step.get("pattern", {}).get("Regex", "")
    if step["type"] == "Split" and LETTERS.search(pattern):
        changed = LETTERS.sub(lambda _: LETTERS_AND_MARKS, pattern)
        return step | {"pattern": {"Regex": changed}}
    plain = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    if step | plain == step:
        return {"type": "Sequence", "pretokenizers": [MARKED_WORDS, step | {"use_regex": False}]}
    return step


def _marks_per_letter(texts: Sequence[str], sample: int = 2_000) -> float:
    kinds = Counter(unicodedata.category(c)[0] for text in texts[:sample] for c in text)
    return kinds["M"] / max(1, kinds["L"])


def is_byte_level(state: State) -> bool:
    """Whether a tokenizer works on bytes shown as characters."""
    return _has_byte_level(state["pre_tokenizer"]) or _has_byte_level(state["normalizer"])


def _has_byte_level(entry: Any) -> bool:
    if not entry:
        return False
    steps = entry.get("pretokenizers") or entry.get("normalizers") or []
    return entry["type"] == "ByteLevel" or any(_has_byte_level(step) for step in steps)


def piece_text(state: State, piece: str) -> str:
    """The text a piece stands for, without the marks of its place in a word.

    Args:
        state: the tokenizer.json the piece belongs to.
        piece: as written in the vocabulary.

    Returns:
        The text without outer space, unless it is nothing but space. A piece that is not made of
        whole characters gives itself behind a replacement character: no other text is equal to it.
    """
    if is_byte_level(state):
        text: str = decoders.ByteLevel().decode([piece])
        if UNREADABLE in text:
            return UNREADABLE + piece
    else:
        model = state["model"]
        text = piece.removeprefix(model.get("continuing_subword_prefix") or "")
        text = text.removesuffix(model.get("end_of_word_suffix") or "").replace(SPACE, " ")
    return text.strip() or text


def _missing_letters(state: State, texts: Sequence[str], settings: VocabularySettings) -> list[str]:
    """The characters a language has and the tokenizer lacks, in every form for a place in a
    word."""
    model = state["model"]
    if is_byte_level(state):
        return sorted(set(pre_tokenizers.ByteLevel.alphabet()) - model["vocab"].keys())
    normalizer = load_tokenizer(state).normalizer
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text) if normalizer else text)
    prefixes = dict.fromkeys(["", model.get("continuing_subword_prefix") or ""])
    suffixes = dict.fromkeys(["", model.get("end_of_word_suffix") or ""])
    return [
        form
        for letter, n in counts.most_common(MAX_ALPHABET)
        if n >= settings.min_count and not letter.isspace()
        for form in map("".join, product(prefixes, letter, suffixes))
        if form not in model["vocab"]
    ]
