"""Scores of suites in the shape of mteb's result files, for tools that read these."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from isogloss.data.languages import canonical_language
from isogloss.metrics.score import Score
from isogloss.runs.provenance import code_version
from isogloss.tasks.suites import SUITES
from isogloss.tasks.suites.card import Subset
from isogloss.writing import json_text, write_whole


class _Place(NamedTuple):
    """A suite's name in mteb, and its scores' names there; the first is the main score."""

    task: str
    metrics: Mapping[str, str]


_STS = {"spearman": "cosine_spearman", "pearson": "cosine_pearson"}
_PLACES = {
    "sts17": _Place("STS17", _STS),
    "stsb-multi-mt": _Place("STSBenchmarkMultilingualSTS", _STS),
    "korsts": _Place("KorSTS", _STS),
    "tatoeba": _Place(
        "Tatoeba", {"mteb_tatoeba_f1": "f1", "accuracy_source_to_target": "accuracy"}
    ),
}
_REVERSED = frozenset({"en-es", "en-fr", "en-it", "en-nl"})
"""Sets of STS17 whose languages stand in the other order in mteb."""

MTEB_FORMAT = "2.0.0"
"""Version of mteb whose result files these are like."""


def mteb_results(scores: Sequence[Score]) -> dict[str, dict[str, Any]]:
    """One model's scores as mteb's results.

    Args:
        scores: scores of suites; those that mteb has under the same definition are taken: STS17,
            STSBenchmarkMultilingualSTS (monolingual sets), KorSTS, Tatoeba.

    Returns:
        By mteb's name of the task, what `mteb.TaskResult` holds; the data's revision is that of the
        suite's card, and `isogloss` says what made the file.
    """
    found = {}
    for suite, place in _PLACES.items():
        mine = [s for s in scores if s.data == suite and s.value is not None]
        rows = [
            row
            for subset in SUITES[suite].subsets
            if (row := _row(place, suite, subset, mine)) is not None
        ]
        if rows:
            hub = SUITES[suite].hub
            found[place.task] = {
                "dataset_revision": hub.revision if hub else "unknown",
                "task_name": place.task,
                "mteb_version": MTEB_FORMAT,
                "scores": {"test": rows},
                "evaluation_time": None,
                "kg_co2_emissions": None,
                "isogloss": code_version(),
            }
    return found


def write_mteb_results(scores: Mapping[str, Sequence[Score]], out: Path) -> list[Path]:
    """Write `OUT/mteb/MODEL/TASK.json` for every model and task that mteb has.

    Args:
        scores: scores by model label.
        out: the evaluation's folder.

    Returns:
        The files.

    Raises:
        OutputFolderError: they cannot be written.
    """
    paths = []
    for label, rows in scores.items():
        for task, content in mteb_results(rows).items():
            path = out / "mteb" / label.replace("/", "__").replace(":", "-") / f"{task}.json"
            write_whole(path, json_text(content) + "\n")
            paths.append(path)
    return paths


def _row(
    place: _Place, suite: str, subset: Subset, scores: Sequence[Score]
) -> dict[str, Any] | None:
    values = {
        theirs: score.value
        for ours, theirs in place.metrics.items()
        for score in scores
        if (score.languages, score.metric) == (subset.languages, ours)
    }
    main = next(iter(place.metrics.values()))
    if main not in values:
        return None
    codes = list(dict.fromkeys([subset.first, subset.second]))
    if subset.languages in _REVERSED:
        codes.reverse()
    name = subset.languages if subset.first == subset.second else "-".join(codes)
    if suite == "stsb-multi-mt":
        name = subset.first
    elif suite == "korsts":
        name = "default"
    languages = [_with_script(code) for code in codes]
    return {**values, "main_score": values[main], "hf_subset": name, "languages": languages}


def _with_script(code: str) -> str:
    """`deu-Latn` for `de`: mteb's spelling, Chinese as Mandarin."""
    import langcodes

    language = langcodes.Language.get(canonical_language(code)).maximize()
    alpha3 = "cmn" if language.language == "zh" else language.to_alpha3()
    return f"{alpha3}-{language.script}"
