"""Choose bfloat16 where it is faster on this processor: measured once and kept, never assumed."""

import functools
import hashlib
import json
import logging
import platform
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch

from isogloss.errors import OutputFolderError, check_choice
from isogloss.protocols import PRECISIONS, FloatArray
from isogloss.writing import cache_folder, write_json

logger = logging.getLogger(__name__)

Precision = Literal["fp32", "bf16", "int8"]

MIN_SPEEDUP = 1.2
MIN_COSINE = 0.998
"""A matrix product in bf16 keeps cosine > 0.9999; a whole encoder is checked against this."""

MIN_COSINE_INT8 = 0.98
"""The least one in int8, whose mean is checked against `MIN_COSINE`."""

PROBE_PRODUCTS = 50
PROBE_SECONDS = 0.5
"""Products that are measured in each precision, and after what time no more are."""

PROBE = (
    "A short one.",
    "The committee will decide on the new timetable for the railway before the end of the month.",
    "Why did nobody tell the two children that the museum is closed on Mondays?",
    "42",
)


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
    check_choice("precision", wanted, PRECISIONS)
    if wanted != "auto":
        return "bf16" if wanted == "bf16" else "fp32"
    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    if device != "cpu":
        return "fp32"
    return _fastest()


@functools.cache
def _fastest() -> Precision:
    """Asked once a process, so that the models in it do not differ by what else the machine did."""
    return remembered(
        "products",
        torch.device("cpu"),
        lambda: "bf16" if _speedup() >= MIN_SPEEDUP else "fp32",
    )


def remembered(of: str, device: torch.device, probe: Callable[[], Precision]) -> Precision:
    """What a probe has found on this machine before, in whichever process; else what it finds now.

    `$ISOGLOSS_CACHE/precision` keeps it, in a file for each model and kind of machine: the same
    processor and torch. Where nothing can be kept, each process probes.

    Args:
        of: fingerprint of the model, or what else was probed; empty is not kept.
        device: where.
        probe: finds one.
    """
    try:
        folder = cache_folder("precision", "probed precisions")
    except OutputFolderError:
        return probe()
    machine = _machine(device)
    name = hashlib.sha256(f"{of} {json.dumps(machine)}".encode()).hexdigest()[:16]
    path = folder / f"{name}.json"
    if of and (found := _read(path)):
        logger.info("%s, as %s says", found, path)
        return found
    found = probe()
    if of:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(path, {"precision": found, "of": of} | machine)
        except OSError as error:
            logger.info("%s is not kept for the next process: %s", found, error)
    return found


def _read(path: Path) -> Precision | None:
    """The content of a file; None if there is none that can be read."""
    try:
        said = json.loads(path.read_bytes())["precision"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return said if said in get_args(Precision) else None


def _machine(device: torch.device) -> dict[str, str | int]:
    """All that a probe's outcome hangs on, but the model."""
    if device.type == "cuda":
        return {"device": torch.cuda.get_device_name(device), "torch": torch.__version__}
    return {
        "device": device.type,
        "processor": _processor(),
        "torch": torch.__version__,
    }


@functools.cache
def _processor() -> str:
    """Name and features of the processor, as far as the system tells."""
    told = [platform.machine(), platform.processor(), torch.backends.cpu.get_cpu_capability()]
    with suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        wanted = ("model name", "flags", "Features", "CPU part")
        told += dict.fromkeys(
            line.partition(":")[2].strip() for line in lines if line.startswith(wanted)
        )
    return " ".join(" ".join(told).split())


def autocast(precision: Precision, device: str) -> Any:
    """Context in which matrix products run in the given precision."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)


def sound(embed: Callable[[Precision], FloatArray], precision: Precision = "bf16") -> bool:
    """Whether embeddings in a precision are those of fp32, within `MIN_COSINE`.

    Args:
        embed: gives embeddings of the same texts in a precision; asked for those of fp32 last.
        precision: "bf16", or "int8", of which the mean has to be within.
    """
    try:
        low = embed(precision)
    except RuntimeError as error:  # a constant that bf16 cannot hold, as in DeBERTa's masks
        logger.warning("%s does not run in this model (%s)", precision, error)
        return False
    full = embed("fp32")
    cosines = (low * full).sum(1) / np.linalg.norm(low, axis=1) / np.linalg.norm(full, axis=1)
    least, mean = cosines.min(), cosines.mean()
    logger.info("%s: cosine %.4f, least %.4f", precision, mean, least)
    if precision == "int8":
        near = bool(mean >= MIN_COSINE and least >= MIN_COSINE_INT8)
    else:
        near = bool(least >= MIN_COSINE)
    if not near:
        logger.warning("%s moves embeddings (cosine %.4f, least %.4f)", precision, mean, least)
    return near


def _speedup() -> float:
    """How many times as fast as fp32 products those in bf16 are."""
    speedup = _seconds(torch.float32) / _seconds(torch.bfloat16)
    logger.info("bf16 matrix products run %.1fx as fast as fp32 here", speedup)
    return speedup


def _seconds(kind: torch.dtype) -> float:
    """Fastest of many products of the shape that encoders spend their time in: what else the
    machine does only ever makes one slower.

    A processor without bf16 emulates it, and takes a second for one: two of those say enough.
    """
    left = torch.full((1024, 384), 0.5).to(kind)
    right = torch.full((384, 1536), 0.5).to(kind)
    times: list[float] = []
    while len(times) < 2 or (len(times) < PROBE_PRODUCTS and sum(times) < PROBE_SECONDS):
        start = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - start)
    return min(times)
