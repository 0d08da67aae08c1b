"""The user's folders: a home for one who has none, as in some containers; the working folder."""

import logging
import os
import tempfile
from pathlib import Path

from isogloss.errors import MissingFileError

logger = logging.getLogger(__name__)


def check_working_folder() -> None:
    """Refuse to work from a folder that is gone: no path of the user's would lead anywhere.

    Raises:
        MissingFileError: it was deleted, or cannot be looked at.
    """
    try:
        os.getcwd()
    except OSError as error:
        raise MissingFileError(
            f"the folder that you are in is gone ({error.strerror}); expected one that is there: "
            "change to it (cd) and run the same command again"
        ) from error


def settle_home() -> None:
    """Use a temporary folder where no home folder is known, and say so.

    Left alone, some libraries would make a folder that is called `~` where they are, and others
    would fail.
    """
    if os.path.expanduser("~") != "~":
        return
    folder = Path(tempfile.gettempdir(), f"isogloss-{os.getuid() if os.name == 'posix' else 0}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix" and folder.lstat().st_uid != os.getuid():
            raise PermissionError
    except OSError:  # somebody else's
        folder = Path(tempfile.mkdtemp(prefix="isogloss-"))
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder)
    if not os.environ.get("ISOGLOSS_CACHE"):
        logger.warning(
            "this user has no home folder: vectors, and models of the hub, are kept in %s; set "
            "ISOGLOSS_CACHE and HF_HOME for other places",
            folder,
        )
