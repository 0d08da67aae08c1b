"""What is read and written, looked at before a model is loaded."""

from collections.abc import Sequence
from pathlib import Path

from isogloss.data.places import find_locations
from isogloss.data.texts import check_texts
from isogloss.errors import InputError

Texts = Path | str | Sequence[str]
"""A file of texts (see `isogloss.data.texts.read_texts`), or a list of texts."""


def check_sides(source: Texts, target: Texts, *pairs: str | None) -> None:
    """Refuse sides, and files of pairs beside them, that cannot be read.

    Raises:
        MissingFileError, InputError: a file is not there, or no file of texts; both are one.
    """
    for place in (source, target):
        if isinstance(place, str | Path):
            check_texts(place)
    for path in pairs:
        if path is not None:
            check_pairs(path)
    if isinstance(source, str | Path) and str(source) == str(target):
        raise InputError(
            f"{source} is given as both sides; expected two collections; name the other one"
        )


def check_beside_pairs(**options: object) -> None:
    """Refuse what has no say where pairs are given, in words of the command line.

    Raises:
        InputError: one of them is given.
    """
    for name, value in options.items():
        if value is not None and value is not False:
            given = f"--{name}" if value is True else f"--{name} {value}"
            raise InputError(
                f"{given} has no say over given pairs; expected it with --source and --target; "
                "leave it out"
            )


def check_pairs(pairs: Path | str) -> str:
    """Refuse what cannot be a file of pairs.

    Returns:
        Its path.

    Raises:
        MissingFileError, InputError: it is not there, or two files.
    """
    paths = find_locations(str(pairs), str(pairs))
    if len(paths) > 1:
        raise InputError(
            f"{pairs} names two files; expected one TSV file with both sides: paste them together"
        )
    return paths[0]
