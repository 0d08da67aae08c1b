"""What the hub reads of a card: the YAML at its head."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from isogloss.metrics.score import Score
from isogloss.reports.results import OWN_LABELS, judged
from isogloss.reports.run_facts import RunFacts
from isogloss.reports.wording import place
from isogloss.runs.roles import HELD_OUT

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_TAGS = ("sentence-transformers", "feature-extraction", "sentence-similarity", "isogloss")
_TASKS = {
    "sts": ("semantic-similarity", "Semantic Similarity"),
    "bitext": ("translation", "Translation"),
    "retrieval": ("information-retrieval", "Information Retrieval"),
}
"""Type and name of a task where Sentence Transformers has a word for it."""
_DATASET = re.compile(r"hf:(\w[\w.-]*/\w[\w.-]*)")


def metadata(
    facts: RunFacts, scores: Mapping[str, Sequence[Score]], *, title: str, license: str
) -> str:
    """The metadata of a model as YAML.

    Args:
        facts: the run.
        scores: scores per model label; those of the model itself become its `model-index`.
        title: name of the model in its `model-index`.
        license: identifier of its license on the hub; `""` where it is not known.
    """
    from huggingface_hub import ModelCardData

    bases = [name for name in facts.bases_on_hub if name]
    results = list(_results(scores))
    full = {"language_bcp47": facts.languages} if any("-" in k for k in facts.languages) else {}
    return ModelCardData(
        language=list(dict.fromkeys(k.partition("-")[0].lower() for k in facts.languages)) or None,
        license=license or None,
        base_model=bases[0] if len(bases) == 1 else bases or None,
        datasets=list(dict.fromkeys(_datasets(facts))) or None,
        pipeline_tag="sentence-similarity",
        library_name="sentence-transformers",
        tags=[*_TAGS, *(["distillation"] if not facts.is_finetuned else [])],
        eval_results=results or None,
        model_name=title if results else None,
        **cast(dict[str, Any], full),
    ).to_yaml()


def _datasets(facts: RunFacts) -> Iterator[str]:
    """The data sets of the hub that the model was trained on."""
    for where in facts.training_places:
        found = _DATASET.match(place(where))
        if found and not Path(found[1]).exists():
            yield found[1]


def _results(scores: Mapping[str, Sequence[Score]]) -> Iterator["EvalResult"]:
    """What the model reached on tests: fractions, as in the run.

    Its distance to the teacher is left out, and the pairs that its checkpoint was chosen on.
    """
    from huggingface_hub import EvalResult

    for label in OWN_LABELS & scores.keys():
        for score in judged(scores)[label]:
            relative = score.task == "health" or score.metric == "retention"
            if score.value is None or score.data == HELD_OUT or relative:
                continue
            kind, name = _TASKS.get(score.task, (score.task, score.task))
            yield EvalResult(
                task_type=kind,
                task_name=name,
                dataset_type=score.data or "unknown",
                dataset_name=score.data or "Unknown",
                dataset_config=score.languages,
                metric_type=score.metric,
                metric_name=score.metric.replace("_", " ").capitalize(),
                metric_value=score.value,
            )
