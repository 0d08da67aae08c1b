"""Halfway back: weights between those that training began with and those that it ended with.

A body that has read many languages loses some of what it knew while it learns the teacher's space.
The mean of its weights before and after keeps more of both than either has alone.

Source: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (WiSE-FT).
"""

import torch
from torch import nn


@torch.no_grad()
def interpolate(model: nn.Module, start: nn.Module, share: float) -> None:
    """Move weights towards where they began, in place.

    Args:
        model: the trained weights.
        start: those that training began with, of the same shapes.
        share: of the trained weights in the mean, in [0, 1].
    """
    began, moved = start.state_dict(), set[int]()
    for name, weight in model.state_dict().items():
        if weight.is_floating_point() and weight.data_ptr() not in moved:  # one may have two names
            moved.add(weight.data_ptr())
            weight.lerp_(began[name].to(weight.device), 1.0 - share)
