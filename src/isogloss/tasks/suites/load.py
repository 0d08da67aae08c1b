"""A suite with its data in hand: tasks, what is missing, what a reader must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isogloss.data.languages import canonical_language
from isogloss.errors import InputError, MissingFileError, check_choice
from isogloss.paths import given_path
from isogloss.tasks.suites.card import Chosen, SuiteCard, choose_subsets
from isogloss.tasks.suites.cards import SUITES
from isogloss.tasks.suites.from_folder import read_folder
from isogloss.tasks.suites.from_hub import read_hub_sets
from isogloss.tasks.suites.places import check_root, find_languages
from isogloss.tasks.suites.sets import FoundSets
from isogloss.tasks.task import Task


class Missing(NamedTuple):
    """A test set that belongs to a suite and was not found.

    Attributes:
        languages: the pair, as scores show it.
        reason: why there is no number.
    """

    languages: str
    reason: str


@dataclass(frozen=True)
class Suite:
    """A published suite, or the part of it that was asked for and found.

    Args:
        card: what is known about it.
        name: what tables call its data; the card's name where the data are the card's.
        tasks: one per set found, in the card's order.
        missing: the sets asked for and not found.
        unwanted: languages of the card's sets that were not asked for; none of a crossed suite,
            which is whole in any languages.
        notes: what a reader of its numbers must know.
    """

    card: SuiteCard
    name: str
    tasks: tuple[Task, ...]
    missing: tuple[Missing, ...] = ()
    unwanted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_suites(names: Sequence[str]) -> list[SuiteCard]:
    """The cards of suites, each once.

    Raises:
        InputError: a name is unknown; names the nearest.
    """
    return [_card(name) for name in dict.fromkeys(names)]


def load_suites(
    names: Sequence[str],
    *,
    data_root: Path | str | None = None,
    languages: Sequence[str] | None = None,
    strict: bool = True,
) -> list[Suite]:
    """Read suites.

    Args:
        names: names of `SUITES`.
        data_root: folder with the data; nothing is asked of the hub then. `None` reads from the
            hub.
        languages: keep the sets in and between these and English; `None` keeps everything.
        strict: whether a language that none of the suites has is an error, not a note.

    Returns:
        One suite per name.

    Raises:
        InputError: a name is unknown; no suite has one of the languages; a suite has no hub copy.
        UnknownLanguageError: a language is unknown.
        MissingFileError: the data root does not exist, or a suite has nothing in it.
        DataFormatError: a file does not hold what its suite requires, or the hub cannot be read.
    """
    cards = check_suites(names)
    root = None if data_root is None else given_path(data_root)
    if root is not None:
        check_root(root)
    wanted = None if languages is None else [canonical_language(code) for code in languages]
    chosen = {card.name: _choose(card, root, wanted) for card in cards}
    if strict and wanted is not None:
        _check_languages(wanted, cards, chosen)
    return [_load(card, root, chosen[card.name]) for card in cards]


def _card(name: str) -> SuiteCard:
    check_choice("suite", name, SUITES)
    return SUITES[name]


def _choose(card: SuiteCard, root: Path | None, wanted: Sequence[str] | None) -> Chosen:
    subsets = find_languages(root, card) if card.crossed and root is not None else card.subsets
    return choose_subsets(subsets, wanted)


def _check_languages(
    wanted: Sequence[str], cards: Sequence[SuiteCard], chosen: dict[str, Chosen]
) -> None:
    nowhere = [w for w in wanted if all(w in chosen[card.name].lacking for card in cards)]
    if nowhere:
        has = "; ".join(f"{card.name}: {_listed(card)}" for card in cards)
        raise InputError(
            f"--languages: no suite has {', '.join(nowhere)}; expected languages of {has};"
            " choose others, or another suite"
        )


def _listed(card: SuiteCard) -> str:
    codes = sorted({canonical_language(code) for code in card.languages})
    return ", ".join(codes)


def _load(card: SuiteCard, root: Path | None, chosen: Chosen) -> Suite:
    if not chosen.subsets:
        raise InputError(
            f"suite {card.name} has no test set in {', '.join(chosen.wanted)}; expected some of"
            f" {_listed(card)}; add --languages with some of these, or all"
        )
    if root is None:
        found, where = read_hub_sets(card, chosen.subsets), "configurations on the hub"
    else:
        found, where = read_folder(root, card, chosen.subsets), f"{card.layout.said()} of {root}"
    if not found.tasks:
        raise MissingFileError(
            f"suite {card.name}: nothing was found; expected {_names(found)} as {where}; get them"
            f" from {card.source}, or check --data-root and --languages"
        )
    missing = tuple(Missing(*entry) for entry in found.missing.items())
    notes = [*found.notes, *_notes(card, chosen, found)]
    others = [s.languages for s in card.subsets if s not in chosen.subsets and not card.crossed]
    return Suite(card, found.name, tuple(found.tasks), missing, tuple(others), tuple(notes))


def _names(found: FoundSets) -> str:
    names = list(found.missing)
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more


def _notes(card: SuiteCard, chosen: Chosen, found: FoundSets) -> list[str]:
    notes = []
    if found.missing:
        notes.append(
            f"{card.name}: {len(found.missing)} of {len(found.missing) + len(found.tasks)} test"
            f" sets are missing and in no mean: {', '.join(found.missing)}"
        )
    if chosen.lacking:
        notes.append(f"{card.name} has no {', '.join(chosen.lacking)}")
    if card.note and found.name == card.name:
        notes.append(f"{card.name}: {card.note}")
    return notes
