"""The parts of a run's record: models, data, training, machine."""

from typing import Any

from pydantic import BaseModel, ConfigDict


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
    start: dict[str, Any] | None = None
    """How a pretrained student was brought near its teacher before training."""
    sentence_transformers: str | None = None
    """Oldest version of Sentence Transformers that loads it."""


class PairsData(Part):
    """Parallel sentences from one place; `read` = `kept` + all of `dropped`."""

    where: str = ""
    """The place, as the user wrote it."""
    languages: str = ""
    """Source and target: `en-de`."""
    fingerprint: str = ""
    """Hash of the pairs that were kept."""
    read: int = 0
    """Rows read."""
    kept: int = 0
    """Pairs kept, held-out ones among them."""
    dropped: dict[str, int] = {}
    """Reason to number of rows."""
    dev: int | None = None
    """Pairs held out to choose the checkpoint."""
    in_test_tasks: int | None = None
    """Training pairs that hold a sentence of a test."""
    replayed: int | None = None
    """Of pairs that the student was taught before: how many were taught along."""
    letters_read: float | None = None
    """Share of the target language's letters that the student's tokenizer knows."""


class GradedData(Part):
    """Sentence pairs with grades, in one language."""

    files: list[str] = []
    """Names of the files."""
    scale: str = ""
    """Scale of the grades in the files: 0-1 or 0-5."""
    rows: int = 0
    """Rows read."""
    empty: int = 0
    """Rows left out because a sentence is empty."""
    unsure: int = 0
    """Rows left out because the translation's confidence is too low."""
    disagreeing: int | None = None
    """Rows left out because the translation is too far from its original."""
    fingerprint: str = ""
    """Hash of the pairs that were kept."""


class FinetuneData(Part):
    """All that a fine-tuning was given."""

    sts: dict[str, GradedData] = {}
    """Graded training pairs by language."""
    dev: dict[str, GradedData] = {}
    """Graded pairs that choose the checkpoint, by language, where they were named."""
    train_pairs: int | None = None
    """Graded pairs trained on, each in all languages."""
    dev_pairs: int | None = None
    """Graded pairs that choose the checkpoint."""
    dev_pairs_seen_in_training: int | None = None
    """Of `dev_pairs`: those whose sentences are trained on too."""
    test_pairs: int | None = None
    """Graded pairs scored before and after."""
    triplets: int | None = None
    """Triplets trained on."""
    triplets_fingerprint: str = ""
    """Hash of the triplets."""
    pairs: list[PairsData] = []
    """Parallel sentences whose vectors are held to the teacher's."""
    anchor_pairs: int | None = None
    """How many of these are used."""


class Evaluated(Part):
    """An evaluation on dev data during training."""

    step: int | None = None
    """Optimizer steps until then."""
    seconds: float | None = None
    """Seconds of training until then."""
    sentences: int | None = None
    """Sentences seen until then."""
    fraction: float | None = None
    """Share of the run that was done."""
    loss: float | None = None
    """Smoothed training loss."""
    learning_rate: float | None = None
    """Learning rate of the body."""
    dev: dict[str, float | None] = {}
    """Figures on dev data by name."""


class Training(Part):
    """How a training went."""

    sentences: int | None = None
    """Sentences seen by all processes."""
    steps: int | None = None
    """Optimizer steps."""
    epochs: float | None = None
    """Passes over the data."""
    seconds: float | None = None
    """Seconds of training alone."""
    sentences_per_second: float | None = None
    """Speed of training alone."""
    precision: str = ""
    """bf16 or fp32."""
    processes: int | None = None
    """Processes that trained together."""
    best_step: int | None = None
    """Step of the weights that were kept."""
    best_metric: str | None = None
    """Dev figure that chose them; null: the last weights were kept."""
    best_value: float | None = None
    """Its value."""
    stopped: str = ""
    """What ended the training: epochs, minutes or patience."""
    resting: list[str] = []
    """Languages that had learned enough and were only rehearsed at the end."""
    resumed_from: list[int] = []
    """Steps at which the run was taken up again."""
    history: list[Evaluated] = []
    """Evaluations in order."""
    target_squared_norm: float | None = None
    """Mean squared length of the teacher's vectors (distillation only)."""
    in_batch: dict[str, int] = {}
    """Size of a batch by what is in it (fine-tuning only)."""


class Search(Part):
    """A search for hyper-parameters by cross-validation."""

    settings: dict[str, Any] = {}
    """The recipe's `search`."""
    pairs: int | None = None
    """Graded pairs that were split into folds."""
    finished: int = 0
    """Trials that were scored on every fold."""
    pruned: int = 0
    """Trials given up as hopeless."""
    diverged: int = 0
    """Trials whose loss was no number."""
    best: dict[str, Any] = {}
    """The winner: `trial`, `params`, `value` and its interval `low`, `high`."""
    importance: dict[str, float] = {}
    """How much each setting mattered, from 0 to 1."""
    trials: list[dict[str, Any]] = []
    """Every trial: `trial`, `state`, `reason`, `value`, `folds`, `params`."""
    leak: dict[str, Any] = {}
    """Share of sentences on both sides of grouped and of naive folds."""
    check: dict[str, Any] | None = None
    """The winner on new folds, grouped and naive."""
    helpers_died: int = 0
    """Helper processes that were lost."""
    training: dict[str, Any] = {}
    """The training settings that the final model was trained with."""


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


class ScoredTask(Part):
    """A test that models were scored on."""

    task: str = ""
    """Its kind: sts, bitext, ..."""
    languages: str = ""
    """Its languages: `en-de`."""
    data: str = ""
    """Name of its data."""


class StudyRow(Part):
    """A row of a reproduced table."""

    label: str = ""
    """What the table calls it."""
    pairs: dict[str, int] = {}
    """Training pairs by target language; empty for a model that was not trained here."""


class StudyDescription(Part):
    """The published table that is reproduced."""

    name: str = ""
    """The study's name on the command line."""
    title: str = ""
    """Its heading."""
    question: str = ""
    """What it asks."""
    source: str = ""
    """Paper it was published in."""
    varies: str = ""
    """What differs from row to row: models, sizes or corpora."""
    rows: list[StudyRow] = []
    """The rows that were made."""
