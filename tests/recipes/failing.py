"""A disk that refuses: one write of a run fails, or all that follow, too.

Which one is told by its number, or by where the code is that writes: the first from a place that
was not refused before.
"""

import builtins
import errno
import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
from safetensors import SafetensorError
from transformers.tokenization_utils_tokenizers import TokenizersBackend

import isogloss

REMOVALS = ("unlink", "remove", "rmdir", "rmtree")
"""What a full disk does not refuse."""

TOKENIZER = "tokenizer.json"

PACKAGE = str(Path(isogloss.__file__).parent)

Site = tuple[object, ...]
"""A write as the code has it: what is done to a file of which name, and the lines that lead to it.
Numbers in names are left out: of two checkpoints, one is like the other."""

_NUMBER = re.compile(r"[0-9a-f]{16,}|\d+")


def site(what: str, place: object) -> Site:
    """Where the code is that writes now."""
    lines: list[object] = [what, _NUMBER.sub("#", Path(str(place)).name)]
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if frame.f_code.co_filename.startswith(PACKAGE):
            lines.append((frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return tuple(lines)


class Disk:
    """Counts what is written below a folder, and refuses it from a number on.

    Attributes:
        number: the write that is refused, counted from 1; 0 refuses none.
        seen: in place of a number: the first write is refused whose site is not among them, and
            is added.
        error: with which number of the system.
        for_good: refuses all that follow, too, as a full disk does.
        written: what was written, as `open /tmp/out/model.safetensors`.
        refused: what of it was refused.
    """

    def __init__(
        self, number: int, error: int, *, for_good: bool, seen: set[Site] | None = None
    ) -> None:
        self.number, self.error, self.for_good, self.seen = number, error, for_good, seen
        self.written: list[str] = []
        self.refused: list[str] = []

    def write(self, what: str, place: Any = "") -> None:
        """Count a write, and perhaps refuse it."""
        if what in REMOVALS and self.error == errno.ENOSPC:
            return
        self.written.append(f"{what} {place}")
        if (self.for_good and self.refused) or self._is_due(what, place):
            self.refused.append(self.written[-1])
            raise OSError(self.error, os.strerror(self.error), str(place))

    def _is_due(self, what: str, place: Any) -> bool:
        if self.seen is None:
            return len(self.written) == self.number
        here = site(what, place)
        if self.refused or here in self.seen:
            return False
        self.seen.add(here)
        return True


class _Writer:
    """A file open for writing; of its blocks the 1st, 2nd, 4th, 8th ... may be refused."""

    def __init__(self, file: Any, disk: Disk, path: Any) -> None:
        self._file, self._disk, self._path, self._blocks = file, disk, path, 0

    def write(self, block: Any) -> Any:
        self._blocks += 1
        if self._blocks & (self._blocks - 1) == 0:
            try:
                self._disk.write("write", self._path)
            except OSError:
                self._file.write(block[: len(block) // 2])
                raise
        return self._file.write(block)

    def writelines(self, blocks: Any) -> None:
        for block in blocks:
            self.write(block)

    def flush(self) -> None:
        self._file.flush()
        self._disk.write("flush", self._path)

    def close(self) -> None:
        """The file is closed, as the system closes it, even where that is refused."""
        was_open = not self._file.closed
        self._file.close()
        if was_open:
            self._disk.write("close", self._path)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def failing(
    watched: Path,
    number: int = 0,
    error: int = errno.ENOSPC,
    *,
    for_good: bool = False,
    seen: set[Site] | None = None,
) -> Iterator[Disk]:
    """Let the disk refuse, below a folder, until the block ends; see `Disk`."""
    disk = Disk(number, error, for_good=for_good, seen=seen)

    def is_watched(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(watched)

    with pytest.MonkeyPatch.context() as patch:
        opened = _opening(disk, is_watched)
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        for name in ("mkdir", "replace", "rename", "link", "symlink", "chmod", "fsync", *REMOVALS):
            if hasattr(os, name):
                patch.setattr(os, name, _counted(name, disk, is_watched))
        patch.setattr(shutil, "rmtree", _removing(disk, is_watched))
        patch.setattr(
            safetensors.torch,
            "serialize_file",
            _rust(
                safetensors.torch.serialize_file,
                lambda given, named: Path(named.get("filename") or given[1]),
                lambda said: SafetensorError(f"Error while serializing: I/O error: {said}"),
                disk,
                is_watched,
            ),
        )
        patch.setattr(
            TokenizersBackend,
            "_save_pretrained",
            _rust(
                TokenizersBackend._save_pretrained,
                lambda given, named: Path(named.get("save_directory") or given[1], TOKENIZER),
                Exception,
                disk,
                is_watched,
            ),
        )
        yield disk


def _opening(disk: Disk, is_watched: Callable[[Any], bool]) -> Callable[..., Any]:
    original = io.open

    def call(path: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
        if not set(mode) & set("wax+") or not is_watched(path):
            return original(path, mode, *given, **named)
        disk.write("open", path)
        return _Writer(original(path, mode, *given, **named), disk, path)

    return call


def _counted(name: str, disk: Disk, is_watched: Callable[[Any], bool]) -> Callable[..., Any]:
    """A call of the system; none is counted that would change nothing."""
    original = getattr(os, name)

    def call(first: Any, *given: Any, **named: Any) -> Any:
        if isinstance(first, int):
            disk.write(name, "of a file")
        elif is_watched(first):
            there = os.path.lexists(first)
            if there if name in REMOVALS else name != "mkdir" or not there:
                disk.write(name, first)
        return original(first, *given, **named)

    return call


def _removing(disk: Disk, is_watched: Callable[[Any], bool]) -> Callable[..., Any]:
    """A folder's removal is one write, which is refused when half of the folder is gone."""
    original = shutil.rmtree

    def call(path: Any, ignore_errors: bool = False, *given: Any, **named: Any) -> None:
        files = sorted(p for p in Path(path).rglob("*") if p.is_file()) if is_watched(path) else []
        try:
            if is_watched(path) and os.path.lexists(path):
                disk.write("rmtree", path)
        except OSError:
            for file in files[: (len(files) + 1) // 2]:
                file.unlink()
            if not ignore_errors:
                raise
            return
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(disk, "write", lambda *given: None)  # counted above
            original(path, ignore_errors, *given, **named)

    return call


def _rust(
    original: Callable[..., Any],
    file: Callable[[Any, Any], Path],
    error: Callable[[str], Exception],
    disk: Disk,
    is_watched: Callable[[Any], bool],
) -> Callable[..., Any]:
    """A file that a library in Rust writes: half of it stands when the library says so."""

    def call(*given: Any, **named: Any) -> Any:
        path = file(given, named)
        try:
            if is_watched(path):
                disk.write("rust", path)
        except OSError as refused:
            original(*given, **named)
            os.truncate(path, path.stat().st_size // 2)
            raise error(f"{refused.strerror} (os error {refused.errno})") from None
        return original(*given, **named)

    return call
