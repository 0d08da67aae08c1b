"""The model of a verb: given as an encoder, or by its name."""

from pathlib import Path

from isogloss.console import Console, Silent
from isogloss.protocols import Encoder


def open_model(model: Encoder | Path | str, console: Console | None = None) -> Encoder:
    """Load a model that is given by its name.

    Args:
        model: folder or hub name of a Sentence Transformers model, or an encoder, which is
            returned as it is.
        console: shows that a model is loading; None is silent.

    Raises:
        ModelNotFoundError: no model has that name.
        MissingExtraError: the model needs a package that is not installed.
    """
    if not isinstance(model, str | Path):
        return model
    from isogloss.encoders.opening import load  # loads torch

    with (console or Silent()).stage("loading the model"):
        return load(model)
