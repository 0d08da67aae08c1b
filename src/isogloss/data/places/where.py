"""One grammar of places: `LANGS=WHERE`, where WHERE is files, a dataset, a corpus, or `-`."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from isogloss.data.columns import Columns
from isogloss.data.fetched import opus_file
from isogloss.data.languages import (
    LanguagePair,
    canonical_language,
    languages_in_names,
    pair_in_name,
    parse_language_pair,
)
from isogloss.data.places.datasets import is_hub, is_opus, parse_hub, parse_opus
from isogloss.data.places.files import STDIN, find_locations, without_compression
from isogloss.errors import InputError, MissingFileError, UnknownLanguageError
from isogloss.paths import given_name

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
_EXAMPLES = "'en-de=corpus.tsv', 'en-de=train.en,train.de' or 'en-uk=hf:owner/name'"
_DICTIONARY = "dict:"
_LANGS = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
_QUERY = re.compile(r"(?P<place>.+)\?(?P<query>(?:source|target|weight)=[^?]*)")


@dataclass(frozen=True)
class Where:
    """Parallel sentences that can be read.

    Attributes:
        languages: source and target, canonical.
        kind: the reader: `tsv`, `moses`, `tmx`, `jsonl`, `parquet`, `dict`, `hf` or `opus`.
        locations: one path, two for `moses`; the dataset's name or folder for `hf`; for `opus` the
            archive in the cache, which may not be there yet.
        text: the place as the user wrote it.
        columns: columns the user named; None lets the reader find them.
        config: configuration of a hub dataset; None finds the one for these languages. Of `opus`
            the corpus.
        split: split of a hub dataset; None takes `train`, or the only one. Of `opus` the version.
        weight: column with what each pair counts in training; None: all the same.
    """

    languages: LanguagePair
    kind: str
    locations: tuple[str, ...]
    text: str
    columns: Columns | None = None
    config: str | None = None
    split: str | None = None
    weight: str | None = None

    def without_weight(self, command: str) -> "Where":
        """The same place, for a command that would lose its weights.

        Raises:
            InputError: it has some.
        """
        if self.weight is None:
            return self
        raise InputError(
            f"{self.text}: weights (column {self.weight!r}) are for training, and {command} makes "
            "no use of them; expected a place without; leave 'weight=' out"
        )


def parse_where(text: str) -> Where:
    """Read a `LANGS=WHERE` argument and check that its files are there.

    Places:
        - `en-de=corpus.tsv`, `.tmx`, `.jsonl`, `.parquet`, each also with `.gz` or `.xz`; one file
          of any other name is read as TSV. A path may hold `=` and `,`. `-` is the standard input.
        - `en-de=train.en,train.de`: two line-aligned files (Moses).
        - `en-uk=hf:NAME[:CONFIG][#SPLIT]`: a hub dataset, or a local folder of one (`hf:./folder`).
        - `en-uk=opus:CORPUS/vN`: a corpus of OPUS that was fetched.
        - `en-uk=dict:FILE`: a dictionary, a word and its translations in a line.
        - TSV, JSONL, Parquet and hub places may end in `?source=COL&target=COL`; in TSV a column is
          named by the header or by its number from 1. Characters such as `&` in a name are
          percent-encoded. `weight=COL`, alone or with them, names what each pair counts.

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
    if is_opus(place):
        return _opus(place, languages, text)
    if place.startswith(_DICTIONARY):
        return _dictionary(place.removeprefix(_DICTIONARY), languages, text)
    place, columns, weight = _split_columns(place)
    if is_hub(place):
        name, config, split = parse_hub(place, text)
        languages = languages or pair_in_name(config or "")
        if languages is None:
            raise InputError(
                f"{text}: the languages are missing; write them in front, as in "
                "'en-uk=hf:owner/name'"
            )
        return Where(languages, "hf", (name,), text, columns, config, split, weight)
    if os.path.isdir(given_name(place)):
        raise InputError(
            f"{place!r} is a folder; expected a file, or 'hf:{place}' for a dataset folder"
        )
    locations = find_locations(place, text)
    kind = _kind(locations, text)
    if (columns is not None or weight is not None) and kind in _NO_COLUMNS:
        raise InputError(f"{text}: columns are named but {kind} has none; leave '?...=' out")
    named = languages_in_names([without_compression(path) for path in locations])
    languages = _settled(languages, named, kind, text)
    return Where(languages, kind, locations, text, columns, weight=weight)


def _opus(place: str, languages: LanguagePair | None, text: str) -> Where:
    corpus = parse_opus(place, text)
    if languages is None:
        raise InputError(
            f"{text}: the languages are missing; write them in front, as in 'en-uk={place}'"
        )
    archive = opus_file(*corpus, languages)
    return Where(languages, "opus", (str(archive),), text, None, *corpus)


def _dictionary(place: str, languages: LanguagePair | None, text: str) -> Where:
    locations = find_locations(place, text)
    if len(locations) != 1:
        raise InputError(
            f"{text}: {len(locations)} files; expected one dictionary; give each alone"
        )
    named = languages_in_names([without_compression(locations[0])])
    return Where(_settled(languages, named, "dict", text), "dict", locations, text)


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


def _split_columns(place: str) -> tuple[str, Columns | None, str | None]:
    """Take the columns off the end: those of the sides, and that of the weights."""
    found = _QUERY.fullmatch(place)
    if found is None or os.path.exists(place):
        return place, None, None
    values = parse_qs(found["query"], keep_blank_values=True)
    sides, known = {"source", "target"} & set(values), {"source", "target", "weight"}
    if (
        len(sides) == 1
        or set(values) - known
        or any(v != [v[0]] or not v[0] for v in values.values())
    ):
        raise InputError(
            f"columns {found['query']!r}; expected both, once: '?source=COLUMN&target=COLUMN', "
            "'&weight=COLUMN' behind them, or '?weight=COLUMN' alone"
        )
    names = [column for (column,) in values.values()]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"columns {found['query']!r} are one; expected two, and a third for the weights; "
                "name the other one"
            )
    columns = Columns(values["source"][0], values["target"][0]) if sides else None
    return found["place"], columns, values.get("weight", [None])[0]


def parse_graded(text: str) -> tuple[str, str]:
    """Read `LANG=WHERE`, a place of one language, such as graded pairs.

    Args:
        text: the argument.

    Returns:
        The language, canonical, and a path, a dataset or `-`.

    Raises:
        InputError: it has not that form.
        UnknownLanguageError: the language is unknown.
    """
    language, equals, where = (part.strip() for part in text.partition("="))
    if not equals or not language or not where:
        raise InputError(
            f"graded pairs {text!r} lack a language or a file; expected LANG=FILE, for example "
            "de=stsb-de-train.tsv; write both sides of the '='"
        )
    return canonical_language(language), where if is_hub(where) else given_name(where)


def check_graded(text: str) -> None:
    """Refuse a place of one language whose file, or dataset's folder, is not there.

    Raises:
        InputError: it has no such form; see `parse_graded`.
        UnknownLanguageError: the language is unknown.
        MissingFileError: the file does not exist.
    """
    where = parse_graded(text)[1]
    if is_hub(where):
        parse_hub(where, text)
    elif where != STDIN and not os.path.exists(where):
        raise MissingFileError(
            f"no file {where!r} (looked from {Path.cwd()}); expected an existing file; check the "
            f"path in {text!r}"
        )


def _kind(locations: Sequence[str], text: str) -> str:
    suffixes = [Path(without_compression(path)).suffix.lower() for path in locations]
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
