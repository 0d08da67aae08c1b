"""Carry a set into another language: row by row, noted as it comes, the unsure set aside.

texts      -> distinct ones, translated once each, ever: what is done is kept in the cache
confidence -> of every row: how near original and translation are to a model, or the score that the
              translator gave itself
rows       -> a file with as many as the original; of those set aside the texts are empty
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from isogloss.console import Console
from isogloss.corpora.translation.endpoint import INSTRUCTION, Endpoint
from isogloss.corpora.translation.journal import Journal
from isogloss.corpora.translation.local import LocalModel
from isogloss.corpora.translation.translator import Translation, Translator
from isogloss.data.cleaning import tidy
from isogloss.data.graded.reader import read_graded_rows
from isogloss.data.languages import LanguagePair, canonical_language
from isogloss.data.places import find_location
from isogloss.data.rejects import Reason, RejectFile
from isogloss.data.texts import read_texts
from isogloss.encoders.opening import check_model, open_encoder
from isogloss.errors import DataFormatError
from isogloss.protocols import STS, encode_batches, read_for
from isogloss.recipes.data.originals import Estimate, Original
from isogloss.recipes.data.recipe import TranslateRecipe
from isogloss.reports.write import write_report
from isogloss.runs.folder import REJECTS, settle_recipe
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.record import TranslateRecord, write_record
from isogloss.vectors.similarity import paired_cosines
from isogloss.writing import cache_folder, tsv_line, write_lines

BYTES_PER_TOKEN = 4
"""Of English, about; other scripts have fewer letters, and as many bytes."""


@dataclass(frozen=True)
class TranslateRun:
    """A finished translation.

    Attributes:
        folder: where it wrote.
        file: the rows.
        record: the content of `run.json`.
    """

    folder: Path
    file: Path
    record: TranslateRecord


def translate(
    recipe: TranslateRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> TranslateRun:
    """Translate a set.

    Args:
        recipe: what, by what, and how.
        resume: go on with what an interrupted run left in the folder. What was translated before,
            by this run or another, is taken from the cache.
        overwrite: throw away what the folder holds.
        console: told about the stages; None is silent.

    Returns:
        The account, and where the rows lie.

    Raises:
        MissingFileError, DataFormatError: the file cannot be read, or holds no text.
        ModelNotFoundError: a model cannot be loaded.
        UnreachableError: the server cannot be reached, or refuses.
        IsoglossError: see `open_run`.
    """
    rows = read_originals(recipe)
    if recipe.judge:
        check_model(recipe.judge)
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite) as run:
        with run.preparing():
            translator = open_translator(recipe)
            settle_recipe(run.folder, recipe.fingerprint(), {"translator": translator.fingerprint})
        with Journal(_kept(translator)) as journal:
            _translate(_distinct(rows), translator, journal, run)
            found = {text: journal[text] for text in _distinct(rows)}
        sure = _confidence(rows, found, recipe, run)
        file, aside = _write(rows, found, sure, recipe, run)
        record = _record(recipe, rows, found, sure, aside, run)
        write_record(run.folder, record)
        write_report(run.folder)
        run.finish()
    return TranslateRun(run.folder, file, record)


def estimate(recipe: TranslateRecipe) -> Estimate:
    """What a translation comes to, without making it.

    Raises:
        MissingFileError, DataFormatError: see `translate`.
    """
    rows = read_originals(recipe)
    texts = _distinct(rows)
    left = texts
    if recipe.endpoint and (kept := _kept(open_translator(recipe))).is_file():
        with Journal(kept) as journal:
            left = [text for text in texts if text not in journal]
    written = sum(len(text.encode()) for text in left) // BYTES_PER_TOKEN
    read = written + len(left) * (len(INSTRUCTION) // BYTES_PER_TOKEN + 8)
    price = None
    if recipe.endpoint and recipe.price:
        price = (read * recipe.price[0] + written * recipe.price[1]) / 1e6
    characters = sum(map(len, left))
    done = len(texts) - len(left)
    return Estimate(len(rows), len(texts), done, characters, read, written, price)


def read_originals(recipe: TranslateRecipe) -> list[Original]:
    """The rows of the file.

    Raises:
        MissingFileError, DataFormatError: it cannot be read, or holds no text.
        InputError: these are two files.
    """
    if recipe.sts:
        path = find_location(recipe.file, recipe.file)
        rows = [
            Original(row.number, (tidy(row.first), tidy(row.second)), f"{row.score:g}")
            for row in read_graded_rows(Path(path))
        ]
    else:
        texts = read_texts(recipe.file, recipe.column, every_row=True)
        rows = [Original(text.number, (tidy(text.text),)) for text in texts]
    if not _distinct(rows):
        raise DataFormatError(f"{recipe.file} holds no text; expected some; check the file")
    return rows


def open_translator(recipe: TranslateRecipe) -> Translator:
    """The server, or the model on this machine.

    Raises:
        IsoglossError: see `Endpoint` and `LocalModel`.
    """
    languages = LanguagePair(canonical_language(recipe.source), canonical_language(recipe.target))
    if recipe.endpoint:
        return Endpoint(recipe.endpoint, recipe.model, languages)
    return LocalModel(recipe.model, languages, recipe.beams)


def _kept(translator: Translator) -> Path:
    """Where the translations of a translator are kept, for all runs."""
    name = hashlib.sha256(translator.fingerprint.encode()).hexdigest()[:24]
    return cache_folder("translations", "translations") / f"{name}.jsonl"


def _distinct(rows: Sequence[Original]) -> list[str]:
    return list(dict.fromkeys(text for row in rows for text in row.texts if text))


def _translate(
    texts: Sequence[str], translator: Translator, journal: Journal, run: OpenRun
) -> None:
    run.keeping = "translations that are made"
    left = [text for text in texts if text not in journal]
    before = len(texts) - len(left)
    title = f"translating, {before:,} of {len(texts):,} texts done before" if before else ""
    with run.stage("translate", title or "translating", len(texts)) as advance:
        advance(before)
        for start in range(0, len(left), translator.batch):
            batch = left[start : start + translator.batch]
            for text, translation in zip(batch, translator.translate(batch), strict=True):
                journal.add(text, translation)
            advance(len(batch))


def _confidence(
    rows: Sequence[Original],
    found: dict[str, Translation],
    recipe: TranslateRecipe,
    run: OpenRun,
) -> list[float | None]:
    """Confidence in each row: that of its least certain text; None where nothing measures it."""
    texts = list(found)
    sure: dict[str, float | None] = {text: found[text].score for text in texts}
    if recipe.judge:
        with run.stage("judge", "judging the translations", 2 * len(texts)) as advance:
            model = read_for(open_encoder(recipe.judge, recipe.prompt), STS)
            both = (texts, [found[text].text for text in texts])
            start = 0
            for sides in zip(*(encode_batches(model, side) for side in both), strict=True):
                cosines = paired_cosines(*sides).tolist()
                for text, cosine in zip(texts[start:], cosines, strict=False):
                    cut_off = found[text].score == 0.0
                    sure[text] = 0.0 if cut_off else min(1.0, max(0.0, cosine))
                start += len(cosines)
                advance(2 * len(cosines))
    return [_least([sure[text] for text in row.texts if text]) for row in rows]


def _least(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if known else None


def _write(
    rows: Sequence[Original],
    found: dict[str, Translation],
    sure: Sequence[float | None],
    recipe: TranslateRecipe,
    run: OpenRun,
) -> tuple[Path, int]:
    """The rows as a file, those set aside with empty texts; how many these are."""
    path = run.folder / f"{recipe.stem}.{canonical_language(recipe.target)}.tsv"
    told = any(value is not None for value in sure)
    head = ("score", "sentence1", "sentence2") if recipe.sts else ("source", "target")
    lines = [tsv_line(*head, *(["confidence"] if told else []))]
    aside = 0
    with RejectFile(run.folder / REJECTS / f"{recipe.stem}.tsv") as rejects:
        for row, confidence in zip(rows, sure, strict=True):
            texts = [tidy(found[text].text) if text else "" for text in row.texts]
            said = f"{confidence or 0:.4f}"
            unsure = confidence is not None and confidence < recipe.min_confidence
            if unsure or not all(texts):
                reason = Reason.UNSURE if unsure else Reason.EMPTY
                rejects.add(row.number, reason, "\t".join([*row.texts, *texts]), said)
                aside, texts = aside + 1, [""] * len(texts)
            first = [row.score] if recipe.sts else list(row.texts)
            lines.append(tsv_line(*first, *texts, *([said] if told else [])))
    write_lines(path, lines)
    return path, aside


def _record(
    recipe: TranslateRecipe,
    rows: Sequence[Original],
    found: dict[str, Translation],
    sure: Sequence[float | None],
    aside: int,
    run: OpenRun,
) -> TranslateRecord:
    known = [value for value in sure if value is not None]
    tokens = [
        sum(getattr(one, name) for one in found.values()) for name in ("tokens_in", "tokens_out")
    ]
    price = None
    if recipe.price and sum(tokens):
        price = sum(n * each for n, each in zip(tokens, recipe.price, strict=True)) / 1e6
    return TranslateRecord(
        command="data translate",
        recipe=asdict(recipe),
        rows=len(rows),
        texts=len(found),
        set_aside=aside,
        confidence=_how(recipe, known),
        confidence_mean=sum(known) / len(known) if known else None,
        tokens_in=tokens[0],
        tokens_out=tokens[1],
        price=price,
        **run.measured(),
    )


def _how(recipe: TranslateRecipe, known: Sequence[float]) -> str:
    if recipe.judge:
        return f"cosine of original and translation under {recipe.judge}"
    return "mean probability of a token, by the translator" if known else ""
