"""Translations as they come, a line each: what is in it is neither made nor paid for again."""

import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from isogloss.corpora.translation.translator import Translation
from isogloss.errors import OutputFolderError
from isogloss.locks import lock
from isogloss.writing import writing


class Journal:
    """Translations by text, in a file that is only ever appended to.

    A line is synced before the next text is asked for. A process may die at any moment: a line that
    it did not finish is cut off when the file is opened again.

    Args:
        path: the file; made where it is missing.

    Raises:
        OutputFolderError: it cannot be written, or another process has it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Translation] = {}
        with writing(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream: IO[bytes] = path.open("a+b")
        if not lock(self._stream):
            self._stream.close()
            raise OutputFolderError(
                f"another process translates into {str(path)!r}; expected one at a time: wait for "
                "it, or choose another --out"
            )
        self._read()

    def _read(self) -> None:
        self._stream.seek(0)
        whole = 0
        for line in self._stream:
            found = _parsed(line)
            if found is None:
                break
            key, translation = found
            self._known[key] = translation
            whole += len(line)
        with writing(str(self._path)):
            self._stream.truncate(whole)
            self._stream.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def __contains__(self, text: str) -> bool:
        return _key(text) in self._known

    def __getitem__(self, text: str) -> Translation:
        return self._known[_key(text)]

    def add(self, text: str, translation: Translation) -> None:
        """Note a translation; it is on the disk when this returns."""
        key = _key(text)
        self._known[key] = translation
        line = json.dumps([key, *translation]) + "\n"
        with writing(str(self._path)):
            self._stream.write(line.encode())
            self._stream.flush()
            os.fsync(self._stream.fileno())


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=16).hexdigest()


def _parsed(line: bytes) -> tuple[str, Translation] | None:
    """What a line holds; None of one that is broken off."""
    if not line.endswith(b"\n"):
        return None
    try:
        key, *rest = json.loads(line)
        return str(key), Translation(*rest)
    except (ValueError, TypeError):
        return None
