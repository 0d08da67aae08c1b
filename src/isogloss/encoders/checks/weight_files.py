"""Weights of a module: in one file, or in parts that another one names; none of them cut."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.encoders.checks.model_file import beginning, broken, read_json

WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "adapter_model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "adapter_model.bin",
)


PICKLED = (b"PK", b"\x80")
"""How weights of torch begin: packed, or of a version before 1.6."""


def check_weights(place: Path) -> None:
    """Refuse a module without weights, or with weights that are not whole.

    Args:
        place: the module's folder.

    Raises:
        ModelNotFoundError: a file is missing, or is not what its place requires.
    """
    if not (found := _weights(place)):
        raise broken(place / WEIGHTS[0], "is missing", "the weights of the model")
    listing = found[0]
    if not listing.name.endswith(".index.json"):
        return _check_weight_file(listing)
    parts = read_json(listing).get("weight_map")
    if not isinstance(parts, dict) or not all(isinstance(name, str) for name in parts.values()):
        raise broken(listing, "has no weight_map of file names", "the list of the parts")
    for name in sorted(set(parts.values())):
        if not (place / name).is_file():
            raise broken(place / name, "is missing", f"all parts that {listing.name} names")
        _check_weight_file(place / name)


def _check_weight_file(path: Path) -> None:
    first = beginning(path)
    if path.suffix != ".safetensors":
        if not first.startswith(PICKLED):
            raise broken(path, f"holds no weights (it begins with {first[:16]!r})", "weights")
        return
    size, room = int.from_bytes(first[:8], "little"), path.stat().st_size
    if len(first) < 8 or 8 + size > room:
        raise broken(path, f"is cut or damaged ({room:,} bytes)", "whole weights")
    with path.open("rb") as stream:
        header = stream.read(8 + size)[8:]
    try:
        ends = _ends(json.loads(header.decode("utf-8")))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise broken(path, "has a damaged header", "whole weights in safetensors form") from error
    if 8 + size + max(ends, default=0) != room:
        raise broken(
            path,
            f"has {room:,} bytes",
            f"the {8 + size + max(ends, default=0):,} that its header names",
        )


def _ends(header: dict[str, Any]) -> Sequence[int]:
    """Where each tensor of a safetensors file ends, from the end of the header."""
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    return [int(entry["data_offsets"][1]) for entry in tensors]


def _weights(place: Path) -> list[Path]:
    """The file that weights are read from, or that names their parts; None if there is neither."""
    named = [place / name for name in WEIGHTS if os.path.lexists(place / name)]
    return [path for path in named if path.is_file()][:1] or named[:1]
