"""`index.json`: what an index is, and which files are its rows. Replacing it is what commits."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isogloss.errors import DataFormatError, MissingFileError, ModelShapeError
from isogloss.protocols import (
    DOCUMENT,
    QUERY,
    Encoder,
    model_fingerprint,
    prompt_of,
)
from isogloss.writing import write_json

MANIFEST = "index.json"
VERSION = 1


@dataclass(frozen=True)
class Maker:
    """The model that embedded an index.

    Attributes:
        name: where it is found: a folder, or a name.
        fingerprint: of its files; `""` is unknown.
        dim: width of its vectors.
        document_prompt: put before every document.
        query_prompt: put before every query.
    """

    name: str
    fingerprint: str
    dim: int
    document_prompt: str
    query_prompt: str


@dataclass(frozen=True)
class Manifest:
    """What stands in `index.json`.

    Attributes:
        engine: which holds the rows, `exact` or `lancedb`.
        model: which made the vectors.
        finished: whether it was ever built to the end.
        segments: names of the files that are its rows, in order; none for a database.
        version: of this format.
    """

    engine: str
    model: Maker
    finished: bool = False
    segments: tuple[str, ...] = ()
    version: int = VERSION


def describe(encoder: Encoder, name: str) -> Maker:
    """What an index has to know of its model."""
    return Maker(
        name=name,
        fingerprint=model_fingerprint(encoder),
        dim=encoder.dim,
        document_prompt=prompt_of(encoder, DOCUMENT),
        query_prompt=prompt_of(encoder, QUERY),
    )


def check_maker(folder: Path, made_by: Maker, encoder: Encoder) -> None:
    """Refuse a model that did not make an index.

    Raises:
        ModelShapeError: its width, files, or prompts are others.
    """
    found, place = describe(encoder, made_by.name), f"index {str(folder)!r}"
    if found.dim != made_by.dim:
        raise ModelShapeError(
            f"model {encoder.name!r} gives vectors of width {found.dim}, and {place} holds "
            f"{made_by.dim}; expected the model that made it, {made_by.name!r}: give that one"
        )
    check_fingerprint(folder, made_by, encoder.name, found.fingerprint)
    if found != made_by:
        raise ModelShapeError(
            f"model {encoder.name!r} reads queries and documents with the prompts "
            f"{(found.query_prompt, found.document_prompt)!r}, and {place} was made with "
            f"{(made_by.query_prompt, made_by.document_prompt)!r}; expected the same: build the "
            "index again"
        )


def check_fingerprint(folder: Path, made_by: Maker, name: str, fingerprint: str) -> None:
    """Refuse a model whose files are not those that made an index.

    Args:
        folder: of the index.
        made_by: what it says of its model.
        name: of the model that is given.
        fingerprint: of its files.

    Raises:
        ModelShapeError: it is another.
    """
    if fingerprint != made_by.fingerprint:
        raise ModelShapeError(
            f"model {name!r} (fingerprint {fingerprint or 'unknown'}) is not the one that made "
            f"index {str(folder)!r} ({made_by.fingerprint or 'unknown'}); expected "
            f"{made_by.name!r} as it was: give that one, or build the index again"
        )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `index.json`, whole or not at all.

    Raises:
        OutputFolderError: it cannot be written.
    """
    write_json(folder / MANIFEST, asdict(manifest))


def read_manifest(folder: Path) -> Manifest:
    """Read `index.json`.

    Raises:
        MissingFileError: the folder holds no index.
        DataFormatError: the file cannot be read, or a newer version wrote it.
    """
    path = folder / MANIFEST
    try:
        read: Any = json.loads(path.read_text(encoding="utf-8"))
        version = read["version"]
        if version == VERSION:
            model = Maker(**read.pop("model"))
            return Manifest(model=model, **read | {"segments": tuple(read["segments"])})
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(
            f"{str(folder)!r} holds no index; expected the folder that `isogloss search build "
            "--out` wrote: check the path"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataFormatError(
            f"{path}: not what an index says of itself ({error}); expected the file as "
            "`isogloss search build` wrote it: build the index again"
        ) from error
    raise DataFormatError(
        f"{path} is of version {version}; this isogloss reads {VERSION}: take a newer isogloss, or "
        "build the index again"
    )
