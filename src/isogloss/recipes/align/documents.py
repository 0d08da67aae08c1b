"""The documents of an alignment: one file a side, or a folder of them."""

import logging
import os
from pathlib import Path
from typing import NamedTuple

from isogloss.data.languages import LanguagePair, languages_in_names, parse_language_pair
from isogloss.data.places import find_locations, without_compression
from isogloss.data.text import read_lines
from isogloss.errors import DataFormatError, InputError, MissingFileError
from isogloss.paths import given_name
from isogloss.search.documents.pairs import Document

logger = logging.getLogger(__name__)


class Sides(NamedTuple):
    """What is to be aligned.

    Attributes:
        source: documents of one side, none of them empty.
        target: documents of the other.
        folders: whether these are folders, so that names tell where lines stand.
    """

    source: list[Document]
    target: list[Document]
    folders: bool

    @property
    def lines(self) -> int:
        """Lines of all documents."""
        return sum(map(len, (*self.source, *self.target)))


def read_sides(source: Path | str, target: Path | str) -> Sides:
    """Read two documents, or two folders of them.

    Args:
        source: a file with a sentence a line (plain, gzip, xz), `-`, or a folder of such files.
        target: of the same kind.

    Raises:
        MissingFileError: one is not there.
        InputError: one is a folder and the other is not.
        DataFormatError: a file is no UTF-8 text; a side has no text.
    """
    places = [given_name(place) for place in (source, target)]
    folders = [os.path.isdir(place) for place in places]
    if folders[0] != folders[1]:
        names = [
            f"{place!r} is a {'folder' if is_one else 'file'}"
            for place, is_one in zip(places, folders, strict=True)
        ]
        raise InputError(
            f"{names[0]} and {names[1]}; expected two files, or two folders of them; name the "
            "other one"
        )
    read = _read_folder if folders[0] else _read_file
    return Sides(read(places[0]), read(places[1]), folders[0])


def find_languages(
    languages: str | None, source: Path | str, target: Path | str
) -> LanguagePair | None:
    """The languages of two sides: those that are named, else those that files' names have.

    Raises:
        UnknownLanguageError, InputError: see `parse_language_pair`.
    """
    if languages is not None:
        return parse_language_pair(languages)
    names = [without_compression(os.path.abspath(place)) for place in (source, target)]
    return languages_in_names(names)


def _read_file(place: str) -> list[Document]:
    paths = find_locations(place, place)
    if len(paths) > 1:
        raise InputError(
            f"{place!r} names two files; expected one document; name a folder for several"
        )
    document = Document.of(read_lines(Path(paths[0])))
    if not len(document):
        raise DataFormatError(f"{place}: no text; expected a sentence a line; check the file")
    return [document]


def _read_folder(place: str) -> list[Document]:
    """The documents below a folder, by name; those without text are told of and left out."""
    folder = Path(place)
    documents, empty = [], []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or any(part.startswith(".") for part in Path(name).parts):
            continue
        document = Document.of(read_lines(path), name)
        if len(document):
            documents.append(document)
        else:
            empty.append(name)
    if empty:
        logger.warning(
            "%s: %d files hold no text and are left out (first: %s)", place, len(empty), empty[0]
        )
    if not documents:
        raise MissingFileError(
            f"no document in {place!r}; expected files with a sentence a line; check the path"
        )
    return documents
