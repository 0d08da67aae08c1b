"""Whether a model's folder is whole: looked at file by file before a library reads it.

What libraries say of a broken file seldom names it, and some of it they do not notice.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isogloss.encoders.checks.model_file import AGAIN, beginning, broken, read_json
from isogloss.encoders.checks.weight_files import check_weights
from isogloss.encoders.names import visible

logger = logging.getLogger(__name__)

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


NUMBERS = (
    "max_seq_length",
    "model_max_length",
    "max_position_embeddings",
    "word_embedding_dimension",
    "embedding_dimension",
    "in_features",
    "out_features",
    "hidden_size",
    "vocab_size",
)
"""Settings that are counted with."""


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
            check_weights(place)
        _check_settings(place)
        for path in _vocabulary(place):
            beginning(path)


def note_pooling(folder: Path) -> None:
    """Say of a folder that lacks its list of modules how it is read all the same."""
    if not (folder / LISTING).exists() and (folder / OWN_SETTINGS).exists():
        logger.warning(
            "model folder %r has no modules.json, and is read as an encoder without a pooling of "
            "its own: by the mean of its tokens, of a decoder by the last one",
            str(folder),
        )


def _files(place: Path, names: Sequence[str]) -> list[Path]:
    """What is in a folder under some names, dead links among them, hidden files not."""
    return [path for path in visible(place) if any(map(path.match, names))]


def _vocabulary(place: Path) -> list[Path]:
    """The files that a tokenizer is read from: tokenizer.json alone where there is one."""
    whole = place / "tokenizer.json"
    return [whole] if whole.is_file() else _files(place, VOCABULARIES)


def _has_tokenizer(place: Path) -> bool:
    """Whether a folder has a vocabulary, or a tokenizer that reads bytes and needs none."""
    settings = place / "tokenizer_config.json"
    named = read_json(settings).get("tokenizer_class") if settings.is_file() else None
    return str(named).startswith(BYTES) or bool(_files(place, VOCABULARIES))


def _check_settings(place: Path) -> None:
    for path in _files(place, SETTINGS):
        content = read_json(path)
        for name in NUMBERS:
            if isinstance(value := content.get(name), str):
                raise broken(
                    path, f"has {name} as text ({value!r})", "a number", "take its quotes away"
                )


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
