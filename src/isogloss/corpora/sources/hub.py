"""Datasets of the Hugging Face hub: the files of one pair of languages, at one commit."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from isogloss.console import Advance
from isogloss.corpora.index import known_corpora, licence_of
from isogloss.corpora.manifest import NOT_STATED, Entry, folder_hash, read_entry, write_entry
from isogloss.corpora.sources.patience import UnreachableError
from isogloss.data.fetched import HUB_ENTRY, hub_copy, hub_place
from isogloss.data.languages import LanguagePair, pair_in_name
from isogloss.data.places import Where
from isogloss.errors import DataFormatError, MissingFileError, did_you_mean
from isogloss.hub import transport_errors
from isogloss.runs.provenance import now
from isogloss.writing import refusal, writing

T = TypeVar("T")

_DATA = (".parquet", ".json", ".jsonl", ".tsv", ".csv", ".txt", ".gz", ".arrow")
_CARD = "README.md"


@dataclass(frozen=True)
class HubFile:
    """A file of a dataset.

    Attributes:
        name: its path in the dataset.
        bytes: its size; None where the hub does not tell.
    """

    name: str
    bytes: int | None


def fetch_hub(where: Where, advance: Advance, *, known: Entry | None = None) -> Entry:
    """The files of a dataset for a pair of languages, in the cache.

    Args:
        where: the place.
        advance: called with the bytes received.
        known: the entry that it was locked to, whose commit is fetched; None takes the newest.

    Raises:
        UnreachableError: the hub does not answer, and the cache does not have it.
        MissingFileError: there is no such dataset, or none in these languages.
        DataFormatError: a file of it cannot be fetched.
    """
    name, languages = where.locations[0], where.languages
    place = hub_place(name, where.config, languages)
    entry = read_entry(place / HUB_ENTRY)
    wanted = known.revision if known else None
    cached = hub_copy(name, where.config, languages) is not None
    if entry is not None and cached and wanted in (None, entry.revision):
        return Entry(**vars(entry) | {"where": where.text})
    from huggingface_hub import HfApi, snapshot_download

    endpoint = os.environ.get("HF_ENDPOINT")
    info = _guarded(
        lambda: HfApi(endpoint=endpoint).dataset_info(name, revision=wanted, files_metadata=True),
        where,
    )
    revision = str(info.sha)
    listed = [HubFile(file.rfilename, file.size) for file in info.siblings or ()]
    chosen = choose_files(listed, where)
    folder = place / revision
    with writing(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        _guarded(
            lambda: snapshot_download(
                name,
                repo_type="dataset",
                revision=revision,
                local_dir=folder,
                allow_patterns=[file.name for file in chosen],
                endpoint=endpoint,
                max_workers=4,
            ),
            where,
        )
    sizes = _check_sizes(folder, chosen, where)
    advance(sizes)
    stated = info.card_data.get("license") if info.card_data else None
    licence = stated or licence_of(f"hf:{name}")
    entry = Entry(
        where=where.text,
        url=f"https://huggingface.co/datasets/{name}",
        revision=revision,
        sha256=folder_hash(folder),
        bytes=sizes,
        rows=None,
        licence=str(licence or NOT_STATED),
        date=now(),
    )
    write_entry(place / HUB_ENTRY, entry)
    return entry


def choose_files(listed: Sequence[HubFile], where: Where) -> list[HubFile]:
    """The files for a configuration, or for a pair of languages; all where none says which it is.

    Args:
        listed: the files of the dataset.
        where: its languages, and the configuration, if one was named.

    Raises:
        MissingFileError: its files are named by other languages.
    """
    data = [file for file in listed if file.name.lower().endswith(_DATA) and _is_plain(file.name)]
    card = [file for file in listed if file.name == _CARD]
    if where.config is not None:
        named = [file for file in data if where.config in _words(file.name)]
        return [*card, *(named or data)]
    turned = LanguagePair(where.languages.target, where.languages.source)
    pairs = {file: {pair_in_name(word) for word in _words(file.name)} - {None} for file in data}
    named = [file for file, found in pairs.items() if found & {where.languages, turned}]
    others = sorted({str(pair) for found in pairs.values() for pair in found})
    if others and not named:
        shown = ", ".join(others[:12]) + (f" and {len(others) - 12} more" if others[12:] else "")
        way = did_you_mean(str(where.languages), others, "choose one of these", alike=0.75)
        raise MissingFileError(
            f"{where.text}: the dataset has no {where.languages}; it has {shown}; {way}"
        )
    return [*card, *(named or data)]


def _words(name: str) -> list[str]:
    """What a file's path consists of: its folders, and its name up to the first dot."""
    path = PurePosixPath(name)
    return [*path.parts[:-1], *path.name.split(".")]


def _is_plain(name: str) -> bool:
    """Whether a path stays in its folder."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _check_sizes(folder: Path, chosen: Sequence[HubFile], where: Where) -> int:
    """The bytes of the files; one of another size than announced is refused and removed."""
    total = 0
    for file in chosen:
        path = folder / file.name
        size = path.stat().st_size if path.is_file() else 0
        if file.bytes is not None and size != file.bytes:
            path.unlink(missing_ok=True)
            raise DataFormatError(
                f"{where.text}: {file.name} has {size:,} bytes; expected {file.bytes:,}, as the "
                "hub announced; fetch it again"
            )
        total += size
    return total


def _guarded(action: Callable[[], T], where: Where) -> T:
    """Run a call into the hub's library; what goes wrong there becomes one line."""
    from huggingface_hub.errors import (
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name = where.locations[0]
    known = [row.place.removeprefix("hf:") for row in known_corpora() if row.source == "hub"]
    # not cached, with the network off; that itself is a ConnectionError
    unreached: tuple[type[Exception], ...] = (LocalEntryNotFoundError, *transport_errors())
    try:
        return action()
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise MissingFileError(
            f"{where.text}: the hub has no dataset {name!r}, or none for you; "
            f"{did_you_mean(name, known, 'check the name, and log in where it is private')}"
        ) from error
    except unreached as error:
        later = "try again later: what is fetched so far is kept"
        raise UnreachableError(
            f"{where.text}: the hub does not give it ({' '.join(str(error).split())[:160]}); "
            f"expected an answer; {later if name in known else did_you_mean(name, known, later)}"
        ) from error
    except OSError as error:
        if refusal(error) is not None and error.filename:
            raise
        said = " ".join(str(error).split())[:160]
        raise UnreachableError(
            f"{where.text}: the hub's answer is no whole file ({said}); expected one; try again "
            "later"
        ) from error
