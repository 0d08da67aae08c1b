"""Training pairs and dev pairs: what no language trains on, enough of it for every language."""

from collections.abc import Sequence
from dataclasses import dataclass

from isogloss.data.parallel import ParallelSentences
from isogloss.data.split import split_dev
from isogloss.errors import InputError

MAX_DEV_SHARE = 0.05

LEAST_DEV = 50
"""Dev pairs wanted for a language with few pairs, within `MAX_DEV_SHARE` of them."""


@dataclass(frozen=True)
class HeldOut:
    """Two parts that share no source sentence, whatever the language.

    Attributes:
        train: training pairs, one part for each place of pairs, in their order.
        dev: held-out pairs by target language.
    """

    train: list[ParallelSentences]
    dev: dict[str, ParallelSentences]


def hold_out(parts: Sequence[ParallelSentences], dev_pairs: int) -> HeldOut:
    """Set dev pairs aside.

    Args:
        parts: the pairs of every place; several may have one target language.
        dev_pairs: held-out pairs wanted of the largest part. The others give the same share of
            theirs, the small ones more.

    Returns:
        Both parts.

    Raises:
        InputError: a part is too small.
    """
    largest = max(len(part) for part in parts)
    train: list[ParallelSentences] = []
    dev: dict[str, ParallelSentences] = {}
    for part in parts:
        wanted = max(dev_pairs / largest, LEAST_DEV / max(1, len(part)))
        split = split_dev(part, share=min(MAX_DEV_SHARE, wanted))
        if not len(split.dev) or not len(split.train):
            raise InputError(
                f"{part.source_language}-{part.target_language} has {len(part)} usable pairs, too "
                "few to hold some out; expected at least 100: add pairs"
            )
        train.append(split.train)
        known = dev.get(part.target_language)
        dev[part.target_language] = split.dev if known is None else _joined(known, split.dev)
    held = {_side(text) for part in dev.values() for text in part.source}
    return HeldOut([_without(part, held) for part in train], dev)


def _side(text: str) -> str:
    """What decides the side of a source sentence in `split_dev`."""
    return text.strip().casefold()


def _without(part: ParallelSentences, held: set[str]) -> ParallelSentences:
    """The pairs whose source sentence no language holds out."""
    kept = [at for at, text in enumerate(part.source) if _side(text) not in held]
    return part if len(kept) == len(part) else part.take(kept)


def _joined(a: ParallelSentences, b: ParallelSentences) -> ParallelSentences:
    return ParallelSentences(
        a.source_language, a.target_language, [*a.source, *b.source], [*a.target, *b.target]
    )
