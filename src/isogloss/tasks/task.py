"""What every kind of task has in common: data, settings, from estimates to scores."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from isogloss.errors import InputError
from isogloss.metrics.intervals import DRAWS, SEED
from isogloss.metrics.items import ItemValues
from isogloss.metrics.score import Estimate, Score, quoted, signature
from isogloss.protocols import NO_ROLE, Encoder, FloatArray, Role, prompt_of, read_for
from isogloss.runs.provenance import code_version

_SHORT = 8


@dataclass(frozen=True)
class Settings:
    """What a number depends on besides data and model; all of it stands in the signature.

    Args:
        draws: bootstrap samples per interval.
        seed: seed of the bootstrap.
        margin_k: neighbors on each side in margin scores.
        nearest_by: what makes a neighbor the nearest in parallel accuracy: `cosine`, or `margin`
            (ratio).

    Raises:
        InputError: if a value cannot be used.
    """

    draws: int = DRAWS
    seed: int = SEED
    margin_k: int = 4
    nearest_by: Literal["cosine", "margin"] = "cosine"

    def __post_init__(self) -> None:
        if self.nearest_by not in ("cosine", "margin"):
            raise InputError(
                f"nearest_by is {self.nearest_by!r}; expected 'cosine' or 'margin'; choose one"
            )
        if self.margin_k < 1:
            raise InputError(f"margin_k is {self.margin_k}; expected at least 1; 4 is usual")

    @property
    def boot(self) -> dict[str, int]:
        """The settings of the bootstrap, as the functions of `isogloss.metrics` take them."""
        return {"draws": self.draws, "seed": self.seed}


DEFAULTS = Settings()


def short(fingerprint: str) -> str:
    """The first characters of a fingerprint, for signatures; an algorithm's name before ':' goes.

    Example:
        >>> short("sha256:53aa51172d142c89")
        '53aa5117'
    """
    return fingerprint.rpartition(":")[-1][:_SHORT]


def check_rows(n: int, **sides: FloatArray | None) -> None:
    """Check that every side has one embedding per item, before any work.

    Args:
        n: number of items.
        **sides: embeddings by the name of their side; `None` is let through.

    Raises:
        InputError: if a side has another number of rows.
    """
    for side, rows in sides.items():
        if rows is not None and len(rows) != n:
            raise InputError(
                f"{len(rows)} {side} embeddings for {n} items; expected one each;"
                " embed this task's own sentences"
            )


@dataclass(frozen=True)
class ScoreSheet:
    """The context that turns an `Estimate` into a `Score`.

    Args:
        task: kind of task.
        languages: language pair.
        data: name of the data, for people.
        fingerprint: fingerprint of the data.
        model: fingerprint of the scored model.
        settings: bootstrap and neighborhoods.
        dropped: items left out when reading, by reason.
        prompts: what stood before the sentences, by the field of the signature; an empty one is
            not named.
    """

    task: str
    languages: str
    data: str
    fingerprint: str
    model: str
    settings: Settings = DEFAULTS
    dropped: Mapping[str, int] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)

    def bootstrapped(
        self,
        metric: str,
        estimate: Estimate,
        *,
        n: int,
        items: ItemValues | None = None,
        **facts: object,
    ) -> Score:
        """A score whose interval comes from the bootstrap.

        Args:
            metric: name of the metric.
            estimate: its value and interval.
            n: number of items behind it.
            items: their values, for paired tests.
            **facts: more fields for the signature.
        """
        boot = {"boot": self.settings.draws, "seed": self.settings.seed}
        return self.exact(metric, estimate, n=n, items=items, **boot, **facts)

    def exact(
        self,
        metric: str,
        estimate: Estimate,
        *,
        n: int,
        items: ItemValues | None = None,
        **facts: object,
    ) -> Score:
        """A score whose interval has a formula; `facts` should say which.

        Args:
            metric: name of the metric.
            estimate: its value and interval.
            n: number of items behind it.
            items: their values, for paired tests.
            **facts: more fields for the signature.
        """
        low, high = estimate.interval or (None, None)
        how = signature(
            metric=metric,
            **facts,
            v=code_version(),
            data=short(self.fingerprint),
            model=short(self.model),
            **prompt_fields(self.prompts),
        )
        return Score(
            task=self.task,
            languages=self.languages,
            metric=metric,
            value=estimate.value,
            low=low,
            high=high,
            n=n,
            signature=how,
            dropped=self.dropped,
            reason=estimate.reason,
            data=self.data,
            fingerprint=self.fingerprint,
            items=items,
        )


def prompt_fields(prompts: Mapping[str, str]) -> dict[str, str]:
    """Prompts as fields of a signature; an empty one is left out."""
    return {name: quoted(text) for name, text in prompts.items() if text}


class TaskData(Protocol):
    """What a task holds: its own columns, and these two."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """Items left out when reading, by reason."""
        ...

    def fingerprint(self) -> str:
        """Hash of the content: equal on every machine."""
        ...


@dataclass(frozen=True, eq=False)
class Task(ABC):
    """One evaluation: data in hand, ready to score any encoder.

    Args:
        languages: the language pair, such as `en-de`.
        data: what the model is scored on.
        name: name of the data, for people.
        use: what a model reads the sentences for, which decides the prompt.
    """

    languages: str
    data: TaskData
    name: str = ""
    use: Role = NO_ROLE
    kind: ClassVar[str]
    """Kind of task: `sts`, `bitext`, ..."""

    def fingerprint(self) -> str:
        """Hash of its data: equal content gives an equal one on every machine."""
        return self.data.fingerprint()

    @abstractmethod
    def texts(self) -> list[str]:
        """The texts that the scored model must embed, duplicates included."""

    def reads(self) -> Sequence[tuple[Role, Sequence[str]]]:
        """The same texts with what the model reads them for."""
        return [(self.use, self.texts())]

    def teacher_texts(self) -> Sequence[str]:
        """The texts that the teacher must embed; empty if the task needs no teacher.

        It reads them as it set its targets: with its default prompt.
        """
        return []

    @abstractmethod
    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Score a model.

        Args:
            model: embeds `texts()`, with the prompts that it has for what it `reads()`.
            teacher: embeds `teacher_texts()`; needed only where these are not empty.
            settings: bootstrap and neighborhoods.

        Returns:
            One score per metric, always the same metrics in the same order. Signatures name the
            prompts.

        Raises:
            InputError: if a teacher is needed and missing, or embeddings hold NaN.
        """

    def sheet(self, model: Encoder, settings: Settings, **prompts: str) -> ScoreSheet:
        """What turns the estimates of a model into scores.

        Args:
            model: the scored model.
            settings: bootstrap and neighborhoods.
            **prompts: what stood before the sentences, by the field of the signature; without any,
                `prompt`, with which the model reads sentences for `use`.
        """
        return ScoreSheet(
            self.kind,
            self.languages,
            self.name,
            self.fingerprint(),
            model.fingerprint,
            settings,
            self.data.dropped,
            prompts or {"prompt": prompt_of(read_for(model, self.use))},
        )
