"""The prompts of an evaluation: what is said of them on the screen and in `run.json`."""

import logging
from collections.abc import Mapping, Sequence

from isogloss.metrics.score import quoted
from isogloss.protocols import Encoder, Role, prompt_of
from isogloss.runs.descriptions import ModelDescription
from isogloss.tasks.task import Task

logger = logging.getLogger(__name__)


def warn_of_prompts(models: Mapping[str, Encoder], tasks: Sequence[Task]) -> None:
    """Warn of tasks for which a model has no prompt, though it has prompts for others.

    Args:
        models: by label; one that was loaded with a prompt, if only an empty one, is not named.
        tasks: what they are scored on.
    """
    uses = {task.kind: [use for use, _ in task.reads()] for task in tasks}
    for label, encoder in models.items():
        bare = [kind for kind, own in uses.items() if not _prompts(encoder, own)]
        if bare:
            warn_of_bare(label, encoder, bare)


def warn_of_bare(label: str, encoder: Encoder, tasks: Sequence[str]) -> None:
    """Warn that a model with prompts of its own reads the sentences of some tasks without one.

    Args:
        label: the model's name.
        encoder: the model.
        tasks: names or kinds of the tasks.
    """
    names = getattr(encoder, "prompts", {}) if getattr(encoder, "own_prompts", False) else {}
    if names:
        logger.warning(
            "%s reads the sentences of %s without a prompt: it has prompts (%s), and none of them"
            ' is for these tasks or its default; --prompt TEXT sets one, --prompt "" none',
            label,
            ", ".join(tasks),
            ", ".join(names),
        )


def used_prompts(encoder: Encoder, tasks: Sequence[Task]) -> dict[str, str]:
    """The prompts that were used, by role (`STS`, `Retrieval-query`, ...); empty ones left out.

    Args:
        encoder: the model.
        tasks: what it was scored on.
    """
    uses = dict.fromkeys(use for task in tasks for use, _ in task.reads())
    return _prompts(encoder, list(uses))


def prompt_notes(models: Mapping[str, ModelDescription]) -> list[str]:
    """What a reader of a table must know of prompts.

    Args:
        models: that part of an evaluation's `run.json`.
    """
    return [
        f"{label} reads sentences with prompts: "
        + ", ".join(f"{use} {quoted(text)}" for use, text in model.prompts.items())
        for label, model in models.items()
        if model.prompts
    ]


def _prompts(encoder: Encoder, uses: Sequence[Role]) -> dict[str, str]:
    found = {_name(use): prompt_of(encoder, use) for use in uses}
    return {name: prompt for name, prompt in found.items() if prompt}


def _name(use: Role) -> str:
    return "-".join(part for part in (use.task or use.kind or "default", use.side) if part)
