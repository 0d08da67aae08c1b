"""The `LANGS=WHERE` syntax: which languages, and where their parallel sentences lie."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from isogloss.data.columns import Columns
from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.errors import InputError, MissingFileError, UnknownLanguageError

logger = logging.getLogger(__name__)

_KINDS = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".tmx": "tmx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
}
_NO_COLUMNS = frozenset({"moses", "tmx"})
_COMPRESSED = (".gz", ".xz")
_EXAMPLES = "'en-de=corpus.tsv', 'en-de=train.en,train.de' or 'en-uk=hf:owner/name'"
_LANGS = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
_QUERY = re.compile(r"(?P<place>.+)\?(?P<query>(?:source|target)=[^?]*)")
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


@dataclass(frozen=True)
class Where:
    """Parallel sentences that can be read.

    Attributes:
        languages: source and target, canonical.
        kind: the reader: `tsv`, `moses`, `tmx`, `jsonl`, `parquet` or `hf`.
        locations: one path, two for `moses`; the dataset's name or folder for `hf`.
        text: the place as the user wrote it.
        columns: columns the user named; None lets the reader find them.
        config: configuration of a hub dataset; None finds the one for these languages.
        split: split of a hub dataset; None takes `train`, or the only one.
    """

    languages: LanguagePair
    kind: str
    locations: tuple[str, ...]
    text: str
    columns: Columns | None = None
    config: str | None = None
    split: str | None = None


def parse_where(text: str) -> Where:
    """Read a `LANGS=WHERE` argument and check that its files are there.

    Places:
        - `en-de=corpus.tsv`, `.tmx`, `.jsonl`, `.parquet`, each also with `.gz` or `.xz`; one file
          of any other name is read as TSV. A path may hold `=` and `,`.
        - `en-de=train.en,train.de`: two line-aligned files (Moses).
        - `en-uk=hf:NAME[:CONFIG][#SPLIT]`: a hub dataset, or a local folder of one (`hf:./folder`).
        - TSV, JSONL, Parquet and hub places may end in `?source=COL&target=COL`; in TSV a column is
          named by the header or by its number from 1. Characters such as `&` in a name are
          percent-encoded.

    `LANGS=` may be left out where the names have the languages: `en-de.tsv.gz`, `corpus.en-de.tsv`,
    `a.en,a.de`, `hf:NAME:en-uk`.

    Args:
        text: the argument.

    Returns:
        The place, its languages canonical.

    Raises:
        InputError: the text does not follow the syntax, or its languages cannot be told.
        UnknownLanguageError: a language code is not one.
        MissingFileError: a file does not exist.
    """
    languages, place = _split_languages(text)
    return resolve_place(place, languages, text)


def resolve_place(place: str, languages: LanguagePair | None, text: str) -> Where:
    """Read the part of `LANGS=WHERE` behind the `=`; see `parse_where`.

    Args:
        place: files, or a dataset.
        languages: those in front; None takes them from the names.
        text: the whole argument, for messages.
    """
    if place.startswith("opus:"):
        raise InputError(
            f"{text}: opus: is not supported yet; download the Moses files of the corpus from "
            "https://opus.nlpl.eu, unpack them and give both: 'en-uk=corpus.en,corpus.uk'"
        )
    place, columns = _split_columns(place)
    if place.startswith("hf:"):
        return _parse_hub(text, place.removeprefix("hf:"), languages, columns)
    if os.path.isdir(os.path.expanduser(place)):
        raise InputError(
            f"{place!r} is a folder; expected a file, or 'hf:{place}' for a dataset folder"
        )
    locations = find_locations(place, text)
    kind = _kind(locations, text)
    if columns is not None and kind in _NO_COLUMNS:
        raise InputError(f"{text}: columns are named but {kind} has none; leave '?source=' out")
    named = _languages_of_names(locations)
    languages = _settled(languages, named, kind, text)
    return Where(languages, kind, locations, text, columns)


def _split_languages(text: str) -> tuple[LanguagePair | None, str]:
    """Take `LANGS=` off the front, unless it is part of a path that exists."""
    text = text.strip()
    head, equals, tail = text.partition("=")
    if not head or (equals and not tail):
        raise InputError(f"no place in {text!r}; expected LANGS=WHERE, as in {_EXAMPLES}")
    if not equals or not _LANGS.fullmatch(head):
        return None, text
    try:
        return parse_language_pair(head), tail
    except (InputError, UnknownLanguageError):
        if os.path.exists(text) or os.path.exists(text.partition(",")[0]):
            return None, text
        raise


def _settled(
    given: LanguagePair | None, named: LanguagePair | None, kind: str, text: str
) -> LanguagePair:
    """The languages as given, else as the name has them; where both speak, they are compared."""
    if given is None:
        if named is None:
            raise InputError(
                f"{text}: its name does not tell the languages; "
                f"write them in front, as in {_EXAMPLES}"
            )
        logger.info("%s: languages %s taken from the name", text, named)
        return named
    if named is None or kind not in ("tsv", "moses") or _primary(given) == _primary(named):
        return given
    if kind == "moses" and _primary(given) == _primary(named)[::-1]:
        raise InputError(
            f"{text}: the files' names say {named}; expected the {given.source} file first"
        )
    logger.warning("%s: read as %s, but the name says %s", text, given, named)
    return given


def _primary(languages: LanguagePair) -> tuple[str, str]:
    source, target = (code.partition("-")[0] for code in languages)
    return source, target


def _split_columns(place: str) -> tuple[str, Columns | None]:
    found = _QUERY.fullmatch(place)
    if found is None or os.path.exists(place):
        return place, None
    values = parse_qs(found["query"], keep_blank_values=True)
    if set(values) != {"source", "target"} or any(len(v) != 1 or not v[0] for v in values.values()):
        raise InputError(
            f"columns {found['query']!r}; expected both, once: '?source=COLUMN&target=COLUMN'"
        )
    columns = Columns(values["source"][0], values["target"][0])
    if columns.source == columns.target:
        raise InputError(f"columns {found['query']!r} are one; expected two; name the other one")
    return found["place"], columns


def find_locations(place: str, text: str) -> tuple[str, ...]:
    """One path or two that exist; of several commas, the one with a file on either side parts them.

    Args:
        place: one path, or two with a comma between; pipes will do.
        text: the whole argument, for messages.

    Raises:
        MissingFileError: a file does not exist.
        InputError: it is a folder; there are more than two files, or one file twice.
    """
    place = os.path.expanduser(place)
    cuts = [i for i, letter in enumerate(place) if letter == ","]
    choices = [(place[:i].strip(), os.path.expanduser(place[i + 1 :].strip())) for i in cuts]
    existing = [pair for pair in choices if all(map(os.path.exists, pair))]
    paths: tuple[str, ...] = (place,)
    if not os.path.exists(place) and choices:
        paths = (existing or choices)[0]
        if not existing and len(choices) > 1:
            raise InputError(
                f"{text}: {len(cuts) + 1} files; expected one, or two that are line-aligned"
            )
    for path in paths:
        if not os.path.exists(path):
            raise MissingFileError(
                f"no file {path!r} (looked from {Path.cwd()}); expected an existing file; "
                f"{_missing_hint(path, text)}"
            )
        if os.path.isdir(path):
            raise InputError(f"{text}: {path!r} is a folder; expected a file; name one in it")
    if len(paths) == 2 and os.path.samefile(*paths):
        raise InputError(
            f"{text}: both sides are {paths[0]!r}; expected the sentences in one file and their "
            "translations in another; name the other one"
        )
    return paths


def _missing_hint(path: str, text: str) -> str:
    if re.search(r"\?\w+=", path):
        return (
            "columns of pairs are named '?source=COLUMN&target=COLUMN', those of graded pairs in "
            "the file's header"
        )
    if re.search(r"[*?\[]", path):
        return "a pattern is not looked up: name every file, each with an option of its own"
    return f"check the path in {text!r}"


def _kind(locations: Sequence[str], text: str) -> str:
    suffixes = [Path(_uncompressed(path)).suffix.lower() for path in locations]
    if len(locations) == 2:
        tables = [s for s in suffixes if _KINDS.get(s, "tsv") != "tsv"]
        if tables:
            raise InputError(
                f"{text}: two files, one of them {tables[0]}; expected two plain text files"
            )
        return "moses"
    if suffixes[0] == ".csv":
        raise InputError(
            f"{text}: CSV is not read (a stray quote merges its rows); convert it to TSV or JSONL"
        )
    return _KINDS.get(suffixes[0], "tsv")


def _uncompressed(path: str) -> str:
    return path[: -len(".gz")] if path.lower().endswith(_COMPRESSED) else path


def _languages_of_names(locations: Sequence[str]) -> LanguagePair | None:
    """Languages that file names have: a suffix each for two files, a pair between dots for one."""
    names = [Path(_uncompressed(path)).name.removesuffix(".txt") for path in locations]
    if len(names) == 2:
        return _pair_or_none("-".join(name.rpartition(".")[2].replace("-", "_") for name in names))
    words = [word for word in re.split(r"[._ ]", names[0]) if "-" in word]
    pairs = [
        pair
        for word in (*reversed(names[0].split(".")), *reversed(words))
        if (pair := _pair_or_none(word))
    ]
    return pairs[0] if pairs else None


_NO_LANGUAGE = re.compile(
    "src|tgt|trg|raw|bpe|low|tok|spm|dev|set|new|old|all|big|tab|sep|ted|pre|war|dup|tsv|csv|txt"
    "|out|tmp|hyp|ref|neg|pos|max|min|top"
)
"""What ends in file names are, although the registry has languages with these codes."""


def _pair_or_none(word: str) -> LanguagePair | None:
    # Two or three letters on both ends: "news-train" is no pair of languages, whatever the registry
    # holds.
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*", word) or "-" not in word:
        return None
    ends = [end.lower() for end in re.split(r"[-_]", word)]
    if ends[0] == ends[-1] or any(_NO_LANGUAGE.fullmatch(end) for end in (ends[0], ends[-1])):
        return None
    try:
        return parse_language_pair(word)
    except (InputError, UnknownLanguageError):
        return None


def _parse_hub(
    text: str, place: str, languages: LanguagePair | None, columns: Columns | None
) -> Where:
    place, _, split = place.partition("#")
    place = os.path.expanduser(place)
    name, config = place, ""
    if not os.path.isdir(place) and ":" in place:
        name, _, config = place.rpartition(":")
    local = name.startswith((".", "/")) or os.path.isdir(name)
    if local and not os.path.isdir(name):
        raise MissingFileError(
            f"no folder {name!r} (looked from {Path.cwd()}); check the path in {text!r}"
        )
    if not local and not _HUB_NAME.fullmatch(name):
        raise InputError(
            f"{text}: {name!r} is no dataset name; expected 'hf:owner/name' or 'hf:./folder'"
        )
    languages = languages or _pair_or_none(config)
    if languages is None:
        raise InputError(
            f"{text}: the languages are missing; write them in front, as in 'en-uk=hf:owner/name'"
        )
    return Where(languages, "hf", (name,), text, columns, config or None, split or None)
