"""Score a bitext that is there: every pair by its margin, in the order given."""

from pathlib import Path

import numpy as np

from isogloss.console import Console, Silent
from isogloss.data.rejects import RejectFile
from isogloss.errors import DataFormatError
from isogloss.protocols import Encoder, FloatArray, LongArray
from isogloss.recipes.files import check_file
from isogloss.recipes.mine.found import Mined, write_pairs
from isogloss.recipes.mine.pairs_file import read_rows
from isogloss.recipes.mine.places import check_beside_pairs, check_pairs
from isogloss.recipes.mine.run import embed_sides, find_both, model_source, rows_of, work_folder
from isogloss.recipes.mine.settings import DEFAULTS, MineSettings
from isogloss.recipes.mine.sides import Side
from isogloss.runs.lifecycle import RunLog
from isogloss.search.mining.stored import StoredVectors
from isogloss.shards import open_engine
from isogloss.vectors.margin import margin_scores
from isogloss.vectors.mining import MinedPairs

BLOCK = 8_192


def score_bitext(
    model: Encoder | Path | str,
    pairs: Path | str,
    out: Path | str | None = None,
    *,
    settings: MineSettings = DEFAULTS,
    console: Console | None = None,
) -> Mined:
    """Score the pairs of a file by the margins that mining goes by.

    A pair's neighborhood is made of the file's own sentences; its own partner is one of them.

    Args:
        model: folder or name, or a model that is loaded.
        pairs: a TSV file, source and target; or score, source and target, as mining writes it.
        out: a TSV file: score, source, target, in the order given; None keeps them in memory.
        settings: how; a threshold leaves pairs out, the retrieval has no say. What is known of
            pairs (`known`, `labels`), what is asked of that, and `columns` are refused.
        console: told about stages; None is silent.

    Returns:
        The pairs, and an account of them. Rows without two texts are left out, counted, and written
        to `out` with `.rejects.tsv` behind its name.

    Raises:
        IsoglossError: see `isogloss.recipes.mine.run.mine`.
    """
    check_beside_pairs(
        known=settings.known,
        labels=settings.labels,
        precision=settings.precision,
        learn=settings.learn,
        column=next(filter(None, settings.columns), None),
    )
    settings.check()
    path = check_pairs(pairs)
    log = RunLog(console or Silent())
    out = None if out is None else check_file(out, read=[pairs])
    rejects = None if out is None else out.with_name(f"{out.name}.rejects.tsv")
    with work_folder(out) as folder:
        sides = [
            Side(folder / f"{name}.txt", row_to_text=[], exact=True)  # each row as it is written
            for name in ("source", "target")
        ]
        with RejectFile(rejects) as rejected:
            _add_rows(sides, path, rejected)
        dropped = rejected.counts
        given = [np.array(side.row_to_text, np.int64) for side in sides]
        with open_engine(settings.engine, settings.workers).started():
            a, b = embed_sides(sides, model_source(model, settings), settings, folder, log)
            scored = _score(a, b, given, settings, folder, log).within(settings.limits)
        rows = rows_of(scored, sides)
        if out is not None:
            write_pairs(out, rows)
        kept = [] if out is not None else list(rows)
    account = {
        "rows": len(given[0]) + sum(dropped.values()),
        "dropped": dropped,
        "pairs": len(scored),
        "seconds": {name: round(value, 1) for name, value in log.seconds.items()},
    }
    return Mined(kept, out, account)


def _add_rows(sides: list[Side], path: str, rejects: RejectFile) -> None:
    rows = list(read_rows(path, rejects))
    if not rows:
        raise DataFormatError(
            f"{path}: no row has two texts; expected a source and a target sentence per line with "
            "a tab between; check the file"
        )
    sides[0].add(row.source for row in rows)
    sides[1].add(row.target for row in rows)


def _score(
    a: StoredVectors,
    b: StoredVectors,
    given: list[LongArray],
    settings: MineSettings,
    folder: Path,
    log: RunLog,
) -> MinedPairs:
    """Margin scores of given pairs of rows, in their order."""
    both = find_both(a, b, settings, folder, log)
    cosines = _cosines(a.open(), b.open(), given)
    means = [
        side.scores.mean(axis=1, dtype=np.float64)[rows]
        for side, rows in zip(both, given, strict=True)
    ]
    scores = margin_scores(cosines, *means, margin=settings.margin)
    return MinedPairs(given[0], given[1], scores, cosines)


def _cosines(a: FloatArray, b: FloatArray, given: list[LongArray]) -> FloatArray:
    blocks = []
    for start in range(0, len(given[0]), BLOCK):
        rows, columns = (side[start : start + BLOCK] for side in given)
        blocks.append(np.einsum("nd,nd->n", a[rows], b[columns], dtype=np.float64))
    return np.concatenate(blocks).astype(np.float32)
