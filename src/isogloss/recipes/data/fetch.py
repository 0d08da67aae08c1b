"""Fetch corpora by name into a folder, locked to what they were."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isogloss.console import Console, Silent
from isogloss.corpora.fetch import cached_places, fetch_corpus, is_remote
from isogloss.corpora.index import Corpus, known_corpora, merge_catalog
from isogloss.corpora.manifest import Entry, check_locked, read_manifest, write_manifest
from isogloss.corpora.pair_files import write_pairs
from isogloss.corpora.sources.opus import list_opus, may_ask
from isogloss.corpora.sources.patience import UnreachableError
from isogloss.data.cleaning import tidy
from isogloss.data.languages import LanguagePair
from isogloss.data.places import Where, parse_where
from isogloss.data.readers import READERS
from isogloss.data.rejects import RejectFile
from isogloss.errors import InputError
from isogloss.paths import given_path
from isogloss.runs.claim import claimed
from isogloss.surrogates import SURROGATES

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listing:
    """Corpora that can be named.

    Attributes:
        corpora: rows of the snapshot and of the catalog of OPUS.
        cached: what the cache has already.
        current: whether the catalog answered; else the snapshot alone speaks.
    """

    corpora: list[Corpus]
    cached: list[Entry]
    current: bool


def list_corpora(languages: LanguagePair | None = None) -> Listing:
    """Corpora by name, for a pair of languages, or all of the snapshot.

    With languages the catalog of OPUS is asked; where it does not answer, a warning says so.

    Args:
        languages: the pair; None lists the snapshot.
    """
    cached = cached_places()
    if languages is None:
        return Listing(list(known_corpora()), cached, current=False)
    rows = [row for row in known_corpora() if row.may_have(languages)]
    if not may_ask():
        return Listing(rows, cached, current=False)
    try:
        return Listing(merge_catalog(rows, list_opus(languages)), cached, current=True)
    except UnreachableError as error:
        logger.warning("%s; this list is the snapshot that isogloss ships", error)
        return Listing(rows, cached, current=False)


def fetch(
    places: Sequence[str],
    out: Path | str,
    *,
    update: bool = False,
    console: Console | None = None,
) -> list[Entry]:
    """Fetch corpora: each becomes a file of pairs in a folder, and an entry in its manifest.

    Rows are written as the source has them, one pair a line; nothing is dropped but what cannot be
    read. What the cache has is not fetched again.

    Args:
        places: `en-uk=opus:TED2020/v1` or `en-uk=hf:NAME`.
        out: the folder; what it holds stays.
        update: take corpora that changed since they were locked.
        console: told about the stages; None is silent.

    Returns:
        The entries of these places, with their rows.

    Raises:
        InputError: a place is a file, or changed since it was locked.
        IsoglossError: see `fetch_corpus`.
    """
    parsed = [parse_where(text) for text in places]
    if not parsed:
        raise InputError(
            "no corpus was named; expected LANGS=WHERE, as in en-uk=opus:TED2020/v1; see `isogloss "
            "data list`"
        )
    for where in parsed:
        if not is_remote(where):
            raise InputError(
                f"{where.text} is a file; expected a corpus to fetch, as in "
                "'en-uk=opus:TED2020/v1'; give a file to --pairs as it is"
            )
    folder, console = given_path(out), console or Silent()
    with claimed(folder):
        locked = {entry.where: entry for entry in read_manifest(folder)}
        done = []
        for where in parsed:
            entry = _fetch_one(where, folder, {} if update else locked, console)
            locked[where.text] = entry
            done.append(entry)
            write_manifest(folder, list(locked.values()))
    return done


def _fetch_one(where: Where, folder: Path, locked: dict[str, Entry], console: Console) -> Entry:
    before = locked.get(where.text)
    with console.stage(f"fetching {where.text}") as advance:
        entry = fetch_corpus(where, advance, known=before)
    check_locked(entry, locked)
    path = folder / pairs_file(where)
    if before is not None and path.is_file():
        return replace(before, date=before.date)
    with console.stage(f"writing {path.name}") as advance:
        rows = write_pairs(path, _rows(where))
    return replace(entry, rows=rows)


def _rows(where: Where) -> Iterator[tuple[str, str]]:
    """The pairs of a place, each on one line; rows that cannot be read are told of."""
    with RejectFile() as rejects:
        for _, source, target, _ in READERS[where.kind](where, rejects):
            sides = (SURROGATES.sub("\N{REPLACEMENT CHARACTER}", side) for side in (source, target))
            one, other = map(tidy, sides)
            yield one, other
    if rejects.counts:
        logger.warning("%s: rows that cannot be read: %s", where.text, rejects.counts)


def pairs_file(where: Where) -> str:
    """The name of a corpus's file, which tells its languages: `TED2020-v1.en-uk.tsv.gz`."""
    name = f"{where.config}-{where.split}" if where.kind == "opus" else where.locations[0]
    stem = re.sub(r"[^\w.-]+", "-", name.rpartition("/")[2])
    return f"{stem}.{where.languages}.tsv.gz"
