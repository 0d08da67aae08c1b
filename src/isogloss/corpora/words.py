"""Words of any script, as far as coverage needs them: no dictionary, no tokenizer of a model."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]"
)
"""Scripts without spaces between words, and Hangul, whose endings make every word another."""


def words_of(text: str) -> list[str]:
    """The words of a text in order, in lower case; of an unspaced script its letters in twos.

    >>> words_of("Don't stop, 3 men!")
    ["don't", 'stop', 'men']
    """
    found = []
    for word in _WORD.findall(text.casefold()):
        if _UNSPACED.search(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            found.append(word.replace("\u2019", "'"))
    return found
