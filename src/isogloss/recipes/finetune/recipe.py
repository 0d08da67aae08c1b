"""The recipe of a fine-tuning: all of its settings."""

import hashlib
import json
from dataclasses import asdict, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt

from isogloss.config import Part, Place, settings
from isogloss.data.cleaning import Cleaning
from isogloss.errors import InputError
from isogloss.students.settings import PoolingMode
from isogloss.training.finetune.settings import FinetuneSettings
from isogloss.tuning.settings import SearchSettings

Crossings = Literal["all", "pivot", "none"]


@settings("quality")
class Quality:
    """Which translations of graded pairs are good enough.

    Attributes:
        min_confidence: rows whose column `confidence` says less are left out in that language;
            the published multilingual models took 0.7.
        min_agreement: rows of which a sentence is further from its original than this cosine,
            as the model sees it before training, are left out in that language; 0 asks nothing.
    """

    RENAMED: ClassVar = {
        "least_confidence": "min_confidence",
        "least_agreement": "min_agreement",
    }

    min_confidence: Part = 0.0
    min_agreement: Part = 0.0


@settings()
class FinetuneRecipe:
    """A fine-tuning.

    Attributes:
        model: folder or name of the model to start from: a student, or any encoder.
        out: folder for the model and everything about it.
        sts: graded pairs, `LANG=FILE`; row by row the same pairs in every language.
        crossings: which languages of the first and the second sentence are trained on: "all", every
            ordered pair of languages; "pivot", each language alone, and with the pivot both ways;
            "none", each language alone.
        pivot: the language that "pivot" crosses with; None: the one the model was distilled from,
            else the first of `sts`.
        dev: graded pairs that choose the weights, `LANG=FILE`; none given: a share of `sts`.
        dev_share: that share, held out so that no sentence crosses; 0 trains on everything, and
            keeps the last weights.
        dev_pairs: at most so many dev pairs are looked at during training.
        test: graded pairs, `LANG=FILE`, that are scored before and after, every language with every
            other; never used for any choice.
        quality: which translations are good enough.
        nli: for teachers: `LANG=FILE` of premise, hypothesis and label, or of triplets.
        pairs: parallel sentences, `LANGS=WHERE`, held to their targets so that the distillation is
            kept.
        anchor_pairs: at most so many of them are used.
        teacher: whose vectors the targets are; None: those of the model before training.
        teacher_prompt: text that the teacher puts before every sentence, `""` for none; None: the
            one that it taught `model` with, if a run tells, else its own.
        cleaning: which of the parallel sentences to drop.
        pooling: how tokens become a sentence, where the model is a plain encoder; None: as its
            folder says, "mean" where it says nothing.
        training: how.
        search: how hyper-parameters are looked for, by which everything is trained on in the end.
        tasks: evaluation tasks, `KIND:LANGS=WHERE`; never used for any choice.
    """

    model: Place
    out: Place
    sts: tuple[Place, ...] = ()
    crossings: Crossings = "all"
    pivot: str | None = None
    dev: tuple[Place, ...] = ()
    dev_share: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    dev_pairs: PositiveInt = 500
    test: tuple[Place, ...] = ()
    quality: Quality = field(default_factory=Quality)
    nli: tuple[Place, ...] = ()
    pairs: tuple[Place, ...] = ()
    anchor_pairs: PositiveInt = 20_000
    teacher: Place | None = None
    teacher_prompt: str | None = None
    cleaning: Cleaning = field(default_factory=Cleaning)
    pooling: PoolingMode | None = None
    training: FinetuneSettings = field(default_factory=FinetuneSettings)
    search: SearchSettings = field(default_factory=SearchSettings)
    tasks: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        """Refuse recipes with nothing to train on, and settings without effect."""
        if not self.sts and not self.nli:
            raise InputError(
                "neither graded pairs nor triplets were given; expected one of them: add --sts "
                "LANG=FILE or --nli LANG=FILE"
            )
        if self.search.trials and not self.sts:
            raise InputError("a search needs graded pairs; expected some: add --sts LANG=FILE")
        if self.teacher is None and self.teacher_prompt is not None:
            raise InputError(
                f"teacher_prompt is {self.teacher_prompt!r} and no teacher was given; expected "
                "one: add --teacher NAME, or leave teacher_prompt out"
            )
        self._check_patience()
        for name in ("minutes", "epochs"):
            value = getattr(self.training, name)
            if self.search.trials and value is not None:
                raise InputError(
                    f"training.{name} is {value} and a search was asked for, which tries how long "
                    f"to train; expected one of them: leave --{name} out (beside a recipe that has "
                    f"it: --set training.{name}=none); search.epochs=[1, 2] sets the range"
                )

    def _check_patience(self) -> None:
        """Refuse to wait for a better evaluation where nothing is evaluated."""
        patience = self.training.patience
        if patience is None:
            return
        if self.search.trials:
            raise InputError(
                f"training.patience is {patience} and a search was asked for, which tries how long "
                "to train; expected one of them: leave patience out (beside a recipe that has it: "
                "--set training.patience=none)"
            )
        if not self.dev and not (self.sts and self.dev_share):
            way = ", or set dev_share above 0" if self.sts else ""
            raise InputError(
                f"training.patience is {patience} and no pairs are held out that an evaluation "
                f"could go by; expected some: add --dev LANG=FILE{way}, or leave patience out"
            )

    @property
    def places(self) -> tuple[str, ...]:
        """All data that it reads, as its user wrote them."""
        return (*self.sts, *self.dev, *self.test, *self.nli, *self.pairs, *self.tasks)

    def fingerprint(self) -> str:
        """Hash of all that decides what is trained on."""
        values = asdict(self)
        for name in ("out", "tasks", "test"):
            values.pop(name)
        for name in ("workers", "check"):
            values["search"].pop(name)
        if self.teacher_prompt is None:
            values.pop("teacher_prompt")  # runs begun before there was one go on
        values["search"]["trials"] = bool(self.search.trials)  # a search may be made longer
        for name in ("minutes", "epochs", "evaluations", "checkpoint_minutes", "report_to"):
            values["training"].pop(name)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
