"""Models and machines as records describe them, and what every record holds."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator


class Part(BaseModel):
    """A part of a record; keys that a later version adds are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, use_attribute_docstrings=True)


class ModelDescription(Part):
    """A model, and what decides its vectors."""

    name: str = ""
    """Folder or hub name, as the user gave it."""
    fingerprint: str = ""
    """Hash of its files."""
    identity: str = ""
    """Hash of all that decides its vectors, prompt and precision included (evaluations only)."""
    dim: int | None = None
    """Length of its embeddings."""
    max_length: int | None = None
    """Longest input in tokens; null: no limit."""
    normalizes: bool | None = None
    """Whether embeddings have length 1."""
    pooling: str | list[str] | None = None
    """How token vectors become one: mean, cls, ...; several are concatenated."""
    projection: bool | None = None
    """Whether a dense layer follows the pooling."""
    static: bool | None = None
    """Whether it looks token vectors up and averages them, without a transformer."""
    precision: str = ""
    """bf16 or fp32."""
    prompt: str | None = None
    """Text put before every sentence; null in records of before it was noted."""
    prompts: dict[str, str] = {}
    """Prompts of an evaluation by their use, such as `Retrieval-query`."""
    folder: str | None = None
    """Of a teacher that the run changed: where it lies in the run's folder."""
    base: str | None = None
    """Of a teacher that the run changed: fingerprint of the one it was made of."""

    @property
    def pooling_name(self) -> str:
        """The pooling in words: `mean`, `cls + mean`; empty where it is not known."""
        return self.pooling if isinstance(self.pooling, str) else " + ".join(self.pooling or ())


class StartFacts(Part):
    """How a pretrained student was brought near its teacher before training, in closed form."""

    method: str = ""
    """`ridge` or `procrustes`; `none` where no map was better than the encoder as it is."""
    penalty: float | None = None
    """Of ridge, in mean variances of the encoder's vectors."""
    pairs: int = 0
    """Pairs that the map was solved from."""
    fvu: float | None = None
    """On held-out pairs, mean over the languages."""
    fvu_before: float | None = None
    """The same without the map."""
    accuracy: dict[str, float] = {}
    """Share of held-out translations that find their source, by language."""
    accuracy_before: dict[str, float] = {}
    """The same without the map."""
    width: int | None = None
    """Of the encoder's own vectors."""
    pooling: str | None = None
    """How tokens become what is mapped: `cls+mean` for both."""


class StudentDescription(ModelDescription):
    """The model that a run made."""

    kind: str = ""
    """transplant, static or pretrained; empty for a fine-tuned model."""
    tokens_before: int | None = None
    """Size of the vocabulary that it started from."""
    tokens_after: int | None = None
    """Size of its vocabulary."""
    new_tokens: int | None = None
    """Tokens added for the new languages."""
    aligned_tokens: int | None = None
    """New tokens whose first vector comes from the translation lexicon."""
    restarted_tokens: int | None = None
    """Tokens it started from that begin as new ones do, since the source hardly uses them."""
    dropped_for_source: int | None = None
    """New tokens left out since they would change how source sentences are segmented."""
    source_unchanged: float | None = None
    """Share of source sentences that are segmented as before."""
    tokens_per_sentence: dict[str, dict[str, float]] = {}
    """Mean tokens of a sentence by language, for `teacher` and `student`."""
    parameters: int | None = None
    """Number of weights."""
    layers: int | None = None
    """Transformer layers of a pretrained student."""
    start: StartFacts | None = None
    """How a pretrained student was brought near its teacher before training."""
    sentence_transformers: str | None = None
    """Oldest version of Sentence Transformers that loads it."""

    @property
    def is_static(self) -> bool:
        """Whether it is a table of tokens; fine-tuned models have no kind."""
        return bool(self.static) or self.kind == "static"


class Environment(Part):
    """Versions and machine."""

    python: str = ""
    """Version of Python."""
    machine: str = ""
    """Kind of processor."""
    processors: int | None = None
    """How many there are."""
    packages: dict[str, str] = {}
    """Versions by package."""


class RunRecord(Part):
    """What every command records."""

    schema_version: int = 0
    """Version of this format; 0 for records of before it had one."""
    isogloss: str = ""
    """Version of isogloss that ran."""
    finished: str = ""
    """When the run ended: ISO 8601, UTC."""
    recipe: dict[str, Any] = {}
    """The whole recipe, defaults included."""
    teacher: ModelDescription | None = None
    """The model that was taught from, or compared with."""
    notes: list[str] = []
    """What a reader of the scores must know."""
    alarms: list[str] = []
    """What the run itself found wrong."""
    environment: Environment = Environment()
    """Versions and machine."""
    seconds: dict[str, float] = {}
    """Seconds by stage, from its beginning to its end: two may overlap; `all` is the whole run."""
    peak_memory_bytes: int | None = None
    """Most memory that the main process held."""
    seed: int | None = None
    """Of everything random."""

    @field_validator("teacher", mode="before")
    @classmethod
    def _without_empty(cls, teacher: object) -> object:
        """Evaluations without a teacher were written with an empty one."""
        return None if teacher == {} else teacher
