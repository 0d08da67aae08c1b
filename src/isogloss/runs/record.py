"""`run.json`, the record of a run: its schema, its one writer, and its one reader."""

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from isogloss.data.languages import LanguagePair, parse_language_pair
from isogloss.errors import DataFormatError, MissingFileError
from isogloss.runs.descriptions import ModelDescription, RunRecord, StudentDescription
from isogloss.runs.exports import ExportFacts
from isogloss.runs.parts import (
    CleanedData,
    FinetuneDataRecord,
    PairsData,
    ScoredTask,
    Search,
    StudyRecord,
    Training,
    TrimRecord,
)
from isogloss.runs.reading import read_json
from isogloss.writing import write_json

RUN_FILE = "run.json"

SCHEMA_VERSION = 1
"""Of the records that this version writes; raised when an old reader would misread a new record."""


class TrainingRecord(RunRecord):
    """What the commands record that train a model."""

    student: StudentDescription = StudentDescription()
    """The model that was made."""
    training: Training = Training()
    """How training went."""
    languages: list[str] | None = None
    """Languages of the model, where they are not those of `data`."""
    trim: TrimRecord | None = None
    """Of a model that was trimmed after its training: how."""


class ComparisonRecord(RunRecord):
    """What the commands record that score several models."""

    models: dict[str, ModelDescription] = {}
    """The models by their label in `scores.json`."""


class DistillRecord(TrainingRecord):
    """A distillation."""

    command: Literal["distill"]
    """The command that ran."""
    data: list[PairsData] = []
    """The parallel sentences, a part for each place."""
    dictionaries: list[PairsData] = []
    """Dictionaries beside them, a part for each place."""

    @property
    def parallel(self) -> list[PairsData]:
        """The parallel sentences that it was trained on."""
        return self.data

    @property
    def pairs(self) -> list[LanguagePair]:
        """Source and target language of every place."""
        return [parse_language_pair(part.languages) for part in self.data]

    @property
    def source_language(self) -> str:
        """The language that the teacher knows; empty where there is no data."""
        return self.pairs[0].source if self.data else ""

    @property
    def model_languages(self) -> list[str]:
        """All languages of the model, the source first; of a trimmed model those that are left."""
        if self.languages is not None:
            return sorted(self.languages, key=lambda code: code != self.source_language)
        return list(dict.fromkeys(code for pair in self.pairs for code in pair))


class FinetuneRecord(TrainingRecord):
    """A fine-tuning."""

    command: Literal["finetune"]
    """The command that ran."""
    pivot: str = ""
    """The language that others are crossed and compared with."""
    start: ModelDescription = ModelDescription()
    """The model before."""
    data: FinetuneDataRecord = FinetuneDataRecord()
    """What was trained and chosen on."""
    search: Search | None = None
    """The search for hyper-parameters, if there was one."""

    @property
    def parallel(self) -> list[PairsData]:
        """The parallel sentences that it was trained on."""
        return self.data.pairs

    @property
    def source_language(self) -> str:
        """The pivot."""
        return self.pivot

    @property
    def model_languages(self) -> list[str]:
        """Languages that were fine-tuned, the pivot first; of a trimmed model those left."""
        return sorted(self.languages or [], key=lambda code: code != self.pivot)


class EvaluateRecord(ComparisonRecord):
    """An evaluation."""

    command: Literal["evaluate"]
    """The command that ran."""
    tasks: list[ScoredTask] = []
    """The tests."""
    settings: dict[str, Any] = {}
    """Bootstrap and neighborhoods."""
    published: bool = False
    """Whether the pages also show published results."""


class ReproduceRecord(ComparisonRecord):
    """A published table made again."""

    command: Literal["reproduce"]
    """The command that ran."""
    study: StudyRecord = StudyRecord()
    """The table."""


class ExportRecord(ComparisonRecord):
    """A model in another form."""

    command: Literal["export"]
    """The command that ran."""
    export: ExportFacts = ExportFacts()
    """The model, its forms, and how they were measured."""
    tasks: list[ScoredTask] = []
    """The tests."""
    origin: DistillRecord | FinetuneRecord | None = None
    """How the model was trained, where its folder told."""


class CleanRecord(RunRecord):
    """Parallel sentences that were cleaned, or judged by a model."""

    command: Literal["data clean", "data filter"]
    """The command that ran."""
    data: list[CleanedData] = []
    """What became of the rows, a part for each place."""
    tested: dict[str, int] = {}
    """Evaluation sets that were kept out: number of sentences by name."""
    models: dict[str, ModelDescription] = {}
    """The models that judged, by name."""


class TranslateRecord(RunRecord):
    """A set that was carried into another language."""

    command: Literal["data translate"]
    """The command that ran."""
    rows: int = 0
    """Rows of the file, and of what was written."""
    texts: int = 0
    """Distinct texts, each translated once."""
    set_aside: int = 0
    """Rows whose texts were left empty: unsure, or not translated."""
    confidence: str = ""
    """What tells how sure a row is; empty where nothing does."""
    confidence_mean: float | None = None
    """Its mean over the rows."""
    tokens_in: int = 0
    """Tokens that a server read for all of it, by its own count."""
    tokens_out: int = 0
    """Tokens that it wrote."""
    price: float | None = None
    """For both, by the prices given."""


ModelRecord = DistillRecord | FinetuneRecord
"""The record of a command that trains a model."""

Record = Annotated[
    ModelRecord | EvaluateRecord | ReproduceRecord | ExportRecord | CleanRecord | TranslateRecord,
    Field(discriminator="command"),
]
"""The record of any command that leaves `run.json`."""

_COMMANDS = [
    name
    for kind in get_args(get_args(Record)[0])
    for name in get_args(kind.model_fields["command"].annotation)
]
RECORDS: TypeAdapter[Record] = TypeAdapter(Record)
"""Checks plain JSON, and makes the schema."""


def read_record(folder: Path | str) -> Record:
    """Read the record of a run.

    Args:
        folder: the run's folder.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: it is damaged, of another program, or of a later version.
    """
    path = Path(folder) / RUN_FILE
    return parse_record(read_json(path), str(path))


def find_record(folder: Path | str) -> Record | None:
    """The record of the run that made a folder; None where no run of ours did.

    Args:
        folder: of any model.

    Raises:
        DataFormatError: `run.json` is damaged, or of a later version.
    """
    path = Path(folder) / RUN_FILE
    content = read_json(path) if path.is_file() else None
    known = isinstance(content, dict) and content.get("command") in _COMMANDS
    return parse_record(content, str(path)) if known else None


def parse_record(content: object, name: str) -> Record:
    """Check what `run.json` holds.

    Args:
        content: plain JSON.
        name: what to call it in an error.

    Raises:
        DataFormatError: it is damaged, of another program, or of a later version.
    """
    if not isinstance(content, dict):
        raise DataFormatError(
            f"{name} holds a JSON {type(content).__name__}; expected an object; run the command "
            "again"
        )
    version = content.get("schema_version", 0)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise DataFormatError(
            f"{name} has schema_version {version}; expected at most {SCHEMA_VERSION}, the latest "
            "that this version of isogloss reads: update isogloss"
        )
    if content.get("command") not in _COMMANDS:
        raise DataFormatError(
            f"{name} is no record of isogloss: its command is {content.get('command')!r}; expected "
            f"one of {', '.join(_COMMANDS)}; name the folder of a run"
        )
    try:
        return RECORDS.validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"][1:]))
        raise DataFormatError(
            f"{name} is damaged: {key} is {str(first['input'])[:80]!r}, {first['msg'].lower()}; "
            "expected what a run wrote; run the command again"
        ) from error


def is_record(path: Path) -> bool:
    """Whether a file is a record of ours, complete or not: other programs have a `run.json` too."""
    try:
        content = read_json(path)
    except (OSError, DataFormatError, MissingFileError):
        return False
    return isinstance(content, dict) and "isogloss" in content


def write_record(folder: Path, record: RunRecord) -> None:
    """Write `run.json` into a run's folder, whole or not at all.

    Raises:
        OutputFolderError: it cannot be written.
    """
    write_json(folder / RUN_FILE, as_json(record))


def as_json(record: RunRecord | TrimRecord) -> dict[str, Any]:
    """A record as plain JSON, in the present version; keys that were never set are left out."""
    content = record.model_dump(mode="json", exclude_unset=True)
    content.pop("schema_version", None)
    return {"schema_version": SCHEMA_VERSION} | content
