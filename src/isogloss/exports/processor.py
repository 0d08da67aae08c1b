"""What of this processor decides the results of integer arithmetic."""

import platform
from pathlib import Path

TELLING = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
"""Flags of instruction sets that a product of 8-bit integers is computed with."""


def processor_flags(source: Path = Path("/proc/cpuinfo")) -> list[str]:
    """The kind of processor, and those of `TELLING` that it has; the kind alone where none is told.

    Args:
        source: where Linux tells.
    """
    try:
        text = source.read_text(encoding="utf-8", errors="replace")
    except OSError:  # another system
        return [platform.machine()]
    lines = (line.partition(":") for line in text.splitlines())
    found = next((v for k, _, v in lines if k.strip().lower() in ("flags", "features")), "")
    return [platform.machine(), *(flag for flag in TELLING if flag in found.split())]
