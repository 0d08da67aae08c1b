"""What a library raises of the machine, of a package, or of a bug is no fault of a folder."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from isogloss.encoders import loading as room
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.errors import InputError, MissingExtraError


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("spiece.model", "pip install sentencepiece protobuf"),
        ("vocab.txt", "No module.*pip install einops$"),
    ],
)
def test_a_package_that_is_lacking_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, message: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ImportError("No module\nnamed einops")

    (folder / "tokenizer.json").unlink()
    (folder / file).write_bytes(b"a vocabulary")
    monkeypatch.setattr(room, "SentenceTransformer", fail)
    monkeypatch.setattr(room, "is_sentencepiece_available", lambda: False)
    with pytest.raises(MissingExtraError, match=message) as caught:
        load_sentence_transformer(folder)
    assert "\n" not in str(caught.value)


def test_a_device_that_is_full_is_no_broken_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2 GiB")

    monkeypatch.setattr(room, "SentenceTransformer", fail)
    with pytest.raises(InputError, match="does not fit into the free memory of 'cuda'"):
        load_sentence_transformer(folder, "cuda")


def test_a_bug_stays_a_bug(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class OddError(Exception):
        pass

    def fail(*_: Any, **__: Any) -> None:
        raise OddError

    monkeypatch.setattr(room, "SentenceTransformer", fail)
    with pytest.raises(OddError):
        load_sentence_transformer(folder)
