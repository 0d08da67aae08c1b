"""What was fetched, to the byte: a lock file that the next run is checked against."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from isogloss.errors import DataFormatError, InputError
from isogloss.writing import write_json

MANIFEST = "manifest.json"
"""In the folder of fetched corpora."""

NOT_STATED = "not stated"
"""The licence of a corpus whose source gives none."""


@dataclass(frozen=True)
class Entry:
    """One corpus that was fetched.

    Attributes:
        where: the place, `LANGS=WHERE`.
        url: where it came from.
        revision: the release or commit.
        sha256: of the archive; of several files, of their names and hashes.
        bytes: their size.
        rows: pairs as the source has them, before any cleaning; None until they were counted.
        licence: as the index or the source states it.
        date: when it was fetched: ISO 8601, UTC.
    """

    where: str
    url: str
    revision: str
    sha256: str
    bytes: int
    rows: int | None
    licence: str
    date: str


def read_entry(path: Path) -> Entry | None:
    """The entry that lies beside what was fetched; None where there is none that can be read."""
    try:
        return _entry(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_entry(path: Path, entry: Entry) -> None:
    """Write an entry beside what was fetched."""
    write_json(path, asdict(entry))


def read_manifest(folder: Path) -> list[Entry]:
    """The entries that a folder of fetched corpora is locked to; none where it has no manifest.

    Raises:
        DataFormatError: the manifest cannot be read.
    """
    path = folder / MANIFEST
    if not path.exists():
        return []
    try:
        return [_entry(row) for row in json.loads(path.read_text("utf-8"))["corpora"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataFormatError(
            f"{path} is no manifest of fetched corpora ({error}); expected what `isogloss data "
            "fetch` wrote; restore it, or delete it to lock the corpora anew"
        ) from error


def write_manifest(folder: Path, entries: Sequence[Entry]) -> None:
    """Write the manifest of a folder, in order of the places."""
    rows = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.where)]
    write_json(folder / MANIFEST, {"corpora": rows})


def check_locked(entry: Entry, locked: Mapping[str, Entry]) -> None:
    """Refuse a corpus that is no longer what it was locked to.

    Args:
        entry: as it was fetched now.
        locked: the manifest's entries by their place.

    Raises:
        InputError: its content differs.
    """
    before = locked.get(entry.where)
    if before is not None and before.sha256 != entry.sha256:
        raise InputError(
            f"{entry.where} changed since {before.date}: its hash is {entry.sha256[:12]}, that in "
            f"{MANIFEST} is {before.sha256[:12]}; expected the same data: put the earlier file "
            "back, or take the new one with --update"
        )


def file_hash(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_hash(folder: Path) -> str:
    """SHA-256 of the names and contents of a folder's files, hidden ones aside."""
    digest = hashlib.sha256()
    for path in data_files(folder):
        digest.update(f"{path.relative_to(folder).as_posix()}\t{file_hash(path)}\n".encode())
    return digest.hexdigest()


def data_files(folder: Path) -> list[Path]:
    """Files of a fetched dataset, in order; what the hub's library notes for itself is none."""
    found = (path for path in folder.rglob("*") if path.is_file())
    hidden = (path for path in found if path.relative_to(folder).parts[0] != ".cache")
    return sorted(hidden)


def _entry(row: object) -> Entry:
    if not isinstance(row, Mapping):
        raise TypeError(f"an entry is {type(row).__name__}")
    return Entry(**{field.name: row[field.name] for field in fields(Entry) if field.name in row})
