"""BPE training on top of a tokenizer's own pieces instead of characters.

Every piece is written as one stand-in character; the trainer of the tokenizers library then joins
pieces as it would join letters.
"""

import json
import re
from collections.abc import Iterator, Sequence

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from isogloss.vocabulary.tokenizer_json import (
    CHUNK,
    MAX_RUNS,
    SCRIPT_CHANGES,
    State,
    is_unsegmented,
    load_tokenizer,
    number_of_ids,
)

Merge = tuple[str, str]

FIRST_STAND_IN = 0x10000
"""From here on no code point is whitespace or a surrogate; they last for a million ids."""

MAX_PARTS = 32
"""Length of a new token in pieces of the teacher; a cap on phrases that a corpus repeats."""

WORDS: State = {
    "type": "Split",
    "pattern": {"Regex": r"▁*[\p{L}\p{M}]+|▁*\p{N}+|▁*[^\p{L}\p{M}\p{N}▁]+"},
    "behavior": "Isolated",
    "invert": False,
}
"""Words, for teachers without pre-tokenizer (Llama), whose pieces still never cross a word."""

BYTE_PIECE = re.compile(r"<0x[0-9A-F]{2}>")


def learn_merges(state: State, texts: Sequence[str], size: int) -> list[Merge]:
    """Merges of a tokenizer's pieces.

    Args:
        state: the parsed tokenizer.json of a BPE tokenizer.
        texts: sentences of one language.
        size: most merges to learn.

    Returns:
        Pairs of pieces, the most frequent first; each part is a piece of the tokenizer or the join
        of an earlier pair.
    """
    if is_unsegmented(texts):
        texts = texts[:MAX_RUNS]
    placeholders = _placeholders(state)
    sentences = list(_written(_cutting_words(state, texts), texts, placeholders))
    alphabet: set[str] = set().union(*sentences) - {" "}
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + size,
        min_frequency=2,
        max_token_length=MAX_PARTS,
        special_tokens=[],
        show_progress=False,
    )
    learner.train_from_iterator(sentences, trainer)
    prefix = state["model"].get("continuing_subword_prefix") or ""
    pieces = {placeholders[i]: piece for piece, i in state["model"]["vocab"].items()}
    merges = json.loads(learner.to_str())["model"]["merges"]
    return [
        (joined([pieces[c] for c in left], prefix), joined([pieces[c] for c in right], prefix))
        for left, right in merges
    ]


def merges_of(state: State) -> list[list[str]]:
    """The two parts of each merge of a tokenizer.json, which may have them in one string."""
    return [
        merge.split(" ", 1) if isinstance(merge, str) else merge
        for merge in state["model"]["merges"]
    ]


def joined(pieces: Sequence[str], prefix: str) -> str:
    """The piece that merging gives: all but the first lose the prefix of pieces inside a word."""
    return pieces[0] + "".join(piece.removeprefix(prefix) for piece in pieces[1:])


def _placeholders(state: State) -> list[str]:
    """The character of each id; a space, which ends a word, for ids that nothing may join."""
    model = state["model"]
    alone = {entry["content"] for entry in state["added_tokens"]} | {model.get("unk_token")}
    if model.get("byte_fallback"):
        alone.update(piece for piece in model["vocab"] if BYTE_PIECE.fullmatch(piece))
    characters = [" "] * number_of_ids(state)
    for piece, i in model["vocab"].items():
        if piece not in alone:
            characters[i] = chr(FIRST_STAND_IN + i)
    return characters


def _written(
    tokenizer: Tokenizer, texts: Sequence[str], placeholders: Sequence[str]
) -> Iterator[str]:
    """Each sentence in stand-in characters, its words apart."""
    for start in range(0, len(texts), CHUNK):
        chunk = list(texts[start : start + CHUNK])
        for encoding in tokenizer.encode_batch(chunk, add_special_tokens=False):
            characters: list[str] = []
            last = None
            for i, word in zip(encoding.ids, encoding.word_ids, strict=True):
                if word != last:
                    characters.append(" ")
                    last = word
                characters.append(placeholders[i])
            yield "".join(characters)


def _cutting_words(state: State, texts: Sequence[str]) -> Tokenizer:
    """The tokenizer, with long runs cut where a merge would hardly be of use."""
    own = state["pre_tokenizer"] or WORDS
    if is_unsegmented(texts):
        steps = [SCRIPT_CHANGES, _without_prefix_space(own)]
        own = {"type": "Sequence", "pretokenizers": steps}
    return load_tokenizer(state | {"pre_tokenizer": own})


def _without_prefix_space(pre_tokenizer: State) -> State:
    """The same pre-tokenizer, with no space put before parts that another step has cut off."""
    changed = dict(pre_tokenizer)
    if "pretokenizers" in changed:
        changed["pretokenizers"] = [_without_prefix_space(s) for s in changed["pretokenizers"]]
    if "add_prefix_space" in changed:
        changed["add_prefix_space"] = False
    if "prepend_scheme" in changed:
        changed["prepend_scheme"] = "first"
    return changed
