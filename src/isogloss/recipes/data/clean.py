"""Clean parallel sentences, with an account of every row.

places  -> read part by part; each part judged by every filter in order, and written
pairs   -> the parts of all places of two languages, as one file
rejects -> what was dropped, with its reason, a file for each place
report  -> what every filter did, and to what
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from isogloss.console import Console
from isogloss.corpora.cleaner import COMPARING, Cleaner
from isogloss.corpora.fetch import fetch_missing
from isogloss.corpora.filters import Filter, Making
from isogloss.corpora.pair_files import join_files
from isogloss.data.checks.sides import LOOKED_AT, SideCheck
from isogloss.data.places import Where, parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.opening import is_pipe
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError, InputError
from isogloss.recipes.data.parts import CleanedPlace, clean_place
from isogloss.recipes.data.recipe import CleanRecipe
from isogloss.recipes.data.tested import tested_sentences
from isogloss.reports.write import write_report
from isogloss.runs.folder import REJECTS, settle_recipe
from isogloss.runs.lifecycle import OpenRun, open_run
from isogloss.runs.parts import CleanedData
from isogloss.runs.record import CleanRecord, write_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CleanRun:
    """A finished cleaning.

    Attributes:
        folder: where it wrote.
        record: the content of `run.json`.
        files: the clean pairs, by languages.
    """

    folder: Path
    record: CleanRecord
    files: Mapping[str, Path]


def clean(
    recipe: CleanRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> CleanRun:
    """Clean parallel sentences.

    Args:
        recipe: what to clean and how.
        resume: go on with what an interrupted run left in the folder.
        overwrite: throw away what the folder holds.
        console: told about the stages; None is silent.

    Returns:
        The account, and where the clean pairs lie.

    Raises:
        InputError: a place cannot be read twice.
        DataFormatError: no pair is left.
        MissingExtraError: a filter needs a library that is not installed.
        IsoglossError: see `open_run` and `parse_where`.
    """
    places = [parse_where(text) for text in recipe.pairs]
    for where in places:
        if any(map(is_pipe, where.locations)):
            raise InputError(
                f"{where.text} is a pipe, which can be read once; expected a file, since a run "
                "that is interrupted reads it again: write it to a file first"
            )
    tested = tested_sentences(recipe.suites, recipe.data_root, recipe.keep_out)
    making = Making(
        recipe.cleaning, recipe.filtering, {t for texts in tested.values() for t in texts}
    )
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite) as run:
        with run.preparing():
            fetch_missing(places, run.console)
            for where in places:
                _look(where)
            settle_recipe(run.folder, recipe.fingerprint())
        cleaned = _clean_all(recipe, places, making, run)
        files = _write(places, cleaned, run)
        sets = {name: len(texts) for name, texts in tested.items()}
        record = _record(recipe, places, cleaned, sets, run)
        write_record(run.folder, record)
        write_report(run.folder)
        run.finish()
    return CleanRun(run.folder, record, files)


def _look(where: Where) -> None:
    """Refuse a place of which a side holds no sentences, before the others are cleaned."""
    check = SideCheck(where)
    with RejectFile() as rejects:
        for _ in islice(check.passing(READERS[where.kind](where, rejects)), LOOKED_AT):
            pass
    check.conclude()


def _clean_all(
    recipe: CleanRecipe, places: list[Where], making: Making, run: OpenRun
) -> list[CleanedPlace]:
    """Clean every place; filters that compare pairs go on from place to place."""
    shared: dict[str, dict[str, Filter]] = {}
    cleaned = []
    for number, where in enumerate(places):
        name = _place_name(number, where)
        known = shared.setdefault(str(where.languages), {})
        cleaner = Cleaner(recipe.filters, making, where.languages, known)
        known |= {each.name: each for each in cleaner.filters if each.name in COMPARING}
        done = CleanedPlace()
        parts = run.folder / "work" / "parts" / name
        with run.stage(name, f"cleaning {where.text}") as advance:
            for so_far in clean_place(where, cleaner, parts, run.resume):
                done = so_far
                advance(1)
        cleaned.append(done)
        logger.info("%s: kept %d of %d rows", where.text, done.account.kept, done.read)
    if not any(done.account.kept for done in cleaned):
        read = sum(done.read for done in cleaned)
        first = cleaned[0].reasons.most_common(3)
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in first) or "they are empty"
        raise DataFormatError(
            f"no pair of {read:,} rows is left ({reasons}); expected parallel sentences; check the "
            "languages, columns and filters"
        )
    return cleaned


def _place_name(number: int, where: Where) -> str:
    return f"{number:02d}-{where.languages}"


def _write(places: list[Where], cleaned: list[CleanedPlace], run: OpenRun) -> dict[str, Path]:
    """One file of pairs for each pair of languages, and one of rejects for each place."""
    files: dict[str, Path] = {}
    for languages in dict.fromkeys(str(where.languages) for where in places):
        both = zip(places, cleaned, strict=True)
        parts = [p for where, done in both if str(where.languages) == languages for p in done.pairs]
        files[languages] = run.folder / f"{languages}.tsv.gz"
        join_files(files[languages], parts)
    for number, (where, done) in enumerate(zip(places, cleaned, strict=True)):
        path = run.folder / REJECTS / f"{_place_name(number, where)}.tsv"
        join_files(path, done.rejects)
    return files


def _record(
    recipe: CleanRecipe,
    places: list[Where],
    cleaned: list[CleanedPlace],
    tested: dict[str, int],
    run: OpenRun,
) -> CleanRecord:
    data = [
        CleanedData(
            where=where.text,
            languages=str(where.languages),
            read=done.read,
            kept=done.account.kept,
            dropped={str(reason): n for reason, n in done.reasons.most_common()},
            by_filter=dict(done.account.dropped),
            mended={name: n for name, n in done.account.mended.items() if n},
            idle=done.idle,
        )
        for where, done in zip(places, cleaned, strict=True)
    ]
    return CleanRecord(
        command="data clean", recipe=asdict(recipe), data=data, tested=tested, **run.measured()
    )
