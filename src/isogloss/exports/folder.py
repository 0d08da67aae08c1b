"""The files of a model proper, beside which its other forms lie."""

import shutil
from pathlib import Path

from sentence_transformers import SentenceTransformer

from isogloss.encoders.names import HASHED, NOT_HASHED, model_files
from isogloss.encoders.saving import open_to_readers, save_model
from isogloss.writing import writing

GRAPH = "onnx/model.onnx"
INT8_GRAPH = "onnx/model_quantized.onnx"
"""Where Sentence Transformers, optimum and transformers.js look for them."""


def copy_model(folder: Path, model: SentenceTransformer, out: Path) -> None:
    """Put a model's files into another folder: byte for byte, so that its fingerprint stays.

    Args:
        folder: the model's.
        model: the same, loaded: it is saved anew where the folder is not that of a Sentence
            Transformers model.
        out: the other folder.

    Raises:
        OutputFolderError: it cannot be written.
    """
    if not (folder / "modules.json").is_file():
        save_model(model, out)
        return
    with writing(f"model folder {str(out)!r}"):
        for path in model_files(folder):
            if path.suffix in HASHED and path.name not in NOT_HASHED:
                place = out / path.relative_to(folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        for module in folder.glob("[0-9]*_*/"):  # one without settings is an empty folder
            (out / module.name).mkdir(exist_ok=True)
        open_to_readers(out)
