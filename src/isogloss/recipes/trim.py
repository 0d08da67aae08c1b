"""Make a model smaller: drop the tokens that its languages do not use, and compare."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from isogloss.console import Console
from isogloss.data.languages import canonical_language
from isogloss.data.readers.opening import read_lines
from isogloss.encoders.classic import required_version
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model, fingerprint_model, model_files
from isogloss.encoders.tokens import check_body
from isogloss.errors import DataFormatError
from isogloss.paths import given_path
from isogloss.reports.cards.card import write_card
from isogloss.runs.descriptions import StudentDescription
from isogloss.runs.lifecycle import open_run
from isogloss.runs.parts import TrimRecord, TrimReport
from isogloss.runs.provenance import code_version, environment
from isogloss.runs.record import (
    SCHEMA_VERSION,
    TrainingRecord,
    as_json,
    find_record,
    write_record,
)
from isogloss.students.estimate import count_parameters
from isogloss.vectors import paired_cosines
from isogloss.vocabulary.trim_model import (
    TrimSettings,
    choose_tokens,
    kept_languages,
    same_segmentation,
    token_table,
    trim_model,
)
from isogloss.writing import write_json, writing

HELD_OUT = 20
"""Every so manieth line of the text is left out of the choice, and compared."""

MAX_COMPARED = 1_000
"""Held-out lines whose vectors are compared; the cut is compared on all."""

COUNTED = (
    "new_tokens",
    "aligned_tokens",
    "restarted_tokens",
    "dropped_for_source",
    "source_unchanged",
    "tokens_per_sentence",
)
"""What a run says of its student's tokens that holds no more once some of them are gone."""


def trim(
    model: str,
    out: Path | str,
    *,
    languages: Sequence[str] = (),
    texts: Sequence[Path | str] = (),
    tokens: int | None = None,
    console: Console | None = None,
) -> TrimReport:
    """Trim a model's vocabulary.

    The account of a student's training goes with it, the trim noted in it, and a card is made anew.
    Scores stay behind: they are not those of the trimmed model.

    Args:
        model: folder or hub name of a Sentence Transformers model.
        out: a new or empty folder.
        languages: BCP 47 codes; every token in their scripts stays.
        texts: files of sentences, one per line; without `languages` every token stays whose
            characters are all in the text. A twentieth of the lines is held out for the report.
        tokens: keep at most so many tokens, those that the text uses most.
        console: told about the stages; None is silent.

    Returns:
        Sizes, and how alike the two models are on held-out lines; `trim.json` in `out` has it too.

    Raises:
        InputError: nothing says what to keep, or the budget is too small; the model has no tokens
            for a language or the text.
        ModelShapeError: the tokenizer is of a kind that cannot be trimmed.
        ModelNotFoundError: nothing has that name.
        MissingFileError: a text file is missing.
        DataFormatError: a text file is not UTF-8; the model's `run.json` cannot be read.
        OutputFolderError: `out` is in use.
    """
    settings = TrimSettings(tuple(canonical_language(code) for code in languages), tokens)
    with open_run(out, console, keeps="nothing") as run:
        return _trim(model, run.folder, settings, texts, run.console)


def _trim(
    model: str, out: Path, settings: TrimSettings, texts: Sequence[Path | str], console: Console
) -> TrimReport:
    lines = [line for path in texts for line in read_sentences(given_path(path))]
    held_out = lines[::HELD_OUT] if len(lines) >= HELD_OUT else lines
    counted = [line for i, line in enumerate(lines) if i % HELD_OUT] or lines
    folder = find_model(model)
    record = find_record(folder)
    with console.stage("choosing tokens"):
        loaded = load_sentence_transformer(folder, device="cpu")
        check_body(loaded, model)
        before, parameters = len(token_table(loaded)), count_parameters(loaded)
        chosen = choose_tokens(loaded, counted, settings)
        alike = same_segmentation(loaded, chosen, held_out) if held_out else None
    with console.stage("writing the model"), writing(f"model folder {str(out)!r}"):
        trim_model(loaded, chosen, out)
    with console.stage("comparing the two"):
        sample = held_out[:: max(1, -(-len(held_out) // MAX_COMPARED))]
        cosines = _cosines(model, out, sample)
    report = TrimReport(
        tokens_before=before,
        tokens_after=len(chosen.kept),
        parameters_before=parameters,
        parameters_after=count_parameters(loaded),
        bytes_before=weights_size(folder),
        bytes_after=weights_size(out),
        compared=len(held_out),
        cut_alike=alike,
        cosines=len(sample),
        cosine_mean=None if cosines is None else float(cosines.mean()),
        cosine_min=None if cosines is None else float(cosines.min()),
    )
    trimmed = TrimRecord(
        schema_version=SCHEMA_VERSION,
        isogloss=code_version(),
        command="trim",
        model=model,
        fingerprint=fingerprint_model(folder),
        settings=asdict(settings),
        report=report,
        environment=environment(),
    )
    write_json(out / "trim.json", as_json(trimmed))
    if isinstance(record, TrainingRecord):
        still = kept_languages(record.model_languages, counted, settings)
        _note_trim(folder, out, record, trimmed, still)
    return report


def read_sentences(path: Path) -> list[str]:
    """The lines of a text file (plain, gzip, xz) that are not empty.

    Raises:
        MissingFileError: it is not there.
        DataFormatError: it is not UTF-8, or damaged.
    """
    sentences = []
    for number, line in enumerate(read_lines(str(path)), 1):
        try:
            sentences.append(line.decode("utf-8").strip())
        except UnicodeDecodeError as error:
            raise DataFormatError(
                f"{path}, line {number}: not UTF-8 ({error.reason}); expected text, one sentence "
                "per line: convert the file"
            ) from error
    return [text for text in sentences if text]


def _note_trim(
    folder: Path, out: Path, record: TrainingRecord, trimmed: TrimRecord, languages: list[str]
) -> None:
    """Write the record of a student's training as far as it is true of the trimmed one; a card.

    A changed teacher goes along: languages that are added need it.
    """
    teacher = record.teacher.folder if record.teacher else None
    if teacher and (folder / teacher).is_dir():
        with writing(str(out / teacher)):
            shutil.copytree(folder / teacher, out / teacher)
    known = record.student.model_dump(exclude_unset=True, exclude=set(COUNTED))
    counts = trimmed.report.model_dump() if trimmed.report else {}
    student = StudentDescription(
        **known
        | {
            "tokens_after": counts["tokens_after"],
            "parameters": counts["parameters_after"],
            "fingerprint": fingerprint_model(out),
            "sentence_transformers": required_version(out),
        }
    )
    update = {"student": student, "languages": languages, "trim": trimmed}
    write_record(out, record.model_copy(update=update))
    write_card(out)


def weights_size(folder: Path) -> int:
    """Bytes of all weight files of a model."""
    return sum(p.stat().st_size for p in model_files(folder) if p.suffix == ".safetensors")


def _cosines(before: str, after: Path, texts: Sequence[str]) -> np.ndarray | None:
    """Cosine of each sentence's embeddings under both models, `(len(texts),)`."""
    if not texts:
        return None
    old = load_encoder(before, precision="fp32").encode(texts)
    new = load_encoder(after, precision="fp32").encode(texts)
    return paired_cosines(old, new)
