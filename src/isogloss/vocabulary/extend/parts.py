"""What stands between the spaces of sentences, each different part once.

Of 260,000 sentences less than a tenth of the text is left, and what is counted comes out the same
where nobody looks across a space.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from isogloss.protocols import LongArray
from isogloss.threads import end_if_halted
from isogloss.vocabulary.extend.normalizer import kept_by
from isogloss.vocabulary.tokenizer_json import CHUNK, State, token_ids

SPACED = ("BertPreTokenizer", "Whitespace", "WhitespaceSplit")
"""Pre-tokenizers that cut at every space and drop it."""

LOCAL = ("BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents")
"""Normalizers that keep spaces, and make the same of a part whatever stands around it."""


@dataclass(frozen=True, eq=False)
class CountedTexts:
    """Texts, and how often each is there.

    Attributes:
        texts: in the order in which they are met.
        times: `(len(texts),)`; None: each once.
    """

    texts: Sequence[str]
    times: LongArray | None = None


def parts_at_spaces(sentences: Sequence[str]) -> CountedTexts:
    """The different parts of sentences, in the order of their first places."""
    counts: Counter[str] = Counter()
    for start in range(0, len(sentences), CHUNK):
        end_if_halted()
        counts.update(" ".join(sentences[start : start + CHUNK]).split(" "))
    del counts[""]
    return CountedTexts(list(counts), np.fromiter(counts.values(), np.int64, len(counts)))


def share_with_same_parts(
    teacher: Tokenizer, student: Tokenizer, sentences: Sequence[str]
) -> float:
    """`share_unchanged` of two tokenizers to which a sentence is its parts."""
    if not sentences:
        return 1.0
    parts = parts_at_spaces(sentences).texts
    both = zip(parts, token_ids(teacher, parts), token_ids(student, parts), strict=True)
    changed = {part for part, ours, theirs in both if ours != theirs}
    same = sum(changed.isdisjoint(sentence.split(" ")) for sentence in sentences)
    return same / len(sentences)


def falls_into_parts(tokenizer: State, cutters: Sequence[State]) -> bool:
    """Whether the tokens of a sentence are those of its parts, one after the other.

    Args:
        tokenizer: a parsed tokenizer.json; its normalizer may be that of a student.
        cutters: the steps of its pre-tokenizer, without those that a student was given.
    """
    normalizer = tokenizer["normalizer"]
    return (
        (normalizer is None or _is_local(normalizer))
        and len(cutters) > 0
        and all(step["type"] in SPACED for step in cutters)
        and not any(" " in entry["content"] for entry in tokenizer["added_tokens"])
    )


def _is_local(normalizer: State) -> bool:
    if normalizer["type"] == "Sequence":
        return all(map(_is_local, normalizer["normalizers"]))
    if normalizer["type"] == "Replace":  # a student's own
        return kept_by(normalizer["pattern"].get("Regex", "")) is not None
    return normalizer["type"] in LOCAL
