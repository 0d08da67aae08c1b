"""OPUS: its catalog, and the Moses archives that it names."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from isogloss.console import Advance
from isogloss.corpora.index import Corpus, find_corpus, known_corpora, licence_of
from isogloss.corpora.manifest import Entry, file_hash, read_entry, write_entry
from isogloss.corpora.sources.http import (
    Announced,
    download,
    is_offline,
    read_json,
)
from isogloss.corpora.sources.patience import UnreachableError
from isogloss.data.languages import LanguagePair, canonical_language, is_language
from isogloss.data.places import Where
from isogloss.data.readers.opus import opened_archive, side_names
from isogloss.errors import DataFormatError, MissingFileError, did_you_mean
from isogloss.runs.provenance import now

CATALOG = "https://opus.nlpl.eu/opusapi/"
FILES = "https://object.pouta.csc.fi/"

_ASKED = 2
"""Attempts to reach the catalog; the snapshot stands in for it."""


class Release(NamedTuple):
    """What a catalog says of one corpus in two languages.

    Args:
        corpus: its name.
        version: its release.
        languages: the pair as OPUS spells it, in order of the alphabet.
        url: the Moses archive.
        kilobytes: its size, rounded.
        pairs: how many pairs it has.
    """

    corpus: str
    version: str
    languages: tuple[str, str]
    url: str
    kilobytes: int | None = None
    pairs: int | None = None

    def has(self, languages: LanguagePair) -> bool:
        """Whether its languages are these, in either order."""
        return {canonical_language(code) for code in self.languages} == set(languages)


def _addresses() -> tuple[str, str]:
    """Catalog and files; `ISOGLOSS_OPUS` names a mirror of both."""
    mirror = os.environ.get("ISOGLOSS_OPUS", "").rstrip("/")
    return (f"{mirror}/opusapi/", f"{mirror}/") if mirror else (CATALOG, FILES)


def may_ask() -> bool:
    """Whether OPUS may be asked: not by who is offline on purpose and names no mirror."""
    return bool(os.environ.get("ISOGLOSS_OPUS")) or not is_offline()


def ask_catalog(**query: str) -> list[Release]:
    """What the catalog has of Moses archives.

    Args:
        query: any of `source`, `target`, `corpus`, `version` (`latest`).

    Raises:
        UnreachableError: it cannot be reached, or answers with something else.
    """
    url = f"{_addresses()[0]}?{urlencode({**query, 'preprocessing': 'moses'})}"
    answer = read_json(url, tries=_ASKED)
    rows = answer.get("corpora") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise UnreachableError(f"{url} answers with no list of corpora; try again later")
    return [release for row in rows if (release := _release(row)) is not None]


def _release(row: Any) -> Release | None:
    """One row of the answer; None for what is no pair of languages."""
    if not isinstance(row, Mapping):
        return None
    texts = [row.get(key) for key in ("corpus", "version", "source", "target", "url")]
    if not all(isinstance(text, str) and text for text in texts):
        return None
    corpus, version, source, target, url = map(str, texts)
    if not (is_language(source) and is_language(target)):
        return None
    counts = [row.get(key) for key in ("size", "alignment_pairs")]
    size, pairs = (count if isinstance(count, int) and count > 0 else None for count in counts)
    return Release(corpus, version, (source, target), url, size, pairs)


def list_opus(languages: LanguagePair) -> list[Corpus]:
    """The newest release of every corpus of OPUS in two languages, as the catalog has it now.

    Raises:
        UnreachableError: the catalog cannot be reached.
    """
    source, target = sorted(map(_spelled, languages))
    found = ask_catalog(source=source, target=target, version="latest")
    rows = []
    for release in found:
        place = f"opus:{release.corpus}/{release.version}"
        row = find_corpus(place)
        domain = row.domain if row else ""
        rows.append(Corpus(release.corpus, place, domain, licence_of(place), pairs=release.pairs))
    return sorted(rows, key=lambda row: -(row.pairs or 0))


def fetch_opus(where: Where, advance: Advance, *, known: Entry | None = None) -> Entry:
    """The archive of a corpus, in the cache.

    Args:
        where: the place.
        advance: called with the bytes received.
        known: what it must be, if it was locked; None takes what is there.

    Raises:
        UnreachableError: nothing answers, and the cache does not have it.
        MissingFileError: there is no such corpus in these languages; names the nearest.
        DataFormatError: the file is another than was announced, or no sound archive.
    """
    archive = Path(where.locations[0])
    noted = archive.with_suffix(".json")
    entry = read_entry(noted)
    if entry is not None and archive.is_file() and archive.stat().st_size == entry.bytes:
        return Entry(**vars(entry) | {"where": where.text})
    if archive.is_file():
        return _note(where, archive, Release(*_named(where), ("", ""), str(archive)))
    if not may_ask():
        corpus, _ = _named(where)
        near = "" if find_corpus(f"opus:{corpus}/") else f"; {_nearest(corpus)}"
        raise UnreachableError(
            f"{where.text} is not in the cache, and HF_HUB_OFFLINE is set; expected it, or a "
            f"network{near}"
        )
    release = _find(where)
    about = None if release.kilobytes is None else release.kilobytes * 1024
    announced = Announced(about=about, sha256=known.sha256 if known else "")
    try:
        download(release.url, archive, announced, advance)
    except MissingFileError as error:
        raise _unknown(where) from error
    try:
        return _note(where, archive, release)
    except DataFormatError:
        archive.unlink()
        raise


def _note(where: Where, archive: Path, release: Release) -> Entry:
    """Look into an archive that is new in the cache, and note what it is."""
    with opened_archive(archive, where.text) as opened:
        side_names(opened, where)
    entry = Entry(
        where=where.text,
        url=release.url,
        revision=release.version,
        sha256=file_hash(archive),
        bytes=archive.stat().st_size,
        rows=release.pairs,
        licence=licence_of(_place(where)),
        date=now(),
    )
    write_entry(archive.with_suffix(".json"), entry)
    return entry


def _named(where: Where) -> tuple[str, str]:
    return str(where.config), str(where.split)


def _place(where: Where) -> str:
    return "opus:{}/{}".format(*_named(where))


def _find(where: Where) -> Release:
    """What the catalog says of a place; where it does not answer, what its address must be."""
    corpus, version = _named(where)
    source, target = sorted(map(_spelled, where.languages))
    try:
        found = ask_catalog(source=source, target=target, corpus=corpus, version=version)
        found = found or ask_catalog(corpus=corpus, version=version)
    except UnreachableError as error:
        path = f"OPUS-{quote(corpus)}/{quote(version)}/moses/{source}-{target}.txt.zip"
        url = _addresses()[1] + path
        if find_corpus(f"opus:{corpus}/") is None:
            raise UnreachableError(
                f"{error}; {corpus!r} is not in the snapshot either; {_nearest(corpus)}"
            ) from error
        return Release(corpus, version, (source, target), url)
    fitting = [release for release in found if release.has(where.languages)]
    if not fitting:
        raise _unknown(where, found)
    return fitting[0]


def _unknown(where: Where, found: Sequence[Release] = ()) -> MissingFileError:
    """Which corpus, release or pair was meant."""
    wanted = " and ".join(where.languages)
    if found:
        pairs = sorted({"-".join(release.languages) for release in found})
        near = did_you_mean("-".join(sorted(where.languages)), pairs, "choose one of these")
        shown = ", ".join(pairs[:12]) + (f" and {len(pairs) - 12} more" if pairs[12:] else "")
        return MissingFileError(
            f"{where.text}: {where.config} {where.split} has no {wanted}; it has {shown}; {near}"
        )
    return MissingFileError(
        f"{where.text}: OPUS has no {_place(where)} in {wanted}; {_nearest(str(where.config))} "
        f"(isogloss data list {where.languages})"
    )


def _nearest(corpus: str) -> str:
    names = [row.place.removeprefix("opus:") for row in known_corpora() if row.source == "OPUS"]
    by_name = {name.partition("/")[0]: name for name in names}
    said = did_you_mean(corpus, by_name, f"expected one such as {', '.join(names[:4])}", alike=0.5)
    for name, full in by_name.items():
        said = said.replace(f"{name!r}", f"'opus:{full}'")
    return said


def _spelled(language: str) -> str:
    """A language as OPUS spells it: `pt-BR` is `pt_BR`."""
    return language.replace("-", "_")
