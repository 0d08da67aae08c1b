"""What corpora hold, and how much of a user's own text they show."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isogloss.console import Console, Silent
from isogloss.corpora.coverage import Coverage, compare_words
from isogloss.corpora.fetch import cached_places, fetch_missing
from isogloss.corpora.filters.seen import bare_key
from isogloss.corpora.index import Corpus, known_corpora
from isogloss.corpora.statistics import SideStatistics, Statistics, count_pairs
from isogloss.corpora.words import words_of
from isogloss.data.checks.sides import SideCheck
from isogloss.data.places import Where, find_location, parse_where
from isogloss.data.readers import READERS
from isogloss.data.rejects import RejectFile
from isogloss.data.text import read_lines
from isogloss.errors import DataFormatError, InputError, MissingExtraError
from isogloss.paths import given_path
from isogloss.recipes.data.tested import cells, tested_sentences
from isogloss.reports.figures.corpora import Lengths, length_plot
from isogloss.writing import write_json

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proposal:
    """A corpus that is not among the given ones.

    Attributes:
        corpus: its row.
        shows: of the missing words, how many it shows; None where it is not in the cache.
    """

    corpus: Corpus
    shows: int | None = None


@dataclass(frozen=True)
class CorporaStatistics:
    """What was counted.

    Attributes:
        corpora: every place, in order.
        coverage: of the user's own text, if one was given.
        proposals: corpora for the same languages, those first that are known to help.
    """

    corpora: list[Statistics]
    coverage: Coverage | None = None
    proposals: list[Proposal] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """All of it as plain JSON."""
        return {
            "corpora": [corpus.as_json() for corpus in self.corpora],
            "coverage": self.coverage.as_json() if self.coverage else None,
            "proposals": [
                {"place": p.corpus.place, "domain": p.corpus.domain, "shows": p.shows}
                for p in self.proposals
            ],
        }


def stats(
    pairs: Sequence[str],
    *,
    against: Path | str | None = None,
    out: Path | str | None = None,
    suites: Sequence[str] = (),
    data_root: Path | str | None = None,
    console: Console | None = None,
) -> CorporaStatistics:
    """Count what corpora hold.

    Args:
        pairs: places, `LANGS=WHERE`.
        against: a text of the user's own, or a table of texts; its words are looked for.
        out: folder for `stats.json` and plots; None writes nothing.
        suites: evaluation suites whose sentences are counted.
        data_root: folder with their data; with it and no suites, all that are there.
        console: told about the stages; None is silent.

    Raises:
        InputError: no place was given.
        DataFormatError: a place has no pairs, or the text no words.
        IsoglossError: a place or file cannot be read.
    """
    places = [parse_where(text) for text in pairs]
    if not places:
        raise InputError(
            "no pairs were given; expected places: add --pairs, as in en-de=corpus.tsv.gz"
        )
    own = None if against is None else own_words(against)
    console = console or Silent()
    sets = tested_sentences(suites, data_root)
    tested = {name: frozenset(map(bare_key, texts)) for name, texts in sets.items()}
    fetch_missing(places, console)
    counted = []
    for where in places:
        with console.stage(f"counting {where.text}"):
            counted.append(_count(where, tested))
    found = CorporaStatistics(counted)
    if own is not None:
        coverage = compare_words(own, {corpus.where: corpus.sides for corpus in counted})
        with console.stage("looking for corpora that help"):
            found = CorporaStatistics(counted, coverage, propose(coverage, places))
    if out is not None:
        _write(found, given_path(out))
    return found


def own_words(path: Path | str) -> Counter[str]:
    """The words of a user's own text: of every cell, where it is a table.

    Raises:
        MissingFileError: it is not there.
        InputError: these are two files.
        DataFormatError: it is not UTF-8, or has no words.
    """
    location = find_location(str(path), f"--against {path}")
    words = Counter(word for cell in cells(read_lines(Path(location))) for word in words_of(cell))
    if not words:
        raise DataFormatError(
            f"--against {location} has no words; expected text, one sentence a line: check the file"
        )
    return words


def _count(where: Where, tested: dict[str, frozenset[int]]) -> Statistics:
    source, target = map(SideStatistics, where.languages)
    found = Statistics(where.text, str(where.languages), source, target)
    with RejectFile() as rejects:
        check = SideCheck(where)
        count_pairs(found, check.passing(READERS[where.kind](where, rejects)), tested)
        check.conclude()
        found.unreadable = rejects.counts
    if not found.pairs:
        raise DataFormatError(
            f"{where.text} has no pair that can be read; expected parallel sentences; check the "
            "file"
        )
    return found


def propose(coverage: Coverage, places: Sequence[Where]) -> list[Proposal]:
    """Corpora by name in the same languages; what those in the cache show is counted.

    Args:
        coverage: what is missing.
        places: the corpora that are given already.
    """
    languages = next(where.languages for where in places if coverage.language in where.languages)
    given = {where.text.partition("=")[2] for where in places}
    cached = {entry.where.partition("=")[2]: entry.where for entry in cached_places()}
    found = []
    for row in known_corpora():
        if row.place in given or row.source == "site" or not row.may_have(languages):
            continue
        where = parse_where(f"{languages}={row.place}") if row.place in cached else None
        shows = None
        if where is not None and where.text == cached[row.place]:
            side = _count(where, {}).sides[where.languages.index(coverage.language)]
            shows = sum(word in side.words for word in coverage.missing)
        found.append(Proposal(row, shows))
    return sorted(found, key=lambda proposal: -(proposal.shows or 0))


def _write(found: CorporaStatistics, out: Path) -> None:
    """Write `stats.json` and the plot; without matplotlib the plot is left out, with a warning."""
    write_json(out / "stats.json", found.as_json())
    lengths = [
        Lengths(
            re.sub(r"=.*[/\\]", "=", corpus.where),
            {side.language: side.lengths for side in corpus.sides},
        )
        for corpus in found.corpora
    ]
    try:
        length_plot(lengths, out / "plots" / "lengths.png")
    except MissingExtraError as error:
        logger.warning("%s", error)
