"""A home folder for a user without one, as in some containers; caches go there."""

import logging
import os
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)


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
