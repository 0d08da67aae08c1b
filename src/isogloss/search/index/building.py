"""A new index, and one that is there."""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from isogloss.errors import InputError, IsoglossError, OutputFolderError, check_choice
from isogloss.protocols import Encoder, Progress
from isogloss.runs.claim import check_place, content
from isogloss.search.index.changing import LOCK, changing
from isogloss.search.index.documents import Document
from isogloss.search.index.index import ENGINES, Index
from isogloss.search.index.lance import LANCE, check_installed
from isogloss.search.index.manifest import (
    MANIFEST,
    Manifest,
    describe,
    read_manifest,
    write_manifest,
)
from isogloss.search.index.segments import ROWS, segments_in
from isogloss.writing import writing


def check_new_index(folder: Path, engine: str = "exact") -> None:
    """Refuse a folder that no index can be built in; changes nothing.

    Args:
        folder: new or empty, or of an index that was begun and not finished.
        engine: see `ENGINES`.

    Raises:
        OutputFolderError: it is a file, or holds something.
        InputError: there is no such engine.
        MissingExtraError: it is not installed.
    """
    check_choice("--engine", engine, ENGINES)
    check_place(folder)
    if engine == "lancedb":
        check_installed()
    if not folder.exists() or not [path for path in content(folder) if path.name != LOCK]:
        return
    if not (folder / MANIFEST).exists():
        raise OutputFolderError(
            f"--out {str(folder)!r} is not empty; expected a new or empty folder: choose another"
        )
    if read_manifest(folder).finished:
        raise OutputFolderError(
            f"--out {str(folder)!r} holds an index; expected a new or empty folder: take another, "
            "or add to it with `isogloss search add`"
        )


def create_index(
    folder: Path,
    encoder: Encoder,
    documents: Iterable[Document],
    *,
    name: str = "",
    engine: str = "exact",
    progress: Progress = lambda n: None,
) -> Index:
    """Build an index of documents.

    Where a process ended before, the same call goes on from what it had embedded.

    Args:
        folder: see `check_new_index`.
        encoder: the model.
        documents: read once.
        name: by which the model is found again; `""` takes the encoder's.
        engine: `exact` or `lancedb`.
        progress: told how many documents are embedded.

    Raises:
        OutputFolderError: the folder holds something, is in use, or cannot be written.
        MissingExtraError: the engine is not installed.
        InputError, DataFormatError: see `Index.add`.
    """
    check_new_index(folder, engine)
    with writing(f"--out {str(folder)!r}"):
        folder.mkdir(parents=True, exist_ok=True)
    with changing(folder):
        check_new_index(folder, engine)  # another process may have built one meanwhile
        try:
            write_manifest(folder, Manifest(engine, describe(encoder, name or encoder.name)))
            with writing(f"--out {str(folder)!r}"):
                (folder / ROWS).mkdir(exist_ok=True)
            index = Index(folder, lambda name: encoder, finished=False)
            if not index.add_locked(documents, progress):
                raise InputError("there are no documents; expected one at least: give some")
        except IsoglossError:
            if not segments_in(folder / ROWS):  # nothing to go on from
                _remove(folder)
            raise
    return index


def _remove(folder: Path) -> None:
    """Take away what a build made of a folder; the first error tells, so this one does not.

    Only who holds the folder may do so.
    """
    with suppress(OSError):
        for name in (LANCE, ROWS):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in (MANIFEST, LOCK):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()
