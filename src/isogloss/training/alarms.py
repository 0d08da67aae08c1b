"""Alarms of a run: each kind is reported once, and counted."""

import re
from collections.abc import Iterable

_STEP = re.compile(r"step (\d+): ")


def at_step(step: int, alarm: str) -> str:
    """An alarm with the step of the evaluation that set it off."""
    return f"step {step}: {alarm}"


def kind_of(alarm: str) -> str:
    """What an alarm is about, in a word or two; its figures change from one look to the next.

    Example:
        >>> kind_of(at_step(8, "collapse: two random target sentences have cosine 0.80"))
        'collapse'
    """
    return _STEP.sub("", alarm, count=1).partition(":")[0]


def counted(alarms: Iterable[str]) -> list[str]:
    """One alarm of each kind, the last, with how often it was set off.

    Args:
        alarms: of a run, in their order, from `at_step`; others, which no evaluation set off, are
            kept as they are.

    Example:
        >>> counted(["step 2: de lags: FVU 0.9", "step 4: de lags: FVU 0.8"])
        ['step 4: de lags: FVU 0.8 (2 times since step 2)']
    """
    kinds: dict[str, list[str]] = {}
    for alarm in alarms:
        kinds.setdefault(kind_of(alarm) if _STEP.match(alarm) else alarm, []).append(alarm)
    found = []
    for alarm, *more in kinds.values():
        first = _STEP.match(alarm)
        since = f" ({len(more) + 1} times since step {first[1]})" if more and first else ""
        found.append((more or [alarm])[-1] + since)
    return found
