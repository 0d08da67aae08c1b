"""Files written whole or not at all; when a place refuses, one line that says so."""

import errno
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from isogloss.errors import IsoglossError, OutputFolderError
from isogloss.paths import given_path

_SYSTEM = re.compile(r"\(os error (\d+)\)|\[Errno (\d+)\]")
"""The number of a system's error inside another: of Rust (safetensors, tokenizers), of Python."""

_BREAKS = re.compile(r"[\t\r\n]+")

_ROOM = "expected room on that disk: free some"
_PERMISSION = "expected a place that you may use: choose another, or change its permissions"
_NAME = "expected a path of folders that are there: check it, or choose another"
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _ROOM),
    **dict.fromkeys((errno.EACCES, errno.EPERM), _PERMISSION),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST), _NAME),
    errno.EROFS: "expected a disk that is not read-only: choose another place",
    errno.ENAMETOOLONG: "expected a shorter name: choose one",
    errno.ELOOP: "expected a link that leads somewhere: check it",
    errno.EMFILE: "expected fewer open files at once: raise the limit (ulimit -n)",
    errno.ENFILE: "expected fewer open files on this machine: close other programs",
    errno.ENOMEM: "expected more free memory: close other programs",
    errno.EINTR: "expected not to be interrupted: run the same command again",
}
_ELSE = "expected a disk that works: check it, or choose another place"


def refusal(error: BaseException) -> OSError | None:
    """What the system said, if that is what an error comes from.

    Args:
        error: of any library; safetensors and tokenizers wrap the system's in types of their own.

    Returns:
        None where it is something else, or has been explained in a line already.
    """
    if isinstance(error, IsoglossError):
        return None
    if isinstance(error, OSError) and error.errno is not None:
        return error
    found = _SYSTEM.search(str(error))
    if found is None:
        return None
    if found[1] and os.name == "nt":  # numbers of its own, which the fourth argument translates
        return OSError(0, str(error), None, int(found[1]))
    number = int(found[1] or found[2])
    return OSError(number, os.strerror(number))


def advice(refused: OSError) -> str:
    """What was expected in place of a system's error, and the way out."""
    return _ADVICE.get(refused.errno or 0, _ELSE)


@contextmanager
def writing(place: str, *, kept: str = "", below: Path | None = None) -> Iterator[None]:
    """A block that writes; what keeps it from that becomes one line.

    Args:
        place: what to call the place, as `--out 'runs/de'`.
        kept: what is kept all the same, and how to go on; a part of a sentence.
        below: the place, where the block also reads elsewhere: errors that name a file which is
            not below it are raised as they are.

    Raises:
        OutputFolderError: the place cannot be written.
    """
    try:
        yield
    except Exception as error:
        refused = refusal(error)
        if refused is None or _is_elsewhere(refused, below):
            raise
        more = f"; {kept}" if kept else ""
        raise OutputFolderError(
            f"{place} cannot be written ({refused.strerror}); {advice(refused)}{more}"
        ) from error


def _is_elsewhere(refused: OSError, below: Path | None) -> bool:
    """Whether a system's error names a file that is not below a folder."""
    named = refused.filename
    if below is None or not isinstance(named, str | os.PathLike):
        return False
    return not Path(os.path.abspath(named)).is_relative_to(os.path.abspath(below))


def cache_folder(name: str, what: str) -> Path:
    """`$ISOGLOSS_CACHE/NAME`, or `~/.cache/isogloss/NAME`; it need not be there.

    Args:
        name: the folder's name.
        what: what it is for, for the message: "the teacher's vectors".

    Raises:
        OutputFolderError: neither is known.
    """
    root = os.environ.get("ISOGLOSS_CACHE")
    if not root:
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        if cache.startswith("~"):  # neither HOME nor an entry among the system's users
            raise OutputFolderError(
                f"{what} have no place: this user has no home folder; expected one, or another "
                "folder for them: set ISOGLOSS_CACHE"
            )
        root = str(Path(cache) / "isogloss")
    return given_path(root) / name


def check_name(place: str, path: Path) -> None:
    """Refuse a path that not every library can write to.

    Args:
        place: what to call it, as `--out`.
        path: its characters must all be text: a name in another encoding than the system's has
            bytes that are none.

    Raises:
        OutputFolderError: it has others, or leads through a link to nowhere.
    """
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise OutputFolderError(
            f"{place} {text!a} has characters that this system's encoding does not know; "
            "expected plain letters, or a system that reads UTF-8: choose another name, or set "
            "PYTHONUTF8=1"
        ) from error
    if "\0" in text:
        raise OutputFolderError(f"{place} {text!r} has a NUL character; expected none: remove it")
    for link in (path, *path.parents):
        if link.is_symlink() and not link.exists():
            raise OutputFolderError(
                f"{place} {text!r}: {str(link)!r} is a link to {os.readlink(link)!r}, which is not "
                "there; expected a folder: make it, or choose another"
            )


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file that appears whole or not at all: beside its place, synced, renamed.

    Args:
        path: the file; an existing one is replaced, and its folder is made where it is missing.
        content: text, written as UTF-8 with `\\n` line ends, or bytes; what UTF-8 lacks, such as
            half a character in the name of a file, is written as JSON does, `\\udcff`.

    Raises:
        OutputFolderError: it cannot be written; what was there before is untouched.
    """
    _write(path, [content if isinstance(content, bytes) else _encoded(content)])


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines as they come, whole or not at all; see `write_whole`.

    Args:
        path: the file.
        lines: without their ends.
    """
    _write(path, (_encoded(f"{line}\n") for line in lines))


def tsv_line(*cells: str) -> str:
    """A row of a TSV file; in a cell, what would end it or the row becomes a space.

    Example:
        >>> tsv_line("0.5", "one\\ttwo\\n")
        '0.5\\tone two '
    """
    return "\t".join(_BREAKS.sub(" ", cell) for cell in cells)


def _encoded(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


def _write(path: Path, parts: Iterable[bytes]) -> None:
    with writing(str(path)), whole_file(path) as stream:
        stream.writelines(parts)


@contextmanager
def whole_file(path: Path, mark: str = "") -> Iterator[IO[bytes]]:
    """A stream to a file that takes its place once the block ends without an error, synced.

    What keeps it from being written is raised as it is; see `writing`.

    Args:
        path: the file; its folder is made where it is missing.
        mark: end of the name that it has until then; by default the number of the process.
    """
    temporary = path.with_name(f".{path.name[:40]}.{mark or os.getpid()}")  # a name has an end
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):  # of which the first tells
            temporary.unlink(missing_ok=True)


def json_text(content: object, *, indent: int | None = 2, ascii_only: bool = False) -> str:
    """Strict JSON of all that isogloss writes or prints; NaN and infinity become null.

    Args:
        content: what JSON can hold, or NaN and infinity among it.
        indent: spaces a level; None puts everything on one line.
        ascii_only: write other letters as `\\u00e4`.

    Example:
        >>> json_text({"value": float("nan")}, indent=None)
        '{"value": null}'
    """
    return json.dumps(_finite(content), indent=indent, ensure_ascii=ascii_only, allow_nan=False)


def write_json(path: Path, content: Mapping[str, Any] | list[Any]) -> None:
    """Write JSON, indented, whole or not at all."""
    write_whole(path, json_text(content) + "\n")


def _finite(content: object) -> object:
    """The same with None for NaN and infinity, however deep they stand."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
