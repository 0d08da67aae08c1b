"""Dictionaries beside sentences: what they give to a language that has few.

Their entries tell which words there are and what they translate, for the vocabulary and the first
embeddings of its tokens; the short ones are learned along, as if they were sentences.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from isogloss.console import Console
from isogloss.data.draw import draw_pairs
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.places import Where
from isogloss.data.split import in_sources, source_key
from isogloss.errors import DataFormatError
from isogloss.recipes.distill.recipe import DistillRecipe

DICTIONARY = "dict"
"""The kind of place that a dictionary is."""

MAX_WORDS = 3
"""Words of an entry that is learned along; what is longer is an explanation rather than a word."""

MAX_LEARNED = 10_000
"""Entries of a dictionary that are learned along: the twentieth part of 200,000 sentences."""

MANY, TIMES = 10, 4
"""A dictionary is turned where so many entries say so, so many times those that say otherwise."""


def split_places(places: Sequence[Where]) -> tuple[list[Where], list[Where]]:
    """Tell places of sentences from dictionaries beside them.

    A dictionary of a language that has nothing else holds its sentences.

    Args:
        places: all places of pairs.

    Returns:
        The places of sentences, and the dictionaries.
    """
    spoken = {place.languages for place in places if place.kind != DICTIONARY}
    beside = [place for place in places if place.kind == DICTIONARY and place.languages in spoken]
    return [place for place in places if place not in beside], beside


def load_dictionaries(
    recipe: DistillRecipe,
    places: Sequence[Where],
    pairs: Sequence[ParallelSentences],
    dev: Iterable[ParallelSentences],
    console: Console,
    *,
    rejects: Path | None = None,
) -> list[LoadedPairs]:
    """Read dictionaries.

    Args:
        recipe: the resolved recipe.
        places: the dictionaries.
        pairs: the sentences beside them.
        dev: held-out pairs; an entry of the same source is left out.
        console: told about the stage.
        rejects: folder for the rows that are dropped, a file for each place; None counts only.

    Returns:
        The entries of each in random order, and what was read.

    Raises:
        DataFormatError: the sides of a dictionary are turned, as far as the sentences tell.
        IsoglossError: see `load_parallel`.
    """
    if not places:
        return []
    held_out = {source_key(text) for part in dev for text in part.source}
    found = []
    with console.stage("reading dictionaries", len(places)) as advance:
        for number, place in enumerate(places):
            name = f"dictionary-{number:02d}-{'-'.join(place.languages)}.tsv"
            file = None if rejects is None else rejects / name
            loaded = load_parallel(place, cleaning=recipe.cleaning, rejects=file)
            _check_sides(place, loaded.sentences, pairs)
            loaded = draw_pairs(loaded, recipe.most(place.text))
            rows = np.flatnonzero(~in_sources(loaded.sentences.source, held_out))
            mixed = np.random.default_rng(0).permutation(rows)
            found.append(LoadedPairs(loaded.sentences.take(mixed), loaded.report))
            advance(1)
    return found


def _check_sides(
    place: Where, entries: ParallelSentences, pairs: Sequence[ParallelSentences]
) -> None:
    """Refuse a dictionary that has the target language first, by the words of the sentences."""
    own = [part for part in pairs if part.target_language == entries.target_language]
    source, target = _words(part.source for part in own), _words(part.target for part in own)
    given = turned = 0
    for one, other in entries:
        one, other = one.casefold(), other.casefold()
        given += one in source and other in target
        turned += one in target and other in source
    if turned >= MANY and turned > TIMES * given:
        raise DataFormatError(
            f"{place.text}: {turned:,} entries have a word of the {place.languages.target} "
            f"sentences first and one of the {place.languages.source} behind it, {given:,} the "
            f"other way round; expected {place.languages.source} first: turn the sides of its lines"
        )


def _words(sides: Iterable[Iterable[str]]) -> set[str]:
    """The words of sentences, as far as spaces tell."""
    return {word for texts in sides for text in texts for word in text.casefold().split()}


def learned_entries(entries: ParallelSentences) -> ParallelSentences:
    """The entries that are learned along as if they were sentences: short ones, not too many."""
    short = (row for row, text in enumerate(entries.source) if len(text.split()) <= MAX_WORDS)
    return entries.take(islice(short, MAX_LEARNED))
