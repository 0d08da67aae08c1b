"""How to mine."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from isogloss.errors import InputError, check_choice
from isogloss.search.mining.with_faiss import KINDS, check_faiss
from isogloss.shards import open_engine
from isogloss.vectors.margin import Margin
from isogloss.vectors.mining import NO_LIMITS, K, Limits, Retrieval

EXACT = "exact"
INDEXES = (EXACT, *KINDS)


@dataclass(frozen=True)
class MineSettings:
    """How to mine.

    Attributes:
        margin: how a cosine meets its neighborhood.
        k: neighbors on each side in margin scores.
        retrieval: which candidates become pairs.
        limits: which pairs are kept.
        index: `exact`, or one of faiss: `ivf`, `hnsw`.
        engine: `local` or `ray`.
        workers: processes, see `isogloss.shards.open_engine`.
        columns: of the source and target file that hold the texts; None finds them.
        known: a TSV file of translations to plant, so that scores can be told the worth of.
        labels: a TSV file of mined pairs that were judged, to the same end.
        precision: keep the pairs from the lowest score on at which so large a share are
            translations, as `known` or `labels` tell.
        learn: score by what `known` or `labels` teach, with lengths and numbers beside the
            margin, see `isogloss.search.mining.learned`; who is paired with whom stays by margin.
        prompt: text put before every sentence; None: the model's own for finding translations.
    """

    margin: Margin = Margin.RATIO
    k: int = K
    retrieval: Retrieval = Retrieval.MAX
    limits: Limits = NO_LIMITS
    index: str = EXACT
    engine: str = "local"
    workers: int | None = None
    columns: tuple[str | None, str | None] = (None, None)
    known: str | None = None
    labels: str | None = None
    precision: float | None = None
    learn: bool = False
    prompt: str | None = None

    def check(self) -> None:
        """Refuse what cannot be done, before anything is.

        Raises:
            InputError: `k`, `index`, `engine` or `workers` cannot be used.
            MissingExtraError: faiss or Ray is missing.
        """
        if self.k < 1:
            raise InputError(f"k is {self.k}; expected at least 1; 4 is usual")
        if self.known and self.labels:
            raise InputError("known and labels were both given; expected one of them: choose one")
        if self.learn and not (self.known or self.labels):
            raise InputError(
                "scores were to be learned, and nothing is known of any pair; expected known "
                "translations to plant, or mined pairs that were judged: add --known FILE, or "
                "--labels FILE"
            )
        if self.precision is not None:
            self._check_precision(self.precision)
        check_choice("index", self.index, INDEXES, "leave it out for exact")
        if self.index != EXACT:
            check_faiss()
        open_engine(self.engine, self.workers)

    def _check_precision(self, precision: float) -> None:
        if not 0 < precision < 1:
            raise InputError(
                f"precision {precision}; expected a share between 0 and 1, such as 0.95"
            )
        if not (self.known or self.labels):
            raise InputError(
                f"precision {precision} was asked for, and nothing tells what scores are worth; "
                "expected known translations to plant, or mined pairs that were judged: add "
                "--known FILE, or --labels FILE"
            )
        if self.limits.threshold is not None:
            raise InputError(
                f"precision {precision} and threshold {self.limits.threshold} were both given; "
                "expected one of them: choose one"
            )


DEFAULTS = MineSettings()

Word = TypeVar("Word", bound=StrEnum)


def choose(margin: str, retrieval: str, threshold: float | None, **others: Any) -> MineSettings:
    """Settings in the words of the command line.

    Args:
        margin: `ratio`, `distance` or `absolute`.
        retrieval: `max`, `forward`, `backward`, `intersect` (or `intersection`) or `union`.
        threshold: lowest score that is kept; None for no limit.
        **others: see `MineSettings`.

    Raises:
        InputError: a word is none of these, or see `MineSettings.check`.
        MissingExtraError: see `MineSettings.check`.
    """
    settings = MineSettings(
        margin=_word(Margin, "margin", margin),
        retrieval=_word(Retrieval, "retrieval", retrieval.replace("intersection", "intersect")),
        limits=Limits(threshold=threshold),
        **others,
    )
    settings.check()
    return settings


def _word(kind: type[Word], option: str, text: str) -> Word:
    check_choice(f"--{option}", text, map(str, kind))
    return kind(text)
