"""What a distillation can be told: the schema of its recipe."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from isogloss.data.cleaning import Cleaning
from isogloss.students.transplant import TransplantSettings
from isogloss.training.settings import TrainSettings


@dataclass(frozen=True)
class StudentRecipe:
    """The student.

    Attributes:
        kind: "transplant", or the folder or hub name of a pretrained multilingual encoder.
        transplant: settings of the transplant.
    """

    kind: str = "transplant"
    transplant: TransplantSettings = field(default_factory=TransplantSettings)


@dataclass(frozen=True)
class DistillRecipe:
    """A distillation.

    Attributes:
        teacher: folder or name of the model that knows the source language.
        pairs: places of parallel sentences, `LANGS=WHERE`; the source language is the same in all.
        out: folder for the student and everything about it.
        student: what to train.
        training: how.
        cleaning: which pairs to drop.
        tasks: evaluation tasks, `KIND:LANGS=WHERE`; never used for any choice.
        dev_pairs: held-out pairs for the largest language; the others give the same share, small
            ones more (see `hold_out`).
        prompt: text the teacher expects before every sentence.
    """

    teacher: str
    pairs: tuple[str, ...]
    out: str
    student: StudentRecipe = field(default_factory=StudentRecipe)
    training: TrainSettings = field(default_factory=TrainSettings)
    cleaning: Cleaning = field(default_factory=Cleaning)
    tasks: tuple[str, ...] = ()
    dev_pairs: int = 1_000
    prompt: str = ""

    def __post_init__(self) -> None:
        """Settle what depends on the kind of student, so that every account of a run names it."""
        training = self.training.settled(transplant=self.student.kind == "transplant")
        object.__setattr__(self, "training", training)

    def fingerprint(self) -> str:
        """Hash of all that decides the prepared data and the untrained student."""
        values = asdict(self)
        for name in ("out", "tasks"):
            values.pop(name)
        values["training"] = {"max_tokens": self.training.max_tokens}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
