"""Fetch a corpus by its name: from the cache, else from where it is kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from isogloss.console import Advance, Console, Silent
from isogloss.corpora.manifest import Entry, file_hash, read_entry
from isogloss.corpora.sources.hub import fetch_hub
from isogloss.corpora.sources.opus import fetch_opus
from isogloss.corpora.sources.patience import UnreachableError
from isogloss.data.fetched import HUB_ENTRY, corpora_folder, hub_copy
from isogloss.data.places import HubDataset, Where
from isogloss.errors import InputError


class Source(Protocol):
    """Fetches a place into the cache; see `fetch_corpus`."""

    def __call__(self, where: Where, advance: Advance, *, known: Entry | None = None) -> Entry: ...


SOURCES: Mapping[str, Source] = {"opus": fetch_opus, "hf": fetch_hub}
"""`Where.kind` to what fetches such a place."""


def is_remote(where: Where) -> bool:
    """Whether a place is fetched: a corpus of OPUS, or a dataset of the hub that is no folder."""
    local = where.kind == "hf" and HubDataset(where.locations[0]).is_local
    return where.kind in SOURCES and not local


def fetch_corpus(where: Where, advance: Advance, *, known: Entry | None = None) -> Entry:
    """A corpus in the cache, fetched where it is not there.

    Args:
        where: a corpus of OPUS or a dataset of the hub.
        advance: called with the bytes received.
        known: the entry that it was locked to; None takes what is there.

    Returns:
        What is known of it; a corpus that the cache has asks nothing of the network.

    Raises:
        InputError: the place is a file.
        UnreachableError: there is no network, and the cache does not have it.
        MissingFileError: there is no such corpus, or none in these languages.
        DataFormatError: what came is not what was announced.
    """
    if not is_remote(where):
        raise InputError(
            f"{where.text} is a file; expected a corpus to fetch: 'en-uk=opus:TED2020/v1' or "
            "'en-uk=hf:owner/name'; read it as it is: --pairs"
        )
    try:
        return SOURCES[where.kind](where, advance, known=known)
    except UnreachableError as error:
        raise UnreachableError(f"{error}; {way_without_network(where)}") from error


def fetch_missing(places: Sequence[Where], console: Console | None = None) -> list[Entry]:
    """Put every corpus of OPUS that places name into the cache.

    Datasets of the hub are left to their reader, which streams those that were not fetched.

    Args:
        places: from `--pairs`; files among them are left alone.
        console: told about the stage.

    Raises:
        IsoglossError: see `fetch_corpus`.
    """
    entries = []
    for where in places:
        if where.kind == "opus":
            with (console or Silent()).stage(f"fetching {where.text}") as advance:
                entries.append(fetch_corpus(where, advance))
    return entries


def content_hashes(places: Sequence[Where]) -> dict[str, str]:
    """What tells whether places hold what they held, by what their user calls them.

    Args:
        places: from `--pairs`; none is a pipe, and corpora of OPUS are in the cache.

    Returns:
        Hashes; of a dataset of the hub the commit that was fetched. One that is streamed is left
        out, and one in a folder: of all that lies there, nobody knows what is read.
    """
    marks = ((where, _content_hash(where)) for where in places)
    return {f"--pairs {where.text}": mark for where, mark in marks if mark is not None}


def _content_hash(where: Where) -> str | None:
    if where.kind != "hf":
        return "-".join(file_hash(Path(path)) for path in where.locations)
    copy = hub_copy(where.locations[0], where.config, where.languages)
    return copy.name if copy is not None else None


def cached_places() -> list[Entry]:
    """The entries of all corpora in the cache, by their place."""
    folder = corpora_folder()
    found = [*folder.glob("opus/*/*/*.json"), *folder.glob(f"hub/*/*/*/{HUB_ENTRY}")]
    entries = [entry for path in sorted(found) if (entry := read_entry(path)) is not None]
    return sorted(entries, key=lambda entry: entry.where)


def way_without_network(where: Where) -> str:
    """What the cache holds instead, and how to bring a file."""
    held = [entry.where for entry in cached_places()]
    shown = ", ".join(held[:6]) if held else "nothing"
    bring = (
        f"put its Moses archive there as {where.locations[0]}"
        if where.kind == "opus"
        else "download its files, and name their folder: 'hf:./folder'"
    )
    return f"the cache holds {shown}; without a network, {bring}"
