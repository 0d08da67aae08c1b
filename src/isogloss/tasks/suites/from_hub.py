"""Test sets from the Hugging Face hub, at a pinned revision; their code is never run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from isogloss.data.graded.reader import GradedRow
from isogloss.data.readers.hub import guarded
from isogloss.errors import DataFormatError, InputError
from isogloss.tasks.readers.bitext import BitextData
from isogloss.tasks.readers.bucc import BuccData
from isogloss.tasks.suites.card import HubPlace, Subset, SuiteCard
from isogloss.tasks.suites.sets import FoundSets, MiningSets, Rows, read_sets

_SCORES = ("score", "similarity_score")

T = TypeVar("T")


def read_hub_sets(card: SuiteCard, subsets: Sequence[Subset]) -> FoundSets:
    """Read the sets of a suite from the hub, or from its cache.

    Args:
        card: the suite.
        subsets: its sets that are wanted.

    Returns:
        What was found, and what is missing.

    Raises:
        InputError: no copy of the suite on the hub is known.
        DataFormatError: the hub cannot be read, or the dataset has other columns.
    """
    if card.hub is None:
        raise InputError(
            f"suite {card.name}: no copy on the hub is known; expected a folder that holds it: get"
            f" it from {card.source}, then add --data-root DIR"
        )
    place = card.hub
    configs = set(_configurations(card, place)) if place.config else {""}

    def read(subset: Subset) -> Rows | None:
        name = next((name for name in _names(place, subset) if name in configs), None)
        return None if name is None else _read(card, place, name)

    return read_sets(card, subsets, read)


def _names(place: HubPlace, subset: Subset) -> list[str]:
    """The configurations that may hold a set, its languages in either order."""
    orders = ((subset.first, subset.second), (subset.second, subset.first))
    return [place.config.format(a=a, b=b) for a, b in orders]


def _configurations(card: SuiteCard, place: HubPlace) -> list[str]:
    import datasets

    found: list[str] = _guarded(
        card, lambda: datasets.get_dataset_config_names(place.name, revision=place.revision)
    )
    return found


def _read(card: SuiteCard, place: HubPlace, config: str) -> Rows:
    import datasets

    table: Mapping[str, Sequence[Any]] = _guarded(
        card,
        lambda: datasets.load_dataset(
            place.name, config or None, split=place.split, revision=place.revision
        )[:],
    )
    score = next((name for name in _SCORES if name in table), None)
    needed = {"sentence1", "sentence2", *(["gold"] if card.kind == "bucc" else [])}
    if needed - set(table) or (card.kind == "sts" and score is None):
        more = {"sts": " and a score", "bucc": " and gold"}.get(card.kind, "")
        raise DataFormatError(
            f"suite {card.name}: {place.name} {config} has the columns {', '.join(table)}; expected"
            f" sentence1, sentence2{more}; read the suite from files with --data-root DIR"
        )
    if card.kind == "bucc":
        return MiningSets(_mining_set(table))
    pairs = [
        (str(a or "").strip(), str(b or "").strip())
        for a, b in zip(table["sentence1"], table["sentence2"], strict=True)
    ]
    if card.kind == "bitext":
        kept = [pair for pair in pairs if all(pair)]
        empty = len(pairs) - len(kept)
        dropped = {"empty side": empty} if empty else {}
        return BitextData([a for a, _ in kept], [b for _, b in kept], dropped)
    grades = [float(grade) for grade in table[str(score)]]
    return [
        GradedRow(number, grade, *pair)
        for number, (grade, pair) in enumerate(zip(grades, pairs, strict=True), start=1)
    ]


def _mining_set(table: Mapping[str, Sequence[Any]]) -> BuccData:
    """One row that holds both collections and the gold pairs, counted from 1."""
    sides = [
        {str(number): str(text) for number, text in enumerate(table[column][0], start=1)}
        for column in ("sentence1", "sentence2")
    ]
    gold = dict.fromkeys((str(one), str(other)) for one, other in table["gold"][0])
    return BuccData(sides[0], sides[1], tuple(gold))


def _guarded(card: SuiteCard, action: Callable[[], T]) -> T:
    assert card.hub is not None
    way_out = f"check the network, or get the files from {card.source} and add --data-root DIR"
    return guarded(action, f"suite {card.name}: {card.hub.name}", way_out)
