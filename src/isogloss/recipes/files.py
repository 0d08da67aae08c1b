"""Files that a verb writes: refused before the work, where they cannot be."""

from collections.abc import Iterable
from pathlib import Path

from isogloss.errors import InputError, OutputFolderError
from isogloss.paths import given_path
from isogloss.writing import check_name


def check_file(
    out: Path | str, *suffixes: str, option: str = "--out", read: Iterable[object] = ()
) -> Path:
    """A file that is to be written, `~` being the home.

    Args:
        out: its name; an existing file is replaced.
        suffixes: that it may have; none are any.
        option: what names it.
        read: files that are read; what is no path among them is passed over.

    Raises:
        InputError: it has another suffix.
        OutputFolderError: it is a folder, has a name that cannot be written, or is read as well.
    """
    path = given_path(out)
    check_name(option, path)
    if path.is_dir() or not path.name:
        raise OutputFolderError(
            f"{option} {str(out)!r} is a folder; expected a file: name one in it"
        )
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(
            f"{option} {str(out)!r} ends in {path.suffix or 'nothing'!r}; expected "
            f"{' or '.join(suffixes)}: write it so"
        )
    for place in read:
        if isinstance(place, str | Path) and _is_same(given_path(place), path):
            raise OutputFolderError(
                f"{option} {str(out)!r} is the file that is read; expected another: choose one"
            )
    return path


def _is_same(read: Path, written: Path) -> bool:
    """Whether two paths lead to one place; what can be no path is refused where it is read."""
    try:
        return read.resolve() == written.resolve()
    except ValueError:
        return False
