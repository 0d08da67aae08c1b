"""Places judged by filters, one after the other: what `data clean` and `data filter` share.

places  -> read part by part; each part judged by every filter in order, and written
pairs   -> the parts of all places of two languages, as one file
rejects -> what was dropped, with its reason, a file for each place
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from isogloss.reports.wording import plural
from isogloss.runs.folder import REJECTS
from isogloss.runs.lifecycle import OpenRun
from isogloss.runs.parts import CleanedData

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judging:
    """What is judged, and by what.

    Attributes:
        places: of parallel sentences.
        names: the filters.
        making: what they are made of.
        doing: a word for the console: cleaning.
        part: rows that are judged at a time, and that a crash can cost; None: as `parts` has it.
    """

    places: Sequence[Where]
    names: Sequence[str]
    making: Making
    doing: str
    part: int | None = None


@dataclass(frozen=True)
class Judged:
    """What became of the places.

    Attributes:
        data: the account, a part for each place.
        files: the pairs that were kept, by languages.
    """

    data: list[CleanedData]
    files: Mapping[str, Path]


def places_to_judge(texts: Sequence[str]) -> list[Where]:
    """The places that a user named.

    Raises:
        InputError: one can be read only once.
        IsoglossError: see `parse_where`.
    """
    places = [parse_where(text).without_weight("cleaning") for text in texts]
    for where in places:
        if any(map(is_pipe, where.locations)):
            raise InputError(
                f"{where.text} is a pipe, which can be read once; expected a file, since a run "
                "that is interrupted reads it again: write it to a file first"
            )
    return places


def look_at_places(places: Sequence[Where], console: Console) -> None:
    """Fetch what is missing; refuse a place of which a side holds no sentences, before the work."""
    fetch_missing(list(places), console)
    for where in places:
        check = SideCheck(where)
        with RejectFile() as rejects:
            for _ in islice(check.passing(READERS[where.kind](where, rejects)), LOOKED_AT):
                pass
        check.conclude()


def judge_places(judging: Judging, run: OpenRun) -> Judged:
    """Judge every place, and write what is kept and what is not.

    Raises:
        DataFormatError: no pair is left.
        IsoglossError: see `clean_place`.
    """
    done = _judge_all(judging, run)
    files = _write(judging.places, done, run)
    data = [
        CleanedData(
            where=where.text,
            languages=str(where.languages),
            read=place.read,
            kept=place.account.kept,
            dropped={str(reason): n for reason, n in place.reasons.most_common()},
            by_filter=dict(place.account.dropped),
            mended={name: n for name, n in place.account.mended.items() if n},
            idle=place.idle,
        )
        for where, place in zip(judging.places, done, strict=True)
    ]
    return Judged(data, files)


def _judge_all(judging: Judging, run: OpenRun) -> list[CleanedPlace]:
    """Judge every place; filters that compare pairs go on from place to place."""
    run.keeping = "pairs that are judged"
    shared: dict[str, dict[str, Filter]] = {}
    judged = []
    for number, where in enumerate(judging.places):
        name = place_name(number, where)
        known = shared.setdefault(str(where.languages), {})
        cleaner = Cleaner(judging.names, judging.making, where.languages, known)
        known |= {each.name: each for each in cleaner.filters if each.name in COMPARING}
        done, told = CleanedPlace(), 0
        folder = run.folder / "work" / "parts" / name
        before = len(list(folder.glob("*.json"))) if run.resume else 0
        kept = f" ({plural(before, 'part')} done before)" if before else ""
        with run.stage(name, f"{judging.doing} {where.text}{kept}") as advance:
            for so_far in clean_place(where, cleaner, folder, run.resume, judging.part):
                advance(so_far.read - told)
                done, told = so_far, so_far.read
        judged.append(done)
        logger.info("%s: kept %d of %d rows", where.text, done.account.kept, done.read)
    if not any(done.account.kept for done in judged):
        read = sum(done.read for done in judged)
        first = judged[0].reasons.most_common(3)
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in first) or "they are empty"
        raise DataFormatError(
            f"no pair of {read:,} rows is left ({reasons}); expected parallel sentences; check the "
            "languages, columns and filters"
        )
    return judged


def place_name(number: int, where: Where) -> str:
    """What a place is called in a run's folder."""
    return f"{number:02d}-{where.languages}"


def _write(places: Sequence[Where], judged: list[CleanedPlace], run: OpenRun) -> dict[str, Path]:
    """One file of pairs for each pair of languages, and one of rejects for each place."""
    files: dict[str, Path] = {}
    for languages in dict.fromkeys(str(where.languages) for where in places):
        both = zip(places, judged, strict=True)
        parts = [p for where, done in both if str(where.languages) == languages for p in done.pairs]
        files[languages] = run.folder / f"{languages}.tsv.gz"
        join_files(files[languages], parts)
    for number, (where, done) in enumerate(zip(places, judged, strict=True)):
        path = run.folder / REJECTS / f"{place_name(number, where)}.tsv"
        join_files(path, done.rejects)
    return files
