"""What a place refuses is one line: what, where, what was expected, the way out."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors import SafetensorError

from isogloss.errors import DataFormatError, OutputFolderError
from isogloss.training.interruption import Interrupted
from isogloss.writing import advice, check_name, refusal, write_lines, writing

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "file")


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        SafetensorError("Error while serializing: I/O error: No space left (os error 28)"),
        Exception("No space left on device (os error 28)"),
        shutil.Error([("a", "b", str(FULL))]),
    ],
    ids=["python", "safetensors", "tokenizers", "shutil"],
)
def test_a_full_disk_is_told_whoever_was_writing(error: Exception) -> None:
    with pytest.raises(OutputFolderError) as told, writing("--out 'runs/de'", kept="all is kept"):
        raise error
    assert str(told.value) == (
        "--out 'runs/de' cannot be written (No space left on device); expected room on that disk: "
        "free some; all is kept"
    )


@pytest.mark.parametrize(
    "error",
    [ValueError("3 is no text"), DataFormatError("a line"), Interrupted("stopped"), OSError("odd")],
)
def test_what_the_system_did_not_say_passes_through(error: Exception) -> None:
    assert refusal(error) is None
    with pytest.raises(type(error)) as passed, writing("a place"):
        raise error
    assert passed.value is error


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_refusal_of_a_system_has_a_way_out(number: int) -> None:
    said = advice(OSError(number, os.strerror(number)))
    assert said.startswith("expected ")
    assert ":" in said


@pytest.mark.parametrize(
    ("name", "said"),
    [("caf\udce9", "characters that this system's encoding does not know"), ("a\0b", "NUL")],
)
def test_a_name_that_libraries_cannot_write_is_refused(
    tmp_path: Path, name: str, said: str
) -> None:
    with pytest.raises(OutputFolderError, match=said) as told:
        check_name("--out", tmp_path / name)
    str(told.value).encode()


@pytest.mark.parametrize("below", ["", "run"])
def test_a_link_to_nowhere_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "link").symlink_to("gone")
    with pytest.raises(OutputFolderError, match=r"link' is a link to 'gone', which is not there"):
        check_name("--out", tmp_path / "link" / below)


def test_a_link_to_a_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    check_name("--out", tmp_path / "link" / "run")


def test_lines_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lines.txt"
    write_lines(path, (str(number) for number in range(3)))
    assert path.read_bytes() == b"0\n1\n2\n"

    def broken() -> Iterator[str]:
        yield "new"
        raise ValueError

    with pytest.raises(ValueError):
        write_lines(path, broken())
    assert path.read_bytes() == b"0\n1\n2\n"
    assert list(path.parent.iterdir()) == [path]
