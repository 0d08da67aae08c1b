"""LASER as a baseline, through the package `laser_encoders`."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from isogloss.errors import InputError, MissingExtraError
from isogloss.protocols import NO_ROLE, FloatArray, Progress, Role

DEFAULT = "laser2"
"""One encoder for 93 languages."""
INSTALL = "pip install laser_encoders"
DIM = 1024
"""Width of the vectors of every LASER model."""
BLOCK = 1024
"""Sentences handed over at once."""


class LaserEncoder:
    """A LASER model as an `isogloss.protocols.Encoder`.

    Args:
        pipeline: a `laser_encoders.LaserEncoderPipeline`.
        name: which model it is.
    """

    def __init__(self, pipeline: Any, name: str) -> None:
        self.pipeline = pipeline
        self.name, self.dim = f"laser:{name}", DIM
        version = _version()
        digest = hashlib.sha256(f"{self.name} {version}".encode()).hexdigest()[:16]
        self.fingerprint = f"{digest}-laser"

    def prompt_for(self, role: Role) -> str:
        """None: LASER was trained without."""
        return ""

    def encode(
        self, texts: Sequence[str], *, role: Role = NO_ROLE, progress: Progress | None = None
    ) -> FloatArray:
        """Embed texts; see `isogloss.protocols.Encoder`."""
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), BLOCK):
            block = list(texts[start : start + BLOCK])
            rows[start : start + len(block)] = self.pipeline.encode_sentences(block)
            if progress is not None:
                progress(len(block))
        return rows


def load_laser(name: str = "") -> LaserEncoder:
    """Load LASER; its files are fetched by the package on first use.

    Args:
        name: `laser2`, the default, or a language that LASER3 has an encoder for, such as
            `swh_Latn`.

    Raises:
        MissingExtraError: the package is not installed, or cannot be imported by this Python.
        InputError: the package knows no such model.
    """
    chosen = name or DEFAULT
    try:
        from laser_encoders import LaserEncoderPipeline
    except ImportError as error:
        raise MissingExtraError(
            f"model 'laser:{name}' needs the package laser_encoders ({error}); expected it to be"
            f" installed: {INSTALL}"
        ) from error
    except ValueError as error:  # raised while its dependency fairseq 0.12 is imported
        raise MissingExtraError(
            f"model 'laser:{name}': laser_encoders is installed, and fairseq, which it rests on,"
            f" cannot be imported by this Python ({error}); expected a fairseq that supports Python"
            " 3.11: see https://github.com/facebookresearch/LASER/issues/280"
        ) from error
    keyword = {"laser": chosen} if chosen == DEFAULT else {"lang": chosen}
    try:
        pipeline = LaserEncoderPipeline(**keyword)
    except ValueError as error:
        raise InputError(
            f"model 'laser:{name}' is unknown to laser_encoders ({error}); expected laser2, or a"
            " language code such as swh_Latn; choose one"
        ) from error
    return LaserEncoder(pipeline, chosen)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("laser_encoders")
    except PackageNotFoundError:
        return "unknown"
