"""BUCC bitext mining: which sentences of two large collections are translations?"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from isogloss.data.text import text_fingerprint
from isogloss.metrics.bitext import weighted_f1
from isogloss.metrics.intervals import mean_estimate
from isogloss.metrics.items import ItemValues
from isogloss.metrics.mining import (
    FOLDS,
    Candidates,
    MinedScores,
    estimate_average_precision,
    kept_by_folds,
    score_mined,
    tune_threshold,
)
from isogloss.metrics.score import Estimate, Score
from isogloss.protocols import BITEXT_MINING, Encoder, LongArray, Role, read_for
from isogloss.tasks.readers.bucc import BuccData
from isogloss.tasks.task import DEFAULTS, ScoreSheet, Settings, Task
from isogloss.vectors.distinct import DistinctTexts, distinct_texts
from isogloss.vectors.mining import mine_pairs
from isogloss.vectors.neighbors import nearest

METRICS = (
    "f1",
    "precision",
    "recall",
    "f1_oracle",
    "average_precision",
    "mteb_bucc_v2",
)
"""The order in which mining scores come."""


@dataclass(frozen=True, eq=False)
class BuccTask(Task):
    """A mining set as a task; `languages` are source and target.

    Args:
        train: another set, to tune the threshold on; `None`: five folds of `data`.
    """

    data: BuccData
    use: Role = BITEXT_MINING
    train: BuccData | None = None
    kind: ClassVar[str] = "bucc"

    def texts(self) -> list[str]:
        """All sentences of both sides, of the training set too."""
        sets = [self.data] if self.train is None else [self.data, self.train]
        return [
            text for part in sets for side in (part.source, part.target) for text in side.values()
        ]

    def fingerprint(self) -> str:
        """Hash of the data, with the training set where there is one."""
        if self.train is None:
            return self.data.fingerprint()
        return text_fingerprint([self.data.fingerprint(), self.train.fingerprint()])

    def score(
        self, model: Encoder, *, teacher: Encoder | None = None, settings: Settings = DEFAULTS
    ) -> list[Score]:
        """Mine, and judge what was mined.

        Pairs are mined by margin ratio with `settings.margin_k` neighbors, best of both directions
        and one-to-one; equal texts on one side are searched once, and a pair of texts is right if
        any of their ids are paired in gold.

        Args:
            model: embeds `texts()`.
            teacher: not used.
            settings: bootstrap and neighborhoods.

        Returns:
            `f1`, `precision`, `recall` at the threshold tuned on `train`, or else, for each fifth
            of the source sentences, on the others · `f1_oracle`, whose threshold was tuned on the
            very set it is reported for · `average_precision` · `mteb_bucc_v2`: the nearest neighbor
            by cosine among gold sentences alone, weighted F1 as mteb computes it. All shares,
            higher is better; no value without gold pairs.

        Raises:
            InputError: if embeddings hold NaN.
        """
        sheet, boot = self.sheet(model, settings), settings.boot
        model = read_for(model, self.use)
        mined = _mine(model, self.data, settings)
        pool = f"{mined.n_source}x{mined.n_target}"
        how = {"margin": "ratio", "k": settings.margin_k, "pool": pool}
        candidates = mined.candidates
        if self.train is None:
            kept, tuned = kept_by_folds(candidates, seed=settings.seed), f"{FOLDS}-folds"
        else:
            on = _mine(model, self.train, settings).candidates
            cut = tune_threshold(on.scores, on.correct, on.n_gold).value
            kept, tuned = candidates.scores >= cut, f"train>={cut:.6g}"
        best = tune_threshold(candidates.scores, candidates.correct, candidates.n_gold).value
        held_out = score_mined(candidates, kept, **boot)
        oracle = score_mined(candidates, candidates.scores >= best, **boot)
        average = estimate_average_precision(candidates, **boot)
        n = candidates.n_gold
        return [
            *_cut_scores(sheet, held_out, n, how | {"tuned": tuned}),
            _row(sheet, "f1_oracle", oracle, n, how | {"tuned": f"test>={best:.6g}"}),
            sheet.bootstrapped("average_precision", average, n=n, items=None, **how),
            _mteb_score(sheet, model, self.data, settings),
        ]


class _Mined(NamedTuple):
    candidates: Candidates
    n_source: int
    n_target: int


def _mine(model: Encoder, data: BuccData, settings: Settings) -> _Mined:
    """Mine the distinct texts of a set; gold pairs of equal texts count once."""
    source, target = (distinct_texts(list(side.values())) for side in (data.source, data.target))
    rows = _gold_texts(data, source, target)
    gold = set(zip(*(column.tolist() for column in rows), strict=True))
    found = mine_pairs(model.encode(source.texts), model.encode(target.texts), k=settings.margin_k)
    pairs = zip(found.a.tolist(), found.b.tolist(), strict=True)
    correct = np.array([pair in gold for pair in pairs], dtype=np.bool_)
    counts = np.bincount([one for one, _ in gold], minlength=len(source.texts))
    candidates = Candidates(found.scores.astype(np.float64), correct, found.a, counts)
    return _Mined(candidates, len(source.texts), len(target.texts))


def _gold_texts(data: BuccData, source: DistinctTexts, target: DistinctTexts) -> list[LongArray]:
    """Numbers of the distinct texts that each gold pair joins: source side, target side."""
    columns = []
    for place, (side, texts) in enumerate(((data.source, source), (data.target, target))):
        row_of = {one: row for row, one in enumerate(side)}
        rows = np.array([row_of[pair[place]] for pair in data.gold], dtype=np.int64)
        columns.append(texts.row_to_text[rows])
    return columns


def _cut_scores(
    sheet: ScoreSheet, mined: MinedScores, n: int, how: dict[str, object]
) -> list[Score]:
    return [_row(sheet, metric, mined, n, how) for metric in ("f1", "precision", "recall")]


def _row(
    sheet: ScoreSheet, metric: str, mined: MinedScores, n: int, how: dict[str, object]
) -> Score:
    name = metric.removesuffix("_oracle")
    estimate: Estimate = getattr(mined, name)
    items = mined.items.get(name) if estimate.value is not None else None
    return sheet.bootstrapped(metric, estimate, n=n, items=items, **how)


def _mteb_score(sheet: ScoreSheet, model: Encoder, data: BuccData, settings: Settings) -> Score:
    """1-NN source→target among the sentences of gold pairs, row by row as mteb has them."""
    n = len(data.gold)
    if n < 2:
        few = Estimate(None, reason=f"{n} gold pairs; a search needs at least 2")
        return sheet.bootstrapped("mteb_bucc_v2", few, n=n, items=None)
    source = [data.source[one] for one, _ in data.gold]
    target = [data.target[other] for _, other in data.gold]
    found = nearest(model.encode(source), model.encode(target)).indices[:, 0]
    f1 = weighted_f1(np.arange(n), found)
    estimate = mean_estimate(f1, **settings.boot)
    return sheet.bootstrapped("mteb_bucc_v2", estimate, n=n, items=ItemValues(f1))
