"""Adding languages to a finished student: what it was taught before is taught along, in part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isogloss.data.cleaning import Cleaning
from isogloss.data.loading import LoadedPairs, load_parallel
from isogloss.data.parallel import ParallelSentences
from isogloss.data.where import parse_where
from isogloss.encoders.encoder import SentenceEncoder
from isogloss.errors import InputError, MissingFileError
from isogloss.reports.folder import RUN_FILE, read_run


@dataclass(frozen=True)
class EarlierRun:
    """A finished distillation whose student learns more.

    Attributes:
        folder: the student.
        run: the content of its `run.json`.
    """

    folder: Path
    run: Mapping[str, Any]

    @property
    def student_kind(self) -> str:
        """Of student: "transplant", "static" or "pretrained"."""
        return str(self.run["student"]["kind"])

    @property
    def places(self) -> list[str]:
        """The pairs it was taught, `LANGS=WHERE`."""
        return [str(entry["where"]) for entry in self.run["data"]]


def earlier_run(kind: str) -> EarlierRun | None:
    """The finished run that a kind of student names, if it names one."""
    folder = Path(kind)
    if not (folder / RUN_FILE).is_file():
        return None
    run = read_run(folder)
    return EarlierRun(folder, run) if run.get("command") == "distill" else None


def check_teacher(earlier: EarlierRun, teacher: SentenceEncoder) -> None:
    """Refuse another teacher than the one the student agrees with.

    Raises:
        InputError: it is another.
    """
    known = earlier.run["teacher"]
    if known["fingerprint"] != teacher.fingerprint:
        raise InputError(
            f"student {str(earlier.folder)!r} was distilled from {known['name']!r}, not from "
            f"{teacher.name!r}; expected the same teacher: its languages would be pulled apart"
        )


def load_replay(
    earlier: EarlierRun, new: Sequence[ParallelSentences], cleaning: Cleaning
) -> list[LoadedPairs]:
    """The pairs of an earlier run, but for the languages that come with pairs of their own now.

    Raises:
        MissingFileError: they are gone.
        InputError: the run had another source language.
    """
    languages = {part.target_language for part in new}
    source = new[0].source_language
    replay = []
    for text in earlier.places:
        try:
            place = parse_where(text)
            if place.languages.source != source:
                raise InputError(
                    f"student {str(earlier.folder)!r} was taught from {place.languages.source!r}, "
                    f"the new pairs start from {source!r}; expected one source language"
                )
            if place.languages.target not in languages:
                replay.append(load_parallel(place, cleaning=cleaning))
        except MissingFileError as error:
            raise MissingFileError(
                f"{error}; the student's earlier languages are rehearsed while new ones are added: "
                "give their pairs with --pairs, or set student.replay=0"
            ) from error
    return replay


def sample_replay(
    parts: Sequence[ParallelSentences], new: int, share: float
) -> list[ParallelSentences]:
    """As many earlier pairs as make a share of all target sentences.

    Args:
        parts: training pairs of the earlier languages.
        new: training pairs of the new ones.
        share: of earlier pairs among all, in [0, 1).

    Returns:
        A part of each, in proportion to its size; all of it where there are fewer than wanted.
    """
    total = sum(map(len, parts))
    wanted = min(1.0, share / (1.0 - share) * new / max(1, total))
    draw = np.random.default_rng(0)
    return [
        part.take(np.sort(draw.permutation(len(part))[: round(wanted * len(part))]).tolist())
        for part in parts
    ]
