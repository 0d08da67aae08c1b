"""Choose bfloat16 where it is faster on this processor: measured in a second, never assumed."""

import functools
import logging
import time
from typing import Literal

import torch

from isogloss.errors import InputError

logger = logging.getLogger(__name__)

Precision = Literal["fp32", "bf16"]

MIN_SPEEDUP = 1.2
MIN_COSINE = 0.998
"""A matrix product in bf16 keeps cosine > 0.9999; a whole encoder is checked against this."""


def choose_precision(wanted: str = "auto", device: str = "cpu") -> Precision:
    """The precision to run matrix products in.

    Args:
        wanted: "auto" probes the device; "fp32" and "bf16" are taken as they are.
        device: a torch device name.

    Returns:
        "bf16" where it is faster and supported, else "fp32".

    Raises:
        InputError: it is none of the three.
    """
    if wanted not in ("auto", "fp32", "bf16"):
        raise InputError(f"precision is {wanted!r}; expected auto, fp32 or bf16: choose one")
    if wanted != "auto":
        return "bf16" if wanted == "bf16" else "fp32"
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    if device != "cpu":
        return "fp32"
    return "bf16" if _speedup() >= MIN_SPEEDUP else "fp32"


@functools.cache
def _speedup() -> float:
    """How many times as fast as fp32 products those in bf16 are: measured once a process, so that
    the models in it do not differ by what else the machine did."""
    speedup = _seconds(torch.float32) / _seconds(torch.bfloat16)
    logger.info("bf16 matrix products run %.1fx as fast as fp32 here", speedup)
    return speedup


def _seconds(kind: torch.dtype) -> float:
    """Fastest of many products of the shape that encoders spend their time in: what else the
    machine does only ever makes one slower."""
    left = torch.full((1024, 384), 0.5).to(kind)
    right = torch.full((384, 1536), 0.5).to(kind)
    times = []
    for _ in range(50):
        start = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - start)
    return min(times)
