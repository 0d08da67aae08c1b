"""From a task's line to the task: one row per kind."""

from collections.abc import Callable
from typing import NamedTuple

from isogloss.data.checks.sides import note_foreign_letters, note_other_name, refuse_turned
from isogloss.data.graded.sts import read_sts
from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.errors import InputError, check_choice, expect
from isogloss.tasks.kinds.bitext import BitextTask
from isogloss.tasks.kinds.bucc import BuccTask
from isogloss.tasks.kinds.health import HealthTask
from isogloss.tasks.kinds.preference import PreferenceTask
from isogloss.tasks.kinds.retrieval import RetrievalTask
from isogloss.tasks.kinds.sts import StsTask
from isogloss.tasks.kinds.xsimpp import XsimppTask
from isogloss.tasks.readers.bitext import BitextData, read_bitext
from isogloss.tasks.readers.bucc import read_bucc
from isogloss.tasks.readers.finding import (
    Place,
    find_bucc,
    find_files,
    find_folder,
    find_health,
    find_pairs,
)
from isogloss.tasks.readers.health import read_health
from isogloss.tasks.readers.retrieval import read_retrieval
from isogloss.tasks.spec import TaskSpec
from isogloss.tasks.task import Task

_EXAMPLE = "KIND:LANGS=WHERE, for example sts:de-de=file.tsv"


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
    check_choice(f"task {text!r}: kind", kind, _KINDS, f"write {_EXAMPLE}")
    if not equals or not languages.strip() or not where.strip():
        raise InputError(
            f"task {text!r} lacks languages or a place; expected {_EXAMPLE};"
            " write both sides of the '='"
        )
    pair = parse_language_pair(languages.strip())
    place = _KINDS[kind].find(where.strip(), text, pair)
    return TaskSpec(kind, pair, place.paths, text, place.name, place.pairs)


def load_task(spec: TaskSpec | str) -> Task:
    """Read a task's data.

    Args:
        spec: a parsed task, or its line `KIND:LANGS=WHERE`.

    Returns:
        The task, ready to score encoders.

    Raises:
        InputError: if the line is malformed.
        UnknownLanguageError: if a language is unknown.
        MissingFileError: if a file does not exist.
        DataFormatError: if a file does not hold what its kind requires.
    """
    if isinstance(spec, str):
        spec = parse_task(spec)
    expect(spec, TaskSpec, "the task", "write it as KIND:LANGS=WHERE")
    return _KINDS[spec.kind].load(spec)


def _load_sts(spec: TaskSpec) -> Task:
    crossed = len(spec.paths) == 2
    for at, path in enumerate(spec.paths):
        note_other_name(path, spec.languages[at : at + 1] if crossed else spec.languages)
    data = read_sts(*spec.paths)
    refuse_turned(data.sentences1, data.sentences2, spec.languages, spec.text)
    return StsTask(spec.language_names, data, spec.data_name)


def _pairs(spec: TaskSpec) -> BitextData:
    assert spec.pairs is not None
    return read_bitext(spec.pairs)


def _load_bitext(spec: TaskSpec) -> Task:
    return BitextTask(spec.language_names, _pairs(spec), spec.data_name)


def _load_health(spec: TaskSpec) -> Task:
    return HealthTask(spec.language_names, read_health(spec.pairs or spec.paths[0]), spec.data_name)


def _load_bucc(spec: TaskSpec) -> Task:
    train = read_bucc(*spec.paths[3:]) if spec.paths[3:] else None
    data = read_bucc(*spec.paths[:3])
    sides = (list(data.source.values()), list(data.target.values()))
    for texts, language in zip(sides, spec.languages, strict=True):
        note_foreign_letters(texts, language, spec.text)
    return BuccTask(spec.language_names, data, spec.data_name, train=train)


def _load_preference(spec: TaskSpec) -> Task:
    return PreferenceTask(spec.language_names, _pairs(spec), spec.data_name)


def _load_retrieval(spec: TaskSpec) -> Task:
    return RetrievalTask(spec.language_names, read_retrieval(*spec.paths), spec.data_name)


def _load_xsimpp(spec: TaskSpec) -> Task:
    if spec.languages.target != "en":
        raise InputError(
            f"task {spec.text!r} has the target language {spec.languages.target!r}; expected en,"
            " whose sentences can be changed by rule; name English second (and its file or column)"
        )
    return XsimppTask(spec.language_names, _pairs(spec), spec.data_name)


class _Kind(NamedTuple):
    """How the data of a kind are found, and read."""

    find: Callable[[str, str, LanguagePair], Place]
    load: Callable[[TaskSpec], Task]


_KINDS = {
    "sts": _Kind(find_files, _load_sts),
    "bitext": _Kind(find_pairs, _load_bitext),
    "health": _Kind(find_health, _load_health),
    "bucc": _Kind(find_bucc, _load_bucc),
    "preference": _Kind(find_pairs, _load_preference),
    "retrieval": _Kind(find_folder, _load_retrieval),
    "xsimpp": _Kind(find_pairs, _load_xsimpp),
}
"""The kinds of `isogloss.runs.kinds`."""
