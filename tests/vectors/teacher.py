"""A teacher without a model, and a store of its vectors."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isogloss.protocols import FloatArray
from isogloss.vectors.store import (
    TargetStore,
)

DIM = 5


NAMESPACE: dict[str, str | int | bool] = {"teacher": "abc", "max_length": 64}


def vectors(texts: Sequence[str], dim: int = DIM) -> FloatArray:
    """A teacher without a model: a vector that follows from the text alone."""
    seeds = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
    rows = [np.random.default_rng(list(seed)).normal(size=dim) for seed in seeds]
    return np.array(rows, np.float32).reshape(len(texts), dim)


class CountingTeacher:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> FloatArray:
        self.asked += texts
        return vectors(texts)


def open_store(root: Path) -> TargetStore:
    return TargetStore(root, NAMESPACE, DIM)


def stored(store: TargetStore, texts: Sequence[str]) -> FloatArray:
    rows = store.find(texts)
    assert (rows >= 0).all()
    return store.gather(rows)


def as_fp16(texts: Sequence[str]) -> FloatArray:
    return vectors(texts).astype(np.float16).astype(np.float32)
