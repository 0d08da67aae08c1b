"""Paths as users write them."""

import os
from pathlib import Path

from isogloss.errors import InputError


def given_path(path: str | os.PathLike[str]) -> Path:
    """A path with `~` for what it stands for.

    A shell does that for a word which begins with it, and not in `--out=~/run`, in a recipe, or in
    Python.

    Args:
        path: as the user wrote it.

    Raises:
        InputError: it is no path.
    """
    return Path(given_name(path))


def given_name(name: str | os.PathLike[str]) -> str:
    """The same as text, of what may also be the name of a model.

    Raises:
        InputError: it is neither.
    """
    try:
        text = os.fspath(name)
    except TypeError as error:
        raise InputError(f"{name!r} is no path; expected text, or a pathlib.Path") from error
    return os.path.expanduser(text)


def lasting_name(model: str | os.PathLike[str]) -> str:
    """A model's name by which processes elsewhere find it, too: a folder by its whole path.

    Raises:
        InputError: it is neither a path nor a name.
    """
    folder = given_path(model)
    return str(folder.resolve()) if folder.is_dir() else os.fspath(model)
