"""The shape of a result: a value, its interval, and a signature that says how it came about."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from isogloss.errors import InputError
from isogloss.metrics.items import ItemValues


class Interval(NamedTuple):
    """A 95% interval, both ends inclusive."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A statistic with its uncertainty, not yet tied to a task.

    Args:
        value: the statistic; `None` where the data do not define it.
        interval: its 95% interval; `None` where there is none.
        reason: why `value` is `None`; required exactly then.

    Raises:
        InputError: if the value is NaN or infinite, or is missing without a reason.
    """

    value: float | None
    interval: Interval | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise InputError(
                "an estimate has value None and no reason; expected one; say what the data lack"
            )
        if self.value is not None and not math.isfinite(self.value):
            raise InputError(
                f"an estimate has value {self.value}; expected a finite number;"
                " use None with a reason where the statistic is undefined"
            )


@dataclass(frozen=True)
class Score:
    """One row of `scores.json`.

    Args:
        task: kind of task: `sts`, `bitext`, `health`.
        languages: language pair, such as `en-de`.
        metric: name of the metric, such as `spearman`.
        value: the metric as a fraction (never times 100); `None` where it is undefined.
        low: lower end of the 95% interval, or `None`.
        high: upper end of the 95% interval, or `None`.
        n: number of items the value rests on.
        signature: how it was computed, see `signature`.
        dropped: items left out, counted by reason.
        reason: why `value` is `None`.
        data: name of the data, for people; the signature holds its fingerprint.
        fingerprint: fingerprint of the data, whole; not part of the row.
        items: the values per item that it was computed from, where they are kept; not part of the
            row.
    """

    task: str
    languages: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    signature: str
    dropped: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    data: str = ""
    fingerprint: str = field(default="", compare=False)
    items: ItemValues | None = field(default=None, compare=False, repr=False)

    @property
    def missing(self) -> bool:
        """Whether the data were not there, so that nothing was measured."""
        return self.value is None and self.n == 0

    def to_dict(self) -> dict[str, Any]:
        """The row as written to `scores.json`.

        Returns:
            Keys `task, languages, metric, value, low, high, n, signature` always, in this order;
            then `data`, `dropped` and `reason` where they say something.
        """
        row: dict[str, Any] = {
            "task": self.task,
            "languages": self.languages,
            "metric": self.metric,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "signature": self.signature,
        }
        if self.data:
            row["data"] = self.data
        if self.dropped:
            row["dropped"] = dict(self.dropped)
        if self.reason:
            row["reason"] = self.reason
        return row


def signature(**parts: object) -> str:
    """Join the facts that fix a number into one compact line.

    Args:
        **parts: facts in the order they should stand; `None` and empty ones are left out.

    Returns:
        `key:value` fields joined by `|`.

    Raises:
        InputError: if a value holds a `|` or a line break, which would make the line ambiguous.

    Example:
        >>> signature(metric="spearman", boot=1000, seed=12345, data=None)
        'metric:spearman|boot:1000|seed:12345'

    Source: the idea is sacreBLEU's (Post 2018, A Call for Clarity in Reporting BLEU Scores).
    """
    fields = []
    for key, value in parts.items():
        if value is None or value == "":
            continue
        if any(mark in str(value) for mark in "|\r\n"):
            raise InputError(
                f"signature field {key} is {str(value)!r}; expected no '|' and no line break;"
                " replace these characters"
            )
        fields.append(f"{key}:{value}")
    return "|".join(fields)


def quoted(text: str) -> str:
    """Any text as a value that a signature can hold: JSON, with `|` written as its number.

    Example:
        >>> print(quoted("task: search result | query: "))
        "task: search result \\u007c query: "
    """
    return json.dumps(text, ensure_ascii=False).replace("|", "\\u007c")


COMPARABLE = ("by", "margin", "k", "teacher", "teacher_prompt", "identical_ids")
"""Fields of a signature that must be equal for two values of a metric to mean the same."""


def comparable_part(line: str) -> str:
    """The fields of a signature that say what was measured, without model, data and chance.

    Args:
        line: a signature.

    Returns:
        The fields named in `COMPARABLE`, joined by `|`.

    Example:
        >>> comparable_part("metric:xsim_error|interval:wilson|margin:ratio|k:4|data:a|model:b")
        'margin:ratio|k:4'
    """
    fields = (field.partition(":") for field in line.split("|"))
    return "|".join(f"{key}:{value}" for key, _, value in fields if key in COMPARABLE)
