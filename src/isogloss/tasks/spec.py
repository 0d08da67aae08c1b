"""The line that names a task: `KIND:LANGS=WHERE`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.data.places import Where
from isogloss.errors import InputError, did_you_mean
from isogloss.tasks.readers.finding import (
    Place,
    find_bucc,
    find_files,
    find_folder,
    find_health,
    find_pairs,
)

_FINDERS: dict[str, Callable[[str, str, LanguagePair], Place]] = {
    "sts": find_files,
    "bitext": find_pairs,
    "health": find_health,
    "bucc": find_bucc,
    "preference": find_pairs,
    "retrieval": find_folder,
    "xsimpp": find_pairs,
}

KINDS = tuple(_FINDERS)
"""Known kinds of task."""

_EXAMPLE = "KIND:LANGS=WHERE, for example sts:de-de=file.tsv"


@dataclass(frozen=True)
class TaskSpec:
    """A task as the user named it, checked but not read.

    Args:
        kind: one of `KINDS`.
        languages: the two languages, in the order of the columns or files.
        paths: what the task reads, see `isogloss.tasks.readers.finding`; they exist; none for a
            dataset.
        text: the line itself.
        data_name: name of the data, for people.
        pairs: for translations, how they are read.
    """

    kind: str
    languages: LanguagePair
    paths: tuple[Path, ...]
    text: str
    data_name: str
    pairs: Where | None = None

    @property
    def language_names(self) -> str:
        """The pair as scores show it, such as `en-de`."""
        return f"{self.languages.source}-{self.languages.target}"


def parse_task(text: str) -> TaskSpec:
    """Parse `KIND:LANGS=WHERE`.

    Everything after the first `=` is the place, so a path may hold `=`. What a place is depends on
    the kind, see `isogloss.tasks.readers.finding`.

    Args:
        text: such as `sts:de-de=file.tsv`, `sts:en-de=en.tsv,de.tsv`, `bitext:en-de=a.txt,b.txt`,
            `health:en-de=file.tsv`, `bucc:de-en=folder/de-en`.

    Returns:
        The task, its files checked for existence only.

    Raises:
        InputError: if the form or the kind is wrong; names the nearest known kind.
        UnknownLanguageError: if a language is unknown.
        MissingFileError: if a file does not exist.
    """
    kind, colon, rest = text.strip().partition(":")
    languages, equals, where = rest.partition("=")
    if not colon:
        raise InputError(f"task {text!r} has no ':'; expected {_EXAMPLE}; add the kind of task")
    _check_kind(kind, text)
    if not equals or not languages.strip() or not where.strip():
        raise InputError(
            f"task {text!r} lacks languages or a place; expected {_EXAMPLE};"
            " write both sides of the '='"
        )
    pair = parse_language_pair(languages.strip())
    place = _FINDERS[kind](where.strip(), text, pair)
    return TaskSpec(kind, pair, place.paths, text, place.name, place.pairs)


def _check_kind(kind: str, text: str) -> None:
    if kind in KINDS:
        return
    hint = did_you_mean(kind, KINDS, f"write {_EXAMPLE}")
    raise InputError(
        f"task {text!r} is of unknown kind {kind!r}; expected one of {', '.join(KINDS)}; {hint}"
    )
