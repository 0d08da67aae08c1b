"""The record of an evaluation: which models on which tests."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from isogloss.protocols import Encoder, model_fingerprint, prompt_of
from isogloss.recipes.evaluate.prompts import used_prompts
from isogloss.runs.descriptions import ModelDescription
from isogloss.runs.lifecycle import RunLog
from isogloss.runs.parts import ScoredTask
from isogloss.runs.record import EvaluateRecord
from isogloss.tasks.task import Settings, Task


def evaluation_record(
    models: Mapping[str, Encoder],
    tasks: Sequence[Task],
    *,
    teacher: Encoder | None,
    settings: Settings,
    run: RunLog,
) -> EvaluateRecord:
    """The record of an evaluation.

    Args:
        models: the models by label.
        tasks: the tasks.
        teacher: the teacher, if there was one.
        settings: bootstrap and neighborhoods.
        run: how long it took.
    """
    return EvaluateRecord(
        command="evaluate",
        models={
            label: _describe(encoder, prompts=used_prompts(encoder, tasks))
            for label, encoder in models.items()
        },
        teacher=None if teacher is None else _describe(teacher, prompt=prompt_of(teacher)),
        tasks=[
            ScoredTask(task=task.kind, languages=task.languages, data=task.name) for task in tasks
        ],
        settings=asdict(settings),
        seed=settings.seed,
        **run.measured(),
    )


def _describe(encoder: Encoder, **more: Any) -> ModelDescription:
    return ModelDescription(
        name=str(getattr(encoder, "name", "")),
        fingerprint=model_fingerprint(encoder),
        identity=encoder.fingerprint,
        **more,
    )
