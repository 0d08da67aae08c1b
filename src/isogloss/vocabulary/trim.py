"""Trim a vocabulary to some languages without changing how their text is tokenized.

What is left out must not have been used, or a sentence would be cut anew. A piece that holds a
character which a language does not write is never used for it, so by default a piece stays if its
characters are all wanted. Within a budget the pieces that a text uses most stay.
"""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import regex
from tokenizers.decoders import ByteLevel

from isogloss.errors import InputError, ModelShapeError
from isogloss.protocols import LongArray
from isogloss.vocabulary.extend.bpe_merges import joined, merges_of
from isogloss.vocabulary.extend.whole_words import split_words, with_words
from isogloss.vocabulary.extend.wordpiece import isolates_unknown, isolating_unknown
from isogloss.vocabulary.tokenizer_json import State, with_settled_added_tokens

ASCII = frozenset(map(chr, range(128)))
SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Jpan": ("Han", "Hiragana", "Katakana"),
    "Kore": ("Hangul", "Han"),
    "Hans": ("Han", "Bopomofo"),
    "Hant": ("Han", "Bopomofo"),
}
"""Scripts that are a mixture, and of what."""

TELLING: Mapping[str, tuple[str, ...]] = {
    "Jpan": ("Hiragana", "Katakana"),
    "Kore": ("Hangul",),
}
"""Parts of a mixture that no other one has."""


MIN_WRITTEN = 0.01
"""Share of a text's letters from which on it is taken to be written in their script."""


@dataclass(frozen=True)
class Pieces:
    """The vocabulary of a tokenizer.

    Attributes:
        state: the parsed tokenizer.json; all added tokens but whole words are pieces, too.
        names: what stands in tokenizer.json, by id; whole words come last.
        texts: what each piece stands for, without the mark of a word's inside or end; "" for
            special tokens and bytes.
        fixed: ids that stay in any case: special tokens, single bytes, and those asked for.
    """

    state: State
    names: list[str]
    texts: list[str]
    fixed: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, state: State, staying: Iterable[int] = ()) -> "Pieces":
        """Read a tokenizer.

        Args:
            state: a parsed tokenizer.json.
            staying: ids that stay, whatever they stand for.

        Raises:
            ModelShapeError: it is of a kind whose vocabulary cannot be trimmed.
        """
        kind = state["model"]["type"]
        if kind not in ("WordPiece", "BPE", "Unigram"):
            raise ModelShapeError(
                f"the tokenizer is a {kind} model; expected WordPiece, BPE or Unigram: leave its "
                "vocabulary as it is"
            )
        bare, words = split_words(state)
        bare = with_settled_added_tokens(bare)
        names = [*_names(bare), *(word["content"] for word in words)]
        state = with_words(bare, words)
        added = {e["content"]: e for e in state["added_tokens"]}
        bytewise = _is_bytewise(state)
        prefix = state["model"].get("continuing_subword_prefix") or ""
        suffix = state["model"].get("end_of_word_suffix") or ""
        texts, fixed = [], set(staying)
        for number, name in enumerate(names):
            special = name in added and added[name]["special"]
            text = name if name in added else name.removeprefix(prefix).removesuffix(suffix)
            byte = regex.fullmatch(r"<0x[0-9A-F]{2}>", name) or (bytewise and len(text) == 1)
            if special or byte or name == state["model"].get("unk_token"):
                fixed.add(number)
                texts.append("")
            elif bytewise and name not in added:
                texts.append(ByteLevel().decode([text]))
            else:
                texts.append(text)
        unknown = state["model"].get("unk_id")
        return cls(state, names, texts, frozenset(fixed | ({unknown} - {None})))

    def spelled(self, alphabet: Iterable[str]) -> set[int]:
        """Ids of the pieces whose characters are all in an alphabet, or ASCII."""
        wanted = ASCII | frozenset(alphabet) | {"▁", "�"}
        return {i for i, text in enumerate(self.texts) if text and wanted.issuperset(text)}

    def written_in(self, scripts: Sequence[str]) -> set[int]:
        """Ids of the pieces in some scripts (ISO 15924: "Latn"), digits and punctuation with them.

        Raises:
            InputError: a script is unknown.
        """
        try:
            pattern = regex.compile(rf"[\p{{Common}}\p{{Inherited}}{_characters(scripts)}]+")
        except regex.error as error:
            raise InputError(
                f"unknown script among {', '.join(scripts)}; expected scripts of Unicode: give "
                "--text instead of --languages"
            ) from error
        return {i for i, text in enumerate(self.texts) if text and pattern.fullmatch(text)}

    def can_write(self, scripts: Sequence[str], kept: Iterable[int]) -> bool:
        """Whether some of the ids have a letter of one of the scripts, or bytes spell any letter.

        Args:
            scripts: ISO 15924, known ones.
            kept: ids.
        """
        characters = _characters(scripts)
        if not characters:
            return False
        if _is_bytewise(self.state) or self.state["model"].get("byte_fallback"):
            return True
        letter = regex.compile(rf"(?=\p{{L}})[{characters}]")
        return any(letter.search(self.texts[i]) for i in kept)

    def closed(self, wanted: set[int]) -> set[int]:
        """The same ids with those they cannot do without: a merge needs both its parts."""
        whole = set(self.fixed | wanted)
        if self.state["model"]["type"] == "Unigram":
            # the price of an unknown character is taken from the cheapest piece
            scores = [score for _, score in self.state["model"]["vocab"]]
            whole.add(int(np.argmin(scores)))
        if self.state["model"]["type"] == "BPE":
            made = self._parts
            pending = list(whole)
            while pending:
                for part in made.get(pending.pop(), ()):
                    if part not in whole:
                        whole.add(part)
                        pending.append(part)
        return whole

    def most_used(
        self, counts: LongArray, among: set[int], letters: set[int], budget: int
    ) -> set[int]:
        """The most used ids, as many as a budget allows.

        Args:
            counts: uses per id, `(n,)`.
            among: ids to choose from.
            letters: of these the single characters stay in any case, so that every word that loses
                its piece can still be spelled.
            budget: how many ids the result has at most, closed.

        Raises:
            InputError: the budget does not hold what must stay.
        """
        kept = self.closed({i for i in letters if len(self.texts[i].strip("▁")) <= 1})
        if len(kept) > budget:
            raise InputError(
                f"a budget of {budget} tokens does not hold the {len(kept)} special tokens, bytes "
                "and single characters of the text; expected more: raise --tokens, or "
                "student.pretrained.trim in a recipe"
            )
        rest = sorted((i for i in among - kept if counts[i] > 0), key=lambda i: (-counts[i], i))
        for number in rest:
            more = (
                self.closed({number}) - kept if self.state["model"]["type"] == "BPE" else {number}
            )
            if len(kept) + len(more) <= budget:
                kept |= more
        return kept

    @cached_property
    def _parts(self) -> dict[int, set[int]]:
        """Id of a merged piece to the ids it may be merged from."""
        numbers = {name: i for i, name in enumerate(self.names)}
        made: dict[int, set[int]] = {}
        for left, right, whole in _merged(self.state):
            if whole in numbers:
                made.setdefault(numbers[whole], set()).update({numbers[left], numbers[right]})
        return made


def _is_bytewise(state: State) -> bool:
    """Whether the pieces are made of bytes."""
    return "ByteLevel" in json.dumps([state.get("pre_tokenizer"), state.get("decoder")])


def unmixed(scripts: Sequence[str]) -> set[str]:
    """What some scripts (ISO 15924) are made of, by names of Unicode for mixtures."""
    return {part for script in scripts for part in SCRIPTS.get(script, (script,))}


def _characters(scripts: Sequence[str]) -> str:
    """The characters of some scripts, as what stands between the brackets of a pattern."""
    names = sorted(unmixed(scripts))
    return "".join(rf"\p{{Script_Extensions={name}}}" for name in names)


def scripts_of(languages: Sequence[str]) -> list[str]:
    """The scripts (ISO 15924) that languages (BCP 47) are usually written in."""
    from langcodes import Language

    found = [Language.get(code).maximize().script for code in languages]
    return list(dict.fromkeys(script for script in found if script))


def scripts_in(texts: Sequence[str], among: Sequence[str]) -> list[str]:
    """Those of some scripts (ISO 15924) that a text is written in, and not only a name in it."""
    letters = "".join(regex.findall(r"\p{L}+", " ".join(texts)))
    least = max(1, MIN_WRITTEN * len(letters))
    own = {script: _characters(TELLING.get(script, (script,))) for script in among}
    return [s for s in among if len(regex.findall(f"[{own[s]}]", letters)) >= least]


def trimmed(pieces: Pieces, kept: LongArray) -> State:
    """The tokenizer with some of its ids.

    Args:
        pieces: the vocabulary.
        kept: ids that stay, ascending; their places are their new ids.

    Returns:
        A parsed tokenizer.json of `len(kept)` ids.
    """
    state = copy.deepcopy(pieces.state)
    new = {int(old): number for number, old in enumerate(kept)}
    names = {pieces.names[old] for old in new}
    model = state["model"]
    if isinstance(model["vocab"], list):
        model["vocab"] = [model["vocab"][old] for old in new if old < len(model["vocab"])]
        if model.get("unk_id") is not None:
            model["unk_id"] = new[model["unk_id"]]
    else:
        n_pieces = 1 + max(model["vocab"].values())
        model["vocab"] = {pieces.names[old]: at for old, at in new.items() if old < n_pieces}
    if "merges" in model:
        merges = zip(model["merges"], _merged(state), strict=True)
        model["merges"] = [merge for merge, parts in merges if names.issuperset(parts)]
    state["added_tokens"] = [
        entry | {"id": new[entry["id"]]} for entry in state["added_tokens"] if entry["id"] in new
    ]
    state["post_processor"] = _renumbered(state.get("post_processor"), new)
    if model["type"] == "WordPiece" and isolates_unknown(state["pre_tokenizer"]):
        return isolating_unknown(state)
    return state


def _merged(state: State) -> list[tuple[str, str, str]]:
    """The two parts of each merge, and the piece that they make."""
    prefix = state["model"].get("continuing_subword_prefix") or ""
    return [(left, right, joined((left, right), prefix)) for left, right in merges_of(state)]


def _renumbered(part: Any, new: Mapping[int, int]) -> Any:
    """A post-processor with new ids: {"ids": [0]} of a template, ["</s>", 2] of the others."""
    if isinstance(part, dict):
        return {
            key: [new[i] for i in value]
            if key == "ids"
            else [value[0], new[value[1]]]
            if key in ("sep", "cls")
            else _renumbered(value, new)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_renumbered(item, new) for item in part]
    return part


def _names(state: State) -> list[str]:
    vocabulary = state["model"]["vocab"]
    if isinstance(vocabulary, list):
        return [name for name, _ in vocabulary]
    names = [""] * (1 + max(vocabulary.values(), default=-1))
    for name, number in vocabulary.items():
        names[number] = name
    return names
