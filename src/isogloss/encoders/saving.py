"""Save a model in a folder that other programs can load."""

import logging
import os
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Transformer

from isogloss.encoders.classic import write_classic
from isogloss.encoders.names import model_files
from isogloss.encoders.saved_tokenizer import tokenizer_state, write_tokenizer
from isogloss.writing import writing

logger = logging.getLogger(__name__)


def save_model(
    model: SentenceTransformer, out: Path, state: dict[str, Any] | None = None, *, kept: str = ""
) -> None:
    """Write a folder that Sentence Transformers and transformers load, older versions too.

    Args:
        model: what to write.
        out: the folder; files of the same names are replaced.
        state: the parsed tokenizer.json; None: the model's own, without padding and truncation,
            which every caller sets anew.
        kept: what is kept if the folder cannot be written, and how to go on; see `writing`.

    Raises:
        OutputFolderError: the folder cannot be written.
        ModelShapeError: the model's tokenizer has no fast version.
    """
    with writing(f"model folder {str(out)!r}", kept=kept):
        model.save_pretrained(str(out), create_model_card=False)
        body: Any = model[0]
        if type(body) is Transformer or state is not None:
            write_tokenizer(out, state or tokenizer_state(model.tokenizer), model.tokenizer)
        write_classic(model, out)
        open_to_readers(out)


def open_to_readers(folder: Path) -> None:
    """Give a model's files the mode that any new file has: safetensors lets the owner alone read.

    The model is whole without it: where the place takes no modes, a warning says so.

    Args:
        folder: the model's; what stands beside the model proper stays as it is.
    """
    mask = os.umask(0)
    os.umask(mask)
    wanted = 0o666 & ~mask
    for path in model_files(folder):
        mode = path.stat().st_mode
        if path.suffix == ".safetensors" and mode & wanted != wanted:
            try:
                path.chmod(mode | wanted)
            except OSError as refused:
                logger.warning(
                    "%s stays with the mode %03o, and others may be unable to read it (%s)",
                    path,
                    mode & 0o777,
                    refused.strerror,
                )
