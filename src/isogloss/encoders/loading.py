"""Load a model folder, or refuse it in one line that names what is wrong."""

import pickle
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils.import_utils import is_protobuf_available, is_sentencepiece_available

from isogloss.encoders.checks.files import LISTING, check_files, module_places, note_pooling
from isogloss.encoders.checks.loaded import check_complete, check_sound, quiet
from isogloss.encoders.checks.machine import lacking_package, machine_fault
from isogloss.encoders.checks.model_file import AGAIN, broken, read_json
from isogloss.encoders.names import visible
from isogloss.encoders.positions import cap_length
from isogloss.errors import InputError, IsoglossError, MissingExtraError, ModelNotFoundError

DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SafetensorError,
    StrictDataclassError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)
"""What libraries raise of a file with an unexpected value, each where it happens to stumble."""


def load_sentence_transformer(
    folder: Path, device: str | None = None, *, remote_code: bool = False
) -> SentenceTransformer:
    """A folder as a SentenceTransformer, in float32, with the attention that is fast here.

    On a CPU torch's fused attention is slow for short sequences, above all in its backward
    pass (dev/LOG.md), and plain products are used; on a GPU the fused one stays.

    Args:
        folder: the model.
        device: a torch device name; None for a GPU if there is one.
        remote_code: run code that the model brings, which its files may also name on the hub.

    Returns:
        The model, in evaluation mode; input longer than its table of positions is cut.

    Raises:
        ModelNotFoundError: a file is missing or damaged, or the files do not make a model that can
            embed a sentence.
        ModelShapeError: the tokenizer is not this model's, or has no fast version.
        MissingExtraError: it needs a package that is not installed.
        InputError: it does not fit into the memory of the device.
        OSError: the machine has no memory, disk, or open file left for it, or fails to read.
    """
    check_files(folder)
    note_pooling(folder)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        model = _load(folder, device, remote_code)
        if not remote_code:  # code of its own may load as it likes
            check_complete(model, folder)
        cap_length(model, str(folder))
        check_sound(model, folder)
    except IsoglossError:
        raise
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"model folder {str(folder)!r} does not fit into the free memory of {device!r} "
            f"({' '.join(str(error).split())[:200]}); expected room for it: end what else runs "
            "there, or set CUDA_VISIBLE_DEVICES= to use the CPU"
        ) from error
    except DAMAGE as error:
        if (fault := machine_fault(error, str(folder))) is error:
            raise
        raise fault or _not_loaded(folder, error) from error
    except Exception as error:
        # of a broken tokenizer.json tokenizers raises this very class, and no child of it
        if type(error) is not Exception:
            raise
        raise _not_loaded(folder, error) from error
    return model


def _load(folder: Path, device: str, remote_code: bool) -> SentenceTransformer:
    # left alone, transformers takes the precision of the file, and half of it cannot be trained in
    keywords: dict[str, Any] = {"dtype": torch.float32}
    if device == "cpu":
        keywords["attn_implementation"] = "eager"
    with quiet():
        model = SentenceTransformer(
            str(folder),
            device=device,
            model_kwargs=keywords,
            trust_remote_code=remote_code,
            local_files_only=not remote_code,
        )
    model.float()  # a static table is not loaded by transformers
    tokenizer: Any = getattr(model, "tokenizer", None)
    if getattr(tokenizer, "eos_token", None) and getattr(tokenizer, "pad_token", "") is None:
        tokenizer.pad_token = tokenizer.eos_token  # as is usual; a batch cannot be made without
    share_casts(model)
    return model.eval()


def _not_loaded(folder: Path, error: Exception) -> IsoglossError:
    """What to say of files that cannot be read as a model."""
    slow = (
        any(path.suffix == ".model" for path in visible(folder))
        and not (folder / "tokenizer.json").is_file()
    )
    if slow and not (is_sentencepiece_available() and is_protobuf_available()):
        return MissingExtraError(
            f"the tokenizer of model folder {str(folder)!r} has no fast version, and what would "
            "convert it is not installed; expected a tokenizer.json in the folder, or two "
            "packages: pip install sentencepiece protobuf"
        )
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    if reason == "KeyError: 'sentence_embedding'":
        return broken(
            folder / LISTING,
            "names no module that makes one vector of a sentence's tokens",
            "a Pooling after the Transformer",
            f"add one with its folder, or {AGAIN}",
        )
    if isinstance(error, ImportError) and (lacking := lacking_package(error, str(folder))):
        return lacking
    for place, kind in module_places(folder):
        if reason.startswith(f"TypeError: {kind}.__init__()"):
            path = place / ("sentence_bert_config.json" if kind == "Transformer" else "config.json")
            return broken(path, f"does not fit its module ({reason})", "its settings alone")
        if (path := place / "tokenizer.json").is_file() and (fault := tokenizer_fault(path)):
            return broken(path, f"is no tokenizer ({fault})", "one that tokenizers can read")
        if kind == "Transformer" and "ignore_mismatched_sizes" in reason:
            path = place / "config.json"
            return broken(path, "asks for tensors of other shapes than the weights have", "its own")
        config = place / "config.json"
        if "trust_remote_code" in reason or (config.is_file() and "auto_map" in read_json(config)):
            return code_of_its_own(
                f"model folder {str(folder)!r}",
                ", or as a student set student.pretrained.remote_code=true",
            )
    return ModelNotFoundError(
        f"model folder {str(folder)!r} cannot be loaded ({reason}); expected a Sentence "
        f"Transformers or transformers encoder whose files belong together: {AGAIN}"
    )


def code_of_its_own(name: str, way_out: str = "") -> InputError:
    """The error for a model that is more than its libraries know.

    Args:
        name: what to call it.
        way_out: what to do beside choosing another.
    """
    return InputError(
        f"{name} brings code of its own (`auto_map` in its config.json, or a module that is not "
        "of Sentence Transformers), which is not run; expected a model whose code its libraries "
        f"have: choose another{way_out}"
    )


def tokenizer_fault(path: Path) -> str:
    """What tokenizers has to say against a file; empty where it reads it."""
    try:
        Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing more special
        return " ".join(str(error).split())[:200]
    return ""


def share_casts(model: torch.nn.Module) -> None:
    """Let the query, key and value of an attention share one cast of what they read.

    Under autocast each of the three would make its own: a twentieth of a training step on a CPU.
    """
    for module in model.modules():
        if {"query", "key", "value"} <= dict(module.named_children()).keys():
            module.register_forward_pre_hook(_cast_input, with_kwargs=True)


def _cast_input(module: torch.nn.Module, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The hidden states, first or by name, in the precision of autocast, if it is on."""
    device = next(module.parameters()).device.type
    if not torch.is_autocast_enabled(device):
        return args, kwargs
    kind = torch.get_autocast_dtype(device)
    if args:
        return (args[0].to(kind), *args[1:]), kwargs
    return args, kwargs | {"hidden_states": kwargs["hidden_states"].to(kind)}
