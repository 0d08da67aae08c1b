"""Graded pairs of a fine-tuning: read, filtered by translation quality, checked for their use."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isogloss.data.graded.align import ReadPairs, read_graded
from isogloss.data.graded.pairs import GradedPairs
from isogloss.data.graded.scale import check_one_scale
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import InputError
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.training.finetune.health import MIN_RANKED
from isogloss.vectors.similarity import paired_cosines

logger = logging.getLogger(__name__)

MIN_HELD_OUT = 10
"""Fewer held-out pairs than this say nothing about a model."""


def read_given(
    recipe: FinetuneRecipe, model: SentenceEncoder, pivot: str
) -> tuple[dict[str, GradedPairs], dict[str, Any]]:
    """Read the pairs of `sts` and `dev`, leaving out poor translations.

    Args:
        recipe: the resolved recipe.
        model: the model before training; it judges the agreement of translations.
        pivot: the language that others are compared with.

    Returns:
        Pairs by the key of the recipe that names them; those of "sts" can be crossed as it says.
        By the same key a record: rows per place, and how many were left out.

    Raises:
        InputError: languages have no pair in common; a filter asks for what no file has; all
            grades are one.
        DataFormatError: a file cannot be read, files do not fit, or scales are mixed.
    """
    both: dict[str, Sequence[str]] = {"sts": recipe.sts, "dev": recipe.dev}
    places = {name: named for name, named in both.items() if named}
    read = {
        name: read_graded(
            named,
            aligned=recipe.crossings != "none",
            min_confidence=recipe.quality.min_confidence,
        )
        for name, named in places.items()
    }
    check_one_scale([file for part in read.values() for file in part.scores])
    if "sts" in read:
        _check_confidence(recipe, read["sts"])
    record = {name: part.account for name, part in read.items()}
    pairs = {name: part.pairs for name, part in read.items()}
    if least := recipe.quality.min_agreement:
        for name, part in list(pairs.items()):
            pairs[name], left_out = _agreeing(name, part, pivot, model, least)
            for language, rows in left_out.items():
                record[name][language]["disagreeing"] = rows
    if "sts" in pairs:
        _check_crossings(recipe, pairs["sts"], pivot)
        way = "give --nli for triplets"
        check_grades(pairs["sts"], "--sts", "teach nothing of similarity", way)
    return pairs, record


def check_grades(pairs: GradedPairs, named: str, why: str, way: str) -> None:
    """Refuse graded pairs that cannot be ranked, before anything is embedded or trained.

    Args:
        pairs: to train on, to choose the weights by, or to test.
        named: what to call them.
        why: what such pairs cannot do.
        way: out.

    Raises:
        InputError: all have one grade.
    """
    grades = np.unique(pairs.grades)
    if len(grades) < 2:
        shown = f"the grade {grades[0]:g}" if len(grades) else "no grade"
        raise InputError(
            f"all {len(pairs)} pairs of {named} have {shown}, and {why}; expected pairs of "
            f"different grades: give others, or {way}"
        )


def looked_at(dev: GradedPairs, recipe: FinetuneRecipe) -> GradedPairs:
    """The dev pairs that are looked at during training, drawn at random."""
    chosen = np.random.default_rng(recipe.training.seed).permutation(len(dev))
    return dev.take(np.sort(chosen[: recipe.dev_pairs]))


def check_dev(dev: GradedPairs, recipe: FinetuneRecipe) -> None:
    """Refuse dev pairs that cannot choose, and warn where those of a language are few.

    Args:
        dev: pairs that choose the weights; in a search its folds do.
        recipe: the resolved recipe.

    Raises:
        InputError: all have one grade; no language has three pairs of different grades.
    """
    named = "--dev" if recipe.dev else "--sts that are held out"
    way = "set dev_share = 0 to train on everything, without --dev"
    check_grades(dev, named, "cannot choose the weights", way)
    if recipe.search.trials:
        return
    pairs = looked_at(dev, recipe)
    way = "give more" if len(pairs) == len(dev) else f"raise dev_pairs, which is {recipe.dev_pairs}"
    grades = {name: pairs.grades[pairs.known(name)] for name in pairs.languages}
    shown = ", ".join(f"{len(one)} in {name}" for name, one in grades.items())
    if not any(len(one) >= MIN_RANKED and np.ptp(one) for one in grades.values()):
        raise InputError(
            f"the pairs of {named} that choose the weights ({shown}) have no correlation; expected "
            f"{MIN_HELD_OUT} or more in every language, not all of one grade: {way}"
        )
    if min(map(len, grades.values())) < MIN_HELD_OUT:
        logger.warning(
            "few pairs of %s choose the weights (%s), by correlations that are mostly chance; "
            "expected %d or more in every language: %s",
            named,
            shown,
            MIN_HELD_OUT,
            way,
        )


def _check_confidence(recipe: FinetuneRecipe, read: ReadPairs) -> None:
    """Refuse a filter that would filter nothing."""
    least = recipe.quality.min_confidence
    if least and not read.states_confidence:
        raise InputError(
            f"quality.min_confidence is {least:g} and no file of --sts has a column "
            "`confidence`; expected one: add it, or leave the filter out"
        )


def _agreeing(
    name: str, pairs: GradedPairs, pivot: str, model: SentenceEncoder, least: float
) -> tuple[GradedPairs, dict[str, int]]:
    """The pairs, without translations further from their original than the minimum cosine.

    Returns:
        The pairs, and the number of rows left out by language.
    """
    if pivot not in pairs.languages:
        raise InputError(
            f"quality.min_agreement compares translations with {pivot!r}, which is none of "
            f"the languages of --{name} ({', '.join(pairs.languages)}); expected it among "
            "them: set `pivot`, or leave the filter out"
        )
    left_out = {}
    for language in pairs.languages:
        if language != pivot:
            far = _far(pairs, language, pivot, model, least)
            pairs = pairs.without(language, far)
            left_out[language] = int(far.sum())
    return pairs, left_out


def _far(
    pairs: GradedPairs, language: str, pivot: str, model: SentenceEncoder, least: float
) -> np.ndarray:
    """Rows whose translation is further from its original than the minimum cosine, `(n,)`."""
    both = pairs.known(language) & pairs.known(pivot)
    rows, far = np.flatnonzero(both), np.zeros(len(pairs), np.bool_)
    sides = zip(pairs.sides(language, rows), pairs.sides(pivot, rows), strict=True)
    for translations, originals in sides:
        cosines = paired_cosines(model.encode(translations), model.encode(originals))
        far[rows] |= cosines < least
    return far


def _check_crossings(recipe: FinetuneRecipe, pairs: GradedPairs, pivot: str) -> None:
    """Refuse crossings that no pair has, or that would have none left after drawing languages."""
    crossings, names = recipe.crossings, pairs.languages
    if crossings == "none" or len(names) == 1:
        return
    if recipe.training.languages_per_pair == 1:
        raise InputError(
            f"training.languages_per_pair is 1 with --crossings {crossings}, and a pair in one "
            "language has no crossing; expected at least 2: set it higher, or use --crossings none"
        )
    if crossings == "pivot" and pivot not in names:
        raise InputError(
            f"pivot {pivot!r} is none of the languages of --sts ({', '.join(names)}); "
            "expected one of them: set `pivot`, or use --crossings all"
        )
    known: Mapping[str, np.ndarray] = {name: pairs.known(name) for name in names}
    for name in names:
        with_pivot = crossings == "pivot" and name != pivot
        others = [pivot] if with_pivot else [other for other in names if other != name]
        if not any((known[name] & known[other]).any() for other in others):
            raise InputError(
                f"{name} shares no graded pair with "
                f"{f'the pivot {pivot}' if with_pivot else 'another language'}; expected the same "
                "pairs in several languages: check the files, or use --crossings none"
            )
