"""Linear maps of a sentence's vector as modules of a model."""

from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Dense
from torch import nn

from isogloss.vectors.linear_maps import LinearMap

ROTATION = "rotation"
"""Folder inside a student's, with a `Dense` that the student itself does not load."""


def is_linear(module: nn.Module) -> bool:
    """Whether a module is a linear map of the sentence's vector and nothing else."""
    return (
        isinstance(module, Dense)
        and isinstance(module.activation_function, nn.Identity)
        and not module.use_residual
        and module.module_input_name == module.module_output_name == "sentence_embedding"
    )


def map_of(module: Dense) -> LinearMap:
    """The map that a linear module computes."""
    weight = module.linear.weight.detach().double().numpy()
    bias = module.linear.bias
    zero = np.zeros(len(weight))
    return LinearMap(weight, zero if bias is None else bias.detach().double().numpy())


def dense(mapped: LinearMap) -> Dense:
    """A map as a module of the model."""
    wide, narrow = mapped.weight.shape[::-1]
    return Dense(
        wide,
        narrow,
        activation_function=nn.Identity(),
        init_weight=torch.from_numpy(mapped.weight).float(),
        init_bias=torch.from_numpy(mapped.bias).float(),
    )


def keep_rotation(rotation: LinearMap, folder: Path) -> None:
    """Leave a rotation beside a student, for `turn`."""
    (folder / ROTATION).mkdir(exist_ok=True)
    dense(rotation).save(str(folder / ROTATION))


def turn(model: SentenceTransformer, folder: Path) -> None:
    """Put the rotation that lies beside a student in place of its projection.

    Args:
        model: the student; is changed.
        folder: that it was loaded from; where no rotation lies in it, nothing is done.
    """
    if (folder / ROTATION).is_dir():
        projection = [module for module in model if is_linear(module)][-1]
        projection.load_state_dict(Dense.load(str(folder / ROTATION)).state_dict())
