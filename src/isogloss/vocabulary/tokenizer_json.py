"""The parts that all three kinds of tokenizer share when their vocabulary is extended.

A tokenizer is handled as the parsed `tokenizer.json`: the one form that every library of the field
reads.
"""

import copy
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from isogloss.errors import ModelShapeError
from isogloss.protocols import LongArray
from isogloss.threads import end_if_halted

State = dict[str, Any]
"""A parsed tokenizer.json, or one entry of it."""

UNSEGMENTED_SCRIPTS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""Scripts written without spaces, as the first word of their characters' Unicode names."""

SCRIPT_CHANGES: State = {
    "type": "Split",
    "pattern": {"Regex": r"(?:[\p{Han}々〆〇]+|[\p{Katakana}ー]+)\p{Hiragana}*"},
    "behavior": "Isolated",
    "invert": False,
}
"""Where Japanese begins a new phrase: before Han or Katakana, behind Hiragana."""

MAX_ALPHABET = 6_000
"""Characters of one language that get a token: enough for Han."""

CHUNK = 20_000
"""Sentences tokenized at once: bounds the memory of the Rust side."""


@dataclass(frozen=True)
class ExtendedTokenizer:
    """A tokenizer with new tokens behind the teacher's.

    Attributes:
        state: the parsed tokenizer.json.
        n_old: number of ids the teacher has; new ids follow.
        tied: new id to the text it stands for; ids of equal text share their first embedding.
        source_unchanged: share of source sentences that are cut exactly as by the teacher.
        dropped_for_source: new tokens given up so that source words keep their cut.
        at_spaces: whether it makes of a sentence what it makes of the parts between its spaces, one
            after the other, as the teacher's tokenizer does.
    """

    state: State
    n_old: int
    tied: dict[int, str] = field(default_factory=dict)
    source_unchanged: float = 1.0
    dropped_for_source: int = 0
    at_spaces: bool = False

    @property
    def tokenizer(self) -> Tokenizer:
        """A fresh tokenizer without padding or truncation."""
        return load_tokenizer(self.state)

    @property
    def size(self) -> int:
        """Number of ids in all."""
        return self.n_old + len(self.tied)


def load_tokenizer(state: State) -> Tokenizer:
    """A tokenizer from its parsed json, without padding or truncation."""
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def number_of_ids(state: State) -> int:
    """The first id that no piece of the model takes."""
    vocabulary = state["model"]["vocab"]
    if isinstance(vocabulary, list):
        return len(vocabulary)
    return max(vocabulary.values(), default=-1) + 1


def with_settled_added_tokens(teacher: State) -> State:
    """A copy in which every added token ([MASK], <extra_id_0>) is also a piece of the model, under
    its id.

    An added token that is no piece gets the id behind the model's last piece when the tokenizer is
    loaded, whatever its entry says: new pieces would move it.

    Args:
        teacher: a parsed tokenizer.json.

    Returns:
        The changed copy; it cuts every text as before.

    Raises:
        ModelShapeError: two tokens share an id.
    """
    state = copy.deepcopy(teacher)
    ids = load_tokenizer(teacher).get_vocab(with_added_tokens=True)
    holders = Counter(ids.values())
    shared = sorted(token for token, number in ids.items() if holders[number] > 1)
    if shared:
        raise ModelShapeError(
            f"the teacher's tokens {shared[:5]} share an id; expected one id per token: "
            "correct the `added_tokens` of its tokenizer.json"
        )
    for entry in state["added_tokens"]:
        entry["id"] = ids[entry["content"]]
    added = sorted(state["added_tokens"], key=lambda entry: int(entry["id"]))
    vocabulary = state["model"]["vocab"]
    if isinstance(vocabulary, list):
        pieces, lowest = {piece for piece, _ in vocabulary}, min(score for _, score in vocabulary)
        vocabulary += [[e["content"], lowest] for e in added if e["content"] not in pieces]
    else:
        vocabulary |= {entry["content"]: entry["id"] for entry in added}
    return state


def token_ids(tokenizer: Tokenizer, sentences: Sequence[str]) -> Iterator[list[int]]:
    """Token ids of each sentence, without special tokens, in order."""
    for start in range(0, len(sentences), CHUNK):
        end_if_halted()
        yield from _cut(tokenizer, list(sentences[start : start + CHUNK]))


def _cut(tokenizer: Tokenizer, texts: list[str]) -> Iterator[list[int]]:
    return (e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False))


def count_tokens(
    tokenizer: Tokenizer, sentences: Sequence[str], size: int, times: LongArray | None = None
) -> LongArray:
    """How often each id is used.

    Args:
        tokenizer: cuts the sentences.
        sentences: texts.
        size: number of ids.
        times: how often each text counts, `(len(sentences),)`; None: once.

    Returns:
        `(size,)`.
    """
    counts = np.zeros(size, np.int64)
    for start in range(0, len(sentences), CHUNK):
        end_if_halted()
        block = slice(start, start + CHUNK)
        rows = list(_cut(tokenizer, list(sentences[block])))
        ids = np.fromiter(chain.from_iterable(rows), np.int64)
        each = None if times is None else np.repeat(times[block], [len(row) for row in rows])
        counts += np.bincount(ids, each, size).astype(np.int64)
    return counts


def share_unchanged(
    teacher: Tokenizer,
    student: Tokenizer,
    sentences: Sequence[str],
    numbers: npt.NDArray[np.int64] | None = None,
) -> float:
    """Share of sentences with the same tokens under both tokenizers; 1.0 for no sentences.

    Args:
        teacher: one tokenizer.
        student: the other.
        sentences: texts.
        numbers: the teacher's id of each id of the student's; None where they are the same.
    """
    if not sentences:
        return 1.0
    same = 0
    both = (token_ids(one, sentences) for one in (teacher, student))
    for ours, theirs in zip(*both, strict=True):
        same += ours == (theirs if numbers is None else [int(numbers[i]) for i in theirs])
    return same / len(sentences)


def share_of_scripts(
    sentences: Sequence[str], scripts: tuple[str, ...], sample: int = 2_000
) -> float:
    """Share of letters that belong to some scripts.

    Args:
        sentences: text of one language.
        scripts: first words of the Unicode names of their characters.
        sample: sentences looked at, from the first.

    Returns:
        A fraction; 0.0 where there are no letters.
    """
    letters = [c for s in sentences[:sample] for c in s if c.isalpha()]
    hits = sum(unicodedata.name(c, "").startswith(scripts) for c in letters)
    return hits / max(1, len(letters))


def is_unsegmented(sentences: Sequence[str]) -> bool:
    """Whether most letters of a language belong to a script written without spaces."""
    return share_of_scripts(sentences, UNSEGMENTED_SCRIPTS) > 0.5
