"""Checkpoints: every kind of damage is noticed, and the one before it is taken."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from isogloss.errors import CheckpointError
from isogloss.training import checkpoints
from isogloss.training.checkpoints import KEPT, read_newest, unshared, write_checkpoint

FILES = ("manifest.json", "model.safetensors", "optimizer.safetensors", "state.json")


def tensors(step: int) -> dict[str, dict[str, torch.Tensor]]:
    return {
        "model": {"weight": torch.full((3, 2), float(step)), "bias": torch.arange(2)},
        "optimizer": {"0.step": torch.tensor(float(step))},
    }


def write(folder: Path, step: int) -> Path:
    return write_checkpoint(folder, step, tensors(step), {"step": step, "loss": None})


def steps(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("step-")) for path in folder.glob("step-*"))


def assert_whole(folder: Path, step: int) -> list[str]:
    """Expects to read a step back as it was written; what was skipped."""
    read = read_newest(folder)
    assert read is not None
    assert read.step == step
    assert read.state == {"step": step, "loss": None}
    expected = tensors(step)
    assert {group: set(named) for group, named in read.tensors.items()} == {
        group: set(named) for group, named in expected.items()
    }
    for group, named in expected.items():
        for name, tensor in named.items():
            assert torch.equal(read.tensors[group][name], tensor)
            assert read.tensors[group][name].dtype == tensor.dtype
    return read.skipped


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "new" / "folder", 12)
    assert path.name == "step-00000012"
    assert sorted(file.name for file in path.iterdir()) == sorted(FILES)
    assert assert_whole(tmp_path / "new" / "folder", 12) == []


def test_the_manifest_names_every_other_file(tmp_path: Path) -> None:
    manifest = json.loads((write(tmp_path, 3) / "manifest.json").read_text())
    assert manifest["step"] == 3
    assert sorted(manifest["sha256"]) == sorted(set(FILES) - {"manifest.json"})


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert read_newest(tmp_path) is None
    assert read_newest(tmp_path / "missing") is None


@pytest.mark.parametrize("kept", [1, KEPT, 3])
def test_the_newest_are_kept(tmp_path: Path, kept: int) -> None:
    for step in (9, 10, 99_999_999, 100_000_000, 100_000_001):
        write_checkpoint(tmp_path, step, tensors(step), {}, kept=kept)
    assert steps(tmp_path) == [9, 10, 99_999_999, 100_000_000, 100_000_001][-kept:]


def test_a_step_can_be_written_again(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, 5, tensors(1), {"other": True})
    write(tmp_path, 5)
    assert_whole(tmp_path, 5)


def missing(name: str) -> Callable[[Path], None]:
    return lambda path: (path / name).unlink()


def flipped(name: str, share: float) -> Callable[[Path], None]:
    """One bit of a byte, at a share of the file's length, is turned over."""

    def damage(path: Path) -> None:
        content = bytearray((path / name).read_bytes())
        content[int(share * (len(content) - 1))] ^= 1
        (path / name).write_bytes(content)

    return damage


def cut(name: str) -> Callable[[Path], None]:
    return lambda path: os.truncate(path / name, (path / name).stat().st_size // 2)


def rewritten(content: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        (path / "manifest.json").write_text(content)

    return damage


def emptied(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


def became_folder(path: Path) -> None:
    (path / "state.json").unlink()
    (path / "state.json").mkdir()


DAMAGE = {
    **{f"missing {name}": missing(name) for name in FILES},
    **{f"cut {name}": cut(name) for name in FILES},
    **{
        f"flipped {name} {share}": flipped(name, share)
        for name in FILES[1:]
        for share in (0.0, 0.5, 1.0)
    },
    "manifest of another kind": rewritten("[1, 2]"),
    "manifest without hashes": rewritten('{"step": 2}'),
    "manifest with no files": rewritten('{"step": 2, "sha256": {}}'),
    "manifest with odd hashes": rewritten('{"step": 2, "sha256": [1]}'),
    "manifest not text": lambda path: (path / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "empty folder": emptied,
    "folder for a file": became_folder,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_checkpoint_is_passed_over_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[Path], None]
) -> None:
    write(tmp_path, 1)
    damage(write(tmp_path, 2))
    with caplog.at_level(logging.WARNING):
        [skipped] = assert_whole(tmp_path, 1)
    assert skipped.startswith("step-00000002: ")
    assert "step-00000002" in caplog.text
    (tmp_path / "step-00000001" / "state.json").unlink()
    with pytest.raises(CheckpointError, match=r"every checkpoint.*--overwrite"):
        read_newest(tmp_path)


def test_any_byte_of_a_manifest_may_flip(tmp_path: Path) -> None:
    """Whatever it turns into, the tensors that are read are those that were written."""
    write(tmp_path, 1)
    manifest = write(tmp_path, 2) / "manifest.json"
    content = manifest.read_bytes()
    for place in range(0, len(content), 2):
        changed = bytearray(content)
        changed[place] ^= 1
        manifest.write_bytes(changed)
        read = read_newest(tmp_path)
        assert read is not None
        assert torch.equal(read.tensors["model"]["weight"], tensors(read.step)["model"]["weight"])
        assert read.state["step"] == read.step


def test_what_a_killed_writer_left_is_not_read_and_goes(tmp_path: Path) -> None:
    write(tmp_path, 1)
    shutil.copytree(tmp_path / "step-00000001", tmp_path / ".writing-00000002")
    assert_whole(tmp_path, 1)
    write(tmp_path, 3)
    assert_whole(tmp_path, 3)
    assert steps(tmp_path) == [1, 3]
    assert not list(tmp_path.glob(".writing-*"))


def refusing(error: Exception, after: int, call: Callable[..., Any]) -> Callable[..., Any]:
    times = 0

    def refuse(*arguments: Any, **named: Any) -> Any:
        nonlocal times
        times += 1
        if times > after:
            raise error
        return call(*arguments, **named)

    return refuse


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("module", "name", "error", "calls"),
    [
        (os, "fsync", FULL, 6),
        (
            checkpoints,
            "save_file",
            SafetensorError(f"Error while serializing: I/O error: {FULL}"),
            2,
        ),
        (Path, "write_text", FULL, 2),
        (Path, "rename", FULL, 1),
        (Path, "mkdir", FULL, 1),
    ],
)
def test_a_full_disk_leaves_the_one_before_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    error: Exception,
    calls: int,
) -> None:
    write(tmp_path, 1)
    for after in range(calls):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, refusing(error, after, getattr(module, name)))
            with pytest.raises(CheckpointError, match=r"No space left.*--resume"):
                write(tmp_path, 2)
        read = read_newest(tmp_path)
        assert read is not None
        assert read.skipped == []
        assert not list(tmp_path.glob(".writing-*"))
        if read.step == 1:
            assert_whole(tmp_path, 1)
        else:  # renamed already: only the last sync of the folder failed
            assert (name, after) == ("fsync", 5)
    write(tmp_path, 2)
    assert_whole(tmp_path, 2)


@pytest.mark.parametrize("allowed", [0, 1])
def test_the_one_before_stays_where_no_name_can_be_given(
    allowed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 1)
    write(tmp_path, 2)
    rename, done = os.rename, []

    def refuse(*given: Any) -> None:
        if len(done) >= allowed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done.append(rename(*given))

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        with pytest.raises(CheckpointError, match="No space left on device"):
            write(tmp_path, 2)
    shutil.copytree(tmp_path, tmp_path / "again")
    write(tmp_path / "again", 3)
    assert steps(tmp_path / "again") == [2, 3]
    assert_whole(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_bug_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "save_file", refusing(SafetensorError("two names"), 0, print))
    with pytest.raises(SafetensorError, match="two names"):
        write(tmp_path, 1)


def test_two_names_of_one_tensor_are_both_kept(tmp_path: Path) -> None:
    """As T5 and BART have them, for their token embeddings."""
    table = torch.arange(6.0).reshape(2, 3)
    tensors = {"shared": table, "encoder": table, "part": table[1:], "other": torch.ones(2)}
    write_checkpoint(tmp_path, 1, {"model": unshared(tensors)}, {})
    read = read_newest(tmp_path)
    assert read is not None
    assert read.tensors["model"].keys() == tensors.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(read.tensors["model"][name], tensor)
