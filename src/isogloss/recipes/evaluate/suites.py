"""Which suites an evaluation runs, in which languages, and what it says of missing test sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from isogloss.data.languages import canonical_language
from isogloss.errors import InputError
from isogloss.paths import given_name
from isogloss.runs.record import TrainingRecord, find_record
from isogloss.tasks.suites import Suite, load_suites

ALL = "all"
"""What `--languages` takes for everything that is found."""


class ChosenLanguages(NamedTuple):
    """The languages that suites are restricted to.

    Attributes:
        codes: canonical codes; `None` for everything that is found.
        because: whose languages they are, where the user has named none.
    """

    codes: list[str] | None = None
    because: str = ""


class OpenSuites(NamedTuple):
    """Suites that were read.

    Attributes:
        suites: one per name.
        notes: what a reader of the numbers must know.
    """

    suites: list[Suite]
    notes: list[str]


def chosen_languages(said: str, models: Sequence[str] = ()) -> ChosenLanguages:
    """The languages that were named, else those that the models were taught, else all.

    Args:
        said: codes with commas between, or `all`; `""` takes the languages of the models that are
            folders of runs, and everything where none is.
        models: folders or names of the models.

    Raises:
        UnknownLanguageError: a language is unknown.
    """
    codes = [code for code in said.replace(",", " ").split() if code]
    if codes:
        every = codes == [ALL]
        return ChosenLanguages(None if every else [canonical_language(code) for code in codes])
    taught = taught_languages(models)
    return ChosenLanguages(taught or None, "the languages of the model's own run" if taught else "")


def open_suites(
    names: Sequence[str],
    *,
    data_root: Path | str | None = None,
    wanted: ChosenLanguages | None = None,
) -> OpenSuites:
    """Read suites.

    Args:
        names: names of suites.
        data_root: folder with the data; `None` reads from the hub.
        wanted: the languages, see `chosen_languages`; `None` for everything.

    Returns:
        The suites, and what was chosen for the user.

    Raises:
        InputError: the data root was given and no suite was; see `load_suites`.
        IsoglossError: see `load_suites`.
    """
    if not names:
        if data_root is not None:
            raise InputError(
                f"--data-root {str(data_root)!r} was given without a suite, whose data it is the"
                " folder of; add --suite NAME"
            )
        return OpenSuites([], [])
    codes, because = wanted or ChosenLanguages()
    suites = load_suites(names, data_root=data_root, languages=codes, strict=not because)
    notes = [note for suite in suites for note in suite.notes]
    if because and codes:
        notes.insert(
            0,
            f"suites: only what is in and between {', '.join(codes)}, {because}; --languages takes"
            f" others, or `{ALL}`",
        )
    return OpenSuites(suites, list(dict.fromkeys(notes)))


def taught_languages(models: Sequence[str]) -> list[str]:
    """The languages of the runs that models come from, sources first; none where none is a run."""
    found: list[str] = []
    for name in models:
        record = find_record(given_name(name))
        if isinstance(record, TrainingRecord):
            found += record.model_languages
    return list(dict.fromkeys(canonical_language(code) for code in found))
