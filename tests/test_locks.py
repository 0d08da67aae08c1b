"""A lock is held by one open file at a time, on both kinds of system."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isogloss.locks import lock


@pytest.fixture(params=["posix", "windows"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The locks of this system; and those of Windows, as its module msvcrt has them."""
    if request.param == "windows":
        held: dict[int, int] = {}

        def locking(number: int, mode: int, size: int) -> None:
            import os

            inode = os.fstat(number).st_ino
            if held.get(inode, number) != number or size != 1:
                raise PermissionError(13, "Permission denied")
            assert os.lseek(number, 0, os.SEEK_CUR) > 1 << 20  # others may read what it holds
            held[inode] = number

        monkeypatch.setitem(sys.modules, "fcntl", None)
        msvcrt: Any = SimpleNamespace(locking=locking, LK_NBLCK=2)
        monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    return str(request.param)


def test_a_second_one_does_not_get_it(system: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as first, path.open("r+") as second:
        assert lock(first)
        assert not lock(second)
        assert lock(first, wait=True)
        assert first.tell() == second.tell() == 0


def test_it_is_free_once_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as first:
        assert lock(first)
    with path.open("r+") as second:
        assert lock(second)
