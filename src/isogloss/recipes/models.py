"""A model as a verb is given one: by its name, or as an encoder."""

from pathlib import Path

from isogloss.console import Console
from isogloss.protocols import Encoder


def open_encoder(model: str | Path | Encoder, console: Console) -> Encoder:
    """Load a model, if it is a name.

    Args:
        model: folder or hub name of a Sentence Transformers model, or an encoder.
        console: told about it.

    Raises:
        ModelNotFoundError: nothing has that name.
    """
    if not isinstance(model, str | Path):
        return model
    from isogloss.encoders.opening import load  # loads torch

    with console.stage("loading the model"):
        return load(model)
