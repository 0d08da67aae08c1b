"""Files as a place: one, two with a comma between, or the standard input."""

import glob
import os
import re
from pathlib import Path

from isogloss.errors import InputError, MissingFileError
from isogloss.paths import given_name

COMPRESSED = (".gz", ".xz")
"""Suffixes of files that are unpacked while they are read."""

STDIN = "-"
"""The place that is read from the standard input, once."""


def find_locations(place: str, text: str) -> tuple[str, ...]:
    """One path or two that exist; of several commas, the one with a file on either side parts them.

    Args:
        place: one path, two with a comma between, or `-`; pipes will do.
        text: the whole argument, for messages.

    Raises:
        MissingFileError: a file does not exist.
        InputError: it is a folder; there are more than two files, or one file twice.
    """
    if place == STDIN:
        return (STDIN,)
    place = given_name(place)
    cuts = [i for i, letter in enumerate(place) if letter == ","]
    choices = [(place[:i].strip(), given_name(place[i + 1 :].strip())) for i in cuts]
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


def find_location(place: str, text: str) -> str:
    """The one path that exists; see `find_locations`.

    Raises:
        MissingFileError: it does not exist.
        InputError: it is a folder, or there are two files.
    """
    path, *others = find_locations(place, text)
    if others:
        raise InputError(f"{text} names two files; expected one: join them, or name one")
    return path


def files_of(text: str) -> list[Path]:
    """What is there of all that the text of a place, or of a task, may name.

    Args:
        text: `KIND:LANGS=WHERE`, `LANGS=WHERE`, `LANG=WHERE` or WHERE alone, which may also be what
            the names of several files begin with, up to a dot.
    """
    places = [place.removeprefix("hf:") for place in (text, text.partition("=")[2])]
    places += [re.split(r"[?#]", place)[0] for place in places]
    names = {part.strip() for place in places for part in (place, *place.split(","))}
    paths = [Path(given_name(name)) for name in sorted(names) if name]
    more = [Path(file) for path in paths for file in glob.glob(f"{glob.escape(str(path))}.*")]
    return [path for path in paths if os.path.lexists(path)] + [p for p in more if p.is_file()]


def _missing_hint(path: str, text: str) -> str:
    if re.search(r"\?\w+=", path):
        return (
            "columns of pairs are named '?source=COLUMN&target=COLUMN', those of graded pairs in "
            "the file's header"
        )
    if re.search(r"[*?\[]", path):
        return "a pattern is not looked up: name every file, each with an option of its own"
    return f"check the path in {text!r}"


def without_compression(path: str) -> str:
    """A path without `.gz` or `.xz`."""
    return path[: -len(".gz")] if path.lower().endswith(COMPRESSED) else path
