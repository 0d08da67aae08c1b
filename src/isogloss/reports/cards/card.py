"""The model card: a README.md that the hub understands and a reader can trust."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from isogloss.errors import DataFormatError, MissingFileError
from isogloss.metrics.score import Score
from isogloss.paths import given_path
from isogloss.reports.cards.metadata import metadata
from isogloss.reports.finetune_tables import (
    finetune_summary,
    graded_tables,
    hyper_table,
    search_lines,
)
from isogloss.reports.models import encoder_on_hub, model_name, on_hub
from isogloss.reports.results import (
    COLUMNS,
    FINETUNE_COLUMNS,
    HOW_TO_READ,
    TRAINED,
    change_lines,
    in_order,
    index_scores,
    result_sections,
    weakest,
)
from isogloss.reports.run_tables import (
    data_table,
    fingerprints,
    properties_table,
    recipe_table,
    source_name,
    student_table,
    tested_pairs,
    training_table,
    trim_table,
    versions,
)
from isogloss.reports.tables import scores_table
from isogloss.reports.templates import render_markdown
from isogloss.reports.wording import code, language, listed, place, without_paths
from isogloss.runs.files import read_scores
from isogloss.runs.parts import TrimRecord
from isogloss.runs.record import DistillRecord, FinetuneRecord, ModelRecord, read_record
from isogloss.runs.roles import held_out_note
from isogloss.writing import write_whole

CARD_FILE = "README.md"
MODEL_PLACE = "PATH/OR/NAME"
"""What stands in code where the model's name is not known yet."""

_MOST_SENTENCES = 4
"""Languages in which the code of a card says the same."""

Scores = Mapping[str, Sequence[Score]]


def write_card(folder: Path | str, *, name: str = "", license: str = "") -> Path:
    """Write `README.md` from a folder's `run.json` and, where it is there, `scores.json`.

    Args:
        folder: the model's folder.
        name: see `model_card`.
        license: see `model_card`.

    Returns:
        The path of the card; an existing one is replaced.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
        OutputFolderError: the folder cannot be written.
    """
    folder = given_path(folder)
    card = folder / CARD_FILE
    write_whole(card, card_of(folder, name=name, license=license))
    return card


def card_of(folder: Path | str, *, name: str = "", license: str = "") -> str:
    """The card that `write_card` writes.

    Raises:
        MissingFileError: there is no `run.json`.
        DataFormatError: `run.json` or `scores.json` cannot be read.
    """
    folder = given_path(folder)
    try:
        scores = read_scores(folder)
    except MissingFileError:
        scores = {}
    record = read_record(folder)
    if not isinstance(record, DistillRecord | FinetuneRecord):
        raise DataFormatError(
            f"{folder} is a run of {record.command!r}; expected one that trained a model, which a "
            "card is about: name the folder of a model"
        )
    return model_card(record, scores, name=name, license=license)


def model_card(record: ModelRecord, scores: Scores, *, name: str = "", license: str = "") -> str:
    """The card of a distilled or fine-tuned model, trimmed or not.

    Args:
        record: the record of the run; what it does not say is left out.
        scores: scores per model label, `trained` or `after` being the model itself.
        name: name under which readers will load the model, such as `owner/name`; `""` puts
            `MODEL_PLACE` in its place.
        license: identifier of its license on the hub, such as `apache-2.0`; `""` where it is not
            known.

    Returns:
        Markdown with a YAML head; it names no folder of this machine.
    """
    if finetuned := isinstance(record, FinetuneRecord):
        own = _finetuned(record)
    else:
        own = _distilled(record, scores)
    names = listed([language(tag) for tag in record.model_languages])
    title = name.rpartition("/")[-1] or _title(record, names)
    return render_markdown(
        "cards/card.md.jinja",
        finetuned=finetuned,
        student=record.student,
        names=names,
        title=title,
        license=license,
        metadata=metadata(record, scores, title=title, license=license),
        usage=_usage(record, name or MODEL_PLACE),
        trim=_trim(record.trim),
        epochs=record.training.epochs,
        tested_pairs=tested_pairs(record.parallel),
        weakest=weakest(scores),
        evaluated=any(scores.values()),
        held_out_note=held_out_note(scores, given=finetuned and bool(record.recipe.get("dev"))),
        alarms=[without_paths(alarm) for alarm in record.alarms],
        how_to_read=HOW_TO_READ,
        columns=_columns(record, scores),
        results=result_sections(in_order(scores)),
        **own,
    )


def _title(record: ModelRecord, names: str) -> str:
    if isinstance(record, FinetuneRecord):
        start = place(record.start.name) or "A model"
        return f"{start}, fine-tuned for {names}" if names else f"{start}, fine-tuned"
    teacher = model_name(record.teacher).rpartition("/")[-1] or "A sentence-embedding model"
    return f"{teacher} in {names}" if names else f"{teacher}, distilled"


def _distilled(record: DistillRecord, scores: Scores) -> dict[str, Any]:
    """What only the card of a distilled model says."""
    index = index_scores(scores)
    tables = {
        "## Training data": data_table(record.data),
        "## Dictionaries": data_table(record.dictionaries),
        "## Training": training_table(record),
        "### Hyper-parameters": recipe_table(record),
        "### Vocabulary and size": student_table(record),
    }
    properties = properties_table(record)
    return {
        "teacher": model_name(record.teacher),
        "teacher_on_hub": on_hub(record.teacher),
        "encoder_on_hub": encoder_on_hub(record.student),
        "source_name": source_name(record),
        "properties": properties.markdown() if properties else "",
        "changes": change_lines(scores, record.source_language),
        "index": scores_table(index, hide=("task",)).markdown() if index else "",
        "tables": {title: table.markdown() for title, table in tables.items() if table},
        "search": [],
        "origin": [text for text in (versions(record), fingerprints(record)) if text],
    }


def _finetuned(record: FinetuneRecord) -> dict[str, Any]:
    """What only the card of a fine-tuned model says."""
    tables = {
        **{f"## {title}": table for title, table in graded_tables(record.data).items()},
        "## Parallel sentences": data_table(record.parallel),
        "## Training": training_table(record),
        "### Hyper-parameters": hyper_table(record),
    }
    return {
        "summary": finetune_summary(record),
        "changes": [],
        "index": "",
        "tables": {title: table.markdown() for title, table in tables.items() if table},
        "search": search_lines(record.search) if record.search else [],
        "origin": [text for text in (versions(record),) if text],
    }


def _columns(record: ModelRecord, scores: Scores) -> str:
    """What the columns of the results are."""
    if isinstance(record, FinetuneRecord):
        return "; ".join(f"{code(label)}: {text}" for label, text in FINETUNE_COLUMNS.items())
    if TRAINED not in scores:
        return ""
    return "; ".join(f"{code(key)}: {text}" for key, text in COLUMNS.items() if key in scores)


def _usage(record: ModelRecord, model: str) -> dict[str, Any]:
    """What the code of a card needs to embed sentences as the model was trained to."""
    student = record.student
    prompt = record.start.prompt if isinstance(record, FinetuneRecord) else ""
    plain = not (student.is_static or student.projection or prompt)
    return {
        "model": model,
        "oldest": student.sentence_transformers,
        "sentences": _sentences(record.model_languages or ["en"]),
        "prompt": json.dumps(prompt, ensure_ascii=False) if prompt else "",
        "dim": student.dim or "dim",
        "max_length": student.max_length,
        "transformers_alone": plain and student.pooling_name in ("mean", "cls"),
    }


def _sentences(codes: Sequence[str]) -> list[str]:
    """A sentence in a few languages, then another sentence to tell it from."""
    content = files(__package__).joinpath("examples.toml").read_text(encoding="utf-8")
    known = tomllib.loads(content)
    same = [
        known.get(code) or known.get(code.partition("-")[0]) or f"(the same in {language(code)})"
        for code in codes[:_MOST_SENTENCES]
    ]
    return [*same, "The library is closed on Mondays."]


def _trim(trim: TrimRecord | None) -> dict[str, Any]:
    """What was trimmed, and how alike the model is to what it was; empty where nothing was."""
    if trim is None:
        return {}
    names = listed([language(str(tag)) for tag in trim.settings.get("languages") or ()])
    return {
        "origin": trim.model or "another model",
        "budget": trim.settings.get("tokens"),
        "kept": f"in the scripts of {names}" if names else "spelled in the letters of a text",
        "sizes": trim_table(trim.report).markdown(),
        "report": trim.report,
    }
