"""The snapshot of known corpora: names, places, domains, licences; it needs no network."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from isogloss.corpora.manifest import NOT_STATED
from isogloss.data.languages import LanguagePair, canonical_language

PIVOT = "en"
"""The language that every corpus of the snapshot has on one side."""


@dataclass(frozen=True)
class Corpus:
    """A corpus that has a name.

    Attributes:
        name: what people call it.
        place: `hf:NAME`, `opus:CORPUS/vN`, or an address to bring a file from.
        domain: what its sentences are about: talks, news, subtitles, ...
        licence: as its source states it, or "not stated".
        languages: those beside English, canonical; none where only the catalog knows.
        paper: whether the paper on distillation (Reimers and Gurevych, 2020) trained on it.
        note: what a user must know.
        pairs: pairs for the languages asked for, as a catalog has them; None where not known.
    """

    name: str
    place: str
    domain: str
    licence: str = NOT_STATED
    languages: tuple[str, ...] = ()
    paper: bool = False
    note: str = ""
    pairs: int | None = None

    @property
    def source(self) -> str:
        """Who keeps it: hub, OPUS, or a site."""
        kind = self.place.partition(":")[0]
        return {"hf": "hub", "opus": "OPUS"}.get(kind, "site")

    def may_have(self, languages: LanguagePair) -> bool:
        """Whether it has a pair of languages, as far as the snapshot knows."""
        if not self.languages:
            return True
        return PIVOT in languages and all(
            code == PIVOT or any(_alike(code, known) for known in self.languages)
            for code in languages
        )


def _alike(asked: str, known: str) -> bool:
    """Whether `zh` is asked for and `zh-TW` known, or the same."""
    return asked == known or asked == known.partition("-")[0]


@cache
def known_corpora() -> tuple[Corpus, ...]:
    """Every corpus of the snapshot, in its order."""
    text = files("isogloss.corpora").joinpath("index.toml").read_text("utf-8")
    return tuple(
        Corpus(**row | {"languages": tuple(map(canonical_language, row["languages"].split()))})
        if "languages" in row
        else Corpus(**row)
        for row in tomllib.loads(text)["corpus"]
    )


def find_corpus(place: str) -> Corpus | None:
    """The row of a place; of another release of a corpus of OPUS too.

    Args:
        place: `hf:NAME` or `opus:CORPUS/vN`.
    """
    stem = place.rpartition("/")[0] + "/" if place.startswith("opus:") else place
    alike = (row for row in known_corpora() if row.place.startswith(stem))
    exact = (row for row in known_corpora() if row.place == place)
    return next(exact, None) or next(alike, None)


def licence_of(place: str) -> str:
    """The licence of a place as the snapshot has it, or "not stated"."""
    found = find_corpus(place)
    return found.licence if found else NOT_STATED


def merge_catalog(rows: Iterable[Corpus], catalog: Iterable[Corpus]) -> list[Corpus]:
    """Rows of the snapshot with what a catalog says now; what only the catalog has comes behind.

    Args:
        rows: of the snapshot; of OPUS those go that the catalog answered without.
        catalog: the corpora of OPUS for the languages asked for.
    """
    now = {row.place.rpartition("/")[0]: row for row in catalog}
    merged = []
    for row in rows:
        if row.source != "OPUS":
            merged.append(row)
        elif (found := now.pop(row.place.rpartition("/")[0], None)) is not None:
            merged.append(Corpus(**vars(row) | {"place": found.place, "pairs": found.pairs}))
    return [*merged, *now.values()]
