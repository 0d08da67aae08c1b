"""A disk that refuses: the writes of a run are counted; one fails, or all that follow, too."""

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
from safetensors import SafetensorError
from transformers.tokenization_utils_tokenizers import TokenizersBackend


class Disk:
    """Counts what is written below a folder, and refuses it from a number on.

    Args:
        number: the write that is refused, counted from 1; 0 refuses none.
        error: with which number of the system.
        for_good: refuses all that follow, too, as a full disk does.
    """

    def __init__(self, number: int, error: int, *, for_good: bool) -> None:
        self.number, self.error, self.for_good = number, error, for_good
        self.written = 0
        self.refused: list[str] = []

    def write(self, what: str, place: Any = "") -> None:
        """Count a write, and perhaps refuse it."""
        self.written += 1
        due = self.number and self.written >= self.number
        if due and (self.for_good or self.written == self.number):
            self.refused.append(f"{what} {place}")
            raise OSError(self.error, os.strerror(self.error), str(place))


class _Writer:
    """A file open for writing, the first block of which may be refused."""

    def __init__(self, file: Any, disk: Disk, path: Any) -> None:
        self._file, self._disk, self._path, self._begun = file, disk, path, False

    def write(self, block: Any) -> Any:
        if not self._begun:
            self._begun = True
            self._disk.write("write", self._path)
        return self._file.write(block)

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def failing(
    watched: Path, number: int = 0, error: int = errno.ENOSPC, *, for_good: bool = False
) -> Iterator[Disk]:
    """Let the disk refuse, below a folder, until the block ends; see `Disk`."""
    disk = Disk(number, error, for_good=for_good)
    opened = io.open

    def is_watched(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(watched)

    def open_(path: Any, mode: str = "r", *given: Any, **named: Any) -> Any:
        if not set(mode) & set("wax") or not is_watched(path):
            return opened(path, mode, *given, **named)
        disk.write("open", path)
        return _Writer(opened(path, mode, *given, **named), disk, path)

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(first: Any, *given: Any, **named: Any) -> Any:
            there = name == "mkdir" and Path(first).exists()
            if isinstance(first, int) or (is_watched(first) and not there):
                disk.write(name, first)
            return original(first, *given, **named)

        return call

    def rust(original: Callable[..., Any], kind: type[Exception], name: str) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            path = named[name] if name in named else given[1]
            try:
                if is_watched(path):
                    disk.write(kind.__name__, path)
            except OSError as refused:
                raise kind(f"I/O error: {refused.strerror} (os error {refused.errno})") from None
            return original(*given, **named)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(io, "open", open_)
        patch.setattr(builtins, "open", open_)
        for name in ("mkdir", "replace", "rename", "fsync"):
            patch.setattr(os, name, counted(name))
        tensors = rust(safetensors.torch.serialize_file, SafetensorError, "filename")
        patch.setattr(safetensors.torch, "serialize_file", tensors)
        tokenizer = rust(TokenizersBackend._save_pretrained, Exception, "save_directory")
        patch.setattr(TokenizersBackend, "_save_pretrained", tokenizer)
        yield disk
