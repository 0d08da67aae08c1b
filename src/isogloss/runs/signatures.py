"""What the signatures of all scores on a page have in common: draws, seed."""

from collections.abc import Iterable, Mapping, Sequence

from isogloss.metrics.score import Score

Scores = Mapping[str, Sequence[Score]]


def signature_fields(signature: str) -> dict[str, str]:
    """The facts of a signature by key; the inverse of `isogloss.metrics.score.signature`.

    Example:
        >>> signature_fields("metric:spearman|boot:1000|data:86124d30")
        {'metric': 'spearman', 'boot': '1000', 'data': '86124d30'}
    """
    parts = (part.partition(":") for part in signature.split("|"))
    return {key: value for key, colon, value in parts if colon}


def bootstrap_of(scores: Scores) -> str:
    """How intervals were drawn: `1,000 draws, seed 12345`; `""` where none was."""
    draws, seeds = _said(scores, "boot"), _said(scores, "seed")
    if not draws:
        return ""
    counts = " or ".join(f"{int(count):,}" if count.isdecimal() else count for count in draws)
    return f"{counts} draws" + (f", seed {' or '.join(seeds)}" if seeds else "")


def _said(scores: Scores, key: str) -> list[str]:
    found: Iterable[str | None] = (
        signature_fields(score.signature).get(key) for rows in scores.values() for score in rows
    )
    return [value for value in dict.fromkeys(found) if value]
