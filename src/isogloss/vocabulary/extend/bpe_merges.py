"""BPE training on top of a tokenizer's own pieces instead of characters.

Every piece is written as one stand-in character; the trainer of the tokenizers library then joins
pieces as it would join letters.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from isogloss.vocabulary.extend.words import WORD_END, with_word_ends
from isogloss.vocabulary.tokenizer_json import (
    CHUNK,
    State,
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
    "pattern": {
        "Regex": r"▁*[\p{L}\p{M}\x{200C}\x{200D}]+|▁*\p{N}+"
        r"|▁*[^\p{L}\p{M}\p{N}\x{200C}\x{200D}▁]+"
    },
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
    cutter = load_tokenizer(state | {"pre_tokenizer": state["pre_tokenizer"] or WORDS})
    placeholders = _placeholders(state)
    sentences = list(_written(cutter, texts, placeholders))
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
    marked = iter(with_word_ends(texts))
    for start in range(0, len(texts), CHUNK):
        chunk = list(texts[start : start + CHUNK])
        for encoding in tokenizer.encode_batch(chunk, add_special_tokens=False):
            ends = set(accumulate(map(len, next(marked).split(WORD_END))))
            characters: list[str] = []
            last_word = last_place = None
            places = [first for first, _ in encoding.offsets]
            for i, word, place in zip(encoding.ids, encoding.word_ids, places, strict=True):
                begins = place in ends and place != last_place  # its first byte, not the others
                if word != last_word or begins:
                    characters.append(" ")
                last_word, last_place = word, place
                characters.append(placeholders[i])
            yield "".join(characters)
