"""Where the files of a task lie: one file, two, the files behind a prefix, or a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from isogloss.data.languages import LanguagePair
from isogloss.data.places import Where, find_locations, resolve_place
from isogloss.data.text import plain_or_packed, plain_suffix
from isogloss.errors import MissingFileError
from isogloss.paths import given_path


class Place(NamedTuple):
    """What a task reads.

    Args:
        paths: the files or the folder; they exist; none for a dataset.
        name: name of the data, for people.
        pairs: for translations, how they are read.
    """

    paths: tuple[Path, ...]
    name: str
    pairs: Where | None = None


def find_files(where: str, text: str, languages: LanguagePair) -> Place:
    """One file, or two with a comma between; see `isogloss.data.places.find_locations`.

    Args:
        where: the part of the task after `=`.
        text: the whole task, for messages.
        languages: not used; files are named whole.

    Returns:
        The files, named by their names.

    Raises:
        MissingFileError: if a file does not exist.
        InputError: if it is a folder.
    """
    return _place(find_locations(where, f"task {text!r}"))


def find_pairs(where: str, text: str, languages: LanguagePair) -> Place:
    """Translations, wherever parallel sentences may lie; see `isogloss.data.places.parse_where`.

    Args:
        where: the part of the task after `=`.
        text: the whole task, for messages.
        languages: the two languages, in the order of the columns or files.

    Returns:
        The files, named by their names, and how they are read.

    Raises:
        MissingFileError: if a file does not exist.
        InputError: if the place cannot be used, or the files' names are in the other order.
    """
    pairs = resolve_place(where, languages, f"task {text!r}").without_weight("a task")
    if pairs.kind in ("hf", "opus"):
        return Place((), where, pairs)
    return _place(pairs.locations)._replace(pairs=pairs)


def find_health(where: str, text: str, languages: LanguagePair) -> Place:
    """As `find_pairs`; a CSV file is an STS file.

    Args:
        where: the part of the task after `=`.
        text: the whole task, for messages.
        languages: the two languages, in the order of the columns or files.
    """
    if plain_suffix(Path(where)) == ".csv" and "," not in where:
        return find_files(where, text, languages)
    return find_pairs(where, text, languages)


def _place(locations: Sequence[str]) -> Place:
    paths = tuple(Path(location) for location in locations)
    return Place(paths, " + ".join(path.name for path in paths))


def find_bucc(where: str, text: str, languages: LanguagePair) -> Place:
    """The files of a BUCC task behind a prefix: `PREFIX.de`, `PREFIX.en`, `PREFIX.gold`.

    Where they are `PREFIX.test.de`, ..., `PREFIX` will do; `.train` files beside `.test` files are
    for tuning the threshold. Files may be compressed.

    Args:
        where: the prefix.
        text: the whole task, for messages.
        languages: the two languages; they end the files' names.

    Returns:
        Source, target and gold; then those of the training part where it is there.

    Raises:
        MissingFileError: if one of the three files is missing, of either part.
    """
    prefix = given_path(where)
    ends = (languages.source, languages.target, "gold")
    if not any(_existing(prefix, ends)) and any(_existing(_longer(prefix, ".test"), ends)):
        prefix = _longer(prefix, ".test")
    paths = _three(prefix, ends, text)
    if prefix.name.endswith(".test"):
        train = prefix.with_name(prefix.name.removesuffix(".test") + ".train")
        if any(_existing(train, ends)):
            paths += _three(train, ends, text)
    return Place(paths, prefix.name)


def find_folder(where: str, text: str, languages: LanguagePair) -> Place:
    """A folder of several files, such as a retrieval set.

    Args:
        where: the folder.
        text: the whole task, for messages.
        languages: not used.

    Returns:
        The folder, named by its name.

    Raises:
        MissingFileError: if it is no folder.
    """
    folder = given_path(where)
    if not folder.is_dir():
        what = "is a file" if folder.is_file() else "does not exist"
        raise MissingFileError(
            f"task {text!r}: {folder} {what}; expected a folder with corpus.jsonl, queries.jsonl"
            f" and qrels; check the path (current folder: {Path.cwd()})"
        )
    return Place((folder,), folder.resolve().name)


def _longer(prefix: Path, end: str) -> Path:
    return prefix.with_name(f"{prefix.name}{end}") if prefix.name else prefix


def _existing(prefix: Path, ends: Sequence[str]) -> list[Path | None]:
    """The file behind each end, plain or compressed; `None` where there is none."""
    return [plain_or_packed(_longer(prefix, f".{end}")) if prefix.name else None for end in ends]


def _three(prefix: Path, ends: Sequence[str], text: str) -> tuple[Path, ...]:
    paths = []
    for path, end in zip(_existing(prefix, ends), ends, strict=True):
        if path is None:
            raise MissingFileError(
                f"task {text!r}: {prefix}.{end} does not exist; expected"
                f" {', '.join(f'{prefix.name}.{end}' for end in ends)} (or {prefix.name}.test.*"
                f" with {prefix.name}.train.* beside); check the prefix and the languages"
                f" (current folder: {Path.cwd()})"
            )
        paths.append(path)
    return tuple(paths)
