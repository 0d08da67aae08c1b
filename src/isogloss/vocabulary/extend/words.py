"""Where words end in scripts written without spaces: no new token crosses from one to the next.

Trained on runs as they are, pieces are whatever is frequent: 在沙 ("on the so-"), 帽子的人 ("person
with a hat"). Longest match first then cuts 在沙发上 ("on the sofa") inside a word, and what is
learnt of 帽子 ("hat") stays out of every phrase that has a token of its own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise

from icu4py.breakers import WordBreaker
from tokenizers import Tokenizer

from isogloss.threads import end_if_halted
from isogloss.vocabulary.tokenizer_json import (
    CHUNK,
    UNSEGMENTED_SCRIPTS,
    State,
    share_of_scripts,
)

WORD_END = "␟"
"""Stands between two words while pieces are learnt: no normalizer changes it, no text has it."""

AT_WORD_ENDS: State = {
    "type": "Split",
    "pattern": {"String": WORD_END},
    "behavior": "Removed",
    "invert": False,
}
"""The step of a pre-tokenizer that cuts where `with_word_ends` says."""

ROUNDS = 2
"""Of joining two words: four make one at most."""

DISCOUNT = 3
"""Taken off how often two words are met together, so that what is rare proves nothing."""

COHESION = 100.0
"""How many times as often as by chance two words are met together that are one."""

SEGMENTED_SCRIPTS = tuple(script for script in UNSEGMENTED_SCRIPTS if script != "TIBETAN")
"""Scripts whose words ICU knows from dictionaries. It has none for Tibetan, which marks the ends of
syllables, and whose runs are learnt from as they are."""


def with_word_ends(sentences: Sequence[str]) -> Iterable[str]:
    """Sentences with `WORD_END` between words where no space does it.

    The words are those of ICU's break iterator (UAX 29, and dictionaries for Chinese and Japanese,
    Thai, Lao, Khmer, and Burmese); a space stands at the beginning of the word behind it.

    Args:
        sentences: of one language.

    Returns:
        As many sentences, in their order; those of a language whose words ICU does not know, or
        that writes spaces, as they are.
    """
    if not _knows_words_of(sentences):
        return sentences
    marked = list(map(_marked, _heeding_halts(sentences)))
    for _ in range(ROUNDS):
        marked = _collocated(marked)
    return marked


def cutting_words(pre_tokenizer: State | None, sentences: Sequence[str]) -> State | None:
    """The pre-tokenizer for what `with_word_ends` gives, which keeps no trace of a `WORD_END`.

    Args:
        pre_tokenizer: a tokenizer's own.
        sentences: those that `with_word_ends` was given.
    """
    if not _knows_words_of(sentences):
        return pre_tokenizer
    own = [_without_prefix_space(pre_tokenizer)] if pre_tokenizer else []
    return {"type": "Sequence", "pretokenizers": [AT_WORD_ENDS, *own]}


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


def _knows_words_of(sentences: Sequence[str]) -> bool:
    return share_of_scripts(sentences, SEGMENTED_SCRIPTS) > 0.5


def _marked(sentence: str) -> str:
    words = WordBreaker(sentence.replace(WORD_END, " "), "und")
    return WORD_END.join(words).replace(f" {WORD_END}", " ")


def _collocated(marked: Sequence[str]) -> list[str]:
    """The sentences without the ends between two words that are met together far more often than by
    chance (Mikolov et al. 2013, section 4): names and terms that the dictionaries lack."""
    words: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for sentence in _heeding_halts(marked):
        parts = sentence.split(WORD_END)
        words.update(parts)
        pairs.update(pairwise(parts))
    total = words.total()
    joined = {
        (one, other)
        for (one, other), n in pairs.items()
        if n > DISCOUNT
        and (n - DISCOUNT) * total > COHESION * words[one] * words[other]
        and one[-1].isalpha()
        and other[0].isalpha()
    }
    return [_joining(sentence.split(WORD_END), joined) for sentence in _heeding_halts(marked)]


def _heeding_halts(sentences: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(sentences), CHUNK):
        end_if_halted()
        yield from sentences[start : start + CHUNK]


def _joining(words: Sequence[str], joined: Set[tuple[str, str]]) -> str:
    parts: list[str] = []
    free = False
    for before, word in pairwise(["", *words]):
        free = not (free and (before, word) in joined)
        parts += [WORD_END, word] if free and parts else [word]
    return "".join(parts)


def alphabet(tokenizer: Tokenizer, texts: Sequence[str]) -> list[str]:
    """The characters of the normalized text, in the order of their code points."""
    normalize = tokenizer.normalizer.normalize_str if tokenizer.normalizer else str
    found: set[str] = set()
    for start in range(0, len(texts), CHUNK):
        found.update(normalize("\n".join(texts[start : start + CHUNK])))
    return sorted(character for character in found if not character.isspace())
