"""Languages by their BCP 47 code: one canonical spelling, English names, pairs, matching."""

import difflib
import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from isogloss.data.language_names import LANGUAGE_NAMES, SCRIPT_NAMES
from isogloss.errors import InputError, UnknownLanguageError

logger = logging.getLogger(__name__)

# Country codes and habits written where a language code belongs. Of these only `kr` is a language
# of its own (Kanuri), but parallel data says `kr` for Korean; Kanuri is written `kau` here, before
# and after, so that a canonical code stays what it is when it is read again.
_SLIPS = {
    "ua": "uk",
    "jp": "ja",
    "cz": "cs",
    "gr": "el",
    "kr": "ko",
    "cn": "zh",
    "dk": "da",
    "vn": "vi",
}
_KANURI = {"kr": "kau"}
_SHAPE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_NO_LANGUAGE = frozenset({"mul", "mis", "zxx"})
# Files say `no` and mean Bokmål, nearly always.
_SAME_IN_PRACTICE = {"nb": "no"}


class LanguagePair(NamedTuple):
    """The two languages of parallel sentences, as canonical codes.

    Attributes:
        source: the language the teacher knows; in mining, the first side.
        target: the language to be added; in mining, the second side.
    """

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}-{self.target}"


def canonical_language(code: str) -> str:
    """Spell a language code the one way this package spells it.

    ISO 639-3 and 639-2 codes, deprecated ones (`iw`), underscores, the member that stands for its
    macrolanguage (`cmn`, `arb`) and common slips (`ua`, `jp`, `cz`) are accepted; a slip is logged.
    `no` stays Norwegian. The result is a fixed point: reading it again changes nothing.

    Args:
        code: a BCP 47 tag or one of the spellings above, any case: `"deu"`, `"zh_hant"`, `"pt-br"`.

    Returns:
        The BCP 47 tag: `"de"`, `"zh-Hant"`, `"pt-BR"`.

    Raises:
        UnknownLanguageError: the code is no language; the message names the nearest known ones.

    >>> canonical_language("deu"), canonical_language("zh_hant"), canonical_language("iw")
    ('de', 'zh-Hant', 'he')
    """
    canonical = _canonical(code)
    if canonical is None:
        raise UnknownLanguageError(
            f"unknown language code {code!r}; expected a BCP 47 code such as 'de' or 'zh-Hant'; "
            f"nearest: {', '.join(_nearest(code))}"
        )
    _note_slip(code, canonical)
    return canonical


@lru_cache(maxsize=4096)
def _canonical(code: str) -> str | None:
    """The canonical spelling, or None where the code is no language (quiet: nothing is logged)."""
    import langcodes

    written = code.strip().replace("_", "-")
    if not _SHAPE.fullmatch(written):
        return None
    primary, dash, rest = written.partition("-")
    written = _SLIPS.get(primary.lower(), primary) + dash + rest
    try:
        # The first call folds a member into its macrolanguage, the second drops a script that goes
        # without saying.
        tag = langcodes.standardize_tag(langcodes.standardize_tag(written, macro=True))
        language = langcodes.Language.get(tag)
    except langcodes.tag_parser.LanguageTagError:
        return None
    # "deu-eng" parses as German with an "extended language" eng: two languages are not one.
    known = language.language is not None and language.language not in _NO_LANGUAGE
    if not known or language.extlangs or not langcodes.tag_is_valid(tag):
        return None
    primary, dash, rest = tag.partition("-")
    return _KANURI.get(primary, primary) + dash + rest


def is_language(code: str) -> bool:
    """Whether `canonical_language` takes a code."""
    return _canonical(code) is not None


@lru_cache(maxsize=256)
def _note_slip(code: str, canonical: str) -> None:
    """Log once per spelling that a code was taken for another language's usual code."""
    primary = code.strip().replace("_", "-").partition("-")[0].lower()
    if primary == "kr":
        logger.warning(
            "language code %r read as %r (Korean); Kanuri is written 'kau'", code, canonical
        )
    elif primary in _SLIPS:
        logger.info("language code %r read as %r (%s)", code, canonical, language_name(canonical))


def _nearest(code: str) -> list[str]:
    """Up to three known codes with their names, closest to a code or to an English name."""
    written = code.strip().lower()
    by_name = {name.lower(): known for known, name in LANGUAGE_NAMES.items()}
    found = [by_name[n] for n in difflib.get_close_matches(written, by_name, n=1, cutoff=0.8)]
    found += difflib.get_close_matches(written, LANGUAGE_NAMES, n=3, cutoff=0.0)
    return [f"{known} ({LANGUAGE_NAMES[known]})" for known in dict.fromkeys(found)][:3]


@lru_cache(maxsize=1024)
def language_name(code: str) -> str:
    """The English name of a language, for people.

    Args:
        code: any spelling that `canonical_language` takes.

    Returns:
        `"German"`, `"Chinese (Traditional)"`, `"Portuguese (BR)"`: script by name, region by code.
        A language outside the built-in table has its name in the IANA registry.

    Raises:
        UnknownLanguageError: the code is no language.
    """
    primary, *subtags = canonical_language(code).split("-")
    name = LANGUAGE_NAMES.get(primary) or _registry_name(primary)
    details = ", ".join(SCRIPT_NAMES.get(subtag, subtag) for subtag in subtags)
    return f"{name} ({details})" if details else name


def _registry_name(primary: str) -> str:
    from langcodes.registry_parser import parse_registry

    for entry in parse_registry():  # type: ignore[no-untyped-call]
        if entry["Type"] == "language" and entry["Subtag"] == primary:
            return str(entry["Description"][0])
    return primary


def parse_language_pair(text: str) -> LanguagePair:
    """Read two languages joined by a hyphen.

    A code may itself have subtags: `en-zh-Hant`, `pt-BR-en`, `en-zh_CN`. Where two readings are
    possible the one spelled canonically wins (`en-de-DE`); an underscore inside a code settles the
    rest (`en-ar_DE`).

    Args:
        text: the pair, source first.

    Returns:
        Both codes in canonical spelling.

    Raises:
        UnknownLanguageError: a side is no language.
        InputError: there is only one language, or the hyphens can be read in two ways.

    >>> parse_language_pair("eng-zh-Hant")
    LanguagePair(source='en', target='zh-Hant')
    """
    parts = text.strip().split("-")
    splits = [("-".join(parts[:i]), "-".join(parts[i:])) for i in range(1, len(parts))]
    if not splits:
        raise InputError(
            f"one language in {text!r}; expected two joined by a hyphen, such as 'en-de'"
        )
    readings = [s for s in splits if _canonical(s[0]) is not None and _canonical(s[1]) is not None]
    canonical = [s for s in readings if all(_canonical(c) == c.replace("_", "-") for c in s)]
    choices = canonical or readings
    if len(choices) > 1:
        meanings = " or ".join(f"{a.replace('-', '_')}-{b.replace('-', '_')}" for a, b in choices)
        raise InputError(f"language pair {text!r} can be read in two ways; write {meanings}")
    source, target = choices[0] if choices else splits[0]
    return LanguagePair(canonical_language(source), canonical_language(target))


@lru_cache(maxsize=4096)
def best_match(codes: Sequence[str], wanted: str) -> int | None:
    """Which of several codes names the wanted language best.

    A code matches if it says everything the wanted one says, written or by likelihood: `en-US`
    matches `en`, `zh-TW` matches `zh-Hant`, `de` does not match `de-AT`. The exact code is
    preferred, then the first that matches.

    Args:
        codes: a tuple of codes or other names as found in a file; what is no language never
            matches.
        wanted: a canonical code.

    Returns:
        An index into `codes`, or None where none matches.
    """
    found = [_canonical(code) for code in codes]
    if wanted in found:
        return found.index(wanted)
    matches = (i for i, code in enumerate(found) if code is not None and _says(code, wanted))
    return next(matches, None)


def _says(code: str, wanted: str) -> bool:
    import langcodes

    said = langcodes.Language.get(code).maximize()
    asked = langcodes.Language.get(wanted)
    languages = [_SAME_IN_PRACTICE.get(str(x.language), x.language) for x in (said, asked)]
    subtags = [(asked.script, said.script), (asked.territory, said.territory)]
    if asked.variants or asked.private:
        return False
    return languages[0] == languages[1] and all(a is None or a == b for a, b in subtags)


def languages_in_names(paths: Sequence[str]) -> LanguagePair | None:
    """Languages that names of files have: a suffix each for two files, a pair between dots for one.

    Args:
        paths: one or two, without the suffix of a compression.
    """
    names = [Path(path).name.removesuffix(".txt") for path in paths]
    if len(names) == 2:
        return pair_in_name("-".join(name.rpartition(".")[2].replace("-", "_") for name in names))
    words = [word for word in re.split(r"[._ ]", names[0]) if "-" in word]
    pairs = [
        pair
        for word in (*reversed(names[0].split(".")), *reversed(words))
        if (pair := pair_in_name(word))
    ]
    return pairs[0] if pairs else None


_MERE_WORD = re.compile(
    "src|tgt|trg|raw|bpe|low|tok|spm|dev|set|new|old|all|big|tab|sep|ted|pre|war|dup|tsv|csv|txt"
    "|out|tmp|hyp|ref|neg|pos|max|min|top"
)
"""What ends in file names are, although the registry has languages with these codes."""


def pair_in_name(word: str) -> LanguagePair | None:
    """The language pair that a word of a name is, such as `en-uk`; None if it is none."""
    # Two or three letters on both ends: "news-train" is no pair of languages, whatever the registry
    # holds.
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*", word) or "-" not in word:
        return None
    ends = [end.lower() for end in re.split(r"[-_]", word)]
    if ends[0] == ends[-1] or any(_MERE_WORD.fullmatch(end) for end in (ends[0], ends[-1])):
        return None
    try:
        return parse_language_pair(word)
    except (InputError, UnknownLanguageError):
        return None
