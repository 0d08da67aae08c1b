"""Whether a model's folder is whole: looked at file by file before a library reads it.

What libraries say of a broken file seldom names it, and some of it they do not notice.
"""

import codecs
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.encoders.checks.machine import MACHINE
from isogloss.errors import ModelNotFoundError

logger = logging.getLogger(__name__)

POINTER = b"version https://git-lfs"
"""How a Git LFS pointer begins, which stands in a clone where a large file was not fetched."""

MODULES = "sentence_transformers."
"""Where the modules of Sentence Transformers itself are."""

FIRST_BODIES = {"ALBERT", "BERT", "CamemBERT", "DistilBERT", "RoBERTa", "T5", "XLMRoBERTa", "XLNet"}
"""Modules of Sentence Transformers 0.x, each a transformers model of one kind."""

NEEDED = {
    "Transformer": ("config.json",),
    "Pooling": ("config.json",),
    "Dense": ("config.json",),
    "LayerNorm": ("config.json",),
    "WeightedLayerPooling": ("config.json",),
    "StaticEmbedding": ("tokenizer.json",),
}
"""Files that a module cannot do without."""

WEIGHED = {"Transformer", "Dense", "LayerNorm", "WeightedLayerPooling", "StaticEmbedding"}
WITHOUT_FILES = {"Normalize", "Dropout"}
"""Modules whose folder may be missing: Git and the hub keep no empty one."""

WEIGHTS = (
    "model.safetensors",
    "model.safetensors.index.json",
    "adapter_model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "adapter_model.bin",
)
VOCABULARIES = (
    "tokenizer.json",
    "tekken.json",
    "vocab.*",
    "bpe.*",
    "*.bpe",
    "*.model",
    "*.spm",
    "*.tiktoken",
    "tokenization_*.py",
)
BYTES = ("ByT5", "Canine", "Perceiver")
"""Tokenizers without a vocabulary."""

LISTING = "modules.json"
OWN_SETTINGS = "config_sentence_transformers.json"
ADAPTER = "adapter_config.json"
"""In a folder that has only what is to be added to another model, and no settings of its own."""

SETTINGS = (
    "config.json",
    "sentence_*_config.json",
    OWN_SETTINGS,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
"""JSON that is read with a model, each an object; a large one, tokenizer.json, is left out."""

AGAIN = "copy or download the model again"


def broken(path: Path, fault: str, expected: str, way_out: str = AGAIN) -> ModelNotFoundError:
    """The error for a file that is not what its place requires."""
    return ModelNotFoundError(f"model file {str(path)!r} {fault}; expected {expected}: {way_out}")


def check_files(folder: Path) -> None:
    """Refuse a folder with a file that is missing, cut, a pointer, or not what it should be.

    Files that no library reads beside the others may be so.

    Args:
        folder: of Sentence Transformers or of transformers.

    Raises:
        ModelNotFoundError: there is such a file, and the message names it.
    """
    _check_settings(folder)
    for place, kind in module_places(folder):
        for name in NEEDED.get(kind, ()):
            if not (place / name).is_file() and not (place / ADAPTER).exists():
                raise broken(place / name, "is missing", "a whole model folder")
        if kind == "Transformer" and not _has_tokenizer(place):
            raise broken(place / "tokenizer.json", "is missing", "the model's tokenizer")
        if kind in WEIGHED:
            _check_weights(place)
        _check_settings(place)
        for path in _vocabulary(place):
            beginning(path)
    if not (folder / LISTING).exists() and (folder / OWN_SETTINGS).exists():
        logger.warning(
            "model folder %r has no modules.json, and is read as an encoder without a pooling of "
            "its own: by the mean of its tokens, of a decoder by the last one",
            str(folder),
        )


def _files(place: Path, names: Sequence[str]) -> list[Path]:
    """What is in a folder under some names, dead links among them."""
    return [path for path in sorted(place.iterdir()) if any(map(path.match, names))]


def _vocabulary(place: Path) -> list[Path]:
    """The files that a tokenizer is read from: tokenizer.json alone where there is one."""
    whole = place / "tokenizer.json"
    return [whole] if whole.is_file() else _files(place, VOCABULARIES)


def _weights(place: Path) -> list[Path]:
    """The file that weights are read from, or that names their parts; none where there is none."""
    named = [place / name for name in WEIGHTS if os.path.lexists(place / name)]
    return [path for path in named if path.is_file()][:1] or named[:1]


def _has_tokenizer(place: Path) -> bool:
    """Whether a folder has a vocabulary, or a tokenizer that reads bytes and needs none."""
    settings = place / "tokenizer_config.json"
    named = read_json(settings).get("tokenizer_class") if settings.is_file() else None
    return str(named).startswith(BYTES) or any(any(place.glob(n)) for n in VOCABULARIES)


def _check_settings(place: Path) -> None:
    for path in _files(place, SETTINGS):
        read_json(path)


def module_places(folder: Path) -> list[tuple[Path, str]]:
    """The folder of each module, and the name of its class, as modules.json says.

    Raises:
        ModelNotFoundError: modules.json is missing where it should be, or cannot be read, or names
            a folder that is not there, or a module of a version too old.
    """
    listing = folder / LISTING
    if not listing.exists() and not listing.is_symlink():
        if any(path.is_dir() for path in folder.glob("[0-9]_*")):
            raise broken(listing, "is missing", "the list of the model's modules")
        return [(folder, "Transformer")]
    places = []
    for entry in read_json(listing, list):
        kind, path = _entry(listing, entry)
        own = kind.startswith(MODULES)
        name = kind.rpartition(".")[2]
        if own and name in FIRST_BODIES:
            raise broken(
                listing,
                f"names a module of Sentence Transformers 0.x ({kind})",
                "the layout of version 1 or newer",
                f"give the encoder alone, {str(folder / path)!r}, or a newer copy of the model",
            )
        if own and not _known(kind):
            raise broken(
                listing,
                f"names a module that this version of Sentence Transformers does not have ({kind})",
                "modules that it has",
                f"update sentence-transformers, or {AGAIN}",
            )
        place = folder / path
        if place.is_dir():
            places.append((place, name if own else ""))
        elif own and name not in WITHOUT_FILES:
            raise broken(place, "is missing", f"the folder of the module {name}")
    if not places:
        raise broken(listing, "names no module with files", "the list of the model's modules")
    return places


def _known(kind: str) -> bool:
    """Whether Sentence Transformers has a class of that name, under its new or an older path."""
    from sentence_transformers.util import import_from_string

    try:
        import_from_string(kind)
    except (ImportError, AttributeError):
        return False
    return True


def _entry(listing: Path, entry: Any) -> tuple[str, str]:
    """Class and folder of one module in modules.json."""
    said = entry if isinstance(entry, dict) else {}
    kind, path, name = (said.get(key) for key in ("type", "path", "name"))
    if isinstance(kind, str) and isinstance(path, str) and isinstance(name, str) and "." in kind:
        return kind, path
    raise broken(
        listing, f"has a module without name, path, or type ({entry!r:.80})", "all three of each"
    )


def beginning(path: Path, size: int = 64) -> bytes:
    """The first bytes of a file.

    Raises:
        ModelNotFoundError: it is empty, a dead link, the pointer of a large file, or not to read.
        OSError: the machine fails to read it.
    """
    if path.is_symlink() and not path.exists():
        raise broken(path, "is a link to a file that is not there", "the file itself")
    try:
        with path.open("rb") as stream:
            first = stream.read(size)
    except OSError as error:
        if error.errno in MACHINE:
            raise
        raise broken(path, f"cannot be read ({error.strerror})", "a file that can be") from error
    if not first:
        raise broken(path, "is empty", "a file with content")
    if first.startswith(POINTER):
        raise broken(
            path,
            "is a Git LFS pointer, not the file it stands for",
            "the file itself",
            f"run `git lfs pull` in {str(path.parent)!r}, or download the model again",
        )
    return first


def read_json(path: Path, shape: type = dict) -> Any:
    """The content of a JSON file of a model.

    Args:
        path: the file.
        shape: dict or list.

    Raises:
        ModelNotFoundError: it cannot be read, or is no JSON of that shape.
    """
    if beginning(path).startswith(codecs.BOM_UTF8):
        raise broken(path, "begins with a byte order mark", "JSON", "save it without that mark")
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise broken(path, f"is no JSON ({error})", "JSON in UTF-8") from error
    if not isinstance(content, shape) or (shape is list and not content):
        wanted = "a list of modules" if shape is list else "an object"
        raise broken(path, f"holds {content!r:.40}", f"{wanted} in JSON")
    return content


def _check_weights(place: Path) -> None:
    """Refuse a module without weights, or with weights that are not whole."""
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
