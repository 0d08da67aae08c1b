"""Mining: two collections of texts in, the pairs that are translations out, best first.

texts   -> each distinct text of a side once, on disk
vectors -> both sides embedded, in parts that survive an interruption
search  -> the k nearest of each side in the other
pairs   -> margin scores, and a rule of retrieval that chooses among them
limits  -> a threshold: given, or of the precision that was asked for
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from isogloss.console import Console, Silent
from isogloss.data.texts import read_texts
from isogloss.encoders.opening import open_encoder
from isogloss.errors import InputError
from isogloss.paths import lasting_name
from isogloss.protocols import Encoder, Float64Array, FloatArray
from isogloss.recipes.files import check_file
from isogloss.recipes.mine.found import Mined, MinedPair, write_pairs
from isogloss.recipes.mine.known import judge, learn, plant, told
from isogloss.recipes.mine.places import Texts, check_sides
from isogloss.recipes.mine.settings import DEFAULTS, EXACT, MineSettings
from isogloss.recipes.mine.sides import Side
from isogloss.runs.lifecycle import RunLog
from isogloss.search.mining.calibration import Calibration
from isogloss.search.mining.stored import (
    ModelSource,
    StoredVectors,
    embed_texts,
    find_neighbors,
)
from isogloss.search.mining.with_faiss import nearest_both_approximate
from isogloss.shards import locked, open_engine
from isogloss.surrogates import check_whole
from isogloss.vectors.mining import Limits, MinedPairs, select_pairs
from isogloss.vectors.neighbors import BothNeighbors


def mine(
    model: Encoder | Path | str,
    source: Texts,
    target: Texts,
    out: Path | str | None = None,
    *,
    settings: MineSettings = DEFAULTS,
    console: Console | None = None,
) -> Mined:
    """Find translations in two collections.

    Equal texts of a side (but for case, width and white space) count once, the first of them. What
    is embedded and searched is kept beside `out` until the pairs are written: the same call goes
    on after an interruption.

    Args:
        model: folder or name, or a model that is loaded.
        source: texts of one language.
        target: texts of the other.
        out: a TSV file for the pairs: score, source, target; None keeps them in memory.
        settings: how.
        console: told about stages; None is silent.

    Returns:
        The pairs, best first, and an account of them.

    Raises:
        MissingFileError, DataFormatError: a file cannot be read, or holds no text.
        ModelNotFoundError: nothing has that name.
        InputError: the model gives vectors that are not finite; `source` and `target` are one file.
        MissingExtraError: faiss or Ray is asked for and not installed.
        OutputFolderError: `out` cannot be written.
    """
    settings.check()
    check_sides(source, target, settings.known, settings.labels)
    read = (source, target, settings.known, settings.labels)
    out = None if out is None else check_file(out, read=read)
    log = RunLog(console or Silent())
    with work_folder(out) as folder:
        sides = [Side(folder / "source.txt"), Side(folder / "target.txt")]
        for side, place, column in zip(sides, (source, target), settings.columns, strict=True):
            side.add(given_texts(place, column))
        account: dict[str, Any] = {side.path.stem: _counts(side) for side in sides}
        pairs = _mine_sides(sides, model_source(model, settings), settings, folder, log, account)
        rows = rows_of(pairs, sides)
        if out is not None:
            write_pairs(out, rows)
        kept = [] if out is not None else list(rows)
    seconds = {name: round(value, 1) for name, value in log.seconds.items()}
    return Mined(kept, out, account | {"seconds": seconds})


def _mine_sides(
    sides: Sequence[Side],
    model: ModelSource,
    settings: MineSettings,
    folder: Path,
    log: RunLog,
    account: dict[str, Any],
) -> MinedPairs:
    """The pairs that are kept; the account is told of them, and of what scores are worth."""
    planted = plant(settings.known, sides) if settings.known else None
    with open_engine(settings.engine, settings.workers).started():
        a, b = embed_sides(sides, model, settings, folder, log)
        both = find_both(a, b, settings, folder, log)
    found = select_pairs(both, margin=settings.margin, retrieval=settings.retrieval)
    calibration = None
    telling: Float64Array | FloatArray = found.scores
    if settings.learn:
        found, telling = learn(found, sides, planted or str(settings.labels))
    if planted is not None:
        found, calibration = planted.split(found, telling)
    elif settings.labels:
        calibration = judge(settings.labels, found, sides, telling)
    limits = limits_of(settings, calibration)
    pairs = found.within(limits)
    account |= {"candidates": len(found), "pairs": len(pairs), "threshold": limits.threshold}
    if calibration is not None:
        account["calibration"] = told(calibration, limits.threshold)
    return pairs


def limits_of(settings: MineSettings, calibration: Calibration | None) -> Limits:
    """The limits, with the threshold of the precision that was asked for.

    Raises:
        InputError: no score is so precise.
    """
    if calibration is None or settings.precision is None:
        return settings.limits
    threshold = calibration.threshold_for(settings.precision)
    if threshold is None:
        raise InputError(
            f"no score has a precision of {settings.precision}; expected one that is reached: ask "
            "for less, or look at the scores without --precision"
        )
    return replace(settings.limits, threshold=threshold)


def embed_sides(
    sides: Sequence[Side], model: ModelSource, settings: MineSettings, folder: Path, log: RunLog
) -> list[StoredVectors]:
    """The vectors of two sides, in files of a folder."""
    engine = open_engine(settings.engine, settings.workers)
    vectors = []
    for side in sides:
        name = side.path.stem
        with log.stage(f"embed {name}", f"embedding {name}", len(side)) as advance:
            path = folder / f"{name}.vectors"
            vectors.append(embed_texts(side, path, model, engine=engine, advance=advance))
    return vectors


def find_both(
    a: StoredVectors, b: StoredVectors, settings: MineSettings, folder: Path, log: RunLog
) -> BothNeighbors:
    """The neighbors of two sides in each other, by the index that the settings name."""
    with log.stage("search", "searching", a.n) as advance:
        if settings.index == EXACT:
            engine = open_engine(settings.engine, settings.workers)
            place = folder / "neighbors"
            return find_neighbors(a, b, settings.k, place, engine=engine, advance=advance)
        return nearest_both_approximate(a.open(), b.open(), settings.k, settings.index)


def given_texts(place: Texts, column: str | None) -> Iterable[str]:
    """The texts of a file, or those given.

    Raises:
        InputError: one that was given holds half a character.
        DataFormatError: see `read_texts`.
    """
    if isinstance(place, str | Path):
        return (text.text for text in read_texts(place, column))
    if isinstance(place, Sequence) and not place:
        raise InputError("a side has no texts; expected at least one on each side; add some")
    for text in place:
        check_whole(text, "a text")
    return place


def rows_of(pairs: MinedPairs, sides: Sequence[Side]) -> Iterator[MinedPair]:
    """The texts of pairs, one pair at a time."""
    texts = (side.texts(rows) for side, rows in zip(sides, (pairs.a, pairs.b), strict=True))
    for score, one, other in zip(pairs.scores.tolist(), *texts, strict=True):
        yield MinedPair(score, one, other)


def model_source(model: Encoder | Path | str, settings: MineSettings) -> ModelSource:
    """A model that is loaded already, or is found by its name, by other processes too."""
    if not isinstance(model, Path | str):
        return ModelSource(model)
    encoder = open_encoder(str(model), settings.prompt)
    return ModelSource(encoder, lasting_name(model), settings.prompt)


@contextmanager
def work_folder(out: Path | None) -> Iterator[Path]:
    """A folder beside a file for what is done on the way to it; removed once the file is there.

    Its path is whole, as processes elsewhere find it.

    Raises:
        OutputFolderError: another process works in it, or it cannot be written.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="isogloss-mine-") as name:
            yield Path(name)
        return
    folder = out.with_name(f"{out.name}.work")
    with ExitStack() as held:
        held.enter_context(locked(folder))  # before the texts of another run are written over
        try:
            yield folder.resolve()
        except BaseException as error:
            held.close()
            if not any(folder.glob("*.parts")) and not any(folder.glob("*.vectors")):
                shutil.rmtree(folder, ignore_errors=True)  # nothing is done
            elif isinstance(error, KeyboardInterrupt):
                error.add_note(f"what is done is kept in {folder}: the same command goes on")
            raise
    shutil.rmtree(folder, ignore_errors=True)


def _counts(side: Side) -> dict[str, int]:
    return {"texts": side.read, "distinct": len(side), "collapsed": side.collapsed}
