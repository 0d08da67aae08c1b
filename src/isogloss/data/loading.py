"""Load clean parallel sentences from a place, with a record of every row."""

import logging
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from isogloss.data.checks.dropping import counted, much_dropped, ways_out
from isogloss.data.checks.sides import SideCheck, columns_hint
from isogloss.data.cleaning import STANDARD, Cleaning, clean_pairs
from isogloss.data.languages import LanguagePair
from isogloss.data.parallel import PAIRS_PER_BLOCK, PairsDigest, ParallelSentences
from isogloss.data.places import Where, parse_where
from isogloss.data.readers import READERS
from isogloss.data.readers.opening import is_pipe
from isogloss.data.rejects import Reason, RejectFile
from isogloss.errors import DataFormatError, InputError, expect
from isogloss.paths import given_path

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairsReport:
    """What was read and what became of it; `read == kept + sum(dropped.values())`.

    Attributes:
        where: the place as the user wrote it.
        languages: the pair, `"en-de"`.
        fingerprint: `ParallelSentences.fingerprint()` of what was kept, or would be if the place
            were the only one.
        read: rows met: lines, translation units or records. With a limit, those met until it was
            reached.
        kept: pairs that remain.
        dropped: reason to number of rows; reasons that never occurred are left out.
    """

    where: str
    languages: str
    fingerprint: str
    read: int
    kept: int
    dropped: dict[str, int]


@dataclass(frozen=True)
class LoadedPairs:
    """Parallel sentences with the record of their loading.

    Attributes:
        sentences: what was kept, in the order read.
        report: counts and fingerprint, for `run.json`.
    """

    sentences: ParallelSentences
    report: PairsReport


def load_parallel(
    where: Where | Path | str,
    *,
    cleaning: Cleaning = STANDARD,
    rejects: Path | str | None = None,
    limit: int | None = None,
) -> LoadedPairs:
    """Read parallel sentences in any format, clean them, and account for every row.

    A place that loses much is warned of, with the reasons and what can be done about them.

    Args:
        where: languages and place, such as `"en-de=corpus.tsv.gz"` (see `parse_where`).
        cleaning: what to drop.
        rejects: a TSV file for every dropped row (number, reason, text); None counts only.
        limit: stop after this many kept pairs; None reads all.

    Returns:
        The sentences and the report.

    Raises:
        InputError: `where`, `limit` or `rejects` cannot be used.
        MissingFileError: a file is not there.
        DataFormatError: a file is not what it should be, a side holds no sentences of its language,
            or no pair is left.
        OutputFolderError: the sentences do not fit into memory, nor on the disk of the cache.
    """
    if isinstance(where, str | Path):
        where = parse_where(str(where))
    expect(where, Where, "the place of pairs", "write it as LANGS=WHERE")
    rejects = None if rejects is None else given_path(rejects)
    if limit is not None and limit < 1:
        raise InputError(f"limit {limit}; expected at least 1, or None for all pairs")
    if rejects is not None and rejects.resolve() in [
        Path(place).resolve() for place in where.locations
    ]:
        raise InputError(f"rejects {rejects} is the data itself; name another file")
    with RejectFile(rejects) as rejected:
        check = SideCheck(where)
        rows = check.passing(READERS[where.kind](where, rejected))
        weights = None if where.weight is None else array("f")
        kept = islice(clean_pairs(rows, cleaning, rejected, weights), limit)
        sentences, fingerprint = _held(kept, where.languages, weights)
        check.conclude()
        dropped = rejected.counts
    read = len(sentences) + sum(dropped.values())
    lost = much_dropped(where.text, read, dropped, rejected.examples, rejects)
    if not sentences:
        reasons = counted(dropped, rejected.examples) or "it is empty"
        if not dropped and any(map(is_pipe, where.locations)):
            reasons += ", or was read before: a pipe can be read once"
        way = _columns(where, dropped) or ways_out(dropped, read)
        way = way or "check languages, columns and format"
        raise DataFormatError(
            f"{where.text}: no usable pair in {read:,} rows ({reasons}); "
            f"expected sentences in {where.languages.source} and {where.languages.target}; "
            + (f"see {rejects}, and {way}" if rejects and dropped else way)
        )
    if lost:
        logger.warning("%s", lost)
    kept_pairs = len(sentences)
    report = PairsReport(where.text, str(where.languages), fingerprint, read, kept_pairs, dropped)
    logger.info("%s: kept %d of %d pairs, dropped %s", where.text, kept_pairs, read, dropped)
    return LoadedPairs(sentences, report)


def _held(
    pairs: Iterator[tuple[str, str]], languages: LanguagePair, weights: "array[float] | None"
) -> tuple[ParallelSentences, str]:
    """Pairs that come one by one, in columns, with their fingerprint; their weights come along."""
    from isogloss.spooled import TextColumn

    source, target, digest = TextColumn(), TextColumn(), PairsDigest(*languages)
    while block := list(islice(pairs, PAIRS_PER_BLOCK)):
        digest.update(block)
        source.extend([one for one, _ in block])
        target.extend([other for _, other in block])
    if weights is None:
        return ParallelSentences(*languages, source, target), digest.hexdigest()
    import numpy as np

    known = np.array(weights, np.float32)
    digest.weigh(known)
    return ParallelSentences(*languages, source, target, known), digest.hexdigest()


def _columns(where: Where, dropped: Mapping[str, int]) -> str:
    """Which columns to name, where most rows lack a sentence or pair what does not belong."""
    reason = max(dropped, key=lambda name: dropped[name], default="")
    if reason in (Reason.EMPTY, Reason.RATIO, Reason.IDENTICAL, Reason.NO_SIDE, Reason.NOT_TEXT):
        return columns_hint(where)
    return ""
