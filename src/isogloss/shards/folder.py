"""Where the results of parts are kept: a file a part, and a marker that says it is whole."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isogloss.errors import OutputFolderError
from isogloss.locks import lock
from isogloss.shards.part import Finished, Part
from isogloss.writing import write_json, write_whole, writing


def find_finished(folder: Path, part: Part) -> Finished | None:
    """The result of a part, where its marker is there, is of this very part, and its hash holds."""
    try:
        marker = json.loads(_marker(folder, part).read_bytes())
        content = _file(folder, part).read_bytes()
    except (OSError, ValueError):
        return None
    same = {
        "fingerprint": part.fingerprint,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }
    return _finished(folder, part, content) if marker == same else None


def keep(folder: Path, part: Part, content: bytes) -> Finished:
    """Put the result of a part on the disk, then its marker.

    Raises:
        OutputFolderError: the folder cannot be written; the parts in it stay.
    """
    _marker(folder, part).unlink(missing_ok=True)  # of another fingerprint, or a damaged file
    write_whole(_file(folder, part), content)
    done = _finished(folder, part, content)
    marker = {"fingerprint": part.fingerprint, "sha256": done.sha256, "bytes": done.bytes}
    write_json(_marker(folder, part), marker)
    return done


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A folder that is this process's alone for a block; it is made where it is missing.

    Raises:
        OutputFolderError: another process works in it, or it cannot be written.
    """
    with writing(f"folder of parts {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
        stream = (folder / "lock").open("ab")
    with stream:
        if not lock(stream):
            raise OutputFolderError(
                f"another process works in {str(folder)!r}; expected one at a time: wait for it, "
                "or choose another output"
            )
        yield


def _file(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.part"


def _marker(folder: Path, part: Part) -> Path:
    return folder / f"{part.name}.json"


def _finished(folder: Path, part: Part, content: bytes) -> Finished:
    sha256 = hashlib.sha256(content).hexdigest()
    return Finished(part.name, _file(folder, part), sha256, len(content), part.size)
