"""Whole words as tokens: for words whose pieces the source language has a use for, too.

A piece "alle" would cut "allergies" anew, so it is dropped; the word "alle" is then three pieces of
English. As an added token that matches whole words only it leaves every English word as it is.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from tokenizers import Tokenizer

from isogloss.data.scripts import marks_in_brackets
from isogloss.vocabulary.extend.parts import parts_at_spaces
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    ExtendedTokenizer,
    State,
    is_unsegmented,
    number_of_ids,
    token_ids,
)


def with_whole_words(
    extended: ExtendedTokenizer,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Give frequent target words that are still cut a token of their own.

    Args:
        extended: a WordPiece tokenizer with its new pieces.
        targets: language to sentences.
        source: sentences of the source language.
        settings: `word_count` and `source_share`.

    Returns:
        The tokenizer with the words as added tokens; their ids follow its own.
    """
    spaced = [texts for texts in targets.values() if not is_unsegmented(texts)]
    if not (settings.word_count and spaced):
        return extended
    before = extended.tokenizer
    in_source = count_words(before, source)
    words: dict[str, None] = {}
    for texts in spaced:
        in_target = count_words(before, texts)
        most = settings.source_share * in_source.total() / max(1, in_target.total())
        frequent = [
            word
            for word, count in in_target.most_common()
            if count >= settings.word_count and in_source[word] <= most * count
        ]
        words |= dict.fromkeys(_still_cut(before, frequent))
    if not words:
        return extended
    state = extended.state | {"added_tokens": [*extended.state["added_tokens"]]}
    state["added_tokens"] += [
        _entry(word, extended.size + number) for number, word in enumerate(words)
    ]
    tied = extended.tied | {extended.size + number: word for number, word in enumerate(words)}
    return replace(extended, state=state, tied=tied)


def split_words(state: State) -> tuple[State, list[State]]:
    """A tokenizer without its whole-word tokens, and these.

    They are added tokens that the model does not know, so their ids follow its pieces, and they
    cannot be made pieces: "alle" would then cut "allergies".

    Args:
        state: a parsed tokenizer.json; it is not changed.

    Returns:
        The rest of it, and the entries taken out, in the order of their ids.
    """
    vocabulary = state["model"]["vocab"]
    known = {p for p, _ in vocabulary} if isinstance(vocabulary, list) else vocabulary
    words = [e for e in state["added_tokens"] if e["single_word"] and e["content"] not in known]
    rest = [entry for entry in state["added_tokens"] if entry not in words]
    return state | {"added_tokens": rest}, sorted(words, key=lambda entry: int(entry["id"]))


def with_words(state: State, words: Sequence[State]) -> State:
    """The inverse of `split_words`: the words get the ids behind the pieces, in their order."""
    first = number_of_ids(state)
    entries = [word | {"id": first + number} for number, word in enumerate(words)]
    return state | {"added_tokens": [*state["added_tokens"], *entries]}


def with_known_words(extended: ExtendedTokenizer, words: Sequence[State]) -> ExtendedTokenizer:
    """Put whole words that `split_words` took out behind all others.

    None stands there twice. One that a new language has made a piece ("engel" is German and
    Turkish) is that piece from now on.
    """
    known = extended.tokenizer
    lacking = [word for word in words if known.token_to_id(word["content"]) is None]
    entries = [word | {"id": extended.size + number} for number, word in enumerate(lacking)]
    return replace(
        extended,
        state=extended.state | {"added_tokens": [*extended.state["added_tokens"], *entries]},
        tied=extended.tied | {entry["id"]: entry["content"] for entry in entries},
    )


def count_words(tokenizer: Tokenizer, sentences: Sequence[str]) -> Counter[str]:
    """How often each word occurs, as the tokenizer's normalizer leaves it."""
    normalizer = tokenizer.normalizer
    normalize = normalizer.normalize_str if normalizer else str
    counts: Counter[str] = Counter()
    met, find = parts_at_spaces(sentences), word_pattern().findall
    assert met.times is not None
    for part, times in zip(met.texts, met.times.tolist(), strict=True):
        for word in find(normalize(part)):
            counts[word] += times
    return counts


@cache
def word_pattern() -> re.Pattern[str]:
    """Words as an added token's `single_word` has them, combining marks and all."""
    return re.compile(rf"[\w{marks_in_brackets()}]+")


def _still_cut(tokenizer: Tokenizer, words: Sequence[str]) -> list[str]:
    """The words of more than one piece."""
    return [
        word for word, ids in zip(words, token_ids(tokenizer, words), strict=True) if len(ids) > 1
    ]


def _entry(word: str, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "content": word,
        "single_word": True,
        "lstrip": False,
        "rstrip": False,
        "normalized": True,
        "special": False,
    }
