"""The parts of a run's record: data, training, search, tests, trim."""

from typing import Any, Literal

from isogloss.runs.descriptions import Environment, Part


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
    drawn: int | None = None
    """Pairs that training drew from, where its minutes would end before it came to all."""
    share: float | None = None
    """Share of the target sentences of an epoch that are drawn from it, where there are several
    places."""
    letters_read: float | None = None
    """Share of the target language's letters that the student's tokenizer knows."""

    @property
    def learned(self) -> int:
        """Pairs that training came to choose from: those that were drawn, or else all."""
        return self.kept if self.drawn is None else self.drawn


class ScoredPairs(Part):
    """What a model's scores of the pairs of one place are worth."""

    threshold: float | None = None
    """Lowest score that was kept."""
    translations: float | None = None
    """Share of the pairs that are translations, as estimated; null where nothing tells."""
    sampled: int = 0
    """Pairs drawn from the place, in whose neighborhoods all were scored."""


class CleanedData(Part):
    """What became of the rows of one place; `read` = `kept` + all of `dropped`."""

    where: str = ""
    """The place, as the user wrote it."""
    languages: str = ""
    """Source and target: `en-de`."""
    read: int = 0
    """Rows read."""
    kept: int = 0
    """Pairs that every filter let pass."""
    dropped: dict[str, int] = {}
    """Reason to number of rows."""
    by_filter: dict[str, int] = {}
    """Filter to number of rows that it dropped; `reading`: rows that cannot be read."""
    mended: dict[str, int] = {}
    """Mender to number of texts that it changed."""
    idle: dict[str, str] = {}
    """Filters that could not judge this place, and why."""
    scored: ScoredPairs | None = None
    """What scores are worth, where a model judged."""


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


class FinetuneDataRecord(Part):
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
    triplets_held_out: int | None = None
    """Triplets left out since they hold a sentence of the pairs that choose the checkpoint."""
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


class ScoredTask(Part):
    """A test that models were scored on."""

    task: str = ""
    """Its kind: sts, bitext, ..."""
    languages: str = ""
    """Its languages: `en-de`."""
    data: str = ""
    """Name of its data."""


class StudyRowRecord(Part):
    """A row of a reproduced table."""

    label: str = ""
    """What the table calls it."""
    pairs: dict[str, int] = {}
    """Training pairs by target language; empty for a model that was not trained here."""


class StudyRecord(Part):
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
    rows: list[StudyRowRecord] = []
    """The rows that were made."""


class TrimReport(Part):
    """What trimming did to a model."""

    tokens_before: int
    """Rows of its embedding table."""
    tokens_after: int
    """The same, trimmed."""
    parameters_before: int
    """Number of weights."""
    parameters_after: int
    """The same, trimmed."""
    bytes_before: int
    """Size of the weights on disk."""
    bytes_after: int
    """The same, trimmed."""
    compared: int
    """Sentences held out and compared; 0 without text."""
    cut_alike: float | None
    """Share of them that is segmented into the same tokens; null without text."""
    cosines: int
    """How many of them, evenly spread, were embedded before and after."""
    cosine_mean: float | None
    """Mean cosine of these embeddings before and after; null without text."""
    cosine_min: float | None
    """The least of these cosines; null without text."""


class TrimRecord(Part):
    """A model whose vocabulary was trimmed; also the content of `trim.json`."""

    schema_version: int = 0
    """Version of this format; 0 for records of before it had one."""
    isogloss: str = ""
    """Version of isogloss that trimmed."""
    command: Literal["trim"]
    """The command that ran."""
    model: str = ""
    """The model before: folder or hub name."""
    fingerprint: str = ""
    """Hash of its files."""
    settings: dict[str, Any] = {}
    """What was to stay: `languages`, `tokens`."""
    report: TrimReport | None = None
    """Sizes before and after, and how alike the two models are."""
    environment: Environment = Environment()
    """Versions and machine."""
