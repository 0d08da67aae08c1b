"""What the hub reads of a card: the YAML at its head."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from isogloss.metrics.score import Score
from isogloss.reports.models import bases_on_hub
from isogloss.reports.results import OWN_LABELS, judged
from isogloss.reports.wording import place
from isogloss.runs.kinds import KINDS
from isogloss.runs.record import DistillRecord, FinetuneRecord, ModelRecord
from isogloss.runs.roles import HELD_OUT

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_TAGS = ("sentence-transformers", "feature-extraction", "sentence-similarity", "isogloss")
_DATASET = re.compile(r"hf:(\w[\w.-]*/\w[\w.-]*)")


def metadata(
    record: ModelRecord, scores: Mapping[str, Sequence[Score]], *, title: str, license: str
) -> str:
    """The metadata of a model as YAML.

    Args:
        record: the record of the run.
        scores: scores per model label; those of the model itself become its `model-index`.
        title: name of the model in its `model-index`.
        license: identifier of its license on the hub; `""` where it is not known.
    """
    from huggingface_hub import ModelCardData

    bases, results, codes = bases_on_hub(record), list(_results(scores)), record.model_languages
    full = {"language_bcp47": codes} if any("-" in code for code in codes) else {}
    own_tags = ["distillation"] if isinstance(record, DistillRecord) else []
    return ModelCardData(
        language=list(dict.fromkeys(code.partition("-")[0].lower() for code in codes)) or None,
        license=license or None,
        base_model=bases[0] if len(bases) == 1 else bases or None,
        datasets=list(dict.fromkeys(_datasets(record))) or None,
        pipeline_tag="sentence-similarity",
        library_name="sentence-transformers",
        tags=[*_TAGS, *own_tags],
        eval_results=results or None,
        model_name=title if results else None,
        **cast(dict[str, Any], full),
    ).to_yaml()


def _datasets(record: ModelRecord) -> Iterator[str]:
    """The data sets of the hub that the model was trained on."""
    places = [part.where for part in record.parallel]
    if isinstance(record, FinetuneRecord):
        places += [name for part in record.data.sts.values() for name in part.files]
        places += [text.partition("=")[2] for text in record.recipe.get("nli") or ()]
    for where in places:
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
            known = KINDS[score.task].hub if score.task in KINDS else None
            task_type, task_name = known or (score.task, score.task)
            yield EvalResult(
                task_type=task_type,
                task_name=task_name,
                dataset_type=score.data or "unknown",
                dataset_name=score.data or "Unknown",
                dataset_config=score.languages,
                metric_type=score.metric,
                metric_name=score.metric.replace("_", " ").capitalize(),
                metric_value=score.value,
            )
