"""One process at a time in a folder that is written: claimed before the first expensive step.

Claiming a folder also shows that it can be made and written. The claim is a lock on a hidden file,
which the system lets go of when the process ends, however it ends; the file is removed with it.
"""

import errno
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from isogloss.errors import OutputFolderError
from isogloss.locks import lock
from isogloss.runs.provenance import now
from isogloss.writing import check_name, writing

logger = logging.getLogger(__name__)

CLAIM = ".isogloss.lock"
"""In a folder that a process works in, or did when it was killed."""

ASIDE = ".replaced"
"""In a folder whose run is being replaced: what was there, until the new one is prepared."""

MOVING = ".moving"
"""Where a run is on its way aside, or back: it belongs together with what lies around it."""

BROWSERS = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What macOS and Windows put into a folder that is looked at; the first also files with `._`."""

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF)


@contextmanager
def claimed(out: Path | None) -> Iterator[None]:
    """Hold a folder until the block ends; it is made where it is missing.

    A folder that was made for the block, and that is empty at its end, is removed again.

    Args:
        out: the folder; None is none.

    Raises:
        OutputFolderError: it cannot be made or written, or another process works in it.
    """
    if out is None:
        yield
        return
    check_place(out)
    check_free(out)
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    held: IO[bytes] | None = None
    try:
        with writing(f"--out {str(out)!r}"):
            out.mkdir(parents=True, exist_ok=True)
            held = _hold(out / CLAIM, out)
        yield
    finally:
        if held is not None:
            _let_go(held, out / CLAIM)
        with suppress(OSError):  # not empty, or not made
            for folder in made:
                folder.rmdir()


def check_place(out: Path) -> None:
    """Refuse a path where no folder can be; changes nothing.

    Args:
        out: the folder.

    Raises:
        OutputFolderError: it is a file, has a name that cannot be written, or leads through a link
            to nowhere.
    """
    check_name("--out", out)
    if out.is_file():
        raise OutputFolderError(
            f"--out {str(out)!r} is a file; expected a folder; choose another name"
        )


def check_free(out: Path) -> None:
    """Refuse a folder that another process works in, or in a folder above; changes nothing.

    Raises:
        OutputFolderError: one does.
    """
    if _is_held(out):
        raise _in_use(out, f"--out {str(out)!r} is in use")
    for folder in out.absolute().parents:
        if (folder / CLAIM).exists() and _is_held(folder) and not _is_ours(folder):
            place = f"--out {str(out)!r} lies in {str(folder)!r}, which is in use"
            raise _in_use(folder, place)


def _is_held(folder: Path) -> bool:
    absent = suppress(FileNotFoundError, NotADirectoryError, PermissionError)
    with absent, (folder / CLAIM).open("r+b") as stream:
        return not _locked(stream)
    return False


def _is_ours(folder: Path) -> bool:
    """Whether this process holds a folder: `reproduce` trains in folders of its own."""
    who = _holder(folder)
    return (who.get("process"), who.get("machine")) == (os.getpid(), socket.gethostname())


def _holder(folder: Path) -> dict[str, Any]:
    try:
        who = json.loads((folder / CLAIM).read_bytes())
    except (OSError, ValueError):
        return {}
    return who if isinstance(who, dict) else {}


def content(out: Path) -> list[Path]:
    """What lies in a folder, but for a claim, what is set aside, and what a file browser leaves."""
    aside = (CLAIM, ASIDE, MOVING, *BROWSERS)
    return [path for path in out.iterdir() if path.name not in aside and path.name[:2] != "._"]


def _hold(path: Path, out: Path) -> IO[bytes]:
    """The locked file, with a word on who holds it."""
    while True:
        stream = path.open("a+b")
        if not _locked(stream):
            stream.close()
            raise _in_use(out, f"--out {str(out)!r} is in use")
        if _is_there(stream, path):
            break
        stream.close()  # who held it has removed it: once more
    who = {"process": os.getpid(), "machine": socket.gethostname(), "since": now()}
    try:
        stream.truncate(0)
        stream.write(json.dumps(who).encode())
        stream.flush()
        os.fsync(stream.fileno())
    except OSError:
        _let_go(stream, path)
        raise
    return stream


def _locked(stream: IO[bytes]) -> bool:
    """Whether the file is ours now; on a file system without locks it is, and a log says so."""
    try:
        return lock(stream)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        logger.warning("no locks here (%s): nothing keeps a second process out", error.strerror)
        return True


def _is_there(stream: IO[bytes], path: Path) -> bool:
    """Whether a file has not been removed since it was opened."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _let_go(held: IO[bytes], path: Path) -> None:
    with suppress(OSError):  # Windows removes no open file
        path.unlink()
    with suppress(OSError):  # on a full disk
        held.close()
    if os.name == "nt":
        with suppress(OSError):
            path.unlink()


def _in_use(folder: Path, place: str) -> OutputFolderError:
    who = _holder(folder)
    name = "another process"
    if {"process", "machine", "since"} <= who.keys():
        name = f"process {who['process']} on {who['machine']}, since {who['since']}"
    return OutputFolderError(
        f"{place} by {name}; expected a folder of its own for each run: wait "
        "for that one to end, or choose another folder"
    )
