"""Load the pairs of a run: read, clean, split off dev pairs, add earlier pairs to rehearse."""

import logging
from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isogloss.console import Console
from isogloss.corpora.fetch import fetch_missing
from isogloss.data.checks.dropping import few_different
from isogloss.data.draw import draw_pairs
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.places import Where, parse_where
from isogloss.data.repeated import without_repeated
from isogloss.errors import InputError
from isogloss.recipes.distill.dev_split import check_enough, split_dev
from isogloss.recipes.distill.dictionaries import (
    learned_entries,
    load_dictionaries,
    split_places,
)
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.distill.replay import BaseRun, load_replay, match_earlier_draw, sample_replay
from isogloss.spooled import Joined, Texts
from isogloss.tasks.task import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunPairs:
    """Parallel sentences of a run.

    Attributes:
        source: the language that the teacher knows.
        new: training pairs, a part for each place that is to be learned.
        replay: training pairs of languages that a finished student was taught before.
        dev: held-out pairs by target language.
        dictionaries: those of languages that have sentences, too.
        record: what was read, dropped, held out and shared with test tasks, per place; JSON-able.
        corpora: the place of each part of `train`, as the user wrote it.
        drawn: some pairs of each part of `new` and `replay`, where training will not come to all of
            them.
    """

    source: str
    new: list[ParallelSentences]
    replay: list[ParallelSentences]
    dev: dict[str, ParallelSentences]
    dictionaries: list[LoadedPairs]
    record: list[dict[str, Any]]
    corpora: list[str]
    drawn: list[ParallelSentences] | None = None

    @property
    def whole(self) -> list[ParallelSentences]:
        """All training pairs, a part for each place."""
        return [*self.new, *self.replay]

    @property
    def train(self) -> list[ParallelSentences]:
        """The pairs that training may come to, a part for each place."""
        return self.whole if self.drawn is None else self.drawn

    @property
    def evidence(self) -> list[ParallelSentences]:
        """What tells of new tokens, and where they start: pairs to be learned, and dictionaries."""
        return [*self.new, *(part.sentences for part in self.dictionaries)]

    @property
    def entries(self) -> list[tuple[str, ParallelSentences]]:
        """The places of dictionaries, and what is learned of each as if it were sentences."""
        return [
            (part.report.where, entries)
            for part in self.dictionaries
            if len(entries := learned_entries(part.sentences))
        ]

    def only_new_to(self, taught: Set[str]) -> bool:
        """Whether what is learned is new to a student, and what it was taught is rehearsed."""
        new = {f"{part.source_language}-{part.target_language}" for part in self.new}
        return bool(self.replay) and not new & taught

    def sizes(self, language: str) -> list[tuple[str, int, int]]:
        """The places of a target language, the pairs of each in `train`, and all that it has."""
        parts = zip(self.corpora, self.train, self.whole, strict=True)
        return [
            (place, len(part), len(whole))
            for place, part, whole in parts
            if part.target_language == language
        ]

    def sources(self) -> Texts:
        """Every distinct source sentence of what is learned or held out; each has a target."""
        parts = [*self.train, *self.dev.values(), *(part for _, part in self.entries)]
        return Joined(part.source for part in parts).distinct()


def load_pairs(
    recipe: DistillRecipe,
    base_run: BaseRun | None,
    tasks: Sequence[Task],
    console: Console,
    *,
    rejects: Path | None = None,
) -> RunPairs:
    """Read and clean all pairs, and hold some out.

    Args:
        recipe: the resolved recipe.
        base_run: the run whose student learns more, if one does.
        tasks: test tasks; training pairs that hold one of their sentences are counted.
        console: told about the stage.
        rejects: folder for the rows that are dropped, a file for each place; None counts only.

    Raises:
        InputError: the pairs have several source languages, or both sides one, or are too few.
        IsoglossError: see `load_parallel`.
    """
    share = recipe.student.replay
    base_run = base_run if share else None  # without a share nothing is rehearsed
    places, beside = split_places([parse_where(text) for text in recipe.pairs])
    source, loaded, n_new = _load(recipe, places, base_run, console, rejects)
    if base_run:
        loaded += load_replay(base_run, [part.sentences for part in loaded], recipe.cleaning)
    if recipe.cleaning.drop_duplicates:
        loaded = without_repeated(loaded)
    check_enough(loaded[:n_new], rejects)
    parts = split_dev([part.sentences for part in loaded], recipe.dev_pairs)
    new = parts.train[:n_new]
    replay = sample_replay(parts.train[n_new:], sum(map(len, new)), share)
    record = _record(loaded, parts.train, tasks)
    for entry, part in zip(record[n_new:], replay, strict=True):
        entry["replayed"] = len(part)
    both = zip(loaded, [*new, *replay], strict=True)
    corpora = [part.report.where for part, kept in both if len(kept)]
    new, replay = list(filter(len, new)), list(filter(len, replay))
    dictionaries = load_dictionaries(
        recipe, _learned(beside, new), new, parts.dev.values(), console, rejects=rejects
    )
    return RunPairs(source, new, replay, parts.dev, dictionaries, record, corpora)


def _learned(beside: Sequence[Where], new: Sequence[ParallelSentences]) -> list[Where]:
    """The dictionaries of languages that are to be learned."""
    languages = {part.target_language for part in new}
    for place in beside:
        if place.languages.target not in languages:
            logger.warning("%s is not read: the language is only rehearsed", place.text)
    return [place for place in beside if place.languages.target in languages]


def _load(
    recipe: DistillRecipe,
    places: Sequence[Where],
    base_run: BaseRun | None,
    console: Console,
    rejects: Path | None,
) -> tuple[str, list[LoadedPairs], int]:
    """Read and clean the pairs of all places; one source language.

    Returns:
        The language, the pairs of each place, and how many of the places are to be learned; they
        stand first. The others are what the student was taught before, for rehearsal.
    """
    fetch_missing(places, console)
    sources = sorted({place.languages.source for place in places})
    if len(sources) != 1:
        raise InputError(
            f"--pairs have the source languages {', '.join(sources) or 'none'}; expected one, the "
            "teacher's, named first in every LANGS=WHERE"
        )
    alike = next((place for place in places if place.languages.target == sources[0]), None)
    if alike is not None:
        raise InputError(
            f"--pairs {alike.text} has {sources[0]} on both sides; expected the teacher's language "
            "and one to be added to it: name the other, or tell two kinds of one language by their "
            "regions, as in en-US-en-GB"
        )
    if base_run and base_run.languages.issuperset(str(place.languages) for place in places):
        base_run = None  # no language is new: they are learned further
    new, taught = [], []
    with console.stage("reading parallel sentences", len(places)) as advance:
        for number, place in enumerate(places):
            name = f"{number:02d}-{place.languages.source}-{place.languages.target}.tsv"
            file = None if rejects is None else rejects / name
            found = load_parallel(place, cleaning=recipe.cleaning, rejects=file)
            if few := few_different(place.text, found.sentences.target):
                logger.warning("%s", few)
            before = match_earlier_draw(base_run, found) if base_run else None
            if before is None:
                new.append(draw_pairs(found, recipe.most(place.text)))
            else:
                taught.append(before)
            advance(1)
    more = {part.report.languages for part in new}
    new += [
        draw_pairs(part, recipe.most(part.report.where))
        for part in taught
        if part.report.languages in more
    ]
    return sources[0], [*new, *(p for p in taught if p.report.languages not in more)], len(new)


def _record(
    loaded: Sequence[LoadedPairs], train: Sequence[ParallelSentences], tasks: Sequence[Task]
) -> list[dict[str, Any]]:
    """The data reports, with counts of held-out pairs and of training pairs found in test tasks."""
    tested = {text for task in tasks for text in task.texts()}
    rows = []
    for part, kept in zip(loaded, train, strict=True):
        shared = sum(s in tested or t in tested for s, t in kept)
        if shared:
            logger.warning(
                "%d training pairs of %s hold a sentence of a test task",
                shared,
                part.report.languages,
            )
        rows.append(
            asdict(part.report) | {"dev": len(part.sentences) - len(kept), "in_test_tasks": shared}
        )
    return rows
