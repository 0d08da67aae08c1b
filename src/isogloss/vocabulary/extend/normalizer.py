"""What the teacher's normalizer would destroy in a target language, and a normalizer that keeps it.

BERT's normalizer strips every combining mark: й becomes и, ü becomes u, が becomes か, and Hangul
syllables fall apart. The student keeps the marks its target languages really use and strips the
others as the teacher did, so that "café" in an English sentence is still cut as "cafe" when the
language added is German.
"""

import copy
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from isogloss.data.scripts import is_optional_mark
from isogloss.vocabulary.tokenizer_json import State, is_unsegmented, share_of_scripts

GENERIC_MARKS = range(0x0300, 0x0370)
"""Combining Diacritical Marks: part of a letter or not, as letter and language will have it."""

MIN_MARK_SHARE = 1e-4
"""A letter with its mark is kept from this share of all letters of a language on."""

MIN_HAN_SHARE = 0.05
"""A language without spaces writes Han characters from this share of its letters on."""

LOOSE_MARKS = re.compile(r".[\u0300-\u036f]+")
"""A character with generic marks that have not composed with it: g̃, ẹ́."""


def kept_marks(
    texts: Iterable[str], language: str = "", *, min_share: float = MIN_MARK_SHARE
) -> dict[str, str]:
    """The marks that belong to the spelling of a language.

    Args:
        texts: sentences of one language, composed or decomposed.
        language: its canonical code, which says what marks its readers leave out.
        min_share: least share of letters that carry the mark.

    Returns:
        Mark to the characters it may follow; the empty string means any. Characters are lowercase,
        decomposed.
    """
    letters: Counter[str] = Counter()
    for text in texts:
        composed = unicodedata.normalize("NFC", text)
        letters.update(composed)
        loose = LOOSE_MARKS.findall(composed)
        letters.update(loose)
        letters.subtract(letter[0] for letter in loose)
    total = sum(n for letter, n in letters.items() if letter[0].isalpha())
    after: Counter[tuple[str, str]] = Counter()
    for letter, n in letters.items():
        decomposed = unicodedata.normalize("NFD", letter.lower())
        for before, mark in itertools.pairwise(decomposed):
            if unicodedata.category(mark) == "Mn" and _spells(before, mark, language):
                after[before if ord(mark) in GENERIC_MARKS else "", mark] += n
        if unicodedata.category(decomposed[0]) == "Mn" and _spells("", decomposed[0], language):
            after["", decomposed[0]] += n
    kept: dict[str, set[str]] = {}
    for (before, mark), n in after.items():
        if n >= min_share * total:
            kept.setdefault(mark, set()).add(before)
    return {mark: "".join(sorted(before)) for mark, before in kept.items()}


def _spells(before: str, mark: str, language: str) -> bool:
    """Whether a mark can be part of a letter at all."""
    if is_optional_mark(mark, language):
        return False
    if before == "i" and mark == "\u0307":  # what lowercasing leaves of a capital İ
        return False
    if ord(mark) not in GENERIC_MARKS:
        return True
    return before != "" and unicodedata.category(before)[0] in "LM"


def strip_pattern(kept: dict[str, str]) -> str:
    """A pattern that matches the marks to strip, in decomposed text of either case.

    Args:
        kept: what to leave, from `kept_marks`.

    Returns:
        Pattern in the syntax of Oniguruma, the engine of tokenizers.
    """
    parts = []
    for mark, before in sorted(kept.items()):
        if before:
            either = sorted({case for c in before for case in (c, c.upper()) if len(case) == 1})
            parts.append(f"(?<![{escaped(either)}]){mark}")
    others = "".join(sorted(kept))
    parts.append(f"[\\p{{Mn}}&&[^{others}]]" if others else "\\p{Mn}")
    return "|".join(parts)


def kept_by(pattern: str) -> dict[str, str] | None:
    """The inverse of `strip_pattern`; None for a pattern that is not one of its own."""
    *parts, last = pattern.split("|")
    everything = re.fullmatch(r"\\p\{Mn\}|\[\\p\{Mn\}&&\[\^([^\]]*)\]\]", last)
    lookbehinds = [re.fullmatch(r"\(\?<!\[(.+)\]\)(.)", part) for part in parts]
    if everything is None or not all(lookbehinds):
        return None
    kept = dict.fromkeys(everything[1] or "", "")
    for found in lookbehinds:
        if found is not None:
            either = set(re.sub(r"\\(.)", r"\1", found[1]))
            capitals = {c.upper() for c in either if c.upper() != c}
            kept[found[2]] = "".join(sorted(either - capitals))
    return kept


def merged(some: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """The marks of both, each after the characters of either; "" is any character."""
    kept = dict(some)
    for mark, before in others.items():
        known = kept.get(mark, before)
        kept[mark] = "".join(sorted({*known, *before})) if known and before else ""
    return kept


def escaped(characters: Iterable[str]) -> str:
    """Characters as they stand inside the brackets of a pattern."""
    return "".join(f"\\{c}" if c in "[]^-\\&" else c for c in characters)


def normalizer_for(normalizer: State | None, targets: Mapping[str, Sequence[str]]) -> State | None:
    """The teacher's normalizer, changed for its target languages.

    Args:
        normalizer: the `normalizer` entry of the teacher's tokenizer.json.
        targets: language to sentences of that language.

    Returns:
        The new entry, from `keeping_marks`.
    """
    kept: dict[str, str] = {}
    for code, texts in targets.items():
        kept = merged(kept, kept_marks(texts, code))
    han_words = any(
        is_unsegmented(texts) and share_of_scripts(texts, ("CJK",)) > MIN_HAN_SHARE
        for texts in targets.values()
    )
    return keeping_marks(normalizer, kept, split_han=not han_words)


def strips_marks(normalizer: State | None) -> bool:
    """Whether a tokenizer.json normalizer strips combining marks."""
    if normalizer is None:
        return False
    if normalizer["type"] == "Sequence":
        return any(strips_marks(part) for part in normalizer["normalizers"])
    if normalizer["type"] == "BertNormalizer":
        strip = normalizer.get("strip_accents")
        return bool(normalizer.get("lowercase") if strip is None else strip)
    return bool(normalizer["type"] == "StripAccents")


def keeping_marks(
    normalizer: State | None, kept: dict[str, str], *, split_han: bool
) -> State | None:
    """The teacher's normalizer, changed so that it keeps the marks of the target languages.

    Args:
        normalizer: the `normalizer` entry of the teacher's tokenizer.json.
        kept: marks to keep, from `kept_marks`.
        split_han: whether every Han character stays a word of its own (BERT); False where the
            student learns words of several Han characters.

    Returns:
        The new entry; the teacher's own where it strips nothing. Spacing vowel signs (Mc), which
        StripAccents strips too, always stay.
    """
    if normalizer is None:
        return None
    if normalizer["type"] == "Sequence":
        parts = [keeping_marks(n, kept, split_han=split_han) for n in normalizer["normalizers"]]
        return {"type": "Sequence", "normalizers": parts}
    changed = copy.deepcopy(normalizer)
    if normalizer["type"] == "BertNormalizer" and not split_han:
        changed["handle_chinese_chars"] = False
    if normalizer["type"] == "Replace":  # a student's own, that other languages were added to
        known = kept_by(normalizer["pattern"].get("Regex", ""))
        if known is not None:
            changed["pattern"] = {"Regex": strip_pattern(merged(known, kept))}
    if not strips_marks(normalizer):
        return changed
    strip = {"type": "Replace", "pattern": {"Regex": strip_pattern(kept)}, "content": ""}
    if normalizer["type"] == "StripAccents":  # as it stands, it only strips decomposed text
        return {"type": "Sequence", "normalizers": [strip, {"type": "NFC"}]}
    changed["strip_accents"] = False
    return {"type": "Sequence", "normalizers": [changed, {"type": "NFD"}, strip, {"type": "NFC"}]}
