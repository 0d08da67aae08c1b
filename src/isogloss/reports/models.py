"""The models of a run as people know them: names on the hub, never folders."""

import re
from pathlib import Path

from isogloss.reports.wording import code, place
from isogloss.runs.descriptions import ModelDescription, StudentDescription
from isogloss.runs.record import FinetuneRecord, ModelRecord

_HUB_NAME = re.compile(r"(?:[\w-][\w.-]*/)?[\w-][\w.-]*")
_HUB_OWNER = "sentence-transformers"


def on_hub(model: ModelDescription | None) -> str | None:
    """The full hub name of a model; `None` for a folder, or without a name.

    A name is one of the hub where it has the form of one and no folder of that name is here, which
    is how models are found.
    """
    name = model.name if model else ""
    if not _HUB_NAME.fullmatch(name) or Path(name).exists():
        return None
    return name if "/" in name else f"{_HUB_OWNER}/{name}"


def model_name(model: ModelDescription | None) -> str:
    """A model's name for people: its hub name, or the last part of its folder."""
    return on_hub(model) or place(model.name if model else "")


def model_code(model: ModelDescription | None) -> str:
    """A model's name as code; `""` without one."""
    name = model_name(model)
    return code(name) if name else ""


def encoder_on_hub(student: StudentDescription) -> str | None:
    """Hub name of the pretrained encoder that a student started from, if it did from one."""
    return student.name if student.kind == "pretrained" and on_hub(student) else None


def bases_on_hub(record: ModelRecord) -> list[str]:
    """Hub names of the models that a run started from."""
    if isinstance(record, FinetuneRecord):
        bases = [on_hub(record.start)]
    else:
        bases = [on_hub(record.teacher), encoder_on_hub(record.student)]
    return [name for name in bases if name]
