"""From name to folder: what is tried, in which order, and what is said when nothing is there."""

import hashlib
import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from isogloss.encoders import names
from isogloss.encoders.names import OFFLINE_NAME, find_model
from isogloss.errors import InputError, ModelNotFoundError

IN_CACHE = names._in_cache


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub cache without any model."""
    monkeypatch.setattr(names, "_in_cache", lambda name: None)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The offline package with other weights than the genuine ones; its model folder."""
    model = tmp_path / "package" / "model"
    model.mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"weights")
    spec = ModuleSpec(names.OFFLINE_PACKAGE, None, origin=str(model.parent / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return model


@pytest.mark.parametrize("file", ["config.json", "modules.json"])
def test_a_folder_is_taken_as_it_is(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("{}")
    place = tmp_path / ("" if file == "config.json" else "0_StaticEmbedding")
    place.mkdir(exist_ok=True)
    (place / "model.safetensors").write_bytes(b"weights")
    assert find_model(str(tmp_path)) == tmp_path


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelNotFoundError, match=r"no weights.*save_pretrained") as caught:
        find_model(str(tmp_path))
    assert "\n" not in str(caught.value)
    (tmp_path / "pytorch_model.bin").write_bytes(b"weights")
    assert find_model(str(tmp_path)) == tmp_path


def test_a_model_of_the_hub_without_safetensors_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(ModelNotFoundError, match=r"'owner/name' has no weights in safetensors"):
        find_model("owner/name")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert find_model("owner/name") == tmp_path


@pytest.mark.parametrize("file", ["config.json", "modules.json"])
def test_a_cached_snapshot_is_a_model_only_with_weights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    (tmp_path / file).write_text("{}")
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path))
    assert IN_CACHE("owner/name") is None
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert IN_CACHE("owner/name") == tmp_path


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(InputError, match=r"holds no model: neither modules\.json nor config\.json"):
        find_model(str(tmp_path))


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "~/nowhere-at-all", "a/b/c"])
def test_what_can_only_be_a_folder_is_looked_for_nowhere_else(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="no such folder") as caught:
        find_model(name)
    assert "hub '" not in str(caught.value)


def test_an_unknown_name_says_what_was_tried_and_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    with pytest.raises(ModelNotFoundError) as caught:
        find_model("nobody/nothing")
    message = str(caught.value)
    assert message.count("\n") == 0
    for part in (
        "folder 'nobody/nothing': not there",
        "hub 'nobody/nothing'",
        "offline mode",
        "pip",
    ):
        assert part in message


def test_a_bare_name_is_first_one_of_sentence_transformers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def in_cache(name: str) -> Path | None:
        asked.append(name)
        return tmp_path if name == "bare" else None

    monkeypatch.setattr(names, "_in_cache", in_cache)
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    assert find_model("bare") == tmp_path
    assert asked == ["sentence-transformers/bare", "bare"]


def test_the_cache_goes_before_the_package(
    monkeypatch: pytest.MonkeyPatch, package: Path, tmp_path: Path
) -> None:
    monkeypatch.setattr(names, "_in_cache", lambda name: tmp_path)
    assert find_model(OFFLINE_NAME) == tmp_path


def test_the_package_is_taken_only_with_the_genuine_weights(
    monkeypatch: pytest.MonkeyPatch, package: Path
) -> None:
    with pytest.raises(ModelNotFoundError, match=r"other weights.*reinstall"):
        find_model("all-MiniLM-L6-v2")
    monkeypatch.setattr(names, "OFFLINE_WEIGHTS_SHA256", hashlib.sha256(b"weights").hexdigest())
    assert find_model("all-MiniLM-L6-v2") == package
    assert find_model(OFFLINE_NAME) == package


def test_a_package_without_weights_is_no_model(package: Path) -> None:
    (package / "model.safetensors").unlink()
    with pytest.raises(ModelNotFoundError, match="reinstall"):
        find_model(OFFLINE_NAME)


def test_the_package_stands_for_no_other_model(
    monkeypatch: pytest.MonkeyPatch, package: Path
) -> None:
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    with pytest.raises(ModelNotFoundError, match="tried"):
        find_model("somebody/all-MiniLM-L6-v2")


@pytest.mark.parametrize("name", ["mean:all-MiniLM-L6-v2", "cls:./here", "max:", "laser:swh_Latn"])
def test_a_baseline_is_no_model_to_start_from(name: str) -> None:
    with pytest.raises(InputError, match=r"is a baseline, which only `evaluate` makes.*give '"):
        find_model(name)
