"""An index as one thing: which model made it, what it holds, how it is changed and searched."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from isogloss.errors import DataFormatError, InputError
from isogloss.protocols import QUERY, Encoder, FloatArray, Progress, read_for
from isogloss.search.index.changing import changing
from isogloss.search.index.documents import Document, Hit, vectors_of
from isogloss.search.index.engine import Engine
from isogloss.search.index.exact import ExactEngine
from isogloss.search.index.filters import Condition, bind
from isogloss.search.index.lance import LanceEngine
from isogloss.search.index.manifest import Manifest, check_fingerprint, check_maker, read_manifest
from isogloss.search.index.preference import (
    LanguagePreference,
    languages_of,
    measure_preference,
    with_languages,
)
from isogloss.search.index.scan import scan
from isogloss.search.index.segments import ROWS
from isogloss.search.index.staging import stage
from isogloss.vectors.centers import LEAST, Centers, find_centers
from isogloss.vectors.checks import check_finite
from isogloss.vectors.similarity import normalize

Load = Callable[[str], Encoder]
"""Gives the model of a name."""

ENGINES: Mapping[str, Callable[[Path], Engine]] = {"exact": ExactEngine, "lancedb": LanceEngine}
"""What holds the rows of a folder, by its name."""


class Recentered(NamedTuple):
    """What is taken out of the vectors where a search is recentered.

    Attributes:
        centers: mean vectors by language.
        preference: language bias before and after.
    """

    centers: Centers
    preference: LanguagePreference


class Index:
    """A folder that can be searched.

    Attributes:
        folder: where it lies.
        model: which model made it.
    """

    def __init__(self, folder: Path, load: Load, *, finished: bool = True) -> None:
        """Open an index; its model is loaded when a text is first embedded.

        Args:
            folder: of the index.
            load: gives the model by the name that the index knows it by.
            finished: refuse one that was not built to the end.

        Raises:
            MissingFileError: the folder holds no index.
            DataFormatError: it is damaged, or not finished.
            MissingExtraError: its engine is not installed.
        """
        manifest = read_manifest(folder)
        if finished and not manifest.finished:
            raise DataFormatError(
                f"index {str(folder)!r} was begun and not finished; expected a whole one: run "
                "the same `isogloss search build` again, which goes on with what is embedded"
            )
        self.folder, self.model, self.engine_name = folder, manifest.model, manifest.engine
        self._load = load
        self.engine = open_engine(folder, manifest)

    def __len__(self) -> int:
        return len(self.engine)

    def check_model(self, name: str, fingerprint: str) -> None:
        """Refuse a model by the hash of its files, before it is loaded.

        Raises:
            ModelShapeError: it did not make the index.
        """
        check_fingerprint(self.folder, self.model, name, fingerprint)

    @cached_property
    def encoder(self) -> Encoder:
        """The model, which is the one that made the index.

        Raises:
            ModelShapeError: it is another one.
        """
        encoder = self._load(self.model.name)
        check_maker(self.folder, self.model, encoder)
        return encoder

    @cached_property
    def recentered(self) -> Recentered:
        """The languages' means, and what they change.

        Raises:
            InputError: no language has enough documents.
        """
        centers = find_centers(with_languages(self.engine.batches))
        return Recentered(centers, measure_preference(self.engine.batches, centers))

    def search(
        self,
        queries: Sequence[str],
        *,
        k: int = 5,
        where: Sequence[Condition] = (),
        recenter: bool = False,
        language: str = "",
    ) -> list[list[Hit]]:
        """The documents that are closest to each query.

        Args:
            queries: any number of texts, in any language of the model.
            k: documents per query, at most.
            where: what must hold of a document.
            recenter: compare vectors without their languages' means; exact then, whatever the
                engine.
            language: of the queries, where `recenter` is set; `""` is unknown.

        Returns:
            Hits per query, best first; their scores are cosines.

        Raises:
            InputError: `k` is below 1, a condition does not fit, the model gives no finite vectors.
            ModelShapeError: the model is not the one that made the index.
        """
        if k < 1:
            raise InputError(f"k is {k}; expected at least 1; ask for one document or more")
        if not queries or self.engine.schema is None:
            return [[] for _ in queries]
        bound = bind(where, self.engine.schema)
        vectors = read_for(self.encoder, QUERY).encode(queries)
        check_finite(vectors, f"model {self.model.name!r}", queries)
        if not recenter:
            return self.engine.nearest(normalize(vectors), k, bound)
        centers = self.recentered.centers
        if language and language not in centers.means:
            raise InputError(
                f"--query-language {language!r} has {centers.counts.get(language, 0)} documents in "
                f"the index; expected a language with {LEAST} at least, {', '.join(centers.means)}:"
                " choose one, or leave it out"
            )
        return scan(
            centers.subtract(normalize(vectors), [language] * len(queries)),
            lambda: self.engine.batches(bound),
            k,
            lambda batch: centers.subtract(vectors_of(batch), languages_of(batch)),
        )

    def search_vectors(self, vectors: FloatArray, *, k: int = 5) -> list[list[Hit]]:
        """The same, of all documents, for queries that the model has embedded already.

        Args:
            vectors: of the queries, in the role `QUERY`, `(n, dim)`; of any length.
            k: documents per query, at most.

        Raises:
            InputError: a vector is not finite.
        """
        if self.engine.schema is None:
            return [[] for _ in vectors]
        return self.engine.nearest(normalize(vectors), k, bind((), self.engine.schema))

    def add(self, documents: Iterable[Document], progress: Progress = lambda n: None) -> int:
        """Add documents: all of them, or none.

        Where a process ended before, the same documents go on from what it had embedded.

        Args:
            documents: read once; those without an id are numbered on.
            progress: told how many are embedded.

        Returns:
            How many there were.

        Raises:
            InputError: an id is there already, or twice; the model gives no finite vectors.
            DataFormatError: a document does not fit the columns of the index.
            ModelShapeError: the model is not the one that made the index.
            OutputFolderError: another process changes the index, or it cannot be written.
        """
        with changing(self.folder):
            return self.add_locked(documents, progress)

    def add_locked(self, documents: Iterable[Document], progress: Progress) -> int:
        """The same for a caller that holds the folder by `changing`."""
        manifest = read_manifest(self.folder)
        self.engine = open_engine(self.folder, manifest)
        last = max((int(Path(name).stem) for name in manifest.segments), default=-1)
        try:
            staged = stage(
                documents,
                self.encoder,
                self.engine,
                self.folder / ROWS,
                first=last + 1,
                made_by=asdict(manifest.model),
                progress=progress,
            )
        except KeyboardInterrupt as error:
            error.add_note("what is embedded is kept: the same command goes on with it")
            raise
        if staged.paths:
            self.engine.add(staged.paths)
        self._forget()
        return staged.rows

    def delete(self, ids: Sequence[str]) -> int:
        """Delete documents: all of them, or none.

        Returns:
            How many there were.

        Raises:
            InputError: the index has no document of an id.
            OutputFolderError: another process changes the index, or it cannot be written.
        """
        with changing(self.folder):
            self.engine = open_engine(self.folder, read_manifest(self.folder))
            found = self.engine.batches([Condition("id", "in", ids)], vectors=False)
            there = {value for batch in found for value in batch.column("id").to_pylist()}
            absent = [name for name in ids if name not in there]
            if absent:
                raise InputError(
                    f"the index has no document {absent[0]!r} ({len(absent)} of {len(ids)} ids are "
                    "unknown); expected ids that `isogloss search query` shows; nothing is deleted"
                )
            self.engine.delete(ids)
            self._forget()
            return len(there)

    def _forget(self) -> None:
        self.__dict__.pop("recentered", None)


def open_engine(folder: Path, manifest: Manifest) -> Engine:
    """The rows of an index.

    Raises:
        DataFormatError: they are damaged, or no engine of that name is known.
        MissingExtraError: the engine is not installed.
    """
    if manifest.engine not in ENGINES:
        raise DataFormatError(
            f"index {str(folder)!r} has the engine {manifest.engine!r}; expected one of "
            f"{', '.join(ENGINES)}: take a newer isogloss, or build the index again"
        )
    return ENGINES[manifest.engine](folder)
