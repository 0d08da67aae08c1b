"""Print safely: stdout and stderr may be closed, full, cut off, or unable to encode a letter."""

import codecs
import errno
import io
import logging
import os
import select
import sys
from typing import Any

import typer

from isogloss.errors import OutputFolderError
from isogloss.writing import json_text

PLAIN = "isogloss"
"""Name of the error handler: what an encoding lacks is written in letters that it has."""

_SUBSTITUTES = {
    **{"↓": "v", "↑": "^", "→": "->", "←": "<-", "†": "+", "×": "x", "·": "|", "…": "..."},
    **{"–": "-", "—": "-", "\N{MINUS SIGN}": "-", "≥": ">=", "≤": "<=", "±": "+-", "÷": "/"},
}


def prepare_streams() -> None:
    """Make sure that printing never ends a command; closed streams go nowhere. See `PLAIN`."""
    codecs.register_error(PLAIN, _plain)
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # the number of a closed stream, which a file that is written must not get
    os.close(handle)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere())
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN)
    logging.raiseExceptions = False  # a log that cannot be written is no reason to stop


def emit(text: str = "") -> None:
    """Print a result on stdout.

    A reader who has had enough (`| head`) is no fault.

    Raises:
        OutputFolderError: stdout cannot be written; the text stands on stderr then.
    """
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        leave_stdout()
        if not is_cut_off(error):
            remark(text)
            raise OutputFolderError(
                f"stdout cannot be written ({error.strerror}), so that the result stands on "
                "stderr; expected a terminal, a pipe, or a file on a disk with room: send it "
                "elsewhere"
            ) from error


def emit_json(content: Any, *, indent: int | None = None) -> None:
    """Print JSON on stdout, in letters that its encoding has; see `emit`."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    plain = not encoding.lower().startswith("utf")
    emit(json_text(content, indent=indent, ascii_only=plain))


def remark(text: str) -> None:
    """Print a line on stderr; one that cannot be printed is no reason to stop."""
    try:
        typer.echo(text, err=True)
    except OSError:
        _lead_nowhere(sys.stderr)


def leave_stdout() -> None:
    """Discard everything still printed, including what the interpreter flushes at exit."""
    _lead_nowhere(sys.stdout)


def is_cut_off(error: OSError) -> bool:
    """Whether the reader of a pipe is gone; Windows reports this as EINVAL."""
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)


def reader_is_gone() -> bool:
    """Whether stdout is a pipe that nobody reads any more, as after `| head`."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLERR)
    except (AttributeError, OSError, ValueError):  # Windows has no poll; a stream without a number
        return True
    return bool(poll.poll(0))


def _lead_nowhere(stream: Any) -> None:
    handle = os.open(os.devnull, os.O_WRONLY)
    os.dup2(handle, stream.fileno())
    os.close(handle)


def _nowhere() -> Any:
    return open(os.devnull, "w", encoding="utf-8", errors="replace")


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """A substitute for the first letter that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if "\udc80" <= letter <= "\udcff":  # a byte of a file name that is no text
        return bytes([ord(letter) - 0xDC00]), error.start + 1
    escaped = letter.encode("ascii", "backslashreplace").decode("ascii")
    return _SUBSTITUTES.get(letter, escaped), error.start + 1
