"""Suites as numbers: aggregates over their sets, language bias, and what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from isogloss.data.text import text_fingerprint
from isogloss.metrics.aggregates import AGGREGATES, aggregate
from isogloss.metrics.bias import cosines_in_gold_bins, language_bias
from isogloss.metrics.correlation import Statistic
from isogloss.metrics.items import ItemValues, join_items
from isogloss.metrics.macro import macro_mean
from isogloss.metrics.score import Estimate, Interval, Score
from isogloss.tasks.suites import Suite
from isogloss.tasks.task import ScoreSheet, Settings

MONOLINGUAL, CROSS_LINGUAL, EVERYTHING = "monolingual", "cross-lingual", "all"
MISSING_SETS = "missing test sets"
UNWANTED_SETS = "test sets of other languages"
UNDEFINED_SETS = "test sets without a value"
"""Reasons by which an aggregate counts the sets of its suite that it lacks."""

_MAIN_METRIC = {"sts": "spearman", "bitext": "accuracy_mean", "bucc": "f1"}
"""The metric whose row says that a test set is missing, per kind."""
_MACRO = {
    "bitext": (
        "accuracy_source_to_target",
        "accuracy_target_to_source",
        "accuracy_mean",
        "xsim_error",
    ),
    "bucc": ("f1", "f1_oracle"),
}
"""The metrics that are averaged over languages, per kind."""


class _Group(NamedTuple):
    """Sets that are aggregated together, and how many belong to it beyond them."""

    name: str
    sets: tuple[str, ...]
    missing: int = 0
    unwanted: int = 0


def suite_scores(
    suite: Suite, scores: Sequence[Score], model: str, settings: Settings
) -> list[Score]:
    """What a suite reports of a model beside its sets' own scores.

    Args:
        suite: the suite.
        scores: scores of its sets, in the order of its tasks.
        model: fingerprint of the model.
        settings: bootstrap.

    Returns:
        For STS `spearman_mean`, `_weighted`, `_fisher` and `_joined` (and Pearson where the suite
        has it) over monolingual, cross-lingual and all sets, and `bias_expected`, `bias_actual` and
        `bias`, for the suite `bias` with the mean cosine of every set inside equal gold bins; else
        `macro_` means over languages. A group of fewer than two sets has no aggregate.
        Then a row without a value for every missing set.
    """
    if suite.card.kind == "sts":
        found = _correlations(suite, scores, model, settings)
        if suite.card.bias == "alone":
            found = _bias(suite, scores, model, settings)
        elif suite.card.bias and len(suite.tasks) > 1:
            found += _bias(suite, scores, model, settings)
    else:  # data of two kinds have no mean
        alike = len({score.data for score in scores}) < 2
        found = _macro(suite, scores, model, settings) if alike else []
    return [*_with_their_prompt(found, scores), *missing_scores(suite)]


def _with_their_prompt(found: Sequence[Score], scores: Sequence[Score]) -> list[Score]:
    """What was made of scores, with the prompt that stood before the sentences of all of them."""
    prompts = {part for one in scores for part in one.signature.split("|") if part[:7] == "prompt:"}
    if len(prompts) != 1:
        return list(found)
    said = prompts.pop()
    return [replace(one, signature=f"{one.signature}|{said}") for one in found]


def missing_scores(suite: Suite) -> list[Score]:
    """A row without a value for every test set of a suite that was not found."""
    kind = suite.card.kind
    return [
        Score(
            task=kind,
            languages=missing.languages,
            metric=_MAIN_METRIC[kind],
            value=None,
            low=None,
            high=None,
            n=0,
            signature="",
            reason=missing.reason,
            data=suite.name,
        )
        for missing in suite.missing
    ]


def is_monolingual(languages: str) -> bool:
    """Whether a pair such as `zh-CN-zh-CN` names one language twice."""
    parts = languages.split("-")
    half = len(parts) // 2
    return parts[:half] == parts[half:]


def _groups(suite: Suite, sets: Sequence[str]) -> list[_Group]:
    """Groups of at least two sets; one that is everything is not repeated."""
    groups = [
        _group(suite, name, [s for s in sets if is_monolingual(s) == wanted], single=wanted)
        for name, wanted in ((MONOLINGUAL, True), (CROSS_LINGUAL, False))
    ]
    parts = [group for group in groups if 1 < len(group.sets) < len(sets)]
    return [g for g in (*parts, _group(suite, EVERYTHING, sets)) if len(g.sets) > 1]


def _group(suite: Suite, name: str, sets: Sequence[str], *, single: bool | None = None) -> _Group:
    """Some sets of a suite; `single`: monolingual or cross-lingual ones, `None`: both."""

    def count(names: Sequence[str]) -> int:
        return sum(single is None or is_monolingual(languages) == single for languages in names)

    lacking = count([missing.languages for missing in suite.missing])
    return _Group(name, tuple(sets), lacking, count(suite.unwanted))


def _sheet(
    suite: Suite,
    group: _Group,
    by_set: Mapping[str, Score],
    model: str,
    settings: Settings,
    undefined: int = 0,
) -> ScoreSheet:
    left_out = {
        MISSING_SETS: group.missing,
        UNWANTED_SETS: group.unwanted,
        UNDEFINED_SETS: undefined,
    }
    return ScoreSheet(
        suite.card.kind,
        group.name,
        suite.name,
        text_fingerprint(by_set[name].fingerprint for name in group.sets),
        model,
        settings,
        dropped={reason: count for reason, count in left_out.items() if count},
    )


def _items(by_set: Mapping[str, Score]) -> dict[str, ItemValues]:
    return {name: score.items for name, score in by_set.items() if score.items is not None}


def _correlations(
    suite: Suite, scores: Sequence[Score], model: str, settings: Settings
) -> list[Score]:
    rows = []
    for statistic in suite.card.statistics:
        by_set = {score.languages: score for score in scores if score.metric == statistic}
        items = _items(by_set)
        for group in _groups(suite, list(items)):
            found = aggregate(
                {name: items[name] for name in group.sets},
                statistic=cast(Statistic, statistic),
                **settings.boot,
            )
            sheet = _sheet(suite, group, by_set, model, settings, len(found.left_out))
            joined = join_items([items[name] for name in found.used])
            n = len(joined) or sum(len(items[name]) for name in group.sets)
            rows += [
                sheet.bootstrapped(
                    f"{statistic}_{name}",
                    found.estimates[name],
                    n=n,
                    items=joined if name == "joined" and len(joined) else None,
                    sets=len(found.used),
                )
                for name in AGGREGATES
            ]
    return rows


def _bias(suite: Suite, scores: Sequence[Score], model: str, settings: Settings) -> list[Score]:
    by_set = {score.languages: score for score in scores if score.metric == "spearman"}
    items = _items(by_set)
    group = _group(suite, EVERYTHING, list(items))
    found = language_bias(items, seed=settings.seed)
    sheet = _sheet(suite, group, by_set, model, settings, len(found.left_out))
    facts: dict[str, Any] = {
        "sets": len(found.used),
        "each": found.n,
        "subsamples": found.subsamples,
    }
    n = found.n * len(found.used) or sum(map(len, items.values()))
    rows = [
        sheet.exact(metric, estimate, n=n, **facts)
        for metric, estimate in (
            ("bias_expected", found.expected),
            ("bias_actual", found.actual),
            ("bias", found.bias),
        )
    ]
    if suite.card.bias == "alone":
        rows += _gold_bins(suite, by_set, items, model, settings)
    return rows


def _gold_bins(
    suite: Suite,
    by_set: Mapping[str, Score],
    items: Mapping[str, ItemValues],
    model: str,
    settings: Settings,
) -> list[Score]:
    """Mean cosine of every set inside equal gold bins: where a bias sits."""
    bins = cosines_in_gold_bins(items)
    rows = []
    for at, name in enumerate(bins.names):
        sheet = _sheet(suite, _Group(name, (name,)), by_set, model, settings)
        for place, (low, high) in enumerate(zip(bins.edges, bins.edges[1:], strict=False)):
            value, n = bins.means[at][place], bins.counts[at][place]
            if value is not None:
                metric = f"cosine_gold_{low:g}_to_{high:g}"
                rows.append(sheet.exact(metric, Estimate(value), n=n))
    return rows


def _macro(suite: Suite, scores: Sequence[Score], model: str, settings: Settings) -> list[Score]:
    rows = []
    for metric in _MACRO[suite.card.kind]:
        all_sets = {score.languages: score for score in scores if score.metric == metric}
        if len(all_sets) < 2:
            continue
        by_set = {name: one for name, one in all_sets.items() if one.value is not None} or all_sets
        undefined = len(all_sets) - len(by_set)
        group = _group(suite, EVERYTHING, list(by_set))
        sheet = _sheet(suite, group, by_set, model, settings, undefined)
        estimate = macro_mean([_estimate(score) for score in by_set.values()])
        n = sum(score.n for score in by_set.values())
        rows.append(
            sheet.exact(f"macro_{metric}", estimate, n=n, sets=len(by_set), interval="mover")
        )
    return rows


def _estimate(score: Score) -> Estimate:
    whole = score.low is not None and score.high is not None
    interval = Interval(score.low, score.high) if whole else None  # type: ignore[arg-type]
    return Estimate(score.value, interval, score.reason)
