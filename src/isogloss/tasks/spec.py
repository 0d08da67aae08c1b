"""The line that names a task: `KIND:LANGS=WHERE`."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.errors import InputError, MissingFileError

KINDS = ("sts", "bitext", "health")
"""Known kinds of task; each takes one file or two."""

_EXAMPLE = "KIND:LANGS=WHERE, for example sts:de-de=file.tsv"


@dataclass(frozen=True)
class TaskSpec:
    """A task as the user named it, checked but not read.

    Args:
        kind: one of `KINDS`.
        languages: the two languages, in the order of the columns or files.
        paths: one file, or two line-aligned ones; they exist.
        text: the line itself.
    """

    kind: str
    languages: LanguagePair
    paths: tuple[Path, ...]
    text: str

    @property
    def language_names(self) -> str:
        """The pair as scores show it, such as `en-de`."""
        return f"{self.languages.source}-{self.languages.target}"

    @property
    def data_name(self) -> str:
        """The file names, for people."""
        return " + ".join(path.name for path in self.paths)


def parse_task(text: str) -> TaskSpec:
    """Parse `KIND:LANGS=WHERE`.

    Everything after the first `=` is the place, so a path may hold `=`. A comma separates two files
    only where no file of the whole name exists; where several commas could, the first that gives
    two existing files does.

    Args:
        text: such as `sts:de-de=file.tsv`, `sts:en-de=en.tsv,de.tsv`, `bitext:en-de=a.txt,b.txt`,
            `health:en-de=file.tsv`.

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
    paths = _find_files(where.strip(), text)
    return TaskSpec(kind, pair, paths, text)


def _check_kind(kind: str, text: str) -> None:
    if kind in KINDS:
        return
    close = difflib.get_close_matches(kind.lower(), KINDS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"write {_EXAMPLE}"
    raise InputError(
        f"task {text!r} is of unknown kind {kind!r}; expected one of {', '.join(KINDS)}; {hint}"
    )


def _find_files(where: str, text: str) -> tuple[Path, ...]:
    whole = Path(where).expanduser()
    if whole.is_file():
        return (whole,)
    commas = [at for at, letter in enumerate(where) if letter == ","]
    splits = [
        (Path(where[:at].strip()).expanduser(), Path(where[at + 1 :].strip()).expanduser())
        for at in commas
    ]
    for split in splits:
        if all(path.is_file() for path in split):
            return split
    named = splits[0] if len(splits) == 1 else (whole,)
    missing = next(path for path in named if not path.is_file())
    what = "is a folder" if missing.is_dir() else "does not exist"
    raise MissingFileError(
        f"task {text!r}: {missing} {what}; expected a text file or two separated by"
        f" a comma; check the path (current folder: {Path.cwd()})"
    )
