"""What `run.json` says of an evaluation: which models on which tasks, when, on what, how long."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from isogloss.protocols import Encoder, identity_of, prompt_of
from isogloss.recipes.evaluate.prompts import used_prompts
from isogloss.runs.provenance import code_version, environment, now, peak_memory_bytes
from isogloss.tasks.task import Settings, Task


def evaluation_account(
    models: Mapping[str, Encoder],
    tasks: Sequence[Task],
    *,
    teacher: Encoder | None,
    settings: Settings,
    seconds: float,
) -> dict[str, Any]:
    """The content of an evaluation's `run.json`.

    Args:
        models: the models by label.
        tasks: the tasks.
        teacher: the teacher, if there was one.
        settings: bootstrap and neighborhoods.
        seconds: how long it took.

    Returns:
        Plain JSON.
    """
    return {
        "isogloss": code_version(),
        "command": "evaluate",
        "finished": now(),
        "models": {
            label: _model(encoder) | {"prompts": used_prompts(encoder, tasks)}
            for label, encoder in models.items()
        },
        "teacher": {} if teacher is None else _model(teacher) | {"prompt": prompt_of(teacher)},
        "tasks": [
            {"task": task.kind, "languages": task.languages, "data": task.name} for task in tasks
        ],
        "settings": asdict(settings),
        "environment": environment(),
        "seconds": {"all": round(seconds, 1)},
        "peak_memory_bytes": peak_memory_bytes(),
        "seed": settings.seed,
    }


def _model(encoder: Encoder) -> dict[str, str]:
    return {
        "name": str(getattr(encoder, "name", "")),
        "fingerprint": encoder.fingerprint,
        "identity": identity_of(encoder),
    }
