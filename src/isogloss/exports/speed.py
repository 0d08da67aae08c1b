"""How fast the forms of a model are here: in turn, in one process, with equal threads."""

import time
from collections.abc import Callable, Mapping, Sequence

import torch

from isogloss.runs.exports import Speed

TURNS = 3


def measure_speed(
    forms: Mapping[str, Callable[[list[str]], object]], texts: Sequence[str], turns: int = TURNS
) -> Speed:
    """Let each form encode the same texts, in turns.

    Args:
        forms: what encodes, by name.
        texts: what is encoded.
        turns: the best one counts; one more comes before, unmeasured.
    """
    sentences, best = list(texts), dict.fromkeys(forms, float("inf"))
    for turn in range(turns + 1):
        for name, encode in forms.items():
            start = time.perf_counter()
            encode(sentences)
            if turn:
                best[name] = min(best[name], time.perf_counter() - start)
    return Speed(
        sentences=len(sentences),
        threads=torch.get_num_threads(),
        rates={name: round(len(sentences) / seconds, 1) for name, seconds in best.items()},
    )
