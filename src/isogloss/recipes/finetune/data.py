"""What a fine-tuning is given: graded pairs, triplets, and parallel sentences."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, compress
from typing import Any

import numpy as np

from isogloss.data.graded.align import read_graded
from isogloss.data.graded.nli import Triplet, read_triplets
from isogloss.data.graded.pairs import GradedPairs, compared, grouped_folds, sentence_groups, stack
from isogloss.data.loading import load_parallel
from isogloss.data.places import parse_graded
from isogloss.data.repeated import without_repeated
from isogloss.data.text import text_fingerprint
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import InputError
from isogloss.recipes.finetune.leakage import MOSTLY, apart, count_seen_dev, refuse_given_tests
from isogloss.recipes.finetune.pairs import MIN_HELD_OUT, check_dev, check_grades, read_given
from isogloss.recipes.finetune.recipe import FinetuneRecipe
from isogloss.spooled import Joined
from isogloss.tasks import Task
from isogloss.vectors.checks import check_vectors

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class FinetuneData:
    """All that a fine-tuning was given, read and filtered.

    Attributes:
        train: graded pairs to train on; None without `sts`.
        dev: graded pairs that choose the weights; None where nothing does, or a search: it trains
            on all of them in the end.
        test: graded pairs that are scored before and after; None without any.
        triplets: anchor, positive, negative; none has a sentence of `dev`.
        anchors: sentences that are held to a target.
        sources: for each anchor the sentence whose vector is its target.
        account: rows per place, what was left out and why; JSON-able.
    """

    train: GradedPairs | None = None
    dev: GradedPairs | None = None
    test: GradedPairs | None = None
    triplets: Sequence[Triplet] = ()
    anchors: Sequence[str] = ()
    sources: Sequence[str] = ()
    account: dict[str, Any] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """Hash of all that decides what is trained on, by the option that named it."""
        found = {
            f"--{name} {language}": part["fingerprint"]
            for name in ("sts", "dev")
            for language, part in self.account.get(name, {}).items()
        }
        for part in self.account.get("pairs", ()):
            found[f"--pairs {part['where']}"] = part["fingerprint"]
        if self.triplets:
            found["--nli"] = self.account["triplets_fingerprint"]
        return found


def gather_data(
    recipe: FinetuneRecipe, model: SentenceEncoder, pivot: str, tasks: Sequence[Task] = ()
) -> FinetuneData:
    """Read what a recipe names.

    Args:
        recipe: the resolved recipe.
        model: the model before training; it judges the agreement of translations.
        pivot: the language that others are compared with.
        tasks: tests beside those of the recipe's `test`, none of which may be among the pairs.

    Raises:
        InputError: languages have no pair in common, or one file; nothing can be held out; all
            grades are one, or the dev pairs too few for a correlation; a test is trained on, or
            chooses the weights; most pairs that choose the weights are trained on, or all triplets
            hold a sentence of theirs; the model gives every sentence one vector.
        DataFormatError: a file cannot be read, or files that belong together do not fit.
    """
    _refuse_one_file(recipe)
    given, account = read_given(recipe, model, pivot)
    test = None
    if recipe.test:
        test = read_graded(recipe.test, aligned=recipe.crossings != "none").pairs
        check_grades(test, "--test", "have no correlation with anything", "leave --test out")
        account["test_pairs"] = len(test)
    _note_one_language(given | ({"test": test} if test is not None else {}))
    triplets = [t for place in recipe.nli for t in read_triplets(place, recipe.training.seed)]
    refuse_given_tests(recipe, given, test, tasks, triplets)
    train, dev = given.get("sts"), given.get("dev")
    if train is not None and dev is not None:
        account["dev_pairs_seen_in_training"] = count_seen_dev(train, dev)
    elif train is not None and recipe.dev_share and not recipe.search.trials:  # it has folds
        train, dev = hold_out(train, recipe.dev_share, recipe.training.seed)
    if dev is not None:
        check_dev(dev, recipe)
    if train is not None and dev is not None and recipe.search.trials:  # its folds choose
        train, dev = stack([train, dev]), None
    if train is not None:
        account["train_pairs"], account["dev_pairs"] = len(train), len(dev or ())
    if recipe.nli:
        triplets, of_triplets = _to_rank(triplets, dev)
        account |= of_triplets
    sides = train.first.values() if train is not None else ()
    texts = [text for column in sides for text in column if text]
    check_vectors(model, f"model {recipe.model!r}", texts or [t.anchor for t in triplets])
    anchors, sources, parallel = _anchors(recipe)
    return FinetuneData(train, dev, test, triplets, anchors, sources, account | parallel)


def _refuse_one_file(recipe: FinetuneRecipe) -> None:
    """Refuse a file that is given for two languages."""
    for key, places in (("sts", recipe.sts), ("dev", recipe.dev), ("test", recipe.test)):
        owner: dict[str, str] = {}
        for language, path in map(parse_graded, places):
            other = owner.setdefault(os.path.realpath(path), language)
            if other != language:
                raise InputError(
                    f"--{key} {language}={path} is the file of {other} too; expected a file per "
                    f"language: give that of {language}, or leave one language out"
                )


def _note_one_language(given: Mapping[str, GradedPairs]) -> None:
    """Warn where two languages have mostly the same sentences."""
    told = "--%s: %d of %d sentences of %s and %s are the same; check the files"
    for key, pairs in given.items():
        for one, other in combinations(pairs.languages, 2):
            rows = np.flatnonzero(pairs.known(one) & pairs.known(other))
            sides = zip(pairs.sides(one, rows), pairs.sides(other, rows), strict=True)
            equal = [compared(a) == compared(b) for s in sides for a, b in zip(*s, strict=True)]
            if sum(equal) > MOSTLY * len(equal):
                logger.warning(told, key, sum(equal), len(equal), one, other)


def hold_out(pairs: GradedPairs, share: float, seed: int) -> tuple[GradedPairs, GradedPairs]:
    """Split training and dev pairs so that they share no sentence in any language.

    Args:
        pairs: all pairs.
        share: of the pairs that is held out, above 0; groups that share a sentence stay together.
        seed: decides which.

    Raises:
        InputError: the pairs share so many sentences that no such share can be held out.
    """
    groups = sentence_groups(pairs)
    try:
        folds = grouped_folds(groups, max(2, round(1 / share)), seed=seed, first_share=share)
    except InputError as error:
        raise InputError(
            f"{len(pairs)} graded pairs make {int(groups.max(initial=-1)) + 1} groups that share "
            f"no sentence, the largest of {int(np.bincount(groups).max(initial=0))} pairs; "
            f"expected groups of which a share of {share:g} can be held out to choose the weights: "
            "give --dev, or set dev_share = 0 to train on everything"
        ) from error
    held_out = np.flatnonzero(folds == 0)
    if len(held_out) < MIN_HELD_OUT:
        raise InputError(
            f"{len(held_out)} of {len(pairs)} graded pairs would choose the weights; expected at "
            f"least {MIN_HELD_OUT}: give --dev or more pairs, raise dev_share, or set it to 0 to "
            "train on everything"
        )
    return pairs.take(np.flatnonzero(folds != 0)), pairs.take(held_out)


def _to_rank(
    triplets: Sequence[Triplet], dev: GradedPairs | None
) -> tuple[list[Triplet], dict[str, Any]]:
    """The triplets without a sentence of the pairs that choose the weights, and a record."""
    left = list(triplets if dev is None else compress(triplets, apart(triplets, dev)))
    if not left:
        raise InputError(
            f"all {len(triplets)} triplets of --nli hold a sentence of the pairs that choose the "
            "weights; expected some to train on: give others, or other pairs as --dev"
        )
    return left, {
        "triplets": len(left),
        "triplets_held_out": len(triplets) - len(left),
        "triplets_fingerprint": text_fingerprint(text for triplet in left for text in triplet),
    }


def _anchors(recipe: FinetuneRecipe) -> tuple[list[str], list[str], dict[str, Any]]:
    """Sentences of both sides of the parallel text, the source sentence of each, and a record."""
    loaded = [load_parallel(place, cleaning=recipe.cleaning) for place in recipe.pairs]
    if recipe.cleaning.drop_duplicates:
        loaded = without_repeated(loaded)
    source = Joined(part.sentences.source for part in loaded)
    target = Joined(part.sentences.target for part in loaded)
    draw = np.random.default_rng(recipe.training.seed)
    rows = draw.permutation(len(source))[: recipe.anchor_pairs]
    sources = source.gather(rows)
    reports = [vars(part.report) for part in loaded]
    record = {"pairs": reports, "anchor_pairs": len(sources)} if recipe.pairs else {}
    return [*target.gather(rows), *sources], [*sources, *sources], record
