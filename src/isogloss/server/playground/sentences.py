"""Sentences as visitors write them: one a line, with its language in front."""

import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from isogloss.data.languages import canonical_language, is_language

_MARKED = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*): *(.*)", re.DOTALL)


class Sentence(NamedTuple):
    """A sentence and its language.

    Attributes:
        language: BCP 47; `""` is unknown.
        text: without the language in front.
    """

    language: str
    text: str


def read_sentence(line: str) -> Sentence:
    """A sentence, with the language that stands before a colon, if one does.

    Example:
        >>> read_sentence("de: Guten Morgen"), read_sentence("Note: all is well").language
        (Sentence(language='de', text='Guten Morgen'), '')
    """
    found = _MARKED.fullmatch(line.strip())
    if found and is_language(found[1]) and found[1] == found[1].lower()[:3] + found[1][3:]:
        return Sentence(canonical_language(found[1]), found[2].strip())
    return Sentence("", line.strip())


def read_sentences(text: str, most: int) -> list[Sentence]:
    """The sentences of a text, but for empty lines; no more than `most`."""
    found = [read_sentence(line) for line in text.splitlines() if line.strip()]
    return [sentence for sentence in found if sentence.text][:most]


def example_languages(known: Sequence[str]) -> list[str]:
    """The languages of examples: those of the model, or all where it names none of them."""
    there = list(_examples())
    own = [code for code in there if code in known or code.partition("-")[0] in known]
    return own if len(own) > 1 else there


def example_lines(languages: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Examples as a visitor would write them, meaning by meaning in all languages."""
    examples = _examples()
    return [f"{code}: {examples[code][number]}" for number in numbers for code in languages]


def _examples() -> dict[str, list[str]]:
    content = files(__package__).joinpath("examples.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)
