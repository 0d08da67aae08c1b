"""More tokens for a teacher's tokenizer: a door per kind of model, and one that knows them all."""

from collections.abc import Callable, Mapping, Sequence

from isogloss.errors import InputError, ModelShapeError
from isogloss.vocabulary.extend.bpe import extend_bpe
from isogloss.vocabulary.extend.unigram import extend_unigram
from isogloss.vocabulary.extend.wordpiece import extend_wordpiece
from isogloss.vocabulary.settings import VocabularySettings
from isogloss.vocabulary.tokenizer_json import ExtendedTokenizer, State

__all__ = [
    "DOORS",
    "ExtendedTokenizer",
    "extend_bpe",
    "extend_unigram",
    "extend_vocabulary",
    "extend_wordpiece",
    "find_door",
]

Door = Callable[
    [State, Mapping[str, Sequence[str]], Sequence[str], VocabularySettings], ExtendedTokenizer
]

DOORS: Mapping[str, Door] = {
    "WordPiece": extend_wordpiece,
    "BPE": extend_bpe,
    "Unigram": extend_unigram,
}
"""The model type of a tokenizer.json, and who extends it."""


def find_door(state: State) -> Door:
    """Who extends a tokenizer.

    Args:
        state: a parsed tokenizer.json.

    Raises:
        ModelShapeError: nobody extends its kind.
    """
    kind = state["model"]["type"]
    if kind not in DOORS:
        raise ModelShapeError(
            f"the teacher's tokenizer is a {kind} model; expected one of {', '.join(DOORS)}: "
            "choose another teacher, or a pretrained student"
        )
    return DOORS[kind]


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
        The extended tokenizer: the teacher's ids keep their tokens, new ids follow.

    Raises:
        ModelShapeError: the tokenizer is of another kind, or two of its tokens share an id.
        InputError: a target language has no text.
    """
    extend = find_door(state)
    for code, texts in targets.items():
        if not any(text.strip() for text in texts):
            raise InputError(
                f"the target language {code!r} has no text; expected sentences to learn from: "
                "check its files, or leave the language out"
            )
    return extend(state, targets, source, settings)
