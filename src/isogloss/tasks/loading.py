"""From a task's line to the task: one row per kind."""

from collections.abc import Callable

from isogloss.tasks.bitext import BitextTask, read_bitext
from isogloss.tasks.health import HealthTask, read_health
from isogloss.tasks.spec import TaskSpec, parse_task
from isogloss.tasks.sts import StsTask, read_sts
from isogloss.tasks.task import Task


def load_task(spec: TaskSpec | str) -> Task:
    """Read a task's data.

    Args:
        spec: a parsed task, or its line `KIND:LANGS=WHERE`.

    Returns:
        The task, ready to score encoders.

    Raises:
        InputError: if the line is malformed.
        UnknownLanguageError: if a language is unknown.
        MissingFileError: if a file does not exist.
        DataFormatError: if a file does not hold what its kind requires.
    """
    if isinstance(spec, str):
        spec = parse_task(spec)
    return _LOADERS[spec.kind](spec)


def _load_sts(spec: TaskSpec) -> Task:
    return StsTask(spec.language_names, read_sts(*spec.paths), spec.data_name)


def _load_bitext(spec: TaskSpec) -> Task:
    return BitextTask(spec.language_names, read_bitext(*spec.paths), spec.data_name)


def _load_health(spec: TaskSpec) -> Task:
    return HealthTask(spec.language_names, read_health(*spec.paths), spec.data_name)


_LOADERS: dict[str, Callable[[TaskSpec], Task]] = {
    "sts": _load_sts,
    "bitext": _load_bitext,
    "health": _load_health,
}
