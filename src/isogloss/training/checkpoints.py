"""Checkpoints that survive anything: written beside, synced, hashed, renamed last.

A checkpoint is a folder `step-00000123` with tensors (safetensors), `state.json` and, written last,
`manifest.json` with the sha256 of the others. A folder without a manifest, or with a wrong hash, is
passed over.
"""

import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from isogloss.errors import CheckpointError
from isogloss.writing import advice, json_text, refusal

logger = logging.getLogger(__name__)

EARLIER = ".earlier"
"""What a checkpoint is called while another of its step takes its place."""

KEPT = 2
"""Checkpoints kept: the newest, and the one before in case the newest is damaged."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint read back.

    Attributes:
        step: optimizer steps done.
        tensors: group ("model", "optimizer", ...) to named tensors.
        state: everything else, as written.
        skipped: newer checkpoints that were damaged, with the reason.
    """

    step: int
    tensors: dict[str, dict[str, torch.Tensor]]
    state: dict[str, Any]
    skipped: list[str]


def unshared(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Tensors that share no memory, which safetensors refuses: T5 and BART have two names for one.

    Args:
        tensors: by name.

    Returns:
        The same, with a copy for every further name of the same memory.
    """
    seen: set[int] = set()
    found = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        found[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return found


def write_checkpoint(
    folder: Path,
    step: int,
    tensors: Mapping[str, Mapping[str, torch.Tensor]],
    state: Mapping[str, Any],
    *,
    kept: int = KEPT,
) -> Path:
    """Write a checkpoint and drop the oldest ones.

    Args:
        folder: where all checkpoints of the run lie.
        step: optimizer steps done; names the checkpoint.
        tensors: group to named tensors; one file per group.
        state: whatever else a resume needs; JSON-able.
        kept: how many checkpoints stay, the newest ones.

    Returns:
        The new checkpoint's folder.

    Raises:
        CheckpointError: the disk is full or not writable; earlier checkpoints are untouched.
    """
    final = folder / f"step-{step:08d}"
    beside = folder / f".writing-{step:08d}"
    try:
        _settle(folder)
        for left in folder.glob(".writing-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        beside.mkdir(parents=True)
        for group, named in tensors.items():
            plain = {name: tensor.detach().cpu().contiguous() for name, tensor in named.items()}
            save_file(plain, beside / f"{group}.safetensors")
        text = json_text(dict(state), indent=None)
        (beside / "state.json").write_text(text, encoding="utf-8")
        hashes = {path.name: _sync_and_hash(path) for path in sorted(beside.iterdir())}
        manifest = beside / "manifest.json"
        manifest.write_text(json.dumps({"step": step, "sha256": hashes}), encoding="utf-8")
        _sync_and_hash(manifest)
        _sync_folder(beside)
        _put_in_place(beside, final)
        _sync_folder(folder)
    except Exception as error:
        refused = refusal(error)
        if refused is None:
            raise
        shutil.rmtree(beside, ignore_errors=True)
        with suppress(OSError):  # of which the first tells; the next process tries it again
            _settle(folder)
        raise CheckpointError(
            f"checkpoint of step {step} cannot be written to {str(folder)!r} ({error}); "
            f"{advice(refused)}; the checkpoint before it is whole: run the same command with "
            "--resume"
        ) from error
    for old in list_checkpoints(folder)[:-kept]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def _put_in_place(beside: Path, final: Path) -> None:
    """Give a whole checkpoint its name; an earlier one of that name goes last."""
    if not final.exists():
        beside.rename(final)
        return
    final.rename(final.with_name(final.name.replace("step", EARLIER)))
    beside.rename(final)
    _settle(final.parent)


def _settle(folder: Path) -> None:
    """End what was stopped while one checkpoint took the place of another."""
    for earlier in folder.glob(f"{EARLIER}-*"):
        final = earlier.with_name(earlier.name.replace(EARLIER, "step"))
        if final.exists():
            shutil.rmtree(earlier, ignore_errors=True)
        else:
            earlier.rename(final)


def list_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or not, the oldest first."""
    return sorted(folder.glob("step-*"), key=step_of)


def drop_after(folder: Path, step: int) -> None:
    """Drop the checkpoints after a step, which a resumed run will train again."""
    for path in list_checkpoints(folder):
        if step_of(path) > step:
            shutil.rmtree(path, ignore_errors=True)


def step_of(path: Path) -> int:
    """The step after which a checkpoint was written."""
    return int(path.name.removeprefix("step-"))


def read_newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole.

    Returns:
        None where there is none at all.

    Raises:
        CheckpointError: there are checkpoints, and every one is damaged.
    """
    with suppress(OSError):  # it is read where it is allowed to be, as the rest
        _settle(folder)
    skipped: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        damage = _damage(path)
        if damage:
            logger.warning("checkpoint %s is damaged (%s): falling back", path.name, damage)
            skipped.append(f"{path.name}: {damage}")
            continue
        files = [file for file in path.glob("*.safetensors") if not file.name.startswith(".")]
        tensors = {file.stem: load_file(file) for file in files}
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        return Checkpoint(step_of(path), tensors, state, skipped)
    if skipped:
        raise CheckpointError(
            f"every checkpoint in {str(folder)!r} is damaged ({'; '.join(skipped)}); expected one "
            "whole: start anew with --overwrite"
        )
    return None


def _damage(path: Path) -> str | None:
    """What is wrong with a checkpoint; None if it is whole."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        hashes = dict(manifest["sha256"])
        if "state.json" not in hashes:
            return "manifest.json does not name state.json"
        for name, expected in hashes.items():
            if _hash(path / name) != expected:
                return f"{name} is not what was written"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except OSError as error:
        return f"{Path(error.filename or path).name} cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        return "manifest.json cannot be read"
    return None


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_and_hash(path: Path) -> str:
    with path.open("rb+") as stream:  # Windows syncs no file that is open for reading only
        os.fsync(stream.fileno())
    return _hash(path)


def _sync_folder(folder: Path) -> None:
    """Sync a folder, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # of a network's file system
            raise
    finally:
        os.close(handle)
