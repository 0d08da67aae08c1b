"""Folders given on the command line."""

from pathlib import Path

from isogloss.cli.streams import remark
from isogloss.errors import IsoglossError, OutputFolderError
from isogloss.paths import given_path


def folder(text: str | Path) -> Path:
    """Parse a folder; `~` is the home folder.

    No name, `""`, would be the present folder, and is mostly a slip.

    Raises:
        OutputFolderError: no name was given.
    """
    if str(text).strip():
        return given_path(text)
    raise OutputFolderError(
        f"--out {str(text)!r} names no folder; expected one; write its name, or leave it out"
    )


def note_out(out: str, *, resume: bool, overwrite: bool) -> None:
    """Note on stderr, in a dry run, that the real run would refuse its folder, and why.

    Args:
        out: the folder.
        resume: go on with the run in it.
        overwrite: throw the run in it away.
    """
    from isogloss.runs.folder import check_folder

    try:
        check_folder(Path(out), resume, overwrite)
    except IsoglossError as refused:
        remark(f"the run itself would be refused: {refused}")
