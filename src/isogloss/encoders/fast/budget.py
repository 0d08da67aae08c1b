"""How many tokens go through a model at once: as many as a device has room for, up to a bound."""

from typing import Any

import torch
from sentence_transformers import SentenceTransformer

TIMES_READING, TIMES_TRAINING = 32, 8
"""Times the budget of a CPU that a GPU takes at most. Chosen by what should fill one, and yet to be
measured: `benchmarks/gpu.py` shows the rates at several."""

LEAST = 256
"""Tokens that a device must hold, whatever it says of its memory."""

SHARE = 0.5
"""Of the free memory: the rest is for weights, optimizer and the allocator's waste."""


def tokens_at_once(model: SentenceTransformer, on_cpu: int, *, training: bool = False) -> int:
    """Padded tokens of a batch.

    Args:
        model: where it is decides.
        on_cpu: the budget for a CPU, which is also kept on other devices than a GPU of CUDA.
        training: whether what a backward pass needs is kept, of all layers.

    Returns:
        At least `LEAST`, and at most `TIMES_READING` or `TIMES_TRAINING` times `on_cpu`.
    """
    if model.device.type != "cuda":
        return on_cpu
    most = on_cpu * (TIMES_TRAINING if training else TIMES_READING)
    fits = int(SHARE * _free(model.device) / bytes_per_token(model, training=training))
    return max(LEAST, min(most, fits))


def bytes_per_token(model: SentenceTransformer, *, training: bool) -> int:
    """What a token takes in float32, roughly and rather too much.

    A layer holds its input, query, key, value, their product, sums and norms (10 widths) and twice
    the inner layer of the feed-forward network. Attention weights are not held, as PyTorch's fused
    attention computes them.
    """
    config: Any = getattr(getattr(model[0], "auto_model", None), "config", None)
    width = int(getattr(config, "hidden_size", None) or model.get_embedding_dimension() or 0)
    inner = int(getattr(config, "intermediate_size", None) or 4 * width)
    layers = int(getattr(config, "num_hidden_layers", None) or 1) if training else 1
    return 4 * layers * (10 * width + 2 * inner)


def _free(device: torch.device) -> int:
    """Bytes that the device has, and those that PyTorch holds without using them."""
    free, _ = torch.cuda.mem_get_info(device)
    return int(free) + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
