"""One file of a model: read, or refused in a line that names it."""

import codecs
import json
from pathlib import Path
from typing import Any

from isogloss.encoders.checks.machine import MACHINE
from isogloss.errors import ModelNotFoundError

POINTER = b"version https://git-lfs"
"""How a Git LFS pointer begins, which stands in a clone where a large file was not fetched."""

PAGES = (b"<!doctype html", b"<html")
"""How a web page begins, which a download leaves where a login or another address was asked for."""

AGAIN = "copy or download the model again"


def broken(path: Path, fault: str, expected: str, way_out: str = AGAIN) -> ModelNotFoundError:
    """The error for a file that is not what its place requires."""
    return ModelNotFoundError(f"model file {str(path)!r} {fault}; expected {expected}: {way_out}")


def beginning(path: Path, size: int = 64) -> bytes:
    """The first bytes of a file.

    Raises:
        ModelNotFoundError: it is empty, a dead link, a pipe or device, the pointer of a large file,
            a web page, or not to read.
        OSError: the machine fails to read it.
    """
    if path.is_symlink() and not path.exists():
        raise broken(path, "is a link to a file that is not there", "the file itself")
    if path.exists() and not path.is_file():  # a pipe would be waited for
        what = "a folder" if path.is_dir() else "a pipe or a device"
        raise broken(path, f"is {what}", "a file")
    try:
        with path.open("rb") as stream:
            first = stream.read(size)
    except OSError as error:
        if error.errno in MACHINE:
            raise
        raise broken(
            path,
            f"cannot be read ({error.strerror})",
            "a file that can be",
            "change its mode" if isinstance(error, PermissionError) else AGAIN,
        ) from error
    if not first:
        raise broken(path, "is empty", "a file with content")
    if first.startswith(POINTER):
        raise broken(
            path,
            "is a Git LFS pointer, not the file it stands for",
            "the file itself",
            f"run `git lfs pull` in {str(path.parent)!r}, or download the model again",
        )
    if first.lstrip().lower().startswith(PAGES):
        raise broken(
            path,
            "is a web page",
            "the file itself",
            "download it from where the page leads to (on the hub `resolve`, not `blob`)",
        )
    return first


def read_json(path: Path, shape: type = dict) -> Any:
    """The content of a JSON file of a model.

    Args:
        path: the file.
        shape: dict or list.

    Raises:
        ModelNotFoundError: it cannot be read, or is no JSON of that shape.
    """
    if beginning(path).startswith(codecs.BOM_UTF8):
        raise broken(path, "begins with a byte order mark", "JSON", "save it without that mark")
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise broken(path, f"is no JSON ({error})", "JSON in UTF-8") from error
    if not isinstance(content, shape) or (shape is list and not content):
        wanted = "a list of modules" if shape is list else "an object"
        raise broken(path, f"holds {content!r:.40}", f"{wanted} in JSON")
    return content
