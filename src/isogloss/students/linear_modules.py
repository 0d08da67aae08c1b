"""Linear maps of a sentence's vector as modules of a model."""

import numpy as np
import torch
from sentence_transformers.sentence_transformer.modules import Dense
from torch import nn

from isogloss.vectors.linear_maps import LinearMap


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
