"""Tensors moved to a device without waiting for it."""

import torch


def moved(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The tensor on a device; to a GPU through pinned memory, while it computes.

    Args:
        tensor: on the CPU.
        device: where it is needed.
    """
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
