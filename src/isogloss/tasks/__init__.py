"""Evaluation tasks: what a file holds, which texts a model must embed, which scores come out.

A task sees an `Encoder`, never a model. `load_task("sts:de-de=file.tsv")` gives one;
`recipes.evaluate` runs many.
"""

from isogloss.data.graded.sts import StsData, read_sts
from isogloss.tasks.kinds.bitext import BitextTask
from isogloss.tasks.kinds.bucc import BuccTask
from isogloss.tasks.kinds.health import HealthTask
from isogloss.tasks.kinds.retention import score_retention
from isogloss.tasks.kinds.sts import StsTask
from isogloss.tasks.load import load_task, parse_task
from isogloss.tasks.readers.bitext import BitextData, read_bitext
from isogloss.tasks.readers.bucc import BuccData, read_bucc
from isogloss.tasks.readers.health import HealthData, read_health
from isogloss.tasks.spec import TaskSpec
from isogloss.tasks.task import Settings, Task
from isogloss.vectors.cached import EmbeddedTexts

__all__ = [
    "BitextData",
    "BitextTask",
    "BuccData",
    "BuccTask",
    "EmbeddedTexts",
    "HealthData",
    "HealthTask",
    "Settings",
    "StsData",
    "StsTask",
    "Task",
    "TaskSpec",
    "load_task",
    "parse_task",
    "read_bitext",
    "read_bucc",
    "read_health",
    "read_sts",
    "score_retention",
]
