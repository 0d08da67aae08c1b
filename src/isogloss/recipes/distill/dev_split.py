"""Split dev pairs from training pairs, so that no language trains on a dev sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from isogloss.data.checks.dropping import counted, ways_out
from isogloss.data.loading import LoadedPairs, PairsReport
from isogloss.data.parallel import ParallelSentences, by_target
from isogloss.data.split import held_out_sources, in_sources, source_key
from isogloss.errors import InputError
from isogloss.reports.wording import plural
from isogloss.spooled import Joined

Part = TypeVar("Part")

MAX_DEV_SHARE = 0.05

MIN_DEV = 50
"""Dev pairs wanted for a language with few pairs, within `MAX_DEV_SHARE` of them."""

MIN_SOURCES = 100
"""Different source sentences of a language: of fewer, the held-out ones say nothing."""

MIN_HELD_OUT = 3
"""Different source sentences that every language holds out: the figures of fewer have no value."""


@dataclass(frozen=True)
class HeldOut:
    """Two parts that share no source sentence, whatever the language, and no target sentence.

    Attributes:
        train: training pairs, one part for each place of pairs, in their order; a part may be
            empty.
        dev: held-out pairs by target language.
    """

    train: list[ParallelSentences]
    dev: dict[str, ParallelSentences]


def check_enough(loaded: Sequence[LoadedPairs], rejects: Path | None = None) -> None:
    """Refuse a language with too few different source sentences, before any of them is embedded.

    Args:
        loaded: the pairs of every place; several may have one target language.
        rejects: folder of the rows that were dropped; None: they were only counted.

    Raises:
        InputError: a language has fewer than `MIN_SOURCES`.
    """
    for languages, parts in _by_language([(p.report.languages, p) for p in loaded]).items():
        found: set[str] = set()
        for text in Joined(part.sentences.source for part in parts):
            found.add(source_key(text))
            if len(found) == MIN_SOURCES:
                break
        else:
            pairs = sum(len(part.sentences) for part in parts)
            raise _too_few(languages, pairs, len(found), [p.report for p in parts], rejects)


def _too_few(
    languages: str, pairs: int, sources: int, reports: Sequence[PairsReport], rejects: Path | None
) -> InputError:
    """The error for a language with too few rows, with what became of them."""
    dropped = [report for report in reports if report.dropped]
    lost = "; ".join(
        f"{report.where}: {sum(report.dropped.values()):,} of {report.read:,} rows are dropped, "
        f"{counted(report.dropped)}"
        for report in dropped
    )
    ways = [ways_out(report.dropped, report.read) for report in dropped]
    see = [f"see {rejects}"] if rejects and dropped else []
    ways = [*see, *dict.fromkeys(filter(None, ways)), "give pairs of more sentences"]
    has = f"{plural(pairs, 'usable pair')} with {plural(sources, 'different source sentence')}"
    return InputError(
        f"{languages} has {has}{f' ({lost})' if lost else ''}; expected at least {MIN_SOURCES} "
        f"different ones, of which some can be held out: {'; '.join(ways)}"
    )


def split_dev(parts: Sequence[ParallelSentences], dev_pairs: int) -> HeldOut:
    """Set dev pairs aside.

    Args:
        parts: the pairs of every place; several may have one target language.
        dev_pairs: held-out pairs wanted of the largest part. The others give the same share of
            theirs, the small ones more, and every language `MIN_HELD_OUT` different source
            sentences.

    Returns:
        Both parts.
    """
    largest = max(len(part) for part in parts)
    held: dict[str, set[str]] = {}
    for language, own in _by_language([(p.target_language, p) for p in parts]).items():
        keys: set[str] = set()
        for part in own:
            wanted = max(dev_pairs / largest, MIN_DEV / max(1, len(part)))
            keys |= held_out_sources(part.source, share=min(MAX_DEV_SHARE, wanted))
        if len(keys) < MIN_HELD_OUT:
            texts = Joined(part.source for part in own)
            keys = held_out_sources(texts, share=MAX_DEV_SHARE, least=MIN_HELD_OUT)
        held[language] = keys
    everywhere = set().union(*held.values())
    dev = by_target(_sided(part, held[part.target_language]) for part in parts)
    train = []
    for part in parts:
        known = set(map(source_key, dev[part.target_language].target))
        left = _sided(part, everywhere, inside=False)
        rows = np.flatnonzero(~in_sources(left.target, known))
        train.append(left if len(rows) == len(left) else left.take(rows))
    return HeldOut(train, dev)


def _by_language(named: Sequence[tuple[str, Part]]) -> Mapping[str, list[Part]]:
    """Group parts by language, in order of appearance."""
    found: dict[str, list[Part]] = {}
    for language, part in named:
        found.setdefault(language, []).append(part)
    return found


def _sided(part: ParallelSentences, keys: set[str], *, inside: bool = True) -> ParallelSentences:
    """The pairs whose source sentence is among some keys, or those where it is not."""
    rows = np.flatnonzero(in_sources(part.source, keys) == inside)
    return part if len(rows) == len(part) else part.take(rows)
