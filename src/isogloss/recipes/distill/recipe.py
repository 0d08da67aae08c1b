"""The recipe of a distillation: all of its settings."""

import hashlib
import json
from dataclasses import asdict, field

from pydantic import PositiveInt

from isogloss.config import Place, Share, settings
from isogloss.data.cleaning import Cleaning
from isogloss.data.places import check_named, named_value
from isogloss.students.settings import PoolingMode, PretrainedSettings, Start, TransplantSettings
from isogloss.training.distill.settings import TrainSettings

MADE_OF_TEACHER = ("transplant", "static")
"""Kinds of student; a folder of such a name is reached as `./transplant`."""


@settings("student")
class StudentRecipe:
    """The student.

    Attributes:
        kind: "transplant", "static", the folder of a finished run whose student learns more
            languages, or the folder or hub name of a pretrained multilingual encoder. The two words
            are always the kinds: a folder of that name is `./transplant`.
        transplant: settings of the vocabulary and the first embeddings of a transplant; those of a
            static student are made in the same way.
        pretrained: what is made of a pretrained encoder.
        replay: share of the earlier languages' pairs among all, where a finished student learns
            more; 0 rehearses none.
        start: how a pretrained encoder is brought near the teacher before it is trained, by one
            linear map: "ridge", "procrustes", the better of both ("auto"), or "none", as the paper
            has it.
    """

    kind: Place = "transplant"
    transplant: TransplantSettings = field(default_factory=TransplantSettings)
    pretrained: PretrainedSettings = field(default_factory=PretrainedSettings)
    replay: Share = 0.3
    start: Start = "auto"

    @property
    def base(self) -> str | None:
        """The model that the student starts from; None if it is made from the teacher."""
        return None if self.kind in MADE_OF_TEACHER else self.kind

    @property
    def remote_code(self) -> bool:
        """Whether to run code that comes with the student when it is loaded."""
        return self.base is not None and self.pretrained.remote_code


@settings()
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
            a smaller draw is a part of a larger one; of some places alone, by a part of their
            names: `{OpenSubtitles = 500_000}`. None: all.
        dev_pairs: held-out pairs of the largest place; the others give the same share, small
            ones more (see `split_dev`). At most 500 of a language choose the weights.
        prompt: text the teacher expects before every sentence; empty: the one it brings, if it
            does.
        teacher_pooling: how the teacher's tokens become a sentence, in place of its own way.
        teacher_dim: width that the teacher's embeddings are shortened to, by their principal
            components.
    """

    teacher: Place
    pairs: tuple[Place, ...]
    out: Place
    student: StudentRecipe = field(default_factory=StudentRecipe)
    training: TrainSettings = field(default_factory=TrainSettings)
    cleaning: Cleaning = field(default_factory=Cleaning)
    tasks: tuple[Place, ...] = ()
    max_pairs: PositiveInt | dict[str, PositiveInt] | None = None
    dev_pairs: PositiveInt = 1_000
    prompt: str = ""
    teacher_pooling: PoolingMode | None = None
    teacher_dim: PositiveInt | None = None

    def __post_init__(self) -> None:
        """Refuse caps and weights of corpora that are not among the pairs."""
        if isinstance(self.max_pairs, dict):
            check_named("max_pairs", self.max_pairs, self.pairs)
        check_named("training.corpus_weights", self.training.corpus_weights, self.pairs)

    def most(self, place: str) -> int | None:
        """How many pairs of a place are drawn at most; None: all."""
        if isinstance(self.max_pairs, dict):
            return named_value(self.max_pairs, place, None)
        return self.max_pairs

    @property
    def places(self) -> tuple[str, ...]:
        """All data that it reads, as its user wrote them."""
        return (*self.pairs, *self.tasks)

    def fingerprint(self) -> str:
        """Hash of all that decides the prepared data and the untrained student."""
        values = asdict(self)
        for name in ("out", "tasks"):
            values.pop(name)
        values["training"] = {"max_tokens": self.training.max_tokens}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
