"""More tokens for a teacher's tokenizer: by kind of model, and of any kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, takewhile

from isogloss.errors import InputError, ModelShapeError
from isogloss.vocabulary.extend.bpe import extend_bpe
from isogloss.vocabulary.extend.parts import share_with_same_parts
from isogloss.vocabulary.extend.select import SOURCE_SAMPLE
from isogloss.vocabulary.extend.unigram import extend_unigram
from isogloss.vocabulary.extend.wordpiece import extend_wordpiece
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import (
    ExtendedTokenizer,
    State,
    load_tokenizer,
    share_unchanged,
    with_settled_added_tokens,
)

__all__ = [
    "EXTENDERS",
    "ExtendedTokenizer",
    "extend_vocabulary",
    "find_extender",
]

Extender = Callable[
    [State, Mapping[str, Sequence[str]], Sequence[str], VocabularySettings], ExtendedTokenizer
]
"""Extends one kind of tokenizer as `extend_vocabulary` asks it to: with texts cut to their number,
and added tokens settled. What becomes of the source text is measured on what it gives."""

SHORT = 40
"""Characters below which a text counts as a part of a sentence: of a dictionary all is read."""

EXTENDERS: Mapping[str, Extender] = {
    "WordPiece": extend_wordpiece,
    "BPE": extend_bpe,
    "Unigram": extend_unigram,
}
"""The model type of a tokenizer.json, and who extends it."""


def find_extender(state: State) -> Extender:
    """What extends a tokenizer, by its kind.

    Args:
        state: a parsed tokenizer.json.

    Raises:
        ModelShapeError: no extender knows its kind.
    """
    kind = state["model"]["type"]
    if kind not in EXTENDERS:
        raise ModelShapeError(
            f"the teacher's tokenizer is a {kind} model; expected one of {', '.join(EXTENDERS)}: "
            "choose another teacher, or a pretrained student"
        )
    return EXTENDERS[kind]


def extend_vocabulary(
    state: State,
    targets: Mapping[str, Sequence[str]],
    source: Sequence[str],
    settings: VocabularySettings,
) -> ExtendedTokenizer:
    """Extend a tokenizer of any supported kind.

    Args:
        state: the teacher's parsed tokenizer.json; it is not changed.
        targets: language to sentences of that language.
        source: sentences of the source language, whose cut should stay as it is.
        settings: size and thresholds.

    Returns:
        The extended tokenizer: the teacher's ids keep their tokens, new ids follow, languages in
        the order given.

    Raises:
        ModelShapeError: the tokenizer is of another kind, or two of its tokens share an id.
        InputError: a target language has no text.
    """
    extend = find_extender(state)
    for code, texts in targets.items():
        if not any(text.strip() for text in texts):
            raise InputError(
                f"the target language {code!r} has no text; expected sentences to learn from: "
                "check its files, or leave the language out"
            )
    learnt_from = {code: _first(texts, settings.max_sentences) for code, texts in targets.items()}
    settled, source = with_settled_added_tokens(state), source[:SOURCE_SAMPLE]
    extended = extend(settled, learnt_from, source, settings)
    before, after = load_tokenizer(settled), extended.tokenizer
    measure = share_with_same_parts if extended.at_spaces else share_unchanged
    return replace(extended, source_unchanged=measure(before, after, source))


def _first(texts: Sequence[str], most: int) -> Sequence[str]:
    """The first texts, which count as so many sentences at most."""
    counted = accumulate(min(1.0, len(text) / SHORT) for text in texts)
    return texts[: sum(1 for _ in takewhile(lambda count: count <= most, counted))]
