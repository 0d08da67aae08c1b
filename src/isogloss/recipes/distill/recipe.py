"""What a distillation can be told: the schema of its recipe."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field

from isogloss.data.cleaning import Cleaning
from isogloss.errors import InputError
from isogloss.recipes.distill.replay import earlier_run
from isogloss.runs.folder import spare_models
from isogloss.students.new_tokens import TransplantSettings
from isogloss.students.pretrained import PoolingMode, PretrainedSettings
from isogloss.students.start import Start
from isogloss.training.distill.settings import Kind, TrainSettings


@dataclass(frozen=True)
class StudentRecipe:
    """The student.

    Attributes:
        kind: "transplant", "static", the folder of a finished run whose student learns more
            languages, or the folder or hub name of a pretrained multilingual encoder.
        transplant: settings of the vocabulary and the first embeddings of a transplant; those of a
            static student are made in the same way.
        pretrained: what is made of a pretrained encoder.
        replay: share of the earlier languages' pairs among all, where a finished student learns
            more; 0 rehearses none.
        start: how a pretrained encoder is brought near the teacher before it is trained, by one
            linear map: "ridge", "procrustes", the better of both ("auto"), or "none", as the paper
            has it.
    """

    kind: str = "transplant"
    transplant: TransplantSettings = field(default_factory=TransplantSettings)
    pretrained: PretrainedSettings = field(default_factory=PretrainedSettings)
    replay: float = 0.3
    start: Start = "auto"

    def __post_init__(self) -> None:
        """Refuse a share that is none, and what cannot be done to a finished student again."""
        if not 0 <= self.replay < 1:
            raise InputError(
                f"student.replay is {self.replay}; expected a number from 0 up to, but not "
                "including, 1; set another value"
            )
        earlier, made = earlier_run(self.kind), self.pretrained
        smaller = made.trim or made.every != 1 or bool(made.layers)
        if smaller and earlier and earlier.student_kind == "pretrained":
            raise InputError(
                f"student {self.kind!r} is finished, and student.pretrained has trim={made.trim}, "
                f"layers={list(made.layers)}, every={made.every}; expected these to be left out, "
                "since they make a student of an encoder once; isogloss trim makes it smaller"
            )

    @property
    def family(self) -> Kind:
        """What the defaults of training go by."""
        earlier = earlier_run(self.kind)
        kinds: dict[str, Kind] = {"transplant": "transplant", "static": "static"}
        return kinds.get(earlier.student_kind if earlier else self.kind, "pretrained")

    @property
    def door(self) -> str:
        """By which `isogloss.students.kinds` makes it."""
        return self.kind if self.family == "pretrained" else self.family

    @property
    def remote_code(self) -> bool:
        """Whether code that the student brings is run when it is loaded."""
        return self.family == "pretrained" and self.pretrained.remote_code


@dataclass(frozen=True)
class DistillRecipe:
    """A distillation.

    Attributes:
        teacher: folder or name of the model that knows the source language.
        pairs: places of parallel sentences, `LANGS=WHERE`; the source language is the same in all.
        out: folder for the student and everything about it; `~` is the home.
        student: what to train.
        training: how.
        cleaning: which pairs to drop.
        tasks: evaluation tasks, `KIND:LANGS=WHERE`; never used for any choice.
        max_pairs: at most so many usable pairs of each place, drawn at random: always the same, and
            a smaller draw is a part of a larger one. None: all.
        dev_pairs: held-out pairs for the largest language; the others give the same share, small
            ones more (see `hold_out`).
        prompt: text the teacher expects before every sentence; empty: the one it brings, if it
            does.
        teacher_pooling: how the teacher's tokens become a sentence, in place of its own way.
        teacher_dim: width that the teacher's embeddings are shortened to, by their principal
            components.
    """

    teacher: str
    pairs: tuple[str, ...]
    out: str
    student: StudentRecipe = field(default_factory=StudentRecipe)
    training: TrainSettings = field(default_factory=TrainSettings)
    cleaning: Cleaning = field(default_factory=Cleaning)
    tasks: tuple[str, ...] = ()
    max_pairs: int | None = None
    dev_pairs: int = 1_000
    prompt: str = ""
    teacher_pooling: PoolingMode | None = None
    teacher_dim: int | None = None

    def __post_init__(self) -> None:
        """Settle what depends on the kind of student, so that every account of a run names it."""
        if self.dev_pairs < 1:
            raise InputError(
                f"dev_pairs is {self.dev_pairs}; expected a number above 0; leave it out for 1,000"
            )
        if self.max_pairs is not None and self.max_pairs < 1:
            raise InputError(
                f"max_pairs is {self.max_pairs}; expected a number above 0; leave it out for all"
            )
        if self.teacher_dim is not None and self.teacher_dim < 1:
            raise InputError(
                f"teacher_dim is {self.teacher_dim}; expected a number above 0, below the "
                "teacher's width; leave it out to keep that"
            )
        object.__setattr__(self, "out", os.path.expanduser(self.out))
        object.__setattr__(self, "teacher", os.fspath(self.teacher))
        spare_models(self.out, (self.teacher, self.student.kind))
        training = self.training.settled(self.student.family)
        object.__setattr__(self, "training", training)

    def fingerprint(self) -> str:
        """Hash of all that decides the prepared data and the untrained student."""
        values = asdict(self)
        for name in ("out", "tasks"):
            values.pop(name)
        values["training"] = {"max_tokens": self.training.max_tokens}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
